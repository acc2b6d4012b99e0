"""What a forecast found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from nutau.common.numbers import number, raised
from nutau.common.progress import Progress
from nutau.common.rounding import fixed
from nutau.common.tables import degrees_of_freedom, html_table, text_table
from nutau.errors import InputError
from nutau.inference.fit import Contour
from nutau.inference.forecast.apart import GRID, Apart
from nutau.inference.forecast.expectations import ExpectedFit
from nutau.inference.forecast.hypotheses import Hypothesis
from nutau.measurements import Projection

SCHEMA = "nutau/forecast/1"
FAR = 10.0
"""Significances beyond this many σ are shown as that: the documents have the numbers."""


@dataclass(frozen=True)
class Spread:
    """A significance in toys of the truth: 16 %, 50 % and 84 % of them are below."""

    low: float
    median: float
    high: float
    toys: int


@dataclass(frozen=True)
class Row:
    """One model at one luminosity, 0 for today's data alone.

    ``exclusion``: σ by which it is disfavoured if the truth holds; ``discovery``: σ by which the Standard Model is
    disfavoured if this model holds; negative where the data, today's among them, prefer what is tested. ``toys`` is the
    spread of ``exclusion`` over pseudo-experiments, ``discovery_toys`` that of ``discovery``.
    """

    model: str
    luminosity: float
    exclusion: float
    discovery: float
    toys: Spread | None = None
    discovery_toys: Spread | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Forecast:
    """Expected significances by luminosity, and the luminosities at which models are told apart from the truth.

    ``today`` are the significances of today's data alone; ``fits`` the expected fits where parameters were asked for.
    ``discovered`` says at which luminosities the Standard Model is excluded if a model holds.
    """

    truth: Hypothesis
    models: tuple[Hypothesis, ...]
    rows: tuple[Row, ...]
    apart: tuple[Apart, ...]
    projections: tuple[Projection, ...]
    uncertainties: tuple[dict[str, Any], ...]
    unit: str
    notes: tuple[str, ...] = ()
    today: tuple[Row, ...] = ()
    fits: tuple[ExpectedFit, ...] = ()
    discovered: tuple[Apart, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that ``nutau forecast`` prints."""
        return {
            "schema": SCHEMA,
            "truth": self.truth.to_dict(),
            "luminosity_unit": self.unit,
            "models": [model.to_dict() for model in self.models],
            "today": [row.to_dict() for row in self.today],
            "expected": [row.to_dict() for row in self.rows],
            "apart": [entry.to_dict() for entry in self.apart],
            "discovered": [entry.to_dict() for entry in self.discovered],
            "fits": [made.to_dict() for made in self.fits],
            "projections": list(self.uncertainties),
            "notes": list(self.notes),
        }

    def fit(self, luminosity: float) -> ExpectedFit:
        """The expected fit at one of the luminosities; 0 is today's."""
        for made in self.fits:
            if made.luminosity == luminosity:
                return made
        known = (
            ", ".join(f"{made.luminosity:g}" for made in self.fits) or "none: parameters were not asked for"
        )
        raise InputError(
            f"There is no expected fit at {luminosity:g} {raised(self.unit)}; there are {known}."
        )

    def contours(
        self, x: str, y: str, *, points: int = 100, progress: Progress | None = None
    ) -> tuple[Contour, ...]:
        """The regions of two parameters at every luminosity, on one grid: that of the widest of them."""
        if not self.fits:
            raise InputError("There is no expected fit: parameters were not asked for (`parameters`).")
        report = progress or (lambda done, total: None)
        frames = [made.frame(x, y) for made in self.fits]
        ends = [(min(f[axis][0] for f in frames), max(f[axis][1] for f in frames)) for axis in (0, 1)]
        found = []
        for done, made in enumerate(self.fits):
            report(done, len(self.fits))
            found.append(made.contour(x, y, points=points, ranges=(ends[0], ends[1])))
        return tuple(found)

    def tables(self) -> list[tuple[str, list[tuple[str, ...]]]]:
        """Every table: a title, a header and rows, as text."""
        return list(self._expected_fits() if self.fits else self._comparisons())

    def _comparisons(self) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
        """Exclusion, discovery and the luminosities of telling apart, a row a model."""
        names = [model.name for model in self.models]
        others = [name for name in names if name != "SM"]
        yield f"expected exclusion if {self.truth.name} is true", self._significances("exclusion", names)
        if others:
            title = "expected exclusion of the SM if the model is true"
            yield title, self._significances("discovery", others)
        if self.apart:
            toys = self.apart[0].toys
            spread = f", and 68 % of {toys} toys" if toys else ""
            title = f"{raised(self.unit)} to exclude a model if {self.truth.name} is true: expected{spread}"
            yield title, _luminosities(names, self.apart)
            if self.discovered:
                title = f"{raised(self.unit)} to exclude the SM if the model is true: expected{spread}"
                yield title, _luminosities(others, self.discovered, by="truth")

    def _expected_fits(self) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
        """Parameters and observables, a row each, a column a luminosity; and the exclusion of the SM."""
        head = [self._at(made.luminosity) for made in self.fits]
        names = self.fits[0].names
        for level, title in (("0.6827", "68 %"), ("0.95", "95 %")):
            rows = [(name, *(pieces(made[name].pieces[level]) for made in self.fits)) for name in names]
            yield f"expected {title} if {self.truth.name} is true", [("parameter", *head), *rows]
        labels = list(self.fits[0].observables)
        if labels:
            rows = [(label, *(both(*made.observables[label]) for made in self.fits)) for label in labels]
            yield "expected uncertainty", [("observable", *head), *rows]
        if self.models:
            found = [_spread(row) for row in (*self.today, *self.rows)]
            count = degrees_of_freedom(self.fits[0].likelihood.effective_parameters)
            toys = next((f" (68 % of {row.toys.toys} toys)" for row in self.rows if row.toys), "")
            yield (
                f"expected exclusion of the SM for {count}{toys}",
                [("model", *head), (self.models[0].name, *found)],
            )

    def _at(self, luminosity: float) -> str:
        return f"{luminosity:g} {raised(self.unit)}" if luminosity else "today"

    def _significances(self, what: str, names: Sequence[str]) -> list[tuple[str, ...]]:
        rows = (*self.today, *self.rows)
        steps = sorted({row.luminosity for row in rows})
        at = {(row.model, row.luminosity): _sigmas(getattr(row, what)) for row in rows}
        head = ("model", *(self._at(step) for step in steps))
        return [head, *((name, *(at[name, step] for step in steps)) for name in names)]

    def __str__(self) -> str:
        parts = [f"{title}\n{text_table(head, rows)}\n" for title, (head, *rows) in self.tables()]
        return "\n".join((*parts, *self.notes))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = [html_table(head, rows, title) for title, (head, *rows) in self.tables()]
        return f"{''.join(parts)}<p>{'<br>'.join(escape(note) for note in self.notes)}</p>"


def _luminosities(names: Sequence[str], apart: Sequence[Apart], by: str = "other") -> list[tuple[str, ...]]:
    """A row a model with the luminosity of each significance."""
    levels = sorted({entry.sigmas for entry in apart})
    at = {(getattr(entry, by), entry.sigmas): entry for entry in apart}
    head = ("model", *(f"{level:g} σ" for level in levels))
    return [head, *((name, *(_reached(at[name, level]) for level in levels)) for name in names)]


def _sigmas(value: float) -> str:
    """A significance; far out, where no error is Gaussian, only that it is far."""
    if abs(value) >= FAR:
        return f"> {FAR:g} σ" if value > 0 else f"< −{FAR:g} σ"
    return f"{fixed(value, 1)} σ".replace("-", "−")


def _spread(row: Row) -> str:
    """A significance with the range of the toys."""
    if row.toys is None:
        return _sigmas(row.exclusion)
    return f"{_sigmas(row.exclusion)} ({_sigmas(row.toys.low)} to {_sigmas(row.toys.high)})"


def pieces(found: Sequence[Sequence[float | None]]) -> str:
    """An interval with all its pieces; an open end is infinite."""
    return " or ".join(f"[{_end(low, -1)}, {_end(high, 1)}]" for low, high in found)


def _end(value: float | None, side: int) -> str:
    return ("−∞" if side < 0 else "∞") if value is None else f"{value:.4g}".replace("-", "−")


def both(value: float, error: float) -> str:
    """A value with its uncertainty."""
    return number(value, error, (value - error, value + error))


def _reached(entry: Apart) -> str:
    """The luminosity, and the range of the toys if it says more."""
    middle, low, high = (_when(end) for end in (entry.luminosity, entry.low, entry.high))
    return middle if not entry.toys or low == middle == high else f"{middle} ({low} to {high})"


def _when(luminosity: float | None) -> str:
    if luminosity is None:
        return f"> {GRID[-1]:g}"
    return f"< {GRID[0]:g}" if luminosity <= GRID[0] * (1 + 1e-9) else f"{luminosity:.3g}"
