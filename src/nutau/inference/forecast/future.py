"""What is projected, as a user asks for it: names, files, results of today that go on, luminosities, theory of then."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from nutau.common.given import numbers
from nutau.errors import InputError, unknown
from nutau.inference.forecast.prospects import Future
from nutau.inference.forecast.reach import UNUSABLE
from nutau.measurements import Counts, DataSet, Measurement, Projection, find_projection
from nutau.measurements.schema_projections import read_projections
from nutau.measurements.units import dimension

THEORIES = {"today": 1.0, "half": 0.5, "none": 0.0}
"""What all theory errors are multiplied with in the scenarios that need no file."""
UNITS = {"ab^-1": 1e3, "fb^-1": 1.0}
"""Luminosities in fb⁻¹."""

LUMINOSITIES = {"Belle II": "ab^-1", "LHCb": "fb^-1"}
"""The units of luminosities; that of another experiment is the one of its first projection."""


def future(
    dataset: DataSet,
    *,
    names: Sequence[str | Path] | None = None,
    continued: Sequence[str] = (),
    experiment: str = "Belle II",
    at: Mapping[str, float] | None = None,
    correlation: float = 0.0,
    theory: float | str = "today",
) -> tuple[Future, tuple[str, ...]]:
    """What is projected, and notes on what is left out or not confirmed.

    ``names`` are projections or YAML files of them (default: those of the data set), ``continued`` results of the data
    set that are scaled with luminosity. Raises :class:`InputError`.
    """
    held = numbers("at", at)
    given = [
        *named(dataset, names),
        *(row for name in continued for row in continuing(dataset, name, experiment)),
    ]
    given = aligned(given)
    used, notes = usable(given, experiment, held)
    notes += [f"{item.name} was not confirmed in its source." for item in used if not item.verified]
    if not used:
        raise InputError(
            f"Data set {dataset.name} has no projections to forecast with"
            + (f" ({' '.join(notes)})" if notes else "")
            + "; name some (`projections`)."
        )
    _check_twice(used)
    _check_axis(used, experiment, held)
    if not -1.0 <= correlation <= 1.0:
        raise InputError(f"`correlation={correlation:g}`: a number from -1 to 1 is needed.")
    return Future(tuple(used), experiment, held, correlation, _theory(theory, used)), tuple(notes)


def named(dataset: DataSet, names: Sequence[str | Path] | None) -> list[Projection]:
    """Projections by name and of files."""
    if names is None:
        return list(dataset.projections)
    found: list[Projection] = []
    for name in names:
        if Path(name).suffix in (".yaml", ".yml"):
            if not Path(name).is_file():
                raise InputError(f"There is no file {name} (`projections`).")
            found += read_projections(Path(name))
        else:
            found.append(find_projection(str(name)))
    return found


def aligned(given: Sequence[Projection]) -> list[Projection]:
    """Luminosities of one experiment in one unit: ab⁻¹ for Belle II, else that of its first projection."""
    units = dict(LUMINOSITIES)
    for item in given:
        units.setdefault(item.experiment, item.luminosity_unit)
    return [in_unit(item, units[item.experiment]) for item in given]


def usable(
    given: Sequence[Projection], experiment: str, at: Mapping[str, float]
) -> tuple[list[Projection], list[str]]:
    """The projections with an uncertainty and a luminosity, and notes on the others."""
    notes, used = [], []
    for item in given:
        if item.quantity == UNUSABLE:
            notes.append(f"{item.name} is left out: a reach without a confidence level.")
        elif item.experiment != experiment and item.experiment not in at:
            how = "`lhcb`" if item.experiment == "LHCb" else "`at`"
            notes.append(
                f"{item.name} is left out: give the luminosity of {item.experiment} in {item.luminosity_unit} ({how}) "
                "to use it."
            )
        else:
            used.append(item)
    known = {item.experiment for item in given}
    for name in at:
        if name not in known:
            raise unknown("experiment with a projection", name, sorted(known), "`at`")
        if not 0 < at[name] < float("inf"):
            raise InputError(f"The luminosity of {name} is {at[name]:g}; a positive number is needed.")
    return used, notes


def _check_twice(used: Sequence[Projection]) -> None:
    """Two projections of one experiment and observable would count its data twice."""
    keys = [(item.observable.label, item.experiment) for item in used]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        double = [item.name for item, key in zip(used, keys, strict=True) if key in twice]
        labels = ", ".join(label for label, _ in twice)
        raise InputError(f"{', '.join(double)} project the same observable ({labels}): keep one.")


def _check_axis(used: Sequence[Projection], experiment: str, at: Mapping[str, float]) -> None:
    """Refuse a luminosity on which nothing depends."""
    moving = [item for item in used if item.experiment == experiment and item.experiment not in at]
    if not moving:
        others = " or ".join(sorted({f"'{item.experiment}'" for item in used}))
        raise InputError(
            f"Nothing that is projected depends on the luminosity of {experiment}: it is held, or its projections are "
            f"not used. Give the experiment whose luminosity varies (`experiment`), here {others}."
        )
    units = sorted({item.luminosity_unit for item in moving})
    if len(units) > 1:
        raise InputError(
            f"The projections of {experiment} are in different units of luminosity: {', '.join(units)}."
        )


def _theory(theory: float | str, used: Sequence[Projection]) -> float:
    """What theory errors are multiplied with: a number, or a scenario of nutau's or of the files."""
    named = THEORIES | {name: value for item in used for name, value in item.theories}
    if theory in named:
        return named[str(theory)]
    try:
        value = float(theory)
    except ValueError:
        raise unknown("theory scenario", str(theory), named, "`theory`") from None
    if not 0 <= value < float("inf"):
        raise InputError(f"`theory={value:g}`: a factor of 0 or more is needed, 1 for today's theory errors.")
    return value


def continuing(dataset: DataSet, name: str, experiment: str) -> list[Projection]:
    """A result of today as projections, one a row: its statistical part falls as the root of luminosity.

    The systematic part, and what all rows have in common, stays; without parts all of the uncertainty is statistical.
    """
    entry = dataset[name]
    if isinstance(entry.distribution, Counts):
        return _counted(entry, experiment)
    gaussian = entry.gaussian
    if gaussian is None:
        raise InputError(
            f"{name} is a {entry.kind} and cannot be scaled with luminosity: give a projection of it."
        )
    at, unit = _luminosity(entry)
    parts = {part.name: 0.5 * (part.plus + part.minus) for part in gaussian.parts}
    total = 0.5 * (gaussian.plus + gaussian.minus)
    syst = np.sqrt(
        sum((parts[key] ** 2 for key in parts if key not in ("stat", "total")), np.zeros(len(total)))
    )
    stat = np.sqrt(np.clip(total**2 - syst**2, 0.0, None))
    if np.any(stat <= 0):
        raise InputError(f"{name} has no statistical uncertainty: no luminosity improves it.")
    found = []
    for row, place in enumerate(gaussian.index):
        label = name if len(gaussian.index) == 1 else f"{name}[{row + 1}]"
        others = [
            (f"{name}[{other + 1}]", float(gaussian.correlation[row, other]))
            for other in range(len(gaussian.index))
            if other != row
        ]
        found.append(
            Projection(
                name=label,
                observable=entry.observables[int(place)],
                quantity="absolute",
                luminosity=np.array([at]),
                value=total[[row]],
                luminosity_unit=unit,
                scenario="today's uncertainty, scaled",
                source=entry.source,
                stat=stat[[row]],
                syst=syst[[row]],
                unit=dimension(entry.units[row]),
                collaboration=entry.collaboration or experiment,
                verified=entry.verified,
                correlated=tuple(others),
                replaces=(name,),
            )
        )
    return found


def _counted(entry: Measurement, experiment: str) -> list[Projection]:
    """Counted events as projections, one a bin: events for today's luminosity, as the root of the luminosity known.

    What is expected without new physics, and its error squared, grow with the luminosity, as HighPT has them
    (``RescaleError``): the error of a bin is the root of both, Gaussian.
    """
    found = entry.distribution
    assert isinstance(found, Counts)
    at, unit = _luminosity(entry)
    error = np.sqrt(found.background + found.error**2)
    return [
        Projection(
            name=f"{entry.name}[{row + 1}]",
            observable=item,
            quantity="absolute",
            luminosity=np.array([at]),
            value=error[[row]],
            luminosity_unit=unit,
            scenario="today's background and its error, scaled; Gaussian",
            source=entry.source,
            stat=error[[row]],
            syst=np.zeros(1),
            unit=dimension(entry.units[0]),
            collaboration=entry.collaboration or experiment,
            verified=entry.verified,
            replaces=(entry.name,),
        )
        for row, item in enumerate(entry.observables)
    ]


def _luminosity(entry: Measurement) -> tuple[float, str]:
    """The luminosity of a result as a number and unit."""
    found = re.fullmatch(r"\s*([0-9.]+(?:e[0-9]+)?)\s*/?\s*(fb|ab)(?:\^-1|-1|⁻¹)?\s*", entry.luminosity or "")
    if found is None or not float(found[1]) > 0:
        said = f"it says '{entry.luminosity}'" if entry.luminosity else "it says none"
        raise InputError(
            f"{entry.name} cannot be scaled: its luminosity is needed, as luminosity: 362 fb^-1, and {said}."
        )
    return float(found[1]), f"{found[2]}^-1"


def in_unit(item: Projection, unit: str) -> Projection:
    """A projection with its luminosities in another unit of the same kind."""
    if item.luminosity_unit == unit or not {item.luminosity_unit, unit} <= UNITS.keys():
        return item
    factor = UNITS[item.luminosity_unit] / UNITS[unit]
    return replace(item, luminosity=np.asarray(item.luminosity) * factor, luminosity_unit=unit)
