"""Write a new version wherever one is written: ``python tools/set_version.py 1.0.0``.

In ``src/nutau/__init__.py``, from which the package, the command and the site have it, in ``CITATION.cff`` with today's
date, and as the heading of the changes that ``CHANGELOG.md`` has under Unreleased.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACES = (
    ("src/nutau/__init__.py", r'(?m)^__version__ = ".*"$', '__version__ = "{version}"'),
    (
        "CITATION.cff",
        r"(?m)^version: .*\n(date-released: .*\n)?",
        "version: {version}\ndate-released: {date}\n",
    ),
    ("CHANGELOG.md", r"(?m)^## \[Unreleased\]$", "## [Unreleased]\n\n## [{version}] - {date}"),
)


def written(version: str, root: Path, date: str) -> dict[Path, str]:
    """The text of each file with the version in its place; an error where a place is not found once."""
    found = {}
    for name, pattern, form in PLACES:
        path = root / name
        text, number = re.subn(
            pattern, form.format(version=version, date=date), path.read_text(encoding="utf-8")
        )
        if number != 1:
            raise SystemExit(f"{name} has {number} places for a version, not one: {pattern}")
        found[path] = text
    return found


def main() -> int:
    """Write the version that is given, in all places or in none."""
    if len(sys.argv) != 2 or not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", sys.argv[1]):
        print("usage: python tools/set_version.py MAJOR.MINOR.PATCH", file=sys.stderr)
        return 2
    for path, text in written(sys.argv[1], ROOT, datetime.now(UTC).date().isoformat()).items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
