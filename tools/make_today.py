"""Write docs/today.json, docs/today.md and its figure: ``python tools/make_today.py [FIELD ...] [--page | --check]``.

Judges the fields of the letter (:mod:`nutau.report.judging.candidates`) on 2026-models, all or those that are named,
and puts them in the place of the rows that are stored; with ``--page`` nothing is fitted, and page and figure are
made of the stored numbers; with ``--check`` χ² of today's code and data at the stored minima is held against the
stored one, and nothing is written. What the page says is the package's: :mod:`nutau.report.judging.letter_page`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nutau.common.files import write_text
from nutau.inference.likelihood import use_double_precision
from nutau.inference.likelihood.build import likelihood
from nutau.inference.likelihood.fields import fields
from nutau.inputs import load_inputs
from nutau.measurements import load_dataset
from nutau.report.judging.candidates import CANDIDATES
from nutau.report.judging.letter import candidates, document, judge_letter, with_sentences

DOCS = Path(__file__).parent.parent / "docs"
BESIDE = (
    "The numbers are stored in `docs/today.json`. What today's data say of the letter's lines C₁ = κ C₃: "
    "[lines](lines.md)."
)
MADE_WITH = ("nutau", "data", "data_set", "inputs", "draws")
SAME = 0.02
"""By so much χ² of a stored minimum may differ between processors: the search ends at 0.01 of it."""
STORED, PAGE, FIGURE = DOCS / "today.json", DOCS / "today.md", DOCS / "images" / "today.svg"


def merged(old: dict[str, Any] | None, new: dict[str, Any]) -> dict[str, Any]:
    """New rows in the place of old ones, in the order of the candidates.

    Rows made with another version, data set or inputs do not stand beside each other: SystemExit.
    """
    if old is not None and (apart := [key for key in MADE_WITH if old[key] != new[key]]):
        raise SystemExit(
            f"The stored rows have other {', '.join(apart)}: remove {STORED} and judge all fields anew."
        )
    rows = {} if old is None else {field["called"]: field for field in old["fields"]}
    rows |= {field["called"]: field for field in new["fields"]}
    return new | {"fields": [rows[one.name] for one in CANDIDATES if one.name in rows]}


def stored() -> dict[str, Any] | None:
    """What the file holds."""
    return json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else None


def main() -> None:
    """As the head of this file says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fields", nargs="*", metavar="FIELD", help="of the candidates; all without")
    parser.add_argument("--page", action="store_true", help="fit nothing")
    parser.add_argument(
        "--check", action="store_true", help="whether the stored numbers are those of today's code"
    )
    given = parser.parse_args()
    use_double_precision()
    if given.check:
        return check(given.fields)
    for name in () if given.page else given.fields or [one.name for one in CANDIDATES]:
        new = document(judge_letter(names=[name]))
        made = merged(stored(), new)  # read when the fit is over: others may have written
        write_text(STORED, json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n")
        print(name, flush=True)
    found = stored()
    if found is None:
        raise SystemExit(f"{STORED} is not there: judge a field first")
    draw(with_sentences(found))


def check(names: Sequence[str]) -> None:
    """Hold χ² at the stored minima against the stored χ²; SystemExit with the fields that differ."""
    found = stored()
    if found is None:
        raise SystemExit(f"{STORED} is not there: judge a field first")
    dataset, inputs = load_dataset(found["data"]), load_inputs(found["inputs"])
    known = {one.name: one for one in candidates(names or None)}
    apart = []
    for row in found["fields"]:
        if row["called"] not in known:
            continue
        space = fields(row["model"], row["mass"], **known[row["called"]].how(), inputs=inputs)
        made = likelihood(
            dataset, space, alternative=False, inputs=inputs, draws=found["draws"], all_data=True
        )
        for place in row["minima"]:
            chi2 = float(made([place["values"][name] for name in made.parametrisation.names])[0])
            print(f"{row['called']}: {chi2:.3f}, stored {place['chi2']:.3f}", flush=True)
            if abs(chi2 - place["chi2"]) > SAME:
                apart.append(row["called"])
    if apart:
        raise SystemExit(f"Judge {', '.join(dict.fromkeys(apart))} anew.")


def draw(found: dict[str, Any]) -> None:
    """The page and its figure."""
    from nutau.report.figures.fields_plane import fields_plane
    from nutau.report.figures.style import save
    from nutau.report.judging.letter_page import page

    save(fields_plane(found, load_dataset(found["data"])), FIGURE)
    write_text(PAGE, page(found, f"images/{FIGURE.name}", BESIDE))


if __name__ == "__main__":
    main()
