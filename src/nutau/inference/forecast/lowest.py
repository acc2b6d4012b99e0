"""The lowest -2 log L of a hypothesis: over what is free in it, the rest held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import ComputationError
from nutau.inference.fit.lines import minima_along
from nutau.inference.fit.search import Objective, minuit, reached
from nutau.inference.forecast.hypotheses import Hypothesis
from nutau.inference.likelihood import Likelihood, double_precision

STARTS = 3
"""Points from which the minimum along a line is refined."""
NEAR = 4.0
"""Starting points higher than the best by more than this are not refined."""


@dataclass(frozen=True)
class Lowest:
    """The lowest -2 log L, where it is, ``(n,)``, and the Hesse covariance ``(n, n)`` there; 0 of what is held."""

    chi2: float
    values: Array
    covariance: Array


@double_precision
def lowest(
    likelihood: Likelihood,
    hypothesis: Hypothesis,
    size: Array,
    starts: Sequence[Array] = (),
    *,
    errors: bool = False,
) -> Lowest:
    """The minimum over the free parameters of a hypothesis.

    With one free parameter every minimum along it is looked at; with more, those that are reached from ``starts``
    ``(n,)`` and from the values of the hypothesis. Hesse errors only if asked for. Raises :class:`ComputationError`
    where none converges.
    """
    free = np.flatnonzero(hypothesis.free)
    base = np.asarray(hypothesis.values, dtype=float)
    if not len(free):
        return Lowest(float(likelihood.value_and_gradient(base)[0]), base, np.zeros((len(base), len(base))))
    points = _points(likelihood, hypothesis, size, starts)
    fit = minuit(likelihood, Objective(likelihood), base, size)
    for position in np.flatnonzero(~np.array(hypothesis.free)):
        fit.limits[int(position)] = None
        fit.fixed[int(position)] = True
    best: Lowest | None = None
    for point in points:
        fit.values = point
        fit.errors = 0.1 * np.maximum(np.abs(point), 0.1 * size)
        fit.migrad()
        value = reached(fit)
        if np.isfinite(value) and fit.valid and (best is None or value < best.chi2):
            if errors:
                fit.hesse()
            best = Lowest(value, np.array(fit.values), _covariance(fit, free))
    if best is None:
        names = ", ".join(hypothesis.names)
        raise ComputationError(f"The fit of {names} of {hypothesis.name} did not converge.")
    return best


def _covariance(fit: Any, free: Array) -> Array:
    """MINUIT's covariance of the free parameters, 0 elsewhere."""
    count = len(fit.values)
    if fit.covariance is None:
        return np.diag(np.where(np.isin(np.arange(count), free), np.array(fit.errors) ** 2, 0.0))
    full = np.array(fit.covariance)
    inside = np.isin(np.arange(count), free)
    return np.where(np.outer(inside, inside), full, 0.0)


def _points(
    likelihood: Likelihood, hypothesis: Hypothesis, size: Array, starts: Sequence[Array]
) -> list[Array]:
    """Where the minimum is looked for, the most promising first."""
    free = np.array(hypothesis.free)
    base = np.asarray(hypothesis.values, dtype=float)
    if free.sum() == 1:
        found, heights = minima_along(likelihood, base, np.where(free, size, 0.0))
        near = found[heights < heights.min(initial=np.inf) + NEAR]
        return list(near[:STARTS]) or [base]
    bounds = likelihood.parametrisation.bounds
    given = [np.where(free, np.clip(point, bounds[:, 0], bounds[:, 1]), base) for point in (base, *starts)]
    return [
        point
        for position, point in enumerate(given)
        if not any(np.array_equal(point, o) for o in given[:position])
    ]


def placed(
    likelihood: Likelihood, hypothesis: Hypothesis, size: Array, starts: Sequence[Array] = ()
) -> Hypothesis:
    """The hypothesis at its best fit to a likelihood."""
    if not any(hypothesis.free):
        return hypothesis
    found = lowest(likelihood, hypothesis, size, starts, errors=True)
    return replace(hypothesis, values=found.values, covariance=found.covariance)
