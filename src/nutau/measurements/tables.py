r"""A likelihood on a grid as a smooth function: cubic splines, their tensor product in several dimensions.

A spline is linear in the values it passes through, :math:`f(x) = \sum_j w_j(x)\, y_j`. The weights
:math:`w_j` are piecewise cubics of the axis alone, so a table in any number of dimensions is contracted axis
by axis. Beyond the grid the function continues as the parabola that touches it at the edge: a Gaussian tail.
"""

from __future__ import annotations

import numpy as np

from nutau.arrays import Array, namespace
from nutau.measurements.records import Table


def weights(axis: Array, x: Array) -> Array:
    """Weights of the grid values at ``x``: ``(..., points)`` for ``x`` of shape ``(...)``."""
    from scipy.interpolate import CubicSpline

    xp = namespace(x)
    pieces = CubicSpline(axis, np.eye(len(axis))).c.transpose(1, 0, 2)  # (intervals, powers 3..0, points)
    inside = xp.clip(x, axis[0], axis[-1])
    interval = xp.clip(xp.searchsorted(xp.asarray(axis), inside, side="right") - 1, 0, len(axis) - 2)
    step = inside - xp.asarray(axis)[interval]
    zero, one = xp.zeros_like(step), xp.ones_like(step)
    value = xp.stack([step**3, step**2, step, one], axis=-1)
    slope = xp.stack([3 * step**2, 2 * step, one, zero], axis=-1)
    curvature = xp.stack([6 * step, 2 * one, zero, zero], axis=-1)
    beyond = (x - inside)[..., None]
    powers = value + beyond * slope + beyond**2 / 2 * curvature
    return xp.einsum("...p,...pn->...n", powers, xp.asarray(pieces)[interval])


def evaluate(table: Table, predictions: Array) -> Array:
    """-2 log L at ``predictions`` ``(..., observables)``, shape ``(...)``."""
    xp = namespace(predictions)
    values = xp.asarray(table.values)
    shape = predictions.shape[:-1]
    values = xp.broadcast_to(values.reshape((1,) * len(shape) + values.shape), shape + values.shape)
    for number, axis in enumerate(table.axes):
        along = weights(axis, predictions[..., number])
        rest = values.ndim - along.ndim
        values = (along.reshape(along.shape + (1,) * rest) * values).sum(axis=len(shape))
    return values


def minimum(table: Table) -> Array:
    """The point of the grid with the largest likelihood, ``(observables,)``."""
    best = np.unravel_index(int(np.argmin(table.values)), table.values.shape)
    return np.array([axis[position] for axis, position in zip(table.axes, best, strict=True)])


def interval(table: Table, rise: float = 1.0, points: int = 20001) -> tuple[float, float, float]:
    """Best value and the distances down and up to where -2 log L has risen by ``rise`` (one dimension).

    A side on which the grid ends before is given the distance of the other side.
    """
    (axis,) = table.axes
    fine = np.linspace(axis[0], axis[-1], points)
    curve = evaluate(table, fine[:, None])
    low = int(np.argmin(curve))
    inside = np.nonzero(curve <= curve[low] + rise)[0]
    down, up = fine[low] - fine[inside[0]], fine[inside[-1]] - fine[low]
    if inside[0] == 0 or down == 0:
        down = up
    if inside[-1] == points - 1 or up == 0:
        up = down
    return float(fine[low]), float(down), float(up)
