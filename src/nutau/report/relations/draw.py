"""What the figure of a relation shows: wedges that no coefficients leave, and what the data allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError
from nutau.report.relations.result import NONE_LEFT, Relations, Tested

Ends = tuple[float, float]


@dataclass(frozen=True)
class Wedge:
    r"""All points (P, R) with a prediction :math:`P=\sum_jb_jR_j` that a set of coefficients reaches: R between slopes.

    From :math:`\lambda_-R\le R-P\le\lambda_+R` follow the slopes :math:`1/(1-\lambda_\mp)`.
    """

    said: str
    slopes: Ends


@dataclass(frozen=True)
class Drawing:
    """Rates over their SM values: ``terms`` of the prediction, ``exact`` for which coefficients it is so, if for any.

    ``predicted`` and ``measured`` are 68 % intervals of the prediction and of the target, ``intervals`` what the data
    allow of it (95 %) for sets of coefficients, and whether the relation is exact there. ``beside`` says whether the SM
    is among what the intervals show; ``sets`` are all sets of coefficients, the widest first.
    """

    target: str
    terms: tuple[tuple[float, str], ...]
    exact: str
    wedges: tuple[Wedge, ...]
    predicted: Ends | None
    measured: Ends | None
    intervals: tuple[tuple[str, Ends, bool], ...]
    top: float
    beside: bool
    sets: tuple[str, ...]


def drawing(found: Relations) -> Drawing:
    """What a figure shows; :class:`InputError` for rates that are zero in the SM, or that nothing relates."""
    if not found.over_sm:
        raise InputError(
            "One of the rates is zero in the SM, and the figure is of rates over it. Leave it out, or print the table."
        )
    shown = _shown(found)
    if shown is None:
        raise InputError(
            f"Nothing relates {found.target} to the other rates, so there is nothing to draw. Choose rates of one "
            "quark transition."
        )
    assert shown.weights is not None
    same = [
        one for one in found.tested if one.weights is not None and np.array_equal(one.weights, shown.weights)
    ]
    wedges = [
        Wedge(one.domain.said, (1 / (1 - one.violation[0]), _steep(one.violation[1])))
        for one in same
        if one.violation is not None and not one.exact
    ]
    exact = next((one.domain.said for one in same if one.exact), "")
    intervals = tuple(
        (one.domain.said, one.allowed, one.exact)
        for one in found.tested
        if one.allowed not in (None, NONE_LEFT) and not (one.best and shown is not one and len(same) > 1)
    )
    units = dict(zip(found.observables, found.sm, strict=True))
    predicted = _predicted(found, shown.weights, units)
    itself = found.known.rates.get(found.target)
    measured = None
    if itself is not None and itself.value is not None and itself.error is not None:
        unit = units[found.target]
        measured = ((itself.value - itself.error) / unit, (itself.value + itself.error) / unit)
    high = [2.0, *(1.4 * ends[1] for ends in (predicted, measured) if ends is not None)]
    terms = tuple((float(w), name) for w, name in zip(shown.weights, found.members, strict=True) if w)
    spans = [ends for _, ends, _ in intervals]
    beside = any(ends[1] < 50 for ends in spans)
    sets = tuple(dict.fromkeys(one.domain.said for one in found.tested))
    return Drawing(
        found.target, terms, exact, tuple(wedges), predicted, measured, intervals, max(high), beside, sets
    )


def _shown(found: Relations) -> Tested | None:
    """The relation whose weights are drawn: the exact one, or else that of the fewest coefficients."""
    exact = [one for one in found.tested if one.exact]
    others = [one for one in found.tested if one.weights is not None]
    return next(iter(exact or others[-1:]), None)


def _steep(violation: float) -> float:
    return np.inf if violation >= 1.0 else 1.0 / (1.0 - violation)


def _predicted(found: Relations, weights: Array, units: dict[str, float]) -> Ends | None:
    """The 68 % interval of the prediction from measured rates."""
    names = [name for name, weight in zip(found.members, weights, strict=True) if weight]
    if any(name not in found.known.valued for name in names):
        return None
    scaled = np.array([weight for weight in weights if weight]) / np.array([units[name] for name in names])
    values = np.array([found.known.rates[name].value for name in names], dtype=float)
    centre = float(scaled @ values)
    error = float(np.sqrt(scaled @ found.known.covariance_of(names) @ scaled))
    return centre - error, centre + error
