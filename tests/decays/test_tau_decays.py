"""Tau decays: spin sums with explicit matrices, flavio, the W' of the literature, leading logarithms."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nutau import predict
from nutau.decays import tau_decays
from nutau.eft.smeft.basis import warsaw
from nutau.eft.wet.leptons import TAU_3MU
from nutau.eft.wilson import Wilson
from nutau.inputs import load_inputs
from nutau.observables.point import from_smeft

INPUTS = load_inputs("flavio-2.7")
PAR = INPUTS.parameters.mapping()
THREE_MU, MU_NUNU, E_NUNU, MU_GAMMA, E_GAMMA = tau_decays.PROCESSES


def gamma_matrices():
    sigma = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    zero, one = np.zeros((2, 2)), np.eye(2)
    return np.array(
        [np.block([[zero, one], [one, zero]]), *(np.block([[zero, s], [-s, zero]]) for s in sigma)]
    )


def test_three_muons_is_the_spin_sum_with_explicit_matrices():
    # all sixteen products of chiralities, integrated over the Dalitz plane, muon mass kept
    gamma = gamma_matrices()
    metric = np.array([1.0, -1.0, -1.0, -1.0])
    gamma5 = np.diag([-1.0, -1.0, 1.0, 1.0])
    chiral = {"L": 0.5 * (np.eye(4) - gamma5), "R": 0.5 * (np.eye(4) + gamma5)}
    mass, m = PAR["m_tau"], PAR["m_mu"]
    total = np.zeros((4, 4))
    x, w = np.polynomial.legendre.leggauss(32)
    angle = 0.25 * np.pi * (x + 1)
    low, high = 4 * m**2, (mass - m) ** 2
    orders = ("LL", "RR", "RL", "LR")
    for theta, weight in zip(angle, w, strict=True):
        s = low + (high - low) * np.sin(theta) ** 2
        jacobian = (high - low) * np.sin(2 * theta) * weight * 0.25 * np.pi
        momentum = np.sqrt((mass**2 - (np.sqrt(s) + m) ** 2) * (mass**2 - (np.sqrt(s) - m) ** 2)) / (2 * mass)
        beta = np.sqrt(1 - 4 * m**2 / s)
        for cosine, weight_c in zip(*np.polynomial.legendre.leggauss(3), strict=True):
            p = momenta(s, cosine, mass, m, momentum, beta)
            slashed = [np.einsum("m,mij,m->ij", q, gamma, metric) for q in p]
            lines = amplitudes_squared(gamma, metric, chiral, slashed, mass, m, orders)
            total += jacobian * weight_c * 0.5 * 2 * mass * momentum * beta * lines
    total /= 1024 * np.pi**3 * mass**3
    ours = tau_decays.forms(INPUTS, PAR, THREE_MU)["rate"].matrix[1:, 1:].real
    np.testing.assert_allclose(ours, total, rtol=1e-8)


def momenta(s, cosine, mass, m, momentum, beta):
    """P, p1, p2 (muons), p3 (antimuon); s = (p1 + p2)²."""
    energy3 = np.sqrt(m**2 + momentum**2)
    boost, pair = (mass - energy3) / np.sqrt(s), momentum / np.sqrt(s)
    e, k = 0.5 * np.sqrt(s), 0.5 * np.sqrt(s) * beta
    sine = np.sqrt(1 - cosine**2)
    one = np.array([boost * e + pair * k * cosine, k * sine, 0, pair * e + boost * k * cosine])
    two = np.array([boost * e - pair * k * cosine, -k * sine, 0, pair * e - boost * k * cosine])
    return np.array([mass, 0, 0, 0]), one, two, np.array([energy3, 0, 0, -momentum])


def amplitudes_squared(gamma, metric, chiral, slashed, mass, m, orders):
    """Spin sums of M_ab M_cd*, M = [1 P][2 3] - [2 P][1 3], as traces."""
    tau, one, two, three = (
        slashed[0] + mass * np.eye(4),
        *(q + m * np.eye(4) for q in slashed[1:3]),
        slashed[3],
    )
    three = three - m * np.eye(4)
    bar = {"L": chiral["R"], "R": chiral["L"]}
    matrix = np.zeros((4, 4))
    for (i, (a, b)), (j, (c, d)) in product(enumerate(orders), repeat=2):
        value = 0.0
        for first, second in ((one, two), (two, one)):
            for mu, nu in product(range(4), repeat=2):
                sign = metric[mu] * metric[nu]
                left = gamma[mu] @ chiral[a] @ tau @ bar[c] @ gamma[nu]
                right = gamma[mu] @ chiral[b] @ three @ bar[d] @ gamma[nu]
                direct = np.trace(first @ left) * np.trace(second @ right)
                crossed = np.trace(first @ left @ second @ right)
                value += sign * (direct - crossed).real
        matrix[i, j] = value
    return matrix


def test_three_muons_without_muon_mass_is_the_literature():
    # (117) of hep-ph/9909265: m⁵/1536 pi³ (2|LL|² + 2|RR|² + |LR|² + |RL|²)
    massless = {**PAR, "m_mu": 1e-6}
    matrix = tau_decays.forms(INPUTS, massless, THREE_MU)["rate"].matrix[1:, 1:]
    expected = np.diag([2.0, 2.0, 1.0, 1.0]) * PAR["m_tau"] ** 5 / (1536 * np.pi**3)
    np.testing.assert_allclose(matrix, expected, atol=1e-5 * expected.max())


def test_muon_mass_takes_eight_percent():
    # flavio 2.7.1, massless: BR = 3.2809808514154465e-10 for CVLL_mumutaumu = 1e-9
    c = np.eye(4)[TAU_3MU.index("CVLL_mumutaumu")] * 1e-9
    ours = tau_decays.forms(INPUTS, PAR, THREE_MU)["rate"](c.astype(complex)) * PAR["tau_tau"]
    assert ours == pytest.approx(0.91857 * 3.2809808514154465e-10, rel=1e-4)


@pytest.mark.parametrize(
    ("process", "flavio"), [(MU_NUNU, 0.17289419141349047), (E_NUNU, 0.17777215254383485)]
)
def test_leptonic_decays_are_flavios(process, flavio):
    rate = tau_decays.forms(INPUTS, PAR, process)["rate"]
    assert rate.sm * PAR["tau_tau"] == pytest.approx(flavio, rel=1e-5)


def test_leptonic_decay_with_new_physics():
    # VB: |1 + v² gl_33 gl_22/4M²|², CVLL = -gl_33 gl_22/2M²; another pair of neutrinos does not interfere
    rate = tau_decays.forms(INPUTS, PAR, MU_NUNU)["rate"]
    v2 = 1 / (np.sqrt(2) * PAR["GF"])
    c = np.zeros(9, dtype=complex)
    product_over_mass2 = 0.5e-6
    c[MU_NUNU.coefficients.index("CVLL_nutaunumumutau")] = -product_over_mass2 / 2
    assert rate(c) / rate.sm == pytest.approx((1 + v2 * product_over_mass2 / 4) ** 2)
    c[:] = 0
    c[MU_NUNU.coefficients.index("CVLL_nuenuetaumu")] = 1e-7j
    assert rate(c) / rate.sm == pytest.approx(1 + (v2 / 2 * 1e-7) ** 2)


@pytest.mark.parametrize(
    ("name", "process", "reference"), [("g_tau/g_mu", E_NUNU, None), ("g_mu/g_e", MU_NUNU, E_NUNU)]
)
def test_couplings_of_the_w_are_roots_of_ratios(name, process, reference):
    pair = {"CVLL_nutaunumumutau": -1e-7, "CVLL_nutaunueetau": 2e-7, "CVLL_nuenuetaue": 1e-7j}
    made = predict([name], pair, inputs=INPUTS, draws=0)[name]

    def over_sm(row):
        rate = tau_decays.forms(INPUTS, PAR, row)["rate"]
        return rate(np.array([pair.get(key, 0.0) for key in row.coefficients])) / rate.sm

    below = 1.0 if reference is None else over_sm(reference)
    assert made.value == pytest.approx(np.sqrt(over_sm(process) / below), rel=1e-12)
    assert made.sm == 1.0


@pytest.mark.parametrize(
    ("key", "left", "right", "flavio"),
    [
        ("lq1_2333", 4.608332e-09, 4.338685e-09, 9.850937e-09),
        ("lq3_2333", 5.936984e-09, 3.744546e-09, 1.3276046e-08),
    ],
)
def test_three_muons_by_running_of_quark_currents(key, left, right, flavio):
    # wilson 2.5.2 and flavio 2.7.1, 0.1 TeV⁻² at 2 TeV: |CVLL_mumutaumu|, |CVLR_taumumumu| at 4.8 GeV (wilson
    # integrates to 1e-3; its phase of the lepton pair is arbitrary) and the rate for massless muons
    wilson = Wilson.from_mapping(warsaw(), 2000.0, {key: 1e-7})
    point = from_smeft(wilson, INPUTS)
    assert abs(point["CVLL_mumutaumu"]) == pytest.approx(left, rel=1e-3)
    assert abs(point["CVLR_taumumumu"]) == pytest.approx(right, rel=1e-3)
    made = predict("BR(tau->mumumu)", wilson, inputs=INPUTS, draws=0)[0].value
    c = np.array([point[name] for name in TAU_3MU])
    light, heavy = (
        tau_decays.forms(INPUTS, {**PAR, "m_mu": mass}, THREE_MU)["rate"](c) for mass in (1e-6, PAR["m_mu"])
    )
    # flavio runs on to m_tau, where QED mixes the vectors and gives a dipole that interferes: 2 and 4 %
    assert made == pytest.approx(heavy / light * flavio, rel=0.05)


@pytest.mark.parametrize(("process", "key"), [(MU_GAMMA, "Cgamma_taumu"), (E_GAMMA, "Cgamma_etau")])
def test_radiative_decays_are_flavios(process, key):
    """flavio 2.7.1 at 1.8 GeV: m_tau³/4π of either chirality, x = m²/m_tau² in (1-x)³."""
    c = np.array([float(name == key) for name in process.coefficients]) * 1e-9
    ours = tau_decays.forms(INPUTS, PAR, process)["rate"](c.astype(complex)) * PAR["tau_tau"]
    flavio = {"Cgamma_taumu": 1.9484228008802676e-07, "Cgamma_etau": 1.9692376953451602e-07}[key]
    assert ours == pytest.approx(flavio, rel=1e-9)
    assert tau_decays.forms(INPUTS, PAR, process)["rate"].sm == 0.0


def test_draws_and_gradient():
    draws = INPUTS.parameters.sample(5, seed=0)
    for process in tau_decays.PROCESSES:
        assert tau_decays.forms(INPUTS, draws, process)["rate"].matrix.shape[0] == 5

    def rate(x):
        par = {**PAR, "m_tau": x[0], "m_mu": x[1]}
        return tau_decays.forms(INPUTS, par, THREE_MU)["rate"](jnp.ones(4, dtype=complex) * 1e-9)

    assert np.all(np.isfinite(jax.jit(jax.grad(rate))(jnp.array([PAR["m_tau"], PAR["m_mu"]]))))
