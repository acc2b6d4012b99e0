"""One observable, all inputs: each determination of its form factors in turn, and each input set as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from html import escape
from typing import Any

import numpy as np

from nutau.common.arrays import namespace
from nutau.common.checked import checked
from nutau.common.columns import Columns
from nutau.common.given import several
from nutau.common.numbers import number
from nutau.common.tables import html_table, text_table
from nutau.common.yaml_files import entries
from nutau.errors import InputError, told
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.inputs.alternatives import with_each_determination
from nutau.inputs.form_factors import FormFactors
from nutau.observables import find
from nutau.observables.choice import spread
from nutau.observables.point import Given, as_point
from nutau.observables.predict import predict
from nutau.observables.predictions import DRAWS
from nutau.observables.requests import Request, label, requested
from nutau.observables.results import Prediction

SCHEMA = "nutau/input-comparison/1"
HEADINGS = ("observable", "choice", "value", "shift", "remark")


@dataclass(frozen=True)
class Alternative:
    """An observable with one choice of inputs.

    ``channel`` is the one whose form factors are exchanged in the given input set; it is empty where a whole input set
    is taken. ``determination`` names the form factors of that channel, or all that the observable depends on;
    ``sources`` are their references. ``verified`` and ``superseded_by`` say what may be held against them. ``chosen``
    marks what the given input set takes.
    """

    observable: str
    channel: str
    determination: str
    inputs: str
    value: float
    uncertainty: float | None
    interval: tuple[float, float] | None
    unit: str
    sources: tuple[str, ...]
    verified: bool
    superseded_by: str
    chosen: bool

    @property
    def trusted(self) -> bool:
        """Whether its form factors are verified and not superseded."""
        return self.verified and not self.superseded_by

    @property
    def choice(self) -> str:
        """What it is made with: form factors of a channel, or an input set with its form factors."""
        if self.channel:
            return f"{self.channel} {self.determination}"
        return f"inputs {self.inputs}" + (f" ({self.determination})" if self.determination else "")

    @property
    def remark(self) -> str:
        """``chosen``, ``superseded by lattice``, ``not verified``; empty for most."""
        replaced = f"superseded by {self.superseded_by}" if self.superseded_by else ""
        parts = ("chosen" if self.chosen else "", replaced, "" if self.verified else "not verified")
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Comparison(Columns, Sequence[Alternative]):
    """Observables for every available choice of inputs, and how far the choice of form factors moves each."""

    rows: tuple[Alternative, ...]
    inputs: str
    convention: str
    spread: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __getitem__(self, key: Any) -> Any:
        """By position."""
        return self.rows[key]

    def __len__(self) -> int:
        """How many rows, of all observables."""
        return len(self.rows)

    def of(self, observable: str) -> tuple[Alternative, ...]:
        """The rows of one observable; :class:`InputError` if it is not here."""
        found = tuple(row for row in self.rows if row.observable == observable)
        if not found:
            raise InputError(f"'{observable}' is not in this comparison: {', '.join(self.observables)}.")
        return found

    @property
    def observables(self) -> tuple[str, ...]:
        """The observables, each once, with their bins."""
        return tuple(dict.fromkeys(row.observable for row in self.rows))

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that ``nutau compare-inputs`` prints."""
        document = {"schema": SCHEMA, "inputs": self.inputs, "convention": self.convention}
        rows = [{**asdict(row), "sources": list(row.sources)} for row in self.rows]
        rest = {"warnings": list(self.warnings)} if self.warnings else {}
        return {**document, "rows": rows, "spread": dict(self.spread), **rest}

    def columns(self) -> dict[str, list[Any]]:
        """Columns of a table in full precision; the two ends of an interval apart."""
        rows = [{**asdict(row), "sources": ", ".join(row.sources)} for row in self.rows]
        columns = {name: [row[name] for row in rows] for name in rows[0] if name != "interval"}
        for end, side in enumerate(("low", "high")):
            columns[f"interval_{side}"] = [row["interval"] and row["interval"][end] for row in rows]
        return columns

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of :meth:`table`."""
        return HEADINGS

    def table(self) -> list[tuple[str, ...]]:
        """Observable, choice, value, shift from what the given input set predicts, remark, as text."""
        usual = {row.observable: row.value for row in self.rows if row.chosen}
        return [
            (
                row.observable,
                row.choice,
                number(row.value, row.uncertainty, row.interval, row.unit),
                _percent(row.value, usual[row.observable]),
                row.remark,
            )
            for row in self.rows
        ]

    def note(self, observable: str) -> str:
        """How far the choice of form factors moves one observable, in a sentence."""
        rows = self.of(observable)
        size, (own,) = self.spread.get(observable), [row for row in rows if row.chosen and not row.channel]
        if size is not None:
            error = "" if own.uncertainty is None else f"; the theory error is {own.uncertainty:.2g}"
            return (
                f"{observable}: ± {size:.2g} by the choice of form factors, half the range over those that are "
                f"verified and not superseded{error}."
            )
        if any(row.channel for row in rows):
            return f"{observable}: one determination alone is verified and not superseded, so there is no spread."
        return f"{observable} depends on no form factors; only whole input sets differ."

    @property
    def notes(self) -> tuple[str, ...]:
        """The sentence of every observable."""
        return tuple(self.note(name) for name in self.observables)

    def __str__(self) -> str:
        return "\n".join((text_table(HEADINGS, self.table()), *self.notes))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        notes = "<br>".join(escape(line) for line in self.notes)
        return html_table(HEADINGS, self.table()) + f"<p>{notes}</p>"


def _percent(value: float, usual: float) -> str:
    if not usual:
        return "–"
    shift = 100.0 * (value / usual - 1.0)
    return "0" if abs(shift) < 0.05 else f"{shift:+.1f} %".replace("-", "−")


@checked
def compare_inputs(
    observables: str | Sequence[str],
    point: Given = None,
    *,
    inputs: InputSet = "default",
    q2: Any = None,
    draws: int = DRAWS,
    tree: bool = False,
) -> Comparison:
    """Observables for every determination of their form factors, and for every input set that comes with nutau.

    In the input set ``inputs`` one channel at a time is exchanged, of those that an observable depends on. The other
    arguments are those of :func:`nutau.predict`. Raises :class:`InputError` as it does, for ``inputs="letter"`` (whose
    formulas have no form factors) and for a point with arrays.

    >>> import nutau
    >>> found = nutau.compare_inputs("BR(B0->K*nunu)", draws=0)
    >>> found[0].determination, found.spread["BR(B0->K*nunu)"] > 5e-7
    ('bgmt25', True)
    """
    names = tuple(dict.fromkeys(several("observables", observables)))
    if not names:
        raise InputError("No observables to compare: give names like 'BR(B+->Knunu)'.")
    chosen, where = load_inputs(inputs), as_point(point)
    made = predict(names, where, inputs=chosen, q2=q2, draws=draws, tree=tree)
    if any(np.ndim(row.value) or namespace(row.value) is not np for row in made):
        raise InputError("A comparison is for one point; give numbers instead of arrays.")
    rows: list[Alternative] = []
    own = iter(made)
    for request in requested(names, q2, inputs=chosen):
        ask = partial(
            predict,
            request.label,
            where,
            q2=request.q2,
            draws=draws,
            tree=tree and find(request.name).takes_tree,
        )
        points = len(request.q2) if isinstance(request.q2, np.ndarray) else 1
        rows += _rows(request, chosen, [next(own) for _ in range(points)], ask)
    return Comparison(tuple(rows), chosen.name, where.convention, _spreads(rows), made.warnings)


Ask = Callable[..., Sequence[Prediction]]


def _rows(request: Request, chosen: Inputs, own: Sequence[Prediction], ask: Ask) -> Iterator[Alternative]:
    """Every choice for one observable, one point in q² after the other; ``own`` is what the given set predicts."""
    channels, sets = find(request.name).channels, _sets(chosen)
    (own_name,) = (name for name, one in sets.items() if one is chosen)
    variants = [
        (channel, own_name, one) for channel in channels for one in with_each_determination(chosen, channel)
    ]
    variants += [("", name, one) for name, one in sets.items()]
    found = []
    for _, name, one in variants:
        with told(f"input set {name}"):
            found.append(own if one is chosen else ask(inputs=one))
    for point in range(len(own)):
        for (channel, name, one), made in zip(variants, found, strict=True):
            records = [one.form_factor(each) for each in ((channel,) if channel else channels)]
            yield _row(label(request, point), channel, name, made[point], records, chosen=one is chosen)


def _row(
    observable: str,
    channel: str,
    inputs: str,
    made: Prediction,
    records: Sequence[FormFactors],
    *,
    chosen: bool,
) -> Alternative:
    return Alternative(
        observable,
        channel,
        _joined(record.name for record in records),
        inputs,
        made.value,
        made.uncertainty,
        made.interval,
        made.unit,
        tuple(dict.fromkeys(source for record in records for source in record.sources)),
        all(record.verified for record in records),
        _joined(record.superseded_by or "" for record in records),
        chosen,
    )


def _joined(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(name for name in names if name))


def _sets(chosen: Inputs) -> dict[str, Inputs]:
    """The given input set and all that come with nutau, by name; one that is both stands once."""
    shipped = {name: load_inputs(name) for name in entries("inputs")}
    twin = shipped.get(chosen.name)
    if twin is not None and _same(chosen, twin):
        return {**shipped, chosen.name: chosen}
    return {chosen.name if twin is None else f"{chosen.name}, changed": chosen, **shipped}


def _same(one: Inputs, other: Inputs) -> bool:
    return (
        one.form_factors == other.form_factors
        and one.compat == other.compat
        and one.parameters.names == other.parameters.names
        and np.array_equal(one.parameters.central, other.parameters.central)
        and np.array_equal(one.parameters.covariance, other.parameters.covariance)
    )


def _spreads(rows: Iterable[Alternative]) -> dict[str, float]:
    """The spread of each observable over form factors that may be trusted."""
    values: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        if row.channel and row.trusted:
            values.setdefault(row.observable, {}).setdefault(row.channel, []).append(row.value)
    found = {name: spread(of_name) for name, of_name in values.items()}
    return {name: size for name, size in found.items() if size is not None}
