r"""All measurements of a data set as one :math:`-2\log L` of the predictions, with gradient and curvature.

Gaussian entries and limits are stacked into one block-diagonal quadratic form of
:math:`r_i = (O_i - m_i)/\sigma_i(O_i)`, with the widths of :mod:`nutau.measurements.likelihoods` for asymmetric
uncertainties; tables and profiled workspaces are added as they are. Functions take predictions ``(..., obs)``; under
JAX with strict ranks one point ``(obs,)``, and ``jax.vmap`` for more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.errors import InputError
from nutau.measurements import Counts, LikelihoodGrid, Measurement, Observable, Reinterpretation, measured
from nutau.measurements.counts import CountsLikelihood
from nutau.measurements.likelihoods import bins_likelihood, chi2, pulls, table
from nutau.measurements.reinterpretation.likelihood import SpectrumLikelihood
from nutau.measurements.tables import continued, evaluate, last_widths

Table: TypeAlias = LikelihoodGrid | SpectrumLikelihood | CountsLikelihood
"""What is no Gaussian: a -2 log L on a grid, of a spectrum, or of counted events."""


@dataclass(frozen=True, eq=False)
class Experiment:
    """Measurements over a fixed list of observables, ready for evaluation.

    ``rows[i]`` is the observable of the i-th measured number; ``central``, ``plus``, ``minus`` ``(rows,)`` and
    ``precision`` ``(rows, rows)`` describe the Gaussian entries and limits. ``tables`` holds each likelihood table
    and each reinterpretation with the positions of its observables.
    """

    observables: tuple[Observable, ...]
    measurements: tuple[Measurement, ...]
    rows: Array
    central: Array
    plus: Array
    minus: Array
    precision: Array
    tables: tuple[tuple[Table, tuple[int, ...]], ...] = ()

    @cached_property
    def select(self) -> Array:
        """One row a measured number, with a 1 in the column of its observable, ``(rows, obs)``."""
        return np.eye(len(self.observables))[self.rows]

    @cached_property
    def measured(self) -> Array:
        """Whether each number has a measured centre, measurement by measurement; a table has one an observable."""
        return np.concatenate([np.zeros(0, dtype=bool), *(measured(entry) for entry in self.measurements)])

    @property
    def numbers(self) -> int:
        """How many numbers were measured: those with a centre."""
        return int(np.count_nonzero(self.measured))

    @property
    def counted(self) -> Array:
        """The positions of the observables that have a measured number."""
        names = [item for entry in self.measurements for item in _counted(entry)]
        return np.flatnonzero([item in names for item in self.observables])

    @property
    def limits(self) -> int:
        """How many are nothing but limits: in -2 log L, but no degree of freedom."""
        return len(self.measured) - self.numbers

    def __call__(self, predictions: Array) -> Array:
        """-2 log L of predictions ``(..., obs)``."""
        residual, _ = self._residual(predictions)
        xp = namespace(predictions)
        total = xp.sum((residual @ xp.asarray(self.precision)) * residual, axis=-1)
        for found, where in self.tables:
            total = total + value_of(found, predictions[..., np.array(where)])
        return total

    def curved(self, predictions: Array) -> tuple[Array, Array]:
        r"""Gradient ``(..., obs)`` and a positive semi-definite curvature ``(..., obs, obs)`` of :math:`-2\log L`.

        The curvature is that of least squares, :math:`2 J^T\rho^{-1}J`, for the Gaussian part, exact for symmetric
        uncertainties, and the Hessian without its negative part for tables.
        """
        residual, slope = self._residual(predictions)
        xp = namespace(predictions)
        precision, select = xp.asarray(self.precision), xp.asarray(self.select)
        gradient = 2.0 * (slope * (residual @ precision)) @ select
        jacobian = slope[..., :, None] * select
        curvature = 2.0 * xp.swapaxes(jacobian, -1, -2) @ (precision @ jacobian)
        for found, where in self.tables:
            place = np.array(where)
            slope_t, curve_t = curves_of(found, predictions[..., place])
            lift = xp.asarray(np.eye(len(self.observables))[place])
            gradient = gradient + slope_t @ lift
            curvature = curvature + lift.T @ curve_t @ lift
        return gradient, curvature

    def _residual(self, predictions: Array) -> tuple[Array, Array]:
        """Residuals in units of the width at the prediction, and their slopes, both ``(..., rows)``."""
        xp = namespace(predictions)
        minus, plus = xp.asarray(self.minus), xp.asarray(self.plus)
        offset = predictions[..., self.rows] - xp.asarray(self.central)
        tilt = (plus - minus) / (plus + minus)
        position = offset + minus
        inside = (position > 0) & (position < plus + minus)
        sigma = minus + tilt * xp.clip(position, 0.0, plus + minus)
        return offset / sigma, (sigma - xp.where(inside, tilt, 0.0) * offset) / (sigma * sigma)

    def moved(self, observables: Sequence[bool]) -> list[bool]:
        """Which measurements depend on an observable that is moved, of bools ``(obs,)``."""
        any_of = dict(zip(self.observables, observables, strict=True))
        return [any(any_of[item] for item in entry.observables) for entry in self.measurements]

    def part(self, keep: Sequence[bool]) -> Experiment:
        """Some of its measurements, with what is predicted of them, in the same order."""
        rows: list[int] = []
        tables, kept, start, table = [], [], 0, 0
        for entry, yes in zip(self.measurements, keep, strict=True):
            kept += [entry] if yes else []
            if entry.gaussian is None:
                tables += [self.tables[table]] if yes else []
                table += 1
                continue
            stop = start + len(entry.gaussian.central)
            rows += range(start, stop) if yes else []
            start = stop
        wanted = {item for entry in kept for item in entry.observables}
        items = tuple(item for item in self.observables if item in wanted)
        place = {self.observables.index(item): position for position, item in enumerate(items)}
        at = np.array(rows, dtype=int)
        return Experiment(
            items,
            tuple(kept),
            np.array([place[int(row)] for row in self.rows[at]], dtype=int),
            self.central[at],
            self.plus[at],
            self.minus[at],
            self.precision[at][:, at],
            tuple((found, tuple(place[k] for k in where)) for found, where in tables),
        )

    def by_measurement(self, predictions: Array) -> dict[str, float]:
        """-2 log L of each measurement."""
        return {entry.name: float(chi2(entry, self._of(entry, predictions))) for entry in self.measurements}

    def pulls(self, predictions: Array) -> dict[str, Array]:
        r"""(measured - prediction)/:math:`\sigma` of each row of each measurement."""
        return {
            entry.name: np.asarray(pulls(entry, self._of(entry, predictions))) for entry in self.measurements
        }

    def _of(self, entry: Measurement, predictions: Array) -> Array:
        return np.asarray(predictions)[[self.observables.index(item) for item in entry.observables]]


def value_of(found: Table, predictions: Array) -> Array:
    """-2 log L of a table at ``(..., observables of the table)``."""
    if not isinstance(found, LikelihoodGrid):
        return found(predictions)
    one = len(found.axes) == 1
    return polynomial(found, predictions[..., 0])[0] if one else evaluate(found, predictions)


def curves_of(found: Table, predictions: Array) -> tuple[Array, Array]:
    """Gradient and the positive part of the Hessian of a table's -2 log L at ``(..., observables of the table)``."""
    if not isinstance(found, LikelihoodGrid):
        return found.curved(predictions)
    xp = namespace(predictions)
    if len(found.axes) == 1:
        _, slope, curve = polynomial(found, predictions[..., 0])
        return slope[..., None], xp.clip(curve, 0.0, None)[..., None, None]
    return _many_curves(found, predictions)


STEP = 1e-3
"""Of central differences, in units of the shortest interval of a grid: a cubic's errors are then below 1e-6."""


def _many_curves(found: LikelihoodGrid, predictions: Array) -> tuple[Array, Array]:
    """Of a table of several observables: exact under JAX, by central differences with NumPy, where nothing compiles."""
    if namespace(predictions) is np:
        return _differences(found, predictions)
    import jax
    import jax.numpy as jnp

    def function(x: Array) -> Array:
        return evaluate(found, x)

    def curves(x: Array) -> tuple[Array, Array]:
        eigenvalues, vectors = jnp.linalg.eigh(jax.hessian(function)(x))
        return jax.grad(function)(x), (vectors * jnp.clip(eigenvalues, 0.0, None)[None, :]) @ vectors.T

    return curves(predictions)


def _differences(found: LikelihoodGrid, x: Array) -> tuple[Array, Array]:
    steps = np.diag([STEP * float(np.diff(axis).min()) for axis in found.axes])
    sizes, count = np.diag(steps), len(steps)

    def at(move: Array) -> Array:
        return np.asarray(evaluate(found, x + move))

    middle = at(np.zeros(count))
    ends = [(at(step), at(-step)) for step in steps]
    slope = np.stack(
        [(up - down) / (2.0 * size) for (up, down), size in zip(ends, sizes, strict=True)], axis=-1
    )
    curve = np.empty((*x.shape[:-1], count, count))
    for i in range(count):
        curve[..., i, i] = (ends[i][0] - 2.0 * middle + ends[i][1]) / sizes[i] ** 2
        for j in range(i):
            corners = (at(a * steps[i] + b * steps[j]) * (a * b) for a in (1.0, -1.0) for b in (1.0, -1.0))
            curve[..., i, j] = curve[..., j, i] = sum(corners) / (4.0 * sizes[i] * sizes[j])
    eigenvalues, vectors = np.linalg.eigh(curve)
    positive = np.clip(eigenvalues, 0.0, None)
    return slope, (vectors * positive[..., None, :]) @ np.swapaxes(vectors, -1, -2)


def _counted(entry: Measurement) -> list[Observable]:
    """The observables of an entry of which a row has a measured centre."""
    if isinstance(entry.distribution, Reinterpretation | Counts):
        return list(entry.observables)
    rows = range(len(entry.observables)) if entry.gaussian is None else entry.gaussian.index
    return [entry.observables[int(row)] for row, yes in zip(rows, measured(entry), strict=True) if yes]


def polynomial(found: LikelihoodGrid, x: Array) -> tuple[Array, Array, Array]:
    """A table of one observable at ``x``: -2 log L, its slope and curvature; beyond the grid as in the table."""
    xp = namespace(x)
    (axis,) = found.axes
    cubic = xp.asarray(found.pieces[0] @ found.values)  # (intervals, powers 3..0)
    inside = xp.clip(x, axis[0], axis[-1])
    knots = axis[1:-1].reshape((1,) * x.ndim + (-1,))
    interval = xp.sum((inside[..., None] >= xp.asarray(knots)).astype(int), axis=-1)
    c3, c2, c1, c0 = (cubic[interval, power] for power in range(4))
    step, beyond = inside - xp.asarray(axis)[interval], x - inside
    value, slope = ((c3 * step + c2) * step + c1) * step + c0, (3 * c3 * step + 2 * c2) * step + c1
    return continued((value, slope, 6 * c3 * step + 2 * c2), beyond, last_widths(axis, beyond))


def experiment(
    measurements: Sequence[Measurement], observables: Sequence[Observable] | None = None
) -> Experiment:
    """Stack measurements; ``observables`` is the order of the predictions (default: as first measured).

    Raises :class:`InputError` without measurements or for one of an observable that is not in the list.
    """
    if not measurements:
        raise InputError("A likelihood needs at least one measurement.")
    seen = tuple(dict.fromkeys(item for entry in measurements for item in entry.observables))
    order = seen if observables is None else tuple(observables)
    place: Mapping[Observable, int] = {item: position for position, item in enumerate(order)}
    missing = [item.label for item in seen if item not in place]
    if missing:
        raise InputError(f"No prediction for {', '.join(missing)}.")
    gaussians, tables = [], []
    for entry in measurements:
        where = tuple(place[item] for item in entry.observables)
        if entry.gaussian is None:
            spectra = isinstance(entry.distribution, Reinterpretation | Counts)
            tables.append((bins_likelihood(entry) if spectra else table(entry), where))
        else:
            gaussians.append((entry.gaussian, where))
    count = sum(len(gaussian.central) for gaussian, _ in gaussians)
    precision = np.zeros((count, count))
    rows, start = [], 0
    for gaussian, where in gaussians:
        block = slice(start, start + len(gaussian.central))
        precision[block, block] = gaussian.precision
        rows += [where[int(position)] for position in gaussian.index]
        start = block.stop
    stack = {
        key: np.concatenate(
            [np.zeros(0), *(np.asarray(getattr(found, key), dtype=float) for found, _ in gaussians)]
        )
        for key in ("central", "plus", "minus")
    }
    return Experiment(
        order,
        tuple(measurements),
        np.array(rows, dtype=int),
        precision=precision,
        tables=tuple(tables),
        **stack,
    )
