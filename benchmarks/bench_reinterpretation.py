"""Belle II's likelihood of the spectrum of B⁺ → K⁺νν̄ among all data: one point with its gradient, and mass by mass.

    .venv/bin/python benchmarks/bench_reinterpretation.py --write

The published workspace needs ``nutau data fetch belle2-knunu``; without it the compact form alone is measured.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from nutau.inference.invisible.compare import invisible
from nutau.inference.likelihood import likelihood, parametrisation, use_double_precision
from nutau.measurements import find_measurement, load_dataset
from nutau.measurements.releases import find_release
from report import Report, arguments, one_thread, seconds, verdict

TITLE = "Reinterpretation"
DATA = "2026-belle2-shape"
COEFFICIENTS = ("CL_bsnutaunutau", "CSL_bsnutaunutau", "CT_bsnumunutau")
MASSES = 200


def both(call: Callable[[], Any], repeat: int) -> tuple[float, float]:
    """Medians of wall time and of processor time of all threads, after two calls."""
    rows = []
    for number in range(repeat + 2):
        wall, processor = time.perf_counter(), time.process_time()
        call()
        if number > 1:
            rows.append((time.perf_counter() - wall, time.process_time() - processor))
    first, second = zip(*rows, strict=True)
    return statistics.median(first), statistics.median(second)


def points(published: bool) -> list[tuple[str, ...]]:
    """Rows of one form of the likelihood: with given theory nuisances, and with these at their best."""
    data = load_dataset(DATA)
    if published:
        entries = [entry for entry in data.measurements if entry.name != "BelleII-2025-Knunu-shape"]
        data = replace(data, measurements=(*entries, find_measurement("BelleII-2025-Knunu-likelihood")))
    made = likelihood(data, parametrisation(COEFFICIENTS))
    compiled = jax.jit(jax.value_and_grad(made.joint, argnums=(0, 1)))
    at, eps = np.array([3.0, 2.0, 1.0]), np.zeros(made.nuisances)
    joint = both(lambda: jax.block_until_ready(compiled(at, eps)), repeat=200)
    best = both(lambda: jax.block_until_ready(made.value_and_gradient(at)), repeat=50)
    name = "published likelihood" if published else "compact form"
    what = f"-2 log L with gradient in {len(at)} coefficients and {made.nuisances} theory nuisances"
    return [
        (f"{name}: {what}", *map(seconds, joint), f"5 ms: {verdict(joint[0] < 5e-3)}"),
        (f"{name}: theory nuisances at their best, with gradient", *map(seconds, best), ""),
    ]


def main() -> None:
    options = arguments(__doc__ or "").parse_args()
    one_thread()
    use_double_precision()
    report = Report(TITLE)
    report.begin("jax")
    report.say(
        f"Data set {DATA}, all data together; compiled before. One thread of BLAS in NumPy. Medians; processor time is "
        "that of all threads, which a busy machine does not change as much."
    )
    rows = points(published=False)
    if find_release("belle2-knunu").fetched:
        rows += points(published=True)
    wall, processor = time.perf_counter(), time.process_time()
    invisible("two-body", points=MASSES)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    what = f"nutau invisible: {MASSES} masses of one particle profiled, of the spectrum alone and of all data"
    rows.append((what, seconds(wall), seconds(processor), f"120 s: {verdict(wall < 120)}"))
    report.table(("", "wall time", "processor time", "target"), rows)
    report.end(options.write)


if __name__ == "__main__":
    main()
