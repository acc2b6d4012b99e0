"""The record of a polynomial with theory draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nutau.common.arrays import Array
from nutau.common.tables import html_table
from nutau.errors import InputError


@dataclass(frozen=True)
class Polynomial:
    """A real polynomial of second degree with theory draws.

    ``monomials`` are tuples of none, one or two of the ``variables``, the constant first; ``central`` has
    shape ``(monomials,)``, ``draws`` ``(draws, monomials)`` or is ``None`` without theory errors.
    """

    observable: str
    variables: tuple[str, ...]
    monomials: tuple[tuple[str, ...], ...]
    central: Array
    draws: Array | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The monomials as text: ``"1"``, ``"m"``, ``"m p"``."""
        return tuple(" ".join(monomial) or "1" for monomial in self.monomials)

    @cached_property
    def errors(self) -> Array:
        """Standard deviation of every coefficient over the draws, ``(monomials,)``; zero without draws."""
        if self.draws is None or len(self.draws) < 2:
            return np.zeros(len(self.monomials))
        spread = np.std(self.draws, axis=0, ddof=1)
        return np.where(spread > 1e-14 * np.abs(self.central), spread, 0.0)  # a constant 1 has no error

    @cached_property
    def correlation(self) -> Array:
        """Correlation of the coefficients, ``(monomials, monomials)``; 1 on the diagonal."""
        return correlation((self,))

    def _repr_html_(self) -> str:
        rows = [
            (name, f"{value:.5g}", f"{error:.2g}")
            for name, value, error in zip(self.names, self.central, self.errors, strict=True)
        ]
        return html_table(("term", "coefficient", "theory error"), rows, self.observable)

    def __getitem__(self, name: str) -> tuple[float, float]:
        """Coefficient and theory error of a monomial: ``"1"``, ``"m"``, ``"m p"``; 0 and 0 if it is absent.

        Raises :class:`InputError` for a name with a variable that the polynomial does not have.
        """
        for position, known in enumerate(self.names):
            if name in (known, " ".join(reversed(self.monomials[position]))):
                return float(self.central[position]), float(self.errors[position])
        pairs = {f"{a} {b}" for a in self.variables for b in self.variables}
        if name not in self.variables and name not in pairs:
            known = ", ".join(self.variables)
            raise InputError(f"'{name}' is no monomial of {self.observable}; its variables are {known}.")
        return 0.0, 0.0

    def __call__(self, point: Mapping[str, float]) -> float:
        """Central value at a point; variables not named are zero."""
        return float(self.central @ self._values(point))

    def uncertainty(self, point: Mapping[str, float]) -> float:
        """Theory error (standard deviation of the draws) at a point."""
        if self.draws is None or len(self.draws) < 2:
            return 0.0
        return float(np.std(self.draws @ self._values(point), ddof=1))

    def _values(self, point: Mapping[str, float]) -> Array:
        for name in point:
            if name not in self.variables:
                known = ", ".join(self.variables)
                raise InputError(f"'{name}' is no variable of {self.observable}; it has {known}.")
        return np.array([np.prod([point.get(name, 0.0) for name in monomial]) for monomial in self.monomials])

    def only(self, monomials: Iterable[tuple[str, ...]]) -> Polynomial:
        """The same polynomial over the given monomials, in their order; absent ones have coefficient zero."""
        wanted = tuple(monomials)
        place = {monomial: position for position, monomial in enumerate(self.monomials)}
        columns = [place.get(monomial, -1) for monomial in wanted]

        def pick(values: Array) -> Array:
            return np.concatenate([values, np.zeros_like(values[..., :1])], axis=-1)[..., columns]

        draws = None if self.draws is None else pick(self.draws)
        return Polynomial(self.observable, self.variables, wanted, pick(np.asarray(self.central)), draws)

    def without(self, smallest: float) -> Polynomial:
        """The same polynomial without monomials that are below a fraction of the largest in every draw."""
        size = np.abs(self.central)
        if self.draws is not None:
            size = np.maximum(size, np.max(np.abs(self.draws), axis=0))
        kept = size > smallest * np.max(size)
        kept[0] = True  # the constant
        return self.only(m for m, keep in zip(self.monomials, kept, strict=True) if keep)


def correlation(polynomials: Sequence[Polynomial]) -> Array:
    """Correlation of all coefficients of polynomials with shared draws, ``(total, total)`` in their order."""
    total = sum(len(polynomial.monomials) for polynomial in polynomials)
    draws = [polynomial.draws for polynomial in polynomials if polynomial.draws is not None]
    if len(draws) < len(polynomials) or not draws or len(draws[0]) < 2:
        return np.eye(total)
    errors = np.concatenate([polynomial.errors for polynomial in polynomials])
    varies = errors > 0
    scatter = np.concatenate(draws, axis=-1)
    scatter = np.where(varies, scatter - scatter.mean(axis=0), 0.0) / np.where(varies, errors, 1.0)
    matrix = scatter.T @ scatter / (len(scatter) - 1)
    np.fill_diagonal(matrix, 1.0)
    return matrix
