"""Quadrature at the edges of phase space: exact integrals, finite gradients, and bins that make no sense."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import beta as euler_beta

from nutau.common import kinematics as kin
from nutau.errors import InputError


def integral(nodes, function):
    return np.sum(nodes.weights * function(nodes.q2), axis=-1)


def test_root_map_is_exact_at_the_upper_edge():
    # (b - q2)^(3/2) over [a, b], and over a part of it
    rule = kin.root_map(0.0, 22.9, 22.9, 8)
    assert integral(rule, lambda s: (22.9 - s) ** 1.5) == pytest.approx(22.9**2.5 / 2.5, rel=1e-14)
    rule = kin.root_map(15.0, 19.0, 19.2204, 8)
    expected = (4.2204**2.5 - 0.2204**2.5) / 2.5
    assert integral(rule, lambda s: (19.2204 - s) ** 1.5) == pytest.approx(expected, rel=1e-13)


def test_sine_map_is_exact_at_both_edges():
    a, b = 12.6, 22.9
    rule = kin.sine_map(a, b, (a, b), 12)
    expected = (b - a) ** 2 * euler_beta(1.5, 1.5)
    assert integral(rule, lambda s: np.sqrt((s - a) * (b - s))) == pytest.approx(expected, rel=1e-13)


def test_threshold_map_takes_the_velocity_and_the_photon_pole():
    a = 4 * 0.10566**2
    rule = kin.threshold_map(a, 1.1, a, 12)
    eta = np.arccosh(np.sqrt(1.1 / a))
    expected = 2 * (eta - np.tanh(eta))  # the integral of sqrt(1 - a/s)/s
    assert integral(rule, lambda s: np.sqrt(np.maximum(1 - a / s, 0)) / s) == pytest.approx(
        expected, rel=1e-9
    )


def test_rules_add_and_follow_draws():
    edge = np.array([[19.21], [19.22]])
    rule = kin.plain(14.0, 15.0, 4, rank=1) + kin.root_map(15.0, edge, edge, 6, rank=1)
    assert rule.q2.shape == (2, 10)
    np.testing.assert_allclose(integral(rule, np.ones_like), edge[:, 0] - 14.0, rtol=1e-14)


@pytest.mark.parametrize("edge", ["low", "high"])
def test_gradients_at_the_edges_are_finite(edge):
    def rate(shift):
        a, b = (12.6 + shift, 22.9) if edge == "low" else (12.6, 22.9 + shift)
        rule = kin.sine_map(*kin.bin_edges(None, (a, b)), (a, b), 12)
        return jnp.sum(rule.weights * kin.safe_sqrt((rule.q2 - a) * (b - rule.q2)))

    slope = jax.grad(rate)(jnp.asarray(0.0))
    assert slope == pytest.approx((-1 if edge == "low" else 1) * 2 * 10.3 * euler_beta(1.5, 1.5), rel=1e-10)


def test_root_kallen_vanishes_beyond_phase_space_with_a_finite_gradient():
    end = (5.27966 - 0.497611) ** 2
    root = lambda q2: kin.root_kallen(5.27966, 0.497611, q2)  # noqa: E731
    assert kin.kallen(5.27966**2, 0.497611**2, 10.0) == pytest.approx(root(10.0) ** 2, rel=1e-13)
    for q2 in (end, end * (1 + 1e-14), end + 1.0):
        assert root(q2) == 0.0
        assert np.isfinite(jax.grad(root)(q2))


def test_draws_clip_a_bin_to_their_own_phase_space():
    upper = np.array([19.19, 19.21])
    low, high = kin.bin_edges((15.0, 19.2), (12.6, upper))
    np.testing.assert_array_equal(high, [19.19, 19.2])
    np.testing.assert_array_equal(low, 15.0)
    low, _ = kin.bin_edges((12.0, 19.2), (np.array([12.6, 11.9]), 20.0))
    np.testing.assert_array_equal(low, [12.6, 12.0])


@pytest.mark.parametrize(
    ("q2_range", "match"),
    [
        ((15.0, 25.0), r"15 to 25 leaves phase space.* 12\.629 to 22\.902"),
        ((5.0, 15.0), "leaves phase space"),
        ((19.0, 15.0), "empty: give the lower edge first"),
        ((15.0, 15.0), "empty"),
        ((float("nan"), 15.0), "not finite"),
        ((15.0, float("inf")), "not finite"),
        ((None, 12.0), "empty"),
    ],
)
def test_impossible_bins_are_refused(q2_range, match):
    with pytest.raises(InputError, match=match):
        kin.check_range(q2_range, (12.6289, 22.9026), "B+->Ktautau")


def test_possible_bins_pass():
    for q2_range in (None, (15.0, None), (None, 22.0), (12.6289, 22.9026)):
        kin.check_range(q2_range, (12.6289, 22.9026), "B+->Ktautau")
