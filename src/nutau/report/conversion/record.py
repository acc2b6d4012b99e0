"""What a conversion gives: entries of a data file, and what was left behind, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import floor, hypot, isfinite, log10
from typing import Any

from nutau.errors import listed

PARTS = {1: ("total",), 2: ("stat", "syst"), 3: ("stat", "syst", "external")}
"""What one, two and three uncertainties in a row are."""


class Unusable(ValueError):
    """Why a number cannot be converted."""


@dataclass(frozen=True)
class Left:
    """A number that was not converted: the name it stands under, its observable, and the reason."""

    entry: str
    observable: str
    reason: str


@dataclass(frozen=True)
class Conversion:
    """The entries of a data file of nutau, as mappings, and what was left behind."""

    format: str
    source: str
    entries: tuple[Mapping[str, Any], ...]
    left: tuple[Left, ...]

    def document(self) -> dict[str, Any]:
        """The data file. Nobody has compared its numbers with their papers, so it is marked as unverified."""
        return {
            "title": f"{self.source}, converted from {self.format}",
            "allow_unverified": True,
            "measurements": [dict(entry) for entry in self.entries],
        }

    def to_yaml(self) -> str:
        """The data file as text."""
        import yaml

        from nutau.common.yaml_loader import loader

        class Dumper(yaml.SafeDumper):
            yaml_implicit_resolvers = (
                loader().yaml_implicit_resolvers
            )  # words that would be read as numbers are quoted

            def ignore_aliases(self, data: Any) -> bool:
                return True

        return yaml.dump(
            self.document(),
            Dumper=Dumper,
            sort_keys=False,
            allow_unicode=True,
            default_flow_style=None,
            width=110,
        )

    @property
    def numbers(self) -> int:
        """How many numbers were converted."""
        return sum(len(entry.get("values", entry.get("limits", (0,)))) for entry in self.entries)

    def reasons(self, most: int) -> list[str]:
        """What was left behind and why: a line each for up to ``most`` numbers, else a line for each reason."""
        if len(self.left) <= most:
            return [
                f"{' '.join(filter(None, (item.entry, item.observable)))}: {item.reason}"
                for item in self.left
            ]
        by_reason: dict[str, list[str]] = {}
        for item in self.left:
            by_reason.setdefault(item.reason, []).append(item.observable or item.entry)
        return [
            f"{reason}: {len(names)} ({listed(dict.fromkeys(names))})"
            for reason, names in sorted(by_reason.items(), key=lambda pair: -len(pair[1]))
        ]


@dataclass(frozen=True)
class Place:
    """Where a number goes: nutau's observable, its bin, and what the number is multiplied by to get there."""

    observable: str
    q2: tuple[float, float] | None = None
    factor: float = 1.0
    dimension: str = "1"

    @property
    def keys(self) -> dict[str, Any]:
        """The observable as it stands in an entry."""
        return {"observable": self.observable} | ({} if self.q2 is None else {"q2": list(self.q2)})


@dataclass(frozen=True)
class Value:
    """A measured number and its uncertainties, upwards and downwards, each part for itself."""

    central: float
    errors: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Limit:
    """An upper limit."""

    limit: float
    confidence_level: float


@dataclass(frozen=True)
class Curve:
    """-2 log L at points of the observable."""

    x: tuple[float, ...]
    values: tuple[float, ...]


Number = Value | Limit | Curve


@dataclass
class Entries:
    """The entries of one measurement as they are made: numbers of one kind go into one entry, curves each into one."""

    name: str
    facts: Mapping[str, Any]
    made: list[dict[str, Any]] = field(default_factory=list)

    def values(self, rows: Sequence[tuple[Place, Value]], correlation: Any = None) -> None:
        """Gaussian numbers, with their correlation matrix."""
        if rows:
            more = {} if correlation is None or len(rows) == 1 else {"correlation": correlation}
            self._add("gaussian", "values", [_value(place, number) for place, number in rows], more)

    def limits(self, rows: Sequence[tuple[Place, Limit]]) -> None:
        """Upper limits."""
        if rows:
            self._add("upper_limit", "limits", [_limit(place, number) for place, number in rows], {})

    def curve(self, place: Place, curve: Curve) -> None:
        """A likelihood on a grid."""
        exponent = _exponent([x * place.factor for x in curve.x])
        axis = place.keys | {
            "unit": _unit(exponent, place),
            "grid": [_shifted(x, place, exponent) for x in curve.x],
        }
        self._add(
            "table", "axes", [axis], {"minus_two_log_likelihood": [float(f"{y:.8g}") for y in curve.values]}
        )

    def _add(self, kind: str, key: str, rows: list[dict[str, Any]], more: Mapping[str, Any]) -> None:
        units = {str(row["unit"]): row["unit"] for row in rows}
        name = self.name if not self.made else f"{self.name}-{len(self.made) + 1}"
        entry: dict[str, Any] = {"name": name, "kind": kind, **self.facts}
        if len(units) == 1:
            entry["unit"] = next(iter(units.values()))
            rows = [{key: item for key, item in row.items() if key != "unit"} for row in rows]
        self.made.append({**entry, key: rows, **more})


def _value(place: Place, number: Value) -> dict[str, Any]:
    exponent = _exponent(
        [number.central * place.factor, *(e * place.factor for pair in number.errors for e in pair)]
    )
    parts = [pair for pair in number.errors if max(pair) > 0]
    if not parts:
        raise Unusable("it has no uncertainty")
    if len(parts) > max(PARTS):
        parts = [(hypot(*(plus for plus, _ in parts)), hypot(*(minus for _, minus in parts)))]
    if any(min(pair) <= 0 for pair in parts):
        raise Unusable("an uncertainty of it is zero on one side")
    shifted = [tuple(_shifted(error, place, exponent) for error in pair) for pair in parts]
    errors = {
        name: plus if plus == minus else {"plus": plus, "minus": minus}
        for name, (plus, minus) in zip(PARTS[len(parts)], shifted, strict=True)
    }
    central = _shifted(number.central, place, exponent)
    return place.keys | {"unit": _unit(exponent, place), "value": central, "errors": errors}


def _limit(place: Place, number: Limit) -> dict[str, Any]:
    exponent = _exponent([number.limit * place.factor])
    return place.keys | {
        "unit": _unit(exponent, place),
        "limit": _shifted(number.limit, place, exponent),
        "confidence_level": number.confidence_level,
    }


def _exponent(numbers: Sequence[float]) -> int:
    """The power of ten that makes numbers easy to read: that of the largest, 0 for those between 0.01 and 1000."""
    largest = max(abs(number) for number in numbers)
    if not isfinite(largest):
        raise Unusable("it is not finite")
    return 0 if largest == 0 or 1e-2 <= largest < 1e3 else floor(log10(largest))


def _shifted(number: float, place: Place, exponent: int) -> float:
    """A number in the unit, its digits unchanged where nothing but the decimal point moves."""
    scaled = number if place.factor == 1.0 else float(f"{number * place.factor:.12g}")
    return float(Decimal(repr(float(scaled))).scaleb(-exponent))


def _unit(exponent: int, place: Place) -> str | float:
    if place.dimension == "1":
        return 1 if exponent == 0 else float(f"1e{exponent}")
    return place.dimension if exponent == 0 else f"1e{exponent} {place.dimension}"
