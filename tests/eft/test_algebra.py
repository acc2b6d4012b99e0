"""Laws of the algebra: composing and evaluating commute, forms are real, derivatives are exact."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nutau.eft.algebra import Affine, Quadratic, vector
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError

HIGH = Basis("TEST", "high", ("a", "b", "c"))
MIDDLE = Basis("TEST", "middle", ("d", "e"))
LOW = Basis("TEST", "low", ("f", "g", "h"))


def complex_normal(rng, *shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def affine(rng, source, target, conjugates, batch=()):
    m, n = len(target), len(source)
    return Affine.from_parts(
        source,
        target,
        offset=complex_normal(rng, *batch, m),
        linear=complex_normal(rng, *batch, m, n),
        antilinear=complex_normal(rng, *batch, m, n) if conjugates else None,
    )


def form(rng, basis, batch=()):
    amplitudes = complex_normal(rng, *batch, 4, 1 + len(basis))
    return Quadratic.from_amplitudes(amplitudes, rng.uniform(0.1, 1.0, size=(*batch, 4)), basis)


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("second", [False, True])
def test_compose_then_evaluate_equals_evaluate_then_compose(first, second):
    rng = np.random.default_rng(1)
    one, two = affine(rng, HIGH, MIDDLE, first), affine(rng, MIDDLE, LOW, second)
    points = complex_normal(rng, 7, len(HIGH))
    np.testing.assert_allclose((two @ one)(points), two(one(points)), rtol=1e-13)
    rate = form(rng, LOW)
    np.testing.assert_allclose(rate.after(two @ one)(points), rate(two(one(points))), rtol=1e-12)
    np.testing.assert_allclose(rate.after(two).after(one)(points), rate(two(one(points))), rtol=1e-12)


def test_form_equals_sum_of_squared_amplitudes_and_is_real_and_positive():
    rng = np.random.default_rng(2)
    amplitudes, weights = complex_normal(rng, 4, 4), rng.uniform(size=4)
    points = complex_normal(rng, 11, 3)
    values = Quadratic.from_amplitudes(amplitudes, weights, HIGH)(points)
    direct = np.abs(vector(points, 4) @ amplitudes.T) ** 2 @ weights
    assert values.dtype == np.float64
    np.testing.assert_allclose(values, direct, rtol=1e-13)
    assert (values >= 0).all()


def test_batches_of_draws_and_points():
    rng = np.random.default_rng(3)
    rate, points = form(rng, HIGH, batch=(5,)), complex_normal(rng, 6, 3)
    table = rate(points[:, None, :])
    assert table.shape == (6, 5)
    np.testing.assert_allclose(table[2, 3], rate.draw(3)(points[2]), rtol=1e-14)
    np.testing.assert_allclose(rate.over_sm().sm, np.ones(5), rtol=1e-15)


def test_jax_agrees_and_gradients_equal_finite_differences():
    rng = np.random.default_rng(4)
    rate = form(rng, LOW).after(affine(rng, HIGH, LOW, True))
    x0 = rng.normal(size=6)

    def value(x):
        return rate(x[:3] + 1j * x[3:]) if isinstance(x, np.ndarray) else rate(jax.lax.complex(x[:3], x[3:]))

    gradient = jax.jit(jax.grad(value))(jnp.asarray(x0))
    step = 1e-6
    finite = [(value(x0 + step * e) - value(x0 - step * e)) / (2 * step) for e in np.eye(6)]
    assert float(jax.jit(value)(jnp.asarray(x0))) == pytest.approx(value(x0), rel=1e-13)
    np.testing.assert_allclose(gradient, finite, rtol=1e-7)  # finite differences: step^2 and rounding/step


def test_vmap_over_points_and_batched_jax():
    rng = np.random.default_rng(5)
    rate = form(rng, HIGH)
    points = complex_normal(rng, 4, 3)
    np.testing.assert_allclose(jax.vmap(rate)(jnp.asarray(points)), rate(points), rtol=1e-13)
    np.testing.assert_allclose(rate(jnp.asarray(points)), rate(points), rtol=1e-13)


def test_reading_a_form_on_a_larger_basis_and_a_wilson_by_name():
    rng = np.random.default_rng(6)
    small, large = Basis("TEST", "high", ("c", "a")), HIGH
    rate = form(rng, small)
    point = Wilson.from_mapping(large, 4.8, {"a": 1 + 2j, "c": -0.5})
    assert rate(point) == pytest.approx(rate.on(large)(point), rel=1e-14)
    assert rate(point) == pytest.approx(rate(np.array([-0.5, 1 + 2j])), rel=1e-14)


def test_identity_map():
    point = np.array([1 + 1j, 2.0, -1j])
    np.testing.assert_array_equal(Affine.identity(HIGH)(point), point)


def test_mismatched_theories_are_refused():
    rng = np.random.default_rng(7)
    with pytest.raises(InputError, match="cannot follow"):
        affine(rng, HIGH, LOW, False) @ affine(rng, HIGH, MIDDLE, False)
    with pytest.raises(InputError, match="theories differ"):
        form(rng, HIGH).on(LOW)
    with pytest.raises(InputError, match="do not fit"):
        form(rng, HIGH)(np.zeros(2))
    with pytest.raises(InputError, match=r"use \.on"):
        form(rng, HIGH) + form(rng, LOW)
