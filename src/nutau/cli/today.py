"""``nutau today``: what the data of a data set say of each model of the letter."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from nutau.cli import figure
from nutau.cli import work as working
from nutau.cli.figure import DataOut, FontSize, Latex, Width
from nutau.cli.markdown import print_page
from nutau.cli.options import Wide
from nutau.common.files import check_file, write_text


def today(
    data: Annotated[str, typer.Option("--data", metavar="NAME", help="Data set or file.")] = "2026",
    toys: Annotated[
        int,
        typer.Option("--toys", metavar="N", min=0, help="Toys of each model; 0 for Wilks' theorem alone."),
    ] = 600,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Seed of the toys.")] = 1,
    draws: Annotated[int, typer.Option("--draws", metavar="N", help="Balanced theory draws.")] = 2000,
    cluster: working.Cluster = None,
    work: working.Folder = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the page here instead of printing it.")
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option("--figure", metavar="FILE", help="Draw the models in the plane: .pdf, .png or .svg."),
    ] = None,
    width: Width = None,
    font_size: FontSize = None,
    latex: Latex = False,
    data_out: DataOut = None,
    wide: Wide = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print every number as JSON.")] = False,
) -> None:
    """Fit every model of the letter to today's data, test each by toys, and say how the letter's conclusions stand.

    Lines C₁ = κ C₃, two coefficients each; nutau judge takes the fields themselves, and every constraint.

    Takes some minutes, most of them for toys; Ctrl-C then keeps those that are finished. Needs the extra 'fit'.

    Example: nutau today --data 2026 --toys 200 --out lines.md --figure lines.svg
    """
    working.check(cluster, work, toys=toys > 0, why="--toys")
    if out is not None:
        check_file(out)
    paper = figure.beside(picture, width, font_size, latex, data_out)
    from nutau.cli.progress import progress
    from nutau.inference.likelihood import use_double_precision
    from nutau.observables.predictions import check_draws
    from nutau.report.today import document, page
    from nutau.report.today import today as run

    check_draws(draws)
    use_double_precision()
    opened, bars = working.working(cluster, work), (progress("fits", at_once=True), progress("toys"))
    with opened as where, bars[0] as report, bars[1] as counted:
        how: dict[str, Any] = {"cluster": where, "progress": report, "toy_progress": counted}
        found = run(data, toys=toys, seed=seed, draws=draws, **how)
    if found.finished < toys:
        typer.echo(f"nutau: interrupted; p is from {found.finished} of {toys} toys of each model", err=True)
    if picture is not None:
        from nutau.report.figures import numbers
        from nutau.report.figures.today import today as draw

        figure.write(draw(found, paper=paper), numbers.today(found), picture, data_out, err=True)
    if out is not None:
        shown = None if picture is None else Path(os.path.relpath(picture, out.parent)).as_posix()
        write_text(out, page(found, shown))
        typer.echo(f"Written to {out}", err=True)
    if as_json:
        typer.echo(json.dumps(document(found), indent=2, ensure_ascii=False, allow_nan=False))
    elif out is None and wide:
        typer.echo(page(found), nl=False)
    elif out is None:
        print_page(page(found))
