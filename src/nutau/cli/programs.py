"""Compiled programs are kept between commands: JAX compiles the likelihood of a fit for longer than the fit takes.

JAX looks a program up by its text, the versions of JAX and XLA and their options; here a folder for the kind of
processor is added, since a home may be shared by machines of several kinds. ``NUTAU_CACHE=off`` keeps nothing, another
value is the folder, ``JAX_COMPILATION_CACHE_DIR`` is left as it is. Whatever is wrong with the folder, the command
compiles as before.
"""

from __future__ import annotations

import os
import platform
import sys
import warnings
import zlib
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from nutau.common.cache import cache_folder

FOLDER = "JAX_COMPILATION_CACHE_DIR"
LEAST = "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"
SECONDS = 0.3
"""Programs that compile faster are not kept."""
MOST = 64 * 2**20
"""Bytes of all programs together; a fit has two of 0.1 MB."""
UNKEPT = "Error (reading|writing) persistent compilation cache"
"""How the warning of JAX begins that a program could not be read or kept."""


def keep(environment: MutableMapping[str, str]) -> Path | None:
    """Name the folder of programs to JAX, which is not imported yet, and remove the oldest of too many.

    The folder, or None where nothing is kept.
    """
    folder = chosen(environment)
    if folder is None or FOLDER in environment or not _usable(folder):
        return None
    shorten(folder, MOST)
    made = folder / f"xla-{processor()}"
    environment[FOLDER] = str(made)
    environment.setdefault(LEAST, str(SECONDS))
    warnings.filterwarnings("ignore", message=UNKEPT)
    return made


def chosen(environment: Mapping[str, str]) -> Path | None:
    """The folder of programs that the environment means, if any."""
    folder = cache_folder(environment)
    return None if folder is None else folder / "programs"


def shorten(folder: Path, most: int) -> None:
    """Remove the oldest programs below a folder until ``most`` bytes are left; what cannot be removed stays."""
    try:
        found = [(file.stat(), file) for file in folder.glob("xla-*/*") if file.is_file()]
    except OSError:
        return
    total = sum(state.st_size for state, _ in found)
    for state, file in sorted(found, key=lambda item: item[0].st_mtime):
        if total <= most:
            return
        try:
            file.unlink()
        except OSError:
            continue
        total -= state.st_size


def processor() -> str:
    """A short name of the kind of processor: programs use its instructions."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
            lines = file.read(8192).splitlines()
    except OSError:
        lines = [platform.processor()]
    kinds = ("model name", "flags", "Features", "CPU part")
    text = [next((line for line in lines if line.startswith(kind)), "") for kind in kinds]
    text = text if any(text) else lines[:1]
    return f"{platform.machine() or 'any'}-{zlib.crc32(chr(10).join(text).encode()):08x}"


def _usable(folder: Path) -> bool:
    """Whether the folder is there, or can be made, and only the user can write to it: programs in it are run."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
    except OSError:
        return False
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    return sys.platform == "win32" or (state.st_uid == os.getuid() and not state.st_mode & 0o022)
