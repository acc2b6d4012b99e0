"""Λ_b → Λ_c ℓ ν: from explicit Dirac matrices and spinors for all operators, and against the lattice papers.

The spin sums share the values of the form factors with the package and nothing else: matrix elements are the
definitions of 1503.01421 and 1702.02243 between spinors, the rate is the sum over spins and angles of squared
amplitudes.
"""

import numpy as np
import pytest

from nutau.decays import b_to_plnu, b_to_vlnu, charged, lb_to_lclnu
from nutau.eft import qcd
from nutau.inputs import load_inputs
from nutau.inputs.form_factors import zexpansion
from spinors import GAMMA, GAMMA5, LEFT, METRIC, POINTS, RIGHT, SIGMA, TENSOR, leptons, slash

PROCESSES = {process.lepton: process for process in lb_to_lclnu.PROCESSES}
CYCLES = ((1, 2, 3), (2, 3, 1), (3, 1, 2))


def spinor(mass, p, spin):
    """u(p), normalised to ūu = 2m, with the spin along the axis z in the rest frame."""
    chi = np.eye(2)[spin]
    boost = sum(x * s for x, s in zip(p[1:], SIGMA, strict=True)) @ chi
    root = np.sqrt(p[0] + mass)
    u = np.concatenate([root * chi, boost / root])
    np.testing.assert_allclose(slash(p) @ u, mass * u, atol=1e-12)
    return u


def momenta(heavy, light, q2):
    """p of the Λ_b and of the Λ_c, against the axis z in the rest frame of the lepton pair."""
    root = np.sqrt(q2)
    momentum = np.sqrt((heavy**2 - (light + root) ** 2) * (heavy**2 - (light - root) ** 2)) / (2 * root)
    return (np.array([np.hypot(mass, momentum), 0, 0, -momentum]) for mass in (heavy, light))


class Currents:
    """⟨Λ_c|c Γ b|Λ_b⟩ between two spinors, by the definitions of the helicity form factors."""

    def __init__(self, heavy, light, q2, f, spins):
        (p, k), self.q2 = momenta(heavy, light, q2), q2
        u, bar = spinor(heavy, p, spins[0]), spinor(light, k, spins[1]).conj() @ GAMMA[0]
        q, s_plus, s_minus = p - k, (heavy + light) ** 2 - q2, (heavy - light) ** 2 - q2
        along = p + k - (heavy**2 - light**2) * q / q2
        one, five = bar @ u, bar @ GAMMA5 @ u
        gamma = np.array([bar @ g @ u for g in GAMMA])
        gamma5 = np.array([bar @ GAMMA5 @ g @ u for g in GAMMA])
        across = gamma - one * (2 * light * p + 2 * heavy * k) / s_plus
        across5 = gamma5 + five * (2 * light * p - 2 * heavy * k) / s_minus
        total, difference = heavy + light, heavy - light
        self.vector = one * (f["fVt"] * difference * q / q2 + f["fV0"] * total / s_plus * along)
        self.vector += f["fVperp"] * across
        self.axial = -five * (f["fAt"] * total * q / q2 + f["fA0"] * difference / s_minus * along)
        self.axial -= f["fAperp"] * across5
        # i σ^{μν} q_ν and i σ^{μν} γ5 q_ν
        self.dipole = -one * f["fT0"] * q2 / s_plus * along - f["fTperp"] * total * across
        self.dipole5 = -five * f["fT50"] * q2 / s_minus * along - f["fT5perp"] * difference * across5

    def tensors(self):
        """σ^{μν} and σ^{μν} γ5: with q at rest σ^{k0} follows from the one dipole, σ^{ij} from the other."""
        even, odd = (np.zeros((4, 4), dtype=complex) for _ in range(2))
        for i, j, k in CYCLES:
            for out, own, dual in ((even, self.dipole, self.dipole5), (odd, self.dipole5, self.dipole)):
                out[k, 0], out[0, k] = -1j * own[k] / np.sqrt(self.q2), 1j * own[k] / np.sqrt(self.q2)
                out[i, j], out[j, i] = dual[k] / np.sqrt(self.q2), -dual[k] / np.sqrt(self.q2)
        return even, odd

    def amplitude(self, u_bar, v, coefficients, m_b, m_c):
        """Sum over operators (VL, VR, SL, SR, T) without 4G_F/√2 V_cb; scalars by the equations of motion."""
        c_vl, c_vr, c_sl, c_sr, c_t = coefficients
        even, odd = self.tensors()
        total, root = 0.0, np.sqrt(self.q2)
        for m in range(4):
            lepton = u_bar @ GAMMA[m] @ LEFT @ v * METRIC[m]
            minus, plus = (self.vector[m] - self.axial[m]) / 2, (self.vector[m] + self.axial[m]) / 2
            total += (c_vl * minus + c_vr * plus) * lepton
            for n in range(4):
                tensor = u_bar @ TENSOR[m][n] @ LEFT @ v * METRIC[m] * METRIC[n]
                total += c_t * (even[m, n] - odd[m, n]) / 2 * tensor
        scalar, pseudoscalar = root * self.vector[0] / (m_b - m_c), -root * self.axial[0] / (m_b + m_c)
        yukawa = c_sl * (scalar - pseudoscalar) / 2 + c_sr * (scalar + pseudoscalar) / 2
        return total + yukawa * (u_bar @ LEFT @ v)


def rates(inputs, par, process, coefficients, q2):
    """dΓ/dq² by lepton helicity, and forward minus backward."""
    heavy, light, mass = par[process.parent], par[process.meson], par[process.lepton_mass]
    m_b = qcd.bottom_mass(par["m_b"], par["alpha_s"], 4.8)
    m_c = qcd.charm_mass(par["m_c"], par["alpha_s"])
    kallen = (heavy**2 - light**2 - q2) ** 2 - 4 * light**2 * q2
    flux = (4 * par["GF"] / np.sqrt(2) * par["Vcb"]) ** 2 / ((2 * np.pi) ** 3 * 32 * heavy**3)
    flux *= (
        (q2 - mass**2) * np.sqrt(kallen) / (2 * q2) / 2
    )  # dm²/dcosθ, and the mean over the spin of the Λ_b
    f = zexpansion.evaluate(inputs.form_factor("Lambdab->Lambdac"), par, np.array(q2))
    currents = [Currents(heavy, light, q2, f, (i, j)) for i in range(2) for j in range(2)]
    out = dict.fromkeys(("minus", "plus", "afb"), 0.0)
    x, w = np.polynomial.legendre.leggauss(3)
    for side in (1, -1):
        for cos, weight in zip(side * (x + 1) / 2, w / 2, strict=True):
            lepton_spinors, v = leptons(q2, mass, cos)
            for name, u_bar in zip(("minus", "plus"), lepton_spinors, strict=True):
                squares = (abs(c.amplitude(u_bar, v, coefficients, m_b, m_c)) ** 2 for c in currents)
                contribution = flux * weight * sum(squares)
                out[name] += contribution
                out["afb"] += side * contribution
    return out | {"rate": out["minus"] + out["plus"]}


@pytest.mark.parametrize("spins", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_form_factors_of_one_are_those_of_pointlike_quarks(spins):
    """Gordon identities: with all ten equal to 1 every matrix element is ū Γ u."""
    heavy, light, q2 = 5.6, 2.3, 6.0
    record = load_inputs("default").form_factor("Lambdab->Lambdac")
    found = Currents(heavy, light, q2, dict.fromkeys(record.coefficients, 1.0), spins)
    p, k = momenta(heavy, light, q2)
    u, bar = spinor(heavy, p, spins[0]), spinor(light, k, spins[1]).conj() @ GAMMA[0]
    even, odd = found.tensors()
    for m in range(4):
        assert found.vector[m] == pytest.approx(bar @ GAMMA[m] @ u, abs=1e-12)
        assert found.axial[m] == pytest.approx(bar @ GAMMA[m] @ GAMMA5 @ u, abs=1e-12)
        for n in range(4):
            assert even[m, n] == pytest.approx(bar @ TENSOR[m][n] @ u, abs=1e-12)
            assert odd[m, n] == pytest.approx(bar @ TENSOR[m][n] @ GAMMA5 @ u, abs=1e-12)
    assert bar @ LEFT @ u + bar @ RIGHT @ u == pytest.approx(bar @ u, abs=1e-12)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("lepton", ["tau", "mu"])
def test_every_operator_against_spinors(inputs, par, lepton, point):
    process, total = PROCESSES[lepton], np.array(POINTS[point], dtype=complex)
    c = np.zeros(15, dtype=complex)
    own = 5 * charged.NEUTRINOS.index(lepton)
    c[own : own + 5] = total
    c[own] -= charged.sm_coefficient(par)
    for q2 in (3.9, 9.7):
        expected = rates(inputs, par, process, total, q2)
        densities = lb_to_lclnu.densities(inputs, par, process, np.array([q2]))
        for key, form in densities.items():
            assert form(c)[0] == pytest.approx(expected[key], rel=1e-10, abs=1e-12 * expected["rate"]), (
                key,
                q2,
            )


# --- outside numbers


def standard_model(chosen, draws=0):
    """R(Λ_c), and the rates to τ and μ over |V_cb|² in 1/ps without the photon correction."""
    loaded = load_inputs("default", form_factors={"Lambdab->Lambdac": chosen})
    par = loaded.parameters.sample(draws, seed=1) if draws else loaded.parameters.mapping()
    tau, mu = (np.real(lb_to_lclnu.forms(loaded, par, PROCESSES[x])["rate"].sm) for x in ("tau", "mu"))
    unit = np.asarray(par["Vcb"]) ** 2 * charged.sm_coefficient(par) ** 2 * 6.582119569e-13
    return np.array([tau / mu, tau / unit, mu / unit])


def test_ratio_and_rates_are_those_of_the_lattice_paper():
    """1503.01421: 0.3328(74)(70), 7.15(15)(27) and 21.5(8)(11); its centre is the nominal fit."""
    centre, statistical = standard_model("dkmr17-nominal"), standard_model("dkmr17-nominal", 1000).std(axis=1)
    np.testing.assert_allclose(centre, [0.3328, 7.15, 21.5], rtol=1e-3)  # the printed digits
    np.testing.assert_allclose(statistical, [0.0074, 0.15, 0.8], rtol=0.1)
    higher, wide = (
        standard_model("dkmr17-higher-order"),
        standard_model("dkmr17-higher-order", 1000).std(axis=1),
    )
    systematic = np.maximum(np.abs(higher - centre), np.sqrt(np.abs(wide**2 - statistical**2)))
    np.testing.assert_allclose(systematic, [0.0070, 0.27, 1.1], rtol=0.12)


def test_default_has_the_centre_and_the_error_of_the_paper():
    np.testing.assert_allclose(standard_model("dkmr17"), standard_model("dkmr17-nominal"), rtol=1e-12)
    error = standard_model("dkmr17", 1000).std(axis=1)
    np.testing.assert_allclose(error, np.hypot([0.0074, 0.15, 0.8], [0.0070, 0.27, 1.1]), rtol=0.1)


@pytest.mark.parametrize(
    ("operator", "tolerance"), [("VL", 1e-3), ("VR", 0.02), ("SL", 0.01), ("SR", 0.01), ("T", 0.06)]
)
def test_the_sum_rule_of_heavy_quarks_holds(inputs, par, operator, tolerance):
    """2508.06322: a quarter of B → Dτν and three quarters of B → D*τν, each over its SM value."""
    modules = (lb_to_lclnu, b_to_plnu, b_to_vlnu)
    forms = [module.forms(inputs, par, module.PROCESSES[0])["rate"].over_sm() for module in modules]
    for value in (0.1, -0.1, 0.1j):
        c = np.zeros(15, dtype=complex)
        c[forms[0].basis.index(f"C{operator}_bctaunutau")] = value
        baryon, d, d_star = (form(c) for form in forms)
        assert baryon == pytest.approx(d / 4 + 3 * d_star / 4, rel=tolerance)
