"""Forms at points of q² evaluated at coefficients that broadcast with them."""

from __future__ import annotations

import sys

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.eft.algebra import vector


def traced(value: Array) -> bool:
    """Whether a value is a JAX tracer, so that its numbers are not known."""
    jax = sys.modules.get("jax")
    core = getattr(jax, "core", None)  # absent while another thread is still importing JAX
    return core is not None and isinstance(value, core.Tracer)


def leading(array: Array, rank: int) -> Array:
    """An array with axes of length 1 in front, up to a rank."""
    return array.reshape((1,) * (rank - array.ndim) + array.shape)


def trailing(array: Array, rank: int) -> Array:
    """An array with axes of length 1 behind, up to a rank."""
    return array.reshape(array.shape + (1,) * (rank - array.ndim))


def evaluate(matrix: Array, shape: tuple[int, ...], values: list[Array]) -> Array:
    """Forms ``(draws..., *shape, m, m)`` at coefficients that broadcast with ``shape``."""
    xp = namespace(matrix, *values)
    draws = matrix.shape[: matrix.ndim - 2 - len(shape)]
    if not values:
        return xp.real(matrix[..., 0, 0])
    columns = [xp.asarray(value).astype(complex) for value in values]
    batch = np.broadcast_shapes(*(column.shape for column in columns))
    stacked = xp.stack([xp.broadcast_to(column, batch) for column in columns], axis=-1)
    rank = max(len(shape), len(batch))
    c = vector(stacked, matrix.shape[-1])
    c = c.reshape((1,) * (len(draws) + rank - len(batch)) + (*batch, c.shape[-1]))
    forms = xp.asarray(matrix).reshape((*draws, *(1,) * (rank - len(shape)), *shape, *matrix.shape[-2:]))
    return xp.real(xp.sum(xp.conj(c) * xp.einsum("...ij,...j->...i", forms, c), axis=-1))
