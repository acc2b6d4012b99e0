"""Measurements, projections and data sets in words and as plain data (for JSON and tables)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nutau.arrays import Array
from nutau.measurements.records import Gaussian, Measurement, Projection, Table, UpperLimits, Workspace

if TYPE_CHECKING:
    from nutau.measurements.datasets import DataSet

_TEXTS = ("source", "location", "collaboration", "date", "luminosity", "provenance", "verified", "role")
_LISTS = ("samples", "supersedes", "contained_in", "instead_of")
_REMARKS = ("signal_model", "notes", "file")


def values(measurement: Measurement) -> list[str]:
    """One line a row, in the units of the source: ``2.3 ± 0.5 (stat) +0.5 −0.4 (syst) × 1e-05``."""
    found = measurement.distribution
    units = [_times(unit) for unit in measurement.units]
    if isinstance(found, Gaussian):
        return [_value(found, row, measurement.factors[row], units[row]) for row in range(len(found.central))]
    if isinstance(found, UpperLimits):
        sizes = found.limit / measurement.factors
        return [
            f"< {size:g}{unit} at {level:.0%} CL"
            for size, unit, level in zip(sizes, units, found.confidence_level, strict=True)
        ]
    if isinstance(found, Table):
        return [
            f"-2 log L on {len(axis)} points from {axis[0] / factor:.4g} to {axis[-1] / factor:.4g}{unit}"
            for axis, factor, unit in zip(found.axes, measurement.factors, units, strict=True)
        ]
    return [f"pyhf workspace {found.path}, {found.poi} = value / {found.reference:g}"]


def sentence(label: str, text: str) -> str:
    """``BR(...) = 2.3 ± 0.5`` or ``BR(...) < 1.8``."""
    return f"{label} {text}" if text.startswith("<") else f"{label} = {text}"


def labels(measurement: Measurement) -> list[str]:
    """The observable of each row, with the label that tells rows of one observable apart."""
    gaussian = measurement.gaussian
    if gaussian is None:
        return [item.label for item in measurement.observables]
    names = [measurement.observables[int(position)].label for position in gaussian.index]
    if not any(gaussian.labels):
        return names
    return [
        f"{name} ({label})" if label else name for name, label in zip(names, gaussian.labels, strict=True)
    ]


def as_dict(measurement: Measurement) -> dict[str, Any]:
    """A measurement as plain data: ``natural`` holds numbers in natural units, ``text`` those published."""
    return {
        "name": measurement.name,
        "kind": measurement.kind,
        "observables": [
            {"name": item.name, "q2": None if item.q2 is None else list(item.q2)}
            for item in measurement.observables
        ],
        "text": [
            f"{label} = {text}" for label, text in zip(labels(measurement), values(measurement), strict=True)
        ],
        "units": list(measurement.units),
        "natural": _numbers(measurement),
        **{key: getattr(measurement, key) for key in _TEXTS},
        **{key: list(getattr(measurement, key)) for key in _LISTS},
        **{key: getattr(measurement, key) for key in _REMARKS},
    }


def projection_dict(projection: Projection) -> dict[str, Any]:
    """All of a projection as plain data."""
    return {
        "name": projection.name,
        "observable": projection.observable.label,
        "quantity": projection.quantity,
        "scenario": projection.scenario,
        "luminosity": projection.luminosity.tolist(),
        "luminosity_unit": projection.luminosity_unit,
        "value": projection.value.tolist(),
        "stat": _listed(projection.stat),
        "syst": _listed(projection.syst),
        "confidence_level": projection.confidence_level,
        "unit": projection.unit,
        "source": projection.source,
        "location": projection.location,
        "provenance": projection.provenance,
        "verified": projection.verified,
        "notes": projection.notes,
        "file": projection.file,
    }


def dataset_dict(dataset: DataSet) -> dict[str, Any]:
    """A data set with all that is in it as plain data."""
    return {
        "name": dataset.name,
        "title": dataset.title,
        "description": dataset.description,
        "measurements": [as_dict(entry) for entry in dataset.measurements],
        "references": [as_dict(entry) for entry in dataset.references],
        "projections": [projection_dict(entry) for entry in dataset.projections],
    }


def projection_text(projection: Projection) -> str:
    """The expectations by luminosity in one line, in natural units."""
    points = zip(projection.luminosity, projection.value, strict=True)
    unit = projection.luminosity_unit.replace("^-1", "⁻¹")
    sizes = ", ".join(f"{value:.4g} at {luminosity:g} {unit}" for luminosity, value in points)
    return f"{projection.quantity.replace('_', ' ')} {sizes}"


def html(rows: Sequence[tuple[str, ...]], headings: Sequence[str]) -> str:
    """A table for notebooks."""
    from html import escape

    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def lines(measurements: Sequence[Measurement]) -> list[tuple[str, str, str, str]]:
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
        size = float(unit)
    except ValueError:
        return f" {unit}"
    return "" if size == 1 else f" × {unit}"


def _numbers(measurement: Measurement) -> dict[str, Any]:
    found = measurement.distribution
    if isinstance(found, Table):
        return {
            "axes": [axis.tolist() for axis in found.axes],
            "minus_two_log_likelihood": found.values.tolist(),
        }
    if isinstance(found, Workspace):
        return {
            "workspace": found.path,
            "poi": found.poi,
            "reference": found.reference,
            "grid": found.grid.tolist(),
        }
    gaussian = found.gaussian if isinstance(found, UpperLimits) else found
    numbers: dict[str, Any] = {
        "row_observables": labels(measurement),
        "central": gaussian.central.tolist(),
        "plus": gaussian.plus.tolist(),
        "minus": gaussian.minus.tolist(),
        "correlation": gaussian.correlation.tolist(),
        "parts": {
            part.name: {"plus": part.plus.tolist(), "minus": part.minus.tolist()} for part in gaussian.parts
        },
    }
    if isinstance(found, UpperLimits):
        numbers["limit"] = found.limit.tolist()
        numbers["confidence_level"] = found.confidence_level.tolist()
        numbers["construction"] = list(found.construction)
    return numbers


def _listed(values: Array | None) -> list[float] | None:
    return None if values is None else values.tolist()
