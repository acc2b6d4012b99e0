"""Lambda_b -> Lambda l l: flavio's numbers, published ones, limits and laws."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import flavio_rare
from nutau.decays import lb_to_lll
from nutau.errors import InputError
from nutau.inputs import load_inputs

ROWS = {row.name: row for row in lb_to_lll.PROCESSES}
ELECTRONS, MUONS, TAUS = (ROWS[f"Lambdab->Lambda{pair}"] for pair in ("ee", "mumu", "tautau"))
HIGH = (15.0, 20.0)


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(3)
    return rng.normal(size=(40, len(MUONS.basis))) + 1j * rng.normal(size=(40, len(MUONS.basis)))


@pytest.mark.parametrize("entry", flavio_rare.cases("baryon"), ids=flavio_rare.label)
def test_flavio(entry):
    flavio_rare.check(load_inputs("flavio-2.7"), entry, 5e-6)


def test_rates_and_shares_are_what_they_can_be(inputs, par, points):
    for process, q2_range in ((MUONS, (1.1, 6.0)), (MUONS, HIGH), (TAUS, HIGH)):
        forms = lb_to_lll.forms(inputs, par, process, q2_range)
        eigenvalues = np.linalg.eigvalsh(forms["rate"].matrix)
        assert eigenvalues.min() > -1e-12 * eigenvalues.max()
        rate = forms["rate"](points)
        assert np.all((forms["longitudinal"](points) > 0) & (forms["longitudinal"](points) < rate))
        alpha = par["alpha_Lambda"]
        for key, largest in (("afb_l", 0.75), ("afb_h", 0.5 * alpha), ("afb_lh", 0.375 * alpha)):
            assert np.max(np.abs(forms[key](points)) / rate) <= largest


def test_parity_exchanges_primed_operators_and_turns_the_hadron_over(inputs, par, points):
    """With C and C' exchanged the rate is that of the mirror image: afb_l and afb_h change sign, afb_lh does not.

    Without the Standard Model, which has no right-handed current.
    """
    names = MUONS.basis.coefficients
    mirrored = [name.replace("p_", "_") if "p_" in name else name.replace("_", "p_") for name in names]
    order = [names.index(name) for name in mirrored]
    sign = np.array(
        [-1.0 if name.startswith(("C10", "CP")) else 1.0 for name in names]
    )  # and γ5 of the leptons
    forms = lb_to_lll.forms(inputs, par, MUONS, HIGH)
    for key, parity in (("rate", 1), ("longitudinal", 1), ("afb_l", 1), ("afb_h", -1), ("afb_lh", -1)):
        block = forms[key].matrix[1:, 1:]
        turned = (block * np.outer(sign, sign))[np.ix_(order, order)]
        np.testing.assert_allclose(turned, parity * block, atol=1e-12 * np.abs(block).max())


def test_leptons_are_universal_but_for_their_mass(inputs, par):
    electrons, muons = (lb_to_lll.forms(inputs, par, row, HIGH)["rate"].sm for row in (ELECTRONS, MUONS))
    assert muons / electrons == pytest.approx(1.0, abs=2.5e-3)
    light = {**par, "m_mu": par["m_e"]}
    assert lb_to_lll.forms(inputs, light, MUONS, HIGH)["rate"].sm == pytest.approx(electrons, rel=1e-12)


def test_photon_pole(inputs, par):
    """Near q² = 0 the rate is that of a real photon, transverse, over q²."""
    q2 = np.array([2e-3, 4e-3])
    forms = lb_to_lll.densities(inputs, par, ELECTRONS, q2)
    rate = forms["rate"].sm
    assert rate[0] / rate[1] == pytest.approx(2.0, rel=2e-2)
    assert np.all(forms["longitudinal"].sm / rate < 2e-2)
    only_c9 = forms["rate"].matrix[:, *2 * (1 + ELECTRONS.basis.index("C9_bsee"),)].real
    only_c7 = forms["rate"].matrix[:, *2 * (1 + ELECTRONS.basis.index("C7_bs"),)].real
    assert np.all(only_c9 < 1e-3 * only_c7)


def test_without_phases_a_decay_is_its_conjugate(inputs, par, points):
    """Real coefficients, or their conjugates: the average over a decay and its conjugate does not tell CP from T."""
    forms = lb_to_lll.forms(inputs, {**par, "gamma": 0.0}, MUONS, HIGH)
    np.testing.assert_allclose(forms["rate"](points), forms["rate"](points.conj()), rtol=1e-12)


def test_a_narrow_bin_is_the_density(inputs, par, points):
    for q2 in (3.0, 17.0):
        narrow = lb_to_lll.forms(inputs, par, MUONS, (q2 - 0.01, q2 + 0.01))
        at = lb_to_lll.densities(inputs, par, MUONS, np.array([q2]))
        for key in at:
            wanted = at[key](points[:, None])[:, 0]
            size = np.abs(wanted).max()
            np.testing.assert_allclose(narrow[key](points) / 0.02, wanted, rtol=1e-4, atol=1e-4 * size)


def test_equations_of_motion_make_a_vector_current_of_unequal_leptons_a_scalar(inputs, par):
    """The part of spin 0 of C9 vanishes for equal masses; for unequal ones it is that of C_S times (m1 - m2)/q²."""
    row = ROWS["Lambdab->Lambdamutau"]
    point = np.zeros(len(row.basis), dtype=complex)
    at = lb_to_lll.densities(inputs, par, row, np.array([17.0]))["rate"]
    point[row.basis.index("C9_bsmutau")] = 1.0
    equal = lb_to_lll.densities(inputs, {**par, "m_mu": par["m_tau"]}, row, np.array([17.0]))["rate"]
    assert at(point)[0] > equal(point)[0] > 0
    assert at.sm == 0


TABLE_VII = {  # of 1602.01399: 1e7 dB/dq², F_L, A_FB of the leptons, of the hadrons and of both
    (4.0, 6.0): (None, 0.808, -0.062, -0.311, 0.021),
    (15.0, 20.0): (0.756, 0.409, -0.350, -0.2710, 0.1398),
    (18.0, 20.0): (0.665, None, None, None, None),
}


@pytest.mark.parametrize("q2_range", TABLE_VII)
def test_the_standard_model_of_the_lattice_paper(q2_range):
    """With the paper's nominal form factors, |V_tb V_ts*| = 0.04088, and τ, m_t and α of the PDG 2016."""
    inputs = load_inputs("flavio-2.7", form_factors={"Lambdab->Lambda": "dm16-nominal"})
    numbers = {
        "Vcb": 0.04175,
        "gamma": 1.30,
        "m_t": 173.21,
        "tau_Lambdab": 1 / 4.49e-13,
        "alpha_Lambda": 0.642,
    }
    par = {**inputs.parameters.mapping(), **numbers}
    forms = lb_to_lll.forms(inputs, par, MUONS, q2_range)
    rate = forms["rate"].sm
    branching, *shares = TABLE_VII[q2_range]
    if branching is not None:
        width = q2_range[1] - q2_range[0]
        assert 1e7 * rate * par["tau_Lambdab"] / width == pytest.approx(branching, abs=0.004)
    for key, value in zip(("longitudinal", "afb_l", "afb_h", "afb_lh"), shares, strict=True):
        if value is not None:  # digits of the paper; above 15 GeV² its operator product expansion is ours
            assert forms[key].sm / rate == pytest.approx(value, abs=0.003 if q2_range[0] > 14 else 0.01)


def test_jax_agrees_over_draws(inputs):
    draws, row = inputs.parameters.sample(3), ROWS["Lambdab->Lambdamutau"]
    traced = jax.jit(lambda p: lb_to_lll.forms(inputs, p, row, HIGH)["afb_lh"].matrix)(
        {name: jnp.asarray(value) for name, value in draws.items()}
    )
    plain = lb_to_lll.forms(inputs, draws, row, HIGH)["afb_lh"].matrix
    np.testing.assert_allclose(traced, plain, rtol=1e-9, atol=1e-12 * np.abs(plain).max())


def test_bins_outside_phase_space_are_refused(inputs, par):
    with pytest.raises(InputError, match="Lambdab->Lambdamumu"):
        lb_to_lll.forms(inputs, par, MUONS, (15.0, 21.0))
