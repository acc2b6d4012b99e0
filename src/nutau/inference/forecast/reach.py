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

from collections.abc import Sequence

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError
from nutau.measurements import Projection
from nutau.measurements.limits import width

UNUSABLE = "reach_over_sm"
"""A projected reach without a confidence level: no uncertainty follows from it."""


def scaled(projection: Projection, luminosity: Array) -> Array:
    """The published number at any ``luminosity`` (in the unit of the projection), the same shape; no theory part."""
    luminosity = np.asarray(luminosity, dtype=float)
    if np.any(~(luminosity > 0)):
        raise InputError(
            f"A luminosity must be positive; {luminosity.min():g} {projection.luminosity_unit} is not."
        )
    slope, floor = _laws(projection, luminosity)
    return np.sqrt(slope / luminosity + floor)


def systematic(projection: Projection, luminosity: Array) -> Array:
    """The part of :func:`scaled` that does not shrink with luminosity, b of the nearest points; the same shape."""
    luminosity = np.asarray(luminosity, dtype=float)
    return np.sqrt(np.clip(_laws(projection, luminosity)[1], 0.0, scaled(projection, luminosity) ** 2))


def _laws(projection: Projection, luminosity: Array) -> tuple[Array, Array]:
    """a and b at each luminosity."""
    at, value = np.asarray(projection.luminosity, dtype=float), np.asarray(projection.value, dtype=float)
    ends = [_line(projection, end) for end in (0, len(at) - 1)]
    slopes, floors = [ends[0][0]], [ends[0][1]]
    for low in range(len(at) - 1):
        slope = (value[low] ** 2 - value[low + 1] ** 2) / (1.0 / at[low] - 1.0 / at[low + 1])
        slopes.append(float(slope))
        floors.append(float(value[low] ** 2 - slope / at[low]))
    if len(at) > 1:
        place = np.where(luminosity == at[0], 1, np.searchsorted(at, luminosity, side="left"))
    else:
        place = (luminosity > at[0]).astype(int)
    slopes.append(ends[1][0])
    floors.append(ends[1][1])
    return np.array(slopes)[place], np.array(floors)[place]


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
    """The expected uncertainty of the observable in natural units, if its true value is ``truth``; no theory part.

    Raises :class:`InputError` for a projection from which no uncertainty follows.
    """
    return scaled(projection, luminosity) * size(projection, truth, sm)


def size(projection: Projection, truth: float, sm: float) -> float:
    """The uncertainty in natural units that a published number of 1 means.

    Raises :class:`InputError` for a projection from which no uncertainty follows.
    """
    if projection.quantity in ("relative", "relative_to_sm"):
        of = truth if projection.quantity == "relative" else sm
        if of == 0.0:
            what = "value" if projection.quantity == "relative" else "SM value"
            raise InputError(
                f"The error of {projection.name} is a part of the {what} of {projection.observable.label}, which is "
                "zero: give an absolute one."
            )
        return abs(of)
    if projection.quantity == "absolute":
        return 1.0
    if projection.quantity == "upper_limit" and projection.confidence_level is not None:
        return width(1.0, projection.confidence_level)
    raise InputError(
        f"The projection {projection.name} gives a {projection.quantity} without a confidence level, from which no "
        "uncertainty follows: leave it out."
    )


def covariance(
    chosen: Sequence[Projection],
    luminosities: Sequence[float],
    truth: Array,
    sm: Array,
    *,
    correlation: float = 0.0,
    theory: float = 1.0,
) -> Array:
    r"""The covariance ``(k, k)`` of projections at their luminosities if the observables are ``truth`` ``(k,)``.

    :math:`V_{ij} = \rho_{ij}\,b_i b_j` with the systematic parts b, and on the diagonal the whole
    :math:`\sigma_i^2 + (s\,t_i)^2` with the theory part t times s = ``theory``. :math:`\rho_{ij}` is what the
    projections say of each other (rows of one result that goes on: of all of their errors), else ``correlation`` for
    two of one experiment and 0 for others. Raises :class:`InputError` for correlations that no covariance has.
    """
    units = [size(item, float(t), float(s)) for item, t, s in zip(chosen, truth, sm, strict=True)]
    pairs = list(zip(chosen, luminosities, units, strict=True))
    total = np.array([unit * float(scaled(item, np.asarray(at))) for item, at, unit in pairs])
    common = np.array([unit * float(systematic(item, np.asarray(at))) for item, at, unit in pairs])
    fuzzy = np.array([unit * theory * _theory(item, at) for item, at, unit in pairs])
    rows = [item.replaces for item in chosen]
    whole = np.array([[bool(one) and one == other for other in rows] for one in rows], dtype=bool).reshape(
        len(rows), -1
    )
    shared = np.where(whole, np.outer(total, total), np.outer(common, common))
    matrix = shared * _correlations(chosen, correlation)
    np.fill_diagonal(matrix, total**2 + fuzzy**2)
    if (
        len(chosen)
        and np.linalg.eigvalsh(matrix / np.sqrt(np.outer(np.diag(matrix), np.diag(matrix))))[0] <= 1e-12
    ):
        raise InputError(
            "The correlations of the projections are those of no covariance (its smallest eigenvalue is not positive): "
            "make them smaller (`correlation`, or in the file)."
        )
    return matrix


def _theory(projection: Projection, luminosity: float) -> float:
    """The theory part of the nearest points."""
    if projection.theory is None:
        return 0.0
    return float(np.interp(np.log(luminosity), np.log(projection.luminosity), projection.theory))


def _correlations(chosen: Sequence[Projection], correlation: float) -> Array:
    """What the systematic parts have in common, ``(k, k)``."""
    matrix = np.eye(len(chosen))
    for i, first in enumerate(chosen):
        for j, second in enumerate(chosen[:i]):
            default = correlation if first.experiment == second.experiment else 0.0
            said = dict(first.correlated).get(second.name, dict(second.correlated).get(first.name, default))
            matrix[i, j] = matrix[j, i] = said
    return matrix
