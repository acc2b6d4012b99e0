"""Formulas of observables as functions of the internal parameters of a fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nutau.common.arrays import Array
from nutau.eft.algebra import Affine
from nutau.eft.wet.full import FULL, WITH_TAILS
from nutau.inference.likelihood.parametrisation import Parametrisation
from nutau.inference.likelihood.windows import seen
from nutau.inference.theory_model import narrow
from nutau.inputs import Inputs
from nutau.measurements import Observable
from nutau.observables import find
from nutau.observables.formula import Forms, Formula
from nutau.observables.predictions import SEED, check_draws, formulas_at
from nutau.observables.requests import Request


def compiled(
    items: Sequence[Observable],
    parametrisation: Parametrisation,
    inputs: Inputs,
    *,
    draws: int,
    seed: int = SEED,
    values: Mapping[str, Array] | None = None,
) -> tuple[Formula, ...]:
    """Formulas of observables as functions of the internal parameters, theory draws shared with the matching.

    With ``values``, each ``(points,)``, of all input parameters these stand in the place of draws.
    """
    requests = [Request.parse(item.name, item.q2, inputs=inputs) for item in items]
    check_draws(draws)
    drawn = inputs.parameters.sample(draws, seed) if draws and values is None else values
    tails = any(find(request.name).is_tail for request in requests)
    propagator = parametrisation.resolved().propagator if tails else None
    made = formulas_at(requests, inputs, drawn, propagator=propagator, invisible=parametrisation.invisible)
    central = parametrisation.step(inputs.parameters.mapping(), WITH_TAILS if tails else FULL)
    sampled = None if drawn is None else parametrisation.step(drawn)  # tails have no theory draws
    names = parametrisation.internal
    return tuple(
        replace(
            formula,
            observable=item.label,
            central=_moved(formula.central, seen(central, names, request)),
            draws=None
            if formula.draws is None or sampled is None
            else _moved(formula.draws, seen(sampled, names, request)),
        )
        for item, request, formula in zip(items, requests, made, strict=True)
    )


def _moved(forms: Forms, step: Affine) -> Forms:
    """The forms over internal parameters, a ratio with both parts over the SM value of its denominator.

    What is common to numerator and denominator in a theory draw is then gone, and the scatter of the numerator is that
    of the observable: linear modes describe it better than two large ones that nearly cancel.
    """
    moved = forms.after(narrow(step, forms.basis))
    if moved.denominator is None or forms.readout == "angle":
        return moved
    if moved.second is not None:
        first, second = moved.denominator.sm, moved.second.sm
        mean = (first * second) ** -0.5
        return replace(
            moved,
            numerator=moved.numerator * mean,
            denominator=moved.denominator * (1.0 / first),
            second=moved.second * (1.0 / second),
        )
    below = 1.0 / moved.denominator.sm
    return moved.map(lambda form: form * below)
