"""Standard-Model values quoted with the data instead of nutau's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nutau.algebra import Quadratic
from nutau.errors import InputError
from nutau.formula import Formula
from nutau.measurements import Measurement, Observable


def rescaled(
    made: Sequence[Formula], items: Sequence[Observable], references: Sequence[Measurement], *, seed: int
) -> tuple[Formula, ...]:
    r"""Formulas as :math:`O = O_{ref}\, O(c)/O_{SM}` for the observables that a reference predicts.

    Only the ratio to the SM is then nutau's; :math:`O_{ref}` scatters with the reference's own covariance, drawn here.
    Raises :class:`InputError` if no observable has a reference.
    """
    chosen = {
        item: entry
        for entry in references
        if entry.role == "prediction" and entry.gaussian is not None
        for item in entry.observables
        if item in items
    }
    if not chosen:
        raise InputError(
            "The data set quotes no Standard-Model values of its observables: leave out --sm references."
        )
    values = {name: _drawn(entry, made, seed) for name, entry in {e.name: e for e in chosen.values()}.items()}
    return tuple(
        _scaled(formula, item, chosen[item], values[chosen[item].name]) if item in chosen else formula
        for item, formula in zip(items, made, strict=True)
    )


def _drawn(entry: Measurement, made: Sequence[Formula], seed: int) -> np.ndarray:
    """Draws ``(draws, rows)`` of a reference; a stream of its own for each entry."""
    gaussian = entry.gaussian
    assert gaussian is not None
    count = max(
        (formula.draws.numerator.matrix.shape[0] for formula in made if formula.draws is not None), default=0
    )
    stream = np.random.default_rng([seed, *entry.name.encode()])
    root = np.linalg.cholesky(gaussian.covariance)
    return gaussian.central + stream.standard_normal((count, len(gaussian.central))) @ root.T


def _scaled(formula: Formula, item: Observable, entry: Measurement, drawn: np.ndarray) -> Formula:
    gaussian = entry.gaussian
    assert gaussian is not None
    row = int(np.flatnonzero(gaussian.index == entry.observables.index(item))[0])
    power = 2 if formula.central.readout == "sqrt" else 1

    def central(form: Quadratic) -> Quadratic:
        return form * (float(gaussian.central[row]) / formula.central.sm) ** power

    new = replace(formula.central, numerator=central(formula.central.numerator))
    if formula.draws is None:
        return replace(formula, central=new)
    factor = (drawn[:, row] / formula.draws.sm) ** power
    return replace(
        formula, central=new, draws=replace(formula.draws, numerator=formula.draws.numerator * factor)
    )
