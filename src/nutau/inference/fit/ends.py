"""Ends of intervals as text and data: an end that is a bound of the parameter's range is no measured error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nutau.common.rounding import fixed
from nutau.inference.fit.intervals import Interval, Piece

NO_LENGTH = 1e-2
"""A side shorter than this part of the other, of a value at a bound, is left out."""


def at_bounds(part: Interval) -> dict[str, list[list[bool]]]:
    """Of every piece of every level, whether its lower and its upper end are bounds of the range."""
    low, high = part.bounds
    return {
        level: [[piece[0] == low, piece[1] == high] for piece in pieces]
        for level, pieces in part.pieces.items()
    }


def sides_at_bound(part: Interval) -> tuple[bool, bool]:
    """Whether the errors of the best value, below and above, end at a bound of the range."""
    low, high = part.bounds
    return part.ends[0] == low, part.ends[1] == high


def document(part: Interval) -> dict[str, Any]:
    """What is added to the JSON of an interval."""
    minus, plus = sides_at_bound(part)
    return {
        "minus_at_bound": minus,
        "plus_at_bound": plus,
        "intervals_at_bound": at_bounds(part),
        "range": [float(end) if np.isfinite(end) else None for end in part.bounds],
    }


def shown(part: Interval, *, at_bound: bool = False) -> str:
    """A value with its asymmetric errors to two digits; an open side, and one that ends at a bound, say so.

    A side without length, of a value ``at_bound``, is left out: that it ends there says nothing about precision.
    """
    sides = {"+": part.plus, "−": part.minus}
    cut = dict(zip("−+", sides_at_bound(part), strict=True))
    longest = max((side for side in sides.values() if side), default=0.0)
    if at_bound and longest:
        sides = {sign: side for sign, side in sides.items() if side is None or side > NO_LENGTH * longest}
    sizes = [side for side in sides.values() if side]
    scale = min(sizes) if sizes else max(abs(part.value), 1e-300)
    shift = int(np.floor(np.log10(max(abs(part.value), scale))))
    shift = shift if shift < -3 or shift > 4 else 0
    unit = 10.0**shift
    digits = max(0, 1 - int(np.floor(np.log10(scale / unit))))
    ends = [
        f"{sign}{'open' if side is None else f'{side / unit:.{digits}f}'}{' (bound)' if cut[sign] else ''}"
        for sign, side in sides.items()
    ]
    body = " ".join([f"{fixed(part.value / unit, digits)}", *ends])
    text = f"({body})e{shift:+03d}" if shift else body
    return f"{text} (at its bound)" if len(sides) == 1 else text


def piece(ends: Piece, bounds: tuple[float, float]) -> str:
    """``[0.69, 0.88]``; an end that is a bound is marked, an open one is an ellipsis."""
    return f"[{', '.join(_end(end, bound) for end, bound in zip(ends, bounds, strict=True))}]"


def _end(end: float | None, bound: float) -> str:
    if end is None:
        return "…"
    return f"{end:.4g} (bound)" if end == bound else f"{end:.4g}"


def row(name: str, part: Interval, *, at_bound: bool) -> tuple[str, str, str]:
    """A line of the table: name, best value with errors and other pieces at 68 %, pieces at 95 %."""
    first = [shown(part, at_bound=at_bound), *(piece(ends, part.bounds) for ends in part.elsewhere)]
    second = [piece(ends, part.bounds) for ends in part.pieces.get("0.95", ())]
    return name, " or ".join(first), " or ".join(second)


def notes(names: Sequence[str], parts: Sequence[Interval]) -> tuple[str, ...]:
    """One warning a parameter of whose range nothing is excluded at 68 %."""
    found = []
    for name, part in zip(names, parts, strict=True):
        low, high = part.bounds
        if part.around == ((low, high),):
            found.append(
                f"nothing constrains {name}: all of its range, {low:.4g} to {high:.4g}, is inside the 68 % interval"
            )
    return tuple(found)
