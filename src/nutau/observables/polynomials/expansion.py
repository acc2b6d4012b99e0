r"""From a formula to its polynomial.

A rate is a form :math:`c^\dagger H c`. Along a linear map from real variables :math:`x` it is

.. math:: O(x) = o_0 + \sum_i o_i x_i + \sum_{i\le j} o_{ij} x_i x_j ,

and each theory draw has its own coefficients, so their errors and correlations follow. A ratio to the SM is
divided draw by draw: its constant is exactly 1. Ratios of two forms have a Taylor polynomial around the SM.
"""

from __future__ import annotations

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.eft.algebra import Quadratic
from nutau.errors import InputError
from nutau.observables.formula import Forms, Formula
from nutau.observables.polynomials.record import Polynomial
from nutau.observables.polynomials.variables import NEGLIGIBLE, Axes, Variables, active, axes


class NotPolynomialError(InputError):
    """An observable that is no polynomial in the variables asked for; it has an expansion around the SM."""


@checked
def polynomial(
    formula: Formula, variables: Variables | None = None, *, imaginary: bool = True, expand: bool = False
) -> Polynomial:
    """A formula as a real polynomial.

    Without ``variables`` these are ``"Re NAME"`` and ``"Im NAME"`` of every coefficient that matters (only
    real parts, under bare names, with ``imaginary=False``). With them, coefficients follow from the
    variables; those that no variable mentions are zero, and so are directions that the variables leave open.

    An observable that is no polynomial in these variables (R_D where muonic coefficients are among them, F_L)
    is a :class:`NotPolynomialError`, or its Taylor polynomial of second degree around the SM with ``expand``.

    >>> import nutau
    >>> (rate,) = nutau.formulas(["BR(B+->Knunu)"], draws=0)
    >>> nutau.polynomial(rate, {"x": {"CL_bsnutaunutau": 1.0}}).observable
    'BR(B+->Knunu)'
    """
    formula = active(formula)
    along = axes(formula, variables, imaginary=imaginary)
    central = _values(formula, formula.central, along, expand)
    draws = None if formula.draws is None else _values(formula, formula.draws, along, expand)
    return _compressed(formula.observable, along.names, central, draws)


def fraction(
    formula: Formula, variables: Variables | None = None, *, imaginary: bool = True
) -> tuple[Polynomial, Polynomial | None]:
    """Numerator and denominator of a formula; a ratio to the SM has its divisor in the numerator."""
    above, below, _ = pieces(formula, variables, imaginary=imaginary)
    return above, below


def pieces(
    formula: Formula, variables: Variables | None = None, *, imaginary: bool = True
) -> tuple[Polynomial, Polynomial | None, Polynomial | None]:
    """As :func:`fraction`, with the second factor of the denominator of a geometric readout."""
    formula = active(formula)
    along = axes(formula, variables, imaginary=imaginary)
    central = _parts(formula, formula.central, along)
    drawn = (None,) * 3 if formula.draws is None else _parts(formula, formula.draws, along)
    above, below, second = (
        None if part is None else _compressed(formula.observable, along.names, part, draws)
        for part, draws in zip(central, drawn, strict=True)
    )
    assert above is not None
    return above, below, second


Packed = tuple[Array, Array | None, Array | None]


def _parts(formula: Formula, forms: Forms, along: Axes) -> Packed:
    above, below, second = _packed(forms, along)
    if formula.relative:
        above = above / np.asarray(forms.sm)[..., None] ** (2 if forms.readout == "sqrt" else 1)
    return above, below, second


def _packed(forms: Forms, along: Axes) -> Packed:
    """The parts over all monomials ``(..., M)`` in the order of ``theory.monomials``."""
    above, below, second = (None if form is None else _monomials(form, along) for form in forms.parts)
    return above, below, second


def _monomials(form: Quadratic, along: Axes) -> Array:
    full = _real(form)
    if along.rows is not None:
        full = full[..., along.rows[:, None], along.rows]
    else:
        full = np.tensordot(np.tensordot(full, along.linear, (-2, 0)), along.linear, (-2, 0))
    rows, columns = np.triu_indices(full.shape[-1])
    return np.where(rows == columns, 1.0, 2.0) * full[..., rows, columns]


def _real(form: Quadratic) -> Array:
    r"""A form over :math:`(1, \mathrm{Re}\,C, \mathrm{Im}\,C)`, real symmetric ``(..., 1 + 2n, 1 + 2n)``."""
    matrix, count = np.asarray(form.matrix), len(form.basis)
    if matrix.shape[-1] == 1 + 2 * count and count:  # acts on (1, C, conj C)
        unit = np.eye(count)
        parts = np.zeros((1 + 2 * count, 1 + 2 * count), dtype=complex)
        parts[0, 0] = 1.0
        parts[1:, 1:] = np.block([[unit, 1j * unit], [unit, -1j * unit]])
        return (parts.conj().T @ matrix @ parts).real
    symmetric, antisymmetric = matrix.real, matrix.imag
    upper = np.concatenate([symmetric, -antisymmetric[..., 1:]], axis=-1)
    lower = np.concatenate([antisymmetric[..., 1:, :], symmetric[..., 1:, 1:]], axis=-1)
    return np.concatenate([upper, lower], axis=-2)


def _values(formula: Formula, forms: Forms, along: Axes, expand: bool) -> Array:
    above, below, second = _packed(forms, along)
    if forms.readout == "ratio" and (below is None or _constant(below)):
        value = above if below is None else above / below[..., :1]
    elif expand:
        value = _taylor(above, below, second, forms)
    else:
        raise NotPolynomialError(
            f"{formula.observable} is no polynomial in {', '.join(along.names[:6])}: numerator "
            "and denominator depend on them. Choose other variables, its expansion around the SM, or POPxf."
        )
    return value / value[..., :1] if formula.relative else value


def _constant(packed: Array) -> bool:
    return bool(np.all(np.abs(packed[..., 1:]) <= NEGLIGIBLE * np.abs(packed[..., :1])))


def _taylor(above: Array, below: Array | None, second: Array | None, forms: Forms) -> Array:
    """Second-order expansion of a readout of polynomials, each over all monomials ``(..., M)``."""
    one = np.zeros_like(above)
    one[..., 0] = 1.0
    n0, n1, n2 = _split(above)
    d0, d1, d2 = _split(one if below is None else below)
    if second is not None:  # the root of a product
        e0, e1, e2 = _split(second)
        p1 = d0[..., None] * e1 + e0[..., None] * d1
        p2 = d0[..., None, None] * e2 + e0[..., None, None] * d2 + _outer(d1, e1)
        d0 = np.sqrt(d0 * e0)
        d1 = p1 / (2.0 * d0[..., None])
        d2 = (p2 - _outer(d1, d1)) / (2.0 * d0[..., None, None])
    if forms.readout == "angle":  # Im log(D + iN)
        z0, z1, z2 = d0 + 1j * n0, d1 + 1j * n1, d2 + 1j * n2
        turn = z1 / z0[..., None]
        bend = z2 / z0[..., None, None] - 0.5 * _outer(turn, turn)
        return _join(np.arctan2(n0, d0), turn.imag, bend.imag)
    value = n0 / d0
    slope = (n1 - value[..., None] * d1) / d0[..., None]
    curve = (n2 - value[..., None, None] * d2 - _outer(slope, d1)) / d0[..., None, None]
    if forms.readout == "sqrt":
        root = np.sqrt(value)
        slope = slope / (2.0 * root[..., None])
        return _join(root, slope, (0.5 * curve - 0.5 * _outer(slope, slope)) / root[..., None, None])
    return _join(value, slope, curve)


def _outer(a: Array, b: Array) -> Array:
    """The symmetric part of a product of two linear terms, ``(..., n, n)``."""
    product = a[..., :, None] * b[..., None, :]
    return 0.5 * (product + np.swapaxes(product, -1, -2))


def _split(packed: Array) -> tuple[Array, Array, Array]:
    """Constant ``(...)``, linear ``(..., n)`` and symmetric quadratic ``(..., n, n)`` terms."""
    size = round((np.sqrt(8 * packed.shape[-1] + 1) - 1) / 2)
    rows, columns = np.triu_indices(size)
    full = np.zeros((*packed.shape[:-1], size, size))
    full[..., rows, columns] = full[..., columns, rows] = np.where(rows == columns, packed, 0.5 * packed)
    return full[..., 0, 0], 2.0 * full[..., 0, 1:], full[..., 1:, 1:]


def _join(value: Array, slope: Array, curve: Array) -> Array:
    """The inverse of :func:`_split`."""
    size = 1 + slope.shape[-1]
    full = np.zeros((*value.shape, size, size))
    full[..., 0, 0], full[..., 0, 1:] = value, slope
    full[..., 1:, 1:] = curve * (2.0 - np.eye(size - 1))
    rows, columns = np.triu_indices(size)
    return full[..., rows, columns]


def _compressed(label: str, variables: tuple[str, ...], central: Array, draws: Array | None) -> Polynomial:
    """A polynomial over the monomials that occur (the constant always): constant, linear, quadratic."""
    full = ("", *variables)
    rows, columns = np.triu_indices(len(full))
    monomials = [tuple(n for n in (full[i], full[j]) if n) for i, j in zip(rows, columns, strict=True)]
    size = np.abs(central) if draws is None else np.maximum(np.abs(central), np.max(np.abs(draws), axis=0))
    keep = [0, *(k for k in range(1, len(monomials)) if size[k] > NEGLIGIBLE * np.max(size))]
    keep.sort(key=lambda k: len(monomials[k]))
    picked = None if draws is None else np.ascontiguousarray(draws[..., keep])
    return Polynomial(label, variables, tuple(monomials[k] for k in keep), central[keep], picked)
