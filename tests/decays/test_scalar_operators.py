"""Scalar operators of b -> s l l: their matrix elements are those of the divergence of a current, in every decay."""

from dataclasses import replace

import numpy as np
import pytest

from nutau.decays import b_to_ll, b_to_pll, b_to_vll
from nutau.eft.qcd import at_scale_b
from nutau.inputs import Compat

# sign of m_s: a scalar density between pseudoscalars, a pseudoscalar one between a pseudoscalar and a vector or nothing
DECAYS = [
    (module, row, sign)
    for module, sign in ((b_to_pll, -1), (b_to_vll, 1), (b_to_ll, 1))
    for row in module.PROCESSES
    if not row.name.startswith("Bs->phi")  # time-integrated: no column of P alone; same amplitudes as B -> K*
]


def form(inputs, module, row, q2):
    par = inputs.parameters.mapping()
    if module is b_to_ll:
        return b_to_ll.forms(inputs, par, row)["prompt"].matrix, row.basis
    return module.densities(inputs, par, row, np.array([q2]))["rate"].matrix[0], row.basis


@pytest.mark.parametrize(("module", "row", "sign"), DECAYS, ids=lambda v: getattr(v, "name", None))
def test_pseudoscalars_follow_from_the_divergence_of_the_current(inputs, module, row, sign):
    """C_P = -C10 (m_1 + m_2)(m_b ± m_s)/(m_b q²) cancels the timelike amplitude, C_S = ... C9 (m_1 - m_2) the other.

    q_μ (l1 γ^μ γ5 l2) = (m_1 + m_2) l1 γ5 l2 and i ∂_μ(s γ^μ b) = (m_b - m_s) s b; O_P has an m_b. C_P enters the
    rate by this amplitude alone, so that M[P, C10]/M[P, P] is that factor.
    """
    par = inputs.parameters.mapping()
    at = at_scale_b(par)
    q2 = par[row.parent] ** 2 if module is b_to_ll else 16.0
    light = at.m_s if row.quarks == "bs" else at.m_s * par["m_d"] / par["m_s"]
    matrix, basis = form(inputs, module, row, q2)
    pair = row.name.split("->")[1].lstrip("K*")
    first, second = row.lepton_masses(par)
    masses = {"CP": first + second, "CS": second - first if module is b_to_ll else first - second}
    for scalar, current in (("CP", "C10"), ("CS", "C9")):
        s, v = (1 + basis.index(f"{name}_{row.quarks}{pair}") for name in (scalar, current))
        expected = masses[scalar] * (at.m_b + sign * light) / (at.m_b * q2)
        assert matrix[s, v].real / matrix[s, s].real == pytest.approx(expected, rel=1e-12, abs=1e-15)
    # the primed ones with the parity of the density: C + C' between pseudoscalars, C - C' else
    p, primed = (1 + basis.index(f"{name}_{row.quarks}{pair}") for name in ("CP", "CPp"))
    assert matrix[p, primed].real == pytest.approx(-sign * matrix[p, p].real, rel=1e-12)


@pytest.mark.parametrize(
    ("module", "name", "sign"), [(b_to_pll, "B+->Ktautau", -1), (b_to_vll, "B0->K*tautau", 1)]
)
def test_flavio_takes_a_massless_strange_quark(inputs, module, name, sign):
    par, row = inputs.parameters.mapping(), next(row for row in module.PROCESSES if row.name == name)
    quirk = replace(inputs, compat=Compat.of(["massless_strange"]))
    ours, theirs = (module.forms(given, par, row)["rate"].matrix for given in (inputs, quirk))
    s = 1 + row.basis.index("CS_bstautau")
    at = at_scale_b(par)
    # FLAG 2021, N_f = 2+1+1: (m_c/m_s)(m_b/m_c) = 11.768(34) 4.578(8); our m_s has 3 %
    assert at.m_b / at.m_s == pytest.approx(11.768 * 4.578, rel=0.03)
    assert ours[s, s] / theirs[s, s] == pytest.approx((1 + sign * at.m_s / at.m_b) ** -2, rel=1e-12)
    vectors = slice(0, s)  # the SM and the vector operators stay
    np.testing.assert_array_equal(ours[vectors, vectors], theirs[vectors, vectors])
