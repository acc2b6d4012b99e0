"""Parameters that the data say nothing about: refused where nothing ends them, and else said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError
from nutau.inference.likelihood import Likelihood, double_precision
from nutau.inference.likelihood.scales import generic_points, influence

FLAT = 1e-7
"""Singular values below this fraction of the largest are rounding: the direction has no influence."""
INVOLVED = 0.1
"""Parameters with this part of the largest component of a direction are named."""


@double_precision
def check_constrained(likelihood: Likelihood, size: Array) -> None:
    """Raise :class:`InputError`, naming the parameters, if -2 log L is flat along a straight line without end.

    The slopes of all predictions by all parameters are taken at generic points. A direction without influence at every
    one of them is a line on which nothing changes. That is no fit if the ranges let it go on for ever; a line that
    ends, or a curve as a circle of amplitudes with one rate, is one.
    """
    points = generic_points(likelihood, size)
    slopes = influence(likelihood, points) * size / points[:, None, :]
    largest = np.linalg.norm(slopes, axis=(0, 1))
    unseen = largest < FLAT * largest.max()
    bounds = likelihood.parametrisation.bounds
    names = np.array(likelihood.parametrisation.names)
    endless = unseen & ~np.isfinite(bounds).all(axis=1)
    if endless.any():
        raise InputError(_message(likelihood, names[endless], "no measurement depends on"))
    seen = np.flatnonzero(~unseen)
    weights = _endless(
        (slopes / np.where(unseen, 1.0, largest))[..., seen].reshape(-1, len(seen)), bounds[seen]
    )
    if weights is not None:
        guilty = names[seen[weights > INVOLVED * weights.max()]]
        raise InputError(_message(likelihood, guilty, "the measurements depend only on combinations of"))


def _endless(slopes: Array, bounds: Array) -> Array | None:
    """The largest components ``(n,)`` of directions without influence that no bound ends, if there are any."""
    from scipy.optimize import linprog

    _, singular, directions = np.linalg.svd(slopes, full_matrices=True)
    full = np.zeros(slopes.shape[1])
    full[: len(singular)] = singular
    seen = directions[full > FLAT * full[0]]
    if len(seen) == slopes.shape[1]:
        return None
    open_ends = [(-1.0 if np.isinf(low) else 0.0, 1.0 if np.isinf(high) else 0.0) for low, high in bounds]
    found = [
        linprog(sign * unit, A_eq=seen, b_eq=np.zeros(len(seen)), bounds=open_ends).x
        for unit in np.eye(slopes.shape[1])
        for sign in (1.0, -1.0)
    ]
    weights = np.abs(found).max(axis=0)
    return weights if weights.max() > 0.5 else None


def _message(likelihood: Likelihood, names: Sequence[str], why: str) -> str:
    data = f"data set {likelihood.data}" if likelihood.data else "the data"
    return (
        f"Nothing in {data} constrains {', '.join(names)}: {why} {'it' if len(names) == 1 else 'them'}. "
        f"Hold {'it' if len(names) == 1 else 'all but one of them'} fixed (`fixed`), bound "
        f"{'it' if len(names) == 1 else 'them'} (`ranges`), or add measurements."
    )
