r"""What today's data leave of the projected numbers, in closed form.

At fixed parameters p the theory nuisances enter linearly (the fast mode). Profiled over them, today's data have the
height c(p) and leave the projected numbers a mean m(p) and a covariance S(p), so that the joint likelihood of projected
numbers y with covariance V is

.. math:: q(p) = c(p) + (y-m)^T\,(S+V)^{-1}\,(y-m),

exact where measurements are Gaussian and theory is linear. It costs one small matrix a point, whatever the luminosity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.forecast.hypotheses import Hypothesis
from nutau.inference.likelihood import Likelihood, double_precision

COARSE = 2000
"""Points over all of the range of a parameter, to see where it may lie."""
FINE = 800
"""Points where it may lie."""
HEIGHT = 80.0
"""How far above the best today's -2 log L may be: projected data do not prefer what is further away."""


@dataclass(frozen=True, eq=False)
class Compressed:
    """c ``(points,)``, m ``(points, k)`` and S ``(points, k, k)`` at ``points`` ``(points, n)``.

    ``volume`` ``(points,)`` is ln det of 1 + ½HS, which the posterior of the points has and the profile has not.
    """

    points: Array
    height: Array
    volume: Array
    mean: Array
    spread: Array

    def lowest(self, data: Array, covariance: Array) -> Array:
        """The lowest q over the points, with a parabola through it and its neighbours; of data ``(toys, k)``."""
        weight = np.linalg.inv(self.spread + covariance)
        pull = np.einsum("pab,pb->pa", weight, self.mean)
        constant = self.height + np.einsum("pa,pa->p", pull, self.mean)
        count = data.shape[1]
        products = np.stack([data[:, a] * data[:, b] for a in range(count) for b in range(count)])
        heights = weight.reshape(len(weight), -1) @ products - 2.0 * pull @ data.T + constant[:, None]
        return _bottom(heights, self.points)

    def drawn(self, which: Array, deviates: Array) -> Array:
        """Projected numbers ``(toys, k)`` that today's data leave at the points ``which`` ``(toys,)``."""
        root = np.linalg.cholesky(self.spread + 1e-14 * _diagonal(self.spread, self.mean))
        return self.mean[which] + np.einsum("tab,tb->ta", root[which], deviates)


def _diagonal(spread: Array, mean: Array) -> Array:
    """So that a spread of zero has a root."""
    scale = np.maximum(np.einsum("paa->pa", spread), 1e-10 * mean**2 + 1e-300)
    return scale[:, :, None] * np.eye(spread.shape[-1])


def _bottom(heights: Array, points: Array) -> Array:
    """The minimum of each column of ``(points, toys)``; with points on a line, that of the parabola around it."""
    best = np.argmin(heights, axis=0)
    lowest = np.take_along_axis(heights, best[None], axis=0)[0]
    if len(points) < 3:
        return np.asarray(lowest)
    t = np.linalg.norm(points - points[0], axis=1)
    middle = np.clip(best, 1, len(points) - 2)
    rows = np.stack([middle - 1, middle, middle + 1])
    y, x = np.take_along_axis(heights, rows, axis=0), t[rows]
    first = (y[1] - y[0]) / (x[1] - x[0])
    curve = ((y[2] - y[1]) / (x[2] - x[1]) - first) / (x[2] - x[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        at = 0.5 * (x[0] + x[1] - first / curve)
        value = y[0] + first * (at - x[0]) + curve * (at - x[0]) * (at - x[1])
    good = (best == middle) & (curve > 0) & (at >= x[0]) & (at <= x[2])
    return np.where(good, np.minimum(value, lowest), lowest)


@double_precision
def compressed(likelihood: Likelihood, where: Array, points: Array) -> Compressed:
    """What the data of a likelihood leave of the observables at ``where`` at ``points`` ``(points, n)``."""
    points = np.atleast_2d(np.asarray(points, dtype=float))
    values, theory = likelihood.theory_model.covariance(likelihood.parametrisation.to_linear(points))
    gradient, curvature = likelihood.experiment.curved(values)
    matrix = np.eye(values.shape[-1]) + 0.5 * curvature @ theory
    u = np.linalg.solve(matrix, -0.5 * gradient[..., None])
    moved = (theory @ u)[..., 0]
    height = likelihood.experiment(values + moved) + np.sum(u[..., 0] * moved, axis=-1)
    left = theory @ np.linalg.inv(matrix)
    left = 0.5 * (left + np.swapaxes(left, -1, -2))
    usable = np.isfinite(height)
    return Compressed(
        points[usable],
        height[usable],
        np.linalg.slogdet(matrix)[1][usable],
        (values + moved)[usable][:, where],
        left[usable][:, where[:, None], where[None, :]],
    )


def along(likelihood: Likelihood, hypothesis: Hypothesis, size: Array, known: Array) -> Array:
    """Points ``(points, n)`` that cover where the free parameter of a hypothesis may lie; ``known`` is one of them."""
    free = np.array(hypothesis.free)
    base = np.asarray(hypothesis.values, dtype=float)
    if not free.any():
        return base[None]
    position = hypothesis.free.index(True)
    low, high = likelihood.parametrisation.bounds[position]
    scale = float(size[position])
    reach = 1e4 * scale
    first, last = (np.arcsinh(np.clip(end, -reach, reach) / (0.01 * scale)) for end in (low, high))
    axis = np.unique(np.append(np.sinh(np.linspace(first, last, COARSE)) * 0.01 * scale, known[position]))
    heights = likelihood.switched("fast").chi2(_placed(base, position, axis))
    near = np.flatnonzero(heights < heights.min() + HEIGHT)
    low, high = axis[max(near[0] - 1, 0)], axis[min(near[-1] + 1, len(axis) - 1)]
    fine = np.linspace(low, high, FINE)
    crowded = axis[(axis >= low) & (axis <= high)]
    return _placed(base, position, np.unique(np.concatenate([fine, crowded])))


def _placed(base: Array, position: int, axis: Array) -> Array:
    points = np.repeat(base[None], len(axis), axis=0)
    points[:, position] = axis
    return points
