"""What a model exchanges at high energy: the propagator of its mediator, or contact terms where there is not one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.eft.tails import CHANNEL, LOWEST_MASS, Propagator
from nutau.errors import InputError
from nutau.models.model import Exchange

RESONANCE = (
    "{name} of {mass:g} GeV is taken for a contact term in N(pp->...): its resonance, which makes more events, is not "
    "in the tables."
)
SEVERAL = (
    "{names} are taken for contact terms in N(pp->...), which make more events than leptoquarks of {mass:g} GeV do: "
    "one propagator at a time is in the tables."
)


@dataclass(frozen=True)
class Resolved:
    """The propagator of a model (none: contact terms), and what makes its numbers doubtful."""

    propagator: Propagator | None = None
    doubts: tuple[str, ...] = ()


def resolved(parts: Iterable[Any]) -> Resolved:
    """The propagator that all parts of a model have in common; parts without a field are contact terms.

    Raises :class:`InputError` for a mass below those of the tables, and for several masses at once.
    """
    given = list(parts)
    found = [propagator(part.mediator, part.mass) for part in given if isinstance(part, Exchange)]
    return common([*found, *([None] if len(found) < len(given) else [])])


def common(found: Sequence[Propagator | None]) -> Resolved:
    """One propagator for all, if it is the same; ``None`` are contact terms."""
    known = [one for one in found if one is not None]
    light = [one for one in known if one.mass < LOWEST_MASS]
    if light:
        raise InputError(
            f"N(pp->...) is not valid for a mediator of {light[0].mass:g} GeV: {light[0].name} would be produced on "
            f"its mass shell. Masses go from {LOWEST_MASS:g} GeV; take a larger one, or leave these observables out."
        )
    resonances = tuple(
        RESONANCE.format(name=one.name, mass=one.mass) for one in known if one.channel not in CHANNEL.values()
    )
    leptoquarks = [one for one in known if one.channel in CHANNEL.values()]
    if not leptoquarks:
        return Resolved(None, resonances)
    first = leptoquarks[0]
    if all(one is not None and (one.channel, one.mass) == (first.channel, first.mass) for one in found):
        return Resolved(first)
    names = " + ".join(dict.fromkeys(one.name for one in leptoquarks))
    lightest = min(one.mass for one in leptoquarks)
    return Resolved(None, (*resonances, SEVERAL.format(names=names, mass=lightest)))


def propagator(mediator: Any, mass: Array) -> Propagator:
    """That of a mediator; :class:`InputError` for several masses."""
    values = np.unique(np.asarray(mass, dtype=float)) if namespace(mass) is np else np.zeros(2)
    if len(values) != 1:
        raise InputError(
            f"N(pp->...) needs one mass of {mediator.name}, a number of GeV, not several: ask for one mass at a time."
        )
    return Propagator(CHANNEL.get(mediator.colour, "s"), float(values[0]), mediator.name)
