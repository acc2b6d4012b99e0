r"""A likelihood on a grid as a smooth function: cubic splines, their tensor product in several dimensions.

A spline is linear in the values it passes through, :math:`f(x) = \sum_j w_j(x)\, y_j`. The weights are
piecewise cubics of the axis alone, so a table in any number of dimensions is contracted axis by axis. Beyond
the grid the function continues as the parabola that touches it at the edge, a Gaussian tail, or as the tangent
where it rises and bends down there. Where it still falls at the edge, the parabola turns after the width of the
last interval at most: a likelihood that goes on rising beyond its grid would win every fit whose theory errors reach
there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.measurements.distributions import LikelihoodGrid


def evaluate(table: LikelihoodGrid, predictions: Array) -> Array:
    """-2 log L at ``predictions`` ``(..., observables)``, shape ``(...)``."""
    xp = namespace(predictions)
    shape = predictions.shape[:-1]
    last = len(table.axes) - 1
    # the last axis is contracted before the points come in: (intervals, powers, other axes)
    pieces = xp.asarray(np.tensordot(table.pieces[last], table.values, axes=(2, last)))
    interval, *powers, beyond = _powers(table.axes[last], predictions[..., last])
    chosen = pieces.reshape((*pieces.shape[:2], -1))[interval]
    ends = last_widths(table.axes[last], beyond)
    found = continued([xp.einsum("...p,...pk->...k", power, chosen) for power in powers], beyond, ends)[0]
    found = found.reshape(shape + table.values.shape[:last])
    for number, axis in enumerate(table.axes[:last]):
        interval, *powers, beyond = _powers(axis, predictions[..., number])
        weights = [
            xp.einsum("...p,...pn->...n", power, xp.asarray(table.pieces[number])[interval])
            for power in powers
        ]
        rest = (1,) * (found.ndim - weights[0].ndim)
        parts = [(weight.reshape(weight.shape + rest) * found).sum(axis=len(shape)) for weight in weights]
        found = continued(parts, beyond, last_widths(axis, beyond))[0]
    return found


def continued(parts: Sequence[Array], beyond: Array, width: Array) -> tuple[Array, Array, Array]:
    """Value, slope and curvature ``beyond`` the nearest point of the grid, where they are ``parts``.

    ``width`` is that of the interval of the grid that ends there. Within the grid ``parts`` is what comes back.
    """
    value, slope, curvature = parts
    xp = namespace(value)
    away, size = (part.reshape(part.shape + (1,) * (value.ndim - part.ndim)) for part in (beyond, width))
    falls = xp.clip(-slope * xp.sign(away), 0.0, None)
    bent = xp.where(away == 0, curvature, xp.maximum(curvature, falls / size))
    return value + away * (slope + away / 2 * bent), slope + away * bent, bent


def last_widths(axis: Array, beyond: Array) -> Array:
    """The width of the first interval of a grid below it, of the last one elsewhere."""
    xp = namespace(beyond)
    return xp.where(beyond < 0, axis[1] - axis[0], axis[-1] - axis[-2])


def _powers(axis: Array, x: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Interval of each point, powers ``(..., 4)`` for value, slope and curvature at the nearest point, distance."""
    xp = namespace(x)
    grid = xp.asarray(axis)
    inside = xp.clip(x, axis[0], axis[-1])
    interval = xp.clip(xp.searchsorted(grid, inside, side="right") - 1, 0, len(axis) - 2)
    step = inside - grid[interval]
    zero, one = xp.zeros_like(step), xp.ones_like(step)
    value = xp.stack([step**3, step**2, step, one], axis=-1)
    slope = xp.stack([3 * step**2, 2 * step, one, zero], axis=-1)
    curvature = xp.stack([6 * step, 2 * one, zero, zero], axis=-1)
    return interval, value, slope, curvature, x - inside


def normalised(axes: tuple[Array, ...], values: Array) -> LikelihoodGrid:
    """A table of -2 log L up to a constant, as the smooth function whose minimum on the grid is 0."""
    found = LikelihoodGrid(axes, values - values.min())
    return replace(found, values=found.values - float(evaluate(found, minimum(found))))


def minimum(table: LikelihoodGrid) -> Array:
    """The point, within the grid, with the largest likelihood, ``(observables,)``.

    In one dimension exactly, from the cubics; in several the nearest to the best point of the grid.
    """
    best = np.unravel_index(int(np.argmin(table.values)), table.values.shape)
    start = np.array([axis[position] for axis, position in zip(table.axes, best, strict=True)])
    return _lowest_of_cubics(table) if len(table.axes) == 1 else _polished(table, start)


def _lowest_of_cubics(table: LikelihoodGrid) -> Array:
    """The knots and the stationary points of each cubic, and the lowest of them."""
    (axis,), width = table.axes, np.diff(table.axes[0])
    c3, c2, c1, _ = (table.pieces[0] @ table.values).T
    with np.errstate(all="ignore"):
        root = np.sqrt(c2**2 - 3 * c3 * c1)
        # of the two forms of the solution this one is also right where the cubic term vanishes
        steps = np.stack([c1 / (-c2 - root), c1 / (-c2 + root)])
    inside = (steps > 0) & (steps < width)
    points = np.concatenate([axis, (axis[:-1] + steps)[inside]])
    return np.array([points[int(np.argmin(evaluate(table, points[:, None])))]])


def _polished(table: LikelihoodGrid, start: Array) -> Array:
    from scipy.optimize import minimize

    size = np.array([axis[-1] - axis[0] for axis in table.axes])
    bounds = [(axis[0] / width, axis[-1] / width) for axis, width in zip(table.axes, size, strict=True)]
    found = minimize(lambda x: float(evaluate(table, x * size)), start / size, bounds=bounds)
    best = np.clip(found.x * size, [axis[0] for axis in table.axes], [axis[-1] for axis in table.axes])
    return best if evaluate(table, best) < evaluate(table, start) else start


def interval(table: LikelihoodGrid, rise: float = 1.0, points: int = 20001) -> tuple[float, float, float]:
    """Best value and the distances down and up to where -2 log L has risen by ``rise`` (one dimension).

    A side on which the grid ends before is given the distance of the other side.
    """
    (axis,), best = table.axes, minimum(table)
    fine = np.linspace(axis[0], axis[-1], points)
    inside = np.nonzero(evaluate(table, fine[:, None]) <= evaluate(table, best) + rise)[0]
    down, up = best[0] - fine[inside[0]], fine[inside[-1]] - best[0]
    if inside[0] == 0 or down <= 0:
        down = up
    if inside[-1] == points - 1 or up <= 0:
        up = down
    return float(best[0]), float(down), float(up)
