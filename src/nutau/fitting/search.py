"""All minima: many starting points, each refined by MINUIT with JAX gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from nutau.arrays import Array
from nutau.errors import ComputationError, MissingExtraError
from nutau.likelihood import Likelihood, double_precision

SAMPLES = 4096
"""Random points looked at before the best of them are refined."""
STARTS = 8
"""Points that are refined, and as many again for every two parameters."""
RELEVANT = 25.0
"""Minima higher than the best by more than this Δχ² are not reported."""
SAME = 0.3
"""Two minima are one if they differ by less than this many standard deviations in every parameter."""

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


def minuit(likelihood: Likelihood, objective: Objective, start: Array, size: Array) -> Any:
    """A MINUIT object at ``start`` with the bounds and step sizes of the parameters."""
    Minuit = silent()
    names = likelihood.parametrisation.names
    bounds = likelihood.parametrisation.bounds
    inside = np.clip(start, bounds[:, 0] + 1e-9 * size, bounds[:, 1] - 1e-9 * size)
    fit = Minuit(objective, inside, grad=objective.gradient, name=[name.replace(" ", "_") for name in names])
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
    samples = _samples(likelihood, size, seed)
    values = likelihood.switched("fast").chi2(samples)
    if not np.isfinite(values).any():
        raise ComputationError(
            "-2 log L is not finite at any of the starting points; look at the predictions there."
        )
    starts = _diverse(samples, values, size)
    if start is not None:
        starts = np.concatenate([np.asarray(start, dtype=float)[None, :], starts])
    objective = Objective(likelihood)
    found: list[Minimum] = []
    failures: list[str] = []
    for number, point in enumerate(starts):
        if progress is not None:
            progress(number, len(starts))
        fit = minuit(likelihood, objective, point, size)
        fit.migrad()
        if not fit.valid or not np.isfinite(reached(fit)):
            failures.append(_why(fit))
            continue
        fit.hesse()
        candidate = _minimum(fit)
        if not any(_same(candidate, other) for other in found):
            found.append(candidate)
    if not found:
        reasons = ", ".join(sorted(set(failures)))
        raise ComputationError(
            f"The fit of {', '.join(likelihood.parametrisation.names)} did not converge from any of "
            f"{len(starts)} starting points ({reasons}). Give `start`, `ranges`, or fewer parameters."
        )
    found.sort(key=lambda minimum: minimum.chi2)
    return tuple(minimum for minimum in found if minimum.chi2 < found[0].chi2 + RELEVANT)


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


def _samples(likelihood: Likelihood, size: Array, seed: int) -> Array:
    """Points of many sizes and both signs within the bounds."""
    stream = np.random.default_rng(seed)
    shape = (SAMPLES, len(size))
    points = size * stream.choice([-1.0, 1.0], shape) * 10.0 ** stream.uniform(-1.5, 1.0, shape)
    bounds = likelihood.parametrisation.bounds
    outside = (points < bounds[:, 0]) | (points > bounds[:, 1])
    low, high = (np.where(np.isfinite(edge), edge, 0.0) for edge in bounds.T)
    return np.where(outside, stream.uniform(low, np.maximum(high, low)), points)


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


def _minimum(fit: Any) -> Minimum:
    values, errors = np.array(fit.values), np.array(fit.errors)
    limits = np.array(fit.limits)
    near = (np.abs(values - limits[:, 0]) < 1e-3 * errors) | (np.abs(values - limits[:, 1]) < 1e-3 * errors)
    covariance = np.diag(errors**2) if fit.covariance is None else np.array(fit.covariance)
    return Minimum(values, errors, covariance, float(fit.fval), bool(near.any()))


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
