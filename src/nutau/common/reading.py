"""Reading files that anybody may have made: no more of them than memory holds, and archives checked byte for byte."""

from __future__ import annotations

import sys
from importlib.resources.abc import Traversable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

from nutau.errors import InputError

if TYPE_CHECKING:
    import numpy as np

LARGEST = 64 * 2**20
"""Bytes; a larger file is none of ours, and a device such as /dev/zero has no end."""


def read_bytes(path: str | Path | Traversable, most: int = LARGEST) -> bytes:
    """All bytes of a file or a pipe; the text ``"-"`` is standard input.

    Raises :class:`InputError` if there are more than ``most`` of them, or if standard input is closed, and
    :class:`OSError` for what cannot be read.
    """
    if path == "-":
        content = _standard_input(most)
    else:
        with (Path(path) if isinstance(path, str) else path).open("rb") as stream:
            content = stream.read(most + 1)
    if len(content) > most:
        where = "Standard input" if path == "-" else str(path)
        raise InputError(f"{where} is larger than {most // 2**20} MiB, which no file that nutau reads is.")
    return content


def _standard_input(most: int) -> bytes:
    if sys.stdin is None or sys.stdin.closed:
        raise InputError("Standard input is closed, so nothing can be read from it; give the name of a file.")
    raw = getattr(sys.stdin, "buffer", None)  # a notebook or a test has text only
    return sys.stdin.read(most + 1).encode() if raw is None else bytes(raw.read(most + 1))


def read_npz(path: str | Path | Traversable) -> dict[str, np.ndarray]:
    """The arrays of a .npz file by name (see :func:`npz_arrays`)."""
    return npz_arrays(read_bytes(path), str(path))


def npz_arrays(content: bytes, where: str) -> dict[str, np.ndarray]:
    """The arrays of an archive by name, none of them Python objects; ``where`` names it in messages.

    Every member is compared with its checksum, and its length with its shape: :class:`InputError` in one line for a
    file that is damaged in any way, larger than :data:`LARGEST` when unpacked, or no such archive.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST:
                raise ValueError(f"unpacked, it is larger than {LARGEST // 2**20} MiB")
            return {
                member.filename.removesuffix(".npy"): _array(archive.read(member))
                for member in archive.infolist()
            }
    except InputError:
        raise
    except Exception as error:  # zipfile, zlib, struct and NumPy have many ways to fail at damaged bytes
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{where} is damaged, or no .npz file ({reason}).") from None


def _array(content: bytes) -> np.ndarray:
    import numpy as np  # help and errors of the command need none of it

    stream = BytesIO(content)
    found = np.lib.format.read_array(stream, allow_pickle=False)
    if stream.read(1):
        raise ValueError("an array is longer than its shape says")
    return found
