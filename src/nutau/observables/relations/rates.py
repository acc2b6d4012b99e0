r"""Rates as real quadratic polynomials of the real and imaginary parts of all coefficients.

With :math:`x=(1,\mathrm{Re}\,C,\mathrm{Im}\,C)` a rate over its SM value is :math:`R=\sum_{i\le j}v_{ij}x_ix_j`, and
rates are linearly related as functions of the coefficients if and only if their rows :math:`v` are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nutau.common.arrays import Array
from nutau.eft.algebra import Quadratic
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.observables.formula import Forms, Formula


@dataclass(frozen=True, eq=False)
class RateRows:
    """Rates of one call as rows on monomials :math:`x_ix_j` of ``size`` real coordinates, of which the first is 1.

    ``pairs`` ``(k, 2)`` are the coordinates of the monomials, ``values`` ``(n, k)`` the central rows and ``drawn``
    ``(n, draws, k)`` those of the theory draws; all are over the SM value, ``sm`` ``(n,)`` and ``sm_drawn``
    ``(n, draws)``, unless ``over_sm`` is false, since a rate is zero there.
    """

    names: tuple[str, ...]
    coefficients: tuple[str, ...]
    size: int
    pairs: Array
    values: Array
    sm: Array
    drawn: Array | None
    sm_drawn: Array | None
    over_sm: bool

    def folded(self, place: Array, sign: Array) -> RateRows:
        """With coordinate i the ``sign[i]`` of that in ``place[i]``; a coordinate with place -1 is zero."""
        kept = np.flatnonzero((place[self.pairs] >= 0).all(axis=1))
        made = np.sort(place[self.pairs[kept]], axis=1)
        pairs, where = np.unique(made, axis=0, return_inverse=True)
        total = np.zeros((len(kept), len(pairs)))
        total[np.arange(len(kept)), where.ravel()] = sign[self.pairs[kept]].prod(axis=1)
        return replace(
            self,
            size=int(place.max()) + 1,
            pairs=pairs,
            values=self.values[:, kept] @ total,
            drawn=None if self.drawn is None else self.drawn[..., kept] @ total,
        )

    def matrices(self, rows: Array) -> Array:
        """Rows ``(n, k)`` as symmetric matrices ``(n, size, size)``."""
        found = np.zeros((len(rows), self.size, self.size))
        first, second = self.pairs.T
        found[:, first, second] = found[:, second, first] = np.where(first == second, 1.0, 0.5) * rows
        return found

    def felt(self) -> RateRows:
        """On the coefficients that some rate depends on."""
        count = len(self.coefficients)
        seen = np.zeros(self.size, dtype=bool)
        seen[self.pairs] = True
        kept = np.flatnonzero(seen[1 : 1 + count] | seen[1 + count :])
        place = np.full(self.size, -1)
        place[0], place[1 + kept] = 0, 1 + np.arange(len(kept))
        place[1 + count + kept] = 1 + len(kept) + np.arange(len(kept))
        names = tuple(self.coefficients[one] for one in kept)
        return replace(self.folded(place, np.ones(self.size)), coefficients=names, size=1 + 2 * len(kept))

    @property
    def moved(self) -> Array:
        """Whether each rate depends on any of the coefficients, bools ``(n,)``."""
        return np.asarray((self.values[:, self.pairs.any(axis=1)] != 0).any(axis=1))

    def position(self, name: str) -> int:
        """Where a rate stands."""
        return self.names.index(name)


def rate_rows(formulas: Sequence[Formula], names: Sequence[str]) -> RateRows:
    """The rates of formulas, called ``names``.

    A ratio whose denominator has none of the coefficients of its numerator (R_D: τ over light leptons) is a rate, with
    the denominator at its SM value. Raises :class:`InputError` for what is no rate, as an inverse one
    (``tau_Bs/tau_B0``), and for rates of different theories or units.
    """
    for formula, name in zip(formulas, names, strict=True):
        _check_rate(formula, name)
    basis = _common(formulas)
    over_sm = all(float(formula.central.numerator.sm) != 0.0 for formula in formulas)
    if not over_sm and len({formula.unit for formula in formulas}) > 1:
        raise InputError(
            f"{' and '.join(names)} have different units, and one of them is zero in the SM, so that they cannot be "
            "taken over it. Ask for rates of one unit."
        )
    central = [_real(formula.central.numerator.on(basis)) for formula in formulas]
    upper = np.triu_indices(1 + 2 * len(basis))
    used = np.any([matrix[upper] != 0 for matrix in central], axis=0)
    pairs = np.stack([index[used] for index in upper], axis=-1)
    double = np.where(pairs[:, 0] == pairs[:, 1], 1.0, 2.0)

    def row(matrix: Array, forms: Forms) -> Array:
        below = forms.denominator
        unit = forms.numerator.sm if over_sm else 1.0 if below is None else below.sm
        return matrix[..., pairs[:, 0], pairs[:, 1]] * double / np.asarray(unit)[..., None]

    sm = np.array([float(formula.sm) for formula in formulas])
    values = np.stack([row(*both) for both in zip(central, (f.central for f in formulas), strict=True)])
    drawn, sm_drawn = None, None
    draws = [formula.draws for formula in formulas if formula.draws is not None]
    if len(draws) == len(formulas):
        drawn = np.stack([row(_real(forms.numerator.on(basis)), forms) for forms in draws])
        relative = [formula.relative for formula in formulas]
        sm_drawn = np.stack(
            [
                np.ones(drawn.shape[1]) if over else forms.sm
                for over, forms in zip(relative, draws, strict=True)
            ]
        )
    made = RateRows(
        tuple(names), basis.coefficients, 1 + 2 * len(basis), pairs, values, sm, drawn, sm_drawn, over_sm
    )
    return made.felt()


def _check_rate(formula: Formula, name: str) -> None:
    central = formula.central
    above, below, second = central.parts
    said = f"{name} is no rate, in which a relation is linear"
    if np.ndim(above.matrix) > 2:
        raise InputError(
            f"{said}, but a function of q²: ask for <dBR/dq2>(...) with a bin, as '<dBR/dq2>(B+->Knunu)[0, 4]'."
        )
    moved = set() if below is None else _felt(below)
    bent = bool(moved) and (not _felt(above) or bool(_felt(above) & moved))
    if central.readout != "ratio" or second is not None or bent:
        raise InputError(
            f"{said}: it is a ratio, a root or an angle of what new physics changes. Ask for branching ratios, whole "
            "or in bins, or for ratios to what new physics leaves alone, as R(D)."
        )


def _felt(form: Quadratic) -> set[str]:
    """The coefficients that a form depends on."""
    names = form.basis.coefficients
    moved = np.any(np.asarray(form.matrix) != 0, axis=-1)[1:]
    return {names[place % len(names)] for place in np.flatnonzero(moved)}


def _common(formulas: Sequence[Formula]) -> Basis:
    first = formulas[0]
    for other in formulas[1:]:
        if not first.central.basis.same_theory(other.central.basis):
            raise InputError(
                f"{first.observable} and {other.observable} depend on coefficients of different theories, so no "
                "relation holds between them."
            )
    names = dict.fromkeys(
        name for formula in formulas for name in formula.central.numerator.basis.coefficients
    )
    basis = first.central.basis
    return Basis(basis.eft, basis.name, tuple(names))


def _real(form: Quadratic) -> Array:
    """The symmetric matrices ``(..., 1 + 2n, 1 + 2n)`` on (1, Re C, Im C)."""
    matrix, count = np.asarray(form.matrix), len(form.basis)
    size = 1 + 2 * count
    to_complex = np.zeros((matrix.shape[-1], size), dtype=complex)
    own = np.arange(count)
    to_complex[0, 0] = 1.0
    to_complex[1 + own, 1 + own], to_complex[1 + own, 1 + count + own] = 1.0, 1j
    if matrix.shape[-1] == size and count:
        conjugate = 1 + count + own
        to_complex[conjugate, 1 + own], to_complex[conjugate, conjugate] = 1.0, -1j
    found = np.real(to_complex.conj().T @ matrix @ to_complex)
    return 0.5 * (found + np.swapaxes(found, -1, -2))
