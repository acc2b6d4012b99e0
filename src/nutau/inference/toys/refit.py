r"""Fits of many toys at once: the lowest :math:`-2\log L` of each, over all parameters or with some of them held.

-2 log L is that of the fast mode, with the theory covariance in closed form. Every toy is compared with a bank of
points that covers parameter space, where covariances are inverted once and a toy costs one matrix product. From the
best points that lie apart it goes down to the minimum by damped Gauss-Newton steps within the bounds, all toys
together (no kept library has a bounded least-squares fit of many data sets at once). With nuisances
:math:`\epsilon` where the toy pulls them the gradient is that of
:math:`F(p,\epsilon) = \epsilon^2 + \chi^2(O(p) + \epsilon B(p))`.

The linear algebra is NumPy's: in jaxlib 0.10 two batched LU decompositions of one program wait for each other for ever
where there are two threads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.inference.likelihood import Likelihood, double_precision
from nutau.inference.likelihood.experiment import Experiment
from nutau.inference.likelihood.profiling import fast

CHUNK = 256
"""Toys that are compared with the bank at once, which bounds the memory."""
BLOCK = 128
"""Points evaluated in one call of JAX, always as many, so that one function is all that is compiled."""
STARTS = 3
"""Points of the bank, apart from each other, from which a toy is fitted."""
APART = 0.5
"""Two points are apart if some coordinate, compressed as arcsinh of its size, differs by more, or its sign does."""
GRID = {1: 201, 2: 51}
"""Points an axis of the bank for so many parameters; with more of them, :data:`SCATTERED` random points."""
SCATTERED = 3000
STEPS = 20
"""Gauss-Newton steps at most; five to ten are usual."""
SETTLED = 1e-4
"""A toy is done when a step wins less than this."""


@dataclass(frozen=True)
class Lowest:
    """The lowest -2 log L of each toy ``(toys,)`` and where it is, ``(toys, n)``."""

    chi2: Array
    values: Array


@dataclass(frozen=True, eq=False)
class Refit:
    """A likelihood ready to be fitted to toys; ``bank`` ``(points, n)`` are the starting points.

    Methods take data ``(toys, rows)`` in the order of the experiment, as :func:`nutau.inference.toys.throw` gives it.
    """

    likelihood: Likelihood
    size: Array
    bank: Array

    def __getstate__(self) -> dict[str, object]:
        """The fields alone: what is compiled cannot be pickled."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    @double_precision
    def lowest(self, data: Array, held: Mapping[int, float] | None = None) -> Lowest:
        """Minima over all parameters but those ``held``, by position."""
        bank = _Bank.of(self.likelihood, self.bank, held) if held else self._free
        free = np.ones(len(self.size), dtype=bool)
        free[list(held or ())] = False
        heights, points = np.zeros(len(data)), np.zeros((len(data), len(self.size)))
        for start in range(0, len(data), CHUNK):
            part = slice(start, start + CHUNK)
            starts = bank.best(data[part], self.size)
            heights[part], points[part] = self._down(data[part], starts, free)
        return Lowest(heights, points)

    def at(self, p: Array, data: Array) -> Array:
        """-2 log L of every toy at ``p``, ``(n,)`` or one a toy ``(toys, n)``."""
        points = self.likelihood.parametrisation.to_linear(np.asarray(p, dtype=float))
        values, theory = self.likelihood.theory_model.covariance(points)
        shape = (len(data), values.shape[-1])
        return np.asarray(
            fast(
                np.broadcast_to(values, shape),
                np.broadcast_to(theory, (*shape, shape[-1])),
                replace(self.likelihood.experiment, central=data),
            )
        )

    @cached_property
    def _free(self) -> _Bank:
        return _Bank.of(self.likelihood, self.bank, {})

    def _down(self, data: Array, starts: Array, free: Array) -> tuple[Array, Array]:
        """The lowest end of the ways down from ``(toys, starts, n)``: its height ``(toys,)`` and place."""
        count, n = starts.shape[1:]
        ends = _descend(
            self._expanded, self.likelihood, np.repeat(data, count, axis=0), starts.reshape(-1, n), free
        )
        heights, places = ends[0].reshape(-1, count), ends[1].reshape(-1, count, n)
        best = np.argmin(heights, axis=1)
        toys = np.arange(len(data))
        return heights[toys, best], places[toys, best]

    @cached_property
    def _expanded(self) -> Callable[[Array], tuple[Array, ...]]:
        """Values ``(points, obs)`` and modes ``(points, k, obs)``, and their derivatives, with ``n`` at the end."""
        import jax

        model, to_linear = self.likelihood.theory_model, self.likelihood.parametrisation.to_linear

        def modes(p: Array) -> tuple[Array, Array]:
            return model.modes(to_linear(p))

        made = jax.jit(jax.vmap(lambda p: (*modes(p), *jax.jacfwd(modes)(p))))

        def expanded(points: Array) -> tuple[Array, ...]:
            parts = [
                [np.asarray(part)[: len(block)] for part in made(_padded(block))]
                for block in np.split(points, range(BLOCK, len(points), BLOCK))
            ]
            return tuple(np.concatenate(part) for part in zip(*parts, strict=True))

        return expanded


def refit(likelihood: Likelihood, size: Array, known: Sequence[Array] = (), *, seed: int = 1) -> Refit:
    """A likelihood ready to be fitted to toys.

    ``size`` ``(n,)`` are the sizes of the parameters, ``known`` points ``(n,)`` that must be among the starting points
    as minima, the truth. Zero, the Standard Model, always is.
    """
    size = np.asarray(size, dtype=float)
    bounds = likelihood.parametrisation.bounds
    points = [np.zeros((1, len(size))), *(np.reshape(point, (1, -1)) for point in known)]
    reach = np.maximum(10.0 * size, 2.0 * np.abs(np.concatenate(points)).max(axis=0))
    low, high = np.maximum(bounds[:, 0], -reach), np.minimum(bounds[:, 1], reach)
    if len(size) in GRID:
        axes = [_axis(*ends, GRID[len(size)]) for ends in zip(low, high, size, strict=True)]
        covering = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(size))
    else:
        covering = _scattered(low, high, size, seed)
    bank = np.clip(np.concatenate([*points, covering]), bounds[:, 0], bounds[:, 1])
    return Refit(likelihood.switched("fast"), size, bank)


def _axis(low: float, high: float, size: float, count: int) -> Array:
    """Points from ``low`` to ``high``, closer to each other near zero."""
    return np.sinh(np.linspace(np.arcsinh(low / size), np.arcsinh(high / size), count)) * size


def _scattered(low: Array, high: Array, size: Array, seed: int) -> Array:
    """Random points, as many at each order of magnitude."""
    part = stream(seed).random((SCATTERED, len(size)))
    first, last = np.arcsinh(low / size), np.arcsinh(high / size)
    return np.sinh(first + part * (last - first)) * size


@dataclass(frozen=True, eq=False)
class _Bank:
    r"""Starting points ``(points, n)`` and -2 log L there, :math:`c + l\cdot z + q\cdot zz`, of shifted data.

    z ``(rows,)`` are the differences to the observed numbers in units of ``unit``.
    """

    points: Array
    observed: Array
    unit: Array
    polynomial: Array

    @classmethod
    def of(cls, likelihood: Likelihood, points: Array, held: Mapping[int, float]) -> _Bank:
        points = np.array(points)
        for position, value in held.items():
            points[:, position] = value
        points = np.unique(points, axis=0)
        experiment = likelihood.experiment
        with np.errstate(all="ignore"):
            values, theory = likelihood.theory_model.covariance(likelihood.parametrisation.to_linear(points))
        usable = np.isfinite(values).all(axis=-1) & np.isfinite(theory).all(axis=(-2, -1))
        points, values, theory = points[usable], values[usable], theory[usable]
        unit, tilt = experiment.minus + experiment.plus, experiment.plus - experiment.minus
        rows, select = values[:, experiment.rows], experiment.select / unit[:, None]
        above = np.clip((rows - experiment.central + experiment.minus) / unit, 0.0, 1.0)
        width = (experiment.minus + tilt * above) / unit
        correlation = np.linalg.inv(experiment.precision)
        covariance = width[:, :, None] * correlation * width[:, None, :] + select @ theory @ select.T
        away = (rows - experiment.central) / unit
        weight = np.linalg.inv(covariance)
        pulled = np.einsum("gab,gb->ga", weight, away)
        first, second = _pairs(len(unit))
        double = np.where(first == second, 1.0, 2.0) * weight[:, first, second]
        constant = (pulled * away).sum(axis=1) + _tables(likelihood, values)
        return cls(
            points,
            experiment.central,
            unit,
            np.concatenate([constant[:, None], -2.0 * pulled, double], axis=1),
        )

    def best(self, data: Array, size: Array) -> Array:
        """The best points that lie apart for each toy, ``(toys, STARTS, n)``."""
        z = (data - self.observed) / self.unit
        first, second = _pairs(len(self.unit))
        heights = (
            self.polynomial @ np.concatenate([np.ones((len(z), 1)), z, z[:, first] * z[:, second]], axis=1).T
        )
        compressed, signs = np.arcsinh(self.points / size), np.sign(self.points)
        chosen = []
        for _ in range(STARTS):
            best = np.argmin(heights, axis=0)
            chosen.append(self.points[best])
            near = np.ones(heights.shape, dtype=bool)
            for axis in range(len(size)):
                near &= np.abs(compressed[:, axis, None] - compressed[best, axis]) < APART
                near &= signs[:, axis, None] == signs[best, axis]
            heights[near] = np.inf
        return np.stack(chosen, axis=1)


def _pairs(count: int) -> tuple[Array, Array]:
    first, second = np.triu_indices(count)
    return first, second


def _tables(likelihood: Likelihood, values: Array) -> Array:
    """-2 log L of the likelihood tables at predictions ``(points, obs)``, which toys leave as they are."""
    experiment = likelihood.experiment
    if not experiment.tables:
        return np.zeros(len(values))
    none = replace(
        experiment,
        rows=experiment.rows[:0],
        central=experiment.central[:0],
        plus=experiment.plus[:0],
        minus=experiment.minus[:0],
        precision=experiment.precision[:0, :0],
    )
    return np.asarray(none(values))


def _descend(
    expanded: Callable[[Array], tuple[Array, ...]],
    likelihood: Likelihood,
    data: Array,
    start: Array,
    free: Array,
) -> tuple[Array, Array]:
    """Damped Gauss-Newton steps down to minima within the bounds: their heights ``(points,)`` and places."""
    ends = likelihood.parametrisation.bounds.T
    count, n = start.shape
    found, height = start.copy(), np.full(count, np.inf)
    slope, curvature = np.zeros((count, n)), np.zeros((count, n, n))
    damping, trial, going = np.full(count, 1e-2), start.copy(), np.arange(count)
    for _ in range(STEPS):
        reached, down, bend = _local(expanded(trial[going]), likelihood.experiment, data[going])
        better = reached < height[going]
        with np.errstate(invalid="ignore"):
            settled = np.abs(height[going] - reached) < SETTLED
        won = going[better]
        found[won], height[won], slope[won], curvature[won] = (
            trial[won],
            reached[better],
            down[better],
            bend[better],
        )
        damping[going] *= np.where(better, 0.1, 10.0)
        going = going[~settled & (damping[going] < 1e8)]
        if not len(going):
            break
        trial[going] = _trial(found[going], slope[going], curvature[going], damping[going], free, ends)
    return height, found


def _local(parts: tuple[Array, ...], experiment: Experiment, data: Array) -> tuple[Array, Array, Array]:
    """-2 log L ``(points,)``, its gradient ``(points, n)`` and the curvature of least squares ``(points, n, n)``."""
    value, shift, value_slopes, shift_slopes = parts
    seen = replace(experiment, central=data)
    with np.errstate(all="ignore"):  # where a prediction is no number, infinity is what counts
        theory = np.swapaxes(shift, -1, -2) @ shift
        gradient, curvature = seen.curved(value)
        matrix = np.eye(value.shape[-1]) + 0.5 * curvature @ theory
        right = np.concatenate([-0.5 * gradient[..., None], curvature], axis=-1)
        solved = np.linalg.solve(np.nan_to_num(matrix), np.nan_to_num(right))
        u, weight = solved[..., 0], solved[..., 1:]
        moved = (theory @ u[..., None])[..., 0]
        height = seen(value + moved) + (u * moved).sum(axis=-1)
        nuisances = (shift @ u[..., None])[..., 0]
        slopes = value_slopes + np.einsum("pk,pkon->pon", nuisances, shift_slopes)
        slope = np.einsum("pon,po->pn", slopes, seen.curved(value + moved)[0])
        bend = np.swapaxes(slopes, -1, -2) @ weight @ slopes
    usable = np.isfinite(height) & np.isfinite(slope).all(axis=-1) & np.isfinite(bend).all(axis=(-2, -1))
    return np.where(usable, height, np.inf), np.nan_to_num(slope), np.nan_to_num(bend)


def _trial(
    p: Array, slope: Array, curvature: Array, damping: Array, free: Array, ends: tuple[Array, Array]
) -> Array:
    """Where damped steps lead, ``(points, n)``; a parameter that its bound stops does not move."""
    low, high = ends
    stuck = ~free | ((p <= low) & (slope > 0)) | ((p >= high) & (slope < 0))
    diagonal = np.einsum("pii->pi", curvature)
    slack = np.where(stuck, 1.0, damping[:, None] * diagonal + 1e-300)
    reduced = np.where(stuck[:, :, None] | stuck[:, None, :], 0.0, curvature)
    reduced = reduced + slack[:, :, None] * np.eye(len(free))
    scale = np.sqrt(np.einsum("pii->pi", reduced))
    scaled = reduced / (scale[:, :, None] * scale[:, None, :])
    move = np.linalg.solve(scaled, (np.where(stuck, 0.0, slope) / scale)[..., None])[..., 0] / scale
    return np.where(free, np.clip(p - move, low, high), p)


def _padded(part: Array) -> Array:
    """:data:`BLOCK` rows, the last one repeated."""
    return np.concatenate([part, np.repeat(part[-1:], BLOCK - len(part), axis=0)])
