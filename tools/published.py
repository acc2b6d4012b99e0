"""Coverage of limits: from an experiment's estimate to its published limit, to a likelihood, to an interval.

A toy experiment estimates a rate r, in units of its error, as r̂ = r + noise and publishes the upper limit at 90 % of
the CLs method; or that limit with the one expected without signal, or with that at 95 %, all printed to two digits; or
the yield that it fitted. From this the likelihood is made as nutau makes it (:mod:`nutau.measurements.limits`), and
from the likelihood an interval of r >= 0, which holds the truth or does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from nutau.measurements.limits import Shape, alone, from_expected, from_yield, height
from nutau.measurements.rounded import from_levels

RATES = (0.0, 1.0, 2.0, 3.0)
LEVEL, OTHER = 0.9, 0.95
LOWEST = -3.0
"""An estimate further below zero is published as this: experiments do not print limits far below the expected one."""


def likelihood(estimate: float, unit: float, known: str) -> tuple[float, float]:
    """Centre and width, in units of the experiment's error, of what it publishes in units of ``unit`` errors."""
    estimate = max(estimate, LOWEST)
    limit = _printed(height(LEVEL, estimate) / unit)
    found = SHAPES[known](limit, estimate, unit)
    return found.central * unit, found.plus * unit


def _printed(value: float) -> float:
    """To two digits."""
    return float(f"{value:.1e}")


def _digit(value: float) -> float:
    """Half a unit of the second digit."""
    return 0.05 * 10.0 ** np.floor(np.log10(value))


def _two(limit: float, estimate: float, unit: float) -> Shape:
    other = _printed(height(OTHER, estimate) / unit)
    if not other > limit:  # the same digits at both levels: nothing is known but the limit
        return alone(limit, LEVEL)
    return from_levels(limit, LEVEL, other, OTHER, _digit(limit))


SHAPES: Mapping[str, Callable[[float, float, float], Shape]] = {
    "nothing else": lambda limit, estimate, unit: alone(limit, LEVEL),
    "the expected limit": lambda limit, estimate, unit: from_expected(
        limit, LEVEL, _printed(height(LEVEL) / unit)
    ),
    "the limit at 95 %": _two,
    "the fitted yield": lambda limit, estimate, unit: from_yield(limit, LEVEL, estimate, 1.0),
}


def rises(rate: float, known: str, toys: int, seed: int) -> np.ndarray:
    """-2 log L at the true rate minus the best for r >= 0, ``(toys,)``."""
    stream = np.random.default_rng(seed)
    estimates = rate + stream.standard_normal(toys)
    units = 10.0 ** stream.uniform(-1.0, 0.0, toys)  # so that the printed digits are any
    shapes = np.array([likelihood(*pair, known) for pair in zip(estimates, units, strict=True)])
    centre, width = shapes.T
    return ((rate - centre) / width) ** 2 - (np.minimum(centre, 0.0) / width) ** 2


def cases() -> Iterator[tuple[str, float, str]]:
    """Title, rate and what is published beside the limit."""
    for known in SHAPES:
        for rate in RATES:
            yield f"limit at 90 % of a rate of {rate:g} errors, published with {known}", rate, known
