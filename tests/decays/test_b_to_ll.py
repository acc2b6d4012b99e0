"""Bs -> tau tau and Bs -> tau mu: flavio's numbers, mixing, limits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import flavio_neutral
import flavio_rare
from nutau import predict
from nutau.decays import b_to_ll
from nutau.eft.algebra import Affine
from nutau.eft.qcd import at_scale_b
from nutau.eft.wet.basis import MU_B, WET
from nutau.eft.wet.standard_model import b_to_s
from nutau.eft.wilson import Wilson
from nutau.errors import InputError
from nutau.inputs import load_inputs

ROWS = {row.name: row for row in b_to_ll.PROCESSES}
TAUS, MUONS = ROWS["Bs->tautau"], ROWS["Bs->mumu"]


@pytest.fixture(scope="module")
def flavio():
    return load_inputs("flavio-2.7")


@pytest.fixture(scope="module")
def par(flavio):
    return flavio.parameters.mapping()


@pytest.mark.parametrize("entry", flavio_neutral.cases([b_to_ll]), ids=flavio_neutral.label)
def test_flavio(flavio, entry):
    flavio_neutral.check(flavio_neutral.predictions(flavio, [b_to_ll], entry), entry, 1e-8)


@pytest.mark.parametrize("entry", flavio_rare.cases("leptonic"), ids=flavio_rare.label)
def test_flavio_of_light_leptons(flavio, entry):
    flavio_rare.check(flavio, entry, 1e-9)


def test_branching_ratio_of_the_standard_model(flavio, par):
    forms = b_to_ll.forms(flavio, par, TAUS)
    assert forms["rate"].sm * par["tau_Bs"] == pytest.approx(7.696796e-7, rel=1e-7)
    # in the SM only the heavy state decays: A_ΔΓ = 1
    y = 0.5 * par["DeltaGamma/Gamma_Bs"]
    assert forms["rate"].sm / forms["prompt"].sm == pytest.approx(1 / (1 - y), rel=1e-13)


def test_mixing_weighs_real_and_imaginary_parts(flavio, par):
    forms = b_to_ll.forms(flavio, par, TAUS)
    y, basis = 0.5 * par["DeltaGamma/Gamma_Bs"], TAUS.basis
    point = np.zeros(len(basis), dtype=complex)
    point[basis.index("CS_bstautau")] = 3.0
    for phase, sign in ((1.0, -1.0), (1j, 1.0)):
        scalar = forms["rate"](phase * point) - forms["rate"].sm
        prompt = forms["prompt"](phase * point) - forms["prompt"].sm
        assert scalar / prompt == pytest.approx((1 + sign * y) / (1 - y * y), rel=1e-12)


def test_what_mixing_does_follows_from_the_phases_of_two_amplitudes(flavio, par):
    """A_ΔΓ = (|P|² cos 2φ_P - |S|² cos 2φ_S)/(|P|² + |S|²), S with sines: Eqs. of De Bruyn et al., 1204.1737."""
    forms, basis = b_to_ll.forms(flavio, par, MUONS), MUONS.basis
    sm = b_to_s(par, at_scale_b(par, pole_threshold=True)).c10
    y, point = 0.5 * par["DeltaGamma/Gamma_Bs"], np.zeros(len(basis), dtype=complex)
    point[basis.index("C10_bsmumu")] = 1.5 - 2.0j
    p = 1.0 + point.sum() / sm
    for key, wanted in (("cosine", (p**2).real), ("sine", (p**2).imag)):
        assert forms[key](point) / forms["prompt"](point) == pytest.approx(wanted / abs(p) ** 2, rel=1e-12)
    point[basis.index("CSp_bsmumu")] = 0.4 - 0.1j
    asymmetry = forms["cosine"](point) / forms["prompt"](point)
    sine = forms["sine"](point) / forms["prompt"](point)
    assert asymmetry**2 + sine**2 < 1
    # the integral of t Γ(t), Γ(t) = e^-t (cosh yt + A sinh yt), over that of Γ(t)
    t, weights = np.polynomial.laguerre.laggauss(60)
    rate = np.cosh(y * t) + asymmetry * np.sinh(y * t)
    mean = weights @ (t * rate) / (weights @ rate)
    assert forms["moment"](point) / forms["rate"](point) == pytest.approx(mean, rel=1e-10)


def test_muons_of_the_standard_model_as_published():
    """(3.64 ± 0.12)e-9, the abstract of 2407.03810."""
    inputs = load_inputs("default")
    par = inputs.parameters.mapping()
    ours = b_to_ll.forms(inputs, par, ROWS["Bs->mumu"])["rate"].sm * par["tau_Bs"]
    assert abs(ours - 3.64e-9) < 0.12e-9


def test_helicity_suppression_of_electrons(flavio, par):
    """In the Standard Model the rates go with m² β."""
    for name in ("Bs", "B0"):
        electrons, muons = (
            b_to_ll.forms(flavio, par, ROWS[f"{name}->{pair}"])["prompt"].sm for pair in ("ee", "mumu")
        )
        beta = (1 - 4 * par["m_mu"] ** 2 / par[f"m_{name}"] ** 2) ** 0.5
        ratio = (par["m_e"] / par["m_mu"]) ** 2 / beta
        assert electrons / muons == pytest.approx(ratio, rel=1e-7)


def test_without_width_difference_nothing_is_left_of_mixing(flavio, par):
    forms = b_to_ll.forms(flavio, {**par, "DeltaGamma/Gamma_Bs": 0.0}, TAUS)
    rng = np.random.default_rng(1)
    points = rng.normal(size=(20, len(TAUS.basis))) + 1j * rng.normal(size=(20, len(TAUS.basis)))
    np.testing.assert_allclose(forms["rate"](points), forms["prompt"](points), rtol=1e-13)
    assert np.all(forms["prompt"](points) > 0)


def test_the_form_of_conjugates_follows_a_change_of_coefficients(flavio, par):
    rate = b_to_ll.forms(flavio, par, TAUS)["rate"]
    rng = np.random.default_rng(2)
    n = len(TAUS.basis)
    linear = rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n))
    step = Affine.from_parts(TAUS.basis, TAUS.basis, linear=linear)
    point = rng.normal(size=n) + 1j * rng.normal(size=n)
    assert rate.after(step)(point) == pytest.approx(rate(linear @ point), rel=1e-12)


def test_the_form_of_conjugates_reads_on_a_larger_basis(flavio, par):
    rate = b_to_ll.forms(flavio, par, TAUS)["rate"]
    point = Wilson.from_mapping(WET, MU_B, {"C10_bstautau": 2.0 - 3.0j, "CP_bstautau": 1.0j, "C9_bsee": 1.0})
    assert rate.on(WET)(point) == pytest.approx(
        rate(point.values[..., [WET.index(c) for c in TAUS.basis.coefficients]])
    )


def test_tau_mu_of_flavio(flavio, par):
    row = ROWS["Bs->taumu"]
    form = b_to_ll.forms(flavio, par, row)["rate"] * par["tau_Bs"]
    point = np.zeros(len(row.basis), dtype=complex)
    point[row.basis.index("C9_bstaumu")], point[row.basis.index("C10_bstaumu")] = 1.0, -1.0
    assert form(point) == pytest.approx(2.20e-8, rel=3e-3)  # flavio 2.7.1: 2.20e-8 |c|²
    assert form.sm == 0


@pytest.mark.parametrize("name", ["Bs->taumu", "Bs->mutau"])
def test_a_vector_current_is_a_scalar_by_the_equations_of_motion(name):
    """p_μ ū γ^μ v = (m_- - m_+) ū v, p_μ s̄ γ^μ γ5 b = (m_b + m_s) s̄ γ5 b: C9 (m_- - m_+) is m_B² C_S m_b/(m_b + m_s).

    m_- is the mass of the negative lepton, the second of the name (C9_bstaumu gives τ⁺μ⁻).
    """
    inputs = load_inputs("default")
    par, row = inputs.parameters.mapping(), ROWS[name]
    at = at_scale_b(par)
    positive, negative = row.lepton_masses(par)
    form = b_to_ll.forms(inputs, par, row)["rate"]
    point = np.zeros(len(row.basis), dtype=complex)
    vector, scalar = (row.basis.index(f"{c}_{name[0].lower() + name[1]}{name[4:]}") for c in ("C9", "CS"))
    point[vector] = 1.0
    alone = form(point)
    point[scalar] = -(negative - positive) * (at.m_b + at.m_s) / at.m_b / par["m_Bs"] ** 2
    assert abs(form(point)) < 1e-12 * alone


def test_jax_agrees_over_draws(flavio):
    draws = flavio.parameters.sample(3)
    traced = jax.jit(lambda p: b_to_ll.forms(flavio, p, TAUS)["rate"].matrix)(
        {name: jnp.asarray(value) for name, value in draws.items()}
    )
    np.testing.assert_allclose(
        traced, b_to_ll.forms(flavio, draws, TAUS)["rate"].matrix, rtol=1e-12, atol=1e-32
    )


def test_there_are_no_bins(flavio, par):
    with pytest.raises(InputError, match="two-body decay and has no q² bins"):
        b_to_ll.forms(flavio, par, TAUS, (1.0, 2.0))


def test_lifetime_of_the_bs_over_that_of_the_b0():
    """Shorter by the branching ratio before mixing; the value of arXiv:2208.02643 without new physics."""
    point = {"C10_bstautau": 300.0, "CS_bstautau": 5.0j}
    inputs = load_inputs("default")
    par, basis = inputs.parameters.mapping(), TAUS.basis
    c = np.array([point.get(name, 0.0) for name in basis.coefficients], dtype=complex)
    prompt = b_to_ll.forms(inputs, par, TAUS)["prompt"]
    added = (prompt(c) - prompt.sm) * par["tau_Bs"]
    made = predict("tau_Bs/tau_B0", point, draws=0)[0]
    assert made.sm == pytest.approx(1.003, rel=1e-12)
    assert made.value == pytest.approx(1.003 / (1.0 + added), rel=1e-12)
    assert 0.003 < added < 0.5
