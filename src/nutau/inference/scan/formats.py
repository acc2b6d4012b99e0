"""Rows of a scan as a ROOT file (uproot) or a Zarr store, chunk by chunk; and which format needs which package."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree

from nutau.common.arrays import Array
from nutau.errors import InputError, MissingExtraError

NEEDS = {".parquet": ("pyarrow", "scan"), ".root": ("uproot", "files"), ".zarr": ("zarr", "files")}
"""The package of each format, and the extra that installs it."""
TREE = "scan"


def check_installed(suffix: str) -> None:
    """Raise :class:`MissingExtraError` for a format without its package."""
    if suffix in NEEDS and find_spec(NEEDS[suffix][0]) is None:
        raise MissingExtraError(*NEEDS[suffix])


def branch(name: str) -> str:
    """A column as a name that ROOT's expressions take: letters, digits and underscores."""
    kept = re.sub(r"\W+", "_", name.replace("*", "st"), flags=re.ASCII).strip("_")
    return f"_{kept}" if kept[:1].isdigit() else kept


def branches(header: Sequence[str]) -> list[str]:
    """The branches of columns; a name that is taken gets a number."""
    found: list[str] = []
    for name in header:
        made, number = branch(name), 2
        while made in found:
            made, number = f"{branch(name)}_{number}", number + 1
        found.append(made)
    return found


def root(path: Path, header: Sequence[str], chunks: Iterable[Array], about: str) -> None:
    """A tree ``scan`` of a branch a column, beside strings ``nutau`` (what it is) and ``columns`` (their names)."""
    import json

    import uproot

    names = branches(header)
    with uproot.recreate(path) as file:
        tree = file.mktree(TREE, dict.fromkeys(names, "float64"))
        for rows in chunks:
            if len(rows):
                tree.extend({name: rows[:, column] for column, name in enumerate(names)})
        file["nutau"] = about
        file["columns"] = json.dumps(dict(zip(names, header, strict=True)), ensure_ascii=False)


def zarr(path: Path, header: Sequence[str], chunks: Iterable[Array], about: str) -> None:
    """A group of an array a column, with attributes ``nutau`` and ``columns``; it appears when it is whole."""
    import zarr as library

    draft = path.with_name(f".{path.name}.draft")
    rmtree(draft, ignore_errors=True)
    try:
        group = library.open_group(str(draft), mode="w")
        group.attrs.update({"nutau": about, "columns": list(header)})
        names = branches(header)
        make = (
            group.create_array if hasattr(group, "create_array") else group.create_dataset
        )  # Zarr 3, Zarr 2
        arrays = [make(name, shape=(0,), chunks=(1 << 16,), dtype="float64") for name in names]
        for rows in chunks:
            for column, array in enumerate(arrays):
                old = array.shape[0]
                array.resize((old + len(rows),))
                array[old:] = rows[:, column]
        draft.rename(path)
    except OSError as error:
        raise InputError(
            f"Cannot write '{path}' ({error.strerror or error}). Choose a place you can write to, with room enough."
        ) from None
    finally:
        rmtree(draft, ignore_errors=True)
