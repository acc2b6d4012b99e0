r"""Observables as functions of a few real parameters, with the theory error at every point in closed form.

Along an affine map from parameters :math:`x` to Wilson coefficients every form is a polynomial of second degree,
:math:`N(x) = n\cdot m(x)` with the monomials :math:`m = (1, x_i, x_i x_j)`. Over theory draws the coefficients of
all observables together scatter in a space of few dimensions; its principal directions ("modes") give

.. math:: O_a(x, \epsilon) = O_a(x) + \sum_k \epsilon_k\, B_{ka}(x), \qquad \epsilon_k \sim \mathcal N(0, 1),

so the theory covariance :math:`B^T B` follows the new physics, is correlated between channels, and costs one small
matrix product a point. Draws are needed once, to build the surface, and never again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nutau.algebra import Affine, Quadratic
from nutau.arrays import Array, namespace
from nutau.errors import InputError
from nutau.formula import Formula, Readout
from nutau.wilson import Basis


def monomials(x: Array) -> Array:
    """``(..., n)`` parameters as ``(..., M)`` monomials ``(1, x_i, x_i x_j)``, M = (n+1)(n+2)/2, in order i <= j."""
    xp = namespace(x)
    ones = xp.ones_like(x[..., :1])
    full = xp.concatenate([ones, x], axis=-1)
    rows, columns = np.triu_indices(full.shape[-1])
    return full[..., rows] * full[..., columns]


def coefficients(form: Quadratic, count: int) -> Array:
    """The real polynomial of a form whose ``count`` arguments are real, ``(..., M)`` in the order of monomials."""
    matrix = np.asarray(form.matrix)
    if matrix.shape[-1] == 1 + 2 * count and count:  # real arguments: conj x is x
        fold = np.vstack([np.eye(1 + count), np.eye(1 + count)[1:]])
        matrix = fold.T @ matrix @ fold
    rows, columns = np.triu_indices(1 + count)
    return np.where(rows == columns, 1.0, 2.0) * matrix.real[..., rows, columns]


@dataclass(frozen=True, eq=False)
class Surface:
    """Observables over real parameters: polynomials and theory modes.

    ``numerator`` and ``denominator`` have shape ``(obs, M)``, their modes ``(k, obs, M)``. ``explained`` is the
    fraction of the scatter of the draws that the modes hold (worst observable).
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
        m = monomials(x)
        xp = namespace(m)
        return self._read(m @ xp.asarray(self.numerator).T, m @ xp.asarray(self.denominator).T)

    def modes(self, x: Array) -> tuple[Array, Array]:
        """Central values ``(..., obs)`` and the shift of each mode by one standard deviation, ``(..., k, obs)``."""
        m = monomials(x)
        xp = namespace(m)
        above, below = m @ xp.asarray(self.numerator).T, m @ xp.asarray(self.denominator).T
        shift_above = xp.einsum("...m,kom->...ko", m, xp.asarray(self.numerator_modes))
        shift_below = xp.einsum("...m,kom->...ko", m, xp.asarray(self.denominator_modes))
        value = self._read(above, below)
        slope_above, slope_below = self._slopes(above, below, value)
        shift = slope_above[..., None, :] * shift_above + slope_below[..., None, :] * shift_below
        return value, shift

    def expanded(self, x: Array) -> Expansion:
        """Numerators, denominators and their modes at one point ``(n,)``, to be displaced in many ways."""
        m = monomials(x)
        xp = namespace(m)
        return Expansion(
            self,
            xp.asarray(self.numerator) @ m,
            xp.asarray(self.denominator) @ m,
            xp.asarray(self.numerator_modes) @ m,
            xp.asarray(self.denominator_modes) @ m,
        )

    def covariance(self, x: Array) -> tuple[Array, Array]:
        """Central values ``(..., obs)`` and their theory covariance ``(..., obs, obs)``."""
        value, shift = self.modes(x)
        xp = namespace(shift)
        return value, xp.einsum("...ka,...kb->...ab", shift, shift)

    def uncertainty(self, x: Array) -> tuple[Array, Array]:
        """Central values and theory standard deviations, both ``(..., obs)``."""
        value, shift = self.modes(x)
        xp = namespace(shift)
        return value, xp.sqrt(xp.sum(shift * shift, axis=-2))

    def _read(self, above: Array, below: Array) -> Array:
        xp = namespace(above)
        ratio = above / below
        kinds = set(self.readouts)
        if kinds == {"ratio"}:
            return ratio
        is_sqrt = np.array([kind == "sqrt" for kind in self.readouts])
        is_angle = np.array([kind == "angle" for kind in self.readouts])
        root = xp.sqrt(xp.where(is_sqrt & (ratio > 0), ratio, 1.0))
        return xp.where(is_sqrt, root, xp.where(is_angle, xp.arctan2(above, below), ratio))

    def _slopes(self, above: Array, below: Array, value: Array) -> tuple[Array, Array]:
        """Derivatives of the readout by numerator and denominator."""
        xp = namespace(above)
        by_above, by_below = 1.0 / below, -above / (below * below)
        if set(self.readouts) == {"ratio"}:
            return by_above, by_below
        is_sqrt = np.array([kind == "sqrt" for kind in self.readouts])
        is_angle = np.array([kind == "angle" for kind in self.readouts])
        half = xp.where(is_sqrt, 0.5 / xp.where(is_sqrt, value, 1.0), 1.0)
        square = above * above + below * below
        return (
            xp.where(is_angle, below / square, half * by_above),
            xp.where(is_angle, -above / square, half * by_below),
        )


@dataclass(frozen=True)
class Expansion:
    """Observables at one point as functions of the modes alone: numerator and denominator move, then are read off.

    ``above`` and ``below`` have shape ``(obs,)``, their shifts ``(k, obs)``. At ``eps = 0`` the slopes are those of
    :meth:`Surface.modes`.
    """

    surface: Surface
    above: Array
    below: Array
    shift_above: Array
    shift_below: Array

    def __call__(self, eps: Array) -> Array:
        """Values with mode ``k`` moved by ``eps[k]`` standard deviations, ``(obs,)``."""
        return self.surface._read(self.above + eps @ self.shift_above, self.below + eps @ self.shift_below)

    def linearised(self, eps: Array) -> tuple[Array, Array]:
        """Values ``(obs,)`` and their slopes in ``eps``, ``(k, obs)``."""
        above, below = self.above + eps @ self.shift_above, self.below + eps @ self.shift_below
        value = self.surface._read(above, below)
        by_above, by_below = self.surface._slopes(above, below, value)
        return value, by_above[None, :] * self.shift_above + by_below[None, :] * self.shift_below


def surface(formulas: Sequence[Formula], step: Affine, *, keep: float = 1e-6) -> Surface:
    """Build a surface: ``formulas`` (with shared draws) as functions of the real parameters ``step.source``.

    Modes are dropped once what is left is a fraction ``keep`` of every observable's variance scale. Formulas
    without draws get no modes. Raises :class:`InputError` for an empty list.
    """
    if not formulas:
        raise InputError("A surface needs at least one observable.")
    central = [_polynomials(formula, step, draws=False) for formula in formulas]
    numerator = np.stack([above for above, _ in central])
    denominator = np.stack([below for _, below in central])
    count = max((_draw_count(formula) for formula in formulas), default=0)
    sampled = [_polynomials(formula, step, draws=True) for formula in formulas]
    above = np.stack([np.broadcast_to(a, (max(count, 1), a.shape[-1])) for a, _ in sampled], axis=1)
    below = np.stack([np.broadcast_to(b, (max(count, 1), b.shape[-1])) for _, b in sampled], axis=1)
    modes_above, modes_below, explained = _principal(above, below, keep)
    return Surface(
        tuple(formula.observable for formula in formulas),
        step.source.coefficients,
        tuple(formula.central.readout for formula in formulas),
        numerator,
        denominator,
        modes_above,
        modes_below,
        explained,
    )


def _draw_count(formula: Formula) -> int:
    return 0 if formula.draws is None else int(formula.draws.numerator.matrix.shape[0])


def _polynomials(formula: Formula, step: Affine, *, draws: bool) -> tuple[Array, Array]:
    """Numerator and denominator over the monomials; a ratio to the SM is divided by the SM of its own draw."""
    forms = formula.draws if draws and formula.draws is not None else formula.central
    count = len(step.source)
    moved = forms.after(narrow(step, forms.basis))
    above = coefficients(moved.numerator, count)
    one = np.eye(above.shape[-1])[0]
    below = (
        np.broadcast_to(one, above.shape)
        if moved.denominator is None
        else coefficients(moved.denominator, count)
    )
    if formula.relative:
        square = np.asarray(forms.sm) ** (2 if forms.readout == "sqrt" else 1)
        above = above / square[..., None]
    return above, below


def narrow(step: Affine, target: Basis) -> Affine:
    """The rows of a map that a form needs: those of ``target``, in its order."""
    rows = [0, *(1 + step.target.index(name) for name in target.coefficients)]
    return Affine(step.matrix[..., rows, :], step.source, target)


def _principal(above: Array, below: Array, keep: float) -> tuple[Array, Array, float]:
    """Principal directions of the scatter of all polynomial coefficients, each observable on its own scale."""
    draws, observables, size = above.shape
    if draws < 2:
        empty = np.zeros((0, observables, size))
        return empty, empty, 1.0
    scatter = np.stack([above - above.mean(axis=0), below - below.mean(axis=0)], axis=-1) / np.sqrt(draws - 1)
    spread = np.sqrt((scatter**2).sum(axis=(0,)))
    scale = np.where(spread > 0, spread, 1.0)  # each coefficient by its own spread, so that none is drowned
    flat = (scatter / scale).reshape(draws, -1)
    _, singular, directions = np.linalg.svd(flat, full_matrices=False)
    left = 1.0 - np.cumsum(singular**2) / max(float((singular**2).sum()), 1e-300)
    rank = int(np.searchsorted(-left, -keep)) + 1
    modes = (singular[:rank, None] * directions[:rank]).reshape(rank, observables, size, 2) * scale
    return modes[..., 0], modes[..., 1], float(1.0 - max(left[rank - 1], 0.0))


def real_parameters(names: Sequence[str], step: Affine) -> Affine:
    """A map whose source is real parameters instead of complex coefficients.

    ``names`` are coefficients of ``step.source`` or ``"Re NAME"`` and ``"Im NAME"``; a bare name means its real part.
    """
    source = Basis("real", "parameters", tuple(names))
    columns = np.zeros((len(step.source), len(names)), dtype=complex)
    for column, name in enumerate(names):
        part, _, rest = name.partition(" ")
        coefficient, unit = (
            (rest, {"Re": 1.0, "Im": 1j}[part]) if part in {"Re", "Im"} and rest else (name, 1.0)
        )
        columns[step.source.index(coefficient), column] = unit
    return step @ Affine.from_parts(source, step.source, linear=columns)
