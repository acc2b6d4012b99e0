"""Compare nutau live with flavio, EOS and wilson, and write docs/validation.md.

    make validate                                   # installs everything first
    python validation/run.py [--points 200] [--converged 10] [--only PATTERN] [--no-running] [--out FILE]

Needs the extra 'validation'. Exits with 1 if a deviation from flavio above 1e-5 has no reason in validation/page.py.
Names that match PATTERN alone are compared on the screen and no page is written.
"""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "benchmarks"), str(HERE.parent / "src")]

import engine  # noqa: E402
import page  # noqa: E402
import standard_model  # noqa: E402
from machine import describe  # noqa: E402
from nutau import __version__  # noqa: E402
from nutau.inputs import load_inputs  # noqa: E402


def versions() -> dict[str, str]:
    """What was compared."""
    peers = {"flavio": "flavio", "wilson": "wilson", "EOS": "eoshep", "NumPy": "numpy", "SciPy": "scipy"}
    return {"nutau": __version__, **{name: version(package) for name, package in peers.items()}}


def running(points: int) -> str:
    """What the comparison with wilson prints."""
    command = [sys.executable, str(HERE / "compare_running.py"), "--points", str(points)]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent / "src")}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=200, help="random complex points")
    parser.add_argument(
        "--converged", type=int, default=10, help="how many with flavio's integrals converged"
    )
    parser.add_argument(
        "--running-points", type=int, default=3, help="scales at which running is compared with wilson"
    )
    parser.add_argument("--only", default="", help="a pattern in the names of observables")
    parser.add_argument("--no-running", action="store_true")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "validation.md")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    say(f"{'observable':44s} {'SM':>9s} {'largest':>9s} {'converged':>9s}   flavio")
    inputs = load_inputs("flavio-2.7")
    comparisons, absent, left = engine.compare(
        inputs, options.points, options.converged, only=options.only, say=say
    )
    bad = page.unexplained(comparisons)
    for comparison in bad:
        say(
            f"{comparison.task.label} deviates by {comparison.deviation:.1e}: no reason in validation/page.py"
        )
    if not options.only:
        values = standard_model.compare()
        printed = "" if options.no_running else running(options.running_points)
        date = datetime.date.today().isoformat()
        run = page.Run(date, describe(), load, versions(), options.points, options.converged, printed)
        options.out.write_text(page.page(comparisons, absent, left, values, run))
        say(f"Wrote {options.out}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
