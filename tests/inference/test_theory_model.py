"""Surfaces: equal to the formulas they are made of, errors equal to those of the draws, one number by every way."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nutau.common.monomials import by_exponents, horner, monomials, products
from nutau.eft.algebra import Affine
from nutau.eft.wet.basis import WET
from nutau.errors import InputError
from nutau.inference.theory_model import WIDE, real_parameters, theory_model
from nutau.inputs import load_inputs
from nutau.observables.predictions import formulas

INPUTS = load_inputs("flavio-2.7")
NAMES = ("C9_bstautau", "Im C10_bstautau", "CL_bsnutaunutau", "CVL_bctaunutau")
SCALES = np.array([10.0, 5.0, 4.0, 0.3])
OBSERVABLES = (
    *("BR(B+->Knunu)", "BR(B+->Ktautau)/SM", "BR(B0->K*nunu)", "<FL>(B0->K*tautau)", "R(D)", "R(D*)"),
    *("<AFB>(B0->K*tautau)", "BR(Bs->tautau)", "BR(B+->Knunu)/SM"),
)
STEP = real_parameters(NAMES, Affine.identity(WET))


@pytest.fixture(scope="module")
def made():
    return formulas(OBSERVABLES, INPUTS, draws=300, q2="all")


@pytest.fixture(scope="module")
def sheet(made):
    return theory_model(made, STEP)


@pytest.fixture(scope="module")
def points():
    return np.random.default_rng(4).normal(size=(40, len(NAMES))) * SCALES


def coefficients(formula, x):
    """The WET coefficients of points, as a formula takes them."""
    values = np.zeros((*x.shape[:-1], len(WET)), dtype=complex)
    for column, (name, unit) in enumerate(zip(NAMES, (1, 1j, 1, 1), strict=True)):
        values[..., WET.index(name.removeprefix("Im "))] += x[..., column] * unit
    return values[..., [WET.index(name) for name in formula.central.basis.coefficients]]


def test_values_are_those_of_the_formulas(sheet, made, points):
    direct = np.stack([formula(coefficients(formula, points)) for formula in made], axis=-1)
    np.testing.assert_allclose(sheet(points), direct, rtol=1e-11, atol=1e-14)


def test_errors_and_correlations_are_those_of_the_draws(sheet, made, points):
    # first order in the modes against the full draws: equal where errors are small; second order in ratios: a tenth
    for x in (np.zeros(4), points[0], points[1]):
        drawn = np.stack([formula.sampled(coefficients(formula, x)) for formula in made])
        full = np.cov(drawn)
        _, ours = sheet.covariance(x)
        size = np.sqrt(np.diag(full))
        good = size > 1e-9 * np.abs(drawn.mean(axis=1))
        scale = np.where(good, size, 1.0)
        difference = (ours - full) / np.outer(scale, scale)
        assert np.abs(difference[np.ix_(good, good)]).max() < 0.15
        assert np.all(np.sqrt(np.diag(ours))[~good] < 1e-6 * np.abs(drawn.mean(axis=1))[~good])


def test_modes_reproduce_the_covariance_of_the_polynomials(sheet, made):
    # the forms themselves, before ratios: to the fraction of the scatter that is dropped
    from nutau.inference.theory_model import coefficients as polynomial
    from nutau.inference.theory_model import narrow

    above = [
        polynomial(made[i].draws.after(narrow(STEP, made[i].draws.basis)).numerator, len(NAMES))
        for i in (0, 7)
    ]
    left, right = (part - part.mean(axis=0) for part in above)
    full = left.T @ right / (len(left) - 1)
    ours = sheet.numerator_modes[:, 0].T @ sheet.numerator_modes[:, 7]
    spread = np.outer(left.std(axis=0), right.std(axis=0))
    assert np.abs((ours - full)[spread > 0] / spread[spread > 0]).max() < 1e-3
    assert 0.999 < sheet.explained <= 1.0


def test_many_coefficients_and_few_draws_have_the_same_modes():
    """Of many more coefficients than draws the products of the draws are decomposed: the same covariance."""
    made = formulas(OBSERVABLES, INPUTS, draws=12, q2="all")
    wide = theory_model(made, STEP)
    again = theory_model(made[:2], STEP)
    assert wide.numerator.size * 2 > WIDE * 12 > again.numerator.size
    x = np.array([[3.0, -2.0, 1.0, 0.1], [0.0, 0.0, 0.0, 0.0]])
    mine, whole = again.covariance(x)[1], wide.covariance(x)[1][:, :2, :2]
    np.testing.assert_allclose(mine, whole, rtol=1e-6, atol=1e-9 * np.abs(mine).max())


def test_what_nothing_moves_has_no_modes():
    """A rate that is zero for all draws scatters by nothing, not by rounding, beside others that do."""
    beside = formulas(("BR(B+->Kmutau)", "BR(B+->Ktautau)"), INPUTS, draws=50)
    made = theory_model(beside, STEP)
    assert made.moved.tolist() == [False, True]
    assert made.uncertainty(np.array([1.0, 2.0, 3.0, 0.1]))[1][0] == 0.0


def test_three_ways_to_the_errors_agree(sheet, points):
    value, shift = sheet.modes(points)
    error = np.sqrt((shift**2).sum(axis=-2))
    size = np.maximum(error, 1e-7 * np.abs(value))  # of a variance that cancels, the root of rounding is left
    ways = {
        "table": sheet.uncertainty(points),
        "by modes": tuple(part.T for part in sheet._by_modes(points)),
        "columns": tuple(np.stack(part, axis=-1) for part in sheet.columns(*points.T)),
        "compiled": tuple(np.stack(part, axis=-1) for part in jax.jit(sheet.columns)(*jnp.asarray(points.T))),
        "JAX": sheet.uncertainty(jnp.asarray(points)),
    }
    for name, (values, errors) in ways.items():
        np.testing.assert_allclose(values, value, rtol=1e-10, err_msg=name)
        assert np.abs((errors - error) / size).max() < 1e-5, name


def test_roots_and_angles_by_every_way():
    mixing = formulas(("DeltaM_s", "phi_s", "BR(B+->taunu)"), INPUTS, draws=100)
    step = real_parameters(("CVLL_bsbs", "Im CVLL_bsbs", "CVL_butaunutau"), Affine.identity(WET))
    made = theory_model(mixing, step)
    points = np.random.default_rng(5).normal(size=(30, 3)) * np.array([1e-11, 1e-11, 0.1])
    value, shift = made.modes(points)
    for values, errors in (
        made.uncertainty(points),
        tuple(np.stack(part, axis=-1) for part in made.columns(*points.T)),
    ):
        np.testing.assert_allclose(values, value, rtol=1e-10)
        np.testing.assert_allclose(errors, np.sqrt((shift**2).sum(axis=-2)), rtol=1e-5)


def test_the_error_of_a_root_is_the_scatter_of_its_draws():
    """ΔM_s is the modulus of a complex number: the mode's shift is that of the root, half that of the square."""
    (mixing,) = formulas(("DeltaM_s",), INPUTS, draws=400)
    step = real_parameters(("CVLL_bsbs",), Affine.identity(WET))
    _, error = theory_model([mixing], step).uncertainty(np.zeros((1, 1)))
    assert mixing.central.readout == "sqrt"
    assert error[0, 0] == pytest.approx(np.std(np.asarray(mixing.draws.sm), ddof=1), rel=0.02)


def test_many_points_are_the_same_as_few(sheet, points):
    many = np.tile(points, (200, 1)).reshape(2, 4000, len(NAMES))  # more than a chunk, two leading axes
    value, error = sheet.uncertainty(many)
    assert value.shape == error.shape == (2, 4000, len(OBSERVABLES))
    few_values, few_errors = sheet.uncertainty(points)
    np.testing.assert_allclose(value[1, -40:], few_values, rtol=1e-12)
    np.testing.assert_allclose(error[1, -40:], few_errors, rtol=1e-6, atol=1e-15)
    np.testing.assert_allclose(sheet(many)[0, :40], sheet(points), rtol=1e-12)
    assert sheet.uncertainty(points[:0])[0].shape == (0, len(OBSERVABLES))
    assert sheet.uncertainty(points[0])[1].shape == (len(OBSERVABLES),)


def test_gradients_are_finite_differences(sheet, points):
    x = jnp.asarray(points[3])
    for part in (0, 1):
        slope = jax.jacfwd(lambda y, part=part: sheet.uncertainty(y)[part])(x)
        step = 1e-6 * SCALES
        moved = [
            (sheet.uncertainty(x + h * e)[part] - sheet.uncertainty(x - h * e)[part]) / (2 * h)
            for h, e in zip(step, np.eye(len(NAMES)), strict=True)
        ]
        numeric = np.stack(moved, axis=-1)
        size = np.abs(numeric).max(axis=-1, keepdims=True) + 1e-12
        varied = np.asarray(sheet.uncertainty(x)[1]) > 1e-8
        varied |= part == 0
        assert np.abs((slope - numeric) / size)[varied].max() < 1e-4
    written = jax.grad(lambda y: sum(e[0] for e in sheet.columns(*(y[i : i + 1] for i in range(4)))[1]))(x)
    assert np.all(np.isfinite(written))


def test_without_draws_there_are_no_errors(points):
    made = theory_model(formulas(("R(D)", "BR(B+->Knunu)"), INPUTS, draws=0), STEP)
    value, error = made.uncertainty(points)
    assert np.all(error == 0)
    assert np.all(value > 0)
    with pytest.raises(InputError, match="at least one observable"):
        theory_model((), STEP)


def test_products_of_monomials_are_collected():
    rng = np.random.default_rng(6)
    left, right, x = rng.normal(size=(5, 2, 10)), rng.normal(size=(5, 2, 10)), rng.normal(size=(3, 7))
    table = products(3)
    second, fourth = table.table(x)
    np.testing.assert_allclose(second, monomials(x.T).T, rtol=1e-15)
    direct = np.einsum("kom,mp,kon,np->op", left, second, right, second)
    found = table.collect(left, right)
    np.testing.assert_allclose(found @ fourth, direct, rtol=1e-12)
    np.testing.assert_allclose(horner(by_exponents(found[1], table.quartic), tuple(x)), direct[1], rtol=1e-12)


def test_ratios_to_a_geometric_mean_are_those_of_their_formulas():
    """P'5 in a theory model: values, errors by three ways, gradients and what a displaced mode gives."""
    names = ["<P5p>(B0->K*mumu)", "<FL>(B0->K*mumu)"]
    made = formulas(names, INPUTS, draws=60, q2=(4.0, 6.0))
    step = real_parameters(["C9_bsmumu", "Im C10_bsmumu"], Affine.identity(made[0].central.basis))
    model = theory_model(made, step, keep=1e-12)
    x = np.array([[0.0, 0.0], [-1.0, 0.3], [0.5, -0.7]])
    points = np.asarray(step(x.astype(complex)))
    expected = np.stack([formula(points) for formula in made], axis=-1)
    np.testing.assert_allclose(model(x), expected, rtol=1e-12)
    _, error = model.uncertainty(x)
    scattered = np.stack([formula.sampled(points).std(axis=-1, ddof=1) for formula in made], axis=-1)
    np.testing.assert_allclose(error, scattered, rtol=0.1)  # linear in the modes
    many = np.tile(x, (20, 1))
    np.testing.assert_allclose(model.uncertainty(many)[1][:3], error, rtol=1e-8)
    columns = model.columns(*x.T)
    np.testing.assert_allclose(np.stack(columns[1], axis=-1), error, rtol=1e-8)
    expanded, small = model.expanded(x[1]), 1e-6
    _, slope = expanded.linearised(np.zeros(len(model.numerator_modes)))
    for k in range(2):
        eps = small * np.eye(len(slope))[k]
        np.testing.assert_allclose(
            (expanded(eps) - expanded(-eps)) / (2 * small), slope[k], rtol=1e-5, atol=1e-9
        )
    gradient = jax.jacfwd(lambda p: model(p))(jnp.array(x[1]))
    numeric = [(model(x[1] + d) - model(x[1] - d)) / 2e-5 for d in 1e-5 * np.eye(2)]
    np.testing.assert_allclose(np.asarray(gradient).T, numeric, rtol=1e-6)
    assert model.part([1]).readouts == ("ratio",)
    np.testing.assert_allclose(model.part([0])(x)[:, 0], expected[:, 0], rtol=1e-12)
