r"""Dipoles of quarks and leptons by scalar leptoquarks: one-loop, in closed form, matched at the mass.

A fermion f that turns into a fermion F and a leptoquark, with couplings :math:`\bar F(l_kP_L+r_kP_R)f_k`, has, for a
massless F and charges :math:`Q_F+Q_S=Q_f`, the coefficient of :math:`\bar f_i\sigma^{\mu\nu}P_Rf_j F_{\mu\nu}`

.. math::
    \frac{-e}{32\pi^2M^2}\Big[\Big(\frac{Q_F}6-\frac{Q_S}{12}\Big)(m_il_i^*l_j+r_i^*r_jm_j)^{T}
    -\Big(Q_F\big(\tfrac32+\ln\tfrac{\mu^2}{M^2}\big)+\frac{Q_S}2\Big)m_F\,l_i^*r_j\Big]

(:cite:`arXiv:hep-ph/0302221` for any masses, :cite:`Dorsner:2016wpm` for leptoquarks), where the first bracket has the
mass on the line with the chirality of the coupling. With hypercharge, isospin and colour for Q, and H for m, this is
:math:`O_{eB},O_{eW},O_{dB},O_{dW},O_{dG}`; of an emission by F between its two chiralities each has one half. At
:math:`\mu=M` nothing of the logarithm is left: it is the running of ``lequ3`` in the tables. These match at tree level
at :math:`m_Z`, where the loop of the top still has :math:`\ln\frac{m_t^2}{m_Z^2}`; it is added here
(:data:`LOGARITHM`). Without it :math:`\tau\to\mu\gamma` is 1.5 to 2 times too large; its running, 4 % of the amplitude
at 2 TeV, is left out. Left out too: dipoles of up quarks, and pairs of fields that mix through the Higgs field.

A line such as ``dB = -1/18 g1 y1LL*_im y1LL_km Yd_kj`` gives :math:`C_{ij}` in units of :math:`1/16\pi^2M^2`, with
a gauge coupling, two couplings and a Yukawa matrix (:mod:`nutau.eft.smeft.unbroken`), other indices summed.
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
from nutau.eft.smeft.unbroken import Unbroken
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError
from nutau.models.boxes import Couplings
from nutau.models.formulas import Factor, factors, operands, operator_latex

LOOP = 1.0 / (16.0 * math.pi**2)
GAUGE = {"dB": "g1", "eB": "g1", "dW": "g2", "eW": "g2", "dG": "g3"}
"""The operators and the gauge coupling of each."""
LOGARITHM = {"eB": -5.0 / 8.0, "eW": 3.0 / 8.0}
"""What multiplies ln(m_t²/m_Z²) for ``lequ3`` = -1/8 of both couplings: S1 and R2."""
YUKAWA = {"Yu": "up", "Yd": "down", "Ye": "leptons"}
_LINE = re.compile(r"(\w+) = (-?\d+(?:/\d+)?) (g[123])((?: [A-Za-z]\w*\*?_[ijkmn]{2}){3})")


class Dipole(NamedTuple):
    """``number`` times a gauge coupling and three matrices; an addend of ``operator``."""

    operator: str
    number: Fraction
    factors: tuple[Factor, ...]

    @property
    def subscripts(self) -> str:
        """For a contraction of the matrices."""
        return ",".join(f"...{factor.indices}" for factor in self.factors) + "->...ij"


@cache
def parse(line: str) -> Dipole:
    """A formula of a dipole; :class:`InputError` if it is not of the form above."""
    found = _LINE.fullmatch(line)
    if found is None or GAUGE.get(found[1]) != found[3]:
        raise InputError(
            f"The formula '{line}' is no dipole operator ({', '.join(GAUGE)}), number, its gauge coupling and "
            "three matrices."
        )
    matrices = factors(found[4])
    every = "".join(factor.indices for factor in matrices)
    summed = set(every) - {"i", "j"}
    if every.count("i") != 1 or every.count("j") != 1 or any(every.count(index) != 2 for index in summed):
        raise InputError(f"The formula '{line}' does not hold i and j once and all others twice.")
    if [factor.coupling in YUKAWA for factor in matrices].count(True) != 1:
        raise InputError(f"The formula '{line}' does not hold one of {', '.join(YUKAWA)}.")
    return Dipole(found[1], Fraction(found[2]), matrices)


def text(line: str) -> str:
    """A formula as it is printed: ``dB_ij = (-1/18 g1 y1LL*_im ...) / (16 π² M²)``."""
    operator, _, right = line.partition(" = ")
    return f"{operator}_ij = ({right}) / (16 π² M²)"


def latex(line: str, symbols: Mapping[str, str]) -> str:
    """A formula in LaTeX; ``symbols`` gives the symbol of each coupling."""
    dipole = parse(line)
    size = abs(dipole.number)
    number = rf"\tfrac{{{size.numerator}}}{{{size.denominator}}}\," if size != 1 else ""
    names = {**symbols, **{name: f"Y_{name[1]}" for name in YUKAWA}}
    matrices = " ".join(
        f"({names[f.coupling]})_{{{f.indices}}}" + ("^{*}" if f.conjugate else "") for f in dipole.factors
    )
    sign = "-" if dipole.number < 0 else ""
    gauge = f"g_{GAUGE[dipole.operator][1]}"
    left = rf"[C_{{{operator_latex(dipole.operator)}}}]_{{ij}}"
    return rf"{left} = {sign}\frac{{{gauge}}}{{16\pi^2M^2}}\, {number}{matrices}"


def dipoles(
    lines: tuple[str, ...],
    field: Couplings,
    values: Sequence[Array],
    ckm: Array | None,
    mass: Array,
    couplings: Unbroken,
) -> Wilson:
    """The coefficients (down-aligned, GeV⁻²) that loops of a leptoquark of ``mass`` (GeV) give, at the mass.

    ``couplings`` are those of the Standard Model there; coefficients that are zero for any values are left out.
    """
    names = _reached(lines, field)
    xp = namespace(mass, *values)
    shape = xp.broadcast_arrays(xp.asarray(mass), *map(xp.asarray, values))[0].shape
    if not names:
        return Wilson(xp.zeros((*shape, 0), dtype=complex), Basis(EFT, ALIGNMENTS["down"], ()), mass)
    found = _summed(lines, field.matrices(values, ckm), couplings)
    scale = (LOOP / xp.asarray(mass) ** 2).astype(complex)[..., None]
    kept = found.values[..., np.array([found.basis.index(name) for name in names])]
    return Wilson(scale * kept, Basis(EFT, ALIGNMENTS["down"], names), mass)


def _summed(lines: Sequence[str], matrices: Mapping[str, Array], standard: Unbroken) -> Wilson:
    r"""The coefficients, in units of :math:`1/16\pi^2M^2`, of couplings as matrices ``(..., 3, 3)``."""
    known = {**matrices, **{name: getattr(standard, attribute) for name, attribute in YUKAWA.items()}}
    arrays: dict[str, Array] = {}
    for line in lines:
        dipole = parse(line)
        used = operands(dipole.factors, known)
        if used is None:
            continue
        xp = namespace(*used)
        gauge = xp.asarray(getattr(standard, GAUGE[dipole.operator])).astype(complex)[..., None, None]
        array = float(dipole.number) * gauge * xp.einsum(dipole.subscripts, *used, optimize=True)
        if dipole.operator in LOGARITHM and (place := _place(dipole, "Yu")) is not None:
            used[place] = used[place] @ np.diag([0.0, 0.0, 1.0]).astype(complex)
            size = LOGARITHM[dipole.operator] * xp.asarray(standard.threshold).astype(complex)
            array = array + size[..., None, None] * gauge * xp.einsum(dipole.subscripts, *used, optimize=True)
        arrays[dipole.operator] = arrays.get(dipole.operator, 0.0) + array
    if not arrays:
        return Wilson(np.zeros(0, dtype=complex), Basis(EFT, ALIGNMENTS["down"], ()), 1.0)
    return from_full_sum(arrays, 1.0)


def threshold(lines: Sequence[str]) -> str:
    """What the top's loop adds at m_Z to the numbers of the formulas, in words; nothing where there is no such loop."""
    found = {one.operator: one for one in map(parse, lines) if _place(one, "Yu") is not None}
    parts = [
        f"{Fraction(LOGARITHM[name])} ln(m_t²/m_Z²) to that of {name}" for name in found if name in LOGARITHM
    ]
    return f"with Yu the top's mass in the loop adds {' and '.join(parts)}" if parts else ""


def _place(dipole: Dipole, coupling: str) -> int | None:
    """Where a coupling stands among the factors."""
    found = [factor.coupling for factor in dipole.factors]
    return found.index(coupling) if coupling in found else None


@lru_cache(maxsize=256)
def _reached(lines: tuple[str, ...], field: Couplings) -> tuple[str, ...]:
    """The coefficients that are not zero for couplings without special relations."""
    generic = np.linspace(0.5, 0.9, 9).reshape(3, 3).astype(complex)
    values = [np.array(0.5 + 0.01 * n) for n in range(len(field.slots))]
    one = np.array(1.0)
    standard = Unbroken(one, one, one, generic, np.eye(3) + 0j, np.eye(3) + 0j)
    found = _summed(lines, field.matrices(values, generic if field.turned else None), standard)
    return tuple(
        name for name, value in zip(found.basis.coefficients, found.values, strict=True) if value != 0
    )
