"""B → D(*) τ ν and B_c → J/ψ τ ν from explicit Dirac matrices and spinors: all operators, both helicities of the τ.

Nothing here is shared with the package: hadronic matrix elements are traces of heavy-meson fields (the
heavy-quark limit, Isgur-Wise function 1), leptonic ones products of explicit spinors, the rate is the sum
over angles of squared amplitudes. It fixes the tensor terms of B → D τ ν, in which flavio 2.7 loses a
factor of root two, and every sign and normalisation of the decay modules.
"""

import dataclasses

import numpy as np
import pytest

from nutau.decays import b_to_plnu, b_to_vlnu, charged
from nutau.eft import qcd
from nutau.inputs import load_inputs
from nutau.inputs.form_factors import FormFactors, heavyquark
from spinors import GAMMA, GAMMA5, LEFT, METRIC, POINTS, RIGHT, TENSOR, UNIT, leptons, slash


def test_clifford_algebra():
    for m in range(4):
        for n in range(4):
            anticommutator = GAMMA[m] @ GAMMA[n] + GAMMA[n] @ GAMMA[m]
            np.testing.assert_allclose(anticommutator, 2 * (m == n) * METRIC[m] * UNIT, atol=1e-15)


def hadrons(heavy, light, q2, polarisation):
    """<D(*)| c Γ b |B> as a function of Γ; both mesons move against the z axis in the rest frame of the pair.

    ``polarisation`` is 0 (D), or 'L', 'x', 'y' (D*). Heavy-quark limit, Isgur-Wise function 1.
    """
    root = np.sqrt(q2)
    momentum = np.sqrt((heavy**2 - (light + root) ** 2) * (heavy**2 - (light - root) ** 2)) / (2 * root)
    e_heavy, e_light = np.hypot(heavy, momentum), np.hypot(light, momentum)
    v, v_prime = np.array([e_heavy, 0, 0, -momentum]) / heavy, np.array([e_light, 0, 0, -momentum]) / light
    vectors = {"L": np.array([momentum, 0, 0, -e_light]) / light, "x": np.eye(4)[1], "y": np.eye(4)[2]}
    outgoing = GAMMA5 if polarisation == 0 else slash(vectors[polarisation])
    left = np.sqrt(heavy * light) * outgoing @ (UNIT + slash(v_prime)) / 2
    right = (UNIT + slash(v)) / 2 @ GAMMA5
    return lambda structure: np.trace(left @ structure @ right)


def amplitude(hadron, u_bar, v, coefficients, q2, m_b, m_c):
    """Sum over operators (VL, VR, SL, SR, T) without 4G_F/√2 V_cb; scalars by the equations of motion."""
    c_vl, c_vr, c_sl, c_sr, c_t = coefficients
    total = 0.0
    for m in range(4):
        lepton = u_bar @ GAMMA[m] @ LEFT @ v * METRIC[m]
        total += (c_vl * hadron(GAMMA[m] @ LEFT) + c_vr * hadron(GAMMA[m] @ RIGHT)) * lepton
        for n in range(4):
            tensor = u_bar @ TENSOR[m][n] @ LEFT @ v * METRIC[m] * METRIC[n]
            total += c_t * hadron(TENSOR[m][n] @ LEFT) * tensor
    scalar = np.sqrt(q2) * hadron(GAMMA[0]) / (m_b - m_c)  # q is at rest
    pseudoscalar = -np.sqrt(q2) * hadron(GAMMA[0] @ GAMMA5) / (m_b + m_c)
    yukawa = c_sl * (scalar - pseudoscalar) / 2 + c_sr * (scalar + pseudoscalar) / 2
    return total + yukawa * (u_bar @ LEFT @ v)


def rates(par, process, coefficients, q2):
    """dΓ/dq² by lepton helicity, forward minus backward, and with a D* of helicity 0."""
    heavy, light, mass = par[process.parent], par[process.meson], par[process.lepton_mass]
    m_b = qcd.bottom_mass(par["m_b"], par["alpha_s"], 4.8)
    m_c = qcd.charm_mass(par["m_c"], par["alpha_s"])
    kallen = (heavy**2 - light**2 - q2) ** 2 - 4 * light**2 * q2
    flux = (4 * par["GF"] / np.sqrt(2) * par["Vcb"]) ** 2 / ((2 * np.pi) ** 3 * 32 * heavy**3)
    flux *= (q2 - mass**2) * np.sqrt(kallen) / (2 * q2)  # dm²/dcosθ
    out = dict.fromkeys(("minus", "plus", "afb", "longitudinal"), 0.0)
    x, w = np.polynomial.legendre.leggauss(3)
    for side in (1, -1):
        for cos, weight in zip(side * (x + 1) / 2, w / 2, strict=True):
            lepton_spinors, v = leptons(q2, mass, cos)
            for polarisation in (0,) if process.channel == "B->D" else ("L", "x", "y"):
                hadron = hadrons(heavy, light, q2, polarisation)
                for name, u_bar in zip(("minus", "plus"), lepton_spinors, strict=True):
                    square = abs(amplitude(hadron, u_bar, v, coefficients, q2, m_b, m_c)) ** 2
                    contribution = flux * weight * square
                    out[name] += contribution
                    out["afb"] += side * contribution
                    out["longitudinal"] += contribution * (polarisation == "L")
    out["rate"] = out["minus"] + out["plus"]
    return out


def heavy_quark_limit(channel, meson, parent="m_B0"):
    names = tuple(f"limit {name}" for name in heavyquark.PARAMETERS)
    constants = {"alpha_s": 0.0, "m_b_1S": 4.7, "m_b-m_c": 3.4, "m_B_average": 4.7, "lambda_1": 0.0}
    pair = (parent, meson)
    return FormFactors(channel, "limit", "hqet", (), pair, pair, {}, 0, {"hqet": names}, constants)


@pytest.fixture(scope="module")
def setup():
    inputs = load_inputs("default")
    records = {"B->D": heavy_quark_limit("B->D", "m_D+"), "B->D*": heavy_quark_limit("B->D*", "m_D*+")}
    records["Bc->Jpsi"] = heavy_quark_limit("B->D*", "m_J/psi", "m_Bc")
    par = inputs.parameters.mapping() | {f"limit {name}": 0.0 for name in heavyquark.PARAMETERS}
    return dataclasses.replace(inputs, form_factors={**inputs.form_factors, **records}), par


PROCESSES = [
    (b_to_plnu, b_to_plnu.PROCESSES[0]),
    (b_to_vlnu, b_to_vlnu.PROCESSES[0]),
    (b_to_vlnu, b_to_vlnu.PROCESSES[1]),
    (b_to_vlnu, next(row for row in b_to_vlnu.PROCESSES if row.name == "Bc->J/psitaunu")),
]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("module", "process"), PROCESSES, ids=lambda x: getattr(x, "name", ""))
def test_every_operator_against_spinors(setup, module, process, point):
    inputs, par = setup
    total = np.array(POINTS[point], dtype=complex)
    c = np.zeros(15, dtype=complex)
    own = 5 * charged.NEUTRINOS.index(process.lepton)
    c[own : own + 5] = total
    c[own] -= charged.sm_coefficient(par)
    for q2 in (4.1, 8.7):
        expected = rates(par, process, total, q2)
        found = {k: form(c)[0] for k, form in module.densities(inputs, par, process, np.array([q2])).items()}
        for key, value in found.items():
            assert value == pytest.approx(expected[key], rel=1e-10, abs=1e-12 * expected["rate"]), (key, q2)


def test_the_tensor_terms_that_flavio_lacks(setup):
    # arXiv: flavio 2.7.1 has 3/4 of |C_T|^2 and (2 + sqrt 2)/4 of its interference with the vector current
    inputs, par = setup
    flavio = dataclasses.replace(inputs, compat=dataclasses.replace(inputs.compat, tensor_sqrt2=True))
    process, q2 = b_to_plnu.PROCESSES[0], np.array([6.0])
    ours = b_to_plnu.densities(inputs, par, process, q2)["rate"].matrix[0]
    theirs = b_to_plnu.densities(flavio, par, process, q2)["rate"].matrix[0]
    tensor = 1 + process.basis.index("CT_bctaunutau")
    assert (theirs[tensor, tensor] / ours[tensor, tensor]).real == pytest.approx(0.75, rel=1e-12)
    assert (theirs[0, tensor] / ours[0, tensor]).real == pytest.approx((2 + np.sqrt(2)) / 4, rel=1e-12)
    assert theirs[0, 0] == ours[0, 0]
