"""``nutau plot``: the figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nutau.cli import figure
from nutau.cli.analysis import savable
from nutau.cli.arguments import Verbs
from nutau.cli.figure import Out
from nutau.cli.options import Convention
from nutau.cli.plot_asked import impacts, leave_one_out
from nutau.cli.plot_fits import contour, corner, expected, pulls, reach
from nutau.cli.plot_heights import heights
from nutau.cli.plot_points import nunu, spectrum
from nutau.errors import InputError

app = typer.Typer(
    name="plot", cls=Verbs, help="Draw a figure to a PDF, PNG or SVG file.", no_args_is_help=True
)


@app.command("plane")
def plane(
    models: Annotated[
        list[str] | None, typer.Option("--model", metavar="NAME", help="A model of Table I; repeat for more.")
    ] = None,
    kappas: Annotated[
        list[float] | None,
        typer.Option("--kappa", metavar="VALUE", help="A line C1 = κ C3; repeat for more."),
    ] = None,
    data: Annotated[
        str, typer.Option("--data", metavar="NAME", help="Data set: letter-2022, 2026, a file.")
    ] = ("letter-2022"),
    inputs: Annotated[
        str | None, typer.Option("--inputs", metavar="NAME", help="letter for letter-2022, else default.")
    ] = None,
    running: Annotated[
        str | None,
        typer.Option("--running", metavar="full|none|FOLDER", help="SMEFT running of the lines (full)."),
    ] = None,
    mass: Annotated[
        float | None, typer.Option("--mass", metavar="GEV", help="Where running starts (4700).")
    ] = None,
    convention: Convention = "physical",
    branches: Annotated[bool, typer.Option("--branches", help="Draw the branch with δ < 0 too.")] = False,
    out: Out = Path("plane.pdf"),
) -> None:
    """Draw R_νν against R_ττ (the letter's Figure 1) for any models, data set and convention.

    Example: nutau plot plane --model U1 --model VB --kappa 1.2 --out plane.pdf
    """
    from nutau.letter.claims import benchmarks
    from nutau.letter.claims import kappas as kappa_of
    from nutau.report.figures.plane import plane as draw

    figure.check(out)
    lines: dict[str, float] = {}
    for name in models or ():
        lines[name] = _kappa(name, {**kappa_of(), **benchmarks()})
    for value in kappas or ():
        if not abs(value) < 1e6:
            raise InputError(f"--kappa {value}: a finite number is needed.")
        lines[f"κ = {value:g}"] = value
    drawn = draw(
        lines or benchmarks(),
        (convention,),
        dataset=data,
        inputs=inputs,
        running=running,
        mass=mass,
        branches=branches,
    )
    figure.write(drawn, out)


def _kappa(name: str, known: dict[str, float | None]) -> float:
    from nutau.errors import unknown

    if name not in known:
        raise unknown("model", name, known)
    kappa = known[name]
    if kappa is None:
        raise InputError(
            f"{name} has no lq3, so no κ and no line in this plane. Give models with C3, or --kappa."
        )
    return kappa


app.command("nunu")(nunu)
app.command("spectrum")(spectrum)
app.command("contour")(savable("plot contour", contour))
app.command("pulls")(savable("plot pulls", pulls))
app.command("heights")(savable("plot heights", heights))
app.command("corner")(savable("plot corner", corner))
app.command("reach")(savable("plot reach", reach))
app.command("expected")(savable("plot expected", expected))
app.command("impacts")(savable("plot impacts", impacts))
app.command("leave-one-out")(savable("plot leave-one-out", leave_one_out))
