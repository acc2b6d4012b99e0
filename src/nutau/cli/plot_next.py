"""``nutau plot next``: possible measurements by what they would tell."""

from __future__ import annotations

from nutau.cli import figure, fitted, forecast_options
from nutau.cli import next_options as given
from nutau.cli.figure import Drawn
from nutau.cli.options import Convention
from nutau.report.figures.paper import Paper


@figure.drawn("next.pdf")
def next_measurement(
    parameters: fitted.Parameters,
    data: fitted.Data = "2026",
    luminosity: given.Luminosity = 50.0,
    experiment: forecast_options.Experiment = "Belle II",
    at: forecast_options.At = None,
    projections: given.Projections = None,
    continued: forecast_options.Continued = None,
    candidates: given.Candidates = None,
    against: given.Against = None,
    by: given.By = "information",
    model: fitted.Model = None,
    mass: fitted.Mass = None,
    running: fitted.Running = None,
    convention: Convention = "physical",
    fix: fitted.Fix = None,
    limits: fitted.Limits = None,
    scale: fitted.Scale = None,
    inputs: fitted.Inputs = "default",
    sm: fitted.Standard = "inputs",
    draws: fitted.Draws = 300,
    *,
    paper: Paper,
) -> Drawn:
    """Draw possible measurements by what each would add to a fit: information, errors of parameters, Δχ².

    Example: nutau plot next --parameters CVL_bctaunutau,CSL_bctaunutau --candidate "R(Lambdac)=5%" --out next.pdf
    """
    from nutau.report.figures import numbers
    from nutau.report.figures.ranked import ranked

    made = given.found(
        parameters,
        data=data,
        luminosity=luminosity,
        experiment=experiment,
        at=at,
        projections=projections,
        continued=continued,
        candidates=candidates,
        against=against,
        by=by,
        model=model,
        mass=mass,
        running=running,
        convention=convention,
        fix=fix,
        limits=limits,
        scale=scale,
        inputs=inputs,
        sm=sm,
        draws=draws,
    )
    title = f"{made.title}, data {made.data}"
    return ranked(made, title=title, paper=paper), numbers.ranked(made, title)
