r"""The joint likelihood of today's data and of projected measurements,

.. math:: -2\log L(p,\epsilon) = \sum_{today}\chi^2_m + (O(p,\epsilon)-m)^T V(L)^{-1}(O(p,\epsilon)-m) + \epsilon^2,

with the theory nuisances :math:`\epsilon` shared. The centre m and the covariance V of what is projected are arguments
of one compiled function, as is everything else that was measured: whatever the luminosity and the truth, it is compiled
once for a set of parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.likelihood import Likelihood
from nutau.measurements import Gaussian, Measurement, Observable
from nutau.measurements.units import dimension
from nutau.observables import catalogue

NAME = "projected"
"""The entry that holds all projected numbers, the last one of a joint likelihood."""


@dataclass(frozen=True, eq=False)
class Compiled:
    """-2 log L of a likelihood in the full mode, compiled with what was measured as arguments."""

    likelihood: Likelihood

    def _with(self, measured: Sequence[Array]) -> Likelihood:
        keys = ("central", "plus", "minus", "precision")
        changed = replace(self.likelihood.experiment, **dict(zip(keys, measured, strict=True)))
        return replace(self.likelihood, experiment=changed)

    @cached_property
    def one(self) -> Callable[..., tuple[Array, Array]]:
        """Value and gradient at one point."""
        import jax

        def value(p: Array, *measured: Array) -> Array:
            return self._with(measured)(p)

        return jax.jit(jax.value_and_grad(value))

    @cached_property
    def many(self) -> Callable[..., Array]:
        """Values at points ``(points, n)``."""
        import jax

        def values(points: Array, *measured: Array) -> Array:
            return jax.lax.map(self._with(measured).__call__, points)

        return jax.jit(values)


@dataclass(frozen=True, eq=False)
class Projected(Likelihood):
    """A joint likelihood at one luminosity; ``compiled`` is that of its parametrisation."""

    compiled: Compiled | None = None

    @property
    def _measured(self) -> tuple[Array, ...]:
        found = self.experiment
        return found.central, found.plus, found.minus, found.precision

    @cached_property
    def value_and_gradient(self) -> Callable[[Array], tuple[Array, Array]]:
        """-2 log L and its gradient at one point."""
        if self.compiled is None or self.mode == "fast":
            return super().value_and_gradient
        one, measured = self.compiled.one, self._measured
        return lambda p: one(p, *measured)

    @cached_property
    def _batch(self) -> Callable[[Array], Array]:
        if self.compiled is None or self.mode == "fast":
            return super()._batch
        many, measured = self.compiled.many, self._measured
        return lambda points: many(points, *measured)


def projected(joint: Likelihood, compiled: Compiled, central: Array, covariance: Array) -> Projected:
    """The joint likelihood with the projected numbers at ``central`` ``(k,)`` with ``covariance`` ``(k, k)``.

    They are the last rows of the experiment of ``joint``.
    """
    experiment = joint.experiment
    sigma = np.sqrt(np.diag(covariance))
    count, rest = len(sigma), len(experiment.rows) - len(sigma)
    precision = np.array(experiment.precision)
    precision[rest:, rest:] = np.linalg.inv(covariance / np.outer(sigma, sigma)) if count else 0.0
    ends: dict[str, Any] = {
        key: np.concatenate([np.asarray(getattr(experiment, key))[:rest], value])
        for key, value in (("central", central), ("plus", sigma), ("minus", sigma))
    }
    changed = replace(experiment, precision=precision, **ends)
    fields: dict[str, Any] = {key: getattr(joint, key) for key in Likelihood.__dataclass_fields__}
    return Projected(**(fields | {"experiment": changed}), compiled=compiled)


def placeholder(items: Sequence[Observable]) -> Measurement:
    """An entry with one row a projection of these observables, whose numbers :func:`projected` fills in."""
    units = {item.name: dimension(item.unit) for item in catalogue()}
    count = len(items)
    zero, one = np.zeros(count), np.ones(count)
    observables: tuple[Observable, ...] = tuple(dict.fromkeys(items))
    index = np.array([observables.index(item) for item in items], dtype=int)
    return Measurement(
        name=NAME,
        observables=observables,
        distribution=Gaussian(zero, one, one, np.eye(count), index),
        source="projections",
        units=tuple(units.get(item.name, "1") for item in items),
        factors=one,
        samples=(NAME,),
    )
