r"""Hermitian forms of a rate from its amplitudes at the nodes of a quadrature.

A rate is a sum of :math:`w\,\mathrm{Re}(\bar a\,b)` with amplitudes a, b linear in the coefficients. An
amplitude depends on few combinations of them (:math:`1, C_9-C_9', \dots`): its numbers multiply these
(:class:`Amplitude`), and a constant matrix spreads the small form over all coefficients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import Nodes
from nutau.eft.algebra import Quadratic
from nutau.eft.wilson import Basis

Made = TypeVar("Made")
Combination = Mapping[str, float]
"""A real combination of coefficients, by name; ``"1"`` is the Standard Model."""


@dataclass(frozen=True)
class Amplitude:
    """``values[..., k]``, real, multiplies combination k of (1, C), a row of ``spread``.

    Shapes ``(..., nodes, k)`` and ``(k, 1 + n)``. A complex factor takes two rows, one of them times i.
    """

    values: Array
    spread: Array


@dataclass(frozen=True)
class Term:
    """``weight * Re(conj(left) right)``, or ``weight * |left|²``; weights are real, ``(..., nodes)``."""

    weight: Array
    left: Amplitude
    right: Amplitude | None = None


def matrixwise(factor: Array) -> Array:
    """A factor ready to meet matrices: ``(...)`` as ``(..., 1, 1)``, a single number unchanged."""
    return factor[..., None, None] if np.ndim(factor) else factor


def spread(basis: Basis, combinations: Sequence[Combination]) -> Array:
    """The constant matrix ``(k, 1 + n)`` of some combinations."""
    matrix = np.zeros((len(combinations), 1 + len(basis)))
    for row, combination in zip(matrix, combinations, strict=True):
        for name, factor in combination.items():
            row[0 if name == "1" else 1 + basis.index(name)] = factor
    return matrix


def amplitude(basis: Basis, *parts: tuple[Combination, Array]) -> Amplitude:
    """An amplitude from ``(combination, what multiplies it at the nodes)``, real or complex."""
    xp = namespace(*(value for _, value in parts))
    rows = spread(basis, [combination for combination, _ in parts])
    values, factors = [], []
    for (_, value), row in zip(parts, rows, strict=True):
        if xp.iscomplexobj(value):
            values += [xp.real(value), xp.imag(value)]
            factors += [row + 0j, 1j * row]
        else:
            values.append(value)
            factors.append(row + 0j)
    return Amplitude(xp.stack(xp.broadcast_arrays(*values), axis=-1), np.stack(factors))


class OnDemand(Mapping[str, Made]):
    """What ``make`` gives for each of ``names``, made when it is asked for first."""

    def __init__(self, names: Iterable[str], make: Callable[[str], Made]) -> None:
        """``make`` is called once a name at most."""
        self._names = tuple(names)
        self._make = make
        self._made: dict[str, Made] = {}

    def __getitem__(self, name: str) -> Made:
        """The value of a name."""
        if name not in self._made:
            if name not in self._names:
                raise KeyError(name)
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Over the names."""
        return iter(self._names)

    def __len__(self) -> int:
        """The number of names."""
        return len(self._names)


def integrate(terms: Mapping[str, Sequence[Term]], nodes: Nodes, basis: Basis) -> dict[str, Quadratic]:
    """The sums of terms over the rule: matrices ``(..., 1 + n, 1 + n)``."""

    def block(term: Term) -> Array:
        left, right = _sides(term)
        xp = namespace(left.values, right.values)
        weighted = (nodes.weights * term.weight)[..., None] * left.values
        return xp.matmul(xp.swapaxes(weighted, -1, -2), right.values)

    return {name: Quadratic(matrix, basis) for name, matrix in _assemble(terms, block).items()}


def density(terms: Mapping[str, Sequence[Term]], basis: Basis) -> dict[str, Quadratic]:
    """The sums of terms at every node: matrices ``(..., nodes, 1 + n, 1 + n)``."""

    def block(term: Term) -> Array:
        left, right = _sides(term)
        return term.weight[..., None, None] * left.values[..., :, None] * right.values[..., None, :]

    return {name: Quadratic(matrix, basis) for name, matrix in _assemble(terms, block).items()}


def form_factor_tensor(
    terms: Callable[[Array, Mapping[str, Array]], Mapping[str, Sequence[Term]]],
    nodes: Nodes,
    functions: Mapping[str, Array],
) -> dict[str, Array]:
    r"""The forms as quadratic forms of the form-factor coefficients, ``(n, n, 1 + n_C, 1 + n_C)`` by name.

    ``functions`` are what multiplies the coefficients in each form factor, ``(1, nodes, n)``, ``nodes`` a rule
    of shape ``(1, nodes)``; ``terms`` builds terms from q² and form factors, in which amplitudes are linear.
    """
    rows = {name: namespace(value).moveaxis(value[0], -1, 0) for name, value in functions.items()}

    def block(term: Term) -> Array:
        left, right = _sides(term)
        xp = namespace(left.values, right.values)
        weighted = (nodes.weights * term.weight)[..., None] * left.values
        return xp.matmul(xp.swapaxes(weighted, -1, -2)[:, None], right.values[None])

    return _assemble(terms(nodes.q2, rows), block)


def _assemble(terms: Mapping[str, Sequence[Term]], block: Callable[[Term], Array]) -> dict[str, Array]:
    """The matrices of all sums; a term in several sums is computed once, terms of one shape are added first."""
    blocks: dict[int, Array] = {}
    matrices = {}
    for name, parts in terms.items():
        groups: dict[tuple[bytes, bytes], tuple[Term, Array]] = {}
        for term in parts:
            if id(term) not in blocks:
                blocks[id(term)] = block(term)
            left, right = _sides(term)
            key = left.spread.tobytes(), right.spread.tobytes()
            before = groups[key][1] if key in groups else 0.0
            groups[key] = term, before + blocks[id(term)]
        matrices[name] = sum(_spread(total, term) for term, total in groups.values())
    return matrices


def _sides(term: Term) -> tuple[Amplitude, Amplitude]:
    return term.left, term.left if term.right is None else term.right


def _spread(block: Array, term: Term) -> Array:
    """A block ``(..., k, l)`` as a Hermitian matrix of all coefficients."""
    left, right = _sides(term)
    xp = namespace(block)
    if xp is np:
        matrix = _wide(block, left.spread, right.spread)
    else:
        matrix = xp.matmul(xp.matmul(np.conj(left.spread.T), block.astype(complex)), right.spread)
    return matrix if term.right is None else 0.5 * (matrix + xp.conj(xp.swapaxes(matrix, -1, -2)))


def _wide(block: Array, left: Array, right: Array) -> Array:
    """``left† block right`` as one product for all draws, without elements that are zero: up to four times faster."""
    both = np.einsum("ka,lb->klab", np.conj(left), right)
    flat = both.reshape(both.shape[0] * both.shape[1], -1)
    used = np.flatnonzero(np.any(flat != 0, axis=0))
    matrix = np.zeros((*block.shape[:-2], flat.shape[1]), dtype=complex)
    matrix[..., used] = block.reshape(*block.shape[:-2], len(flat)).astype(complex) @ flat[:, used].astype(
        complex
    )
    return matrix.reshape(*block.shape[:-2], *both.shape[2:])
