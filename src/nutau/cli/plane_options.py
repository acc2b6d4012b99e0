"""Couplings and masses as ``nutau plot plane`` takes them: numbers, lists and intervals, and what is drawn for them.

Each value of a list or of a range LOW:HIGH:POINTS is a point, as in every verb; an interval LOW:HIGH is a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from nutau.cli.lists import complexes, read_or_interval
from nutau.cli.options import pairs
from nutau.cli.point import NEEDED
from nutau.common.ranges import Interval, check_count, interval, is_interval
from nutau.errors import InputError, unknown

STEPS = 60
"""Points of a line."""
SHOWN = 4
"""Couplings in a label."""
LINES = 50
"""Lines of one model; more could not be told apart."""


@dataclass(frozen=True)
class Given:
    """The numbers that an option gives: one, several (points), or the two ends of an interval (a line)."""

    name: str
    values: tuple[complex, ...] = ()
    is_interval: bool = False


@dataclass(frozen=True)
class Marked:
    """What is drawn of a model: a point of new physics with arrays, its label, and what each of its points is."""

    model: str
    label: str
    thing: Any
    is_line: bool
    texts: tuple[str, ...]


def masses(text: str | None) -> Given:
    """``--mass``: 4000, 1000,2000, 1000:5000:5 or 1000:9000 in GeV; none if it is not given."""
    found = Given("mass")
    if text is not None:
        found = _given("mass", read_or_interval(text, "--mass", NEEDED["--mass"]))
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

    Raises :class:`InputError` for couplings that no model has, several intervals, and masses that nothing would use.
    """
    from nutau.models import mediator

    given = [_coupling(name, text) for name, text in pairs("--coupling", couplings).items()]
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
    intervals = [item for item in every if item.is_interval]
    if len(intervals) > 1:
        raise InputError(
            f"{' and '.join(item.name for item in intervals)} are intervals: a line goes along one; give lists of the "
            "other."
        )
    lists = [item for item in every if len(item.values) > 1 and not item.is_interval]
    sizes, names = [len(item.values) for item in lists], [item.name for item in lists]
    if intervals:
        check_count(sizes, names, "lines", LINES)
    check_count(sizes, names)
    fixed = [item for item in every if len(item.values) == 1]
    if not intervals:
        label = _label(field.name, [(item, item.values[0]) for item in fixed])
        combined = list(product(*(item.values for item in lists)))
        columns: dict[str, Any] = dict(
            zip((item.name for item in lists), zip(*combined, strict=True), strict=True)
        )
        columns |= {item.name: item.values[0] for item in fixed}
        texts = [", ".join(_said(i, v) for i, v in zip(lists, row, strict=True)) for row in combined]
        return [Marked(field.name, label, _made(field, columns), False, tuple(texts if lists else ()))]
    (along,) = intervals
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


def _coupling(name: str, text: str) -> Given:
    if is_interval(text):
        return _given(name, interval(text, f"--coupling {name}={text}"))
    return _given(name, complexes("--coupling")(name, text))


def _given(name: str, found: Sequence[complex] | Interval) -> Given:
    if isinstance(found, Interval):
        return Given(name, (complex(found.low), complex(found.high)), True)
    return Given(name, tuple(map(complex, found)))


def _label(model: str, held: Sequence[tuple[Given, complex]]) -> str:
    parts = [_said(item, value) for item, value in held]
    return ", ".join([model, *parts[:SHOWN], *(["…"] if len(parts) > SHOWN else [])])


def _said(item: Given, value: complex) -> str:
    if item.name == "mass":
        return f"{value.real / 1e3:g} TeV"
    number = f"{value.real:g}" if not value.imag else f"{value.real:g}{value.imag:+g}i"
    return f"{item.name} = {number.replace('-', '−')}"
