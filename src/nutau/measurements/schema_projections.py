"""Reading projections: what experiments expect to reach."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from nutau.common import yaml_files
from nutau.common.arrays import Array
from nutau.measurements.distributions import Observable
from nutau.measurements.records import Projection
from nutau.measurements.schema import Level, Name, Number, Observed, Positive, Strict
from nutau.measurements.units import factor, text


class Point(Strict):
    """The expectation at one luminosity: its ``value``, or ``stat`` and ``syst`` added in quadrature.

    ``theory`` is a further part that luminosity does not change, and theory does.
    """

    luminosity: Positive
    value: Positive | None = None
    stat: Positive | None = None
    syst: Positive | None = None
    theory: Positive | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Point:
        if (self.value is None) == (self.stat is None and self.syst is None):
            raise ValueError("give either value, or stat and syst")
        return self

    @property
    def total(self) -> float:
        """The value, or its parts in quadrature."""
        return self.value if self.value is not None else float(np.hypot(self.stat or 0.0, self.syst or 0.0))


class ProjectionEntry(Observed):
    """One expected sensitivity as a function of luminosity; ``run`` is the unit of the run that a study assumes."""

    name: Name
    quantity: Literal["relative_to_sm", "reach_over_sm", "relative", "absolute", "upper_limit"]
    luminosity_unit: Literal["ab^-1", "fb^-1", "run"]
    scenario: str = "baseline"
    confidence_level: Level | None = None
    points: Annotated[list[Point], Field(min_length=1)]
    location: str = ""
    provenance: Literal["primary", "secondary", "computed", "unverified", "own"] = "own"
    verified: bool = True
    notes: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> ProjectionEntry:
        problems = []
        if self.unit is None:
            problems.append("the unit is missing, for instance unit: 1 or unit: 1e-5")
        if (self.quantity == "upper_limit") != (self.confidence_level is not None):
            problems.append("an upper limit needs a confidence_level, and only an upper limit has one")
        if self.verified and self.provenance == "unverified":
            problems.append("provenance 'unverified' goes with verified: false")
        steps = [point.luminosity for point in self.points]
        if any(low >= high for low, high in pairwise(steps)):
            problems.append("the luminosities must increase")
        if problems:
            raise ValueError("; ".join(problems))
        return self


class Pair(Strict):
    """The correlation of the systematic parts of two projections."""

    between: Annotated[list[Name], Field(min_length=2, max_length=2)]
    value: Annotated[Number, Field(ge=-1, le=1)]


class ProjectionFile(Strict):
    """One paper with projections, or the user's own.

    ``collaboration`` is the experiment whose luminosity it is. ``theory`` are scenarios by name: what all theory errors
    are then multiplied with.
    """

    source: Annotated[str, Field(min_length=1)]
    collaboration: str = ""
    notes: str = ""
    projections: Annotated[list[ProjectionEntry], Field(min_length=1)]
    correlations: list[Pair] = Field(default_factory=list)
    theory: dict[Name, Annotated[Number, Field(ge=0)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> ProjectionFile:
        names = [entry.name for entry in self.projections]
        problems = [
            f"two projections are called {name}" for name in sorted(set(names)) if names.count(name) > 1
        ]
        for pair in self.correlations:
            problems += [
                f"correlations: there is no projection {name} in this file"
                for name in pair.between
                if name not in names
            ]
            if pair.between[0] == pair.between[1]:
                problems.append(f"correlations: {pair.between[0]} is given twice")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def correlated(self, name: str) -> tuple[tuple[str, float], ...]:
        """The others that a projection is correlated with, and how much."""
        pairs = [(pair.between, pair.value) for pair in self.correlations if name in pair.between]
        return tuple((next(other for other in between if other != name), value) for between, value in pairs)


def read_projections(path: Traversable | Path) -> tuple[Projection, ...]:
    """The projections of one file; all its problems in one :class:`nutau.errors.InputError`."""
    file = yaml_files.validate(ProjectionFile, yaml_files.read_yaml(path), str(path))
    return tuple(_projection(entry, file, f"projections/{path.name}") for entry in file.projections)


def _projection(entry: ProjectionEntry, file: ProjectionFile, where: str) -> Projection:
    assert entry.unit is not None  # checked when the entry was validated
    unit = factor(entry.unit)
    return Projection(
        name=entry.name,
        observable=Observable(entry.observable, None if entry.q2 is None else (entry.q2[0], entry.q2[1])),
        quantity=entry.quantity,
        luminosity=np.array([point.luminosity for point in entry.points]),
        value=np.array([point.total for point in entry.points]) * unit,
        luminosity_unit=entry.luminosity_unit,
        scenario=entry.scenario,
        source=file.source,
        stat=_part([point.stat for point in entry.points], unit),
        syst=_part([point.syst for point in entry.points], unit),
        confidence_level=entry.confidence_level,
        unit=text(entry.unit),
        location=entry.location,
        collaboration=file.collaboration,
        provenance=entry.provenance,
        verified=entry.verified,
        notes=entry.notes,
        theory=_part([point.theory for point in entry.points], unit),
        correlated=file.correlated(entry.name),
        theories=tuple(file.theory.items()),
        file=where,
    )


def _part(values: list[float | None], unit: float) -> Array | None:
    if any(value is None for value in values):
        return None
    return np.array(values, dtype=float) * unit
