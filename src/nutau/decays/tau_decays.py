r"""Leptonic and radiative tau decays.

:math:`\tau\to3\mu`: with :math:`L=\sum_{ab}C_{ab}(\bar\mu\gamma^\alpha P_a\tau)(\bar\mu\gamma_\alpha P_b\mu)`
and massless muons

.. math:: \Gamma=\frac{m_\tau^5}{1536\pi^3}\big(2|C_{LL}|^2+2|C_{RR}|^2+|C_{LR}|^2+|C_{RL}|^2\big),

:cite:`Kuno:1999jp`; here the muon mass is kept, which takes 8 % off and makes the chiralities interfere.

:math:`\tau\to\ell\nu\bar\nu`: :math:`\Gamma=\frac{G_F^2m_\tau^5}{192\pi^3}F(x)\big[1+\frac{\alpha}{2\pi}
(\frac{25}4-\pi^2)\big]\sum_{ij}|\delta_{SM}-\frac{v^2}2C_{ij}|^2`, :math:`x=m_\ell^2/m_\tau^2`,
:cite:`Pich:2013lsa`.

:math:`\tau\to\ell\gamma`: :math:`\Gamma=\frac{m_\tau^3}{4\pi}(1-x)^3\big(|C_{\tau\ell}|^2+|C_{\ell\tau}|^2\big)` of
the dipoles, which run below :math:`m_Z`. A photon that makes two muons adds
:math:`\frac{\alpha}{3\pi}(\ln\frac{m_\tau^2}{m_\mu^2}-\frac{11}4)=0.0023` of :math:`\tau\to\mu\gamma` to
:math:`\tau\to3\mu` (:cite:`Kuno:1999jp`), below what the limit on the former allows to see, and is left out.

Four-lepton coefficients (:mod:`nutau.eft.wet.leptons`, GeV\ :sup:`-2`) run by QED alone, less than
1 %, and are not run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import ParametersAtNodes, root_kallen, sine_map
from nutau.eft.algebra import Quadratic
from nutau.eft.qcd import alpha_e
from nutau.eft.wet.leptons import TAU_3MU, TAU_EGAMMA, TAU_ENUNU, TAU_MUGAMMA, TAU_MUNUNU
from nutau.eft.wilson import Basis
from nutau.inputs import Inputs

NODES = 24
"""Gauss-Legendre nodes of the invariant mass of two muons; 1e-10 of the rate."""

TAU_SCALE = 1.777
"""GeV, where alpha of the radiative correction is taken."""


@dataclass(frozen=True)
class Process:
    """A tau decay; rates are in GeV, branching ratios these times the parameter ``lifetime``."""

    name: str
    lepton: str
    coefficients: tuple[str, ...]
    lifetime: str = "tau_tau"

    @property
    def basis(self) -> Basis:
        """The coefficients of this decay."""
        return Basis("WET", "flavio", self.coefficients)


PROCESSES = (
    Process("tau->mumumu", "mu", TAU_3MU),
    Process("tau->mununu", "mu", TAU_MUNUNU),
    Process("tau->enunu", "e", TAU_ENUNU),
    Process("tau->mugamma", "mu", TAU_MUGAMMA),
    Process("tau->egamma", "e", TAU_EGAMMA),
)


def forms(inputs: Inputs, par: Mapping[str, Array], process: Process) -> dict[str, Quadratic]:
    """``rate``: the width in GeV as a form of the process's coefficients."""
    del inputs
    if process.coefficients == TAU_3MU:
        matrix = _three_muons(par)
    elif process.coefficients in (TAU_MUGAMMA, TAU_EGAMMA):
        matrix = _photon(par, process)
    else:
        matrix = _neutrinos(par, process)
    return {"rate": Quadratic(matrix.astype(complex), process.basis)}


def _photon(par: Mapping[str, Array], process: Process) -> Array:
    """The form of a radiative decay, ``(..., 3, 3)``; there is no SM."""
    mass = par["m_tau"]
    xp = namespace(mass)
    x = (par[f"m_{process.lepton}"] / mass) ** 2
    width = xp.asarray(mass**3 / (4.0 * math.pi) * (1.0 - x) ** 3)
    return width[..., None, None] * np.diag([0.0, 1.0, 1.0])


# In the order of TAU_3MU: chirality of the current with the tau, then of the muon current.
_CHIRALITIES = ("LL", "RR", "RL", "LR")


def _three_muons(par: Mapping[str, Array]) -> Array:
    r"""The form of :math:`\tau\to3\mu`, ``(..., 5, 5)``; there is no SM.

    Spin sums with the muon mass m: with p1, p2 the muons, p3 the antimuon and P the tau, summed over
    exchange,

        LL LL  64 (p1.p2)(P.p3)                 LR LR  32 (p1.p3)(P.p2) - 16 m² P.p3
        LL LR  32 m² P.p1                       LL RL  -32 m M p1.p3
        LL RR  -64 m³M                          LR RL  16 m M p1.p2 - 32 m³M

    and the same with L and R exchanged.
    """
    at_nodes = ParametersAtNodes(par)
    heavy, light = at_nodes["m_tau"], at_nodes["m_mu"]
    low, high = (2.0 * light) ** 2, (heavy - light) ** 2
    rule = sine_map(low, high, (low, high), NODES, at_nodes.rank)
    s = rule.q2
    xp = namespace(s)
    pair, single = 0.5 * s - light**2, 0.5 * (heavy**2 + light**2 - s)  # p_i.p_j and P.p_k, s = (p_i + p_j)²
    volume = rule.weights * root_kallen(heavy, light, s) * root_kallen(light, light, s) / s
    width = volume / (1024.0 * math.pi**3 * heavy**3)

    def integral(value: Array) -> Array:
        return xp.sum(width * value, axis=-1)

    m, mass = light, heavy
    opposite = integral(32.0 * pair * single - 16.0 * m**2 * single)
    elements = {
        ("LL", "LL"): integral(64.0 * pair * single),
        ("LR", "LR"): opposite,
        ("LL", "LR"): integral(32.0 * m**2 * single),
        ("LL", "RL"): integral(-32.0 * m * mass * pair),
        ("LL", "RR"): integral(-64.0 * m**3 * mass * xp.ones_like(s)),
        ("LR", "RL"): integral(16.0 * m * mass * pair - 32.0 * m**3 * mass),
    }
    zero = xp.zeros_like(opposite)
    rows = [[zero] * 5] + [[zero, *(_element(elements, a, b) for b in _CHIRALITIES)] for a in _CHIRALITIES]
    return xp.stack([xp.stack(row, axis=-1) for row in rows], axis=-2)


def _element(elements: Mapping[tuple[str, str], Array], a: str, b: str) -> Array:
    """An entry by the symmetries: parity (L with R) and the order of the two."""
    mirror = str.maketrans("LR", "RL")
    c, d = a.translate(mirror), b.translate(mirror)
    return next(elements[key] for key in ((a, b), (b, a), (c, d), (d, c)) if key in elements)


def _neutrinos(par: Mapping[str, Array], process: Process) -> Array:
    """The form of a leptonic decay, ``(..., 10, 10)``: nine pairs of neutrinos, the SM in one of them."""
    mass, gf = par["m_tau"], par["GF"]
    xp = namespace(mass, gf)
    x = (par[f"m_{process.lepton}"] / mass) ** 2
    radiative = 1.0 + alpha_e(par["alpha_e"], TAU_SCALE) / (2.0 * math.pi) * (25.0 / 4.0 - math.pi**2)
    width = xp.asarray(gf**2 * mass**5 / (192.0 * math.pi**3) * phase_space(x) * radiative)
    amplitude = xp.asarray(-1.0 / (2.0 * math.sqrt(2.0) * gf))  # what multiplies C when the SM is 1
    n = len(process.basis)
    where = 1 + process.basis.index(f"CVLL_nutaunu{process.lepton}{process.lepton}tau")
    unit = np.eye(1 + n)
    sm = np.outer(unit[0], unit[0])
    crossed = np.outer(unit[0], unit[where]) + np.outer(unit[where], unit[0])
    squares = np.eye(1 + n) - sm
    amplitude, width = amplitude[..., None, None], width[..., None, None]
    return width * (sm + amplitude * crossed + amplitude**2 * squares)


def phase_space(x: Array) -> Array:
    r""":math:`F(x)=1-8x+8x^3-x^4-12x^2\ln x`."""
    return 1.0 - 8.0 * x + 8.0 * x**3 - x**4 - 12.0 * x**2 * namespace(x).log(x)
