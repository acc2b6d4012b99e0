"""What rounding leaves is printed as nothing: no ``-0.00``, no branching ratio of 1e-27."""

from __future__ import annotations

ROUNDING = 1e-9
"""A number below this part of the uncertainty that it stands beside is what is left of a sum that cancels."""


def fixed(value: float, digits: int, *, signed: bool = False) -> str:
    """``value`` with so many decimals; zero, also what rounds to it, has no sign."""
    text = f"{value:.{digits}f}"
    return (
        f"{abs(float(text)):.{digits}f}" if float(text) == 0 else f"{value:{'+' if signed else ''}.{digits}f}"
    )


def cleaned(value: float, scale: float) -> float:
    """``value``, or 0 where it is nothing but rounding beside an uncertainty ``scale``."""
    return 0.0 if abs(value) < ROUNDING * scale else value
