"""Couplings and masses as ``nutau plot plane`` takes them: numbers, lists and ranges, and what is drawn for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import isfinite
from typing import Any

from nutau.cli.options import complex_number, pairs
from nutau.errors import InputError, unknown

STEPS = 60
"""Points of a line."""
SHOWN = 4
"""Couplings in a label."""


@dataclass(frozen=True)
class Given:
    """The numbers that an option gives: one, several (points), or the two ends of a range (a line)."""

    name: str
    values: tuple[complex, ...] = ()
    is_range: bool = False


@dataclass(frozen=True)
class Marked:
    """What is drawn of a model: a point of new physics with arrays, its label, and what each of its points is."""

    model: str
    label: str
    thing: Any
    is_line: bool
    texts: tuple[str, ...]


def masses(text: str | None) -> Given:
    """``--mass``: 4000, 1000,2000 or 1000:9000 in GeV; none if it is not given."""
    found = Given("mass") if text is None else _read("--mass", "mass", text)
    for value in found.values:
        if value.imag or value.real <= 0:
            raise InputError(f"--mass {text}: masses must be positive numbers of GeV.")
    return found


def one_mass(given: Given, what: str) -> float | None:
    """The one mass of a fit or of lines along δ; :class:`InputError` for several."""
    if len(given.values) > 1:
        raise InputError(f"--mass has several values, and {what} needs one; give one, or leave that out.")
    return given.values[0].real if given.values else None


def tracks(models: Sequence[str], couplings: Iterable[str], mass: Given) -> tuple[Marked, ...]:
    """The points and lines of the models that have couplings; the others of ``models`` have none here.

    Raises :class:`InputError` for couplings that no model has, several ranges, and masses that nothing would use.
    """
    from nutau.models import mediator

    given = [_read("--coupling", name, text) for name, text in pairs("--coupling", couplings).items()]
    fields = [mediator(name) for name in dict.fromkeys(models) if is_mediator(name)]
    for item in given:
        base = _base(item)
        known = {coupling.name: field.name for field in fields for coupling in field.couplings}
        if not fields:
            raise InputError(f"--coupling {item.name} would not be used: it needs the --model that it is of.")
        if base not in known:
            raise unknown(
                f"coupling of {', '.join(field.name for field in fields)}", base, known, "--coupling"
            )
    found = []
    for field in fields:
        names = {coupling.name for coupling in field.couplings}
        own = [item for item in given if _base(item) in names]
        if own:
            found += _of_model(field, own, mass)
    if not found and len(mass.values) > 1:
        raise InputError(
            "--mass has several values, which are for models with --coupling; give one, or couplings."
        )
    return tuple(found)


def _base(item: Given) -> str:
    """The coupling that an element is of: ``x1LL`` of ``x1LL_33``."""
    return item.name.rpartition("_")[0].replace("~", "t")


def is_mediator(name: str) -> bool:
    """Whether it is a mediator; the letter's two-field models are lines alone."""
    return not name.startswith("X_")


def _of_model(field: Any, own: Sequence[Given], mass: Given) -> list[Marked]:
    if not mass.values:
        raise InputError(f"{field.name} needs --mass in GeV for its couplings, for instance --mass 2000.")
    every = [mass, *own]
    ranges = [item for item in every if item.is_range]
    if len(ranges) > 1:
        raise InputError(
            f"{' and '.join(item.name for item in ranges)} are ranges: a line goes along one; give lists of the other."
        )
    lists = [item for item in every if len(item.values) > 1 and not item.is_range]
    fixed = [item for item in every if len(item.values) == 1]
    if not ranges:
        label = _label(field.name, [(item, item.values[0]) for item in fixed])
        combined = list(product(*(item.values for item in lists)))
        columns: dict[str, Any] = dict(
            zip((item.name for item in lists), zip(*combined, strict=True), strict=True)
        )
        columns |= {item.name: item.values[0] for item in fixed}
        texts = [", ".join(_said(i, v) for i, v in zip(lists, row, strict=True)) for row in combined]
        return [Marked(field.name, label, _made(field, columns), False, tuple(texts if lists else ()))]
    (along,) = ranges
    made = []
    for row in product(*(item.values for item in lists)):
        held = [(item, item.values[0]) for item in fixed] + list(zip(lists, row, strict=True))
        columns = {item.name: value for item, value in held} | {along.name: _steps(along)}
        ends = tuple(_said(along, end) for end in along.values)
        made.append(Marked(field.name, _label(field.name, held), _made(field, columns), True, ends))
    return made


def _made(field: Any, columns: dict[str, Any]) -> Any:
    import numpy as np

    values = {name: np.asarray(value) for name, value in columns.items()}
    mass = np.real(values.pop("mass"))
    by_coupling: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        base, _, flavours = name.rpartition("_")
        by_coupling.setdefault(base, {})[flavours] = value
    return field(mass=mass, **by_coupling)


def _steps(along: Given) -> Any:
    import numpy as np

    low, high = (end.real for end in along.values)
    return np.geomspace(low, high, STEPS) if along.name == "mass" else np.linspace(low, high, STEPS)


def _read(option: str, name: str, text: str) -> Given:
    """One number, a list with commas, or LOW:HIGH."""
    if ":" not in text:
        values = tuple(complex_number(option, name, part.strip()) for part in text.split(","))
        if len(set(values)) < len(values):
            raise InputError(f"{option} {name}={text}: a value stands twice.")
        return Given(name, values)
    try:
        low, high = (float(part) for part in text.split(":"))
    except ValueError:
        raise InputError(f"{option} {name}={text}: a range is LOW:HIGH, as -0.5:0.5.") from None
    if not (isfinite(low) and isfinite(high) and low < high):
        raise InputError(f"{option} {name}={text}: the range is empty; LOW must be below HIGH.")
    return Given(name, (complex(low), complex(high)), True)


def _label(model: str, held: Sequence[tuple[Given, complex]]) -> str:
    parts = [_said(item, value) for item, value in held]
    return ", ".join([model, *parts[:SHOWN], *(["…"] if len(parts) > SHOWN else [])])


def _said(item: Given, value: complex) -> str:
    if item.name == "mass":
        return f"{value.real / 1e3:g} TeV"
    number = f"{value.real:g}" if not value.imag else f"{value.real:g}{value.imag:+g}i"
    return f"{item.name} = {number.replace('-', '−')}"
