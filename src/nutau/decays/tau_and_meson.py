r"""A meson, a tau and a neutrino: :math:`D_s\to\tau\nu`, :math:`D^+\to\tau\nu`, :math:`\tau\to K\nu,\pi\nu`.

.. math::
    \Gamma(P\to\tau\nu)=\frac{G_F^2|V|^2f^2}{8\pi}Mm_\tau^2\Big(1-\frac{m_\tau^2}{M^2}\Big)^2A,\qquad
    \Gamma(\tau\to P\nu)=\frac{G_F^2|V|^2f^2}{16\pi}m_\tau^3\Big(1-\frac{M^2}{m_\tau^2}\Big)^2A,\\
    A=\Big(1+\frac{\alpha_e}\pi\ln\frac{4.8}\mu\Big)^2\sum_j\Big|c_{SM}\delta_{\tau j}+C_{VL}-C_{VR}
    +\frac{M^2}{m_\tau(m_1+m_2)}(C_{SR}-C_{SL})\Big|^2

(:cite:`Alonso:2016oyd`, crossed for the tau), with coefficients, quark masses and :math:`c_{SM}` at 4.8 GeV; the photon
logarithm goes on to 2 GeV for D mesons and to the mass of the tau. Its structure-dependent corrections, a percent for
the tau, are left out, as in flavio. A pseudoscalar has no tensor matrix element.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.decays import charged
from nutau.eft import qcd
from nutau.eft.algebra import Quadratic
from nutau.eft.ckm import tree_ckm
from nutau.eft.wet.basis import CD_TAUNU, CS_TAUNU, MU_B, UD_TAUNU, US_TAUNU, part
from nutau.eft.wilson import Basis
from nutau.inputs import Inputs

CHARM_SCALE = 2.0
"""GeV, of the decays of D mesons."""
SIGNS = {"CVL": 1.0, "CVR": -1.0, "CSR": 1.0, "CSL": -1.0}
NEUTRINOS = ("nue", "numu", "nutau")


@dataclass(frozen=True)
class Process:
    """A decay; mass and decay constant of the meson and lifetime of what decays by parameter name."""

    name: str
    meson: str
    constant: str
    lifetime: str
    quarks: tuple[str, str]
    sector: tuple[str, ...]

    @property
    def basis(self) -> Basis:
        """Its coefficients, four for each neutrino."""
        return part(self.sector)

    @property
    def of_the_tau(self) -> bool:
        """Whether it is the tau that decays."""
        return self.lifetime == "tau_tau"


PROCESSES = (
    Process("Ds->taunu", "m_Ds", "f_Ds", "tau_Ds", ("c", "s"), CS_TAUNU),
    Process("D+->taunu", "m_D+", "f_D+", "tau_D+", ("c", "d"), CD_TAUNU),
    Process("tau->Knu", "m_K+", "f_K+", "tau_tau", ("u", "s"), US_TAUNU),
    Process("tau->pinu", "m_pi+", "f_pi+", "tau_tau", ("u", "d"), UD_TAUNU),
)


def forms(inputs: Inputs, par: Mapping[str, Array], process: Process) -> dict[str, Quadratic]:
    """``rate``: the width in GeV, matrix ``(..., 13, 13)``."""
    del inputs
    scalar = par[process.meson] ** 2 / (par["m_tau"] * _quark_masses(par, process))
    c_sm = charged.sm_coefficient(par)
    xp = namespace(scalar, c_sm, par["alpha_e"], par["m_tau"])
    names = process.basis.coefficients
    vectors, scalars = np.zeros((2, 3, 1 + len(names)))
    for place, name in enumerate(names):
        operator, _, flavours = name.partition("_")
        row = scalars if operator.startswith("CS") else vectors
        row[NEUTRINOS.index(flavours[5:]), 1 + place] = SIGNS[operator]
    own = np.zeros((3, 1 + len(names)))
    own[NEUTRINOS.index("nutau"), 0] = 1.0
    c_sm, scalar = (xp.asarray(each)[..., None, None] for each in (c_sm, scalar))
    amplitudes = (c_sm * own + vectors + scalar * scalars).astype(complex)
    width = _width(par, process)
    weights = namespace(width).asarray(width)[..., None] * np.ones(3)
    return {"rate": Quadratic.from_amplitudes(amplitudes, weights, process.basis)}


def _width(par: Mapping[str, Array], process: Process) -> Array:
    """What multiplies the sum of squares, GeV."""
    mass, tau = par[process.meson], par["m_tau"]
    ckm = tree_ckm(par)
    element = getattr(ckm, "".join(process.quarks))
    xp = namespace(element, mass, tau)
    coupling = par["GF"] ** 2 * xp.abs(element) ** 2 * par[process.constant] ** 2 / (8.0 * math.pi)
    if process.of_the_tau:
        scale, phase_space = tau, 0.5 * tau**3 * (1.0 - (mass / tau) ** 2) ** 2
    else:
        scale, phase_space = CHARM_SCALE, mass * tau**2 * (1.0 - (tau / mass) ** 2) ** 2
    photon = 1.0 + qcd.alpha_e(par["alpha_e"], MU_B) / math.pi * xp.log(MU_B / xp.asarray(scale))
    return coupling * phase_space * photon**2


def _quark_masses(par: Mapping[str, Array], process: Process) -> Array:
    """The sum of both masses at 4.8 GeV; light quarks run as the strange one."""
    strong = par["alpha_s"]
    of = {"c": lambda: charged.quark_masses(par)[1]}
    first, second = (of.get(q, lambda q=q: qcd.strange_mass(par[f"m_{q}"], strong))() for q in process.quarks)
    return first + second
