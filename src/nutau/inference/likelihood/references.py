"""Standard-Model values quoted with the data instead of nutau's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.eft.algebra import Quadratic
from nutau.errors import InputError
from nutau.inputs.deviates import BESIDE, signed
from nutau.measurements import Measurement, Observable
from nutau.observables.formula import POWERS, Forms, Formula

NAMED = {"hflav": "HFLAV-2025-RD-SM", "flag24": "FLAG-2024-RD-SM"}
"""Standard-Model values that can be asked for by a short name, with the measurement file's entry."""
NOT_QUOTED = (
    "There are no Standard-Model values of what is fitted: leave out `sm={sm!r}`, or take data of R(D)."
)

UNQUOTED = (
    "Data set {data} quotes no Standard-Model values of what is fitted (its 'references'): leave out `sm={sm!r}`; for "
    "R(D) and R(D*) there are `sm='hflav'` and `sm='flag24'`."
)


def quoted(items: Sequence[Observable], references: Sequence[Measurement]) -> dict[Observable, Measurement]:
    """The observables of a likelihood that a reference predicts, with the reference; the last one counts."""
    found = {
        item: entry
        for entry in references
        if entry.role == "prediction" and entry.gaussian is not None
        for item in entry.observables
    }
    return {item: found[item] for item in items if item in found}


def rescaled(
    made: Sequence[Formula],
    items: Sequence[Observable],
    chosen: Mapping[Observable, Measurement],
    *,
    seed: int,
    balanced: bool = False,
    drawn: Mapping[str, Array] | None = None,
) -> tuple[Formula, ...]:
    r"""Formulas as :math:`O = O_{ref}\, O(c)/O_{SM}` for the observables that a reference predicts.

    Only the ratio to the SM is then nutau's; :math:`O_{ref}` scatters with the reference's own covariance, drawn here:
    where the formulas have ``balanced`` draws, with signs of their own, so that no odd moment with the parameters is
    left.
    ``drawn``, ``(draws, rows)`` by the name of a reference, stands in the place of such draws.
    """
    entries = {entry.name: entry for entry in chosen.values()}
    values = drawn or {name: _drawn(entry, made, seed, balanced) for name, entry in entries.items()}
    return tuple(
        _scaled(formula, item, chosen[item], values[chosen[item].name]) if item in chosen else formula
        for item, formula in zip(items, made, strict=True)
    )


def _drawn(entry: Measurement, made: Sequence[Formula], seed: int, balanced: bool) -> np.ndarray:
    """Draws ``(draws, rows)`` of a reference, a stream of its own for each entry; mean and covariance are exact."""
    gaussian = entry.gaussian
    assert gaussian is not None
    count = max(
        (formula.draws.numerator.matrix.shape[0] for formula in made if formula.draws is not None), default=0
    )
    random = stream(seed, *entry.name.encode())
    rows = len(gaussian.central)
    deviates = random.standard_normal((count // 4 if balanced else count, rows))
    if balanced:
        deviates = signed(deviates, count, BESIDE)
    if count > 2 * rows:
        deviates = deviates - deviates.mean(axis=0)
        scatter = np.linalg.cholesky(deviates.T @ deviates / (count - 1))
        deviates = np.linalg.solve(scatter, deviates.T).T
    return gaussian.central + deviates @ np.linalg.cholesky(gaussian.covariance).T


def _scaled(formula: Formula, item: Observable, entry: Measurement, drawn: np.ndarray) -> Formula:
    """Numerator and denominator each over its SM value of the same draw, the numerator times the reference."""
    gaussian = entry.gaussian
    assert gaussian is not None
    row = int(np.flatnonzero(gaussian.index == entry.observables.index(item))[0])
    power = POWERS.get(formula.central.readout)
    if power is None:
        raise InputError(
            f"{item.label} is an angle and has no ratio to the SM: drop its reference {entry.name}."
        )

    def scaled(forms: Forms, value: Array) -> Forms:
        return replace(forms.map(Quadratic.over_sm), numerator=forms.numerator.over_sm() * value**power)

    draws = None if formula.draws is None else scaled(formula.draws, drawn[:, row])
    return replace(
        formula, central=scaled(formula.central, gaussian.central[row]), draws=draws, relative=False
    )
