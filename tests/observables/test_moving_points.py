"""Theory draws move the matching of models along with the rates; predictions of many points, and their gradients."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nutau
from nutau.eft.smeft.basis import warsaw
from nutau.eft.wilson import Wilson
from nutau.errors import InputError
from nutau.observables.predictions import SEED

NAMES = ("Rnunu(K)", "Rtautau(K*)", "R(D)", "phi_s")
COUPLINGS = {"x1LL": {"33": 1.0, "23": 0.1}}
DRAWS = 5
UP = Wilson.from_mapping(
    warsaw(alignment="up"), 3000.0, {"lq3_3333": 1e-8, "lq1_3323": 3e-9, "phiD": 1e-8, "qq1_2323": 1e-12}
)
WAYS = {
    "U1": nutau.U1(2000.0, **COUPLINGS),
    "VB": nutau.VB(3000.0, gl={"33": 1.0}, gq={"23": 0.01}),
    "line": nutau.X(0.7, delta=0.06),
    "line of S3 with running": nutau.X("S3", c3=-0.03, mass=4700.0),
    "SMEFT": UP,
    "SMEFT without running, and WET": nutau.point(UP, running="none") + {"CL_bsnutaunutau": 0.3j},
}


@pytest.mark.parametrize("name", WAYS)
def test_each_draw_is_a_prediction_with_the_parameters_of_the_draw(name):
    given = WAYS[name]
    inputs = nutau.load_inputs("default")
    sampled = inputs.parameters.sample(DRAWS, SEED)
    values = []
    for i in range(DRAWS):
        moved = inputs.parameters.replace({name: float(value[i]) for name, value in sampled.items()})
        values.append(
            [
                row.value
                for row in nutau.predict(NAMES, given, inputs=replace(inputs, parameters=moved), draws=0)
            ]
        )
    low, middle, high = np.quantile(values, (0.158655, 0.5, 0.841345), axis=0)
    made = nutau.predict(NAMES, given, inputs=inputs, draws=DRAWS)
    for i, row in enumerate(made):
        assert row.interval == pytest.approx(
            (row.value - middle[i] + low[i], row.value + high[i] - middle[i]), rel=1e-9
        )


def test_errors_of_wet_coefficients_are_those_of_the_rates():
    # δ at tree level is a coefficient of the WET: R_D has no error from the CKM, b → sττ has that of V_cb over λ_t
    budget = nutau.error_budget(["R(D)", "Rtautau(K)"], nutau.X(1.0, delta=0.07), draws=300)
    assert budget["R(D)"]["CKM"] < 1e-6
    point = nutau.predict("R(D)", nutau.X(1.0, delta=0.07), draws=0)[0]
    wet = nutau.predict("R(D)", {"CVL_bctaunutau": np.sqrt(point.ratio) - 1}, draws=300)[0]
    line = nutau.predict("R(D)", nutau.X(1.0, delta=0.07), draws=300)[0]
    assert line.uncertainty == pytest.approx(wet.uncertainty, rel=1e-3)


def test_budget_of_a_model_moves_the_matching():
    # Rtautau of U1 is C9² for large couplings, C9 ~ 1/(alpha lambda_t): the error of the CKM is twice that of lambda_t
    inputs = nutau.load_inputs("default")
    budget = nutau.error_budget(
        "BR(Bs->tautau)/SM", nutau.U1(2000.0, x1LL={"33": 2.0, "23": 2.0}), draws=1000
    )
    draws = inputs.parameters.sample(1000, SEED, groups=("CKM",))
    v_cb = draws["Vcb"]
    value = nutau.predict("BR(Bs->tautau)/SM", nutau.U1(2000.0, x1LL={"33": 2.0, "23": 2.0}), draws=0)[
        0
    ].value
    assert budget["BR(Bs->tautau)/SM"]["CKM"] / value == pytest.approx(
        2 * np.std(v_cb) / np.mean(v_cb), rel=0.1
    )


def test_many_points_are_each_a_point():
    masses, draws = np.array([[1500.0, 2000.0], [4000.0, 9000.0]]), 50
    many = nutau.predict(NAMES, nutau.U1(masses, **COUPLINGS), draws=draws)
    one = nutau.predict(NAMES, nutau.U1(4000.0, **COUPLINGS), draws=draws)
    for row, single in zip(many, one, strict=True):
        assert row.value.shape == row.uncertainty.shape == masses.shape
        assert row.value[1, 0] == pytest.approx(single.value, rel=1e-12)
        assert row.uncertainty[1, 0] == pytest.approx(single.uncertainty, rel=1e-9)
    assert many.correlation is None
    first = [line.split()[0] for line in str(many).splitlines()[1:]]
    assert [first.count(f"{mass:g}") for mass in masses.ravel()] == [
        len(NAMES)
    ] * 4  # a line a point and observable
    assert np.shape(many.to_dict()["predictions"][0]["interval"]) == (2, 2, 2)


def test_many_points_of_a_line():
    many = nutau.predict(NAMES, nutau.X(np.array([0.0, 1.0]), delta=np.array([0.05, 0.07])), draws=20)
    one = nutau.predict(NAMES, nutau.X(1.0, delta=0.07), draws=20)
    for row, single in zip(many, one, strict=True):
        assert row.value[1] == pytest.approx(single.value, rel=1e-12)
        assert row.uncertainty[1] == pytest.approx(single.uncertainty, rel=1e-9)


def test_spectra_of_many_points():
    q2 = np.array([5.0, 10.0])
    name, coefficients = "dBR/dq2(B+->Knunu)", {"CL_bsnutaunutau": np.array([0.0, 1.0, 2.0])}
    many = nutau.predict(name, coefficients, q2=q2, draws=20)
    one = nutau.predict(name, {"CL_bsnutaunutau": 2.0}, q2=q2, draws=20)
    assert [row.value[2] for row in many] == pytest.approx([row.value for row in one], rel=1e-12)
    assert [row.uncertainty[2] for row in many] == pytest.approx([row.uncertainty for row in one], rel=1e-9)


def test_predictions_are_traced_and_differentiated():
    def made(mass, real, draws=0):
        couplings = {"x1LL": {"33": 1.0, "23": real}}
        return nutau.predict(NAMES[:3], nutau.U1(mass, **couplings), draws=draws)

    def value(x):
        return made(x[0], x[1])[1].value

    x = jnp.array([2000.0, 0.1])
    slope, step = jax.jit(jax.grad(value))(x), np.array([1e-2, 1e-5])
    for i, size in enumerate(step):
        plus, minus = (value(np.array(x) + sign * size * np.eye(2)[i]) for sign in (1, -1))
        assert slope[i] == pytest.approx((plus - minus) / (2 * size), rel=1e-5)
    errors = jax.jit(lambda m: made(m, 0.1, 40)[1].uncertainty)(2000.0)
    assert errors == pytest.approx(made(2000.0, 0.1, 40)[1].uncertainty, rel=1e-9)


def test_a_long_spectrum_is_the_same_in_pieces():
    q2 = np.linspace(0.5, 20.0, 65)
    long = nutau.predict(["dBR/dq2(B+->Knunu)", "R(D)"], q2=q2, draws=20)
    assert [row.q2 for row in long] == [*q2, None]
    short = nutau.predict("dBR/dq2(B+->Knunu)", q2=q2[40:42], draws=20)
    assert [row.uncertainty for row in long[40:42]] == pytest.approx([row.uncertainty for row in short])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nutau.predict("R(D)", {"CVL_bctaunutau": np.zeros(1000)}), "nutau.scan"),
        (lambda: nutau.predict("R(D)", draws=10**9), "from 2 to 100000"),
        (lambda: nutau.error_budget("R(D)", {"CVL_bctaunutau": np.zeros(3)}), "for one point"),
        (lambda: nutau.predict("Rtaue(Z->ll)", {"dgL_Ztautau": 0.1j}), "dgL_Ztautau is real"),
        (
            lambda: nutau.predict(
                "Rtaue(Z->ll)", Wilson.from_mapping(warsaw(), 1000.0, {"phil1_33": 1e-6j}), draws=0
            ),
            "phil1_33 is real",
        ),
        (
            lambda: nutau.predict(
                "R(D)", [{"CVL_bctaunutau": np.zeros(3)}, nutau.U1(np.array([2e3, 3e3]), **COUPLINGS)]
            ),
            r"shapes \(3,\), \(2,\) do not add up",
        ),
        (
            lambda: nutau.predict("R(D)", nutau.X(1.0, delta=np.array([0.1, np.nan]))),
            "a real number or an array of them is needed",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
