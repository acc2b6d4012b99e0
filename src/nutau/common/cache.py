"""Where nutau keeps what it can make or fetch again: ``NUTAU_CACHE``, or ``nutau`` in the cache of the system."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

CACHE = "NUTAU_CACHE"
OFF = ("off", "0", "no", "false")


def cache_folder(environment: Mapping[str, str]) -> Path | None:
    """The folder that an environment means, made or not; none with ``NUTAU_CACHE=off`` and without a home."""
    choice = environment.get(CACHE, "")
    if choice.casefold() in OFF:
        return None
    if choice:
        return Path(choice).expanduser().absolute()
    home = environment.get("HOME") or environment.get("USERPROFILE")
    if not home or not Path(home).is_dir():
        return None
    if sys.platform == "win32":
        usual = environment.get("LOCALAPPDATA") or str(Path(home) / "AppData" / "Local")
    elif sys.platform == "darwin":
        usual = str(Path(home) / "Library" / "Caches")
    else:
        given = environment.get("XDG_CACHE_HOME", "")
        usual = given if Path(given).is_absolute() else str(Path(home) / ".cache")
    return Path(usual) / "nutau"
