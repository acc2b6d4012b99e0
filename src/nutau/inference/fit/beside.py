"""The conclusion of a fit with the other Standard Model: nutau's own predictions, or those that the data set quotes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.rounding import fixed
from nutau.inference.fit.quality import Comparison, compare
from nutau.inference.fit.search import Minimum, silent
from nutau.inference.likelihood import Likelihood
from nutau.inference.likelihood.precision import double_precision
from nutau.observables.predictions import number


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
def beside(likelihood: Likelihood, found: Sequence[Minimum]) -> Beside | None:
    """What a fit says with the other Standard Model; ``None`` where the data set quotes none of its observables."""
    other = None if likelihood.alternative is None else likelihood.alternative.switched("fast")
    known = None if other is None else standard(other)
    if other is None or known is None:
        return None
    ends = [end for minimum in found if (end := _down(other, minimum)) is not None]
    if not ends:
        return None
    chi2, values, errors = min(ends, key=lambda end: end[0])
    names = other.parametrisation.names
    return Beside(
        known,
        chi2,
        dict(zip(names, values.tolist(), strict=True)),
        dict(zip(names, errors.tolist(), strict=True)),
        _at_edge(other, values),
        compare(other, chi2),
    )


def _at_edge(other: Likelihood, values: Array) -> tuple[str, ...]:
    """The parameters at an end of their range, where MINUIT's errors mean nothing."""
    bounds = other.parametrisation.bounds
    width = np.where(np.isfinite(bounds), np.abs(bounds), 0.0).max(axis=1)
    near = np.any(np.abs(values[:, None] - bounds) <= 1e-4 * width[:, None], axis=1)
    return tuple(name for name, edge in zip(other.parametrisation.names, near, strict=True) if edge)


def _down(other: Likelihood, minimum: Minimum) -> tuple[float, Array, Array] | None:
    """-2 log L, parameters and errors of the minimum that is reached from one of the fit."""
    minuit = silent()
    names = [name.replace(" ", "_") for name in other.parametrisation.names]
    fit = minuit(lambda p: float(other.chi2(np.asarray(p))), minimum.values, name=names)
    fit.errordef = minuit.LEAST_SQUARES
    fit.limits = list(map(tuple, other.parametrisation.bounds))
    fit.errors = np.maximum(0.1 * minimum.errors, 1e-6)
    fit.migrad()
    if not fit.valid or not np.isfinite(fit.fval):
        return None
    return float(fit.fval), np.array(fit.values), np.array(fit.errors)


def _shown(value: float, error: float) -> str:
    return number(value, error, (value - error, value + error))
