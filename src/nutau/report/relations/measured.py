"""What is known of rates that a relation is between: given numbers, or the averages and limits of a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError, unknown
from nutau.measurements import DataSet, Gaussian, Measurement
from nutau.measurements.combination import combine
from nutau.measurements.units import factor
from nutau.observables import find
from nutau.observables.requests import bare
from nutau.report.bands import Axis, Band, known, same_bin


@dataclass(frozen=True)
class Measured:
    """A rate in its own units: a value with its standard deviation, or (``None`` both) only a limit.

    ``low`` and ``high`` are the ends of two standard deviations, no lower than zero, or zero and the limit.
    """

    name: str
    value: float | None
    error: float | None
    low: float
    high: float
    source: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Knowledge:
    """What is known of some rates, by name, and the covariance of those with a value (in the order of ``valued``)."""

    rates: Mapping[str, Measured]
    valued: tuple[str, ...]
    covariance: Array

    def covariance_of(self, names: Sequence[str]) -> Array:
        """That of some of the rates with a value."""
        places = [self.valued.index(name) for name in names]
        return self.covariance[np.ix_(places, places)]


def knowledge(
    axes: Mapping[str, Axis], data: DataSet | None, values: Mapping[str, tuple[float, float]]
) -> Knowledge:
    """Of rates by the name they were asked for; ``values`` ``(value, error)`` go before what the data set has.

    Gaussian entries of a data set are averaged with their correlations. Of several likelihood tables the narrowest is
    taken, of several limits the strongest.
    """
    for name, (value, error) in values.items():
        if name not in axes:
            raise unknown("observable of this relation", name, axes, "`values`")
        if not error > 0 or not value >= 0:
            raise InputError(
                f"`values` of {name}: {value:g} with the error {error:g}; a rate is at least zero and its error is "
                "positive."
            )
    found = {name: _gaussian(name, *both, "given") for name, both in values.items()}
    order, covariance = list(values), np.diag([error**2 for _, error in values.values()])
    if data is not None:
        rest = {name: axis for name, axis in axes.items() if name not in found}
        averaged, shared = _average(rest, data.measurements)
        found |= averaged
        order += averaged
        covariance = _beside(covariance, shared)
        for name, axis in rest.items():
            if name in averaged:
                continue
            bands = known(data, axis).bands
            tables = [band for band in bands if None not in band.one]
            if tables:
                made = _of_table(name, min(tables, key=_width))
                found[name] = made
                order.append(name)
                covariance = _beside(covariance, np.array([[float(made.error or 0.0) ** 2]]))
            elif limits := [band for band in bands if not band.measured]:
                band = min(limits, key=lambda band: band.limit)
                said = f"{band.entry}, {100 * band.level:g} %"
                found[name] = Measured(name, None, None, 0.0, band.limit, said)
    return Knowledge(found, tuple(order), covariance)


def _gaussian(name: str, value: float, error: float, source: str) -> Measured:
    return Measured(name, value, error, max(value - 2 * error, 0.0), value + 2 * error, source)


def _width(band: Band) -> float:
    low, high = band.one
    assert low is not None
    assert high is not None
    return high - low


def _of_table(name: str, band: Band) -> Measured:
    low, high = band.one
    assert low is not None
    assert high is not None
    centre, error = 0.5 * (low + high), 0.5 * (high - low)
    made = _gaussian(name, centre, error, band.entry)
    two = [
        made.low if band.two[0] is None else band.two[0],
        made.high if band.two[1] is None else band.two[1],
    ]
    return Measured(name, centre, error, max(two[0], 0.0), two[1], band.entry)


def _average(axes: Mapping[str, Axis], entries: Sequence[Measurement]) -> tuple[dict[str, Measured], Array]:
    """The average of the Gaussian entries that have one of the rates, and its covariance."""
    used = [
        entry
        for entry in entries
        if isinstance(entry.distribution, Gaussian)
        and any(_same(item, axis) for item in entry.observables for axis in axes.values())
    ]
    if not used:
        return {}, np.zeros((0, 0))
    made = combine(used)
    found, rows, scales = {}, [], []
    for name, axis in axes.items():
        row = next((row for row, item in enumerate(made.observables) if _same(item, axis)), None)
        if row is None:
            continue
        relative = bare(made.observables[row].name)[1]
        scale = axis.units(relative) / factor(find(axis.name).unit)
        source = ", ".join(
            entry.name for entry in used if any(_same(item, axis) for item in entry.observables)
        )
        value, error = float(made.central[row]) * scale, float(made.uncertainty[row]) * scale
        found[name] = _gaussian(name, value, error, source)
        rows.append(row)
        scales.append(scale)
    return found, made.covariance[np.ix_(rows, rows)] * np.outer(scales, scales)


def _same(item: Any, axis: Axis) -> bool:
    return bare(item.name)[0] == axis.name and same_bin(item.q2, axis.q2)


def _beside(first: Array, second: Array) -> Array:
    """Two covariances of independent numbers as one."""
    total = np.zeros((len(first) + len(second),) * 2)
    total[: len(first), : len(first)], total[len(first) :, len(first) :] = first, second
    return total
