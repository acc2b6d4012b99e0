"""The report: published and computed numbers side by side, with the verdict that follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, log10
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from nutau import __version__
from nutau.data import folder, read_yaml, validate
from nutau.errors import unknown
from nutau.letter.appendix import appendix_claim
from nutau.letter.claims import CLAIMS, Computed
from nutau.letter.full import full_number
from nutau.letter.inputs import CONVENTIONS, chain
from nutau.tables import html_table

Verdict = Literal["holds", "holds only as published", "does not hold"]
SCHEMA = "nutau/report/1"


class Tolerance(BaseModel):
    """How far a computed number may lie from the printed one; one of the four kinds (see ``claims.yaml``)."""

    model_config = ConfigDict(extra="forbid")
    absolute: float | None = None
    relative: float | None = None
    decades: float | None = None
    sigma: float | None = None

    @model_validator(mode="after")
    def _one(self) -> Tolerance:
        if sum(value is not None for value in (self.absolute, self.relative, self.decades, self.sigma)) != 1:
            raise ValueError("give exactly one of absolute, relative, decades, sigma")
        return self

    def accepts(self, published: float | None, computed: float | None, uncertainty: float = 0.0) -> bool:
        """Whether a computed number agrees with the printed one (``None``: there is none)."""
        if published is None or computed is None:
            return published is computed
        if not isfinite(computed):
            return False
        slack = 1e-9 * max(1.0, abs(published))  # a number on the rounding edge agrees
        if self.decades is not None:
            return computed > 0 and abs(log10(computed / published)) <= self.decades
        for scale, bound in (
            (1.0, self.absolute),
            (abs(published), self.relative),
            (uncertainty, self.sigma),
        ):
            if bound is not None:
                return abs(computed - published) <= bound * scale + slack
        raise AssertionError("unreachable: one kind of tolerance is given")

    def __str__(self) -> str:
        kinds = {
            "absolute": f"±{self.absolute}",
            "relative": f"{100 * (self.relative or 0):.0f} %",
            "decades": f"{self.decades} decades",
            "sigma": f"{self.sigma} σ of the printed error",
        }
        return next(text for kind, text in kinds.items() if getattr(self, kind) is not None)


class PublishedClaim(BaseModel):
    """One entry of ``claims.yaml``."""

    model_config = ConfigDict(extra="forbid")
    id: str
    equation: str
    statement: str
    published: dict[str, Any]
    tolerance: Tolerance | None = None
    note: str = ""


class ClaimsFile(BaseModel):
    """The content of ``claims.yaml``."""

    model_config = ConfigDict(extra="forbid")
    source: str
    claims: list[PublishedClaim]


@dataclass(frozen=True)
class Claim:
    """A claim of the letter: printed, computed in each convention, judged.

    ``computed`` has the keys ``published`` and ``physical``, which differ in the sign of λ_t alone, and ``full``
    (one α, the full CKM matrix and running) where that matters.
    """

    id: str
    equation: str
    statement: str
    published: Mapping[str, Any]
    computed: Mapping[str, Computed]
    verdict: Verdict
    why: str


@dataclass(frozen=True)
class Report:
    """All claims. Prints as a table; ``to_dict`` is the content of ``report.json``."""

    claims: tuple[Claim, ...]

    def __getitem__(self, claim: str) -> Claim:
        for entry in self.claims:
            if entry.id == claim:
                return entry
        raise unknown("claim", claim, (entry.id for entry in self.claims))

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        claims = [
            {
                "id": c.id,
                "equation": c.equation,
                "statement": c.statement,
                "published": dict(c.published),
                "computed": {key: dict(value) for key, value in c.computed.items()},
                "verdict": c.verdict,
                "why": c.why,
            }
            for c in self.claims
        ]
        return {"schema": SCHEMA, "nutau": __version__, "claims": claims}

    def rows(self) -> list[tuple[str, ...]]:
        """(id, statement, published, as published, physical, full, verdict, why) as text."""
        return [
            (
                c.id,
                c.statement,
                show(c.published),
                show(c.computed["published"]),
                show(c.computed["physical"]),
                show(c.computed["full"]) if "full" in c.computed else "",
                c.verdict,
                c.why,
            )
            for c in self.claims
        ]

    def numbers(self) -> list[tuple[str, ...]]:
        """(claim, which number, published, as published, physical, full, verdict) as text, a row for each number."""
        rows: list[tuple[str, ...]] = []
        for c in self.claims:
            cells = [
                _cells(entry) for entry in (c.published, c.computed["published"], c.computed["physical"])
            ]
            cells.append(_cells(c.computed["full"]) if "full" in c.computed else {})
            for row, name in enumerate(cells[0]):
                first = row == 0
                rows.append(
                    (
                        f"{c.id}: {c.statement}" if first else "",
                        _squared(name),
                        *(column.get(name, "") for column in cells),
                        c.verdict if first else "",
                    )
                )
        return rows

    def __str__(self) -> str:
        return "\n".join(
            f"{c.id:14s} {c.verdict:24s} {c.statement}: {show(c.published)}" for c in self.claims
        )

    def _repr_html_(self) -> str:
        return html_table(HEADINGS, self.rows())


HEADINGS = ("claim", "statement", "published", "as published", "physical", "full", "verdict", "why")


def claims_file() -> ClaimsFile:
    """What the letter says, from ``data/letter/claims.yaml``."""
    path = folder("letter").joinpath("claims.yaml")
    return validate(ClaimsFile, read_yaml(path), path.name)


def reproduce(dataset: str = "letter-2022") -> Report:
    """Compute and judge every claim of the letter.

    ``dataset`` replaces the data that enter the chain (R_D, R_D*, the bounds on R_νν); verdicts follow.
    """
    return Report(tuple(_claim(entry, dataset) for entry in claims_file().claims))


def _claim(entry: PublishedClaim, dataset: str) -> Claim:
    if "formula" in entry.published:
        published, computed = appendix_claim(entry.published["formula"])
        columns: dict[str, Computed] = dict.fromkeys(CONVENTIONS, computed)  # no λ_t in these
    else:
        published = entry.published
        columns = {name: CLAIMS[entry.id](chain(dataset), name) for name in CONVENTIONS}
    agree = {name: agrees(published, columns[name], entry.tolerance) for name in CONVENTIONS}
    verdict = judge(agree["published"], agree["physical"])
    why = _why(entry, published, columns, verdict)
    full = full_number(entry.id, dataset)
    return Claim(
        entry.id,
        entry.equation,
        entry.statement,
        published,
        columns | ({} if full is None else {"full": full}),
        verdict,
        why,
    )


def judge(as_published: bool, physical: bool) -> Verdict:
    """A claim holds if the physical sign gives it; else it holds only as published, or not at all."""
    if physical:
        return "holds"
    return "holds only as published" if as_published else "does not hold"


def agrees(published: Mapping[str, Any], computed: Computed, tolerance: Tolerance | None) -> bool:
    """Whether a computed entry agrees with the printed one of the same shape."""
    if "names" in published:
        return set(published["names"]) == set(computed["names"])
    if tolerance is None:
        raise AssertionError("claims.yaml gives a number without a tolerance")
    uncertainty = float(published.get("uncertainty", 0.0))
    return all(tolerance.accepts(p, c, uncertainty) for p, c in _pairs(published, computed))


def _pairs(published: Mapping[str, Any], computed: Computed) -> list[tuple[float | None, float | None]]:
    if "values" in published:
        return [(value, computed["values"][name]) for name, value in published["values"].items()]
    if "range" in published:
        return list(zip(published["range"], computed["range"], strict=True))
    return [(published["value"], computed["value"])]


def _why(
    entry: PublishedClaim, published: Mapping[str, Any], columns: dict[str, Computed], verdict: Verdict
) -> str:
    one, other = show(columns["published"]), show(columns["physical"])
    if "values" in published and entry.tolerance is not None:
        ours = columns["physical"]
        off = [
            f"{name} {show_number(ours['values'][name])} for {show_number(value)}{_distance(ours, name, value)}"
            for name, value in published["values"].items()
            if not entry.tolerance.accepts(value, ours["values"][name])
        ]
        one, other = "agrees", "; ".join(off)
    within = f" (tolerance {entry.tolerance})" if entry.tolerance else ""
    text = {
        "holds": f"independent of the sign of λ_t{within}"
        if columns["published"] == columns["physical"]
        else f"the physical sign gives {other or 'it'}{within}",
        "holds only as published": f"with |λ_t|: {one}; with the signed λ_t: {other}{within}",
        "does not hold": f"{other}{within}",
    }[verdict]
    return f"{text}. {entry.note}".strip() if entry.note else text


def _distance(ours: Computed, name: str, printed: float | None) -> str:
    """How far a number with a theory error lies from the printed one, in percent and in that error."""
    value, error = ours["values"][name], ours.get("uncertainties", {}).get(name)
    if not error or not printed or value is None:
        return ""
    distance = abs(value - printed)
    return f" ({100 * distance / abs(printed):.0f} % off, {distance / error:.1f} σ of our theory error)"


def show_number(value: float | None) -> str:
    """Four significant digits; a dash where there is no number."""
    return "–" if value is None else f"{value:.4g}"


def show(entry: Mapping[str, Any]) -> str:
    """An entry as text, for tables."""
    if "names" in entry:
        return ", ".join(entry["names"]) or "none"
    if "range" in entry:
        return " to ".join(show_number(value) for value in entry["range"])
    if "values" in entry:
        return ", ".join(f"{name} {text}" for name, text in _cells(entry).items())
    error = f" ± {entry['uncertainty']:.2g}" if "uncertainty" in entry else ""
    return show_number(entry["value"]) + error


def _cells(entry: Mapping[str, Any]) -> dict[str, str]:
    """The numbers of an entry as text by their names; one that is alone has none."""
    if "values" not in entry:
        return {"": show(entry)}
    errors = entry.get("uncertainties", {})
    return {
        name: show_number(value) + (f" ± {errors[name]:.1g}" if name in errors else "")
        for name, value in entry["values"].items()
    }


def _squared(name: str) -> str:
    """``m m`` as m²."""
    first, _, second = name.partition(" ")
    return f"{first}²" if second and first == second else name
