"""What was found of each field, as tables, plain data and a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nutau.common.columns import Columns
from nutau.common.rounding import fixed
from nutau.common.tables import degrees_of_freedom, html_table, text_table
from nutau.inference.fit.quality import Comparison, Pull
from nutau.inference.fit.search import Minimum
from nutau.inference.likelihood import Likelihood
from nutau.measurements.ages import Ages
from nutau.report.areas import Area
from nutau.report.judging.constraints import RULES, Constraint
from nutau.report.judging.deciding import SEEN, Deciding
from nutau.report.judging.searches import Search

SCHEMA = "nutau/judged/1"
SUMMARY = (
    "field",
    "couplings",
    "Δχ²",
    "over the SM",
    "p",
    "prefer it",
    "against or bounding it",
    "in tension",
)
FAMILIES = ("constraint", "numbers + limits", "χ² SM", "χ² best", "gain", "tension", "verdict")
MEASURED = ("measurement", "observable", "measured", "SM pull", "pull")
DECIDING = ("observable", "field", "SM", "error today", "needed", "factor", "projected")
MOVED = 0.3
"""Pulls that change by less than this are not in the table of measurements (they are in the data)."""
FEW = 8
"""Rows of the table of observables that will decide."""
HEADS = {
    "prefers it": "preferred by",
    "disfavours it": "disfavoured by",
    "bounds it": "bounded by",
}
"""The words of a constraint as the head of a list."""
GREAT = 100.0
"""An error that must shrink by more than this is out of sight."""


@dataclass(frozen=True, eq=False)
class Judged:
    """One field of a mass: the fit of its couplings to all data, and what each constraint says of it.

    ``searches`` are published limits on its components, ``notes`` what must be read with it. ``called`` is its name in
    tables; ``plane`` the region of all data in R_ττ and R_νν, if that was asked for.
    """

    model: str
    mass: float
    structure: str
    likelihood: Likelihood
    size: Any
    minima: tuple[Minimum, ...]
    comparison: Comparison
    p_value: float | None
    pulls: tuple[Pull, ...]
    constraints: tuple[Constraint, ...]
    deciding: tuple[Deciding, ...]
    searches: tuple[Search, ...]
    notes: tuple[str, ...]
    called: str = ""
    plane: Area | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The couplings."""
        return self.likelihood.names

    @property
    def best(self) -> dict[str, float]:
        """The best fit by coupling."""
        return dict(zip(self.names, self.minima[0].values.tolist(), strict=True))

    @property
    def chi2(self) -> float:
        """-2 log L at the best fit."""
        return self.minima[0].chi2

    @property
    def label(self) -> str:
        """The field with its mass."""
        return f"{self.called or self.model}, {self.mass / 1000:g} TeV"

    def verdict(self) -> str:
        """One sentence, every word of it from numbers."""
        c = self.comparison
        said = [f"χ² = {fixed(self.chi2, 1)} for {degrees_of_freedom(self.likelihood.dof)}"]
        if self.p_value is not None:
            said.append(f"p = {self.p_value:.2g}")
        seen = "parameter that the data see" if c.dof == 1 else "parameters that the data see"
        over = f"{c.sigmas:.1f} σ over the SM (Δχ² = {fixed(c.delta_chi2, 1)} for {c.dof} {seen}, Wilks' theorem)"
        parts = [f"{self.label}: {', '.join(said)}; {over}"]
        for word in HEADS:
            rows = [row for row in self.constraints if row.word == word]
            if rows:
                parts.append(f"{HEADS[word]} {', '.join(_told(row) for row in rows)}")
        tense = [row for row in self.constraints if row.tense]
        if tense:
            parts.append(
                f"in tension with the rest: {', '.join(f'{row.name} ({row.sigmas:.1f} σ)' for row in tense)}"
            )
        below = [search for search in self.searches if search.excludes(self.mass)]
        if below:
            parts.append(
                f"excluded, where their assumptions hold, by {', '.join(row.title for row in below)}"
            )
        return "; ".join(parts) + "."

    def summary(self) -> tuple[str, ...]:
        """As :data:`SUMMARY` says."""
        c = self.comparison
        prefer = [_told(row) for row in self.constraints if row.word == "prefers it"]
        against = [_told(row) for row in self.constraints if row.word not in ("prefers it", "indifferent")]
        tense = [f"{row.name} at {row.sigmas:.1f} σ" for row in self.constraints if row.tense]
        best = ", ".join(f"{name} = {value:.3g}" for name, value in self.best.items())
        return (
            self.label,
            best,
            fixed(c.delta_chi2, 1),
            f"{c.sigmas:.1f} σ",
            "–" if self.p_value is None else f"{self.p_value:.2g}",
            ", ".join(prefer) or "none",
            ", ".join(against) or "none",
            ", ".join(tense) or "none",
        )

    def families(self) -> list[tuple[str, ...]]:
        """As :data:`FAMILIES` says."""
        return [
            (
                row.name,
                f"{row.numbers} + {row.limits}" if row.limits else str(row.numbers),
                fixed(row.sm_chi2, 1),
                fixed(row.chi2, 1),
                fixed(row.gain, 1, signed=True),
                "–" if row.sigmas is None else f"{row.sigmas:.1f} σ",
                f"{row.word}, in tension" if row.tense else row.word,
            )
            for row in self.constraints
        ]

    def measured(self) -> list[tuple[str, ...]]:
        """As :data:`MEASURED` says: the numbers whose pull the field moves, most of all first."""
        moved = sorted(self.pulls, key=lambda pull: -abs(abs(pull.sm_pull) - abs(pull.pull)))
        return [
            (
                pull.measurement,
                pull.observable,
                pull.shown,
                fixed(pull.sm_pull, 1, signed=True),
                fixed(pull.pull, 1, signed=True),
            )
            for pull in moved
            if abs(pull.sm_pull - pull.pull) > MOVED
        ]

    def decided(self) -> list[tuple[str, ...]]:
        """As :data:`DECIDING` says."""
        rows = [row for row in self.deciding if row.factor is not None and row.factor < GREAT][:FEW]
        return [
            (
                row.observable,
                f"{row.model:.3g}",
                f"{row.sm:.3g}",
                f"{row.error:.2g}",
                "–" if row.needed is None else f"{row.needed:.2g}",
                "–" if row.factor is None else f"{row.factor:.2g}",
                "–" if row.projected is None else f"{row.projected:.1f} σ ({row.by})",
            )
            for row in rows
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "model": self.model,
            "called": self.called or self.model,
            "mass": self.mass,
            "structure": self.structure,
            "couplings": list(self.names),
            "fixed": dict(self.likelihood.parametrisation.fixed),
            "best_fit": self.best,
            "minima": [
                {"values": dict(zip(self.names, m.values.tolist(), strict=True)), "chi2": m.chi2}
                for m in self.minima
            ],
            "chi2": self.chi2,
            "dof": self.likelihood.dof,
            "p_value": self.p_value,
            "sm": self.comparison.to_dict(),
            "constraints": [row.to_dict() for row in self.constraints],
            "pulls": [pull.to_dict() for pull in self.pulls],
            "deciding": [row.to_dict() for row in self.deciding],
            "searches": [row.to_dict(self.mass) for row in self.searches],
            "untested": list(self.likelihood.untested),
            "unpredicted": list(self.likelihood.unpredicted),
            "verdict": self.verdict(),
            "notes": list(self.notes),
            **({} if self.plane is None else {"plane": self.plane.to_dict()}),
        }


@dataclass(frozen=True, eq=False)
class Judgement(Columns):
    """Fields judged by the same data, one row each."""

    data: str
    fields: tuple[Judged, ...]
    ages: Ages | None = None

    def table(self) -> list[tuple[str, ...]]:
        """As :data:`SUMMARY` says."""
        return [field.summary() for field in self.fields]

    def columns(self) -> dict[str, list[Any]]:
        """One line a constraint of each field; for DataFrames and files."""
        rows = [(field, row) for field in self.fields for row in field.constraints]
        made: dict[str, list[Any]] = {
            "model": [field.called or field.model for field, _ in rows],
            "mass": [field.mass for field, _ in rows],
        }
        names = (
            "name",
            "numbers",
            "limits",
            "sm_chi2",
            "chi2",
            "gain",
            "tension",
            "dof",
            "p_value",
            "held",
            "word",
        )
        return made | {name: [getattr(row, name) for _, row in rows] for name in names}

    def notes(self) -> list[str]:
        """What must be read with every table."""
        return [
            RULES,
            f"needed: the experimental error with which field and SM are {SEEN:g} σ apart; factor: today's over that.",
            *([] if self.ages is None else [str(self.ages)]),
        ]

    def to_dict(self) -> dict[str, Any]:
        """The JSON document."""
        fields = [field.to_dict() for field in self.fields]
        return {
            "schema": SCHEMA,
            "data": self.data,
            "data_set": None if self.ages is None else self.ages.to_dict(),
            "fields": fields,
            "notes": self.notes(),
        }

    def __str__(self) -> str:
        parts = [text_table(SUMMARY, self.table())]
        for field in self.fields:
            parts += ["", field.verdict(), text_table(FAMILIES, field.families()), *field.notes]
        return "\n".join([*parts, *self.notes()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = [html_table(SUMMARY, self.table())]
        parts += [html_table(FAMILIES, field.families(), field.label) for field in self.fields]
        return "".join(parts) + f"<p>{'<br>'.join(self.notes())}</p>"


def _told(row: Constraint) -> str:
    if row.word == "bounds it":
        return row.name
    return f"{row.name} ({fixed(row.gain, 1, signed=True)})"
