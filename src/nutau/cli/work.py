"""The options that say where work that repeats is done and kept: the same for every verb."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nutau.cli.options import refuse_unused

if TYPE_CHECKING:
    from nutau.inference.work import Work

Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="WHERE",
        help="Dask: N processes, a scheduler (tcp://host:8786, or its .json file), or a .yaml file of a batch system.",
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--work",
        metavar="FOLDER",
        help="Keep finished toys here; the same command goes on where it was stopped.",
    ),
]


def command() -> str:
    """The command that runs, for the metadata of what it writes."""
    import shlex
    import sys

    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


def tell(message: str) -> None:
    """Say on stderr what the workers are, and what is broken."""
    typer.echo(f"nutau: {message}", err=True)


def check(cluster: str | None, folder: Path | None, *, toys: bool, why: str) -> None:
    """Refuse, before the work, options that nothing would use: ``why`` says what would."""
    if not toys:
        refuse_unused({"--cluster": cluster, "--work": folder}, why, "and none is given")


@contextmanager
def working(cluster: str | None, folder: Path | None) -> Iterator[Work]:
    """Work by the options, for a ``with`` block."""
    from nutau.inference.work import working as opened

    with opened(cluster, folder, tell) as work:
        yield work
