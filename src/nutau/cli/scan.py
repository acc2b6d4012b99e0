"""``nutau scan``: observables with theory errors on a grid of parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from nutau.cli import fitted
from nutau.cli.options import Bin, Convention
from nutau.cli.predict import read_q2
from nutau.cli.words import warn

Grid = Annotated[
    str,
    typer.Option("--parameters", metavar="NAME=LOW:HIGH:POINTS,…", help="The grid; names as for nutau fit."),
]
Out = Annotated[
    Path, typer.Option("--out", metavar="FILE", help="File ending in .npz or .csv.", show_default=False)
]
Names = Annotated[list[str] | None, typer.Argument(metavar="[OBSERVABLE]…", show_default=False)]
Data = Annotated[
    str | None, typer.Option("--data", metavar="NAME", help="Add -2 log L of a data set at every point.")
]
Mode = Annotated[str, typer.Option("--mode", metavar="MODE", help="fast or full theory errors in -2 log L.")]


def scan(
    parameters: Grid,
    out: Out,
    observables: Names = None,
    data: Data = None,
    bins: Bin = None,
    model: fitted.Model = None,
    mass: fitted.Mass = None,
    inputs: fitted.Inputs = "default",
    running: fitted.Running = None,
    convention: Convention = "physical",
    fix: fitted.Fix = None,
    scale: fitted.Scale = None,
    mode: Mode = "fast",
    draws: fitted.Draws = 1000,
) -> None:
    """Evaluate observables, their theory errors and -2 log L on a grid of parameters, as large as the disk.

    Example: nutau scan --parameters C1=-0.1:0.1:201,C3=-0.1:0.1:201 "Rnunu(K)" "R(D)" --out grid.npz
    """
    from nutau.common.files import check_file
    from nutau.inference.scan.write import SUFFIXES

    check_file(out, SUFFIXES)
    from nutau.cli.progress import progress
    from nutau.inference.likelihood import use_double_precision
    from nutau.inference.scan import scan as run

    use_double_precision()
    theory: dict[str, Any] = {"mass": mass, "running": running, "convention": convention, "scale": scale}
    how: dict[str, Any] = {
        "mode": mode,
        "fixed": fitted.numbers("--fix", fix),
        "q2": read_q2(bins, None),
        "draws": draws,
    }
    names = tuple(observables or ())
    with progress("points") as report:
        made = run(parameters, names, data=data, model=model, inputs=inputs, progress=report, **theory, **how)
        made.save(out)
    warn(made.warnings)
    for note in made.notes:
        typer.echo(f"nutau: {note}", err=True)
    typer.echo(f"{len(made)} points written to {out}")
