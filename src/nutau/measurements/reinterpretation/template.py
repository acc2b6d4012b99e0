r"""Expected events of a HistFactory model: arrays, so that they are differentiable and quick.

A cell is one bin of one sample. With parameters :math:`\theta`, and weights :math:`w_c` of the cells (1 but for
signals), its events are

.. math:: t_c = w_c\Big(n_c + \sum_h\delta_{hc}(\theta_h)\Big) \prod_m f_{mc}(\theta_m)

with pyhf's interpolations: :math:`\delta` (``histosys``) of its code 4p, :math:`f` (``normsys``) of its code 4 or the
parameter itself. NumPy or JAX, one point at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from nutau.common.arrays import Array, lock, namespace


class Cells(NamedTuple):
    """Events of cells ``(C,)`` and what they depend on.

    ``by_weight`` ``(C,)`` are the events per weight; ``slopes`` and ``bends`` ``(R, C)`` the first and second
    derivatives by the parameter of each row; ``logs`` ``(R, C)`` the part of the slope over the events that is common
    to all terms of a cell: 0 for a shift. ``mixed`` ``(R, C)`` are the slopes of ``by_weight``.
    """

    events: Array
    by_weight: Array
    slopes: Array
    bends: Array
    logs: Array
    mixed: Array


@dataclass(frozen=True, eq=False)
class Template:
    """A HistFactory model as arrays: ``(B,)`` bins, ``(C,)`` cells, ``(n,)`` parameters.

    ``bin_of`` is the bin of each cell. ``up``, ``down`` ``(H, C)`` are the shifts of the cells by the parameters at
    ``additive`` ``(H,)``; ``high``, ``low`` ``(M, C)`` the factors by those at ``scaling`` ``(M,)``; ``touched``
    ``(K, C)`` the cells that the parameters at ``factors`` ``(K,)`` multiply. ``relative`` ``(C,)`` is whether the
    shifts of a cell are multiplied with its weight. ``parameters`` is n.
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
    touched: Array
    relative: Array
    parameters: int

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "nominal", "bin_of", "additive", "up", "down", "scaling", "high", "low", "factors")
        lock(self, "touched", "relative")

    @property
    def bins(self) -> int:
        """How many bins there are."""
        return sum(count for _, count in self.channels)

    @cached_property
    def lift(self) -> Array:
        """One row a bin, with a 1 in the column of each of its cells, ``(B, C)``."""
        return np.eye(self.bins)[:, np.asarray(self.bin_of)]

    @cached_property
    def rows(self) -> Array:
        """The parameter of each row of the derivatives, ``(R,)``: shifts, scalings, factors."""
        return np.concatenate([self.additive, self.scaling, self.factors]).astype(int)

    @cached_property
    def picked(self) -> Array:
        """One row of the derivatives by row, with a 1 in the column of its parameter, ``(R, n)``."""
        return np.eye(self.parameters)[self.rows]

    @cached_property
    def transposed(self) -> Array:
        """Pairs of rows of which the second is a shift, ``(R, R)``: their product is found in the transposed place."""
        shift = np.arange(len(self.rows)) < len(self.additive)
        return np.broadcast_to(shift[None, :], (len(shift), len(shift)))

    def expected(self, theta: Array, weights: Array) -> Array:
        """Events of each bin ``(B,)`` at parameters ``(n,)`` and weights of the cells ``(C,)``."""
        return namespace(theta, weights).asarray(self.lift) @ self.at(theta, weights).events

    def at(self, theta: Array, weights: Array) -> Cells:
        """The cells with their derivatives by parameters ``(n,)`` and weights ``(C,)``."""
        xp = namespace(theta, weights)
        relative = xp.asarray(self.relative)
        shift, by_shift, bend = self._shifts(theta)
        norm, log, log_bend = self._norms(theta)
        grown = xp.where(relative, weights, 1.0)
        base = xp.asarray(self.nominal) * weights + shift * grown
        events = base * norm
        alone = (xp.asarray(self.nominal) + xp.where(relative, shift, 0.0)) * norm
        flat = xp.zeros_like(by_shift)
        return Cells(
            events,
            alone,
            xp.concatenate([by_shift * (grown * norm)[None, :], log * events[None, :]]),
            xp.concatenate([bend * (grown * norm)[None, :], log_bend * events[None, :]]),
            xp.concatenate([flat, log]),
            xp.concatenate([by_shift * xp.where(relative, norm, 0.0)[None, :], log * alone[None, :]]),
        )

    def _shifts(self, theta: Array) -> tuple[Array, Array, Array]:
        """The sum of all shifts of the cells ``(C,)``, slope and curvature of each ``(H, C)``: pyhf's code 4p."""
        xp = namespace(theta)
        up, down = xp.asarray(self.up), xp.asarray(self.down)
        x = theta[np.asarray(self.additive)][:, None]
        x2 = x * x
        mean, odd = 0.5 * (up + down), 0.0625 * (up - down)
        above, below = x > 1.0, x < -1.0
        inner = odd * (x2 * (x2 * (x2 * 3.0 - 10.0) + 15.0)) + x * mean
        value = xp.where(above, x * up, xp.where(below, x * down, inner))
        inner = odd * (x * (x2 * (x2 * 18.0 - 40.0) + 30.0)) + mean
        slope = xp.where(above, up, xp.where(below, down, inner))
        bend = xp.where(above | below, 0.0, odd * (x2 * (x2 * 90.0 - 120.0) + 30.0))
        return xp.sum(value, axis=0), slope, bend

    def _norms(self, theta: Array) -> tuple[Array, Array, Array]:
        """The product of all factors ``(C,)``, slope and curvature of each over itself ``(M + K, C)``: code 4."""
        xp = namespace(theta)
        x = theta[np.asarray(self.scaling)][:, None]
        near = xp.clip(x, -1.0, 1.0)
        value, slope, bend = (xp.zeros_like(near) * xp.asarray(self.high) for _ in range(3))
        for power in range(6, 0, -1):  # Horner, with derivatives
            coefficient = xp.asarray(self._polynomial[power - 1])
            bend = bend * near + 2.0 * slope
            slope = slope * near + value
            value = value * near + coefficient
        bend = bend * near + 2.0 * slope
        slope = slope * near + value
        value = value * near + 1.0
        outside = (x > 1.0) | (x < -1.0)
        rate = xp.where(x > 0.0, xp.asarray(np.log(self.high)), xp.asarray(-np.log(self.low)))
        value = xp.where(outside, xp.exp(xp.where(outside, x, 0.0) * rate), value)
        touched = xp.asarray(self.touched)
        factor = theta[np.asarray(self.factors)][:, None]
        safe = xp.where(factor == 0.0, 1e-300, factor)
        alone = xp.where(touched, 1.0 / safe, 0.0)
        log = xp.concatenate([xp.where(outside, rate, slope / value), alone])
        curve = xp.concatenate([xp.where(outside, rate * rate, bend / value), xp.zeros_like(alone)])
        every = xp.concatenate([value, xp.where(touched, safe, 1.0)])
        return xp.prod(every, axis=0), log, curve

    @cached_property
    def _polynomial(self) -> Array:
        """The coefficients of the scalings between -1 and 1, ``(6, M, C)``."""
        return _inner(np.asarray(self.high), np.asarray(self.low))


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
