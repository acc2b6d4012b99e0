"""The main job: the letter, end to end, into a folder (report.json, report.md, figure1.pdf/.png/.svg)."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

from nutau.errors import InputError
from nutau.letter.claims import BAND, benchmarks
from nutau.letter.report import HEADINGS, Report, reproduce
from nutau.report.figures.plane import plane
from nutau.report.figures.style import FORMATS, save


def write_report(out: str | Path, data: str = "letter-2022") -> Report:
    """Compute the report and write it to the folder ``out``, all files or none.

    The files are made in a folder beside ``out`` and moved when all are there. Raises :class:`InputError` if
    ``out`` cannot be written.
    """
    if not str(out):
        raise InputError("`out` is empty; give the name of a folder, existing or new.")
    target = Path(out)
    _check_writable(target)
    report = reproduce(data)
    try:
        draft = Path(mkdtemp(prefix=".nutau-", dir=target.parent))
    except OSError as error:
        raise _unwritable(target, error) from None
    try:
        _write_files(report, draft, data)
        target.mkdir(exist_ok=True)
        for file in sorted(draft.iterdir()):
            file.replace(target / file.name)
    except OSError as error:
        raise _unwritable(target, error) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return report


def _check_writable(target: Path) -> None:
    """Fail before minutes of work, not after."""
    try:
        if target.exists() and not target.is_dir():
            raise InputError(f"`out` '{target}' is a file; give a folder, existing or new.")
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(target, error) from None
    place = target if target.exists() else target.parent
    if not os.access(place, os.W_OK | os.X_OK):
        raise InputError(
            f"`out` '{target}': no permission to write in '{place}'. Choose a folder you can write to."
        )


def _unwritable(target: Path, error: OSError) -> InputError:
    return InputError(
        f"`out` '{target}' cannot be written: {error.strerror or error}. Choose a folder you can write to."
    )


def _write_files(report: Report, folder: Path, data: str) -> None:
    text = json.dumps(report.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    (folder / "report.md").write_text(markdown(report), encoding="utf-8")
    figure = plane(benchmarks(), ("published", "physical"), data=data)
    for suffix in FORMATS:
        save(figure, folder / f"figure1.{suffix}")


def markdown(report: Report) -> str:
    """The report as a Markdown page."""
    counts = {
        verdict: sum(claim.verdict == verdict for claim in report.claims)
        for verdict in ("holds", "holds only as published", "does not hold")
    }
    spoiled = sum(claim.full_verdict == "does not survive running" for claim in report.claims)
    lines = [
        "# The letter, claim by claim",
        "",
        "*A lesson from R_ττ and R_νν at Belle II* (de Giorgi, Piazza). "
        + ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        + ".",
        "",
        "`as published` inserts |λ_t|, `physical` the signed λ_t = V_tb V_ts* < 0; nothing else differs. `full` adds, "
        "where it matters, the full CKM matrix, one α_em and the running: a claim whose physical number agrees and "
        f"whose full one does not *does not survive running*, {spoiled} of them. What depends on how much of R_D(*) is "
        f"explained is computed and judged over {BAND:g} σ of it, 95 % CL; if the verdict over 1 σ is another one, it "
        "is said; its numbers are under *why*.",
        "",
        "![Figure 1, published convention above, physical below](figure1.svg)",
        "",
        "| " + " | ".join(HEADINGS) + " |",
        "|" + "---|" * len(HEADINGS),
    ]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in report.rows()]
    return "\n".join(lines) + "\n"
