"""Every number of the page of today as plain data."""

from __future__ import annotations

from typing import Any

from nutau.inference.verdicts import Search
from nutau.inference.verdicts.words import against_best, over_standard_model, shared
from nutau.letter.report import reproduce
from nutau.report.light_leptons import wanted
from nutau.report.today.fits import RATIOS, Row, Run, Today
from nutau.report.today.light import induced

SCHEMA = "nutau/today/1"


def document(found: Today) -> dict[str, Any]:
    """The JSON document that ``nutau today --json`` prints."""
    return {
        "schema": SCHEMA,
        "data": found.data.name,
        "data_version": found.data.version,
        "inputs": found.runs[0].free.likelihood.inputs,
        "draws": found.draws,
        "draw_seed": found.draw_seed,
        "toys": found.toys,
        "toys_finished": found.finished,
        "seed": found.seed,
        "runs": [_run(run) for run in found.runs],
        "light_leptons": [one.to_dict() for one in wanted()],
        "letter": {claim.id: claim.verdict for claim in reproduce().claims},
    }


def _run(run: Run) -> dict[str, Any]:
    names = ["own", "other"][: len(run.searches)]
    return {
        "running": run.running,
        "mass": run.mass,
        "free": run.free.to_dict(),
        "models": [_row(row, run) for row in run.rows],
        "light_leptons": [one.to_dict() for one in induced(run)],
        "searches": {name: search.to_dict() for name, search in zip(names, run.searches, strict=True)},
    }


def _row(row: Row, run: Run) -> dict[str, Any]:
    other = row.found.beside
    lines = [search.lines[row.model] for search in run.searches]
    return {
        "model": row.model,
        "kappa": row.kappa,
        "delta": row.found["delta"].to_dict(),
        "chi2": row.found.chi2,
        "dof": row.found.dof,
        "delta_chi2_to_free_kappa": row.found.chi2 - run.free.chi2,
        "sm": row.found.comparison.to_dict(),
        "ratios": dict(zip(RATIOS, row.ratios, strict=True)),
        "tests": lines[0].to_dict(),
        "words": {
            "against_best_kappa": shared(tuple(against_best(line.against_sigmas) for line in lines)),
            "over_sm": shared(tuple(over_standard_model(line.over_sigmas) for line in lines)),
        },
        "beside": None if other is None else _beside(row, run.other) | other.to_dict(),
    }


def _beside(row: Row, search: Search | None) -> dict[str, Any]:
    tests = None if search is None else search.lines[row.model].to_dict()
    return {"ratios": dict(zip(RATIOS, row.beside, strict=True)), "tests": tests}
