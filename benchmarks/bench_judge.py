"""Fields judged by all constraints: whole judgements, each in a fresh process, and one likelihood with its gradient.

.venv/bin/python benchmarks/bench_judge.py --write
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np

from machine import median_time
from nutau.inference.likelihood import likelihood, use_double_precision
from nutau.inference.likelihood.fields import fields
from nutau.inputs import load_inputs
from report import Report, arguments, seconds, verdict

FIELDS = (("U1", 4000.0), ("S1", 2000.0), ("S1+S3", 2000.0))
WHOLE = """
import json, resource, sys, time
start = time.perf_counter()
import nutau
found = nutau.judge(sys.argv[1], float(sys.argv[2])).fields[0]
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "wall": time.perf_counter() - start,
    "processor": used.ru_utime + used.ru_stime,
    "gain": found.comparison.delta_chi2,
}))
"""


def whole(name: str, mass: float) -> dict[str, Any]:
    """Times of a judgement in a process of its own, and Δχ² of the field."""
    done = subprocess.run(
        [sys.executable, "-c", WHOLE, name, str(mass)], capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def one_point(name: str, mass: float) -> tuple[float, str]:
    """Seconds of -2 log L with its gradient at one point, and what it holds."""
    made = likelihood(
        "2026-models",
        fields(name, mass, structure="minimal", inputs=load_inputs("default")),
        alternative=False,
    )
    point = np.full(len(made.names), 0.1)
    time = median_time(lambda: made.value_and_gradient(point)[1].block_until_ready(), repeat=51)
    modes, observables, _ = made.theory_model.numerator_modes.shape
    return time, f"{len(made.names)} couplings, {observables} observables, {modes} theory modes"


def main() -> None:
    options = arguments(__doc__).parse_args()
    use_double_precision()
    report = Report("Fields judged")
    report.begin()
    report.say(
        "`nutau.judge` on `2026-models` from a fresh process, 1000 theory draws, minimal couplings; one run each."
    )
    rows, points = [], []
    for name, mass in FIELDS:
        found = whole(name, mass)
        time, holds = one_point(name, mass)
        points.append(time)
        rows.append(
            (
                f"{name}, {mass / 1e3:g} TeV",
                holds,
                seconds(found["wall"]),
                seconds(found["processor"]),
                seconds(time),
                f"{found['gain']:.1f}",
            )
        )
    head = ("field", "holds", "whole, wall", "whole, processor", "a point with gradient", "Δχ²")
    report.table(head, rows)
    report.say(
        f"Target, one likelihood of all constraints with its gradient under 2 ms: {verdict(max(points) < 2e-3)}."
    )
    report.end(options.write)


if __name__ == "__main__":
    main()
