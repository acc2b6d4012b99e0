"""Where a scan goes: to a folder of Parquet files, or to one file or array store by its ending."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.files import check_file, writing
from nutau.errors import InputError
from nutau.inference.scan import formats, parts, write
from nutau.inference.scan.grid import Grid
from nutau.inference.scan.scan import Scan

SUFFIXES = (".parquet", ".npz", ".csv", ".root", ".zarr")
FOLDERS = (".parquet", ".zarr")


def check_place(path: str | Path, *, chunk: int | None = None) -> Path:
    """The path, if a scan can be written there; :class:`InputError` before long work, not after."""
    place = Path(path)
    suffix = place.suffix.lower()
    if chunk is not None and suffix != ".parquet":
        raise InputError(
            f"`chunk` would not be used: it is for .parquet, and '{place}' is another kind of file."
        )
    if chunk is not None and chunk < 1:
        raise InputError(f"`chunk={chunk}`: a part has at least one point.")
    if suffix not in FOLDERS:
        place = check_file(path, SUFFIXES)
    elif not place.parent.is_dir():
        raise InputError(
            f"Cannot write '{place}': there is no folder '{place.parent}'. Make it first, or choose another."
        )
    elif place.exists() and not place.is_dir():
        raise InputError(
            f"Cannot write '{place}': it is a file, and this is to be a folder. Give another name."
        )
    elif suffix == ".zarr" and place.exists():
        raise InputError(f"Cannot write '{place}': there is such a folder. Remove it, or give another name.")
    formats.check_installed(suffix)
    return place


def save(
    scan: Scan, path: str | Path, client: Any, *, chunk: int | None, command: str, tell: Callable[[str], None]
) -> int:
    """Write a scan, and say how many points were kept."""
    place = check_place(path, chunk=chunk)
    suffix = place.suffix.lower()
    if suffix == ".parquet":
        return parts.save(scan, place, client, chunk=chunk, command=command, tell=tell)
    about = json.dumps({**scan.record, "command": command, "notes": list(scan.notes)}, ensure_ascii=False)
    counted = _Counted(scan.rows(client))
    if suffix == ".zarr":
        formats.zarr(place, scan.header, counted, about)
        return counted.rows
    with writing(place) as draft:
        if suffix == ".csv":
            write.csv(draft, scan.header, counted)
        elif suffix == ".root":
            formats.root(draft, scan.header, counted, about)
        elif client is None and isinstance(scan.grid, Grid) and scan.below is None:
            return _streamed(scan, draft)
        else:
            return _stored(scan, draft, counted)
    return counted.rows


class _Counted:
    """Chunks of rows, and how many rows there were."""

    def __init__(self, chunks: Iterator[Array]) -> None:
        self._chunks, self.rows = chunks, 0

    def __iter__(self) -> Iterator[Array]:
        return self

    def __next__(self) -> Array:
        found = next(self._chunks)
        self.rows += len(found)
        return found


def _small(scan: Scan) -> dict[str, Array]:
    """What a .npz file says of itself."""
    small: dict[str, Any] = {
        "parameters": np.array(scan.grid.names),
        "observables": np.array(scan.observables),
    }
    if isinstance(scan.grid, Grid):
        small |= {f"axis{i}": axis.values for i, axis in enumerate(scan.grid.axes)}
    return small | ({"notes": np.array(scan.notes)} if scan.notes else {})


def _streamed(scan: Scan, draft: Path) -> int:
    """A grid as .npz, a column at a time, as large as the disk."""
    shape = (*scan.grid.shape, len(scan.observables))
    large: dict[str, tuple[tuple[int, ...], write.Chunks]] = {}
    if scan.observables:
        large |= {"value": (shape, scan.centrals), "standard_deviation": (shape, scan.errors)}
    if scan.likelihood is not None:
        large["chi2"] = (scan.grid.shape, scan.heights)
    write.npz(draft, _small(scan), large)
    return len(scan)


def _stored(scan: Scan, draft: Path, chunks: Iterator[Array]) -> int:
    """Rows as .npz, all of them in memory; those of a whole grid have its shape, others their points beside them."""
    scan.check_memory(len(scan.header))
    rows = np.concatenate([np.zeros((0, len(scan.header))), *chunks])
    whole = isinstance(scan.grid, Grid) and scan.below is None
    shape = scan.grid.shape if whole else (len(rows),)
    first, last = len(scan.grid.axes), len(scan.grid.axes) + 2 * len(scan.observables)
    found = {} if whole else {"points": rows[:, :first]}
    if scan.observables:
        found["value"] = rows[:, first:last:2].reshape(*shape, -1)
        found["standard_deviation"] = rows[:, first + 1 : last : 2].reshape(*shape, -1)
    if scan.likelihood is not None:
        found["chi2"] = rows[:, -1].reshape(shape)
    write.npz(draft, _small(scan) | found, {})
    return len(rows)
