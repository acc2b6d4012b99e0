"""Signals: a verb that is ended at any moment leaves no draft of a file, no half of one, and no traceback."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from fuzz.dice import Dice
from fuzz.verdict import PATIENCE, Case, leftovers

LINES = tuple(
    tuple(line.split())
    for line in (
        "scan R(D) --data 2026 --parameters delta=0:0.1:50,kappa=0:3:50 --draws 20 --out scan.npz",
        "plot plane --out plane.pdf",
        "predict R(D) --out table.csv",
        "fit --data 2026 --parameters delta,kappa --draws 20 --json",
        "reproduce --out report",
    )
)
OURS = "nutau"
"""What a traceback of ours names; before Python itself has started no program can answer a signal, and the tracebacks
of that moment name files of Python's alone."""


def attack(dice: Dice, folder: Path) -> Iterator[Case]:
    """Processes for some seconds."""
    for rng in dice:
        place = folder / f"signal{dice.number}"
        place.mkdir()
        sent, line = rng.choice([signal.SIGTERM, signal.SIGINT, signal.SIGHUP]), rng.choice(LINES)
        delay = rng.uniform(0.02, 4.0)
        with subprocess.Popen(
            [sys.executable, "-m", "nutau", *line],
            cwd=place,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_noticed,
        ) as running:
            time.sleep(delay)
            running.send_signal(sent)
            try:
                _, error = running.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                running.kill()
                error = "Traceback: did not end"
        code = running.returncode
        given = f"{signal.Signals(sent).name} after {delay:.3f} s: {line}"
        yield Case("signal", given, _wrong(error, code, sent) or leftovers(place))


def _noticed() -> None:
    """Signals do what they do at a prompt, whatever started the attacks ignores them (``nohup``, a shell's ``&``)."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _wrong(error: str, code: int, sent: int) -> str:
    if "Traceback" in error or "Fatal Python error" in error:
        return error[-300:] if OURS in error else ""
    return "" if code in (0, -sent, 128 + sent, 130) else f"exit code {code}: {error[-200:]}"
