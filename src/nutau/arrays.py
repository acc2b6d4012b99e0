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


def unmasked(what: str, value: Any) -> Any:
    """``value``, unless it is a masked array: the numbers behind its mask would be used; then :class:`InputError`."""
    if isinstance(value, np.ma.MaskedArray):
        raise InputError(
            f"{what} is a masked array, and its mask would be ignored. Give the numbers alone, as from .compressed()."
        )
    return value


def real(what: str, value: Any) -> Any:
    """``value``, a number or an array of NumPy or JAX; :class:`InputError` if its type is complex, or it is masked.

    NumPy turns complex numbers into real ones by dropping a part; this is for what is about to be.
    """
    if np.iscomplexobj(unmasked(what, value)):
        shown = f"{value}" if np.ndim(value) == 0 else "an array of complex numbers"
        raise InputError(
            f"{what} is {shown}; a real number is needed. If its imaginary part is zero, give .real."
        )
    return value


def real_number(what: str, value: Any, why: str = "a finite number is needed") -> float:
    """``value`` as one finite real number; :class:`InputError`, naming it, for anything else."""
    try:
        found = float("nan") if isinstance(value, str | bytes | bool) else float(real(what, value))
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        found = float("nan")
    if not np.isfinite(found):
        text = str(value)
        raise InputError(f"{what} is {text if len(text) < 60 else type(value).__name__}; {why}.")
    return found


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
    """Make the arrays of a frozen record read-only; for its ``__post_init__``."""
    for name in names:
        object.__setattr__(record, name, locked(getattr(record, name)))


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
