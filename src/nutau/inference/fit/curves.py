r"""The profile of one parameter as a function that remembers: traced from all minima, refined where it is asked for.

Regions end where the profile crosses a height. A product of couplings makes it steep at one end and flat at the other,
so no fixed spacing of points resolves both: the crossings are solved for, and a cell in which the curve is not what its
neighbours foretell is halved until it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.fit.mirror import even
from nutau.inference.fit.search import Minimum, Objective, conditional, minuit
from nutau.inference.likelihood import Likelihood, double_precision

NODES = 41
"""Points of a traced profile, besides some around each minimum."""
FEWER = 15
"""Points of each part of a profile that has several."""
MARCH = 60
"""Steps from a minimum outwards, each 1.3 times as long as the one before, at most."""
FAR = 4.0
"""A branch so many times higher than what is looked for is not followed further: below, there is another minimum."""
FURTHER = 30
"""Steps, each longer than the one before, by which the range of a traced profile may grow."""
DEPTH = 6
"""A cell is halved at most so many times."""
UNFORETOLD = 0.1
"""A middle that differs from the interpolation by more than this in Δχ² is a reason to halve both halves."""
STANDS_OUT = 0.02
"""A point of the curve that is higher than this above the line between its neighbours is minimised again."""
EXACT = 1e-4
"""Crossings are solved for to this fraction of their value."""


Height = float | Callable[[float], float]
"""A height of the curve, the same everywhere or a function of the parameter."""


class Curve:
    """Δ(-2 log L) from the best minimum along one parameter, the others minimised."""

    def __init__(self, likelihood: Likelihood, found: Sequence[Minimum], size: Array, position: int) -> None:
        """Nothing is evaluated yet."""
        self._likelihood, self._found, self._position = likelihood, found, position
        self._alone, self._size = len(size) == 1, float(size[position])
        self._known: dict[float, tuple[float, Array]] = {}
        self.even = not self._alone and even(likelihood)
        for minimum in found:
            self._remember(float(minimum.values[position]), minimum.chi2, minimum.values)
        if not self._alone:
            self._fit = minuit(likelihood, Objective(likelihood), found[0].values, size)
            self._fit.strategy = 0

    def __call__(self, x: float) -> float:
        """Its value at ``x``, from the best points known on both sides."""
        if x not in self._known:
            axis = sorted(self._known)
            place = int(np.searchsorted(axis, x))
            for start in {axis[max(place - 1, 0)], axis[min(place, len(axis) - 1)]}:
                self._step(x, self._known[start][1])
        return self._known[x][0] - self._found[0].chi2

    def window(self, minimum: Minimum, height: float, bounds: tuple[float, float]) -> tuple[float, float]:
        """Where the curve, followed from a minimum, comes above ``height``, or the bounds."""
        ends = []
        for side, bound in zip((-1.0, 1.0), bounds, strict=True):
            x, point = float(minimum.values[self._position]), minimum.values
            step = 0.5 * max(float(minimum.errors[self._position]), 1e-3 * self._size)
            for _ in range(MARCH):
                x = min(max(x + side * step, bounds[0]), bounds[1])
                value, point = self._step(x, point)
                if value - self._found[0].chi2 > height or x == bound:
                    break
                step *= 1.3
            ends.append(x)
        return ends[0], ends[1]

    def point(self, x: float) -> Array:
        """The parameters ``(n,)`` at the conditional minimum."""
        self(x)
        return self._known[x][1]

    def known(self, low: float, high: float) -> Array:
        """The points from ``low`` to ``high`` where the curve has been evaluated."""
        return np.array([x for x in self._known if low <= x <= high])

    def trace(self, axis: Array, found: Sequence[Minimum], height: float) -> None:
        """Follow minima outwards along ``axis`` until they are far above ``height``."""
        if self._alone:
            return
        for minimum in found:
            center = float(minimum.values[self._position])
            for side in (axis[axis >= center], axis[axis < center][::-1]):
                point = minimum.values
                for x in side:
                    value, point = self._step(float(x), point)
                    if value - self._found[0].chi2 > FAR * height:
                        break

    def extended(self, axis: Array, height: float, bounds: tuple[float, float]) -> Array:
        """``axis`` with more points beyond its ends while the curve there is below ``height`` and no bound is met.

        A minimisation from far away may have stopped too high, and so ended the axis too early.
        """
        points = axis.tolist()
        step = (points[-1] - points[0]) / NODES
        for _ in range(FURTHER):
            low = max(points[0] - step, bounds[0]) if self(points[0]) < height else points[0]
            high = min(points[-1] + step, bounds[1]) if self(points[-1]) < height else points[-1]
            if low == points[0] and high == points[-1]:
                break
            points = sorted({low, *points, high})
            step *= 1.2
        return np.array(points)

    def _step(self, x: float, start: Array) -> tuple[float, Array]:
        """The conditional minimum at ``x`` from a point near by."""
        if self._alone:
            point = np.array([x])
            value = float(self._likelihood.chi2(point))
        else:
            errors = self._found[0].errors
            value, point = conditional(self._fit, start, errors, (self._position,), np.array([x]))
        self._remember(x, value, point)
        return value, point

    def _remember(self, x: float, value: float, point: Array) -> None:
        for at, image in ((x, point), (-x, -point)) if self.even else ((x, point),):
            if at not in self._known or value < self._known[at][0]:
                self._known[at] = (value, image)

    def resolved(self, axis: Array, height: float) -> Array:
        """``axis`` with more points where the curve, near or below ``height``, is not smooth between them."""
        cells = [(low, high, 0) for low, high in pairwise(axis.tolist())]
        points = set(axis.tolist())
        while cells:
            low, high, depth = cells.pop()
            if min(self(low), self(high)) > 2.0 * height:
                continue
            middle = 0.5 * (low + high)
            foretold = _foretold(sorted(points), [self(x) for x in sorted(points)], middle, 4.0 * height)
            points.add(middle)
            wrong = abs(min(self(middle), 4.0 * height) - foretold)
            if wrong > UNFORETOLD and depth < DEPTH:
                cells += [(low, middle, depth + 1), (middle, high, depth + 1)]
        return np.array(sorted(points))

    def polished(self, axis: Array, height: float) -> None:
        """Minimise again, from both neighbours, where the curve stands out above the line between them."""
        points = axis.tolist()
        for order in (range(1, len(points) - 1), range(len(points) - 2, 0, -1)):
            for place in order:
                before, x, after = points[place - 1 : place + 2]
                share = (x - before) / (after - before)
                between = (1.0 - share) * self(before) + share * self(after)
                if between < 2.0 * height and self(x) > between + STANDS_OUT:
                    for start in (before, after):
                        self._step(x, self._known[start][1])

    def crossing(self, low: float, high: float, height: Height) -> float:
        """Where the curve passes ``height`` between two points on either side of it."""
        from scipy.optimize import brentq

        def above(x: float) -> float:
            return min(self(x), 10.0 * _at(height, x)) - _at(height, x)

        near = max(min(abs(low), abs(high)), 1e-2 * (high - low))
        return float(brentq(above, low, high, xtol=EXACT * near, rtol=1e-12))

    def regions(
        self, axis: Array, height: Height, bounds: tuple[float, float]
    ) -> tuple[tuple[float | None, float | None], ...]:
        """Where the curve is below ``height``: intervals, an end ``None`` where the axis ends before a bound does."""
        inside = [self(x) < _at(height, x) for x in axis.tolist()]
        found: list[tuple[float | None, float | None]] = []
        start: float | None = axis[0] if axis[0] == bounds[0] else None
        for place, (low, high) in enumerate(pairwise(axis.tolist())):
            if not inside[place] and inside[place + 1]:
                start = self.crossing(low, high, height)
            elif inside[place] and not inside[place + 1]:
                found.append((start, self.crossing(low, high, height)))
        if inside[-1]:
            found.append((start, axis[-1] if axis[-1] == bounds[1] else None))
        return tuple((_plain(low), _plain(high)) for low, high in found)


@double_precision
def windows(
    likelihood: Likelihood, found: Sequence[Minimum], size: Array, position: int, height: float
) -> list[tuple[float, float]]:
    """The parts of a parameter's range around minima within which its profile comes below ``height``."""
    curve = Curve(likelihood, found, size, position)
    low, high = map(float, likelihood.parametrisation.bounds[position])
    return merged([curve.window(minimum, height, (low, high)) for minimum in found])


def merged(parts: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Windows that overlap as one, in order."""
    found: list[tuple[float, float]] = []
    for low, high in sorted(parts):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found


def _at(height: Height, x: float) -> float:
    return height(x) if callable(height) else height


def _plain(end: float | None) -> float | None:
    return None if end is None else float(end)


def _foretold(axis: Sequence[float], values: Sequence[float], at: float, most: float) -> float:
    """What a monotone cubic through the four nearest points says, with values cut at ``most``."""
    from scipy.interpolate import PchipInterpolator

    place = int(np.searchsorted(axis, at))
    near = slice(max(place - 2, 0), place + 2)
    return float(PchipInterpolator(axis[near], np.minimum(values[near], most))(at))
