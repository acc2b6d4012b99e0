r"""What :math:`b\to s\tau\tau` adds to the width difference of the :math:`B_s` mesons.

.. math::
    \Delta\Gamma_s = -2\,\mathrm{Re}\frac{\Gamma_{12}M_{12}^*}{|M_{12}|},\qquad
    \Gamma_{12}^{\tau\tau} = \frac{N^2}{2}\sum_{ab}C_aC_b\,W_{ab}\langle O_{ab}\rangle

at leading order of the heavy-quark expansion: the absorptive part of a :math:`\tau` loop between two
:math:`(\bar sb)(\bar\tau\tau)` operators, with the momentum of the b quark through it. With
:math:`x=m_\tau^2/m_b^2`, :math:`\beta=\sqrt{1-4x}`, and V and S the matrix elements over :math:`2m_{B_s}` of
:math:`(\bar s\gamma_\mu P_Xb)(\bar s\gamma^\mu P_Yb)` and :math:`(\bar sP_{\bar X}b)(\bar sP_{\bar Y}b)`, the sum is

.. math::
    -\frac{m_b^2\beta}{6\pi}\big\{C_9^XC_9^Y(1+2x)(V+S)+C_{10}^XC_{10}^Y\beta^2(V+S)\big\}
    -\frac{m_b^2\beta}{\pi}\,S\,\Big\{x\Big(C_{10}+\frac{m_b^2C_P}{2m_\tau}\Big)^X\Big(C_{10}+\frac{m_b^2C_P}{2m_\tau}\Big)^Y
    -\frac{m_b^4\beta^2}{4m_\tau^2}\,x\,C_S^XC_S^Y\Big\}

summed over the chiralities of both operators. For :math:`C_9=-C_{10}` it is the loop of charm quarks in colour
singlets of :cite:`Beneke:1998sy` with :math:`N_c=1`, :math:`(1-x)\langle Q\rangle+(1+2x)\langle Q_S\rangle`. What
the vacuum between the operators gives is :math:`B_s\to\tau\tau`, where the vector current drops out; of it little
remains. Corrections of :math:`\alpha_s` and :math:`\Lambda/m_b`, about 30 % in the Standard Model, are not included.
The phase of :math:`M_{12}` is that of the SM; what the measured :math:`\phi_s` allows changes it by 0.2 %.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from nutau.common.arrays import Array
from nutau.common.kinematics import Nodes, ParametersAtNodes
from nutau.decays import mixing
from nutau.decays.assembly import Term, amplitude, integrate
from nutau.decays.b_to_sll import Process, normalisation
from nutau.decays.bs_mixing import interference
from nutau.eft.algebra import Quadratic
from nutau.eft.ckm import tree_ckm
from nutau.eft.qcd import at_scale_b
from nutau.eft.wet.mixing import OPERATORS
from nutau.eft.wet.standard_model import b_to_s
from nutau.inputs import Inputs

PROCESSES = (Process("Bs-Bsbar->tautau", "m_Bs", "", "tau_Bs", "", ("tau", "tau")),)


def forms(inputs: Inputs, par: Mapping[str, Array], process: Process) -> dict[str, Quadratic]:
    r"""``difference``: what ττ adds to :math:`\Delta\Gamma_s` (GeV), ``(..., 1 + 2n, 1 + 2n)`` on :math:`(1, C, C^*)`.

    The Standard Model's own part of it, of order 1e-6 of :math:`\Delta\Gamma_s`, is in it.
    """
    at_nodes = ParametersAtNodes(par)
    once = Nodes(at_nodes.row(np.ones(1)), at_nodes.row(np.ones(1)))
    elements = _elements(at_nodes, once.weights)
    terms = _terms(inputs, at_nodes, process, elements, once.weights)
    return integrate({"difference": interference(terms)}, once, process.basis)


def _elements(par: ParametersAtNodes, one: Array) -> dict[str, Array]:
    """V and S of equal and of different chiralities, GeV³."""
    row = mixing.matrix_elements(par, mixing.PROCESSES[0])
    return {name: row[..., OPERATORS.index(name)] * one for name in ("CVLL", "CVLR", "CSLL", "CSLR")}


def _terms(
    inputs: Inputs, par: ParametersAtNodes, process: Process, elements: Mapping[str, Array], one: Array
) -> list[Term]:
    """Terms whose :func:`interference` is the width difference: squares of sums and differences of chiralities."""
    at = at_scale_b(par, pole_threshold=inputs.compat.mc_pole_threshold)
    sm = b_to_s(par, at)
    square, lepton = at.m_b_pole**2, process.lepton_masses(par)[0]
    x = lepton**2 / square
    beta = (1.0 - 4.0 * x) ** 0.5
    size = normalisation(par, at, tree_ckm(par).lambda_t()) * square * beta / math.pi
    density = at.m_b * at.m_b_pole / (2.0 * lepton)
    found = []
    for sign in (1.0, -1.0):
        # sum over chiralities: (C + sC')² (equal + s different)/2
        scalar = 0.5 * (elements["CSLL"] + sign * elements["CSLR"])
        both = 0.5 * (elements["CVLL"] + sign * elements["CVLR"]) + scalar
        c9, c10, c_s, c_p = (process.combination(name, sign) for name in ("C9", "C10", "CS", "CP"))
        vector = amplitude(process.basis, (c9, one), ({"1": 1.0}, one * sm.c9))
        axial = amplitude(process.basis, (c10, one), ({"1": 1.0}, one * sm.c10))
        pseudoscalar = amplitude(process.basis, (c10, one), ({"1": 1.0}, one * sm.c10), (c_p, density * one))
        found += [
            Term(-size * (1.0 + 2.0 * x) / 6.0 * both, vector),
            Term(-size * beta**2 / 6.0 * both, axial),
            Term(-size * x * scalar, pseudoscalar),
            Term(size * x * beta**2 * scalar, amplitude(process.basis, (c_s, density * one))),
        ]
    return found
