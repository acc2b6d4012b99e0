"""Signals: a verb that is ended at any moment leaves no draft of a file, no half of one, and no traceback."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from fuzz.verdict import PATIENCE, Case, leftovers

LINES = (
    (
        "scan",
        "--data",
        "2026",
        "--grid",
        "delta=0:0.1:50",
        "--grid",
        "kappa=0:3:50",
        "--draws",
        "20",
        "--out",
        "scan.npz",
    ),
    ("plot", "plane", "--out", "plane.pdf"),
    ("predict", "R(D)", "--out", "table.csv"),
    ("fit", "--data", "2026", "--parameters", "delta,kappa", "--draws", "20", "--json"),
    ("reproduce", "--out", "report"),
)
STARTED = 0.05
"""Seconds; before Python itself has started no program can answer a signal, and its own tracebacks are not ours."""


def attack(rng: random.Random, seconds: float, folder: Path) -> Iterator[Case]:
    """Processes for some seconds."""
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        number += 1
        place = folder / f"signal{number}"
        place.mkdir()
        sent, line = rng.choice([signal.SIGTERM, signal.SIGINT, signal.SIGHUP]), rng.choice(LINES)
        delay = rng.uniform(STARTED, 4.0)
        with subprocess.Popen(
            [sys.executable, "-m", "nutau", *line],
            cwd=place,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            time.sleep(delay)
            running.send_signal(sent)
            try:
                _, error = running.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                running.kill()
                error = "Traceback: did not end"
        code = running.returncode
        wrong = error[-300:] if "Traceback" in error and "nutau" in error else leftovers(place)
        if not wrong and code not in (0, -sent, 128 + sent, 130):
            wrong = f"exit code {code}: {error[-200:]}"
        yield Case("signal", f"{signal.Signals(sent).name} after {delay:.3f} s: {line}", wrong)
