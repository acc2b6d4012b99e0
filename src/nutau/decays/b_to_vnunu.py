r""":math:`B\to K^*\nu\bar\nu`, :math:`B_s\to\phi\nu\bar\nu`: rate, longitudinal rate, all neutrino flavours.

.. math::
    \frac{d\Gamma}{dq^2} = \frac{|N|^2\sqrt\lambda q^2}{96\pi^3m_B^3}\sum_{ij}\Big[
        \Big(\frac{(4m_Bm_VA_{12})^2}{q^2}+\frac{(m_B+m_V)^2A_1^2}{2}\Big)|C_L^{ij}-C_R^{ij}|^2
        +\frac{\lambda V^2}{2(m_B+m_V)^2}|C_L^{ij}+C_R^{ij}|^2\Big],

the term with :math:`A_{12}` being the longitudinal rate; :cite:`Buras:2014fpa`. Two neutrinos have :math:`A_0` and the
:math:`T_i` (:mod:`nutau.decays.b_to_snunu`), of which :math:`A_0` and :math:`T_{23}` are longitudinal. For
B_s → φ it is the time-integrated rate (:mod:`nutau.decays.bs_mixing`), a form of :math:`(1, C, C^*)`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from nutau.common.arrays import Array
from nutau.common.kinematics import ParametersAtNodes, Range, root_kallen
from nutau.decays import b_to_snunu as shared
from nutau.decays import tree_level_tau
from nutau.decays.b_to_snunu import Beyond, Process
from nutau.decays.distribution import V_SHAPES, Distribution, Flavour
from nutau.eft.algebra import Quadratic
from nutau.inputs import Inputs
from nutau.inputs.form_factors import zexpansion

PROCESSES = (
    Process("B0->K*nunu", "m_B0", "m_K*0", "tau_B0", "B->K*"),
    Process("B+->K*nunu", "m_B+", "m_K*+", "tau_B+", "B->K*"),
    Process("Bs->phinunu", "m_Bs", "m_phi", "tau_Bs", "Bs->phi"),
)


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None, *, tree: bool = False
) -> dict[str, Quadratic]:
    """Rates over a bin (all of phase space if None), in GeV; matrices ``(..., 34, 34)``, of B_s ``(..., 67, 67)``.

    Keys: ``rate``, ``longitudinal``. ``tree`` adds the tree-level τ contribution to the rate, on the basis of
    :mod:`nutau.decays.tree_level_tau`, and leaves out ``longitudinal`` (charged B only). Raises
    :class:`InputError` for an impossible bin.
    """
    c_sm, integrals = shared.integrated(inputs, par, process, q2_range, _squared_form_factors)
    made = _forms(process, par, c_sm, integrals)
    return {"rate": tree_level_tau.add(made["rate"], inputs, par, process, q2_range)} if tree else made


def densities(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array, *, tree: bool = False
) -> dict[str, Quadratic]:
    """The same per GeV², at ``q2`` ``(nodes,)``; matrices ``(..., nodes, 34, 34)`` or ``67``."""
    c_sm, values = shared.at_points(inputs, par, process, q2, _squared_form_factors)
    made = _forms(process, ParametersAtNodes(par), c_sm, values)
    return {"rate": tree_level_tau.add_density(made["rate"], inputs, par, process, q2)} if tree else made


def distribution(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array, flavour: Flavour
) -> Distribution:
    r""":math:`d\Gamma/dq^2d\cos\theta_V` at the q² of events ``(events,)``, of K* → Kπ
    (:mod:`nutau.decays.distribution`); decays of a B_s mix, and have none here."""
    del flavour  # there are no strong phases
    at_nodes = ParametersAtNodes(par)
    norm, c_sm = shared.normalisation(par)
    squared = _squared_form_factors(inputs, at_nodes, process, at_nodes.row(q2))
    longitudinal, parallel, perpendicular, _, pseudoscalar, along, across = (norm * each for each in squared)
    parts = [
        (V_SHAPES["longitudinal"], shared.pairs(None, longitudinal, Beyond(None, pseudoscalar, along))),
        (V_SHAPES["transverse"], shared.pairs(perpendicular, parallel, Beyond(tensor=across))),
    ]
    return shared.distribution(c_sm, parts)


def _forms(
    process: Process, par: Mapping[str, Array], c_sm: Array, integrals: list[Array]
) -> dict[str, Quadratic]:
    longitudinal, parallel, perpendicular, _, pseudoscalar, along, across = integrals
    parts = {
        "rate": (perpendicular, longitudinal + parallel, Beyond(None, pseudoscalar, along + across)),
        "longitudinal": (None, longitudinal, Beyond(None, pseudoscalar, along)),
    }
    if process.parent == "m_Bs":
        y = 0.5 * par["DeltaGamma/Gamma_Bs"]
        return {key: shared.time_integrated(c_sm, y, *three) for key, three in parts.items()}
    return {key: shared.form(c_sm, *three) for key, three in parts.items()}


def _squared_form_factors(
    inputs: Inputs, par: ParametersAtNodes, process: Process, q2: Array
) -> tuple[Array, ...]:
    """What multiplies |C_L - C_R|² (longitudinal, parallel) and |C_L + C_R|² (perpendicular), two neutrinos."""
    ff = zexpansion.evaluate(inputs.form_factor(process.channel), par, q2)
    heavy, light = par[process.parent], par[process.meson]
    momentum = root_kallen(heavy, light, q2)
    common = momentum / (96.0 * math.pi**3 * heavy**3)
    total = heavy + light
    return (
        common * (4.0 * heavy * light * ff["A12"]) ** 2,
        common * q2 * 0.5 * (total * ff["A1"]) ** 2,
        common * q2 * 0.5 * (momentum * ff["V"] / total) ** 2,
        *shared.beyond(shared.quark_masses(par), "V", (heavy, light), ff, q2),
    )
