"""Arrays of any length to a file, chunk by chunk: .npz (NumPy) or .csv."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO
from zipfile import ZIP_STORED, ZipFile

import numpy as np

from nutau.common.arrays import Array
from nutau.common.files import cell

Chunks = Callable[[], Iterator[Array]]
"""Makes the rows of an array again and again, in order."""


def npz(path: Path, small: Mapping[str, Array], large: Mapping[str, tuple[tuple[int, ...], Chunks]]) -> None:
    """An uncompressed .npz: ``small`` arrays as they are, ``large`` ones by shape and chunks of rows."""
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for name, array in small.items():
            with archive.open(f"{name}.npy", "w") as stream:
                np.lib.format.write_array(stream, np.asarray(array), allow_pickle=False)
        for name, (shape, chunks) in large.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                _stream(stream, shape, chunks())


def _stream(stream: IO[bytes], shape: tuple[int, ...], chunks: Iterator[Array]) -> None:
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_2_0(stream, header)
    for chunk in chunks:
        stream.write(np.ascontiguousarray(chunk, dtype="<f8").data)


def csv(path: Path, header: Sequence[str], chunks: Iterator[Array]) -> None:
    """Rows of numbers under a header; names with commas are quoted."""
    with path.open("w", encoding="utf-8") as stream:
        cells = (cell(name) for name in header)
        stream.write(",".join(f'"{name}"' if "," in name else name for name in cells) + "\n")
        for chunk in chunks:
            np.savetxt(stream, chunk, delimiter=",", fmt="%.10g")
