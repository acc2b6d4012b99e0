"""The options of a forecast, the same for ``nutau forecast`` and for its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli import fitted
from nutau.errors import InputError

if TYPE_CHECKING:
    from nutau.inference.forecast import Forecast

LUMINOSITIES = "numbers in the unit of --experiment (Belle II: ab⁻¹) are needed, as 1,5,10,50"
Luminosity = Annotated[
    str,
    typer.Option(
        "--luminosity",
        metavar="L,…",
        help="Luminosities of --experiment (Belle II: ab⁻¹); a list, or 1:50:8.",
    ),
]
Truth = Annotated[
    str | None,
    typer.Option(
        "--truth",
        metavar="NAME",
        help="sm, a model, kappa=1.2; with ',delta=0.05' δ is held. With --parameters: fit, sm, NAME=VALUE,…",
    ),
]
ModelTruth = Annotated[
    str | None,
    typer.Option("--truth", metavar="NAME", help="sm, a model, kappa=1.2; with ',delta=0.05' δ is held."),
]
ParameterTruth = Annotated[
    str | None,
    typer.Option("--truth", metavar="NAME", help="fit (today's best fit, the default), sm, NAME=VALUE,…"),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        metavar="NAME",
        help="A model to test; repeat (default: Table I). With --parameters: whose couplings.",
    ),
]
Tested = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="NAME", help="A model to test; repeat (default: Table I)."),
]
Projections = Annotated[
    list[str] | None,
    typer.Option(
        "--projection", metavar="NAME", help="A projection (nutau data list) or a YAML file; repeat."
    ),
]
Continued = Annotated[
    list[str] | None,
    typer.Option(
        "--continue", metavar="ENTRY", help="A result of --data, its error scaled with luminosity; repeat."
    ),
]
Experiment = Annotated[
    str, typer.Option("--experiment", metavar="NAME", help="Whose luminosity --luminosity is.")
]
At = Annotated[
    list[str] | None,
    typer.Option(
        "--at", metavar="NAME=L", help="Luminosity of another experiment, to use its projections; repeat."
    ),
]
Lhcb = Annotated[
    float | None,
    typer.Option("--lhcb", metavar="FB", help="Luminosity of LHCb in fb⁻¹, as --at LHCb=FB."),
]
Correlated = Annotated[
    float,
    typer.Option(
        "--correlation", metavar="RHO", help="Of systematic errors of one experiment's projections."
    ),
]
Theory = Annotated[
    str,
    typer.Option(
        "--theory-scale",
        metavar="HOW",
        help="Theory errors then: today, half, none, a factor or a scenario of a file.",
    ),
]
Hold = Annotated[bool, typer.Option("--hold", help="Hold δ of each model at its best fit to today's data.")]
Toys = Annotated[
    int | None,
    typer.Option("--toys", metavar="N", help="Pseudo-experiments (200; with --parameters 0)."),
]
ReachToys = Annotated[int | None, typer.Option("--toys", metavar="N", help="Pseudo-experiments (200).")]
Seed = Annotated[int | None, typer.Option("--seed", metavar="N", help="Seed of theory draws and toys.")]
Parameters = Annotated[
    str | None,
    typer.Option("--parameters", metavar="NAME,…", help="Expected intervals of these, as in nutau fit."),
]
Observables = Annotated[
    list[str] | None,
    typer.Option("--observable", metavar="NAME", help="With --parameters: its expected error; repeat."),
]


def expected(
    luminosities: Any,
    truth: str | None,
    models: list[str] | None,
    *,
    parameters: str | None = None,
    at: list[str] | None = None,
    fix: list[str] | None = None,
    limits: list[str] | None = None,
    **options: Any,
) -> Forecast:
    """The forecast that the options mean, with a bar on stderr; of the models of Table I unless some are given."""
    from nutau.cli.progress import progress
    from nutau.inference.forecast import forecast as run
    from nutau.inference.forecast.hypotheses import TABLE_ONE
    from nutau.inference.likelihood import use_double_precision

    chosen: dict[str, Any] = {"models": tuple(models or TABLE_ONE)}
    if parameters is not None:
        if len(models or ()) > 1:
            raise InputError(
                f"--model {' --model '.join(models or ())}: with --parameters one model has couplings."
            )
        chosen = {"parameters": parameters, "model": models[0] if models else None}
    held, bounds = fitted.numbers("--fix", fix), fitted.ranges(limits)
    chosen |= {"fixed": held or None, "ranges": bounds or None, "at": fitted.numbers("--at", at) or None}
    for name in ("continued", "observables"):
        options[name] = tuple(options.get(name) or ())
    use_double_precision()
    with progress("forecast", at_once=True) as report:
        return run(luminosities, truth, progress=report, **chosen, **options)
