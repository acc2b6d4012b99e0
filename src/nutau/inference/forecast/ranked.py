"""What a ranking of measurements found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from nutau.common.arrays import Array
from nutau.common.columns import Columns
from nutau.common.numbers import number, raised, small
from nutau.common.tables import html_table, text_table
from nutau.errors import listed

NOTHING = 0.005
"""Bits and Δχ² below which a measurement says nothing: they would be shown as zero."""
SCHEMA = "nutau/next/1"


@dataclass(frozen=True, eq=False)
class Ranked:
    """One measurement: its error, and what it would do.

    ``value`` is what the best fit predicts, ``sm`` the SM value, ``error`` the experimental and ``theory`` the theory
    error with the parameters held, ``errors`` ``(n,)`` those of the parameters with this measurement and
    ``information`` in bits (``None`` where what it replaces leaves them undetermined), ``apart`` the Δχ² that it is
    expected to add between the best fit and the other point.
    """

    name: str
    observable: str
    luminosity: float
    unit: str
    value: float
    sm: float
    error: float
    theory: float
    errors: Array | None
    information: float | None
    apart: float | None
    verified: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"errors": None if self.errors is None else self.errors.tolist()}

    @property
    def tells(self) -> bool:
        """Whether it says anything of the parameters, or tells the two points apart."""
        return abs(self.information or 0.0) >= NOTHING or (self.apart or 0.0) >= NOTHING


@dataclass(frozen=True, eq=False)
class Ranking(Columns):
    """Measurements that could be made, the most useful first, for a fit of ``parameters`` to today's data.

    ``values`` and ``errors`` ``(n,)`` are those of today's best fit, ``against`` the other point ``(n,)`` if one was
    given. ``luminosity`` is that of the experiment that was asked for, in ``unit``.
    """

    parameters: tuple[str, ...]
    data: str
    luminosity: float
    unit: str
    values: Array
    errors: Array
    against: Array | None
    rows: tuple[Ranked, ...]
    notes: tuple[str, ...] = ()
    by: str = "information"

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that ``nutau next`` prints."""
        named = zip(self.parameters, self.values.tolist(), self.errors.tolist(), strict=True)
        return {
            "schema": SCHEMA,
            "data": self.data,
            "luminosity": self.luminosity,
            "luminosity_unit": self.unit,
            "by": self.by,
            "today": {name: {"value": value, "error": error} for name, value, error in named},
            "against": None
            if self.against is None
            else dict(zip(self.parameters, self.against.tolist(), strict=True)),
            "measurements": [row.to_dict() for row in self.rows],
            "notes": list(self.notes),
        }

    def columns(self) -> dict[str, list[Any]]:
        """One line a measurement."""
        rows = [row.to_dict() for row in self.rows]
        names = [name for name in (rows[0] if rows else {}) if name != "errors"]
        found: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in names}
        for place, name in enumerate(self.parameters):
            found[f"error_{name}"] = [None if row["errors"] is None else row["errors"][place] for row in rows]
        return found

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of :meth:`table`."""
        apart = () if self.against is None else ("Δχ²",)
        return (
            "measurement",
            "observable",
            "error",
            "theory",
            *(f"σ({name})" for name in self.parameters),
            "bits",
            *apart,
        )

    def table(self) -> list[tuple[str, ...]]:
        """A row a measurement: errors of the parameters with it, and by how much they fall."""
        return [self._cells(row) for row in self.rows if row.tells]

    def _cells(self, row: Ranked) -> tuple[str, ...]:
        errors = ["–"] * len(self.parameters)
        if row.errors is not None:
            pairs = zip(row.errors.tolist(), self.errors.tolist(), strict=True)
            errors = [f"{small(new)} ({percent(new / old - 1)})" for new, old in pairs]
        apart = () if row.apart is None else (f"{row.apart:.2f}",)
        return (
            row.name,
            row.observable,
            small(row.error, 2),
            small(row.theory, 2),
            *errors,
            "–" if row.information is None else f"{row.information:.2f}",
            *apart,
        )

    def lines(self) -> list[str]:
        """What stands below the table."""
        today = ", ".join(
            f"{name} = {number(float(v), float(e), (float(v - e), float(v + e)))}"
            for name, v, e in zip(self.parameters, self.values, self.errors, strict=True)
        )
        unsure = [row.name for row in self.rows if not row.verified and row.tells]
        silent = [row.name for row in self.rows if not row.tells]
        return [
            f"today ({self.data}): {today}; linearised there",
            *(
                []
                if self.against is None
                else [
                    "Δχ² against "
                    + ", ".join(f"{n} = {v:.4g}" for n, v in zip(self.parameters, self.against, strict=True))
                    + ", if today's best fit is true"
                ]
            ),
            *([f"say nothing of {', '.join(self.parameters)}: {listed(silent)}"] if silent else []),
            *([f"not confirmed in their sources: {listed(unsure)}"] if unsure else []),
            *self.notes,
        ]

    @property
    def title(self) -> str:
        """What the table is, in words."""
        at = (
            f", at {self.luminosity:g} {raised(self.unit)}" if self.unit else ""
        )  # none where all errors are given
        return f"which measurement next{at}"

    def __str__(self) -> str:
        return "\n".join((self.title, text_table(self.headings, self.table()), *self.lines()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(self.headings, self.table(), self.title)


def percent(change: float) -> str:
    """A change in per cent, a whole number with its sign."""
    whole = round(100 * change)
    return f"{whole:+d} %".replace("-", "−") if whole else "0 %"
