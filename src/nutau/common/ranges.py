"""Numbers as they are typed: ``1``, ``1,2,5``, the range ``LOW:HIGH:POINTS`` and the interval ``LOW:HIGH``.

A range is a list: POINTS numbers at equal distances, both ends included. An interval is everything between its ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf, isfinite, prod
from typing import TypeVar

from nutau.errors import InputError

Number = TypeVar("Number", float, complex)
MOST = 100_000
"""Points of one range, and of a product of lists that is one array; more are surely a mistake."""


@dataclass(frozen=True)
class Interval:
    """From ``low`` to ``high``."""

    low: float
    high: float

    def points(self, count: int) -> list[float]:
        """So many numbers at equal distances, both ends included."""
        made = (self.low + (self.high - self.low) * i / (count - 1) for i in range(count))
        return [float(f"{value:.14g}") for value in made]  # 0.3 rather than 0.30000000000000004


def is_interval(text: str) -> bool:
    """Whether a text means LOW:HIGH, well written or not."""
    return text.count(":") == 1


def interval(text: str, given: str, *, open_ends: bool = False) -> Interval:
    """LOW:HIGH; with ``open_ends`` an end may be infinite.

    ``given`` is what the user typed, with its option: a bad interval is an :class:`InputError` that starts with it.
    """
    try:
        low, high = (float(part) for part in text.split(":"))
    except ValueError:
        low = high = 0.0
    finite = open_ends or (isfinite(low) and isfinite(high))
    if not (finite and low < high):
        raise InputError(f"{given}: an interval is LOW:HIGH with LOW < HIGH, as -0.5:0.5.")
    return Interval(low, high)


def spaced(text: str, given: str, most: int = MOST) -> tuple[Interval, int]:
    """LOW:HIGH:POINTS, as the interval and the number of points; :class:`InputError` as of :func:`interval`."""
    parts = text.split(":")
    try:
        low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
    except (IndexError, ValueError):
        low = high = count = 0
    finite = abs(low) < inf and abs(high) < inf
    if len(parts) != 3 or not 2 <= count <= most or not low < high or not finite:
        raise InputError(
            f"{given}: a range is LOW:HIGH:POINTS with LOW < HIGH and 2 to {most:g} points, as 1000:5000:9."
        )
    return Interval(low, high), count


def numbers(text: str, given: str, number: Callable[[str], Number]) -> list[Number]:
    """One number, several with commas between them, or the points of LOW:HIGH:POINTS.

    ``number`` reads one of them. Raises :class:`InputError` for a range that is none, and for a number given twice.
    """
    if ":" in text:
        found, count = spaced(text, given)
        return [number(repr(value)) for value in found.points(count)]
    values = [number(part.strip()) for part in text.split(",")]
    if len(set(values)) < len(values):
        raise InputError(f"{given}: a value stands twice.")
    return values


def check_count(sizes: Iterable[int], names: Iterable[str], what: str = "points", most: int = MOST) -> None:
    """Refuse lists whose product has more combinations than are done."""
    count = prod(sizes)
    if count > most:
        raise InputError(
            f"{' and '.join(names)} make {count} {what}; at most {most} are done. Take fewer values, or nutau scan."
        )
