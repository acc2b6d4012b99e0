"""Compare numbers that carry an identifier of the PDG with its listings: ``make check-data``.

    python tools/check_pdg.py

The package ``pdg`` (CC BY 4.0) holds the listings of the newest Review of Particle Physics. Every ``pdg:`` in nutau's
data is looked up: of a parameter, value and uncertainty must be what the PDG prints, and the source the newest edition;
of a measurement, value, uncertainties, limit, confidence level and paper must be the PDG's (``pdg_measurements.py``).
What the PDG lists of the same quantities and nutau lacks is printed too. Exits with 1 if anything differs.
"""

from __future__ import annotations

import math
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import pdg_measurements

DATA = Path(__file__).parents[1] / "src" / "nutau" / "data"
HBAR = 6.582119569e-25
"""GeV s."""
UNITS = {
    "GeV": {"MeV": 1e-3, "GeV": 1.0},
    "GeV^-1": {"s": 1.0 / HBAR},
    "ps^-1": {"hbar s**-1": 1e-12},
    "1": {"": 1.0},
    "rad": {"degrees": math.pi / 180},
}
"""What a unit of the PDG is in one of nutau's."""


@dataclass(frozen=True)
class Row:
    """A number of nutau's data with what it was copied from."""

    place: str
    pdg: str
    value: float
    uncertainty: float
    unit: str
    source: str


def rows() -> Iterator[Row]:
    """Every number with an identifier of the PDG: parameters, and what stands in notes."""
    for path in sorted((DATA / "parameters").glob("*.yaml")):
        for name, entry in yaml.safe_load(path.read_text(encoding="utf-8"))["parameters"].items():
            if "pdg" in entry:
                unit = entry.get("unit", "1")
                yield Row(
                    name,
                    entry["pdg"],
                    float(entry["value"]),
                    float(entry["uncertainty"]),
                    unit,
                    entry["source"],
                )
    path = DATA / "resonances" / "charmonium.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    for resonance in document["resonances"]:
        for what, entry in _branches(resonance):
            place = f"{resonance['name']} {what}"
            unit = "GeV" if what == "mass" else "1"
            yield Row(
                place,
                entry["pdg"],
                float(entry["value"]),
                float(entry["uncertainty"]),
                unit,
                document["source"],
            )


def _branches(resonance: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "mass", resonance["mass"]
    if "to_tautau" in resonance:
        yield "to_tautau", resonance["to_tautau"]
    yield from resonance.get("from", {}).items()


def listed(api: Any, identifier: str) -> list[tuple[float, float, str, str]]:
    """Value, error, unit and text as printed of a quantity in the summary tables of the newest edition."""
    from sqlalchemy import text

    query = text(
        "select d.value, d.error_positive, d.unit_text, d.display_value_text, d.display_power_of_ten, "
        "d.display_in_percent from pdgid i join pdgdata d on d.pdgid_id = i.id "
        "where i.pdgid = :id and d.in_summary_table = 1 "
        "and d.edition = :edition"
    )
    with api.engine.connect() as connection:
        found = connection.execute(query, {"id": identifier, "edition": str(api.default_edition)}).fetchall()
    return [
        (*(printed(row[3], int(row[4] or 0) - (2 if row[5] else 0)) or row[:2]), row[2], row[3])
        for row in found
        if row[0] is not None
    ]


def printed(shown: str, power: int = 0) -> tuple[float, float] | None:
    """Value and error as the PDG rounds them, ``(1637+-4)E-3``, times ten to the ``power``; two errors: their mean."""
    uneven = re.fullmatch(r"([\d.]+)\+([\d.]+)-([\d.]+)", shown.replace(" ", ""))
    if uneven is not None:
        up, down = (float(f"{uneven[k]}e{power}") for k in (2, 3))
        return float(f"{uneven[1]}e{power}"), (up + down) / 2
    match = re.fullmatch(r"\(?([\d.]+)\+-([\d.]+)\)?(?:E([+-]?\d+))?", shown.replace(" ", ""))
    if match is None:
        return None
    power += int(match[3] or 0)
    return float(f"{match[1]}e{power}"), float(f"{match[2]}e{power}")


def differs(row: Row, found: list[tuple[float, float, str, str]]) -> str:
    """What is not as the PDG has it, or nothing."""
    if not found:
        return f"{row.place}: the PDG has no {row.pdg} in its summary tables"
    for value, error, unit, _ in found:
        factor = UNITS.get(row.unit, {}).get(unit)
        if factor is None:
            continue
        if math.isclose(row.value, value * factor, rel_tol=1e-9) and math.isclose(
            row.uncertainty, error * factor, rel_tol=1e-6
        ):
            return ""
    shown = "; ".join(f"{printed} {unit}" for *_, unit, printed in found)
    return (
        f"{row.place} ({row.pdg}): {row.value:.10g} ± {row.uncertainty:.3g} {row.unit}, the PDG has {shown}"
    )


def parameters(api: Any) -> tuple[int, list[str]]:
    """How many parameters were compared, and what differs."""
    newest = f"PDG:{api.default_edition}"
    every = list(rows())
    wrong = [problem for row in every if (problem := differs(row, listed(api, row.pdg)))]
    old = [row.place for row in every if row.source != newest]
    if old:
        wrong.append(f"{', '.join(old)}: from an edition older than {newest}")
    return len(every), wrong


def measurements(api: Any) -> tuple[int, list[str], list[str]]:
    """How many rows of measurements were compared, what differs, and what the PDG lists beside them."""
    every = list(pdg_measurements.rows())
    edition = str(api.default_edition)
    with closing(sqlite3.connect(api.engine.url.database)) as database:
        listings = {row.pdg: pdg_measurements.measured(database, row.pdg) for row in every}
        averages = {
            row.pdg: pdg_measurements.averaged(database, row.pdg, edition) for row in every if not row.inspire
        }
    wrong = [
        problem
        for row in every
        if (problem := pdg_measurements.differs(row, (listings if row.inspire else averages)[row.pdg]))
    ]
    works = pdg_measurements.bibliography((DATA / "references.bib").read_text(encoding="utf-8"))
    for row in every:
        papers = [entry for entry in listings[row.pdg] if entry.inspire == row.inspire and row.inspire]
        problems = [pdg_measurements.cited(row.source, works.get(row.source, {}), paper) for paper in papers]
        if papers and all(problems) and problems[0] not in wrong:
            wrong.append(problems[0])
    return len(every), wrong, pdg_measurements.elsewhere(every, listings)


def main() -> int:
    """Every number, one line for each that differs, and one for each quantity of which the PDG has more."""
    import pdg

    api = pdg.connect()
    inputs, wrong = parameters(api)
    numbers, different, more = measurements(api)
    wrong += different
    for line in (*more, *wrong):
        print(line)
    print(f"{inputs} parameters and {numbers} measured numbers compared with PDG:{api.default_edition}, "
          f"{len(wrong)} differ")  # fmt: skip
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
