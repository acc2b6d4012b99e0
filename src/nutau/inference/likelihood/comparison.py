"""How much the fast mode differs from the full one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.likelihood.record import Likelihood

NEAR = 9.0
"""Differences are looked at up to this Δ(-2 log L), 3 σ of one parameter."""


@dataclass(frozen=True)
class ModeDifference:
    """-2 log L in the fast minus the full mode: at the given points, and of Δ(-2 log L) from the first of them."""

    full: Array
    fast: Array

    @property
    def at_best(self) -> float:
        """Fast minus full at the first point."""
        return float(self.fast[0] - self.full[0])

    @property
    def largest(self) -> float:
        """The largest difference of Δ(-2 log L) from the first point, where that is below :data:`NEAR`."""
        near = np.isfinite(self.full) & np.isfinite(self.fast) & (self.full <= self.full[0] + NEAR)
        full, fast = self.full[near] - self.full[0], self.fast[near] - self.fast[0]
        return float(np.abs(fast - full).max())

    def to_dict(self) -> dict[str, float]:
        """For the report of a fit."""
        return {"at_best_fit": self.at_best, "largest_in_delta_chi2": self.largest, "points": len(self.full)}


def compare_modes(likelihood: Likelihood, points: Array) -> ModeDifference:
    """Both modes at points ``(points, n)``; the first is the reference (the best fit)."""
    return ModeDifference(likelihood.switched("full").chi2(points), likelihood.switched("fast").chi2(points))
