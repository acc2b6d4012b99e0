r"""From an upper limit to a likelihood.

A limit alone does not say where the likelihood peaks. Six constructions, from the most to the least
informed; the first that the entry allows is used, and every record says which:

1. ``measured``: the collaboration's own central value and uncertainty. The limit itself is then not used.
2. ``CLs curve``: a published curve gives centre and width (:mod:`nutau.measurements.cls_curves`).
3. ``signal yield``: the fitted yield :math:`\hat n \pm \sigma_n` fixes the shape, a Gaussian with
   :math:`\rho = \hat n/\sigma_n`; its width follows from the limit, below.
4. ``expected limit``: the limit expected without signal gives the width, the observed one then the centre.
5. ``two levels``: the limits at two confidence levels give width and centre (:mod:`nutau.measurements.rounded`).
6. ``half normal``: nothing but the limit is known, :math:`\rho = 0`. Its centre is not measured.

All rest on one relation. A Gaussian estimate :math:`\hat x` with standard deviation :math:`\sigma` has the upper limit

.. math:: \frac{\Phi[(\hat x - L)/\sigma]}{\Phi[\hat x/\sigma]} = 1-\mathrm{CL} \quad\Rightarrow\quad
   L = \sigma\,h(\rho), \quad h(\rho) = \rho - \Phi^{-1}\!\left[(1-\mathrm{CL})\,\Phi(\rho)\right],
   \quad \rho = \hat x/\sigma,

by the CLs method (:math:`p_{s+b}/(1-p_b)` of the estimate), and the same with a flat prior on :math:`x\ge0`. The
median of the limit without signal is that of :math:`\hat x = 0`, :math:`\sigma h(0)`: 1.645 σ at 90 %. From above,
:math:`h` grows with :math:`\rho`, so an observed limit below the expected one means :math:`\hat x < 0`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt
from statistics import NormalDist

from nutau.errors import InputError

MEASURED = "measured: central value and uncertainty of the collaboration"
YIELD = "signal yield: shape of the fitted yield, width from the limit"
EXPECTED = "expected limit: width from the expected limit, centre from the observed one"
HALF_NORMAL = "half normal: peak at zero, width from the limit"
LOWEST, HIGHEST = -30.0, 1e6
"""Estimates in standard deviations between which one is looked for."""


@dataclass(frozen=True)
class Shape:
    """The Gaussian that stands for a limit: its centre, its widths up and down, how they were found.

    ``measured`` says whether the centre is known; of nothing but a limit it is not.
    """

    central: float
    plus: float
    minus: float
    construction: str
    measured: bool = True


def height(confidence_level: float, significance: float = 0.0) -> float:
    r"""The limit in standard deviations, :math:`h(\rho)`, of an estimate :math:`\rho` = ``significance``.

    Raises :class:`InputError` for an estimate too far below zero.
    """
    above = (
        (1.0 - confidence_level) * 0.5 * erfc(-significance / sqrt(2.0))
    )  # the tail: exact where 1 minus it is rounded
    if not above:
        raise InputError(
            f"A signal yield of {significance:.3g} standard deviations leaves no probability above zero."
        )
    return significance - NormalDist().inv_cdf(above)


def width(limit: float, confidence_level: float, significance: float = 0.0) -> float:
    r"""Standard deviation of the Gaussian of mean :math:`\rho\sigma`, :math:`\rho` = ``significance``, that gives
    the limit.

    ``limit`` and the result are in the same units. Raises :class:`InputError` for a yield too far below zero.
    """
    return limit / height(confidence_level, significance)


def from_yield(limit: float, confidence_level: float, value: float, error: float) -> Shape:
    """Of a fitted number of signal events."""
    pull = value / error
    sigma = width(limit, confidence_level, pull)
    return Shape(pull * sigma, sigma, sigma, YIELD)


def from_expected(limit: float, confidence_level: float, expected: float) -> Shape:
    """Of an observed limit and the median ``expected`` without signal at the same level.

    Raises :class:`InputError` for two that no estimate gives.

    >>> from nutau.measurements.limits import from_expected
    >>> found = from_expected(1.6448536, 0.9, 1.6448536)
    >>> abs(round(found.central, 6)), round(found.plus, 6)
    (0.0, 1.0)
    """
    from scipy.optimize import brentq

    sigma = width(expected, confidence_level)
    wanted = limit / sigma
    if not height(confidence_level, LOWEST) < wanted < HIGHEST:
        how = "low" if wanted < 1 else "high"
        raise InputError(
            f"A limit of {limit:g} with {expected:g} expected: no measured value gives so {how} a limit. Are both in "
            "the unit of the entry and at the same confidence level?"
        )
    pull = brentq(lambda rho: height(confidence_level, rho) - wanted, LOWEST, HIGHEST, xtol=1e-12)
    return Shape(pull * sigma, sigma, sigma, EXPECTED)


def alone(limit: float, confidence_level: float, why: str = "") -> Shape:
    """Of nothing but a limit; ``why`` says why what else is known does not help."""
    sigma = width(limit, confidence_level)
    return Shape(0.0, sigma, sigma, f"{HALF_NORMAL} ({why})" if why else HALF_NORMAL, measured=False)
