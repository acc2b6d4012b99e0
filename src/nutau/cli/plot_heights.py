"""``nutau plot heights``: heights of -2 log L from toys along a parameter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from nutau.cli import figure, fitted
from nutau.cli import method as methods
from nutau.cli.figure import Out
from nutau.cli.options import Convention
from nutau.errors import unknown

POINTS = 120
"""Of the observed profile."""
Axis = Annotated[
    str | None, typer.Option("--axis", metavar="NAME", help="Along which parameter (the last one).")
]


def heights(
    parameters: fitted.Parameters = "delta,kappa",
    axis: Axis = None,
    data: fitted.Data = "2026",
    model: fitted.Model = None,
    mass: fitted.Mass = None,
    inputs: fitted.Inputs = "default",
    convention: Convention = "physical",
    running: fitted.Running = None,
    fix: fitted.Fix = None,
    limits: fitted.Limits = None,
    scale: fitted.Scale = None,
    toys: methods.Toys = None,
    seed: methods.Seed = None,
    draws: fitted.Draws = 1000,
    out: Out = Path("heights.pdf"),
) -> None:
    """Draw the heights of Feldman and Cousins along a parameter beside those of Wilks' theorem.

    Example: nutau plot heights --parameters delta,kappa --toys 200 --out heights.pdf
    """
    import numpy as np

    from nutau.cli.progress import progress
    from nutau.inference.fit.calibration import TOYS, calibrated
    from nutau.report.figures.heights import heights as draw

    figure.check(out)
    names = [name.strip() for name in parameters.split(",")]
    name = names[-1] if axis is None else axis
    if name not in names:
        raise unknown("parameter of this fit", name, names, "--axis")
    theory: dict[str, Any] = {"mass": mass, "running": running, "convention": convention, "scale": scale}
    how: dict[str, Any] = {"ranges": fitted.ranges(limits), "draws": draws}
    found = fitted.fit(parameters, data, fix, model=model, inputs=inputs, **theory, **how)
    with progress("toys") as report:
        interval, made = calibrated(
            found.likelihood,
            found.minima,
            found.size,
            names.index(name),
            toys=toys or TOYS,
            seed=1 if seed is None else seed,
            progress=report,
        )
    typer.echo(f"nutau: {made}", err=True)
    observed = found.profile(name, np.linspace(made.values[0], made.values[-1], POINTS))
    title = (
        f"data {found.likelihood.data}, inputs {found.likelihood.inputs}; {int(made.toys.min())} toys a value"
    )
    figure.write(draw(made, observed, interval, title=title), out)
