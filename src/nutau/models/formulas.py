r"""Matching formulas: one line of text each, read once into terms, from which numbers and LaTeX are made.

A line such as ``lq1 = 1/4 y1LL*_ki y1LL_lj`` gives the full-sum coefficient :math:`C_{ijkl}` times
:math:`M^2`: an operator of the Warsaw basis and a sum of a rational number times two couplings, ``*`` for
complex conjugation, each of the indices i, j, k, l once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.eft.smeft.basis import FIELDS, Indices, conjugated, is_real, keys, symmetric
from nutau.errors import InputError


class Factor(NamedTuple):
    """A coupling with the names of its two flavour indices."""

    coupling: str
    conjugate: bool
    indices: str


def factors(text: str) -> tuple[Factor, ...]:
    """The couplings of a formula of loops: ``y1LL*_im y1LL_km``."""
    found = []
    for one in text.split():
        name, _, indices = one.rpartition("_")
        found.append(Factor(name.removesuffix("*"), name.endswith("*"), indices))
    return tuple(found)


def operands(factors: Sequence[Factor], matrices: Mapping[str, Array]) -> list[Array] | None:
    """The matrices of a product of couplings, conjugated where it says so; ``None`` where one is not given."""
    used = [matrices.get(factor.coupling) for factor in factors]
    given = [matrix for matrix in used if matrix is not None]
    if len(given) < len(used):
        return None
    conj = namespace(*given).conj
    return [conj(one) if factor.conjugate else one for one, factor in zip(given, factors, strict=True)]


class Term(NamedTuple):
    """``number`` times two couplings, an addend of a full-sum coefficient of ``operator``."""

    operator: str
    number: Fraction
    first: Factor
    second: Factor


_FACTOR = re.compile(r"([A-Za-z]\w*?)(\*?)_([ijkl]{2})")
_ADDEND = re.compile(r"([+-]?)\s*(?:(\d+)(?:/(\d+))?\s+)?(\S+_[ijkl]{2})\s+(\S+_[ijkl]{2})\s*")


@cache
def parse(line: str) -> tuple[Term, ...]:
    """The terms of one matching formula; :class:`InputError` if it is not of the form above."""
    operator, equals, right = (part.strip() for part in line.partition("="))
    if not equals or operator not in FIELDS:
        raise InputError(f"The matching formula '{line}' does not start with a Warsaw operator and '='.")
    found: list[Term] = []
    position = 0
    while position < len(right):
        addend = _ADDEND.match(right, position)
        if addend is None:
            raise InputError(f"The matching formula '{line}' cannot be read from '{right[position:]}' on.")
        sign, numerator, denominator, first, second = addend.groups()
        number = Fraction(int(numerator or 1), int(denominator or 1)) * (-1 if sign == "-" else 1)
        found.append(Term(operator, number, _factor(first, line), _factor(second, line)))
        position = addend.end()
    for term in found:
        if sorted(term.first.indices + term.second.indices) != list("ijkl"):
            raise InputError(
                f"The matching formula '{line}' does not hold each of i, j, k, l once in every addend."
            )
    return tuple(found)


def _factor(text: str, line: str) -> Factor:
    match = _FACTOR.fullmatch(text)
    if match is None:
        raise InputError(f"The matching formula '{line}' has no coupling '{text}'.")
    return Factor(match[1], match[2] == "*", match[3])


def latex(line: str, symbols: dict[str, str]) -> str:
    """One matching formula in LaTeX; ``symbols`` gives the symbol of each coupling."""
    found = parse(line)
    addends = []
    for position, term in enumerate(found):
        sign = "-" if term.number < 0 else "+" if position else ""
        size = abs(term.number)
        fraction = rf"\tfrac{{{size.numerator}}}{{{size.denominator}}}"
        number = "" if size == 1 else str(size) if size.denominator == 1 else fraction
        parts = (sign, number, _latex_factor(term.first, symbols), _latex_factor(term.second, symbols))
        addends.append(" ".join(part for part in parts if part))
    left = rf"[C_{{{operator_latex(found[0].operator)}}}]_{{ijkl}}"
    return rf"{left} = \frac{{1}}{{M^2}} \left( {' '.join(addends)} \right)"


def operator_latex(operator: str) -> str:
    """``lq1`` as ``lq}^{(1)`` inside the braces of a subscript."""
    match = re.fullmatch(r"([a-z]+?)([138]?)", operator)
    name, representation = (match[1], match[2]) if match else (operator, "")
    return rf"{name}}}^{{({representation})" if representation else name


def _latex_factor(factor: Factor, symbols: dict[str, str]) -> str:
    star = "^{*}" if factor.conjugate else ""
    return rf"({symbols[factor.coupling]})_{{{factor.indices}}}{star}"


Slot = tuple[str, int, int]
"""A coupling and its flavours: ``("x1LL", 2, 3)``."""


@dataclass(frozen=True)
class Layout:
    """Positions that turn couplings into coefficients: sums over slots of number x coupling x coupling.

    ``first`` and ``second`` are positions in (c, conj c); all arrays have shape ``(slots, keys)``.
    """

    keys: tuple[str, ...]
    numbers: Array
    first: Array
    second: Array
    real: Array  # (keys,)


@lru_cache(maxsize=256)
def layout(lines: tuple[str, ...], present: tuple[Slot, ...]) -> Layout:
    """The coefficients that the couplings ``present`` give by the formulas ``lines``."""
    at = {slot: position for position, slot in enumerate(present)}
    products: dict[str, list[tuple[float, int, int]]] = {}
    for line in lines:
        for term in parse(line):
            for first, second, indices in _products(term, present):
                key = _key(term.operator, indices)
                if key is not None:
                    ends = (
                        at[first] + len(at) * term.first.conjugate,
                        at[second] + len(at) * term.second.conjugate,
                    )
                    products.setdefault(key, []).append((float(term.number), *ends))
    order = {key: position for line in lines for position, key in enumerate(keys(parse(line)[0].operator))}
    names = tuple(sorted(products, key=lambda key: (key.partition("_")[0], order[key])))
    slots = max((len(parts) for parts in products.values()), default=1)
    numbers = np.zeros((slots, len(names)))
    first_at, second_at = np.zeros((2, slots, len(names)), dtype=int)
    for column, name in enumerate(names):
        for slot, (number, one, two) in enumerate(products[name]):
            numbers[slot, column], first_at[slot, column], second_at[slot, column] = number, one, two
    return Layout(
        names, numbers, first_at, second_at, np.array([is_real(name) for name in names], dtype=bool)
    )


def _products(term: Term, present: tuple[Slot, ...]) -> list[tuple[Slot, Slot, Indices]]:
    found = []
    for one in (slot for slot in present if slot[0] == term.first.coupling):
        for two in (slot for slot in present if slot[0] == term.second.coupling):
            flavour = dict(zip(term.first.indices + term.second.indices, (*one[1:], *two[1:]), strict=True))
            found.append((one, two, tuple(flavour[index] for index in "ijkl")))
    return found


def _key(operator: str, indices: Indices) -> str | None:
    """The WCxf coefficient that a full-sum entry adds to; None if WCxf keeps its conjugate."""
    orbit = symmetric(operator, indices)
    name = f"{operator}_{''.join(map(str, min(orbit)))}"
    if name in keys(operator):
        return name
    mirror = min(symmetric(operator, conjugated(indices)))
    assert f"{operator}_{''.join(map(str, mirror))}" in keys(operator)
    return None
