"""Data sets: lists of measurements that may be used together, shipped or the user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from nutau.common import yaml_files
from nutau.common.checked import checked
from nutau.common.tables import html_table
from nutau.errors import InputError, first_problems, short, told, unknown
from nutau.measurements.catalogue import find_projection, measurements
from nutau.measurements.distributions import Observable
from nutau.measurements.headlines import headlines
from nutau.measurements.likelihoods import restrict
from nutau.measurements.merging import merge, together
from nutau.measurements.overlaps import overlaps
from nutau.measurements.records import Measurement, Projection
from nutau.measurements.wording import lines, sentence

if TYPE_CHECKING:
    from nutau.measurements.schema import AnyEntry
    from nutau.measurements.schema_datasets import DataSetFile

Named = TypeVar("Named", Measurement, Projection)


@dataclass(frozen=True)
class DataSet:
    """Measurements to be used together, the predictions and inputs quoted beside them, and projections.

    ``version`` is that of a data set that comes with nutau, as ``2026.11``; ``NAME@VERSION`` is the name that keeps it.
    """

    name: str
    title: str
    measurements: tuple[Measurement, ...]
    references: tuple[Measurement, ...] = ()
    projections: tuple[Projection, ...] = ()
    description: str = ""
    version: str = ""

    @property
    def observables(self) -> tuple[Observable, ...]:
        """Every observable that is measured, once."""
        return tuple(dict.fromkeys(item for entry in self.measurements for item in entry.observables))

    def __repr__(self) -> str:
        """Its name and what it holds, in one line."""
        return (
            f"DataSet({self.name}: {len(self.measurements)} measurements, {len(self.references)} references, "
            f"{len(self.projections)} projections)"
        )

    def __str__(self) -> str:
        """The title, and one line for every measured number."""
        rows = [f"  {name}: {sentence(label, text)}" for name, label, text, _ in lines(self.measurements)]
        return "\n".join([f"{self.name}: {self.title}", *rows])

    def _repr_html_(self) -> str:
        return html_table(("name", "observable", "value", "source"), lines(self.measurements))

    def __getitem__(self, name: str) -> Measurement:
        """The measurement or reference called ``name``."""
        return _pick("measurement", name, (*self.measurements, *self.references), f"data set {self.name}")

    def projection(self, name: str) -> Projection:
        """The projection called ``name``."""
        return _pick("projection", name, self.projections, f"data set {self.name}")


def dataset_names() -> tuple[str, ...]:
    """The data sets that come with nutau, each in its newest version."""
    return tuple(name for name in yaml_files.entries("datasets") if "@" not in name)


def dataset_versions(name: str) -> tuple[str, ...]:
    """The versions of a data set that comes with nutau, the newest last."""
    older = [entry for entry in yaml_files.entries("datasets") if entry.startswith(f"{name}@")]
    return (*(entry.partition("@")[2] for entry in older), _newest(name).version or "")


@checked
def load_dataset(name: str | Path) -> DataSet:
    """A shipped data set by name, or the user's own from a YAML file.

    A name means the newest version, ``2026@2026.11`` that one, now and later.

    Raises :class:`InputError`, with every problem found, for a file that is not understood, a name that does
    not exist, a result that would be counted twice and, unless the file says ``allow_unverified: true``, an
    entry that was not confirmed in its source.

    >>> import nutau
    >>> nutau.load_dataset("letter-2022").name
    'letter-2022'
    >>> nutau.load_dataset("2026@2026.11").version
    '2026.11'
    """
    if not isinstance(name, str | Path):
        raise InputError(f"`data={short(name)}`: the name of a data set or a YAML file is needed.")
    where, document = _read(name)
    label = where if where in yaml_files.entries("datasets") else Path(where).stem
    chosen, references, projections = _members(document, where)
    if not (chosen or references or projections):
        raise InputError(
            f"Data set {where} holds nothing: list its measurements, or say which data set it extends."
        )
    problems = overlaps(chosen, headlines())
    if not document.allow_unverified:
        doubtful = [entry.name for entry in (*chosen, *references) if not entry.verified]
        doubtful += [entry.name for entry in projections if not entry.verified]
        reason = "is not confirmed in its source (verified: false): drop it, or say allow_unverified: true."
        problems += [f"{name} {reason}" for name in doubtful]
    if problems:
        raise InputError(
            f"Data set {where} cannot be used:\n"
            + "\n".join(f"  {problem}" for problem in first_problems(problems))
        )
    if document.correlations:
        chosen = merge(chosen, document.correlations, where)
    return DataSet(
        label,
        document.title,
        together(chosen),
        references,
        projections,
        document.description,
        document.version or "",
    )


def _read(name: str | Path) -> tuple[str, DataSetFile]:
    from nutau.measurements.schema_datasets import DataSetFile

    path, where = yaml_files.find("data set", "datasets", _file(name))
    return where, yaml_files.validate(DataSetFile, yaml_files.read_yaml(path), where)


def _newest(name: str) -> DataSetFile:
    return _read(name)[1]


def _file(name: str | Path) -> str | Path:
    """The file of ``NAME@VERSION``: that of the name while the version is the newest; other names as they are."""
    text = str(name)
    known, at, version = text.partition("@")
    if not at or known not in dataset_names() or text in yaml_files.entries("datasets"):
        return name
    if version not in dataset_versions(known):
        raise unknown("version", version, dataset_versions(known), f"data set {known}")
    return known


def _members(
    document: DataSetFile, where: str, above: tuple[str, ...] = ()
) -> tuple[tuple[Measurement, ...], tuple[Measurement, ...], tuple[Projection, ...]]:
    """Measurements, references and projections of a file, with those of the data set it extends."""
    chosen: tuple[Measurement, ...] = ()
    references: tuple[Measurement, ...] = ()
    projections: tuple[Projection, ...] = ()
    for name in document.extends:
        if name in above:
            raise InputError(f"Data set {where} extends itself through {' -> '.join((*above, name))}.")
        with told(where):
            base, base_document = _read(name)
        entries, quoted, foreseen = _members(base_document, base, (*above, name))
        chosen, references = _union(chosen, entries), _union(references, quoted)
        projections = _union(projections, foreseen)
    names = [entry.name for entry in (*chosen, *references)] + [entry.name for entry in projections]
    for dropped in document.drop:
        if dropped not in names:
            raise unknown("entry to drop", dropped, names, f"data set {where}")
    chosen = tuple(entry for entry in chosen if entry.name not in document.drop)
    references = tuple(entry for entry in references if entry.name not in document.drop)
    projections = tuple(entry for entry in projections if entry.name not in document.drop)
    chosen += _without_bins(_resolve(document.measurements, where, "measurements"), document, where)
    references += _resolve(document.references, where, "references")
    projections += tuple(find_projection(name) for name in document.projections)
    return chosen, references, projections


def _union(first: tuple[Named, ...], second: tuple[Named, ...]) -> tuple[Named, ...]:
    """What is in either of two data sets; of entries with one name the first."""
    names = {entry.name for entry in first}
    return first + tuple(entry for entry in second if entry.name not in names)


def _without_bins(
    entries: tuple[Measurement, ...], document: DataSetFile, where: str
) -> tuple[Measurement, ...]:
    """The entries without the bins that a data set leaves out; entries without any other bin are an error."""
    ranges = [tuple(item.q2) for item in document.without_bins]
    kept = []
    for entry in entries if ranges else ():
        keep = tuple(item for item in entry.observables if not _inside(item, ranges))
        if not keep:
            raise InputError(f"{where}: without_bins leaves nothing of {entry.name}; do not list it.")
        with told(f"{where}, without_bins"):
            kept.append(restrict(entry, keep))
    return tuple(kept) if ranges else entries


def _inside(item: Observable, ranges: Sequence[tuple[float, ...]]) -> bool:
    """Whether a part of a bin lies in one of the ranges."""
    return item.q2 is not None and any(low < item.q2[1] and item.q2[0] < high for low, high in ranges)


def _resolve(items: Sequence[str | AnyEntry], where: str, key: str) -> tuple[Measurement, ...]:
    """Names looked up among the shipped measurements, inline entries built; all unknown names at once."""
    from nutau.measurements.build import measurement

    shipped: Mapping[str, Measurement] = measurements()
    missing = (
        str(unknown("measurement", item, shipped, f"{where}, {key}[{place}]"))
        for place, item in enumerate(items)
        if isinstance(item, str) and item not in shipped
    )
    unsourced = (
        f"{where}, {key}[{place}] ({item.name}): source is missing; say where the numbers come from."
        for place, item in enumerate(items)
        if not isinstance(item, str) and not item.source
    )
    problems = first_problems(chain(missing, unsourced))
    if problems:
        raise InputError("\n".join(problems))
    return tuple(shipped[item] if isinstance(item, str) else measurement(item, None, where) for item in items)


def _pick(kind: str, name: str, entries: Sequence[Named], where: str) -> Named:
    for entry in entries:
        if entry.name == name:
            return entry
    raise unknown(kind, str(name), [entry.name for entry in entries], where)
