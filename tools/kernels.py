"""Run the numerical tests as other processors compute: `make kernels`.

    python tools/kernels.py [--only NAME] [--all] [ARGUMENTS OF PYTEST ...]

OpenBLAS chooses its kernels by the processor, and with them the last digits of everything that is solved, inverted or
diagonalised. Each run below takes other kernels (``OPENBLAS_CORETYPE``) or threads; the one with the oldest also
switches the vector instructions of NumPy and XLA off. The last takes no kernels but changes what linear algebra is
given by a few roundings (``tests/rounding.py``): what any other machine may do. Kernels that this processor cannot
execute, that are those of an earlier run under another name, or that the BLAS at hand does not know (Accelerate, MKL,
another architecture), are said and left out; so are all of them where ``OPENBLAS_CORETYPE`` is set already, because
somebody knows that others go wrong there. Run are the tests that solve, invert, diagonalise or
minimise (:data:`SOLVING`), with ``--all`` every one that computes. Exits with 1 if a test failed.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

try:
    from numpy._core import _multiarray_umath
except ImportError:  # before NumPy 2
    from numpy.core import _multiarray_umath

ROOT = Path(__file__).resolve().parents[1]
WORDS = (  # tests of text, pages and files, which run in `make test`
    *("browser", "cite", "cli", "console", "docs", "figures", "files", "kernels", "layers", "messages"),
    *("notebook", "package", "today", "validation_page"),
)
SOLVING = (
    *("algebra", "explorer", "fit", "forecast", "form_factor_fits", "inputs", "letter", "likelihood"),
    *("measurements", "minima", "planes", "polynomials", "pulls", "scan", "smeft_running", "theory_model"),
    *("wet_running", "zexpansion"),
)
"""Tests of what solves, inverts, diagonalises or minimises."""
OLDEST = {  # NumPy refuses names of instructions that it does not choose among
    "NPY_DISABLE_CPU_FEATURES": " ".join(_multiarray_umath.__cpu_dispatch__),
    "XLA_FLAGS": "--xla_cpu_max_isa=SSE4_2",
}


@dataclass(frozen=True)
class Run:
    """One way to compute: kernels of OpenBLAS (``""``: those that it chooses), threads, and further settings."""

    kernel: str
    threads: int
    settings: dict[str, str] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()


RUNS = (
    Run("Haswell", 1),
    Run("Zen", 2),
    Run("SkylakeX", 2),
    Run("SandyBridge", 2, OLDEST),
    Run("", 1, plugins=("-p", "tests.rounding")),
)
PROBE = """
import numpy as np, scipy.linalg
rng = np.random.default_rng(1)
for size in (3, 20, 150):
    matrix = rng.standard_normal((size, size))
    unit = matrix @ np.linalg.inv(matrix)
    values, vectors = scipy.linalg.eigh(matrix + matrix.T)
    assert np.abs(unit - np.eye(size)).max() < 1e-9
    assert np.abs(vectors * values @ vectors.T - matrix - matrix.T).max() < 1e-9
"""


def environment(run: Run) -> dict[str, str]:
    """The settings of a run: OpenBLAS reads them once, when it is loaded."""
    kernel = {"OPENBLAS_CORETYPE": run.kernel} if run.kernel else {}
    threads = str(run.threads)
    return {
        **os.environ,
        **kernel,
        **run.settings,
        "OPENBLAS_NUM_THREADS": threads,
        "OMP_NUM_THREADS": threads,
    }


def kernels(run: Run) -> tuple[str, str]:
    """What OpenBLAS says it uses, and why the run is not possible (empty if it is)."""
    if not run.kernel:
        return "", ""
    if fixed := os.environ.get("OPENBLAS_CORETYPE"):
        return "", f"OPENBLAS_CORETYPE is {fixed} on this machine, which is left as it is"
    told = {**environment(run), "OPENBLAS_VERBOSE": "2"}
    done = subprocess.run([sys.executable, "-c", PROBE], env=told, capture_output=True, text=True)
    used = re.findall(r"(?m)^Core: (\S+)", done.stdout + done.stderr)
    if not used:
        return "", "this NumPy has no OpenBLAS whose kernels can be chosen"
    if done.returncode:
        return "", "this processor cannot execute them, or computes wrongly with them"
    return used[-1], ""


def numerical(every: bool = False) -> list[str]:
    """The files of tests that solve or, with ``every``, of all that compute."""
    found = sorted((ROOT / "tests").rglob("test_*.py"))
    return [
        str(path.relative_to(ROOT))
        for path in found
        if not any(word in path.stem for word in WORDS)
        and (every or path.stem.removeprefix("test_") in SOLVING)
    ]


def main() -> int:
    """Every run that this machine can do."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", metavar="NAME", choices=[run.kernel or "rounding" for run in RUNS])
    parser.add_argument("--all", action="store_true", help="every test that computes")
    options, passed = parser.parse_known_args()
    failed, done = [], set()
    for run in RUNS:
        name = run.kernel or "rounding"
        if options.only not in (None, name):
            continue
        used, reason = kernels(run)
        if used in done:
            reason = f"here they are {used}'s, which have run"
        if reason:
            print(f"== kernels {name}: left out: {reason}", flush=True)
            continue
        done.add(used or name)
        print(f"== kernels {name}{f' ({used})' if used else ''}, {run.threads} thread(s)", flush=True)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            *run.plugins,
            *(passed or ["-n", "auto", "--dist", "loadfile"]),
        ]
        wanted = (
            [] if any(word.endswith(".py") or "::" in word for word in passed) else numerical(options.all)
        )
        if subprocess.run([*command, *wanted], env=environment(run), cwd=ROOT).returncode:
            failed.append(name)
    if failed:
        print(f"Failed with the kernels: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
