"""What a forecast found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from nutau.common.tables import html_table, text_table
from nutau.inference.forecast.apart import GRID, Apart
from nutau.inference.forecast.hypotheses import Hypothesis
from nutau.measurements import Projection

SCHEMA = "nutau/forecast/1"
FAR = 10.0
"""Significances beyond this many σ are shown as that: the documents have the numbers."""


@dataclass(frozen=True)
class Row:
    """One model at one luminosity.

    ``exclusion``: σ by which it is disfavoured if the truth holds; ``discovery``: σ by which the Standard Model is
    disfavoured if this model holds.
    """

    model: str
    luminosity: float
    exclusion: float
    discovery: float

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Forecast:
    """Expected significances by luminosity, and the luminosities at which models are told apart from the truth."""

    truth: Hypothesis
    models: tuple[Hypothesis, ...]
    rows: tuple[Row, ...]
    apart: tuple[Apart, ...]
    projections: tuple[Projection, ...]
    uncertainties: tuple[dict[str, Any], ...]
    unit: str
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that ``nutau forecast`` prints."""
        return {
            "schema": SCHEMA,
            "truth": self.truth.to_dict(),
            "luminosity_unit": self.unit,
            "models": [model.to_dict() for model in self.models],
            "expected": [row.to_dict() for row in self.rows],
            "apart": [entry.to_dict() for entry in self.apart],
            "projections": list(self.uncertainties),
            "notes": list(self.notes),
        }

    def tables(self) -> list[tuple[str, list[tuple[str, ...]]]]:
        """Exclusion, discovery and the luminosities of telling apart: a title, a header and a row a model, as text."""
        names = [model.name for model in self.models]
        expected = [
            (f"expected exclusion if {self.truth.name} is true", self._significances("exclusion", names)),
            (
                "expected exclusion of the SM if the model is true",
                self._significances("discovery", [name for name in names if name != "SM"]),
            ),
        ]
        if not self.apart:
            return expected
        toys = self.apart[0].toys
        spread = f", and 68 % of {toys} toys" if toys else ""
        return [
            *expected,
            (f"{self.unit} to tell from {self.truth.name}: expected{spread}", self._luminosities(names)),
        ]

    def _significances(self, what: str, names: Sequence[str]) -> list[tuple[str, ...]]:
        steps = sorted({row.luminosity for row in self.rows})
        at = {(row.model, row.luminosity): _sigmas(getattr(row, what)) for row in self.rows}
        head = ("model", *(f"{step:g} {self.unit}" for step in steps))
        return [head, *((name, *(at[name, step] for step in steps)) for name in names)]

    def _luminosities(self, names: Sequence[str]) -> list[tuple[str, ...]]:
        levels = sorted({entry.sigmas for entry in self.apart})
        at = {(entry.other, entry.sigmas): entry for entry in self.apart}
        head = ("model", *(f"{level:g} σ" for level in levels))
        return [head, *((name, *(_reached(at[name, level]) for level in levels)) for name in names)]

    def __str__(self) -> str:
        parts = [f"{title}\n{text_table(head, rows)}\n" for title, (head, *rows) in self.tables()]
        return "\n".join((*parts, *self.notes))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = [html_table(head, rows, title) for title, (head, *rows) in self.tables()]
        return f"{''.join(parts)}<p>{'<br>'.join(escape(note) for note in self.notes)}</p>"


def _sigmas(value: float) -> str:
    """A significance; far out, where no error is Gaussian, only that it is far."""
    return f"{value:.1f} σ" if value < FAR else f"> {FAR:g} σ"


def _reached(entry: Apart) -> str:
    """The luminosity, and the range of the toys if it says more."""
    middle, low, high = (_when(end) for end in (entry.luminosity, entry.low, entry.high))
    return middle if not entry.toys or low == middle == high else f"{middle} ({low} to {high})"


def _when(luminosity: float | None) -> str:
    if luminosity is None:
        return f"> {GRID[-1]:g}"
    return f"< {GRID[0]:g}" if luminosity <= GRID[0] * (1 + 1e-9) else f"{luminosity:.3g}"
