"""Another machine's last digits: a pytest plugin that changes what linear algebra is given by a few roundings.

    python -m pytest -p tests.rounding          # ROUNDING=7 for other digits

A factorisation returns the exact answer to a matrix that differs from the one given by a few units in the last place;
which, depends on the kernels of the processor. With this plugin every test meets such a neighbour, also of kernels
that the machine at hand does not have. A test that fails with it compares digits that no data determine.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

SYMMETRIC = ("cholesky", "eigh", "eigvalsh")
GENERAL = ("inv", "pinv", "solve", "lstsq", "svd", "qr", "eig", "eigvals", "det", "slogdet")
SIZE = 4.0 * float(np.finfo(float).eps)


def neighbour(matrix: Any, digits: np.random.Generator, symmetric: bool) -> Any:
    """The matrix with each element off by up to a few roundings."""
    matrix = np.asarray(matrix)
    off = digits.uniform(-SIZE, SIZE, matrix.shape)
    if symmetric:
        off = 0.5 * (off + np.swapaxes(off, -1, -2))
    return matrix * (1.0 + off)


def beside(function: Callable[..., Any], digits: np.random.Generator, symmetric: bool) -> Callable[..., Any]:
    """The function, given a neighbour of its first argument."""

    @functools.wraps(function)
    def rounded(matrix: Any, *arguments: Any, **options: Any) -> Any:
        return function(neighbour(matrix, digits, symmetric), *arguments, **options)

    return rounded


@pytest.fixture(autouse=True, scope="session")
def other_digits() -> Iterator[None]:
    """``numpy.linalg`` of another machine, for the whole session."""
    digits = np.random.default_rng(int(os.environ.get("ROUNDING", "1")))
    with pytest.MonkeyPatch.context() as patch:
        for name in SYMMETRIC + GENERAL:
            patch.setattr(np.linalg, name, beside(getattr(np.linalg, name), digits, name in SYMMETRIC))
        yield
