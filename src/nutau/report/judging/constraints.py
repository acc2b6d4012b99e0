r"""What each family of measurements says of a field: what it gains, and whether it agrees with all the others.

The *gain* of a family is what -2 log L of its measurements falls by from the Standard Model to the best fit of all
data. Its *tension* with the rest is

.. math:: T = \min\chi^2_{\rm all} - \min\chi^2_{\rm family} - \min\chi^2_{\rm rest},

each minimum over couplings and theory nuisances, distributed as :math:`\chi^2` with as many degrees of freedom as
directions that both the family and the rest determine (:cite:`Maltoni:2003cu`), at least one where it is not zero: how
many these are depends on the point, and the three minima lie apart. *Held* is by how much the best fit of
the rest would leave the family worse described than the best fit of all does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.common.tails import chi2_beyond, two_sided
from nutau.inference.fit.flat import alike
from nutau.inference.fit.questions.varied import Varied, refit
from nutau.inference.fit.search import Minimum
from nutau.inference.likelihood import Likelihood, double_precision
from nutau.inference.likelihood.scales import rank
from nutau.measurements import Measurement, measured
from nutau.observables.sectors import family

GAIN = 1.0
"""Of -2 log L: smaller gains and losses are none."""
HELD = 1.0
TENSE = 2.0
"""Standard deviations from which on a tension is called one."""
NOTHING = 0.01
"""Of -2 log L: a tension below this is none."""
NEAR, STARTS = 9.0, 3
"""Minima of the whole fit from which those without or with one family alone are looked for: how high, how many."""


@dataclass(frozen=True)
class Constraint:
    """One family: its -2 log L at the best fit and in the SM, and how it goes together with the rest.

    ``tension`` and ``p_value`` are ``None`` where family and rest determine nothing in common, ``held`` where the rest
    determines nothing.
    """

    name: str
    measurements: tuple[str, ...]
    numbers: int
    limits: int
    chi2: float
    sm_chi2: float
    tension: float | None
    dof: int
    p_value: float | None
    held: float | None

    @property
    def gain(self) -> float:
        """What -2 log L falls by from the SM to the best fit."""
        return self.sm_chi2 - self.chi2

    @property
    def sigmas(self) -> float | None:
        """The tension in standard deviations."""
        return None if self.p_value is None else two_sided(max(self.p_value, 1e-300))

    @property
    def tense(self) -> bool:
        """Whether it is in tension with the rest."""
        return self.sigmas is not None and self.sigmas > TENSE

    @property
    def word(self) -> str:
        """What it says of the field, by :data:`RULES`."""
        if self.gain > GAIN:
            return "prefers it"
        if self.gain < -GAIN:
            return "disfavours it"
        if self.held is not None and self.held > HELD:
            return "bounds it"
        return "indifferent"

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {
            "gain": self.gain,
            "sigmas": self.sigmas,
            "tense": self.tense,
            "verdict": self.word,
        }


RULES = (
    f"A family prefers the field where it gains more than {GAIN:g} in -2 log L from the SM, disfavours it where it "
    f"loses more than that, and bounds it where the best fit of all others would leave it worse by more than {HELD:g}. "
    f"It is in tension with the others above {TENSE:g} σ; of as many tests as there are families one may be by chance."
)


def families(entries: Sequence[Measurement]) -> dict[str, tuple[int, ...]]:
    """The positions of the measurements of each family, in the order of the data."""
    found: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        found.setdefault(family(item.name for item in entry.observables), []).append(place)
    return {name: tuple(places) for name, places in found.items()}


@double_precision
def constraints(
    likelihood: Likelihood, minima: Sequence[Minimum], size: Array, *, progress: Progress | None = None
) -> tuple[Constraint, ...]:
    """Every family of the data of a fit with these minima, the one that gains most first."""
    varied = Varied.of(likelihood)
    entries = likelihood.experiment.measurements
    starts = _distinct(likelihood, minima)
    at_best = likelihood.experiment.by_measurement(likelihood.predictions(minima[0].values, fitted=True))
    standard = likelihood.without_new_physics
    sm = standard.experiment.by_measurement(standard.predictions(likelihood.parametrisation.sm, fitted=True))
    groups = families(entries)
    found = []
    for number, (name, places) in enumerate(groups.items()):
        if progress is not None:
            progress(number, len(groups))
        weights = np.zeros(varied.places.count)
        weights[list(places)] = 1.0
        mine = [entries[place] for place in places]
        chi2 = sum(at_best[entry.name] for entry in mine)
        counted = [measured(entry) for entry in mine]
        tension, dof, held = _against(varied, weights, starts, size, minima[0].chi2, chi2)
        found.append(
            Constraint(
                name,
                tuple(entry.name for entry in mine),
                sum(int(part.sum()) for part in counted),
                sum(int((~part).sum()) for part in counted),
                chi2,
                sum(sm[entry.name] for entry in mine),
                tension,
                dof,
                None if tension is None else chi2_beyond(tension, dof),
                held,
            )
        )
    return tuple(sorted(found, key=lambda part: -part.gain))


def _distinct(likelihood: Likelihood, minima: Sequence[Minimum]) -> list[Minimum]:
    """The lowest minima that predict different things."""
    found: list[Minimum] = []
    for minimum in minima:
        near = minimum.chi2 < minima[0].chi2 + NEAR and len(found) < STARTS
        if near and not any(alike(likelihood, minimum.values, other.values) for other in found):
            found.append(minimum)
    return found


def _against(
    varied: Varied, weights: Array, starts: Sequence[Minimum], size: Array, whole: float, chi2: float
) -> tuple[float | None, int, float | None]:
    """The tension of a family with the rest, its degrees of freedom, and what holds the rest back."""
    likelihood = varied.likelihood
    if weights.all():
        return None, 0, None
    ranks = [_rank(likelihood, part) for part in (weights, 1.0 - weights)]
    if not ranks[0]:
        return None, 0, 0.0
    common = sum(ranks) - likelihood.effective_parameters
    without = _lowest(varied, 1.0 - weights, starts, size)
    if without is None:
        return None, 0, None
    held = _of_family(likelihood, weights, without.values) - chi2
    alone = _lowest(varied, weights, [*starts, _origin(starts[0])], size)
    if alone is None:
        return None, 0, held
    tension = max(whole - alone.chi2 - without.chi2, 0.0)
    if common < 1 and tension < NOTHING:
        return None, 0, held
    return tension, max(common, 1), held


def _origin(near: Minimum) -> Minimum:
    """A start beside the Standard Model."""
    return Minimum(0.1 * near.values, near.errors, near.covariance, near.chi2)


def _lowest(varied: Varied, weights: Array, starts: Sequence[Minimum], size: Array) -> Minimum | None:
    return refit(varied, varied.still._replace(weights=weights), starts, size)


def _of_family(likelihood: Likelihood, weights: Array, values: Array) -> float:
    """-2 log L of a family's measurements at other values, the nuisances where all data pull them."""
    found = likelihood.experiment.by_measurement(likelihood.predictions(values, fitted=True))
    entries = zip(likelihood.experiment.measurements, weights, strict=True)
    return sum(found[entry.name] for entry, weight in entries if weight)


def _rank(likelihood: Likelihood, weights: Array) -> int:
    """How many directions of the parameters the observables of some measurements see."""
    entries = zip(likelihood.experiment.measurements, weights, strict=True)
    seen = {item for entry, weight in entries if weight for item in entry.observables}
    return rank(likelihood, np.flatnonzero([item in seen for item in likelihood.experiment.observables]))
