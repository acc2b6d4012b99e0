r"""Observables as functions of a few real parameters, with the theory error at every point in closed form.

Along an affine map from parameters :math:`x` to Wilson coefficients every form is a polynomial of second degree,
:math:`N(x) = n\cdot m(x)` with the monomials :math:`m = (1, x_i, x_i x_j)`. Over theory draws the coefficients of
all observables together scatter in a space of few dimensions; its principal directions ("modes") give

.. math:: O_a(x, \epsilon) = O_a(x) + \sum_k \epsilon_k\, B_{ka}(x), \qquad \epsilon_k \sim \mathcal N(0, 1),

so the theory covariance :math:`B^T B` follows the new physics, is correlated between channels, and costs one small
matrix product a point. Draws are needed once, to build the theory model, and never again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.common.monomials import monomials as monomials
from nutau.eft.algebra import Affine, Quadratic
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inference.expansion import Expansion as Expansion
from nutau.inference.expansion import TheoryModel as TheoryModel
from nutau.observables.formula import Formula

WIDE = 5
"""Times as many polynomial coefficients as draws: then the products of the draws are decomposed instead."""


def coefficients(form: Quadratic, count: int) -> Array:
    """The real polynomial of a form whose ``count`` arguments are real, ``(..., M)`` in the order of monomials."""
    matrix = np.asarray(form.matrix)
    if matrix.shape[-1] == 1 + 2 * count and count:  # real arguments: conj x is x
        fold = np.vstack([np.eye(1 + count), np.eye(1 + count)[1:]])
        matrix = fold.T @ matrix @ fold
    rows, columns = np.triu_indices(1 + count)
    return np.where(rows == columns, 1.0, 2.0) * matrix.real[..., rows, columns]


@checked
def theory_model(formulas: Sequence[Formula], step: Affine, *, keep: float = 1e-6) -> TheoryModel:
    """Build a theory model: ``formulas`` (with shared draws) as functions of the real parameters ``step.source``.

    The smallest modes are dropped that together hold less than a fraction ``keep`` of the scatter (see ``explained`` of
    :class:`TheoryModel`). Formulas without draws get no modes. Raises :class:`InputError` for an empty list.

    >>> import nutau
    >>> from nutau.inference.theory_model import real_parameters
    >>> made = nutau.formulas(["R(D)"], draws=50)
    >>> step = real_parameters(["CVL_bctaunutau"], nutau.Affine.identity(made[0].central.basis))
    >>> value, error = nutau.theory_model(made, step).uncertainty([[0.0], [0.1]])
    >>> round(float(value[1, 0] / value[0, 0]), 1)
    1.2
    """
    if not formulas:
        raise InputError("A theory model needs at least one observable.")
    central = _stacked(formulas, step, draws=False)
    count = max((_draw_count(formula) for formula in formulas), default=0)
    drawn = np.array([formula.draws is not None for formula in formulas])
    modes, explained = _principal(sampled(formulas, step, max(count, 1)), drawn, keep)
    return TheoryModel.of(
        [formula.observable for formula in formulas],
        step.source.coefficients,
        [formula.central.readout for formula in formulas],
        central,
        modes,
        explained,
    )


def on_internal(made: Sequence[Formula]) -> TheoryModel:
    """The theory model of formulas whose coefficients are real parameters already."""
    return theory_model(made, Affine.identity(made[0].central.basis))


def scattered(formulas: Sequence[Formula], step: Affine) -> tuple[Array, Array | None]:
    """Central coefficients ``(obs, M, parts)``, of numerators and denominators, and their scatter ``(draws, ...)``.

    The scatter is that of the draws around their mean over the root of their number less one; none without draws.
    """
    central = _stacked(formulas, step, draws=False)
    if max((_draw_count(formula) for formula in formulas), default=0) < 2:
        return central, None
    found = sampled(formulas, step)
    drawn = np.array([formula.draws is not None for formula in formulas])
    scatter = (found - found.mean(axis=0)) / np.sqrt(len(found) - 1)
    return central, scatter * drawn[:, None, None]


def sampled(formulas: Sequence[Formula], step: Affine, count: int | None = None) -> Array:
    """The coefficients of all draws, ``(draws, obs, M, parts)``."""
    count = max(_draw_count(formula) for formula in formulas) if count is None else count
    return _stacked(formulas, step, draws=True, count=count)


def _stacked(formulas: Sequence[Formula], step: Affine, *, draws: bool, count: int | None = None) -> Array:
    """The coefficients of all parts of all observables, ``(obs, M, parts)`` or, with a ``count``, ``(count, ...)``."""
    size = 3 if any(formula.central.readout == "geometric" for formula in formulas) else 2
    found = [np.stack(_polynomials(formula, step, draws=draws)[:size], axis=-1) for formula in formulas]
    if count is None:
        return np.stack(found)
    return np.stack([np.broadcast_to(part, (count, *part.shape[-2:])) for part in found], axis=1)


def _draw_count(formula: Formula) -> int:
    return 0 if formula.draws is None else int(formula.draws.numerator.matrix.shape[0])


def _polynomials(formula: Formula, step: Affine, *, draws: bool) -> list[Array]:
    """The three parts over the monomials; of a ratio to the SM the numerator is divided by the SM of its own draw."""
    forms = formula.draws if draws and formula.draws is not None else formula.central
    count = len(step.source)
    above, *others = (
        None if form is None else coefficients(form, count)
        for form in forms.after(narrow(step, forms.basis)).parts
    )
    assert above is not None
    one = np.broadcast_to(np.eye(above.shape[-1])[0], above.shape)
    if formula.relative:
        square = np.asarray(forms.sm) ** (2 if forms.readout == "sqrt" else 1)
        above = above / square[..., None]
    return [above, *(one if part is None else part for part in others)]


def _directions(flat: Array) -> tuple[Array, Array]:
    """Singular values and right singular vectors of ``(draws, n)``; of many more columns than rows by their products.

    Those lose the half of the digits: singular values below 1e-8 of the largest, far below what is kept.
    """
    if flat.shape[1] < WIDE * len(flat):
        _, singular, directions = np.linalg.svd(flat, full_matrices=False)
        return singular, directions
    squares, left = np.linalg.eigh(flat @ flat.T)
    kept = squares > 1e-14 * squares[-1]
    singular = np.sqrt(squares[kept][::-1])
    return singular, (left[:, kept][:, ::-1] / singular).T @ flat


def narrow(step: Affine, target: Basis) -> Affine:
    """The rows of a map that a form needs: those of ``target``, in its order."""
    rows = [0, *(1 + step.target.index(name) for name in target.coefficients)]
    return Affine(step.matrix[..., rows, :], step.source, target)


def _principal(found: Array, drawn: Array, keep: float) -> tuple[Array, float]:
    """Principal directions of the scatter of all coefficients ``(draws, obs, M, parts)``, each on its own scale.

    What was not ``drawn`` ``(obs,)`` does not scatter; the mean of equal numbers differs from them by rounding.
    """
    draws, *shape = found.shape
    if draws < 2:
        return np.zeros((0, *shape)), 1.0
    scatter = (found - found.mean(axis=0)) / np.sqrt(draws - 1)
    scatter = scatter * drawn[:, None, None]
    spread = np.sqrt((scatter**2).sum(axis=(0,)))
    scale = np.where(spread > 0, spread, 1.0)  # each coefficient by its own spread, so that none is drowned
    flat = (scatter / scale).reshape(draws, -1)
    moving = np.flatnonzero(spread)
    singular, directions = _directions(flat if len(moving) == flat.shape[-1] else flat[:, moving])
    left = 1.0 - np.cumsum(singular**2) / max(float((singular**2).sum()), 1e-300)
    rank = min(int(np.searchsorted(-left, -keep)) + 1, len(singular))
    modes = np.zeros((rank, flat.shape[-1]))
    modes[:, moving] = singular[:rank, None] * directions[:rank]
    return modes.reshape(rank, *shape) * scale, float(1.0 - max(left[rank - 1], 0.0))


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
