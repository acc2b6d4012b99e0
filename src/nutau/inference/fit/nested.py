r"""Nested sampling of the parameters with the nuisances integrated out (dynesty: Speagle, arXiv:1904.02180).

It needs no starting point, finds separate modes with their weights, follows the hyperbola of a product of couplings,
and gives the evidence. The parameters come from the unit cube through their priors; the nuisances are integrated in
closed form (:func:`nutau.inference.likelihood.marginal.marginal`), so that there are as many dimensions as parameters.
What it returns is exact only for linear theory and Gaussian data; :mod:`nutau.inference.fit.independence` corrects it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.common.progress import Progress
from nutau.errors import ComputationError, InputError, MissingExtraError
from nutau.inference.fit.curves import windows
from nutau.inference.fit.priors import Priors
from nutau.inference.fit.search import Minimum
from nutau.inference.likelihood import Likelihood, double_precision
from nutau.inference.likelihood.marginal import marginal

LIVE = 200
"""Live points of one or two parameters. Their number limits nested sampling's own evidence, not the posterior."""
REST = 0.05
"""Sampling ends when the live points could add this to the log evidence; what they hold is added too."""
ROOM = 1.25
"""The volume of the ellipsoids around the live points in units of the smallest."""
FAR = 60.0
"""A flat prior without ends is cut where the profile of -2 log L is this high: e^-30 of the posterior is lost."""
NOTHING = -1e100
"""What dynesty is told where the likelihood is zero; it wants a number."""


@dataclass(frozen=True, eq=False)
class Cube:
    """The unit cube and what it means: parameters through their priors, a prior without ends on a box around the data.

    ``box`` ``(n, 2)`` holds the box, used where a prior cannot be normalised.
    """

    priors: Priors
    box: Array

    def parameters(self, u: Array) -> Array:
        """Points of the cube ``(..., n)`` as parameters."""
        found = [
            prior.quantile(u[..., place]) if prior.proper else low + (high - low) * u[..., place]
            for place, (prior, (low, high)) in enumerate(zip(self.priors.each, self.box, strict=True))
        ]
        return np.stack(found, axis=-1)

    def log_density(self, p: Array) -> Array:
        """The logarithm of the prior in the cube at parameters ``(..., n)``: of its Jacobian, and of the box."""
        return self.priors.jacobian(p) + self.log_sides

    @property
    def log_sides(self) -> float:
        """The logarithm of the box's size, along priors that cannot be normalised."""
        sides = (self.box[:, 1] - self.box[:, 0])[[not prior.proper for prior in self.priors.each]]
        return float(np.log(sides).sum())


def cube(likelihood: Likelihood, minima: Sequence[Minimum], size: Array, priors: Priors) -> Cube:
    """The cube of a likelihood; :class:`InputError` for a posterior that is not normalisable."""
    box = priors.bounds.copy()
    for place, prior in enumerate(priors.each):
        if prior.proper:
            continue
        parts = windows(likelihood.switched("fast"), minima, size, place, FAR)
        low, high = min(part[0] for part in parts), max(part[1] for part in parts)
        box[place] = max(low, prior.low), min(high, prior.high)
        if not np.isfinite(box[place]).all():
            name = likelihood.parametrisation.names[place]
            raise InputError(
                f"The posterior of {name} is not normalisable: -2 log L stays low however far. Give it a range "
                f"(`ranges={{{name!r}: (-1, 1)}}`) or a prior that ends."
            )
    return Cube(priors, box)


@dataclass(frozen=True, eq=False)
class Explored:
    """Points of the cube ``(m, n)`` with their normalised weights, and the log evidence with its error."""

    points: Array
    weights: Array
    log_evidence: float
    error: float


@double_precision
def explore(
    likelihood: Likelihood, space: Cube, *, live: int = LIVE, seed: int = 1, progress: Progress | None = None
) -> Explored:
    """Nested sampling over a cube.

    Raises :class:`ComputationError` where the likelihood is zero everywhere that the prior reaches.
    """
    try:
        from dynesty import NestedSampler
    except ImportError:
        raise MissingExtraError("dynesty", "fit") from None

    value = _value(likelihood, space)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of plateaus where the likelihood is zero
        sampler = NestedSampler(
            value,
            _itself,
            len(space.box),
            nlive=live,
            rstate=stream(seed, 1),
            bootstrap=0,  # bounds by bootstrap take longer than all else, and
            enlarge=ROOM,  # what they would miss is within the tails of the mixture
            update_interval=2.0,
        )
        sampler.run_nested(dlogz=REST, print_progress=progress is not None, print_func=_told(live, progress))
        found: Any = sampler.results
    weights = np.exp(found.logwt - np.max(found.logwt))
    if np.max(found.logl) <= 0.1 * NOTHING:
        raise ComputationError(
            "The likelihood is zero wherever the prior is not; look at the priors and ranges."
        )
    return Explored(
        np.asarray(found.samples),
        weights / weights.sum(),
        float(found.logz[-1]),
        float(found.logzerr[-1]),
    )


@double_precision
def _value(likelihood: Likelihood, space: Cube) -> Callable[[Array], float]:
    """The logarithm of likelihood times density in the cube, compiled for one point: far faster than NumPy there."""
    import jax

    priors, beside = space.priors, space.log_sides
    norm = priors.norm if priors.coefficients else 0.0
    compiled = jax.jit(lambda p: -0.5 * marginal(likelihood, p) + priors.traced(p))

    def value(u: Array) -> float:
        found = float(compiled(space.parameters(u))) + beside - norm
        return found if np.isfinite(found) else NOTHING

    return value


def _itself(u: Array) -> Array:
    return u


def _told(live: int, progress: Progress | None) -> Callable[..., None]:
    """dynesty's report in iterations: each e-fold of what is left takes as many as there are live points."""

    def told(results: Any, iteration: int, *rest: Any, **options: Any) -> None:
        left = float(getattr(results, "delta_logz", 1.0))
        if progress is not None and iteration % 50 == 0:
            togo = live * max(np.log(max(left, REST) / REST), 0.0) + live
            progress(iteration, int(iteration + togo))

    return told
