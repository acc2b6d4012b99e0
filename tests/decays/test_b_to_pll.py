"""B -> K l l: flavio's numbers, the laws that every rate obeys, edges, refusals."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import flavio_neutral
from nutau.decays import b_to_pll, b_to_sll
from nutau.eft import ckm
from nutau.errors import InputError
from nutau.inputs import load_inputs
from nutau.inputs.record import Compat

ROWS = {row.name: row for row in b_to_pll.PROCESSES}
TAUS = ROWS["B+->Ktautau"]


@pytest.fixture(scope="module")
def flavio():
    return load_inputs("flavio-2.7")


def random_points(basis, count=50, seed=1):
    rng = np.random.default_rng(seed)
    return 5 * (rng.normal(size=(count, len(basis))) + 1j * rng.normal(size=(count, len(basis))))


@pytest.mark.parametrize("entry", flavio_neutral.cases([b_to_pll]), ids=flavio_neutral.label)
def test_flavio(flavio, entry):
    # flavio's converged rule ends at the root of the phase space at threshold, where it is good to 1.1e-7
    flavio_neutral.check(flavio_neutral.predictions(flavio, [b_to_pll], entry), entry, 1.5e-7)


# Standard Model with the exact conjugate CKM matrix, flavio's integrals converged to 1e-6
@pytest.mark.parametrize(("name", "expected"), [("B+->Ktautau", 1.587280e-7), ("B0->Ktautau", 1.462992e-7)])
def test_branching_ratio_of_the_standard_model(flavio, name, expected):
    exact = replace(flavio, compat=replace(flavio.compat, ckm_conjugate=False))
    par, row = flavio.parameters.mapping(), ROWS[name]
    assert b_to_pll.forms(exact, par, row)["rate"].sm * par[row.lifetime] == pytest.approx(
        expected, rel=1.2e-6
    )


def test_quirks_are_small_and_off_by_default(flavio):
    par = flavio.parameters.mapping()
    plain = b_to_pll.forms(replace(flavio, compat=Compat()), par, TAUS)["rate"].sm
    shifts = {"ckm_conjugate": 2.0e-5, "linear_loop_tables": 3.2e-5, "mc_pole_threshold": -1.05e-4}
    for flag, expected in shifts.items():
        quirk = b_to_pll.forms(replace(flavio, compat=Compat.of([flag])), par, TAUS)["rate"].sm
        assert quirk / plain - 1 == pytest.approx(expected, rel=0.05)


def test_letter_polynomial_of_flavio(flavio):
    # R = 1 + l- c- + l+ c+ + q-- c-² + q++ c+² + q+- c+ c-, c∓ = C9 ∓ C10 at 4.8 GeV
    form = b_to_pll.forms(flavio, flavio.parameters.mapping(), TAUS)["rate"].over_sm()

    def ratio(minus, plus):
        c = np.zeros(len(form.basis), dtype=complex)
        c[form.basis.index("C9_bstautau")] = 0.5 * (plus + minus)
        c[form.basis.index("C10_bstautau")] = 0.5 * (plus - minus)
        return form(c)

    linear = [0.5 * (ratio(*c) - ratio(*(-np.array(c)))) for c in ((1, 0), (0, 1))]
    square = [0.5 * (ratio(*c) + ratio(*(-np.array(c)))) - 1 for c in ((1, 0), (0, 1))]
    cross = ratio(1, 1) - 1 - sum(linear) - sum(square)
    # computed with flavio 2.7.1, last digit
    assert [*linear, *square, cross] == pytest.approx(
        [0.24326, -0.09078, 0.01489, 0.01489, -0.01031], abs=1.1e-5
    )


def test_rates_are_positive_at_any_point(inputs, par):
    for name in ("B+->Ktautau", "B0->Ktaumu"):
        rate = b_to_pll.forms(inputs, par, ROWS[name])["rate"]
        assert np.all(rate(random_points(rate.basis)) > 0)
        values = np.linalg.eigvalsh(rate.matrix)
        assert values.min() > -1e-14 * values.max()


def test_forward_backward_asymmetry_is_bounded_and_needs_a_scalar(inputs, par):
    forms = b_to_pll.forms(inputs, par, TAUS, (14.2, 20.0))
    points = random_points(TAUS.basis)
    assert np.all(np.abs(forms["afb"](points)) < forms["rate"](points))
    scalars = [i for i, name in enumerate(TAUS.basis.coefficients) if name.startswith("CS")]
    points[:, scalars] = 0
    np.testing.assert_allclose(forms["afb"](points), 0, atol=1e-30)


def test_phases_of_quark_fields_do_not_matter(inputs, par, monkeypatch):
    before = b_to_pll.forms(inputs, par, TAUS)["rate"].matrix
    turns = dict(zip("uctdsb", np.exp(1j * np.random.default_rng(2).uniform(0, 6, 6)), strict=True))

    def rephased(par, *, conjugate=False, even_phase=False):
        given = ckm.tree_ckm(par, even_phase=even_phase)
        elements = {name: getattr(given, name) * turns[name[0]] / turns[name[1]] for name in vars(given)}
        return ckm.CKM(**{name: np.conj(v) if conjugate else v for name, v in elements.items()})

    monkeypatch.setattr(b_to_sll, "tree_ckm", rephased)
    np.testing.assert_allclose(b_to_pll.forms(inputs, par, TAUS)["rate"].matrix, before, rtol=1e-13)


def test_cp_conjugation_turns_the_form_into_its_conjugate(inputs, par):
    form = b_to_pll.forms(inputs, par, TAUS)["rate"].matrix
    mirrored = b_to_pll.forms(inputs, {**par, "gamma": -par["gamma"]}, TAUS)["rate"].matrix
    np.testing.assert_allclose(mirrored, np.conj(form), rtol=1e-13, atol=1e-30)
    assert np.abs(form.imag).max() > 0  # strong phases and gamma leave a term linear in Im C9


def test_unequal_leptons_of_equal_mass_are_a_pair(inputs, par):
    same = {**par, "m_mu": par["m_tau"]}
    row = ROWS["B+->Ktaumu"]
    broken = b_to_pll.forms(inputs, same, row)
    pair = b_to_pll.forms(inputs, par, TAUS)
    for key in ("rate", "afb"):
        np.testing.assert_allclose(
            broken[key].matrix[1:, 1:], pair[key].matrix[5:, 5:], rtol=1e-7, atol=1e-27
        )
        np.testing.assert_array_equal(broken[key].matrix[0], 0)


def test_tau_mu_of_flavio(flavio):
    # per charge combination: 1.120e-8 |C9 + C9'|² + 1.165e-8 |C10 + C10'|², flavio 2.7.1
    par, row = flavio.parameters.mapping(), ROWS["B+->Ktaumu"]
    form = b_to_pll.forms(flavio, par, row)["rate"] * par[row.lifetime]
    for name, expected in (("C9_bstaumu", 1.120e-8), ("C9p_bstaumu", 1.120e-8), ("C10_bstaumu", 1.165e-8)):
        position = 1 + row.basis.index(name)
        assert form.matrix[position, position].real == pytest.approx(expected, rel=5e-4)


def test_r_k_is_one_in_the_standard_model(inputs, par):
    rates = [
        b_to_pll.forms(inputs, par, ROWS[f"B+->K{pair}"], (1.1, 6.0))["rate"].sm for pair in ("mumu", "ee")
    ]
    # flavio 2.7.1: 1.00042 (no photon radiation in either code)
    assert rates[0] / rates[1] == pytest.approx(1.00042, abs=3e-5)


def test_form_factors_enter_as_a_quadratic_form(inputs, par):
    record = inputs.form_factor("B->K")
    tensors = b_to_pll.form_factor_tensor(inputs, par, TAUS)
    draws = inputs.parameters.sample(3, seed=3)
    for k in range(3):
        alpha = {name: draws[name][k] for name in record.names}
        values = np.array(list(alpha.values()))
        forms = b_to_pll.forms(inputs, {**par, **alpha}, TAUS)
        for key, form in forms.items():
            ours = np.einsum("abij,a,b->ij", tensors[key], values, values)
            scale = np.abs(form.matrix).max()
            np.testing.assert_allclose(ours / scale, form.matrix / scale, rtol=0, atol=1e-12)


def test_draws_are_what_single_points_are(inputs):
    draws = inputs.parameters.sample(4, seed=5)
    together = b_to_pll.forms(inputs, draws, TAUS)["rate"].matrix
    for k in range(4):
        alone = b_to_pll.forms(inputs, {name: float(value[k]) for name, value in draws.items()}, TAUS)
        np.testing.assert_allclose(alone["rate"].matrix, together[k], rtol=1e-12, atol=1e-32)


@pytest.mark.parametrize("varied", ["B->K BSZ", "m_c BVgamma", "m_B+", "gamma", "deltaC9"])
def test_draws_of_some_parameters_only(inputs, par, varied):
    draws = inputs.parameters.sample(3, seed=6)
    some = {name: draws[name] if varied in name else value for name, value in par.items()}
    together = b_to_pll.forms(inputs, some, TAUS)["rate"].matrix
    assert together.shape == (3, 13, 13)
    last = {name: float(value[2]) if np.ndim(value) else value for name, value in some.items()}
    alone = b_to_pll.forms(inputs, last, TAUS)["rate"].matrix
    np.testing.assert_allclose(together[2], alone, rtol=1e-12, atol=1e-32)


NUISANCE = {"B+->K+ deltaC9 c Re": 0.5, "B+->K+ deltaC9 c Im": 0.3}


def test_nuisances_of_c9_of_taus_act_everywhere(inputs, par):
    """A shift of C9 by δC9 in all of phase space; of its strong phase remains the interference with that of c9."""
    moved = {**par, **NUISANCE}
    for q2 in (None, (13.0, 14.0), (15.0, 20.0)):
        form = b_to_pll.forms(inputs, par, TAUS, q2)["rate"]
        shifted = np.zeros(len(form.basis), dtype=complex)
        shifted[form.basis.index("C9_bstautau")] = 0.5
        found = b_to_pll.forms(inputs, moved, TAUS, q2)["rate"].sm
        assert found == pytest.approx(form(shifted), rel=0.03)
        assert abs(found / form.sm - 1) > 0.05


def test_nuisances_of_c9_of_flavio_act_above_14(flavio):
    par = flavio.parameters.mapping()
    moved = {**par, **NUISANCE}
    below = [b_to_pll.forms(flavio, p, TAUS, (13.0, 14.0))["rate"].sm for p in (par, moved)]
    assert below[0] == pytest.approx(below[1], rel=1e-7)
    whole = b_to_pll.forms(flavio, moved, TAUS)["rate"].sm
    parts = [b_to_pll.forms(flavio, moved, TAUS, bin_)["rate"].sm for bin_ in ((None, 14.0), (14.0, None))]
    assert sum(parts) == pytest.approx(whole, rel=2e-7)
    above = b_to_pll.forms(flavio, par, TAUS, (14.0, None))["rate"]
    shifted = np.zeros(len(above.basis), dtype=complex)
    shifted[above.basis.index("C9_bstautau")] = 0.5
    assert parts[1] == pytest.approx(above(shifted), rel=0.03)  # Im: small, by interference with c9


def test_densities_add_up_to_forms(inputs, par):
    x, w = np.polynomial.legendre.leggauss(40)
    q2, w = 18 + 2 * x, 2 * w
    density, form = (
        b_to_pll.densities(inputs, par, TAUS, q2),
        b_to_pll.forms(inputs, par, TAUS, (16.0, 20.0)),
    )
    for key in form:
        total = np.einsum("q,qij->ij", w, density[key].matrix)
        np.testing.assert_allclose(total, form[key].matrix, atol=1e-7 * np.abs(form[key].matrix).max())


def test_jax_agrees_and_its_gradients_are_finite_at_the_edges(inputs, par):
    low, high = TAUS.edges(par)

    def rate(q2, c9):
        form = b_to_pll.densities(inputs, par, TAUS, q2[None])["rate"]
        c = jnp.zeros(len(form.basis), dtype=complex).at[form.basis.index("C9_bstautau")].set(c9)
        return 1e20 * form(c[None])[0]

    both = jax.jit(jax.vmap(jax.value_and_grad(rate), in_axes=(0, None)))
    value, slope = both(jnp.array([low, 17.0, high]), jnp.asarray(1.0 + 0.5j))
    assert np.all(np.isfinite(slope))
    assert value[0] == value[2] == 0
    expected = b_to_pll.densities(inputs, par, TAUS, np.array([17.0]))["rate"]
    c = np.zeros(len(expected.basis), dtype=complex)
    c[expected.basis.index("C9_bstautau")] = 1.0 + 0.5j
    assert value[1] == pytest.approx(1e20 * expected(c)[0], rel=1e-12)


def test_jit_over_all_parameters(inputs, par):
    compiled = jax.jit(lambda p: b_to_pll.forms(inputs, p, TAUS, (15.0, 22.0))["rate"].matrix)
    draws = inputs.parameters.sample(3)
    ours = b_to_pll.forms(inputs, draws, TAUS, (15.0, 22.0))["rate"].matrix
    traced = compiled({name: jnp.asarray(value) for name, value in draws.items()})
    np.testing.assert_allclose(traced, ours, rtol=1e-11, atol=1e-30)


def test_impossible_bins_and_points_are_refused(inputs, par):
    with pytest.raises(InputError, match=r"leaves phase space.*B\+->Ktautau is 12\.63 to 22\.903"):
        b_to_pll.forms(inputs, par, TAUS, (15.0, 25.0))
    with pytest.raises(InputError, match="outside phase space"):
        b_to_pll.densities(inputs, par, TAUS, np.array([10.0, 15.0]))
    with pytest.raises(InputError, match="outside phase space"):
        b_to_pll.densities(inputs, par, TAUS, np.array([np.nan]))
