r"""Natural sizes of fit parameters, and how many of them the data see.

Wilks' theorem counts the directions in which predictions move. A coupling that enters only as a product with another is
no second one, and a phase of an amplitude that only a rate knows is none. So the *effective* parameters are the rank of

.. math:: J_{ai} = \frac{p_i}{\sigma_a}\,\frac{\partial O_a}{\partial p_i},

the change of every prediction, in units of its error, as a parameter changes by its own size. It is taken at
generic points, not at one where a slope happens to vanish, so far from the Standard Model that the data would see it; a
direction counts where its singular value is above :data:`SEEN` at half of them or more. What is below is there only by
loops (U1 at 2 TeV: 0.03, from Z decays) or rounding (1e-12). What counts is 0.2 and more, but for the third coupling of
VB (0.09 to 0.16, by the points), without which its significance is 0.3 to 0.4 higher: a direction that data hardly see
counts in full, so that a significance errs on the low side. Coefficients without ranges are another case: however
little a direction does, far enough along it the data see it, so all but rounding counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.measurements import LikelihoodGrid

if TYPE_CHECKING:
    from nutau.inference.likelihood.record import Likelihood

POWERS = np.logspace(-14, 5, 153)
"""Sizes that are tried, in the units of the parameter."""
CLEAR = 4.0
"""A size is one at which the predictions have moved by this much in χ²."""
SEEN = 0.1
"""A direction counts if a change of parameters by their own size moves the predictions by more, in errors."""
ROUNDING = 1e-9
"""Singular values below this fraction of the largest are rounding."""
GENERIC = 16
"""Points at which the rank is taken."""
APART = 9.0
"""They are as far from the Standard Model as this in χ², or as their bounds allow."""
REACH = np.logspace(-4, 4, 161)
STEP = 1e-4
"""Of the finite differences, which are exact to its square: predictions are polynomials and ratios of them."""


def sizes(likelihood: Likelihood) -> Array:
    """A size for every free parameter, ``(n,)``: its own, or the smallest at which the data see it.

    The parameters with a size of their own stand at it meanwhile (κ alone has no effect), the others at zero; 1 where
    the data see nothing at any size.
    """
    free = likelihood.parametrisation.free
    found = np.array([np.nan if parameter.size is None else parameter.size for parameter in free])
    base = np.where(np.isnan(found), 0.0, found)
    weight = 1.0 / uncertainties(likelihood, np.zeros(len(free)))
    for position in np.flatnonzero(np.isnan(found)):
        points = np.repeat(base[None, :], len(POWERS), axis=0)
        points[:, position] = POWERS
        moved = (_predict(likelihood, points) - _predict(likelihood, base[None, :])) * weight
        seen = np.flatnonzero((moved**2).sum(axis=-1) > CLEAR)
        found[position] = POWERS[seen[0]] if len(seen) else 1.0
    return found


def uncertainties(likelihood: Likelihood, p: Array) -> Array:
    """Experimental and theory uncertainties of the observables together, ``(obs,)``, for scaling only."""
    experiment = likelihood.experiment
    precision = np.zeros(len(experiment.observables))
    np.add.at(precision, experiment.rows, 4.0 / (experiment.plus + experiment.minus) ** 2)
    for found, where in experiment.tables:
        if not isinstance(found, LikelihoodGrid):
            precision[list(where)] += found.precision
            continue
        for axis, position in zip(found.axes, where, strict=True):
            precision[position] += (4.0 / (axis[-1] - axis[0])) ** 2
    theory = np.diag(likelihood.theory_covariance(p))
    return np.sqrt(1.0 / np.maximum(precision, 1e-300) + theory)


def _predict(likelihood: Likelihood, points: Array) -> Array:
    return np.asarray(likelihood.theory_model(likelihood.parametrisation.to_linear(points)))


def generic_points(likelihood: Likelihood, size: Array, seed: int = 1) -> Array:
    """Points of all signs as far from the Standard Model in χ² as :data:`APART`, within the bounds, ``(points, n)``.

    Parameters are as large in them as they can be alone: one that data bound tightly hides no other.
    """
    random = stream(seed)
    shape = (GENERIC, len(size))
    bounds = likelihood.parametrisation.bounds
    weight = 1.0 / uncertainties(likelihood, np.zeros(len(size)))
    standard = _predict(likelihood, np.zeros((1, 1, len(size))))

    def apart(points: Array) -> Array:
        with np.errstate(all="ignore"):  # far out a ratio may be no number
            moved = (((_predict(likelihood, points) - standard) * weight) ** 2).sum(axis=-1)
        return np.nan_to_num(moved, nan=0.0) > APART

    alone = _alone(apart, size, bounds)
    ways = alone * random.choice([-1.0, 1.0], shape) * random.uniform(0.3, 1.5, shape)
    points = _inside(REACH[:, None, None] * ways, bounds, size, random.random(shape))
    far = apart(points)
    first = np.where(far.any(axis=0), far.argmax(axis=0), len(REACH) // 2)
    return np.asarray(points[first, np.arange(GENERIC)])


def _alone(apart: Callable[[Array], Array], size: Array, bounds: Array) -> Array:
    """How large each parameter can be alone until data see it (``apart``), or its bound, or else its size."""
    far = apart(REACH[:, None, None] * np.diag(size))
    seen = np.where(far.any(axis=0), size * REACH[far.argmax(axis=0)], np.inf)
    found = np.minimum(seen, np.abs(bounds).max(axis=1))
    return np.where(np.isfinite(found), found, size)


def _inside(points: Array, bounds: Array, size: Array, share: Array) -> Array:
    """Points with what is out of bounds anywhere in the range instead: at an end, as 0, slopes may vanish."""
    low, high = bounds.T
    first = np.where(np.isfinite(low), low, np.minimum(high, 0.0) - size)
    last = np.where(np.isfinite(high), high, np.maximum(low, 0.0) + size)
    return np.where((points < low) | (points > high), first + share * (last - first), points)


def influence(likelihood: Likelihood, points: Array) -> Array:
    r""":math:`J_{ai}` at points ``(..., n)``, shape ``(..., obs, n)``; zero where a prediction is no number."""
    weight = 1.0 / uncertainties(likelihood, np.zeros(points.shape[-1]))
    steps = 1.0 + STEP * np.eye(points.shape[-1]), 1.0 - STEP * np.eye(points.shape[-1])
    with np.errstate(all="ignore"):
        ahead, behind = (_predict(likelihood, points[..., None, :] * step) for step in steps)
        slopes = (ahead - behind) / (2.0 * STEP) * weight
    return np.nan_to_num(np.swapaxes(slopes, -1, -2), nan=0.0, posinf=0.0, neginf=0.0)


def generic_influence(likelihood: Likelihood) -> Array:
    """:func:`influence` at generic points, ``(points, obs, n)``."""
    return influence(likelihood, generic_points(likelihood, sizes(likelihood)))


def rank(likelihood: Likelihood, among: Array | None = None) -> int:
    """How many directions in parameter space the data see, or the observables ``among`` them; at least one."""
    found = likelihood.generic_influence
    if among is not None:
        found = found[..., among, :]
    singular = np.median(np.linalg.svd(found, compute_uv=False), axis=0)
    endless = _endless(likelihood, sizes(likelihood))
    least = ROUNDING * singular.max(initial=0.0) if endless else SEEN
    return max(int(np.count_nonzero(singular > least)), 1)


def _endless(likelihood: Likelihood, size: Array) -> bool:
    """Whether coefficients are affine in the parameters, and none of these has a range."""
    to_linear, bounds = likelihood.parametrisation.to_linear, likelihood.parametrisation.bounds
    middle, first, last = (to_linear(share * size) for share in (1.0, 0.5, 1.5))
    affine = np.allclose(first + last, 2.0 * middle, rtol=1e-9, atol=1e-9 * np.abs(middle).max())
    return bool(affine and np.isinf(bounds).all())
