"""Double precision while a function runs, whatever the session's setting: JAX computes with 32 bits by default.

JAX's threads do not survive a fork: in the child a computation would wait for them for ever. It is refused there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

from nutau.errors import ComputationError, InputError

P = ParamSpec("P")
R = TypeVar("R")


class _Process:
    """Whether this process was forked from one in which JAX had computed already."""

    started = False
    forked = False

    @classmethod
    def after_fork(cls) -> None:
        """Called in the child."""
        cls.forked = cls.started

    @classmethod
    def check(cls) -> None:
        """Raise :class:`ComputationError` in a child of a process where JAX had computed."""
        if cls.forked:
            raise ComputationError(
                "This process was forked after JAX had computed in its parent, and would wait for ever. Start workers "
                "with multiprocessing.get_context('spawn') or 'forkserver' "
                "(ProcessPoolExecutor(mp_context=...)), or fork before the first fit."
            )
        cls.started = True


if hasattr(os, "register_at_fork"):  # neither on Windows nor in a browser
    os.register_at_fork(after_in_child=_Process.after_fork)


def use_double_precision() -> None:
    """Switch JAX to 64 bits for the whole process; the command line does so, a library must not."""
    jax = _jax()
    jax.config.update("jax_enable_x64", True)


def double_precision(function: Callable[P, R]) -> Callable[P, R]:
    """Run ``function`` with 64-bit JAX and leave the session's setting as it was."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with _x64():
            return function(*args, **kwargs)

    return wrapped


def _jax() -> ModuleType:
    """JAX; :class:`InputError` where it is not installed, as in a browser, for which there is none."""
    try:
        import jax
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("jax", "jaxlib"):
            raise
        raise InputError(
            "This needs the package 'jax', which is not installed and does not exist for browsers. Predictions, "
            "formulas, spectra, planes and the letter need none; for fits install nutau on a computer, with pip."
        ) from None
    return jax


def _x64() -> AbstractContextManager[Any]:
    jax = _jax()
    _Process.check()
    if hasattr(jax, "enable_x64"):  # JAX 0.8 and later
        return jax.enable_x64(True)
    from jax.experimental import enable_x64

    return enable_x64(True)
