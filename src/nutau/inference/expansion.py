r"""Observables over real parameters with theory errors: what :func:`nutau.inference.theory_model.theory_model` makes.

Three ways to the errors, the same numbers: the shift of every mode (:meth:`TheoryModel.modes`, for covariances and
likelihoods); a small matrix product over chunks that stay in the cache (:meth:`TheoryModel.uncertainty`, NumPy); one
expression an output, written out (:meth:`TheoryModel.columns`, which XLA compiles to one loop each, for scans of many
millions of points and for GPUs).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import NamedTuple

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.monomials import Exponents, Products, by_exponents, count, horner, monomials, products, thin
from nutau.common.tables import html_table
from nutau.observables.formula import Readout

CHUNK = 2048
"""Points at once: the monomials of four parameters and ten observables then fit the second-level cache."""
FEW = 32
"""Up to here the modes are faster: making a table has a price of its own."""


@dataclass(frozen=True, eq=False)
class TheoryModel:
    """Observables over real parameters: polynomials and theory modes.

    ``numerator`` and ``denominator`` have shape ``(obs, M)``, their modes ``(k, obs, M)``. ``explained`` is the
    fraction of the scatter of the draws that the modes hold: of the variances of all polynomial coefficients, each in
    units of its own spread, summed over all observables. ``second`` is the other factor of the denominators of
    ``geometric`` readouts, 1 for other observables; ``None`` where there is no such readout.
    """

    observables: tuple[str, ...]
    parameters: tuple[str, ...]
    readouts: tuple[Readout, ...]
    numerator: Array
    denominator: Array
    numerator_modes: Array
    denominator_modes: Array
    explained: float = 1.0
    second: Array | None = None
    second_modes: Array | None = None

    @classmethod
    def of(
        cls,
        observables: Sequence[str],
        parameters: Sequence[str],
        readouts: Sequence[Readout],
        central: Array,
        modes: Array,
        explained: float = 1.0,
    ) -> TheoryModel:
        """From the coefficients of all parts, ``(obs, M, parts)``, and their modes, ``(k, obs, M, parts)``."""
        # contiguous, as they are once they have been pickled: so workers compute the same bits
        above, below, *second = (
            np.ascontiguousarray(central[..., place]) for place in range(central.shape[-1])
        )
        moved = [np.ascontiguousarray(modes[..., place]) for place in range(central.shape[-1])]
        more = (second[0], moved[2]) if second else (None, None)
        return cls(
            tuple(observables),
            tuple(parameters),
            tuple(readouts),
            above,
            below,
            moved[0],
            moved[1],
            explained,
            *more,
        )

    @property
    def parts(self) -> tuple[Array, ...]:
        """Numerators, denominators and, where there are any, second factors, each ``(obs, M)``."""
        return (self.numerator, self.denominator, *(() if self.second is None else (self.second,)))

    @property
    def part_modes(self) -> tuple[Array, ...]:
        """The modes of :attr:`parts`, each ``(k, obs, M)``."""
        more = () if self.second_modes is None else (self.second_modes,)
        return (self.numerator_modes, self.denominator_modes, *more)

    def with_parts(self, parts: Sequence[Array], modes: Sequence[Array] | None = None) -> TheoryModel:
        """The same with other :attr:`parts` (and :attr:`part_modes`)."""
        made = replace(self, numerator=parts[0], denominator=parts[1], second=(*parts, None)[2])
        if modes is None:
            return made
        return replace(
            made, numerator_modes=modes[0], denominator_modes=modes[1], second_modes=(*modes, None)[2]
        )

    def __call__(self, x: Array) -> Array:
        """Central values at points ``(..., n)``, shape ``(..., obs)``."""
        if namespace(x) is np and np.size(x) > CHUNK * len(self.parameters):
            return self._in_chunks(x, self._values)[0]
        m = monomials(x)
        xp = namespace(m)
        return read([m @ xp.asarray(part).T for part in self.parts], self.readouts)

    def _repr_html_(self) -> str:
        values, errors = self.uncertainty(np.zeros(len(self.parameters)))
        rows = [
            (name, f"{value:.5g}", f"{error:.2g}")
            for name, value, error in zip(self.observables, values, errors, strict=True)
        ]
        headings = ("observable", f"at {', '.join(self.parameters)} = 0", "theory error")
        return html_table(headings, rows, f"{len(self.numerator_modes)} theory modes")

    @property
    def moved(self) -> Array:
        """Whether any mode moves an observable, bools ``(obs,)``."""
        return np.any([_moving(part) for part in self.part_modes], axis=0)

    @cached_property
    def _shifts(self) -> tuple[Shifts, ...]:
        """What the modes do to the parts."""
        return tuple(Shifts.of(modes) for modes in self.part_modes)

    def part(self, positions: Sequence[int]) -> TheoryModel:
        """The same of some of its observables."""
        rows = list(positions)
        made = replace(
            self,
            observables=tuple(self.observables[row] for row in rows),
            readouts=tuple(self.readouts[row] for row in rows),
        )
        return made.with_parts(
            [np.asarray(part)[rows] for part in self.parts],
            [np.ascontiguousarray(np.asarray(modes)[:, rows]) for modes in self.part_modes],
        )

    def modes(self, x: Array) -> tuple[Array, Array]:
        """Central values ``(..., obs)`` and the shift of each mode by one standard deviation, ``(..., k, obs)``."""
        m = monomials(x)
        xp = namespace(m)
        values = [m @ xp.asarray(part).T for part in self.parts]
        value = read(values, self.readouts)
        found = zip(slopes(values, value, self.readouts), self._shifts, strict=True)
        return value, reduce(operator.add, (slope[..., None, :] * shifts.at(m) for slope, shifts in found))

    def expanded(self, x: Array) -> Expansion:
        """Numerators, denominators and their modes at one point ``(n,)``, to be displaced in many ways."""
        m = monomials(x)
        xp = namespace(m)
        return Expansion(
            self,
            tuple(xp.asarray(part) @ m for part in self.parts),
            tuple(shifts.at(m) for shifts in self._shifts),
        )

    def covariance(self, x: Array) -> tuple[Array, Array]:
        """Central values ``(..., obs)`` and their theory covariance ``(..., obs, obs)``."""
        value, shift = self.modes(x)
        xp = namespace(shift)
        return value, xp.matmul(xp.swapaxes(shift, -1, -2), shift)

    def uncertainty(self, x: Array) -> tuple[Array, Array]:
        """Central values and theory standard deviations, both ``(..., obs)``.

        With NumPy in chunks, so millions of points take no memory but that of the result.
        """
        if namespace(x) is not np:
            value, shift = self.modes(x)
            return value, namespace(shift).sqrt(namespace(shift).sum(shift * shift, axis=-2))
        many = np.size(x) > FEW * len(self.parameters)
        value, error = self._in_chunks(x, self._tabulated if many and self._is_small else self._by_modes)
        return value, error

    def columns(self, *x: Array) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        """Values and theory standard deviations, an array for each observable, of parameters given one by one.

        Each is an expression of its own. Under ``jax.jit`` that is the fastest form there is, on CPU and GPU, for
        large arrays of up to some five parameters; compilation takes seconds.
        """
        xp = namespace(*x)
        values, errors = [], []
        for position, (parts, moments) in enumerate(self._written):
            at_point = [horner(polynomial, x) + xp.zeros_like(x[0]) for polynomial in parts]
            readout = self.readouts[position : position + 1]
            value = read(at_point, readout)
            slope = slopes(at_point, value, readout)
            values.append(value)
            variance = _variance(slope, {pair: horner(one, x) for pair, one in moments.items()})
            errors.append(_root(variance + xp.zeros_like(at_point[0])))
        return tuple(values), tuple(errors)

    def _in_chunks(self, x: Array, at: Callable[[Array], tuple[Array, ...]]) -> tuple[Array, ...]:
        """What ``at`` gives as ``(obs, points)`` for points ``(points, n)``, as ``(..., obs)`` for ``(..., n)``."""
        x = np.asarray(x, dtype=float)
        points = x.reshape(-1, x.shape[-1])
        starts = range(0, max(len(points), 1), CHUNK)
        found: list[Array] = []
        for start in starts:
            parts = at(points[start : start + CHUNK])
            found = found or [np.empty((len(self.observables), len(points))) for _ in parts]
            for whole, part in zip(found, parts, strict=True):
                whole[:, start : start + CHUNK] = part
        return tuple(whole.T.reshape(*x.shape[:-1], len(self.observables)) for whole in found)

    def _values(self, points: Array) -> tuple[Array]:
        second = products(len(self.parameters)).second(points.T)
        return (read([thin(np.asarray(part), second).T for part in self.parts], self.readouts).T,)

    @property
    def _is_small(self) -> bool:
        """Whether the variance as a polynomial of fourth degree has fewer terms than the modes."""
        modes, _, size = self.numerator_modes.shape
        return count(len(self.parameters), 4) <= 2 * modes * size

    @cached_property
    def _moments(self) -> tuple[Products, dict[tuple[int, int], Array]]:
        """Variances and covariances of the parts as polynomials, each ``(obs, P)``, by pairs of parts."""
        table, modes = products(len(self.parameters)), self.part_modes
        pairs = [(i, j) for i in range(len(modes)) for j in range(i, len(modes))]
        return table, {(i, j): table.collect(modes[i], modes[j]) for i, j in pairs}

    @cached_property
    def _written(
        self,
    ) -> tuple[tuple[list[Mapping[Exponents, float]], dict[tuple[int, int], Mapping[Exponents, float]]], ...]:
        """For each observable its parts and their second moments, by exponents."""
        table, moments = self._moments
        return tuple(
            (
                [by_exponents(np.asarray(part)[row], table.quadratic) for part in self.parts],
                {pair: by_exponents(one[row], table.quartic) for pair, one in moments.items()},
            )
            for row in range(len(self.observables))
        )

    @cached_property
    def _stacked(self) -> tuple[Products, Array, Array, Array]:
        """Which observables are plain polynomials, and the rows that are needed, stacked for one product each."""
        table, moments = self._moments
        below = np.asarray(self.denominator)
        one = (
            (below[:, 0] == 1.0)
            & ~below[:, 1:].any(axis=1)
            & ~np.asarray(self.denominator_modes).any(axis=(0, 2))
        )
        plain = one & (np.array(self.readouts) == "ratio")
        first, *others = (np.asarray(part) for part in self.parts)
        second = np.concatenate([first, *(part[~plain] for part in others)])
        fourth = [part for pair, part in moments.items() if pair != (0, 0)]
        return table, plain, second, np.concatenate([moments[0, 0], *(part[~plain] for part in fourth)])

    def _tabulated(self, points: Array) -> tuple[Array, Array]:
        """Values and errors ``(obs, points)`` from the table of monomials."""
        table, plain, rows_second, rows_fourth = self._stacked
        second, fourth = table.table(points.T)
        size, rest = len(plain), int(np.count_nonzero(~plain))
        polynomial, moment = thin(rows_second, second), thin(rows_fourth, fourth)
        value, variance = polynomial[:size], moment[:size]
        if rest:
            readouts = tuple(
                kind for kind, is_plain in zip(self.readouts, plain, strict=True) if not is_plain
            )
            others = [part.T for part in polynomial[size:].reshape(-1, rest, polynomial.shape[-1])]
            at_points = [value[~plain].T, *others]
            ratio = read(at_points, readouts)
            pairs = [pair for pair in self._moments[1] if pair != (0, 0)]
            more = moment[size:].reshape(-1, rest, moment.shape[-1])
            known = dict(zip(pairs, (part.T for part in more), strict=True)) | {(0, 0): variance[~plain].T}
            value[~plain] = ratio.T
            variance[~plain] = _variance(slopes(at_points, ratio, readouts), known).T
        return value, _root(variance)

    def _by_modes(self, points: Array) -> tuple[Array, Array]:
        value, shift = self.modes(points)
        return value.T, np.sqrt(np.sum(shift * shift, axis=-2)).T


@dataclass(frozen=True)
class Expansion:
    """Observables at one point as functions of the modes alone: numerator and denominator move, then are read off.

    ``above`` and ``below`` have shape ``(obs,)``, their shifts ``(k, obs)``. At ``eps = 0`` the slopes are those of
    :meth:`TheoryModel.modes`.
    """

    theory_model: TheoryModel
    parts: tuple[Array, ...]
    shifts: tuple[Array, ...]

    def _moved(self, eps: Array) -> list[Array]:
        return [part + eps @ shift for part, shift in zip(self.parts, self.shifts, strict=True)]

    def __call__(self, eps: Array) -> Array:
        """Values with mode ``k`` moved by ``eps[k]`` standard deviations, ``(obs,)``."""
        return read(self._moved(eps), self.theory_model.readouts)

    def linearised(self, eps: Array) -> tuple[Array, Array]:
        """Values ``(obs,)`` and their slopes in ``eps``, ``(k, obs)``."""
        moved = self._moved(eps)
        value = read(moved, self.theory_model.readouts)
        found = zip(slopes(moved, value, self.theory_model.readouts), self.shifts, strict=True)
        return value, reduce(operator.add, (slope[None, :] * shift for slope, shift in found))


def read(parts: Sequence[Array], readouts: Sequence[Readout]) -> Array:
    """Observables ``(..., obs)`` from their parts: numerators, denominators; or ``(...)`` if there is only one."""
    above, below = parts[:2]
    xp = namespace(above)
    ratio = above / below
    if set(readouts) == {"ratio"}:
        return ratio
    is_sqrt, is_angle, is_mean = _kinds(readouts)
    root = xp.sqrt(xp.where(is_sqrt & (ratio > 0), ratio, 1.0))  # a guarded argument keeps gradients finite
    root = xp.where(ratio > 0, root, xp.where(ratio < 0, xp.nan, 0.0))
    value = xp.where(is_sqrt, root, xp.where(is_angle, xp.arctan2(above, below), ratio))
    if len(parts) == 2:
        return value
    mean = _geometric_mean(parts, is_mean)
    return xp.where(is_mean, above / mean, value)


def slopes(parts: Sequence[Array], value: Array, readouts: Sequence[Readout]) -> list[Array]:
    """Derivatives of the readout by each of the parts."""
    above, below = parts[:2]
    xp = namespace(above)
    by_above, by_below = 1.0 / below, -above / (below * below)
    if set(readouts) == {"ratio"}:
        return [by_above, by_below, *(xp.zeros_like(part) for part in parts[2:])]
    is_sqrt, is_angle, is_mean = _kinds(readouts)
    half = xp.where(is_sqrt, 0.5 / xp.where(is_sqrt, value, 1.0), 1.0)
    square = above * above + below * below
    by_above = xp.where(is_angle, below / square, half * by_above)
    by_below = xp.where(is_angle, -above / square, half * by_below)
    if len(parts) == 2:
        return [by_above, by_below]
    return [
        xp.where(is_mean, 1.0 / _geometric_mean(parts, is_mean), by_above),
        xp.where(is_mean, -0.5 * value / below, by_below),
        xp.where(is_mean, -0.5 * value / parts[2], 0.0),
    ]


def _geometric_mean(parts: Sequence[Array], is_mean: Array) -> Array:
    """The root of the product of both factors of the denominators, 1 for other readouts."""
    product = parts[1] * parts[2]
    xp = namespace(product)
    inside = is_mean & (product > 0)
    return xp.where(inside | ~is_mean, xp.sqrt(xp.where(inside, product, 1.0)), xp.nan)


def _variance(slope: Sequence[Array], moments: Mapping[tuple[int, int], Array]) -> Array:
    """The variance of a readout from the slopes in its parts and their second moments."""
    terms = ((1.0 if i == j else 2.0) * slope[i] * slope[j] * moment for (i, j), moment in moments.items())
    return reduce(operator.add, terms)


def _kinds(readouts: Sequence[Readout]) -> tuple[Array, Array, Array]:
    """Which observables are roots, angles and over geometric means; scalars if there is only one."""
    kinds = np.array(readouts[0]) if len(readouts) == 1 else np.array(readouts)
    return kinds == "sqrt", kinds == "angle", kinds == "geometric"


class Shifts(NamedTuple):
    """Modes ``(k, used, M)`` of the polynomials that any mode moves, most denominators are none, and where these are.

    ``lift`` ``(used, obs)`` puts them among all; ``None`` where there is nothing else.
    """

    modes: Array
    lift: Array | None

    @classmethod
    def of(cls, modes: Array) -> Shifts:
        """From modes ``(k, obs, M)``."""
        moving = _moving(modes)
        if moving.all():
            return cls(modes, None)
        return cls(np.ascontiguousarray(np.asarray(modes)[:, moving]), np.eye(len(moving))[moving])

    def at(self, m: Array) -> Array:
        """At monomials ``(..., M)``: ``(..., k, obs)``, as one matrix product."""
        xp = namespace(m)
        k, used, size = self.modes.shape
        flat = m @ xp.reshape(xp.asarray(self.modes), (k * used, size)).T
        found = xp.reshape(flat, (*m.shape[:-1], k, used))
        return found if self.lift is None else found @ xp.asarray(self.lift)


def _moving(modes: Array) -> Array:
    """Which of the polynomials ``(k, obs, M)`` any mode moves, bools ``(obs,)``."""
    return np.any(np.asarray(modes) != 0, axis=(0, 2))


def _root(variance: Array) -> Array:
    """The square root; rounding may leave a variance that is zero slightly below."""
    xp = namespace(variance)
    positive = variance > 0
    return xp.where(positive, xp.sqrt(xp.where(positive, variance, 1.0)), 0.0)
