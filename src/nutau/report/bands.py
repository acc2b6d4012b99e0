"""What a data set knows of an observable, as bands for figures: measured intervals, limits, and words for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.fit.questions.asked import named
from nutau.inputs import Inputs
from nutau.measurements import DataSet, Gaussian, Measurement, Observable, UpperLimits
from nutau.measurements.distributions import LikelihoodGrid
from nutau.measurements.likelihoods import table
from nutau.measurements.tables import evaluate, minimum
from nutau.measurements.units import factor
from nutau.observables import find
from nutau.observables.predict import predict
from nutau.observables.requests import bare

RISES = (1.0, 4.0)
"""Of -2 log L at the ends of 1σ and 2σ."""
FINE, BESIDE = 601, 41
"""Points along an axis, and along the other observables, on which a likelihood table is searched for its intervals."""
Ends = tuple[float | None, float | None]
"""Of an interval; ``None`` where the likelihood was not published as far."""


@dataclass(frozen=True)
class Axis:
    """An observable as an axis of a figure: over its SM value ``sm`` (natural units) if ``relative``."""

    name: str
    relative: bool
    q2: tuple[float, float] | None
    sm: float

    @property
    def label(self) -> str:
        """Its name, with its bin and ``/SM``."""
        return Observable(self.name, self.q2).label + ("/SM" if self.relative else "")

    @property
    def full(self) -> str:
        """Its name, with ``/SM`` if it is over the SM value."""
        return self.name + ("/SM" if self.relative else "")

    def units(self, relative: bool) -> float:
        """What turns a number of this observable, ``relative`` to the SM or not, into one along the axis."""
        if relative == self.relative:
            return 1.0
        return 1.0 / self.sm if self.relative else self.sm


@dataclass(frozen=True)
class Band:
    """One measured number on an axis, in its units: the intervals of 1σ and 2σ, or an upper limit with its level."""

    entry: str
    source: str
    kind: str
    one: Ends = (None, None)
    two: Ends = (None, None)
    limit: float = 0.0
    level: float = 0.0

    @property
    def measured(self) -> bool:
        """Whether it is an interval and no limit."""
        return self.kind == "measured"


@dataclass(frozen=True)
class Known:
    """What is known of an axis, foreseen errors by luminosity in 1/ab, and why the rest is not drawn."""

    axis: Axis
    bands: tuple[Band, ...]
    foreseen: Mapping[float, float]
    undrawn: tuple[str, ...]

    @property
    def intervals(self) -> tuple[Band, ...]:
        """What was measured."""
        return tuple(band for band in self.bands if band.measured)

    @property
    def limits(self) -> tuple[Band, ...]:
        """Upper limits, the strongest first; that one is drawn."""
        return tuple(sorted((band for band in self.bands if not band.measured), key=lambda band: band.limit))


def axes_of(names: Sequence[str], inputs: Inputs) -> tuple[Axis, ...]:
    """Observables by name, with a bin in brackets where they take one, as axes; SM values are those of an input set.

    Raises :class:`InputError` for names that do not exist, without a bin that they need, or given twice.
    """
    return tuple(_axis(item.observable, inputs) for item in named(names, inputs))


def _axis(item: Observable, inputs: Inputs) -> Axis:
    name, relative = bare(item.name)
    (row,) = predict(name, inputs=inputs, draws=0, q2=item.q2)
    return Axis(name, relative, item.q2, float(row.sm))


def known(data: DataSet, axis: Axis) -> Known:
    """The bands of a data set on an axis, and a sentence for each entry of this observable that is no band of it."""
    bands, undrawn = [], []
    for entry in data.measurements:
        for position, item in enumerate(entry.observables):
            name, relative = bare(item.name)
            if name != axis.name:
                continue
            if not same_bin(item.q2, axis.q2):
                undrawn.append(f"{entry.name} is not drawn: it is of {item.label}, the axis of {axis.label}")
                continue
            scale = axis.units(relative) / factor(find(name).unit)
            made = _bands(entry, position, scale)
            bands += made
            if not made:
                undrawn.append(
                    f"{entry.name} is not drawn: its likelihood singles out no range of {axis.label}"
                )
    limits = sorted((band for band in bands if not band.measured), key=lambda band: band.limit)
    undrawn += [
        f"{weak.entry} is not drawn: {limits[0].entry} has the stronger limit on {axis.label}"
        for weak in limits[1:]
    ]
    return Known(axis, tuple(bands), foreseen(data, axis), tuple(undrawn))


def same_bin(one: Sequence[float] | None, other: Sequence[float] | None) -> bool:
    """Whether two bins in q² (GeV²) are the same, or both are none."""
    if one is None or other is None:
        return one is None and other is None
    return bool(np.allclose(one, other, rtol=0, atol=1e-6))


def _bands(entry: Measurement, position: int, scale: float) -> list[Band]:
    found: Any = entry.distribution
    if isinstance(found, UpperLimits):
        rows = np.flatnonzero(found.gaussian.index == position)
        return [
            Band(
                entry.name, entry.source, "limit", limit=float(found.limit[row]) * scale,
                level=float(found.confidence_level[row]),
            )
            for row in rows
        ]  # fmt: skip
    if isinstance(found, Gaussian):
        made = []
        for row in np.flatnonzero(found.index == position):
            centre, minus, plus = (float(side[row]) for side in (found.central, found.minus, found.plus))
            ends = [(scale * (centre - n * minus), scale * (centre + n * plus)) for n in (1, 2)]
            made.append(Band(entry.name, entry.source, "measured", ends[0], ends[1]))
        return made
    one, two = (_interval(*profile(table(entry), position), rise) for rise in RISES)
    if one == two == (None, None):
        return []
    return [Band(entry.name, entry.source, "measured", _scaled(one, scale), _scaled(two, scale))]


def profile(found: LikelihoodGrid, position: int) -> tuple[Array, Array]:
    """-2 log L above its lowest value along one observable of a table, with the others where they are best."""
    axes = [
        np.linspace(axis[0], axis[-1], FINE if number == position else BESIDE)
        for number, axis in enumerate(found.axes)
    ]
    axes[position] = np.union1d(axes[position], minimum(found)[position])
    others = tuple(number for number in range(len(axes)) if number != position)
    heights = evaluate(found, np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)).min(axis=others)
    return axes[position], heights - heights.min()


def _interval(values: Array, heights: Array, rise: float) -> Ends:
    """The outer ends of where a profile lies below ``rise``, between its points by straight lines."""
    inside = np.flatnonzero(heights <= rise)
    first, last = int(inside[0]), int(inside[-1])
    low = None if first == 0 else _crossing(values, heights, first - 1, rise)
    high = None if last == len(values) - 1 else _crossing(values, heights, last, rise)
    return low, high


def _crossing(values: Array, heights: Array, left: int, rise: float) -> float:
    (x0, x1), (y0, y1) = values[left : left + 2], heights[left : left + 2]
    return float(x0 + (x1 - x0) * (rise - y0) / (y1 - y0))


def _scaled(ends: Ends, scale: float) -> Ends:
    low, high = ends
    return None if low is None else low * scale, None if high is None else high * scale


def foreseen(data: DataSet, axis: Axis) -> dict[float, float]:
    """Uncertainties over the SM value that the data set's projections foresee of an axis, by luminosity in 1/ab."""
    return {
        float(luminosity): float(value)
        for projection in data.projections
        if bare(projection.observable.name)[0] == axis.name
        and axis.q2 is None
        and axis.relative
        and projection.quantity == "relative_to_sm"
        and projection.luminosity_unit == "ab^-1"
        for luminosity, value in zip(projection.luminosity, projection.value, strict=True)
    }


def apart(data: DataSet, axes: Sequence[Axis], used: Sequence[str] = ()) -> tuple[str, ...]:
    """A sentence that names the entries of a data set which are of no axis and not ``used`` otherwise."""
    names = {axis.name for axis in axes}
    left = [
        entry.name
        for entry in data.measurements
        if entry.name not in used and not any(bare(item.name)[0] in names for item in entry.observables)
    ]
    if not left:
        return ()
    shown = ", ".join(left[:6]) + (f" and {len(left) - 6} more" if len(left) > 6 else "")
    return (f"of no axis, hence not drawn: {shown}",)
