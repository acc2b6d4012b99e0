"""The likelihood: against closed forms, brute force, finite differences; every kind of measurement; refusals."""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

import nutau
import nutau.inference.likelihood as package
from nutau.errors import InputError
from nutau.inference.likelihood import compare_modes, experiment, parametrisation
from nutau.measurements import load_dataset
from nutau.measurements.likelihoods import chi2
from synthetic import likelihood as made
from synthetic import measured, tabulated, theory_model

RHO = [[1.0, -0.4], [-0.4, 1.0]]
# two observables, (1 + x)² and 0.5 + y + x y + y², with two shared theory modes
TWO = theory_model(
    ["a", "b"],
    [[1, 2, 0, 1, 0, 0], [0.5, 0, 1, 0, 1, 1]],
    modes=[
        [[0.1, 0.2, 0, 0.1, 0, 0], [0.05, 0, 0.1, 0, 0, 0]],
        [[0, 0, 0, 0, 0, 0], [0.1, 0, 0.2, 0, 0.1, 0.1]],
    ],
)
# a ratio whose numerator and denominator both move
RATIO = theory_model(
    ["a"], [[1.0, 2.0, 1.0]], [[1.0, 0.0, 0.2]], modes=[[[0.2, 0.3, 0.1]]], below_modes=[[[0.05, 0.0, 0.05]]]
)
CURVE = np.linspace(-1, 4, 26)
SKEW = tabulated("skew", ["a"], [CURVE], (CURVE - 1.3) ** 2 / (0.3 + 0.1 * (CURVE + 1)) ** 2)
SETS = {
    "gaussian": [measured("g", ["a", "b"], [1.4, 0.9], [0.2, 0.3], RHO)],
    "asymmetric": [measured("g", ["a", "b"], [1.4, 0.9], [0.2, 0.5], RHO, minus=[0.35, 0.25])],
    "repeated": [measured("g", ["a", "b"], [1.4, 0.9, 1.1], [0.2, 0.3, 0.4], index=[0, 1, 1])],
    "table": [SKEW, measured("h", ["b"], 0.9, 0.3)],
}


@cache
def two(kind, mode="full"):
    """One likelihood a kind and mode, so that each is compiled once."""
    return made(TWO, SETS[kind], mode=mode)


POINTS = [np.array([0.1, 0.2]), np.array([-0.4, 0.6]), np.array([0.5, -1.5])]


@pytest.mark.parametrize("kind", SETS)
def test_experiment_is_the_sum_of_its_measurements(kind):
    items = tuple(dict.fromkeys(item for entry in SETS[kind] for item in entry.observables))
    stacked = experiment(SETS[kind], items)
    for point in np.random.default_rng(2).uniform(-2, 6, (12, 2)):
        expected = sum(
            chi2(entry, point[[items.index(item) for item in entry.observables]]) for entry in SETS[kind]
        )
        assert float(stacked(point)) == pytest.approx(float(expected), rel=1e-10, abs=1e-10)
    batch = np.random.default_rng(3).uniform(-2, 6, (5, 2))
    np.testing.assert_allclose(stacked(batch), [stacked(point) for point in batch], rtol=1e-12)


def test_experiment_of_todays_data_is_the_sum_of_its_measurements():
    entries = load_dataset("2026").measurements
    stacked = experiment(entries)
    scale = np.abs(np.concatenate([m.gaussian.plus[:1] if m.gaussian else [1e-3] for m in entries]))
    stream = np.random.default_rng(1)
    for _ in range(3):
        found = dict(
            zip(
                stacked.observables,
                stream.uniform(0, 3, len(stacked.observables)) * scale.mean(),
                strict=True,
            )
        )
        point = np.array([found[item] for item in stacked.observables])
        expected = sum(float(chi2(m, np.array([found[item] for item in m.observables]))) for m in entries)
        assert float(stacked(point)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("kind", SETS)
def test_gradient_of_the_experiment_and_its_curvature(kind):
    stacked, point, step = experiment(SETS[kind]), np.array([1.21, 0.63]), 1e-5
    gradient, curvature = stacked.curved(point)
    shifted = [(stacked(point + step * e) - stacked(point - step * e)) / (2 * step) for e in np.eye(2)]
    np.testing.assert_allclose(gradient, shifted, rtol=1e-7)
    assert np.linalg.eigvalsh(curvature).min() >= -1e-12
    if kind in ("gaussian", "repeated"):  # exact where uncertainties are symmetric
        bent = [(stacked.curved(point + step * e)[0] - gradient) / step for e in np.eye(2)]
        np.testing.assert_allclose(curvature, bent, rtol=1e-6, atol=1e-6)


def test_table_that_bends_down_at_its_edge_goes_on_as_its_tangent():
    axis = np.linspace(-3.0, 3.0, 31)
    entry = tabulated("t", ["a"], [axis], np.log1p(axis**2))
    far = np.array([[3.0], [4.0], [50.0]])
    value = chi2(entry, far)
    slope = (value[1] - value[0]) / 1.0
    assert slope == pytest.approx(2 * 3 / 10, rel=1e-3)  # derivative of log(1 + x²) at 3
    assert value[2] == pytest.approx(value[0] + 47 * slope, rel=1e-9)


@pytest.mark.parametrize("kind", SETS)
def test_full_mode_is_the_minimum_over_the_nuisances(kind):
    found = two(kind)
    both = jax.jit(jax.value_and_grad(found.joint, argnums=1))
    for point in POINTS:
        target = partial(both, point)
        expected = minimize(
            lambda eps, f=target: [np.asarray(x) for x in f(eps)], np.zeros(2), jac=True, tol=1e-10
        )
        value = float(found.value_and_gradient(point)[0])
        assert value == pytest.approx(expected.fun, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("point", POINTS)
def test_fast_mode_adds_the_theory_covariance(point):
    found = two("gaussian", "fast")
    values, theory = TWO.covariance(point)
    errors = np.array([0.2, 0.3])
    residual = values - np.array([1.4, 0.9])
    expected = residual @ np.linalg.solve(np.array(RHO) * np.outer(errors, errors) + theory, residual)
    assert float(found.chi2(point)) == pytest.approx(expected, rel=1e-12)
    assert float(found.value_and_gradient(point)[0]) == pytest.approx(expected, rel=1e-12)
    # numerators linear in the nuisances, Gaussian data: the two modes are the same thing
    assert float(two("gaussian").chi2(point)) == pytest.approx(expected, rel=1e-9)


def test_modes_differ_for_ratios_and_the_difference_is_reported():
    found = made(RATIO, [measured("g", ["a"], 2.5, 0.1)])
    points = np.linspace(0.1, 0.5, 30)[:, None]
    best = points[[np.argmin(found.chi2(points))]]
    report = compare_modes(found, np.concatenate([best, points]))
    by_hand = (found.switched("fast").chi2(points) - report.fast[0]) - (found.chi2(points) - report.full[0])
    near = found.chi2(points) - report.full[0] <= 9
    assert report.largest == pytest.approx(np.abs(by_hand[near]).max(), abs=1e-9)
    assert 0.001 < report.largest < 5


@pytest.mark.parametrize("mode", ["full", "fast"])
@pytest.mark.parametrize("kind", SETS)
def test_gradients_equal_finite_differences(mode, kind):
    found, step = two(kind, mode), 1e-5
    for point in POINTS:
        _, gradient = found.value_and_gradient(point)
        ends = [
            [float(found.value_and_gradient(point + s * step * e)[0]) for s in (1, -1)] for e in np.eye(2)
        ]
        numeric = [(high - low) / (2 * step) for high, low in ends]
        np.testing.assert_allclose(gradient, numeric, rtol=2e-4 if mode == "full" else 1e-5, atol=1e-4)


BENT = made(RATIO, [measured("g", ["a"], 2.5, 0.1)])
"""Numerator and denominator move with the nuisances, so that -2 log L is no parabola in them."""


@pytest.mark.parametrize("found", [two("table"), BENT])
def test_second_derivatives_are_finite_differences_of_the_gradient(found):
    count, step = len(found.parametrisation), 1e-5
    for point in POINTS:
        at = point[:count]
        value, gradient, hessian = found.derivatives(at)
        assert value == pytest.approx(float(found.chi2(at)), rel=1e-12)
        np.testing.assert_allclose(gradient, found.value_and_gradient(at)[1], rtol=1e-12)
        numeric = bent(found, at, step)
        # the nuisances are known to 1e-5, the square root of what the search leaves in -2 log L
        np.testing.assert_allclose(hessian, numeric, rtol=2e-4, atol=2e-4 * np.abs(numeric).max())


def bent(found, at, step):
    """Second derivatives as finite differences of the gradient."""
    ends = [[found.derivatives(at + s * step * e)[1] for s in (1, -1)] for e in np.eye(len(at))]
    return np.array([(high - low) / (2 * step) for high, low in ends])


def test_second_derivatives_in_forward_and_reverse_mode():
    found = BENT
    forward, reverse = jax.jit(jax.jacfwd(jax.jacfwd(found))), jax.jit(jax.jacrev(jax.jacrev(found)))
    for at in [point[:1] for point in POINTS]:
        hessian = found.derivatives(at)[2]
        size = 1e-9 * np.abs(hessian).max()
        np.testing.assert_allclose(forward(at), hessian, rtol=1e-9, atol=size)
        np.testing.assert_allclose(reverse(at), hessian, rtol=1e-9, atol=size)


def test_with_the_nuisances_held_second_derivatives_would_be_others():
    """What the profile's curvature was taken for: too large by what the nuisances give way."""
    at = np.array([0.2])
    eps = jax.jit(BENT.best_nuisances)(at)
    held = jax.jit(jax.hessian(lambda p: BENT.joint(p, eps)))(at)
    assert float(held[0, 0]) > 1.5 * float(BENT.derivatives(at)[2][0, 0])


def test_second_derivatives_of_four_couplings():
    """A fit of today's data: the point of the user who found them wrong."""
    names = "x1LL_23,x1LL_33,x1RR_33,x1RR_23"
    found = nutau.likelihood(names, "2026-core", model="U1", mass=2000, running="none", draws=60)
    at = np.array([0.2, 0.8, 0.1, 0.05])
    hessian, numeric = found.derivatives(at)[2], bent(found, at, 1e-5)
    # a gradient whose nuisances are known to 1e-5
    np.testing.assert_allclose(hessian, numeric, rtol=1e-3, atol=1e-3 * np.abs(hessian).max())


def test_without_theory_errors_there_are_no_nuisances():
    found = made(theory_model(["a"], [[1, 2, 1]]), [measured("g", ["a"], 1.5, 0.1)])
    assert found.nuisances == 0
    assert float(found.chi2(np.array([0.1]))) == pytest.approx(((1.21 - 1.5) / 0.1) ** 2, rel=1e-12)


def test_many_points_equal_one_by_one():
    found = two("asymmetric")
    points = np.random.default_rng(0).normal(size=(700, 2)) * 0.4
    np.testing.assert_allclose(
        found.chi2(points)[::100], [float(found.chi2(p)) for p in points[::100]], rtol=1e-9
    )
    assert found.chi2(points.reshape(7, 100, 2)).shape == (7, 100)


def test_theory_errors_are_shared_between_channels():
    """One mode moves both observables: two equal measurements that disagree with the SM cost no more than one."""
    both = theory_model(["a", "b"], [[1, 0, 0], [1, 1, 0]], modes=[[[0.5, 0, 0], [0.5, 0, 0]]])
    pair = [measured("a", ["a"], 2.0, 0.1), measured("b", ["b"], 2.0, 0.1)]
    shared = float(made(both, pair).chi2(np.zeros(1)))
    apart = theory_model(
        ["a", "b"], [[1, 0, 0], [1, 1, 0]], modes=[[[0.5, 0, 0], [0, 0, 0]], [[0, 0, 0], [0.5, 0, 0]]]
    )
    assert shared == pytest.approx(1 / (0.5**2 + 0.1**2 / 2), rel=1e-9)
    assert float(made(apart, pair).chi2(np.zeros(1))) == pytest.approx(2 / (0.5**2 + 0.1**2), rel=1e-9)


# --- parameters


def coefficients(chosen, values, par):
    step = chosen.step(par)
    return dict(
        zip(step.target.coefficients, np.asarray(step(chosen.to_linear(np.asarray(values)))), strict=True)
    )


def test_line_gives_the_same_coefficients_as_a_point(inputs):

    par = inputs.parameters.mapping()
    for mass in (None, 4700.0):
        found = coefficients(parametrisation(["delta", "kappa"], mass=mass), [0.06, 0.4], par)
        point = nutau.point(nutau.X(0.4, delta=0.06, mass=mass)).wet(inputs)
        for name in ("CVL_bctaunutau", "C9_bstautau", "CL_bsnutaunutau", "C9_bsmumu"):
            assert found[name] == pytest.approx(complex(point[name]), rel=1e-10, abs=1e-14)


def test_couplings_give_the_same_coefficients_as_a_model(inputs):
    par = inputs.parameters.mapping()
    chosen = parametrisation(["y3LL_33", "Re y3LL_23", "Im y3LL_23"], model="S3", mass=2000.0, running="none")
    found = coefficients(chosen, [0.8, -0.3, 0.2], par)
    couplings = {"y3LL": {"33": 0.8, "23": -0.3 + 0.2j}}
    point = nutau.point(nutau.S3(2000.0, **couplings), running="none").wet(inputs)
    for name, value in point.nonzero().items():
        assert found[name] == pytest.approx(complex(value), rel=1e-10, abs=1e-14)


@pytest.mark.parametrize("mass", [None, 3000.0])
def test_tau_and_z_decays_get_the_coefficients_of_a_prediction(inputs, mass):
    """Warsaw coefficients, couplings of a model and WET coefficients, as points have them."""
    from nutau.eft.smeft.basis import EFT, warsaw
    from nutau.eft.wilson import Basis, Wilson
    from nutau.observables.point import from_smeft

    par, how = inputs.parameters.mapping(), "none" if mass is None else "full"
    names = ("ll_2332", "ll_2223", "phil1_33", "lq3_3333")
    values = np.array([0.03, -0.02, 0.01, 0.2])
    source = Basis(EFT, warsaw().name, names)
    points = [
        (names, values, {"mass": mass}, from_smeft(Wilson(1e-6 * values, source, mass), inputs, how)),
        (
            ("gl_33", "gl_23"),
            (0.8, 0.1),
            {"model": "Z'", "mass": 3000.0, "running": how},
            nutau.point(nutau.Zp(3000.0, gl={"33": 0.8, "23": 0.1}), running=how).wet(inputs),
        ),
        (
            ("CVLL_mumutaumu", "Im CVLL_nutaunumumutau", "C9_bsmumu"),
            (1e-9, 2e-8, 0.3),
            {"scale": 20.0},
            nutau.point(
                {"CVLL_mumutaumu": 1e-9, "CVLL_nutaunumumutau": 2e-8j, "C9_bsmumu": 0.3}, scale=20.0
            ).wet(inputs),
        ),
    ]
    for chosen, at, options, point in points:
        found = coefficients(parametrisation(chosen, **options), at, par)
        assert set(point.nonzero()) <= set(found)
        for name, value in found.items():
            assert value == pytest.approx(complex(point[name]), rel=1e-10, abs=1e-16)


TAU = """
title: tau decays
measurements:
  - name: three-muons
    kind: upper_limit
    source: test
    unit: 1e-8
    limits: [{observable: "BR(tau->mumumu)", limit: 1.9, confidence_level: 0.9}]
  - name: one-muon
    kind: gaussian
    source: test
    unit: "%"
    values: [{observable: "BR(tau->mununu)", value: 17.39, errors: {total: 0.04}}]
"""


def test_a_fit_of_tau_decays(tmp_path, inputs):
    """BR(τ -> 3μ) is quadratic in its coefficients: its interval ends at the width of the limit, 1.9e-8/1.645."""

    path = tmp_path / "tau.yaml"
    path.write_text(TAU)
    found = nutau.fit(["CVLL_mumutaumu", "CVLL_nutaunumumutau"], path, draws=10)
    edge = found["CVLL_mumutaumu"].plus + found["CVLL_mumutaumu"].value
    value = nutau.predict(["BR(tau->mumumu)"], {"CVLL_mumutaumu": edge}, draws=0)[0].value
    assert value == pytest.approx(1.9e-8 / 1.6449, rel=2e-2)
    best = {"CVLL_nutaunumumutau": found["CVLL_nutaunumumutau"].value}
    value = nutau.predict(["BR(tau->mununu)"], best, draws=0)[0].value
    assert value == pytest.approx(0.1739, rel=1e-4)
    grid = nutau.scan(
        {"gl_23": (0.01, 0.03, 3)}, data=path, model="Z'", mass=2000.0, fixed={"gl_22": 0.5}, draws=4
    )
    assert np.all(np.diff(grid.chi2) > 0)  # τ -> 3μ grows with gl_23 gl_22


def test_an_angle_has_no_ratio_to_a_reference(inputs):
    from dataclasses import replace

    from nutau.inference.likelihood.compiled import compiled
    from nutau.inference.likelihood.references import rescaled
    from nutau.measurements import Observable

    item = Observable("phi_s")
    formulas = compiled([item], parametrisation(["CVLL_bsbs"]), inputs, draws=4)
    reference = replace(measured("SM", ["phi_s"], -0.037, 0.001), role="prediction")
    with pytest.raises(
        InputError, match="phi_s is an angle and has no ratio to the SM: drop its reference SM"
    ):
        rescaled(formulas, [item], {item: reference}, seed=1)


def test_short_names_fixed_parameters_and_the_kappa_of_a_model(inputs):
    par = inputs.parameters.mapping()
    free = coefficients(parametrisation(["C1", "C3"]), [0.02, -0.04], par)
    held = coefficients(parametrisation(["lq3_3323"], fixed={"C1": 0.02}), [-0.04], par)
    assert held["C9_bstautau"] == pytest.approx(free["C9_bstautau"], rel=1e-12)
    by_model = coefficients(parametrisation(["delta"], model="U1"), [0.06], par)
    by_kappa = coefficients(parametrisation(["delta"], fixed={"kappa": 1.0}), [0.06], par)
    assert by_model["C9_bstautau"] == pytest.approx(by_kappa["C9_bstautau"], rel=1e-12)


def test_outer_maps_are_differentiable():
    chosen = parametrisation(["y3LL_33", "y3LL_23"], model="S3", mass=2000.0)
    point = jnp.array([0.8, -0.3])
    slope = jax.jacfwd(chosen.to_linear)(point)
    for column, step in enumerate(1e-6 * np.eye(2)):
        numeric = (
            chosen.to_linear(np.asarray(point) + step) - chosen.to_linear(np.asarray(point) - step)
        ) / 2e-6
        np.testing.assert_allclose(slope[:, column], numeric, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (["C9_bstautu"], {}, "Did you mean 'C9_bstautau'"),
        ([], {}, "Name the fit parameters"),
        (["C1", "C1"], {}, "C1: given twice"),
        (["C1"], {"fixed": {"C1": 1.0}}, "given twice"),
        (["kappa"], {}, "needs the size of C3"),
        (["delta"], {}, "delta alone does not say what C1 is"),
        (["delta"], {"model": "R2t"}, "R2~ has no κ"),
        (["y3LL_33"], {"model": "S3"}, "couplings need `mass`"),
        (["y3LL_43"], {"model": "S3", "mass": 2000.0}, "has no element '43'"),
        (["C9_bstautau"], {"model": "S3", "mass": 2000.0}, "`model='S3'` is not used by"),
        (["C1"], {"running": "full"}, "needs `mass`"),
        (["C1"], {"running": "some"}, "Running 'some' is neither full, nor none, nor a folder"),
        (["C1"], {"mass": -3.0}, "must be positive"),
        (["C1"], {"convention": "other"}, "Unknown convention"),
        (["C1"], {"ranges": {"C1": (1.0, 0.0)}}, "lower end must be below"),
        (["C1"], {"ranges": {"C3": (0.0, 1.0)}}, "Unknown parameter of this fit 'C3'"),
        (["C1"], {"fixed": {"C3": np.nan}}, "real numbers by name"),
        (["Im ll_2332"], {}, "Im ll_2332: ll_2332 is real by Hermiticity"),
        (["C1"], {"fixed": {"Im phil1_33": 0.1}}, "phil1_33 is real"),
        (["Im gq_33", "gl_33"], {"model": "VB", "mass": 2000.0}, "gq_33 is real"),
        (["C1", "lq1_3323"], {}, "C1 and lq1_3323 are the same number"),
        (["Re C9_bsee", "C9_bsee"], {}, "are the same number"),
        (["gq_23", "gq_32"], {"model": "VB", "mass": 2000.0}, "are the same number"),
        (["delta", "kappa"], {"scale": 10.0}, "`scale` would not be used"),
        (["C9_bsee"], {"mass": 2000.0}, "`mass` would not be used"),
    ],
)
def test_parameters_that_are_refused(arguments, options, message):
    with pytest.raises(InputError, match=message):
        parametrisation(arguments, **options)


# --- from data sets


@pytest.fixture(scope="module")
def inputs():
    from nutau.inputs import load_inputs

    return load_inputs("default")


def write(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text("title: test\n" + text)
    return path


def test_measurements_that_do_not_matter_are_left_out(inputs):
    found = package.likelihood("2026", parametrisation(["CVL_bctaunutau"]), inputs=inputs, draws=8)
    names = [entry.name for entry in found.experiment.measurements]
    assert "HFLAV-2025-RD" in names
    assert "LHCb-2022-RK" in found.unaffected
    assert "BelleII-2026-Ktautau" in found.unaffected
    # F_L and P_tau of B -> D* tau nu are ratios in which C_VL alone drops out
    assert "LHCb-2023-FL" in found.unaffected


def test_bad_data_and_options(inputs, tmp_path):
    chosen = parametrisation(["CVL_bctaunutau"])
    wrong = write(
        tmp_path,
        "measurements: [{name: m, kind: gaussian, source: web:HFLAV-CKM2025, unit: 1, "
        "values: [{observable: 'Rtaul(B->Dlnuu)', value: 0.3, errors: {total: 0.1}}]}]\n",
    )
    with pytest.raises(InputError, match=r"Unknown observable 'Rtaul\(B->Dlnuu\)' in data set mine, m"):
        package.likelihood(wrong, chosen, inputs=inputs)
    with pytest.raises(InputError, match="Unknown mode 'quick'"):
        package.likelihood("2026-core", chosen, inputs=inputs, mode="quick")
    with pytest.raises(InputError, match="Unknown source of the Standard Model"):
        package.likelihood("2026-core", chosen, inputs=inputs, sm="theirs")
    with pytest.raises(InputError, match="Nothing in data set 2026-core constrains C9_bsmumu"):
        package.likelihood("2026-core", parametrisation(["C9_bsmumu"]), inputs=inputs)
    twice = write(tmp_path, "measurements: [HFLAV-2025-RD, HFLAV-2025-RD-inputs]\n")
    with pytest.raises(InputError, match="HFLAV-2025-RD-inputs is already averaged into HFLAV-2025-RD"):
        package.likelihood(twice, chosen, inputs=inputs)


ENTRY = (
    "  - {name: %s, kind: gaussian, source: %s, unit: %s, "
    "values: [{observable: '%s', value: %s, errors: {total: 1}}]}\n"
)


@pytest.mark.parametrize(
    ("observable", "unit", "value", "message"),
    [
        ("BR(B+->Ktautau)", "ps^-1", 1, "unit of BR.* is given as ps.-1; it is a number, as 1 or 1e-5"),
        ("DeltaM_s", "1e-5", 1, "unit of DeltaM_s is given as 1e-5; it is a multiple of ps.-1"),
        ("R(D)", "GeV", 1, r"unit of Rtaul\(B->Dlnu\) is given as GeV"),
        ("BR(B+->Ktautau)/SM", "GeV^-2", 1, "it is a number"),
        (
            "BR(B+->Ktautau)",
            "1",
            3.1,
            "is 3.1, and no branching ratio is above 1. Its unit is given as 1; is it 1e-5?",
        ),
    ],
)
def test_units_of_another_dimension_are_refused(inputs, tmp_path, observable, unit, value, message):
    path = write(tmp_path, "measurements:\n" + ENTRY % ("m", "me", unit, observable, value))
    with pytest.raises(InputError, match=message):
        package.likelihood(path, parametrisation(["C9_bstautau", "CVL_bctaunutau"]), inputs=inputs, draws=0)


def test_a_ratio_to_the_sm_may_be_large(inputs, tmp_path):
    path = write(tmp_path, "measurements:\n" + ENTRY % ("m", "me", 1, "Rtautau(K)", 30))
    assert package.likelihood(path, parametrisation(["C9_bstautau"]), inputs=inputs, draws=0)


def test_data_without_measurements_say_so(inputs, tmp_path):
    drop = ", ".join(entry.name for entry in load_dataset("2026-core").measurements)
    path = write(tmp_path, f"extends: 2026-core\ndrop: [{drop}]\n")
    with pytest.raises(InputError, match="Data set mine has no measurements to constrain C9_bstautau with"):
        package.likelihood(path, parametrisation(["C9_bstautau"]), inputs=inputs, draws=0)


def test_entries_that_may_share_data_are_pointed_out(inputs, tmp_path):
    """An own R(D) beside HFLAV's average: nothing says whether it is in there, until the entry does."""
    chosen = parametrisation(["CVL_bctaunutau"])
    text = "extends: 2026-core\nmeasurements:\n" + ENTRY % ("mine-RD", "me", 1, "R(D)", 0.4)
    found = package.likelihood(write(tmp_path, text), chosen, inputs=inputs, draws=0)
    (doubt,) = found.doubts
    assert "HFLAV-2025-RD and mine-RD both measure Rtaul(B->Dlnu)" in doubt
    assert "mine-RD does not say of which data" in doubt
    said = text.replace("unit:", "samples: [my-own-data], unit:")
    assert not package.likelihood(write(tmp_path, said), chosen, inputs=inputs, draws=0).doubts
    assert not package.likelihood("2026-core", chosen, inputs=inputs, draws=0).doubts
