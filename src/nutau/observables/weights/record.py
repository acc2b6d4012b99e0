"""Weights of events, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.common.columns import Columns
from nutau.common.tables import text_table
from nutau.eft.algebra import vector
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inputs import Inputs
from nutau.observables.point import Given, as_point
from nutau.observables.weights.density import Element, element_name, monomials

SCHEMA = "nutau/weights/1"
HEADINGS = ("weight", "mean", "± (events)", "rate ratio", "effective events")

ROUNDING = 1e-12
"""A spread of weights below this fraction of them is none."""


@dataclass(frozen=True)
class Total:
    """A column of weights in sum: its mean with the error of finite events, and the ratio of the rates.

    ``first`` and ``second`` are the sums of what weights differ by from :attr:`ratio`, and of its square.
    """

    name: str
    events: int
    ratio: float
    first: float
    second: float

    @property
    def mean(self) -> float:
        """The mean weight, :attr:`ratio` for events of all of phase space."""
        return self.ratio + self.first / self.events

    @property
    def _variance(self) -> float:
        spread = self.second / self.events - (self.first / self.events) ** 2
        return spread if spread > (ROUNDING * self.ratio) ** 2 else 0.0

    @property
    def error(self) -> float:
        """Of the mean, from the spread of the weights."""
        return float(np.sqrt(self._variance / self.events))

    @property
    def effective(self) -> float:
        r""":math:`(\sum w)^2/\sum w^2`, the events without weights that know as much."""
        square = self._variance + self.mean**2
        return self.events * self.mean**2 / square if square else 0.0

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "mean": self.mean,
            "mean_error": self.error,
            "rate_ratio": self.ratio,
            "effective_events": self.effective,
        }


@dataclass(frozen=True)
class Terms:
    """Weights as a sum over real monomials of the coefficients at 4.8 GeV: what multiplies each, by its element.

    ``kept`` are the positions of 1 and of the coefficients of ``basis`` among those of the decay.
    """

    basis: Basis
    kept: Sequence[int]
    elements: Sequence[Element]
    inputs: Inputs

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, ``term_0``, …"""
        return tuple(f"term_{k}" for k in range(len(self.elements)))

    @property
    def monomials(self) -> tuple[str, ...]:
        """How each monomial is written."""
        return tuple(element_name(element, self.basis) for element in self.elements)

    def values(self, point: Any = None) -> Array:
        """The monomials at a point, ``(terms,)``; weights are the columns times these."""
        at = as_point(point).at(self.inputs, self.basis).values
        return monomials(vector(at, 1 + len(self.basis)), self.elements)

    def to_dict(self) -> dict[str, Any]:
        """For the metadata of a file: enough to contract the columns without nutau."""
        return {
            "coefficients": list(self.basis.coefficients),
            "scale": 4.8,
            "rule": "weight = sum_k term_k m_k, m_k = Re or Im of conj(c[row]) c[column], c = (1, coefficients)",
            "columns": [
                {"name": name, "row": i, "column": j, "part": part, "monomial": monomial}
                for name, (i, j, part), monomial in zip(
                    self.names, self.elements, self.monomials, strict=True
                )
            ],
        }


@dataclass(frozen=True, eq=False)
class Weights(Columns):
    """Weights of events: the ``variables`` that they rest on and the ``values``, columns ``(events,)`` by name.

    ``terms`` says what the columns ``term_…`` multiply; ``record`` is what a file says of itself, ``notes`` what to
    know.
    """

    variables: Mapping[str, Array]
    values: Mapping[str, Array]
    totals: tuple[Total, ...]
    terms: Terms | None
    record: Mapping[str, Any]
    notes: tuple[str, ...]

    def __getitem__(self, name: str) -> Array:
        return self.values[name]

    def __len__(self) -> int:
        return len(self.variables["q2"])

    def __repr__(self) -> str:
        return report(self.totals, self.notes)

    @checked
    def at(self, point: Given = None) -> Array:
        """The weights at any point, from the terms; :class:`InputError` if they were not asked for.

        >>> import nutau
        >>> made = nutau.weights({"q2": [5.0, 8.0]}, "B0->Dtaunu", terms=True)
        >>> made.at().round(9).tolist()
        [1.0, 1.0]
        """
        if self.terms is None:
            raise InputError("The weights have no terms to contract: ask for them with terms=True.")
        columns = np.stack([self.values[name] for name in self.terms.names], axis=-1)
        return columns @ self.terms.values(point)

    def columns(self) -> dict[str, list[Any]]:
        """Variables and weights by name."""
        return {name: column.tolist() for name, column in {**self.variables, **self.values}.items()}

    def to_dict(self) -> dict[str, Any]:
        """What is known of the weights, without the events."""
        return {**self.record, "events": len(self), **summary(self.totals, self.notes)}


def summary(totals: Sequence[Total], notes: Sequence[str]) -> dict[str, Any]:
    """Totals and notes for JSON."""
    return {"weights": [total.to_dict() for total in totals], "notes": list(notes)}


def rows(totals: Sequence[Total]) -> list[tuple[str, ...]]:
    """The table of totals, under :data:`HEADINGS`."""
    return [
        (
            total.name,
            f"{total.mean:.5g}",
            f"{total.error:.2g}",
            f"{total.ratio:.5g}",
            f"{total.effective:.6g}",
        )
        for total in totals
    ]


def report(totals: Sequence[Total], notes: Sequence[str]) -> str:
    """Totals and notes as text."""
    return "\n".join([text_table(HEADINGS, rows(totals)), *notes])
