"""Relations found: which are exact, how far others can be broken, what they predict, and how that is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.columns import Columns
from nutau.common.numbers import number, small
from nutau.common.tables import html_table, text_table
from nutau.observables.relations.domains import Domain
from nutau.observables.relations.exact import Relation
from nutau.report.relations.measured import Knowledge

SCHEMA = "nutau/relations/1"
SAME = 1e-3
"""Numbers that differ by less, of one, are shown once: they are those of a wider set of coefficients."""
NONE_LEFT = (0.0, -1.0)
"""The range of what no coefficients allow: the data on the other rates exclude all of the set."""
HEADINGS = ("rate", "is exactly", "for")
TESTED = ("for", "relation", "broken by", "broken within the data", "allowed by the data (95 %)")


@dataclass(frozen=True, eq=False)
class Tested:
    r"""A relation of the target to the other rates, for a set of coefficients for which it need not be exact.

    ``weights`` ``(members,)`` are of rates over their SM values (:class:`Relation`), ``None`` where none is better
    than another. ``violation`` is the range of :math:`(R-\sum_jb_jR_j)/R` over *all* coefficients of the set (``None``:
    no bound), ``within`` that of :math:`R-\sum_jb_jR_j` and ``allowed`` that of R over all that keep the other rates
    within what is known of them. ``best`` says that the weights are those of the smallest violation, and not the
    weights of fewer coefficients.
    """

    domain: Domain
    exact: bool
    weights: Array | None
    violation: tuple[float, float] | None
    within: tuple[float, float] | None
    allowed: tuple[float, float] | None
    best: bool = False

    @property
    def says(self) -> bool:
        """Whether there is a relation, or a bound on the target."""
        return self.exact or self.weights is not None or self.allowed is not None

    def like(self, other: Tested) -> bool:
        """Whether another set of coefficients gives the same numbers."""
        return all(
            _same(one, two)
            for one, two in (
                (self.weights, other.weights),
                (self.violation, other.violation),
                (self.within, other.within),
                (self.allowed, other.allowed),
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "domain": self.domain.name,
            "for": self.domain.said,
            "exact": self.exact,
            "best": self.best,
            "weights": None if self.weights is None else self.weights.tolist(),
            "violation": self.violation,
            "excluded_by_data": self.allowed == NONE_LEFT,
            "violation_within_data": None if self.within == NONE_LEFT else self.within,
            "allowed_by_data": None if self.allowed == NONE_LEFT else self.allowed,
        }


@dataclass(frozen=True)
class Expected:
    """The target in its own units from measured rates and a relation that is exact for ``domain``.

    ``experiment`` is the error of the measured rates, ``theory`` that of the coefficients and the SM.
    """

    value: float
    experiment: float
    theory: float
    domain: Domain

    @property
    def error(self) -> float:
        """Of both."""
        return float(np.hypot(self.experiment, self.theory))

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "value": self.value,
            "uncertainty": self.error,
            "experiment": self.experiment,
            "theory": self.theory,
            "domain": self.domain.name,
        }


@dataclass(frozen=True, eq=False)
class Relations(Columns):
    """All relations among some rates, the one to the ``target`` for every set of coefficients, and what it predicts.

    ``sm`` are the SM values of ``observables``, over which rates are taken where ``over_sm``; ``expected`` is the
    target from what is ``known`` of the others. ``only`` are the coefficients that were kept; none: all of them.
    """

    observables: tuple[str, ...]
    target: str
    inputs: str
    data: str
    over_sm: bool
    sm: Array
    relations: tuple[Relation, ...]
    tested: tuple[Tested, ...]
    known: Knowledge
    expected: Expected | None
    units: tuple[str, ...]
    only: tuple[str, ...] = ()

    @property
    def members(self) -> tuple[str, ...]:
        """All rates but the target."""
        return tuple(name for name in self.observables if name != self.target)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that ``nutau relations`` prints."""
        return {
            "schema": SCHEMA,
            "inputs": self.inputs,
            "data": self.data,
            "over_sm": self.over_sm,
            "only": list(self.only),
            "observables": [
                {"observable": name, "sm": float(sm), "unit": unit}
                for name, sm, unit in zip(self.observables, self.sm, self.units, strict=True)
            ],
            "relations": [_plain(one) for one in self.relations],
            "target": self.target,
            "members": list(self.members),
            "tested": [one.to_dict() for one in self.tested],
            "known": [one.to_dict() for one in self.known.rates.values()],
            "expected": None if self.expected is None else self.expected.to_dict(),
        }

    def columns(self) -> dict[str, list[Any]]:
        """One line a coefficient of an exact relation."""
        rows = [
            (
                one.target,
                one.domain.name,
                member,
                float(one.weights[i]),
                None if one.uncertainties is None else float(one.uncertainties[i]),
                float(one.absolute[i]),
                None if one.absolute_uncertainties is None else float(one.absolute_uncertainties[i]),
            )
            for one in self.relations
            for i, member in enumerate(one.members)
        ]
        names = ("rate", "domain", "member", "weight", "uncertainty", "absolute", "absolute_uncertainty")
        return {name: [row[i] for row in rows] for i, name in enumerate(names)}

    def table(self) -> list[tuple[str, ...]]:
        """The exact relations below :data:`HEADINGS`."""
        return [(one.target, written(one), one.domain.said) for one in self.relations]

    def tested_table(self) -> list[tuple[str, ...]]:
        """The relation to the target for each set of coefficients, below :data:`TESTED`."""
        return [
            (
                one.domain.said + (" (best)" if one.best else ""),
                "exact" if one.exact else self._approximate(one),
                "–" if one.exact else "no bound" if one.violation is None else percent(one.violation),
                "–" if one.exact or one.within is None else between(one.within, signed=True),
                "no bound" if one.allowed is None else between(one.allowed),
            )
            for one in self.tested
        ]

    def _tested_text(self) -> tuple[str, ...]:
        return (f"{self.target}\n{text_table(TESTED, self.tested_table())}",) if self.tested else ()

    def _approximate(self, one: Tested) -> str:
        if one.weights is None:
            return "none"
        return joined(
            [
                (f"{weight:.3f}", name)
                for weight, name in zip(one.weights, self.members, strict=True)
                if weight
            ]
        )

    def notes(self) -> tuple[str, ...]:
        """What stands below the tables."""
        lines = [
            "Rates are over their SM values."
            if self.over_sm
            else "Rates are not over their SM values: one is zero."
        ]
        if self.only:
            lines.append(f"All coefficients but {', '.join(self.only)} are zero.")
        lines += [
            f"{one.name}: {_said(one.value, one.error, one.high)} ({one.source})"
            for one in self.known.rates.values()
        ]
        if self.expected is not None:
            made = self.expected
            value = number(made.value, made.error, (made.value - made.error, made.value + made.error))
            lines.append(
                f"{self.target} = {value} from these for {made.domain.said}: "
                f"± {small(made.experiment, 2)} of the data, ± {small(made.theory, 2)} of theory"
            )
        else:
            lines += self._missing()
        return tuple(lines)

    def _missing(self) -> list[str]:
        if not self.tested:
            return [f"Nothing relates {self.target} to the others, and they do not bound it."]
        exact = next((one for one in self.relations if one.target == self.target), None)
        if exact is None:
            return []
        lacking = [name for name in exact.members if name not in self.known.valued]
        return (
            [
                f"{self.target} is not predicted: {' and '.join(lacking)} "
                f"{'has' if len(lacking) == 1 else 'have'} no measured value."
            ]
            if lacking
            else []
        )

    def __str__(self) -> str:
        found = text_table(HEADINGS, self.table()) if self.relations else "No exact relation."
        return "\n\n".join((found, *self._tested_text(), "\n".join(self.notes())))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        first = html_table(HEADINGS, self.table(), "exact relations")
        return first + html_table(TESTED, self.tested_table(), self.target)


def _same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return bool(np.allclose(one, other, rtol=SAME, atol=SAME))


def written(one: Relation, shown: Callable[[str], str] = str) -> str:
    """The combination of a relation as text, coefficients with their errors, names as ``shown``."""
    errors = one.uncertainties if one.uncertainties is not None else np.zeros(len(one.weights))
    return joined(
        [
            (_coefficient(float(weight), float(error)), shown(name))
            for weight, error, name in zip(one.weights, errors, one.members, strict=True)
        ]
    )


def _coefficient(weight: float, error: float) -> str:
    text = number(weight, error, (weight - error, weight + error))
    return f"({text})" if "±" in text and not text.startswith("(") else text


def joined(terms: Sequence[tuple[str, str]]) -> str:
    """Coefficients and names with signs between them."""
    text = ""
    for coefficient, name in terms:
        term = name if coefficient in ("1", "1.000") else f"{coefficient} {name}"
        if not text:
            text = term
        elif term.startswith("-"):
            text += f" - {term[1:]}"
        else:
            text += f" + {term}"
    return text


def percent(ends: tuple[float, float]) -> str:
    """A range as percentages with signs."""
    low, high = (100 * end for end in ends)
    return f"{low:+.1f} to {high:+.1f} %"


def between(ends: tuple[float, float], signed: bool = False) -> str:
    """A range; of nothing in words."""
    if ends == NONE_LEFT:
        return "nothing: excluded"
    return f"{ends[0]:{'+' if signed else ''}.3g} to {ends[1]:{'+' if signed else ''}.3g}"


def _said(value: float | None, error: float | None, high: float) -> str:
    if value is None or error is None:
        return f"< {small(high)}"
    return number(value, error, (value - error, value + error))


def _plain(one: Relation) -> dict[str, Any]:
    errors, absolute = one.uncertainties, one.absolute_uncertainties
    return {
        "rate": one.target,
        "members": list(one.members),
        "weights": one.weights.tolist(),
        "uncertainties": None if errors is None else errors.tolist(),
        "absolute": one.absolute.tolist(),
        "absolute_uncertainties": None if absolute is None else absolute.tolist(),
        "domain": one.domain.name,
        "for": one.domain.said,
        "remainder": one.remainder,
    }
