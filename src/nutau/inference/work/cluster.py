"""The workers of a Dask cluster: processes of this machine, a scheduler that runs, or jobs of a batch system.

Every worker is a process of one thread: linear algebra gains nothing by threads where all cores have a process, and two
threads in JAX may wait for each other. Workers run the same nutau, JAX and NumPy on the same Python, or are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import nutau
from nutau.common.files import is_file
from nutau.errors import InputError, MissingExtraError, short
from nutau.inference.work.keeping import Tell, Work, quiet
from nutau.inference.work.manifest import make

PATIENCE = 10.0
"""Seconds in which a scheduler answers."""
MOST = 1024
"""Processes of one machine."""
SOURCE = Path(nutau.__file__).parent
PACKAGES = ("nutau", "jax", "numpy", "scipy")
"""Numbers depend on these."""
FORMS = "a number of processes (4), the address of a scheduler (tcp://host:8786), its file (.json), or a .yaml file"


Cluster: TypeAlias = Any
"""A number of processes, the address of a scheduler or its file, a YAML file, or a client; ``None`` is this process."""


@contextmanager
def working(cluster: Cluster = None, folder: str | Path | None = None, tell: Tell = quiet) -> Iterator[Work]:
    """Work for a ``with`` block, by the workers of a cluster, kept in a folder, which is made if need be.

    ``cluster`` may be work that is open, with its own folder. Raises :class:`InputError` as :func:`workers` does, and
    for a place where no folder can be.
    """
    if isinstance(cluster, Work):
        yield cluster
        return
    place = None if folder is None else Path(folder)
    if place is not None:
        make(place)
    with workers(cluster, tell) as client:
        yield Work(client, place, tell)


@contextmanager
def workers(cluster: Cluster, tell: Tell = quiet) -> Iterator[Any]:
    """A ``dask.distributed`` client of a cluster, for a ``with`` block; ``None`` for none, which means this process.

    ``cluster``: a number of processes, the address of a scheduler or its file, a YAML file
    (:mod:`nutau.inference.work.config`), or a client that is open. ``tell`` is told where its dashboard is.
    Raises :class:`InputError` for what cannot be reached, comes too late or runs other versions.
    """
    if cluster is None:
        yield None
        return
    if hasattr(cluster, "scheduler_info"):
        check(cluster)
        yield cluster
        return
    with ExitStack() as stack:
        client, wait = _open(cluster, stack)
        if client.dashboard_link:
            tell(f"workers on {client.scheduler.address}, dashboard {client.dashboard_link}")
        _await(client, wait)
        check(client)
        yield client


def _open(cluster: Any, stack: ExitStack) -> tuple[Any, float]:
    """A client that ends with the stack, with the cluster if that is ours, and how long to wait for workers."""
    text = str(cluster).strip()
    if isinstance(cluster, bool) or not isinstance(cluster, int | str | Path) or not text:
        raise InputError(f"`cluster={short(cluster)}`: {FORMS} is needed.")
    _import()
    if text.lstrip("+-").isdecimal():
        return _local(int(text), stack), PATIENCE
    if "://" in text:
        from distributed.comm.registry import backends

        if text.partition("://")[0] not in backends:
            raise InputError(
                f"`cluster={text}`: Dask knows no such protocol; addresses begin with tcp:// or tls://."
            )
        return _client(text, stack, address=text), PATIENCE
    if not is_file(text):
        raise InputError(f"`cluster={text}`: there is no such file; {FORMS} is needed.")
    if text.lower().endswith(".json"):
        return _client(text, stack, scheduler_file=text), PATIENCE
    from nutau.inference.work.config import read

    found = read(Path(text))
    made = stack.enter_context(_closing(found.started(text)))
    return _client(text, stack, address=made), found.wait


def _import() -> None:
    """Dask, with its own log kept to errors: what concerns a user is said in words."""
    try:
        import dask
    except ImportError:
        raise MissingExtraError("dask", "cluster") from None
    dask.config.set({"logging.distributed": "critical"})
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise MissingExtraError("distributed", "cluster") from None


def _local(count: int, stack: ExitStack) -> Any:
    import multiprocessing

    from distributed import LocalCluster

    from nutau.inference.work.config import LOCAL

    if not 1 <= count <= MOST:
        raise InputError(f"`cluster={count}`: from 1 to {MOST} processes can be started on one machine.")
    if multiprocessing.parent_process() is not None:
        raise InputError(
            "A process that was started for a cluster runs the script that started it, to its end: put what the script "
            "does under `if __name__ == '__main__':`."
        )
    try:
        made = LocalCluster(**LOCAL, n_workers=count)
    except (RuntimeError, OSError, TimeoutError) as error:
        raise InputError(
            f"`cluster={count}`: the processes do not start ({error}). In a script, what it does must stand under "
            "`if __name__ == '__main__':`; else ask for fewer."
        ) from None
    stack.enter_context(_closing(made))
    return _client(str(count), stack, address=made)


@contextmanager
def _closing(made: Any) -> Iterator[Any]:
    """A cluster that is closed at the end, and does not speak about it."""
    try:
        yield made
    finally:
        with suppress(Exception):
            made.close(timeout=PATIENCE)


def _client(name: str, stack: ExitStack, **how: Any) -> Any:
    from distributed import Client

    try:
        return stack.enter_context(Client(**how, timeout=PATIENCE, set_as_default=False))
    except (OSError, TimeoutError, ValueError, RuntimeError, KeyError) as error:
        raise InputError(
            f"`cluster={name}`: no scheduler answers there within {PATIENCE:g} s ({short(str(error), 120)}). Is it "
            "running, and can it be reached from here?"
        ) from None


def _await(client: Any, wait: float) -> None:
    try:
        client.wait_for_workers(1, timeout=wait)
    except (TimeoutError, OSError):
        raise InputError(
            f"No worker has come to the scheduler {client.scheduler.address} within {wait:g} s: look at the jobs of "
            "the batch system and their logs, or wait longer ('wait' in the cluster's file)."
        ) from None


def check(client: Any) -> None:
    """Raise :class:`InputError` if a worker has several threads or other versions than this process."""
    many = {name: count for name, count in client.nthreads().items() if count != 1}
    if many:
        name, count = next(iter(many.items()))
        raise InputError(
            f"The worker {name} has {count} threads, and nutau computes in one: start workers with --nthreads 1, and "
            "as many processes (--nworkers) as there are cores."
        )
    found = client.get_versions(packages=list(PACKAGES))
    own = _versions(found["client"])
    for name, worker in found["workers"].items():
        other = _versions(worker)
        wrong = [f"{key} {other[key]} and not {own[key]}" for key in own if other[key] != own[key]]
        if wrong:
            raise InputError(
                f"The worker {name} runs {', '.join(wrong)}: start workers from the environment of this process."
            )
    installed = code()
    for name, digest in client.run(code, on_error="return").items():
        if digest != installed and not isinstance(digest, OSError):  # a worker that is lost meanwhile
            raise InputError(
                f"The worker {name} runs other code of nutau under the same version: start workers from the "
                "environment of this process."
            )


def code() -> str:
    """A digest of the source of nutau, the same wherever the same is installed."""
    found = sha256()
    for path in sorted(SOURCE.rglob("*.py")):
        found.update(path.relative_to(SOURCE).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def _versions(found: dict[str, Any]) -> dict[str, str]:
    """Of Python and of what numbers depend on."""
    host, packages = dict(found["host"]), dict(found["packages"])
    python = ".".join(str(host.get("python", packages.get("python", "?"))).split(".")[:2])
    return {"Python": python, **{name: str(packages.get(name) or "is missing") for name in PACKAGES}}
