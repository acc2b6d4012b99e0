"""Tails of distributions are those of scipy.stats, and a fit does not import that."""

import ast
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import nutau
from nutau.common import tails

LEVELS = (0.0, 1e-9, 0.1, 0.6827, 0.95, 1 - 1e-12)
HEIGHTS = (0.0, 1e-8, 0.3, 3.84, 55.0, 1300.0)
DOFS = (0.5, 1, 2, 17, 400)


@pytest.mark.parametrize("dof", DOFS)
def test_chi2(dof):
    for x in HEIGHTS:
        assert tails.chi2_beyond(x, dof) == pytest.approx(stats.chi2.sf(x, dof), rel=1e-14)
        assert tails.chi2_below(x, dof) == pytest.approx(stats.chi2.cdf(x, dof), rel=1e-14)
    for level in LEVELS:
        assert tails.chi2_quantile(level, dof) == pytest.approx(stats.chi2.ppf(level, dof), rel=1e-14)


def test_nothing_is_known_without_degrees_of_freedom():
    found = (tails.chi2_beyond(1.0, 0), tails.chi2_below(1.0, 0), tails.chi2_quantile(0.5, 0))
    assert np.isnan([*found, tails.chi2_quantile(2.0, 1)]).all()


@pytest.mark.parametrize("p_value", [1e-300, 1e-20, 0.0027, 0.3173, 1.0])
def test_gaussian(p_value):
    assert tails.two_sided(p_value) == pytest.approx(stats.norm.isf(p_value / 2), rel=1e-14, abs=0)
    x = np.array([-40.0, -3.0, 0.0, 2.0, 30.0])
    np.testing.assert_allclose(tails.log_below(x), stats.norm.logcdf(x), rtol=1e-14)


def test_the_slow_module_is_left_to_what_nothing_else_has():
    """Truncated Gaussians, Sobol points, ranks and binomial intervals: what samplers and toys ask for."""
    needed = {"truncnorm", "qmc", "rankdata", "binomtest"}
    for path in Path(nutau.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "scipy.stats":
                assert {name.name for name in node.names} <= needed, f"{path}:{node.lineno}"
