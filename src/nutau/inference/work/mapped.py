"""A function of what all tasks share and of one task, for many tasks: in this process, or by the workers of a client.

The result of a task follows from the shared things and the task alone, never from who does it or when. So a task whose
worker is lost is done again by another one, and all comes out as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from nutau.common.progress import Progress
from nutau.errors import ComputationError

R = TypeVar("R")
AT_ONCE = 4096
"""Tasks that the scheduler knows at a time, which bounds its memory and that of results which nobody has fetched."""


def mapped(
    function: Callable[[Any, Any], R],
    shared: Any,
    tasks: Sequence[Any],
    *,
    client: Any = None,
    progress: Progress | None = None,
    at_once: int = AT_ONCE,
) -> Iterator[tuple[int, R]]:
    """The place of each task and its result, as they are finished; in order where there is no ``client``.

    ``function`` is one of a module, ``shared`` and ``tasks`` can be pickled. What a task raises is raised here, and
    :class:`ComputationError` where a task ends several workers, or the scheduler is lost.
    """
    found = (
        _here(function, shared, tasks) if client is None else _far(function, shared, tasks, client, at_once)
    )
    for done, item in enumerate(found, 1):
        yield item
        if progress is not None:
            progress(done, len(tasks))


def in_order(found: Iterable[tuple[int, R]]) -> Iterator[R]:
    """The results in the order of their tasks; those that come too early wait."""
    early: dict[int, R] = {}
    first = 0
    for place, result in found:
        early[place] = result
        while first in early:
            yield early.pop(first)
            first += 1


def _here(function: Callable[[Any, Any], R], shared: Any, tasks: Sequence[Any]) -> Iterator[tuple[int, R]]:
    for place, task in enumerate(tasks):
        yield place, function(shared, task)


def _far(
    function: Callable[[Any, Any], R], shared: Any, tasks: Sequence[Any], client: Any, at_once: int
) -> Iterator[tuple[int, R]]:
    """By a client, told to the scheduler little by little."""
    from distributed import as_completed
    from distributed.protocol.pickle import dumps, loads

    # unpickled by a task of its own: where the worker that holds the result is lost, it is made again
    given = client.submit(loads, dumps(shared), pure=False, key=_key(client, "shared"))
    waiting, places = iter(enumerate(tasks)), dict[str, int]()

    def more(count: int) -> list[Any]:
        sent = []
        for place, task in islice(waiting, count):
            sent.append(client.submit(function, given, task, pure=False))
            places[sent[-1].key] = place
        return sent

    found = as_completed(more(at_once), loop=client.loop)
    try:
        for future in found:
            yield places.pop(future.key), _result(future, client)
            future.release()
            found.update(more(1))
        if places:
            raise _lost(client)
    finally:
        if places and client.status == "running":
            client.cancel([*found.futures])


def _key(client: Any, name: str) -> str:
    from uuid import uuid4

    return f"{name}-{uuid4().hex}"


def _result(future: Any, client: Any) -> Any:
    from concurrent.futures import CancelledError

    from distributed import KilledWorker
    from distributed.comm.core import CommClosedError

    try:
        return future.result()
    except KilledWorker as error:
        raise ComputationError(
            f"A task ended {error.allowed_failures + 1} workers, one after the other; do they have memory enough? "
            "Give each more of it, or smaller parts. What is finished is kept where a folder keeps it."
        ) from None
    except (CancelledError, CommClosedError, TimeoutError):
        raise _lost(client) from None


def _lost(client: Any) -> ComputationError:
    return ComputationError(
        f"The scheduler {client.scheduler.address if client.scheduler else ''} is gone. What is finished is kept where "
        "a folder keeps it: start the cluster, and the same command again."
    )
