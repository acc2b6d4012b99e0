r"""The significance of the best of many hypotheses: toys of the Standard Model, each searched at all of them.

The test at one hypothesis is the score: with gradient g and curvature h of :math:`-2\log L` by the strength at zero,
after one Newton step of the theory nuisances, :math:`q=g^2/2h` if g < 0, else 0. It agrees with the likelihood ratio
where -2 log L is a parabola, and needs one profile a toy for all hypotheses. Data and toys are tested with the same.

A toy has Poisson counts around the fit of the Standard Model, auxiliary data around its nuisance parameters, and a
new statistical error of the simulation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.common.progress import Progress
from nutau.inference.invisible.profile import Problem
from nutau.measurements.reinterpretation.likelihood import SpectrumLikelihood


@dataclass(frozen=True, eq=False)
class Global:
    """Largest q of the data and of each toy ``(toys,)``; how often a toy is as large."""

    observed: float
    largest: Array

    @property
    def p_value(self) -> float:
        """The fraction of toys; 0 means fewer than one in all of them."""
        return float(np.mean(self.largest >= self.observed))

    @property
    def error(self) -> float:
        """Its binomial error, of one toy where there is none or all."""
        count, share = len(self.largest), self.p_value
        return float(np.sqrt(max(share * (1.0 - share), 1.0 / count) / count))


def search(
    problems: Sequence[Problem],
    null: Array,
    found: SpectrumLikelihood,
    toys: int,
    seed: int,
    progress: Progress | None = None,
) -> Global:
    """Toys of the null ``z`` of the first problem; ``found`` is its only likelihood."""
    first = problems[0]
    order = first.order
    x = first.predictions(null)[order]
    theta = found.best(x)
    slopes = np.stack([problem.slopes(null)[order, 0] for problem in problems], axis=1)
    errors = first.slopes(null)[order, 1:]
    rng = stream(seed, 3)

    def largest(one: SpectrumLikelihood) -> float:
        return float(np.max(_scores(one, x, slopes, errors, null[1:]), initial=0.0))

    made = np.zeros(toys)
    for number in range(toys):
        made[number] = largest(_toy(found, x, theta, rng))
        if progress is not None:
            progress(number + 1, toys)
    return Global(largest(found), made)


def _scores(one: SpectrumLikelihood, x: Array, slopes: Array, errors: Array, eta: Array) -> Array:
    """q of each hypothesis ``(hypotheses,)``."""
    gradient, curvature = one.curved(x)
    inner = errors.T @ curvature @ errors + 2.0 * np.eye(errors.shape[1])
    cross = errors.T @ curvature @ slopes
    solved = np.linalg.solve(inner, cross)
    by_strength = slopes.T @ gradient - solved.T @ (errors.T @ gradient + 2.0 * eta)
    bend = np.einsum("oh,op,ph->h", slopes, curvature, slopes) - np.sum(cross * solved, axis=0)
    fine = (by_strength < 0.0) & (bend > 0.0)
    return np.where(fine, by_strength**2 / np.where(fine, 2.0 * bend, 1.0), 0.0)


def _toy(found: SpectrumLikelihood, x: Array, theta: Array, rng: np.random.Generator) -> SpectrumLikelihood:
    template, known = found.template, found.constraints
    weights = np.asarray(found.constant) + np.asarray(found.response) @ x
    events = template.at(theta, weights).events
    gamma = 1.0 + np.asarray(found.local.sigma) * rng.standard_normal(len(found.local.sigma))
    grown = 1.0 + (gamma - 1.0) @ np.asarray(found.local.groups)
    mean = template.lift @ (events * np.maximum(grown, 0.0))
    gauss = theta + known.sigma * rng.standard_normal(len(theta))
    counts = rng.poisson(np.where(known.tau > 0, known.tau * theta, 0.0))
    auxiliary = np.where(known.sigma > 0, gauss, np.where(known.tau > 0, counts, known.auxiliary))
    return found.with_observed(rng.poisson(np.maximum(mean, 0.0)), auxiliary)
