r"""Pseudo-experiments: what the projections may find if a hypothesis holds, and both hypotheses fitted to each.

The truth's own parameters are drawn from today's likelihood (flat in the free parameters; with several of them the
Gaussian of the best fit), the theory nuisances from what today's data leave of them, and the projected numbers from
their covariance about what that nature predicts. Today's data stay as they are. The deviates of one toy are the same at
every luminosity, as for one experiment that goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.inference.forecast.compressed import Compressed, along, compressed
from nutau.inference.forecast.hypotheses import Hypothesis
from nutau.inference.forecast.prospects import Prospects
from nutau.inference.likelihood import double_precision
from nutau.inference.toys import Refit, refit

CHUNK = 100
"""Toys that are fitted together in closed form."""
SEEDS = 7
"""Tells the random numbers of forecasts from others of the same seed."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """How a hypothesis is fitted to toys: in closed form on points, or (several free parameters) by a fit of each."""

    prospects: Prospects
    hypothesis: Hypothesis
    points: Compressed | None

    def lowest(self, data: Array, centre: Array, luminosity: float) -> Array:
        """The lowest -2 log L of projected numbers ``(toys, k)``, whose covariance is that at ``centre``."""
        if self.points is not None:
            return self.points.lowest(data, self.prospects.covariance(centre, luminosity))
        likelihood = self.prospects.expected(centre, luminosity)
        measured = np.repeat(likelihood.experiment.central[None], len(data), axis=0)
        measured[:, len(measured[0]) - data.shape[1] :] = data
        engine: Refit = refit(likelihood, self.prospects.size, [self.hypothesis.values])
        held: Mapping[int, float] = {
            at: float(value)
            for at, (value, free) in enumerate(zip(self.hypothesis.values, self.hypothesis.free, strict=True))
            if not free
        }
        return engine.lowest(measured, held).chi2


def fitted(prospects: Prospects, hypothesis: Hypothesis) -> Fitted:
    """A hypothesis ready to be fitted to toys."""
    if sum(hypothesis.free) > 1:
        return Fitted(prospects, hypothesis, None)
    kept = prospects.kept
    points = along(kept, hypothesis, prospects.size, hypothesis.values)
    return Fitted(prospects, hypothesis, compressed(kept, prospects.where, points))


@dataclass(frozen=True, eq=False)
class Thrown:
    """Toys of a truth: ``nature`` ``(toys, k)`` before the errors of measurement, whose deviates are ``noise``."""

    prospects: Prospects
    centre: Array
    nature: Array
    noise: Array

    def data(self, luminosity: float) -> Array:
        """The projected numbers ``(toys, k)`` at a luminosity."""
        root = np.linalg.cholesky(self.prospects.covariance(self.centre, luminosity))
        return self.nature + self.noise @ root.T


@double_precision
def thrown(prospects: Prospects, truth: Hypothesis, count: int, seed: int) -> Thrown:
    """``count`` toys of a truth."""
    random = stream(seed, SEEDS)
    shape = (count, len(prospects.where))
    free = sum(truth.free)
    if free > 1:
        nature = truth.values + random.standard_normal((count, len(truth.values))) @ _root(truth).T
        bounds = truth.parametrisation.bounds
        made = compressed(prospects.today, prospects.where, np.clip(nature, bounds[:, 0], bounds[:, 1]))
        which = np.arange(count) % max(len(made.points), 1)
    else:
        points = along(prospects.today, truth, prospects.size, truth.values)
        made = compressed(prospects.today, prospects.where, points)
        which = random.choice(len(made.points), size=count, p=_weights(made))
    nature = made.drawn(which, random.standard_normal(shape))
    return Thrown(prospects, prospects.centre(truth), nature, random.standard_normal(shape))


def _weights(made: Compressed) -> Array:
    """The posterior of points on a line, flat in the parameter."""
    if len(made.points) == 1:
        return np.ones(1)
    t = np.linalg.norm(made.points - made.points[0], axis=1)
    height = made.height + made.volume
    weight = np.exp(-0.5 * (height - height.min())) * np.gradient(t)
    return np.asarray(weight / weight.sum())


def _root(truth: Hypothesis) -> Array:
    """A root of the covariance of the free parameters, ``(n, n)``."""
    covariance = np.zeros((len(truth.values),) * 2) if truth.covariance is None else truth.covariance
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None)))


def differences(
    toys: Thrown,
    truth: Fitted,
    rivals: Sequence[Fitted],
    luminosities: Sequence[float],
    progress: Callable[[int, int], None] | None = None,
) -> Array:
    """q of each rival minus q of the truth, ``(rivals, luminosities, toys)``.

    In closed form some toys are done at all luminosities before the next; else all toys at one luminosity. After an
    interruption (Ctrl-C) what was not done is NaN.
    """
    count = len(toys.nature)
    closed = all(item.points is not None for item in (truth, *rivals))
    found = np.full((len(rivals), len(luminosities), count), np.nan)
    starts = range(0, count, CHUNK if closed else max(count, 1))
    done, total = 0, len(starts) * len(luminosities)
    try:
        for start in starts:
            part = slice(start, start + starts.step)
            for place, luminosity in enumerate(luminosities):
                data = toys.data(luminosity)[part]
                base = truth.lowest(data, toys.centre, luminosity)
                found[:, place, part] = [
                    rival.lowest(data, toys.centre, luminosity) - base for rival in rivals
                ]
                done += 1
                if progress is not None:
                    progress(done, total)
    except KeyboardInterrupt:
        pass
    return found
