"""The conclusion of a fit with the other Standard Model: nutau's own predictions, or those that the data set quotes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.numbers import number
from nutau.common.rounding import fixed
from nutau.inference.fit.quality import Comparison, compare
from nutau.inference.fit.search import NOWHERE, Minimum, as_minimum, at_edge, minuit
from nutau.inference.likelihood import Likelihood
from nutau.inference.likelihood.precision import double_precision


@dataclass(frozen=True)
class Standard:
    """Where the Standard Model of a fit comes from, with its values of the observables that both sources have."""

    name: str
    observables: tuple[str, ...]
    values: tuple[float, ...]
    uncertainties: tuple[float, ...]

    @property
    def whose(self) -> str:
        """In words."""
        return "nutau's SM" if self.name == "inputs" else f"the SM of {self.name}"

    def __str__(self) -> str:
        pairs = zip(self.observables, self.values, self.uncertainties, strict=True)
        return ", ".join(f"{name} = {_shown(value, error)}" for name, value, error in pairs)


@dataclass(frozen=True)
class Beside:
    """The same fit on the other Standard Model: the minimum nearest to those of the fit, in fast mode."""

    standard: Standard
    chi2: float
    values: dict[str, float]
    errors: dict[str, float]
    at_edge: tuple[str, ...]
    comparison: Comparison

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    def __str__(self) -> str:
        best = ", ".join(
            f"{name} = {value:.4g} (at the edge of its range)"
            if name in self.at_edge
            else f"{name} = {_shown(value, self.errors[name])}"
            for name, value in self.values.items()
        )
        c = self.comparison
        return (
            f"χ²(SM) = {fixed(c.sm_chi2, 2)}, χ² = {fixed(self.chi2, 2)}, {best}; Δχ² = {fixed(c.delta_chi2, 2)}, "
            f"{c.sigmas:.1f} σ"
        )


def standard(likelihood: Likelihood) -> Standard | None:
    """The Standard Model that a likelihood rests on; ``None`` where there is only one."""
    shared = likelihood.quoted
    if not shared:
        return None
    none = likelihood.without_new_physics
    values = none.predictions(likelihood.parametrisation.sm)
    errors = np.sqrt(np.diag(none.theory_covariance(likelihood.parametrisation.sm)))
    labels = [item.label for item in likelihood.experiment.observables]
    at = [labels.index(name) for name in shared]
    return Standard(likelihood.sm, shared, tuple(map(float, values[at])), tuple(map(float, errors[at])))


@double_precision
def beside(likelihood: Likelihood, found: Sequence[Minimum], size: Array) -> Beside | None:
    """What a fit says with the other Standard Model; ``None`` where the data set quotes none of its observables."""
    other = None if likelihood.alternative is None else likelihood.alternative.switched("fast")
    known = None if other is None else standard(other)
    if other is None or known is None:
        return None
    ends = [end for minimum in found if (end := _down(other, minimum, size)) is not None]
    if not ends:
        return None
    best, names = min(ends, key=lambda end: end.chi2), other.parametrisation.names
    return Beside(
        known,
        best.chi2,
        dict(zip(names, best.values.tolist(), strict=True)),
        dict(zip(names, best.errors.tolist(), strict=True)),
        at_edge(other, best.values, size),
        compare(other, best.chi2),
    )


def _down(other: Likelihood, minimum: Minimum, size: Array) -> Minimum | None:
    """The minimum that is reached from one of the fit; nothing is compiled for so few steps."""

    def value(p: Array) -> float:
        chi2 = float(other.chi2(np.asarray(p)))
        return chi2 if np.isfinite(chi2) else NOWHERE

    fit = minuit(other, value, minimum.values, size)
    fit.migrad()
    found = as_minimum(fit)
    return found if fit.valid and found.chi2 < NOWHERE else None


def _shown(value: float, error: float) -> str:
    return number(value, error, (value - error, value + error))
