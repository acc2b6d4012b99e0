r"""A likelihood whose data and theory can be varied without compiling it again.

.. math:: -2\log L(p,\epsilon; v)=\sum_m w_m\,\chi^2_m\big(O-s_m\big)+\sum_a \lambda_a\,(O_a-t_a)^2+\sum_k\epsilon_k^2

with weights :math:`w_m` of the measurements (zero removes one: measurements are independent of each other), shifts
:math:`s_m` of the measured numbers, other central polynomials of the observables, and observables :math:`O_a`, beside
those that are measured, that are pulled to targets :math:`t_a`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.expansion import TheoryModel
from nutau.inference.fit.search import Minimum, Objective, as_minimum, minuit, reached
from nutau.inference.likelihood import Experiment, Likelihood
from nutau.inference.likelihood.experiment import curves_of, value_of
from nutau.inference.likelihood.profiling import full, profile_nuisances


class Variation(NamedTuple):
    """What varies: ``weights`` ``(measurements,)``, ``shifts`` ``(numbers,)``, central polynomials ``(obs, M)``.

    Of the observables that are not measured: ``targets`` and ``pulls`` (one over a variance), ``(extra,)``.
    """

    weights: Array
    shifts: Array
    parts: tuple[Array, ...]
    targets: Array
    pulls: Array


@dataclass(frozen=True, eq=False)
class Places:
    """Where the numbers of each measurement are: ``rows`` of Gaussians, then tables; one entry a measured number."""

    owner: Array
    count: int

    @classmethod
    def of(cls, experiment: Experiment) -> Places:
        """The measurement that each Gaussian row and each table belongs to, ``(numbers,)``."""
        rows: list[int] = []
        tables: list[int] = []
        for position, entry in enumerate(experiment.measurements):
            if entry.gaussian is None:
                tables.append(position)
            else:
                rows += [position] * len(entry.gaussian.central)
        return cls(np.array([*rows, *tables], dtype=int), len(experiment.measurements))


@dataclass(frozen=True, eq=False)
class VariedData:
    """The -2 log L of predictions of measured observables and, behind them, of those that are pulled."""

    experiment: Experiment
    places: Places
    variation: Variation

    @cached_property
    def _gaussian(self) -> Experiment:
        """The Gaussian part with its central values shifted and its blocks weighted."""
        count, found = len(self.experiment.rows), self.variation
        weight = found.weights[self.places.owner[:count]]
        return replace(
            self.experiment,
            central=self.experiment.central + found.shifts[:count],
            precision=self.experiment.precision * weight[:, None],
            tables=(),
        )

    def _tables(self) -> list[tuple[Any, tuple[int, ...], Array, Array]]:
        """Each table with its place, weight and shift."""
        count, found = len(self.experiment.rows), self.variation
        weights = found.weights[self.places.owner[count:]] if self.experiment.tables else ()
        return [
            (table, where, weights[number], found.shifts[count + number])
            for number, (table, where) in enumerate(self.experiment.tables)
        ]

    def __call__(self, predictions: Array) -> Array:
        """Its value."""
        import jax.numpy as jnp

        measured, extra = self._parts(predictions)
        total = self._gaussian(measured)
        for table, where, weight, shift in self._tables():
            total = total + weight * value_of(table, measured[np.array(where)] - shift)
        return total + jnp.sum(self.variation.pulls * (extra - self.variation.targets) ** 2)

    def curved(self, predictions: Array) -> tuple[Array, Array]:
        """Gradient and positive semi-definite curvature."""
        import jax.numpy as jnp

        measured, extra = self._parts(predictions)
        gradient, curvature = self._gaussian.curved(measured)
        for table, where, weight, shift in self._tables():
            slope, curve = curves_of(table, measured[np.array(where)] - shift)
            lift = jnp.asarray(np.eye(len(self.experiment.observables))[np.array(where)])
            gradient = gradient + weight * (slope @ lift)
            curvature = curvature + weight * (lift.T @ curve @ lift)
        found = self.variation
        size = len(measured)
        whole = jnp.zeros((len(predictions), len(predictions))).at[:size, :size].set(curvature)
        places = np.arange(size, len(predictions))
        whole = whole.at[places, places].set(2.0 * found.pulls)
        return jnp.concatenate([gradient, 2.0 * found.pulls * (extra - found.targets)]), whole

    def _parts(self, predictions: Array) -> tuple[Array, Array]:
        size = len(self.experiment.observables)
        return predictions[:size], predictions[size:]


@dataclass(frozen=True, eq=False)
class Varied:
    """A likelihood and the theory model of its observables, and of further ones behind them if there are any."""

    likelihood: Likelihood
    model: TheoryModel

    @classmethod
    def of(cls, likelihood: Likelihood) -> Varied:
        """Without further observables."""
        return cls(likelihood, likelihood.theory_model)

    @cached_property
    def places(self) -> Places:
        """Where the numbers of each measurement are."""
        return Places.of(self.likelihood.experiment)

    @property
    def extra(self) -> int:
        """How many observables are not measured."""
        return len(self.model.observables) - len(self.likelihood.experiment.observables)

    @cached_property
    def still(self) -> Variation:
        """Nothing varied: the likelihood itself."""
        return Variation(
            np.ones(self.places.count),
            np.zeros(len(self.places.owner)),
            tuple(np.asarray(part) for part in self.model.parts),
            np.zeros(self.extra),
            np.zeros(self.extra),
        )

    def _data(self, variation: Variation) -> VariedData:
        return VariedData(self.likelihood.experiment, self.places, variation)

    def _theory(self, p: Array, variation: Variation) -> Any:
        moved = self.model.with_parts(variation.parts)
        return moved.expanded(self.likelihood.parametrisation.to_linear(p))

    def _profiled(self, p: Array, variation: Variation) -> tuple[Array, Array]:
        """-2 log L with the nuisances where they fit best, and the further observables there."""
        import jax
        import jax.numpy as jnp

        stopped, data = jax.lax.stop_gradient(p), self._data(variation)
        size = len(self.likelihood.experiment.observables)
        if self.likelihood.mode == "fast":
            moved = self.model.with_parts(variation.parts)
            value, covariance = moved.covariance(self.likelihood.parametrisation.to_linear(p))
            gradient, curvature = data.curved(value)
            matrix = jnp.eye(len(value)) + 0.5 * curvature @ covariance
            u = jnp.linalg.solve(matrix, -0.5 * gradient)
            reached = value + covariance @ u
            return data(reached) + u @ (covariance @ u), reached[size:]
        count = int(self.model.numerator_modes.shape[0])
        eps = jax.lax.stop_gradient(profile_nuisances(self._theory(stopped, variation), data, count))
        theory = self._theory(p, variation)
        return full(theory, data, eps), theory(eps)[size:]

    def _held(self, p: Array, variation: Variation, eps: Array) -> tuple[Array, Array]:
        theory = self._theory(p, variation)
        return full(theory, self._data(variation), eps), theory(eps)[
            len(self.likelihood.experiment.observables) :
        ]

    @cached_property
    def profiled(self) -> Callable[[Array, Variation], Any]:
        """Compiled ((-2 log L, further observables), gradient) at one point, the nuisances profiled."""
        import jax

        return jax.jit(jax.value_and_grad(self._profiled, has_aux=True))

    @cached_property
    def held(self) -> Callable[[Array, Variation, Array], Any]:
        """The same with the nuisances held at given values."""
        import jax

        return jax.jit(jax.value_and_grad(self._held, has_aux=True))


class VariedObjective(Objective):
    """-2 log L of a variation and its gradient for MINUIT; ``extra`` are the further observables where it was asked."""

    def __init__(self, both: Callable[[Array], Any], count: int) -> None:
        """``both`` gives ((value, further observables), gradient)."""
        self._both = both
        self._at = None
        self._value, self._gradient = np.inf, np.zeros(count)
        self.extra = np.zeros(0)

    def _evaluate(self, p: Array) -> None:
        p = np.asarray(p, dtype=float)
        if self._at is None or not np.array_equal(p, self._at):
            (value, extra), gradient = self._both(p)
            self._at, self._value, self._gradient = p.copy(), float(value), np.asarray(gradient)
            self.extra = np.asarray(extra)


def refit(
    varied: Varied, variation: Variation, starts: Sequence[Minimum], size: Array, *, hesse: bool = False
) -> Minimum | None:
    """The lowest minimum that is reached from ``starts``; ``None`` where MINUIT reaches none."""
    objective = VariedObjective(lambda p: varied.profiled(p, variation), len(size))
    found = []
    for start in starts:
        fit = minuit(varied.likelihood, objective, start.values, size)
        fit.errors = np.where(np.isfinite(start.errors) & (start.errors > 0), start.errors, fit.errors)
        fit.migrad()
        if not fit.valid or not np.isfinite(reached(fit)):
            continue
        if hesse:
            fit.hesse()
        found.append(as_minimum(fit))
    return min(found, key=lambda minimum: minimum.chi2, default=None)
