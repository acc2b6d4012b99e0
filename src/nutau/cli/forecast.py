"""``nutau forecast``: what a luminosity will exclude, discover and tell apart."""

from __future__ import annotations

from typing import Annotated

import typer

from nutau.cli.fit import Data, Mass, Running
from nutau.cli.options import Convention, Inputs, Json, print_json
from nutau.errors import InputError


def forecast(
    luminosity: Annotated[
        str, typer.Option("--luminosity", metavar="L,…", help="Luminosities of Belle II in ab⁻¹.")
    ] = "1,5,10,50",
    truth: Annotated[
        str,
        typer.Option("--truth", metavar="NAME", help="sm, a model, kappa=1.2; with ',delta=0.05' δ is held."),
    ] = "sm",
    models: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="NAME", help="A model to test; repeat (default: Table I)."),
    ] = None,
    data: Data = "2026",
    projections: Annotated[
        list[str] | None,
        typer.Option("--projection", metavar="NAME", help="A projection (nutau data list); repeat."),
    ] = None,
    hold: Annotated[
        bool, typer.Option("--hold", help="Hold δ of each model at its best fit instead of within its error.")
    ] = False,
    lhcb: Annotated[
        float | None,
        typer.Option("--lhcb", metavar="FB", help="Luminosity of LHCb in fb⁻¹, to use its projections."),
    ] = None,
    inputs: Inputs = "default",
    mass: Mass = None,
    running: Running = None,
    convention: Convention = "physical",
    toys: Annotated[
        int, typer.Option("--toys", metavar="N", help="Toys for the spread of luminosities.")
    ] = 200,
    as_json: Json = False,
) -> None:
    """Expected exclusion and discovery of models against luminosity, and when they are told apart.

    Example: nutau forecast --luminosity 1,5,10,50 --truth U1 --mass 4700
    """
    steps = _numbers(luminosity)
    from nutau.cli.progress import progress
    from nutau.forecasting import forecast as run
    from nutau.forecasting.hypotheses import TABLE_ONE
    from nutau.likelihood import use_double_precision

    use_double_precision()
    with progress("toys") as report:
        found = run(
            steps,
            truth,
            tuple(models or TABLE_ONE),
            data=data,
            projections=projections,
            inputs=inputs,
            mass=mass,
            running=running,
            convention=convention,
            lhcb=lhcb,
            hold=hold,
            toys=toys,
            progress=report,
        )
    if as_json:
        print_json(found.to_dict())
        return
    from rich.console import Console

    from nutau.cli.fit import _table

    console = Console()
    for title, table in found.tables():
        console.print(_table(title, table[0], table[1:]))
    for line in found.summary():
        console.print(line, highlight=False, markup=False)


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--luminosity '{text}': numbers in ab⁻¹ are needed, as 1,5,10,50.") from None
