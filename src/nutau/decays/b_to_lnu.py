r""":math:`B^+\to\tau\nu` and :math:`B_c\to\tau\nu`, which measure the (pseudo)scalar and axial operators.

.. math:: \Gamma=\frac{G_F^2|V_{qb}|^2f^2}{8\pi}Mm_\ell^2\Big(1-\frac{m_\ell^2}{M^2}\Big)^2\sum_j\Big|
          c_{SM}\delta_{\ell j}+C_{VL}-C_{VR}+\frac{M^2}{m_\ell(m_b+m_q)}(C_{SR}-C_{SL})\Big|^2

(:cite:`Alonso:2016oyd`), with the quark masses at 4.8 GeV. A pseudoscalar has no tensor matrix element.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.common.kinematics import Nodes, ParametersAtNodes, Range
from nutau.decays import charged
from nutau.decays.assembly import Term, amplitude, integrate
from nutau.decays.charged import LOCAL, S_MINUS, V_MINUS
from nutau.eft.algebra import Quadratic
from nutau.eft.wet.basis import CB_TAUNU, UB_TAUNU, part
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inputs import Inputs


@dataclass(frozen=True)
class Process:
    """A leptonic decay; mass, decay constant, lifetime and CKM element by parameter name."""

    name: str
    parent: str
    constant: str
    lifetime: str
    ckm: str
    lepton: str
    sector: tuple[str, ...]

    @property
    def basis(self) -> Basis:
        """The fifteen coefficients of this decay."""
        return part(self.sector)


PROCESSES = (
    Process("B+->taunu", "m_B+", "f_B+", "tau_B+", "Vub", "tau", UB_TAUNU),
    Process("Bc->taunu", "m_Bc", "f_Bc", "tau_Bc", "Vcb", "tau", CB_TAUNU),
)


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> dict[str, Quadratic]:
    """``rate``: the width in GeV, matrix ``(..., 16, 16)``.

    Raises :class:`InputError` if a bin is asked for: there is no q² to choose.
    """
    del inputs
    if q2_range is not None:
        raise InputError(f"{process.name} is a two-body decay and has no q² bins; {q2_range} was asked for.")
    at_nodes = ParametersAtNodes(par)
    once = Nodes(at_nodes.row(np.ones(1)), at_nodes.row(np.ones(1)))
    local = integrate({"rate": [_term(at_nodes, process, once.weights)]}, once, LOCAL)
    return charged.embed(process, local, charged.sm_coefficient(par))


def _term(par: ParametersAtNodes, process: Process, one: Array) -> Term:
    mass, lepton = par[process.parent], par[f"m_{process.lepton}"]
    m_b, m_c = charged.quark_masses(par)
    light = m_c if process.sector is CB_TAUNU else 0.0  # the mass of the up quark is negligible
    coupling = par["GF"] ** 2 * par[process.ckm] ** 2 * par[process.constant] ** 2 / (8.0 * math.pi)
    width = coupling * mass * lepton * lepton * (1.0 - lepton * lepton / (mass * mass)) ** 2
    scalar = mass * mass / (lepton * (m_b + light))
    return Term(width * one, amplitude(LOCAL, (V_MINUS, one), (S_MINUS, scalar * one)))
