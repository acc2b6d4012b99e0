r""":math:`B\to K\nu\bar\nu`: rate, all nine pairs of neutrino flavours.

:math:`\frac{d\Gamma}{dq^2}=\frac{|N|^2\lambda^{3/2}f_+^2}{384\pi^3m_B^3}\sum_{ij}|C_L^{ij}+C_R^{ij}|^2`,
:cite:`Buras:2014fpa`, and two neutrinos with :math:`f_0` and :math:`f_T` (:mod:`nutau.decays.b_to_snunu`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from nutau.common.arrays import Array
from nutau.common.kinematics import ParametersAtNodes, Range, root_kallen
from nutau.decays import b_to_snunu as shared
from nutau.decays import tree_level_tau
from nutau.decays.b_to_snunu import Beyond, Process
from nutau.decays.distribution import ISOTROPIC, Distribution, Flavour, Shape
from nutau.eft.algebra import Quadratic
from nutau.inputs import Inputs
from nutau.inputs.form_factors import zexpansion

PROCESSES = (
    Process("B+->Knunu", "m_B+", "m_K+", "tau_B+", "B->K"),
    Process("B0->Knunu", "m_B0", "m_K0", "tau_B0", "B->K"),
)


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None, *, tree: bool = False
) -> dict[str, Quadratic]:
    """The rate over a bin (all of phase space if None), in GeV: key ``rate``, matrix ``(..., 34, 34)``.

    ``tree`` adds the tree-level τ contribution (charged B only), on the basis of :mod:`nutau.decays.tree_level_tau`.
    Raises :class:`InputError` for an impossible bin.
    """
    c_sm, terms = shared.integrated(inputs, par, process, q2_range, _squared_form_factors)
    rate = _form(c_sm, terms)
    return {"rate": tree_level_tau.add(rate, inputs, par, process, q2_range) if tree else rate}


def densities(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array, *, tree: bool = False
) -> dict[str, Quadratic]:
    """The same per GeV², at ``q2`` ``(nodes,)``; matrix ``(..., nodes, 34, 34)``."""
    c_sm, terms = shared.at_points(inputs, par, process, q2, _squared_form_factors)
    rate = _form(c_sm, terms)
    return {"rate": tree_level_tau.add_density(rate, inputs, par, process, q2) if tree else rate}


def distribution(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array, flavour: Flavour
) -> Distribution:
    r""":math:`d\Gamma/dq^2` at the q² of events ``(events,)`` (:mod:`nutau.decays.distribution`)."""
    del flavour  # there are no strong phases
    at_nodes = ParametersAtNodes(par)
    norm, c_sm = shared.normalisation(par)
    squared = _squared_form_factors(inputs, at_nodes, process, at_nodes.row(q2))
    plus, scalar, _, tensor, _ = (norm * each for each in squared)
    return shared.distribution(
        c_sm, [(Shape(ISOTROPIC), shared.pairs(plus, None, Beyond(scalar, tensor=tensor)))]
    )


def _form(c_sm: Array, terms: list[Array]) -> Quadratic:
    plus, scalar, _, tensor, _ = terms
    return shared.form(c_sm, plus, None, Beyond(scalar, tensor=tensor))


def _squared_form_factors(
    inputs: Inputs, par: ParametersAtNodes, process: Process, q2: Array
) -> tuple[Array, ...]:
    """What multiplies |C_L + C_R|², and two neutrinos, but |N|²."""
    ff = zexpansion.evaluate(inputs.form_factor(process.channel), par, q2)
    heavy, light = par[process.parent], par[process.meson]
    momentum = root_kallen(heavy, light, q2)
    vector = momentum**3 * ff["f+"] ** 2 / (384.0 * math.pi**3 * heavy**3)
    return vector, *shared.beyond(shared.quark_masses(par), "P", (heavy, light), ff, q2)
