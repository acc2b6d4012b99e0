"""One set of formulas for NumPy and for JAX.

The numerics are written once, over ``xp = namespace(...)``. Plain arrays run on NumPy: a command answers without
importing JAX or compiling anything. JAX arrays and tracers run on JAX, so ``jit``, ``vmap`` and ``grad`` apply to
the same functions.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from nutau.errors import InputError

Array: TypeAlias = Any
"""A NumPy or a JAX array (or tracer). Shapes are given in the docstrings."""


def namespace(*arrays: Array) -> Any:
    """``jax.numpy`` if any argument is a JAX array, else ``numpy``.

    Raises :class:`InputError` when JAX is in use without 64-bit floats: the two-loop functions cancel to
    :math:`(1-s)^{-4}` and are noise in single precision.
    """
    jax = sys.modules.get("jax")
    kind = getattr(jax, "Array", None)  # absent while another thread is still importing JAX
    if jax is None or kind is None or not any(isinstance(array, kind) for array in arrays):
        return np
    require_x64(jax)
    return jax.numpy


def locked(value: Any) -> Any:
    """A NumPy array (or a tuple of them) as a view that cannot be written to; anything else as it is.

    Records that are read once and shared hold such views: a change in one place would be one everywhere.
    """
    if isinstance(value, tuple):
        return tuple(locked(part) for part in value)
    if not isinstance(value, np.ndarray):
        return value
    view = value.view()
    view.flags.writeable = False
    return view


def lock(record: Any, *names: str) -> None:
    """Make the arrays of a frozen record its :func:`own`; for its ``__post_init__``."""
    for name in names:
        object.__setattr__(record, name, own(getattr(record, name)))


def own(value: Any) -> Any:
    """A value whose arrays (or those of a tuple) cannot be written to; anything else as it is.

    An array that somebody else can still write to is copied: a record keeps what it was made with.
    """
    if isinstance(value, tuple):
        return tuple(own(part) for part in value)
    if not isinstance(value, np.ndarray):
        return value
    memory: Any = value
    while isinstance(memory, np.ndarray):
        if memory.flags.writeable:
            value = value.copy()
            value.flags.writeable = False
            break
        memory = memory.base
    return value


def cartesian(real: Array, imaginary: Array) -> Array:
    """A complex array from its parts (JAX with strict promotion does not mix real and complex arrays)."""
    xp = namespace(real, imaginary)
    return xp.asarray(real).astype(complex) + 1j * xp.asarray(imaginary).astype(complex)


def require_x64(jax: ModuleType) -> None:
    """Raise :class:`InputError` unless JAX computes in double precision."""
    if not jax.config.jax_enable_x64:
        raise InputError(
            "JAX runs in single precision, and nutau's rates need double precision. "
            "Call jax.config.update('jax_enable_x64', True) before the first JAX array is made, "
            "or set the environment variable JAX_ENABLE_X64=1."
        )
