"""The generalised least-squares average of measurements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import ComputationError, InputError
from nutau.measurements.distributions import Gaussian, Observable
from nutau.measurements.likelihoods import widths
from nutau.measurements.records import Measurement


@dataclass(frozen=True)
class Combination:
    """An average: ``central`` and ``covariance`` of ``observables``, and how well its inputs agree."""

    observables: tuple[Observable, ...]
    central: Array
    covariance: Array
    chi2: float
    dof: int
    inputs: tuple[str, ...]

    @property
    def uncertainty(self) -> Array:
        """Standard deviations, ``(observables,)``."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def correlation(self) -> Array:
        """Correlation matrix, ``(observables, observables)``."""
        return self.covariance / np.outer(self.uncertainty, self.uncertainty)


def combine(measurements: Sequence[Measurement], iterations: int = 200) -> Combination:
    r"""Average of Gaussian entries: :math:`\hat x = (A^T V^{-1} A)^{-1} A^T V^{-1} m`.

    Entries are independent of each other; rows of one entry have its correlation. Asymmetric uncertainties
    enter with the PDG's width at the average (:mod:`nutau.measurements.likelihoods`), iterated until the
    average stands still, which is what HFLAV does. Raises :class:`InputError` for entries that are no
    Gaussians.
    """
    gaussians = [_gaussian(measurement) for measurement in measurements]
    if not gaussians:
        raise InputError("Nothing to combine: give at least one measurement.")
    observables = tuple(dict.fromkeys(item for entry in measurements for item in entry.observables))
    design = _design(measurements, gaussians, observables)
    values = np.concatenate([gaussian.central for gaussian in gaussians])
    central, step = None, np.inf
    for _ in range(iterations):
        rows = values if central is None else design @ central
        precision = np.linalg.inv(_covariance(gaussians, rows, symmetric=central is None))
        inverse = np.linalg.inv(design.T @ precision @ design)
        update = inverse @ design.T @ precision @ values
        step = np.inf if central is None else np.max(np.abs(update - central) / np.sqrt(np.diag(inverse)))
        central = update
        if step < 1e-10:
            break
    else:
        raise ComputationError(
            f"The average did not settle in {iterations} steps (last step {step:.1g} sigma)."
        )
    residual = values - design @ central
    names = tuple(entry.name for entry in measurements)
    dof = len(values) - len(observables)
    return Combination(observables, central, inverse, float(residual @ precision @ residual), dof, names)


def _gaussian(measurement: Measurement) -> Gaussian:
    if not isinstance(measurement.distribution, Gaussian):
        raise InputError(
            f"{measurement.name} is of kind {measurement.kind}; only Gaussian entries can be averaged. "
            "Leave it out, or use its -2 log L in a fit."
        )
    return measurement.distribution


def _design(
    measurements: Sequence[Measurement], gaussians: Sequence[Gaussian], observables: tuple[Observable, ...]
) -> Array:
    """One row a measured number with a 1 in the column of its observable."""
    columns = [
        observables.index(entry.observables[int(position)])
        for entry, gaussian in zip(measurements, gaussians, strict=True)
        for position in gaussian.index
    ]
    return np.eye(len(observables))[columns]


def _covariance(gaussians: Sequence[Gaussian], rows: Array, symmetric: bool) -> Array:
    """Block-diagonal covariance with the widths at ``rows``, or with the mean widths to start from."""
    total = np.zeros((len(rows), len(rows)))
    start = 0
    for gaussian in gaussians:
        block = slice(start, start + len(gaussian.central))
        sigma = (gaussian.plus + gaussian.minus) / 2 if symmetric else widths(gaussian, rows[block])
        total[block, block] = gaussian.correlation * np.outer(sigma, sigma)
        start = block.stop
    return total
