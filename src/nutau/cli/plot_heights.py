"""``nutau plot heights``: heights of -2 log L from toys along a parameter."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from nutau.cli import figure, fitted, lists
from nutau.cli import method as methods
from nutau.cli import work as working
from nutau.cli.figure import Drawn
from nutau.cli.options import Convention
from nutau.cli.plot_fits import Mode
from nutau.errors import unknown
from nutau.report.figures.paper import Paper

POINTS = 120
"""Of the observed profile."""
Axis = Annotated[
    str | None, typer.Option("--axis", metavar="NAME", help="Along which parameter (the last one).")
]


@figure.drawn("heights.pdf")
def heights(
    parameters: fitted.Parameters = "delta,kappa",
    axis: Axis = None,
    data: fitted.Data = "2026",
    model: fitted.Model = None,
    mass: fitted.Mass = None,
    inputs: fitted.Inputs = "default",
    convention: Convention = "physical",
    running: fitted.Running = None,
    mode: Mode = "full",
    sm: fitted.Standard = "inputs",
    fix: fitted.Fix = None,
    limits: fitted.Limits = None,
    scale: fitted.Scale = None,
    toys: methods.Toys = None,
    seed: methods.Seed = None,
    cluster: working.Cluster = None,
    work: working.Folder = None,
    draws: fitted.Draws = 1000,
    *,
    paper: Paper,
) -> Drawn:
    """Draw the heights of Feldman and Cousins along a parameter beside those of Wilks' theorem.

    Example: nutau plot heights --parameters delta,kappa --toys 200 --out heights.png
    """
    import numpy as np

    from nutau.cli.progress import progress
    from nutau.inference.fit.calibration import TOYS, calibrated
    from nutau.report.figures import numbers
    from nutau.report.figures.heights import heights as draw

    names = lists.parts(parameters)
    name = names[-1] if axis is None else axis
    if name not in names:
        raise unknown("parameter of this fit", name, names, "--axis")
    theory: dict[str, Any] = {"mass": mass, "running": running, "convention": convention, "scale": scale}
    how: dict[str, Any] = {"mode": mode, "sm": sm, "ranges": fitted.ranges(limits), "draws": draws}
    found = fitted.fit(parameters, data, fix, model=model, inputs=inputs, **theory, **how)
    with working.working(cluster, work) as opened, progress("toys") as report:
        interval, made = calibrated(
            found.likelihood,
            found.minima,
            found.size,
            names.index(name),
            toys=toys or TOYS,
            seed=1 if seed is None else seed,
            work=opened,
            progress=report,
        )
    typer.echo(f"nutau: {made}", err=True)
    observed = found.profile(name, np.linspace(made.values[0], made.values[-1], POINTS))
    title = (
        f"data {found.likelihood.data}, inputs {found.likelihood.inputs}; {int(made.toys.min())} toys a value"
    )
    drawn = draw(made, observed, interval, title=title, paper=paper)
    return drawn, numbers.heights(made, observed, interval, title)
