"""From validated entries of a file to records in natural units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.aliases import full_name
from nutau.common.arrays import Array
from nutau.errors import InputError
from nutau.measurements import limits, tables
from nutau.measurements.cls_curves import from_curve
from nutau.measurements.distributions import (
    Analysis,
    Counts,
    Distribution,
    Gaussian,
    JointWorkspace,
    Observable,
    Part,
    Reinterpretation,
    Shape,
    Spectrum,
    UpperLimits,
    Workspace,
)
from nutau.measurements.records import Measurement
from nutau.measurements.releases import beside
from nutau.measurements.rounded import from_levels, half_digit
from nutau.measurements.schema import (
    AnyEntry,
    Bound,
    CountsEntry,
    Entry,
    Errors,
    File,
    GaussianEntry,
    JointEntry,
    Limit,
    LimitEntry,
    Observed,
    ReinterpretationEntry,
    Reweighted,
    TableEntry,
    WorkspaceEntry,
)
from nutau.measurements.units import factor, text

_SHARED = ("source", "collaboration", "date", "luminosity")
_COPIED = ("name", "location", "provenance", "verified", "signal_model", "role")
_NAMES = ("samples", "supersedes", "contained_in", "instead_of")


def measurement(entry: AnyEntry, file: File | None, where: str) -> Measurement:
    """The record of one entry; what the entry leaves out about its source is taken from its file."""
    rows = _rows(entry)
    factors = np.array([factor(_unit(entry, row)) for row in rows])
    observables = tuple(dict.fromkeys(item for row in rows for item in _observables(row)))
    index = np.array([observables.index(_observables(row)[0]) for row in rows])
    fields: dict[str, Any] = {key: getattr(entry, key) for key in _COPIED}
    fields |= {key: tuple(getattr(entry, key)) for key in _NAMES}
    fields |= {key: getattr(entry, key) or getattr(file, key, "") for key in _SHARED}
    fields["inspire"] = entry.inspire or (file.inspire if file and not entry.source else None)
    return Measurement(
        observables=observables,
        distribution=_distribution(entry, factors, index, where),
        units=tuple(text(_unit(entry, row)) for row in rows),
        factors=factors,
        pdg=tuple(row.pdg.id if row.pdg else "" for row in rows),
        pdg_prints=tuple(row.pdg.prints if row.pdg else "" for row in rows),
        file=where,
        notes=" ".join(note for note in (entry.notes, file.notes if file else "", *_otherwise(rows)) if note),
        **fields,
    )


def _otherwise(rows: Sequence[Observed | Reweighted | CountsEntry]) -> Iterator[str]:
    """One sentence for every number that the PDG prints otherwise."""
    for row in rows:
        if row.pdg and row.pdg.prints:
            yield f"PDG {row.pdg.id} has {row.pdg.prints}: {row.pdg.why}."


def _rows(entry: AnyEntry) -> Sequence[Observed | Reweighted | CountsEntry]:
    if isinstance(entry, GaussianEntry):
        return entry.values
    if isinstance(entry, LimitEntry):
        return entry.limits
    if isinstance(entry, JointEntry):  # one row an observable, however many workspaces measure it
        return list({_observable(row): row for row in reversed(entry.workspaces)}.values())[::-1]
    if isinstance(entry, ReinterpretationEntry):
        return entry.spectra
    return entry.axes if isinstance(entry, TableEntry) else [entry]


def _observables(row: Observed | Reweighted | CountsEntry) -> tuple[Observable, ...]:
    """What a row measures: a spectrum, one observable a bin."""
    if isinstance(row, Reweighted | CountsEntry):
        return tuple(Observable(full_name(row.observable), pair) for pair in pairwise(row.edges))
    return (_observable(row),)


def _observable(row: Observed) -> Observable:
    return Observable(full_name(row.observable), None if row.q2 is None else (row.q2[0], row.q2[1]))


def _unit(entry: Entry, row: Observed | Reweighted | CountsEntry) -> str | float:
    unit = row.unit if row.unit is not None else entry.unit
    assert unit is not None  # checked when the entry was validated
    return unit


def _distribution(entry: AnyEntry, factors: Array, index: Array, where: str) -> Distribution:
    if isinstance(entry, CountsEntry):
        return Counts(
            *(np.array(part) * factors[0] for part in (entry.observed, entry.background, entry.errors))
        )
    if isinstance(entry, GaussianEntry):
        return _gaussian(entry, factors, index)
    if isinstance(entry, LimitEntry):
        return _limits(entry.limits, factors, index)
    if isinstance(entry, TableEntry):
        values = np.array(entry.minus_two_log_likelihood, dtype=float)
        axes = tuple(np.array(axis.grid) * unit for axis, unit in zip(entry.axes, factors, strict=True))
        published = _bound(entry.axes[0].published, float(factors[0]))
        return replace(tables.normalised(axes, values), published=published)
    if isinstance(entry, JointEntry):
        return _joint(entry, where)
    if isinstance(entry, ReinterpretationEntry):
        return _reinterpretation(entry, factors, where)
    return _workspace(entry, float(factors[0]), where)


def _gaussian(entry: GaussianEntry, factors: Array, index: Array) -> Gaussian:
    central = np.array([row.value for row in entry.values]) * factors
    labels = tuple(row.label for row in entry.values)
    if entry.covariance is not None:
        covariance = np.array(entry.covariance) * np.outer(factors, factors)
        covariance = (covariance + covariance.T) / 2
        sigma = np.sqrt(np.diag(covariance))
        correlation = covariance / np.outer(sigma, sigma)
        np.fill_diagonal(correlation, 1.0)
        return Gaussian(central, sigma, sigma, correlation, index, (), labels)
    parts = _parts([row.errors for row in entry.values], factors)
    plus = np.sqrt(np.sum([part.plus**2 for part in parts], axis=0))
    minus = np.sqrt(np.sum([part.minus**2 for part in parts], axis=0))
    return Gaussian(central, plus, minus, _correlation(entry.correlation, len(central)), index, parts, labels)


def _correlation(given: Any, count: int) -> Array:
    if given is None:
        return np.eye(count)
    if isinstance(given, int | float):
        return np.array([[1.0, given], [given, 1.0]])
    values = np.array(given, dtype=float)
    return (values + values.T) / 2


def _parts(errors: Sequence[Errors | None], factors: Array) -> tuple[Part, ...]:
    """The parts in the order of the schema; a row without a part has zero there."""
    rows = [error.parts if error else {} for error in errors]
    names = [name for name in Errors.model_fields if any(name in row for row in rows)]
    return tuple(
        Part(
            name,
            np.array([row[name].plus if name in row else 0.0 for row in rows]) * factors,
            np.array([row[name].minus if name in row else 0.0 for row in rows]) * factors,
        )
        for name in names
    )


def _limits(rows: Sequence[Limit], factors: Array, index: Array) -> UpperLimits:
    shapes = [_shape(row) for row in rows]
    gaussian = Gaussian(
        np.array([shape.central for shape in shapes]) * factors,
        np.array([shape.plus for shape in shapes]) * factors,
        np.array([shape.minus for shape in shapes]) * factors,
        np.eye(len(rows)),
        index,
    )
    return UpperLimits(
        np.array([row.limit for row in rows]) * factors,
        np.array([row.confidence_level for row in rows]),
        gaussian,
        tuple(shape.construction for shape in shapes),
        np.array([shape.measured for shape in shapes]),
        tuple(row.expected and row.expected * size for row, size in zip(rows, factors, strict=True)),
        tuple(_bound(row.also, size) for row, size in zip(rows, factors, strict=True)),
    )


def _bound(given: Bound | None, unit: float) -> tuple[float, float] | None:
    """A limit in natural units, and its level."""
    return None if given is None else (given.limit * float(unit), given.confidence_level)


def _shape(row: Limit) -> limits.Shape:
    """The Gaussian that stands for a limit, by the first construction that the entry allows."""
    limit, level = row.limit, row.confidence_level
    if row.measured is not None:
        parts = row.measured.errors.parts.values()
        plus = float(np.sqrt(sum(part.plus**2 for part in parts)))
        minus = float(np.sqrt(sum(part.minus**2 for part in parts)))
        return limits.Shape(row.measured.value, plus, minus, limits.MEASURED)
    if row.cls_curve is not None:
        return from_curve(np.array(row.cls_curve.values), np.array(row.cls_curve.cls))
    if row.signal_yield is not None:
        return limits.from_yield(limit, level, row.signal_yield.value, row.signal_yield.error)
    if row.expected is not None:
        return limits.from_expected(limit, level, row.expected)
    if row.also is not None:
        rounding = row.rounding or half_digit(limit, row.also.limit)
        return from_levels(limit, level, row.also.limit, row.also.confidence_level, rounding)
    return limits.alone(limit, level)


def _workspace(entry: WorkspaceEntry, unit: float, where: str) -> Workspace:
    path = Path(entry.workspace)
    if not path.is_absolute():
        path = Path(where).parent / path
    grid = np.linspace(entry.lowest, entry.highest, entry.points) * unit
    published = _bound(entry.published, unit)
    return Workspace(str(path), entry.poi, entry.reference * unit, grid, entry.measurement, published)


def _joint(entry: JointEntry, where: str) -> JointWorkspace:
    """The grid of each observable is where all of its workspaces are to be used."""
    rows = _rows(entry)
    observables = [_observables(row)[0] for row in rows]
    places = tuple(observables.index(_observable(part)) for part in entry.workspaces)
    factors = [factor(_unit(entry, part)) for part in entry.workspaces]
    axes = []
    for place, row in enumerate(rows):
        own = [number for number, other in enumerate(places) if other == place]
        low = max(entry.workspaces[number].lowest * factors[number] for number in own)
        high = min(entry.workspaces[number].highest * factors[number] for number in own)
        if not low < high:
            raise InputError(
                f"{where} ({entry.name}): the ranges of the workspaces of {row.title} have nothing in common."
            )
        axes.append(np.linspace(low, high, entry.points))
    folder = Path(where).parent
    parts = tuple(
        Workspace(
            str(folder / part.workspace), part.poi, part.reference * unit, axes[place], part.measurement
        )
        for part, unit, place in zip(entry.workspaces, factors, places, strict=True)
    )
    return JointWorkspace(parts, places, tuple(axes))


def _reinterpretation(entry: ReinterpretationEntry, factors: Array, where: str) -> Reinterpretation:
    places = list(dict.fromkeys(item for row in entry.spectra for item in _observables(row)))
    spectra = tuple(
        Spectrum(
            np.array([places.index(item) for item in _observables(row)]),
            np.array(row.reference) * unit,
            row.outside,
            tuple(
                Shape(
                    signal.channel,
                    signal.sample,
                    beside(signal.density, where)
                    if isinstance(signal.density, str)
                    else _matrix(signal.density, f"{where} ({entry.name}): the density of {signal.sample}"),
                )
                for signal in row.signals
            ),
        )
        for row, unit in zip(entry.spectra, factors, strict=True)
    )
    absolute = entry.shifts_of_signal == "absolute"
    analysis = Analysis(
        beside(entry.workspace, where), entry.measurement, tuple(entry.remove), absolute, spectra
    )
    return Reinterpretation((analysis,))


def _matrix(rows: Sequence[Sequence[float]], what: str) -> Array:
    if len({len(row) for row in rows}) > 1:
        raise InputError(f"{what} has rows of different lengths.")
    return np.array(rows, dtype=float)
