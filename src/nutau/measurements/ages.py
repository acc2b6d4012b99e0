"""How old what a result rests on is: the version of its data set, its newest and its oldest measurement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nutau.measurements.records import Measurement


@dataclass(frozen=True)
class Ages:
    """The data set with its version, and (date, name) of its newest and oldest entry that was used.

    Dates are those of the publications, ``YYYY-MM`` or ``YYYY``; ``undated`` counts entries without one, which only
    data of one's own may have.
    """

    data: str
    version: str = ""
    newest: tuple[str, str] | None = None
    oldest: tuple[str, str] | None = None
    undated: int = 0

    def __str__(self) -> str:
        """One line: ``data set 2026 (version 2026.11); newest measurement 2026-03, NAME; oldest 2010-09, NAME``."""
        parts = [f"data set {self.data}" + (f" (version {self.version})" if self.version else "")]
        if self.newest is not None and self.oldest is not None:
            parts.append(f"newest measurement {', '.join(self.newest)}")
            parts.append(f"oldest {', '.join(self.oldest)}")
        if self.undated:
            parts.append(f"{self.undated} without a date")
        return "; ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        ends = [("newest", self.newest), ("oldest", self.oldest)]
        return {
            "name": self.data,
            "version": self.version or None,
            **{key: None if end is None else {"date": end[0], "entry": end[1]} for key, end in ends},
            "undated": self.undated,
        }


def ages(data: str, version: str, used: Iterable[Measurement]) -> Ages:
    """The ages of the measurements that were ``used`` of a data set; dates sort as text, a year before its months."""
    entries = tuple(used)
    dated = sorted((entry.date, entry.name) for entry in entries if entry.date)
    if not dated:
        return Ages(data, version, undated=len(entries))
    return Ages(data, version, dated[-1], dated[0], len(entries) - len(dated))
