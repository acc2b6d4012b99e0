r"""Theory nuisances integrated out instead of minimised, and the :math:`\ln\det` between the two.

A fit minimises over the nuisances, a posterior integrates over them. With unit Gaussians normalised to one,

.. math:: -2\log\!\int\!\mathcal N(\epsilon; 0, 1)\, e^{-\chi^2(O(p,\epsilon))/2}\, d\epsilon
   \simeq \min_\epsilon\left[\chi^2 + \epsilon^2\right] + \ln\det\!\left(1 + \tfrac12 B H B^T\right),

exact where predictions are linear in the nuisances (slopes :math:`B`, ``(k, obs)``) and the data Gaussian (curvature
:math:`H`). The first term is what a fit shows. The second grows where theory errors do; it is the only difference. In
both, :math:`\chi^2` is that of the data without a constant: no :math:`\ln\det V_{exp}` and no :math:`\ln\sigma(x)` of
asymmetric errors.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.inference.likelihood.precision import double_precision
from nutau.inference.likelihood.profiling import marginalised
from nutau.inference.likelihood.record import Likelihood

Integrand = Callable[[Array, Array], tuple[Array, Array, Array]]
"""What :func:`integrand` returns."""


def marginal(likelihood: Likelihood, points: Array) -> Array:
    """-2 log L at points ``(..., n)`` with linearised theory and the nuisances integrated out.

    The fast mode's value and its log det; infinite where a prediction is no number. NumPy or, for one point, JAX.
    """
    xp = namespace(points)
    with np.errstate(all="ignore"):
        at = likelihood.theory_model.covariance(likelihood.parametrisation.to_linear(points))
        found = marginalised(*at, likelihood.experiment)
    return xp.where(xp.isfinite(found), found, np.inf)


@double_precision
def log_determinant(likelihood: Likelihood, p: Array) -> float:
    """The log det at one point ``(n,)``: by how much the integral's -2 log L exceeds the minimum's."""
    p = np.asarray(p, dtype=float)
    fast = likelihood.switched("fast").chi2(p)
    return float(marginal(likelihood, p) - fast)


def integrand(likelihood: Likelihood) -> Integrand:
    """Nuisances drawn around their best values and what each draw weighs; a compiled function of many points.

    For parameters ``(points, n)`` and standard normal numbers ``(points, k)`` it returns nuisances ``(points, k)`` from
    the Gaussian with the curvature at the minimum, their full -2 log L with the theory as it is, ``(points,)``, and the
    logarithms of weights ``(points,)`` whose mean of ``exp`` is the integral above, without an approximation.
    """
    import jax
    import jax.numpy as jnp

    def one(p: Array, z: Array) -> tuple[Array, Array, Array]:
        theory = likelihood.theory(p)
        best = likelihood.best_nuisances(p)
        predictions, slopes = theory.linearised(best)
        _, curvature = likelihood.experiment.curved(predictions)
        matrix = jnp.eye(len(best)) + 0.5 * slopes @ curvature @ slopes.T
        root = jnp.linalg.cholesky(matrix)
        eps = best + jax.scipy.linalg.solve_triangular(root, z, trans=1, lower=True)
        value = likelihood.experiment(theory(eps)) + eps @ eps
        weight = -0.5 * value + 0.5 * z @ z - jnp.sum(jnp.log(jnp.diag(root)))
        return eps, value, jnp.where(jnp.isfinite(weight), weight, -jnp.inf)

    return jax.jit(jax.vmap(one))
