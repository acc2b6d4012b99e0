"""Sentences of the letter on fields, with the verdict that their judgement gives: every word by a rule on numbers.

The letter's numbers and how far one may lie from them are those of ``data/letter/claims.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.letter.report import PublishedClaim, claims_file
from nutau.report.areas import LEVELS
from nutau.report.judging.candidates import CANDIDATES
from nutau.report.judging.conclusions import R_D, Row, explains

HOLDS, PARTLY, FAILS = "holds", "holds in part", "does not hold"
EXCLUDED, DISFAVOURED = 3.0, 2.0
"""Standard deviations of tension of a constraint with all others: of an exclusion, and of one in part."""
DINEUTRINOS, MIXING, TAU = "b → sνν̄", "meson mixing", "τ decays"

RULES = (
    f"A field is *excluded* by a constraint that is in tension with all others by {EXCLUDED:g} σ or more, *in part* "
    f"from {DISFAVOURED:g} σ; an explanation of R_D(\\*) is one that b → cτν prefers without tension; a corner of the "
    "plane that is reached without one is reached *in part*. Ranges are those "
    "of the 95 % region of all data; the letter's numbers are met within the tolerances of `nutau reproduce`."
)


@dataclass(frozen=True)
class Sentence:
    """What the letter says, the verdict, and the numbers behind it."""

    said: str
    verdict: str
    why: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return dict(self.__dict__)


def sentences(rows: Mapping[str, Row]) -> tuple[Sentence, ...]:
    """Every sentence of which the fields are there, by the names of the candidates."""
    return tuple(_sentences(rows, {claim.id: claim for claim in claims_file().claims}))


def _sentences(rows: Mapping[str, Row], claims: Mapping[str, PublishedClaim]) -> Iterator[Sentence]:
    if "Z'" in rows:
        yield _no_charged_current(rows["Z'"])
    if "S1" in rows:
        yield _no_taus(rows["S1"], claims["u1-nunu"], rows.get("S1 (L+R)"))
    if "U1" in rows:
        yield _neutrinos(rows["U1"], claims["u1-nunu"])
        yield _taus(rows["U1"], claims["eq-4.6"])
    for name in ("S3", "U3"):
        if name in rows:
            yield excluded(
                rows[name], f"{name} is already excluded by the bounds on dineutrinos", DINEUTRINOS
            )
    if "VB" in rows:
        yield _corner(rows["VB"], claims["vb"], "VB reaches R_ττ of order 10 with R_νν of order 1")
        yield excluded(rows["VB"], "VB is almost ruled out by B_s mixing", MIXING)
    if "VB with μ" in rows:
        yield excluded(rows["VB with μ"], "VB is almost ruled out by τ → 3μ", TAU)
    if "Z'+VB" in rows:
        said = "two fields reach R_ττ of order 0.1 and R_νν of order 0.6"
        yield _corner(rows["Z'+VB"], claims["low-corner"], said)
    table = [candidate.name for candidate in CANDIDATES if candidate.table_1 and candidate.name in rows]
    if "U1" in table and len(table) > 1:
        yield _preferred([rows[name] for name in table], claims["u1-nunu"])


def excluded(row: Row, said: str, family: str) -> Sentence:
    """Whether one constraint excludes a field."""
    found = row.family(family)
    if found is None:
        return Sentence(said, FAILS, f"the data have no measurement of {family}")
    sigmas = found.sigmas or 0.0
    verdict = HOLDS if sigmas >= EXCLUDED else PARTLY if sigmas >= DISFAVOURED else FAILS
    tension = (
        "nothing that the others fix too" if found.sigmas is None else f"{found.sigmas:.1f} σ of tension"
    )
    others = [f"{one.name} {one.sigmas:.1f} σ" for one in row.tense if one.name != family]
    beside = f"; in tension: {', '.join(others)}" if others else ""
    return Sentence(
        said,
        verdict,
        f"{family}: {tension} with all others, gain {found.gain:+.1f}{beside}; {_explained(row)}",
    )


def _explained(row: Row) -> str:
    found = row.family(R_D)
    gain = "" if found is None else f" (b → cτν gains {found.gain:.1f})"
    return f"R_D(\\*) explained: {explains(row)}{gain}"


def _no_charged_current(row: Row) -> Sentence:
    verdict = HOLDS if explains(row) == "no" else FAILS
    return Sentence("the Z′ is not suitable to explain R_D(\\*)", verdict, _explained(row))


def _no_taus(row: Row, claim: PublishedClaim, right: Row | None) -> Sentence:
    """R_ττ = 1 within the tolerance of the letter's other statement that a ratio is 1."""
    assert claim.tolerance is not None
    low, high = row.range_of(0)
    verdict = HOLDS if all(claim.tolerance.accepts(1.0, end) for end in (low, high)) else FAILS
    beside = "" if right is None else f"; with y1RR {_range(right, 0)}"
    return Sentence(
        "S1 leaves R_ττ = 1 without right-handed operators", verdict, f"R_ττ {_range(row, 0)}{beside}"
    )


def _neutrinos(row: Row, claim: PublishedClaim) -> Sentence:
    assert claim.tolerance is not None
    value = float(claim.published["value"])
    met = [claim.tolerance.accepts(value, end) for end in row.range_of(1)]
    verdict = HOLDS if all(met) else PARTLY if any(met) else FAILS
    return Sentence(f"U1 predicts R_νν = {value:g}", verdict, f"R_νν {_range(row, 1)}, with running")


def _taus(row: Row, claim: PublishedClaim) -> Sentence:
    low, high = (float(end) for end in claim.published["range"])
    found = row.range_of(0)
    inside = low <= found[0] and found[1] <= high
    verdict = HOLDS if inside else PARTLY if found[0] < high and found[1] > low else FAILS
    return Sentence(f"U1 gives R_ττ from {low:g} to {high:g}", verdict, f"R_ττ {_range(row, 0)}")


def _corner(row: Row, claim: PublishedClaim, said: str) -> Sentence:
    """Whether a region that explains R_D(*) has a point near both numbers; in part, if some are near each of them."""
    assert claim.tolerance is not None
    assert row.plane is not None
    wanted = [float(claim.published["values"][name]) for name in ("Rtautau", "Rnunu")]
    points = np.concatenate(row.plane.pieces[LEVELS[-1]])
    near = np.array(
        [
            [claim.tolerance.accepts(value, float(x)) for value, x in zip(wanted, point, strict=True)]
            for point in points
        ]
    )
    both = near.all(axis=1).any() and explains(row) != "no"
    verdict = HOLDS if both else PARTLY if near.any(axis=0).all() else FAILS
    return Sentence(said, verdict, f"R_ττ {_range(row, 0)}, R_νν {_range(row, 1)}; {_explained(row)}")


def _preferred(rows: list[Row], claim: PublishedClaim) -> Sentence:
    """Which fields of Table I explain R_D(*) and can have an R_νν near 1."""
    able = [row for row in rows if explains(row) == "yes"]
    near = [row for row in able if row.range_of(1)[0] <= 1.0 + _slack(claim)]
    best = max(rows, key=lambda row: row.sm["sigmas"])
    verdict = FAILS if "U1" not in [row.name for row in able] else HOLDS if len(able) == 1 else PARTLY
    names = ", ".join(row.name for row in able) or "none"
    exact = ", ".join(row.name for row in near) or "none"
    return Sentence(
        "the single field that is left if dineutrinos are as in the SM is U1",
        verdict,
        f"R_D(\\*) is explained by {names}, with R_νν within {100 * _slack(claim):.0f} % of 1 by {exact}; "
        f"{best.name} wins most over the SM, {best.sm['sigmas']:.1f} σ",
    )


def _slack(claim: PublishedClaim) -> float:
    assert claim.tolerance is not None
    return float(claim.tolerance.relative or 0.0)


def _range(row: Row, axis: int) -> str:
    low, high = row.range_of(axis)
    return f"{low:.3g} to {high:.3g}"
