"""Double precision while a function runs, whatever the session's setting: JAX computes with 32 bits by default."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def use_double_precision() -> None:
    """Switch JAX to 64 bits for the whole process; the command line does so, a library must not."""
    import jax

    jax.config.update("jax_enable_x64", True)


def double_precision(function: Callable[P, R]) -> Callable[P, R]:
    """Run ``function`` with 64-bit JAX and leave the session's setting as it was."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with _x64():
            return function(*args, **kwargs)

    return wrapped


def _x64() -> AbstractContextManager[Any]:
    import jax

    if hasattr(jax, "enable_x64"):  # JAX 0.8 and later
        return jax.enable_x64(True)
    from jax.experimental import enable_x64

    return enable_x64(True)
