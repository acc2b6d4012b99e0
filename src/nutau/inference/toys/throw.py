r"""Sets of data as an experiment would have found them if a point of parameter space were true.

In every toy the theory nuisances are those of one nature, :math:`\epsilon\sim\mathcal N(0,1)`, and each measured number
fluctuates about the prediction of that nature, with the published correlations and the width that applies there:

.. math:: m_i = O_i(p,\epsilon) - o_i(r_i),\qquad r\sim\mathcal N(0,\rho),

where :math:`o(r)` is the distance at which the pull :math:`o/\sigma(o)` is r, so that :math:`-2\log L` of the truth
follows a χ² also for asymmetric uncertainties. Who fits a toy knows the nuisances as the real fit does, 0 ± 1. (To
first order that is the same as nuisances at any values and auxiliary measurements that fluctuate about them.)

Numbers without a measured centre, limits and likelihood tables, stay as they were observed.
"""

from __future__ import annotations

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.errors import ComputationError
from nutau.inference.likelihood import Likelihood, double_precision
from nutau.inference.likelihood.experiment import Experiment
from nutau.measurements import measured

TOYS = 2
"""Tells the random numbers of toys from others of the same seed."""


def fluctuates(experiment: Experiment) -> Array:
    """Which rows of an experiment have a centre that was measured, ``(rows,)``: limits have none."""
    rows = [measured(entry) for entry in experiment.measurements if entry.gaussian is not None]
    return np.concatenate([np.zeros(0, dtype=bool), *rows])


@double_precision
def throw(likelihood: Likelihood, truth: Array, count: int, *, seed: int) -> Array:
    """Measured numbers of ``count`` toys if ``truth`` ``(n,)`` holds, ``(count, rows)`` in the experiment's order.

    Raises :class:`ComputationError` where the truth predicts no number.
    """
    experiment = likelihood.experiment
    random = stream(seed, TOYS)
    nuisances = random.standard_normal((count, likelihood.nuisances))
    noise = random.standard_normal((count, len(experiment.rows)))
    with np.errstate(all="ignore"):
        predicted = np.asarray(likelihood.theory(np.asarray(truth, dtype=float))(nuisances))
    if not np.isfinite(predicted).all():
        raise ComputationError(
            f"No toys can be thrown at {_where(likelihood, truth)}: a prediction is no number."
        )
    if not count or not len(experiment.rows):
        return np.broadcast_to(experiment.central, (count, len(experiment.rows))).copy()
    root = np.linalg.cholesky(np.linalg.inv(np.asarray(experiment.precision)))
    offset = distance(experiment, noise @ root.T)
    return np.where(fluctuates(experiment), predicted[:, experiment.rows] - offset, experiment.central)


def distance(experiment: Experiment, pull: Array) -> Array:
    r"""Prediction minus measured number at which the pulls are ``pull`` ``(..., rows)``: :math:`o` of o/σ(o) = r."""
    minus, plus = np.asarray(experiment.minus), np.asarray(experiment.plus)
    tilt = (plus - minus) / (plus + minus)
    inner = np.clip(pull, -1.0, 1.0)
    near = inner * minus * (1.0 + tilt) / (1.0 - inner * tilt)
    return (
        near
        + np.where(pull > 1.0, (pull - 1.0) * plus, 0.0)
        + np.where(pull < -1.0, (pull + 1.0) * minus, 0.0)
    )


def _where(likelihood: Likelihood, truth: Array) -> str:
    return ", ".join(f"{n} = {v:.4g}" for n, v in zip(likelihood.parametrisation.names, truth, strict=True))
