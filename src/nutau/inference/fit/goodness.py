r"""How well the best fit and the Standard Model describe the data, together and sector by sector.

Only numbers with a measured centre count (:mod:`nutau.measurements.centres`): limits are in :math:`-2\log L`, but are
no degrees of freedom. A *sector* is the measurements of one quark transition (:mod:`nutau.observables.sectors`). Its χ²
is that of its measurements alone, at the parameters of the best fit of all data or at zero, with the theory nuisances
that fit the sector best: the residuals with the experimental and the theory covariance of the sector,

.. math:: \chi^2_s = \min_\epsilon\Big[\sum_{m\in s}\chi^2_m\big(O(x,\epsilon)\big) + \epsilon^2\Big],

in the fast mode. Sectors share nuisances, so they do not add up to the whole, and share parameters, so none is
subtracted: p of a sector is that of its measured numbers. Limits add to χ² and to no number, so they lower a p from χ²;
that by toys (:mod:`nutau.inference.fit.goodness_toys`) is free of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from nutau.common.arrays import Array
from nutau.common.rounding import fixed
from nutau.common.tables import degrees_of_freedom
from nutau.inference.fit.quality import goodness
from nutau.inference.likelihood import Likelihood, double_precision, experiment
from nutau.measurements import Measurement, inferred
from nutau.observables.sectors import SECTORS, TEXT, sector


@dataclass(frozen=True)
class Sector:
    """The measurements of one quark transition: how many numbers and limits, χ² and p at the best fit and in the SM."""

    sector: str
    measurements: tuple[str, ...]
    numbers: int
    limits: int
    chi2: float
    p_value: float | None
    sm_chi2: float
    sm_p_value: float | None

    def __str__(self) -> str:
        also = f" and {_limits(self.limits)}" if self.limits else ""
        return (
            f"{TEXT[self.sector]}: χ² = {fixed(self.chi2, 2)} for {_numbers(self.numbers)}{also}"
            f"{_p(self.p_value)}; SM {fixed(self.sm_chi2, 2)}{_p(self.sm_p_value)}"
        )


@dataclass(frozen=True)
class Goodness:
    """χ² and p of the best fit (``dof``: numbers minus parameters) and of the SM (no parameter), and of each sector.

    ``p_value`` is ``None`` where nothing is left to test. ``inferred`` entries have centres that follow from limits.
    """

    chi2: float
    numbers: int
    limits: int
    dof: int
    p_value: float | None
    sm_chi2: float
    sm_p_value: float | None
    sectors: tuple[Sector, ...]
    inferred: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    def lines(self) -> list[str]:
        """In words: the whole, the SM, and the sectors if there are several."""
        parts = [f"  {part}" for part in self.sectors] if len(self.sectors) > 1 else []
        return [self._whole(), *self._sm(), *parts, *self._inferred()]

    def _whole(self) -> str:
        chi2 = f"χ² = {fixed(self.chi2, 2)}"
        if not self.numbers:
            return f"{chi2} of {_limits(self.limits)}: no measured number constrains it, and p is not defined"
        if self.dof < 0:
            return (
                f"{chi2}: {_numbers(self.numbers)}, fewer than parameters, so p is not defined{self._held()}"
            )
        return f"{chi2} for {degrees_of_freedom(self.dof)}{_p(self.p_value)}{self._held()}"

    def _held(self) -> str:
        if not self.limits:
            return ""
        verb = "is" if self.limits == 1 else "are"
        return f"; {_limits(self.limits)} {verb} used but not counted"

    def _inferred(self) -> list[str]:
        if not self.inferred:
            return []
        return [
            f"centres that nobody published, inferred from limits as of Gaussians: {', '.join(self.inferred)}"
        ]

    def _sm(self) -> list[str]:
        if self.sm_p_value is None:
            return []
        return [
            f"SM alone: χ² = {fixed(self.sm_chi2, 2)} for {degrees_of_freedom(self.numbers)}{_p(self.sm_p_value)}"
        ]


@double_precision
def goodness_of_fit(likelihood: Likelihood, best: Array, chi2: float, sm_chi2: float) -> Goodness:
    """Of a fit with its minimum ``chi2`` at ``best`` ``(n,)``, and ``sm_chi2`` with all parameters at zero."""
    found = likelihood.experiment
    return Goodness(
        chi2,
        found.numbers,
        found.limits,
        likelihood.dof,
        goodness(chi2, likelihood.dof),
        sm_chi2,
        goodness(sm_chi2, found.numbers),
        tuple(_sector(likelihood, best, name, entries) for name, entries in sectors(found.measurements)),
        tuple(entry.name for entry in found.measurements if inferred(entry)),
    )


def sectors(measurements: Sequence[Measurement]) -> list[tuple[str, tuple[Measurement, ...]]]:
    """The measurements of each sector that has some."""
    names = [sector(item.name for item in entry.observables) for entry in measurements]
    pairs = list(zip(names, measurements, strict=True))
    found = [(name, tuple(entry for other, entry in pairs if other == name)) for name in SECTORS]
    return [(name, entries) for name, entries in found if entries]


def _sector(likelihood: Likelihood, best: Array, name: str, entries: tuple[Measurement, ...]) -> Sector:
    alone = experiment(entries, likelihood.experiment.observables)
    fast, standard = (
        replace(one, experiment=alone, mode="fast") for one in (likelihood, likelihood.without_new_physics)
    )
    chi2, sm = float(fast.chi2(best)), float(standard.chi2(likelihood.parametrisation.sm))
    return Sector(
        name,
        tuple(entry.name for entry in entries),
        alone.numbers,
        alone.limits,
        chi2,
        goodness(chi2, alone.numbers),
        sm,
        goodness(sm, alone.numbers),
    )


def _numbers(count: int) -> str:
    return "1 measured number" if count == 1 else f"{count or 'no'} measured numbers"


def _limits(count: int) -> str:
    return "1 limit" if count == 1 else f"{count} limits"


def _p(p_value: float | None) -> str:
    return "" if p_value is None else f", p = {p_value:.3g}"
