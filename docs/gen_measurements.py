"""The page of the data: data sets, measurements and projections, each with its source."""

from __future__ import annotations

from gen_tables import cite, code, prose, table, units
from nutau.measurements import dataset_names, load_dataset, measurements, projections
from nutau.measurements.describe import projection_text
from nutau.measurements.records import Measurement
from nutau.measurements.table_limits import compared
from nutau.measurements.wording import checked, constructions, labels, listed, values

HEAD = """# Measurements

What experiments measured, what the data sets are made of, and what is expected; made from one YAML file a paper. `nutau data list`
and `nutau data show NAME` print the same. How limits and asymmetric errors become likelihoods: {doc}`../physics/likelihood`. To fit
your own data: {doc}`../howto/data`.

The *check* of a number says where it was seen: **primary** in the source itself, **PDG** in the listings of 2026, **secondary** in somebody
else's text or table (HFLAV's, flavio's), **computed** from such numbers, **unverified** in neither. An identifier such as PDG S041B51 is what
`make check-data` compares with the newest listings: value, uncertainties, limit, confidence level, paper. Where the PDG prints another number,
the notes of the entry say which and why. Only entries that are verified enter a data set, unless it says `allow_unverified: true`.
"""

MOST = 8
"""Numbers of an entry that the tables of data sets show."""
GAP = 0.2
"""GeV² between bins that count as neighbours: what lies at the φ is often left out."""


def page() -> str:
    """The page, as Markdown."""
    return HEAD + _sets() + _entries() + _projections()


def _sets() -> str:
    text = "\n## Data sets\n"
    for name in dataset_names():
        chosen = load_dataset(name)
        text += f"\n### `{name}`\n\n{chosen.title}. {prose(chosen.description)}\n"
        rows = [_row(entry) for entry in chosen.measurements]
        text += table(("entry", "values", "date", "check", "source"), rows)
        if chosen.references:
            quoted = ", ".join(_link(entry.name) for entry in chosen.references)
            text += f"\nQuoted beside it: {quoted}.\n"
        if chosen.projections:
            text += f"\nProjections: {', '.join(code(item.name) for item in chosen.projections)}.\n"
    return text


def _link(name: str) -> str:
    """To an entry, or to each of those that a data set takes together ("A+B")."""
    parts = [name] if name in measurements() else name.split("+")
    return " + ".join(f"[`{part}`](#data-{part.lower()})" for part in parts)


def _row(entry: Measurement) -> tuple[str, str, str, str, str]:
    check = "<br>".join(dict.fromkeys(checked(entry)))
    numbers = _values(entry) if len(entry.units) <= MOST else _counted(entry)
    return _link(entry.name), numbers, entry.date[:7], check, cite(entry.source)


def _counted(entry: Measurement) -> str:
    """How many numbers, of which observables and in which range; the entry itself has them all."""
    names = ", ".join(code(name) for name in dict.fromkeys(item.name for item in entry.observables))
    bins = sorted({item.q2 for item in entry.observables if item.q2})
    spans: list[list[float]] = []
    for low, high in bins:
        if spans and low <= spans[-1][1] + GAP:
            spans[-1][1] = high
        else:
            spans.append([low, high])
    where = " and ".join(f"{low:g} to {high:g}" for low, high in spans)
    return f"{len(entry.units)} numbers in {len(bins)} bins of q² from {where} GeV²: {names}"


def _values(entry: Measurement) -> str:
    pairs = zip(labels(entry), values(entry), strict=True)
    return "<br>".join(
        f"{code(label)} {units(text if text.startswith('<') else '= ' + text)}".replace(" <", " \\<")
        for label, text in pairs
    )


def _entries() -> str:
    known = {
        name: [e.name for e in (*s.measurements, *s.references)]
        for name in dataset_names()
        if (s := load_dataset(name))
    }
    text = "\n## All entries\n"
    for name, entry in sorted(measurements().items()):
        used = [dataset for dataset, names in known.items() if name in names]
        text += f"\n(data-{name.lower()})=\n### {name}\n\n{_values(entry)}\n\n"
        text += _facts(entry, used)
    return text


def _facts(entry: Measurement, used: list[str]) -> str:
    facts = {
        "source": f"{cite(entry.source)} {prose(entry.location)}",
        "role": "" if entry.role == "measurement" else f"{entry.role} (not a measurement)",
        "date": entry.date,
        "provenance": entry.provenance + ("" if entry.verified else "; not verified, so in no data set"),
        "PDG": listed(entry).replace("<", "\\<"),
        "data": prose(", ".join(entry.samples)),
        "likelihood": constructions(entry),
        "limit": str(compared(entry) or ""),
        "in": ", ".join(code(name) for name in used),
        "supersedes": ", ".join(_link_if(name) for name in entry.supersedes),
        "contained in": ", ".join(_link_if(name) for name in entry.contained_in),
        "not with": ", ".join(_link_if(name) for name in entry.instead_of),
        "signal": prose(entry.signal_model),
        "notes": prose(entry.notes),
    }
    lines = [f"* *{key}*: {text}" for key, text in facts.items() if text.strip()]
    return "\n".join(lines) + "\n"


def _link_if(name: str) -> str:
    return _link(name) if name in measurements() else code(name)


def _projections() -> str:
    rows = (
        (
            code(name),
            code(item.observable.label),
            projection_text(item),
            item.scenario,
            cite(item.source),
            prose(item.notes),
        )
        for name, item in sorted(projections().items())
    )
    return "\n## Projections\n" + table(
        ("name", "observable", "expectation", "scenario", "source", "notes"), rows
    )
