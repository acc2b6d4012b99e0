"""All minima: starting points along lines and at random, each refined by MINUIT with JAX gradients.

One parameter is a line, and all minima on it are found (:mod:`nutau.inference.fit.lines`). With more of them the first
points are the minima along each axis and the best of many random ones, which reach as far as the furthest of those.
From every minimum found the search goes on along each axis, each principal axis and the line to the origin, and to its
images with other signs, until nothing new is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.errors import ComputationError, MissingExtraError
from nutau.inference.fit.flat import alike
from nutau.inference.fit.lines import minima_along
from nutau.inference.fit.mirror import even, mirrored
from nutau.inference.likelihood import Likelihood, double_precision

SAMPLES = 4096
"""Random points looked at before the best of them are refined."""
STARTS = 8
"""Points that are refined, and as many again for every two parameters."""
FURTHER = 4
"""Points that are refined from every minimum found, a parameter."""
DOWNHILL = np.unique(np.concatenate([np.linspace(0.0, 1.0, 17), 1.0 - 0.5 ** np.arange(1, 11)]))
"""Parts of the way from a starting point to a known minimum where -2 log L is looked at."""
MOST_SIGNS = 6
"""Images with other signs are looked at for so many parameters; with more, of pairs alone."""
HOPEFUL = 4.0
"""Starting points up to so many times :data:`RELEVANT` above the best are refined: they may go down a long way."""
FOLLOWED = 2
"""With so many parameters every minimum is followed."""
RELEVANT = 25.0
"""Minima higher than the best by more than this Δχ² are not reported."""
SAME = 0.3
"""Two minima are one if they differ by less than this many standard deviations in every parameter."""
FLAT = 1e-6
"""A rise of -2 log L below this fraction of itself is none: the fast mode's minimum lies beside the full one's."""
TIED = 0.01
"""Minima within this of the lowest in -2 log L fit as well: the nearest to the Standard Model is called the best, and
of images with other signs that where the first parameter is positive."""

INSIDE = 1e-3
"""Starting points keep this part of a range between themselves and its ends."""
NOWHERE = 1e30
"""What MINUIT is told where -2 log L is no number, as it wants one; it never leaves this module."""


@dataclass(frozen=True)
class Minimum:
    """A local minimum: ``values`` and Hesse ``errors`` ``(n,)``, ``covariance`` ``(n, n)``, -2 log L."""

    values: Array
    errors: Array
    covariance: Array
    chi2: float
    at_bound: bool = False


class Objective:
    """-2 log L and gradient for MINUIT, which asks for them one after the other at the same point."""

    def __init__(self, likelihood: Likelihood) -> None:
        """Nothing is evaluated yet."""
        self._both = likelihood.value_and_gradient
        self._at: Array | None = None
        self._value, self._gradient = np.inf, np.zeros(len(likelihood.parametrisation))

    def _evaluate(self, p: Array) -> None:
        p = np.asarray(p, dtype=float)
        if self._at is None or not np.array_equal(p, self._at):
            value, gradient = self._both(p)
            self._at, self._value, self._gradient = p.copy(), float(value), np.asarray(gradient)

    def __call__(self, p: Array) -> float:
        """-2 log L; :data:`NOWHERE` where it is no number."""
        self._evaluate(p)
        return self._value if np.isfinite(self._value) else NOWHERE

    def gradient(self, p: Array) -> Array:
        """Its gradient, ``(n,)``."""
        self._evaluate(p)
        return np.nan_to_num(self._gradient)


def minuit(
    likelihood: Likelihood, objective: Objective | Callable[[Array], float], start: Array, size: Array
) -> Any:
    """A MINUIT object at ``start`` with the bounds and step sizes; a plain function has numerical gradients."""
    Minuit = silent()
    names = likelihood.parametrisation.names
    bounds = likelihood.parametrisation.bounds
    inside = np.clip(start, bounds[:, 0] + 1e-9 * size, bounds[:, 1] - 1e-9 * size)
    grad = objective.gradient if isinstance(objective, Objective) else None
    fit = Minuit(objective, inside, grad=grad, name=[name.replace(" ", "_") for name in names])
    fit.errordef = Minuit.LEAST_SQUARES
    fit.strategy = 1
    fit.tol = 0.01  # EDM below 2e-5
    fit.limits = [(low, high) for low, high in bounds]
    fit.errors = 0.1 * np.maximum(np.abs(inside), 0.1 * size)
    return fit


@cache
def silent() -> Any:
    """MINUIT without the lines that its C++ writes straight to standard output (``print_level`` -1, while it runs)."""
    try:
        from iminuit import Minuit
    except ImportError:
        raise MissingExtraError("iminuit", "fit") from None

    class Silent(Minuit):  # type: ignore[misc]
        __slots__ = ()

        def migrad(self, *arguments: Any, **options: Any) -> Any:
            with _silence(self):
                return super().migrad(*arguments, **options)

        def hesse(self, *arguments: Any, **options: Any) -> Any:
            with _silence(self):
                return super().hesse(*arguments, **options)

        def minos(self, *arguments: Any, **options: Any) -> Any:
            with _silence(self):
                return super().minos(*arguments, **options)

    return Silent


@contextmanager
def _silence(fit: Any) -> Iterator[None]:
    """The level is one for all MINUIT objects of a session, so it is put back."""
    level, fit.print_level = fit.print_level, -1
    try:
        yield
    finally:
        fit.print_level = level


@double_precision
def minima(
    likelihood: Likelihood,
    size: Array,
    *,
    start: Array | None = None,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Minimum, ...]:
    """All distinct minima within :data:`RELEVANT` of the best, the best first.

    ``start`` ``(n,)`` is one more starting point. Raises :class:`ComputationError` if none of the starts converged.
    """
    search = _Search(likelihood, size)
    starts = _first(likelihood, size, seed)
    if start is not None:
        starts = np.concatenate([np.asarray(start, dtype=float)[None, :], starts])
    report = progress or (lambda done, total: None)
    for number, point in enumerate(starts):
        report(number, 2 * len(starts))
        search.refine(point)
    search.check(len(starts))
    followed = 0
    while followed < len(search.found):
        report(len(starts) + followed, len(starts) + max(len(starts), len(search.found)))
        minimum = search.found[followed]
        if len(size) > 1 and minimum.chi2 < search.lowest + RELEVANT and not search.again(followed):
            for point in _onwards(likelihood, size, minimum, search.lowest):
                search.refine(point)
        followed += 1
    return _ranked(search.found, size)


class _Search:
    """The minima found so far."""

    def __init__(self, likelihood: Likelihood, size: Array) -> None:
        self._likelihood, self._size = likelihood, size
        self._objective = Objective(likelihood)
        self._failures: list[str] = []
        self.even = even(likelihood)
        self.found: list[Minimum] = []

    @property
    def lowest(self) -> float:
        return min(minimum.chi2 for minimum in self.found)

    def refine(self, point: Array) -> None:
        """Go down from a point to a minimum, and remember it if it is new.

        A point from which the straight way to a known minimum leads down all along belongs to that one.
        """
        if self._leads_to_known(point):
            return
        fit = minuit(self._likelihood, self._objective, _inside(self._likelihood, point), self._size)
        fit.migrad()
        if not fit.valid or not np.isfinite(reached(fit)):
            self._failures.append(_why(fit))
            return
        fit.hesse()
        candidate = as_minimum(fit)
        images = (candidate, mirrored(candidate)) if self.even else (candidate,)
        self.found += [image for image in images if not any(_same(image, other) for other in self.found)]

    def _leads_to_known(self, point: Array) -> bool:
        if not self.found:
            return False
        ends = np.stack([minimum.values for minimum in self.found])
        ways = point + DOWNHILL[None, :, None] * (ends - point)[:, None, :]
        values = self._likelihood.switched("fast").chi2(ways)
        steps = np.diff(values, axis=1)
        return bool(np.any(np.all(steps < FLAT * (1.0 + np.abs(values[:, :1])), axis=1)))

    def again(self, place: int) -> bool:
        """Whether a minimum is the image of an earlier one; what it leads to is then known.

        With more than two parameters, where valleys hold many minima, one that predicts the same is none either.
        """
        minimum, before = self.found[place], self.found[:place]
        if self.even and any(_same(mirrored(minimum), other) for other in before):
            return True
        if len(self._size) <= FOLLOWED:
            return False
        tied = [other for other in before if abs(other.chi2 - minimum.chi2) < TIED]
        return any(alike(self._likelihood, minimum.values, other.values) for other in tied)

    def check(self, tried: int) -> None:
        """Raise :class:`ComputationError` if there is no minimum."""
        if not self.found:
            reasons = ", ".join(sorted(set(self._failures)))
            raise ComputationError(
                f"The fit of {', '.join(self._likelihood.parametrisation.names)} did not converge from any of "
                f"{tried} starting points ({reasons}). Give `start`, `ranges`, or fewer parameters."
            )


def _ranked(found: list[Minimum], size: Array) -> tuple[Minimum, ...]:
    """The best first, the others as high as they are; those far above the best left out."""
    lowest = min(minimum.chi2 for minimum in found)
    tied = [minimum for minimum in found if minimum.chi2 < lowest + TIED]
    far = [float(np.abs(minimum.values / size).max()) for minimum in tied]
    near = [minimum for minimum, distance in zip(tied, far, strict=True) if distance < 1.02 * min(far) + 1e-9]
    best = max(near, key=lambda minimum: tuple(np.sign(minimum.values)))
    rest = sorted((m for m in found if m is not best), key=lambda minimum: minimum.chi2)
    return (best, *(minimum for minimum in rest if minimum.chi2 < lowest + RELEVANT))


def _first(likelihood: Likelihood, size: Array, seed: int) -> Array:
    """Starting points before any minimum is known, ``(starts, n)``."""
    own = np.array([p.size is not None for p in likelihood.parametrisation.free])
    base = _inside(likelihood, np.where(own, size, 0.0))
    lines = [minima_along(likelihood, base, axis) for axis in np.diag(size)]
    points, values = (np.concatenate(parts) for parts in zip(*lines, strict=True))
    if len(size) > 1:
        reach = np.maximum(10.0 * size, 2.0 * np.abs(points).max(axis=0, initial=0.0))
        samples = _samples(likelihood, size, reach, seed)
        heights = likelihood.switched("fast").chi2(samples)
        points = np.concatenate([points, _diverse(samples, heights, size)])
        values = likelihood.switched("fast").chi2(points)
    if not np.isfinite(values).any():
        raise ComputationError(
            "-2 log L is not finite at any of the starting points; look at the predictions there."
        )
    order = np.argsort(values, kind="stable")
    hopeful = values[order] <= values[order[0]] + HOPEFUL * RELEVANT
    return np.asarray(points[order][hopeful])


def _onwards(likelihood: Likelihood, size: Array, minimum: Minimum, lowest: float) -> Array:
    """Where another minimum may be, seen from one: the most promising points first, ``(points, n)``."""
    at = minimum.values
    lines = [minima_along(likelihood, at, direction) for direction in _directions(minimum, size)]
    flipped = _inside(likelihood, at * np.array(list(_signs(len(at)))))
    points = np.concatenate([*(line[0] for line in lines), flipped])
    values = np.concatenate([*(line[1] for line in lines), likelihood.switched("fast").chi2(flipped)])
    order = np.argsort(values, kind="stable")
    hopeful = (values < lowest + HOPEFUL * RELEVANT) & [not _is_at(point, minimum) for point in points]
    return np.asarray(points[order[hopeful[order]]][: FURTHER * len(at)])


def _directions(minimum: Minimum, size: Array) -> Iterator[Array]:
    """The axes, the principal axes of the Hesse covariance, and the line to the origin."""
    yield from np.diag(size)
    values, vectors = np.linalg.eigh(minimum.covariance / np.outer(size, size))
    for value, vector in zip(values, vectors.T, strict=True):
        if np.count_nonzero(np.abs(vector) > 1e-3) > 1 and np.isfinite(value):
            yield vector * size
    if np.any(np.abs(minimum.values) > 1e-3 * size):
        yield minimum.values


def _signs(count: int) -> Iterator[tuple[float, ...]]:
    """Which parameters change sign."""
    most = count if count <= MOST_SIGNS else 2
    for signs in product((1.0, -1.0), repeat=count):
        if 0 < signs.count(-1.0) <= most:
            yield signs


def conditional(
    fit: Any, start: Array, errors: Array, held: tuple[int, ...], at: Array
) -> tuple[float, Array]:
    """The minimum over the free parameters from one starting point; infinite where -2 log L is no number."""
    fit.reset()
    # at a bound the slope of MINUIT's internal variable vanishes, and it would never leave
    low, high = np.array(fit.limits).T
    margin = np.where(np.isfinite(high - low), INSIDE * (high - low), 0.0)
    point = np.clip(start, low + margin, high - margin)
    point[list(held)] = at
    fit.values = point
    fit.errors = errors
    fit.fixed = [position in held for position in range(len(point))]
    fit.migrad()
    return reached(fit), np.array(fit.values)


def reached(fit: Any) -> float:
    """-2 log L where MINUIT stands; infinite where it is no number."""
    return float(fit.fval) if np.isfinite(fit.fval) and fit.fval < NOWHERE else np.inf


def _samples(likelihood: Likelihood, size: Array, reach: Array, seed: int) -> Array:
    """Points of many sizes up to ``reach`` and of both signs within the bounds."""
    random = stream(seed)
    shape = (SAMPLES, len(size))
    scale = 10.0 ** random.uniform(-1.5, np.log10(reach / size), shape)
    points = size * random.choice([-1.0, 1.0], shape) * scale
    bounds = likelihood.parametrisation.bounds
    outside = (points < bounds[:, 0]) | (points > bounds[:, 1])
    low, high = (np.where(np.isfinite(edge), edge, 0.0) for edge in bounds.T)
    return np.where(outside, random.uniform(low, np.maximum(high, low)), points)


def _diverse(points: Array, values: Array, size: Array) -> Array:
    """The best points that lie apart from each other, or in another quadrant."""
    order = np.argsort(values)
    compressed = np.arcsinh(points / size)
    chosen: list[int] = []
    for candidate in order:
        apart = [np.abs(compressed[candidate] - compressed[other]).max() > 0.4 for other in chosen]
        quadrant = [np.any(np.sign(points[candidate]) != np.sign(points[other])) for other in chosen]
        if all(far or other for far, other in zip(apart, quadrant, strict=True)):
            chosen.append(int(candidate))
        if len(chosen) == STARTS * (1 + len(size) // 2):
            break
    return points[chosen]


def as_minimum(fit: Any) -> Minimum:
    """Where a MINUIT object is."""
    values, errors = np.array(fit.values), np.array(fit.errors)
    limits = np.array(fit.limits)
    near = (np.abs(values - limits[:, 0]) < 1e-3 * errors) | (np.abs(values - limits[:, 1]) < 1e-3 * errors)
    covariance = np.diag(errors**2) if fit.covariance is None else np.array(fit.covariance)
    return Minimum(values, errors, covariance, float(fit.fval), bool(near.any()))


def at_edge(likelihood: Likelihood, values: Array, size: Array) -> tuple[str, ...]:
    """The parameters whose value is at an end of their range."""
    bounds = likelihood.parametrisation.bounds
    width = np.maximum(np.where(np.isfinite(bounds), np.abs(bounds), 0.0).max(axis=1), size)
    near = np.any(np.abs(values[:, None] - bounds) <= 1e-4 * width[:, None], axis=1)
    return tuple(name for name, edge in zip(likelihood.parametrisation.names, near, strict=True) if edge)


def _inside(likelihood: Likelihood, points: Array) -> Array:
    """Points a little inside the bounds: at one, the slope of MINUIT's internal variable vanishes."""
    low, high = likelihood.parametrisation.bounds.T
    margin = np.where(np.isfinite(high - low), INSIDE * (high - low), 0.0)
    return np.clip(points, low + margin, high - margin)


def _is_at(point: Array, minimum: Minimum) -> bool:
    """Whether a point is so near a minimum that it would lead there."""
    return bool(np.all(np.abs(point - minimum.values) < 0.1 * SAME * minimum.errors))


def _same(one: Minimum, other: Minimum) -> bool:
    width = np.maximum(np.minimum(one.errors, other.errors), 1e-12 * np.maximum(np.abs(one.values), 1e-300))
    return bool(np.all(np.abs(one.values - other.values) < SAME * width))


def _why(fit: Any) -> str:
    state = fit.fmin
    if not np.isfinite(reached(fit)):
        return "-2 log L is not finite around a starting point"
    if state.has_reached_call_limit:
        return "call limit reached"
    if state.is_above_max_edm:
        return f"distance to the minimum (EDM) still {state.edm:.2g}"
    if state.has_parameters_at_limit:
        return "a parameter runs into its bound"
    return "MINUIT found no valid minimum"
