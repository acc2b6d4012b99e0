"""Natural sizes of fit parameters, and parameters that the data say nothing about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.errors import InputError
from nutau.inference.likelihood import Likelihood, double_precision

POWERS = np.logspace(-14, 5, 153)
"""Sizes that are tried, in the units of the parameter."""
CLEAR = 4.0
"""A size is one at which the predictions have moved by this much in χ²."""
FLAT = 1e-7
"""Singular values below this fraction of the largest are rounding: the direction has no influence."""


def sizes(likelihood: Likelihood) -> Array:
    """A size for every free parameter, ``(n,)``: its own, or the smallest at which the data see it.

    The parameters with a size of their own stand at it meanwhile (κ alone has no effect), the others at zero; 1 where
    the data see nothing at any size.
    """
    free = likelihood.parametrisation.free
    found = np.array([np.nan if parameter.size is None else parameter.size for parameter in free])
    base = np.where(np.isnan(found), 0.0, found)
    weight = 1.0 / uncertainties(likelihood, np.zeros(len(free)))
    for position in np.flatnonzero(np.isnan(found)):
        points = np.repeat(base[None, :], len(POWERS), axis=0)
        points[:, position] = POWERS
        moved = (_predict(likelihood, points) - _predict(likelihood, base[None, :])) * weight
        seen = np.flatnonzero((moved**2).sum(axis=-1) > CLEAR)
        found[position] = POWERS[seen[0]] if len(seen) else 1.0
    return found


def uncertainties(likelihood: Likelihood, p: Array) -> Array:
    """Experimental and theory uncertainties of the observables together, ``(obs,)``, for scaling only."""
    experiment = likelihood.experiment
    precision = np.zeros(len(experiment.observables))
    np.add.at(precision, experiment.rows, 4.0 / (experiment.plus + experiment.minus) ** 2)
    for found, where in experiment.tables:
        for axis, position in zip(found.axes, where, strict=True):
            precision[position] += (4.0 / (axis[-1] - axis[0])) ** 2
    theory = np.diag(likelihood.theory_covariance(p))
    return np.sqrt(1.0 / np.maximum(precision, 1e-300) + theory)


def _predict(likelihood: Likelihood, points: Array) -> Array:
    return np.asarray(likelihood.theory_model(likelihood.parametrisation.to_linear(points)))


@double_precision
def check_constrained(likelihood: Likelihood, size: Array, seed: int = 1) -> None:
    """Raise :class:`InputError`, naming the parameters, if some direction changes no prediction anywhere.

    The slopes of all predictions by all parameters, each in units of its uncertainty and size, are taken at random
    points; a direction that is flat at every one of them is not measured.
    """
    names = likelihood.parametrisation.names
    points = size * stream(seed).uniform(0.3, 1.5, (6, len(names)))
    slopes = likelihood.slopes(points)
    weight = 1.0 / uncertainties(likelihood, np.zeros(len(names)))
    scaled = np.asarray(slopes) * weight[None, :, None] * size[None, None, :]
    unseen = [name for position, name in enumerate(names) if not np.any(np.abs(scaled[..., position]) > 1e-9)]
    if unseen:
        raise InputError(_message(likelihood, unseen, "no measurement depends on"))
    columns = np.linalg.norm(scaled, axis=1, keepdims=True)
    flat = [_flat_direction(matrix) for matrix in scaled / np.where(columns > 0, columns, 1.0)]
    if all(direction is not None for direction in flat):
        weights = np.mean([np.abs(direction) for direction in flat if direction is not None], axis=0)
        guilty = [name for position, name in enumerate(names) if weights[position] > 0.1 * weights.max()]
        raise InputError(_message(likelihood, guilty, "the measurements depend only on combinations of"))


def _flat_direction(matrix: Array) -> Array | None:
    """The direction in parameter space without influence, if there is one."""
    _, singular, directions = np.linalg.svd(matrix, full_matrices=True)
    full = np.zeros(matrix.shape[1])
    full[: len(singular)] = singular
    return directions[-1] if full[-1] < FLAT * full[0] else None


def _message(likelihood: Likelihood, names: Sequence[str], why: str) -> str:
    data = f"data set {likelihood.data}" if likelihood.data else "the data"
    return (
        f"Nothing in {data} constrains {', '.join(names)}: {why} {'it' if len(names) == 1 else 'them'}. "
        f"Hold {'it' if len(names) == 1 else 'all but one of them'} fixed (`fixed`), or add measurements."
    )
