"""Mixing of neutral mesons: equal to flavio, the closed form with new physics, phases, finite gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nutau.decays import mixing
from nutau.inputs import load_inputs

INPUTS = load_inputs("flavio-2.7")
PAR = INPUTS.parameters.mapping()
BS = mixing.PROCESSES[0]
HBAR = 6.582119569e-13  # GeV ps

# flavio 2.7.1: (M12 - M12_SM)/M12_SM per GeV⁻² of the coefficient at 4.8 GeV; its m_t(m_t) differs by 1e-4
FLAVIO = {
    "CVLL": -1.3582629778776344e10 - 4.91973161115458e8j,
    "CVRR": -1.3582629778776344e10 - 4.91973161115458e8j,
    "CVLR": 2.5151352215704166e10 + 9.110010695589328e8j,
    "CSLL": 1.3847102623819477e10 + 5.015525683233597e8j,
    "CSRR": 1.3847102623819477e10 + 5.015525683233597e8j,
    "CSLR": -2.3556988437030025e10 - 8.532520032192205e8j,
    "CTLL": -3.2707013595620975e10 - 1.1846728602164366e9j,
    "CTRR": -3.2707013595620975e10 - 1.1846728602164366e9j,
}


def read(forms, c):
    delta_m = np.sqrt(forms["squared"](c))
    return delta_m, np.arctan2(forms["sine"](c), forms["cosine"](c))


def point(**values):
    c = np.zeros(len(BS.basis), dtype=complex)
    for name, value in values.items():
        c[BS.basis.index(f"{name}_bsbs")] = value
    return c


def test_sm_is_flavios():
    delta_m, phase = read(mixing.forms(INPUTS, PAR, BS), point())
    assert delta_m == pytest.approx(1.1412975260847767e-11 / HBAR, rel=2e-4)  # DeltaM_s
    assert np.sin(-phase) == pytest.approx(0.03626140617804675, rel=5e-4)  # S_psiphi


@pytest.mark.parametrize("name", FLAVIO)
def test_each_operator_is_flavios(name):
    row = mixing.mixing_amplitude(PAR, BS)
    ratio = row[1 + BS.basis.index(f"{name}_bsbs")] / row[0]
    assert ratio == pytest.approx(FLAVIO[name], rel=2e-4)


def test_new_physics_is_flavios():
    c = point(CVLL=3e-12 + 2e-12j, CSLR=1e-12j)
    delta_m, phase = read(mixing.forms(INPUTS, PAR, BS), c)
    assert delta_m * HBAR == pytest.approx(1.0985054168611532e-11, rel=2e-4)
    assert np.sin(-phase) == pytest.approx(0.09040358058673192, rel=2e-3)


def test_closed_form():
    # Delta M_s/SM = |1 + C/C_SM|, phi_s - SM = arg(1 + C/C_SM)
    c_sm = mixing.equivalent_cvll(PAR)
    forms = mixing.forms(INPUTS, PAR, BS)
    delta_sm, phase_sm = read(forms, point())
    for value in (1e-11, -3e-11 + 2e-11j, 2e-10j):
        delta_m, phase = read(forms, point(CVLL=value))
        assert delta_m / delta_sm == pytest.approx(abs(1 + value / c_sm))
        assert np.exp(1j * (phase - phase_sm)) == pytest.approx(np.exp(1j * np.angle(1 + value / c_sm)))


def test_real_couplings_of_vectors_raise_delta_m():
    # C_VLL = -(real)² of VB and Z', and C_SM < 0
    forms = mixing.forms(INPUTS, PAR, BS)
    assert mixing.equivalent_cvll(PAR).real < 0
    assert read(forms, point(CVLL=-1e-11))[0] > read(forms, point())[0]


def test_size_of_the_sm_coefficient():
    # -7.5e-5 TeV⁻² at m_b in the leading-log cross-check with R_loop = 1.34e-3 of 1909.11087; inputs to 3 %
    assert mixing.equivalent_cvll(PAR).real * 1e6 == pytest.approx(-7.5e-5, rel=0.03)


# flavio 2.7.1: M12 without new physics, and per GeV⁻² of the coefficients at 4.8 GeV
OTHERS = {
    "B0-B0bar": {
        "SM": 1.2407463984937345e-13 + 1.2020628080162327e-13j,
        **{"CVLL": -0.05373760019578302, "CVRR": -0.05373760019578302, "CVLR": 0.10053155339554573},
        **{"CSLL": 0.05312230324604822, "CSRR": 0.05312230324604822, "CSLR": -0.09328960049842107},
        **{"CTLL": -0.13075120832588588, "CTRR": -0.13075120832588588},
    },
    "K0-K0bar": {
        **{"CVLL": -0.0019338055695474457, "CVRR": -0.0019338055695474457, "CVLR": 0.05397581295672196},
        **{"CSLL": 0.03754737795625556, "CSRR": 0.03754737795625556, "CSLR": -0.09647497036688914},
        **{"CTLL": -0.06278849993966086, "CTRR": -0.06278849993966086},
    },
    "D0-D0bar": {
        "SM": -3.152526973346046e-15 - 2.0307523026616343e-19j,
        **{"CVLL": -0.018660877674253958, "CVRR": -0.018660877674253958, "CVLR": 0.05112828951783693},
        **{"CSLL": 0.03821898433258751, "CSRR": 0.03821898433258751, "CSLR": -0.07319286825732997},
        **{"CTLL": -0.06476797118910581, "CTRR": -0.06476797118910581},
    },
}
# below 4.8 GeV flavio runs with QED, and K with three flavours
ACCURACY = {"B0-B0bar": 2e-4, "K0-K0bar": 4e-3, "D0-D0bar": 1.5e-2}


@pytest.mark.parametrize("process", mixing.PROCESSES[1:], ids=lambda process: process.name)
def test_other_mesons_are_flavios(process):
    row = mixing.mixing_amplitude(PAR, process)
    for name, theirs in OTHERS[process.name].items():
        if name == "SM":
            assert row[0] == pytest.approx(theirs, rel=2e-4)
        else:
            place = 1 + process.basis.index(f"{name}_{2 * process.quarks}")
            assert row[place] == pytest.approx(theirs, rel=ACCURACY[process.name]), name


def test_sm_of_the_other_mesons_is_flavios():
    found = {process.name: mixing.forms(INPUTS, PAR, process) for process in mixing.PROCESSES[1:]}
    none = np.zeros(8, dtype=complex)
    delta_m, phase = read(found["B0-B0bar"], none)
    assert delta_m == pytest.approx(3.4550869434925627e-13 / HBAR, rel=2e-4)  # DeltaM_d
    assert np.sin(phase) == pytest.approx(0.6966906504221231, rel=1e-5)  # S_psiK
    # its box has α_s of other flavours
    assert found["K0-K0bar"]["sine"](none) == pytest.approx(0.0019528919765385057, rel=6e-3)  # eps_K
    assert np.sqrt(found["D0-D0bar"]["squared"](none)) == pytest.approx(0.0039308316457440885, rel=1e-5)
    assert abs(found["D0-D0bar"]["sine"](none)) < 1e-12


def test_imaginary_parts_follow_the_coefficient():
    """eps_K and x12Im_D are linear; signs as in flavio, where H = -C O."""
    kaon, charm = (mixing.PROCESSES[i] for i in (2, 3))
    for process, scale in ((kaon, 1e-13), (charm, 1e-14)):
        form = mixing.forms(INPUTS, PAR, process)["sine"]
        c = np.zeros(8, dtype=complex)
        c[process.basis.index(f"CVLL_{2 * process.quarks}")] = 1j * scale
        row = mixing.mixing_amplitude(PAR, process)
        shift = (row[1 + process.basis.index(f"CVLL_{2 * process.quarks}")] * 1j * scale).imag
        if process is kaon:
            expected = PAR["kappa_epsilon"] / np.sqrt(2) / (PAR["DeltaM_K0"] * HBAR) * shift
        else:  # the SM's Γ12 is -0.35/ps times (V_us V_cs*)², almost real
            expected = -2.0 * PAR["tau_D0"] * shift
        assert form(c) - form(np.zeros(8)) == pytest.approx(expected, rel=2e-3)


def test_box_of_w_bosons():
    """The limits: S(x, x) of massless others is top_box; F is symmetric and smooth where both are equal."""
    x, tiny = 4.1, 1e-9
    combined = mixing.w_box(x, x) + 1.0 - 2.0 * mixing.massless_box(x)
    assert combined == pytest.approx(mixing.top_box(x), rel=1e-12)
    assert mixing.w_box(x, tiny) == pytest.approx(mixing.massless_box(x), rel=1e-6)
    assert mixing.w_box(2.0, 3.0) == pytest.approx(mixing.w_box(3.0, 2.0), rel=1e-12)
    assert mixing.w_box(2.0, 2.0 + 1e-5) == pytest.approx(mixing.w_box(2.0, 2.0), rel=1e-4)


def test_draws():
    draws = INPUTS.parameters.sample(200, seed=1)
    sample = np.sqrt(mixing.forms(INPUTS, draws, BS)["squared"].sm)
    assert sample.shape == (200,)
    # flavio's 17.34(73) ps⁻¹
    assert sample.std() == pytest.approx(0.73, rel=0.2)


def test_gradient():
    names = ("m_W", "gamma", "f_Bs", "bag_Bs_1", "Vcb")

    def delta_m(x):
        par = {**PAR, **dict(zip(names, x, strict=True))}
        return jnp.sqrt(mixing.forms(INPUTS, par, BS)["squared"].sm)

    at = jnp.array([PAR[name] for name in names])
    slope = jax.jit(jax.grad(delta_m))(at)
    assert np.all(np.isfinite(slope))
    assert slope[3] == pytest.approx(17.341 / PAR["bag_Bs_1"], rel=1e-3)
