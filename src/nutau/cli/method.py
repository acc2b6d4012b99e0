"""The options that say how intervals are made, and the fit with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nutau.cli import work as working
from nutau.cli.options import refuse_unused
from nutau.errors import InputError, unknown

if TYPE_CHECKING:
    from nutau.inference.fit import Contour, FitResult
    from nutau.inference.work import Work

METHODS = ("wilks", "fc", "cls", "bayes")
BY_TOYS = ("fc", "cls")
Method = Annotated[
    str,
    typer.Option(
        "--method",
        metavar="METHOD",
        help="wilks (heights of χ²), fc (heights from toys, Feldman-Cousins), cls (limits of what is ≥ 0), bayes.",
    ),
]
Toys = Annotated[
    int | None,
    typer.Option(
        "--toys",
        metavar="N",
        min=1,
        help="p of the fit, the SM and sectors from N toys; also of --method fc and cls, at each value (1000).",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", min=0, help="Seed of the toys and the --posterior (default 1)."),
]


def check(method: str, toys: int | None, seed: int | None, *, posterior: bool) -> None:
    """Refuse, before the fit, what would not be used or is not there."""
    if method not in METHODS:
        raise unknown("method", method, METHODS, "--method")
    if method == "bayes" and not posterior:
        raise InputError("--method bayes: its intervals are those of the posterior; add --posterior.")
    if seed is not None and toys is None and method not in BY_TOYS and not posterior:
        raise InputError(
            "--seed would not be used: it is for --toys, --method fc or cls, or --posterior, and none is given."
        )


def check_work(cluster: str | None, folder: Path | None, method: str, toys: int | None) -> None:
    """Refuse a cluster, and a folder of toys, where there are no toys."""
    working.check(
        cluster, folder, toys=toys is not None or method in BY_TOYS, why="--toys, or --method fc or cls"
    )


def check_contour(method: str, toys: int | None, seed: int | None) -> None:
    """Refuse what is not for a contour: its heights are those of Wilks' theorem or of Feldman and Cousins."""
    if method not in METHODS[:2]:
        raise InputError(f"--method {method}: a contour has the heights wilks or fc.")
    if method != "fc":
        refuse_unused({"--toys": toys, "--seed": seed}, "--method fc")


def with_toys(found: FitResult, method: str, toys: int | None, seed: int | None, work: Work) -> FitResult:
    """The fit with p by toys if toys are asked for; intervals of what limits alone constrain may do without p."""
    from nutau.cli.progress import progress

    if toys is None or (method in BY_TOYS and not found.goodness.numbers):
        return found
    with progress("toys", at_once=True) as report:
        return found.with_toys(toys, seed=1 if seed is None else seed, cluster=work, progress=report)


def by_method(found: FitResult, method: str, toys: int | None, seed: int | None, work: Work) -> FitResult:
    """The fit with its intervals by a method, with a bar on stderr."""
    from nutau.cli.progress import progress
    from nutau.inference.fit.calibration import TOYS

    if method == "wilks":
        return found
    with progress("toys") as report:
        return found.by_method(
            method, toys=toys or TOYS, seed=1 if seed is None else seed, cluster=work, progress=report
        )


def contour(
    found: FitResult, drawn: Contour, method: str, toys: int | None, seed: int | None, work: Work
) -> Contour:
    """A contour with its heights from toys, where they are asked for; what they are on stderr."""
    from nutau.cli.progress import progress
    from nutau.inference.fit.calibration import TOYS
    from nutau.inference.fit.methods import with_heights

    if method == "wilks":
        return drawn
    with progress("toys") as report:
        made = with_heights(
            found, drawn, toys=toys or TOYS, seed=1 if seed is None else seed, work=work, progress=report
        )
    typer.echo(f"nutau: {made.calibration}", err=True)
    return made
