"""What a report of a mistake needs: ``nutau --version --verbose``."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from nutau import __version__
from nutau.common.cache import cache_folder

TOOLS = ("docs", "readers", "test", "validation")
"""Extras of which no result depends."""
SETTINGS = ("NUTAU_", "JAX_", "XLA_", "OMP_NUM_THREADS", "OPENBLAS_", "MKL_", "MPLBACKEND")
"""Environment variables whose names begin like this change what nutau does."""


def about() -> list[tuple[str, str]]:
    """Names and values, in the order of the page; what cannot be found out says why and fails nothing."""
    return [
        ("nutau", __version__),
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("platform", platform.platform()),
        ("encoding", str(sys.stdout.encoding)),
        *dependencies(),
        ("BLAS", _asked(_blas)),
        ("JAX devices", _asked(_devices)),
        *((f"data set {name}", text) for name, text in _data()),
        ("cache", str(cache_folder(os.environ) or "none")),
        *((name, value) for name, value in sorted(os.environ.items()) if name.startswith(SETTINGS)),
    ]


def dependencies() -> Iterator[tuple[str, str]]:
    """What nutau and its extras need, with what is installed."""
    try:
        needed = requires("nutau") or []
    except PackageNotFoundError:
        yield "dependencies", "unknown: nutau is run without being installed"
        return
    tools = re.compile(rf"extra == ['\"]({'|'.join(TOOLS)})['\"]")
    names = [re.split(r"[^\w.-]", text)[0].lower() for text in needed if not tools.search(text)]
    for name in sorted({*names, "jaxlib"} - {"nutau"}):
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "not installed"


def _asked(question: Callable[[], str]) -> str:
    """An answer, or why there is none: what is reported may be what is broken."""
    try:
        return question()
    except Exception as error:
        return f"unknown: {type(error).__name__}: {error}".splitlines()[0]


def _blas() -> str:
    import numpy as np

    found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{found['name']} {found.get('version', '')}".strip()


def _devices() -> str:
    import jax

    return ", ".join(str(device) for device in jax.devices())


def _data() -> Iterator[tuple[str, str]]:
    from nutau.measurements import dataset_names, dataset_versions

    for name in dataset_names():
        yield name, _asked(lambda name=name: ", ".join(dataset_versions(name)))  # type: ignore[misc]
