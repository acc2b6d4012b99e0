"""Toys: what is thrown follows the likelihood, and the fits of many at once are those of one by one."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import synthetic
from nutau.errors import ComputationError
from nutau.inference.fit.search import minima
from nutau.inference.likelihood import likelihood, parametrisation
from nutau.inference.likelihood.scales import sizes
from nutau.inference.toys import fluctuates, refit, throw
from nutau.inference.toys.throw import distance

RHO = np.array([[1.0, -0.4], [-0.4, 1.0]])


@pytest.fixture(scope="module")
def quadratic():
    """Two correlated numbers that are quadratic in two parameters and a linear one, with theory errors that grow."""
    made = synthetic.theory_model(
        ["a", "b", "c"],
        [[1.0, 0.5, 0.0, 0.3, 0.0, 0.0], [1.0, 0.0, 0.4, 0.0, 0.1, 0.2], [0.0, 1.0, -1.0, 0.0, 0.0, 0.0]],
        modes=[
            [[0.05, 0.0, 0.0, 0.1, 0.0, 0.0], [0.02, 0.0, 0.1, 0.0, 0.0, 0.0], [0.1, 0.0, 0.0, 0.0, 0.0, 0.0]]
        ],
    )
    entries = [
        synthetic.measured("ab", ["a", "b"], [1.6, 1.2], [0.2, 0.15], RHO),
        synthetic.measured("c", ["c"], [0.3], [0.25]),
    ]
    return synthetic.likelihood(made, entries)


@pytest.fixture(scope="module")
def skewed():
    """One parameter, two asymmetric numbers with a correlation."""
    made = synthetic.theory_model(["a", "b"], [[0.0, 1.0, 0.0], [1.0, -0.5, 0.0]])
    entry = synthetic.measured("ab", ["a", "b"], [0.4, 0.9], [0.3, 0.2], RHO, minus=[0.2, 0.5])
    return synthetic.likelihood(made, [entry])


def test_what_is_thrown_follows_the_likelihood_of_the_truth(quadratic):
    """-2 log L of the truth is a χ² of as many numbers as fluctuate (theory errors are linear here)."""
    truth = np.array([0.7, 0.3])
    data = throw(quadratic, truth, 4000, seed=3)
    found = refit(quadratic, np.ones(2)).at(truth, data)
    assert stats.kstest(found, stats.chi2(3).cdf).pvalue > 0.01  # a fixed seed: no chance left


def test_asymmetric_numbers_have_a_chi2_at_the_truth(skewed):
    data = throw(skewed, np.array([0.5]), 4000, seed=4)
    found = refit(skewed, np.ones(1)).at(np.array([0.5]), data)
    assert stats.kstest(found, stats.chi2(2).cdf).pvalue > 0.01


@pytest.mark.parametrize("pull", [-2.5, -1.0, -0.3, 0.0, 0.4, 1.0, 3.0])
def test_a_pull_is_undone(skewed, pull):
    offset = distance(skewed.experiment, np.full(2, pull))
    predictions = skewed.experiment.central + offset
    residual, _ = skewed.experiment._residual(predictions)
    assert residual == pytest.approx(np.full(2, pull), rel=1e-12, abs=1e-14)


def test_the_mean_of_what_is_thrown_has_the_covariance_of_data_and_theory(quadratic):
    truth = np.array([0.7, 0.3])
    data = throw(quadratic, truth, 20000, seed=5)
    sigma = np.array([0.2, 0.15, 0.25])
    rho = np.eye(3)
    rho[:2, :2] = RHO
    expected = rho * np.outer(sigma, sigma) + quadratic.theory_covariance(truth)
    assert np.cov(data.T) == pytest.approx(
        expected, rel=0.05, abs=6e-4
    )  # 20000 toys: one per cent, five times
    assert data.mean(axis=0) == pytest.approx(quadratic.predictions(truth), abs=5 * 0.35 / np.sqrt(20000))


def test_minima_are_those_of_one_fit_after_the_other(quadratic):
    data = throw(quadratic, np.array([0.7, 0.3]), 2, seed=6)
    found = refit(quadratic, np.ones(2)).lowest(data)
    for toy, (height, at) in enumerate(zip(found.chi2, found.values, strict=True)):
        experiment = replace(quadratic.experiment, central=data[toy])
        alone = minima(replace(quadratic.switched("fast"), experiment=experiment), np.ones(2))
        assert height == pytest.approx(min(minimum.chi2 for minimum in alone), abs=1e-3)
        assert min(np.abs(minimum.values - at).max() for minimum in alone) < 0.03  # σ is 0.2 and more


def test_a_held_parameter_stays_and_costs(quadratic):
    data = throw(quadratic, np.array([0.7, 0.3]), 50, seed=7)
    fits = refit(quadratic, np.ones(2))
    free, held = fits.lowest(data), fits.lowest(data, {1: 0.3})
    assert (held.values[:, 1] == 0.3).all()
    assert (held.chi2 > free.chi2 - 1e-3).all()
    grid = np.linspace(-4, 4, 2001)
    points = np.stack([grid, np.full_like(grid, 0.3)], axis=-1)
    for toy in range(3):
        experiment = replace(quadratic.experiment, central=data[toy])
        scanned = replace(quadratic.switched("fast"), experiment=experiment).chi2(points).min()
        assert held.chi2[toy] == pytest.approx(scanned, abs=1e-3)


def test_bounds_are_kept(quadratic):
    held = synthetic.likelihood(
        quadratic.theory_model,
        quadratic.experiment.measurements,
        ranges={"C9_bstautau": (0.0, 1.0), "C10_bstautau": (0.0, 0.5)},
    )
    data = throw(held, np.array([0.1, 0.1]), 200, seed=8)
    found = refit(held, np.ones(2)).lowest(data)
    assert found.values.min() == 0.0
    assert (found.values <= np.array([1.0, 0.5])).all()
    points = np.stack(np.meshgrid(np.linspace(0, 1, 101), np.linspace(0, 0.5, 101)), axis=-1).reshape(-1, 2)
    for toy in range(5):
        experiment = replace(held.experiment, central=data[toy])
        scanned = replace(held.switched("fast"), experiment=experiment).chi2(points).min()
        assert (
            scanned - 0.01 < found.chi2[toy] < scanned + 1e-3
        )  # a grid misses the minimum by less than 0.01


def test_the_same_seed_throws_the_same_and_another_one_does_not(quadratic):
    truth = np.array([0.7, 0.3])
    first, again, other = (throw(quadratic, truth, 5, seed=seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert not (first == other).any()
    assert throw(quadratic, truth, 0, seed=1).shape == (0, 3)


def test_a_truth_without_a_prediction_throws_nothing():
    made = synthetic.theory_model(["a"], [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    with pytest.raises(ComputationError, match="a prediction is no number"):
        throw(
            synthetic.likelihood(made, [synthetic.measured("a", ["a"], 1.0, 0.1)]), np.array([0.0]), 3, seed=1
        )


def test_limits_stay_as_they_were_observed():
    """A limit has no centre that could fluctuate."""
    made = likelihood("2026", parametrisation(("delta",), fixed={"kappa": 1.0}), draws=0)
    rows = fluctuates(made.experiment)
    data = throw(made, np.array([0.05]), 20, seed=1)
    assert (data[:, ~rows] == made.experiment.central[~rows]).all()
    assert (data[:, rows].std(axis=0) > 0).all()
    found = refit(made, sizes(made)).lowest(data)
    assert np.isfinite(found.chi2).all()
