r"""Polynomials of a few real parameters, and sums of squares of them: values and variances of many points.

A numerator is a polynomial of second degree in the parameters, so its variance over theory modes,
:math:`\sum_k (b_k\cdot m)^2`, is one of fourth degree: 15 numbers for two parameters, 70 for four, however many modes
there are. Evaluated as a small matrix product over a chunk of points that stays in the cache (:func:`table`), or
written out in Horner's form (:func:`horner`), which XLA fuses into one loop per output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import comb

import numpy as np

from nutau.common.arrays import Array, namespace

Exponents = tuple[int, ...]
BLOCK = 1 << 18
"""Multiplications in one call of BLAS: above it starts threads, which cost more than they bring for thin matrices
(up to a hundred times more while other processes keep the cores busy)."""


def count(parameters: int, degree: int) -> int:
    """How many monomials up to ``degree`` there are."""
    return comb(parameters + degree, degree)


def monomials(x: Array) -> Array:
    """``(..., n)`` parameters as ``(..., M)`` monomials ``(1, x_i, x_i x_j)``, M = (n+1)(n+2)/2, in order i <= j."""
    xp = namespace(x)
    ones = xp.ones_like(x[..., :1])
    full = xp.concatenate([ones, x], axis=-1)
    rows, columns = np.triu_indices(full.shape[-1])
    return full[..., rows] * full[..., columns]


@dataclass(frozen=True, eq=False)
class Products:
    """The products of two monomials of second degree of ``n`` parameters: which are equal.

    ``place`` ``(M, M)`` is the position of a product among the P of fourth degree, ``factors`` ``(P, 2)`` one pair
    that gives it, ``quadratic`` and ``quartic`` are the exponents, ``(M, n)`` and ``(P, n)``.
    """

    quadratic: Array
    quartic: Array
    place: Array
    factors: Array

    @cached_property
    def linear(self) -> tuple[Array, Array]:
        """For each monomial of second degree its two factors among ``(1, x_1, ..., x_n)``."""
        rows, columns = np.triu_indices(1 + self.quadratic.shape[-1])
        return rows, columns

    def collect(self, left: Array, right: Array) -> Array:
        r"""The polynomials :math:`\sum_k (l_k\cdot m)(r_k\cdot m)` of modes ``(k, obs, M)``, ``(obs, P)``."""
        moments = np.einsum("kom,kon->omn", left, right)
        found = np.zeros((moments.shape[0], len(self.quartic)))
        for row, moment in zip(found, moments, strict=True):
            np.add.at(row, self.place.ravel(), moment.ravel())
        return found

    def second(self, x: Array) -> Array:
        """Monomials of second degree of points ``(n, points)``, ``(M, points)``."""
        full = np.concatenate([np.ones_like(x[:1]), x])
        second = np.empty((len(self.quadratic), x.shape[1]))
        for row, i, j in zip(second, *self.linear, strict=True):
            np.multiply(full[i], full[j], out=row)
        return second

    def table(self, x: Array) -> tuple[Array, Array]:
        """Monomials of points ``(n, points)``: second degree ``(M, points)`` and fourth ``(P, points)``."""
        second = self.second(x)
        fourth = np.empty((len(self.quartic), x.shape[1]))
        for row, (i, j) in zip(fourth, self.factors, strict=True):
            np.multiply(second[i], second[j], out=row)
        return second, fourth


@lru_cache(maxsize=16)
def products(parameters: int) -> Products:
    """The products of monomials of that many parameters."""
    unit = np.vstack([np.zeros((1, parameters), dtype=int), np.eye(parameters, dtype=int)])
    rows, columns = np.triu_indices(1 + parameters)
    quadratic = unit[rows] + unit[columns]
    sums = (quadratic[:, None] + quadratic[None]).reshape(-1, parameters)
    quartic, first, place = np.unique(sums, axis=0, return_index=True, return_inverse=True)
    size = len(quadratic)
    factors = np.stack(np.divmod(first, size), axis=-1)
    return Products(quadratic, quartic, place.reshape(size, size), factors)


def thin(left: Array, right: Array) -> Array:
    """``left @ right`` of NumPy matrices, ``(m, k)`` and ``(k, points)``, a block of columns at a time."""
    out = np.empty((left.shape[0], right.shape[1]))
    width = max(1, BLOCK // max(1, left.size))
    for start in range(0, right.shape[1], width):
        columns = slice(start, start + width)
        np.matmul(left, right[:, columns], out=out[:, columns])
    return out


def horner(polynomial: Mapping[Exponents, float], x: Sequence[Array]) -> Array | float:
    """A polynomial of arrays ``x``, coefficients by exponents, nested so that each costs one multiplication."""
    if not x:
        return polynomial[()]
    powers: dict[int, dict[Exponents, float]] = {}
    for exponents, value in polynomial.items():
        powers.setdefault(exponents[-1], {})[exponents[:-1]] = value
    top = max(powers)
    total = horner(powers[top], x[:-1])
    for power in range(top - 1, -1, -1):
        total = total * x[-1]
        if power in powers:
            total = total + horner(powers[power], x[:-1])
    return total


def by_exponents(row: Array, exponents: Array) -> dict[Exponents, float]:
    """The coefficients of a polynomial that are not zero, by exponents; the constant is always there."""
    found = {
        tuple(e): float(value)
        for e, value in zip(exponents.tolist(), row, strict=True)
        if value or not any(e)
    }
    return found
