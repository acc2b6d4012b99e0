"""Weights of events of a decay, from whatever says which events, which decay, which points and which generator."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.common.progress import Progress
from nutau.decays.distribution import VARIABLES
from nutau.eft.algebra import vector
from nutau.eft.wet.basis import MU_B
from nutau.eft.wilson import Basis
from nutau.errors import InputError, unknown
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.inputs.alternatives import with_form_factors
from nutau.observables.point import as_point, point
from nutau.observables.weights import files
from nutau.observables.weights.decay import find
from nutau.observables.weights.density import FlatPhaseSpace, Model, elements
from nutau.observables.weights.events import ID, Events, wanted
from nutau.observables.weights.events import events as read_events
from nutau.observables.weights.plan import Plan
from nutau.observables.weights.record import SCHEMA, Terms, Total, Weights, summary

PHASE_SPACE = "phase-space"
OUTSIDE = ("refuse", "zero")
SEED = 1
OURS = re.compile(r"term_\d+|.*_draw_\d+|nutau|file|allow_pickle")
"""Names of columns that points cannot have; the last three are of ``numpy.savez``."""


@dataclass(frozen=True)
class Asked:
    """Which columns to read of the events, and how; as :func:`weights` explains them."""

    columns: Mapping[str, str]
    variables: tuple[str, ...] | None
    flavour: str
    outside: str
    tree_name: str | None


@checked
def weights(
    events: Any,
    process: str,
    *points: Any,
    names: tuple[str, ...] | None = None,
    inputs: InputSet = "default",
    form_factors: str | None = None,
    generator: Any = None,
    from_inputs: InputSet | None = None,
    from_form_factors: str | None = None,
    columns: Mapping[str, str] | None = None,
    variables: tuple[str, ...] | None = None,
    flavour: str = "average",
    outside: str = "refuse",
    terms: bool = False,
    coefficients: tuple[str, ...] | None = None,
    draws: int = 0,
    seed: int = SEED,
    tree_name: str | None = None,
) -> Weights:
    r"""Weights :math:`w=d\Gamma(\text{point})/d\Gamma(\text{generator})` of events of ``process``, ``"B0->D*taunu"``.

    ``events`` are a file (.parquet, .csv, .npz, .root with ``tree_name``), columns by name or a DataFrame:
    ``q2`` (GeV²) and as many of ``cos_theta_l``, ``cos_theta_V`` and ``phi`` as there are, the others being
    integrated over, or four-momenta (:mod:`nutau.observables.weights.momenta`); ``columns`` names the user's columns
    by these, ``variables`` chooses among them. ``flavour`` is ``"b"``, ``"bbar"`` or their average, unless a column
    ``B_id`` has the PDG code of the parent.

    Each of ``points`` (none is the Standard Model), as :func:`nutau.point` takes it, makes a column ``weight``, or
    ``weight_0``, … or those of ``names``. ``generator`` is what made the events: a point (the Standard Model if not
    given) with the inputs ``from_inputs`` and the determination ``from_form_factors`` (those of the points if not
    given), or ``"phase-space"``, whose rate is taken to be the Standard Model's. ``draws`` varies the form factors of
    the points. ``terms`` adds what multiplies each product of two coefficients (all of the decay, or
    ``coefficients``).

    An event with q² outside phase space is refused, or has the weight zero with ``outside="zero"``. Raises
    :class:`InputError`.

    >>> import nutau
    >>> made = nutau.weights({"q2": [5.0, 10.0]}, "B0->D*taunu", {"CVL_bctaunutau": 0.1})
    >>> made["weight"].round(4).tolist()
    [1.2085, 1.2085]
    """
    target = Model(find(process), with_choice(load_inputs(inputs), process, form_factors))
    plan = planned(
        events,
        target,
        points,
        names,
        Asked(columns or {}, variables, flavour, outside, tree_name),
        generator=generator,
        source=made_with(target, from_inputs, from_form_factors),
        terms=terms,
        coefficients=coefficients,
        draws=draws,
        seed=seed,
    )
    chunks = list(plan.chunks(None))
    whole = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}
    kept = {name: whole[name] for name in plan.events.values}
    values = {name: whole[name] for name in plan.names}
    return Weights(kept, values, plan.totals(), plan.terms, plan.record, plan.notes)


def write(
    plan: Plan,
    path: Path,
    progress: Progress | None = None,
    watch: Callable[[Mapping[str, Array]], None] | None = None,
) -> tuple[tuple[Total, ...], dict[str, Any]]:
    """Write the weights to a file that appears when it is whole; their totals, and what is said of them.

    ``watch`` is given the columns of each chunk.
    """
    header = (*plan.events.values, *plan.names)
    with files.writer(path, header, dict(plan.record)) as add:
        for chunk in plan.chunks(progress):
            add(chunk)
            if watch is not None:
                watch(chunk)
    totals = plan.totals()
    return totals, {**plan.record, "events": len(plan.events), **summary(totals, plan.notes)}


def with_choice(inputs: Inputs, process: str, form_factors: str | None) -> Inputs:
    """The input set with another determination of the form factors of a decay."""
    if form_factors is None:
        return inputs
    return with_form_factors(inputs, find(process).process.channel, form_factors)


def made_with(target: Model, inputs: Any, form_factors: str | None) -> Model:
    """The model of the generator: that of the weights, unless its inputs are said to be others."""
    if inputs is None and form_factors is None:
        return target
    own = target.inputs if inputs is None else load_inputs(inputs)
    return Model(target.decay, with_choice(own, target.decay.process.name, form_factors))


def planned(
    given: Any,
    target: Model,
    points: tuple[Any, ...],
    names: tuple[str, ...] | None,
    asked: Asked,
    *,
    source: Model,
    generator: Any = None,
    terms: bool = False,
    coefficients: tuple[str, ...] | None = None,
    draws: int = 0,
    seed: int = SEED,
) -> Plan:
    """Everything that :func:`weights` is given, read and checked before any work."""
    decay, inputs = target.decay, target.inputs
    if asked.outside not in OUTSIDE:
        raise unknown("value of `outside`", asked.outside, OUTSIDE)
    if draws < 0:
        raise InputError(f"{draws} theory draws: give a whole number, 0 for none.")
    if coefficients is not None and not terms:
        raise InputError("`coefficients` would not be used: they are those of the terms (`terms=True`).")
    notes: list[str] = []
    at = _points(points, names, target, notes)
    events = _events(target, source, given, asked)
    density, rate, said = _generator(generator, source, events.share, notes)
    if not np.all(events.inside):
        notes.append(
            f"{np.sum(~events.inside)} of {len(events)} events lie outside phase space: their weight is 0."
        )
    kept = _terms(target, events, coefficients) if terms else None
    record = {
        "schema": SCHEMA,
        "process": decay.process.name,
        "variables": list(events.values),
        "flavour": "by event" if asked.flavour == "average" and events.sign is not None else asked.flavour,
        "inputs": inputs.name,
        "form_factors": inputs.form_factor(decay.process.channel).name,
        "generator": said,
        "points": {name: _said(values, decay.process.basis) for name, values in at.items()},
        "scale": MU_B,
        **({"draws": draws, "seed": seed} if draws else {}),
        **({"terms": kept.to_dict()} if kept else {}),
    }
    rates = {name: target.rate(values, events.share) for name, values in at.items()}
    ones = {name: vector(values, 1 + len(values)) for name, values in at.items()}
    return Plan(target, source, density, ones, rates, rate, draws, seed, kept, events, record, tuple(notes))


def _points(
    points: tuple[Any, ...], names: tuple[str, ...] | None, target: Model, notes: list[str]
) -> dict[str, Array]:
    """The coefficients of each point by its column."""
    given = points or (None,)
    if names is None:
        names = ("weight",) if len(given) == 1 else tuple(f"weight_{k}" for k in range(len(given)))
    if len(names) != len(given) or len(set(names)) != len(names):
        raise InputError(
            f"{len(names)} names for {len(given)} points ({', '.join(names)}): one for each is needed."
        )
    for name in names:
        if not name or name in (*VARIABLES, ID) or OURS.fullmatch(name):
            raise InputError(
                f"The name '{name}' of a point: columns of variables, terms and draws have such names."
            )
    found = {}
    for name, thing in zip(names, given, strict=True):
        found[name] = _values(thing, target, name)
        if thing is not None and not np.any(found[name]) and point(thing).parts:
            notes.append(
                f"{name}: nothing of this point enters {target.decay.process.name}; its weights are the SM's."
            )
    return found


def _values(thing: Any, model: Model, what: str) -> Array:
    values = np.asarray(as_point(point(thing)).at(model.inputs, model.decay.process.basis).values)
    if values.ndim != 1:
        raise InputError(f"The point of {what} holds {values.shape[:-1]} points; give them one by one.")
    return values


def _generator(
    given: Any, model: Model, share: float, notes: list[str]
) -> tuple[Array | FlatPhaseSpace, float, dict[str, Any]]:
    """The density of the generator, its rate, and what is said of it."""
    process = model.decay.process
    inputs = {"inputs": model.inputs.name, "form_factors": model.inputs.form_factor(process.channel).name}
    if isinstance(given, str) and given == PHASE_SPACE:
        return (
            FlatPhaseSpace(model),
            model.rate(np.zeros(len(process.basis))),
            {"kind": PHASE_SPACE, **inputs},
        )
    values = _values(given, model, "the generator")
    if given is not None and not np.any(values) and point(given).parts:
        notes.append(f"Nothing of the generator's point enters {process.name}: it is the Standard Model's.")
    said = {"kind": "point", **inputs, "coefficients": _said(values, process.basis)}
    return vector(values, 1 + len(values)), model.rate(values, share), said


def _events(target: Model, source: Model, given: Any, asked: Asked) -> Events:
    decay = target.decay
    known, read = files.opened(given, asked.tree_name)
    chosen = wanted(decay, known, asked.columns, asked.variables)
    options: dict[str, Any] = {"use": asked.variables, "flavour": asked.flavour, "outside": asked.outside}
    found = read_events(decay, source.inputs, chosen, read, **options)
    if decay.edges(target.inputs) != decay.edges(source.inputs):
        there = read_events(
            decay, target.inputs, {"q2": ("q2",)}, lambda _: found.values["q2"], outside=asked.outside
        )
        return replace(found, inside=found.inside & there.inside)
    return found


def _terms(target: Model, events: Events, coefficients: tuple[str, ...] | None) -> Terms:
    own = target.decay.process.basis
    names = own.coefficients if coefficients is None else coefficients
    for name in names:
        own.index(name, f"the weights of {target.decay.process.name}")
    if len(set(names)) != len(names):
        raise InputError("A coefficient of the terms is named twice.")
    kept = [0, *(1 + own.index(name) for name in names)]
    basis = Basis(own.eft, own.name, tuple(names))
    return Terms(basis, kept, elements(target.at(events.part(0, 1)), kept), target.inputs)


def _said(values: Array, basis: Basis) -> dict[str, Any]:
    """Coefficients that are not zero, for JSON."""
    return {
        name: {"Re": float(value.real), "Im": float(value.imag)}
        for name, value in zip(basis.coefficients, values, strict=True)
        if value != 0.0
    }
