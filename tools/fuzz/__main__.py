"""``python -m fuzz``: attack every entrance for a while, print findings with what makes them again, and count.

Exit code 1 if anything was found. ``--seconds`` are those of all entrances together.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from fuzz import addresses, arguments, commands, readers, signals, threads
from fuzz.dice import Dice

ENTRANCES = {
    "commands": (commands, 0.3),
    "files": (readers, 0.25),
    "arguments": (arguments, 0.2),
    "addresses": (addresses, 0.05),
    "threads": (threads, 0.1),
    "signals": (signals, 0.1),
}
"""Each with its share of the time."""


def main(line: list[str] | None = None) -> int:
    """Attack; the number of findings, at most 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument(
        "--seed", type=int, default=None, help="the same cases again; by default the time of day"
    )
    parser.add_argument(
        "--only", choices=list(ENTRANCES), action="append", help="this entrance; repeat for more"
    )
    parser.add_argument("--case", type=int, default=None, help="this case of one entrance alone")
    given = parser.parse_args(line)
    if given.case is not None and (given.seed is None or len(given.only or ()) != 1):
        parser.error("--case needs --seed and one --only")
    seed = int(time.time()) if given.seed is None else given.seed
    print(f"seed {seed}, {given.seconds:g} s", flush=True)
    chosen = given.only or list(ENTRANCES)
    share = sum(ENTRANCES[name][1] for name in chosen)
    counts: Counter[str] = Counter()
    found = 0
    for name in chosen:
        module, part = ENTRANCES[name]
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            home = Path.cwd()
            dice = Dice(seed, name, given.seconds * part / share, given.case)
            for case in module.attack(dice, Path(folder)):
                counts[name] += 1
                if case.wrong:
                    found += 1
                    print(f"\n{dice.again}\n  given: {case.given}\n  wrong: {case.wrong}", flush=True)
            os.chdir(home)
    print(", ".join(f"{name} {counts[name]}" for name in chosen), f"cases; {found} findings", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
