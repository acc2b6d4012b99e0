r"""Coordinates in which a posterior is easy to sample, with flat priors in the fit parameters.

Every parameter is centred on the best fit and measured in its error. For :math:`(\delta, \kappa)` that is not enough:
near :math:`\delta = 0` any κ fits, and at large κ only a sliver of δ does. With

.. math:: \kappa = 1 + \sinh u, \qquad \delta = \sigma_\delta\, w/\cosh u

the amplitude of b → sνν, :math:`(\kappa-1)\delta`, and δ are both of order :math:`w` everywhere, and the Jacobian is
constant: a flat prior in :math:`(\delta, \kappa)` is a flat prior in :math:`(w, u)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.likelihood import Parametrisation


@dataclass(frozen=True, eq=False)
class Coordinates:
    """The sampling coordinates of a parametrisation around a minimum; ``center`` and ``width`` ``(n,)``."""

    parametrisation: Parametrisation
    center: Array
    width: Array

    @property
    def _line(self) -> tuple[int, int] | None:
        """The positions of δ and κ where both are free and κ is bounded."""
        names = self.parametrisation.names
        if not {"delta", "kappa"} <= set(names):
            return None
        delta, kappa = names.index("delta"), names.index("kappa")
        return (delta, kappa) if np.all(np.isfinite(self.parametrisation.bounds[kappa])) else None

    @property
    def ranges(self) -> Array:
        """Bounds of the coordinates ``(n, 2)``; infinite where there are none."""
        bounds = (self.parametrisation.bounds - self.center[:, None]) / self.width[:, None]
        if self._line is not None:
            delta, kappa = self._line
            bounds[kappa] = np.arcsinh(self.parametrisation.bounds[kappa] - 1.0)
            bounds[delta] = (-np.inf, np.inf)
        return bounds

    def parameters(self, z: Array) -> Array:
        """Coordinates ``(n,)`` to fit parameters ``(n,)``."""
        import jax.numpy as jnp

        p = list(jnp.asarray(self.center) + jnp.asarray(self.width) * z)
        if self._line is not None:
            delta, kappa = self._line
            p[kappa] = 1.0 + jnp.sinh(z[kappa])
            p[delta] = float(self.width[delta]) * z[delta] / jnp.cosh(z[kappa])
        return jnp.stack(p)

    def of(self, p: Array) -> Array:
        """Fit parameters ``(n,)`` to coordinates ``(n,)``."""
        z = (np.asarray(p, dtype=float) - self.center) / self.width
        if self._line is not None:
            delta, kappa = self._line
            z[kappa] = np.arcsinh(p[kappa] - 1.0)
            z[delta] = p[delta] * np.cosh(z[kappa]) / self.width[delta]
        return z

    def priors(self) -> list[Any]:
        """One numpyro distribution a coordinate: flat."""
        from numpyro import distributions

        flat = distributions.ImproperUniform(distributions.constraints.real, (), ())
        return [
            distributions.Uniform(float(low), float(high)) if np.isfinite(low) and np.isfinite(high) else flat
            for low, high in self.ranges
        ]

    def unconstrained(self, points: Array) -> list[Array]:
        """Points ``(chains, n)`` as the starting values numpyro asks for, an array ``(chains,)`` a coordinate."""
        import jax.numpy as jnp
        from numpyro import distributions

        starts = []
        for values, (low, high) in zip(np.stack([self.of(p) for p in points]).T, self.ranges, strict=True):
            z = jnp.asarray(values)
            if np.isfinite(low) and np.isfinite(high):
                inside = jnp.clip(z, low + 1e-6 * (high - low), high - 1e-6 * (high - low))
                z = distributions.biject_to(distributions.constraints.interval(low, high)).inv(inside)
            starts.append(z)
        return starts

    def outside(self, p: Array) -> Array:
        """0 inside the bounds of the parameters, -infinity outside: what half-open bounds and δ's need."""
        import jax.numpy as jnp

        bounds = self.parametrisation.bounds
        inside = jnp.all((p >= jnp.asarray(bounds[:, 0])) & (p <= jnp.asarray(bounds[:, 1])))
        return jnp.where(inside, 0.0, -jnp.inf)
