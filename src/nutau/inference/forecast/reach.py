r"""What an experiment reaches at any luminosity, from the points it published.

Between points :math:`\sigma^2` is linear in :math:`1/L`: exact for a statistical part :math:`\propto 1/\sqrt L` and a
constant systematic one, :math:`\sigma^2 = a/L + b`. Beyond the points:

* with published statistical and systematic parts, :math:`a = \sigma_{stat}^2 L` and :math:`b = \sigma_{syst}^2` of the
  nearest point;
* else the line through the two nearest points, with :math:`b \ge 0`: a floor is never negative;
* a single number without parts is taken as statistical, :math:`b = 0`: optimistic above its luminosity.

An expected upper limit scales the same way and stands for the Gaussian of mean zero that gives it
(:mod:`nutau.measurements.limits`).
"""

from __future__ import annotations

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError
from nutau.measurements import Projection
from nutau.measurements.limits import width

UNUSABLE = "reach_over_sm"
"""A projected reach without a confidence level: no uncertainty follows from it."""


def scaled(projection: Projection, luminosity: Array) -> Array:
    """The published number at any ``luminosity`` (in the unit of the projection), the same shape."""
    luminosity = np.asarray(luminosity, dtype=float)
    if np.any(~(luminosity > 0)):
        raise InputError(
            f"A luminosity must be positive; {luminosity.min():g} {projection.luminosity_unit} is not."
        )
    at, value = np.asarray(projection.luminosity, dtype=float), np.asarray(projection.value, dtype=float)
    low, high = _line(projection, 0), _line(projection, len(at) - 1)
    squares = np.where(luminosity < at[0], low[0] / luminosity + low[1], high[0] / luminosity + high[1])
    inner = np.interp(1.0 / luminosity, 1.0 / at[::-1], value[::-1] ** 2)
    inside = (luminosity >= at[0]) & (luminosity <= at[-1])
    return np.sqrt(np.where(inside, inner, squares))


def _line(projection: Projection, end: int) -> tuple[float, float]:
    """a and b beyond an end of the published points."""
    at, value = np.asarray(projection.luminosity, dtype=float), np.asarray(projection.value, dtype=float)
    if projection.stat is not None and projection.syst is not None:
        return float(projection.stat[end] ** 2 * at[end]), float(projection.syst[end] ** 2)
    if len(at) > 1:
        other = 1 if end == 0 else end - 1
        slope = float((value[end] ** 2 - value[other] ** 2) / (1.0 / at[end] - 1.0 / at[other]))
        floor = float(value[end] ** 2 - slope / at[end])
        if floor >= 0.0 and slope >= 0.0:
            return slope, floor
        if slope < 0.0:  # the error grows with luminosity: keep it constant rather than believe that
            return 0.0, float(value[end] ** 2)
    return float(value[end] ** 2 * at[end]), 0.0


def uncertainty(projection: Projection, luminosity: Array, truth: float, sm: float) -> Array:
    """The expected uncertainty of the observable in natural units, if its true value is ``truth``.

    Raises :class:`InputError` for a projection from which no uncertainty follows.
    """
    number = scaled(projection, luminosity)
    if projection.quantity == "relative_to_sm":
        return number * abs(sm)
    if projection.quantity == "relative":
        return number * abs(truth)
    if projection.quantity == "absolute":
        return number
    if projection.quantity == "upper_limit" and projection.confidence_level is not None:
        return number * width(1.0, projection.confidence_level)
    raise InputError(
        f"The projection {projection.name} gives a {projection.quantity} without a confidence level, from which no "
        "uncertainty follows: leave it out."
    )
