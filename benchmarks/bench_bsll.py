"""b -> s l l of light leptons: whole fits in a fresh process, and a million points with the theory error of each.

.venv/bin/python benchmarks/bench_bsll.py --write
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from nutau.inference.likelihood import Likelihood, likelihood, parametrisation, use_double_precision
from report import Report, arguments, one_thread, seconds, verdict

FITS = (("bsll-2026", "C9U"), ("2026-bsll", "C9U"))
POINTS, OBSERVABLES, SOME = 1_000_000, 100, 2_000
TARGET = 30.0
"""Seconds of a joint fit with its profiles, on two cores."""
MEASURED = """
import json, resource, subprocess, sys, time
command, place = sys.argv[2:], sys.argv[1]
start = time.perf_counter()
subprocess.run(command, check=True, capture_output=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
found = {"wall": time.perf_counter() - start, "processor": used.ru_utime + used.ru_stime}
found["memory"] = used.ru_maxrss / 2**20
open(place, "w").write(json.dumps(found))
"""


def whole(data: str, parameters: str) -> dict[str, Any]:
    """Times and memory of ``nutau fit`` in a process of its own, with its result."""
    with tempfile.TemporaryDirectory() as folder:
        out, place = Path(folder) / "fit.json", Path(folder) / "used.json"
        fit = ("-m", "nutau", "fit", "--data", data, "--parameters", parameters, "--out", str(out))
        subprocess.run([sys.executable, "-c", MEASURED, str(place), sys.executable, *fit], check=True)
        return json.loads(place.read_text()) | {"fit": json.loads(out.read_text())}


def peak() -> float:
    """The most memory that this process has held, in GiB."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def points(made: Likelihood, report: Report) -> None:
    """Values with theory errors at a million points, and -2 log L with the covariance of every point."""
    part = made.theory_model.part(range(OBSERVABLES))
    before = peak()
    x = made.parametrisation.to_linear(np.random.default_rng(1).normal(size=(POINTS, len(made.names))))
    part.uncertainty(x[:100])
    start = time.perf_counter(), time.process_time()
    value, error = part.uncertainty(x)
    wall, processor = time.perf_counter() - start[0], time.process_time() - start[1]
    modes, result = len(part.numerator_modes), 2 * value.nbytes / 2**30
    report.say(
        f"{POINTS:,} points × {OBSERVABLES} observables ({modes} theory modes), value and theory error of each in one "
        f"call: {seconds(wall)}, {seconds(processor)} of processor time; memory grows by {peak() - before:.2g} GiB, of "
        f"which {result:.2g} GiB are the result."
    )
    if not np.all(np.isfinite(error[np.isfinite(value)])):
        report.say("Some errors are no numbers.")
    before, start = peak(), (time.perf_counter(), time.process_time())
    made.chi2(np.random.default_rng(2).normal(size=(SOME, len(made.names))))
    wall, processor = time.perf_counter() - start[0], time.process_time() - start[1]
    modes, observables, _ = made.theory_model.numerator_modes.shape
    report.say()
    report.say(
        f"-2 log L with the whole theory covariance of each point ({observables} observables, {modes} modes), {SOME:,} "
        f"points in one call: {seconds(wall / SOME)} a point, {seconds(processor / SOME)} of processor time; memory "
        f"grows by {peak() - before:.2g} GiB, however many points there are. {POINTS:,} points would take "
        f"{processor / SOME * POINTS / 3600:.2g} hours of one core."
    )
    report.say()


def main() -> None:
    one_thread()
    options = arguments(__doc__).parse_args()
    use_double_precision()
    report = Report("b → sℓℓ of light leptons")
    report.begin("jax")
    report.say(
        "`nutau fit` from a fresh process: minima, intervals by profiles, quality, pulls; 1000 theory draws; one run "
        "each."
    )
    rows, slow = [], 0.0
    for data, parameters in FITS:
        found = whole(data, parameters)
        fit = found["fit"]
        slow = max(slow, found["processor"])
        (name, best), *_ = fit["best_fit"].items()
        rows.append(
            (
                f"{parameters}, `{data}`",
                f"{fit['goodness']['numbers']} numbers, {fit['theory_nuisances']} nuisances",
                seconds(found["wall"]),
                seconds(found["processor"]),
                f"{found['memory']:.2g} GiB",
                f"{name} = {best['value']:.3f} ± {best['hesse']:.3f}",
            )
        )
    report.table(("fit", "holds", "wall", "processor", "memory", "result"), rows)
    report.say(
        f"Target, {TARGET:g} s on two cores (by processor time, which a busy machine changes less): "
        f"{verdict(slow < TARGET)}."
    )
    report.say()
    points(likelihood("bsll-2026", parametrisation(("C9U", "C10_bsmumu")), mode="fast"), report)
    report.end(options.write)


if __name__ == "__main__":
    main()
