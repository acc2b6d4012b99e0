r""":math:`\Lambda_b\to\Lambda\nu\bar\nu`, unpolarised: rate and longitudinal rate, all neutrino flavours.

.. math::
    \frac{d\Gamma}{dq^2} = \frac{|N|^2\sqrt\lambda q^2}{384\pi^3M^3}\sum_{ij}\Big[
        s_-\Big(2f_\perp^{V2}+\tfrac{(M+m)^2}{q^2}f_0^{V2}\Big)|C_L^{ij}+C_R^{ij}|^2
        +s_+\Big(2f_\perp^{A2}+\tfrac{(M-m)^2}{q^2}f_0^{A2}\Big)|C_L^{ij}-C_R^{ij}|^2\Big],

:math:`s_\pm=(M\pm m)^2-q^2`, :math:`\lambda=s_+s_-`: the helicity amplitudes of :cite:`Boer:2014kda` for
:math:`C_{10}=-C_9=-C_L`. The terms with :math:`f_0` are the longitudinal rate (of the virtual Z), with
those of two neutrinos of helicity 0 (:mod:`nutau.decays.b_to_snunu`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from nutau.common.arrays import Array
from nutau.common.kinematics import ParametersAtNodes, Range, root_kallen
from nutau.decays import b_to_snunu as shared
from nutau.decays.b_to_snunu import Beyond, Process
from nutau.eft.algebra import Quadratic
from nutau.inputs import Inputs
from nutau.inputs.form_factors import zexpansion

PROCESSES = (Process("Lambdab->Lambdanunu", "m_Lambdab", "m_Lambda", "tau_Lambdab", "Lambdab->Lambda"),)


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> dict[str, Quadratic]:
    """Rates over a bin (all of phase space if None), in GeV; matrices ``(..., 34, 34)``.

    Keys: ``rate``, ``longitudinal``. Raises :class:`InputError` for an impossible bin.
    """
    return _forms(*shared.integrated(inputs, par, process, q2_range, _squared_form_factors))


def densities(inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array) -> dict[str, Quadratic]:
    """The same per GeV², at ``q2`` ``(nodes,)``; matrices ``(..., nodes, 34, 34)``."""
    return _forms(*shared.at_points(inputs, par, process, q2, _squared_form_factors))


def _forms(c_sm: Array, integrals: list[Array]) -> dict[str, Quadratic]:
    vector_0, vector, axial_0, axial, scalar, pseudoscalar, along, across = integrals
    longitudinal = Beyond(scalar, pseudoscalar, along)
    return {
        "rate": shared.form(
            c_sm, vector_0 + vector, axial_0 + axial, replace(longitudinal, tensor=along + across)
        ),
        "longitudinal": shared.form(c_sm, vector_0, axial_0, longitudinal),
    }


def _squared_form_factors(
    inputs: Inputs, par: ParametersAtNodes, process: Process, q2: Array
) -> tuple[Array, ...]:
    """Of the vector current (|C_L + C_R|²) longitudinal and transverse, of the axial one the same, two neutrinos."""
    ff = zexpansion.evaluate(inputs.form_factor(process.channel), par, q2)
    heavy, light = par[process.parent], par[process.meson]
    common = root_kallen(heavy, light, q2) / (384.0 * math.pi**3 * heavy**3)
    plus, minus = (heavy + light) ** 2 - q2, (heavy - light) ** 2 - q2
    return (
        common * minus * ((heavy + light) * ff["fV0"]) ** 2,
        common * minus * q2 * 2.0 * ff["fVperp"] ** 2,
        common * plus * ((heavy - light) * ff["fA0"]) ** 2,
        common * plus * q2 * 2.0 * ff["fAperp"] ** 2,
        *shared.beyond(shared.quark_masses(par), "baryon", (heavy, light), ff, q2),
    )
