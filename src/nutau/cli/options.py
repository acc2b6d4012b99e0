"""Options that several verbs share, and how results are printed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from nutau.cli.console import output
from nutau.errors import InputError

Observables = Annotated[
    list[str] | None,
    typer.Argument(metavar="[OBSERVABLE ...]", help='Names like "BR(B+->Knunu)", "R(D)", "Rnunu(K*)".'),
]
Bin = Annotated[
    list[str] | None,
    typer.Option(
        "--bin",
        metavar="LOW,HIGH",
        help="q² bin in GeV² for <...> observables; 0:8:4 (four of 2 GeV²) or all; repeat for more.",
    ),
]
Draws = Annotated[int, typer.Option("--draws", metavar="N", help="Theory draws; 0 for no errors.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, and nothing else there.")]
Wide = Annotated[bool, typer.Option("--wide", help="All columns, whatever the width of the terminal.")]
Inputs = Annotated[
    str,
    typer.Option("--inputs", metavar="NAME", help="Input set: default, flavio-2.7, letter, or a YAML file."),
]
Convention = Annotated[
    str,
    typer.Option("--convention", metavar="NAME", help="Sign of λ_t: physical (signed) or published (|λ_t|)."),
]


def print_json(document: Any) -> None:
    """Print a document as JSON; NaN and infinity, which JSON lacks, are an error of ours."""
    stream = output()
    escaped = not (getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf")
    stream.write(json.dumps(document, indent=2, ensure_ascii=escaped, allow_nan=False) + "\n")


def refuse_unused(given: Mapping[str, object], needed: str, ending: str = "which is not given") -> None:
    """Raise :class:`InputError` for options that are given (neither ``None`` nor false) where ``needed`` is not."""
    for option, value in given.items():
        if value is not None and value is not False:
            raise InputError(f"{option} would not be used: it is for {needed}, {ending}.")


def pairs(option: str, assignments: Iterable[str]) -> dict[str, str]:
    """``["NAME=VALUE", ...]`` as a mapping; :class:`InputError` for anything else and for a name given twice."""
    found: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise InputError(f"{option} '{assignment}': NAME=VALUE is needed, for instance C9_bstautau=-10.")
        if name.strip() in found:
            raise InputError(f"{option} gives {name.strip()} twice.")
        found[name.strip()] = value.strip()
    return found


def complex_number(option: str, name: str, text: str) -> complex:
    """A number like ``-10``, ``2e-3`` or ``0.3+0.1j``; :class:`InputError` for text, NaN and infinity."""
    try:
        value = complex(text.replace(" ", "").replace("i", "j") if text[-1:] in "ij" else text)
    except ValueError:
        raise InputError(f"{option} {name}={text}: a number is needed, like -10 or 0.3+0.1j.") from None
    if not (abs(value.real) < float("inf") and abs(value.imag) < float("inf")):
        raise InputError(f"{option} {name}={text}: a finite number is needed.")
    return value
