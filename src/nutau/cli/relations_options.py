"""The options of relations among rates, the same for ``nutau relations`` and for its figure."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nutau.cli.options import pairs
from nutau.cli.predict import read_q2
from nutau.cli.progress import working
from nutau.errors import InputError

if TYPE_CHECKING:
    from nutau.report.relations import Relations

Names = Annotated[
    list[str],
    typer.Argument(
        metavar="OBSERVABLE ...", help='Rates: "BR(B+->Knunu)", "<dBR/dq2>(B0->K*nunu)[0, 4]", "R(D)".'
    ),
]
Target = Annotated[
    str | None, typer.Option("--target", metavar="NAME", help="The rate to predict (the last one).")
]
Data = Annotated[
    str,
    typer.Option(
        "--data", metavar="NAME", help="Data set that the rates are known from, a YAML file, or none."
    ),
]
Values = Annotated[
    list[str] | None,
    typer.Option(
        "--value", metavar="NAME=VALUE,ERROR", help="A rate as measured, instead of the data's; repeat."
    ),
]
Coefficients = Annotated[
    list[str] | None,
    typer.Option("--coefficient", metavar="NAME", help="Keep only this coefficient; repeat for more."),
]


def found(
    observables: list[str],
    target: str | None,
    data: str,
    values: list[str] | None,
    coefficients: list[str] | None,
    bins: list[str] | None,
    **how: Any,
) -> Relations:
    """The relations that the options mean."""
    import nutau

    given = {name: _pair(name, text) for name, text in pairs("--value", values or ()).items()}
    with working("relations"):
        return nutau.relations(
            tuple(observables),
            target,
            data=None if data == "none" else data,
            values=given,
            only=tuple(coefficients or ()),
            q2=read_q2(bins, None),
            **how,
        )


def _pair(name: str, text: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        value, error = map(float, parts)
    except ValueError:
        value = error = float("nan")
    if not (isfinite(value) and isfinite(error)):
        raise InputError(
            f"--value {name}={text}: a value and its error are needed with a comma between, as 1.3e-5,0.4e-5."
        )
    return value, error
