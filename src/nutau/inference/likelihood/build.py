"""A likelihood from a data set and fit parameters: which measurements matter, their formulas, one theory model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.errors import InputError, unknown
from nutau.inference.likelihood.catalogued import check_catalogued, unexplained
from nutau.inference.likelihood.compiled import compiled
from nutau.inference.likelihood.experiment import experiment
from nutau.inference.likelihood.nuisance_data import binding
from nutau.inference.likelihood.origin import Origin
from nutau.inference.likelihood.parametrisation import Parametrisation
from nutau.inference.likelihood.record import MODES, Likelihood
from nutau.inference.likelihood.references import NAMED, NOT_QUOTED, UNQUOTED, quoted, rescaled
from nutau.inference.theory_model import coefficients, on_internal
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.measurements import DataSet, Measurement, Observable, find_measurement, load_dataset, restrict
from nutau.measurements.ages import ages
from nutau.models.missing import lacking
from nutau.observables import catalogue, find
from nutau.observables.formula import Formula
from nutau.observables.point import NO_TAILS
from nutau.observables.predictions import DRAWS, SEED
from nutau.observables.requests import bare

STANDARD_MODEL = ("inputs", "references", *NAMED)


@dataclass(frozen=True)
class Selection:
    """Measurements that a fit uses, and why the others are left out."""

    used: tuple[Measurement, ...]
    unaffected: tuple[str, ...]
    unpredicted: tuple[str, ...]
    untested: tuple[str, ...] = ()


@checked
def likelihood(
    data: DataSet | str | Path,
    parametrisation: Parametrisation,
    *,
    inputs: InputSet = "default",
    mode: str = "full",
    draws: int = DRAWS,
    seed: int = SEED,
    sm: str = "inputs",
    all_data: bool = False,
    keep_nuisance_data: bool = False,
    alternative: bool = True,
) -> Likelihood:
    """The likelihood of ``data`` as a function of the parameters.

    ``mode`` is ``"full"`` (theory nuisances) or ``"fast"`` (theory covariance at each point). ``sm="references"``
    takes Standard-Model values and errors from the data set where it quotes them, ``sm="hflav"`` or ``"flag24"``
    theirs of R(D) and R(D*) whatever the data set quotes. The other of the two is ``alternative`` of the result,
    unless it is not wanted.
    Measurements on which no parameter has an influence are left out unless ``all_data``; with ``keep_nuisance_data``
    those stay that share theory errors with the rest (:mod:`nutau.inference.likelihood.nuisance_data`). Raises
    :class:`InputError` for names that do not exist and when nothing is left.
    """
    if mode not in MODES:
        raise unknown("mode", mode, MODES)
    if sm not in STANDARD_MODEL:
        raise unknown("source of the Standard Model", sm, STANDARD_MODEL)
    chosen = load_inputs(inputs)
    dataset = data if isinstance(data, DataSet) else load_dataset(data)
    selection = select(dataset, parametrisation, chosen, all_data=all_data)
    if keep_nuisance_data:
        selection = _with_nuisance_data(dataset, selection, parametrisation, chosen, draws=draws, seed=seed)
    items = tuple(dict.fromkeys(item for entry in selection.used for item in entry.observables))
    own = compiled(items, parametrisation, chosen, draws=draws, seed=seed)
    found = assemble(own, selection, items, parametrisation, mode=mode, data=dataset.name, inputs=chosen.name)
    used = (channel for item in items for channel in find(bare(item.name)[0]).channels)
    origin = Origin(chosen, draws, seed)
    known = ages(dataset.name, dataset.version, selection.used)
    tails = parametrisation.resolved().doubts if _tails(items) else ()
    doubts = (*found.doubts, *chosen.warnings(used), *tails)
    made = replace(found, doubts=doubts, origin=origin, ages=known)
    entries = quoted(items, _references(sm, dataset))
    if not entries and sm != "inputs":
        raise InputError((UNQUOTED if sm == "references" else NOT_QUOTED).format(sm=sm, data=dataset.name))
    if not entries or (sm == "inputs" and not alternative):
        return made
    other = replace(
        made,
        theory_model=on_internal(
            rescaled(own, items, entries, seed=seed, balanced=chosen.parameters.balanced)
        ),
        sm=", ".join(dict.fromkeys(entry.name for entry in entries.values())),
        origin=replace(origin, references=tuple({entry.name: entry for entry in entries.values()}.values())),
    )
    labels = tuple(item.label for item in entries)
    first, second = (made, other) if sm == "inputs" else (other, made)
    beside = replace(second, quoted=labels) if alternative else None
    return replace(first, quoted=labels, alternative=beside)


def _tails(items: Sequence[Observable]) -> bool:
    """Whether events at high energy are among observables."""
    tails = {one.name for one in catalogue() if one.is_tail}
    return any(item.name in tails for item in items)


def _references(sm: str, dataset: DataSet) -> Sequence[Measurement]:
    """The Standard-Model values that are asked for, or that stand beside nutau's: the data set's, or HFLAV's."""
    if sm in NAMED or (sm == "inputs" and not dataset.references):
        return [find_measurement(NAMED.get(sm, NAMED["hflav"]))]
    return dataset.references


def assemble(
    made: Sequence[Formula],
    selection: Selection,
    items: tuple[Observable, ...],
    parametrisation: Parametrisation,
    *,
    mode: str = "full",
    data: str = "",
    inputs: str = "",
) -> Likelihood:
    """A likelihood from formulas that are already functions of the internal parameters."""
    return Likelihood(
        parametrisation=parametrisation,
        theory_model=on_internal(made),
        experiment=experiment(selection.used, items),
        mode=mode,
        data=data,
        inputs=inputs,
        unaffected=selection.unaffected,
        unpredicted=selection.unpredicted,
        untested=selection.untested,
        doubts=unexplained(selection.used),
    )


def _with_nuisance_data(
    dataset: DataSet,
    selection: Selection,
    parametrisation: Parametrisation,
    inputs: Inputs,
    *,
    draws: int,
    seed: int,
) -> Selection:
    """The selection with the measurements that bind its theory, all in the order of the data set."""
    others = [entry for entry in dataset.measurements if entry.name in selection.unaffected]
    kept = binding(selection.used, others, parametrisation, inputs, draws=draws, seed=seed)
    names = {entry.name for entry in kept}
    known = {entry.name: entry for entry in (*selection.used, *kept)}
    used = tuple(known[entry.name] for entry in dataset.measurements if entry.name in known)
    unaffected = tuple(name for name in selection.unaffected if name not in names)
    return replace(selection, used=used, unaffected=unaffected)


def select(
    dataset: DataSet, parametrisation: Parametrisation, inputs: Inputs, *, all_data: bool = False
) -> Selection:
    """Which measurements of a data set have predictions, and depend on the parameters."""
    known = {observable.name for observable in catalogue()}
    check_catalogued(dataset)
    used, unaffected, unpredicted, untested = [], [], [], []
    untestable = lacking(parametrisation.missing)
    influence = _influence(dataset, parametrisation, inputs, known)
    for given in dataset.measurements:
        entry = _tested(given, untestable)
        if entry is not given:
            untested.append(given.name)
        if entry is None:
            continue
        if any(item.name.removesuffix("/SM") not in known for item in entry.observables):
            unpredicted.append(entry.name)
        elif not all_data and not any(influence[item] for item in entry.observables):
            unaffected.append(entry.name)
        else:
            used.append(entry)
    if not used or not any(influence[item] for entry in used for item in entry.observables):
        names = ", ".join(parametrisation.names)
        if not dataset.measurements:
            raise InputError(f"Data set {dataset.name} has no measurements to constrain {names} with.")
        raise InputError(
            f"Nothing in data set {dataset.name} constrains {names}: none of its measurements depends on them. "
            f"It measures {', '.join(_short([item.label for item in dataset.observables]))}."
            + (f" {' and '.join(untested)} cannot: {parametrisation.missing[0].what}." if untested else "")
            + (f" {NO_TAILS}" if parametrisation.is_weak and _tails(dataset.observables) else "")
        )
    return Selection(tuple(used), tuple(unaffected), tuple(unpredicted), tuple(untested))


def _tested(entry: Measurement, untestable: frozenset[str]) -> Measurement | None:
    """An entry without what is no constraint, as its leading part is not computed."""
    kept = tuple(item for item in entry.observables if item.name.removesuffix("/SM") not in untestable)
    if len(kept) == len(entry.observables):
        return entry
    return restrict(entry, kept) if kept and entry.gaussian is not None else None


def _short(names: Sequence[str], most: int = 12) -> list[str]:
    return list(names) if len(names) <= most else [*names[:most], f"and {len(names) - most} more"]


def _influence(
    dataset: DataSet, parametrisation: Parametrisation, inputs: Inputs, known: set[str]
) -> Mapping[Observable, bool]:
    """Whether an observable of the data set depends on any internal parameter."""
    items = [item for item in dataset.observables if item.name.removesuffix("/SM") in known]
    made = compiled(items, parametrisation, inputs, draws=0)
    return {item: _depends(formula) for item, formula in zip(items, made, strict=True)}


def _depends(formula: Formula) -> bool:
    """Whether the readout moves: a ratio whose numerator and denominator move together does not."""
    count = len(formula.central.basis)
    above = coefficients(formula.central.numerator, count)
    if formula.central.denominator is None:
        return bool(np.any(np.abs(above[1:]) > 0))
    others = [coefficients(form, count) for form in formula.central.parts[1:] if form is not None]
    return any(_apart(above, below) for below in others)


def _apart(above: Array, below: Array) -> bool:
    """Whether two polynomials differ by more than a factor."""
    cross = above * below[0] - below * above[0]
    scale = np.abs(above * below[0]) + np.abs(below * above[0])
    return bool(np.any(np.abs(cross[1:]) > 1e-10 * np.maximum(scale[1:], 1e-300)))
