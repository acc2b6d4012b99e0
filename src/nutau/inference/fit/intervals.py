r"""Confidence intervals by profiling: Minos around a single minimum, pieces of the traced profile otherwise.

Minos steps far and finds *a* crossing. With several minima, or with couplings of which the data see products, the
profile has barriers between mirror images that such a step passes over. There the profile itself is traced from every
minimum on a grid, and each region below the height of a confidence level is a piece of the interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.common.tails import chi2_below
from nutau.inference.fit.curves import FEWER, NODES, Curve, merged
from nutau.inference.fit.mirror import mirrored
from nutau.inference.fit.profiles import rise
from nutau.inference.fit.search import Minimum, Objective, minuit
from nutau.inference.likelihood import Likelihood, double_precision

LEVELS = (0.6827, 0.95)
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
    bounds: tuple[float, float] = (-np.inf, np.inf)

    @property
    def around(self) -> tuple[Piece, ...]:
        """The pieces of the first level."""
        return next(iter(self.pieces.values()))

    @property
    def unbounded(self) -> bool:
        """Whether the data exclude nothing of a range that is infinite."""
        ends = (None, self.bounds[0]), (None, self.bounds[1])
        return (
            len(self.around) == 1
            and None in self.around[0]
            and all(end in edge for end, edge in zip(self.around[0], ends, strict=True))
        )

    @property
    def ends(self) -> Piece:
        """The piece of the first level that holds the best value."""
        return next((piece for piece in self.around if _holds(piece, self.value)), (self.value, self.value))

    @property
    def elsewhere(self) -> tuple[Piece, ...]:
        """The pieces of the first level that do not hold the best value."""
        return tuple(piece for piece in self.around if not _holds(piece, self.value))

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
        regions = None
        if alone:
            regions = _by_minos(fit, Curve(likelihood, found[:1], size, position), position, heights)
        if regions is None:
            regions = _by_tracing(likelihood, found, size, position, heights)
        pieces = {f"{level:g}": region for level, region in zip(levels, regions, strict=True)}
        low, high = likelihood.parametrisation.bounds[position]
        result.append(_interval(found[0], position, pieces, (float(low), float(high))))
    return tuple(result)


def _interval(
    best: Minimum, position: int, pieces: dict[str, tuple[Piece, ...]], bounds: tuple[float, float]
) -> Interval:
    value = float(best.values[position])
    return interval(value, float(best.errors[position]), pieces, bounds)


def interval(
    value: float, error: float, pieces: dict[str, tuple[Piece, ...]], bounds: tuple[float, float]
) -> Interval:
    """The interval of a best value with its pieces, its errors the distances to the ends of the piece that holds it."""
    bare = Interval(value, None, None, error, pieces, bounds)
    low, high = bare.ends
    return replace(
        bare, minus=None if low is None else value - low, plus=None if high is None else high - value
    )


def _holds(piece: Piece, value: float) -> bool:
    low, high = piece
    return (low is None or low <= value + 1e-12) and (high is None or high >= value - 1e-12)


def _by_minos(
    fit: Any, curve: Curve, position: int, heights: Sequence[float]
) -> list[tuple[Piece, ...]] | None:
    """The regions around the only minimum, their ends solved for; nothing where Minos does not converge."""
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
        solved = [
            _solved(curve, value, end, height, bound) for end, bound in zip(ends, (low, high), strict=True)
        ]
        if None in solved:
            return None
        regions.append(((solved[0], solved[1]),))
    return regions


def _solved(curve: Curve, value: float, end: float, height: float, bound: float) -> float | None:
    """The crossing near the one that Minos found, or the bound; nothing if there is none."""
    beyond = value + 1.05 * (end - value)
    if (bound - beyond) * (end - value) <= 0:
        beyond = bound
    if not curve(value) < height:
        return None
    if curve(beyond) > height:
        return curve.crossing(min(value, beyond), max(value, beyond), height)
    return beyond if beyond == bound else None


def _level(sigmas: float) -> float:
    """iminuit reads a number below 1 as a probability."""
    return chi2_below(sigmas**2, 1)


def _by_tracing(
    likelihood: Likelihood, found: Sequence[Minimum], size: Array, position: int, heights: Sequence[float]
) -> list[tuple[Piece, ...]]:
    """The regions of the profile that is traced from all minima, each part of it on points of its own."""
    curve, axis = traced(likelihood, found, size, position, max(heights))
    low, high = map(float, likelihood.parametrisation.bounds[position])
    return [curve.regions(axis, height, (low, high)) for height in heights]


def traced(
    likelihood: Likelihood, found: Sequence[Minimum], size: Array, position: int, height: float
) -> tuple[Curve, Array]:
    """The profile of a parameter, and points on which it is well known up to a height."""
    relevant = [minimum for minimum in found if minimum.chi2 - found[0].chi2 < height]
    low_bound, high_bound = map(float, likelihood.parametrisation.bounds[position])
    bounds = (low_bound, high_bound)
    curve = Curve(likelihood, relevant, size, position)
    if curve.even:  # the other half is the image of this one
        relevant = _one_of_images(relevant, position)
    parts = merged([curve.window(minimum, height, bounds) for minimum in relevant])
    axes = []
    for low, high in parts:
        inside = [minimum for minimum in relevant if low <= minimum.values[position] <= high]
        axis = _nodes(curve, inside, position, (low, high), NODES if len(parts) == 1 else FEWER)
        curve.trace(axis, inside, height)
        axes.append(curve.resolved(curve.extended(axis, height, bounds), height))
    fine = np.unique(np.concatenate(axes))
    curve.polished(fine, height)
    return curve, np.union1d(fine, -fine) if curve.even else fine


def _one_of_images(found: Sequence[Minimum], position: int) -> list[Minimum]:
    """Of minima and their images under a change of all signs those that are positive in one parameter."""
    kept: list[Minimum] = []
    for minimum in found:
        image = mirrored(minimum) if minimum.values[position] < 0 else minimum
        if not any(np.allclose(image.values, other.values, rtol=1e-9) for other in kept):
            kept.append(image)
    return kept


def _nodes(
    curve: Curve, inside: Sequence[Minimum], position: int, ends: tuple[float, float], count: int
) -> Array:
    """Points of a part of a profile: evenly spread, around each minimum, and where the curve is known already."""
    low, high = ends
    nodes = [np.linspace(low, high, count), curve.known(low, high)]
    for minimum in inside:
        width = min(float(minimum.errors[position]), (high - low) / 10.0)
        nodes.append(minimum.values[position] + width * np.array([-1.0, -0.6, -0.3, 0.0, 0.3, 0.6, 1.0]))
    axis: Array = np.unique(np.clip(np.concatenate(nodes), low, high))
    axis = axis[np.concatenate([[True], np.diff(axis) > 1e-6 * (high - low)])]
    axis[-1] = high  # a minimum just inside must not stand for the end
    return axis
