"""Whether a data set measures what nutau knows, in a unit it can have."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import cache

import numpy as np

from nutau.errors import MOST_PROBLEMS, InputError, first_problems, unknown
from nutau.measurements import (
    Counts,
    DataSet,
    JointWorkspace,
    LikelihoodGrid,
    Measurement,
    Observable,
    Reinterpretation,
    Workspace,
    measurements,
)
from nutau.measurements.overlaps import sharing
from nutau.measurements.same_rate import both, rate
from nutau.measurements.units import dimension
from nutau.observables import ALIASES, catalogue
from nutau.observables import Observable as Known


@cache
def _shipped() -> frozenset[str]:
    """The observables of all measurements that come with nutau; all of their files are read."""
    return frozenset(item.name for entry in measurements().values() for item in entry.observables)


def check_catalogued(dataset: DataSet) -> None:
    """Raise :class:`InputError`, with all problems, for entries of the user that cannot be meant.

    These are observables that neither the catalogue nor a measurement that comes with nutau has, bins that are missing
    or that nothing takes, units of another dimension than that of the prediction, and branching ratios above 1.
    """
    units = {observable.name: observable.unit for observable in catalogue()}
    known = {observable.name: observable for observable in catalogue()}
    problems = []
    for entry in (*dataset.measurements, *dataset.references):
        for item, unit, value in _rows(entry):
            bare = item.name.removesuffix("/SM")
            place = f"data set {dataset.name}, {entry.name}"
            if bare in units:
                wanted = "1" if item.name.endswith("/SM") else dimension(units[bare])
                problems += _problems(item, unit, wanted, value, place) + _bins(item, known[bare], place)
            elif (
                len(problems) <= MOST_PROBLEMS and item.name not in _shipped()
            ):  # the search for similar ones takes time
                problems.append(str(unknown("observable", item.name, (*ALIASES, *units), place)))
    if problems:
        raise InputError("\n".join(first_problems(problems)))


def _bins(item: Observable, known: Known, place: str) -> list[str]:
    kind = known.kind
    if kind == "bin" and item.q2 is None:
        return [
            f"In {place}: {item.name} has no bin. Write its edges in {known.axis} beside it, as "
            f"q2: {known.example.replace('(', '[').replace(')', ']')}."
        ]
    if kind == "point":
        return [
            f"In {place}: {item.name} is a function of q². Use the binned <dBR/dq2>(...) with q2: [LOW, HIGH]."
        ]
    if kind == "total" and item.q2 is not None:
        return [f"In {place}: {item.label}: {item.name} takes no bin; leave q2 out."]
    return []


def _problems(item: Observable, unit: str, wanted: str, value: float, place: str) -> list[str]:
    if dimension(unit) != wanted:
        other = "a number, as 1 or 1e-5" if wanted == "1" else f"a multiple of {wanted}"
        return [f"In {place}: the unit of {item.label} is given as {unit}; it is {other}."]
    if value > 1 and item.name.startswith("BR(") and not item.name.endswith("/SM"):
        return [
            f"In {place}: {item.label} is {value:.4g}, and no branching ratio is above 1. Its unit is given as {unit}; "
            "is it 1e-5?"
        ]
    return []


def _rows(entry: Measurement) -> Iterator[tuple[Observable, str, float]]:
    """Observable, unit and typical value (in natural units) of each row."""
    found = entry.distribution
    if isinstance(found, LikelihoodGrid | JointWorkspace):
        starts = [float(axis[0]) for axis in found.axes]
        yield from zip(entry.observables, entry.units, starts, strict=True)
    elif isinstance(found, Reinterpretation):
        for row, unit in zip((row for part in found.parts for row in part.spectra), entry.units, strict=True):
            for place, value in zip(row.places, row.reference, strict=True):
                yield entry.observables[int(place)], unit, float(value)
    elif isinstance(found, Counts):
        yield from ((item, entry.units[0], 0.0) for item in entry.observables)
    elif isinstance(found, Workspace):
        yield entry.observables[0], entry.units[0], float(found.grid[0])
    elif entry.gaussian is not None:
        values = np.maximum(entry.gaussian.central, getattr(found, "limit", -np.inf))
        for column, unit, value in zip(entry.gaussian.index, entry.units, values, strict=True):
            yield entry.observables[int(column)], unit, float(value)


def unexplained(chosen: Sequence[Measurement]) -> tuple[str, ...]:
    """One line for every two entries that measure the same and do not say from which data; ten lines at most.

    What is known to be counted twice is refused when the data set is read; here neither entry says what it replaces
    or is made of, so nothing is known.
    """
    return tuple(first_problems(_unexplained(chosen), "Other entries measure the same, too."))


def _unexplained(chosen: Sequence[Measurement]) -> Iterator[str]:
    shipped = measurements()
    for i, j in sharing([tuple(map(rate, entry.observables)) for entry in chosen]):
        first, second = chosen[i], chosen[j]
        shared = both(first.observables, second.observables)
        silent = [entry.name for entry in (first, second) if _silent(entry) and _own(entry, shipped)]
        if shared and silent:
            yield (
                f"{first.name} and {second.name} both measure {', '.join(shared)}, and {' and '.join(silent)} "
                f"{'does' if len(silent) == 1 else 'do'} not say of which data (samples) or what it supersedes: are "
                "they independent?"
            )


def _own(entry: Measurement, shipped: Container[str]) -> bool:
    """Whether an entry is the user's; entries that a data set correlates are called ``A+B``."""
    return entry.name not in shipped and any(part not in shipped for part in entry.name.split("+"))


def _silent(entry: Measurement) -> bool:
    return not (entry.samples or entry.supersedes or entry.contained_in or entry.instead_of)
