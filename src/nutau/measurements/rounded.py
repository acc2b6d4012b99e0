r"""The centre and width of a Gaussian from its limits at two confidence levels, which are printed to a few digits.

With :math:`L = \sigma h(\rho)` (:mod:`nutau.measurements.limits`) the ratio of the two limits is a function of
:math:`\rho` alone. It falls from :math:`\ln(1-\mathrm{CL}_2)/\ln(1-\mathrm{CL}_1)`, 1.30 for 95 and 90 %, far below
zero, over 1.19 at zero, to 1 far above. Limits are rounded: every pair that rounds to the printed one is as likely as
every other, and each has an estimate of its own. Their mean is the centre, and the variance between them is added to
their own,

.. math:: \hat x = \overline{\hat x_i}, \qquad \sigma^2 = \overline{\sigma_i^2} + \overline{(\hat x_i - \hat x)^2};

then both are scaled by one factor that gives back the limit. Where most pairs have no estimate, or one below
:data:`FARTHEST` that no likelihood above zero can tell from others, or where the centres scatter by more than the
estimates' own errors, rounding leaves the centre undetermined, and nothing but the limit is used.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

import numpy as np

from nutau.common.arrays import Array
from nutau.measurements import limits
from nutau.measurements.limits import Shape, height, width

LEVELS = "two levels: centre and width from the limits at {0:g} % and {1:g} %"
FARTHEST = -4.0
"""Estimates below so many standard deviations have exponentials above zero, all of one shape."""
PAIRS = 41
"""Values of each limit within its rounding."""


def from_levels(
    limit: float, confidence_level: float, other: float, other_level: float, rounding: float
) -> Shape:
    """Of the limit at two levels, both rounded by up to ``rounding`` (half a unit of the last digit).

    ``limit`` at ``confidence_level`` is the one that comes back from the Gaussian.
    """
    steps = rounding * (2.0 * (np.arange(PAIRS) + 0.5) / PAIRS - 1.0)
    first, second = np.meshgrid(limit + steps, other + steps)
    pulls, heights = _estimates((second / first).ravel(), confidence_level, other_level)
    known = np.isfinite(pulls)
    both = sorted((100.0 * confidence_level, 100.0 * other_level))
    if known.mean() < 0.5:
        why = f"{other:g} at {100 * other_level:g} %: no Gaussian has these two limits"
        return limits.alone(limit, confidence_level, why)
    sigmas = first.ravel()[known] / heights[known]
    centres = pulls[known] * sigmas
    own, between = float(np.mean(sigmas**2)), float(np.var(centres))
    if between > own:
        why = f"{other:g} at {100 * other_level:g} %: rounding leaves the centre open"
        return limits.alone(limit, confidence_level, why)
    pull = float(np.mean(centres) / np.sqrt(own + between))
    sigma = width(limit, confidence_level, pull)
    return Shape(pull * sigma, sigma, sigma, LEVELS.format(*both))


def half_digit(*limits: float) -> float:
    """Half a unit of the last digit of the more precise of some numbers, as they are written.

    >>> from nutau.measurements.rounded import half_digit
    >>> half_digit(2.8, 2.5), half_digit(4.0, 3.75), half_digit(12.0, 10.0)
    (0.05, 0.005, 0.5)
    """
    return float(Decimal(5).scaleb(-1 - max(_decimals(number) for number in limits)))


def _decimals(number: float) -> int:
    return max(0, -int(Decimal(repr(float(number))).normalize().as_tuple().exponent))


def _estimates(ratios: Array, confidence_level: float, other_level: float) -> tuple[Array, Array]:
    """ρ of each ratio of the other limit to the first, and h(ρ); NaN where none above :data:`FARTHEST` has it."""
    pulls, heights, known = _table(confidence_level, other_level)
    found = np.interp(ratios, known, pulls, left=np.nan, right=np.nan)
    order = np.argsort(pulls)
    return found, np.interp(found, pulls[order], heights[order])


@lru_cache(maxsize=16)
def _table(confidence_level: float, other_level: float) -> tuple[Array, Array, Array]:
    """Estimates ρ, dense near zero, their h(ρ) and the ratio of their limits, which increases."""
    pulls = np.concatenate([np.linspace(FARTHEST, 6.0, 1001), np.geomspace(6.0, 1e4, 1001)[1:]])
    heights, others = (
        np.array([height(level, rho) for rho in pulls]) for level in (confidence_level, other_level)
    )
    order = np.argsort(others / heights)
    return pulls[order], heights[order], (others / heights)[order]
