r"""Theory nuisance parameters eliminated: the best :math:`\epsilon` for given parameters, by Newton's method.

For fixed parameters :math:`F(\epsilon) = \epsilon^2 + \chi^2(O(\epsilon))`. With slopes
:math:`B_{ka} = \partial O_a/\partial\epsilon_k`, gradient :math:`g` and curvature :math:`H` of the experiment's
:math:`\chi^2`, the Newton step lands at :math:`\epsilon = B u`,

.. math:: \left(1 + \tfrac12 H B^T B\right) u = \tfrac12 \left(H B^T\epsilon_0 - g\right),

one solve of the size of the observables, however many nuisances there are. From :math:`\epsilon_0 = 0` and for Gaussian
measurements its value is :math:`r^T (V_{exp} + B^T B)^{-1} r`: the theory covariance added to the experimental one.
That is the *fast* mode; the *full* mode repeats the step until :math:`F` stands still.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from nutau.common.arrays import Array, namespace

STEPS = 30
"""Newton steps at most; three to five are usual."""
SETTLED = 1e-10
"""The full mode stops once a step lowers F by less than this fraction of 1 + F; what is left is smaller still."""


class Theory(Protocol):
    """Predictions at fixed parameters as functions of nuisances ``(k,)``."""

    def __call__(self, eps: Array, /) -> Array:
        """Predictions ``(obs,)``."""

    def linearised(self, eps: Array, /) -> tuple[Array, Array]:
        """Predictions ``(obs,)`` and their slopes ``(k, obs)``."""


class Data(Protocol):
    """A -2 log L of predictions, such as :class:`nutau.inference.likelihood.experiment.Experiment`."""

    def __call__(self, predictions: Array, /) -> Array:
        """Its value."""

    def curved(self, predictions: Array, /) -> tuple[Array, Array]:
        """Gradient ``(obs,)`` and positive semi-definite curvature ``(obs, obs)``."""


def newton(theory: Theory, experiment: Data, eps: Array) -> Array:
    """The nuisances ``(k,)`` after one step from ``eps``."""
    import jax.numpy as jnp

    predictions, slopes = theory.linearised(eps)
    gradient, curvature = experiment.curved(predictions)
    half = 0.5 * curvature
    matrix = jnp.eye(len(predictions)) + half @ (slopes.T @ slopes)
    u = jnp.linalg.solve(matrix, half @ (eps @ slopes) - 0.5 * gradient)
    return slopes @ u


def profile_nuisances(theory: Theory, experiment: Data, count: int) -> Array:
    """The nuisances ``(count,)`` that minimise F, by Newton steps, shortened while they do not help."""
    import jax
    import jax.numpy as jnp

    def objective(eps: Array) -> Array:
        value = full(theory, experiment, eps)
        return jnp.where(jnp.isfinite(value), value, jnp.inf)

    def step(state: tuple[Array, ...]) -> tuple[Array, ...]:
        number, eps, value, damping, _ = state
        trial = eps + damping * (newton(theory, experiment, eps) - eps)
        reached = objective(trial)
        better = reached < value
        settled = (jnp.abs(value - reached) < SETTLED * (1.0 + value)) | (damping < 1e-2)
        return (
            number + 1,
            jnp.where(better, trial, eps),
            jnp.where(better, reached, value),
            jnp.where(better, 1.0, 0.25 * damping),
            settled,
        )

    def go_on(state: tuple[Array, ...]) -> Array:
        return (state[0] < STEPS) & ~state[-1]

    start = jnp.zeros(count)
    first = (jnp.asarray(0), start, objective(start), jnp.asarray(1.0), jnp.asarray(False))
    return jax.lax.while_loop(go_on, step, first)[1]


def fast(predictions: Array, covariance: Array, experiment: Data) -> Array:
    r"""-2 log L after one Newton step of the linearised theory: a theory covariance added at this point.

    Predictions ``(..., obs)``, their theory covariance :math:`S = B^T B` ``(..., obs, obs)``; the nuisances move the
    predictions by :math:`Su` and cost :math:`u^T S u`. NumPy or, for one point, JAX.
    """
    return integrated(predictions, covariance, experiment)[0]


def marginalised(predictions: Array, covariance: Array, experiment: Data) -> Array:
    r"""The same with the nuisances integrated out instead of minimised: :math:`\ln\det(1 + \tfrac12 H S)` is added."""
    value, matrix, _ = integrated(predictions, covariance, experiment)
    return value + namespace(predictions).linalg.slogdet(matrix)[1]


def integrated(predictions: Array, covariance: Array, experiment: Data) -> tuple[Array, Array, Array]:
    """-2 log L after the step of the fast mode, the matrix of its equations, and the predictions there."""
    xp = namespace(predictions)
    gradient, curvature = experiment.curved(predictions)
    matrix = xp.eye(predictions.shape[-1]) + 0.5 * curvature @ covariance
    u = _solved(matrix, -0.5 * gradient[..., None])
    moved = (covariance @ u)[..., 0]
    reached = predictions + moved
    return experiment(reached) + xp.sum(u[..., 0] * moved, axis=-1), matrix, reached


def _solved(matrix: Array, right: Array) -> Array:
    """The solution of linear equations; NaN where rounding leaves the matrix singular (data 1e8 σ away)."""
    xp = namespace(matrix)
    try:
        return xp.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:  # NumPy gives up on all points for one
        pass
    if matrix.ndim == 2:
        return np.full(right.shape, np.nan)
    return np.stack([_solved(one, side) for one, side in zip(matrix, right, strict=True)])


def full(theory: Theory, experiment: Data, eps: Array) -> Array:
    """-2 log L of the theory itself with nuisances ``eps`` and their unit Gaussians."""
    return experiment(theory(eps)) + eps @ eps
