"""Fields judged as a page of Markdown: every number and every sentence of it from the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nutau.report.judging import result, searches
from nutau.report.judging.result import Judged, Judgement


def page(found: Judgement, title: str = "Fields judged") -> str:
    """The page: a line a field, then each with its constraints, measurements, searches and what will decide."""
    return "\n".join(_lines(found, title)) + "\n"


def _lines(found: Judgement, title: str) -> Iterator[str]:
    yield f"# {title}"
    yield ""
    yield f"Data set `{found.data}`; the couplings of each field are fitted to all of it."
    yield ""
    yield from table(result.SUMMARY, found.table())
    for note in found.notes():
        yield from (note, "")
    for field in found.fields:
        yield from _field(field)


def _field(field: Judged) -> Iterator[str]:
    yield f"## {field.label}"
    yield ""
    yield from (field.verdict(), "")
    yield from table(result.FAMILIES, field.families())
    parts = (
        ("Measurements that it moves", result.MEASURED, field.measured()),
        ("What will decide", result.DECIDING, field.decided()),
        ("Direct searches, as published", searches.HEAD, [row.cells(field.mass) for row in field.searches]),
    )
    for head, columns, rows in parts:
        if rows:
            yield from (f"### {head}", "")
            yield from table(columns, rows)
    for note in field.notes:
        yield f"* {note}"
    yield ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of a table in Markdown, with an empty one after it."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""
