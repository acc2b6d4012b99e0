"""Measurements beside the PDG's listings: what differs, what is newer, what is not here. Used by ``check_pdg.py``.

A row of ``data/measurements`` with a ``pdg`` identifier is looked up among the measurements of that quantity, by the
number of its paper at INSPIRE; an average, which has none, among the PDG's averages and evaluations. Value, every
uncertainty, limit and confidence level must be those of the PDG. Uncertainties that the paper has in more parts than
the PDG are added in quadrature and rounded to the PDG's digits. Where the PDG prints another number the entry says
which (``prints``) and why, and that number must be the PDG's still.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parents[1] / "src" / "nutau" / "data"
UNITS = {"1": {"": 1.0}, "%": {"": 100.0}, "ps^-1": {"hbar s**-1": 1e-12}, "ps": {"s": 1e12}}
"""What a unit of the PDG is in one of nutau's."""


@dataclass(frozen=True)
class Number:
    """A number as either side has it: ``stat`` and ``syst`` up and down, or one ``error``, or a limit's level."""

    value: float
    stat: tuple[float, float] | None = None
    syst: tuple[float, float] | None = None
    error: tuple[float, float] | None = None
    level: float | None = None
    parts: int = 1
    """How many uncertainties were added to ``syst`` or ``error``."""


@dataclass(frozen=True)
class Row:
    """A row of a measurement of nutau's data; ``number`` is ``None`` for a likelihood table."""

    place: str
    pdg: str
    prints: str
    inspire: str
    source: str
    number: Number | None


@dataclass(frozen=True)
class Entry:
    """A measurement of the PDG's listings, in nutau's units where it has one (``factor`` of :data:`UNITS`)."""

    pdg: str
    number: Number
    unit: str
    shown: str
    """Its text, without spaces."""
    digits: int
    """Decimals of that text in the unit of the PDG, its power of ten included."""
    paper: str = ""
    journal: str = ""
    inspire: str = ""
    doi: str = ""
    replaced: bool = False


def rows() -> Iterator[Row]:
    """Every row of a measurement that has an identifier of the PDG."""
    for path in sorted((DATA / "measurements").glob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for entry in document["measurements"]:
            own = entry if entry.get("source") else document
            for row in entry.get("values") or entry.get("limits") or entry.get("axes") or [entry]:
                if row.get("pdg"):
                    yield _row(entry, row, own, document["source"])


def _row(entry: dict[str, Any], row: dict[str, Any], own: dict[str, Any], source: str) -> Row:
    listed = {"id": row["pdg"]} if isinstance(row["pdg"], str) else row["pdg"]
    unit = str(row.get("unit", entry.get("unit", "1")))
    return Row(
        f"{entry['name']} {row['observable']}",
        listed["id"],
        listed.get("prints", ""),
        str(own.get("inspire", "")),
        own.get("source", source),
        _number(row, unit),
    )


def _number(row: dict[str, Any], unit: str) -> Number | None:
    """The numbers of a row in the unit of predictions: ``1e-5`` is a factor, ``ps^-1`` stays."""
    factor = _factor(unit)
    if "limit" in row:
        return Number(float(row["limit"]) * factor, level=100.0 * row["confidence_level"])
    if "errors" not in row:
        return None
    sides = {name: tuple(side * factor for side in _sides(part)) for name, part in row["errors"].items()}
    value = float(row["value"]) * factor
    if "total" in sides:
        return Number(value, error=sides["total"])
    others = [sides[name] for name in ("syst", "theory", "external") if name in sides]
    return Number(value, sides.get("stat"), _quadrature(others), parts=len(others))


def _factor(unit: str) -> float:
    first = unit.partition(" ")[0]
    return float(first) if re.fullmatch(r"[\d.]+([eE][+-]?\d+)?", first) else 1.0


def _sides(part: Any) -> tuple[float, float]:
    return (part["plus"], part["minus"]) if isinstance(part, dict) else (float(part), float(part))


def _quadrature(sides: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    return (math.hypot(*(up for up, _ in sides)), math.hypot(*(down for _, down in sides))) if sides else None


MEASURED = (
    "select i.pdgid, v.value_text, v.unit_text, v.display_value_text, v.display_power_of_ten, v.limit_type, v.value, "
    "v.error_positive, v.error_negative, v.stat_error_positive, v.stat_error_negative, v.syst_error_positive, "
    "v.syst_error_negative, m.confidence_level, r.document_id, r.publication_name, r.inspire_id, r.doi, m.comment "
    "from pdgmeasurement m join pdgid i on i.id = m.pdgid_id "
    "join pdgmeasurement_values v on v.pdgmeasurement_id = m.id "
    "join pdgreference r on r.id = m.pdgreference_id where i.pdgid = :id"
)
AVERAGED = (
    "select pdgid, display_value_text, unit_text, display_power_of_ten, display_in_percent, limit_type, "
    "confidence_level, value_type from pdgdata where pdgid = :id and edition = :edition"
)


def measured(listings: sqlite3.Connection, identifier: str) -> list[Entry]:
    """Every measurement of a quantity that the PDG lists."""
    found = listings.execute(MEASURED, {"id": identifier}).fetchall()
    return [entry for row in found if (entry := _measured(*row))]


def averaged(listings: sqlite3.Connection, identifier: str, edition: str) -> list[Entry]:
    """The PDG's averages and evaluations of a quantity, as an edition prints them."""
    found = listings.execute(AVERAGED, {"id": identifier, "edition": edition}).fetchall()
    return [entry for row in found if (entry := _averaged(*row))]


def _measured(pdg: str, text: str, unit: str, display: str, power: int, kind: str | None, value: float | None,
              *rest: Any) -> Entry | None:  # fmt: skip
    *sides, level, paper, journal, inspire, doi, comment = rest
    if value is None:
        return None
    error, stat, syst = (_pair(*sides[k : k + 2]) for k in (0, 2, 4))
    limit = kind in {"U", "L"}
    number = Number(value, level=level) if limit else Number(value, stat, syst, None if stat else error)
    shown = re.sub(r"\s+", "", text) + (f" at {level:g}% CL" if limit and level else "")
    replaced = str(comment or "").startswith("Repl.")
    return Entry(pdg, number, unit or "", shown, _digits(display, power), paper.strip(), journal, inspire or "",
                 doi or "", replaced)  # fmt: skip


def _pair(plus: float | None, minus: float | None) -> tuple[float, float] | None:
    return None if plus is None else (plus, plus if minus is None else minus)


def _averaged(pdg: str, display: str, unit: str, power: int, percent: bool, kind: str | None, level: float | None,
              what: str) -> Entry | None:  # fmt: skip
    match = re.fullmatch(r"\(?([-\d.]+)\+-([\d.]+)\)?(?:E([+-]?\d+))?", display.replace(" ", ""))
    if match is None or kind:
        return None
    power = int(power or 0) - (2 if percent else 0) + int(match[3] or 0)
    value, error = (float(f"{match[k]}e{power}") for k in (1, 2))
    return Entry(
        pdg, Number(value, error=(error, error)), unit or "", display, _digits(match[1], power), what
    )


def _digits(display: str, power: int) -> int:
    """Decimals of a printed number, its power of ten included."""
    decimals = [
        len(number.partition(".")[2]) for number in re.findall(r"\d+\.?\d*", display.partition("E")[0])
    ]
    scale = re.search(r"E\s*([+-]?\d+)", display)
    return max(decimals, default=0) - int(power or 0) - int(scale[1] if scale else 0)


def same(ours: Number, theirs: Entry, factor: float) -> bool:
    """Whether two numbers are the same, theirs times ``factor``."""
    found, rounding = theirs.number, 0.5 * factor * 10.0**-theirs.digits
    if ours.level is not None or found.level is not None:
        return _equal(ours.value, found.value * factor) and ours.level == found.level
    pairs = ((ours.stat, found.stat), (ours.syst, found.syst), (ours.error, found.error))
    slack = 0.0 if ours.parts == 1 else rounding
    return _equal(ours.value, found.value * factor) and all(
        (mine is None) == (other is None)
        and (
            mine is None
            or other is None
            or all(_equal(a, b * factor, slack) for a, b in zip(mine, other, strict=True))
        )
        for mine, other in pairs
    )


def _equal(ours: float, theirs: float, slack: float = 0.0) -> bool:
    return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=slack * (1 + 1e-9))


def differs(row: Row, found: Sequence[Entry]) -> str:
    """What is not as the PDG has it, or nothing; ``found`` is what it lists of this quantity."""
    of_paper = [entry for entry in found if entry.inspire == row.inspire]
    place = f"{row.place} ({row.pdg})"
    if not of_paper:
        papers = ", ".join(f"{entry.paper} ({entry.inspire or 'average'})" for entry in found) or "nothing"
        return f"{place}: the PDG has no number of the paper {row.inspire or '(an average)'}, but {papers}"
    equal = row.number is not None and any(
        same(row.number, entry, factor) for entry in of_paper if (factor := _common(entry.unit)) is not None
    )
    shown = "; ".join(dict.fromkeys(entry.shown for entry in of_paper))
    if row.prints:
        if equal:
            return f"{place}: the PDG has the number that stands here; prints and why are out of date"
        if row.prints not in {entry.shown for entry in of_paper}:
            return f"{place}: the PDG does not print {row.prints}, but {shown}"
        return ""
    return "" if equal else f"{place}: {worded(row.number)}, the PDG has {shown}"


def _common(unit: str) -> float | None:
    """The factor from a unit of the PDG to nutau's of the same quantity."""
    for known in UNITS.values():
        if unit in known:
            return known[unit] if unit else 1.0
    return None


def worded(number: Number | None) -> str:
    """A number of ours as text."""
    if number is None:
        return "a likelihood"
    if number.level is not None:
        return f"< {number.value:.6g} at {number.level:g}% CL"
    parts = {"stat": number.stat, "syst": number.syst, "": number.error}
    return f"{number.value:.6g}" + "".join(
        f" +{part[0]:.3g}-{part[1]:.3g} {name}".rstrip() for name, part in parts.items() if part
    )


def cited(source: str, entry: dict[str, str], listed: Entry) -> str:
    """What of a reference is not as the PDG has it, or nothing: DOI, volume, page; not what either side lacks."""
    doi = entry.get("doi", "")
    if doi and listed.doi and doi.casefold() != listed.doi.casefold():
        return f"{source}: DOI {doi}, the PDG has {listed.doi}"
    if not ("volume" in entry and "pages" in entry and listed.journal):
        return ""
    volume = re.sub(r"\D", "", entry["volume"])
    if "JHEP" in entry.get("journal", ""):
        volume = entry.get("year", "")[-2:] + volume.zfill(2)
    page = re.split(r"[-–]", entry["pages"])[0].strip()
    words = listed.journal.replace(" (errat.)", "").split()
    if (re.sub(r"\D", "", words[-2]), words[-1].lstrip("0")) != (volume, page.lstrip("0")):
        return f"{source}: {entry.get('journal', '')} {entry['volume']}, {entry['pages']}; the PDG has {listed.journal}"
    return ""


def bibliography(text: str) -> dict[str, dict[str, str]]:
    """The fields of every entry of a BibTeX file."""
    found = {}
    for block in re.split(r"\n@", "\n" + text)[1:]:
        head, _, body = block.partition(",")
        fields = re.findall(r"(\w+)\s*=\s*(?:\"([^\"]*)\"|\{((?:[^{}]|\{[^{}]*\})*)\})", body)
        found[head.partition("{")[2].strip()] = {
            name.casefold(): (a or b).strip("{}") for name, a, b in fields
        }
    return found


def elsewhere(every: Sequence[Row], listings: dict[str, list[Entry]]) -> list[str]:
    """One line a quantity for what the PDG lists of it from papers that are not here; newer ones first.

    A paper is newer if its number at INSPIRE is above all of ours for that quantity.
    """
    lines = []
    for newer in (True, False):
        for identifier, entries in listings.items():
            ours = {row.inspire for row in every if row.pdg == identifier and row.inspire}
            latest = max(map(int, ours), default=0)
            others = [
                entry
                for entry in entries
                if entry.inspire not in ours
                and not entry.replaced
                and (int(entry.inspire or 0) > latest) is newer
            ]
            if ours and others:
                texts = dict.fromkeys(f"{entry.paper} {entry.shown}" for entry in others)
                lines.append(f"{'NEWER' if newer else 'not here'} {identifier}: {'; '.join(texts)}")
    return lines
