"""Balanced draws: of both signs, whose covariance is that of the parameters."""

import numpy as np
import pytest

import nutau
from nutau.inputs.deviates import BESIDE, balanced, plain, signed

NAMES = tuple(f"p{i}" for i in range(7))


@pytest.mark.parametrize("draws", [40, 43])
def test_balanced_deviates_have_mean_zero_and_covariance_one(draws):
    found = balanced(NAMES, draws, 3)
    assert found.shape == (draws, 7)
    np.testing.assert_allclose(found.mean(axis=0), 0.0, atol=1e-14)
    np.testing.assert_allclose(np.cov(found.T), np.eye(7), atol=1e-12)
    # both signs: the third moments vanish too
    np.testing.assert_allclose(np.einsum("ni,nj,nk->ijk", found, found, found), 0.0, atol=1e-11)


def test_fewer_draws_than_parameters_are_only_of_both_signs():
    found = balanced(NAMES, 10, 3)
    np.testing.assert_array_equal(found[:2], plain(NAMES, 2, 3))
    np.testing.assert_array_equal(found[2:4], -found[:2])
    np.testing.assert_array_equal(found[8:], 0.0)


def test_two_kinds_of_numbers_have_no_odd_moments_together():
    own, other = balanced(NAMES, 40, 3), signed(plain(("r",), 10, 4), 40, BESIDE)
    np.testing.assert_allclose(own.T @ other, 0.0, atol=1e-13)
    np.testing.assert_allclose(np.einsum("ni,nj,nk->ijk", own, own, other), 0.0, atol=1e-12)
    np.testing.assert_allclose(np.einsum("ni,nj,nk->ijk", own, other, other), 0.0, atol=1e-12)


def test_the_covariance_of_balanced_draws_is_that_of_the_inputs():
    inputs = nutau.load_inputs().balanced()
    drawn = np.stack(list(inputs.parameters.sample(2000, 5).values()), axis=1)
    width = np.sqrt(np.diag(inputs.parameters.covariance))
    varied = width > 0
    scale = np.outer(width, width)[np.ix_(varied, varied)]
    difference = (np.cov(drawn.T) - inputs.parameters.covariance)[np.ix_(varied, varied)] / scale
    # rounding: some central values are 1e8 errors away from zero; 2000 plain draws differ by 0.02
    assert np.abs(difference).max() < 1e-6
    assert not nutau.load_inputs().parameters.balanced


def test_parts_of_balanced_draws_share_their_noise():
    inputs = nutau.load_inputs().balanced()
    group = inputs.parameters.groups[inputs.parameters.index("Vcb")]
    part = inputs.parameters.sample(1200, 5, groups=(group,))
    np.testing.assert_array_equal(part["Vcb"], inputs.parameters.sample(1200, 5)["Vcb"])
