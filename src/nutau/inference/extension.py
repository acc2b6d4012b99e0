r"""More observables for a theory model that exists, with the same theory modes.

The modes of a model are principal directions of the scatter :math:`S_{df}` of the coefficients :math:`f` of its
observables over the draws :math:`d`, so a draw has the coordinates :math:`u_{dk}=\sum_f S_{df}B_{kf}/\sum_f B_{kf}^2`
(each coefficient in units of its spread). The scatter of another observable is what these explain,
:math:`\sum_k u_{dk} M_{kf}` with :math:`M=u^TS'`, and a rest that is not correlated with them, which gets modes of its
own. What the model said of its own observables does not change: the further modes do not move them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nutau.common.arrays import Array
from nutau.eft.algebra import Affine
from nutau.inference.expansion import TheoryModel
from nutau.inference.theory_model import scattered
from nutau.observables.formula import Formula

KEEP = 1e-6
"""Modes of the rest that together hold less than this fraction of the scatter are dropped."""


def extended(model: TheoryModel, own: Sequence[Formula], new: Sequence[Formula]) -> TheoryModel:
    """``model`` with the observables of ``new`` behind its own; ``own`` are the formulas that it was made of."""
    size = len(model.parameters)
    central, scatter = scattered(new, Affine.identity(new[0].central.basis))
    held, old = np.stack(model.parts, axis=-1), np.stack(model.part_modes, axis=-1)
    parts = max(held.shape[-1], central.shape[-1])
    held, central, old = _padded(held, parts), _padded(central, parts), _padded(old, parts, 0.0)
    scatter = None if scatter is None else _padded(scatter, parts, 0.0)
    modes, others = len(old), (len(own), np.asarray(model.numerator).shape[-1], parts)
    if scatter is None or not modes:
        explained, rest = np.zeros((modes, len(new), *others[1:])), np.zeros((0, len(new), *others[1:]))
    else:
        _, known = scattered(own, Affine.identity(own[0].central.basis))
        explained, rest = _split(old, _padded(known, parts, 0.0), scatter)
    assert size == len(new[0].central.basis)
    above = [np.concatenate([old, explained], axis=1)]
    above += [np.concatenate([np.zeros((len(rest), *others)), rest], axis=1)] if len(rest) else []
    joined = np.concatenate(above)
    return TheoryModel.of(
        (*model.observables, *(formula.observable for formula in new)),
        model.parameters,
        (*model.readouts, *(formula.central.readout for formula in new)),
        np.concatenate([held, central]),
        joined,
        model.explained,
    )


def _padded(values: Array, parts: int, constant: float = 1.0) -> Array:
    """Coefficients ``(..., M, parts)`` with the parts that are missing: the ``constant`` alone."""
    missing = np.zeros((*values.shape[:-1], parts - values.shape[-1]))
    missing[..., 0, :] = constant
    return np.concatenate([values, missing], axis=-1)


def _split(old: Array, known: Array, scatter: Array) -> tuple[Array, Array]:
    """The modes of new observables: what the old modes ``(k, obs, M, 2)`` say of them, and modes of the rest."""
    shape = scatter.shape[1:]
    spread = _safe(np.sqrt((known**2).sum(axis=0)).ravel())
    directions = old.reshape(len(old), -1) / spread
    coordinates = (known.reshape(len(known), -1) / spread) @ directions.T / (directions**2).sum(axis=1)
    flat = scatter.reshape(len(scatter), -1)
    scale = _safe(np.sqrt((flat**2).sum(axis=0)))
    explained = coordinates.T @ flat
    left = (flat - coordinates @ explained) / scale
    _, singular, rows = np.linalg.svd(left, full_matrices=False)
    beyond = np.cumsum(singular[::-1] ** 2)[::-1]  # what would be lost without this mode and all after it
    rank = int(np.count_nonzero(beyond > KEEP * ((flat / scale) ** 2).sum()))
    rest = singular[:rank, None] * rows[:rank] * scale
    return explained.reshape(len(old), *shape), rest.reshape(rank, *shape)


def _safe(spread: Array) -> Array:
    return np.where(spread > 0, spread, 1.0)
