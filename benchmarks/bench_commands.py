"""Whole commands as a user meets them: wall time and peak memory, medians of fresh processes.

.venv/bin/python benchmarks/bench_commands.py --write
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report import Report, arguments, seconds

NUTAU = str(Path(sys.executable).with_name("nutau"))
RUNS = 5


def measure(command: list[str]) -> tuple[float, float]:
    """Median wall time (s) and the largest peak memory (MiB) of fresh processes; the first, cold run is dropped."""
    times, peaks = [], []
    for run in range(RUNS + 1):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{' '.join(command)} failed")
        if run:
            times.append(time.perf_counter() - start)
            peaks.append(usage.ru_maxrss / 1024)
    return statistics.median(times), max(peaks)


def wheel_size(folder: str) -> float:
    """Size of the built wheel in MB."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, "."]
    subprocess.run(command, check=True, cwd=Path(__file__).parent.parent, stderr=subprocess.DEVNULL)
    return next(Path(folder).glob("nutau-*.whl")).stat().st_size / 1e6


def main() -> None:
    options = arguments(__doc__ or "").parse_args()
    report = Report("Commands")
    report.begin()
    report.say(f"Fresh processes; medians of {RUNS} after a first one, largest peak memory.")
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "python -c pass (the floor)": [sys.executable, "-c", "pass"],
            "import nutau": [sys.executable, "-c", "import nutau"],
            "nutau --help": [NUTAU, "--help"],
            "nutau reproduce": [NUTAU, "reproduce", "--out", f"{folder}/out"],
            "nutau predict, the letter's formulas": [
                *(NUTAU, "predict", "--inputs", "letter", "--model", "U1", "--delta", "0.069")
            ],
            "nutau predict, three observables with errors": [
                *(NUTAU, "predict", "BR(B0->K*tautau)", "BR(B+->Knunu)", "R(D*)"),
                *("--set", "CL_bsnutaunutau=2"),
            ],
            "nutau predict, a model with running": [
                *(NUTAU, "predict", "--model", "U1", "--mass", "2000"),
                *("--coupling", "x1LL_23=0.9", "--coupling", "x1LL_33=1.0"),
            ],
            "nutau fit --data 2026 --parameters delta,kappa": [
                *(NUTAU, "fit", "--data", "2026", "--parameters", "delta,kappa")
            ],
            "nutau explore --out": [NUTAU, "explore", "--out", f"{folder}/plane.html"],
        }
        rows = []
        for name, command in commands.items():
            took, peak = measure(command)
            rows.append((name, seconds(took), f"{peak:.0f} MiB"))
        report.table(("command", "wall time", "peak memory"), rows)
        report.say(f"Built wheel: {wheel_size(folder):.2f} MB.")
    report.end(options.write)


if __name__ == "__main__":
    main()
