"""Units of measured numbers, and their size in the units of predictions: powers of GeV, and ps for times."""

from __future__ import annotations

from math import isfinite, log10
from typing import Any

UNITS = {
    "1": (1.0, "1"),
    "%": (1e-2, "1"),
    "rad": (1.0, "1"),
    "GeV": (1.0, "GeV"),
    "MeV": (1e-3, "GeV"),
    "TeV": (1e3, "GeV"),
    "GeV^-2": (1.0, "GeV^-2"),
    "TeV^-2": (1e-6, "GeV^-2"),
    "ps": (1.0, "ps"),
    "ps^-1": (1.0, "ps^-1"),
}
"""Size in the unit of predictions, and that unit (the dimension)."""


def text(unit: str | float) -> str:
    """A unit as text: ``1``, ``1e-5``, ``ps^-1``, ``1e-8 GeV^-2``."""
    if isinstance(unit, str) or unit == 1:
        return str(unit) if isinstance(unit, str) else "1"
    exponent = round(log10(unit))
    return f"1e{exponent}" if abs(unit / 10.0**exponent - 1) < 1e-12 else f"{unit:g}"


def factor(unit: str | float) -> float:
    """One ``unit`` in the units of predictions; a number is a unit too, ``1e-5`` for branching ratios in 1e-5."""
    return _split(unit)[0]


def dimension(unit: str | float) -> str:
    """The unit of predictions that ``unit`` is a multiple of: ``1``, ``GeV``, ``GeV^-2``, ``ps``, ``ps^-1``."""
    return _split(unit)[1]


def known(unit: Any) -> str | float:
    """``unit`` itself; ``ValueError``, which the reader of a file reports with its place, if it is none."""
    if isinstance(unit, str | int | float) and not isinstance(unit, bool):
        try:
            size, _ = _split(unit)
        except (KeyError, ValueError):
            size = 0.0
        if size > 0 and isfinite(size):
            return unit
    raise ValueError(
        f"unknown unit {unit!r}; use one of {', '.join(UNITS)}, a power of ten such as 1e-5, or both, as 1e-8 GeV^-2"
    )


def _split(unit: str | float) -> tuple[float, str]:
    """Size and dimension; ``KeyError`` or ``ValueError`` for no unit."""
    if not isinstance(unit, str):
        return float(unit), "1"
    if unit in UNITS:
        return UNITS[unit]
    number, _, name = unit.strip().partition(" ")
    size, base = UNITS[name.strip()] if name else (1.0, "1")
    return float(number) * size, base
