"""Polynomials of formulas: equal to the forms they come from, and to the coefficients of an outside engine."""

import numpy as np
import pytest

from nutau.eft.algebra import Affine, Quadratic
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inputs.letter_polynomials import letter_file
from nutau.observables.formula import Forms, Formula
from nutau.observables.letter import letter_formulas
from nutau.observables.polynomials import LEFT_HANDED, correlation, fraction, left_handed, polynomial
from nutau.observables.predictions import formulas

BASIS = Basis("WET", "flavio", ("C9_bstautau", "C10_bstautau", "CS_bstautau"))


def random_form(rng, draws=(), scale=1.0, basis=BASIS):
    size = 1 + len(basis)
    amplitudes = rng.normal(size=(*draws, 2, size)) + 1j * rng.normal(size=(*draws, 2, size))
    amplitudes = scale * amplitudes
    amplitudes[..., 0] += 5.0
    return Quadratic.from_amplitudes(amplitudes, np.ones((*draws, 2)), basis)


def random_formula(readout="ratio", *, below=True, relative=False, seed=1):
    rng = np.random.default_rng(seed)

    def forms(draws):
        above = random_form(rng, draws)
        second = random_form(rng, draws) if readout == "geometric" else None
        return Forms(above, random_form(rng, draws) if below else None, readout, second)

    return Formula("X", forms(()), forms((7,)), relative)


def at(formula, c):
    """Values of real and imaginary parts by variable name."""
    names = formula.central.basis.coefficients
    return {f"Re {n}": z.real for n, z in zip(names, c, strict=True)} | {
        f"Im {n}": z.imag for n, z in zip(names, c, strict=True)
    }


@pytest.mark.parametrize("relative", [False, True])
def test_a_rate_equals_its_polynomial_at_complex_points(relative):
    formula = random_formula(below=False, relative=relative)
    made = polynomial(formula)
    for c in np.random.default_rng(2).normal(size=(5, 3, 2)) @ np.array([1, 1j]):
        assert made(at(formula, c)) == pytest.approx(float(formula(c)), rel=1e-12)
        spread = np.std(formula.sampled(c), ddof=1)
        assert made.uncertainty(at(formula, c)) == pytest.approx(float(spread), rel=1e-10)


def test_a_ratio_to_the_sm_has_the_constant_one_without_error():
    made = polynomial(random_formula(below=False, relative=True))
    assert made.names[0] == "1"
    assert made["1"] == (1.0, 0.0)
    assert np.all(made.correlation[0, 1:] == 0)
    assert np.all(made.errors[1:] > 0)


@pytest.mark.parametrize(
    ("readout", "relative"),
    [
        ("ratio", False),
        ("ratio", True),
        ("sqrt", False),
        ("sqrt", True),
        ("angle", False),
        ("geometric", True),
    ],
)
def test_taylor_polynomials_agree_to_third_order(readout, relative):
    formula = random_formula(readout, relative=relative)
    made = polynomial(formula, expand=True)
    direction = np.random.default_rng(3).normal(size=(3, 2)) @ np.array([1, 1j])
    errors = [abs(made(at(formula, h * direction)) - float(formula(h * direction))) for h in (2e-2, 1e-2)]
    assert errors[0] / errors[1] == pytest.approx(8.0, rel=0.15)  # what is left out is of third order


def test_fraction_holds_numerator_and_denominator():
    formula = random_formula(relative=True)
    above, below = fraction(formula)
    c = np.array([0.3 - 0.2j, 0.1j, -1.0])
    assert above(at(formula, c)) / below(at(formula, c)) == pytest.approx(float(formula(c)), rel=1e-12)
    assert fraction(random_formula(below=False))[1] is None


def test_a_ratio_whose_denominator_moves_is_refused_with_the_way_out():
    with pytest.raises(InputError, match=r"X is no polynomial in .*expansion around the SM"):
        polynomial(random_formula())


def test_the_letters_printed_formulas_come_back_in_their_variables():
    for entry in letter_file().formulas:
        made = polynomial(letter_formulas()[entry.observable], entry.variables)
        for name, value in {**entry.linear, **entry.quadratic}.items():
            assert made[name][0] == pytest.approx(value, rel=1e-12), (entry.id, name)


def test_monomials_have_either_order_of_names():
    made = polynomial(letter_formulas()["BR(B+->Ktautau)/SM"], {"m": LEFT_HANDED["m"], "p": LEFT_HANDED["p"]})
    assert made["p m"] == made["m p"]
    with pytest.raises(InputError, match="'m q' is no monomial"):
        made["m q"]
    with pytest.raises(InputError, match="'q' is no variable"):
        made({"q": 1.0})


def test_a_single_variable_leaves_open_directions_at_zero():
    """With m alone, p = C9 + C10 = 0: the left-handed direction of the letter."""
    form = letter_formulas()["BR(B+->Ktautau)/SM"]
    both, alone = (polynomial(form, {k: LEFT_HANDED[k] for k in names}) for names in (("m", "p"), ("m",)))
    assert alone["m"][0] == pytest.approx(both["m"][0], rel=1e-12)
    assert alone["m m"][0] == pytest.approx(both["m m"][0], rel=1e-12)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "at least one variable"),
        ({"a": {"C9_bstautau": 1}, "b": {"C9_bstautau": 2}}, "linearly dependent"),
        ({"a": {"C9_bstautau": float("nan")}}, "real numbers"),
        ({"a": {"CL_bsnuenue": 1}}, "depends on none of CL_bsnuenue"),
    ],
)
def test_bad_variables_are_refused(variables, message):
    with pytest.raises(InputError, match=message):
        polynomial(random_formula(below=False), variables)


def test_conjugates_fold_into_real_variables():
    """A form after a map that conjugates, as from SMEFT's scalar operators."""
    rng = np.random.default_rng(5)
    source = Basis("SMEFT", "Warsaw", ("a", "b"))
    step = Affine.from_parts(
        source,
        BASIS,
        linear=rng.normal(size=(3, 2)) + 1j * rng.normal(size=(3, 2)),
        antilinear=rng.normal(size=(3, 2)) + 1j * rng.normal(size=(3, 2)),
    )
    formula = random_formula(below=False).after(step)
    c = np.array([0.3 - 0.2j, 1.0 + 0.1j])
    assert polynomial(formula)(at(formula, c)) == pytest.approx(float(formula(c)), rel=1e-12)


@pytest.fixture(scope="module")
def appendix():
    names = ["Rtautau(K)", "Rtautau(K*)", "Rnunu(K)", "Rnunu(K*)"]
    made = formulas(names, "flavio-2.7", scale=80.4)
    return {f.observable: polynomial(f, left_handed(f)) for f in made}


# Coefficients at 80.4 GeV with all-parameter errors (1000 draws) of an independent float64 engine checked against
# flavio 2.7.1; central values hold to a tenth of the error, errors to the scatter of 1000 draws on either side (12 %).
OUTSIDE = {
    "Rtautau(K)": {
        "m": (0.24106, 0.00338),
        "p": (-0.09184, 0.00585),
        "m m": (0.01462, 0.00041),
        "p p": (0.01506, 0.00043),
        "m p": (-0.01041, 0.00035),
    },
    "Rtautau(K*)": {
        "m": (0.25826, 0.00863),
        "p": (0.12705, 0.00472),
        "m m": (0.01697, 0.00118),
        "p p": (0.01749, 0.00122),
        "m p": (0.01836, 0.00137),
    },
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_coefficients_of_the_appendix_and_their_errors(appendix, name):
    for monomial, (value, error) in OUTSIDE[name].items():
        ours = appendix[name][monomial]
        assert ours[0] == pytest.approx(value, abs=0.1 * error), monomial
        assert ours[1] == pytest.approx(error, rel=0.12), monomial


def test_neutrino_formula_is_two_thirds_and_one_third_of_the_ratio(appendix):
    """R = 1 + (2/3) sum x/C + (1/3) sum (x/C)²: q = (3/4) l² for each flavour, without theory error of its own."""
    made = appendix["Rnunu(K*)"]
    for x in ("xe", "xmu", "xtau"):
        assert made[x] == pytest.approx(made["xtau"], rel=1e-13)  # rounding
        assert made[f"{x} {x}"][0] == pytest.approx(0.75 * made[x][0] ** 2, rel=1e-12)
    assert made["xe xtau"] == (0.0, 0.0)


def test_draws_are_shared_between_observables(appendix):
    """The error of (A.3) is that of C_L in the SM, the same for K and K*."""
    pair = (appendix["Rnunu(K)"], appendix["Rnunu(K*)"])
    both = correlation(pair)
    assert np.allclose(both, both.T)
    assert np.linalg.eigvalsh(both).min() > -1e-10
    first, second = (p.names.index("xtau") for p in pair)
    assert both[first, len(pair[0].names) + second] == pytest.approx(1.0, abs=1e-9)
