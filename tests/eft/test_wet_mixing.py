"""Running of mixing below 4.8 GeV: the anomalous dimensions of the table above, semigroup, gradients."""

import jax
import numpy as np
import pytest

from nutau.eft import qcd
from nutau.eft.wet import mixing
from nutau.eft.wet.basis import MU_B, WET
from nutau.eft.wet.running import evolution


def test_anomalous_dimensions_are_those_of_the_table():
    """wilson's running from 100 GeV, with five flavours and QED, which shifts γ by 0.07 on its diagonal."""
    rows = [WET.index(f"{name}_bsbs") for name in mixing.OPERATORS]
    table = evolution(100.0)[np.ix_(rows, rows)]
    eta = qcd.alpha_s(0.1185, 100.0, 5) / qcd.alpha_s(0.1185, MU_B, 5)
    values, vectors = np.linalg.eig(table)
    gamma = (vectors * (np.log(values) / np.log(eta))) @ np.linalg.inv(vectors) * 2.0 * (11.0 - 10.0 / 3.0)
    np.testing.assert_allclose(gamma, mixing._gamma(), rtol=0.015, atol=0.08)


def test_steps_make_the_whole():
    first = mixing.evolution(3.0, 0.118)
    again = mixing.evolution(2.0, 0.118) @ np.linalg.inv(first)
    eta = qcd.alpha_s(0.118, 3.0, 4) / qcd.alpha_s(0.118, 2.0, 4)
    assert again[0, 0] == pytest.approx(eta ** (4.0 / (2.0 * mixing.BETA0)))
    np.testing.assert_allclose(mixing.evolution(MU_B, 0.118), np.eye(8), atol=1e-12)


def test_draws_and_gradient():
    assert mixing.evolution(2.0, np.array([0.117, 0.119])).shape == (2, 8, 8)
    assert np.isfinite(jax.grad(lambda a: mixing.evolution(2.0, a)[3, 2])(0.118))
