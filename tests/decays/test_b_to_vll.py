"""B -> K* l l: flavio's numbers, helicity fractions, the laws that every rate obeys, edges."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import flavio_neutral
from nutau.decays import b_to_vll
from nutau.errors import InputError
from nutau.inputs import load_inputs
from nutau.inputs.form_factors import zexpansion

ROWS = {row.name: row for row in b_to_vll.PROCESSES}
TAUS = ROWS["B0->K*tautau"]
RATIOS = [entry for entry in flavio_neutral.cases([b_to_vll]) if entry["name"].startswith("<Rmue>")]
OTHERS = [entry for entry in flavio_neutral.cases([b_to_vll]) if entry not in RATIOS]


@pytest.fixture(scope="module")
def flavio():
    return load_inputs("flavio-2.7")


def random_points(basis, count=50, seed=1):
    rng = np.random.default_rng(seed)
    return 5 * (rng.normal(size=(count, len(basis))) + 1j * rng.normal(size=(count, len(basis))))


@pytest.mark.parametrize("entry", OTHERS, ids=flavio_neutral.label)
def test_flavio(flavio, entry):
    flavio_neutral.check(flavio_neutral.predictions(flavio, [b_to_vll], entry), entry, 1e-7)


@pytest.mark.parametrize("entry", RATIOS, ids=flavio_neutral.label)
def test_lepton_universality_ratios_of_flavio(flavio, entry):
    # spectator effects, which nutau leaves out, cancel in the ratio: to 2e-4 in the SM, to 5e-3 where new physics
    # in electrons and muons differs by 20 %
    ours, theirs = flavio_neutral.predictions(flavio, [b_to_vll], entry), entry["converged"]
    assert ours[0] == pytest.approx(theirs[0], abs=2e-4)
    assert ours == pytest.approx(theirs, abs=5e-3)


# Standard Model with the exact conjugate CKM matrix, integrals converged
@pytest.mark.parametrize(
    ("name", "q2_range", "expected"),
    [
        ("B+->K*tautau", None, 1.521461e-7),
        ("B0->K*tautau", None, 1.412289e-7),
        ("B+->K*tautau", (15.0, None), 1.045677e-7),
        ("B0->K*tautau", (15.0, None), 0.970889e-7),
    ],
)
def test_branching_ratio_of_the_standard_model(flavio, name, q2_range, expected):
    exact = replace(flavio, compat=replace(flavio.compat, ckm_conjugate=False))
    par, row = flavio.parameters.mapping(), ROWS[name]
    rate = b_to_vll.forms(exact, par, row, q2_range)["rate"].sm
    assert rate * par[row.lifetime] == pytest.approx(expected, rel=1e-6)


# B0 -> K* tau tau over the SM, all of phase space, in C± = C ± C' at 4.8 GeV (CS, CP: 1/GeV): flavio 2.7.1, real
# coefficients, last digit; C7 is the new-physics part
POLYNOMIAL = {
    "C7+": 0.14576, "C7-": 0.70978, "C9+": 0.05359, "C9-": 0.33466, "C10+": -0.00817, "C10-": -0.12596,
    "CP-": -0.29627, "C7+ C7+": 0.05854, "C7+ C9+": 0.04256, "C7- C7-": 0.21034, "C7- C9-": 0.19388,
    "C9+ C9+": 0.00781, "C9- C9-": 0.04554, "C10+ C10+": 0.00098, "C10- C10-": 0.01512, "C10- CP-": 0.07111,
    "CS- CS-": 0.02701, "CP- CP-": 0.15336,
}  # fmt: skip


@pytest.mark.parametrize("monomial", POLYNOMIAL)
def test_polynomial_of_flavio(flavio, monomial):
    matrix = b_to_vll.forms(flavio, flavio.parameters.mapping(), TAUS)["rate"].over_sm().matrix.real

    def vector(combination):
        row = np.zeros(len(matrix))
        for name, factor in TAUS.combination(combination[:-1], float(combination[-1] + "1")).items():
            row[1 + TAUS.basis.index(name)] = 0.5 * factor
        return row

    first, *second = (vector(combination) for combination in monomial.split())
    if not second:
        value = 2 * matrix[0] @ first
    else:
        value = first @ matrix @ second[0] * (1 if monomial.split()[0] == monomial.split()[1] else 2)
    assert value == pytest.approx(POLYNOMIAL[monomial], abs=0.6e-5)


def test_longitudinal_fraction_is_not_flavios(flavio):
    par = flavio.parameters.mapping()
    for q2_range, true, other in ((None, 0.455, 0.082), ((15.0, None), 0.417, 0.101)):
        forms = b_to_vll.forms(flavio, par, TAUS, q2_range)
        rate = forms["rate"].sm
        assert forms["longitudinal"].sm / rate == pytest.approx(true, abs=5e-4)
        assert forms["flavio_fl"].sm / rate == pytest.approx(other, abs=5e-4)


def test_fraction_lies_between_0_and_1_and_rates_are_positive(inputs, par):
    for name in ("B0->K*tautau", "B0->K*taumu"):
        forms = b_to_vll.forms(inputs, par, ROWS[name])
        points = random_points(forms["rate"].basis)
        rate, longitudinal = forms["rate"](points), forms["longitudinal"](points)
        assert np.all(longitudinal > 0)
        assert np.all(longitudinal < rate)
        assert np.all(np.abs(forms["afb"](points)) < rate)
        for key in ("rate", "longitudinal"):
            values = np.linalg.eigvalsh(forms[key].matrix)
            assert values.min() > -1e-14 * values.max()


def test_at_zero_recoil_all_helicities_are_alike(inputs, par):
    # A12 = (M² - m²)/(8 M m) A1 and T23 = (M + m)²/(4 M m) T2 at q²max is exact in QCD; the fit has it to 10 %,
    # so one coefficient of each is adjusted here
    high = TAUS.edges(par)[1]
    record = inputs.form_factor("B->K*")
    heavy, light = par["m_B0"], par["m_K*0"]
    ff = zexpansion.evaluate(record, par, np.array([high]))
    functions = zexpansion.basis(record, par, np.array([high]))
    adjusted = dict(par)
    relations = (
        ("A12", "A1", (heavy**2 - light**2) / (8 * heavy * light)),
        ("T23", "T2", (heavy + light) ** 2 / (4 * heavy * light)),
    )
    for name, partner, factor in relations:
        last = record.coefficients[name][-1]
        slope = functions[name][0, record.names.index(last)]
        adjusted[last] += (factor * ff[partner][0] - ff[name][0]) / slope
    forms = b_to_vll.densities(inputs, adjusted, TAUS, np.array([high - 1e-7]))
    assert forms["longitudinal"].sm / forms["rate"].sm == pytest.approx(1 / 3, rel=1e-4)
    assert forms["afb"].sm / forms["rate"].sm == pytest.approx(0, abs=1e-3)


def test_charged_and_neutral_modes_agree(inputs, par):
    rates = [
        b_to_vll.forms(inputs, par, ROWS[name])["rate"].over_sm() for name in ("B0->K*tautau", "B+->K*tautau")
    ]
    points = random_points(TAUS.basis)
    np.testing.assert_allclose(rates[0](points), rates[1](points), rtol=1e-2)


def test_cp_conjugation_turns_the_form_into_its_conjugate(inputs, par):
    form = b_to_vll.forms(inputs, par, TAUS)["rate"].matrix
    mirrored = b_to_vll.forms(inputs, {**par, "gamma": -par["gamma"]}, TAUS)["rate"].matrix
    np.testing.assert_allclose(mirrored, np.conj(form), rtol=1e-12, atol=1e-30)


def test_unequal_leptons_of_equal_mass_are_a_pair(inputs, par):
    broken = b_to_vll.forms(inputs, {**par, "m_mu": par["m_tau"]}, ROWS["B0->K*taumu"])
    pair = b_to_vll.forms(inputs, par, TAUS)
    for key in ("rate", "longitudinal", "flavio_fl", "afb"):
        scale = np.abs(pair[key].matrix).max()
        np.testing.assert_allclose(
            broken[key].matrix[1:, 1:] / scale, pair[key].matrix[5:, 5:] / scale, atol=1e-7
        )


def test_form_factors_enter_as_a_quadratic_form(inputs, par):
    record = inputs.form_factor("B->K*")
    tensors = b_to_vll.form_factor_tensor(inputs, par, TAUS)
    draws = inputs.parameters.sample(2, seed=3)
    for k in range(2):
        alpha = {name: draws[name][k] for name in record.names}
        values = np.array(list(alpha.values()))
        for key, form in b_to_vll.forms(inputs, {**par, **alpha}, TAUS).items():
            ours = np.einsum("abij,a,b->ij", tensors[key], values, values)
            scale = np.abs(form.matrix).max()
            np.testing.assert_allclose(ours / scale, form.matrix / scale, rtol=0, atol=1e-12)


def test_nuisances_of_c9_shift_their_own_helicity(inputs, par):
    plain = b_to_vll.forms(inputs, par, TAUS, (15.0, None))
    longitudinal = b_to_vll.forms(inputs, {**par, "B0->K*0 deltaC9 c_0 Re": 0.5}, TAUS, (15.0, None))
    transverse = b_to_vll.forms(inputs, {**par, "B0->K*0 deltaC9 c_- Re": 0.5}, TAUS, (15.0, None))
    assert longitudinal["longitudinal"].sm > 1.05 * plain["longitudinal"].sm
    assert transverse["longitudinal"].sm == pytest.approx(plain["longitudinal"].sm, rel=1e-12)
    gain = [f["rate"].sm - f["longitudinal"].sm for f in (plain, longitudinal, transverse)]
    assert gain[1] == pytest.approx(gain[0], rel=1e-12)
    assert gain[2] > gain[0]


def test_bs_to_phi_is_flavios_time_integrated_rate(flavio):
    # flavio 2.7.1: <dBR/dq2>(Bs->phitautau) [15, 18.9], times 3.9 GeV². Its mixing phase enters with the wrong sign
    # (4 arg xi_t instead of 0), which changes the rate by 1e-4
    par, row = flavio.parameters.mapping(), ROWS["Bs->phitautau"]
    rate = b_to_vll.forms(flavio, par, row, (15.0, 18.9))["rate"]
    assert rate.sm * par[row.lifetime] == pytest.approx(9.031881e-8, rel=2e-4)
    prompt = b_to_vll.forms(flavio, {**par, "DeltaGamma/Gamma_Bs": 0.0}, row, (15.0, 18.9))["rate"]
    assert prompt.sm / rate.sm == pytest.approx(1.052, abs=1e-3)


def test_bs_mixing_keeps_rates_positive_and_ordered(inputs, par):
    row = ROWS["Bs->phitautau"]
    forms = b_to_vll.forms(inputs, par, row)
    assert "afb" not in forms
    points = random_points(row.basis)
    rate, longitudinal = forms["rate"](points), forms["longitudinal"](points)
    assert np.all((longitudinal > 0) & (longitudinal < rate))
    # |A_ΔΓ| <= 1: the average over time differs by at most 1/(1 - y) and 1/(1 + y)
    y = 0.5 * par["DeltaGamma/Gamma_Bs"]
    prompt = b_to_vll.forms(inputs, {**par, "DeltaGamma/Gamma_Bs": 0.0}, row)["rate"](points)
    assert np.all((rate / prompt < 1 / (1 - y)) & (rate / prompt > 1 / (1 + y)))


# CP of the final state: (-1)^L of φ and the lepton pair, times CP of the pair, scalar or axial (imaginary couplings
# have the other one). CP-odd states come from the heavy B_s alone, whose lifetime is longer by 1/(1 - y)
PARITIES = {
    "scalar": ({"CS": 1.0}, -1),
    "pseudoscalar": ({"CP": 1.0}, +1),
    "scalar, the other density": ({"CSp": 1.0}, -1),
    "perpendicular": ({"C9": 1.0, "C9p": 1.0}, -1),
    "longitudinal and parallel": ({"C9": 1.0, "C9p": -1.0}, +1),
    "axial": ({"C10": 1.0, "C10p": -1.0}, +1),
    "axial, perpendicular": ({"C10": 1.0, "C10p": 1.0}, -1),
}


@pytest.mark.parametrize("name", PARITIES)
@pytest.mark.parametrize("phase", [1.0, 1j])
def test_bs_to_phi_lives_as_long_as_its_cp_says(inputs, par, name, phase):
    couplings, parity = PARITIES[name]
    row, y = ROWS["Bs->phitautau"], 0.5 * par["DeltaGamma/Gamma_Bs"]
    point = np.zeros(len(row.basis), dtype=complex)
    for operator, value in couplings.items():
        point[row.basis.index(f"{operator}_bstautau")] = 30 * phase * value

    def alone(parameters):  # without the Standard Model and its interference
        form = b_to_vll.forms(inputs, parameters, row)["rate"]
        return 0.5 * (form(point) + form(-point)) - form.sm

    ratio = alone(par) / alone({**par, "DeltaGamma/Gamma_Bs": 0.0})
    assert y > 0.05
    assert ratio == pytest.approx(1 / (1 + parity * (phase**2).real * y), rel=1e-9)


def test_strong_phases_do_not_change_a_lifetime(inputs, par):
    """A φ of helicity 0 has one parity, whatever the strong phases: they are the same in the decay of the conjugate."""
    row, y = ROWS["Bs->phitautau"], 0.5 * par["DeltaGamma/Gamma_Bs"]
    strong = {name: 4.0 for name in par if name.startswith("Bs->phi deltaC9") and name.endswith(" Im")}
    assert len(strong) == 3
    moved = {**par, **strong}
    ratio = (
        b_to_vll.forms(inputs, moved, row)["longitudinal"].sm
        / b_to_vll.forms(inputs, {**moved, "DeltaGamma/Gamma_Bs": 0.0}, row)["longitudinal"].sm
    )
    assert ratio == pytest.approx(1 / (1 + y), rel=2e-3)  # the weak phases of λ_u


def test_jax_agrees_and_its_gradients_are_finite_at_the_edges(inputs, par):
    low, high = TAUS.edges(par)

    def rates(q2):
        forms = b_to_vll.densities(inputs, par, TAUS, q2[None])
        return 1e20 * (forms["rate"].sm[0] + forms["afb"].sm[0])

    value, slope = jax.jit(jax.vmap(jax.value_and_grad(rates)))(jnp.array([low, 17.0, high]))
    assert np.all(np.isfinite(slope))
    assert value[0] == value[2] == 0
    ours = b_to_vll.densities(inputs, par, TAUS, np.array([17.0]))
    assert value[1] == pytest.approx(1e20 * (ours["rate"].sm[0] + ours["afb"].sm[0]), rel=1e-12)


def test_draws_are_what_single_points_are(inputs):
    draws = inputs.parameters.sample(3, seed=5)
    together = b_to_vll.forms(inputs, draws, TAUS)
    for k in range(3):
        alone = b_to_vll.forms(inputs, {name: float(value[k]) for name, value in draws.items()}, TAUS)
        for key, form in alone.items():
            scale = np.abs(form.matrix).max()
            np.testing.assert_allclose(form.matrix / scale, together[key].matrix[k] / scale, atol=1e-13)


def test_impossible_bins_are_refused(inputs, par):
    with pytest.raises(InputError, match=r"leaves phase space.*B0->K\*tautau is 12\.63 to 19\.22"):
        b_to_vll.forms(inputs, par, TAUS, (15.0, 19.3))
