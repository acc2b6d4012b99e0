"""Numbers with their errors as text, in one notation."""

from __future__ import annotations

from math import floor, log10
from typing import Any

from nutau.common.rounding import fixed

POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: Any, error: Any, interval: Any, unit: str = "1", *, measured: bool = False) -> str:
    """A value with its error to two digits, both sides if they differ by more than a tenth; the shape of an array.

    Both sides of a ``measured`` number are shown as soon as they differ in what is shown.

    A ``unit`` other than 1 stands behind it.
    """
    if value is None:
        return "–"
    if unit != "1":
        text = number(value, error, interval, measured=measured)
        inner = f"({text})" if " " in text and not text.startswith(("(", "array")) else text
        return f"{inner} {raised(unit)}"
    if getattr(value, "ndim", 0):
        return f"array {value.shape}"
    if error is None or interval is None or error <= 1e-5 * abs(value):
        return f"{value:.5g}"
    exponent = floor(log10(max(abs(value), error))) if max(abs(value), error) > 0 else 0
    shift = exponent if exponent < -3 or exponent > 5 else 0
    size = 10.0**shift
    digits = max(0, 1 - floor(log10(error / size)))
    plus, minus = interval[1] - value, value - interval[0]
    tail = f"e{shift:+03d}" if shift else ""
    up, down = (f"{side / size:.{digits}f}" for side in (plus, minus))
    apart = up != down if measured else abs(plus - minus) > 0.1 * error
    if minus > 0 and plus > 0 and apart:
        body = f"{fixed(value / size, digits)} +{up} −{down}"
    else:
        body = f"{fixed(value / size, digits)} ± {error / size:.{digits}f}"
    return f"({body}){tail}" if tail else body


def raised_number(value: int) -> str:
    """``12`` as ¹²."""
    return str(value).translate(POWERS)


def raised(unit: str) -> str:
    """A unit with its powers raised: ``GeV^-2`` as GeV⁻²."""
    name, hat, power = unit.partition("^")
    return name + power.translate(POWERS) if hat else unit


def small(value: float, digits: int = 3) -> str:
    """A number alone with so many significant digits: below 0.001 with a power of ten, as numbers with errors."""
    if not value or 1e-3 <= abs(value) < 1e6:
        return f"{value:.{digits}g}"
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    return f"{float(mantissa):g}e{exponent}"


def limit(value: float, level: float) -> str:
    """An upper limit: ``< 2.8e-04, 90 %``."""
    return f"< {small(value)}, {100 * level:g} %"
