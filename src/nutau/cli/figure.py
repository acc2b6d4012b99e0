"""What every verb that draws has in common: where the figure goes, its size and letters, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from nutau.cli.arguments import with_options
from nutau.cli.options import refuse_unused
from nutau.cli.words import as_options
from nutau.report.figures.paper import Paper

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nutau.report.figures.numbers import Numbers

Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="File ending in .pdf, .png or .svg.")]
Points = Annotated[int, typer.Option("--points", metavar="N", min=2, help="Points along an axis.")]
Width = Annotated[
    str | None,
    typer.Option("--width", metavar="column|page|INCHES", help="3.4 or 7 inches, or a number (its own)."),
]
FontSize = Annotated[
    float | None,
    typer.Option("--font-size", metavar="POINTS", help="Of ordinary letters (8 in a column, to 11)."),
]
Latex = Annotated[bool, typer.Option("--latex", help="Set all text with LaTeX, which must be installed.")]
DataOut = Annotated[
    Path | None,
    typer.Option("--data-out", metavar="FILE", help="Write the numbers behind the figure: .csv or .json."),
]
Drawn: TypeAlias = tuple[Any, Any]
"""What a verb makes: the figure, and the numbers behind it."""
OPTIONS: dict[str, tuple[Any, Any]] = {
    "width": (Width, None),
    "font_size": (FontSize, None),
    "latex": (Latex, False),
    "data_out": (DataOut, None),
}


def drawn(default: str) -> Callable[[Callable[..., Drawn]], Callable[..., None]]:
    """A verb that draws on a ``paper``, with the options that say which, and where its figure goes.

    All of them are refused before the work; figure and numbers are written after it.
    """

    def drawing(verb: Callable[..., Drawn]) -> Callable[..., None]:
        def run(**given: Any) -> None:
            out, data_out = given.pop("out"), given.pop("data_out")
            paper = Paper(given.pop("width"), given.pop("font_size"), given.pop("latex"))
            check(out, data_out)
            made, numbers = verb(**given, paper=paper)
            write(made, numbers, out, data_out)

        return with_options(run, verb, {**OPTIONS, "out": (Out, Path(default))}, without="paper")

    return drawing


def check(out: Path, data_out: Path | None) -> None:
    """Raise :class:`InputError` for files that could not be written."""
    from nutau.common.files import check_file
    from nutau.report.figures.style import check_place

    check_place(out)
    if data_out is not None:
        check_file(data_out, (".csv", ".json"))


def beside(
    picture: Path | None,
    width: str | None,
    font_size: float | None,
    latex: bool,
    data_out: Path | None,
    own: Mapping[str, object] | None = None,
) -> Paper:
    """The paper of a figure that is drawn beside a result, with ``--figure``.

    Raises :class:`InputError` for files that could not be written, and without ``picture`` for options of the figure,
    those of every one and the verb's ``own``.
    """
    paper = Paper(width, font_size, latex)
    if picture is None:
        common = {"--width": width, "--font-size": font_size, "--latex": latex, "--data-out": data_out}
        refuse_unused({**(own or {}), **common}, "--figure")
    else:
        check(picture, data_out)
    return paper


def write(figure: Figure, numbers: Numbers, out: Path, data_out: Path | None, *, err: bool = False) -> None:
    """Write the figure and its numbers, say where they are (with ``err`` on stderr), and there what is not drawn."""
    from nutau.report.figures.style import save

    for note in numbers.notes:
        typer.echo(f"nutau: {as_options(note)}", err=True)
    save(figure, out)
    typer.echo(f"Written to {out}", err=err)
    if data_out is not None:
        numbers.save(data_out)
        typer.echo(f"Numbers written to {data_out}", err=err)
