"""Z decays: the width with explicit couplings, flavio with wilson's running, the leading logarithm, universality."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nutau
from nutau import predict
from nutau.decays import z_to_ll
from nutau.eft.smeft.basis import warsaw
from nutau.eft.wilson import Wilson
from nutau.inputs import load_inputs

INPUTS = load_inputs("flavio-2.7")
PAR = INPUTS.parameters.mapping()
TAU, _, ELECTRON = z_to_ll.PROCESSES
RATIO = "Rtaue(Z->ll)"


def point(**tev):
    values = {key: value * 1e-6 for key, value in tev.items()}
    return Wilson.from_mapping(warsaw(), 4700.0, values)


def test_width_by_explicit_spin_sum():
    # sum over spins of |u-bar gamma_mu (gL PL + gR PR) v|² with the polarisations of a Z at rest
    sigma = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    zero, one = np.zeros((2, 2)), np.eye(2)
    gamma = [np.block([[zero, one], [one, zero]]), *(np.block([[zero, s], [-s, zero]]) for s in sigma)]
    left = np.diag([1.0, 1.0, 0.0, 0.0])
    mass, m_z = PAR["m_tau"], PAR["m_Z"]
    shifts = np.array([0.03 + 0.01j, -0.02j])
    g = np.array([PAR["s2w"] - 0.5, PAR["s2w"]]) + shifts
    e = m_z / 2
    p = np.sqrt(e**2 - mass**2)
    slash = [e * gamma[0] - sign * p * gamma[3] for sign in (1, -1)]
    total = 0.0
    for k in (1, 2, 3):  # the sum over polarisations is -g_mu_nu + P P/m²: the spatial components at rest
        vertex = gamma[k] @ (g[0] * left + g[1] * (np.eye(4) - left))
        bar = gamma[0] @ vertex.conj().T @ gamma[0]
        total += np.trace((slash[0] + mass * np.eye(4)) @ vertex @ (slash[1] - mass * np.eye(4)) @ bar).real
    # (g/c_W)² = 8 m_Z² G_F/sqrt2, one third for the average over the spin of the Z, two-body phase space
    width = 8 * m_z**2 * PAR["GF"] / np.sqrt(2) * total / 3 * (2 * p / m_z) / (16 * np.pi * m_z)
    ours = z_to_ll.forms(INPUTS, PAR, TAU)["rate"](shifts)
    assert ours == pytest.approx(width, rel=1e-12)


def test_width_is_near_the_measured_one():
    # LEP, Table 7.1 of hep-ex/0509008: 83.92(12) MeV; electroweak corrections are 1 %
    assert z_to_ll.forms(INPUTS, PAR, ELECTRON)["rate"].sm == pytest.approx(0.08392, rel=0.015)


def test_tau_mass_makes_the_width_smaller():
    # 1 - 6 m²/m_Z² for axial couplings: -0.23 %, section 1.5.2 of hep-ex/0509008
    assert predict([RATIO], draws=0)[RATIO].sm - 1 == pytest.approx(-0.0023, abs=5e-5)


@pytest.mark.parametrize(
    ("kappa", "r_tau"), [(0, 1.3e-3), (1, -1e-4), (3, -3.0e-3), (-1, 2.8e-3), (-3, 5.7e-3)]
)
def test_running_of_lq3_3333_is_wilsons_and_flavios(kappa, r_tau):
    # flavio 2.7.1 and wilson 2.5.2 with full running, lq3_3333 = -0.1 TeV⁻² at 4.7 TeV: changes of
    # R_tau = Gamma_had/Gamma_tautau and of BR(tau -> l nu nu), as printed: units of 1e-4, of which Gamma_had itself
    # and Gamma_ee move up to one
    wilson = point(lq1_3333=-0.1 * kappa, lq3_3333=-0.1)
    made = predict([RATIO, "BR(tau->mununu)/SM", "g_tau/g_mu"], wilson, inputs=INPUTS, draws=0)
    assert 1 / made[RATIO].ratio - 1 == pytest.approx(r_tau, rel=0.05, abs=1e-4)
    assert made["BR(tau->mununu)/SM"].value - 1 == pytest.approx(-1.4e-3, abs=1e-4)
    assert made["g_tau/g_mu"].value - 1 == pytest.approx(-0.7e-3, abs=5e-5)


def test_leading_logarithm_is_good_to_fifteen_percent():
    """C_phil1 = -L C_lq1, C_phil3 = L C_lq3, L = 6 y_t² ln(Λ/m_Z)/(16 π²): arXiv:1310.4838, arXiv:1705.00929."""
    y_t = 0.84  # between m_t/v·√2 at 1 and 5 TeV
    logarithm = 6 * y_t**2 * np.log(4700.0 / PAR["m_Z"]) / (16 * np.pi**2)
    phil1, phil3 = 0.1e-6 * logarithm, -0.1e-6 * logarithm
    half_v2 = 0.5 / (np.sqrt(2) * PAR["GF"])
    rate = z_to_ll.forms(INPUTS, PAR, TAU)["rate"]
    for lq1, lq3, shift in ((-0.1, 0.0, phil1), (0.0, -0.1, phil3)):
        estimate = rate(np.array([-half_v2 * shift, 0.0])) / rate.sm - 1
        full = predict([RATIO], point(lq1_3333=lq1, lq3_3333=lq3), inputs=INPUTS, draws=0)[RATIO].ratio - 1
        assert estimate == pytest.approx(full, rel=0.15)


def test_without_running_only_the_higgs_currents_count():
    made = predict([RATIO], nutau.point(point(lq3_3333=1.0), running="none"), draws=0)[RATIO]
    assert made.ratio == 1.0
    half_v2 = 0.5e-6 / (np.sqrt(2) * PAR["GF"])
    current = predict([RATIO], nutau.point(point(phil1_33=1.0), running="none"), inputs=INPUTS, draws=0)[
        RATIO
    ]
    given = predict([RATIO], {"dgL_Ztautau": -half_v2}, inputs=INPUTS, draws=0)[RATIO]
    assert current.ratio == pytest.approx(given.ratio, rel=1e-12)
    # g_L = -0.269 becomes more negative with a positive phil1, and the width rises
    left, right = PAR["s2w"] - 0.5, PAR["s2w"]
    expected = ((left - half_v2) ** 2 + right**2) / (left**2 + right**2)
    assert current.ratio == pytest.approx(expected, rel=1e-3)  # the mass of the tau


def test_universal_shifts_drop_out():
    same = {f"dg{side}_Z{x}{x}": value for side, value in (("L", 0.01), ("R", -0.02)) for x in ("mu", "e")}
    made = predict(["Rmue(Z->ll)"], same, draws=0)["Rmue(Z->ll)"]
    assert made.ratio == pytest.approx(1.0, abs=1e-6)


def test_draws_and_gradient():
    draws = INPUTS.parameters.sample(5, seed=0)
    assert z_to_ll.forms(INPUTS, draws, TAU)["rate"].matrix.shape == (5, 3, 3)

    def rate(x):
        par = {**PAR, "m_tau": x[0], "s2w": x[1]}
        return z_to_ll.forms(INPUTS, par, TAU)["rate"](jnp.full(2, 1e-3, dtype=complex))

    slopes = jax.jit(jax.grad(rate))(jnp.array([PAR["m_tau"], PAR["s2w"]]))
    assert np.all(np.isfinite(slopes))
    assert slopes[0] < 0
