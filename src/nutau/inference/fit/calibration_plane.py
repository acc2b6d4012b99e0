"""Heights of -2 log L over two parameters by toys, for regions that cover (see :mod:`nutau.inference.fit.calibration`).

Toys are thrown on a coarse lattice of the contour's plane, where the region may reach; between its points heights are
interpolated, and beyond them they are those of the nearest point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.inference.fit.calibration import TOYS, check_seen, differences, quantile, said
from nutau.inference.fit.profiles import Contour, rise
from nutau.inference.fit.search import Minimum, Objective, conditional, minuit
from nutau.inference.likelihood import Likelihood, double_precision
from nutau.inference.toys import for_toys, refit
from nutau.inference.work import HERE, Work

SIDE = 7
"""Points of the lattice along each side."""
ABOVE = 4.0
"""Toys are thrown where what was observed is below the height of Wilks' theorem by no more than this, or beside it."""


@dataclass(frozen=True, eq=False)
class PlaneHeights:
    """What toys say at points ``(points, 2)`` of a plane: quantiles and their errors by level ``(points,)``."""

    points: Array
    heights: dict[str, Array]
    errors: dict[str, Array]
    toys: Array
    asked: int
    seed: int

    def over(self, x: Array, y: Array, level: float) -> Array:
        """The heights of a level on a grid, ``(x, y)``."""
        from scipy.interpolate import griddata

        axes = np.array([x[0], y[0]]), np.array([np.ptp(x), np.ptp(y)])
        places = (self.points - axes[0]) / axes[1]
        grid = (np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1) - axes[0]) / axes[1]
        values = self.heights[f"{level:g}"]
        nearest = griddata(places, values, grid, method="nearest")
        if np.linalg.matrix_rank(places - places[0], tol=1e-9) < 2:  # points on one line span no triangles
            return np.asarray(nearest)
        inside = griddata(places, values, grid, method="linear")
        return np.where(np.isfinite(inside), inside, nearest)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "points": self.points.tolist(),
            "heights": {level: found.tolist() for level, found in self.heights.items()},
            "errors": {level: found.tolist() for level, found in self.errors.items()},
            "toys": self.toys.tolist(),
            "asked": self.asked,
            "seed": self.seed,
        }

    def __str__(self) -> str:
        return said(self, f"{len(self.points)} points")


@double_precision
def calibrated_plane(
    likelihood: Likelihood,
    found: Sequence[Minimum],
    size: Array,
    pair: tuple[int, int],
    drawn: Contour,
    *,
    levels: Sequence[float],
    toys: int = TOYS,
    seed: int = 1,
    work: Work = HERE,
    progress: Progress | None = None,
) -> Contour:
    """A contour with its heights from toys. Interrupted (Ctrl-C) it keeps those that are there."""
    lattice = _lattice(drawn, rise(max(levels), 2) + ABOVE)
    held = [dict(zip(pair, map(float, place), strict=True)) for place in lattice]
    points = [_profiled(likelihood, found, size, fixed) for fixed in held]
    ready = refit(for_toys(likelihood), size, [*(minimum.values for minimum in found), *points])
    names = [likelihood.parametrisation.names[place] for place in pair]
    check_seen(ready, points, held, " and ".join(names))
    kept = work.under(f"fc {','.join(names)}")
    rises = differences(ready, points, held, toys=toys, seed=seed, work=kept, progress=progress)
    known = np.array([len(part) > 0 for part in rises])
    parts = [part for part in rises if len(part)]
    both = {f"{level:g}": np.array([quantile(part, level) for part in parts]) for level in levels}
    made = PlaneHeights(
        lattice[known],
        {level: each[:, 0] for level, each in both.items()},
        {level: each[:, 1] for level, each in both.items()},
        np.array([len(part) for part in parts]),
        toys,
        seed,
    )
    over = {f"{level:g}": made.over(drawn.x, drawn.y, level) for level in levels}
    return replace(drawn, heights=over, calibration=made)


def _lattice(drawn: Contour, top: float) -> Array:
    """Points of the plane in or beside the region below ``top``, ``(points, 2)``."""
    places = [np.unique(np.linspace(0, len(axis) - 1, SIDE).astype(int)) for axis in (drawn.x, drawn.y)]
    chosen = []
    for i, j in product(*places):
        cell = drawn.delta_chi2[_around(i, places[0]), _around(j, places[1])]
        if np.any(cell < top):
            chosen.append((drawn.x[i], drawn.y[j]))
    return np.array(chosen)


def _around(place: int, places: Array) -> slice:
    """The cells on both sides of a point of the lattice."""
    step = int(np.diff(places).max()) if len(places) > 1 else 1
    return slice(max(place - step, 0), place + step + 1)


def _profiled(
    likelihood: Likelihood, found: Sequence[Minimum], size: Array, fixed: dict[int, float]
) -> Array:
    """The parameters ``(n,)`` that fit best with some of them held, from every minimum."""
    positions = tuple(fixed)
    at = np.array([fixed[position] for position in positions])
    if len(fixed) == len(size):
        return np.array([fixed[position] for position in range(len(size))])
    fit = minuit(likelihood, Objective(likelihood), found[0].values, size)
    fit.strategy = 0
    ends = [conditional(fit, minimum.values, found[0].errors, positions, at) for minimum in found]
    return min(ends, key=lambda end: end[0])[1]
