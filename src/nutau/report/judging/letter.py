"""The letter's table and figure for fields: every candidate judged by all data, with its region in the plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nutau import __version__
from nutau.common.checked import checked
from nutau.common.progress import Progress, portion
from nutau.errors import unknown
from nutau.inputs import InputSet, load_inputs
from nutau.measurements import DataSet, load_dataset
from nutau.observables.predictions import DRAWS, SEED
from nutau.report.judging.candidates import CANDIDATES, Candidate
from nutau.report.judging.conclusions import Row
from nutau.report.judging.judge import DATA, judge
from nutau.report.judging.planes import reached
from nutau.report.judging.result import FEW, MOVED, Judged, Judgement
from nutau.report.judging.sentences import sentences

SCHEMA = "nutau/letter-judged/1"
DIGITS = 4
"""Significant digits of stored corners of regions."""


@checked
def judge_letter(
    mass: float = 4000.0,
    data: DataSet | str | Path = DATA,
    *,
    names: Sequence[str] | None = None,
    running: str | Path | None = None,
    inputs: InputSet = "default",
    sm: str = "inputs",
    draws: int = DRAWS,
    seed: int = SEED,
    progress: Progress | None = None,
) -> Judgement:
    """Judge the fields of :data:`nutau.report.judging.candidates.CANDIDATES` at one mass (GeV), or those of ``names``.

    Each has the region of all data in the plane of R_ττ and R_νν. Raises :class:`InputError` as :func:`nutau.judge`,
    and for names that are none of them.
    """
    dataset = data if isinstance(data, DataSet) else load_dataset(data)
    chosen = candidates(names)
    how: dict[str, Any] = {"running": running, "inputs": inputs, "sm": sm, "draws": draws, "seed": seed}
    found: list[Judgement] = []
    for place, one in enumerate(chosen):
        part = portion(progress, 100 * place, 100 * (place + 1), 100 * len(chosen))
        found.append(judge(one.model, mass, dataset, **one.how(), **how, progress=part))
    fields = [
        with_plane(replace(one.fields[0], called=candidate.name), inputs)
        for one, candidate in zip(found, chosen, strict=True)
    ]
    return replace(found[0], fields=tuple(fields))


def candidates(names: Sequence[str] | None = None) -> tuple[Candidate, ...]:
    """Those of these names, in their order; all of them without."""
    known = {one.name: one for one in CANDIDATES}
    for name in names or ():
        if name not in known:
            raise unknown("field of the letter's page", name, known)
    return CANDIDATES if names is None else tuple(known[name] for name in names)


def with_plane(field: Judged, inputs: InputSet) -> Judged:
    """A field with its region in the plane of R_ττ and R_νν."""
    return replace(field, plane=reached(field, load_inputs(inputs)))


def document(found: Judgement) -> dict[str, Any]:
    """What the page is made of, and says of the letter: plain data, without the pulls that no field moves."""
    plain = found.to_dict()
    first = found.fields[0].likelihood
    return {
        "schema": SCHEMA,
        "nutau": __version__,
        "data": plain["data"],
        "data_set": plain["data_set"],
        "inputs": first.inputs,
        "draws": 0 if first.origin is None else first.origin.draws,
        "fields": [_short(one) for one in plain["fields"]],
    }


def with_sentences(plain: Mapping[str, Any]) -> dict[str, Any]:
    """A document with the verdicts on the letter's sentences, which follow from its fields."""
    rows = {row.name: row for row in map(Row.of, plain["fields"])}
    return {**plain, "sentences": [one.to_dict() for one in sentences(rows)]}


def _short(field: Mapping[str, Any]) -> dict[str, Any]:
    pulls = [pull for pull in field["pulls"] if abs(pull["sm_pull"] - pull["pull"]) > MOVED]
    plane = field["plane"]
    pieces = {
        level: [[[_rounded(x) for x in point] for point in piece] for piece in found]
        for level, found in plane["pieces"].items()
    }
    return {
        **field,
        "pulls": pulls,
        "deciding": field["deciding"][:FEW],
        "plane": {**plane, "pieces": pieces},
    }


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
