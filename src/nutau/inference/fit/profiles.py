r"""Profiles and contours: -2 log L minimised over everything else at each value, or pair of values."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.common.tails import chi2_quantile
from nutau.inference.fit.search import Minimum, Objective, conditional, minuit
from nutau.inference.likelihood import Likelihood, double_precision

if TYPE_CHECKING:
    from nutau.inference.fit.calibration_plane import PlaneHeights


def rise(level: float, dof: int) -> float:
    """Δ(-2 log L) of a confidence level: the quantile of χ² with ``dof`` degrees of freedom."""
    return chi2_quantile(level, dof)


@dataclass(frozen=True)
class Profile:
    """-2 log L relative to the best fit along one parameter, both ``(points,)``; infinite where it is no number."""

    parameter: str
    values: Array
    delta_chi2: Array

    def to_dict(self) -> dict[str, Any]:
        """Plain data; a point where the profile is infinite is ``None``."""
        return {
            "parameter": self.parameter,
            "values": self.values.tolist(),
            "delta_chi2": _finite(self.delta_chi2),
        }


@dataclass(frozen=True)
class Contour:
    """-2 log L relative to the best fit over two parameters: ``delta_chi2[i, j]`` at ``x[i]``, ``y[j]``.

    Infinite where -2 log L is no number. ``ranges`` are those of the two parameters.
    """

    parameters: tuple[str, str]
    x: Array
    y: Array
    delta_chi2: Array
    ranges: tuple[tuple[float, float], tuple[float, float]] = ((-np.inf, np.inf), (-np.inf, np.inf))
    heights: Mapping[str, Array] = field(default_factory=dict)
    calibration: PlaneHeights | None = None

    def above(self, level: float) -> Array:
        """-2 log L above the height of a level, negative in its region: that of Wilks' theorem, or of toys.

        Where -2 log L is infinite is outside.
        """
        filled = np.where(np.isfinite(self.delta_chi2), self.delta_chi2, 1e6)
        return np.asarray(filled - self.heights.get(f"{level:g}", self.height(level)))

    def at_bound(self, level: float) -> tuple[tuple[str, float], ...]:
        """Where the region of a level is cut by a range and not by data: (parameter, bound)."""
        inside = self.above(level) < 0
        edges = ((inside[0], inside[-1]), (inside[:, 0], inside[:, -1]))
        ends = ((self.x[0], self.x[-1]), (self.y[0], self.y[-1]))
        return tuple(
            (name, float(bound))
            for name, cut, end, bounds in zip(self.parameters, edges, ends, self.ranges, strict=True)
            for part, at, bound in zip(cut, end, bounds, strict=True)
            if at == bound and part.any()
        )

    @property
    def undefined(self) -> int:
        """At how many points -2 log L is no number."""
        return int(np.count_nonzero(~np.isfinite(self.delta_chi2)))

    @staticmethod
    def height(level: float) -> float:
        """Δ(-2 log L) of a confidence level for two parameters: 2.30 at 68.3 %, 5.99 at 95 %."""
        return rise(level, 2)

    def lines(self, level: float) -> list[Array]:
        """The closed or open lines of a confidence level, each ``(points, 2)``.

        Where -2 log L is infinite is outside: a line runs along the edge of what is not.
        """
        from contourpy import contour_generator

        above = self.above(level)
        return [np.asarray(line) for line in contour_generator(self.x, self.y, above.T).lines(0.0)]

    @property
    def interrupted(self) -> bool:
        """Whether toys of its heights are missing."""
        return self.calibration is not None and bool(self.calibration.toys.min() < self.calibration.asked)

    def to_dict(self, levels: Sequence[float] = (0.6827, 0.95)) -> dict[str, Any]:
        """Plain data: the grid, and the lines of some confidence levels."""
        toys = {} if self.calibration is None else {"toys": self.calibration.to_dict()}
        return toys | {
            "parameters": list(self.parameters),
            "x": self.x.tolist(),
            "y": self.y.tolist(),
            "delta_chi2": [_finite(row) for row in self.delta_chi2],
            "levels": {
                f"{level:g}": {
                    "delta_chi2": self.height(level) if self.calibration is None else None,
                    "lines": [line.tolist() for line in self.lines(level)],
                    "at_bound": [list(cut) for cut in self.at_bound(level)],
                }
                for level in levels
            },
        }


def _finite(values: Array) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


@double_precision
def profile(
    likelihood: Likelihood,
    found: Sequence[Minimum],
    size: Array,
    parameter: int,
    values: Array,
    progress: Progress | None = None,
) -> Profile:
    """The profile of one parameter at ``values`` (increasing), traced outwards from every known minimum."""
    axis = np.asarray(values, dtype=float)
    chi2 = minimised(likelihood, found, size, (parameter,), (axis,), progress)
    return Profile(likelihood.parametrisation.names[parameter], axis, chi2 - found[0].chi2)


@double_precision
def contour(
    likelihood: Likelihood,
    found: Sequence[Minimum],
    size: Array,
    parameters: tuple[int, int],
    x: Array,
    y: Array,
    progress: Progress | None = None,
) -> Contour:
    """The profile of two parameters on a grid."""
    chi2 = minimised(likelihood, found, size, parameters, (x, y), progress)
    names, bounds = likelihood.parametrisation.names, likelihood.parametrisation.bounds
    first, second = parameters
    ends = [(float(bounds[position][0]), float(bounds[position][1])) for position in parameters]
    return Contour((names[first], names[second]), x, y, chi2 - found[0].chi2, (ends[0], ends[1]))


def minimised(
    likelihood: Likelihood,
    found: Sequence[Minimum],
    size: Array,
    held: tuple[int, ...],
    axes: tuple[Array, ...],
    progress: Progress | None,
) -> Array:
    """-2 log L with the parameters ``held`` on the grid of ``axes`` and the others free, one axis a parameter."""
    shape = tuple(len(axis) for axis in axes)
    if len(held) == len(size):
        points = np.empty((*shape, len(size)))
        points[..., list(held)] = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        return likelihood.chi2(points)
    fit = minuit(likelihood, Objective(likelihood), found[0].values, size)
    fit.strategy = 0
    values = np.full(shape, np.inf)
    done, total = 0, len(found) * values.size
    for minimum in found:
        nearest = [int(np.abs(axis - minimum.values[p]).argmin()) for axis, p in zip(axes, held, strict=True)]
        reached = {tuple(nearest): minimum.values}
        for cell, origin in _spread(tuple(nearest), shape):
            at = np.array([axis[place] for axis, place in zip(axes, cell, strict=True)])
            value, reached[cell] = conditional(fit, reached[origin], minimum.errors, held, at)
            values[cell] = min(values[cell], value)
            done += 1
            if progress is not None:
                progress(done, total)
    return values


def _spread(
    first: tuple[int, ...], shape: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Every cell of a grid after a neighbour of it, outwards from ``first``: (cell, that neighbour)."""
    waiting, seen = deque([(first, first)]), {first}
    while waiting:
        cell, origin = waiting.popleft()
        yield cell, origin
        for axis, length in enumerate(shape):
            for step in (-1, 1):
                other = (*cell[:axis], cell[axis] + step, *cell[axis + 1 :])
                if 0 <= other[axis] < length and other not in seen:
                    seen.add(other)
                    waiting.append((other, cell))


@double_precision
def box(
    likelihood: Likelihood, found: Sequence[Minimum], size: Array, parameters: Sequence[int], height: float
) -> list[tuple[float, float]]:
    """The range of each parameter within which -2 log L is within ``height`` of the best, with a margin.

    Grown step by step from the minima along the profile of each parameter, so far as its bounds allow.
    """
    ranges = []
    for position in parameters:
        low_bound, high_bound = likelihood.parametrisation.bounds[position]
        relevant = [minimum for minimum in found if minimum.chi2 - found[0].chi2 < height]
        ends = []
        for side, bound in ((-1.0, low_bound), (1.0, high_bound)):
            edge = max(relevant, key=lambda m: side * m.values[position])
            ends.append(_edge(likelihood, found, size, position, edge, side, bound, height))
        margin = 0.08 * (ends[1] - ends[0])
        ranges.append((max(ends[0] - margin, low_bound), min(ends[1] + margin, high_bound)))
    return ranges


def _edge(
    likelihood: Likelihood,
    found: Sequence[Minimum],
    size: Array,
    position: int,
    start: Minimum,
    side: float,
    bound: float,
    height: float,
) -> float:
    """Where the profile passes ``height`` for the last time on this side, to about a tenth of the distance."""
    value = float(start.values[position])
    step = max(float(start.errors[position]), 1e-3 * size[position])
    reach = value
    for _ in range(24):
        trial = reach + side * step
        if side * (trial - bound) > 0:
            return float(bound)
        above = minimised(likelihood, found, size, (position,), (np.array([trial]),), None)[0] - found[0].chi2
        if above > height:
            return float(trial)
        reach, step = trial, 1.3 * step
    return float(reach)
