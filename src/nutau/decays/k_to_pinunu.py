r""":math:`K^+\to\pi^+\nu\bar\nu` and :math:`K_L\to\pi^0\nu\bar\nu`.

With :math:`\lambda_q=V_{qs}V_{qd}^*` and the nine pairs of neutrino flavours, which add incoherently,

.. math::
    \mathcal B(K^+)=\frac{\tilde\kappa_+}{3|V_{us}|^2}\,r\sum_{ij}|X_{ij}|^2,\qquad
    \mathcal B(K_L)=\frac{\tilde\kappa_L}{3|V_{us}|^2}\,r\sum_{ij}(\mathrm{Im}\,X_{ij})^2,\\
    X_{ij}=\lambda_t\Big[X_t\delta_{ij}-s_W^2\frac{\alpha_e(\mu)}{\alpha_e(m_Z)}(C_L^{ij}+C_R^{ij})\Big]
    +\delta_{ij}\lambda_c|V_{us}|^4(P_c+\delta P_{c,u}),\\
    r=\Big(\frac{0.231}{s_W^2}\Big)^2\frac{(127.9\,\alpha_e(m_Z))^2}{0.225^8},\qquad
    P_c=0.379\Big(\frac{m_c}{1.3}\Big)^{2.155}\Big(\frac{\alpha_s}{0.1187}\Big)^{-1.417},

:cite:`Buras:2015qea`, :math:`\tilde\kappa` and r of :cite:`Mescia:2007kn`, :math:`P_c` of
:cite:`Buras:2006gb`. The coefficients are those of :data:`nutau.eft.wet.basis.SD_NUNU` at
:math:`\mu=4.8` GeV; :math:`\alpha_eC` does not run.
flavio has charm times :math:`\alpha_e(2)/\alpha_e(m_Z)`, 5 % less, and the complex conjugate of the coefficients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.eft.algebra import Quadratic
from nutau.eft.ckm import tree_ckm
from nutau.eft.qcd import alpha_e
from nutau.eft.wet.basis import MU_B, SD_NUNU, part
from nutau.eft.wilson import Basis
from nutau.inputs import Inputs

PAIRS = len(SD_NUNU) // 2
OWN = tuple(i for i, name in enumerate(SD_NUNU[:PAIRS]) if len(set(name.split("_sdnu")[1].split("nu"))) == 1)
"""The pairs of a neutrino and an antineutrino of one flavour, which the Standard Model has."""


@dataclass(frozen=True)
class Process:
    """A decay, and the parameter of its form factor."""

    name: str
    parent: str
    kappa: str

    @property
    def basis(self) -> Basis:
        """C_L of the nine pairs, then C_R in the same order."""
        return part(SD_NUNU)


PROCESSES = (
    Process("K+->pinunu", "m_K+", "kappa_plus_tilde"),
    Process("KL->pinunu", "m_K0", "kappa_L_tilde"),
)


def forms(inputs: Inputs, par: Mapping[str, Array], process: Process) -> dict[str, Quadratic]:
    """``branching``: the branching ratio, as a form of (1, C), of the K_L of (1, C, C*)."""
    del inputs
    amplitudes = _amplitudes(par)
    if process.name.startswith("KL"):
        amplitudes = _imaginary(amplitudes)
    size = par[process.kappa] / (3.0 * par["Vus"] ** 2) / 0.225**8
    size = size * (0.231 / par["s2w"]) ** 2 * (127.9 * par["alpha_e"]) ** 2
    weights = namespace(size).asarray(size)[..., None] * np.ones(PAIRS)
    return {"branching": Quadratic.from_amplitudes(amplitudes, weights, process.basis)}


def _amplitudes(par: Mapping[str, Array]) -> Array:
    """X of each pair as a row on (1, C), ``(..., 9, 19)``."""
    ckm = tree_ckm(par)
    xp = namespace(ckm.cb, *(par[name] for name in ("alpha_e", "s2w", "m_c", "alpha_s", "deltaPcu")))
    lambda_t, lambda_c = ckm.ts * xp.conj(ckm.td), ckm.cs * xp.conj(ckm.cd)
    charm = par["Vus"] ** 4 * (charm_function(par) + par["deltaPcu"])
    top, new = par["Xt_di->djnunu"], -par["s2w"] * alpha_e(par["alpha_e"], MU_B) / par["alpha_e"]
    top, charm, new = (xp.asarray(each).astype(complex) for each in (top, charm, new))
    own, new = lambda_t * top + lambda_c * charm, lambda_t * new
    standard, beyond = np.zeros((PAIRS, 1 + 2 * PAIRS)), np.zeros((PAIRS, 1 + 2 * PAIRS))
    standard[OWN, 0] = 1.0
    for pair in range(PAIRS):
        beyond[pair, [1 + pair, 1 + PAIRS + pair]] = 1.0
    own, new = xp.broadcast_arrays(own, new)
    return own[..., None, None] * standard.astype(complex) + new[..., None, None] * beyond.astype(complex)


def _imaginary(amplitudes: Array) -> Array:
    """The imaginary part of rows on (1, C) as rows on (1, C, C*)."""
    xp = namespace(amplitudes)
    constant, linear = amplitudes[..., :1], amplitudes[..., 1:]
    return xp.concatenate([constant - xp.conj(constant), linear, -xp.conj(linear)], axis=-1) / 2j


def charm_function(par: Mapping[str, Array]) -> Array:
    """:math:`P_c`, next-to-next-to-leading order, the formula of :cite:`Buras:2006gb`."""
    return 0.379 * (par["m_c"] / 1.3) ** 2.155 * (par["alpha_s"] / 0.1187) ** -1.417
