"""The report: published and computed numbers side by side, with the verdict that follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite, log, log10
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from nutau import __version__
from nutau.common.checked import checked
from nutau.common.tables import html_table
from nutau.common.yaml_files import folder, read_yaml, validate
from nutau.errors import unknown
from nutau.inputs.letter import CONVENTIONS, chain
from nutau.letter.appendix import appendix_claim
from nutau.letter.claims import BAND, BANDED, BANDS, CLAIMS, Computed, letter_curves
from nutau.letter.full import AT_TREE_LEVEL, full_number

Verdict = Literal["holds", "holds only as published", "does not hold"]
FullVerdict = Literal["holds", "does not survive running", "does not hold"]
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

    def accepts(
        self,
        published: float | None,
        computed: float | None,
        uncertainty: float = 0.0,
        theory: float = 0.0,
    ) -> bool:
        """Whether a computed number agrees with the printed one (``None``: there is none).

        ``uncertainty`` is that of the printed number; ``theory``, that of the computed one, widens the tolerance.
        """
        if published is None or computed is None:
            return published is computed
        if not isfinite(computed):
            return False
        slack = theory + 1e-9 * max(1.0, abs(published))  # a number on the rounding edge agrees
        if self.decades is not None:
            return computed > 0 and abs(log10(computed / published)) <= self.decades + slack / log(10)
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
class Band:
    r"""A claim computed and judged over a band of R_D(*): the same entries as those of :class:`Claim`.

    ``as_published`` says whether the number with :math:`|\lambda_t|` agrees with the printed one.
    """

    computed: Mapping[str, Computed]
    verdict: Verdict
    full_verdict: FullVerdict | None
    as_published: bool


@dataclass(frozen=True)
class Claim:
    """A claim of the letter: printed, computed in each convention, judged.

    ``computed`` has the keys ``published`` and ``physical``, which differ in the sign of λ_t alone, and ``full``
    (one α, the full CKM matrix and running) where that matters. ``verdict`` follows from the first two,
    ``full_verdict`` from the third (``None``: there is none). ``bands`` has both for each band of R_D(*) by its
    number of σ, if the claim depends on one; those above are the band's of 2 σ.
    """

    id: str
    equation: str
    statement: str
    published: Mapping[str, Any]
    computed: Mapping[str, Computed]
    verdict: Verdict
    why: str
    full_verdict: FullVerdict | None = None
    bands: Mapping[str, Band] = field(default_factory=dict)
    as_published: bool = True

    @property
    def verdicts(self) -> str:
        """The verdict, what running leaves of it, and that over the other band, as text."""
        texts: list[str] = [self.verdict]
        if self.verdict == "holds" and not self.as_published:
            texts = ["holds with the physical sign only"]
        if self.full_verdict == "does not survive running":
            texts.append(self.full_verdict)
        texts += [
            f"at {name} σ: {band.verdict}"
            for name, band in self.bands.items()
            if band.verdict != self.verdict
        ]
        return "; ".join(texts)


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
                "full_verdict": c.full_verdict,
                "bands": {
                    name: {
                        "computed": {key: dict(value) for key, value in band.computed.items()},
                        "verdict": band.verdict,
                        "full_verdict": band.full_verdict,
                    }
                    for name, band in c.bands.items()
                },
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
                c.verdicts,
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
                        c.verdicts if first else "",
                    )
                )
        return rows

    def __str__(self) -> str:
        return "\n".join(
            f"{c.id:14s} {c.verdicts:24s} {c.statement}: {show(c.published)}" for c in self.claims
        )

    def _repr_html_(self) -> str:
        return html_table(HEADINGS, self.rows())


HEADINGS = ("claim", "statement", "published", "as published", "physical", "full", "verdict", "why")


def claims_file() -> ClaimsFile:
    """What the letter says, from ``data/letter/claims.yaml``."""
    path = folder("letter").joinpath("claims.yaml")
    return validate(ClaimsFile, read_yaml(path), path.name)


@checked
def reproduce(data: str = "letter-2022") -> Report:
    """Compute and judge every claim of the letter.

    ``data`` replaces those that enter the chain (R_D, R_D*, the bounds on R_νν); verdicts follow.

    >>> import nutau
    >>> nutau.reproduce()["eq-4.4"].verdict
    'holds only as published'
    """
    return Report(tuple(_claim(entry, data) for entry in claims_file().claims))


def _claim(entry: PublishedClaim, dataset: str) -> Claim:
    if "formula" in entry.published:
        published, computed = appendix_claim(entry.published["formula"])
        columns: dict[str, Computed] = dict.fromkeys(CONVENTIONS, computed)  # no λ_t in these
        columns["full"] = appendix_claim(entry.published["formula"], "default")[1]
    elif entry.id in BANDED:
        return _over_bands(entry, dataset)
    else:
        published = entry.published
        columns = {name: CLAIMS[entry.id](chain(dataset), name) for name in CONVENTIONS}
        full = full_number(entry.id, dataset)
        columns |= {} if full is None else {"full": full}
    found = _judged(entry, published, columns)
    return _made(entry, published, found)


def _over_bands(entry: PublishedClaim, dataset: str) -> Claim:
    """A claim on the δ that R_D(*) allows, over each band; its verdict is that of ``BAND``."""
    bands = {}
    for sigmas in BANDS:
        columns = {
            name: BANDED[entry.id](chain(dataset), letter_curves(name, dataset), sigmas)
            for name in CONVENTIONS
        }
        full = full_number(entry.id, dataset, sigmas)
        columns |= {} if full is None else {"full": full}
        bands[f"{sigmas:g}"] = _judged(entry, entry.published, columns)
    return _made(entry, entry.published, bands[f"{BAND:g}"], bands)


def _judged(entry: PublishedClaim, published: Mapping[str, Any], columns: dict[str, Computed]) -> Band:
    agree = {name: agrees(published, columns[name], entry.tolerance) for name in CONVENTIONS}
    full = None
    if "full" in columns:
        full = judge_full(
            agree["physical"],
            # other inputs give other digits: within its printed error a number is the printed one
            agrees(published, columns["full"], entry.tolerance, Tolerance(sigma=1.0)),
            runs=entry.id not in AT_TREE_LEVEL and "formula" not in entry.published,
        )
    return Band(columns, judge(agree["published"], agree["physical"]), full, agree["published"])


def _made(
    entry: PublishedClaim, published: Mapping[str, Any], found: Band, bands: Mapping[str, Band] | None = None
) -> Claim:
    return Claim(
        entry.id,
        entry.equation,
        entry.statement,
        published,
        found.computed,
        found.verdict,
        _why(entry, published, found, bands or {}),
        found.full_verdict,
        bands or {},
        found.as_published,
    )


def judge(as_published: bool, physical: bool) -> Verdict:
    """A claim holds if the physical sign gives it; else it holds only as published, or not at all."""
    if physical:
        return "holds"
    return "holds only as published" if as_published else "does not hold"


def judge_full(physical: bool, full: bool, *, runs: bool = True) -> FullVerdict:
    """The verdict on the full number; what only the running spoils, it does not survive."""
    if full:
        return "holds"
    return "does not survive running" if physical and runs else "does not hold"


def agrees(
    published: Mapping[str, Any], computed: Computed, tolerance: Tolerance | None, *others: Tolerance
) -> bool:
    """Whether a computed entry agrees with the printed one of the same shape, by one of the tolerances.

    ``"theory"`` of the computed entry, or its ``"uncertainties"`` number by number, widen them.
    """
    if "names" in published:
        return set(published["names"]) == set(computed["names"])
    if tolerance is None:
        raise AssertionError("claims.yaml gives a number without a tolerance")
    uncertainty = float(published.get("uncertainty", 0.0))
    pairs = _pairs(published, computed)
    return any(
        all(kind.accepts(p, c, uncertainty, theory) for p, c, theory in pairs)
        for kind in (tolerance, *others)
    )


def _pairs(
    published: Mapping[str, Any], computed: Computed
) -> list[tuple[float | None, float | None, float]]:
    """Printed and computed numbers of an entry, each with the theory error of the computed one."""
    theory = float(computed.get("theory", 0.0))
    if "values" in published:
        return [
            (value, computed["values"][name], _theory(computed, name))
            for name, value in published["values"].items()
        ]
    if "range" in published:
        return [(p, c, theory) for p, c in zip(published["range"], computed["range"], strict=True)]
    return [(published["value"], computed["value"], theory)]


def _theory(computed: Computed, name: str) -> float:
    return float(computed.get("uncertainties", {}).get(name, computed.get("theory", 0.0)))


def _why(entry: PublishedClaim, published: Mapping[str, Any], found: Band, bands: Mapping[str, Band]) -> str:
    columns, verdict = found.computed, found.verdict
    one, other = show(columns["published"]), show(columns["physical"])
    agree = found.as_published
    if "values" in published and entry.tolerance is not None:
        one, other = (
            ("agrees" if agree else _off(entry.tolerance, published, columns["published"])),
            _off(entry.tolerance, published, columns["physical"]),
        )
    within = f" (tolerance {entry.tolerance})" if entry.tolerance else ""
    text = {
        "holds": f"independent of the sign of λ_t{within}"
        if columns["published"] == columns["physical"]
        else f"the signed λ_t gives {other or 'it'}{'' if agree else f', |λ_t| gives {one}'}{within}",
        "holds only as published": f"with |λ_t|: {one}; with the signed λ_t: {other}{within}",
        "does not hold": f"with |λ_t|: {one}; with the signed λ_t: {other}{within}"
        if bands
        else f"{other}{within}",
    }[verdict]
    texts = [f"over {BAND:g} σ of R_D(*) {text}" if bands else text]
    texts += [
        f"Over {name} σ it {band.verdict}: with |λ_t| {show(band.computed['published'])}; "
        f"with the signed λ_t {show(band.computed['physical'])}"
        for name, band in bands.items()
        if band is not found
    ]
    if "formula" in entry.published and entry.tolerance is not None:
        off = _off(entry.tolerance, published, columns["full"])
        texts += [f"With today's form factors: {off}"] if off else []
    if found.full_verdict == "does not survive running":
        texts.append(f"With running {show(columns['full'])}")
    return ". ".join([*texts, entry.note] if entry.note else texts)


def _off(tolerance: Tolerance, published: Mapping[str, Any], ours: Computed) -> str:
    """The numbers of an entry that do not agree."""
    return "; ".join(
        f"{name} {show_number(ours['values'][name])} for {show_number(value)}{_distance(ours, name, value)}"
        for name, value in published["values"].items()
        if not tolerance.accepts(value, ours["values"][name], theory=_theory(ours, name))
    )


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
