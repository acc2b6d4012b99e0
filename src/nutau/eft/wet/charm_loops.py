r"""Matrix elements of four-quark operators in b → s ℓ ℓ: what they add to :math:`C_7` and :math:`C_9`.

.. math::
    c_7(q^2) = C_7^{eff} + \delta_7, \qquad c_9(q^2) = C_9 + Y_t + r Y_u + \delta_9, \qquad r = \xi_u/\xi_t,

one loop: Eq. (10) of :cite:`Altmannshofer:2008dz` and Eq. (43) of :cite:`Beneke:2004dp`; two loops,
:math:`\delta_k=-\frac{\alpha_s}{4\pi}[T_k-r U_k]`: :math:`O_{1,2}` with charm :cite:`Greub:2008cy`, with up
quarks :cite:`Seidel:2004jh`, :math:`O_8` :cite:`Asatrian:2003vq`. No resonances: numbers are short-distance.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from nutau.common.arrays import Array, cartesian, namespace
from nutau.common.kinematics import safe_sqrt
from nutau.common.yaml_files import folder
from nutau.eft.qcd import AtScaleB
from nutau.eft.wet.charm_parts import cells, hermite, rest
from nutau.eft.wet.standard_model import BToS
from nutau.eft.wet.up_quark_loops import up_quark


@dataclass(frozen=True)
class Effective:
    r""":math:`c_k(q^2)=` ``c7 + r * c7_up``, :math:`r=\xi_u/\xi_t`, and :math:`r^*` for the CP conjugate.

    Complex, of the shape of q². The last two multiply new physics in C8.
    """

    c7: Array
    c7_up: Array
    c9: Array
    c9_up: Array
    c7_gluon: Array
    c9_gluon: Array


def effective(
    par: Mapping[str, Array], at: AtScaleB, sm: BToS, q2: Array, *, linear: bool = False, charm: bool = True
) -> Effective:
    """The effective coefficients of the SM at ``q2`` ``(..., nodes)``, above zero.

    ``linear`` interpolates the two-loop table linearly in q², as flavio; by default with cubic splines, which
    moves rates by 1e-4 at most and has no kinks. Without ``charm`` the loops are left out in which the photon comes
    from the charm quark (:mod:`nutau.eft.wet.charm_parts`).
    """
    c1, c2 = sm.current[:2]
    if charm:
        seven, nine = two_loop(at, sm, par["m_c BVgamma"], q2, linear=linear)
    else:
        seven, nine = rest(at, sm, par["m_c BVgamma"], q2)
    up17, up27, up19, up29 = up_quark(at, q2)
    f87, f89 = gluonic(at, q2)
    top, up = one_loop(at, sm, q2, charm=charm)
    strength = cartesian(at.alpha_s / (4.0 * math.pi), 0.0)
    return Effective(
        c7=sm.c7eff - strength * (sm.c8eff * f87 + seven),
        c7_up=strength * (seven + c1 * up17 + c2 * up27),
        c9=sm.c9 + top - strength * (sm.c8eff * f89 + nine),
        c9_up=up + strength * (nine + c1 * up19 + c2 * up29),
        c7_gluon=-strength * f87,
        c9_gluon=-strength * f89,
    )


def one_loop(at: AtScaleB, sm: BToS, q2: Array, *, charm: bool = True) -> tuple[Array, Array]:
    r""":math:`Y_t` and :math:`Y_u`, with pole masses in the loops."""
    c1, c2, c3, c4, c5, c6 = sm.current
    bottom = fermion_loop(q2, at.m_b_pole, at.scale)
    heavy = fermion_loop(q2, at.m_c_pole, at.scale) if charm else 0.0 * bottom
    light = massless_loop(q2, at.scale)
    top = (
        heavy * (4.0 / 3.0 * c1 + c2 + 6.0 * c3 + 60.0 * c5)
        - 0.5 * bottom * (7.0 * c3 + 4.0 / 3.0 * c4 + 76.0 * c5 + 64.0 / 3.0 * c6)
        - 0.5 * light * (c3 + 4.0 / 3.0 * c4 + 16.0 * c5 + 64.0 / 3.0 * c6)
        + (4.0 / 3.0 * c3 + 64.0 / 9.0 * c5 + 64.0 / 27.0 * c6)
    )
    return top, (4.0 / 3.0 * c1 + c2) * (heavy - light)


def fermion_loop(q2: Array, mass: Array, scale: float) -> Array:
    """The one-loop function h(q², m), Eq. (11) of :cite:`Beneke:2001at`; complex above 4m²."""
    xp = namespace(q2, mass)
    z = 4.0 * mass * mass / q2
    root = safe_sqrt(xp.abs(z - 1.0))
    below = z > 1.0
    angle = xp.arctan(1.0 / xp.where(below & (root > 0.0), root, 1.0))
    logarithm = xp.log((1.0 + xp.where(below, 0.0, root)) / xp.sqrt(z))
    slope = -4.0 / 9.0 * (2.0 + z) * root
    real = -8.0 / 9.0 * xp.log(mass / scale) + 8.0 / 27.0 + 4.0 / 9.0 * z
    real = real + slope * xp.where(below, angle, logarithm)
    return cartesian(real, xp.where(below, 0.0, -0.5 * math.pi * slope))


def massless_loop(q2: Array, scale: float) -> Array:
    r""":math:`h(q^2,0)=\frac{8}{27}+\frac{4\pi i}{9}-\frac49\ln\frac{q^2}{\mu^2}`."""
    real = 8.0 / 27.0 - 4.0 / 9.0 * namespace(q2).log(q2 / scale**2)
    return cartesian(real, 4.0 * math.pi / 9.0)


def gluonic(at: AtScaleB, q2: Array) -> tuple[Array, Array]:
    """F_8^(7) and F_8^(9), expanded in s = q²/m_b²: Eqs. (40) and (39) of :cite:`Asatrian:2003vq`."""
    xp = namespace(q2, at.m_b_pole)
    s = q2 / (at.m_b_pole * at.m_b_pole)
    log_s, pi2 = xp.log(s), math.pi**2
    seven = (
        -32.0 / 9.0 * xp.log(at.scale / at.m_b_pole)
        + (8.0 / 27.0 * pi2 - 44.0 / 9.0)
        + s * (4.0 / 3.0 * pi2 - 40.0 / 3.0)
        + s * s * (32.0 / 9.0 * pi2 - 316.0 / 9.0 + s * (200.0 / 27.0 * pi2 - 658.0 / 9.0))
        - 8.0 / 9.0 * log_s * s * (1.0 + s * (1.0 + s))
    )
    nine = (
        (104.0 / 9.0 - 32.0 / 27.0 * pi2)
        + s * (1184.0 / 27.0 - 40.0 / 9.0 * pi2)
        + s * s * (14212.0 / 135.0 - 32.0 / 3.0 * pi2 + s * (193444.0 / 945.0 - 560.0 / 27.0 * pi2))
        + 16.0 / 9.0 * log_s * (1.0 + s * (1.0 + s * (1.0 + s)))
    )
    return cartesian(seven, -8.0 / 9.0 * math.pi), nine.astype(complex)


@dataclass(frozen=True)
class _Grid:
    """Value, slope, value, slope at the two ends of each cell in s: ``(4, muh, z, cell, 4)``."""

    muh: Array
    z: Array
    s: Array
    cells: Array


@cache
def _grid() -> _Grid:
    content = folder("standard_model").joinpath("two_loop_functions.npz").read_bytes()
    with np.load(io.BytesIO(content)) as data:
        return _Grid(data["muh"], data["z"], data["s"], cells(data["values"], data["slopes"]))


def two_loop(
    at: AtScaleB, sm: BToS, m_c_photon: Array, q2: Array, *, linear: bool = False
) -> tuple[Array, Array]:
    r""":math:`C_1F_1^{(k)}+C_2F_2^{(k)}` for k = 7, 9 from the table of :cite:`Greub:2008cy`.

    The charm mass is ``m_c_photon`` (the parameter "m_c BVgamma") for k = 7 and the pole mass for k = 9.
    Linear in μ/m_b and m_c²/m_b² (beyond 0.05 to 0.15, too); in s = q²/m_b² cubic or ``linear``.
    """
    grid = _grid()
    xp = namespace(q2, at.m_b_pole, at.m_c_pole, m_c_photon)
    m_b2 = at.m_b_pole * at.m_b_pole
    s = q2 / m_b2
    k, t = _locate(xp, grid.s, s)
    weights = _along(xp, t, float(grid.s[1] - grid.s[0]), linear)
    results = []
    for first, mass in ((0, m_c_photon), (2, at.m_c_pole)):
        table = xp.asarray(sm.current[0] * grid.cells[first] + sm.current[1] * grid.cells[first + 1])
        i, u = _locate(xp, grid.muh, at.scale / at.m_b_pole)
        j, v = _locate(xp, grid.z, mass * mass / m_b2)
        total = 0.0
        for a, b in np.ndindex(2, 2):
            corner = (u if a else 1.0 - u) * (v if b else 1.0 - v)
            corner = cartesian(corner + xp.zeros_like(s), 0.0)
            total = total + corner[..., None] * table[i + a, j + b, k]
        results.append(xp.sum(total * weights.astype(complex), axis=-1))
    return results[0], results[1] / s.astype(complex)


def _locate(xp: Any, axis: Array, x: Array) -> tuple[Array, Array]:
    """Cell of ``x`` on an equidistant axis and the position in it (outside 0 to 1 beyond the ends)."""
    step = float(axis[1] - axis[0])
    scaled = (xp.asarray(x) - float(axis[0])) / step
    cell = xp.clip(xp.floor(scaled), 0, len(axis) - 2)
    return cell.astype(int), scaled - cell


def _along(xp: Any, t: Array, step: float, linear: bool) -> Array:
    """Weights of value, slope, value, slope at the ends of a cell, linear or Hermite's; ``(..., 4)``."""
    if linear:
        return xp.stack([1.0 - t, xp.zeros_like(t), t, xp.zeros_like(t)], axis=-1)
    return hermite(xp, t, step)
