"""The options that say what is fitted to which data, and the fit that they mean: the same for every verb."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli.cases import ONE, Case
from nutau.cli.options import pairs
from nutau.cli.words import warn
from nutau.common.ranges import interval
from nutau.errors import InputError

if TYPE_CHECKING:
    from nutau.inference.fit import FitResult

Parameters = Annotated[
    str,
    typer.Option(
        "--parameters",
        metavar="NAME,…",
        help="delta,kappa; C1,C3, Warsaw names, MFV:lq1:Y:Y (TeV⁻²); WET names; couplings of --model. Re, Im first.",
    ),
]
Data = Annotated[
    str, typer.Option("--data", metavar="NAME", help="Data set (nutau data list) or a YAML file.")
]
Inputs = Annotated[
    str, typer.Option("--inputs", metavar="NAME", help="Input set: default, flavio-2.7, or a YAML file.")
]
Standard = Annotated[
    str,
    typer.Option("--sm", metavar="WHERE", help="SM: inputs, the data's references, hflav or flag24."),
]
Model = Annotated[str | None, typer.Option("--model", metavar="NAME", help="A mediator; needs --mass.")]
Mass = Annotated[
    float | None, typer.Option("--mass", metavar="GEV", help="Mass, and scale from which coefficients run.")
]
Running = Annotated[
    str | None,
    typer.Option(
        "--running", metavar="HOW", help="full, none or a folder of tables (full if there is a mass)."
    ),
]
Fix = Annotated[
    list[str] | None, typer.Option("--fix", metavar="NAME=VALUE", help="Hold a parameter; repeat for more.")
]
Limits = Annotated[
    list[str] | None,
    typer.Option("--range", metavar="NAME=LOW:HIGH", help="Bound a parameter; repeat for more."),
]
Scale = Annotated[
    float | None, typer.Option("--scale", metavar="GEV", help="Scale of WET coefficients (default 4.8).")
]
AllData = Annotated[
    bool, typer.Option("--all-data", help="Keep measurements that no parameter has an influence on.")
]
KeepNuisanceData = Annotated[
    bool,
    typer.Option(
        "--keep-nuisance-data",
        help="Of these keep those that share theory errors with the measurements that stay.",
    ),
]
Draws = Annotated[int, typer.Option("--draws", metavar="N", help="Theory draws; 0 for no theory errors.")]


def numbers(option: str, given: list[str] | None) -> dict[str, float]:
    """``["kappa=1"]`` as numbers by name."""
    found = {}
    for name, text in pairs(option, given or ()).items():
        try:
            found[name] = float(text)
        except ValueError:
            raise InputError(f"{option} {name}={text}: a number is needed.") from None
        if not isfinite(found[name]):
            raise InputError(f"{option} {name}={text}: a finite number is needed.")
    return found


def ranges(given: list[str] | None) -> dict[str, tuple[float, float]]:
    """``["kappa=-5:5"]`` as bounds by name."""
    found = {}
    for name, text in pairs("--range", given or ()).items():
        ends = interval(text, f"--range {name}={text}", open_ends=True)
        found[name] = (ends.low, ends.high)
    return found


def fit(parameters: str, data: str, fix: list[str] | None, case: Case = ONE, **options: Any) -> FitResult:
    """The fit that the options mean, with a bar on stderr, and there what makes it doubtful or meaningless.

    Of several fits both name their ``case``.
    """
    from nutau.cli.progress import progress
    from nutau.inference.fit import fit as run
    from nutau.inference.likelihood import use_double_precision

    held = numbers("--fix", fix)
    use_double_precision()
    with progress(case.told("fit"), at_once=True) as report:
        found = run(parameters, data, fixed=held, progress=report, **options)
    warn(map(case.told, (*found.likelihood.doubts, *found.warnings)))
    return found
