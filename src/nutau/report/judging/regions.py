"""Where each constraint alone, and all together, leave a field in two couplings; the image in a plane of rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError, unknown
from nutau.inference.fit import Contour
from nutau.inference.likelihood import Likelihood, double_precision
from nutau.inputs import Inputs
from nutau.measurements import DataSet
from nutau.report import areas
from nutau.report.areas import LEVELS, Area
from nutau.report.bands import Known, axes_of, known
from nutau.report.heights import alone, by_family, finer, heights
from nutau.report.judging.planes import RATES, rates, reached
from nutau.report.judging.result import Judged

COARSE, POINTS, FINE = 41, 81, 401
"""Points an axis where the region is looked for, where -2 log L is computed, and where a spline draws it."""
MARGIN = 0.35
"""Of the width of the region, on each side of it."""


@dataclass(frozen=True, eq=False)
class Region:
    """Over two couplings: -2 log L of all data and of each family above its own minimum, ``(x, y)``; the image.

    ``held`` are the other couplings, which have their best values. ``image`` is the region of all data in the plane of
    ``rates``.
    """

    field: Judged
    names: tuple[str, str]
    x: Array
    y: Array
    joint: Array
    families: dict[str, Array]
    best: Array
    held: dict[str, float]
    rates: tuple[str, str]
    image: Area
    known: tuple[Known, ...] = ()


@double_precision
def region(
    found: Judged, inputs: Inputs, axes: Sequence[str] | None = None, data: DataSet | None = None
) -> Region:
    """The region of a judged field in two of its couplings (the first two); others are held at their best fit.

    Families whose -2 log L does not reach the 95 % level anywhere in the frame are left out. Heights are those of the
    fast mode. The image is that of all couplings; of ``data`` stands beside it what was measured of the rates. Raises
    :class:`InputError` for a field of one coupling and for couplings that it does not have.
    """
    pair = _pair(found.names, axes)
    place = [found.names.index(name) for name in pair]
    best = found.minima[0].values
    fast = found.likelihood.switched("fast")
    frame = _frame(fast, best, place)
    x, y = (np.linspace(low, high, POINTS) for low, high in frame)
    fine_x, fine_y = (np.linspace(low, high, FINE) for low, high in frame)
    fine = fine_x, fine_y
    points = _points(best, place, x, y)
    joint = heights(fast, points)
    alike = len(found.names) == 2
    image = _image(found, best, place, (x, y), joint, inputs) if alike else reached(found, inputs)
    beside = () if data is None else tuple(known(data, axis) for axis in axes_of(RATES, inputs))
    parts = {name: finer(x, y, one, fine) for name, one in by_family(alone(fast), points)}
    held = {name: float(value) for name, value in zip(found.names, best, strict=True) if name not in pair}
    smooth = finer(x, y, joint, fine)
    return Region(found, pair, fine_x, fine_y, smooth, parts, best[place], held, RATES, image, beside)


def _pair(names: Sequence[str], axes: Sequence[str] | None) -> tuple[str, str]:
    chosen = tuple(names[:2] if axes is None else axes)
    for name in chosen:
        if name not in names:
            raise unknown("coupling of this field", name, names, "`axes`")
    if len(set(chosen)) != 2:
        raise InputError(f"A region needs two different couplings; here there is {', '.join(chosen)}.")
    return chosen[0], chosen[1]


def _points(best: Array, place: Sequence[int], x: Array, y: Array) -> Array:
    """All couplings ``(x, y, n)``."""
    points = np.broadcast_to(best, (len(x), len(y), len(best))).copy()
    points[..., place[0]], points[..., place[1]] = np.meshgrid(x, y, indexing="ij")
    return points


def _frame(fast: Likelihood, best: Array, place: Sequence[int]) -> list[tuple[float, float]]:
    """A box about the region of all data and the Standard Model, within the bounds; twice, as the first is coarse."""
    bounds = fast.parametrisation.bounds[list(place)]
    frame = [(float(low), float(high)) for low, high in bounds]
    for _ in range(2):
        x, y = (np.linspace(low, high, COARSE) for low, high in frame)
        inside = np.argwhere(heights(fast, _points(best, place, x, y)) < Contour.height(LEVELS[-1]))
        ends = [(axis[side.min()], axis[side.max()]) for axis, side in zip((x, y), inside.T, strict=True)]
        steps = [axis[1] - axis[0] for axis in (x, y)]
        frame = [
            _wider(low - step, high + step, bound)
            for (low, high), step, bound in zip(ends, steps, bounds, strict=True)
        ]
    return frame


def _wider(low: float, high: float, bound: Array) -> tuple[float, float]:
    low, high = min(low, 0.0), max(high, 0.0)
    margin = MARGIN * (high - low)
    return max(low - margin, float(bound[0])), min(high + margin, float(bound[1]))


def _image(
    found: Judged, best: Array, place: Sequence[int], axes: tuple[Array, Array], joint: Array, inputs: Inputs
) -> Area:
    at = rates(found, inputs)

    def put(points: Array) -> Array:
        every = np.broadcast_to(best, (*points.shape[:-1], len(best))).copy()
        every[..., place[0]], every[..., place[1]] = points[..., 0], points[..., 1]
        return at(every)

    return areas.image(found.label, *axes, joint, put, put(best[list(place)]))
