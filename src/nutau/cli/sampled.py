"""The options that say how a posterior is sampled, and how it is printed: the same for every verb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli.console import print_lines, print_table
from nutau.cli.options import pairs, refuse_unused
from nutau.cli.words import as_options, warn
from nutau.errors import InputError

if TYPE_CHECKING:
    from nutau.inference.fit import FitResult, Posterior

Prior = Annotated[
    list[str] | None,
    typer.Option(
        "--prior",
        metavar="NAME=KIND",
        help="flat, flat:LOW:HIGH, normal:MEAN:SD, log-flat:LOW:HIGH; repeat for more. Or coefficients: flat in them.",
    ),
]
Effective = Annotated[
    int | None,
    typer.Option(
        "--ess", metavar="N", min=1, help="Effective size of the --posterior to reach (default 10000)."
    ),
]
Sampler = Annotated[
    str | None,
    typer.Option("--sampler", metavar="NAME", help="independence (default) or nuts, which is slower."),
]
Seed = Annotated[int | None, typer.Option("--seed", metavar="N", min=0, help="Seed (default 1).")]


def options(
    asked: bool, prior: list[str] | None, size: int | None, sampler: str | None, seed: int | None
) -> dict[str, Any] | None:
    """What the library's ``sampled`` takes; ``None`` without a posterior, which refuses these options."""
    given = {"--prior": prior, "--ess": size, "--sampler": sampler}
    if not asked:
        refuse_unused(given, "--posterior")
        return None
    found = {"effective": size, "sampler": sampler, "seed": seed, "priors": priors(prior)}
    return {key: value for key, value in found.items() if value is not None}


def priors(given: list[str] | None) -> str | dict[str, str] | None:
    """``["kappa=normal:1:0.5"]`` by name, or ``"coefficients"`` alone."""
    from nutau.inference.fit.priors import COEFFICIENTS

    if not given:
        return None
    if COEFFICIENTS in given:
        if len(given) > 1:
            raise InputError(f"--prior {COEFFICIENTS} is a prior of all parameters: give no other beside it.")
        return COEFFICIENTS
    return pairs("--prior", given)


def sampled(found: FitResult, how: dict[str, Any]) -> FitResult:
    """The fit with its posterior, with a bar on stderr, and there what the chains miss."""
    from nutau.cli.progress import progress

    with progress("posterior", at_once=True) as report:
        found = found.sampled(progress=report, **how)
    assert found.posterior is not None
    warn(found.posterior.problems)
    return found


def show(posterior: Posterior) -> None:
    """The table, and below it prior, evidence and what the chains miss."""
    from nutau.inference.fit.posterior import HEAD

    print_table("posterior", HEAD, posterior.table())
    print_lines(map(as_options, posterior.summary()))
