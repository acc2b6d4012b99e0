r"""What is known of the parameters of a HistFactory model before its data: Gaussians, Poisson counts, nothing.

.. math::

    -2\log L = \sum_{gauss}\frac{(\theta-a)^2}{\sigma^2}
    + \sum_{poisson}2\left[\tau\theta - a + a\log\frac{a}{\tau\theta}\right]

with the auxiliary data :math:`a`: zero where everything is as expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array, lock, namespace

RIDGE = 1e-9
"""What is added to the curvature, so that a parameter that does nothing stays where it is."""


@dataclass(frozen=True, eq=False)
class Constraints:
    """Of parameters ``(n,)``: names, initial values, widths and auxiliary data.

    ``sigma`` is that of a Gaussian (0 for none), ``tau`` the factor of a Poisson count (0 for none); ``fixed`` ones
    stay where they are. A parameter that has none of the three is free.
    """

    names: tuple[str, ...]
    start: Array
    auxiliary: Array
    sigma: Array
    tau: Array
    fixed: Array

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "start", "auxiliary", "sigma", "tau", "fixed")

    @property
    def free(self) -> int:
        """How many parameters nothing is known of."""
        return int(np.count_nonzero(~self.fixed & (self.sigma == 0) & (self.tau == 0)))

    def __call__(self, theta: Array) -> Array:
        """-2 log L at ``(n,)``; infinite for a negative Poisson mean."""
        xp = namespace(theta)
        gauss, poisson = self.sigma > 0, self.tau > 0
        sigma, tau = np.where(gauss, self.sigma, 1.0), np.where(poisson, self.tau, 1.0)
        count = np.where(poisson, self.auxiliary, 1.0)
        pull = (theta - xp.asarray(self.auxiliary)) / xp.asarray(sigma)
        mean = xp.where(xp.asarray(poisson), theta, 1.0) * xp.asarray(tau)
        known = xp.where(mean > 0, mean, 1.0)
        height = known - xp.asarray(count) + xp.asarray(count) * xp.log(xp.asarray(count) / known)
        height = xp.where(mean > 0, height, xp.inf)
        total = xp.sum(xp.where(xp.asarray(gauss), pull * pull, 0.0))
        return total + 2.0 * xp.sum(xp.where(xp.asarray(poisson), height, 0.0))

    def slopes(self, theta: Array) -> tuple[Array, Array]:
        """Half of the first and second derivatives by each parameter, ``(n,)``; 0 and 1 for those that are fixed."""
        xp = namespace(theta)
        gauss, poisson = xp.asarray(self.sigma > 0), xp.asarray(self.tau > 0)
        precision = xp.asarray(
            np.where(self.sigma > 0, 1.0 / np.where(self.sigma > 0, self.sigma, 1.0) ** 2, 0.0)
        )
        count = xp.asarray(np.where(self.tau > 0, self.auxiliary, 0.0))
        safe = xp.where(poisson & (theta != 0.0), theta, 1.0)
        slope = xp.where(gauss, precision * (theta - xp.asarray(self.auxiliary)), 0.0)
        slope = xp.where(poisson, xp.asarray(self.tau) - count / safe, slope)
        bend = xp.where(poisson, count / (safe * safe), precision + RIDGE)
        fixed = xp.asarray(self.fixed)
        return xp.where(fixed, 0.0, slope), xp.where(fixed, 1.0, bend)

    def take(self, places: Sequence[int]) -> Constraints:
        """Those of some parameters."""
        rows = np.array(places, dtype=int)
        parts = (self.start, self.auxiliary, self.sigma, self.tau, self.fixed)
        return Constraints(tuple(self.names[place] for place in places), *(part[rows] for part in parts))
