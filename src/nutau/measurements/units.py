"""Units of measured numbers, and their size in the units of predictions: powers of GeV, and ps for times."""

from __future__ import annotations

from math import log10
from typing import Any

UNITS = {
    "1": 1.0,
    "%": 1e-2,
    "GeV": 1.0,
    "MeV": 1e-3,
    "TeV": 1e3,
    "GeV^-2": 1.0,
    "TeV^-2": 1e-6,
    "ps": 1.0,
    "ps^-1": 1.0,
}


def text(unit: str | float) -> str:
    """A unit as text: ``1``, ``1e-5``, ``ps^-1``."""
    if isinstance(unit, str) or unit == 1:
        return str(unit) if isinstance(unit, str) else "1"
    exponent = round(log10(unit))
    return f"1e{exponent}" if abs(unit / 10.0**exponent - 1) < 1e-12 else f"{unit:g}"


def factor(unit: str | float) -> float:
    """One ``unit`` in the units of predictions; a number is a unit too, ``1e-5`` for branching ratios in 1e-5."""
    return UNITS[unit] if isinstance(unit, str) else float(unit)


def known(unit: Any) -> str | float:
    """``unit`` itself; ``ValueError``, which the reader of a file reports with its place, if it is none."""
    if isinstance(unit, str) and unit in UNITS:
        return unit
    if isinstance(unit, int | float) and not isinstance(unit, bool) and 0 < unit < float("inf"):
        return unit
    raise ValueError(f"unknown unit {unit!r}; use one of {', '.join(UNITS)}, or a power of ten such as 1e-5")
