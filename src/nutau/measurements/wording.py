"""Measured numbers in words, in the units of their source."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor, log10
from typing import Protocol

from nutau.common.arrays import Array
from nutau.common.numbers import limit, number
from nutau.measurements.distributions import (
    Counts,
    Distribution,
    Gaussian,
    JointWorkspace,
    LikelihoodGrid,
    Observable,
    Reinterpretation,
    UpperLimits,
)
from nutau.measurements.tables import interval


class Worded(Protocol):
    """What is needed of a measurement to say it in words."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def source(self) -> str:
        """Where it comes from."""

    @property
    def observables(self) -> tuple[Observable, ...]:
        """What was measured."""

    @property
    def distribution(self) -> Distribution:
        """Its numbers."""

    @property
    def gaussian(self) -> Gaussian | None:
        """Its numbers where they are Gaussian."""

    @property
    def units(self) -> tuple[str, ...]:
        """The unit of each row."""

    @property
    def factors(self) -> Array:
        """The units in natural ones."""


class Seen(Protocol):
    """What is needed of a number to say where it was seen."""

    @property
    def provenance(self) -> str:
        """Where its numbers were seen."""

    @property
    def verified(self) -> bool:
        """Whether they may enter a data set."""


class Sourced(Seen, Protocol):
    """What is needed of a measurement to say how far its numbers are checked."""

    @property
    def pdg(self) -> tuple[str, ...]:
        """The PDG's identifier of each row."""

    @property
    def pdg_prints(self) -> tuple[str, ...]:
        """What the PDG has where that is another number."""


def values(measurement: Worded) -> list[str]:
    """One line a row, in the units of the source: ``2.3 ± 0.5 (stat) +0.5 −0.4 (syst) × 1e-05``."""
    found = measurement.distribution
    units = [_times(unit) for unit in measurement.units]
    if isinstance(found, Gaussian):
        return [_value(found, row, measurement.factors[row], units[row]) for row in range(len(found.central))]
    if isinstance(found, UpperLimits):
        return [
            _limit(found, row, factor, unit)
            for row, (factor, unit) in enumerate(zip(measurement.factors, units, strict=True))
        ]
    if isinstance(found, LikelihoodGrid) and len(found.axes) == 1:
        return [_best(found, measurement.factors[0], units[0])]
    if isinstance(found, LikelihoodGrid):
        return [
            f"-2 log L on {len(axis)} points from {axis[0] / factor:.4g} to {axis[-1] / factor:.4g}{unit}"
            for axis, factor, unit in zip(found.axes, measurement.factors, units, strict=True)
        ]
    if isinstance(found, Counts):
        seen, expected = float(found.observed.sum()), float(found.background.sum())
        return [f"{seen:g} events seen, {expected:.6g} expected without new physics"]
    if isinstance(found, Reinterpretation):
        return [
            f"likelihood of the spectrum: pyhf workspace {part.path}"
            for part in found.parts
            for _ in part.spectra
        ]
    if isinstance(found, JointWorkspace):
        known = list(zip(found.parts, found.places, strict=True))
        texts = (
            [f"{part.path}, {part.poi} = value / {part.reference:g}" for part, own in known if own == place]
            for place in range(len(found.axes))
        )
        return [f"joint pyhf workspaces: {' and '.join(text)}" for text in texts]
    return [f"pyhf workspace {found.path}, {found.poi} = value / {found.reference:g}"]


def totals(measurement: Worded) -> list[str]:
    """One short line a row for tables: total errors, both sides where they differ, in natural units."""
    found = measurement.distribution
    if isinstance(found, Gaussian):
        sides = zip(found.central, found.plus, found.minus, strict=True)
        return [number(c, 0.5 * (up + down), (c - down, c + up), measured=True) for c, up, down in sides]
    if isinstance(found, UpperLimits):
        return [limit(*pair) for pair in zip(found.limit, found.confidence_level, strict=True)]
    if isinstance(found, LikelihoodGrid) and len(found.axes) == 1:
        best, down, up = interval(found)
        return [number(best, 0.5 * (up + down), (best - down, best + up), measured=True)]
    if isinstance(found, LikelihoodGrid):
        return [f"table of {len(axis)} points" for axis in found.axes]
    if isinstance(found, Counts):
        return [f"{found.observed.sum():g} events"]
    if isinstance(found, Reinterpretation):
        return ["likelihood of it" for part in found.parts for _ in part.spectra]
    return [
        "pyhf" if isinstance(found, JointWorkspace) else "pyhf workspace" for _ in measurement.observables
    ]


def _limit(found: UpperLimits, row: int, factor: float, unit: str) -> str:
    """``< 2.8 × 1e-4 at 95% CL (2.5 at 90% CL, 2.6 expected)``."""
    also = found.also[row] if found.also else None
    expected = found.expected[row] if found.expected else None
    beside = [f"{also[0] / factor:g} at {also[1]:.0%} CL"] if also else []
    beside += [f"{expected / factor:g} expected"] if expected else []
    more = f" ({', '.join(beside)})" if beside else ""
    return f"< {found.limit[row] / factor:g}{unit} at {found.confidence_level[row]:.0%} CL{more}"


def _best(found: LikelihoodGrid, factor: float, unit: str) -> str:
    """``-1.20 +2.10 −1.90 × 1e-3 (likelihood on 51 points)``: the best value, and where -2 log L has risen by 1."""
    best, minus, plus = (side / factor for side in interval(found))
    digits = max(0, 1 - floor(log10(min(plus, minus))))
    sides = _error(float(f"{plus:.{digits}f}"), float(f"{minus:.{digits}f}"), digits)
    return f"{best + 0.0:.{digits}f} {sides}{unit} (likelihood on {len(found.axes[0])} points)"


def constructions(measurement: Worded) -> str:
    """How the likelihood of limits is made, and which Gaussians it is; nothing for other kinds."""
    found = measurement.distribution
    if not isinstance(found, UpperLimits):
        return ""
    shapes = found.gaussian
    rows = [
        f"{how}: {_stands(shapes, row, measurement.factors[row])}{_times(measurement.units[row])}"
        for row, how in enumerate(found.construction)
    ]
    return "; ".join(dict.fromkeys(rows))


def _stands(shapes: Gaussian, row: int, factor: float) -> str:
    """The Gaussian that stands for a limit, to three digits of its width."""
    central, plus, minus = (float(side[row]) / factor for side in (shapes.central, shapes.plus, shapes.minus))
    digits = max(0, 2 - floor(log10(min(plus, minus))))
    return f"{central + 0.0:.{digits}f} {_error(plus, minus, digits)}"


def sentence(label: str, text: str) -> str:
    """``BR(...) = 2.3 ± 0.5`` or ``BR(...) < 1.8``."""
    return f"{label} {text}" if text.startswith("<") else f"{label} = {text}"


def seen(measurement: Seen) -> str:
    """Where a number was seen, and whether that is enough for a data set."""
    doubt = "" if measurement.verified or measurement.provenance == "unverified" else ", not verified"
    return measurement.provenance + doubt


def checked(measurement: Sourced) -> list[str]:
    """How far each row is checked: where it was seen, and its PDG identifier if the PDG has the same number.

    ``primary, PDG S041B51`` was seen in the paper and is compared with the PDG's listings by machine;
    ``PDG S041B51`` was seen there alone.
    """
    place = "" if measurement.provenance == "pdg" else seen(measurement)
    pairs = zip(measurement.pdg, measurement.pdg_prints, strict=True)
    return [
        ", ".join(filter(None, (place, f"PDG {name}" if name and not prints else "")))
        for name, prints in pairs
    ]


def listed(measurement: Sourced) -> str:
    """What the PDG's listings have of the rows: ``S041B51``, or ``S041B51 (there <1.3E-5 at 90% CL)``."""
    pairs = zip(measurement.pdg, measurement.pdg_prints, strict=True)
    return ", ".join(name + (f" (there {prints})" if prints else "") for name, prints in pairs if name)


def labels(measurement: Worded) -> list[str]:
    """The observable of each row, with the label that tells rows of one observable apart."""
    gaussian, found = measurement.gaussian, measurement.distribution
    if isinstance(found, Reinterpretation):
        return [
            _bins([measurement.observables[int(place)] for place in row.places])
            for part in found.parts
            for row in part.spectra
        ]
    if isinstance(found, Counts):
        return [_bins(list(measurement.observables), "GeV")]
    if gaussian is None:
        return [item.label for item in measurement.observables]
    names = [measurement.observables[int(position)].label for position in gaussian.index]
    if not any(gaussian.labels):
        return names
    return [
        f"{name} ({label})" if label else name for name, label in zip(names, gaussian.labels, strict=True)
    ]


def _bins(items: list[Observable], unit: str = "GeV²") -> str:
    """The bins of a spectrum together: ``<dBR/dq2>(B+->Knunu) in 100 bins from 0 to 22.885``."""
    edges = [edge for item in items for edge in item.q2 or ()]
    return f"{items[0].name} in {len(items)} bins from {min(edges):g} to {max(edges):g} {unit}"


def lines(measurements: Iterable[Worded]) -> list[tuple[str, str, str, str]]:
    """Name, observable, value and source of every row."""
    return [
        (entry.name, label, text, entry.source)
        for entry in measurements
        for label, text in zip(labels(entry), values(entry), strict=True)
    ]


def _value(found: Gaussian, row: int, factor: float, unit: str) -> str:
    """One row, every number with as many decimals as the longest of them."""
    parts = [part for part in found.parts if part.plus[row] > 0]
    sides = [(part.plus[row] / factor, part.minus[row] / factor) for part in parts]
    if not sides:
        sides = [(float(f"{found.plus[row] / factor:.3g}"), float(f"{found.minus[row] / factor:.3g}"))]
    central = found.central[row] / factor
    digits = max(_decimals(number) for number in (central, *(side for pair in sides for side in pair)))
    names = [f" ({part.name})" if len(parts) > 1 else "" for part in parts] or [""]
    errors = [_error(plus, minus, digits) + name for (plus, minus), name in zip(sides, names, strict=True)]
    return f"{central:.{digits}f} {' '.join(errors)}{unit}"


def _error(plus: float, minus: float, digits: int) -> str:
    if plus == minus:
        return f"± {plus:.{digits}f}"
    return f"+{plus:.{digits}f} −{minus:.{digits}f}"


def _decimals(number: float) -> int:
    """Decimals of a number as a person would write it, up to six significant digits."""
    text = f"{number:.6g}"
    mantissa, _, exponent = text.partition("e")
    return max(0, len(mantissa.partition(".")[2]) - int(exponent or 0))


def _times(unit: str) -> str:
    try:
        size = float(unit.partition(" ")[0])
    except ValueError:
        return f" {unit}"
    return "" if size == 1 and unit == "1" else f" × {unit}"
