"""Flat directions at a best fit: steps of the parameters that no prediction notices."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.likelihood import Likelihood
from nutau.inference.likelihood.scales import SEEN, influence, sizes, uncertainties

NEAR_ZERO = 1e-2
"""A parameter nearer to zero than this part of its size is changed by that, as a part of zero is none."""
LEAST = 0.05
"""Components below this part of the largest are not named."""


@dataclass(frozen=True)
class Flat:
    """A direction: a step of each parameter, the largest ±1 (in the units of the parameters)."""

    steps: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    def __str__(self) -> str:
        steps = ", ".join(f"{name} by {step:+.2g}" for name, step in self.steps.items())
        return f"flat direction at the best fit: the data do not see {steps} together; only other combinations count"


def flat_directions(likelihood: Likelihood, best: Array) -> tuple[Flat, ...]:
    """As many directions as there are parameters that do not count, those that move the predictions least."""
    missing = len(best) - likelihood.effective_parameters
    if not missing:
        return ()
    least = NEAR_ZERO * sizes(likelihood)
    at = np.where(np.abs(best) < least, least, best)
    directions = np.linalg.svd(influence(likelihood, at), full_matrices=True)[2][-missing:]
    return tuple(_named(likelihood.parametrisation.names, direction * at) for direction in directions)


def _named(names: tuple[str, ...], direction: Array) -> Flat:
    first = direction[np.abs(direction).argmax()]
    steps = direction / first
    return Flat({n: float(step) for n, step in zip(names, steps, strict=True) if abs(step) > LEAST})


def alike(likelihood: Likelihood, one: Array, other: Array) -> bool:
    """Whether the predictions at two points are the same within a small part of their errors."""
    weight = 1.0 / uncertainties(likelihood, np.zeros(len(one)))
    apart = (likelihood.predictions(one) - likelihood.predictions(other)) * weight
    return bool(np.sqrt((apart**2).sum()) < SEEN)
