"""``nutau forecast``: what a luminosity will exclude, discover, tell apart and measure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from nutau.cli import cases, fitted
from nutau.cli import forecast_options as given
from nutau.cli.console import print_apart, print_lines, print_table
from nutau.cli.lists import read
from nutau.cli.options import Convention, Json, print_json
from nutau.cli.words import as_options

if TYPE_CHECKING:
    from nutau.inference.forecast import Forecast


def forecast(
    luminosity: given.Luminosity = "1,5,10,50",
    truth: given.Truth = None,
    models: given.Models = None,
    parameters: given.Parameters = None,
    observables: given.Observables = None,
    data: cases.Data = "2026",
    projections: given.Projections = None,
    continued: given.Continued = None,
    experiment: given.Experiment = "Belle II",
    at: given.At = None,
    lhcb: given.Lhcb = None,
    correlation: given.Correlated = 0.0,
    theory: given.Theory = "today",
    hold: given.Hold = False,
    sm: fitted.Standard = "inputs",
    inputs: fitted.Inputs = "default",
    mass: cases.Masses = None,
    running: fitted.Running = None,
    convention: Convention = "physical",
    fix: fitted.Fix = None,
    limits: fitted.Limits = None,
    scale: fitted.Scale = None,
    toys: given.Toys = None,
    draws: fitted.Draws = 1000,
    seed: given.Seed = None,
    as_json: Json = False,
) -> None:
    """Expected exclusion and discovery of models against luminosity, or expected intervals of parameters.

    From -2 log L of all of today's data and projected measurements. Takes half a minute or so; lists of data sets and
    masses make a table each.

    Example: nutau forecast --luminosity 1,5,10,50 --truth U1 --mass 4700
    """
    theory_of: dict[str, Any] = {"inputs": inputs, "running": running, "convention": convention}
    what: dict[str, Any] = {
        "projections": projections,
        "continued": continued,
        "experiment": experiment,
        "at": at,
    }
    how: dict[str, Any] = {"lhcb": lhcb, "correlation": correlation, "theory": theory, "hold": hold, "sm": sm}
    more: dict[str, Any] = {"fix": fix, "limits": limits, "scale": scale, "toys": toys, "draws": draws}
    if seed is not None:
        more["seed"] = seed
    several = cases.of_data(data, mass)
    how |= {"parameters": parameters, "observables": observables, **theory_of, **what, **more}
    luminosities = numbers(luminosity)

    def expected(case: cases.Case) -> Forecast:
        chosen = {"data": case.values["--data"], "mass": case.values["--mass"]}
        return given.expected(luminosities, truth, models, **chosen, **how)

    found = cases.run(several, expected)
    if as_json:
        print_json(cases.document(several, [one.to_dict() for one in found]))
        return
    print_apart(partial(_show, one, case) for case, one in zip(several, found, strict=True))


def _show(found: Forecast, case: cases.Case) -> None:
    for title, (head, *rows) in found.tables():
        print_table(case.told(title), head, rows)
    print_lines(map(as_options, found.notes))


def numbers(text: str) -> list[float]:
    """``1,5,10`` or ``1:50:8`` as numbers."""
    return read(text, "--luminosity", given.LUMINOSITIES)
