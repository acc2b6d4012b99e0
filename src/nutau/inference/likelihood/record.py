r"""The likelihood of a data set as a function of fit parameters.

.. math:: -2\log L(p, \epsilon) = \sum_m \chi^2_m\big(O(x(p), \epsilon)\big) + \sum_k \epsilon_k^2

with internal parameters :math:`x(p)`, observables as ratios (or other readouts) of polynomials in :math:`x`, and
theory nuisances :math:`\epsilon_k \sim \mathcal N(0,1)`: principal directions of the scatter of all forms over the
draws of the inputs, so a nuisance moves all observables together, by amounts that depend on the point. In the
``full`` mode they are profiled; in the ``fast`` mode the linearised theory covariance :math:`B^T B` at the point is
added to the experimental covariance. No :math:`\ln\det` is added: both are profile likelihoods, and agree for small
errors.

Entries that are not Gaussian: asymmetric uncertainties use the PDG's width at the prediction, limits the Gaussian that
stands for them, tables their spline. The full mode uses all of them as they are; the fast mode linearises them only
to place the nuisances.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from nutau.common.arrays import Array
from nutau.common.implicit import implicit_minimum, value_at_minimum
from nutau.common.threads import at_once
from nutau.inference.likelihood.experiment import Experiment
from nutau.inference.likelihood.parametrisation import Parametrisation
from nutau.inference.likelihood.precision import double_precision
from nutau.inference.likelihood.profiling import fast, full, profile_nuisances
from nutau.inference.likelihood.scales import generic_influence, rank
from nutau.inference.theory_model import Expansion, TheoryModel
from nutau.measurements.ages import Ages

if TYPE_CHECKING:
    from nutau.inference.likelihood.origin import Origin

MODES = ("full", "fast")
CHUNK = 4096
"""Points evaluated at once, which bounds the memory."""
NUMBERS = 2**20
"""Shifts of predictions held at once, over all points, modes and observables."""
FEW = 512
"""Fewer points than this are evaluated one by one instead of compiling a loop for them."""


@dataclass(frozen=True, eq=False)
class Likelihood:
    """Measurements, theory and parameters together; methods take fit parameters in the order of their names.

    ``sm`` is where its Standard Model comes from. ``quoted`` are the observables of which there is another one, and
    ``alternative`` the likelihood on that. ``origin`` holds its inputs and theory draws, for more observables,
    ``ages`` how old its measurements are.
    """

    parametrisation: Parametrisation
    theory_model: TheoryModel
    experiment: Experiment
    mode: str = "full"
    data: str = ""
    inputs: str = ""
    unaffected: tuple[str, ...] = ()
    unpredicted: tuple[str, ...] = ()
    untested: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    sm: str = "inputs"
    quoted: tuple[str, ...] = ()
    alternative: Likelihood | None = None
    origin: Origin | None = None
    ages: Ages | None = None

    def __getstate__(self) -> dict[str, object]:
        """The fields alone: what is compiled cannot be pickled, and is compiled again where it is needed."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    @property
    def names(self) -> tuple[str, ...]:
        """The free parameters, in the order of points."""
        return self.parametrisation.names

    @property
    def nuisances(self) -> int:
        """How many theory nuisances."""
        return int(self.theory_model.numerator_modes.shape[0])

    def theory(self, p: Array) -> Expansion:
        """The predictions at one point ``(n,)`` as functions of the nuisances."""
        return self.theory_model.expanded(self.parametrisation.to_linear(p))

    def joint(self, p: Array, eps: Array) -> Array:
        """-2 log L at given parameters ``(n,)`` and nuisances ``(k,)``: what a sampler samples."""
        felt, rest = self._split
        if rest is None:
            return full(self.theory(p), self.experiment, eps)
        return felt.joint(p, eps) + rest.experiment(rest.theory_model(self.parametrisation.to_linear(p)))

    @cached_property
    def best_nuisances(self) -> Callable[[Array], Array]:
        """The nuisances ``(k,)`` that fit best at parameters ``(n,)``; differentiable."""
        felt, _ = self._split
        return implicit_minimum(
            self.joint, lambda p: profile_nuisances(felt.theory(p), felt.experiment, self.nuisances)
        )

    @cached_property
    def _split(self) -> tuple[Likelihood, Likelihood | None]:
        """The measurements that theory nuisances move, which alone say where these are, and the others."""
        keep = self.experiment.moved(self.theory_model.moved)
        if all(keep) or not any(keep):
            return self, None
        return self.part(keep), self.part([not kept for kept in keep])

    def part(self, keep: Sequence[bool]) -> Likelihood:
        """That of some of its measurements alone: a flag for each."""
        part = self.experiment.part(keep)
        rows = [self.experiment.observables.index(item) for item in part.observables]
        return Likelihood(self.parametrisation, self.theory_model.part(rows), part, self.mode)

    @cached_property
    def _profiled(self) -> Callable[[Array], Array]:
        return value_at_minimum(self.joint, self.best_nuisances)

    def __call__(self, p: Array) -> Array:
        """-2 log L at one point ``(n,)``; JAX differentiates it as often as wanted, the nuisances at their minimum."""
        if self.mode == "fast":
            return self._stepped(p)
        return self._profiled(p)

    def _stepped(self, points: Array) -> Array:
        """The fast mode at points ``(..., n)``: only what nuisances move needs the covariance."""
        x = self.parametrisation.to_linear(points)
        if not self.nuisances:
            return self.experiment(self.theory_model(x))
        moved, rest = self._split
        value = fast(*moved.theory_model.covariance(x), moved.experiment)
        return value if rest is None else value + rest.experiment(rest.theory_model(x))

    @cached_property
    def value_and_gradient(self) -> Callable[[Array], tuple[Array, Array]]:
        """Compiled -2 log L and its gradient at one point."""
        import jax

        return jax.jit(jax.value_and_grad(self.__call__))

    @cached_property
    def _derivatives(self) -> Callable[[Array], tuple[Array, tuple[Array, Array]]]:
        import jax

        def both(p: Array) -> tuple[Array, tuple[Array, Array]]:
            value, gradient = jax.value_and_grad(self.__call__)(p)
            return gradient, (value, gradient)

        return jax.jit(jax.jacfwd(both, has_aux=True))

    @double_precision
    def derivatives(self, p: Array) -> tuple[float, Array, Array]:
        """-2 log L, its gradient ``(n,)`` and its second derivatives ``(n, n)`` at one point ``(n,)``, as NumPy.

        In the full mode the nuisances follow the parameters: the derivatives are those of the profile.
        """
        hessian, (value, gradient) = self._derivatives(np.asarray(p, dtype=float))
        return float(value), np.asarray(gradient), np.asarray(hessian)

    @cached_property
    def _batch(self) -> Callable[[Array], Array]:
        import jax

        return jax.jit(lambda points: jax.lax.map(self.__call__, points))

    @double_precision
    def chi2(self, points: Array) -> Array:
        """-2 log L at points ``(..., n)`` as NumPy; infinite where a prediction is no number."""
        points = np.asarray(points, dtype=float)
        flat = points.reshape(-1, points.shape[-1])
        size = self._at_once
        chunks = [flat[start : start + size] for start in range(0, len(flat), size)]
        if self.mode == "fast" and len(chunks) > 1:
            done = [
                self._chunk(chunks[0]),
                *at_once(self._chunk, chunks[1:]),
            ]  # what is kept is made by the first
        else:
            done = [self._chunk(chunk) for chunk in chunks]
        found = np.concatenate(done)
        return np.where(np.isfinite(found), found, np.inf).reshape(points.shape[:-1])

    @property
    def _at_once(self) -> int:
        """How many points one chunk has: in the fast mode each takes the memory of all shifts of its predictions."""
        if self.mode != "fast":
            return CHUNK
        modes, observables, _ = self._split[0].theory_model.numerator_modes.shape
        return max(1, min(CHUNK, NUMBERS // max(modes * observables, 1)))

    def _chunk(self, points: Array) -> Array:
        if self.mode == "fast":
            with np.errstate(all="ignore"):  # where a rate vanishes, rounding decides on a ratio to it
                return np.asarray(self._stepped(points))
        if len(points) < FEW:  # the compiled function of one point is there already
            return np.array([float(self.value_and_gradient(point)[0]) for point in points])
        filled = np.concatenate([points, np.repeat(points[-1:], CHUNK - len(points), axis=0)])
        return np.asarray(self._batch(filled))[: len(points)]

    @double_precision
    def predictions(self, p: Array, *, fitted: bool = False) -> Array:
        """Central predictions at ``p`` ``(n,)``, or with the nuisances where the data pull them; ``(obs,)``."""
        p = np.asarray(p, dtype=float)
        if not fitted:
            return np.asarray(self.theory_model(self.parametrisation.to_linear(p)))
        return np.asarray(self._fitted(p))

    @cached_property
    def _fitted(self) -> Callable[[Array], Array]:
        import jax

        return jax.jit(lambda p: self.theory(p)(self.best_nuisances(p)))

    @cached_property
    def slopes(self) -> Callable[[Array], Array]:
        """Compiled derivatives of central predictions by parameters, ``(points, n)`` to ``(points, obs, n)``."""
        import jax

        def central(p: Array) -> Array:
            return self.theory_model(self.parametrisation.to_linear(p))

        return jax.jit(jax.vmap(jax.jacfwd(central)))

    def theory_covariance(self, p: Array) -> Array:
        """The theory covariance of the predictions at ``p``, ``(obs, obs)``."""
        return np.asarray(
            self.theory_model.covariance(self.parametrisation.to_linear(np.asarray(p, dtype=float)))[1]
        )

    @cached_property
    def without_new_physics(self) -> Likelihood:
        """The same with the parameters that are held fixed at zero too, so that zero is the Standard Model."""
        held = self.parametrisation
        if not np.any(held.to_linear(held.sm)):
            return self
        return replace(self, parametrisation=replace(held, fixed=dict.fromkeys(held.fixed, 0.0)))

    @cached_property
    def generic_influence(self) -> Array:
        """What each parameter does to each prediction, in errors, at generic points ``(points, obs, n)``."""
        return generic_influence(self)

    @cached_property
    def effective_parameters(self) -> int:
        """How many parameters count: the rank of the predictions (:mod:`nutau.inference.likelihood.scales`)."""
        return rank(self)

    @property
    def dof(self) -> int:
        """Measured numbers minus the parameters that these see; what limits alone see takes no number away."""
        return self.experiment.numbers - self._determined

    @cached_property
    def _determined(self) -> int:
        return rank(self, self.experiment.counted)

    @cached_property
    def _other(self) -> Likelihood:
        return replace(self, mode="fast" if self.mode == "full" else "full")

    def switched(self, mode: str) -> Likelihood:
        """The same likelihood in another mode; the same object at every call, so it is compiled once."""
        return self if mode == self.mode else self._other
