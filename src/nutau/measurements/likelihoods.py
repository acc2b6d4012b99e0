r""":math:`-2\log L` of a measurement for given predictions: vectorised, differentiable, NumPy or JAX.

Asymmetric uncertainties :math:`m\,{}^{+\delta_+}_{-\delta_-}` follow the Particle Data Group (introduction to
the Review of Particle Physics, "Unconstrained averaging"): the width is :math:`\delta_-` below
:math:`m-\delta_-`, :math:`\delta_+` above :math:`m+\delta_+` and linear between. HFLAV averages rare decays
the same way. Hence :math:`\chi^2 = 1` exactly at both ends of the quoted interval. The function is
continuous; its slope changes by about :math:`(\delta_+-\delta_-)/(\delta_++\delta_-)` at those two ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.errors import InputError
from nutau.measurements import tables
from nutau.measurements.counts import CountsLikelihood
from nutau.measurements.distributions import (
    Counts,
    Gaussian,
    JointWorkspace,
    LikelihoodGrid,
    Observable,
    Reinterpretation,
    UpperLimits,
    Workspace,
)
from nutau.measurements.records import Measurement

if TYPE_CHECKING:
    from nutau.measurements.reinterpretation.likelihood import SpectrumLikelihood

SHIFTS = 500
"""Shifts of a prediction that are tried on each side, and as many again between the best and its neighbours."""


def chi2(measurement: Measurement, predictions: Array) -> Array:
    r""":math:`-2\log L` up to a constant, shape ``(...)``.

    ``predictions`` has shape ``(..., observables)``, in the order of ``measurement.observables``, in natural
    units. For Gaussian entries and limits :math:`\chi^2 = r^T \rho^{-1} r` with :math:`r_i = (x_i -
    m_i)/\sigma_i(x_i)`.
    """
    predictions = _checked(measurement, predictions)
    gaussian = measurement.gaussian
    if isinstance(measurement.distribution, Reinterpretation | Counts):
        return bins_likelihood(measurement)(predictions)
    if gaussian is None:
        return tables.evaluate(table(measurement), predictions)
    pull = _pulls(gaussian, predictions)
    return ((pull @ gaussian.precision) * pull).sum(axis=-1)


def pulls(measurement: Measurement, predictions: Array) -> Array:
    r"""The pull of each row, ``(..., rows)``, positive if more was measured than predicted.

    A table has one, of a reinterpretation and of counts it is the root of its -2 log L, positive if more events were
    seen in all.

    It is :math:`\pm\sqrt{-2\Delta\log L}`: :math:`(m-x)/\sigma(x)` of Gaussian entries and limits.
    """
    predictions = _checked(measurement, predictions)
    gaussian = measurement.gaussian
    if gaussian is not None:
        return -_pulls(gaussian, predictions)
    xp = namespace(predictions)
    if isinstance(measurement.distribution, Reinterpretation | Counts):
        spectra = bins_likelihood(measurement)
        return (spectra.excess(predictions) * xp.sqrt(spectra(predictions)))[..., None]
    found = table(measurement)
    root = xp.sqrt(xp.clip(tables.evaluate(found, predictions), 0, None))
    sign = xp.sign(tables.minimum(found)[0] - predictions[..., 0]) if len(found.axes) == 1 else 1.0
    return (sign * root)[..., None]


def pull(measurement: Measurement, row: int, prediction: float, theory: float = 0.0) -> float:
    r"""The pull of one row, positive if more was measured than predicted: :math:`\pm\sqrt{-2\Delta\log L}`.

    With a ``theory`` uncertainty the prediction is shifted within it as far as this row alone asks for,

    .. math:: (\text{pull})^2 = \min_x\left[-2\Delta\log L(x) + (x - x_{pred})^2/\sigma_{th}^2\right],

    which is :math:`(m - x)^2/(\sigma^2+\sigma_{th}^2)` of a symmetric Gaussian. Other rows of the entry are left free.
    The prediction and its uncertainty are in natural units; a table has one observable.
    """
    gaussian = measurement.gaussian
    if gaussian is None:
        found = table(measurement)
        best = float(tables.minimum(found)[0])
        return _root(lambda x: tables.evaluate(found, x[:, None]), best, prediction, theory)
    central, plus, minus = (float(side[row]) for side in (gaussian.central, gaussian.plus, gaussian.minus))
    if plus == minus:
        return (central - prediction) / float(np.hypot(plus, theory))
    alone = Gaussian(
        gaussian.central[[row]], gaussian.plus[[row]], gaussian.minus[[row]], np.eye(1), np.array([0])
    )
    return _root(lambda x: _pulls(alone, x[:, None])[:, 0] ** 2, central, prediction, theory)


def _root(rise: Callable[[Array], Array], best: float, prediction: float, theory: float) -> float:
    """The signed root of the smallest ``rise(x)`` plus the price of shifting the prediction to x."""
    at = max(float(rise(np.array([prediction]))[0]), 0.0)
    reach = theory * np.sqrt(at)  # further away the shift alone costs more than it can win
    if reach > 0:
        width = reach / SHIFTS
        lowest = _cheapest(rise, prediction, theory, np.arange(-SHIFTS, SHIFTS + 1) * width)
        fine = np.linspace(lowest - width, lowest + width, 2 * SHIFTS + 1)
        shift = _cheapest(rise, prediction, theory, fine)
        at = float(rise(np.array([prediction + shift]))[0]) + (shift / theory) ** 2
    return float(np.sign(best - prediction) * np.sqrt(max(at, 0.0)))


def _cheapest(rise: Callable[[Array], Array], prediction: float, theory: float, shifts: Array) -> float:
    price = rise(prediction + shifts) + (shifts / theory) ** 2
    return float(shifts[int(np.argmin(price))])


def covariance(measurement: Measurement, predictions: Array) -> Array:
    """The experimental covariance ``(..., rows, rows)`` with the widths that apply at the predictions."""
    predictions = _checked(measurement, predictions)
    gaussian = approximate(measurement)
    sigma = widths(gaussian, predictions[..., gaussian.index])
    lifted = gaussian.correlation.reshape((1,) * (sigma.ndim - 1) + gaussian.correlation.shape)
    return lifted * sigma[..., :, None] * sigma[..., None, :]


def residuals(measurement: Measurement, predictions: Array) -> Array:
    """Prediction minus measured value, ``(..., rows)``."""
    predictions = _checked(measurement, predictions)
    gaussian = approximate(measurement)
    rows = predictions[..., gaussian.index]
    return rows - _lift(gaussian.central, rows.ndim)


def widths(gaussian: Gaussian, rows: Array) -> Array:
    r"""The PDG's width :math:`\sigma(x)` of each row at predictions ``(..., rows)``."""
    minus, plus = _lift(gaussian.minus, rows.ndim), _lift(gaussian.plus, rows.ndim)
    if gaussian.symmetric:
        return minus + 0 * rows
    xp = namespace(rows)
    fraction = xp.clip((rows - _lift(gaussian.central, rows.ndim) + minus) / (plus + minus), 0, 1)
    return minus + (plus - minus) * fraction


def approximate(measurement: Measurement) -> Gaussian:
    """The Gaussian of an entry; of a table in one dimension, its best value and Δ(-2 log L) = 1 interval."""
    gaussian = measurement.gaussian
    if gaussian is not None:
        return gaussian
    if isinstance(measurement.distribution, Reinterpretation):
        raise InputError(
            f"{measurement.name} is a likelihood of a spectrum and has no Gaussian approximation; use its -2 log L."
        )
    if isinstance(measurement.distribution, Counts):
        raise InputError(
            f"{measurement.name} counts events and has no Gaussian approximation; use its -2 log L."
        )
    found = table(measurement)
    if len(found.axes) > 1:
        raise InputError(
            f"{measurement.name} is a likelihood table of {len(found.axes)} observables and has no Gaussian "
            "approximation; use its -2 log L."
        )
    best, down, up = tables.interval(found)
    one = np.ones((1, 1))
    return Gaussian(np.array([best]), np.array([up]), np.array([down]), one, np.array([0]))


def table(measurement: Measurement) -> LikelihoodGrid:
    """The likelihood table of an entry; a pyhf workspace is profiled on its grid once."""
    found = measurement.distribution
    if isinstance(found, Workspace):
        from nutau.measurements.workspace import profile

        return profile(found.path, found.poi, found.reference, tuple(found.grid.tolist()), found.measurement)
    if isinstance(found, JointWorkspace):
        from nutau.measurements.joint_workspaces import profile as joint

        return joint(found)
    if isinstance(found, LikelihoodGrid):
        return found
    raise InputError(f"{measurement.name} is no likelihood table but of kind {measurement.kind}.")


def spectrum_likelihood(measurement: Measurement) -> SpectrumLikelihood:
    """The likelihood of an entry of kind ``reinterpretation``; its files are read once."""
    from nutau.measurements.reinterpretation.assembly import assemble

    found = measurement.distribution
    if not isinstance(found, Reinterpretation):
        raise InputError(f"{measurement.name} is no reinterpretation but of kind {measurement.kind}.")
    return assemble(found, measurement.name, len(measurement.observables))


def bins_likelihood(measurement: Measurement) -> SpectrumLikelihood | CountsLikelihood:
    """The likelihood of all observables of an entry of kind ``reinterpretation`` or ``counts``."""
    found = measurement.distribution
    if isinstance(found, Counts):
        return CountsLikelihood(found.observed, found.background, found.error)
    return spectrum_likelihood(measurement)


def asimov(measurement: Measurement, truth: Array) -> Measurement:
    """The same measurement with its best value at ``truth`` ``(observables,)`` and its shape kept."""
    truth = np.asarray(_checked(measurement, truth), dtype=float)
    found = measurement.distribution
    if isinstance(found, Gaussian):
        return replace(measurement, distribution=replace(found, central=truth[found.index]))
    if isinstance(found, UpperLimits):
        moved = replace(found.gaussian, central=truth[found.gaussian.index])
        return replace(measurement, distribution=replace(found, gaussian=moved))
    if isinstance(found, Counts):
        return replace(measurement, distribution=replace(found, observed=found.background + truth))
    if isinstance(found, Reinterpretation):
        spectra = spectrum_likelihood(measurement)
        events = spectra.expected(truth, np.asarray(spectra.constraints.start))
        return replace(measurement, distribution=replace(found, observed=events))
    likelihood = table(measurement)
    shift = truth - tables.minimum(likelihood)
    axes = tuple(axis + step for axis, step in zip(likelihood.axes, shift, strict=True))
    return replace(measurement, distribution=LikelihoodGrid(axes, likelihood.values))


def restrict(measurement: Measurement, keep: tuple[Observable, ...]) -> Measurement:
    """The measurement of the observables ``keep`` alone, the others left free (their rows dropped)."""
    unknown = [item.label for item in keep if item not in measurement.observables]
    if unknown or not keep:
        raise InputError(f"{measurement.name} does not measure {', '.join(unknown) or 'nothing'}.")
    if keep == measurement.observables:
        return measurement
    gaussian = measurement.gaussian
    if gaussian is None:
        raise InputError(
            f"{measurement.name} is one likelihood of several observables: all of its observables are needed."
        )
    wanted = {measurement.observables.index(item): position for position, item in enumerate(keep)}
    rows = np.array([row for row, item in enumerate(gaussian.index) if int(item) in wanted])
    smaller = _take(gaussian, rows, np.array([wanted[int(gaussian.index[row])] for row in rows]))
    found: Gaussian | UpperLimits = smaller
    if isinstance(measurement.distribution, UpperLimits):
        old = measurement.distribution
        steps = tuple(old.construction[row] for row in rows)
        found = UpperLimits(
            old.limit[rows],
            old.confidence_level[rows],
            smaller,
            steps,
            old.measured[rows],
            tuple(old.expected[row] for row in rows),
            tuple(old.also[row] for row in rows),
        )
    units, pdg, prints = (
        tuple(column[row] for row in rows) if column else ()
        for column in (measurement.units, measurement.pdg, measurement.pdg_prints)
    )
    return replace(
        measurement,
        observables=keep,
        distribution=found,
        units=units,
        factors=measurement.factors[rows],
        pdg=pdg,
        pdg_prints=prints,
    )


def _take(gaussian: Gaussian, rows: Array, index: Array) -> Gaussian:
    parts = tuple(replace(part, plus=part.plus[rows], minus=part.minus[rows]) for part in gaussian.parts)
    labels = tuple(gaussian.labels[row] for row in rows) if gaussian.labels else ()
    correlation = gaussian.correlation[np.ix_(rows, rows)]
    return Gaussian(
        gaussian.central[rows], gaussian.plus[rows], gaussian.minus[rows], correlation, index, parts, labels
    )


def _pulls(gaussian: Gaussian, predictions: Array) -> Array:
    """Predicted minus measured, in the width at the prediction."""
    rows = predictions[..., gaussian.index]
    return (rows - _lift(gaussian.central, rows.ndim)) / widths(gaussian, rows)


def _checked(measurement: Measurement, predictions: Array) -> Array:
    xp = namespace(predictions)
    predictions = xp.asarray(predictions)
    count = len(measurement.observables)
    if predictions.ndim == 0 or predictions.shape[-1] != count:
        raise InputError(
            f"{measurement.name} measures {count} observable(s) "
            f"({', '.join(item.label for item in measurement.observables)}); "
            f"predictions of shape {predictions.shape} do not end in {count}."
        )
    return predictions


def _lift(values: Array, dimensions: int) -> Array:
    """``(rows,)`` as ``(1, ..., 1, rows)``: ranks are matched on purpose, never by accident."""
    return values.reshape((1,) * (dimensions - 1) + values.shape)
