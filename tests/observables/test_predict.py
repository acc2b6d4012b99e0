"""nutau.predict and its relatives: ways to give a point agree, models predict, arrays and gradients."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.errors import InputError
from nutau.models import mediator
from nutau.observables.choice import CHOICE

NAMES = ("Rnunu(K)", "Rtautau(K)", "R(D)", "BR(Bs->tautau)")
U1 = {"33": 1.0, "23": 0.1}


def test_nothing_given_is_the_standard_model():
    for row in nutau.predict(draws=50):
        assert row.value == pytest.approx(row.sm, rel=1e-12)
        assert row.ratio == pytest.approx(1, rel=1e-12)


def test_arrays_of_models_reach_tau_and_z_decays_too():
    names = ("BR(tau->mumumu)", "BR(tau->mununu)", "Rtaue(Z->ll)", "R(D)")
    couplings = {"gl": {"33": 1.0, "23": 0.02, "22": 0.3}, "gq": {"23": 0.1, "33": 1.0}}
    model = nutau.VB(mass=np.array([2000.0, 3000.0]), **couplings)
    one = nutau.predict(names, nutau.VB(mass=3000.0, **couplings), draws=0)
    assert nutau.values(names, model)[1] == pytest.approx([row.value for row in one], rel=1e-10)


def test_many_points_equal_few():
    """Above 1000 points, coefficients that are zero at all of them are left out."""
    names = (*NAMES, "BR(B+->taunu)", "Rtaul(B->D*lnu)", "BR(tau->mumumu)", "BR(B0->K*nunu)/SM")
    size = np.random.default_rng(2).normal(size=1500)
    many = nutau.values(names, nutau.S1(mass=2000.0, y1LL={"33": 1.0, "23": size}, y1RR={"23": 0.3 * size}))
    few = nutau.values(
        names, nutau.S1(mass=2000.0, y1LL={"33": 1.0, "23": size[:9]}, y1RR={"23": 0.3 * size[:9]})
    )
    np.testing.assert_allclose(many[:9], few, rtol=1e-12)


def test_a_model_of_size_zero_is_the_standard_model():
    row = nutau.predict("R(D)", nutau.X("U1", delta=0.0), draws=0)[0]
    assert row.ratio == pytest.approx(1, rel=1e-12)


def test_the_ways_to_give_a_point_agree(tmp_path):
    model = nutau.U1(mass=2000.0, x1LL=U1)
    path = tmp_path / "smeft.json"
    path.write_text(json.dumps(model.smeft().to_wcxf()))
    by_model = nutau.predict(NAMES, model, draws=0)
    by_name = nutau.predict(NAMES, nutau.U1(2000.0, x1LL=U1), draws=0)
    by_file = nutau.predict(NAMES, path, draws=0)
    by_wet = nutau.predict(NAMES, model.wet(), draws=0)
    values = np.array([[row.value for row in found] for found in (by_model, by_name, by_file, by_wet)])
    np.testing.assert_allclose(values, np.broadcast_to(values[0], values.shape), rtol=1e-12)
    assert model.predict(*NAMES, draws=0)[0].value == values[0, 0]


def test_contributions_add():
    one, two = {"C9_bstautau": -3.0}, {"C10_bstautau": 2.0}
    both = nutau.predict("Rtautau(K)", one | two, draws=0)[0].value
    wc = {"eft": "WET", "basis": "flavio", "scale": 4.8, "values": two}
    assert nutau.predict("Rtautau(K)", [one, wc], draws=0)[0].value == pytest.approx(both, rel=1e-13)


def test_running_makes_u1_visible_in_nunu():
    """Without running R_nunu(U1) = 1; with running from 4.7 TeV about 1.4 (wilson and flavio: 1.43, C3 = -0.045)."""
    still = nutau.predict("Rnunu(K)", nutau.point(nutau.X("U1", c3=-0.045), running="none"), draws=0)[0].value
    run = nutau.predict("Rnunu(K)", nutau.X("U1", c3=-0.045, mass=4700.0), draws=0)[0].value
    assert still == pytest.approx(1, abs=1e-9)
    assert run == pytest.approx(1.43, abs=0.03)  # flavio's alpha trap shifts R - 1 by 5 %


def test_wet_scale():
    """C_L does not run; C9 and C10 mix by 0.7 % between m_W and 4.8 GeV."""
    low = nutau.predict("Rnunu(K)", {"CL_bsnutaunutau": 2.0}, draws=0)[0].value
    high = nutau.predict("Rnunu(K)", nutau.point({"CL_bsnutaunutau": 2.0}, scale=80.4), draws=0)[0].value
    assert low == pytest.approx(high, rel=1e-9)
    low = nutau.predict("Rtautau(K)", {"C9_bstautau": 20.0}, draws=0)[0].value
    high = nutau.predict("Rtautau(K)", nutau.point({"C9_bstautau": 20.0}, scale=80.4), draws=0)[0].value
    assert 1e-3 < abs(high / low - 1) < 2e-2


def test_values_over_arrays_equal_points_and_gradients_equal_differences():
    compiled = nutau.formulas(NAMES, draws=0)
    x = np.linspace(0.05, 0.3, 4)
    model = nutau.U1(mass=2000.0, x1LL={"33": 1.0, "23": x})
    table = nutau.values(NAMES, model, compiled=compiled)
    assert table.shape == (4, len(NAMES))
    single = nutau.predict(NAMES, nutau.U1(2000.0, x1LL={"33": 1.0, "23": x[2]}), draws=0)
    np.testing.assert_allclose(table[2], [row.value for row in single], rtol=1e-12)

    def one(coupling):
        made = nutau.U1(mass=2000.0, x1LL={"33": 1.0, "23": coupling})
        return nutau.values(NAMES[:1], made, compiled=compiled[:1])[..., 0]

    gradient = float(jax.grad(one)(jnp.asarray(0.2)))
    finite = float(one(np.asarray(0.2 + 1e-5)) - one(np.asarray(0.2 - 1e-5))) / 2e-5
    assert gradient == pytest.approx(finite, rel=1e-7)


def test_errors_are_correlated_between_channels():
    found = nutau.predict(("BR(B+->Knunu)", "BR(B0->Knunu)"), draws=100)
    assert found.correlation[0][1] > 0.99  # one form factor, one CKM factor
    assert found["BR(B+->Knunu)"].uncertainty > 0
    assert "B+->Knunu" in str(found)
    assert "<table>" in found._repr_html_()
    with pytest.raises(InputError, match="not among these"):
        found["R(D)"]


def test_budget_adds_up():
    budget = nutau.error_budget(["BR(B+->Knunu)"], draws=200)["BR(B+->Knunu)"]
    parts = np.array([value for name, value in budget.items() if name != "total"])
    assert np.sqrt((parts**2).sum()) == pytest.approx(budget["total"], rel=0.15)  # 200 draws: 7 % a number
    assert max(budget, key=lambda name: budget[name] * (name != "total")) in {"CKM", "form factors B->K"}


def test_a_budget_takes_the_options_of_a_prediction():
    """Each changes the numbers, and its total is the error of the prediction with the same options."""
    name, options = "<dBR/dq2>(B+->Knunu)", {"q2": (10.0, 30.0), "clip": True, "draws": 300}
    bare = nutau.error_budget(name, **options)[f"{name} [10, 22.9032]"]
    row = nutau.predict(name, **options)[0]
    assert bare["total"] == pytest.approx(row.uncertainty, rel=0.1)  # std against quantiles of 300 draws
    with_tree = nutau.error_budget(name, tree=True, **options)[f"{name} [10, 22.9032]"]
    assert with_tree["decay constants"] > 0 == bare["decay constants"]
    at_point = nutau.error_budget(name, {"CL_bsnutaunutau": -6.0}, **options)
    assert at_point[f"{name} [10, 22.9032]"]["total"] > 1.5 * bare["total"]


def test_a_budget_of_a_spectrum_is_by_point():
    name, q2 = "dBR/dq2(B+->Knunu)", np.array([2.0, 22.0])
    budget = nutau.error_budget(name, q2=q2, draws=100)
    errors = [row.uncertainty for row in nutau.predict(name, q2=q2, draws=100)]
    totals = [budget[f"{name} at {x:g}"]["total"] for x in q2]
    assert totals == pytest.approx(errors, rel=0.2)  # std against quantiles of 100 draws
    assert budget.columns()["source"][-2:] == ["total", CHOICE]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"draws": 0}, "at least 2"),
        ({"inputs": "letter"}, "no theory errors"),
        ({"clip": True}, "`clip(=True)?` would not be used"),
    ],
)
def test_bad_budgets_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        nutau.error_budget("R(D)", **given)


@pytest.mark.parametrize(
    ("mass", "observable"), [(0.3, "BR(B+->Knunu)"), (3.5, "BR(B+->Ktautau)"), (1.9, "BR(B+->Dtaunu)")]
)
def test_masses_without_phase_space_are_blamed_on_the_input_set(tmp_path, mass, observable):
    """A parent lighter than the meson has (M - m)² > 0 all the same."""
    path = tmp_path / "light.yaml"
    path.write_text(f"extends: default\nparameters:\n  m_B+: {{value: {mass}}}\n")
    with pytest.raises(InputError, match="has no phase space.*Check the masses of the input set"):
        nutau.predict(observable, inputs=str(path), draws=0)


def test_tree_level_tau_is_off_by_default():
    """6.5e-7 with the inputs of arXiv:2301.06990, whose errors on |V_ub| f_B are 5 %."""
    with_tree = nutau.predict("BR(B+->Knunu)", tree=True, draws=0)[0].value
    assert with_tree - nutau.predict("BR(B+->Knunu)", draws=0)[0].value == pytest.approx(6.5e-7, rel=0.15)


def test_a_warning_where_nothing_changes():
    found = nutau.predict(("R(D)", "Rnunu(K)"), {"CL_bsnutaunutau": 1.0}, draws=0)
    assert [warning for warning in found.warnings if warning.startswith("R(D) does not depend")]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--mass 2000 --coupling x1LL_33=1", "--coupling would not be used"),
        ("--model U1 --delta 0.07 --coupling x1LL_33=3", "--coupling would not be used"),
        ("--model U1 --mass 2000 --coupling x1LL_33=1 --kappa -3", "--kappa would not be used"),
        ("--mass 2000", "--mass would not be used"),
        ("--scale 80.4", "--scale would not be used"),
        ("--running none", "--running would not be used"),
        ("--set C9_bstautau=1 --running none", "--running would not be used"),
        ("--kappa 1", "--kappa needs the size of C3"),
        ("--delta 0.07", "say which C1 goes with it"),
        ("--kappa 1 --delta 0.07 --lq3 -0.04", "the size of C3 once"),
        ("--model U1", "U1 needs --mass in GeV"),
        ("--model R2 --delta 0.07", "R2 has no κ = C1/C3"),
        ("--inputs letter --set CR_bsnutaunutau=5", "do not know CR_bsnutaunutau"),
        ("--inputs letter --tree", "--tree cannot be used"),
        ("--inputs letter --kappa 1 --delta 0.07 --mass 2000", "--mass cannot be used"),
    ],
)
def test_no_option_is_silently_ignored(options, message):
    result = CliRunner().invoke(app, ["predict", "Rnunu(K)", "--draws", "0", *options.split()])
    assert message in str(result.exception)


U1_MODEL = nutau.U1(2000.0, x1LL={"33": 1.0})


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: nutau.point(U1_MODEL, scale=80.4), "`scale` would not be used"),
        (lambda: nutau.point({"C9_bstautau": 1}, running="none"), "`running` would not be used"),
        (lambda: nutau.point(nutau.point(U1_MODEL), running="none"), "`running` would not be used"),
        (lambda: nutau.point(running="none"), "`running` would not be used"),
        (lambda: nutau.point(convention="nope"), "Unknown convention"),
        (lambda: nutau.point(U1_MODEL, running="half"), "neither full, nor none"),
        (
            lambda: nutau.point(U1_MODEL, convention="published") + nutau.point(convention="physical"),
            "different signs of λ_t",
        ),
        (lambda: nutau.predict("R(D)", nutau.U1), "U1 needs `mass` in GeV and couplings"),
        (lambda: nutau.predict("R(D)", "U1"), "U1 needs `mass` in GeV and couplings"),
        (lambda: nutau.predict("R(D)", 3.0), "a point of new physics"),
        (lambda: nutau.point(3.0), "is no point of new physics"),
        (lambda: nutau.X(1.0), "the size of C3 once"),
        (lambda: nutau.X(1.0, c3=0.1, delta=0.1), "the size of C3 once"),
        (lambda: nutau.X("R2", delta=0.1), "R2 has no κ"),
        (lambda: nutau.X(1.0, delta=0.1).smeft(), "`delta` becomes C3 with V_cb"),
        (lambda: nutau.X(1.0, delta=0.1).wet(running="full"), "needs `mass` in GeV"),
        (lambda: nutau.predict("R(D)", nutau.X(1, c3=0.1j), inputs="letter"), "C3 is real"),
        (lambda: nutau.predict("R(D)", nutau.X([1, 2], delta=0.1), inputs="letter"), "one point at a time"),
        (lambda: nutau.predict("R(D)", nutau.X(1, delta=0.1, lepton=2), inputs="letter"), "`lepton` cannot"),
        (lambda: nutau.predict("R(D)", U1_MODEL, inputs="letter"), "a model needs its size alone"),
    ],
)
def test_points_that_are_refused(made, message):
    with pytest.raises(InputError, match=message):
        made()


def of_length(size):
    return nutau.Wilson(np.zeros(size, dtype=complex), nutau.Basis("WET", "flavio", ("C9_bstautau",)), 4.8)


SMEFT_NAME = nutau.Basis("SMEFT", "Warsaw", ("lq1_3323",))
NESTED: list = []
NESTED.append(NESTED)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: U1_MODEL + 3.0, "is no point of new physics"),
        (lambda: U1_MODEL + {"C9_nonsense": 1.0}, "C9_nonsense"),
        (lambda: nutau.Model(()), "at least one field"),
        (lambda: nutau.Model(np.array([np.nan, 1.0])), "at least one field"),
        (lambda: nutau.Model((1.0,)), "at least one field"),
        (
            lambda: nutau.point(U1_MODEL) + nutau.point({"CL_bsnutaunutau": 0.0}, convention="published"),
            "different signs of λ_t",
        ),
        (lambda: nutau.point(of_length(2)), "the last axis must be the 1"),
        (lambda: nutau.point(nutau.Wilson([1.0], SMEFT_NAME, -5.0)), "a positive number"),
        (lambda: nutau.point(nutau.Wilson([1e-9], SMEFT_NAME, 50.0)), "there is no SMEFT"),
        (lambda: nutau.point(nutau.Wilson("x", SMEFT_NAME, 1e3)), "A Wilson's values"),
        (lambda: nutau.point({"C9_bstautau": 1}, scale=[4.8, 80.0]), "one number of GeV"),
        (lambda: nutau.point(NESTED), "10 deep at most"),
        (lambda: nutau.point(""), "name of the WCxf file is empty"),
        (lambda: nutau.point(U1_MODEL, running=""), "neither full, nor none"),
        (lambda: nutau.point(U1_MODEL).wet({}), "has no parameter"),
        (lambda: nutau.point(U1_MODEL).wet({"Vus": "x"}), "a real number is needed"),
        (lambda: nutau.X(1, delta=np.inf), "a finite number is needed"),
        (lambda: nutau.values("Rtautau(K)", {"C9_bstautau": 1e200}), "is not finite at this point"),
        (lambda: nutau.values(["R(D)", "dBR/dq2(B+->Knunu)"], U1_MODEL, q2=[1.0, 2.0]), "one by one"),
        (lambda: nutau.values(["R(D)"], U1_MODEL, compiled=[]), "0 compiled formulas were given for 1"),
        (
            lambda: (nutau.U1([1e3, 2e3], x1LL_33=1) + nutau.S3([1e3, 2e3, 3e3], y3LL_33=1)).wet(),
            "arrays of one shape are needed",
        ),
        (lambda: nutau.predict("R(D)", {"C9_bstautau": [1, 2]}, inputs="letter"), "one point at a time"),
        (lambda: nutau.predict("R(D)", nutau.X(1, delta=1e300), inputs="letter"), "is not finite"),
        (lambda: nutau.predict("R(D)", draws=-3, inputs="letter"), "-3 theory draws"),
        (
            lambda: nutau.predict(
                "R(D)", nutau.Wilson(np.zeros((2, 1)), SMEFT_NAME, np.array([1e3, 2e3])), inputs="letter"
            ),
            "not those of the SMEFT at",
        ),
        (lambda: nutau.predict("R(D)", muons=True, inputs="letter"), "from the κ of one model"),
        (
            lambda: nutau.predict(
                "R(D)", [nutau.X(1, delta=0.03), nutau.X(1, delta=0.04)], muons=True, inputs="letter"
            ),
            "from the κ of one model",
        ),
    ],
)
def test_what_a_reviewer_broke(made, message):
    with pytest.raises(InputError, match=message):
        made()


def test_theory_draws_that_do_not_fit_a_point_are_refused():
    model = nutau.U1([1500.0, 2000.0], x1LL={"33": 1.0, "23": 0.1})
    draws = nutau.load_inputs().parameters.sample(3)
    with pytest.raises(InputError, match="an axis for each of"):
        nutau.point(model).wet(draws)
    wide = {name: value[:, None] for name, value in draws.items()}
    assert nutau.point(model).wet(wide).values.shape[:2] == (3, 2)


def test_a_point_keeps_what_it_was_made_with():
    given = {"C9_bstautau": np.array([-5.0])}
    point = nutau.point(given)
    given["C9_bstautau"][0] = 7.0
    assert point.wet()["C9_bstautau"][0].real == pytest.approx(-5.0)


def test_models_and_other_things_add_up_to_points():
    weak = {"C9_bstautau": -5.0}
    for both in (
        U1_MODEL + nutau.point(weak),
        U1_MODEL + weak,
        weak + U1_MODEL,
        nutau.point(weak) + U1_MODEL,
    ):
        expected = nutau.point(U1_MODEL).wet().values + nutau.point(weak).wet().values
        np.testing.assert_allclose(both.wet().values, expected, rtol=1e-13, atol=1e-22)
    assert isinstance(U1_MODEL + U1_MODEL, nutau.Model)


def test_up_aligned_coefficients_are_those_of_up_aligned_couplings():
    """The same numbers in Warsaw up, as a file has them, and couplings that the mediator turns.

    A vector: the dipoles of a scalar have a Yukawa matrix, which is not the same for up-aligned doublets.
    """
    couplings = {"33": 1.0, "23": 0.3j, "13": 0.1}
    u3 = mediator("U3")
    plain = u3(3000.0, x3LL=couplings).smeft()
    up = nutau.Wilson(plain.values, nutau.Basis("SMEFT", "Warsaw up", plain.basis.coefficients), plain.scale)
    ours, theirs = (nutau.point(thing).wet() for thing in (up, u3(3000.0, x3LL=couplings, alignment="up")))
    np.testing.assert_allclose(
        ours.values, theirs.values, rtol=1e-9, atol=1e-12 * np.abs(theirs.values).max()
    )


def test_points_add_up_in_any_way():
    """Coefficients of a sum are the sum of coefficients, whichever way the parts are put together."""
    weak, line = {"C9_bstautau": -5.0}, nutau.X(1.0, delta=0.05, mass=3000.0)
    parts = [nutau.point(part).wet().values for part in (weak, U1_MODEL, line)]
    together = (
        nutau.point(weak, U1_MODEL, line),
        nutau.point([weak, [U1_MODEL, line]]),
        weak + nutau.point(U1_MODEL) + line,
        nutau.point(nutau.point(weak), nutau.point(line, running="full"), U1_MODEL),
        nutau.point(weak, U1_MODEL + line),
    )
    for point in together:
        np.testing.assert_allclose(point.wet().values, sum(parts), rtol=1e-13, atol=1e-22)
    assert nutau.point().wet().nonzero() == {}
    assert nutau.point(None, []).parts == ()


def test_a_line_of_a_mediator_is_that_of_its_kappa():
    for field, kappa in (("U1", 1.0), (nutau.S3, 3.0)):
        named, plain = (nutau.point(nutau.X(k, delta=0.06)).wet() for k in (field, kappa))
        np.testing.assert_array_equal(named.values, plain.values)
    assert nutau.X("U1", delta=0.06).name == "U1"
    c3 = nutau.point(nutau.X(1, c3=-0.04)).wet()["CVL_bctaunutau"]
    assert nutau.point(nutau.X(1, delta=complex(c3).real)).wet()["CVL_bctaunutau"] == pytest.approx(
        c3.real, rel=0.05
    )


def test_aliases_over_the_sm_and_single_points():
    assert nutau.predict("Rtautau(K)/SM", draws=0)[0].value == pytest.approx(1)
    assert nutau.predict("dBR/dq2(B+->Knunu)", q2=5.0, draws=0)[0].q2 == 5.0
    with pytest.raises(InputError, match="angle"):
        nutau.predict("phi_s/SM", draws=0)


def test_an_angle_has_no_ratio_and_its_errors_do_not_see_the_cut():
    """New physics in the mixing turned by almost π: draws on both sides of the cut."""
    made = nutau.formulas(["phi_s"], draws=200)[0]
    with pytest.raises(InputError, match="angle"):
        made.ratio()
    sm = nutau.predict("phi_s", draws=200)[0]
    assert sm.ratio is None
    assert sm.ratio_uncertainty is None
    c = _mixing_turned_to(made, np.pi)
    row = nutau.predict("phi_s", {"CVLL_bsbs": c}, draws=200)[0]
    assert abs(row.value) > 3.1
    assert row.uncertainty < 0.5


def _mixing_turned_to(formula, phase):
    """CVLL_bsbs of twice the SM amplitude that turns its phase to ``phase``."""
    basis = formula.central.basis

    def at(c):
        values = np.zeros(len(basis), dtype=complex)
        values[basis.index("CVLL_bsbs")] = c
        forms = formula.central
        below = forms.denominator(values) if forms.denominator is not None else 1.0
        return complex(below + 1j * forms.numerator(values))

    sm, slope, turned = at(0.0), at(1e-9) - at(0.0), at(1e-9j) - at(0.0)
    wanted = abs(sm) * np.exp(1j * phase) - sm
    matrix = np.array([[slope.real, turned.real], [slope.imag, turned.imag]])
    a, b = np.linalg.solve(matrix, [wanted.real, wanted.imag])
    return 1e-9 * (a + 1j * b)


def test_mediators_enter_z_decays_by_the_logarithm_which_is_said():
    names = ["Rtaue(Z->ll)", "Rnunu(K)"]
    found = nutau.predict(names, nutau.S3(2000, y3LL_33=1.0), draws=0)
    assert found[0].value != found[0].sm
    assert any("Rtaue(Z->ll)" in text and "1901.06315" in text for text in found.warnings)
    for other in (
        nutau.predict("Rnunu(K)", nutau.S3(2000, y3LL_33=1.0), draws=0),
        nutau.predict(names, {"dgL_Ztautau": 1e-3}, draws=0),
    ):
        assert not any("1901.06315" in text for text in other.warnings)
