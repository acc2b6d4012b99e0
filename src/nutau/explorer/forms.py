r"""Forms and their theory scatter as short real vectors, so that a page can evaluate them.

For coefficients :math:`c = (1, C)` a Hermitian form is linear in the real monomials

.. math:: |c_i|^2, \quad 2\,\mathrm{Re}(\bar c_i c_j), \quad -2\,\mathrm{Im}(\bar c_i c_j) \qquad (i < j),

with the factors :math:`H_{ii}`, :math:`\mathrm{Re}\,H_{ij}` and :math:`\mathrm{Im}\,H_{ij}`; where a form also acts on
:math:`\bar C` there are :math:`2\,\mathrm{Re}(c_i c_j)` and :math:`-2\,\mathrm{Im}(c_i c_j)` too. The factors that are
not zero are the *columns* of an observable in a :class:`Pack`. Over theory draws they scatter in a space of few
dimensions; its principal directions are the modes of :mod:`nutau.inference.theory_model`, here of each
observable alone and kept down to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nutau.common.arrays import Array
from nutau.eft.algebra import Quadratic
from nutau.errors import InputError
from nutau.observables.formula import Formula

NEGLIGIBLE = 1e-13
"""A column that scatters less than this fraction of itself is a constant, as the 1 of a ratio to the SM."""
ROUNDING = 1e-8
"""Modes smaller than this fraction of the largest (in variance: its square) are rounding."""


@dataclass(frozen=True)
class Pack:
    """Observables over the coefficients ``names``: columns, where they belong, and their modes.

    ``monomials`` ``(m, 3)`` holds (i, j, part), i and j positions in (1, C), parts 0 to 3 in the order above (real and
    imaginary, without and with both conjugated). ``index`` and
    ``central`` ``(columns,)`` are the monomial and the factor of a column. ``spans`` ``(observables, 4)``: the
    numerator goes from the first column to the second, the denominator from the second to the third (empty: 1), and
    the fourth is the number of modes; ``modes`` holds those of all observables one after the other, each over its
    own columns.
    """

    names: tuple[str, ...]
    monomials: Array
    index: Array
    central: Array
    modes: Array
    spans: Array


def pack(made: Sequence[Formula], names: Sequence[str], smallest: float = ROUNDING) -> Pack:
    """Pack formulas; coefficients outside ``names`` are zero and left out, and so are modes below ``smallest``."""
    known: dict[tuple[int, int, int], int] = {}
    spans, central, modes = [], [], []
    index: list[int] = []
    for formula in made:
        if formula.central.second is not None:
            raise InputError(
                f"{formula.observable} has two denominators, which the page cannot draw; leave it out."
            )
        columns = _columns(formula, names)
        start = len(index)
        ends = np.cumsum([len(monomials) for _, _, monomials in columns]) + start
        for values, _, monomials in columns:
            index += [known.setdefault(key, len(known)) for key in monomials]
            central.append(values)
        found = _modes([draws for _, draws, _ in columns], smallest)
        modes.append(found.ravel())
        spans.append((start, ends[0], ends[-1], len(found)))
    return Pack(
        tuple(names),
        np.array(list(known), dtype=int).reshape(-1, 3),
        np.array(index, dtype=int),
        np.concatenate(central),
        np.concatenate(modes),
        np.array(spans, dtype=int),
    )


def narrowed(formula: Formula, names: Sequence[str]) -> Formula:
    """The formula with the coefficients ``names`` alone, the others zero: a page needs a tenth of the elements."""

    def form(made: Quadratic) -> Quadratic:
        count = len(made.basis)
        kept = np.array([i for i, name in enumerate(made.basis.coefficients) if name in names], dtype=int)
        rows = np.concatenate([[0], 1 + kept])
        if made.matrix.shape[-1] == 1 + 2 * count and count:
            rows = np.concatenate([rows, 1 + count + kept])
        coefficients = tuple(made.basis.coefficients[i] for i in kept)
        return Quadratic(
            made.matrix[..., rows[:, None], rows], replace(made.basis, coefficients=coefficients)
        )

    return formula.map(lambda forms: forms.map(form))


def carried(formula: Formula, names: Sequence[str], factors: Array) -> Formula:
    """The formula with its draws as functions of the central coefficients, which a draw multiplies by ``factors``.

    ``factors`` ``(draws, names)``; coefficients outside ``names`` stay as they are.
    """
    if formula.draws is None:
        return formula
    place = {name: position for position, name in enumerate(names)}
    basis = formula.central.basis
    ones = np.ones(len(factors), dtype=complex)
    columns = [factors[:, place[name]] if name in place else ones for name in basis.coefficients]
    scale = np.stack([ones, *columns], axis=-1)

    def form(made: Quadratic) -> Quadratic:
        matrix = np.asarray(made.matrix)
        both = matrix.shape[-1] == 1 + 2 * len(basis)
        wide = np.concatenate([scale, scale[:, 1:].conj()], axis=-1) if both else scale
        wide = wide.reshape(len(wide), *(1,) * (matrix.ndim - 3), wide.shape[-1])
        return Quadratic(wide.conj()[..., :, None] * matrix * wide[..., None, :], basis)

    return replace(formula, draws=formula.draws.map(form))


def points(formula: Formula, count: int) -> list[Formula]:
    """A differential formula as one formula for each of its points in q²."""

    def at(position: int) -> Formula:
        return formula.map(
            lambda forms: forms.map(lambda q: Quadratic(q.matrix[..., position, :, :], q.basis))
        )

    return [at(position) for position in range(count)]


Columns = tuple[Array, Array | None, list[tuple[int, int, int]]]
"""Central factors ``(columns,)``, their draws ``(draws, columns)`` and the monomial of each."""


def _columns(formula: Formula, names: Sequence[str]) -> list[Columns]:
    """The columns of numerator and denominator; a ratio to the SM is divided by the SM of its own draw."""
    basis = formula.central.basis
    kept = [i for i, name in enumerate(basis.coefficients) if name in names]
    place = np.array([1 + names.index(basis.coefficients[i]) for i in kept], dtype=int)
    power = 2 if formula.central.readout == "sqrt" else 1
    found = []
    for part in ("numerator", "denominator"):
        if getattr(formula.central, part) is None:
            continue
        matrices = []
        for forms in (formula.central, formula.draws):
            divisor = (
                np.asarray(forms.sm) ** power if forms and formula.relative and part == "numerator" else 1.0
            )
            matrices.append(
                None if forms is None else getattr(forms, part).matrix / np.asarray(divisor)[..., None, None]
            )
        found.append(_entries(matrices[0], matrices[1], np.array(kept, dtype=int), place, len(basis)))
    return found


def _entries(central: Array, drawn: Array | None, kept: Array, place: Array, count: int) -> Columns:
    """The elements of Hermitian matrices that are not zero, those of one monomial added up.

    ``kept`` are positions of coefficients in the form's basis of ``count``, ``place`` those in (1, C) of the page.
    """
    rows, order = np.concatenate([[0], 1 + kept]), np.concatenate([[0], place])
    conjugate = np.zeros(len(rows), dtype=bool)
    if central.shape[-1] == 1 + 2 * count and count:
        rows, order = np.concatenate([rows, 1 + count + kept]), np.concatenate([order, place])
        conjugate = np.concatenate([conjugate, np.ones(len(kept), dtype=bool)])
    upper, lower = np.triu_indices(len(rows))
    keys, sign = _monomials(order, conjugate, upper, lower)
    keys, inverse = np.unique(keys, axis=0, return_inverse=True)

    def added(matrix: Array) -> Array:
        elements = matrix[..., rows[upper], rows[lower]]
        flat = np.concatenate([elements.real, sign * elements.imag], axis=-1)
        return flat @ np.eye(len(keys))[inverse.ravel()]

    values, draws = added(central), None if drawn is None else added(drawn)
    size = np.abs(values) if draws is None else np.maximum(np.abs(values), np.abs(draws).max(axis=0))
    keep = np.flatnonzero(size > 0)
    monomials = [(int(i), int(j), int(part)) for i, j, part in keys[keep]]
    return values[keep], None if draws is None else draws[:, keep], monomials


def _monomials(order: Array, conjugate: Array, upper: Array, lower: Array) -> tuple[Array, Array]:
    r"""Keys ``(2 pairs, 3)`` of real and imaginary parts of the elements, and the sign of the latter.

    With :math:`\bar v_I H_{IJ} v_J`, :math:`v = (1, C, \bar C)`, a pair of two conjugates is the conjugate of a pair
    of none, a mixed pair is a product without conjugate; exchanging the order conjugates a pair, but not a product.
    """
    i, j = order[upper], order[lower]
    first, second = (
        np.where(i == 0, conjugate[lower], conjugate[upper]),
        conjugate[lower],
    )  # the 1 is its own conjugate
    mixed = first != second
    sign = np.where(second, -1.0, 1.0) * np.where((i > j) & ~mixed, -1.0, 1.0)
    pairs = np.stack([np.minimum(i, j), np.maximum(i, j)], axis=-1)
    parts = [np.concatenate([pairs, (2 * mixed + part)[:, None]], axis=-1) for part in (0, 1)]
    return np.concatenate(parts), sign


def _modes(scatter: Sequence[Array | None], smallest: float) -> Array:
    """Principal directions of the scatter of an observable's columns ``(k, columns)``, each column on its own scale.

    Those are left out that are smaller than ``smallest`` of the largest.
    """
    drawn = [part for part in scatter if part is not None]
    if not drawn or len(drawn[0]) < 2:
        return np.zeros((0, 0))
    stacked = np.concatenate(drawn, axis=1)
    if not stacked.shape[1]:  # at the end of phase space, where the rate is zero in every one of a few draws
        return np.zeros((0, 0))
    spread = (stacked - stacked.mean(axis=0)) / np.sqrt(len(stacked) - 1)
    size = np.sqrt((spread**2).sum(axis=0))
    varies = size > NEGLIGIBLE * np.abs(stacked).max(axis=0)
    spread, scale = np.where(varies, spread, 0.0), np.where(varies, size, 1.0)
    _, singular, directions = np.linalg.svd(spread / scale, full_matrices=False)
    rank = int(np.count_nonzero(singular > smallest * singular[0]))
    return singular[:rank, None] * directions[:rank] * scale
