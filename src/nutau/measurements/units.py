"""Units of measured numbers, and their size in natural units (powers of GeV)."""

from __future__ import annotations

HBAR = 6.582119569e-25
"""Reduced Planck constant in GeV s, exact in the SI since 2019 (rounded as the PDG prints it)."""

UNITS = {
    "1": 1.0,
    "%": 1e-2,
    "GeV": 1.0,
    "MeV": 1e-3,
    "TeV": 1e3,
    "GeV^-2": 1.0,
    "TeV^-2": 1e-6,
    "ps": 1e-12 / HBAR,
    "ps^-1": 1e12 * HBAR,
}


def factor(unit: str | float) -> float:
    """One ``unit`` in natural units. A positive number is a unit too: ``1e-5`` for branching ratios in 1e-5.

    Raises ``ValueError`` (which the reader of a file reports with its place) for anything else.
    """
    if isinstance(unit, str):
        if unit in UNITS:
            return UNITS[unit]
    elif unit > 0:
        return float(unit)
    raise ValueError(f"unknown unit {unit!r}; use one of {', '.join(UNITS)}, or a power of ten such as 1e-5")
