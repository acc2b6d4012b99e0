"""Invisible pairs and two neutrinos: limits, thresholds, positivity, relations, derivatives, refusals."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nutau
from nutau.decays import b_to_snunu, b_to_xsnunu
from nutau.decays.invisible import fermions, scalars, vectors
from nutau.decays.invisible.fermions import Dirac, Majorana
from nutau.decays.invisible.hadrons import TRANSITIONS
from nutau.decays.invisible.scalars import RealScalars, Scalars
from nutau.decays.invisible.states import transition
from nutau.decays.invisible.vectors import Vectors
from nutau.eft.wet.basis import SB_NUNU_SCALAR, SB_NUNU_TENSOR, WET
from nutau.eft.wet.running import evolution
from nutau.errors import InputError

EVERY = [
    (fermions, lambda m: Dirac(m)),
    (fermions, lambda m: Dirac(0.0, m)),
    (fermions, lambda m: Majorana(m)),
    (scalars, lambda m: Scalars(m, 0.5 * m)),
    (scalars, lambda m: RealScalars(m)),
    (vectors, lambda m: Vectors(m)),
]
IDS = ("Dirac", "unequal", "Majorana", "scalars", "real scalars", "vectors")


def coefficients(basis, **values):
    return np.array([values.get(name.split("_")[0], 0.0) for name in basis.coefficients], dtype=complex)


@pytest.mark.parametrize(("module", "state"), EVERY, ids=IDS)
@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: row.name)
def test_rates_are_positive_parts_are_parts_and_densities_add_up(inputs, par, module, state, row):
    pair = state(0.9)
    forms = module.forms(inputs, par, row, pair, (3.5, 9.0))
    for form in forms.values():
        assert np.linalg.eigvalsh(form.matrix).min() >= -1e-12 * np.abs(form.matrix).max()
    rest = forms["rate"] - forms["longitudinal"]
    assert np.linalg.eigvalsh(rest.matrix).min() >= -1e-12 * np.abs(forms["rate"].matrix).max()
    x, w = np.polynomial.legendre.leggauss(24)
    density = module.densities(inputs, par, row, pair, 6.25 + 2.75 * x)
    for key, form in forms.items():
        summed = np.einsum("q,qij->ij", 2.75 * w, density[key].matrix)
        np.testing.assert_allclose(summed, form.matrix, rtol=1e-9, atol=1e-12 * np.abs(form.matrix).max())


@pytest.mark.parametrize(("module", "state"), EVERY, ids=IDS)
def test_the_threshold_is_smooth_and_the_decay_closes_with_its_phase_space(inputs, par, module, state):
    row = transition("B0->K*")
    most = par["m_B0"] - par["m_K*0"]
    first, second = state(1.0).masses
    heaviest = most / (first + second)
    rates = [
        np.diag(module.forms(inputs, par, row, state(heaviest * (1 - gap)))["rate"].matrix).real[1:]
        for gap in (4e-3, 2e-3, 1e-3)
    ]
    rates = [rate[rates[0] > 1e-12 * rates[0].max()] for rate in rates]
    first, second = (np.log2(rates[k] / rates[k + 1]) for k in (0, 1))  # powers of the energy that is left
    assert first.size
    whole = np.round(2 * second) / 2  # halves where one of the two is massless
    np.testing.assert_allclose(second, whole, atol=0.02)
    np.testing.assert_allclose(first, whole, atol=0.04)
    assert 2.0 <= whole.min() <= whole.max() <= 5.0


def test_massless_limits(inputs, par):
    """A pair of light particles is a massless one, to the order of the mass that its operator allows."""
    for row in (transition("B+->K"), transition("Lambdab->Lambda")):
        zero, light = (fermions.forms(inputs, par, row, Dirac(m))["rate"].matrix for m in (0.0, 1e-4))
        np.testing.assert_allclose(light, zero, rtol=0, atol=1e-4 * np.abs(zero).max())
        assert np.abs(zero[1, 2]) < 1e-12 * zero[1, 1].real  # V and A of massless fermions do not interfere
        heavy = fermions.forms(inputs, par, row, Dirac(0.0, 1e-4))["rate"].matrix
        np.testing.assert_allclose(heavy, zero, rtol=0, atol=1e-4 * np.abs(zero).max())
    row = transition("B+->K")
    field = [
        np.diag(vectors.forms(inputs, par, row, Vectors(m))["rate"].matrix).real[3:6:2] for m in (0.02, 0.01)
    ]
    np.testing.assert_allclose(field[0], field[1], rtol=1e-3)
    # X_μν X^μν and X_μν X̃^μν of massless vectors: two helicities each, the same rate
    assert field[1][0] == pytest.approx(field[1][1], rel=1e-3)


def test_scalar_densities_of_massless_fermions_are_those_of_two_neutrinos(inputs):
    """General pair and named coefficients: 2 |C|² of equal, |C|² of different neutrinos, in every hadron."""
    norm, _ = b_to_snunu.normalisation(inputs.parameters.mapping())
    par = inputs.parameters.mapping()
    for name, decay, tau in (
        ("B+->K", "B+->Knunu", "tau_B+"),
        ("B0->K*", "B0->K*nunu", "tau_B0"),
        ("Lambdab->Lambda", "Lambdab->Lambdanunu", "tau_Lambdab"),
        ("Bs->", "Bs->invisible", "tau_Bs"),
    ):
        form = fermions.forms(inputs, par, transition(name), Dirac(0.0))["rate"]
        left = coefficients(form.basis, CSS=0.5, CSP=-0.5, CPS=-0.5, CPP=0.5)
        tensor = coefficients(form.basis, CTT=1.0, CTT5=-1.0)
        for coefficient, values, copies in (
            ("CSL_bsnumunumu", left, 2.0),
            ("CSL_bsnumunutau", left, 1.0),
            ("CT_bsnuenumu", tensor, 1.0),
        ):
            if name == "Bs->" and coefficient.startswith("CT"):
                assert form(values) == pytest.approx(0.0, abs=1e-20)  # and no coefficient of the observable
                continue
            (row,) = nutau.predict(f"BR({decay})", {coefficient: 2.0 - 1.0j}, draws=0).rows
            expected = 5.0 * copies * norm * form(values) * par[tau]
            assert row.value - row.sm == pytest.approx(expected, rel=1e-5), (decay, coefficient)


def test_two_neutrinos_by_name():
    """SL and SR interfere in the one density that K, or K*, sees; they add to everything else without interference."""
    knunu, kstar, fraction = "BR(B+->Knunu)", "BR(B0->K*nunu)", "<FL>(B0->K*nunu)"

    def values(point, name):
        return nutau.predict(name, point, draws=0, q2="all" if name == fraction else None)[0]

    same = {"CSL_bsnutaunutau": 3.0, "CSR_bsnutaunutau": 3.0}
    opposite = {"CSL_bsnutaunutau": 3.0, "CSR_bsnutaunutau": -3.0}
    assert values(opposite, knunu).ratio == pytest.approx(1.0, rel=1e-12)
    assert values(same, kstar).ratio == pytest.approx(1.0, rel=1e-12)
    one = values({"CSL_bsnutaunutau": 3.0}, knunu).ratio - 1.0
    assert values(same, knunu).ratio - 1.0 == pytest.approx(4.0 * one, rel=1e-9)
    assert values(same | {"CL_bsnutaunutau": -2.0}, knunu).ratio - 1.0 == pytest.approx(
        4.0 * one + values({"CL_bsnutaunutau": -2.0}, knunu).ratio - 1.0, rel=1e-9
    )
    assert values({"CSL_bsnutaunutau": 300.0}, fraction).value == pytest.approx(1.0, abs=2e-3)
    assert values({"CT_bsnumunutau": 300.0}, fraction).value < 0.4


def test_inclusive_densities_of_free_quarks():
    """Of a massless s: 1/4 and 12 of the vector current, as in muon decay with scalar and tensor couplings."""
    scalar, pseudo, tensor = b_to_xsnunu.densities_over_vectors(1e-12)
    assert scalar + pseudo == pytest.approx(0.25, rel=1e-9)
    assert tensor == pytest.approx(12.0, rel=1e-9)


def test_two_neutrinos_run_as_the_charged_densities_do_but_for_qed():
    """wilson's C_SL and C_T of b → ceν have QED, too: 0.3 and 0.9 % from m_Z."""
    matrix = evolution(91.1876)
    (scalar,), (tensor,) = (
        {round(float(matrix[i, i]), 12) for i in map(WET.index, names)}
        for names in (SB_NUNU_SCALAR, SB_NUNU_TENSOR)
    )
    charged = [matrix[i, i] for i in map(WET.index, ("CSL_bcenue", "CT_bcenue"))]
    assert scalar == pytest.approx(charged[0], rel=4e-3)
    assert tensor == pytest.approx(charged[1], rel=1e-2)


def test_a_short_kaon_is_half_of_a_neutral_one(inputs, par):
    whole, half = (
        scalars.forms(inputs, par, transition(n), Scalars(0.4))["rate"] for n in ("B0->K", "B0->KS")
    )
    np.testing.assert_allclose(half.matrix, 0.5 * whole.matrix, rtol=1e-13)


def test_theory_draws_are_rows_and_masses_are_differentiated(inputs, par):
    row = transition("B+->K")
    drawn = inputs.parameters.sample(3, seed=4)
    together = fermions.forms(inputs, drawn, row, Dirac(0.7))["rate"].matrix
    for k in range(3):
        one = {name: float(values[k]) for name, values in drawn.items()}
        np.testing.assert_allclose(
            together[k], fermions.forms(inputs, one, row, Dirac(0.7))["rate"].matrix, rtol=1e-10, atol=1e-30
        )
    for module, state in (EVERY[1], EVERY[5]):
        points = np.full((1, len(state(1.0).basis)), 0.3)

        def spectrum(mass, module=module, state=state, points=points):
            found = module.densities(inputs, par, row, state(mass), np.array([12.0]))["rate"](points)
            return 1e3 * jnp.sum(jnp.asarray(found))

        slope = (float(spectrum(0.8001)) - float(spectrum(0.7999))) / 2e-4
        assert jax.jvp(spectrum, (0.8,), (1.0,))[1] == pytest.approx(slope, rel=1e-6)


def test_a_total_rate_is_differentiated_in_the_mass(inputs, par):
    def rate(mass):
        return 1e3 * scalars.forms(inputs, par, transition("B+->K"), RealScalars(mass))["rate"](
            jnp.array([0.3, 0.3])
        )

    slope = (float(rate(0.801)) - float(rate(0.799))) / 2e-3
    assert jax.jit(jax.grad(rate))(0.8) == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda i, p: Dirac(-0.1), "The mass first is -0.1 GeV; give 0 or a positive number"),
        (lambda i, p: Dirac(0.1, float("nan")), "The mass second is nan; a number of GeV is needed"),
        (lambda i, p: Scalars("1"), "The mass first is '1'"),
        (lambda i, p: Vectors(0.0), "is 0 GeV; give a positive one"),
        (lambda i, p: transition("B+->k"), "Did you mean 'B\\+->K'"),
        (
            lambda i, p: fermions.forms(i, p, transition("B+->K"), Dirac(2.5)),
            r"B\+->K leaves 4.785\d* GeV to what is invisible; masses of 2.5 and 2.5 GeV are above",
        ),
        (
            lambda i, p: scalars.densities(i, p, transition("B+->K"), Scalars(1.0), np.array([3.0])),
            r"q² = 3 GeV² is outside phase space: B\+->K has 4 to",
        ),
        (
            lambda i, p: vectors.forms(i, p, transition("B+->K"), Vectors(1.0), (5.0, 3.0)),
            "is empty",
        ),
    ],
)  # fmt: skip
def test_refusals(inputs, par, make, words):
    with pytest.raises(InputError, match=words):
        make(inputs, par)
