"""Results as columns: CSV, JSON and Parquet files, and DataFrames of pandas."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.files import cell, check_file, write_text, writing
from nutau.errors import InputError, MissingExtraError

SUFFIXES = (".csv", ".json", ".parquet")


class Columns:
    """A result that has columns, for whoever goes on with a table of numbers."""

    def columns(self) -> dict[str, list[Any]]:
        """Columns of equal length by name, numbers in full precision, ``None`` where there is none."""
        raise NotImplementedError

    def to_dataframe(self) -> Any:
        """The columns as a ``pandas.DataFrame``; :class:`InputError` if pandas is not installed."""
        try:
            from pandas import DataFrame
        except ImportError:
            raise MissingExtraError("pandas", "tables") from None
        return DataFrame(self.columns())

    def to_csv(self, path: str | Path | None = None) -> str:
        """The columns as CSV text, also written to ``path`` if one is given. Raises :class:`InputError`."""
        text = to_csv(self.columns())
        if path is not None:
            write_text(check_file(path, (".csv",)), text)
        return text

    def to_parquet(self, path: str | Path) -> Path:
        """Write the columns to a ``.parquet`` file; :class:`InputError` also if PyArrow is not installed."""
        return write_parquet(check_file(path, (".parquet",)), self.columns())


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
    """Write columns of equal length as ``.csv`` (a row of names, then numbers in full), ``.json`` or ``.parquet``.

    Text that a spreadsheet would compute (``=1+1``) is written with an apostrophe before it.
    Raises :class:`InputError` for another suffix, columns of unequal length, NaN or infinity, and ``.parquet`` without
    PyArrow.
    """
    path = check_table(path)
    values = _checked(columns)
    if path.suffix.lower() == ".json":
        return write_json(path, {name: column.tolist() for name, column in values.items()})
    return (
        write_parquet(path, columns)
        if path.suffix.lower() == ".parquet"
        else write_text(path, to_csv(columns))
    )


def check_table(path: str | Path) -> Path:
    """The path, if a table can be written there: :func:`nutau.common.files.check_file`, and PyArrow for Parquet."""
    path = check_file(path, SUFFIXES)
    if path.suffix.lower() == ".parquet":
        _arrow()
    return path


def to_csv(columns: Mapping[str, Array]) -> str:
    """CSV text of columns, as :func:`write_table` writes it."""
    values = _checked(columns)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = zip(*(column.tolist() for column in values.values()), strict=True)
    for row in (values, *rows):
        writer.writerow([cell(item) if isinstance(item, str) else item for item in row])
    return text.getvalue()


def write_parquet(path: str | Path, columns: Mapping[str, Array]) -> Path:
    """Write columns as a Parquet file in one step; :class:`InputError` if PyArrow is not installed."""
    arrow, parquet = _arrow()
    table = arrow.table({name: column.tolist() for name, column in _checked(columns).items()})
    with writing(path) as draft:
        parquet.write_table(table, draft)
    return Path(path)


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "tables") from None
    return pyarrow, pyarrow.parquet


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
