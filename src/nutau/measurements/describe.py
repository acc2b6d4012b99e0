"""Measurements, projections and data sets as plain data."""

from __future__ import annotations

from typing import Any

from nutau.common.arrays import Array
from nutau.measurements.centres import measured
from nutau.measurements.datasets import DataSet
from nutau.measurements.distributions import (
    Analysis,
    Counts,
    JointWorkspace,
    LikelihoodGrid,
    Reinterpretation,
    UpperLimits,
    Workspace,
)
from nutau.measurements.records import Measurement, Projection
from nutau.measurements.table_limits import compared
from nutau.measurements.wording import checked, labels, values

_TEXTS = ("source", "location", "collaboration", "date", "luminosity", "provenance", "verified", "role")
_LISTS = ("samples", "supersedes", "contained_in", "instead_of")
_REMARKS = ("signal_model", "notes", "file")


def as_dict(measurement: Measurement, *, profiled: bool = False) -> dict[str, Any]:
    """A measurement as plain data: ``natural`` holds numbers in natural units, ``text`` those published.

    ``limit`` is the published limit beside that of the likelihood; of a workspace only if it may be ``profiled``.
    """
    known = profiled or not isinstance(
        measurement.distribution, Workspace | JointWorkspace | Reinterpretation
    )
    limit = compared(measurement) if known else None
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
        "limit": None if limit is None else limit.to_dict(),
        "counted": measured(measurement).tolist() if known else None,
        **{key: getattr(measurement, key) for key in _TEXTS},
        **{key: list(getattr(measurement, key)) for key in _LISTS},
        **{key: getattr(measurement, key) for key in _REMARKS},
        "inspire": measurement.inspire,
        "pdg": list(measurement.pdg),
        "pdg_prints": list(measurement.pdg_prints),
        "check": checked(measurement),
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
        "theory": _listed(projection.theory),
        "correlated": dict(projection.correlated),
        "theory_scenarios": dict(projection.theories),
        "confidence_level": projection.confidence_level,
        "unit": projection.unit,
        "source": projection.source,
        "location": projection.location,
        "provenance": projection.provenance,
        "verified": projection.verified,
        "notes": projection.notes,
        "file": projection.file,
    }


def dataset_dict(dataset: DataSet, *, profiled: bool = False) -> dict[str, Any]:
    """A data set with all that is in it as plain data; ``profiled`` as for :func:`as_dict`."""
    return {
        "name": dataset.name,
        "title": dataset.title,
        "version": dataset.version or None,
        "description": dataset.description,
        "measurements": [as_dict(entry, profiled=profiled) for entry in dataset.measurements],
        "references": [as_dict(entry) for entry in dataset.references],
        "projections": [projection_dict(entry) for entry in dataset.projections],
    }


def projection_text(projection: Projection) -> str:
    """The expectations by luminosity in one line, in natural units."""
    points = zip(projection.luminosity, projection.value, strict=True)
    unit = projection.luminosity_unit.replace("^-1", "⁻¹")
    sizes = ", ".join(f"{value:.4g} at {luminosity:g} {unit}" for luminosity, value in points)
    return f"{projection.quantity.replace('_', ' ')} {sizes}"


def _numbers(measurement: Measurement) -> dict[str, Any]:
    found = measurement.distribution
    if isinstance(found, LikelihoodGrid):
        return {
            "axes": [axis.tolist() for axis in found.axes],
            "minus_two_log_likelihood": found.values.tolist(),
        }
    if isinstance(found, Workspace):
        return _workspace(found)
    if isinstance(found, JointWorkspace):
        return {
            "workspaces": [_workspace(part) for part in found.parts],
            "axes": [axis.tolist() for axis in found.axes],
        }
    if isinstance(found, Counts):
        names = ("observed", "background", "error")
        return {name: getattr(found, name).tolist() for name in names}
    if isinstance(found, Reinterpretation):
        return {"analyses": [_analysis(part) for part in found.parts]}
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
        numbers["expected"] = list(found.expected)
        numbers["also"] = [
            None if pair is None else {"limit": pair[0], "confidence_level": pair[1]} for pair in found.also
        ]
    return numbers


def _listed(values: Array | None) -> list[float] | None:
    return None if values is None else values.tolist()


def _workspace(found: Workspace) -> dict[str, Any]:
    return {
        "workspace": found.path,
        "poi": found.poi,
        "measurement": found.measurement,
        "reference": found.reference,
        "grid": found.grid.tolist(),
    }


def _analysis(part: Analysis) -> dict[str, Any]:
    return {
        "workspace": part.path,
        "measurement": part.measurement,
        "remove": list(part.removed),
        "shifts_of_signal": "absolute" if part.absolute else "relative",
        "spectra": [
            {
                "reference": row.reference.tolist(),
                "outside": row.outside,
                "signals": [
                    {
                        "channel": shape.channel,
                        "sample": shape.sample,
                        "density": shape.density
                        if isinstance(shape.density, str)
                        else shape.density.tolist(),
                    }
                    for shape in row.shapes
                ],
            }
            for row in part.spectra
        ],
    }
