"""Build what is published and check it: ``make release-check``, offline once the tools are there.

    python tools/release.py [--python PYTHON ...] [--no-install] [--constraint FILE]

Builds sdist and wheel without isolation, the wheel from the sdist; checks both with twine and check-wheel-contents,
the metadata with validate-pyproject, cffconvert and sp-repo-review; compares the versions that are written anywhere;
holds the wheel below its size; and installs it into an empty environment of every ``--python`` (that which runs this),
where ``nutau reproduce`` must write the letter's report. Installing needs a package index, as pip is set up; all else
does not.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import recipe

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
LARGEST = 6_000_000
"""Bytes of the wheel."""


def run(*command: str | Path, **options: object) -> str:
    """Run a command and give what it printed; end with it where it fails."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)  # type: ignore[call-overload]
    if done.returncode:
        raise SystemExit(f"{done.stdout}{done.stderr}\nfailed: {' '.join(map(str, command))}")
    return str(done.stdout)


def python(*arguments: str | Path) -> str:
    """Run a module of the tools."""
    return run(sys.executable, "-m", *arguments, cwd=ROOT)


def versions() -> dict[str, str]:
    """The version wherever it is written."""
    found = {
        "src/nutau/__init__.py": r'(?m)^__version__ = "([^"]+)"',
        "CITATION.cff": r"(?m)^version: (\S+)",
        "CHANGELOG.md": r"(?m)^## \[(\d[^]]*)\]",
    }
    return {name: _first(pattern, ROOT / name) for name, pattern in found.items()}


def _first(pattern: str, path: Path) -> str:
    match = re.search(pattern, path.read_text(encoding="utf-8"))
    return match[1] if match else "none"


def build() -> tuple[Path, Path]:
    """The sdist, and the wheel that is built from it."""
    shutil.rmtree(DIST, ignore_errors=True)
    python("build", "--no-isolation", "--outdir", DIST)
    (sdist,), (wheel,) = DIST.glob("*.tar.gz"), DIST.glob("*.whl")
    return sdist, wheel


def looked_over(sdist: Path, wheel: Path) -> None:
    """What tools say of the files and of the repository."""
    python("twine", "check", "--strict", sdist, wheel)
    python("check_wheel_contents", wheel)
    python("validate_pyproject", "pyproject.toml")
    scripts = Path(sys.executable).parent
    run(scripts / "cffconvert", "--validate", "--infile", ROOT / "CITATION.cff")
    run(scripts / "sp-repo-review", ROOT)


def installed(interpreter: str, wheel: Path, constraint: str | None) -> str:
    """Install the wheel into an empty environment and reproduce the letter there; what was run."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with tempfile.TemporaryDirectory() as folder:
        run(interpreter, "-m", "venv", Path(folder) / "venv", env=clean)
        here = Path(folder) / "venv" / ("Scripts" if os.name == "nt" else "bin")
        limits = ["--constraint", str(Path(constraint).resolve())] if constraint else []
        run(here / "python", "-m", "pip", "install", "--quiet", *limits, wheel, env=clean, cwd=folder)
        run(here / "python", "-m", "pip", "check", env=clean, cwd=folder)
        said = run(here / "nutau", "--version", env=clean, cwd=folder).split()[-1]
        run(here / "nutau", "reproduce", "--out", "letter", env=clean, cwd=folder)
        claims = json.loads((Path(folder) / "letter" / "report.json").read_text(encoding="utf-8"))["claims"]
        version = run(here / "python", "-c", "import platform; print(platform.python_version())").strip()
    if said not in wheel.name.split("-"):
        raise SystemExit(f"{wheel.name} calls itself {said}")
    return f"Python {version}: {len(claims)} claims of the letter"


def main() -> int:
    """Everything; a line for each step that holds, and the message of the first that does not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", action="append", help="an interpreter to install into; may be repeated")
    parser.add_argument("--no-install", action="store_true", help="build and check, install nowhere")
    parser.add_argument("--constraint", help="versions of what is installed beside the wheel")
    asked = parser.parse_args()
    written = versions()
    if len(set(written.values())) != 1:
        raise SystemExit(f"the version is written in several ways: {written}")
    sdist, wheel = build()
    if wheel.stat().st_size >= LARGEST:
        raise SystemExit(f"{wheel.name} has {wheel.stat().st_size} bytes; at most {LARGEST}")
    print(
        f"{sdist.name} {sdist.stat().st_size / 1e6:.1f} MB, {wheel.name} {wheel.stat().st_size / 1e6:.1f} MB"
    )
    looked_over(sdist, wheel)
    print("twine, check-wheel-contents, validate-pyproject, cffconvert, sp-repo-review: nothing to mend")
    recipe.OUT.parent.mkdir(parents=True, exist_ok=True)
    recipe.OUT.write_text(recipe.recipe(sdist, "nutau"), encoding="utf-8")
    for interpreter in [] if asked.no_install else asked.python or [sys.executable]:
        print(installed(interpreter, wheel, asked.constraint), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
