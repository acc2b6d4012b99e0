"""Lists in options whose values cannot stand in one array: each combination is a case with a result of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from os.path import exists
from typing import Annotated, Any

import typer

from nutau.cli.lists import parts, read
from nutau.common.ranges import check_count
from nutau.errors import InputError

MOST = 1000
"""Cases of one command; more are surely a mistake."""
SCHEMA = "nutau/cases/1"
"""Of the JSON document of several results; that of one result is as it is without lists."""
Data = Annotated[
    str,
    typer.Option("--data", metavar="NAME,…", help="Data set (nutau data list) or a YAML file, or several."),
]
Masses = Annotated[
    str | None,
    typer.Option(
        "--mass", metavar="GEV,…", help="Mass, and scale from which coefficients run; a list, or 1000:5000:9."
    ),
]
Models = Annotated[
    str | None, typer.Option("--model", metavar="NAME,…", help="A mediator, needs --mass; or several.")
]


@dataclass(frozen=True)
class Case:
    """One combination: all ``values`` by option, and by plain names those that ``differ`` between the cases."""

    values: Mapping[str, Any]
    differ: Mapping[str, Any]

    def __str__(self) -> str:
        return ", ".join(f"{name} {said(value, name)}" for name, value in self.differ.items())

    def told(self, title: str) -> str:
        """A title, with the case before it if there are several."""
        return f"{self}: {title}" if self.differ else title


ONE = Case({}, {})
"""The only case of a command without lists."""


def cases(given: Mapping[str, Sequence[Any]]) -> list[Case]:
    """All combinations of the values of options, the last changing fastest; :class:`InputError` for too many."""
    several = [option for option, values in given.items() if len(values) > 1]
    check_count((len(given[option]) for option in several), several, "cases", MOST)
    made = [dict(zip(given, values, strict=True)) for values in product(*given.values())]
    return [Case(values, {plain(option): values[option] for option in several}) for values in made]


def plain(option: str) -> str:
    """``mass`` for ``--mass``, ``x1LL_33`` for ``--coupling x1LL_33``."""
    return option.rpartition(" ")[2].removeprefix("--")


def names(text: str, option: str) -> list[str]:
    """``2026,2026-core`` as names; the name of a file that is there may hold commas.

    Raises :class:`InputError` for an empty name and for one that is given twice.
    """
    found = [text] if exists(text) else parts(text)
    if not all(found):
        raise InputError(f"{option} '{text}': a name is needed on both sides of each comma.")
    for name in found:
        if found.count(name) > 1:
            raise InputError(f"{option} '{text}' has {name} twice.")
    return found


def masses(text: str | None) -> list[float] | list[None]:
    """The masses of ``--mass`` in GeV, or nothing in one case."""
    if text is None:
        return [None]
    return read(text, "--mass", "a number of GeV is needed, without a unit: 2 TeV is 2000")


def of_data(data: str, mass: str | None, model: str | None = None) -> list[Case]:
    """The cases of ``--data``, ``--model`` and ``--mass``; of several, data sets and mediators are there."""
    models = [None] if model is None else names(model, "--model")
    made = cases({"--data": names(data, "--data"), "--model": models, "--mass": masses(mass)})
    if len(made) > 1:
        from nutau.measurements import load_dataset
        from nutau.models import mediator

        for name in dict.fromkeys(case.values["--data"] for case in made):
            load_dataset(name)
        for name in models:
            if name is not None:
                mediator(name)
    return made


def said(value: Any, name: str = "") -> str:
    """A value as text, a mass with its unit."""
    text = f"{value:.6g}" if isinstance(value, float | complex) else str(value)
    return f"{text} GeV" if name == "mass" else text


def refuse(several: Sequence[Case], options: Mapping[str, Any], instead: str) -> None:
    """Refuse, before the work, what only one case can have; ``instead`` says what to do."""
    for option, value in options.items():
        if value and len(several) > 1:
            raise InputError(
                f"{option} is for one case, and the lists of {_lists(several)} make {len(several)}; {instead}."
            )


def _lists(several: Sequence[Case]) -> str:
    return " and ".join(option for option in several[0].values if plain(option) in several[0].differ)


def document(several: Sequence[Case], results: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The JSON document of the results: that of the only one, or all with the values that tell them apart."""
    made = list(results)
    if len(several) == 1:
        return made[0]
    rows = [{**_json(case.differ), "result": result} for case, result in zip(several, made, strict=False)]
    return {"schema": SCHEMA, "cases": rows}


def _json(differ: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON has them: a complex number is real, or a text."""
    numbers = {
        name: value.real if value.imag == 0 else str(value)
        for name, value in differ.items()
        if isinstance(value, complex)
    }
    return {**differ, **numbers}


def columns(several: Sequence[Case], made: Sequence[Mapping[str, Sequence[Any]]]) -> dict[str, list[Any]]:
    """Tables of all cases below each other, with columns of the values that tell them apart in front."""
    lengths = [len(next(iter(table.values()))) for table in made]
    front = {
        name: [
            _json(case.differ)[name]
            for case, length in zip(several, lengths, strict=True)
            for _ in range(length)
        ]
        for name in several[0].differ
    }
    return front | {name: [cell for table in made for cell in table[name]] for name in made[0]}


def run(several: Sequence[Case], work: Callable[..., Any], *beside: Sequence[Any]) -> list[Any]:
    """``work(case, ...)`` of each case, with what stands ``beside`` it; what is refused in one of several names it."""
    results = []
    for case, *more in zip(several, *beside, strict=True):
        try:
            results.append(work(case, *more))
        except InputError as error:
            error.args = (case.told(str(error)),)
            raise
    return results
