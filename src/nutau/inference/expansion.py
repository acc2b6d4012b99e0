r"""Observables over real parameters with theory errors: what :func:`nutau.inference.theory_model.theory_model` makes.

Three ways to the errors, the same numbers: the shift of every mode (:meth:`TheoryModel.modes`, for covariances and
likelihoods); a small matrix product over chunks that stay in the cache (:meth:`TheoryModel.uncertainty`, NumPy); one
expression an output, written out (:meth:`TheoryModel.columns`, which XLA compiles to one loop each, for scans of many
millions of points and for GPUs).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.monomials import Exponents, Products, by_exponents, count, horner, monomials, products, thin
from nutau.common.tables import html_table
from nutau.inference.shifts import Shifts, moving
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
    units of its own spread, summed over all observables.
    """

    observables: tuple[str, ...]
    parameters: tuple[str, ...]
    readouts: tuple[Readout, ...]
    numerator: Array
    denominator: Array
    numerator_modes: Array
    denominator_modes: Array
    explained: float = 1.0

    def __call__(self, x: Array) -> Array:
        """Central values at points ``(..., n)``, shape ``(..., obs)``."""
        if namespace(x) is np and np.size(x) > CHUNK * len(self.parameters):
            return self._in_chunks(x, self._values)[0]
        m = monomials(x)
        xp = namespace(m)
        above, below = m @ xp.asarray(self.numerator).T, m @ xp.asarray(self.denominator).T
        return read(above, below, self.readouts)

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
        return np.any([moving(part) for part in (self.numerator_modes, self.denominator_modes)], axis=0)

    @cached_property
    def _shifts(self) -> tuple[Shifts, Shifts]:
        """What the modes do to numerators and denominators."""
        return Shifts.of(self.numerator_modes), Shifts.of(self.denominator_modes)

    def part(self, positions: Sequence[int]) -> TheoryModel:
        """The same of some of its observables."""
        rows = list(positions)
        return replace(
            self,
            observables=tuple(self.observables[row] for row in rows),
            readouts=tuple(self.readouts[row] for row in rows),
            numerator=np.asarray(self.numerator)[rows],
            denominator=np.asarray(self.denominator)[rows],
            numerator_modes=np.ascontiguousarray(np.asarray(self.numerator_modes)[:, rows]),
            denominator_modes=np.ascontiguousarray(np.asarray(self.denominator_modes)[:, rows]),
        )

    def modes(self, x: Array) -> tuple[Array, Array]:
        """Central values ``(..., obs)`` and the shift of each mode by one standard deviation, ``(..., k, obs)``."""
        m = monomials(x)
        xp = namespace(m)
        above, below = m @ xp.asarray(self.numerator).T, m @ xp.asarray(self.denominator).T
        shift_above, shift_below = (shifts.at(m) for shifts in self._shifts)
        value = read(above, below, self.readouts)
        slope_above, slope_below = slopes(above, below, value, self.readouts)
        shift = slope_above[..., None, :] * shift_above + slope_below[..., None, :] * shift_below
        return value, shift

    def expanded(self, x: Array, above: Array | None = None, below: Array | None = None) -> Expansion:
        """Numerators, denominators and their modes at one point ``(n,)``, to be displaced in many ways.

        ``above`` and ``below`` ``(obs, M)`` are central polynomials instead of its own.
        """
        m = monomials(x)
        xp = namespace(m)
        polynomials = (
            self.numerator if above is None else above,
            self.denominator if below is None else below,
        )
        return Expansion(
            self, *(xp.asarray(part) @ m for part in polynomials), *(shifts.at(m) for shifts in self._shifts)
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
        for position, polynomials in enumerate(self._written):
            above, below, above2, cross, below2 = (horner(polynomial, x) for polynomial in polynomials)
            above, below = (part + xp.zeros_like(x[0]) for part in (above, below))
            readout = self.readouts[position : position + 1]
            value = read(above, below, readout)
            u, v = slopes(above, below, value, readout)
            values.append(value)
            errors.append(_root(u * u * above2 + 2.0 * u * v * cross + v * v * below2 + xp.zeros_like(above)))
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
        above, below = (thin(np.asarray(part), second).T for part in (self.numerator, self.denominator))
        return (read(above, below, self.readouts).T,)

    @property
    def _is_small(self) -> bool:
        """Whether the variance as a polynomial of fourth degree has fewer terms than the modes."""
        modes, _, size = self.numerator_modes.shape
        return count(len(self.parameters), 4) <= 2 * modes * size

    @cached_property
    def _moments(self) -> tuple[Products, Array, Array, Array]:
        """Variances of numerators and denominators and their covariances as polynomials, each ``(obs, P)``."""
        table = products(len(self.parameters))
        a, b = self.numerator_modes, self.denominator_modes
        return table, table.collect(a, a), table.collect(a, b), table.collect(b, b)

    @cached_property
    def _written(self) -> tuple[tuple[Mapping[Exponents, float], ...], ...]:
        """For each observable its numerator, denominator and the three second moments, by exponents."""
        table, *moments = self._moments
        second = [self.numerator, self.denominator]
        return tuple(
            (
                *(by_exponents(np.asarray(part)[row], table.quadratic) for part in second),
                *(by_exponents(part[row], table.quartic) for part in moments),
            )
            for row in range(len(self.observables))
        )

    @cached_property
    def _stacked(self) -> tuple[Products, Array, Array, Array]:
        """Which observables are plain polynomials, and the rows that are needed, stacked for one product each."""
        table, above2, cross, below2 = self._moments
        below = np.asarray(self.denominator)
        one = (
            (below[:, 0] == 1.0)
            & ~below[:, 1:].any(axis=1)
            & ~np.asarray(self.denominator_modes).any(axis=(0, 2))
        )
        plain = one & (np.array(self.readouts) == "ratio")
        second = np.concatenate([np.asarray(self.numerator), below[~plain]])
        return table, plain, second, np.concatenate([above2, cross[~plain], below2[~plain]])

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
            above, below = value[~plain].T, polynomial[size:].T
            ratio = read(above, below, readouts)
            u, v = slopes(above, below, ratio, readouts)
            cross, below2 = moment[size : size + rest].T, moment[size + rest :].T
            value[~plain] = ratio.T
            variance[~plain] = (u * u * variance[~plain].T + 2.0 * u * v * cross + v * v * below2).T
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
    above: Array
    below: Array
    shift_above: Array
    shift_below: Array

    @property
    def central(self) -> Array:
        """Values with no mode moved, ``(obs,)``."""
        return read(self.above, self.below, self.theory_model.readouts)

    def __call__(self, eps: Array) -> Array:
        """Values with mode ``k`` moved by ``eps[k]`` standard deviations, ``(obs,)``."""
        above, below = self.above + eps @ self.shift_above, self.below + eps @ self.shift_below
        return read(above, below, self.theory_model.readouts)

    def linearised(self, eps: Array) -> tuple[Array, Array]:
        """Values ``(obs,)`` and their slopes in ``eps``, ``(k, obs)``."""
        above, below = self.above + eps @ self.shift_above, self.below + eps @ self.shift_below
        value = read(above, below, self.theory_model.readouts)
        by_above, by_below = slopes(above, below, value, self.theory_model.readouts)
        return value, by_above[None, :] * self.shift_above + by_below[None, :] * self.shift_below


def read(above: Array, below: Array, readouts: Sequence[Readout]) -> Array:
    """Observables ``(..., obs)`` from their numerators and denominators; or ``(...)`` if there is only one."""
    xp = namespace(above)
    ratio = above / below
    if set(readouts) == {"ratio"}:
        return ratio
    is_sqrt, is_angle = _kinds(readouts)
    root = xp.sqrt(xp.where(is_sqrt & (ratio > 0), ratio, 1.0))  # a guarded argument keeps gradients finite
    root = xp.where(ratio > 0, root, xp.where(ratio < 0, xp.nan, 0.0))
    return xp.where(is_sqrt, root, xp.where(is_angle, xp.arctan2(above, below), ratio))


def slopes(above: Array, below: Array, value: Array, readouts: Sequence[Readout]) -> tuple[Array, Array]:
    """Derivatives of the readout by numerator and denominator."""
    xp = namespace(above)
    by_above, by_below = 1.0 / below, -above / (below * below)
    if set(readouts) == {"ratio"}:
        return by_above, by_below
    is_sqrt, is_angle = _kinds(readouts)
    half = xp.where(is_sqrt, 0.5 / xp.where(is_sqrt, value, 1.0), 1.0)
    square = above * above + below * below
    return (
        xp.where(is_angle, below / square, half * by_above),
        xp.where(is_angle, -above / square, half * by_below),
    )


def _kinds(readouts: Sequence[Readout]) -> tuple[Array, Array]:
    """Which observables are roots and which are angles; scalars if there is only one, for arrays of points alone."""
    kinds = np.array(readouts[0]) if len(readouts) == 1 else np.array(readouts)
    return kinds == "sqrt", kinds == "angle"


def _root(variance: Array) -> Array:
    """The square root; rounding may leave a variance that is zero slightly below."""
    xp = namespace(variance)
    positive = variance > 0
    return xp.where(positive, xp.sqrt(xp.where(positive, variance, 1.0)), 0.0)
