"""The paper and the note on the letter, with numbers of the program's output: ``make paper``.

    python tools/paper.py

Fills ``paper/*.in.md`` from ``nutau.reproduce``, the catalogues, ``docs/validation.md`` (of ``make validate``) and
``docs/lines.md`` (of ``nutau today``), and writes ``paper/paper.md``, ``letter-note.md``, ``paper.bib`` (the references
that are cited, from ``references.bib``). ``make paper`` draws the figure too, by ``nutau plot plane``.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

import nutau
from nutau.common.yaml_files import references
from nutau.letter.report import Claim
from nutau.measurements import measurements
from nutau.models import MEDIATORS
from nutau.observables import catalogue

ROOT = Path(__file__).parents[1]
PAPER = ROOT / "paper"
DATE = "28 November 2026"
"""Of the text; set it with the text."""
VERDICTS = {"holds": "holds", "published": "holds only as published", "fails": "does not hold"}


def once(pattern: str, text: str, where: str) -> re.Match[str]:
    """The first place of a pattern; an error without one."""
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"{where} has no place like {pattern!r}: its words have changed")
    return found


def claims() -> dict[str, str]:
    """The claims of the letter by verdict, and what the sign changes."""
    every = nutau.reproduce().claims
    counted = Counter(claim.verdict for claim in every)
    made = {name: str(counted[verdict]) for name, verdict in VERDICTS.items()}
    changed = [claim for claim in every if claim.verdict != VERDICTS["holds"]]
    table = ["| claim | what decides |", "|---|---|"]
    table += [f"| {claim.statement} (`{claim.id}`) | {cell(claim.why)} |" for claim in changed]
    return made | {
        "claims": str(len(every)),
        "table": "\n".join(table),
        "holding": listed(every, "holds"),
        "as_published": listed(every, "published"),
        "failing": listed(every, "fails"),
    }


def cell(text: str) -> str:
    """Text of a table, in which a bar would end the cell."""
    return text.replace("|", "\\|")


def listed(every: tuple[Claim, ...], name: str) -> str:
    """The names of the claims with a verdict."""
    return ", ".join(f"`{claim.id}`" for claim in every if claim.verdict == VERDICTS[name])


def today() -> dict[str, str]:
    """What the page of the lines says with running."""
    text = (ROOT / "docs" / "lines.md").read_text(encoding="utf-8")
    running = text[once(r"(?m)^## With running", text, "docs/lines.md").start() :]
    models = re.findall(r"(?m)^\* (\*\*.+?\*\*): .*?; (with running .*)$", running)
    if not models:
        raise SystemExit("docs/lines.md has no lines of models")
    return {
        "free": once(r"(?m)^κ free: (.*? parameters\.)", running, "docs/lines.md")[1],
        "hflav": once(r"(?m)^With the SM of HFLAV\S+ \(.*?\): (.*)$", running, "docs/lines.md")[1],
        "models": "\n".join(f"* {name}: {said}" for name, said in models),
        "best": once(r"\S+ wins most over the SM, .*?; as the best of .*? σ\.", running, "docs/lines.md")[0],
    }


def fields() -> dict[str, str]:
    """Everything that the texts have places for."""
    text = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    agree = once(
        r"(\d+) comparisons agree to \S+ as flavio comes\.\s+"
        r"With its integrals converged they agree to ([\d.]+e[-\d]+)",
        text,
        "docs/validation.md",
    )
    digits, power = agree[2].split("e")
    return {
        "date": DATE,
        "version": nutau.__version__,
        "mediators": str(len(MEDIATORS)),
        "observables": str(len(catalogue())),
        "measurements": str(len(measurements())),
        "compared": agree[1],
        "agreement": f"${digits}\\times10^{{{int(power)}}}$",
        **claims(),
        **today(),
    }


def texts() -> dict[str, str]:
    """Each file and what is in it."""
    known = fields()
    made = {
        path.name.replace(".in", ""): path.read_text(encoding="utf-8").format(**known)
        for path in sorted(PAPER.glob("*.in.md"))
    }
    keys = sorted(set(re.findall(r"@([\w:.+-]*\w)", made["paper.md"])))
    missing = [key for key in keys if key not in references()]
    if missing:
        raise SystemExit(f"references.bib has no {', '.join(missing)}")
    return made | {"paper.bib": "\n\n".join(references()[key] for key in keys) + "\n"}


def main() -> int:
    """Write the texts."""
    for name, text in texts().items():
        (PAPER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
