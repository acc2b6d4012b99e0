r"""A likelihood linearised in its parameters and nuisances at the best fit.

With the slopes :math:`A=(\partial O/\partial p,\ \partial O/\partial\epsilon)` and half the curvature :math:`W` of the
data's -2 log L, :math:`A^TWA+\mathrm{diag}(0,1)` is the inverse of the covariance of parameters and nuisances. If the
measured values of the observables move by :math:`\Delta`, a force :math:`f=W\Delta` on the predictions, the parameters
follow by :math:`C\,J^T(1+WS)^{-1}f` with :math:`J=\partial O/\partial p`, the theory covariance :math:`S` and the
covariance :math:`C` of the parameters. Predictions that move by :math:`\Delta` are the opposite force.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.expansion import TheoryModel
from nutau.inference.likelihood import Likelihood


@dataclass(frozen=True, eq=False)
class Linear:
    """Slopes ``(obs, n + k)`` of all observables of a theory model, and half the curvature ``(measured, measured)``."""

    slopes: Array
    curvature: Array
    parameters: int

    @classmethod
    def at(cls, likelihood: Likelihood, model: TheoryModel, p: Array, eps: Array) -> Linear:
        """At parameters ``(n,)`` and nuisances ``(k,)`` of the model."""
        import jax

        count = len(p)

        def everything(q: Array) -> Array:
            return model.expanded(likelihood.parametrisation.to_linear(q[:count]))(q[count:])

        at = np.concatenate([p, eps])
        slopes, values = np.asarray(jax.jit(jax.jacfwd(everything))(at)), np.asarray(everything(at))
        _, curvature = likelihood.experiment.curved(values[: len(likelihood.experiment.observables)])
        return cls(slopes, 0.5 * np.asarray(curvature), count)

    @property
    def seen(self) -> Array:
        """The slopes of what is measured."""
        return self.slopes[: len(self.curvature)]

    @cached_property
    def covariance(self) -> Array:
        """Of parameters and nuisances together, ``(n + k, n + k)``; directions that nothing constrains are held."""
        prior = np.concatenate([np.zeros(self.parameters), np.ones(self.slopes.shape[1] - self.parameters)])
        information = self.seen.T @ self.curvature @ self.seen + np.diag(prior)
        size = 1.0 / np.sqrt(np.maximum(np.diag(information), 1e-300))
        inverse = np.linalg.pinv(information * np.outer(size, size), rcond=1e-12, hermitian=True)
        return np.asarray(inverse * np.outer(size, size))

    @cached_property
    def responses(self) -> Array:
        """Shifts of the parameters for forces on the observables, ``(n, measured)``."""
        slopes, theory = self.seen[:, : self.parameters], self.seen[:, self.parameters :]
        damped = np.linalg.inv(np.eye(len(self.curvature)) + self.curvature @ (theory @ theory.T))
        own = self.covariance[: self.parameters, : self.parameters]
        return np.asarray(own @ slopes.T @ damped)

    @property
    def errors(self) -> Array:
        """Of the parameters, ``(n,)``."""
        return np.sqrt(np.diag(self.covariance)[: self.parameters])

    @property
    def correlation(self) -> Array:
        """Of the observables that are not measured."""
        further = self.slopes[len(self.curvature) :]
        covariance = further @ self.covariance @ further.T
        width = np.sqrt(np.diag(covariance))
        with np.errstate(all="ignore"):
            return np.asarray(covariance / np.outer(width, width))
