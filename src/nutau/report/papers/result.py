"""A paper computed again: its numbers beside ours, a verdict that follows from both, and how that is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from nutau.common.checked import checked
from nutau.common.columns import Columns
from nutau.common.numbers import number, small
from nutau.common.tables import html_table, text_table
from nutau.errors import InputError
from nutau.report.papers.commands import command, reading, together
from nutau.report.papers.computing import computed
from nutau.report.papers.record import Claim, Paper, paper

SCHEMA = "nutau/paper/1"
HEADINGS = ("claim", "place", "paper", "nutau", "verdict")
Verdict = Literal["agrees", "differs", "not computed"]


@dataclass(frozen=True)
class Checked:
    """A claim with ``ours``, the number of nutau (``None``: not computed).

    ``explained`` is the number with what the ``difference`` of the file names instead.
    """

    claim: Claim
    ours: float | None
    explained: float | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether our number is the paper's within its accuracy: its printed error, or the tolerance of the file."""
        if self.ours is None:
            return "not computed"
        return "agrees" if accepted(self.claim, self.ours) else "differs"

    @property
    def said(self) -> str:
        """The verdict, with the distance and the reason where there is one."""
        if self.ours is None:
            return f"not computed: {self.claim.cannot}"
        if self.verdict == "agrees":
            return "agrees"
        reason = self.claim.difference.reason if self.claim.difference else "no reason known"
        instead = "" if self.explained is None else f" ({small(self.explained, 4)})"
        return f"differs by {self._distance()}: {reason}{instead}"

    @property
    def command(self) -> str:
        """The line that gives the numbers."""
        return "" if self.claim.compute is None else command(self.claim.compute)

    @property
    def reading(self) -> str:
        """What is to be done with the numbers of the line; empty where one of them is ours."""
        return "" if self.claim.compute is None else reading(self.claim.compute)

    def _distance(self) -> str:
        assert self.ours is not None
        assert self.claim.value is not None
        off = self.ours - self.claim.value
        parts = [f"{100 * off / abs(self.claim.value):+.1f} %"] if self.claim.value else [small(off)]
        if (side := _side(self.claim, self.ours)) is not None:
            parts.append(f"{abs(off) / side:.1f} of its errors")
        return ", ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        claim = self.claim
        error = list(claim.error) if isinstance(claim.error, tuple) else claim.error
        return {
            "id": claim.id,
            "statement": claim.statement,
            "place": claim.place,
            "value": claim.value,
            "error": error,
            "tolerance": None if claim.tolerance is None else str(claim.tolerance),
            "nutau": self.ours,
            "verdict": self.verdict,
            "why": self.said,
            "explained": self.explained,
            "command": self.command,
            "reading": self.reading,
            "note": claim.note,
        }


@dataclass(frozen=True)
class PaperReport(Columns):
    """The claims of a paper, computed and judged."""

    paper: Paper
    rows: tuple[Checked, ...]

    def __getitem__(self, identifier: str) -> Checked:
        """The claim of an id."""
        return next(row for row in self.rows if row.claim.id == identifier)

    def count(self, verdict: Verdict) -> int:
        """How many claims have a verdict."""
        return sum(row.verdict == verdict for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that ``nutau reproduce PAPER`` prints."""
        return {
            "schema": SCHEMA,
            "arxiv": self.paper.arxiv,
            "title": self.paper.title,
            "authors": self.paper.authors,
            "seen": self.paper.seen,
            "at": self.paper.at,
            "claims": [row.to_dict() for row in self.rows],
        }

    def columns(self) -> dict[str, list[Any]]:
        """One line a claim."""
        keys = ("id", "statement", "place", "value", "nutau", "verdict", "why", "command")
        rows = [row.to_dict() for row in self.rows]
        return {key: [row[key] for row in rows] for key in keys}

    def table(self) -> list[tuple[str, ...]]:
        """The claims below :data:`HEADINGS`."""
        return [
            (
                row.claim.statement,
                row.claim.place,
                printed(row.claim),
                "–" if row.ours is None else small(row.ours, 4),
                row.said,
            )
            for row in self.rows
        ]

    def commands(self) -> tuple[str, ...]:
        """The lines that give the numbers, each once, for one session."""
        return together([row.command for row in self.rows if row.command])

    def notes(self) -> tuple[str, ...]:
        """What stands below the table: what was read, the rule of the verdicts, remarks of the file."""
        counts = (
            f"{self.count('agrees')} agree, {self.count('differs')} differ, "
            f"{self.count('not computed')} not computed"
        )
        remarks = [f"{row.claim.statement}: {row.claim.note}" for row in self.rows if row.claim.note]
        return (
            f"{counts}. Read: {self.paper.seen} ({self.paper.at}).",
            "A number agrees if it lies within the error that the paper prints, or the tolerance beside it. "
            "Ours are central values.",
            *remarks,
        )

    def readings(self) -> tuple[str, ...]:
        """What is to be done with the numbers of those lines, each once."""
        texts = [row.reading for row in self.rows]
        made = []
        for text in filter(None, dict.fromkeys(texts)):
            names = [row.claim.statement for row in self.rows if row.reading == text]
            made.append(f"{', '.join(names) if len(names) < 3 else f'{len(names)} claims'}: {text}")
        return tuple(made)

    def __str__(self) -> str:
        head = f"arXiv:{self.paper.arxiv}, {self.paper.authors}: {self.paper.title}"
        return "\n".join((head, text_table(HEADINGS, self.table()), "", *self.notes()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(HEADINGS, self.table(), f"arXiv:{self.paper.arxiv}: {self.paper.title}")


@checked
def reproduce_paper(arxiv: str) -> PaperReport:
    """The claims of a paper beside nutau's numbers, each with the verdict that follows from both.

    ``arxiv`` is a number such as 2604.20340 (``nutau reproduce --list`` shows all), or a YAML file of one's own. A
    number agrees if it lies within the error that the paper prints, or within the tolerance that its file gives where
    it prints none. Raises :class:`InputError`.

    >>> import nutau
    >>> nutau.reproduce_paper("1505.03925")["RD"].verdict
    'agrees'
    """
    found = paper(arxiv)
    return PaperReport(found, tuple(map(_checked, found.claims)))


def accepted(claim: Claim, ours: float) -> bool:
    """Whether a number is that of the claim within its accuracy."""
    assert claim.value is not None
    side = _side(claim, ours)
    if side is not None:
        return abs(ours - claim.value) <= side * (1 + 1e-9)
    assert claim.tolerance is not None
    return claim.tolerance.accepts(claim.value, ours)


def printed(claim: Claim) -> str:
    """The number of the paper with its accuracy."""
    if claim.value is None:
        return "–"
    text = small(claim.value, 5)
    if claim.error is not None:
        up, down = claim.error if isinstance(claim.error, tuple) else (claim.error, claim.error)
        ends = (claim.value - down, claim.value + up)
        return number(claim.value, max(up, down), ends, measured=True)
    return f"{text} (to {str(claim.tolerance).removeprefix('±')})" if claim.tolerance else text


def _side(claim: Claim, ours: float) -> float | None:
    """The printed error on the side of our number."""
    if not isinstance(claim.error, tuple):
        return claim.error
    assert claim.value is not None
    up, down = claim.error
    return up if ours > claim.value else down


def _checked(claim: Claim) -> Checked:
    if claim.compute is None:
        return Checked(claim, None)
    instead = claim.difference.compute if claim.difference else None
    try:
        ours = computed(claim.compute)
        return Checked(claim, ours, None if instead is None else computed(instead))
    except InputError as error:
        raise InputError(f"claim {claim.id}: {error}") from None
