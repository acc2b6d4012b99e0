"""Write the measurements of b → sℓℓ and b → sγ: ``python tools/make_bsll_measurements.py FOLDER``.

``bsll_measurements.yaml`` says which tables go into which file of ``data/measurements``, where they are read, with
which others they must agree, and what is converted. FOLDER holds the records of HEPData, each unpacked in a folder
``ins2850101`` (``https://www.hepdata.net/download/submission/ins2850101/original``); the packages ``flavio``,
``eoshep`` and ``pdg`` must be installed, flavio and EOS for their data files alone. Nothing is written if a number
differs between sources, a file of a record is not the one that was read first, or a matrix is not positive definite.
"""

from __future__ import annotations

import hashlib
import math
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import bsll_sources as sources
from bsll_sources import Number, Table

HERE = Path(__file__).parent
DATA = HERE.parent / "src" / "nutau" / "data" / "measurements"
HEAD = "# Written by tools/make_bsll_measurements.py from tools/bsll_measurements.yaml; do not edit.\n"
COPIED = ("location", "provenance", "verified", "unit")
AFTER = ("samples", "supersedes", "contained_in", "instead_of", "signal_model", "notes")


class Sources:
    """Where tables are read: the PDG's listings and the records of HEPData."""

    def __init__(self, folder: Path) -> None:
        """Open the listings; ``folder`` holds the records."""
        import pdg

        api = pdg.connect()
        self.edition = api.default_edition
        path = next(Path(pdg.__file__).parent.glob("*.sqlite"))
        self.listings = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.folder = folder

    def read(self, item: dict[str, Any]) -> Table:
        """The table that an item of the recipe means, in flavio's conventions where ``convert`` makes them so."""
        if "flavio" in item:
            table = sources.flavio(item["flavio"])
        elif "eos" in item:
            table = sources.eos(item["eos"], item["names"])
        elif "pdg" in item:
            table = sources.pdg(self.listings, self.edition, item["pdg"])
        else:
            folder = self.folder / item["hepdata"]
            for file, digest in item.get("sha256", {}).items():
                if hashlib.sha256((folder / file).read_bytes()).hexdigest()[:16] != digest:
                    raise SystemExit(f"{folder / file} is not the file that was read first")
            kind = sources.hepdata_json if "results" in item else sources.hepdata_columns
            table = kind(folder, item)
        return ended(
            chosen(converted(table, item.get("convert", {}), float(item.get("times", 1.0))), item), item
        )


def converted(table: Table, factors: dict[str, Any], every: float) -> Table:
    """Rows times the factor of their observable, or of ``every`` one, under another name where one is given."""
    rows, signs = [], []
    for row in table.rows:
        given = factors.get(row.observable, every)
        factor, name = (given["times"], given["as"]) if isinstance(given, dict) else (given, "")
        rows.append(row if factor == 1.0 and not name else row.times(float(factor), name))
        signs.append(math.copysign(1.0, float(factor)))
    matrix = None if table.correlation is None else table.correlation * np.outer(signs, signs)
    return Table(tuple(rows), matrix, table.part)


def chosen(table: Table, item: dict[str, Any]) -> Table:
    """The rows of the bins and observables that the recipe asks for."""
    bins = [tuple(map(float, edges)) for edges in item.get("bins", [])]
    keep = [
        place
        for place, row in enumerate(table.rows)
        if (not bins or row.q2 in bins) and row.observable not in item.get("without", [])
    ]
    matrix = None if table.correlation is None else table.correlation[np.ix_(keep, keep)]
    return Table(tuple(table.rows[place] for place in keep), matrix, table.part)


def ended(table: Table, item: dict[str, Any]) -> Table:
    """The upper edge ``ends[0]`` of bins moved to ``ends[1]``; the rate in the bin stays."""
    if "ends" not in item:
        return table
    edge, end = map(float, item["ends"])
    rows = []
    for row in table.rows:
        if row.q2 and row.q2[1] == edge:
            wider = (edge - row.q2[0]) / (end - row.q2[0]) if row.observable.startswith("<dBR/dq2>") else 1.0
            row = replace(_rounded(row.times(wider)), q2=(row.q2[0], end))
        rows.append(row)
    return replace(table, rows=tuple(rows))


def _rounded(row: Number) -> Number:
    """To three digits, as a table has."""
    errors = {name: (float(f"{a:.3g}"), float(f"{b:.3g}")) for name, (a, b) in row.errors.items()}
    return replace(row, value=float(f"{row.value:.3g}"), errors=errors)


def compared(table: Table, other: Table, what: str, item: dict[str, Any]) -> int:
    """How many numbers of two sources are the same; ``SystemExit`` if any differs or none is in both.

    Of ``item``, ``known`` are rows that are known to differ, which the notes must say, ``parts`` the uncertainties to
    compare instead of their total.
    """
    parts, known = item.get("parts", []), [tuple(map(_frozen, row)) for row in item.get("known", [])]
    theirs: dict[Any, tuple[int, Number]] = {}
    for place, row in enumerate(other.rows):  # the first of a bin that a source has twice
        if row.key not in known:
            theirs.setdefault(row.key, (place, row))
    both = [(place, row, *theirs[row.key]) for place, row in enumerate(table.rows) if row.key in theirs]
    problems = [
        f"{row.key}: {row.value:.5g} {row.total}, {what} has {found.value:.5g} {found.total}"
        for _, row, _, found in both
        if not _close(row, found, parts)
    ]
    if table.correlation is not None and other.correlation is not None:
        for place, row, there, _ in both:
            for second, name, far, _ in both:
                ours, found = table.correlation[place, second], other.correlation[there, far]
                if abs(ours - found) > 0.0051:
                    problems.append(f"correlation of {row.key} and {name.key}: {ours}, {what} has {found}")
    if problems or not both:
        raise SystemExit("\n".join(problems) or f"{what} has none of {table.rows[0].key} …")
    return len(both)


def _frozen(value: Any) -> Any:
    return tuple(map(float, value)) if isinstance(value, list) else value


def _close(first: Number, second: Number, parts: Sequence[str]) -> bool:
    """Equal to what rounding can hide: of the value and the uncertainties, all of them or ``parts``."""
    size = max(first.total)
    pairs = [(first.errors[part], second.errors[part]) for part in parts] or [(first.total, second.total)]
    return abs(first.value - second.value) < 0.03 * size and all(
        abs(a - b) < 0.06 * size for one, other in pairs for a, b in zip(one, other, strict=True)
    )


def correlation(table: Table, shared: Sequence[str]) -> Any:
    """The correlation of the total uncertainties.

    ``shared`` are parts that are one unknown in all rows; the matrix of a table, if it has one, is that of ``part``.
    """
    total = np.array([np.mean(row.total) for row in table.rows])
    if table.correlation is None and not shared:
        return None
    if table.correlation is not None and not table.part and not shared:
        return table.correlation
    found = np.diag(total**2)
    for name in sources.PARTS:
        size = np.array([np.mean(row.errors.get(name, (0.0, 0.0))) for row in table.rows])
        if name in shared:
            found += np.outer(size, size) - np.diag(size**2)
        elif name == table.part and table.correlation is not None:
            found += (table.correlation - np.eye(len(size))) * np.outer(size, size)
    return found / np.outer(total, total)


def blocks(matrix: Any, digits: int) -> Iterator[list[str]]:
    """The lower triangles of the parts of a matrix that are not correlated with each other, a row a line."""
    start, size = 0, len(matrix)
    while start < size:
        end = start + 1
        while end < size and np.any(np.abs(matrix[start:end, end:]) > 1e-12):
            end += 1
        lines = []
        for row in range(start, end):
            numbers = [f"{matrix[row, column]:.{digits}f}" for column in range(start, row)]
            lines.append(" ".join([*(_short(number) for number in numbers), "1"]))
        yield lines
        start = end


def _short(number: str) -> str:
    text = number.rstrip("0").rstrip(".") if "." in number else number
    return (
        "0"
        if text in {"-0", ""}
        else text.replace("0.", ".", 1)
        if text.lstrip("-").startswith("0.")
        else text
    )


def entry(recipe: dict[str, Any], read: Sources) -> Iterator[str]:
    """A measurement, as lines of its file."""
    table = sources.joined([read.read(item) for item in recipe["from"]])
    for item in recipe.get("agrees", []):
        what = ", ".join(str(item.get(key, "")) for key in ("flavio", "eos", "hepdata") if key in item)
        count = compared(table, read.read(item), what, item)
        print(
            f"{recipe['name']}: {count} of {len(table.rows)} numbers are those of {what[:60]}",
            file=sys.stderr,
        )
    yield f"  - name: {recipe['name']}"
    yield "    kind: gaussian"
    for key in COPIED:
        yield f"    {key}: {_text(recipe[key])}"
    yield "    values:"
    for row in table.rows:
        own = recipe.get("units", {}).get(row.observable, "")
        yield "      - " + _row(row.times(1 / _factor(str(own or recipe["unit"]))), own)
    matrix = correlation(table, recipe.get("shared", []))
    if matrix is not None and len(table.rows) > 1 and np.any(np.abs(matrix - np.eye(len(matrix))) > 1e-12):
        digits = recipe.get("digits", 3)
        rounded = np.round(matrix, digits)
        if np.linalg.eigvalsh(rounded)[0] < 1e-6:
            raise SystemExit(f"{recipe['name']}: the correlation is not positive definite")
        yield "    correlation: |"
        for place, lines in enumerate(blocks(rounded, digits)):
            yield from ([""] if place else [])
            yield from (f"      {line}" for line in lines)
    for key in AFTER:
        if key in recipe:
            yield f"    {key}: {_text(recipe[key])}"


def _row(row: Number, unit: str) -> str:
    parts = [f'observable: "{row.observable}"']
    if row.q2:
        parts.append(f"q2: [{row.q2[0]:.12g}, {row.q2[1]:.12g}]")
    parts.append(f"value: {_number(row.value)}")
    sides = [f"{name}: {_sides(pair)}" for name, pair in row.errors.items()]
    parts.append(f"errors: {{{', '.join(sides)}}}")
    if row.pdg:
        parts.append(f"pdg: {row.pdg}")
    if unit:
        parts.append(f"unit: {unit}")
    return f"{{{', '.join(parts)}}}"


def _number(value: float) -> str:
    return f"{sources.tidy(value):.7g}"


def _sides(pair: tuple[float, float]) -> str:
    plus, minus = (_number(side) for side in pair)
    return plus if plus == minus else f"{{plus: {plus}, minus: {minus}}}"


def _factor(unit: str) -> float:
    """The power of ten of a unit; ``ps`` and ``GeV^-2`` are those of the tables."""
    first = unit.partition(" ")[0]
    try:
        return float(first)
    except ValueError:
        return 1.0


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_text(item) for item in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return yaml.dump(str(value), width=10**6, allow_unicode=True).removesuffix("\n").removesuffix("\n...")


def document(recipe: dict[str, Any], read: Sources) -> str:
    """A file of measurements."""
    lines = [f"{key}: {_text(value)}" for key, value in recipe.items() if key != "measurements"]
    lines.append("measurements:")
    for place, item in enumerate(recipe["measurements"]):
        lines += [""] if place else []
        lines += entry(item, read)
    return HEAD + "\n".join(lines) + "\n"


def main() -> int:
    """Write every file of the recipe."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        raise SystemExit(__doc__)
    read = Sources(Path(sys.argv[1]))
    recipe = yaml.safe_load((HERE / "bsll_measurements.yaml").read_text(encoding="utf-8"))
    written = {DATA / f"{name}.yaml": document(item, read) for name, item in recipe.items()}
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
