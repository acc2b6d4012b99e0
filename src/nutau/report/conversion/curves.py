r"""Likelihoods that are no Gaussians, as -2 log L on a grid.

* A density of the observable, given at points.
* :math:`n` events on a background :math:`b \pm \sigma`, as in flavio: the density of the signal :math:`s` is that of
  :math:`t = s + b`, :math:`t^n e^{-t}`, folded with a Gaussian of width :math:`\sigma` and reflected at
  :math:`t = 0`; the observable is a multiple of :math:`s \ge 0`, and an upper limit fixes the factor (flat in
  :math:`s`).
* Amoroso and log-gamma, as in EOS: with :math:`z = (x-a)/\theta`,
  :math:`-\log L = z^\beta - (\alpha\beta - 1)\ln z`; with :math:`z = (x-\nu)/\lambda`,
  :math:`\nu = m - \lambda\ln\alpha` for the mode :math:`m`, :math:`-\log L = e^z - \alpha z`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nutau.common.arrays import Array
from nutau.report.conversion.record import Curve, Unusable

POINTS = 121
"""Points of a grid: a cubic through them is right to 0.01 of -2 log L."""

HIGHEST = 25.0
"""-2 log L, above its minimum, where a grid ends: five standard deviations."""


def density(x: Sequence[float], y: Sequence[float]) -> Curve:
    """A density given at increasing points; points at the ends where it vanishes are left out."""
    points, heights = np.array(x, dtype=float), np.array(y, dtype=float)
    if points.ndim != 1 or points.shape != heights.shape or not np.all(np.diff(points) > 0):
        raise Unusable("its points do not increase, or are not as many as its values")
    inside = np.flatnonzero(heights > heights.max(initial=0.0) * np.exp(-HIGHEST))
    if len(inside) < 4 or np.any(np.diff(inside) > 1):
        raise Unusable("its density vanishes between its points")
    kept = slice(inside[0], inside[-1] + 1)
    return _curve(points[kept], -2.0 * np.log(heights[kept]))


def counting(total: float, background: float, spread: float, factor: float) -> Curve:
    """``total`` events on ``background`` ± ``spread``; the observable is ``factor`` times the signal."""
    if not (total >= 0 and background >= 0 and spread >= 0 and factor > 0):
        raise Unusable("a number of events or its factor is negative")
    largest = max(total - background, 0.0) + 12.0 * np.hypot(np.sqrt(total + 1.0), spread) + 25.0
    fine = np.linspace(0.0, largest, 801)
    values = _minus_two_log(fine, total, background, spread)
    last = int(np.flatnonzero(values < values.min() + HIGHEST)[-1])
    signal = np.linspace(0.0, fine[last], POINTS)
    return _curve(signal * factor, _minus_two_log(signal, total, background, spread))


def counting_limit(total: float, background: float, spread: float, limit: float, level: float) -> Curve:
    """As :func:`counting`, with the factor for which ``limit`` is the upper limit at the confidence ``level``."""
    if not (limit > 0 and 0 < level < 1):
        raise Unusable("its limit or confidence level is none")
    if not (total >= 0 and background >= 0 and spread >= 0):
        raise Unusable("a number of events is negative")
    largest = max(total - background, 0.0) + 12.0 * np.hypot(np.sqrt(total + 1.0), spread) + 25.0
    fine = np.linspace(0.0, largest, 2001)
    values = _minus_two_log(fine, total, background, spread)
    likelihood = np.exp((values.min() - values) / 2.0)
    below = np.concatenate([[0.0], np.cumsum((likelihood[1:] + likelihood[:-1]) / 2.0)])
    signal = float(np.interp(level, below / below[-1], fine))
    return counting(total, background, spread, limit / signal)


def _minus_two_log(signal: Array, total: float, background: float, spread: float) -> Array:
    expected = signal + background
    if spread < 1e-2 * np.sqrt(total + 1.0):  # as good as none
        return -2.0 * _log_poisson(expected, total)
    steps = np.linspace(-8.0, 8.0, 201)
    logs = [_log_poisson(centre[:, None] + spread * steps, total) for centre in (expected, -expected)]
    terms = np.concatenate(logs, axis=1) - np.concatenate([steps, steps]) ** 2 / 2.0
    highest = terms.max(axis=1)
    return -2.0 * (highest + np.log(np.exp(terms - highest[:, None]).sum(axis=1)))


def _log_poisson(expected: Array, total: float) -> Array:
    """log of :math:`t^n e^{-t}`, minus infinity for negative t."""
    with np.errstate(divide="ignore"):
        logs = (
            np.log(np.clip(expected, 0.0, None)) * total
            if total > 0
            else np.where(expected < 0, -np.inf, 0.0)
        )
    return logs - np.clip(expected, 0.0, None)


def amoroso(physical_limit: float, theta: float, alpha: float, beta: float) -> Curve:
    """EOS's Amoroso distribution."""
    power = alpha * beta - 1.0
    if not (theta > 0 and alpha > 0 and beta > 0 and power > -1e-9):
        raise Unusable("its parameters are not positive, or its density has no finite maximum")
    power = max(power, 0.0)

    def minus_two_log(z: Array) -> Array:
        return 2.0 * (z**beta - power * np.log(np.where(z > 0, z, 1.0)))

    mode = (power / beta) ** (1.0 / beta)
    low = _end(minus_two_log, mode, 0.0) if power > 0 else 0.0
    grid = np.linspace(low, _end(minus_two_log, mode, None), POINTS)
    return _curve(physical_limit + theta * grid, minus_two_log(grid))


def log_gamma(mode: float, alpha: float, scale: float) -> Curve:
    """EOS's log-gamma distribution with its ``lambda`` as ``scale``."""
    if not alpha > 0 or scale == 0:
        raise Unusable("its alpha is not positive, or its lambda is zero")

    def minus_two_log(z: Array) -> Array:
        return 2.0 * (np.exp(z) - alpha * z)

    top = float(np.log(alpha))
    low, high = (_end(minus_two_log, top, None, sign) for sign in (-1.0, 1.0))
    z = np.linspace(low, high, POINTS)
    x = mode + scale * (z - top)
    order = np.argsort(x)
    return _curve(x[order], minus_two_log(z)[order])


def _end(function: Callable[[Array], Array], mode: float, bound: float | None, sign: float = 1.0) -> float:
    """Where a function has risen by :data:`HIGHEST` from its minimum, towards ``bound`` or outwards."""
    from scipy.optimize import brentq

    def rise(x: float) -> float:
        return float(function(np.array(x)) - function(np.array(mode))) - HIGHEST

    if bound is not None:
        far = bound + 1e-12 * (mode - bound)
        return float(brentq(rise, far, mode)) if rise(far) > 0 else far
    step = 1.0
    while rise(mode + sign * step) < 0:
        step *= 2.0
    return float(brentq(rise, mode, mode + sign * step))


def _curve(x: Array, values: Array) -> Curve:
    if len(x) < 4 or not (np.all(np.isfinite(values)) and np.all(np.diff(x) > 0)):
        raise Unusable("its likelihood is not finite, or changes too little")
    return Curve(tuple(x.tolist()), tuple((values - values.min()).tolist()))
