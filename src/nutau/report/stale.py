"""What others list that is newer than nutau's data: the PDG, HEPData, or a file of measurements of flavio or EOS.

Nothing is fetched. The PDG's listings are the SQLite file of its Python package ``pdg``, installed or given; a record
of HEPData is its JSON, as ``https://www.hepdata.net/record/ins...?format=json`` gives it; HFLAV's averages come as
measurements of flavio or constraints of EOS. A paper is *newer* than nutau's of the same quantity if its number at
INSPIRE is above all of theirs, or its year later; else it is *not here*.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nutau.common.files import is_file, read_text
from nutau.errors import InputError
from nutau.measurements import Measurement, measurements

SQLITE = b"SQLite format 3\x00"
LISTED = (
    "select r.document_id, r.publication_year, r.inspire_id, v.value_text, m.comment from pdgmeasurement m "
    "join pdgid i on i.id = m.pdgid_id join pdgmeasurement_values v on v.pdgmeasurement_id = m.id "
    "join pdgreference r on r.id = m.pdgreference_id where i.pdgid = :id and v.value is not null"
)
HEAD = ("quantity", "nutau's newest", "elsewhere", "what", "")


@dataclass(frozen=True)
class Found:
    """A paper elsewhere of a quantity that nutau has: ``date`` and ``entry`` are nutau's newest of it."""

    quantity: str
    date: str
    entry: str
    paper: str
    shown: str
    newer: bool


@dataclass(frozen=True)
class Stale:
    """What a source lists that nutau's data lack, newer papers first; ``compared`` quantities were looked up."""

    source: str
    compared: int
    found: tuple[Found, ...]

    def table(self) -> list[tuple[str, ...]]:
        """As :data:`HEAD` says."""
        return [
            (
                row.quantity,
                f"{row.date} {row.entry}",
                row.paper,
                row.shown,
                "newer" if row.newer else "not here",
            )
            for row in self.found
        ]

    def to_dict(self) -> dict[str, Any]:
        """The JSON document."""
        return {
            "schema": "nutau/stale/1",
            "source": self.source,
            "compared": self.compared,
            "found": [asdict(row) for row in self.found],
        }


def stale(given: str | Path | None = None) -> Stale:
    """What a source lists that nutau's data lack: a file, or without one the PDG of the package ``pdg``.

    Raises :class:`InputError` where the package is not installed, and for a file that is none of the three.
    """
    path = Path(given) if given is not None else _package()
    if not is_file(path):
        raise InputError(f"There is no file '{path}' to compare nutau's data with.")
    with path.open("rb") as file:
        listings = file.read(len(SQLITE)) == SQLITE
    if listings:
        return _pdg(path)
    text = read_text(path)
    record = _record(text)
    return _converted(path) if record is None else _hepdata(record)


def _package() -> Path:
    """The listings that the package ``pdg`` brings."""
    spec = find_spec("pdg")
    if spec is None or not spec.submodule_search_locations:
        raise InputError(
            "The package 'pdg' is not installed, whose listings are compared. Install it (pip install pdg), or give a "
            "file (nutau data stale --from FILE): its pdg.sqlite, the JSON of a record of HEPData, measurements of "
            "flavio or constraints of EOS."
        )
    return Path(spec.submodule_search_locations[0]) / "pdg.sqlite"


def _sorted(found: Iterable[Found]) -> tuple[Found, ...]:
    return tuple(sorted(dict.fromkeys(found), key=lambda row: (not row.newer, row.quantity, row.paper)))


def _newest(entries: Iterable[Measurement]) -> Measurement:
    return max(entries, key=lambda entry: (entry.date, entry.name))


def _pdg(path: Path) -> Stale:
    quantities: dict[str, list[Measurement]] = {}
    for entry in measurements().values():
        for identifier in filter(None, entry.pdg):
            quantities.setdefault(identifier, []).append(entry)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as listings:
            edition = listings.execute("select value from pdginfo where name = 'edition'").fetchone()
            rows = {name: listings.execute(LISTED, {"id": name}).fetchall() for name in quantities}
    except sqlite3.Error as error:
        raise InputError(
            f"{path} is no listing of the PDG ({error}); give the file pdg.sqlite of the package pdg."
        ) from None
    found = (row for name, ours in quantities.items() for row in _papers(name, ours, rows[name]))
    return Stale(f"PDG {edition[0] if edition else ''}".strip(), len(quantities), _sorted(found))


def _papers(identifier: str, ours: list[Measurement], rows: Iterable[Any]) -> Iterator[Found]:
    """Papers that the PDG lists of a quantity and nutau has no entry of; none where nutau has an average alone."""
    known = {int(entry.inspire) for entry in ours if entry.inspire}
    newest = _newest(ours)
    labels = [
        item.label for item, pdg in zip(newest.observables, newest.pdg, strict=False) if pdg == identifier
    ]
    for paper, year, inspire, text, comment in rows:
        number = int(inspire) if str(inspire or "").isdigit() else 0
        if not known or number in known or str(comment or "").startswith("Repl."):
            continue
        later = number > max(known) or int(year or 0) > int(newest.date[:4])
        yield Found(
            f"{labels[0] if labels else newest.observables[0].label} ({identifier})",
            newest.date,
            newest.name,
            f"{paper.strip()} ({year})" if year else paper.strip(),
            re.sub(r"\s+", "", text or ""),
            later,
        )


def _record(text: str) -> Mapping[str, Any] | None:
    """The record of a JSON document of HEPData, or nothing."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    record = document.get("record") if isinstance(document, dict) else None
    return record if isinstance(record, dict) and "inspire_id" in record else None


def _hepdata(record: Mapping[str, Any]) -> Stale:
    """Entries of a record's paper are older than the record if it was updated after their date."""
    inspire = str(record["inspire_id"]).removeprefix("ins")
    doi, updated = str(record.get("hepdata_doi", "")), str(record.get("last_updated", ""))
    paper = f"HEPData {doi or inspire}, version {record.get('version', '?')}"
    ours = [
        entry
        for entry in measurements().values()
        if str(entry.inspire) == inspire or (doi and doi.partition(".v")[0] in entry.location)
    ]
    shown = f"updated {updated[:10] or 'at an unknown date'}"
    if not ours:
        title = str(record.get("title", "")) or inspire
        return Stale(paper, 1, (Found(title, "", "no entry", paper, shown, True),))
    rows = (
        Found(item.label, entry.date, entry.name, paper, shown, updated[: len(entry.date)] > entry.date)
        for entry in ours
        for item in entry.observables
    )
    return Stale(paper, len(ours), _sorted(row for row in rows if row.newer))


def _converted(path: Path) -> Stale:
    """Measurements of flavio or constraints of EOS of papers that nutau has no entry of; the year is that of a name."""
    from nutau.report.conversion import convert

    document = convert(str(path))
    sources = {entry.source for entry in measurements().values()}
    ours: dict[str, list[Measurement]] = {}
    for entry in measurements().values():
        for item in entry.observables:
            ours.setdefault(item.name, []).append(entry)
    found: list[Found] = []
    compared: set[str] = set()
    for given in document.entries:
        source = str(given.get("source", ""))
        for row in (*given.get("values", ()), *given.get("limits", ()), *given.get("axes", ())):
            known = ours.get(row["observable"], [])
            compared.add(row["observable"])
            if not known or source in sources:
                continue
            newest, year = _newest(known), re.search(r"(?:19|20)\d\d", f"{source} {given['name']}")
            later = year is not None and int(year[0]) > int(newest.date[:4])
            shown = str(row.get("value", row.get("limit", "a likelihood")))
            found.append(
                Found(row["observable"], newest.date, newest.name, source or given["name"], shown, later)
            )
    return Stale(f"{document.format}, {path.name}", len(compared), _sorted(found))
