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
    if jax is None or not any(isinstance(array, jax.Array) for array in arrays):
        return np
    require_x64(jax)
    return jax.numpy


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
