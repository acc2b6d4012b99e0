"""What makes couplings of a field doubtful: nothing constrains them, or no perturbative theory has them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError
from nutau.inference.likelihood import Likelihood, double_precision
from nutau.inference.likelihood.parameters import split
from nutau.models.model import PERTURBATIVE

POINTS = 21
"""Along the range of a coupling."""
RISE = 1.0
"""Of -2 log L: a coupling over whose range it rises by less is constrained by nothing."""


@double_precision
def unconstrained(likelihood: Likelihood, best: Array) -> tuple[str, ...]:
    """A line for each coupling over whose whole range, the others at their best values, -2 log L hardly rises.

    Raises :class:`InputError` where that is so of every coupling: nothing is judged then.
    """
    found = {}
    for place, (name, (low, high)) in enumerate(
        zip(likelihood.names, likelihood.parametrisation.bounds, strict=True)
    ):
        points = np.repeat(best[None, :], POINTS, axis=0)
        points[:, place] = np.linspace(low, high, POINTS)
        heights = likelihood.chi2(points)
        rise = float(np.ptp(heights))
        if rise < RISE:
            found[name] = (
                f"no measurement constrains {name}: −2 log L changes by {rise:.2g} over its range, "
                f"{low:.3g} to {high:.3g}"
            )
    if len(found) == len(likelihood.names):
        raise InputError(
            f"No measurement of {likelihood.data} constrains {', '.join(found)}: within the range, −2 log L changes by "
            f"less than {RISE:g}. Name other couplings, give wider ranges, or take other data."
        )
    return tuple(found.values())


def beyond(values: Mapping[str, float]) -> tuple[str, ...]:
    r"""One line for couplings above :math:`\sqrt{4\pi}`, of names as ``x1LL_33`` and ``Im x1LL_23``."""
    sizes: dict[str, float] = {}
    for name, value in values.items():
        _, key = split(name)
        if not key.rpartition(".")[2].startswith("c_"):
            sizes[key] = float(np.hypot(sizes.get(key, 0.0), value))
    large = [f"|{name}| = {size:.3g}" for name, size in sizes.items() if size > PERTURBATIVE * (1.0 + 1e-6)]
    if not large:
        return ()
    return (f"{', '.join(large)}: above √(4π) = {PERTURBATIVE:.2f}, no perturbative coupling",)
