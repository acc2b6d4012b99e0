r"""The likelihood of counted events: Poisson in every bin, its background known with an error.

For n events seen, :math:`b\pm\sigma` expected without and x with new physics besides, and no correlation between bins,

.. math:: -2\log L(x) = \sum_j\min_\theta\;2\Big[\nu_j - n_j + n_j\log\frac{n_j}{\nu_j}\Big] + \theta_j^2,
   \qquad \nu_j = b_j + x_j + \sigma_j\theta_j,

where the minimum is the positive root of :math:`\nu^2 - (b + x - \sigma^2)\nu - n\sigma^2 = 0`. It is zero where every
bin is as expected, convex in x, and also finite where x would make less than nothing of the background.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nutau.common.arrays import Array, lock, namespace


@dataclass(frozen=True, eq=False)
class CountsLikelihood:
    """-2 log L of events ``(..., bins)`` beyond the background; NumPy or JAX, differentiable."""

    observed: Array
    background: Array
    error: Array

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "observed", "background", "error")

    @property
    def numbers(self) -> int:
        """How many numbers were measured."""
        return len(self.observed)

    def expected(self, x: Array) -> Array:
        """Events at the best background, ``(..., bins)``."""
        xp = namespace(x)
        n, width = xp.asarray(self.observed), xp.asarray(self.error) ** 2
        shifted = x + xp.asarray(self.background) - width
        none = n + 0.0 * shifted == 0
        root = xp.sqrt(xp.where(none, 1.0, shifted * shifted + 4.0 * n * width))
        below = shifted < 0  # where the difference of two nearly equal numbers is not taken
        other = 2.0 * n * width / xp.where(below, root - shifted, 1.0)
        return xp.where(none, xp.clip(shifted, 0.0, None), xp.where(below, other, 0.5 * (shifted + root)))

    def each(self, x: Array) -> Array:
        """-2 log L of every bin, ``(..., bins)``."""
        xp = namespace(x)
        n, nu = xp.asarray(self.observed), self.expected(x)
        some = n + 0.0 * nu > 0
        ratio = xp.where(some, n, 1.0) / xp.where(some, nu, 1.0)
        shift = (nu - xp.asarray(self.background) - x) / xp.asarray(self.error)
        return 2.0 * (nu - n + n * xp.log(ratio)) + shift * shift

    def __call__(self, x: Array) -> Array:
        """-2 log L with the background at its best, ``(...)``."""
        return namespace(x).sum(self.each(x), axis=-1)

    def curved(self, x: Array) -> tuple[Array, Array]:
        """Gradient ``(..., bins)`` and second derivatives ``(..., bins, bins)``, which are positive."""
        xp = namespace(x)
        n, nu, width = xp.asarray(self.observed), self.expected(x), xp.asarray(self.error) ** 2
        mean = x + xp.asarray(self.background)
        gradient = 2.0 * (mean - nu) / width
        shifted = mean - width
        none = n + 0.0 * shifted == 0
        root = xp.sqrt(xp.where(none, 1.0, shifted * shifted + 4.0 * n * width))
        sign = xp.where(none, xp.sign(shifted), shifted / root)
        second = (1.0 - sign) / width
        return gradient, second[..., None] * xp.asarray(np.eye(len(self.observed)))

    def pulls(self, x: Array) -> Array:
        """The signed root of -2 log L of every bin, positive where more was seen, ``(..., bins)``."""
        xp = namespace(x)
        more = xp.sign(xp.asarray(self.observed - self.background) - x)
        return more * xp.sqrt(xp.clip(self.each(x), 0.0, None))

    def widths(self, x: Array) -> Array:
        """The error of each bin where x events are expected besides: of the background and, Poisson, of all."""
        xp = namespace(x)
        mean = xp.clip(x + xp.asarray(self.background), 1.0, None)
        return xp.sqrt(mean + xp.asarray(self.error) ** 2)

    def excess(self, x: Array) -> Array:
        """1 where more events were seen than are expected in all, -1 where fewer, ``(...)``."""
        xp = namespace(x)
        return xp.sign(float(np.sum(self.observed - self.background)) - xp.sum(x, axis=-1))

    @property
    def precision(self) -> Array:
        """One over the variance of each bin, ``(bins,)``: of the background and, Poisson, of what it expects."""
        return 1.0 / self.widths(np.zeros(self.numbers)) ** 2

    @cached_property
    def typical(self) -> tuple[tuple[int, float], ...]:
        """Positions of bins with events that would be seen there: twice the error beside what was seen."""
        wide = 2.0 / np.sqrt(self.precision)
        seen = np.asarray(self.observed - self.background)
        last = range(max(len(seen) - 3, 0), len(seen))
        return tuple((place, float(max(seen[place], 0.0) + wide[place])) for place in last)
