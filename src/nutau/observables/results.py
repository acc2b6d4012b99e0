"""Predictions: values with theory errors, their table, and how they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from itertools import islice
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.columns import Columns
from nutau.common.numbers import number, raised, raised_number
from nutau.common.tables import html_table, text_table
from nutau.errors import InputError
from nutau.observables.requests import shown_q2

SCHEMA = "nutau/prediction/1"
HEADINGS = ("observable", "value", "SM", "over SM")
MOST_SHOWN = 60
"""Rows of a table that Python prints by itself."""


@dataclass(frozen=True, eq=False)  # holds arrays, which are neither equal nor not
class Prediction:
    """One observable at one point: value, SM, ratio, with theory errors (68 % intervals of the draws).

    ``uncertainty`` is half of ``interval``, as everywhere in nutau, and ``sm_uncertainty`` half of ``sm_interval``.
    The ratio is ``None`` where the SM value is zero, and for an angle. At many points the numbers are arrays (the SM
    value is one for all).
    """

    observable: str
    value: Array
    sm: float
    ratio: Array | None
    uncertainty: Array | None
    ratio_uncertainty: Array | None
    interval: tuple[Array, Array] | None
    ratio_interval: tuple[Array, Array] | None
    unit: str = "1"
    q2: Any = None
    note: str = ""
    sm_uncertainty: float | None = None
    sm_interval: tuple[float, float] | None = None

    @property
    def label(self) -> str:
        """The observable with its bin or its q²."""
        return self.observable if self.q2 is None else f"{self.observable} {shown_q2(self.q2)}"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as ``nutau predict`` prints it in JSON: ``q2`` and ``note`` where there is one."""
        entry: dict[str, Any] = {
            "observable": self.observable,
            "value": self.value,
            "sm": self.sm,
            "ratio": self.ratio,
            "uncertainty": self.uncertainty,
            "sm_uncertainty": self.sm_uncertainty,
            "ratio_uncertainty": self.ratio_uncertainty,
            "interval": self.interval,
            "sm_interval": self.sm_interval,
            "ratio_interval": self.ratio_interval,
            "unit": self.unit,
        }
        entry = {name: _plain(value) for name, value in entry.items()}
        entry |= {} if self.q2 is None else {"q2": self.q2}
        return entry | ({"note": self.note} if self.note else {})

    def at(self, place: tuple[int, ...]) -> Prediction:
        """The same at one of many points."""
        return replace(
            self,
            value=_taken(self.value, place),
            ratio=_taken(self.ratio, place),
            uncertainty=_taken(self.uncertainty, place),
            ratio_uncertainty=_taken(self.ratio_uncertainty, place),
            interval=_taken(self.interval, place),
            ratio_interval=_taken(self.ratio_interval, place),
        )


@dataclass(frozen=True, eq=False)
class Predictions(Columns, Sequence[Prediction]):
    """Predictions of one call, with the theory correlation of their values.

    Where the point has arrays, so have the numbers, and ``points`` holds what varies by name, ``(...)`` each.
    """

    rows: tuple[Prediction, ...]
    inputs: str
    convention: str
    correlation: Array | None = None
    warnings: tuple[str, ...] = ()
    points: Mapping[str, Array] = field(default_factory=dict)

    def __getitem__(self, key: Any) -> Any:
        """By position or by name, with the bin behind it (``"<dBR/dq2>(B+->Knunu)[0, 4]"``) where there are several."""
        if not isinstance(key, str):
            return self.rows[key]
        found = [row for row in self.rows if key.strip() in (row.observable, row.label)]
        compact = "".join(key.split())
        found = found or [row for row in self.rows if "".join(row.label.split()) == compact]
        if len(found) == 1 or (found and not isinstance(found[0].q2, tuple)):
            return found[0]
        if found:
            raise InputError(f"'{key}' has {len(found)} bins; add one, as in '{found[0].label}'.")
        raise InputError(
            f"'{key}' is not among these predictions: {', '.join(row.label for row in self.rows)}."
        )

    def __len__(self) -> int:
        """How many observables."""
        return len(self.rows)

    @property
    def covariance(self) -> Array | None:
        """The theory covariance of the values ``(rows, rows)``: their correlation with the uncertainties of the table.

        ``None`` where there is no correlation: one row, more than 100, arrays of points, no theory draws.
        """
        if self.correlation is None:
            return None
        errors = np.array([row.uncertainty for row in self.rows])
        return np.asarray(self.correlation) * np.outer(errors, errors)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that ``nutau predict`` prints."""
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "inputs": self.inputs,
            "convention": self.convention,
        }
        document |= (
            {"points": {name: _plain(value) for name, value in self.points.items()}} if self.points else {}
        )
        document["predictions"] = [row.to_dict() for row in self.rows]
        if self.correlation is not None and self.covariance is not None:
            document["correlation"] = np.asarray(self.correlation).tolist()
            document["covariance"] = self.covariance.tolist()
        if self.warnings:
            document["warnings"] = list(self.warnings)
        return document

    def columns(self) -> dict[str, list[Any]]:
        """Columns of a table in full precision: one line an observable, bin and point.

        The two ends of an interval and of a bin are apart; ``covariance_1``, ``covariance_2``, … are the columns of
        :attr:`covariance`, in the order of the lines.
        """
        where, rows = zip(*self._lines(), strict=True)
        dicts = [row.to_dict() for row in rows]
        names = dict.fromkeys(name for row in dicts for name in row)
        columns: dict[str, list[Any]] = {name: [point[name] for point in where] for name in self.points}
        columns |= {
            name: [row.get(name) for row in dicts] for name in names if not name.endswith(("interval", "q2"))
        }
        if "q2" in names:
            columns |= _q2_columns([row.get("q2") for row in dicts])
        for name in ("interval", "sm_interval", "ratio_interval"):
            for end, side in enumerate(("low", "high")):
                columns[f"{name}_{side}"] = [None if row[name] is None else row[name][end] for row in dicts]
        if self.covariance is not None:
            columns |= {f"covariance_{i}": column.tolist() for i, column in enumerate(self.covariance.T, 1)}
        return columns

    def _lines(self) -> Iterator[tuple[dict[str, Any], Prediction]]:
        """Every row at every point, with what varies there."""
        for row in self.rows:
            if namespace(row.value) is not np or not np.ndim(row.value):
                yield {}, row
                continue
            for place in np.ndindex(np.shape(row.value)):
                yield {name: _taken(value, place) for name, value in self.points.items()}, row.at(place)

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of :meth:`table`."""
        return (*self.points, *HEADINGS, *(("unit",) if self._units else ()))

    @property
    def _units(self) -> bool:
        return any(row.unit != "1" for row in self.rows)

    @property
    def notes(self) -> tuple[str, ...]:
        """Footnotes of :meth:`table`: what its numbers leave out."""
        return tuple(f"{raised_number(i)} {text}" for i, text in enumerate(self._noted(), 1))

    def _noted(self) -> list[str]:
        return list(dict.fromkeys(row.note for row in self.rows if row.note))

    def table(self) -> list[tuple[str, ...]]:
        """The cells below :attr:`headings` as text; a raised number refers to :attr:`notes`."""
        return self._cells(None)

    def _cells(self, most: int | None) -> list[tuple[str, ...]]:
        marks = {text: f" {raised_number(i)}" for i, text in enumerate(self._noted(), 1)}
        return [
            (
                *(f"{value:.6g}" for value in point.values()),
                row.label + marks.get(row.note, ""),
                number(row.value, row.uncertainty, row.interval),
                number(row.sm, row.sm_uncertainty, row.sm_interval),
                number(row.ratio, row.ratio_uncertainty, row.ratio_interval),
                *(("" if row.unit == "1" else raised(row.unit),) if self._units else ()),
            )
            for point, row in islice(self._lines(), most)
        ]

    def __str__(self) -> str:
        return "\n".join((text_table(self.headings, self._shown()), *self._more(), *self.notes))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        notes = "<br>".join(escape(line) for line in (*self._more(), *self.notes))
        return html_table(self.headings, self._shown()) + (f"<p>{notes}</p>" if notes else "")

    def _shown(self) -> list[tuple[str, ...]]:
        return self._cells(MOST_SHOWN)

    def _more(self) -> tuple[str, ...]:
        sizes = (np.size(row.value) if namespace(row.value) is np else 1 for row in self.rows)
        rest = sum(sizes) - MOST_SHOWN
        return (
            (f"… and {rest} more rows: to_dataframe(), to_csv() and table() have all.",) if rest > 0 else ()
        )


def _taken(value: Any, place: tuple[int, ...]) -> Any:
    """A plain number of an array, or of each of two."""
    if isinstance(value, tuple):
        return tuple(_taken(part, place) for part in value)
    return np.asarray(value)[place].item() if np.ndim(value) else value


def _q2_columns(given: Sequence[Any]) -> dict[str, list[Any]]:
    """Points in one column; as soon as there is a bin, its ends (or a point twice) in two."""
    if not any(isinstance(item, tuple) for item in given):
        return {"q2": list(given)}
    ends = [item if isinstance(item, tuple) else (item, item) for item in given]
    return {"q2_low": [low for low, _ in ends], "q2_high": [high for _, high in ends]}


def _plain(value: Any) -> Any:
    """Arrays as lists."""
    if isinstance(value, tuple):
        return tuple(_plain(part) for part in value)
    return np.asarray(value).tolist() if np.ndim(value) else value
