"""What a benchmark found, printed and, with --write, kept in RESULTS.md beside the results of the others."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from machine import describe

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = """# Results

Written by the scripts beside this file with `--write`; each section is one run, both sides in it.
"""
HERE = Path(__file__).parent


@dataclass
class Report:
    """Lines of a section; printed as they come."""

    title: str
    lines: list[str] = field(default_factory=list)

    def say(self, line: str = "") -> None:
        print(line, flush=True)
        self.lines.append(line)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.say()
        self.say("| " + " | ".join(head) + " |")
        self.say("|" + "---|" * len(head))
        for row in rows:
            self.say("| " + " | ".join(row) + " |")
        self.say()

    def begin(self, *packages: str) -> None:
        """Date, machine, load and versions."""
        found = ", ".join(f"{name} {version(name)}" for name in ("nutau", "numpy", *packages))
        load = os.getloadavg()[0]
        self.say(
            f"{datetime.date.today().isoformat()}; {describe()}; load average {load:.1f} at the start; {found}."
        )
        self.say()

    def end(self, write: bool) -> None:
        """Say the load again; replace the section in RESULTS.md."""
        self.say(f"Load average at the end: {os.getloadavg()[0]:.1f}.")
        if not write:
            return
        text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else HEAD
        section = f"\n## {self.title}\n\n" + "\n".join(self.lines).strip() + "\n"
        section = re.sub(r"\n{3,}", "\n\n", section)
        pattern = re.compile(rf"\n## {re.escape(self.title)}\n.*?(?=\n## |\Z)", re.DOTALL)
        new = (
            pattern.sub(lambda _: section, text)
            if pattern.search(text)
            else text.rstrip("\n") + "\n" + section
        )
        RESULTS.write_text(new, encoding="utf-8")
        print(f"Wrote {RESULTS}")


def arguments(description: str) -> argparse.ArgumentParser:
    """The options that all benchmarks have."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer-python", help="a Python that has flavio, particle < 1 and wilson")
    parser.add_argument("--write", action="store_true", help="put the results into benchmarks/RESULTS.md")
    return parser


def peer(python: str, script: str, task: dict[str, Any]) -> dict[str, Any]:
    """Run a script of this folder with another Python: JSON in, JSON out. One thread of BLAS, as for ours."""
    command = [python, str(HERE / script)]
    done = subprocess.run(command, input=json.dumps(task), capture_output=True, text=True, env=os.environ)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout))


def one_thread() -> None:
    """Start again with one thread of BLAS: thin products gain nothing from more, and lose much on a busy machine."""
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.argv])


def seconds(value: float) -> str:
    """A time with a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.2g} s"


def factor(value: float) -> str:
    """How many times faster."""
    return f"{value:.3g}" if value < 1e4 else f"{value:.1e}"


def verdict(good: bool) -> str:
    """Whether a target is met."""
    return "met" if good else "missed"
