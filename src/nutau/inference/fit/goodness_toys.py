r"""p-values of the best fit, of the Standard Model and of sectors by toys, with the saturated likelihood.

:math:`-2\log L` at the minimum, relative to that of predictions that are equal to all data, is χ² of Gaussian entries:
how often do data that the best fit (the SM) expects have a larger one? Toys (:mod:`nutau.inference.toys`) fluctuate
every number with a measured centre and the nuisances; each is fitted anew, the data by the same fit. Limits are held as
they were published, so they are in -2 log L of toys and data alike. A table of one observable with a measured centre is
its Gaussian approximation, in toys and data; other tables are held. All is in the fast mode.

With :math:`k` of :math:`N` toys above the data, :math:`p = k/N`, with half of Wilson's 68 % interval as its error; of
no toy, p is below its upper limit at 95 % (:mod:`nutau.inference.toys.tail`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.errors import InputError
from nutau.inference.fit.goodness import sectors
from nutau.inference.likelihood import Likelihood, double_precision, experiment
from nutau.inference.toys import Refit, for_toys, identity, refit, throw
from nutau.inference.toys.tail import Tail, rounded_up
from nutau.inference.work import HERE, Arrays, Work
from nutau.measurements import Measurement
from nutau.observables.sectors import TEXT

TOYS, MOST = 1000, 100_000
"""How many toys where nothing else is asked for, and at most."""
BATCH = 256
"""Toys between two reports; what is done is kept when the rest is interrupted."""


@dataclass(frozen=True)
class Share:
    """The share of toys that are as far from what they expect as the data with their ``chi2``; ``tail`` counts them."""

    tail: Tail
    chi2: float

    @classmethod
    def of(cls, toys: Array, data: float) -> Share:
        """Of -2 log L of toys ``(toys,)`` and of the data."""
        return cls(Tail(int(np.count_nonzero(toys >= data)), len(toys)), data)

    @property
    def p_value(self) -> float:
        """The share."""
        return self.tail.p_value

    @property
    def error(self) -> float:
        """Half of its 68 % interval, which has a length where no toy is as far."""
        low, high = self.tail.interval
        return 0.5 * (high - low)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"p_value": self.p_value, "error": self.error, "upper_95": self.tail.upper, "chi2": self.chi2}

    def __str__(self) -> str:
        if not self.p_value:
            return f"p < {rounded_up(self.tail.upper)} (no toy; 95 % CL)"
        digits = max(1, 1 - int(np.floor(np.log10(self.error))))
        return f"p = {self.p_value:.{digits}f} ± {self.error:.{digits}f}"


@dataclass(frozen=True)
class ToyGoodness:
    """p by toys of the best fit and the SM, of all data and by sector; a sector without a measured number has none.

    ``toys`` were done, fewer than ``asked`` if the rest was interrupted.
    """

    toys: int
    asked: int
    seed: int
    best_fit: Share
    sm: Share
    sectors: dict[str, tuple[Share, Share]]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        parts = [
            {"sector": name, "best_fit": best.to_dict(), "sm": sm.to_dict()}
            for name, (best, sm) in self.sectors.items()
        ]
        whole = {key: getattr(self, key) for key in ("toys", "asked", "seed")}
        return {**whole, "best_fit": self.best_fit.to_dict(), "sm": self.sm.to_dict(), "sectors": parts}

    def lines(self) -> list[str]:
        """In words."""
        rest = f" of {self.asked}, interrupted" if self.toys < self.asked else ""
        yet = [
            f"  {TEXT[name]}: {best}; SM {sm}"
            for name, (best, sm) in self.sectors.items()
            if len(self.sectors) > 1
        ]
        return [
            f"by {self.toys} toys{rest} (seed {self.seed}; limits held): {self.best_fit}; SM {self.sm}",
            *yet,
        ]


@double_precision
def by_toys(
    likelihood: Likelihood,
    size: Array,
    best: Array,
    *,
    toys: int = TOYS,
    seed: int = 1,
    work: Work = HERE,
    progress: Progress | None = None,
) -> ToyGoodness:
    """p-values by toys of a fit with its minimum at ``best`` ``(n,)`` and parameters of ``size`` ``(n,)``.

    A :data:`BATCH` of toys of the fit, or of the SM, is a task of ``work``. Interrupted, it gives what is done of both;
    before the first batch it goes on to raise. Raises
    :class:`InputError` for a number of toys that makes no sense, and where nothing was measured.
    """
    if not 0 < toys <= MOST:
        raise InputError(f"`toys={toys}`: from 1 to {MOST:,} toys can be made.")
    if not likelihood.experiment.numbers:
        raise InputError("`toys`: no measured number constrains this fit, only limits, so p is not defined.")
    made = for_toys(likelihood)
    zero = likelihood.parametrisation.sm
    fit = _Test.of(made, size, best)
    standard = _Test.of(made.without_new_physics, size, zero, fitted=False)
    tests = (fit, standard)
    data = [throw(test.fit.likelihood, test.truth, toys, seed=seed) for test in tests]
    tasks = [(place, start) for start in range(0, toys, BATCH) for place in range(len(tests))]
    batches: list[dict[int, Array]] = [{}, {}]
    parts = work.under("toys").done(
        _batch,
        (tests, data),
        tasks,
        request={"what": "goodness of fit", **identity.request(made, toys, seed)},
        numbers=identity.numbers(made, [best, zero]),
        progress=progress,
    )
    try:
        for number, arrays in parts:
            place, start = tasks[number]
            batches[place][start] = arrays["chi2"]
    except KeyboardInterrupt:
        if not set(batches[0]) & set(batches[1]):
            raise
    both = sorted(set(batches[0]) & set(batches[1]))
    halves = [np.concatenate([batch[start] for start in both], axis=1) for batch in batches]
    fitted, sm = (
        _shares(half, test.of_data(made.experiment.central[None])[:, 0])
        for half, test in zip(halves, tests, strict=True)
    )
    pairs = zip(fitted[1:], sm[1:], strict=True)
    done = halves[0].shape[1]
    return ToyGoodness(done, toys, seed, fitted[0], sm[0], dict(zip(fit.names, pairs, strict=True)))


def _batch(shared: tuple[Sequence[_Test], Sequence[Array]], task: tuple[int, int]) -> Arrays:
    """What is done with each toy, for one batch of one truth."""
    tests, data = shared
    place, start = task
    return {"chi2": tests[place].of_data(data[place][start : start + BATCH])}


def _shares(toys: Array, data: Array) -> list[Share]:
    """Of -2 log L of toys ``(tests, toys)`` and of the data ``(tests,)``."""
    return [Share.of(column, float(one)) for column, one in zip(toys, data, strict=True)]


@dataclass(frozen=True, eq=False)
class _Test:
    """What is done with each toy of a truth: its fit, and -2 log L of all data and of each sector there."""

    truth: Array
    fit: Refit
    fitted: bool
    names: tuple[str, ...]
    parts: tuple[tuple[Refit, Array], ...]

    @classmethod
    def of(cls, likelihood: Likelihood, size: Array, truth: Array, *, fitted: bool = True) -> _Test:
        names, parts = [], []
        for name, entries in sectors(likelihood.experiment.measurements):
            alone = experiment(entries, likelihood.experiment.observables)
            if alone.numbers:
                names.append(name)
                rows = _rows(likelihood.experiment.measurements, entries)
                parts.append((Refit(replace(likelihood, experiment=alone), size, truth[None]), rows))
        return cls(truth, refit(likelihood, size, [truth]), fitted, tuple(names), tuple(parts))

    def of_data(self, data: Array) -> Array:
        """Of data ``(toys, rows)``: ``(1 + sectors, toys)``."""
        if self.fitted:
            lowest = self.fit.lowest(data)
            whole, where = lowest.chi2, lowest.values
        else:
            whole, where = self.fit.at(self.truth, data), self.truth
        return np.stack([whole, *(part.at(where, data[:, rows]) for part, rows in self.parts)])


def _rows(measurements: Sequence[Measurement], chosen: Sequence[Measurement]) -> Array:
    """Which of the stacked Gaussian rows belong to some of the measurements."""
    names = {entry.name for entry in chosen}
    flags = [
        np.full(len(entry.gaussian.central), entry.name in names)
        for entry in measurements
        if entry.gaussian is not None
    ]
    return np.flatnonzero(np.concatenate(flags)) if flags else np.zeros(0, dtype=int)
