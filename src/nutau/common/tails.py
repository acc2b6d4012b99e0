r"""Tails and quantiles of χ² and of the Gaussian, from :mod:`scipy.special`: ``scipy.stats`` takes a second to import.

With :math:`n` degrees of freedom the probability beyond :math:`x` is :math:`Q(n/2, x/2)`, the regularised incomplete Γ.
The numbers are those of ``scipy.stats``, which calls the same functions.
"""

from __future__ import annotations

import numpy as np

from nutau.common.arrays import Array


def chi2_beyond(x: float, dof: float) -> float:
    """The probability of a χ² above ``x``; NaN without degrees of freedom.

    >>> round(chi2_beyond(3.84, 1), 3)
    0.05
    """
    from scipy.special import chdtrc

    return float(chdtrc(dof, x)) if dof > 0 else float("nan")


def chi2_below(x: float, dof: float) -> float:
    """The probability of a χ² below ``x``; NaN without degrees of freedom."""
    from scipy.special import chdtr

    return float(chdtr(dof, x)) if dof > 0 else float("nan")


def chi2_quantile(level: float, dof: float) -> float:
    """The χ² that is not exceeded with probability ``level``; NaN without degrees of freedom.

    >>> round(chi2_quantile(0.95, 1), 3)
    3.841
    """
    from scipy.special import gammaincinv

    return 2.0 * float(gammaincinv(0.5 * dof, level)) if dof > 0 else float("nan")


def two_sided(p_value: float) -> float:
    """A p-value as the two-sided deviation of a Gaussian in σ.

    >>> round(two_sided(0.3173), 2)
    1.0
    """
    from scipy.special import ndtri

    return 0.0 - float(ndtri(0.5 * p_value))  # never -0


def log_below(x: Array) -> Array:
    """The logarithm of the probability of a Gaussian below ``x`` in σ, far in the tail too."""
    from scipy.special import log_ndtr

    return np.asarray(log_ndtr(x))
