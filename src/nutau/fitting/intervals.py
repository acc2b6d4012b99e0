r"""Confidence intervals by profiling: Minos around a single minimum, pieces of the traced profile otherwise.

Minos steps far and finds *a* crossing. With several minima, or with couplings of which the data see products, the
profile has barriers between mirror images that such a step passes over. There the profile itself is traced from every
minimum on a grid, and each region below the height of a confidence level is a piece of the interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np

from nutau.arrays import Array
from nutau.fitting.profiles import Progress, box, minimised, rise
from nutau.fitting.search import Minimum, Objective, minuit
from nutau.likelihood import Likelihood, double_precision

LEVELS = (0.6827, 0.95)
NODES = 61
"""Points of a traced profile, besides some around each minimum."""

Piece = tuple[float | None, float | None]


@dataclass(frozen=True)
class Interval:
    """A best value with the distances to the ends of its 68.3 % region; ``None`` where that is open.

    ``pieces`` maps confidence levels to intervals ``[low, high]``, one for each separate region; an end is ``None``
    where the region is open. A region that is cut by the range of the parameter ends there.
    """

    value: float
    minus: float | None
    plus: float | None
    error: float
    pieces: dict[str, tuple[Piece, ...]]

    @property
    def unbounded(self) -> bool:
        """Whether the data exclude nothing on either side."""
        return self.minus is None and self.plus is None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        pieces = {level: [list(piece) for piece in found] for level, found in self.pieces.items()}
        return {
            "value": self.value,
            "minus": self.minus,
            "plus": self.plus,
            "hesse": self.error,
            "intervals": pieces,
        }


@double_precision
def intervals(
    likelihood: Likelihood,
    found: Sequence[Minimum],
    size: Array,
    levels: Sequence[float] = LEVELS,
    progress: Progress | None = None,
) -> tuple[Interval, ...]:
    """One interval a parameter."""
    heights = [rise(level, 1) for level in levels]
    alone = len([minimum for minimum in found if minimum.chi2 - found[0].chi2 < max(heights)]) == 1
    fit = minuit(likelihood, Objective(likelihood), found[0].values, size)
    fit.errors = found[0].errors
    fit.migrad()
    fit.hesse()
    result = []
    count = len(found[0].values)
    for position in range(count):
        if progress is not None:
            progress(position, count)
        regions = _by_minos(fit, position, heights) if alone else None
        if regions is None:
            regions = _by_tracing(likelihood, found, size, position, heights)
        pieces = {f"{level:g}": region for level, region in zip(levels, regions, strict=True)}
        result.append(_interval(found[0], position, pieces))
    return tuple(result)


def _interval(best: Minimum, position: int, pieces: dict[str, tuple[Piece, ...]]) -> Interval:
    value = float(best.values[position])
    around = next(iter(pieces.values()))
    low, high = next(
        (
            (low, high)
            for low, high in around
            if (low is None or low <= value + 1e-12) and (high is None or high >= value - 1e-12)
        ),
        (value, value),
    )
    minus = None if low is None else value - low
    plus = None if high is None else high - value
    return Interval(value, minus, plus, float(best.errors[position]), pieces)


def _by_minos(fit: Any, position: int, heights: Sequence[float]) -> list[tuple[Piece, ...]] | None:
    """The regions around the only minimum; nothing where Minos does not converge."""
    name = fit.parameters[position]
    regions: list[tuple[Piece, ...]] = []
    for height in heights:
        try:
            sigmas = sqrt(height)
            fit.minos(name, cl=sigmas if sigmas >= 1.0 else _level(sigmas))
        except RuntimeError:
            return None
        error, value = fit.merrors[name], float(fit.values[position])
        low, high = fit.limits[position]
        if not (error.lower_valid or error.at_lower_limit) or not (error.upper_valid or error.at_upper_limit):
            return None
        ends = (
            value + error.lower if error.lower_valid else low,
            value + error.upper if error.upper_valid else high,
        )
        regions.append(((float(max(ends[0], low)), float(min(ends[1], high))),))
    return regions


def _level(sigmas: float) -> float:
    """iminuit reads a number below 1 as a probability."""
    from scipy.stats import chi2

    return float(chi2.cdf(sigmas**2, 1))


def _by_tracing(
    likelihood: Likelihood, found: Sequence[Minimum], size: Array, position: int, heights: Sequence[float]
) -> list[tuple[Piece, ...]]:
    """The regions of the profile that is traced from all minima."""
    relevant = [minimum for minimum in found if minimum.chi2 - found[0].chi2 < max(heights)]
    ((low, high),) = box(likelihood, relevant, size, (position,), max(heights))
    nodes = [np.linspace(low, high, NODES)]
    for minimum in relevant:
        width = min(float(minimum.errors[position]), (high - low) / 10.0)
        nodes.append(
            minimum.values[position] + width * np.array([-1.0, -0.6, -0.3, -0.1, 0.0, 0.1, 0.3, 0.6, 1.0])
        )
    axis = np.unique(np.clip(np.concatenate(nodes), low, high))
    axis = axis[np.concatenate([[True], np.diff(axis) > 1e-6 * (high - low)])]
    axis[-1] = high  # a minimum just inside must not stand for the end
    curve = minimised(likelihood, relevant, size, (position,), (axis,), None) - found[0].chi2
    bounds = tuple(likelihood.parametrisation.bounds[position])
    return [regions(axis, curve, height, bounds) for height in heights]


def regions(axis: Array, curve: Array, height: float, bounds: tuple[float, float]) -> tuple[Piece, ...]:
    """Where a curve on an axis is below ``height``; crossings from a monotone cubic between the nodes."""
    from scipy.interpolate import PchipInterpolator

    shape = PchipInterpolator(axis, np.minimum(curve, 10.0 * height) - height)
    roots = [float(root) for root in np.atleast_1d(shape.roots(extrapolate=False)) if np.isfinite(root)]
    edges = [float(axis[0]), *sorted(roots), float(axis[-1])]
    inside = [(low, high) for low, high in pairwise(edges) if high > low and shape((low + high) / 2) < 0]
    merged: list[tuple[float, float]] = []
    for low, high in inside:
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return tuple((_end(low, axis[0], bounds[0]), _end(high, axis[-1], bounds[1])) for low, high in merged)


def _end(end: float, last: float, bound: float) -> float | None:
    """An end of a region: open where the axis ended without a crossing and no bound is there."""
    return None if end == last and end != bound else end
