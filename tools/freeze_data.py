"""The sums of the numbers of every data set, by version: ``python tools/freeze_data.py``, at a release.

Writes ``tests/measurements/frozen.json``; what is there already stays, and it is an error if it would be another. With
a new version, ``python tools/freeze_data.py 2027.03``, the present files are kept as ``NAME@VERSION.yaml`` and those
without a version in their names are said to be of the new one: change their numbers afterwards.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "src" / "nutau" / "data" / "datasets"
FROZEN = ROOT / "tests" / "measurements" / "frozen.json"
NUMBERS = ("name", "kind", "observables", "units", "natural", "samples")
"""What of a measurement is frozen."""
EXTENDS = re.compile(r"(?m)^extends: (.+)$")
NAME = re.compile(r"[\w.@-]+")
VERSION = re.compile(r'(?m)^version: "(\S+)"$')


def digest(name: str) -> str:
    """The SHA-256 of the numbers of a data set, as :func:`nutau.load_dataset` gives them, to 12 digits."""
    from nutau import load_dataset
    from nutau.measurements.describe import dataset_dict

    document = dataset_dict(load_dataset(name))
    frozen = [
        {key: _rounded(entry[key]) for key in NUMBERS}
        for entry in (*document["measurements"], *document["references"])
    ]
    return hashlib.sha256(json.dumps(frozen, sort_keys=True).encode()).hexdigest()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value


def _pinned(names: str, version: str) -> str:
    """``extends`` with the version of data sets that have none."""
    found = [name if "@" in name else f"{name}@{version}" for name in NAME.findall(names)]
    listed = ", ".join(f'"{name}"' for name in found)
    return f"extends: {listed if len(found) == 1 else f'[{listed}]'}"


def kept(folder: Path, version: str) -> dict[Path, str]:
    """Files of a new version: the present ones under the names of theirs, and as the first of the new one."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        if "@" in path.stem:
            continue
        text = path.read_text(encoding="utf-8")
        old = VERSION.search(text)
        if old is None:
            raise SystemExit(f"{path.name} has no version")
        if old[1] >= version:
            raise SystemExit(f"{path.name} has version {old[1]}; {version} is not later")
        pinned = EXTENDS.sub(lambda line, old=old[1]: _pinned(line[1], old), text)  # type: ignore[misc]
        found[folder / f"{path.stem}@{old[1]}.yaml"] = pinned
        found[path] = VERSION.sub(f'version: "{version}"', text)
    return found


def main() -> int:
    """Freeze what there is; with a version, begin that one."""
    if len(sys.argv) == 2:
        for path, text in kept(FOLDER, sys.argv[1]).items():
            path.write_text(text, encoding="utf-8")
        return 0
    from nutau import load_dataset
    from nutau.measurements import dataset_names, dataset_versions

    frozen = json.loads(FROZEN.read_text(encoding="utf-8"))
    for name in dataset_names():
        for version in dataset_versions(name):
            full = f"{name}@{version}"
            if frozen.setdefault(full, digest(full)) != digest(full):
                raise SystemExit(f"{full} was released with other numbers; begin a new version")
            assert load_dataset(full).version == version
    FROZEN.write_text(json.dumps(frozen, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
