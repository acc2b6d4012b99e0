r"""How far an observable can go before -2 log L has risen by a height: its profile, traced by pulling it.

The minimum of :math:`-2\log L+(O-t)^2/s^2` is a point of the profile of :math:`O`: at the :math:`O` that is reached, no
other parameters and nuisances give a lower -2 log L. So a target :math:`t` beyond :math:`O` leads along the profile,
whatever the width :math:`s` (a third of the error here; a narrow one would be hard to minimise), and the ends of an
interval are solved for in :math:`t`. Nothing is linearised. Where :math:`O` no longer follows its target it cannot go
further, as a rate at its smallest value: the interval ends there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt

Piece = tuple[float | None, float | None]
Reach = Callable[[float], tuple[float, float]]
"""A target to the value that is reached and the rise of -2 log L above the best fit there."""

WIDTH = 0.3
"""Width of the pull in units of the error of the observable."""
FURTHER = 1.6
"""Targets go out by this factor until the height is passed."""
STEPS = 40
SHARP = 1e-3
"""Ends are solved for to this part of the error."""
STUCK = 0.02
"""An observable that follows its target by less than this part of the way cannot go further."""


def end(reach: Reach, value: float, rise: float, sigma: float, side: float, height: float) -> float | None:
    """The value on one ``side`` (±1) of a minimum, ``rise`` above the best fit, where the profile passes ``height``.

    ``None`` where it never does.
    """
    from scipy.optimize import brentq

    seen = {0.0: (value, sqrt(max(rise, 0.0)))}

    def above(step: float) -> float:
        if step not in seen:
            found, higher = reach(value + side * step * sigma)
            seen[step] = (found, sqrt(max(higher, 0.0)))
        return seen[step][1] - sqrt(height)

    inner, outer = 0.0, sqrt(height) * (1.0 + WIDTH**2)
    for _ in range(STEPS):
        if above(outer) >= 0:
            break
        followed = side * (seen[outer][0] - seen[inner][0]) / (sigma * (outer - inner))
        if followed < STUCK:
            return seen[outer][0]
        inner, outer = outer, FURTHER * outer
    else:
        return None
    step = brentq(above, inner, outer, xtol=SHARP, rtol=SHARP, maxiter=30, disp=False)
    below = [known for known in seen if seen[known][1] <= sqrt(height)]
    return seen[step][0] if step in seen else seen[max(below)][0]


def joined(parts: Sequence[Piece]) -> tuple[Piece, ...]:
    """Intervals of several branches as separate pieces from low to high; overlapping ones are one."""
    infinite = float("inf")
    ordered = sorted((-infinite if a is None else a, infinite if b is None else b) for a, b in parts)
    found: list[tuple[float, float]] = []
    for low, high in ordered:
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple((None if a == -infinite else a, None if b == infinite else b) for a, b in found)
