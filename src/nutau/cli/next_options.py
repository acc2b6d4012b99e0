"""The options of ``nutau next``, the same for its figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli import fitted
from nutau.cli.options import pairs

if TYPE_CHECKING:
    from nutau.inference.forecast.ranked import Ranking

Luminosity = Annotated[
    float, typer.Option("--luminosity", metavar="L", help="Luminosity of --experiment (Belle II: ab⁻¹).")
]
Projections = Annotated[
    list[str] | None,
    typer.Option(
        "--projection",
        metavar="NAME",
        help="A projection (default: all at --luminosity and --at), or a YAML file.",
    ),
]
Candidates = Annotated[
    list[str] | None,
    typer.Option(
        "--candidate",
        metavar="OBS=ERROR",
        help="Any observable with an error, absolute or 10% of the SM value.",
    ),
]
Against = Annotated[
    str | None,
    typer.Option("--against", metavar="POINT", help="Δχ² between the best fit and this: sm, NAME=VALUE,…"),
]
By = Annotated[str, typer.Option("--by", metavar="KEY", help="Order: information, apart, or a parameter.")]


def found(
    parameters: str,
    *,
    data: str,
    luminosity: float,
    experiment: str,
    at: list[str] | None,
    projections: list[str] | None,
    continued: list[str] | None,
    candidates: list[str] | None,
    fix: list[str] | None,
    limits: list[str] | None,
    **how: Any,
) -> Ranking:
    """The ranking that the options mean, with a bar on stderr."""
    from nutau.cli.progress import progress
    from nutau.inference.forecast.next import next_measurements
    from nutau.inference.likelihood import use_double_precision

    given = pairs("--candidate", candidates or ())
    held, bounds, others = fitted.numbers("--fix", fix), fitted.ranges(limits), fitted.numbers("--at", at)
    use_double_precision()
    with progress("next", at_once=True) as report:
        return next_measurements(
            parameters,
            data,
            luminosity=luminosity,
            experiment=experiment,
            at=others or None,
            projections=projections,
            continued=tuple(continued or ()),
            candidates=given,
            fixed=held or None,
            ranges=bounds or None,
            progress=report,
            **how,
        )
