"""Spectator scattering against the equations as EOS 1.0.21 and SuperIso have them, in the barred basis."""

from dataclasses import replace

import numpy as np
import pytest

from nutau.common.kinematics import ParametersAtNodes
from nutau.decays import spectator_scattering
from nutau.decays.loop_averages import BOTTOM, CHARM, massive, massless
from nutau.eft.qcd import at_scale_b
from nutau.eft.wet.standard_model import b_to_s
from nutau.inputs import Compat

E_U, E_D = 2.0 / 3.0, -1.0 / 3.0


def barred(c1, c2, c3, c4, c5, c6):
    """The coefficients of the operators of hep-ph/0106067, its Eq. (79) at leading order."""
    return {
        **{2: c2 - c1 / 6.0, 3: c3 - c4 / 6.0 + 16.0 * c5 - 8.0 / 3.0 * c6, 4: c4 / 2.0 + 8.0 * c6},
        **{5: c3 - c4 / 6.0 + 4.0 * c5 - 2.0 / 3.0 * c6, 6: c4 / 2.0 + 2.0 * c6},
    }


@pytest.mark.parametrize(("compat", "factor"), [(Compat(), 4.0), (Compat(chiral_loop_once=True), 1.0)])
def test_loops_in_the_barred_basis(par, compat, factor):
    """Eqs. (23), (25) and (26): b-to-kstar-ll-bfs2004.cc and bkll.c have 4 m_b/m_B of C5, flavio has m_b/m_B."""
    at_nodes = ParametersAtNodes(par)
    at = at_scale_b(at_nodes)
    coefficients = tuple(np.random.default_rng(4).normal(size=6))
    sm = replace(b_to_s(at_nodes, at), current=coefficients)
    c, heavy = barred(*coefficients), par["m_B0"]
    s = at_nodes.row(np.array([1.0, 4.0])) / heavy**2
    energy = (1.0 - s) / 2.0
    found = spectator_scattering._loops(at, sm, heavy, s, energy, compat)
    charm, bottom = (
        massive(kind, s, (mass / heavy) ** 2) for kind, mass in ((CHARM, at.m_c_pole), (BOTTOM, at.m_b_pole))
    )
    light = massless(s)
    five = factor * at.m_b_pole / heavy * c[5]
    perpendicular = (
        E_U * (c[2] + c[4] - c[6]) * charm.perpendicular(energy, s)
        + E_D * (c[3] + c[4] - c[6] - five) * bottom.perpendicular(energy, s)
        + E_D * c[3] * light.perpendicular(energy, s)
    )
    parallel = (
        E_U * (c[2] + c[4] - c[6]) * charm.parallel(energy, s)
        + E_D * (c[3] + c[4] - c[6]) * bottom.parallel(energy, s)
        + E_D * c[3] * light.parallel(energy, s)
    )
    np.testing.assert_allclose(found.perpendicular[0], perpendicular, rtol=1e-12)
    np.testing.assert_allclose(found.parallel[0], parallel, rtol=1e-12)
    behind = (
        (c[2] + c[4] + c[6]) * charm.loop
        + (c[3] + c[4] + c[6]) * bottom.loop
        + (c[3] + 3.0 * (c[4] + c[6])) * light.loop
    )
    higher = found.behind[0][..., 1:]  # the constants of the loops are in the first moment
    np.testing.assert_allclose(higher, behind[..., 1:], rtol=1e-10)


def test_annihilation_in_the_barred_basis(par):
    """Eq. (18): C3 + 3 C4; of the strange spectator of B_s -> phi, the flavour singlet 6 (C3 + 10 C5)."""
    coefficients = tuple(np.random.default_rng(5).normal(size=6))
    at_nodes = ParametersAtNodes(par)
    sm = replace(b_to_s(at_nodes, at_scale_b(at_nodes)), current=coefficients)
    c = barred(*coefficients)
    found = {q: spectator_scattering._annihilation(sm, q) for q in "uds"}
    assert found["d"].top == pytest.approx(c[3] + 3.0 * c[4], rel=1e-12)
    assert found["d"].penguin == pytest.approx(
        coefficients[2] + 4.0 / 3.0 * (coefficients[3] + 3.0 * coefficients[4] + 4.0 * coefficients[5])
    )
    assert found["s"].top - found["d"].top == pytest.approx(6.0 * (coefficients[2] + 10.0 * coefficients[4]))
    assert found["u"].up == pytest.approx(-3.0 * coefficients[1])
    assert found["d"].up == found["s"].up == 0.0
