"""A scan as a folder of Parquet files, a part of the points each, written by whoever computes them.

The folder has a manifest (:mod:`nutau.inference.work.manifest`); every part says the same in the metadata of its
schema, under ``nutau``, with the numbers of its points. A part appears when it is whole and is never changed. So a scan
that was interrupted or killed goes on: parts that are there and can be read, checksums and all, stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nutau import __version__
from nutau.common.arrays import Array
from nutau.common.files import writing
from nutau.errors import InputError
from nutau.inference.scan.adapt import ROUND, rounds
from nutau.inference.scan.scan import CHUNK, Scan, chunk
from nutau.inference.work import manifest, mapped
from nutau.inference.work.keeping import read_arrays

SCHEMA = "nutau/scan/1"


@dataclass(frozen=True, eq=False)
class _Folder:
    """What every part needs: the scan, where it goes, and what it says of itself."""

    scan: Scan
    path: Path
    about: Mapping[str, Any]

    def part(self, number: int) -> Path:
        """The file of a part."""
        return self.path / f"part-{number:08d}.parquet"

    def round(self, number: int) -> Path:
        """All rows of a round of an adaptive sample, where only some are kept."""
        return self.path / "_rounds" / f"round-{number:08d}.npz"

    def get(self, number: int) -> Array | None:
        """The rows of a round, if they are there and whole."""
        found = read_arrays(self.round(number))
        return None if found is None else found.get("rows")

    def put(self, number: int, rows: Array) -> None:
        """Keep the rows of a round."""
        self.round(number).parent.mkdir(exist_ok=True)
        with writing(self.round(number)) as draft:
            np.savez(draft, rows=rows)


def save(
    scan: Scan, path: Path, client: Any, *, chunk: int | None, command: str, tell: Callable[[str], None]
) -> int:
    """Write what is not there yet, by the workers of a client if there is one; how many points all parts hold.

    Raises :class:`InputError` for a folder of another scan, and where a worker does not see the folder.
    """
    size = ROUND if scan.grid.adaptive else chunk or CHUNK
    request = {**scan.record, "points of a part": size}
    about = {
        "schema": SCHEMA,
        "nutau": __version__,
        **scan.record,
        "notes": list(scan.notes),
        "command": command,
    }
    found = manifest.claim(path, request, _numbers(scan), {"about": about, "complete": False})
    folder = _Folder(scan, path.resolve(), about)
    ends = list(scan.grid.chunks(size))
    rows = _adaptive(folder, client, ends) if scan.grid.adaptive else _parts(folder, client, ends, tell)
    manifest.write(path, {**found, "complete": True, "parts": len(ends), "rows": rows})
    for draft in path.glob(".part-*.parquet"):  # of processes that were killed
        draft.unlink(missing_ok=True)
    return rows


def _numbers(scan: Scan) -> dict[str, Array]:
    """Predictions, their errors and -2 log L at the corners and the middle: what stands behind the names."""
    corners = scan.grid.corners()[:64]
    rows = scan.at(np.concatenate([corners, corners.mean(axis=0, keepdims=True)]))
    return {name: rows[:, place] for place, name in enumerate(scan.header)}


def _parts(folder: _Folder, client: Any, ends: list[tuple[int, int]], tell: Callable[[str], None]) -> int:
    tasks = [(number, *end) for number, end in enumerate(ends)]
    report = folder.scan.progress
    total = len(folder.scan)

    def progress(done: int, count: int) -> None:
        if report is not None:
            report(total * done // count, total)

    rows = 0
    for number, (count, mended) in mapped(_part, folder, tasks, client=client, progress=progress):
        rows += count
        if mended:
            tell(f"{folder.part(number)} was broken, and is computed again")
    return rows


def _part(folder: _Folder, task: tuple[int, int, int]) -> tuple[int, bool]:
    """One part: how many rows it holds, and whether it was there and broken."""
    number, start, stop = task
    if not (folder.path / manifest.NAME).exists():
        raise InputError(
            f"A worker does not see the folder '{folder.path}': give a place on a file system that all workers share."
        )
    there = folder.part(number).exists()
    count = _read(folder.part(number)) if there else None
    if count is not None:
        return count, False
    rows = chunk(folder.scan, (start, stop))
    _write(folder, number, (start, stop), rows)
    return len(rows), there


def _adaptive(folder: _Folder, client: Any, ends: list[tuple[int, int]]) -> int:
    total = 0
    for number, rows in enumerate(rounds(folder.scan, client, folder)):
        if _read(folder.part(number)) != len(rows):
            _write(folder, number, ends[number], rows)
        total += len(rows)
    return total


def _write(folder: _Folder, number: int, ends: tuple[int, int], rows: Array) -> None:
    import pyarrow
    from pyarrow import parquet

    about = {**folder.about, "part": number, "points": list(ends)}
    columns = {name: np.ascontiguousarray(rows[:, place]) for place, name in enumerate(folder.scan.header)}
    table = pyarrow.table(columns).replace_schema_metadata({"nutau": json.dumps(about, ensure_ascii=False)})
    with writing(folder.part(number)) as draft:
        parquet.write_table(table, draft, compression="zstd", write_page_checksum=True)


def _read(path: Path) -> int | None:
    """How many rows a part has; nothing where it is not there or cannot be read to its end."""
    import pyarrow
    from pyarrow import parquet

    try:
        return int(parquet.read_table(path, page_checksum_verification=True, partitioning=None).num_rows)
    except (OSError, pyarrow.ArrowException, ValueError):
        return None
