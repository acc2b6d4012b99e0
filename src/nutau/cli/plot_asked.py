"""``nutau plot impacts|leave-one-out``: figures of what a fit was asked."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from nutau.cli import figure, fitted
from nutau.cli.figure import Drawn
from nutau.cli.options import Convention
from nutau.cli.plot_fits import Mode, described
from nutau.report.figures.paper import Paper

Most = Annotated[int, typer.Option("--most", metavar="N", min=1, help="So many sources at most.")]


@figure.drawn("impacts.pdf")
def impacts(
    parameters: fitted.Parameters = "delta,kappa",
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
    most: Most = 15,
    draws: fitted.Draws = 1000,
    *,
    paper: Paper,
) -> Drawn:
    """Draw how far inputs and measurements move the best fit, with the pulls of the inputs.

    Example: nutau plot impacts --most 12 --out impacts.png
    """
    from nutau.cli.progress import progress
    from nutau.report.figures import numbers
    from nutau.report.figures.impacts import impacts as draw

    theory: dict[str, Any] = {"mass": mass, "running": running, "convention": convention, "scale": scale}
    how: dict[str, Any] = {"mode": mode, "sm": sm, "ranges": fitted.ranges(limits), "draws": draws}
    found = fitted.fit(parameters, data, fix, model=model, inputs=inputs, **theory, **how)
    with progress("impacts") as report:
        made = found.impacts(most=most, progress=report)
    title = described(found)
    return draw(made, title=title, paper=paper), numbers.impacts(made, title)


@figure.drawn("leave_one_out.pdf")
def leave_one_out(
    parameters: fitted.Parameters = "delta,kappa",
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
    draws: fitted.Draws = 1000,
    *,
    paper: Paper,
) -> Drawn:
    """Draw the best fit without each measurement and each sector, beside that of all data.

    Example: nutau plot leave-one-out --out leave_one_out.png
    """
    from nutau.cli.progress import progress
    from nutau.report.figures import numbers
    from nutau.report.figures.impacts import leave_one_out as draw

    theory: dict[str, Any] = {"mass": mass, "running": running, "convention": convention, "scale": scale}
    how: dict[str, Any] = {"mode": mode, "sm": sm, "ranges": fitted.ranges(limits), "draws": draws}
    found = fitted.fit(parameters, data, fix, model=model, inputs=inputs, **theory, **how)
    with progress("leave one out") as report:
        made = found.leave_one_out(progress=report)
    title = described(found)
    return draw(made, title=title, paper=paper), numbers.leave_one_out(made, title)
