"""The luminosity at which two models are told apart, and how much it scatters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array

PARTS = (0.158655, 0.5, 0.841345)
"""The quantiles of toys that are shown: median and 68 % about it."""
GRID = np.logspace(-1.0, 3.0, 41)
"""Luminosities at which toys are looked at, 0.1 to 1000 in the unit of the luminosity."""
LEVELS = (2.0, 5.0)
CLOSE = 1e-3
"""The luminosity is found to this fraction of itself."""


@dataclass(frozen=True)
class Apart:
    """When ``other`` is disfavoured by ``sigmas`` if ``truth`` holds: expected, and 16 % and 84 % of the toys.

    ``None`` is never below 1000; ``never`` is the fraction of toys for which that is so.
    """

    truth: str
    other: str
    sigmas: float
    luminosity: float | None
    low: float | None
    median: float | None
    high: float | None
    never: float
    toys: int

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return dict(self.__dict__)


def told_apart(
    names: tuple[str, str], rise: Callable[[float], float], scattered: Array, levels: Sequence[float] = LEVELS
) -> list[Apart]:
    r"""For each level, the luminosity from which on :math:`q_{other} - q_{truth}` stays above its square.

    ``rise`` is that difference at a luminosity as expected, ``scattered`` ``(GRID, toys)`` that of the toys. Toys in
    which it is unknown (NaN, after an interruption) are left out.
    """
    done = scattered[:, np.isfinite(scattered).all(axis=0)]
    found = []
    for level in levels:
        each = np.array([crossing(row, level**2) for row in done.T])
        low, median, high = (_quantile(each, part) for part in PARTS)
        never = float(np.mean(~np.isfinite(each))) if len(each) else 0.0
        found.append(Apart(*names, level, solved(rise, level**2), low, median, high, never, len(each)))
    return found


def solved(rise: Callable[[float], float], height: float) -> float | None:
    """The luminosity at which a rise that grows with luminosity reaches ``height``; none if that is beyond the grid."""
    from scipy.optimize import brentq

    first, last = np.log(GRID[0]), np.log(GRID[-1])
    if rise(float(GRID[-1])) < height:
        return None
    if rise(float(GRID[0])) >= height:
        return float(GRID[0])
    return float(np.exp(brentq(lambda t: rise(float(np.exp(t))) - height, first, last, xtol=CLOSE)))


def crossing(q: Array, height: float) -> float:
    """The luminosity from which on ``q`` ``(len(GRID),)`` stays above ``height``; infinite if it never does."""
    below = np.flatnonzero(q < height)
    if len(below) == 0:
        return float(GRID[0])
    last = int(below[-1])
    if last == len(GRID) - 1:
        return float("inf")
    part = (height - q[last]) / (q[last + 1] - q[last])
    return float(np.exp(np.log(GRID[last]) + part * np.log(GRID[last + 1] / GRID[last])))


def _quantile(values: Array, part: float) -> float | None:
    """A quantile of numbers some of which are infinite."""
    if not len(values):
        return None
    value = float(np.sort(values)[min(int(part * len(values)), len(values) - 1)])
    return value if np.isfinite(value) else None
