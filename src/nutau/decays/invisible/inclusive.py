r"""B → X_s and new invisible states: free quarks, times what makes neutrinos of the Standard Model right.

.. math:: \Gamma(X_s) = \Gamma_{free}\;\frac{\Gamma_{SM}(X_s)}{\Gamma_{SM}(K)}\;\frac{\Gamma_V(K)}{\Gamma_{V,free}}

with :mod:`nutau.decays.b_to_xsnunu`'s rate, and V two massless fermions by chiral vector currents.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nutau.common.arrays import Array
from nutau.decays import b_to_pnunu, b_to_xsnunu
from nutau.decays.invisible import fermions
from nutau.decays.invisible.hadrons import FREE_QUARK, Transition
from nutau.decays.invisible.states import transition
from nutau.inputs import Inputs


def scale(inputs: Inputs, par: Mapping[str, Array]) -> float:
    """What turns the rate of free quarks into that of B → X_s."""
    kaon = b_to_pnunu.forms(inputs, par, b_to_pnunu.PROCESSES[0])["rate"].sm
    inclusive = b_to_xsnunu.forms(inputs, par, b_to_xsnunu.PROCESSES[0])["rate"].sm
    vectors = [_vectors(inputs, par, row) for row in (transition("B+->K"), FREE_QUARK)]
    return float(inclusive / kaon * vectors[0] / vectors[1])


def _vectors(inputs: Inputs, par: Mapping[str, Array], row: Transition) -> float:
    state = fermions.Dirac(0.0)
    point = np.zeros(len(state.basis))
    for name in ("CVV", "CVA", "CAV", "CAA"):
        point[state.basis.index(f"{name}_bschichi")] = 1.0
    return float(fermions.forms(inputs, par, row, state)["rate"](point))
