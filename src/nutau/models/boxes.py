r"""Meson mixing by scalar leptoquarks: one-loop boxes of two leptoquarks and two leptons, in closed form.

With massless leptons, and four vertices of two leptoquarks of masses :math:`M, M'`, the loop is

.. math::
    L = -\frac12\frac{f(M,M')}{64\pi^2}\sum_{ss'}B^\mu_{ss'}B_{\mu\,s's},\qquad
    f=\frac{\ln(M^2/M'^2)}{M^2-M'^2}\to\frac1{M^2},

:math:`B^\mu_{ss'}` the current of two quarks that one lepton line leaves between the components s and s'. Colour, SU(2)
and Fierz identities bring it to ``qq1``, ``qq3``, ``uu``, ``dd``, ``qu1``, ``qu8``, ``qd1`` and ``qd8`` of all flavours
at the mass, which then run. The components of down quarks are the closed forms of the literature,
:math:`C_{VLL}^{bs}=-\frac{n}{128\pi^2M^2}(\sum_\ell y_{b\ell}y^*_{s\ell})^2` with n = 5 for S3 and 1 for S1
(:cite:`arXiv:2109.13600`, all scalars at leading order; the next order of QCD adds 5 to 10 %).

A line such as ``qq1 = -9/2 y3LL*_im y3LL_lm y3LL*_kn y3LL_jn`` gives a full-sum coefficient :math:`C_{ijkl}` in units
of :math:`f/128\pi^2`; m and n are the leptons, summed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.eft.smeft.basis import ALIGNMENTS, EFT, from_full_sum
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError
from nutau.models.arguments import Coupling
from nutau.models.formulas import Factor, Slot, factors, operands, operator_latex

LOOP = 1.0 / (128.0 * math.pi**2)
AT_ONCE = 2**14
"""Points of which all flavours are held at once."""
PAIRS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("S1", "S3"): (
        "qq1 = -3 y1LL*_im y3LL_lm y3LL*_kn y1LL_jn",
        "qq3 = 1 y1LL*_im y3LL_lm y3LL*_kn y1LL_jn",
    ),
    ("S1", "R2"): (
        "qu1 = 2 y1LL*_im y2RL_km y1LL_jn y2RL*_ln",
        "qu1 = 2 y2LR*_mi y1RR*_km y2LR_nj y1RR_ln",
        "qu1 = 2/3 y2LR*_mi y1RR*_km y1LL_jn y2RL*_ln",
        "qu1 = 2/3 y1LL*_im y2RL_km y2LR_nj y1RR_ln",
        "qu8 = 4 y2LR*_mi y1RR*_km y1LL_jn y2RL*_ln",
        "qu8 = 4 y1LL*_im y2RL_km y2LR_nj y1RR_ln",
    ),
    ("S1", "R2~"): ("qd1 = 2 y1LL*_im y2tRL_km y1LL_jn y2tRL*_ln",),
    ("S3", "R2~"): ("qd1 = 6 y3LL*_im y2tRL_km y3LL_jn y2tRL*_ln",),
    ("S3", "R2"): ("qu1 = 6 y3LL*_im y2RL_km y3LL_jn y2RL*_ln",),
    ("S1~", "R2"): ("qd1 = 2 y2LR*_mi y1tRR*_km y2LR_nj y1tRR_ln",),
}
"""Boxes with one leptoquark of each of two fields, besides those of each alone."""


class Box(NamedTuple):
    """``number`` times four couplings, summed over the leptons m and n; an addend of ``operator``."""

    operator: str
    number: Fraction
    factors: tuple[Factor, ...]

    @property
    def subscripts(self) -> str:
        """For a contraction of the four matrices."""
        return ",".join(f"...{factor.indices}" for factor in self.factors) + "->...ijkl"


_LINE = re.compile(r"(\w+) = (-?\d+(?:/\d+)?)((?: [A-Za-z]\w*\*?_[ijklmn]{2}){4})")


@cache
def parse(line: str) -> Box:
    """A formula of boxes; :class:`InputError` if it is not of the form above."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise InputError(f"The formula '{line}' is no operator, number and four couplings.")
    couplings = factors(found[3])
    if sorted("".join(factor.indices for factor in couplings)) != sorted("ijklmmnn"):
        raise InputError(f"The formula '{line}' does not hold i, j, k, l once and m, n twice.")
    return Box(found[1], Fraction(found[2]), couplings)


def text(line: str) -> str:
    """A formula as it is printed: ``qq1_ijkl = -9/2 y3LL*_im ... / (128 π² M²)``."""
    operator, _, right = line.partition(" = ")
    return f"{operator}_ijkl = ({right.removeprefix('1 ').replace('-1 ', '-', 1)}) / (128 π² M²)"


def latex(line: str, symbols: Mapping[str, str]) -> str:
    """A formula in LaTeX; ``symbols`` gives the symbol of each coupling."""
    box = parse(line)
    size = abs(box.number)
    number = rf"\tfrac{{{size.numerator}}}{{{size.denominator}}}" if size.denominator > 1 else str(size)
    number = "" if size == 1 else number
    couplings = " ".join(
        f"({symbols[f.coupling]})_{{{f.indices}}}" + ("^{*}" if f.conjugate else "") for f in box.factors
    )
    sign = "-" if box.number < 0 else ""
    left = rf"[C_{{{operator_latex(box.operator)}}}]_{{ijkl}}"
    return rf"{left} = {sign}\frac{{1}}{{128\pi^2M^2}}\, {number} {couplings}"


def loop_function(mass: Array, other: Array) -> Array:
    r""":math:`f=\ln(M^2/M'^2)/(M^2-M'^2)` in GeV⁻², finite and smooth where the masses are equal."""
    xp = namespace(mass, other)
    square, ratio = xp.asarray(mass) ** 2, (xp.asarray(other) / mass) ** 2
    x = ratio - 1.0
    near = xp.abs(x) < 1e-3
    series = 1.0 - x / 2.0 + x**2 / 3.0 - x**3 / 4.0
    return xp.where(near, series, xp.log1p(xp.where(near, 1.0, x)) / xp.where(near, 1.0, x)) / square


class Couplings(NamedTuple):
    """The couplings of one leptoquark: names, flavours, and which of them are to quark doublets (by row or column)."""

    slots: tuple[Slot, ...]
    doublets: tuple[tuple[str, str], ...]
    turned: bool

    def matrices(self, values: Sequence[Array], ckm: Array | None) -> dict[str, Array]:
        r"""Matrices ``(..., 3, 3)`` to down-aligned doublets, :math:`Q^{up}_a=V_{ai}Q^{down}_i`, unbarred in all."""
        found = _matrices(self.slots, values)
        for name, subscripts in self.doublets if ckm is not None else ():
            if name in found:
                found[name] = namespace(ckm, found[name]).einsum(subscripts, ckm, found[name])
        return found


def couplings(couplings: Sequence[Coupling], slots: tuple[Slot, ...], turned: bool) -> Couplings:
    """The couplings of a field, ``turned`` from up-aligned doublets."""
    doublets = [(c.name, "...ai,...aj->...ij") for c in couplings if c.rows == "Q"]
    doublets += [(c.name, "...ai,...ja->...ji") for c in couplings if c.columns == "Q"]
    return Couplings(slots, tuple(doublets), turned)


def of_pair(first: str, second: str, lines: tuple[str, ...]) -> tuple[Box, ...]:
    """The boxes with one leptoquark of each of two fields by name; ``lines`` are those of the first alone.

    Without a second these themselves. Two of one kind have the boxes of one with the vertices shared out; the couplings
    of the second have a prime.
    """
    if not second:
        return tuple(map(parse, lines))
    if first == second:
        swapped = ((0, 1, 1, 0), (1, 0, 0, 1))
        return tuple(_shared(parse(line), owners) for line in lines for owners in swapped)
    found = PAIRS.get((first, second)) or PAIRS.get((second, first), ())
    return tuple(map(parse, found))


def _shared(box: Box, owners: tuple[int, ...]) -> Box:
    factors = zip(box.factors, owners, strict=True)
    return box._replace(
        factors=tuple(factor._replace(coupling=factor.coupling + "'" * owner) for factor, owner in factors)
    )


def boxes(
    lines: tuple[Box, ...],
    fields: tuple[Couplings, ...],
    values: Sequence[Sequence[Array]],
    ckms: Sequence[Array | None],
    strength: Array,
    scale: Array,
) -> Wilson:
    """The coefficients (down-aligned, GeV⁻²) that boxes of one or two leptoquarks give, at ``scale``.

    ``strength`` is f in GeV⁻², which broadcasts with the couplings; coefficients that are zero for any values are left
    out.
    """
    names = _reached(lines, fields)
    basis = Basis(EFT, ALIGNMENTS["down"], names)
    xp = namespace(strength, *(one for each in values for one in each))
    if not names:
        return Wilson(xp.zeros((*xp.asarray(strength).shape, 0), dtype=complex), basis, scale)
    factor = (LOOP * xp.asarray(strength)).astype(complex)[..., None]
    return Wilson(factor * _in_parts(lines, fields, values, ckms, names), basis, scale)


def _in_parts(
    lines: tuple[Box, ...],
    fields: tuple[Couplings, ...],
    values: Sequence[Sequence[Array]],
    ckms: Sequence[Array | None],
    names: tuple[str, ...],
) -> Array:
    r"""The coefficients ``names`` in units of :math:`f/128\pi^2`; many points a part at a time.

    A point takes 81 numbers an operator on the way, of which a few are kept.
    """
    xp = namespace(*(one for each in values for one in each))

    def some(part: Sequence[Sequence[Array]]) -> Array:
        found = _summed(lines, _together(lines, fields, part, ckms))
        return found.values[..., np.array([found.basis.index(name) for name in names])]

    shape = np.broadcast_shapes(*(np.shape(one) for each in values for one in each))
    count = math.prod(shape)
    if xp is not np or count <= AT_ONCE or any(np.ndim(ckm) > 2 for ckm in ckms if ckm is not None):
        return some(values)
    flat = [[np.broadcast_to(one, shape).reshape(-1) for one in each] for each in values]
    parts = [
        some([[one[start : start + AT_ONCE] for one in each] for each in flat])
        for start in range(0, count, AT_ONCE)
    ]
    return np.concatenate(parts).reshape(*shape, len(names))


def _together(
    lines: Sequence[Box],
    fields: Sequence[Couplings],
    values: Sequence[Sequence[Array]],
    ckms: Sequence[Array | None],
) -> dict[str, Array]:
    """The matrices of all couplings; a prime marks those of the second of two fields of one kind."""
    twice = any(factor.coupling.endswith("'") for box in lines for factor in box.factors)
    found: dict[str, Array] = {}
    for number, (field, given, ckm) in enumerate(zip(fields, values, ckms, strict=True)):
        mark = "'" if twice and number else ""
        found |= {name + mark: matrix for name, matrix in field.matrices(given, ckm).items()}
    return found


def _summed(lines: Sequence[Box], matrices: Mapping[str, Array]) -> Wilson:
    r"""The WCxf coefficients, in units of :math:`f/128\pi^2`, of couplings as matrices ``(..., 3, 3)``."""
    arrays: dict[str, Array] = {}
    for box in lines:
        used = operands(box.factors, matrices)
        if used is None:
            continue
        array = float(box.number) * namespace(*used).einsum(box.subscripts, *used, optimize=True)
        arrays[box.operator] = arrays[box.operator] + array if box.operator in arrays else array
    if not arrays:
        return Wilson(np.zeros(0, dtype=complex), Basis(EFT, ALIGNMENTS["down"], ()), 1.0)
    return from_full_sum(arrays, 1.0)


def _matrices(slots: Sequence[Slot], values: Sequence[Array]) -> dict[str, Array]:
    """Couplings as matrices ``(..., 3, 3)``, zero where none is given."""
    xp = namespace(*values)
    values = xp.broadcast_arrays(*map(xp.asarray, values))
    given: dict[str, dict[tuple[int, int], Array]] = {}
    for (name, i, j), value in zip(slots, values, strict=True):
        given.setdefault(name, {})[i, j] = value
    zero = xp.zeros_like(values[0])
    rows = {
        name: [[found.get((i, j), zero) for j in (1, 2, 3)] for i in (1, 2, 3)]
        for name, found in given.items()
    }
    return {
        name: xp.stack([xp.stack(row, axis=-1) for row in rows[name]], axis=-2).astype(complex)
        for name in given
    }


@lru_cache(maxsize=256)
def _reached(lines: tuple[Box, ...], fields: tuple[Couplings, ...]) -> tuple[str, ...]:
    """The coefficients that are not zero for couplings without special relations."""
    positive = [[np.array(0.5 + 0.01 * n) for n in range(len(field.slots))] for field in fields]
    generic = np.linspace(0.5, 0.9, 9).reshape(3, 3).astype(complex)
    ckms = [generic if field.turned else None for field in fields]
    found = _summed(lines, _together(lines, fields, positive, ckms))
    return tuple(
        name for name, value in zip(found.basis.coefficients, found.values, strict=True) if value != 0
    )
