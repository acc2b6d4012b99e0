"""Correlations between entries of a data set: correlated entries become one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nutau.common.aliases import full_name
from nutau.errors import InputError, unknown
from nutau.measurements import checks
from nutau.measurements.distributions import Distribution, Gaussian, Observable, Reinterpretation, Spectrum
from nutau.measurements.records import Measurement
from nutau.measurements.wording import labels

if TYPE_CHECKING:
    from nutau.measurements.schema_datasets import Correlation, Row


def merge(
    chosen: tuple[Measurement, ...], correlations: Sequence[Correlation], where: str
) -> tuple[Measurement, ...]:
    """The measurements, every group that ``correlations`` connect being one Gaussian entry ``A+B``."""
    elements: dict[frozenset[tuple[str, int]], float] = {}
    for number, item in enumerate(correlations):
        place = f"{where}, correlations[{number}]"
        pair = frozenset(_row(row, chosen, place) for row in item.between)
        names = {name for name, _ in pair}
        if len(names) < 2:
            raise InputError(f"{place}: correlations within {', '.join(names)} belong to that entry.")
        if pair in elements and elements[pair] != item.value:
            raise InputError(
                f"{place}: conflicts with an earlier correlation of the same two numbers; keep one."
            )
        elements[pair] = item.value
    merged = [
        _join([entry for entry in chosen if entry.name in group], elements, where)
        for group in _groups([{name for name, _ in pair} for pair in elements])
    ]
    used = {name for entry in merged for name in entry.name.split("+")}
    return tuple(entry for entry in chosen if entry.name not in used) + tuple(merged)


def _row(row: Row, chosen: Sequence[Measurement], place: str) -> tuple[str, int]:
    """The entry and row number that are meant."""
    names = [entry.name for entry in chosen]
    if row.entry not in names:
        raise unknown("entry", row.entry, names, place)
    entry = chosen[names.index(row.entry)]
    if not isinstance(entry.distribution, Gaussian):
        raise InputError(
            f"{place}: {entry.name} is of kind {entry.kind}; only Gaussian entries can be correlated."
        )
    known = labels(entry)
    if not row.observable and len(known) == 1:
        return entry.name, 0
    if not row.observable:
        raise InputError(
            f"{place}: {entry.name} has {len(known)} numbers; say which by its observable: {', '.join(known)}."
        )
    wanted = _full(row.observable)
    if wanted not in known:
        raise unknown("observable", row.observable, known, f"{place}, entry {entry.name}")
    if known.count(wanted) > 1:
        raise InputError(
            f"{place}: {entry.name} has several numbers called {wanted}; tell them apart by a label in the "
            "entry, and write here the observable with it, as 'OBSERVABLE (LABEL)'."
        )
    return entry.name, known.index(wanted)


def _full(label: str) -> str:
    """A label with the full name of its observable: ``R(D) (early)`` means ``Rtaul(B->Dlnu) (early)``."""
    name, *rest = re.split(r"(?= \(|\[)", label, maxsplit=1)
    return "".join((full_name(name), *rest))


def _groups(pairs: Sequence[set[str]]) -> list[set[str]]:
    """Names that are connected by pairs, as disjoint sets."""
    groups: list[set[str]] = []
    for pair in pairs:
        joined = set(pair).union(*(group for group in groups if group & pair))
        groups = [group for group in groups if not group & pair] + [joined]
    return groups


def _join(
    entries: Sequence[Measurement], elements: dict[frozenset[tuple[str, int]], float], where: str
) -> Measurement:
    gaussians = [entry.gaussian for entry in entries if entry.gaussian is not None]
    observables = tuple(dict.fromkeys(item for entry in entries for item in entry.observables))
    rows = [
        (entry.name, row, observables.index(entry.observables[int(position)]))
        for entry, gaussian in zip(entries, gaussians, strict=True)
        for row, position in enumerate(gaussian.index)
    ]
    correlation = np.zeros((len(rows), len(rows)))
    start = 0
    for gaussian in gaussians:
        block = slice(start, start + len(gaussian.central))
        correlation[block, block] = gaussian.correlation
        start = block.stop
    where_row = {(name, row): position for position, (name, row, _) in enumerate(rows)}
    for pair, value in elements.items():
        if pair <= where_row.keys():
            first, second = (where_row[item] for item in pair)
            correlation[first, second] = correlation[second, first] = value
    named = [f"{entry.name} {label}" for entry in entries for label in labels(entry)]
    problems = checks.not_positive(correlation, "correlation", named)
    if problems:
        raise InputError(f"{where}, correlations: {problems[0]}.")
    joined = Gaussian(
        np.concatenate([gaussian.central for gaussian in gaussians]),
        np.concatenate([gaussian.plus for gaussian in gaussians]),
        np.concatenate([gaussian.minus for gaussian in gaussians]),
        correlation,
        np.array([column for _, _, column in rows]),
        (),
        tuple(name for name, _, _ in rows),
    )
    return _as_one(entries, observables, joined, "correlated in the data set")


def together(entries: Sequence[Measurement]) -> tuple[Measurement, ...]:
    """Reinterpretations as one entry in the place of the first: their parameters of one name are one."""
    found = [entry for entry in entries if isinstance(entry.distribution, Reinterpretation)]
    if len(found) < 2:
        return tuple(entries)
    observables = tuple(dict.fromkeys(item for entry in found for item in entry.observables))
    parts = tuple(
        replace(part, spectra=tuple(_placed(row, entry.observables, observables) for row in part.spectra))
        for entry in found
        if isinstance(entry.distribution, Reinterpretation)
        for part in entry.distribution.parts
    )
    one = _as_one(found, observables, Reinterpretation(parts), "together, as they share parameters")
    rest = [one if entry is found[0] else entry for entry in entries]
    others = {id(entry) for entry in found[1:]}
    return tuple(entry for entry in rest if id(entry) not in others)


def _placed(row: Spectrum, own: Sequence[Observable], every: Sequence[Observable]) -> Spectrum:
    return replace(row, places=np.array([every.index(own[int(place)]) for place in row.places]))


def _as_one(
    entries: Sequence[Measurement], observables: tuple[Observable, ...], found: Distribution, notes: str
) -> Measurement:
    return replace(
        entries[0],
        name="+".join(entry.name for entry in entries),
        observables=observables,
        distribution=found,
        source=", ".join(dict.fromkeys(entry.source for entry in entries)),
        inspire=None,
        pdg=tuple(identifier for entry in entries for identifier in entry.pdg),
        pdg_prints=tuple(text for entry in entries for text in entry.pdg_prints),
        units=tuple(unit for entry in entries for unit in entry.units),
        factors=np.concatenate([entry.factors for entry in entries]),
        samples=tuple(dict.fromkeys(item for entry in entries for item in entry.samples)),
        contained_in=(),
        supersedes=(),
        notes=notes,
    )
