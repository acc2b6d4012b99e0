r"""A published CLs curve as the Gaussian that has it.

A Gaussian estimate :math:`\hat x` with standard deviation :math:`\sigma` has

.. math:: \mathrm{CL}_s(x) = \Phi\!\left(\frac{\hat x-x}{\sigma}\right)\Big/\Phi\!\left(\frac{\hat x}{\sigma}\right),

the p-value of the signal and background over that of the background (:mod:`nutau.measurements.limits`). Both numbers
are fitted to the points of the curve with least squares in CLs, each point alike: a curve is read off a figure. A curve
that no Gaussian follows is refused, for a table of -2 log L says more.
"""

from __future__ import annotations

import numpy as np

from nutau.common.arrays import Array
from nutau.common.tails import log_below
from nutau.errors import InputError
from nutau.measurements.limits import Shape

CURVE = "CLs curve: centre and width fitted to its {0} points"
WORST = 0.03
"""A curve that is further from that of a Gaussian than this, in CLs, at any point is refused."""


def from_curve(values: Array, cls: Array) -> Shape:
    """Of CLs at increasing values of the observable, ``(points,)`` each.

    Raises :class:`InputError` for a curve that is not that of a Gaussian.

    >>> import numpy as np
    >>> from nutau.measurements.cls_curves import curve, from_curve
    >>> x = np.linspace(0.5, 4.0, 8)
    >>> found = from_curve(x, curve(x, 0.4, 1.1))
    >>> round(found.central, 4), round(found.plus, 4)
    (0.4, 1.1)
    """
    from scipy.optimize import least_squares

    scale = float(values[-1])
    away = np.asarray(values, dtype=float) / scale

    def residuals(p: Array) -> Array:
        return curve(away, float(p[0]), float(np.exp(p[1]))) - cls

    starts = [(centre, np.log(0.5)) for centre in (-0.5, 0.0, 0.5)]
    found = min((least_squares(residuals, start) for start in starts), key=lambda fit: fit.cost)
    worst = float(np.max(np.abs(found.fun)))
    if worst > WORST:
        raise InputError(
            f"The CLs curve is up to {worst:.2g} from that of any Gaussian; {WORST:g} is allowed. Give -2 log L as a "
            "table (kind: table), or the limit alone."
        )
    sigma = float(np.exp(found.x[1])) * scale
    return Shape(float(found.x[0]) * scale, sigma, sigma, CURVE.format(len(away)))


def curve(values: Array, centre: float, sigma: float) -> Array:
    """CLs of a Gaussian estimate at ``values``."""
    return np.exp(log_below((centre - values) / sigma) - log_below(centre / sigma))
