r"""p-values of the best fit, of the Standard Model and of sectors by toys, with the saturated likelihood.

:math:`-2\log L` at the minimum, relative to that of predictions that are equal to all data, is χ² of Gaussian entries:
how often do data that the best fit (the SM) expects have a larger one? Toys (:mod:`nutau.inference.toys`) fluctuate
every number with a measured centre and the nuisances; each is fitted anew, the data by the same fit. Limits are held as
they were published, so they are in -2 log L of toys and data alike. A table of one observable with a measured centre is
its Gaussian approximation, in toys and data; other tables are held. All is in the fast mode.

With :math:`k` of :math:`N` toys above the data, :math:`p = k/N` with the error :math:`\sqrt{p(1-p)/N}`, at least 1/N.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError
from nutau.inference.fit.goodness import sectors
from nutau.inference.likelihood import Likelihood, double_precision, experiment
from nutau.inference.toys import Refit, refit, throw
from nutau.measurements import Measurement, approximate, measured
from nutau.observables.sectors import TEXT

TOYS, MOST = 1000, 100_000
"""How many toys where nothing else is asked for, and at most."""
BATCH = 256
"""Toys between two reports; what is done is kept when the rest is interrupted."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Share:
    """The share of toys that are as far from what they expect as the data, with its Monte-Carlo error."""

    p_value: float
    error: float
    chi2: float

    @classmethod
    def of(cls, toys: Array, data: float) -> Share:
        """Of -2 log L of toys ``(toys,)`` and of the data."""
        p_value = float(np.mean(toys >= data))
        error = np.sqrt(p_value * (1.0 - p_value) / len(toys))
        return cls(p_value, float(max(error, 1.0 / len(toys))), data)

    def __str__(self) -> str:
        if not self.p_value:
            return f"p < {self.error:.1g} (no toy)"
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
            {"sector": name, "best_fit": asdict(best), "sm": asdict(sm)}
            for name, (best, sm) in self.sectors.items()
        ]
        whole = {key: getattr(self, key) for key in ("toys", "asked", "seed")}
        return {**whole, "best_fit": asdict(self.best_fit), "sm": asdict(self.sm), "sectors": parts}

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
    progress: Progress | None = None,
) -> ToyGoodness:
    """p-values by toys of a fit with its minimum at ``best`` ``(n,)`` and parameters of ``size`` ``(n,)``.

    Interrupted, it gives what is done; before the first :data:`BATCH` of toys it goes on to raise. Raises
    :class:`InputError` for a number of toys that makes no sense, and where nothing was measured.
    """
    if not 0 < toys <= MOST:
        raise InputError(f"`toys={toys}`: from 1 to {MOST:,} toys can be made.")
    if not likelihood.experiment.numbers:
        raise InputError("`toys`: no measured number constrains this fit, only limits, so p is not defined.")
    made = _for_toys(likelihood)
    zero = likelihood.parametrisation.sm
    fit = _Test.of(made, size, best)
    standard = _Test.of(made.without_new_physics, size, zero, fitted=False)
    tests = (fit, standard)
    data = [throw(test.fit.likelihood, test.truth, toys, seed=seed) for test in tests]
    halves: list[list[Array]] = [[], []]
    done = 0
    try:
        for start in range(0, toys, BATCH):
            for place, (half, test, thrown) in enumerate(zip(halves, tests, data, strict=True)):
                part = thrown[start : start + BATCH]
                half.append(test.of_data(part))
                if progress is not None:
                    progress(2 * start + (1 + place) * len(part), 2 * toys)
            done = min(start + BATCH, toys)
    except KeyboardInterrupt:
        if not done:
            raise
    fitted, sm = (
        _shares(np.concatenate(half, axis=1)[:, :done], test.of_data(made.experiment.central[None])[:, 0])
        for half, test in zip(halves, tests, strict=True)
    )
    pairs = zip(fitted[1:], sm[1:], strict=True)
    return ToyGoodness(done, toys, seed, fitted[0], sm[0], dict(zip(fit.names, pairs, strict=True)))


def _shares(toys: Array, data: Array) -> list[Share]:
    """Of -2 log L of toys ``(tests, toys)`` and of the data ``(tests,)``."""
    return [Share.of(column, float(one)) for column, one in zip(toys, data, strict=True)]


def _for_toys(likelihood: Likelihood) -> Likelihood:
    """The likelihood in the fast mode, with tables of one measured number as Gaussians."""
    found = likelihood.experiment
    entries = [_gaussian(entry) for entry in found.measurements]
    return replace(likelihood, experiment=experiment(entries, found.observables), mode="fast")


def _gaussian(entry: Measurement) -> Measurement:
    if entry.gaussian is not None or len(entry.observables) > 1 or not measured(entry).all():
        return entry
    return replace(entry, distribution=approximate(entry))


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
