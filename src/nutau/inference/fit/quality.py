"""How good a fit is: goodness of fit, comparison with the Standard Model, pulls of every measured number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.numbers import limit, number
from nutau.common.rounding import cleaned
from nutau.common.tails import chi2_beyond, two_sided
from nutau.inference.likelihood import Likelihood, double_precision
from nutau.measurements import Counts, Measurement, Observable, UpperLimits, measured
from nutau.measurements.counts import CountsLikelihood
from nutau.measurements.likelihoods import approximate, pull, widths
from nutau.measurements.wording import labels
from nutau.observables import catalogue, note
from nutau.observables.perturbativity import above_one
from nutau.observables.requests import bare


@dataclass(frozen=True)
class Pull:
    r"""One measured number against the best fit and the SM (natural units).

    ``fitted`` is the prediction with the theory nuisances where the data pull them, ``predicted`` and ``sm`` are those
    of the central inputs, with theory uncertainties. ``pull`` and ``sm_pull`` are the signed roots of
    :math:`-2\Delta\log L` of this number alone (:func:`nutau.measurements.likelihoods.pull`), positive if more was
    measured: at ``fitted``, and at ``sm`` with its theory uncertainty. For Gaussians they are (measured -
    fitted)/:math:`\sigma_{exp}` and (measured - SM)/:math:`\sqrt{\sigma_{exp}^2+\sigma_{th}^2}`. Of a limit,
    ``measured`` is the peak of the Gaussian that stands for it; ``counted`` is false where nothing but the limit is
    known (:mod:`nutau.measurements.centres`). ``uncertainty`` is the width at ``fitted``, ``minus`` and ``plus`` are
    those of the source. ``q2`` is the bin (GeV²), ``note`` what the prediction leaves out.
    """

    measurement: str
    observable: str
    measured: float
    uncertainty: float
    fitted: float
    predicted: float
    theory_uncertainty: float
    sm: float
    sm_uncertainty: float
    pull: float
    sm_pull: float
    limit: float | None = None
    confidence_level: float | None = None
    q2: tuple[float, float] | None = None
    note: str = ""
    counted: bool = True
    minus: float | None = None
    plus: float | None = None

    @property
    def shown(self) -> str:
        """The measured number as text: value and uncertainties, or the published limit and what stands for it."""
        first, second = self.cells
        return first if not second else f"{first} ({second})"

    @property
    def cells(self) -> tuple[str, str]:
        """The measured number and its limit, if there is one; the limit and what stands for it, if nothing else is."""
        value = self._value
        if self.limit is None or self.confidence_level is None:
            return value, ""
        known = limit(self.limit, self.confidence_level)
        return (value, known) if self.counted else (known, f"as {value}")

    @property
    def _value(self) -> str:
        """With both sides where they differ."""
        minus, plus = (self.uncertainty if side is None else side for side in (self.minus, self.plus))
        ends = (self.measured - minus, self.measured + plus)
        return number(self.measured, 0.5 * (minus + plus), ends, measured=True)

    @property
    def sm_shown(self) -> str:
        """The SM value with its theory uncertainty as text."""
        return _both(self.sm, self.sm_uncertainty)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def _both(value: float, error: float) -> str:
    return number(value, error, (value - error, value + error))


POOR = 1e-6
"""A fit with a smaller probability, or above :data:`FAR` in -2 log L where there is none, describes nothing."""
FAR = 25.0


def warnings(likelihood: Likelihood, best: Array, chi2: float, p_value: float | None) -> tuple[str, ...]:
    """What makes a best fit meaningless: data far from every prediction, branching ratios that cannot be."""
    found = []
    if chi2 > FAR if p_value is None else p_value < POOR:
        quality = "" if p_value is None else f", p = {p_value:.2g}"
        found.append(
            f"no value of {', '.join(likelihood.parametrisation.names)} describes the data (χ² = {chi2:.4g}{quality}): "
            "the best fit and its intervals mean little; look at the pulls"
        )
    observables = likelihood.experiment.observables
    values = likelihood.predictions(best)
    moved = likelihood.predictions(best, fitted=True)
    for item, value, shifted in zip(observables, values, moved, strict=True):
        if not item.name.startswith("BR(") or item.name.endswith("/SM"):
            continue
        if value < 0:
            found.append(f"{item.label} is {value:.3g} at the best fit; no branching ratio is below 0")
        elif shifted < 0:
            found.append(
                f"{item.label} is {shifted:.3g} at the best fit within its theory error, {value:.3g} without; "
                "no branching ratio is below 0: its theory error is too large to be Gaussian there"
            )
    return (*found, *above_one(zip((item.label for item in observables), values, strict=True)))


@dataclass(frozen=True)
class Comparison:
    r"""The fit against the SM: Δχ² for as many degrees of freedom as parameters that the data see, p, σ, and AIC.

    Wilks' theorem is assumed. With κ it is not exact, as κ means nothing at δ = 0; (C1, C3) have no such point.
    """

    sm_chi2: float
    delta_chi2: float
    dof: int
    p_value: float
    sigmas: float
    aic: float
    sm_aic: float

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def by_wilks(names: Sequence[str]) -> str:
    """How a significance over the SM is to be read: at δ = 0 there is no κ, and Wilks' theorem is approximate."""
    return "by Wilks' theorem" + (" (approximate: κ means nothing at δ = 0)" if "kappa" in names else "")


def significance(delta_chi2: float, dof: int) -> tuple[float, float]:
    """The p-value of a rise in -2 log L and its two-sided Gaussian equivalent in σ (also beyond 38 σ)."""
    delta_chi2 = max(delta_chi2, 0.0)
    p_value = chi2_beyond(delta_chi2, dof)
    if p_value > 1e-280:
        return p_value, two_sided(p_value)
    return p_value, float(np.sqrt(delta_chi2))  # the leading term, exact for one degree of freedom


def compare(likelihood: Likelihood, chi2: float) -> Comparison:
    """A fit with minimum ``chi2`` against all parameters at zero."""
    count = likelihood.effective_parameters
    sm = float(likelihood.without_new_physics.chi2(likelihood.parametrisation.sm))
    p_value, sigmas = significance(sm - chi2, count)
    return Comparison(sm, sm - chi2, count, p_value, sigmas, chi2 + 2.0 * count, sm)


def goodness(chi2: float, dof: int) -> float | None:
    """The probability of a larger χ²; ``None`` without degrees of freedom."""
    return chi2_beyond(chi2, dof) if dof > 0 else None


@double_precision
def pulls(likelihood: Likelihood, best: Array) -> tuple[Pull, ...]:
    """One entry a measured number, in the order of the data set; the SM is that without what is held fixed."""
    standard, zero = likelihood.without_new_physics, likelihood.parametrisation.sm
    fitted = likelihood.predictions(best, fitted=True)
    predicted, sm = likelihood.predictions(best), standard.predictions(zero)
    covariances = likelihood.theory_covariance(best), standard.theory_covariance(zero)
    errors = [np.sqrt(np.diag(covariance)) for covariance in covariances]
    place = {item: position for position, item in enumerate(likelihood.experiment.observables)}
    rows: list[Pull] = []
    for entry in likelihood.experiment.measurements:
        columns = np.array([place[item] for item in entry.observables])
        found = (fitted[columns], predicted[columns], sm[columns], errors[0][columns], errors[1][columns])
        rows += _rows(entry, *found)
    return tuple(rows)


def _note(item: Observable) -> str:
    """What the prediction leaves out; nothing is known of what the catalogue does not have."""
    name, _ = bare(item.name)
    return next((note(known, item.q2) for known in catalogue() if known.name == name), "")


def _rows(
    entry: Measurement, fitted: Array, predicted: Array, sm: Array, error: Array, sm_error: Array
) -> list[Pull]:
    if isinstance(entry.distribution, Counts):
        return _bins(entry, fitted, predicted, sm)
    if entry.gaussian is None and len(entry.observables) > 1:
        return []  # a table of several observables has one -2 log L and no pull of each
    gaussian = approximate(entry)
    index = gaussian.index
    found = entry.distribution
    limits = found if isinstance(found, UpperLimits) else None
    names, counted = labels(entry), measured(entry)
    at_fit = widths(gaussian, fitted[index])
    return [
        Pull(
            measurement=entry.name,
            observable=names[row],
            measured=float(gaussian.central[row]),
            uncertainty=float(at_fit[row]),
            fitted=cleaned(float(fitted[column]), at_fit[row]),
            predicted=cleaned(float(predicted[column]), at_fit[row]),
            theory_uncertainty=cleaned(float(error[column]), at_fit[row]),
            sm=cleaned(float(sm[column]), at_fit[row]),
            sm_uncertainty=cleaned(float(sm_error[column]), at_fit[row]),
            pull=pull(entry, row, float(fitted[column])),
            sm_pull=pull(entry, row, float(sm[column]), float(sm_error[column])),
            limit=None if limits is None else float(limits.limit[row]),
            confidence_level=None if limits is None else float(limits.confidence_level[row]),
            q2=entry.observables[column].q2,
            note=_note(entry.observables[column]),
            counted=bool(counted[row]),
            minus=float(gaussian.minus[row]),
            plus=float(gaussian.plus[row]),
        )
        for row, column in enumerate(index)
    ]


def _bins(entry: Measurement, fitted: Array, predicted: Array, sm: Array) -> list[Pull]:
    """A row for every bin of counted events; no theory error is known of them."""
    found = entry.distribution
    assert isinstance(found, Counts)
    likelihood = CountsLikelihood(found.observed, found.background, found.error)
    width, today = likelihood.widths(fitted), np.sqrt(np.maximum(found.observed, 1.0) + found.error**2)
    at_fit, at_sm = likelihood.pulls(fitted), likelihood.pulls(sm)
    return [
        Pull(
            measurement=entry.name,
            observable=item.label,
            measured=float(found.observed[k] - found.background[k]),
            uncertainty=float(width[k]),
            fitted=cleaned(float(fitted[k]), width[k]),
            predicted=cleaned(float(predicted[k]), width[k]),
            theory_uncertainty=0.0,
            sm=cleaned(float(sm[k]), width[k]),
            sm_uncertainty=0.0,
            pull=float(at_fit[k]),
            sm_pull=float(at_sm[k]),
            q2=item.q2,
            minus=float(today[k]),
            plus=float(today[k]),
        )
        for k, item in enumerate(entry.observables)
    ]
