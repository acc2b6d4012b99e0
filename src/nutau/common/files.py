"""Reading text in any encoding of Unicode, and writing files so that a reader never meets half of one.

Writing is a temporary file beside the file, then a rename.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from pathlib import Path
from secrets import token_hex

from nutau.common.reading import read_bytes
from nutau.errors import InputError, harmless

MOST_LINKS = 40
"""Links one after the other, as many as Linux follows."""


def is_file(path: str | Path) -> bool:
    """Whether there is such a file, or a pipe that stands for one; a name that no file can have is none."""
    try:
        return Path(path).exists() and not Path(path).is_dir()
    except OSError:  # too long
        return False


def is_folder(path: str | Path) -> bool:
    """Whether there is such a folder; a name that no folder can have is none."""
    try:
        return Path(path).is_dir()
    except OSError:
        return False


def read_text(path: str | Path | Traversable, hint: str = "") -> str:
    """The text of a file; ``"-"`` is standard input.

    UTF-8, UTF-16 and UTF-32, with or without a byte order mark: PowerShell's ``>`` writes UTF-16, Notepad may
    write the mark. Lines end in a line feed whatever the file has. :class:`InputError`, with ``hint`` behind it,
    for what cannot be read or has no end.
    """
    where = "standard input" if path == "-" else str(path)
    try:
        return decoded(read_bytes(path))
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"Cannot read {where}: {error.strerror or error}.{hint and f' {hint}'}") from None
    except ValueError as error:  # a name with a zero byte is none, too
        reason = f"it is no text in Unicode ({error})"
        raise InputError(f"Cannot read {where}: {reason}.{hint and f' {hint}'}") from None


def decoded(content: bytes) -> str:
    """Bytes as text: the encoding is told by the byte order mark, or by where the zero bytes are (RFC 4627)."""
    text = content.decode(json.detect_encoding(content))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def check_file(path: str | Path, suffixes: tuple[str, ...] = ()) -> Path:
    """The path, if a file can be written there; for refusing before long work, not after.

    ``suffixes`` are the endings allowed (all if none). Raises :class:`InputError` for an empty name, another ending,
    a folder, a device (also by way of a link, as ``/dev/stdout`` is one to a file), the file that standard output or
    error go to, a file that is read-only, a missing folder and one that cannot be written to. Folders are never made.
    """
    if str(path) == ".":  # what an empty name is once it is a path
        raise InputError("Cannot write '.': it is a folder, or the name is empty. Give the name of a file.")
    if not str(path):
        raise InputError("Cannot write a file: its name is empty. Give the name of a file.")
    path = Path(path)
    if suffixes and path.suffix.lower() not in suffixes:
        raise InputError(f"Cannot write '{path}': give a name ending in {' or '.join(suffixes)}.")
    try:
        taken, other, has_folder = (
            path.is_dir(),
            path.exists() and (not path.is_file() or _through_device(path)),
            path.parent.is_dir(),
        )
    except OSError as error:  # a name too long
        raise _unwritable(path, error) from None
    if taken:
        raise InputError(f"Cannot write '{path}': it is a folder. Give the name of a file.")
    if other:
        raise InputError(
            f"Cannot write '{path}': it is a device or a pipe. Give the name of a file, or none to print."
        )
    if not has_folder:
        raise InputError(
            f"Cannot write '{path}': there is no folder '{path.parent}'. Make it first, or choose another."
        )
    if path.exists():
        _check_replaceable(path)
    try:
        with _draft(path):
            pass
    except OSError as error:
        raise _unwritable(path, error) from None
    return path


def _through_device(path: Path) -> bool:
    """Whether the path, or a link on the way to its file, is one of the system's names for open files and devices."""
    for _ in range(MOST_LINKS):
        folder = Path(os.path.realpath(path.parent))
        if folder == Path("/dev") or Path("/proc") in (folder, *folder.parents):
            return True
        if not path.is_symlink():
            return False
        path = folder / os.readlink(path)
    return True


def _check_replaceable(path: Path) -> None:
    """Refuse to replace a file that our own output goes to, or that its owner has made read-only."""
    found = path.stat()
    for stream, name in ((sys.stdout, "standard output"), (sys.stderr, "standard error")):
        try:
            own = os.fstat(stream.fileno())
        except (AttributeError, OSError, ValueError):  # closed, or no file of the system
            continue
        if stat.S_ISREG(own.st_mode) and os.path.samestat(found, own):
            raise InputError(
                f"Cannot write '{path}': {name} goes to that file. Give the name of another file."
            )
    if not (found.st_mode & 0o222 and os.access(path, os.W_OK)):
        raise InputError(f"Cannot write '{path}': the file is read-only. Give the name of another file.")


@contextmanager
def writing(path: str | Path) -> Iterator[Path]:
    """A temporary file in the folder of ``path``, renamed to it when the block ends well and removed when not.

    The temporary file has the ending of ``path``. Raises :class:`InputError` as :func:`check_file` does, and for
    any :class:`OSError` of the block (a full disk).
    """
    path = check_file(path)
    target = Path(os.path.realpath(path))  # a link stays a link, and its target is replaced
    try:
        with _draft(target) as draft:
            yield draft
            os.chmod(draft, target.stat().st_mode if target.exists() else 0o666 & ~_umask())
            os.replace(draft, target)
    except OSError as error:
        raise _unwritable(path, error) from None


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """A new empty file in the folder of ``path``, gone when the block ends, also when it is interrupted.

    It is named before it exists: a signal that comes while it is made, which takes milliseconds on a busy disk, would
    leave a file that nobody knows.
    """
    draft = path.with_name(f".{path.stem}.{token_hex(8)}{path.suffix}")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def cell(text: str) -> str:
    """A cell of text in a CSV file, with an apostrophe before what a spreadsheet would compute (``=1+1``, ``@SUM``)."""
    text = harmless(text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def write_text(path: str | Path, text: str) -> Path:
    """Write a text file (UTF-8) in one step; :class:`InputError` as of :func:`writing`."""
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | Path, content: bytes) -> Path:
    """Write a binary file in one step; :class:`InputError` as of :func:`writing`."""
    with writing(path) as draft:
        draft.write_bytes(content)
    return Path(path)


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"Cannot write '{path}': no such file can be made in '{path.parent}' ({error.strerror or error}). "
        "Choose a folder you can write to."
    )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
