"""``nutau next``: which measurement would tell most of the parameters of a fit."""

from __future__ import annotations

from nutau.cli import fitted, forecast_options
from nutau.cli import next_options as given
from nutau.cli.console import print_lines, print_table
from nutau.cli.options import Convention, Json, print_json
from nutau.cli.words import as_options


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
    draws: fitted.Draws = 1000,
    as_json: Json = False,
) -> None:
    """Rank possible measurements by what each would add to a fit: errors of parameters, information, Δχ².

    Projections of experiments at their luminosities, results of today that go on, and any observable with an error.

    Example: nutau next --parameters CVL_bctaunutau,CSL_bctaunutau --against sm --candidate "R(Lambdac)=5%"

    Example: nutau next --parameters CL_bsnutaunutau --luminosity 10 --at FCC-ee=1 --by CL_bsnutaunutau
    """
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
    if as_json:
        print_json(made.to_dict())
        return
    print_table(made.title, made.headings, made.table(), right=range(2, len(made.headings)))
    print_lines([as_options(line) for line in made.lines()])
