r"""Expected events of a HistFactory model: arrays, so that they are differentiable and quick.

A cell is one bin of one sample. With parameters :math:`\theta`, and weights :math:`w_c` of the cells (1 but for signals),

.. math::

    \nu_b = \sum_{c\in b}\Big(w_c\,n_c + w_c\sum_h\delta_{hc}(\theta_h)\Big)
            \prod_m f_{mc}(\theta_m)\prod_{k}\theta_{k(c)},

with pyhf's interpolations: :math:`\delta` (``histosys``) of its code 4p, :math:`f` (``normsys``) of its code 4, and the
factors of ``normfactor``, ``lumi``, ``staterror``, ``shapesys`` and ``shapefactor``. NumPy or JAX, one point at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nutau.common.arrays import Array, lock, namespace


@dataclass(frozen=True, eq=False)
class Template:
    """A HistFactory model as arrays: ``(B,)`` bins, ``(C,)`` cells, ``(n,)`` parameters.

    ``bin_of`` is the bin of each cell. ``up``, ``down`` ``(H, C)`` are the shifts of the cells by the parameters at
    ``additive`` ``(H,)``; ``high``, ``low`` ``(M, C)`` the factors by those at ``scaling`` ``(M,)``; ``factors``
    ``(K, C)`` the places of parameters that multiply a cell, ``n`` where there is none. ``relative`` ``(C,)`` is whether
    the shifts of a cell are multiplied with its weight.
    """

    channels: tuple[tuple[str, int], ...]
    cells: tuple[tuple[str, str, int], ...]
    nominal: Array
    bin_of: Array
    additive: Array
    up: Array
    down: Array
    scaling: Array
    high: Array
    low: Array
    factors: Array
    relative: Array

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "nominal", "bin_of", "additive", "up", "down", "scaling", "high", "low", "factors")
        lock(self, "relative")

    @cached_property
    def _polynomial(self) -> Array:
        """The coefficients of the scalings between -1 and 1, ``(6, M, C)``."""
        return _inner(np.asarray(self.high), np.asarray(self.low))

    @property
    def bins(self) -> int:
        """How many bins there are."""
        return sum(count for _, count in self.channels)

    def expected(self, theta: Array, weights: Array) -> Array:
        """Events of each bin ``(B,)`` at parameters ``(n,)`` and weights of the cells ``(C,)``."""
        base, norm, gamma = self._parts(theta, weights)
        return self._summed(base * norm * gamma)

    def by_weight(self, theta: Array) -> Array:
        """How much each cell gains per unit of its weight, ``(C,)``."""
        xp = namespace(theta)
        shift = xp.where(xp.asarray(self.relative), self._shifts(theta)[0], 0.0)
        return (xp.asarray(self.nominal) + shift) * self._norms(theta)[0] * self._gammas(theta)[0]

    def jacobian(self, theta: Array, weights: Array) -> Array:
        """The derivatives of the bins by the parameters, ``(B, n)``."""
        xp = namespace(theta, weights)
        base, norm, gamma = self._parts(theta, weights)
        grown = xp.where(xp.asarray(self.relative), weights, 1.0)
        by_shift = self._shifts(theta)[1] * (grown * norm * gamma)[None, :]
        by_scale = self._norms(theta)[1] * (base * norm * gamma)[None, :]
        by_factor = self._gammas(theta)[1] * (base * norm)[None, :]
        lift = xp.asarray(self._lift).T
        rows = np.concatenate([np.asarray(self.additive), np.asarray(self.scaling)])
        whole = xp.concatenate([by_shift @ lift, by_scale @ lift])
        slot, cell = np.nonzero(np.asarray(self.factors) < len(theta))
        places = np.asarray(self.factors)[slot, cell], np.asarray(self.bin_of)[cell]
        found = xp.zeros((len(theta), self.bins))
        if xp is np:
            np.add.at(found, rows, whole)
            np.add.at(found, places, by_factor[slot, cell])
            return found.T
        return found.at[rows].add(whole).at[places].add(by_factor[slot, cell]).T

    def _parts(self, theta: Array, weights: Array) -> tuple[Array, Array, Array]:
        xp = namespace(theta, weights)
        shift = self._shifts(theta)[0]
        base = xp.asarray(self.nominal) * weights + shift * xp.where(
            xp.asarray(self.relative), weights, 1.0
        )
        return base, self._norms(theta)[0], self._gammas(theta)[0]

    def _shifts(self, theta: Array) -> tuple[Array, Array]:
        """The sum of all shifts of the cells ``(C,)``, and the slope of each ``(H, C)``: pyhf's code 4p."""
        xp = namespace(theta)
        up, down = xp.asarray(self.up), xp.asarray(self.down)
        x = theta[np.asarray(self.additive)][:, None]
        x2 = x * x
        mean, odd = 0.5 * (up + down), 0.0625 * (up - down)
        inner = x2 * (x2 * (x2 * 3.0 - 10.0) + 15.0)
        slope = x * (x2 * (x2 * 18.0 - 40.0) + 30.0)
        value = xp.where(x > 1.0, x * up, xp.where(x < -1.0, x * down, odd * inner + x * mean))
        steep = xp.where(x > 1.0, up, xp.where(x < -1.0, down, odd * slope + mean))
        return xp.sum(value, axis=0), steep

    def _norms(self, theta: Array) -> tuple[Array, Array]:
        """The product of the scalings of the cells ``(C,)``, and the logarithmic slope of each ``(M, C)``: code 4."""
        xp = namespace(theta)
        x = theta[np.asarray(self.scaling)][:, None]
        logs = xp.log(xp.asarray(self.high)), -xp.log(xp.asarray(self.low))
        near = xp.clip(x, -1.0, 1.0)
        value, slope = xp.ones_like(logs[0]), xp.zeros_like(logs[0])
        for power, coefficient in enumerate(self._polynomial, 1):
            value = value + xp.asarray(coefficient) * near**power
            slope = slope + power * xp.asarray(coefficient) * near ** (power - 1)
        outer = xp.where(x > 0.0, logs[0], logs[1])
        outside = (x > 1.0) | (x < -1.0)
        value = xp.where(outside, xp.exp(xp.where(outside, x, 0.0) * outer), value)
        return xp.prod(value, axis=0), xp.where(outside, outer, slope / value)

    def _gammas(self, theta: Array) -> tuple[Array, Array]:
        """The product of the factors of the cells ``(C,)``, and the product of the others for each ``(K, C)``."""
        xp = namespace(theta)
        values = xp.concatenate([theta, xp.ones(1)])[np.asarray(self.factors)]
        others = [
            xp.prod(values[np.array([row for row in range(len(values)) if row != left], dtype=int)], axis=0)
            for left in range(len(values))
        ]
        empty = xp.ones((0, len(self.nominal)))
        return xp.prod(values, axis=0), xp.stack(others) if others else empty

    def _summed(self, cells: Array) -> Array:
        xp = namespace(cells)
        return xp.asarray(self._lift) @ cells

    @cached_property
    def _lift(self) -> Array:
        """One row a bin, with a 1 in the column of each of its cells, ``(B, C)``."""
        return np.eye(self.bins)[:, np.asarray(self.bin_of)]


def _inner(high: Array, low: Array) -> Array:
    """Coefficients of powers 1 to 6 between -1 and 1: value, slope and curvature continue the exponentials."""
    powers = np.arange(1, 7)
    at = [np.array([sign**p for p in powers], dtype=float) for sign in (1.0, -1.0)]
    matrix = np.stack(
        [
            at[0],
            at[1],
            powers * at[0],
            -powers * at[1],
            powers * (powers - 1) * at[0],
            powers * (powers - 1) * at[1],
        ]
    )
    up, down = np.log(high), np.log(low)
    right = np.stack([high - 1.0, low - 1.0, up * high, -down * low, up**2 * high, down**2 * low])
    return np.einsum("ij,j...->i...", np.linalg.inv(matrix), right)
