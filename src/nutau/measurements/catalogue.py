"""The measurements and projections that come with nutau."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from nutau.common import yaml_files
from nutau.common.files import read_text
from nutau.errors import InputError, unknown
from nutau.measurements.headlines import FOLDER, headlines
from nutau.measurements.records import Measurement, Projection


class Shipped(Mapping[str, Measurement]):
    """Measurements by name; a file is read when one of its measurements is asked for."""

    def __getitem__(self, name: str) -> Measurement:
        """The measurement called ``name``."""
        return _of_file(headlines()[name].file)[name]

    def __iter__(self) -> Iterator[str]:
        """The names, in the order of the files."""
        return iter(headlines())

    def __len__(self) -> int:
        """How many there are."""
        return len(headlines())

    def __contains__(self, name: object) -> bool:
        """Whether there is one of that name."""
        return name in headlines()


@cache
def measurements() -> Mapping[str, Measurement]:
    """Every shipped measurement by name, from ``data/measurements``: one file a paper, read when it is needed."""
    return Shipped()


def find_measurement(name: str) -> Measurement:
    """The shipped measurement called ``name``; :class:`InputError` with the nearest if there is none."""
    if name not in measurements():
        raise unknown("measurement", name, measurements())
    return measurements()[name]


@lru_cache(maxsize=1024)
def naming(observable: str) -> tuple[str, ...]:
    """The shipped measurements with an observable, by its full name; only files in whose text it stands are read."""
    folder = yaml_files.folder(FOLDER)
    files = {
        file
        for file in yaml_files.entries(FOLDER)
        if observable in read_text(folder.joinpath(f"{file}.yaml"))
    }
    return tuple(
        name
        for name, headline in headlines().items()
        if headline.file in files
        and any(item.name == observable for item in measurements()[name].observables)
    )


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


@cache
def _of_file(name: str) -> Mapping[str, Measurement]:
    """The measurements of a file."""
    from nutau.measurements.build import measurement
    from nutau.measurements.schema import File

    path = yaml_files.folder(FOLDER).joinpath(f"{name}.yaml")
    file = yaml_files.validate(File, yaml_files.read_yaml(path), str(path))
    where = f"{FOLDER}/{name}.yaml"
    return MappingProxyType({entry.name: measurement(entry, file, where) for entry in file.measurements})
