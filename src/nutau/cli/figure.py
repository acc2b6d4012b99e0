"""The file that a figure is drawn to: refused before the work if it cannot be written, written, and named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="File ending in .pdf, .png or .svg.")]
Points = Annotated[int, typer.Option("--points", metavar="N", min=2, help="Points along an axis.")]


def check(out: Path) -> None:
    """Raise :class:`InputError` for a file that could not be written."""
    from nutau.report.figures.style import check_place

    check_place(out)


def write(figure: Figure, out: Path) -> None:
    """Write the figure and say where it is."""
    from nutau.report.figures.style import save

    save(figure, out)
    typer.echo(f"Written to {out}")
