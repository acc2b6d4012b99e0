"""Each kind of computation of :mod:`nutau.report.papers.record` as a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from math import isfinite, prod
from typing import Any

import numpy as np

from nutau.eft.wet.basis import MU_B
from nutau.errors import InputError, unknown
from nutau.inference.fit import FitResult, fit
from nutau.inference.invisible.compare import invisible
from nutau.inference.invisible.result import Explanation
from nutau.inputs import Inputs, load_inputs
from nutau.measurements import DataSet, find_measurement
from nutau.models import X
from nutau.observables.point import point
from nutau.observables.predict import predict, values
from nutau.report.papers.record import (
    Coefficient,
    Fitted,
    Prediction,
    Related,
    Running,
    Setting,
    Unseen,
)
from nutau.report.relations import Relations, relations

Choices = tuple[tuple[str, str], ...]


def computed(asked: Setting) -> float:
    """The number that a ``compute`` record asks for. Raises :class:`InputError`."""
    number = COMPUTE[type(asked)](asked)
    if not isfinite(number):
        raise InputError(
            f"The number that 'compute' asks for is {number:g}: something in it is divided by zero."
        )
    return number


def inputs_of(asked: Setting) -> Inputs:
    """The input set of a record with its form factors and parameters."""
    return _inputs(asked.inputs, tuple(asked.form_factors.items()), tuple(asked.parameters.items()))


@lru_cache(maxsize=8)
def _inputs(name: str, form_factors: Choices, parameters: tuple[tuple[str, float], ...]) -> Inputs:
    inputs = load_inputs(name, form_factors=dict(form_factors))
    if not parameters:
        return inputs
    return replace(inputs, parameters=inputs.parameters.replace(dict(parameters)))


def _prediction(asked: Prediction) -> float:
    where: Any = asked.coefficients or None
    if asked.two_field is not None:
        where = X(asked.two_field.kappa, delta=asked.two_field.delta)
    names = [asked.observable, *([asked.over] if asked.over else [])]
    rows = predict(names, where, inputs=inputs_of(asked), q2=asked.q2, draws=0, tree=asked.tree).rows
    value = float(rows[0].value) / (float(rows[1].value) if asked.over else 1.0)
    width = asked.q2[1] - asked.q2[0] if asked.integrated and asked.q2 else 1.0
    return asked.factor * width * value


def _coefficient(asked: Coefficient) -> float:
    """By differences, which are exact for a quadratic polynomial."""
    inputs = inputs_of(asked)

    def at(coefficients: Mapping[str, float]) -> float:
        where = point(dict(coefficients), scale=asked.scale) if coefficients else None
        return prod(map(float, values(asked.observables, where, inputs=inputs)))

    sm = at({})
    if len(asked.of) == 2:
        one, other = asked.of
        ends = [(a, b) for a in (-1, 1) for b in (-1, 1)]
        return asked.factor * sum(a * b * at({one: a, other: b}) for a, b in ends) / (4 * sm)
    (name,) = asked.of
    up, down = at({name: 1}), at({name: -1})
    part = (up - down) / 2 if asked.power == 1 else (up + down) / 2 - sm
    return asked.factor * part / sm


def _related(asked: Related) -> float:
    found = relations(asked.rates, inputs=inputs_of(asked), values=asked.values, data=None, draws=0)
    number = _of_relation(asked, found)
    return number - (0.0 if asked.minus is None else _related(asked.minus))


def _of_relation(asked: Related, found: Relations) -> float:
    if asked.result.startswith("expected"):
        if found.expected is None:
            raise InputError(f"Nothing predicts {found.target} from {', '.join(asked.values)}.")
        sm = float(found.sm[found.observables.index(found.target)])
        return found.expected.value / (sm if asked.result.endswith("SM") else 1.0)
    for one in found.relations:
        if one.target == found.target and one.domain.name == asked.domain:
            return (
                float(one.remainder) if asked.of is None else float(one.weights[one.members.index(asked.of)])
            )
    names = [one.domain.name for one in found.relations if one.target == found.target]
    raise unknown("domain", asked.domain, tuple(dict.fromkeys(names)))


def _running(asked: Running) -> float:
    inputs = inputs_of(asked)
    run, bare = (point(asked.document, running=how).wet(inputs) for how in ("full", "none"))
    if not bare[asked.over]:
        raise InputError(
            f"'over': {asked.over} is zero without running; name one that {', '.join(asked.smeft)} gives."
        )
    return float(np.real(run[asked.coefficient]) / np.real(bare[asked.over]))


def _fitted(asked: Fitted) -> float:
    found = _fit(asked.model_copy(update={"result": "best"}).model_dump_json())
    return float(found.best.values[0] if asked.result == "best" else found.comparison.sm_chi2)


@lru_cache(maxsize=4)
def _fit(record: str) -> FitResult:
    """The fit of a record as JSON, once for all of its results."""
    asked = Fitted.model_validate_json(record)
    data, quoted = (tuple(map(find_measurement, names)) for names in (asked.measurements, asked.references))
    return fit(
        [asked.parameter],
        DataSet("own", "Measurements of a paper", data, quoted),
        inputs=inputs_of(asked),
        sm=asked.sm,
        draws=asked.draws,
        scale=MU_B,
    )


def _unseen(asked: Unseen) -> float:
    row = _spectrum(asked.model_copy(update={"result": "mass"}).model_dump_json())
    best = int(np.argmax(row.alone.better))
    return float(asked.masses[best] if asked.result == "mass" else row.alone.strength[best])


@lru_cache(maxsize=4)
def _spectrum(record: str) -> Explanation:
    """The fits of a record as JSON at all of its masses, once for all of its results."""
    asked = Unseen.model_validate_json(record)
    (row,) = invisible(asked.mediator, asked.masses, inputs=inputs_of(asked)).rows
    return row


COMPUTE: Mapping[type[Setting], Callable[[Any], float]] = {
    Prediction: _prediction,
    Coefficient: _coefficient,
    Related: _related,
    Running: _running,
    Fitted: _fitted,
    Unseen: _unseen,
}
