"""Options that take one number, several with commas between them, or a range; and the points of their product."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from nutau.cli.options import complex_number
from nutau.errors import InputError

MOST = 100_000
"""Points of one option; more are surely a mistake."""


def read(text: str, option: str, needed: str) -> list[float]:
    """The numbers of ``2000``, ``1000,2000`` or ``1000:10000:10`` (ten from 1000 to 10000, ends included).

    Raises :class:`InputError` that names ``option`` and says what is ``needed`` in the place of text.
    """
    if ":" in text:
        return _range(text, option)
    return [_real(part, text, option, needed) for part in text.split(",")]


def _real(part: str, text: str, option: str, needed: str) -> float:
    try:
        value = float(part)
    except ValueError:
        raise InputError(f"{option} '{text}': {needed}; several have commas between them.") from None
    if not abs(value) < float("inf"):
        raise InputError(f"{option} '{text}': finite numbers are needed.")
    return value


def _range(text: str, option: str) -> list[float]:
    parts = text.split(":")
    try:
        low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
    except (IndexError, ValueError):
        low = high = count = 0
    finite = abs(low) < float("inf") and abs(high) < float("inf")
    if len(parts) != 3 or not 2 <= count <= MOST or not low < high or not finite:
        raise InputError(
            f"{option} '{text}': a range is LOW:HIGH:POINTS with LOW < HIGH and 2 to {MOST} points, as 1000:5000:9."
        )
    return [low + (high - low) * i / (count - 1) for i in range(count)]


def complexes(option: str) -> Callable[[str, str], list[complex]]:
    """A reader of ``0.1``, ``0.1,0.3+0.1j`` or ``0.1:0.5:5`` for a name that ``option`` gives a value."""

    def of(name: str, text: str) -> list[complex]:
        if ":" in text:
            return [complex(value) for value in _range(text, f"{option} {name}")]
        return [complex_number(option, name, part.strip()) for part in text.split(",")]

    return of


def product(given: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """One value a name, or arrays of one length: the points of the product of those names that have several.

    The last of them changes fastest.
    """
    several = [name for name, values in given.items() if len(values) > 1]
    if not several:
        return {name: values[0] for name, values in given.items()}
    import numpy as np

    size = prod(len(given[name]) for name in several)
    if size > MOST:
        raise InputError(
            f"{' and '.join(several)} make {size} points; at most {MOST} are evaluated. Use nutau scan."
        )
    grids = np.meshgrid(*(np.asarray(given[name]) for name in several), indexing="ij")
    made = {name: grid.ravel() for name, grid in zip(several, grids, strict=True)}
    return {name: made.get(name, values[0]) for name, values in given.items()}
