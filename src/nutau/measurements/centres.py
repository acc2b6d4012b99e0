r"""Which numbers of a measurement have a measured centre, and which are nothing but limits.

Of a limit alone nobody knows where its likelihood peaks; the Gaussian that stands for it peaks at zero because nothing
better is known (:mod:`nutau.measurements.limits`). It enters :math:`-2\log L`, but is no number that could have come
out otherwise, so it is no degree of freedom. A likelihood table whose best point is an end of its grid, or zero, is
such a limit too.
"""

from __future__ import annotations

import numpy as np

from nutau.common.arrays import Array
from nutau.measurements import limits, tables
from nutau.measurements.distributions import Counts, Gaussian, LikelihoodGrid, Reinterpretation, UpperLimits
from nutau.measurements.likelihoods import bins_likelihood, table
from nutau.measurements.records import Measurement

AT = 1e-6
"""A best point nearer to zero or to an end of the grid than this part of the grid's width is there."""


def measured(measurement: Measurement) -> Array:
    """Whether each row, or each observable of a table or workspace, has a measured centre: bools ``(rows,)``.

    The rows of a reinterpretation, and of counts, are the bins of events, all measured, less the parameters that are
    free.
    """
    found = measurement.distribution
    if isinstance(found, Gaussian):
        return np.ones(len(found.central), dtype=bool)
    if isinstance(found, UpperLimits):
        return np.asarray(found.measured, dtype=bool)
    if isinstance(found, Reinterpretation | Counts):
        return np.ones(bins_likelihood(measurement).numbers, dtype=bool)
    return _inside(table(measurement))


def inferred(measurement: Measurement) -> bool:
    """Whether a centre was published by nobody and follows, as of a Gaussian, from limits: expected, at two levels."""
    found = measurement.distribution
    if not isinstance(found, UpperLimits):
        return False
    published = (limits.MEASURED, limits.YIELD, limits.HALF_NORMAL)
    return any(not step.startswith(published) for step in found.construction)


def _inside(found: LikelihoodGrid) -> Array:
    best = tables.minimum(found)
    low = np.array([axis[0] for axis in found.axes])
    high = np.array([axis[-1] for axis in found.axes])
    near = AT * (high - low)
    return (best > low + near) & (best < high - near) & (np.abs(best) > near)
