"""``nutau explore``: the letter's figure, with today's data, as a page that moves."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from nutau.cli.options import Draws, Json, print_json
from nutau.common.files import check_file, write_text
from nutau.errors import unknown

SCHEMA = "nutau/explore/1"


def explore(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the page here instead of opening it.")
    ] = None,
    opening: Annotated[
        bool | None,
        typer.Option("--open/--no-open", help="Open it in a browser, or not (opened without --out)."),
    ] = None,
    inputs: Annotated[
        str | None,
        typer.Option("--inputs", metavar="NAME", help="Opens with: default, letter, flavio-2.7, a file."),
    ] = None,
    data: Annotated[
        str | None, typer.Option("--data", metavar="NAME", help="Opens with: 2026, letter-2022, a file.")
    ] = None,
    convention: Annotated[
        str,
        typer.Option("--convention", metavar="NAME", help="Opens with: physical or published sign of λ_t."),
    ] = "physical",
    draws: Draws = 1000,
    as_json: Json = False,
) -> None:
    """Write the moving figure as one HTML file, and open it.

    The file holds all input sets and data sets named above and needs neither a server nor a network.

    Example: nutau explore

    Example: nutau explore --out plane.html --inputs letter --data letter-2022
    """
    from nutau.explorer.page import page
    from nutau.explorer.payload import DATA, INPUTS, payload
    from nutau.inputs.letter import CONVENTIONS

    if convention not in CONVENTIONS:
        raise unknown("convention", convention, CONVENTIONS)
    path = _place(out)
    check_file(path)
    sets, datasets = _first(inputs, INPUTS), _first(data, DATA)
    with _Progress(len(sets)) as progress:
        made = payload(sets, datasets, convention=convention, draws=draws, report=progress.step)
    text = page(made)
    write_text(path, text)
    size = len(text.encode())
    if as_json:
        print_json({"schema": SCHEMA, "file": str(path), "bytes": size, "inputs": sets, "data": datasets})
    else:
        typer.echo(f"Written to {path} ({size / 1e6:.1f} MB)")
    if opening or (opening is None and out is None):
        webbrowser.open(path.resolve().as_uri())


def _first(chosen: str | None, known: tuple[str, ...]) -> list[str]:
    """All names, the chosen one in front: the page opens with the first."""
    return list(dict.fromkeys([*([chosen] if chosen else []), *known]))


def _place(out: Path | None) -> Path:
    """The file to write: the one asked for, or one in a temporary folder that stays until the system clears it."""
    if out is not None:
        return out
    from tempfile import mkdtemp

    return Path(mkdtemp(prefix="nutau-")) / "plane.html"


class _Progress:
    """A bar on stderr, off when that is no terminal."""

    def __init__(self, sets: int) -> None:
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        self._bar = Progress(console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("", total=5 * sets)

    def __enter__(self) -> _Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def step(self, text: str) -> None:
        self._bar.update(self._task, advance=1, description=text)
