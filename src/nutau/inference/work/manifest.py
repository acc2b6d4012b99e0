"""The manifest of a folder: what the work is whose parts it keeps, so that parts of other work are never mixed in.

A request is compared exactly. Numbers (a few predictions, the data) are compared to :data:`SAME` of the largest of
them: they tell whether what stands behind the names is the same, and another processor may round them otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nutau import __version__
from nutau.common.arrays import Array
from nutau.common.files import is_folder, read_text, write_text
from nutau.errors import InputError, short

NAME = "_nutau.json"
"""Readers of partitioned files pass over names with an underscore."""
SCHEMA = "nutau/work/1"
SAME = 1e-6


def claim(
    folder: Path,
    request: Mapping[str, Any],
    numbers: Mapping[str, Array],
    about: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Make the folder that of a request, or find that it is; its manifest, with what is new in ``about``.

    Raises :class:`InputError` for a folder of another request, one with other files in it, a manifest that cannot be
    read, and a place where no folder can be.
    """
    plain = json.loads(json.dumps({**request, "nutau": __version__}))
    path = folder / NAME
    make(folder)
    if path.exists():
        found = read(folder)
        _check(folder, found, plain, numbers)
        return found
    if any(not item.name.startswith(".") for item in folder.iterdir()):
        raise InputError(
            f"'{folder}' is a folder with other files in it, and none of nutau's ({NAME}): give a new name."
        )
    listed = {name: np.asarray(array, dtype=float).ravel().tolist() for name, array in numbers.items()}
    made = {"schema": SCHEMA, "request": plain, "numbers": listed, **(about or {})}
    write(folder, made)
    return made


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a folder; :class:`InputError` where there is none or it is broken."""
    path = folder / NAME
    try:
        found = json.loads(read_text(path))
    except ValueError:
        found = None
    if (
        not isinstance(found, dict)
        or found.get("schema") != SCHEMA
        or not {"request", "numbers"} <= set(found)
    ):
        raise InputError(
            f"'{path}' is no manifest of nutau's, or broken: without it nobody knows whose parts these are. "
            "Give another folder, or remove this one."
        )
    return found


def write(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write a manifest in one step."""
    write_text(folder / NAME, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")


def make(folder: Path) -> None:
    """Make a folder if it is not there; :class:`InputError` where it cannot be."""
    if is_folder(folder):
        return
    try:
        folder.mkdir(parents=False, exist_ok=True)
    except FileNotFoundError:
        raise InputError(
            f"Cannot make '{folder}': there is no folder '{folder.parent}'. Make it first, or choose another."
        ) from None
    except FileExistsError:
        raise InputError(f"Cannot make the folder '{folder}': it is a file. Give another name.") from None
    except OSError as error:
        raise InputError(
            f"Cannot make the folder '{folder}' ({error.strerror or error}). Choose a place you can write to."
        ) from None


def _check(
    folder: Path, found: Mapping[str, Any], request: Mapping[str, Any], numbers: Mapping[str, Array]
) -> None:
    other = _difference(found["request"], request)
    if other is not None:
        raise InputError(
            f"'{folder}' holds other work: {other}. Give another folder, or remove that one and start anew."
        )
    for name, array in numbers.items():
        given, kept = (
            np.asarray(array, dtype=float).ravel(),
            np.asarray(found["numbers"].get(name, ()), dtype=float),
        )
        if given.shape != kept.shape or not _same(given, kept):
            raise InputError(
                f"'{folder}' holds other work: the same was asked for, but {name} were other numbers then. Files that "
                "it reads have changed: give another folder, or remove that one."
            )


def _difference(old: Mapping[str, Any], new: Mapping[str, Any], place: str = "") -> str | None:
    """The first thing that two requests do not have in common, in words."""
    for key in [*new, *(key for key in old if key not in new)]:
        there, here = old.get(key), new.get(key)
        if isinstance(there, dict) and isinstance(here, dict):
            within = _difference(there, here, f"{place}{key}: ")
            if within is not None:
                return within
        elif there != here:
            return f"{place}{key} is {_shown(there)} there, {_shown(here)} here"
    return None


def _same(given: Array, kept: Array) -> bool:
    finite = np.isfinite(given)
    if not np.array_equal(finite, np.isfinite(kept)):
        return False
    size = np.abs(kept[finite]).max(initial=0.0)
    return bool(np.allclose(given[finite], kept[finite], rtol=SAME, atol=1e-3 * SAME * size))


def _shown(value: Any) -> str:
    return "not given" if value is None else short(value, 80)
