"""Which observables are one rate under two names: a branching ratio, the same over the SM, the same in bins of q²."""

from __future__ import annotations

import re

from nutau.common.aliases import full_name
from nutau.measurements.distributions import Observable

RATE = re.compile(r"^(?:BR|<dBR/dq2>|dBR/dq2)\((?P<decay>.+)\)(?:/SM)?$")
CHARGE = re.compile(r"^B[+0]?->")
"""The charge of a B meson, which a mean over isospin leaves out."""


def rate(item: Observable) -> str:
    """What observables of one rate have in common: the decay without the charge of its B; else the name."""
    name = full_name(item.name)
    found = RATE.match(name)
    return CHARGE.sub("B->", found["decay"]) if found else name


def same_rate(one: Observable, other: Observable) -> bool:
    """Whether two observables are one rate, or parts of it that overlap: the data of one are data of the other.

    Means over isospin are the rates of both charges; bins that do not overlap are apart, as are all other observables
    (ratios, asymmetries) unless they are equal.
    """
    if one == other:
        return True
    names = [RATE.match(full_name(item.name)) for item in (one, other)]
    if rate(one) != rate(other) or names[0] is None or names[1] is None:
        return False
    charges = {CHARGE.match(found["decay"])[0] for found in names if CHARGE.match(found["decay"])}  # type: ignore[index]
    if len(charges - {"B->"}) > 1:
        return False
    if one.q2 is None or other.q2 is None:
        return True
    return max(one.q2[0], other.q2[0]) < min(one.q2[1], other.q2[1])


def both(first: tuple[Observable, ...], second: tuple[Observable, ...]) -> list[str]:
    """What is measured in both, in words: one name where it has one, else both."""
    pairs = [(a, b) for a in first for b in second if same_rate(a, b)]
    return list(
        dict.fromkeys(
            a.label if a == b else f"{a.label} and {b.label}, which are one rate," for a, b in pairs
        )
    )
