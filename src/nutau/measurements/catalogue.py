"""The measurements and projections that come with nutau."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from nutau.common import yaml_files
from nutau.errors import InputError, unknown
from nutau.measurements.records import Measurement, Projection

if TYPE_CHECKING:
    from nutau.measurements.schema import File


@cache
def measurements() -> Mapping[str, Measurement]:
    """Every shipped measurement by name, from ``data/measurements``: one file a paper."""
    from nutau.measurements.build import measurement

    made = (measurement(entry, file, where) for where, file in _files() for entry in file.measurements)
    return MappingProxyType(_unique(made))


def find_measurement(name: str) -> Measurement:
    """The shipped measurement called ``name``; :class:`InputError` with the nearest if there is none."""
    if name not in measurements():
        raise unknown("measurement", name, measurements())
    return measurements()[name]


@cache
def projections() -> Mapping[str, Projection]:
    """Every shipped projection by name, from ``data/projections``."""
    from nutau.measurements.schema_projections import read_projections

    folder = yaml_files.folder("projections")
    found: dict[str, Projection] = {}
    for name in yaml_files.entries("projections"):
        for projection in read_projections(folder.joinpath(f"{name}.yaml")):
            if projection.name in found:
                raise InputError(f"The projection {projection.name} stands in two files.")
            found[projection.name] = projection
    return MappingProxyType(found)


def find_projection(name: str) -> Projection:
    """The shipped projection called ``name``; :class:`InputError` with the nearest names if there is none."""
    if name not in projections():
        raise unknown("projection", name, projections())
    return projections()[name]


def _files() -> Iterable[tuple[str, File]]:
    from nutau.measurements.schema import File

    folder = yaml_files.folder("measurements")
    for name in yaml_files.entries("measurements"):
        path = folder.joinpath(f"{name}.yaml")
        yield f"measurements/{name}.yaml", yaml_files.validate(File, yaml_files.read_yaml(path), str(path))


def _unique(entries: Iterable[Measurement]) -> dict[str, Measurement]:
    found: dict[str, Measurement] = {}
    for entry in entries:
        if entry.name in found:
            raise InputError(
                f"Two measurements are called {entry.name}, in {found[entry.name].file} and {entry.file}."
            )
        found[entry.name] = entry
    return found
