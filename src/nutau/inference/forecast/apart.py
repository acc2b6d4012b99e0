"""The luminosity at which two models are told apart, and how much it scatters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.inference.forecast.expected import Test
from nutau.inference.forecast.hypotheses import Hypothesis

GRID = np.logspace(-1.0, 3.0, 81)
"""Luminosities that are looked at, 0.1 to 1000 in the unit of the projections."""


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
    truth: tuple[Hypothesis, Test],
    other: tuple[Hypothesis, Test],
    sigma: Callable[[Array], Array],
    levels: Sequence[float] = (2.0, 5.0),
    *,
    toys: int = 200,
    seed: int = 1,
) -> list[Apart]:
    r"""For each level, the luminosity from which on :math:`q_{other} - q_{truth}` stays above its square.

    ``sigma`` gives the uncertainties ``(..., obs)`` at luminosities ``(...)``. In a toy the same deviate of every
    observable scales with its uncertainty as luminosity grows, as for one experiment that goes on.
    """
    (true, true_test), (rival, rival_test) = truth, other
    central, widths = true_test.predicted(true), sigma(GRID)
    asimov = np.broadcast_to(central, widths.shape)
    expected = rival_test.q(rival, asimov, widths) - true_test.q(true, asimov, widths)
    noise = stream(seed).standard_normal((toys, 1, len(central)))
    data = central + noise * widths
    scattered = rival_test.q(rival, data, widths) - true_test.q(true, data, widths)
    found = []
    for level in levels:
        each = np.array([crossing(row, level**2) for row in scattered])
        low, median, high = (_quantile(each, part) for part in (0.158655, 0.5, 0.841345))
        at = crossing(expected, level**2)
        never = float(np.mean(~np.isfinite(each))) if toys else 0.0
        found.append(Apart(true.name, rival.name, level, _number(at), low, median, high, never, toys))
    return found


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
    return _number(float(np.sort(values)[min(int(part * len(values)), len(values) - 1)]))


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
