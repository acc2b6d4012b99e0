"""``nutau forecast``: what a luminosity will exclude, discover and tell apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli import fitted
from nutau.cli.console import print_lines, print_table
from nutau.cli.options import Convention, Json, print_json
from nutau.cli.words import as_options
from nutau.errors import InputError

if TYPE_CHECKING:
    from nutau.inference.forecast import Forecast


Luminosity = Annotated[
    str, typer.Option("--luminosity", metavar="L,…", help="Luminosities of Belle II in ab⁻¹.")
]
Truth = Annotated[
    str,
    typer.Option("--truth", metavar="NAME", help="sm, a model, kappa=1.2; with ',delta=0.05' δ is held."),
]
Models = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="NAME", help="A model to test; repeat (default: Table I)."),
]
Projections = Annotated[
    list[str] | None,
    typer.Option("--projection", metavar="NAME", help="A projection (nutau data list); repeat."),
]
Hold = Annotated[
    bool, typer.Option("--hold", help="Hold δ of each model at its best fit instead of within its error.")
]
Lhcb = Annotated[
    float | None,
    typer.Option("--lhcb", metavar="FB", help="Luminosity of LHCb in fb⁻¹, to use its projections."),
]
Toys = Annotated[int, typer.Option("--toys", metavar="N", help="Toys for the spread of luminosities.")]


def forecast(
    luminosity: Luminosity = "1,5,10,50",
    truth: Truth = "sm",
    models: Models = None,
    data: fitted.Data = "2026",
    projections: Projections = None,
    hold: Hold = False,
    sm: fitted.Standard = "inputs",
    lhcb: Lhcb = None,
    inputs: fitted.Inputs = "default",
    mass: fitted.Mass = None,
    running: fitted.Running = None,
    convention: Convention = "physical",
    toys: Toys = 200,
    as_json: Json = False,
) -> None:
    """Expected exclusion and discovery of models against luminosity, and when they are told apart.

    Takes ten seconds or so.

    Example: nutau forecast --luminosity 1,5,10,50 --truth U1 --mass 4700
    """
    steps = _numbers(luminosity)
    theory: dict[str, Any] = {"inputs": inputs, "mass": mass, "running": running, "convention": convention}
    how: dict[str, Any] = {"projections": projections, "hold": hold, "sm": sm, "lhcb": lhcb, "toys": toys}
    found = expected(steps, truth, models, data=data, **theory, **how)
    print_json(found.to_dict()) if as_json else _show(found)


def expected(luminosities: Any, truth: str, models: list[str] | None, **options: Any) -> Forecast:
    """The forecast that the options mean, with a bar on stderr; of the models of Table I unless some are given."""
    from nutau.cli.progress import progress
    from nutau.inference.forecast import forecast as run
    from nutau.inference.forecast.hypotheses import TABLE_ONE
    from nutau.inference.likelihood import use_double_precision

    use_double_precision()
    with progress("models", at_once=True) as report:
        return run(luminosities, truth, tuple(models or TABLE_ONE), progress=report, **options)


def _show(found: Forecast) -> None:
    for title, (head, *rows) in found.tables():
        print_table(title, head, rows)
    print_lines(map(as_options, found.notes))


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--luminosity '{text}': numbers in ab⁻¹ are needed, as 1,5,10,50.") from None
