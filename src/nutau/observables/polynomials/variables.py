"""The real variables of a polynomial: parts of Wilson coefficients, or combinations of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from nutau.common.arrays import Array
from nutau.eft.algebra import Affine
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.observables.formula import Formula

Variables: TypeAlias = Mapping[str, Mapping[str, float]]
"""Real combinations of Wilson coefficients by name: ``{"m": {"C9_bstautau": 1, "C10_bstautau": -1}}``."""

LEFT_HANDED: Variables = {
    "m": {"C9_bstautau": 1.0, "C10_bstautau": -1.0},
    "p": {"C9_bstautau": 1.0, "C10_bstautau": 1.0},
    "xe": {"CL_bsnuenue": 1.0},
    "xmu": {"CL_bsnumunumu": 1.0},
    "xtau": {"CL_bsnutaunutau": 1.0},
    "d": {"CVL_bctaunutau": 1.0},
}
"""The letter's variables: m and p of (A.1) and (A.2), one x per neutrino of (A.3), d of (4.1)."""

NEGLIGIBLE = 1e-13
"""Coefficients below this fraction of the largest are rounding and are left out."""


def active(formula: Formula) -> Formula:
    """The formula on the coefficients that change it, without those whose rows are zero in every draw."""
    basis = formula.central.basis
    used = np.zeros(len(basis), dtype=bool)
    for forms in (formula.central, formula.draws):
        if forms is not None:
            for form in forms.parts:
                used |= False if form is None else _used(form.matrix, len(basis))
    if np.all(used):
        return formula
    kept = [name for name, use in zip(basis.coefficients, used, strict=True) if use]
    return formula.after(Affine.identity(basis).narrowed(kept))


def _used(matrix: Array, count: int) -> Array:
    """Which coefficients have a row that is not zero; rows of conj C count for C."""
    size = np.abs(np.asarray(matrix))
    batch = tuple(range(size.ndim - 2))
    rows = np.any(size > NEGLIGIBLE * size.max(initial=0.0), axis=(*batch, size.ndim - 1))[1:]
    return np.any(rows.reshape(-1, count), axis=0) if count else rows


@dataclass(frozen=True)
class Axes:
    r"""Real variables of a form in ``n`` coefficients.

    ``linear`` ``(1 + 2n, 1 + k)`` takes (1, variables) to :math:`(1, \mathrm{Re}\,C, \mathrm{Im}\,C)`;
    where it only selects, ``rows`` ``(1 + k,)`` says what.
    """

    names: tuple[str, ...]
    linear: Array
    rows: Array | None = None


def axes(formula: Formula, variables: Variables | None, *, imaginary: bool = True) -> Axes:
    r"""The variables of a formula's polynomial.

    Without ``variables``, these are ``"Re NAME"`` and ``"Im NAME"`` of every coefficient, or bare names with
    ``imaginary=False``. Otherwise variables :math:`x = V C` are inverted by the pseudo-inverse,
    :math:`C = V^+ x`: exact where there are as many variables as coefficients in them, and zero along the
    directions that they leave open.

    Raises :class:`InputError` for variables that are dependent or change nothing.
    """
    basis = formula.central.basis
    count = len(basis)
    if variables is not None:
        linear = np.zeros((1 + 2 * count, 1 + len(variables)))
        linear[0, 0] = 1.0
        linear[1 : 1 + count, 1:] = _inverted(formula, variables)
        return Axes(tuple(variables), linear)
    real = np.arange(1, 1 + count)
    if imaginary:
        names = [f"{part} {name}" for name in basis.coefficients for part in ("Re", "Im")]
        rows = np.concatenate([[0], np.stack([real, real + count], axis=-1).ravel()])
    else:
        names, rows = list(basis.coefficients), np.concatenate([[0], real])
    return Axes(tuple(names), np.eye(1 + 2 * count)[:, rows], rows)


def _inverted(formula: Formula, variables: Variables) -> Array:
    basis = formula.central.basis
    if not variables:
        raise InputError("Give at least one variable, for instance {'x': {'CL_bsnutaunutau': 1}}.")
    names = list(dict.fromkeys(name for row in variables.values() for name in row))
    rows = np.array([[row.get(name, 0.0) for name in names] for row in variables.values()], dtype=float)
    if not np.all(np.isfinite(rows)):
        raise InputError(f"The variables {', '.join(variables)} need finite numbers as factors.")
    if not names or np.linalg.matrix_rank(rows) < len(variables):
        raise InputError(f"The variables {', '.join(variables)} are linearly dependent: leave some out.")
    linear = np.zeros((len(basis), len(variables)))
    for name, row in zip(names, np.linalg.pinv(rows), strict=True):
        if name in basis:
            linear[basis.index(name)] = row
    if not np.any(linear):
        raise InputError(
            f"{formula.observable} depends on none of {', '.join(names)}; it depends on {_some(basis)}."
        )
    return linear


def left_handed(formula: Formula) -> Variables:
    """The letter's variables (:data:`LEFT_HANDED`) that change a formula; InputError if none does."""
    basis = active(formula).central.basis
    found = {name: row for name, row in LEFT_HANDED.items() if any(c in basis for c in row)}
    if not found:
        raise InputError(
            f"{formula.observable} depends on none of the letter's variables; it depends on {_some(basis)}. "
            "Use raw ones (`variables='raw'`)."
        )
    return found


def _some(basis: Basis) -> str:
    names = basis.coefficients
    return ", ".join(names) if len(names) <= 8 else f"{', '.join(names[:8])} and {len(names) - 8} more"
