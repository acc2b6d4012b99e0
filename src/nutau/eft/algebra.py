r"""The vocabulary of nutau: affine maps between theories and Hermitian forms for rates.

With the coefficients of a theory gathered in :math:`c = (1, C_1, \dots, C_n)`,

* a change of theory (matching, running, change of basis) is an affine map, :math:`c' = A c` (:class:`Affine`);
* a rate is a Hermitian form, :math:`\Gamma = c^\dagger H c` (:class:`Quadratic`), whose element ``[0, 0]`` is the SM;
* seen from before the map, the rate is :math:`A^\dagger H A` (:meth:`Quadratic.after`).

Hermitian operators relate some coefficients to the complex conjugates of others
(:math:`C_{SR}^{cb} \propto C_{ledq}^*`). A map that needs them acts on :math:`(1, C, \bar C)`: its matrix has
``1 + 2n`` columns, and so have the forms composed with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError


def vector(values: Array, size: int) -> Array:
    """``(..., n)`` coefficients as ``(..., size)``: ``(1, C)`` or, for ``size = 1 + 2n``, ``(1, C, conj C)``."""
    xp = namespace(values)
    values = xp.asarray(values).astype(complex)
    count = values.shape[-1]
    if xp is np and size in (1 + count, 1 + 2 * count):  # the same as below in one array
        both = np.empty((*values.shape[:-1], size), dtype=complex)
        both[..., 0] = 1.0
        both[..., 1 : 1 + count] = values
        both[..., 1 + count :] = values.conj() if size > 1 + count else 0.0
        return both
    one = xp.ones((*values.shape[:-1], 1), dtype=complex)
    if size == 1 + count:
        return xp.concatenate([one, values], axis=-1)
    if size == 1 + 2 * count:
        return xp.concatenate([one, values, xp.conj(values)], axis=-1)
    raise InputError(f"{count} coefficients do not fit a matrix of size {size}; it takes {size - 1}.")


def _point(coefficients: Wilson | Array, basis: Basis) -> Array:
    if isinstance(coefficients, Wilson):
        return coefficients.values if coefficients.basis == basis else coefficients.on(basis).values
    return coefficients


def _applied(matrix: Array, values: Array) -> Array:
    """A matrix ``(..., m, n)`` times vectors ``(..., n)``: one product of BLAS where the matrix is one for all."""
    xp = namespace(matrix, values)
    if matrix.ndim == 2:
        return xp.matmul(values, matrix.T)
    return xp.einsum("...ij,...j->...i", matrix, values)


@dataclass(frozen=True, eq=False)
class Affine:
    r"""An affine map of coefficients, :math:`C' = a + L C + K \bar C`.

    ``matrix`` has shape ``(..., 1 + m, 1 + n)``, or ``(..., 1 + m, 1 + 2n)`` when :math:`K \ne 0`; its first row
    is :math:`(1, 0, \dots)`.

    >>> import nutau
    >>> basis = nutau.Basis("WET", "flavio", ("C9_bstautau",))
    >>> complex(nutau.Affine.identity(basis)([2.0])[0])
    (2+0j)
    """

    matrix: Array
    source: Basis
    target: Basis

    @classmethod
    def from_parts(
        cls,
        source: Basis,
        target: Basis,
        *,
        offset: Array | None = None,
        linear: Array | None = None,
        antilinear: Array | None = None,
    ) -> Affine:
        """Build the map from :math:`a` ``(..., m)``, :math:`L` and :math:`K` ``(..., m, n)``; absent is zero."""
        m, n = len(target), len(source)
        xp = namespace(*(part for part in (offset, linear, antilinear) if part is not None))
        blocks = [
            (xp.zeros(m) if offset is None else xp.asarray(offset))[..., None],
            xp.zeros((m, n)) if linear is None else xp.asarray(linear),
            *([] if antilinear is None else [xp.asarray(antilinear)]),
        ]
        blocks = [block.astype(complex) for block in blocks]
        batch = np.broadcast_shapes(*(block.shape[:-2] for block in blocks))
        lower = xp.concatenate([xp.broadcast_to(b, (*batch, *b.shape[-2:])) for b in blocks], axis=-1)
        top = xp.zeros((*batch, 1, lower.shape[-1]), dtype=complex)
        top = xp.concatenate([xp.ones((*batch, 1, 1), dtype=complex), top[..., 1:]], axis=-1)
        return cls(xp.concatenate([top, lower], axis=-2), source, target)

    @classmethod
    def identity(cls, basis: Basis) -> Affine:
        """The map that changes nothing."""
        return cls(np.eye(1 + len(basis), dtype=complex), basis, basis)

    def narrowed(self, source: Iterable[str]) -> Affine:
        """The map from only some of its source coefficients; the others are zero. No conjugates."""
        names = tuple(source)
        columns = [0, *(1 + self.source.index(name) for name in names)]
        return Affine(self.matrix[..., columns], Basis(self.source.eft, self.source.name, names), self.target)

    @property
    def conjugates(self) -> bool:
        """Whether the map also acts on the complex conjugates of its arguments."""
        return int(self.matrix.shape[-1]) == 1 + 2 * len(self.source) and len(self.source) > 0

    def __call__(self, coefficients: Wilson | Array, *, scale: float | None = None) -> Wilson | Array:
        """Map a :class:`Wilson` (its scale is replaced by ``scale`` if given) or an array ``(..., n)``."""
        values = vector(_point(coefficients, self.source), self.matrix.shape[-1])
        mapped = _applied(self.matrix[..., 1:, :], values)
        if isinstance(coefficients, Wilson):
            return Wilson(mapped, self.target, coefficients.scale if scale is None else scale)
        return mapped

    def __matmul__(self, first: Affine) -> Affine:
        """The map ``first`` and then this one."""
        if first.target != self.source:
            raise InputError(f"A map from {self.source} cannot follow one to {first.target}.")
        xp = namespace(self.matrix, first.matrix)
        return Affine(xp.matmul(self.matrix, _widened(first, self.conjugates)), first.source, self.target)


def _widened(step: Affine, conjugates: bool) -> Array:
    r"""The matrix of ``step``, with the rows of :math:`\bar C'` added if what follows asks for them."""
    if not conjugates:
        return step.matrix
    matrix, n = step.matrix, len(step.source)
    xp = namespace(matrix)
    if not step.conjugates:  # give the map its (zero) columns of conj C first
        matrix = xp.concatenate([matrix, xp.zeros((*matrix.shape[:-1], n), dtype=complex)], axis=-1)
    rows = xp.conj(matrix[..., 1:, :])
    swapped = xp.concatenate([rows[..., :1], rows[..., 1 + n :], rows[..., 1 : 1 + n]], axis=-1)
    return xp.concatenate([matrix, swapped], axis=-2)


@dataclass(frozen=True, eq=False)
class Quadratic:
    r"""A real Hermitian form of coefficients, :math:`c^\dagger H c` with :math:`c = (1, C)`.

    ``matrix`` has shape ``(..., 1 + n, 1 + n)`` (``1 + 2n`` after a map with conjugates); leading axes are theory
    draws or bins. ``matrix[..., 0, 0]`` is the Standard Model.

    >>> import numpy as np
    >>> import nutau
    >>> basis = nutau.Basis("WET", "flavio", ("CVL_bctaunutau",))
    >>> round(float(nutau.Quadratic(np.ones((2, 2)), basis)([0.1])), 12)
    1.21
    """

    matrix: Array
    basis: Basis

    @classmethod
    def from_amplitudes(cls, amplitudes: Array, weights: Array, basis: Basis) -> Quadratic:
        r""":math:`H_{ij} = \sum_a w_a \bar f_{ai} f_{aj}` for amplitudes :math:`f_a \cdot c`.

        ``amplitudes`` has shape ``(..., a, 1 + n)``, ``weights`` (real) ``(..., a)``.
        """
        xp = namespace(amplitudes, weights)
        weighted = xp.asarray(weights).astype(complex)[..., None] * amplitudes
        return cls(xp.einsum("...ai,...aj->...ij", xp.conj(amplitudes), weighted), basis)

    @property
    def sm(self) -> Array:
        """The value without new physics, ``(...)``."""
        return namespace(self.matrix).real(self.matrix[..., 0, 0])

    def __call__(self, coefficients: Wilson | Array) -> Array:
        """The form at points ``(..., n)`` (batch axes of points and matrix broadcast); real."""
        c = vector(_point(coefficients, self.basis), self.matrix.shape[-1])
        product = _applied(self.matrix, c)
        xp = namespace(product)
        return xp.sum(xp.real(c) * xp.real(product) + xp.imag(c) * xp.imag(product), axis=-1)

    def after(self, step: Affine) -> Quadratic:
        r"""The same rate as a form of the coefficients before ``step``: :math:`A^\dagger H A`."""
        if step.target != self.basis:
            return self.on(step.target).after(step)
        conjugates = int(self.matrix.shape[-1]) == 1 + 2 * len(self.basis) and len(self.basis) > 0
        matrix = _widened(step, conjugates)
        xp = namespace(self.matrix, matrix)
        dagger = xp.conj(xp.swapaxes(matrix, -1, -2))
        return Quadratic(xp.matmul(dagger, xp.matmul(self.matrix, matrix)), step.source)

    def over_sm(self) -> Quadratic:
        """The ratio to the SM value of the same inputs (draw by draw)."""
        return self * (1.0 / self.sm)

    def on(self, basis: Basis) -> Quadratic:
        """The same form on a basis of the same theory that holds at least the coefficients that matter."""
        if basis == self.basis:
            return self
        if not basis.same_theory(self.basis):
            raise InputError(f"A form of {self.basis} cannot be read on {basis}: the theories differ.")
        positions = [0, *(1 + basis.index(name) for name in self.basis.coefficients)]
        size = 1 + len(basis)
        if int(self.matrix.shape[-1]) > len(positions):  # a form of the conjugates, too
            positions += [len(basis) + position for position in positions[1:]]
            size += len(basis)
        if namespace(self.matrix) is np:
            matrix = np.zeros((*self.matrix.shape[:-2], size, size), dtype=complex)
            matrix[..., np.array(positions)[:, None], np.array(positions)] = self.matrix
            return Quadratic(matrix, basis)
        where = np.full(size, len(positions))  # a row and a column of zeros, where a coefficient is new
        where[positions] = np.arange(len(positions))
        xp = namespace(self.matrix)
        padded = xp.pad(self.matrix, [(0, 0)] * (self.matrix.ndim - 2) + [(0, 1), (0, 1)])
        return Quadratic(xp.take(xp.take(padded, where, axis=-1), where, axis=-2), basis)

    def __add__(self, other: Quadratic) -> Quadratic:
        if other.basis != self.basis:
            raise InputError(f"Forms of {self.basis} and {other.basis} do not add; use .on(basis) first.")
        return replace(self, matrix=self.matrix + other.matrix)

    def __sub__(self, other: Quadratic) -> Quadratic:
        return self + other * -1.0

    def __mul__(self, factor: Array) -> Quadratic:
        """Multiply by a real number or by one per draw ``(...)``."""
        xp = namespace(self.matrix, factor)
        factor = xp.asarray(factor).astype(complex)
        return replace(self, matrix=self.matrix * (factor[..., None, None] if factor.ndim else factor))

    __rmul__ = __mul__

    def draw(self, index: int | slice | Array) -> Quadratic:
        """The form of one theory draw (or some)."""
        return replace(self, matrix=self.matrix[index])
