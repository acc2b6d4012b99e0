"""Likelihoods that do not change when all parameters change their sign, as those of couplings that enter in pairs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nutau.common.given import stream
from nutau.inference.likelihood import Likelihood

if TYPE_CHECKING:
    from nutau.inference.fit.search import Minimum

TRIED = 5
"""Points at which the internal parameters are compared; they are polynomials of second degree."""


def even(likelihood: Likelihood) -> bool:
    """Whether -2 log L is the same at p and -p, for ranges that are symmetric too."""
    bounds = likelihood.parametrisation.bounds
    if not np.array_equal(bounds[:, 0], -bounds[:, 1]):
        return False
    points = stream(1).uniform(0.3, 1.5, (TRIED, len(bounds)))
    to_linear = likelihood.parametrisation.to_linear
    return bool(np.allclose(to_linear(points), to_linear(-points), rtol=1e-12, atol=0.0))


def mirrored(minimum: Minimum) -> Minimum:
    """The image of a minimum."""
    return replace(minimum, values=-minimum.values)
