r"""What :math:`B\to K\nu\bar\nu` and :math:`B\to K^*\nu\bar\nu` share.

:math:`H=-\frac{4G_F}{\sqrt2}\xi_t\frac{\alpha_e}{4\pi}\sum_{ij}[C_L^{ij}O_L^{ij}+C_R^{ij}O_R^{ij}]`,
:math:`O_{L,R}^{ij}=(\bar s\gamma_\mu P_{L,R}b)(\bar\nu_i\gamma^\mu(1-\gamma_5)\nu_j)` at 4.8 GeV. The nine
pairs of flavours add incoherently; each gives :math:`I_+|C_L+C_R|^2+I_-|C_L-C_R|^2` with integrals of
squared form factors that are common to all (:cite:`Buras:2014fpa`). Without strong phases there is no CP
asymmetry: the CP average is the rate with :math:`|\xi_t|^2`.

With two neutrinos (:data:`nutau.eft.wet.basis.SB_NUNU_SCALAR`) each pair of flavours gives, without interference,
:math:`s\,[I_S|C_{SL}+C_{SR}|^2+I_P|C_{SL}-C_{SR}|^2]+I_T|C_T|^2`, s = 2 for equal flavours and 1 for different ones:
the massless case of :mod:`nutau.decays.invisible.fermions`, with EOS's and :cite:`Felkl:2021uxi`'s operators.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import (
    Nodes,
    ParametersAtNodes,
    Range,
    root_kallen,
    root_map,
)
from nutau.decays.assembly import Amplitude, Term, matrixwise
from nutau.decays.distribution import Distribution, Parts
from nutau.decays.invisible.hadrons import CURRENTS, densities_over_currents
from nutau.decays.semileptonic import Semileptonic
from nutau.eft.algebra import Quadratic
from nutau.eft.ckm import tree_ckm
from nutau.eft.qcd import at_scale_b
from nutau.eft.wet.basis import SB_NUNU, SB_NUNU_SCALAR, SB_NUNU_TENSOR, part
from nutau.eft.wet.standard_model import b_to_s_nunu
from nutau.eft.wilson import Basis
from nutau.inputs import Inputs

NODES = 12

BASIS = part(SB_NUNU, SB_NUNU_SCALAR, SB_NUNU_TENSOR)
VECTORS = len(SB_NUNU)


@dataclass(frozen=True)
class Process(Semileptonic):
    """A decay to two neutrinos of any flavours."""

    @property
    def basis(self) -> Basis:
        """C_L of the nine pairs of flavours, C_R in the same order, then the fifteen of two neutrinos."""
        return BASIS

    @property
    def charged(self) -> bool:
        """Whether the tree-level τ contributes."""
        return self.parent == "m_B+"


def normalisation(par: Mapping[str, Array]) -> tuple[Array, Array]:
    r""":math:`|N|^2` in GeV⁻⁴ and the SM's :math:`C_L`, at 4.8 GeV; shapes of the draws."""
    at = at_scale_b(par)
    xi_t = tree_ckm(par).lambda_t()
    strength = par["GF"] * at.alpha_e / (4.0 * math.pi)
    return 8.0 * strength**2 * namespace(xi_t).abs(xi_t) ** 2, b_to_s_nunu(par, at)


def quadrature(inputs: Inputs, par: ParametersAtNodes, process: Process, q2_range: Range) -> Nodes:
    """Nodes over the bin; :class:`InputError` if it is empty or leaves phase space at the central masses."""
    low, high = process.bin(inputs, par, q2_range)
    return root_map(low, high, process.edges(par)[1], NODES, par.rank)


Squared = Callable[[Inputs, ParametersAtNodes, Process, Array], tuple[Array, ...]]
"""Squared form factors of a decay at nodes in q², each with its kinematics but without :math:`|N|^2`."""


def integrated(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range, squared: Squared
) -> tuple[Array, list[Array]]:
    r"""The SM's :math:`C_L`, and the squared form factors times :math:`|N|^2`, integrated over a bin."""
    at_nodes = ParametersAtNodes(par)
    nodes = quadrature(inputs, at_nodes, process, q2_range)
    norm, c_sm = normalisation(par)
    terms = squared(inputs, at_nodes, process, nodes.q2)
    return c_sm, [norm * namespace(term).sum(nodes.weights * term, axis=-1) for term in terms]


def at_points(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array, squared: Squared
) -> tuple[Array, list[Array]]:
    """The same per GeV² at ``q2`` ``(nodes,)``; :class:`InputError` for q² outside phase space."""
    process.check_points(inputs, q2)
    at_nodes = ParametersAtNodes(par)
    norm, c_sm = normalisation(at_nodes)
    return c_sm, [norm * term for term in squared(inputs, at_nodes, process, at_nodes.row(q2))]


@dataclass(frozen=True)
class Beyond:
    r""":math:`I_S`, :math:`I_P` and :math:`I_T` of two neutrinos, ``(...)``; ``None`` is zero."""

    scalar: Array | None = None
    pseudoscalar: Array | None = None
    tensor: Array | None = None


def beyond(
    quarks: tuple[Array, Array],
    kind: str,
    masses: tuple[Array, Array],
    ff: Mapping[str, Array],
    q2: Array,
) -> tuple[Array, Array, Array, Array]:
    r""":math:`I_S`, :math:`I_P`, and :math:`I_T` longitudinal and transverse, at nodes, but for :math:`|N|^2`.

    ``quarks`` are m_b and m_s (:func:`quark_masses`), ``kind`` is that of
    :data:`nutau.decays.invisible.hadrons.CURRENTS`, ``masses`` are those of both hadrons.
    """
    found, common = CURRENTS[kind](*masses, ff, q2), space(masses, q2)
    zero, density = 0.0 * common, densities_over_currents(quarks)
    scalar, pseudoscalar = (
        common * q2 * (density[parity] * found.timelike[parity]) ** 2 if parity in found.timelike else zero
        for parity in density
    )
    along, across = (
        16.0
        / 3.0
        * common
        * sum((wave.tensor**2 for wave in found.waves if wave.longitudinal is long), start=zero)
        for long in (True, False)
    )
    return scalar, pseudoscalar, along, across


def space(masses: tuple[Array, Array], q2: Array) -> Array:
    r""":math:`\sqrt\lambda/256\pi^3M^3`, before the squares of the matrix elements."""
    return root_kallen(*masses, q2) / (256.0 * math.pi**3 * masses[0] ** 3)


def quark_masses(par: Mapping[str, Array]) -> tuple[Array, Array]:
    """m_b and m_s at 4.8 GeV, which scalar densities are divided by."""
    at = at_scale_b(par)
    return at.m_b, at.m_s


def form(c_sm: Array, plus: Array | None, minus: Array | None, more: Beyond) -> Quadratic:
    r""":math:`\sum_{ij}I_+|C_L+C_R|^2+I_-|C_L-C_R|^2` with :math:`C_L^{ii}=C_L^{SM}+` new physics, and two neutrinos.

    ``plus``, ``minus``: :math:`I_\pm` ``(...)``; ``c_sm`` broadcasts with them.
    """
    return Quadratic(_both(_combined(c_sm, plus, minus, _pattern), more), BASIS)


def distribution(c_sm: float, parts: Parts) -> Distribution:
    """A distribution of :func:`pairs`, whose Standard Model is 1."""
    scale = np.ones(1 + len(BASIS))
    scale[0] = c_sm
    return Distribution(parts, (np.diag(scale),))


def pairs(plus: Array | None, minus: Array | None, more: Beyond) -> list[Term]:
    """The same for unit SM coefficient as a sum of squares: of each pair of flavours, and of two neutrinos."""
    found = []
    for integral, sign in ((plus, 1.0), (minus, -1.0)):
        if integral is not None:
            rows = (np.pad(_row(i, j, sign), (0, len(BASIS) - VECTORS)) for i, j in np.ndindex(3, 3))
            found += [_square(integral, row) for row in rows]
    for integral, pattern in zip(
        (more.scalar, more.pseudoscalar, more.tensor), _beyond_patterns(), strict=True
    ):
        if integral is not None:
            sizes, vectors = np.linalg.eigh(pattern)
            rows = (
                np.pad(row, (1 + VECTORS, 0)) for row in vectors.T * np.sqrt(np.maximum(sizes, 0.0))[:, None]
            )
            found += [_square(integral, row) for row in rows if np.any(row)]
    return found


def _square(integral: Array, row: Array) -> Term:
    """The square of one combination of coefficients, the same at all nodes."""
    return Term(integral, Amplitude(np.ones((1, 1)), row[None] + 0j))


def time_integrated(
    c_sm: Array, y: Array, plus: Array | None, minus: Array | None, more: Beyond
) -> Quadratic:
    r"""The same for a :math:`B_s` decay at any time, on :math:`(1, C, C^*)` (:mod:`nutau.decays.bs_mixing`).

    A :math:`B_s` and its conjugate meet in :math:`\nu_i\bar\nu_j` with :math:`C^{ij}` and :math:`C^{ji*}`, of
    parity -1 in the amplitude with :math:`C_L+C_R`. They do not in two neutrinos, of which these operators give one
    sign of lepton number.
    """
    prompt = _combined(c_sm, plus, minus, lambda sign: np.pad(_pattern(sign), (0, VECTORS)))
    crossed = _combined(c_sm, plus, minus, _crossed_pattern)
    y = matrixwise(y)
    matrix = (prompt - y * crossed) / (1.0 - y * y)
    size = 1 + VECTORS
    direct = _both(matrix[..., :size, :size], more, 1.0 / (1.0 - y * y))
    xp = namespace(direct)
    return Quadratic(_conjugates(xp, matrix, direct), BASIS)


def _conjugates(xp: Any, matrix: Array, direct: Array) -> Array:
    """``matrix`` of the vectors on (1, C, C*) with what ``direct`` has for all coefficients on (1, C)."""
    own, size = len(BASIS), 1 + len(BASIS)
    where = [*range(1 + VECTORS), *range(size, size + VECTORS)]
    table = np.full(size + own, matrix.shape[-1])
    table[where] = np.arange(matrix.shape[-1])
    axes = [(0, 0)] * (matrix.ndim - 2)
    padded = xp.pad(matrix.astype(complex), [*axes, (0, 1), (0, 1)])
    wide = xp.take(xp.take(padded, table, axis=-1), table, axis=-2)
    rest = xp.pad(direct[..., 1 + VECTORS :, 1 + VECTORS :], [*axes, (1 + VECTORS, own), (1 + VECTORS, own)])
    return wide + rest


def _both(vectors: Array, more: Beyond, factor: Array = 1.0) -> Array:
    """The form of vectors ``(..., 19, 19)`` with that of two neutrinos, times ``factor``, beside it."""
    given = [
        (integral, pattern)
        for integral, pattern in zip(
            (more.scalar, more.pseudoscalar, more.tensor), _beyond_patterns(), strict=True
        )
        if integral is not None
    ]
    xp = namespace(vectors, *(integral for integral, _ in given))
    batch, rest = vectors.shape[:-2], len(BASIS) - VECTORS
    integrals = xp.stack([xp.broadcast_to(xp.asarray(value), batch) for value, _ in given], axis=-1)
    patterns = xp.asarray(np.stack([pattern.ravel() for _, pattern in given]))
    block = factor * xp.reshape(xp.matmul(integrals, patterns), (*batch, rest, rest))
    if xp is np:
        matrix = np.zeros((*batch, 1 + len(BASIS), 1 + len(BASIS)), dtype=complex)
        matrix[..., : 1 + VECTORS, : 1 + VECTORS] = vectors
        matrix[..., 1 + VECTORS :, 1 + VECTORS :] = block
        return matrix
    axes = [(0, 0)] * len(batch)
    return xp.pad(vectors.astype(complex), [*axes, (0, rest), (0, rest)]) + xp.pad(
        block.astype(complex), [*axes, (1 + VECTORS, 0), (1 + VECTORS, 0)]
    )


@cache
def _beyond_patterns() -> tuple[Array, Array, Array]:
    """The forms on the scalar and tensor coefficients for unit integrals, ``(15, 15)``."""
    pairs = [(i, j) for i in range(3) for j in range(i, 3)]
    copies = np.diag([2.0 if i == j else 1.0 for i, j in pairs])
    scalar, pseudoscalar = (
        np.pad(np.kron(np.array([[1.0, sign], [sign, 1.0]]), copies), (0, 3)) for sign in (1.0, -1.0)
    )
    return scalar, pseudoscalar, np.diag([0.0] * 12 + [1.0] * 3)


def _combined(
    c_sm: Array, plus: Array | None, minus: Array | None, pattern: Callable[[float], Array]
) -> Array:
    present = [item for item in (plus, minus) if item is not None]
    xp = namespace(c_sm, *present)
    batch = np.broadcast_shapes(np.shape(c_sm), *(np.shape(item) for item in present))
    size = pattern(1.0).shape[-1]
    c_sm = xp.broadcast_to(xp.asarray(c_sm), batch)[..., None]
    scale = xp.concatenate([c_sm, xp.ones((*batch, size - 1))], axis=-1)
    total: Array = 0.0
    for integral, sign in ((plus, 1.0), (minus, -1.0)):
        if integral is not None:
            integral = xp.broadcast_to(integral, batch)[..., None, None]
            total = total + integral * xp.broadcast_to(xp.asarray(pattern(sign)), (*batch, size, size))
    return total * scale[..., :, None] * scale[..., None, :]


def _row(i: int, j: int, sign: float) -> Array:
    """C_L + sign C_R of a pair of flavours, for unit SM coefficient, as a row on (1, C)."""
    row = np.zeros(19)
    row[0] = 1.0 if i == j else 0.0
    row[[1 + 3 * i + j, 10 + 3 * i + j]] = 1.0, sign
    return row


def _pattern(sign: float) -> Array:
    """The form of all pairs for unit integral and unit SM coefficient, ``(19, 19)``."""
    return sum(np.outer(_row(i, j, sign), _row(i, j, sign)) for i, j in np.ndindex(3, 3))


def _crossed_pattern(sign: float) -> Array:
    """Parity times the real part of (pair ij) (pair ji), on (1, C, C*), ``(37, 37)``."""
    total = np.zeros((37, 37))
    for i, j in np.ndindex(3, 3):
        conjugate = np.insert(_row(i, j, sign), [1] * 18, 0.0)
        total += np.outer(conjugate, np.pad(_row(j, i, sign), (0, 18)))
    return -sign * 0.5 * (total + total.T)
