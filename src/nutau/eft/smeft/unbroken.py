r"""Gauge and Yukawa couplings of the Standard Model at a scale above the weak one, in the down-aligned Warsaw basis.

With :math:`L=-\bar QY_u\tilde\varphi u-\bar QY_d\varphi d-\bar LY_e\varphi e`, :math:`\varphi^2\to v^2/2`:
:math:`Y_u=V^\dagger\,\mathrm{diag}(y_u)`, :math:`Y_d` and :math:`Y_e` diagonal, :math:`y=\sqrt2\,m/v`.

Gauge couplings run at one loop, :math:`g_i^{-2}(\mu)=g_i^{-2}(\mu_0)-\frac{b_i}{8\pi^2}\ln\frac\mu{\mu_0}` with
:math:`b=(41/6,-19/6,-7)`; quark masses by QCD, three loops up to :math:`m_t` and :math:`\alpha_s^{4/7}` above.
Running of the Yukawa couplings by others than QCD, 4 % of :math:`y_t` and 2 % of :math:`y_\tau` at 2 TeV, is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from nutau.common.arrays import Array, namespace
from nutau.eft.ckm import matrix, tree_ckm
from nutau.eft.qcd import (
    B_MATCHING,
    REFERENCE_SCALE,
    alpha_s,
    bottom_mass,
    charm_mass,
    strange_mass,
    top_mass,
)

BETA = (41.0 / 6.0, -19.0 / 6.0, -7.0)
MASS_POWER = 4.0 / 7.0
"""Of alpha_s with six flavours in a quark mass."""


class Unbroken(NamedTuple):
    """Couplings at a scale: of the gauge groups ``(...)`` and Yukawa matrices ``(..., 3, 3)``."""

    g1: Array
    g2: Array
    g3: Array
    up: Array
    down: Array
    leptons: Array
    threshold: Array | float = 0.0
    """:math:`\\ln m_t^2/m_Z^2`."""


def unbroken(par: Mapping[str, Array], scale: Array) -> Unbroken:
    """The couplings at ``scale`` (GeV, ``(...)``) from the parameters of an input set."""
    xp = namespace(scale, *(par[name] for name in ("alpha_s", "m_t", "Vcb")))
    scale = xp.asarray(scale, dtype=float)
    weak = 4.0 * math.pi * par["alpha_e"]
    top = top_mass(par["m_t"], par["alpha_s"])
    at_top = alpha_s(par["alpha_s"], top, 5)
    starts = (
        (weak / (1.0 - par["s2w"]), REFERENCE_SCALE),
        (weak / par["s2w"], REFERENCE_SCALE),
        (4.0 * math.pi * at_top, top),
    )
    squares = [
        1.0 / (1.0 / square - b / (8.0 * math.pi**2) * xp.log(scale / start))
        for (square, start), b in zip(starts, BETA, strict=True)
    ]
    factor = (squares[2] / starts[2][0]) ** MASS_POWER
    to_yukawa = xp.sqrt(2.0 * math.sqrt(2.0) * xp.asarray(par["GF"]))
    bottom = bottom_mass(par["m_b"], par["alpha_s"], B_MATCHING)
    below = bottom_mass(par["m_b"], par["alpha_s"], top) / bottom

    def diagonal(*masses: Array) -> Array:
        rows = [m * to_yukawa * xp.ones_like(factor) for m in masses]
        return xp.stack(rows, axis=-1)[..., None] * xp.eye(3)

    light = (strange_mass(par[name], par["alpha_s"]) * below * factor for name in ("m_d", "m_s"))
    charm = charm_mass(par["m_c"], par["alpha_s"]) * below * factor
    ckm = matrix(tree_ckm(par))
    up = diagonal(0.0, charm, top * factor).astype(complex)
    g1, g2, g3 = map(xp.sqrt, squares)
    return Unbroken(
        g1,
        g2,
        g3,
        up=xp.conj(ckm).swapaxes(-1, -2) @ up,
        down=diagonal(*light, bottom * below * factor).astype(complex),
        leptons=diagonal(*(par[name] for name in ("m_e", "m_mu", "m_tau"))).astype(complex),
        threshold=2.0 * xp.log(top / REFERENCE_SCALE),
    )
