"""The page ``docs/today.md`` as Markdown, from plain data alone: every number and word follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nutau.common.rounding import fixed
from nutau.common.tables import degrees_of_freedom
from nutau.report.judging import sentences
from nutau.report.judging.candidates import CANDIDATES
from nutau.report.judging.conclusions import CONCLUSIONS, Row, conclusion, explains
from nutau.report.judging.constraints import RULES, Constraint
from nutau.report.judging.page import table

TABLE = ("field", "the letter", "Δχ²", "over the SM", "p", "R_D(\\*)", "R_ττ^K", "R_νν^K", "in tension")
FIRST = 3
"""Observables that decide, of each field."""
HEADS = {"prefers it": "Preferred by", "bounds it": "Bounded by", "disfavours it": "Disfavoured by"}


def page(found: Mapping[str, Any], figure: str | None = None, beside: str = "") -> str:
    """The page of a document of :func:`nutau.report.judging.letter.with_sentences`.

    ``figure`` is the address of its picture, ``beside`` a sentence on where else to look.
    """
    rows = [Row.of(field) for field in found["fields"]]
    return (
        "\n".join(
            [*_head(found, rows, beside), *_picture(figure), *_letter(found), *_matrix(rows), *_each(rows)]
        )
        + "\n"
    )


def _head(found: Mapping[str, Any], rows: Sequence[Row], beside: str) -> Iterator[str]:
    first, ages = rows[0], found["data_set"]
    masses = {f"{field['mass'] / 1000:g} TeV" for field in found["fields"]}
    sm = first.sm["sm_chi2"]
    yield from ("# What today's data say", "")
    yield (
        f"Single fields, and pairs, with a mass of {', '.join(sorted(masses))}: their couplings fitted to **all** of "
        f"`{found['data']}` (version {ages['version']}; newest measurement {ages['newest']['date']}, "
        f"{ages['newest']['entry']}), from R_D(\\*) and B → Kνν̄ to meson mixing, τ and Z decays and the tails of "
        "pp → ττ, τν, μτ, with running from the mass. Made by `nutau judge --letter` "
        f"(nutau {found['nutau']}, inputs {found['inputs']}, {found['draws']} theory draws); nothing on this page is "
        f"typed in.{beside and ' '}{beside}"
    )
    yield ""
    said, at = {one.name: one.said for one in CANDIDATES}, _anchors([row.name for row in rows])
    yield from table(TABLE, [_cells(row, said.get(row.name, ""), at[row.name]) for row in rows])
    yield (
        f"χ² of the SM is {sm:.1f} for the measurements that {first.name} predicts. Δχ² is what the best fit gains, "
        "in brackets the parameters that the data see; p that of the best fit. R_ττ and R_νν of B⁺ → K⁺ over the SM: "
        "best value and 95 % range, of two degrees of freedom, over all couplings. (L+R) has couplings to singlets, "
        "too; VB has none that is renormalisable, so that the letter's star there needs a coupling to the Higgs field, "
        "which is not taken. "
        f"{CONCLUSIONS}"
    )
    yield ""


def _cells(row: Row, said: str, anchor: str) -> tuple[str, ...]:
    best = (None, None) if row.plane is None or row.plane.best is None else row.plane.best
    return (
        f"[{row.name}](#{anchor})",
        said,
        f"{fixed(row.sm['delta_chi2'], 1)} ({row.sm['dof']})",
        f"{row.sm['sigmas']:.1f} σ",
        "–" if row.p_value is None else f"{row.p_value:.2g}",
        explains(row),
        _rate(row, 0, best[0]),
        _rate(row, 1, best[1]),
        ", ".join(f"{one.name} {one.sigmas:.1f} σ" for one in row.tense) or "nothing",
    )


def _rate(row: Row, axis: int, best: float | None) -> str:
    if row.plane is None or best is None:
        return "–"
    low, high = row.range_of(axis)
    return f"{_two(best)} ({_two(low)}–{_two(high)})"


def _two(value: float) -> str:
    """Two digits, without a power of ten where there need be none."""
    return f"{float(f'{value:.2g}'):g}"


def _anchors(names: Sequence[str]) -> dict[str, str]:
    """What sections are called in links: letters and hyphens, a number behind what is not the first."""
    found: dict[str, str] = {}
    for name in names:
        kept = "".join(sign if sign.isalnum() or sign in " -" else "" for sign in name.lower()).replace(
            " ", "-"
        )
        times = sum(1 for other in found.values() if other.rpartition("-")[0] == kept or other == kept)
        found[name] = f"{kept}-{times}" if times else kept
    return found


def _picture(figure: str | None) -> Iterator[str]:
    if figure is not None:
        yield from (f"![Where all data leave each field in R_ττ and R_νν]({figure})", "")
        yield (
            "95 % regions of all data, the inner ones 68 %; on the left the fields of the letter's Table I with "
            "couplings to doublets, on the right what the letter leaves out. A thin one reaches no more."
        )
        yield ""


def _letter(found: Mapping[str, Any]) -> Iterator[str]:
    yield from ("## The letter's sentences, for the fields themselves", "")
    yield from table(("sentence", "verdict", "numbers"), [
        (one["said"], f"*{one['verdict']}*", one["why"]) for one in found["sentences"]
    ])  # fmt: skip
    yield from (sentences.RULES, "")


def _matrix(rows: Sequence[Row]) -> Iterator[str]:
    yield from ("## Every constraint", "")
    yield (
        "What −2 log L of each falls by from the SM to the best fit of all data; in brackets its tension with all "
        "others where that is above 1 σ, bold from 2 σ."
    )
    yield ""
    names = list(dict.fromkeys(one.name for row in rows for one in row.constraints))
    head = ("constraint", *(row.name for row in rows))
    yield from table(head, [(name, *(_gain(row.family(name)) for row in rows)) for name in names])
    yield from (RULES, "")


def _gain(found: Constraint | None) -> str:
    if found is None:
        return "–"
    text = fixed(found.gain, 1, signed=True)
    if found.sigmas is None or found.sigmas < 1.0:
        return text
    return f"**{text} ({found.sigmas:.1f} σ)**" if found.tense else f"{text} ({found.sigmas:.1f} σ)"


def _each(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        yield from (f"## {row.name}", "")
        best = ", ".join(f"`{name}` = {value:.3g}" for name, value in row.best.items())
        yield (
            f"**{_upper(conclusion(row))}.** Best fit: {best}; χ² = {row.chi2:.1f} for "
            f"{degrees_of_freedom(row.dof)}, {row.sm['sigmas']:.1f} σ over the SM."
        )
        yield ""
        for word, head in HEADS.items():
            named = [
                f"{one.name} ({fixed(one.gain, 1, signed=True)})"
                for one in row.constraints
                if one.word == word
            ]
            if named:
                yield f"* {head} {', '.join(named)}."
        moved = [one for one in row.deciding if one["factor"] is not None]
        for one in moved[:FIRST]:
            yield f"* Decides: {_deciding(one)}."
        for note in row.notes:
            yield f"* {note[0].upper()}{note[1:]}."
        yield ""


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]


def _deciding(one: Mapping[str, Any]) -> str:
    projected = "" if one["projected"] is None else f"; {one['by']} will have {one['projected']:.1f} σ"
    return (
        f"{one['observable']} is {one['model']:.3g} here and {one['sm']:.3g} in the SM: an error of "
        f"{one['needed']:.2g}, today's over {one['factor']:.2g}, tells them apart by 3 σ{projected}"
    ).replace("*", "\\*")
