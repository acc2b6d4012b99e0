r"""Exact linear relations among rates: what depends on which, with coefficients for every theory draw.

A rate that depends on those before it, :math:`R=\sum_jb_jR_j` for all coefficients of a set, has the :math:`b_j` from
least squares, and the remainder says whether that is exact: rounding, or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.observables.relations.domains import DOMAINS, Domain
from nutau.observables.relations.rates import RateRows

ROUNDING = 256.0 * float(np.finfo(float).eps)
"""What rounding at most leaves of a relation, over the largest of its terms: least squares are backward stable."""
NEEDED = 1e-9
"""A term of a relation smaller than this part of the largest is none."""
LEVELS = (0.158655, 0.841345)


@dataclass(frozen=True, eq=False)
class Relation:
    r""":math:`R=\sum_jb_jR_j` of rates over their SM values (of rates themselves where one is zero in the SM).

    ``weights`` are the :math:`b_j` of ``members``, ``drawn`` ``(draws, members)`` those of every theory draw (``None``
    without draws), ``domain`` the coefficients for which it holds. ``remainder`` is the largest part of the terms that
    is left over centrally and in any draw: rounding in an exact relation. ``absolute`` and ``absolute_drawn`` are
    the same between the observables themselves, :math:`b_j` times the ratio of SM values.
    """

    target: str
    members: tuple[str, ...]
    domain: Domain
    weights: Array
    drawn: Array | None
    remainder: float
    absolute: Array
    absolute_drawn: Array | None

    @property
    def uncertainties(self) -> Array | None:
        """Half of the 68 % interval of each coefficient over the draws, ``(members,)``."""
        return None if self.drawn is None else spread(self.drawn)

    @property
    def absolute_uncertainties(self) -> Array | None:
        """The same of the coefficients between observables."""
        return None if self.absolute_drawn is None else spread(self.absolute_drawn)


def spread(drawn: Array) -> Array:
    """Half of the 68 % interval over the first axis."""
    low, high = np.quantile(drawn, LEVELS, axis=0)
    return 0.5 * (high - low)


def independent(values: Array) -> tuple[int, ...]:
    """The rates, in order, that are no combination of those before them, as rows ``(n, k)``."""
    chosen: list[int] = []
    for place in range(len(values)):
        _, remainder = solved(values[chosen], values[place])
        if remainder > ROUNDING:
            chosen.append(place)
    return tuple(chosen)


def solved(members: Array, target: Array) -> tuple[Array, float]:
    """Weights ``(m,)`` of rows ``(m, k)`` closest to a row ``(k,)``, and what is left over of the terms."""
    if not len(members):
        return np.zeros(0), float(np.any(target != 0))
    weights = np.linalg.lstsq(members.T, target, rcond=None)[0]
    return weights, _remainder(members, target, weights)


def _remainder(members: Array, target: Array, weights: Array) -> Array:
    """What is left over, over the largest term; with leading axes of draws, too."""
    left = target - np.einsum("...m,...mk->...k", weights, members)
    terms = np.abs(weights) * np.linalg.norm(members, axis=-1)
    largest = np.maximum(np.linalg.norm(target, axis=-1), terms.max(axis=-1))
    found: Array = np.linalg.norm(left, axis=-1) / np.where(largest > 0, largest, 1.0)
    return found


def exact(rows: RateRows, domains: Sequence[Domain] = DOMAINS) -> tuple[Relation, ...]:
    """All exact relations: each rate that depends on those before it, for the widest sets of coefficients.

    Rates are independent in the order of ``rows``, so that every relation is the only one of its rates. A set is left
    out where a wider one has as many relations.
    """
    counts: dict[str, int] = {}
    found: list[Relation] = []
    for domain in domains:
        folded = rows.folded(*domain.places(rows.coefficients))
        here = np.flatnonzero(folded.moved)  # what these coefficients do not move is related to everything
        chosen = [int(here[place]) for place in independent(folded.values[here])]
        others = [int(place) for place in here if place not in chosen]
        counts[domain.name] = len(others)
        if len(others) > max((counts.get(name, 0) for name in domain.wider), default=0):
            made = (_relation(folded, place, chosen, domain) for place in others)
            found += [one for one in made if not _known(one, found)]
    return tuple(found)


def _known(made: Relation, found: Sequence[Relation]) -> bool:
    """Whether a relation holds in a wider set already."""
    return any(
        one.domain.name in made.domain.wider and (one.target, one.members) == (made.target, made.members)
        for one in found
    )


def relation(rows: RateRows, target: str, members: Sequence[str], domain: Domain) -> Relation | None:
    """The relation of a rate to ``members`` for the coefficients of a set; ``None`` if there is no exact one."""
    folded = rows.folded(*domain.places(rows.coefficients))
    moved = folded.moved
    places = [rows.position(name) for name in members if moved[rows.position(name)]]
    chosen = [places[place] for place in independent(folded.values[places])]
    _, remainder = solved(folded.values[chosen], folded.values[rows.position(target)])
    if not chosen or not moved[rows.position(target)] or remainder > ROUNDING:
        return None
    return _relation(folded, rows.position(target), chosen, domain)


def _relation(rows: RateRows, place: int, chosen: Sequence[int], domain: Domain) -> Relation:
    """Rate ``place`` in terms of those ``chosen`` that it needs."""
    weights, _ = solved(rows.values[list(chosen)], rows.values[place])
    sizes = np.abs(weights) * np.linalg.norm(rows.values[list(chosen)], axis=1)
    members = [j for j, size in zip(chosen, sizes, strict=True) if size > NEEDED * sizes.max()]
    weights, remainder = solved(rows.values[members], rows.values[place])
    units = rows.sm if rows.over_sm else np.ones(len(rows.sm))
    absolute = weights * units[place] / units[members]
    drawn, absolute_drawn = None, None
    if rows.drawn is not None and rows.sm_drawn is not None:
        each, goal = np.moveaxis(rows.drawn[members], 0, 1), rows.drawn[place]
        q, r = np.linalg.qr(np.swapaxes(each, -1, -2))
        drawn = np.linalg.solve(r, np.einsum("dkm,dk->dm", q, goal)[..., None])[..., 0]
        remainder = max(remainder, float(_remainder(each, goal, drawn).max()))
        sms = rows.sm_drawn if rows.over_sm else np.ones_like(rows.sm_drawn)
        absolute_drawn = drawn * (sms[place] / sms[members]).T
    names = tuple(rows.names[j] for j in members)
    return Relation(
        rows.names[place], names, domain, weights, drawn, float(remainder), absolute, absolute_drawn
    )
