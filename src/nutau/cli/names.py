"""``nutau list``: the names that the other commands take."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any

import typer

from nutau.cli.console import output, print_table
from nutau.cli.options import Json, print_json
from nutau.errors import InputError

SCHEMA = "nutau/names/1"
NEUTRINO = re.compile(r"nu(?:e|mu|tau)")


class Kind(StrEnum):
    """What can be listed."""

    observables = "observables"
    coefficients = "coefficients"
    warsaw = "warsaw"
    parameters = "parameters"


def names(
    kind: Annotated[
        Kind,
        typer.Argument(
            metavar="KIND", help="observables, coefficients (WET), warsaw (SMEFT), parameters (inputs)."
        ),
    ],
    pattern: Annotated[
        str, typer.Argument(metavar="[PATTERN]", help="Only names or descriptions that contain it.")
    ] = "",
    as_json: Json = False,
) -> None:
    """List the names of observables, Wilson coefficients or input parameters.

    Example: nutau list observables tautau

    Example: nutau list coefficients bsnu
    """
    rows = [row for row in _rows(kind) if any(_holds(str(text), pattern) for text in row.values())]
    if not rows:
        raise InputError(f"None of the {kind.value} contains '{pattern}'. Leave the pattern out to see all.")
    if as_json:
        return print_json({"schema": SCHEMA, kind.value: rows})
    if len(rows[0]) > 1 and output().isatty():
        return print_table("", tuple(rows[0]), [tuple(row.values()) for row in rows])
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        rest = "  ".join(str(text) for key, text in row.items() if key != "name")
        typer.echo(f"{row['name']:{width}}  {rest}".rstrip())


def _holds(text: str, pattern: str) -> bool:
    """Whether text has a pattern in it, also without the flavours of neutrinos: ``nunu`` is in ``CL_bsnutaunutau``."""
    wanted = pattern.casefold()
    return wanted in text.casefold() or wanted in NEUTRINO.sub("nu", text.casefold())


def _rows(kind: Kind) -> list[dict[str, Any]]:
    if kind is Kind.observables:
        return _observables()
    if kind is Kind.parameters:
        return _parameters()
    if kind is Kind.warsaw:
        from nutau.eft.smeft.basis import warsaw

        return [{"name": name} for name in warsaw().coefficients]
    from nutau.eft.wet.full import FULL

    return [{"name": name} for name in FULL.coefficients]


def _observables() -> list[dict[str, Any]]:
    from nutau.common.numbers import raised
    from nutau.observables import ALIASES, catalogue

    takes = {"total": "", "bin": "; takes --bin", "point": "; takes --q2"}
    known = [
        {
            "name": item.name,
            "description": item.description
            + ("" if item.unit == "1" else f", in {raised(item.unit)}")
            + takes[item.kind],
        }
        for item in catalogue()
    ]
    return [
        *({"name": short, "description": f"stands for {name}"} for short, name in ALIASES.items()),
        *known,
    ]


def _parameters() -> list[dict[str, Any]]:
    from nutau.inputs import load_inputs

    parameters = load_inputs("default").parameters
    return [
        {"name": name, "description": f"{group}, {source}"}
        for name, group, source in zip(parameters.names, parameters.groups, parameters.sources, strict=True)
    ]
