"""``python -m mutants``: apply each mutant of the list to a copy of the source and run the tests that should see it.

A mutant is killed if a test fails that passes without it; the tests of each are run on the unchanged source first.
Where all of them are skipped (those of the page need a browser) a mutant is untested, and said and counted as such.
Exits with 1 if fewer than 95 % of those that were tested were killed, with 2 if the list or its tests are no good.
"""

from __future__ import annotations

import argparse
import compileall
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mutants.mutant import ROOT, Mutant, mutants

ENOUGH = 0.95
LIMIT = 900
"""Seconds for the tests of one mutant."""
PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly")
FAILED = (1, 2)  # exit codes of pytest: tests failed; interrupted, by an error while tests were collected


def main() -> int:
    """Run those that were asked for; 0 if enough were killed."""
    given = _arguments()
    chosen = [item for item in mutants() if given.only in item.file or given.only in item.about]
    if not chosen:
        print(f"No mutant has {given.only!r} in its file or in what it is about.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(given.jobs) as pool:
        clean = Path(folder) / "clean"
        shutil.copytree(ROOT / "src", clean, ignore=shutil.ignore_patterns("__pycache__"))
        compileall.compile_dir(clean, quiet=1)
        _check_place(clean)
        passing = _passing(chosen, clean, pool.map)
        wrong = [f"{' '.join(tests)}\n{said}" for tests, said in passing.items() if isinstance(said, str)]
        if wrong:
            print("These tests do not pass without a mutant:\n" + "\n".join(wrong), file=sys.stderr)
            return 2
        tested = [item for item in chosen if passing[item.tests]]
        verdicts: Counter[str] = Counter()
        for item, verdict in zip(tested, pool.map(lambda item: _verdict(item, clean), tested), strict=True):
            verdicts[verdict] += 1
            if verdict != "killed" or given.verbose:
                print(
                    f"{verdict}: {item.about}\n    {item.file}: {item.text!r} -> {item.becomes!r}", flush=True
                )
    for item in chosen:
        if not passing[item.tests]:
            print(f"untested, its tests are skipped here: {item.about}\n    {' '.join(item.tests)}")
    part = verdicts["killed"] / len(tested) if tested else 1.0
    skipped = len(chosen) - len(tested)
    print(f"{verdicts['killed']} of {len(tested)} mutants killed ({part:.1%}), {skipped} untested")
    return 0 if part >= ENOUGH else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mutants", description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants at a time")
    parser.add_argument("--only", default="", help="part of a file's path or of what a mutant is about")
    parser.add_argument("--verbose", action="store_true", help="print those that were killed, too")
    return parser.parse_args()


def _check_place(source: Path) -> None:
    """Refuse to go on where another nutau would be tested than the copy."""
    code = "import nutau; print(nutau.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", code], env=_surroundings(source), capture_output=True, text=True
    )
    if not found.stdout.startswith(str(source)):
        raise SystemExit(f"The copy is not what is imported but {found.stdout.strip() or found.stderr}.")


def _passing(
    chosen: Iterable[Mutant], clean: Path, spread: Callable[..., Iterable[int | str]]
) -> dict[tuple[str, ...], int | str]:
    """How many of the tests of each mutant pass as things are, or what was said where one fails."""
    every = list(dict.fromkeys(item.tests for item in chosen))
    return dict(zip(every, spread(lambda tests: _passes(tests, clean), every), strict=True))


def _passes(tests: tuple[str, ...], source: Path) -> int | str:
    code, said = _pytest(tests, source)
    passed = re.search(r"(\d+) passed", said)
    return int(passed[1]) if code == 0 and passed else 0 if code == 0 else said[-2000:]


def _verdict(item: Mutant, clean: Path) -> str:
    """``killed``, ``survived``, or ``out of time``, which is not killed."""
    with tempfile.TemporaryDirectory(prefix="mutant-", dir=clean.parent) as folder:
        source = Path(folder) / "src"
        shutil.copytree(clean, source, copy_function=os.link)
        place = source / Path(item.file).relative_to("src")
        changed = item.applied(place.read_text(encoding="utf-8"))
        place.unlink()  # a link to the clean one
        place.write_text(changed, encoding="utf-8")
        for old in (place.parent / "__pycache__").glob(f"{place.stem}.*"):
            old.unlink()
        try:
            code, said = _pytest(item.tests, source)
        except subprocess.TimeoutExpired:
            return "out of time"
    if code not in (0, *FAILED):
        return f"pytest ended with {code} ({said[-300:]})"
    return "killed" if code in FAILED else "survived"


def _pytest(tests: tuple[str, ...], source: Path) -> tuple[int, str]:
    found = subprocess.run(
        [sys.executable, *PYTEST, *tests],
        cwd=ROOT,
        env=_surroundings(source),
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    return found.returncode, found.stdout + found.stderr


def _surroundings(source: Path) -> dict[str, str]:
    """One thread each, and the copy before any installed nutau."""
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return os.environ | single | {"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}


if __name__ == "__main__":
    sys.exit(main())
