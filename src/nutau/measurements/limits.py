r"""From an upper limit to a likelihood.

A limit alone does not say where the likelihood peaks. Three constructions, from the most to the least
informed; the first that the entry allows is used, and every record says which:

1. ``measured``: the collaboration's own central value and uncertainty. The limit itself is then not used.
2. ``signal yield``: the fitted yield :math:`\hat n \pm \sigma_n` fixes the shape, a Gaussian with
   :math:`\rho = \hat n/\sigma_n`; its width follows from the limit, below.
3. ``half normal``: nothing but the limit is known, :math:`\rho = 0`.

In 2 and 3 the width is the one that gives the published limit back at its confidence level. With a flat prior
on :math:`x \ge 0` the posterior is a Gaussian of mean :math:`\rho\sigma` cut at zero, and

.. math:: P(x < L) = \mathrm{CL} \quad\Rightarrow\quad
   \sigma = L \big/ \left(\rho + \Phi^{-1}\!\left[\Phi(-\rho) + \mathrm{CL}\,\Phi(\rho)\right]\right),

which is :math:`L/1.645` for CL = 90 % and :math:`\rho = 0`.
"""

from __future__ import annotations

from math import erfc, sqrt
from statistics import NormalDist

from nutau.errors import InputError

MEASURED = "measured: central value and uncertainty of the collaboration"
YIELD = "signal yield: shape of the fitted yield, width from the limit"
HALF_NORMAL = "half normal: peak at zero, width from the limit"


def width(limit: float, confidence_level: float, significance: float = 0.0) -> float:
    r"""Standard deviation of the Gaussian of mean :math:`\rho\sigma`, :math:`\rho` = ``significance``, that gives
    the limit.

    ``limit`` and the result are in the same units. Raises :class:`InputError` for a yield too far below zero.
    """
    above = (
        (1.0 - confidence_level) * 0.5 * erfc(-significance / sqrt(2.0))
    )  # the tail: exact where 1 minus it is rounded
    if not above:
        raise InputError(
            f"A signal yield of {significance:.3g} standard deviations leaves no probability above zero."
        )
    return limit / (significance - NormalDist().inv_cdf(above))
