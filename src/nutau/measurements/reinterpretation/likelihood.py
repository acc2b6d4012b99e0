r"""The likelihood of a spectrum: expected events linear in it, nuisance parameters at their best.

With weights :math:`w_c = k_c + \sum_j R_{cj}\,x_j` of the signal's cells for predictions :math:`x_j` (means of
:math:`d\mathcal B/dq^2` in bins of :math:`q^2`),

.. math:: -2\log L(x) = \min_\theta\; 2\sum_b\Big[\nu_b - n_b + n_b\log\frac{n_b}{\nu_b}\Big] + C(\theta)

is zero where every bin is as predicted, so it is also the goodness of fit. The minimum is found by Newton's method in
the space of the bins: with :math:`J=\partial\nu/\partial\theta`, the variances :math:`V` of the constraints around
their centre :math:`c`, :math:`r = 1-n/\nu` and :math:`W=\mathrm{diag}(n/\nu^2)`,

.. math:: \theta = c + V J^T u,\qquad (1 + W J V J^T)\,u = W J(\theta_0-c) - r ,

as many equations as there are bins. Its gradient is that at fixed :math:`\theta`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from nutau.common.arrays import Array, lock, namespace
from nutau.common.implicit import implicit_minimum, value_at_minimum
from nutau.measurements.reinterpretation.constraints import Constraints
from nutau.measurements.reinterpretation.template import Template

STEPS = 60
"""Newton steps at most; five to ten are usual."""
SETTLED = 1e-11
"""A step that lowers -2 log L by less than this fraction of 1 + itself is the last."""


@dataclass(frozen=True, eq=False)
class SpectrumLikelihood:
    """-2 log L of predictions ``(obs,)`` in natural units; one point at a time under JAX, ``(..., obs)`` with NumPy.

    ``constant`` ``(C,)`` and ``response`` ``(C, obs)`` give the weights of the cells, ``observed`` ``(B,)`` the events.
    """

    template: Template
    constraints: Constraints
    observed: Array
    constant: Array
    response: Array

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "observed", "constant", "response")

    def __getstate__(self) -> dict[str, object]:
        """The fields alone: what is compiled is compiled again where it is needed."""
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    @property
    def numbers(self) -> int:
        """How many numbers were measured: the bins less the parameters of which nothing else is known."""
        return max(len(self.observed) - self.constraints.free, 0)

    def expected(self, x: Array, theta: Array) -> Array:
        """Events of the bins ``(B,)`` at predictions ``(obs,)`` and nuisance parameters ``(n,)``."""
        return self.template.expected(theta, self._weights(x))

    def joint(self, x: Array, theta: Array) -> Array:
        """-2 log L at given nuisance parameters; infinite where a bin with events expects none."""
        xp = namespace(x, theta)
        expected, seen = self.expected(x, theta), xp.asarray(self.observed)
        positive = xp.where(expected > 0, expected, 1.0)
        logs = xp.where(seen > 0, seen * xp.log(xp.where(seen > 0, seen, 1.0) / positive), 0.0)
        height = xp.where((expected > 0) | ((expected == 0) & (seen == 0)), expected - seen + logs, xp.inf)
        return 2.0 * xp.sum(height) + self.constraints(theta)

    def __call__(self, x: Array) -> Array:
        """-2 log L with the nuisance parameters at their best."""
        if namespace(x) is np:
            return self._each(x, lambda point: self.joint(point, self.best(point)))
        return self._profiled(x)

    def best(self, x: Array) -> Array:
        """The nuisance parameters ``(n,)`` that fit best at predictions ``(obs,)``; differentiable under JAX."""
        return self._search(x) if namespace(x) is np else self._best(x)

    def curved(self, x: Array) -> tuple[Array, Array]:
        """Gradient ``(..., obs)`` and positive semi-definite curvature ``(..., obs, obs)`` of -2 log L."""
        if namespace(x) is not np or np.ndim(x) == 1:
            return self._curved(x)
        flat = [self._curved(point) for point in np.reshape(x, (-1, np.shape(x)[-1]))]
        gradient, curvature = (np.stack(part) for part in zip(*flat, strict=True))
        return gradient.reshape(np.shape(x)), curvature.reshape((*np.shape(x), np.shape(x)[-1]))

    def with_observed(self, observed: Array) -> SpectrumLikelihood:
        """The same analysis with other events ``(B,)`` seen."""
        return replace(self, observed=np.asarray(observed, dtype=float))

    def _curved(self, x: Array) -> tuple[Array, Array]:
        xp = namespace(x)
        theta = self.best(x)
        weights = self._weights(x)
        slopes = xp.asarray(self._lift) @ (
            self.template.by_weight(theta)[:, None] * xp.asarray(self.response)
        )
        residual, weight = self._residual(self.template.expected(theta, weights))
        jacobian = self.template.jacobian(theta, weights)
        _, variance = self.constraints.local(theta)
        spread = (jacobian * variance[None, :]) @ jacobian.T
        middle = xp.linalg.solve(xp.eye(len(weight)) + weight[:, None] * spread, xp.diag(weight))
        return 2.0 * residual @ slopes, 2.0 * slopes.T @ (0.5 * (middle + middle.T)) @ slopes

    def _weights(self, x: Array) -> Array:
        xp = namespace(x)
        return xp.asarray(self.constant) + xp.asarray(self.response) @ x

    def _residual(self, expected: Array) -> tuple[Array, Array]:
        """Slope and curvature of half of -2 log L by the events expected in each bin."""
        xp = namespace(expected)
        positive = xp.where(expected > 0, expected, 1.0)
        seen = xp.asarray(self.observed)
        return 1.0 - seen / positive, seen / (positive * positive)

    @cached_property
    def _lift(self) -> Array:
        return np.eye(self.template.bins)[:, np.asarray(self.template.bin_of)]

    def _newton(self, x: Array, theta: Array) -> Array:
        """The nuisance parameters after one step."""
        xp = namespace(x, theta)
        weights = self._weights(x)
        residual, weight = self._residual(self.template.expected(theta, weights))
        jacobian = self.template.jacobian(theta, weights)
        centre, variance = self.constraints.local(theta)
        spread = (jacobian * variance[None, :]) @ jacobian.T
        right = weight * (jacobian @ (theta - centre)) - residual
        u = xp.linalg.solve(xp.eye(len(weight)) + weight[:, None] * spread, right)
        return centre + variance * (jacobian.T @ u)

    def _search(self, x: Array) -> Array:
        """The minimum with NumPy: Newton steps, shortened while they do not help."""
        with np.errstate(all="ignore"):
            state = self._begin(x)
            for _ in range(STEPS):
                state = self._step(x, state)
                if bool(state[-1]):
                    break
            return state[0]

    def _begin(self, x: Array) -> tuple[Array, ...]:
        xp = namespace(x)
        start = xp.asarray(self.constraints.start)
        return start, self.joint(x, start), xp.asarray(1.0), xp.asarray(False)

    def _step(self, x: Array, state: tuple[Array, ...]) -> tuple[Array, ...]:
        xp = namespace(x)
        theta, value, damping, _ = state
        trial = theta + damping * (self._newton(x, theta) - theta)
        reached = self.joint(x, trial)
        reached = xp.where(xp.isfinite(reached), reached, xp.inf)
        better = reached <= value
        settled = (xp.abs(value - reached) < SETTLED * (1.0 + value)) | (damping < 1e-6)
        return (
            xp.where(better, trial, theta),
            xp.where(better, reached, value),
            xp.where(better, 1.0, 0.25 * damping),
            settled,
        )

    def _compiled_search(self, x: Array) -> Array:
        import jax

        def step(state: tuple[Array, tuple[Array, ...]]) -> tuple[Array, tuple[Array, ...]]:
            return state[0] + 1, self._step(x, state[1])

        def go_on(state: tuple[Array, tuple[Array, ...]]) -> Array:
            return (state[0] < STEPS) & ~state[1][-1]

        return jax.lax.while_loop(go_on, step, (jax.numpy.asarray(0), self._begin(x)))[1][0]

    @cached_property
    def _best(self) -> Callable[[Array], Array]:
        return implicit_minimum(self.joint, self._compiled_search)

    @cached_property
    def _profiled(self) -> Callable[[Array], Array]:
        return value_at_minimum(self.joint, self._best)

    def _each(self, x: Array, at: Callable[[Array], Array]) -> Array:
        points = np.reshape(np.asarray(x, dtype=float), (-1, np.shape(x)[-1]))
        return np.array([float(at(point)) for point in points]).reshape(np.shape(x)[:-1])
