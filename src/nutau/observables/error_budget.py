"""Error budgets: the theory error of a prediction due to each group of parameters alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.columns import Columns
from nutau.common.tables import html_table, text_table
from nutau.eft.wilson import Wilson
from nutau.errors import InputError
from nutau.inputs import Inputs
from nutau.observables.choice import CHOICE, EXPLAINED
from nutau.observables.predictions import SEED, formulas, restricted, sampled_columns
from nutau.observables.requests import Request, label

SCHEMA = "nutau/budget/1"
TOTAL = "total"
SHOWN = 1e-4
"""A group that makes less than this fraction of the total error of every observable is left out of tables."""
ROUNDING = 1e-10
"""An error below this fraction of the total is rounding: the observable does not depend on the group."""


@dataclass(frozen=True)
class Budget(Columns, Mapping[str, Mapping[str, float]]):
    """For each observable one standard deviation due to each group of parameters, and ``"total"``; and its value.

    The squares add up to that of the total only as far as the observable is linear in the parameters. ``spread`` is
    half the range over determinations of the form factors (:func:`nutau.observables.choice.spread`), where there are
    several; it is no part of the total.
    """

    errors: Mapping[str, Mapping[str, float]]
    inputs: str
    convention: str = "physical"
    central: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    note_of: Mapping[str, str] = field(default_factory=dict)
    spread: Mapping[str, float] = field(default_factory=dict)

    def __getitem__(self, observable: str) -> Mapping[str, float]:
        """The errors of one observable, by group."""
        if observable not in self.errors:
            raise InputError(f"'{observable}' is not in this budget: {', '.join(self.errors)}.")
        return self.errors[observable]

    def __iter__(self) -> Iterator[str]:
        """Over the observables."""
        return iter(self.errors)

    def __len__(self) -> int:
        """How many observables."""
        return len(self.errors)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that ``nutau predict`` prints for a budget."""
        document: dict[str, Any] = {"schema": SCHEMA, "inputs": self.inputs, "convention": self.convention}
        document["budget"] = {name: dict(row) for name, row in self.errors.items()}
        document["values"] = dict(self.central)
        document |= {"spread": dict(self.spread)} if self.spread else {}
        document |= {"notes": dict(self.note_of)} if self.note_of else {}
        return document | ({"warnings": list(self.warnings)} if self.warnings else {})

    def columns(self) -> dict[str, list[Any]]:
        """Columns of a table: the groups, the total and what is not in it, then the errors of each observable."""
        groups = list(next(iter(self.errors.values())))
        beside = [CHOICE] if self.spread else []
        return {"source": groups + beside} | {
            name: [*(row[group] for group in groups), *(self.spread.get(name) for _ in beside)]
            for name, row in self.errors.items()
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """What the values leave out, by observable, and what the choice of form factors is."""
        told = tuple(f"{name}: {text}" for name, text in self.note_of.items())
        return (*told, EXPLAINED) if self.spread else told

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of :meth:`table`."""
        return ("source", *self.errors)

    def table(self) -> list[tuple[str, ...]]:
        """Values, total errors, and for each group the errors it makes, as text; groups that move none are left out.

        The last row is the spread over form factors, if there is a choice: a dash where there is none.
        """
        rows = {source: errors for source, *errors in zip(*self.columns().values(), strict=True)}
        totals, spreads = rows.pop(TOTAL), rows.pop(CHOICE, None)
        shown = {
            source: errors
            for source, errors in rows.items()
            if any(error > SHOWN * total for error, total in zip(errors, totals, strict=True))
        }
        values = [("value", *(f"{self.central[name]:.5g}" for name in self.errors))] if self.central else []
        last = {CHOICE: spreads} if spreads is not None else {}
        return values + [
            (source, *("–" if error is None else f"{error:.2g}" for error in errors))
            for source, errors in ({TOTAL: totals} | shown | last).items()
        ]

    def __str__(self) -> str:
        return "\n".join((text_table(self.headings, self.table()), *self.notes))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(self.headings, self.table())


def by_group(
    requests: Sequence[Request],
    wilson: Wilson,
    at: Callable[[Mapping[str, Array]], Wilson],
    inputs: Inputs,
    *,
    draws: int,
    tree: bool = False,
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Values and errors of a :class:`Budget` at one point (4.8 GeV), which ``at`` moves with draws of the parameters.

    Each group is varied alone with ``draws`` theory draws (at least 2, else :class:`InputError`), in the rates and in
    the coefficients. A differential observable has one entry for each of its points in q².
    """
    if draws < 2:
        raise InputError(
            f"{draws} theory draws: an error budget needs at least 2, and some hundred to be of use."
        )
    errors: dict[str, dict[str, float]] = {}
    for name, groups in [*((group, (group,)) for group in _varied(inputs)), (TOTAL, None)]:
        made = formulas(requests, inputs, draws=draws, groups=groups, tree=tree)
        drawn = at(inputs.parameters.sample(draws, SEED, groups=groups))
        for request, formula in zip(requests, made, strict=True):
            columns = sampled_columns(formula, wilson, drawn)
            for point, spread in enumerate(np.std(columns, axis=0, ddof=1).tolist()):
                errors.setdefault(label(request, point), {})[name] = spread
    values: dict[str, float] = {}
    for request, formula in zip(requests, made, strict=True):
        for point, value in enumerate(np.atleast_1d(formula(restricted(wilson, formula))).tolist()):
            values[label(request, point)] = value
    return values, {
        name: {group: error if error > ROUNDING * row[TOTAL] else 0.0 for group, error in row.items()}
        for name, row in errors.items()
    }


def _varied(inputs: Inputs) -> list[str]:
    """The groups of parameters that have an error."""
    groups, variances = inputs.parameters.groups, np.diag(np.asarray(inputs.parameters.covariance))
    return list(
        dict.fromkeys(group for group, variance in zip(groups, variances, strict=True) if variance > 0)
    )
