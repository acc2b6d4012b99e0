"""Options that take one number, several with commas between them, or a range; and the points of their product."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

from nutau.cli.options import complex_number
from nutau.common import ranges
from nutau.errors import InputError


def parts(text: str) -> list[str]:
    """What stands between the commas."""
    return [part.strip() for part in text.split(",")]


def read(text: str, option: str, needed: str) -> list[float]:
    """The numbers of ``2000``, ``1000,2000`` or ``1000:10000:10`` (ten from 1000 to 10000, ends included).

    Raises :class:`InputError` that names ``option`` and says what is ``needed`` in the place of text.
    """
    given = f"{option} '{text}'"
    return ranges.numbers(text, given, lambda part: _real(part, given, needed))


def read_or_interval(text: str, option: str, needed: str) -> list[float] | ranges.Interval:
    """As :func:`read`, or the interval LOW:HIGH."""
    if ranges.is_interval(text):
        return ranges.interval(text, f"{option} '{text}'")
    return read(text, option, needed)


def _real(part: str, given: str, needed: str) -> float:
    try:
        value = float(part)
    except ValueError:
        raise InputError(f"{given}: {needed}; several have commas between them.") from None
    if not isfinite(value):
        raise InputError(f"{given}: finite numbers are needed.")
    return value


def complexes(option: str) -> Callable[[str, str], list[complex]]:
    """A reader of ``0.1``, ``0.1,0.3+0.1j`` or ``0.1:0.5:5`` for a name that ``option`` gives a value."""

    def of(name: str, text: str) -> list[complex]:
        given = f"{option} {name}={text}"
        return ranges.numbers(text, given, lambda part: complex_number(option, name, part))

    return of


def product(given: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """One value a name, or arrays of one length: the points of the product of those names that have several.

    The last of them changes fastest.
    """
    several = [name for name, values in given.items() if len(values) > 1]
    if not several:
        return {name: values[0] for name, values in given.items()}
    import numpy as np

    ranges.check_count((len(given[name]) for name in several), several)
    grids = np.meshgrid(*(np.asarray(given[name]) for name in several), indexing="ij")
    made = {name: grid.ravel() for name, grid in zip(several, grids, strict=True)}
    return {name: made.get(name, values[0]) for name, values in given.items()}
