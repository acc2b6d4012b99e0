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
from nutau.inference.expansion import Expansion, TheoryModel
from nutau.inference.fit.search import Minimum, Objective, as_minimum, minuit, reached
from nutau.inference.likelihood import Experiment, Likelihood
from nutau.inference.likelihood.experiment import curves_of, value_of
from nutau.inference.likelihood.profiling import full, integrated, profile_nuisances


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
class Part:
    """Some measurements of a likelihood: their numbers among all, and the ``rows`` of the model that they need."""

    experiment: Experiment
    places: Places
    measurements: Array
    numbers: Array
    rows: Array

    @classmethod
    def of(cls, whole: Experiment, keep: Array, extra: Array) -> Part:
        """The measurements of ``keep`` (bools), with rows of further observables behind those that they measure."""
        experiment, owner = whole.part(keep.tolist()), Places.of(whole).owner
        rows = [whole.observables.index(item) for item in experiment.observables]
        numbers = np.flatnonzero(keep[owner])
        return cls(
            experiment,
            Places.of(experiment),
            np.flatnonzero(keep),
            numbers,
            np.array([*rows, *extra], dtype=int),
        )

    def data(self, variation: Variation) -> VariedData:
        """-2 log L of these under a variation of their own."""
        return VariedData(self.experiment, self.places, variation)

    def varied(self, variation: Variation, *, pulled: bool) -> Variation:
        """The variation of these; of further observables where they are ``pulled`` here."""
        end = None if pulled else 0
        return Variation(
            variation.weights[self.measurements],
            variation.shifts[self.numbers],
            tuple(part[self.rows] for part in variation.parts),
            variation.targets[:end],
            variation.pulls[:end],
        )


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

    @cached_property
    def _split(self) -> tuple[Part, Part | None]:
        """The measurements that nuisances move, with all further observables, and the others."""
        whole = self.likelihood.experiment
        extra = np.arange(len(whole.observables), len(self.model.observables))
        keep = np.array(whole.moved(self.model.moved[: len(whole.observables)]))
        if keep.all() or not keep.any():
            return Part.of(whole, np.ones(len(keep), dtype=bool), extra), None
        return Part.of(whole, keep, extra), Part.of(whole, ~keep, extra[:0])

    @cached_property
    def _models(self) -> tuple[TheoryModel, ...]:
        """Of each part."""
        return tuple(self.model.part(part.rows.tolist()) for part in self._split if part is not None)

    def _felt(self, x: Array, variation: Variation) -> tuple[Expansion, VariedData]:
        """Theory and data of the measurements that nuisances move, and of the further observables."""
        part = self._split[0]
        found = part.varied(variation, pulled=True)
        return self._models[0].expanded(x, found.parts), part.data(found)

    def _unmoved(self, x: Array, variation: Variation) -> Array:
        """-2 log L of the others."""
        part = self._split[1]
        if part is None:
            return 0.0
        found = part.varied(variation, pulled=False)
        return part.data(found)(self._models[1].expanded(x, found.parts).central)

    def _profiled(self, p: Array, variation: Variation) -> tuple[Array, Array]:
        """-2 log L with the nuisances where they fit best, and the further observables there."""
        import jax
        import jax.numpy as jnp

        to_linear, count = self.likelihood.parametrisation.to_linear, len(self.model.numerator_modes)
        x = to_linear(p)
        theory, data = self._felt(x, variation)
        if self.likelihood.mode == "fast":
            value, slopes = theory.linearised(jnp.zeros(count))
            total, _, reached = integrated(value, slopes.T @ slopes, data)
        else:
            still = self._felt(jax.lax.stop_gradient(x), variation)
            eps = jax.lax.stop_gradient(profile_nuisances(*still, count))
            total, reached = full(theory, data, eps), theory(eps)
        return total + self._unmoved(x, variation), reached[len(data.experiment.observables) :]

    def _held(self, p: Array, variation: Variation, eps: Array) -> tuple[Array, Array]:
        x = self.likelihood.parametrisation.to_linear(p)
        theory, data = self._felt(x, variation)
        total = full(theory, data, eps) + self._unmoved(x, variation)
        return total, theory(eps)[len(data.experiment.observables) :]

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
