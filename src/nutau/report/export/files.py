"""Results as JSON and as tables of numbers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.files import cell, check_file, write_text
from nutau.errors import InputError

SUFFIXES = (".csv", ".json")


def to_json(document: Any) -> str:
    """JSON text: mappings indented, each list on one line. NaN and infinity are an :class:`InputError`."""
    try:
        return _indented(document, "") + "\n"
    except ValueError:
        raise InputError("The result has NaN or infinity in it, which JSON cannot hold.") from None


def _indented(value: Any, indent: str) -> str:
    inner = indent + " "
    if isinstance(value, Mapping) and value:
        rows = [
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {_indented(v, inner)}" for key, v in value.items()
        ]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return "[\n" + ",\n".join(f"{inner}{_indented(item, inner)}" for item in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def write_json(path: str | Path, document: Any) -> Path:
    """Write a JSON file in one step."""
    return write_text(path, to_json(document))


def write_table(path: str | Path, columns: Mapping[str, Array]) -> Path:
    """Write columns of equal length as ``.csv`` (one row of names, then numbers in full) or ``.json``.

    Text that a spreadsheet would compute (``=1+1``) is written with an apostrophe before it.
    Raises :class:`InputError` for another suffix, columns of unequal length, and NaN or infinity.
    """
    path = check_file(path, SUFFIXES)
    values = _checked(columns)
    if path.suffix.lower() == ".json":
        return write_json(path, {name: column.tolist() for name, column in values.items()})
    return write_text(path, to_csv(columns))


def to_csv(columns: Mapping[str, Array]) -> str:
    """CSV text of columns, as :func:`write_table` writes it."""
    values = _checked(columns)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = zip(*(column.tolist() for column in values.values()), strict=True)
    for row in (values, *rows):
        writer.writerow([cell(item) if isinstance(item, str) else item for item in row])
    return text.getvalue()


def _checked(columns: Mapping[str, Array]) -> dict[str, Array]:
    """Columns as arrays of one length and of numbers that are some."""
    values = {name: np.atleast_1d(np.asarray(column)) for name, column in columns.items()}
    lengths = {name: len(column) for name, column in values.items()}
    if any(column.ndim != 1 for column in values.values()) or len(set(lengths.values())) > 1:
        raise InputError(f"The columns of a table need one length; these have {lengths}.")
    for name, column in values.items():
        if column.dtype.kind in "fc" and not np.all(np.isfinite(column)):
            raise InputError(f"The column '{name}' has NaN or infinity in it; the table is not written.")
    return values
