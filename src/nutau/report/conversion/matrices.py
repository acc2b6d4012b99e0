"""Correlation and covariance matrices as other programs write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.report.conversion.record import Unusable


def full(given: Any, count: int, diagonal: float | None = 1.0) -> Array:
    """A symmetric matrix: from one number for all pairs, from rows, or from rows of the upper or lower triangle.

    ``diagonal`` is what stands on the diagonal (None for a covariance).
    """
    if isinstance(given, int | float) and not isinstance(given, bool):
        matrix = np.full((count, count), float(given))
        np.fill_diagonal(matrix, 1.0)
        return matrix
    lengths = [len(row) for row in given]
    matrix = np.zeros((count, count))
    if lengths == [count] * count:
        matrix[:] = np.array(given, dtype=float)
    elif lengths == list(range(count, 0, -1)):
        for i, row in enumerate(given):
            matrix[i, i:] = row
    elif lengths == list(range(1, count + 1)):
        for i, row in enumerate(given):
            matrix[: i + 1, i] = row
    else:
        raise Unusable(f"its matrix for {count} numbers has rows of lengths {lengths}"[:120])
    if not np.all(np.isfinite(matrix)):
        raise Unusable("its matrix is not finite")
    if not np.allclose(matrix, matrix.T, rtol=1e-5, atol=1e-8 * np.abs(matrix).max()):
        if np.any(np.tril(matrix, -1)) and np.any(np.triu(matrix, 1)):
            raise Unusable("its matrix is not symmetric")
        matrix = matrix + matrix.T - np.diag(np.diag(matrix))
    if diagonal is not None and not np.all(np.diag(matrix) == diagonal):
        raise Unusable("its correlation matrix does not have ones on the diagonal")
    return (matrix + matrix.T) / 2.0


def chosen(matrix: Array, kept: Sequence[int]) -> list[list[float]]:
    """The rows and columns of the numbers that are kept; the others are integrated over."""
    part = matrix[np.ix_(kept, kept)]
    np.fill_diagonal(part, 1.0)
    return [[float(f"{item:.12g}") for item in row] for row in part.tolist()]
