r"""Tree-level matching of the SMEFT (Warsaw, down-aligned) to the WET (flavio), :cite:`Jenkins:2017jig`.

With :math:`N = \pi v^2/(\alpha\lambda_t)`, :math:`v^2 = 1/(\sqrt2 G_F)`, the signed
:math:`\lambda_t=V_{tb}V_{ts}^*` and indices ``lq1[ijkl]`` of the full sum (:mod:`nutau.eft.smeft.basis`),

    C9  =  N (lq1 + lq3 + qe + (4 s² - 1) phiq)   C10  = N (qe - lq1 - lq3 + phiq)   CL = N (lq1 - lq3 + phiq)
    C9' =  N (ld + ed + (4 s² - 1) phid)          C10' = N (ed - ld + phid)          CR = N (ld + phid)
    CS  = -CP = N/m_b ledq*                       CS'  = CP' = N/m_b ledq
    CVL = -(v²/V_cb) Σ_k V_ck lq3_k3 + ...        CSR = -(v²/2V_cb) Σ_k V_ck ledq_3k*
    CSL = -(v²/2V_cb) lequ1_32*                   CT  = -(v²/2V_cb) lequ3_32*

(phiq = phiq1 + phiq3, lepton flavour diagonal). Mixing of u and c sums ``qq`` over all generations with
:math:`V_{ci}V_{uj}^*`. The names of b -> s l l' list the annihilated lepton first. b -> d l l'
is the same with :math:`V_{td}` and the index 1 for :math:`V_{ts}` and 2.

One :math:`\alpha_{em}` only: ``alpha`` in :class:`Constants` is the coupling in the prefactor of the
operators, so it must be the one that the rates use at the scale of the coefficients.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.eft.algebra import Affine
from nutau.eft.ckm import matrix, tree_ckm
from nutau.eft.qcd import alpha_e, alpha_s, bottom_mass
from nutau.eft.smeft.basis import entry, is_real, warsaw
from nutau.eft.smeft.tail_terms import conjugate, element, tail_terms
from nutau.eft.smeft.terms import terms
from nutau.eft.tails import TAILS
from nutau.eft.wet.basis import WET
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import unknown

CONVENTIONS = ("published", "physical")
"""The sign of λ_t: its modulus as in the letter, or the signed one."""


@dataclass(frozen=True)
class Constants:
    """What the matching needs; scalars or one per theory draw, ``(...)``.

    ``lambda_t`` is :math:`V_{tb}V_{ts}^*`, ``lambda_td`` :math:`V_{tb}V_{td}^*`.
    ``charm`` and ``up`` are (V_cd, V_cs, V_cb)/V_cb and (V_ud, V_us, V_ub)/V_ub, the weights of the doublets
    that mix into the charged current; ``ckm`` is the whole matrix, for kaons, D mesons and taus.
    """

    v2: Array  # GeV²
    lambda_t: Array
    lambda_td: Array
    charm: tuple[Array, Array, Array]
    up: tuple[Array, Array, Array]
    v_cb: Array
    v_ub: Array
    ckm: Array  # (..., 3, 3)
    alpha: Array
    alpha_s: Array
    m_b: Array  # GeV
    s2w: Array


def constants(par: Mapping[str, Array], scale: float, convention: str = "physical") -> Constants:
    r"""The constants at ``scale`` (GeV): :math:`\alpha_e`, :math:`\alpha_s`, :math:`m_b` run there.

    ``convention="published"`` is the letter's: :math:`|\lambda_t|`, :math:`V_{cs}=1`, no 13 and 33 terms in
    b -> c tau nu. :class:`InputError` for an unknown convention.
    """
    if convention not in CONVENTIONS:
        raise unknown("convention", convention, CONVENTIONS)
    ckm = tree_ckm(par)
    xp = namespace(ckm.cb)
    charm = (ckm.cd / ckm.cb, ckm.cs / ckm.cb, ckm.cb / ckm.cb)
    lambda_t, lambda_td = ckm.lambda_t(), ckm.lambda_t("d")
    if convention == "published":
        charm = (xp.zeros_like(ckm.cb), 1.0 / ckm.cb, xp.zeros_like(ckm.cb))
        lambda_t, lambda_td = (xp.abs(product).astype(complex) for product in (lambda_t, lambda_td))
    return Constants(
        v2=1.0 / (math.sqrt(2.0) * xp.asarray(par["GF"])),
        lambda_t=lambda_t,
        lambda_td=lambda_td,
        charm=charm,
        up=(ckm.ud / ckm.ub, ckm.us / ckm.ub, ckm.ub / ckm.ub),
        v_cb=ckm.cb,
        v_ub=ckm.ub,
        ckm=matrix(ckm),
        alpha=alpha_e(par["alpha_e"], scale),
        alpha_s=alpha_s(par["alpha_s"], scale, 5),
        m_b=bottom_mass(par["m_b"], par["alpha_s"], scale),
        s2w=par["s2w"],
    )


def normalisation(c: Constants) -> Array:
    r""":math:`N = \pi v^2/(\alpha\lambda_t)` in GeV², complex."""
    xp = namespace(c.v2, c.alpha, c.lambda_t)
    return (math.pi * xp.asarray(c.v2) / c.alpha).astype(complex) / c.lambda_t


def _factors(c: Constants) -> dict[str, Array]:
    """The numbers that multiply SMEFT coefficients, complex, by the names the terms use."""
    xp = namespace(c.v2, c.lambda_t, c.lambda_td, c.alpha, c.m_b, c.alpha_s, c.s2w, *c.charm, *c.up)
    v2, alpha, alpha_s, m_b, s2w = (
        xp.asarray(real).astype(complex) for real in (c.v2, c.alpha, c.alpha_s, c.m_b, c.s2w)
    )
    n = math.pi * v2 / (alpha * c.lambda_t)
    dipole = n * xp.sqrt(2.0 * v2) / m_b  # (v/sqrt2)(v²/2)(16 pi²/e)/(lambda_t m_b) is e times this
    factors = {
        "1": xp.ones_like(v2),
        "v2": v2,
        "z_left": 2.0 * s2w - 1.0,
        "z_right": 2.0 * s2w,
        "gamma B": xp.sqrt(0.5 * v2 * (1.0 - s2w)),
        "gamma W": -xp.sqrt(0.5 * v2 * s2w),
        "C7 B": dipole * xp.sqrt(4.0 * math.pi * alpha * (1.0 - s2w)),
        "C7 W": -dipole * xp.sqrt(4.0 * math.pi * alpha * s2w),
        "C8 G": dipole * 4.0 * math.pi * alpha / xp.sqrt(4.0 * math.pi * alpha_s),
        "v2/bc": v2 / c.v_cb,
        "v2/bu": v2 / c.v_ub,
    }
    for quark, strength in (("s", n), ("d", n * c.lambda_t / c.lambda_td)):
        factors |= {
            f"N {quark}": strength,
            f"N/mb {quark}": strength / m_b,
            f"N z {quark}": strength * (4.0 * s2w - 1.0),
        }
    for quark, row in (("c", c.charm), ("u", c.up)):
        factors |= {f"v2 b{quark}{k}": v2 * row[k - 1] for k in (1, 2, 3)}
    return factors | _light_factors(c, v2, n)


def _light_factors(c: Constants, v2: Array, n: Array) -> dict[str, Array]:
    """The numbers of transitions among u, d, s and c; ``n`` is the normalisation of b -> s."""
    xp = namespace(c.ckm, v2)
    v, conj = c.ckm, xp.conj(c.ckm)
    factors = {"N sd": n * c.lambda_t / (v[..., 2, 1] * conj[..., 2, 0])}
    for down, d in (("d", 0), ("s", 1)):
        for up, u in (("u", 0), ("c", 1)):
            over = v2 / v[..., u, d]
            factors[f"v2/{down}{up}"] = over
            factors |= {f"v2 {down}{up}{k + 1}": over * v[..., u, k] for k in range(3)}
    pair = {f"{i + 1}{j + 1}": v[..., 1, i] * conj[..., 0, j] for i in range(3) for j in range(3)}
    factors |= {f"cu {one}": value for one, value in pair.items()}
    factors |= {f"cu {one} {other}": a * b for one, a in pair.items() for other, b in pair.items()}
    return factors


def _elements(c: Constants) -> dict[str, Array]:
    """Products of CKM elements of up and charm quarks, for the amplitudes of the tails."""
    xp = namespace(c.v_cb, c.v_ub, *c.charm, *c.up)
    rows = {1: [c.v_ub * part for part in c.up], 2: [c.v_cb * part for part in c.charm]}
    plain = {element(i, k): row[k - 1] for i, row in rows.items() for k in (1, 2, 3)}
    bars = {conjugate(name): xp.conj(value) for name, value in plain.items()}
    both = {f"{one} {two}": plain[one] * bars[two] for one in plain for two in bars}
    return plain | bars | both


@dataclass(frozen=True)
class _Layout:
    """Where the factors go in a matrix from (C, conj C): entry ``p`` is the sum of its slots."""

    names: tuple[str, ...]
    weights: Array  # (slots, entries)
    factors: Array  # (slots, entries), positions in names
    place: Array  # (m, n or 2n), position of the entry there, or the number of entries for zero


@lru_cache(maxsize=64)
def _layout(source: Basis, target: Basis) -> _Layout:
    cells: dict[tuple[int, int], list[tuple[str, float]]] = {}
    every = (*terms(), *(tail_terms() if any(name in TAILS for name in target.coefficients) else ()))
    for term in every:
        found = entry(term.operator, term.indices)
        if term.target in target and found.key in source:
            conjugate = term.conjugate != found.conjugate and not is_real(found.key)
            cell = target.index(term.target), source.index(found.key) + conjugate * len(source)
            cells.setdefault(cell, []).append((term.factor, term.weight * found.weight))
    names = tuple(sorted({name for parts in cells.values() for name, _ in parts}))
    slots = max((len(parts) for parts in cells.values()), default=1)
    weights, factors = np.zeros((slots, len(cells))), np.zeros((slots, len(cells)), dtype=int)
    width = len(source) * (2 if any(column >= len(source) for _, column in cells) else 1)
    place = np.full((len(target), width), len(cells))
    for position, (cell, parts) in enumerate(cells.items()):
        place[cell] = position
        for slot, (name, weight) in enumerate(parts):
            weights[slot, position], factors[slot, position] = weight, names.index(name)
    return _Layout(names, weights, factors, place)


def tree_level(c: Constants, source: Basis | None = None, target: Basis = WET) -> Affine:
    """The tree-level map from ``source`` (default: the whole Warsaw basis, GeV⁻²) to ``target``.

    Coefficients of ``target`` that dimension six does not reach at tree level are zero. The matrix has the
    draws of ``c`` as leading axes; give the ``source`` that is used when there are many.
    """
    source = warsaw() if source is None else source
    layout = _layout(source, target)
    numbers = _factors(c)
    if any(name not in numbers for name in layout.names):
        numbers |= _elements(c)
    xp = namespace(*numbers.values())
    columns = [xp.asarray(numbers[name]).astype(complex) for name in layout.names]
    if not columns:
        return Affine.from_parts(source, target)
    stacked = xp.stack(xp.broadcast_arrays(*columns), axis=-1)
    values = sum(
        stacked[..., index] * xp.asarray(weight, dtype=complex)
        for weight, index in zip(layout.weights, layout.factors, strict=True)
    )
    padded = xp.concatenate([values, xp.zeros((*values.shape[:-1], 1), dtype=complex)], axis=-1)
    matrix = padded[..., layout.place]
    n = len(source)
    antilinear = matrix[..., n:] if layout.place.shape[1] > n else None
    return Affine.from_parts(source, target, linear=matrix[..., :n], antilinear=antilinear)


def match(wilson: Wilson, c: Constants, target: Basis = WET) -> Wilson:
    """SMEFT coefficients at any scale as WET coefficients at the same scale, without running."""
    matched = tree_level(c, wilson.basis, target)(wilson)
    assert isinstance(matched, Wilson)
    return matched
