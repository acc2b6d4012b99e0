r"""Forms and their theory scatter as short real vectors, so that a page can evaluate them.

For coefficients :math:`c = (1, C)` a Hermitian form is linear in the real monomials

.. math:: |c_i|^2, \quad 2\,\mathrm{Re}(\bar c_i c_j), \quad -2\,\mathrm{Im}(\bar c_i c_j) \qquad (i < j),

with the factors :math:`H_{ii}`, :math:`\mathrm{Re}\,H_{ij}` and :math:`\mathrm{Im}\,H_{ij}`. The factors that are not
zero are the *columns* of an observable in a :class:`Pack`. Over theory draws they scatter in a space of few
dimensions; its principal directions are the modes of :mod:`nutau.theory`, here of each observable alone and kept
down to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nutau.algebra import Quadratic
from nutau.arrays import Array
from nutau.formula import Formula

ROUNDING = 1e-8
"""Modes smaller than this fraction of the largest (in variance: its square) are rounding."""


@dataclass(frozen=True)
class Pack:
    """Observables over the coefficients ``names``: columns, where they belong, and their modes.

    ``monomials`` ``(m, 3)`` holds (i, j, part): part 0 real, 1 imaginary, i and j positions in (1, C). ``index`` and
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


def pack(made: Sequence[Formula], names: Sequence[str]) -> Pack:
    """Pack formulas; coefficients outside ``names`` are zero and left out."""
    known: dict[tuple[int, int, int], int] = {}
    spans, central, modes = [], [], []
    index: list[int] = []
    for formula in made:
        columns = _columns(formula, names)
        start = len(index)
        ends = np.cumsum([len(monomials) for _, _, monomials in columns]) + start
        for values, _, monomials in columns:
            index += [known.setdefault(key, len(known)) for key in monomials]
            central.append(values)
        found = _modes([draws for _, draws, _ in columns])
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


def points(formula: Formula, count: int) -> list[Formula]:
    """A differential formula as one formula for each of its points in q²."""

    def at(position: int) -> Formula:
        return formula.map(
            lambda forms: forms.map(lambda q: Quadratic(q.matrix[..., position, :, :], q.basis))
        )

    return [at(position) for position in range(count)]


def _columns(
    formula: Formula, names: Sequence[str]
) -> list[tuple[Array, Array | None, list[tuple[int, int, int]]]]:
    """Central values, draws ``(draws, columns)`` and monomials of numerator and denominator."""
    basis = formula.central.basis
    kept = [i for i, name in enumerate(basis.coefficients) if name in names]
    place = [0, *(1 + names.index(basis.coefficients[i]) for i in kept)]
    rows = [0, *(1 + i for i in kept)]
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
        found.append(_entries(matrices[0], matrices[1], rows, place))
    return found


def _entries(
    central: Array, drawn: Array | None, rows: Sequence[int], place: Sequence[int]
) -> tuple[Array, Array | None, list[tuple[int, int, int]]]:
    """The elements of Hermitian matrices that are not zero, with their monomials in the common order."""
    upper, lower = np.triu_indices(len(rows))
    take, order = np.asarray(rows), np.asarray(place)
    i, j = order[upper], order[lower]
    sign = np.where(i > j, -1.0, 1.0)  # where the common order swaps a pair, H_ji is the conjugate of H_ij

    def flat(matrix: Array) -> Array:
        elements = matrix[..., take[upper], take[lower]]
        return np.concatenate([elements.real, sign * elements.imag], axis=-1)

    values, draws = flat(central), None if drawn is None else flat(drawn)
    size = np.abs(values) if draws is None else np.maximum(np.abs(values), np.abs(draws).max(axis=0))
    keep = np.flatnonzero(size > 0)
    pairs, part = keep % len(upper), keep // len(upper)
    first, second = np.minimum(i, j)[pairs], np.maximum(i, j)[pairs]
    monomials = list(zip(first.tolist(), second.tolist(), part.tolist(), strict=True))
    return values[keep], None if draws is None else draws[:, keep], monomials


def _modes(scatter: Sequence[Array | None]) -> Array:
    """Principal directions of the scatter of an observable's columns ``(k, columns)``, each column on its own scale."""
    drawn = [part for part in scatter if part is not None]
    if not drawn or len(drawn[0]) < 2:
        return np.zeros((0, 0))
    stacked = np.concatenate(drawn, axis=1)
    spread = (stacked - stacked.mean(axis=0)) / np.sqrt(len(stacked) - 1)
    size = np.sqrt((spread**2).sum(axis=0))
    scale = np.where(size > 0, size, 1.0)
    _, singular, directions = np.linalg.svd(spread / scale, full_matrices=False)
    rank = int(np.count_nonzero(singular > ROUNDING * singular[0]))
    return singular[:rank, None] * directions[:rank] * scale
