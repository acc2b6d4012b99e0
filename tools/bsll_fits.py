"""The table of fits of the tutorial on b → sℓℓ, from what ``nutau fit --out FILE.json`` wrote.

for p in C9U C9U,C10_bsmumu C9_bsmumu,C9_bsee; do nutau fit --data bsll-2026 --parameters $p --out $p.json; done
.venv/bin/python tools/bsll_fits.py C9U.json C9U,C10_bsmumu.json C9_bsmumu,C9_bsee.json
"""

from __future__ import annotations

import json
import sys
from math import hypot, sqrt
from pathlib import Path
from typing import Any

import nutau

PAGE = Path(__file__).parent.parent / "docs" / "tutorials" / "bsll-fits.txt"


def table(fits: list[dict[str, Any]]) -> str:
    """The page: one row a fit, the Standard Model first, and what the last says of muons against electrons."""
    first = fits[0]
    known = first["data_set"]
    of = f"data set `{known['name']}@{known['version']}`, inputs `{first['inputs']}`, {first['mode']} mode"
    made, nuisances = first["goodness"], first["theory_nuisances"]
    lines = [
        f"Written by `tools/bsll_fits.py`: nutau {nutau.__version__}, {of}, {nuisances} theory nuisances.",
        "",
        "| parameters | best fit | χ² / d.o.f. | p of the fit | over the Standard Model |",
        "|---|---|---|---|---|",
        _row("none", "", made["sm_chi2"], made["numbers"], made["sm_p_value"], ""),
    ]
    for fit in fits:
        found = fit["best_fit"].values()
        best = "; ".join(f"{_number(one['value'])} +{one['plus']:.2f} −{one['minus']:.2f}" for one in found)
        over = f"Δχ² = {fit['sm']['delta_chi2']:.1f} for {fit['sm']['dof']}, {fit['sm']['sigmas']:.1f} σ"
        lines.append(_row(", ".join(fit["best_fit"]), best, fit["chi2"], fit["dof"], fit["p_value"], over))
    return "\n".join([*lines, "", _apart(fits[-1]), ""])


def _row(names: str, best: str, chi2: float, dof: int, p_value: float, over: str) -> str:
    return f"| {names} | {best} | {chi2:.1f} / {dof} | {p_value:.2g} | {over} |"


def _apart(fit: dict[str, Any]) -> str:
    """The difference of two parameters, with their correlation, and the minimum that is next."""
    (one, first), (other, second) = fit["best_fit"].items()
    correlation = fit["correlation"][0][1]
    apart = first["value"] - second["value"]
    error = sqrt(
        hypot(first["hesse"], second["hesse"]) ** 2 - 2.0 * correlation * first["hesse"] * second["hesse"]
    )
    said = f"{one} − {other} = {_number(apart)} ± {error:.2f}, with their correlation of {correlation:.2f}."
    for minimum in fit["minima"][1:2]:
        place = ", ".join(f"{name} = {_number(value, 1)}" for name, value in minimum["values"].items())
        said += f" The next minimum, at {place}, is {minimum['delta_chi2']:.1f} higher."
    return said


def _number(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".replace("-", "−")


if __name__ == "__main__":
    PAGE.write_text(table([json.loads(Path(name).read_text()) for name in sys.argv[1:]]), encoding="utf-8")
