"""Whole commands as a user meets them: wall time and peak memory, medians of fresh processes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import describe

NUTAU = str(Path(sys.executable).with_name("nutau"))
RUNS = 5


def measure(command: list[str]) -> tuple[float, float]:
    """Median wall time (s) and the largest peak memory (MiB) of fresh processes; the first, cold run is dropped."""
    times, peaks = [], []
    for run in range(RUNS + 1):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
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
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "import nutau": [sys.executable, "-c", "import nutau"],
            "python -c pass (the floor)": [sys.executable, "-c", "pass"],
            "nutau --help": [NUTAU, "--help"],
            "nutau reproduce": [NUTAU, "reproduce", "--out", f"{folder}/out"],
            "nutau predict, letter inputs": [
                NUTAU,
                "predict",
                "--inputs",
                "letter",
                "--model",
                "U1",
                "--delta",
                "0.069",
            ],
            "nutau predict, three observables with errors": [
                *(NUTAU, "predict", "BR(B0->K*tautau)", "BR(B+->Knunu)", "R(D*)"),
                *("--set", "CL_bsnutaunutau=2"),
            ],
        }
        print(f"{'command':48s} {'median s':>9s} {'peak MiB':>9s}")
        for name, command in commands.items():
            seconds, peak = measure(command)
            print(f"{name:48s} {seconds:9.3f} {peak:9.0f}")
        print(f"built wheel: {wheel_size(folder):.2f} MB")


if __name__ == "__main__":
    main()
