"""Counted events: the closed minimum over the background, its derivatives, and what is refused."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import nutau
from nutau.inference.likelihood import likelihood, parametrisation
from nutau.measurements import find_measurement, load_dataset
from nutau.measurements.counts import CountsLikelihood
from nutau.measurements.likelihoods import asimov, chi2

SOME = CountsLikelihood(
    np.array([0.0, 0.0, 3.0, 40.0]), np.array([0.4, 6.0, 1.5, 52.0]), np.array([0.2, 2.5, 0.9, 9.0])
)
POINTS = np.array(
    [[0.0, 0.0, 0.0, 0.0], [2.0, -5.0, 4.0, -20.0], [30.0, 0.3, -1.2, 15.0], [-0.39, 5.0, 0.1, 0.0]]
)


def joint(n, b, sigma, x, theta):
    nu = b + x + sigma * theta
    if (nu <= 0 and n > 0) or nu < 0:
        return np.inf
    return 2 * (nu - n + (n * np.log(n / nu) if n else 0.0)) + theta**2


@pytest.mark.parametrize("x", POINTS)
def test_the_background_is_at_its_best(x):
    for k in range(4):
        n, b, sigma = SOME.observed[k], SOME.background[k], SOME.error[k]
        low = -(b + x[k]) / sigma
        found = minimize_scalar(
            lambda t, n=n, b=b, s=sigma, at=x[k]: joint(n, b, s, at, t),
            bounds=(low + 1e-12, max(low, 0) + 40), method="bounded", options={"xatol": 1e-10},
        )  # fmt: skip
        assert SOME.each(x)[k] == pytest.approx(found.fun, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("x", POINTS)
def test_derivatives(x):
    step = 1e-4
    slope, curve = SOME.curved(x)
    moved = [(SOME(x + step * e) - SOME(x - step * e)) / (2 * step) for e in np.eye(4)]
    assert np.allclose(slope, moved, rtol=1e-5, atol=1e-6)
    bent = [(SOME.curved(x + step * e)[0] - SOME.curved(x - step * e)[0]) / (2 * step) for e in np.eye(4)]
    assert np.allclose(curve, bent, rtol=1e-4, atol=1e-4)
    assert np.all(np.diag(curve) >= 0)


def test_jax_gives_the_same_and_finite_gradients():
    import jax

    from nutau.inference.likelihood import double_precision

    def both(x):
        return np.asarray(SOME(jax.numpy.asarray(x))), np.asarray(jax.grad(SOME)(jax.numpy.asarray(x)))

    for x in POINTS:
        value, slope = double_precision(both)(x)
        assert value == pytest.approx(SOME(x), rel=1e-12)
        assert np.all(np.isfinite(slope))
        assert np.allclose(slope, SOME.curved(x)[0], rtol=1e-9, atol=1e-12)


def test_limits():
    """With many events it is Gaussian, with a background that is known it is Poisson, and as expected it is zero."""
    many = CountsLikelihood(np.array([1.02e6]), np.array([1e6]), np.array([2e3]))
    assert many(np.array([0.0])) == pytest.approx(2e4**2 / (1.02e6 + 4e6), rel=0.02)
    known = CountsLikelihood(np.array([3.0]), np.array([1.0]), np.array([1e-6]))
    assert known(np.array([1.0])) == pytest.approx(2 * (2 - 3 + 3 * np.log(3 / 2)), rel=1e-6)
    entry = find_measurement("CMS-2022-mutau")
    truth = np.linspace(0, 20, len(entry.observables))
    assert chi2(asimov(entry, truth), truth) == pytest.approx(0, abs=1e-9)


def test_the_two_forms_of_one_search_do_not_meet():
    counted, gaussian = (load_dataset(f"highpt-tails{end}") for end in ("", "-gaussian"))
    assert [entry.kind for entry in counted.measurements] == ["counts"] * 3
    assert [entry.kind for entry in gaussian.measurements] == ["gaussian"] * 3
    for name in ("ATLAS-2020-tautau", "ATLAS-2021-taunu", "CMS-2022-mutau"):
        assert f"{name}-HighPT" in find_measurement(name).instead_of


ENTRY = """\
title: mine
measurements:
  - {{name: Mine, kind: counts, source: me, unit: 1, observable: "N(pp->tautau)", edges: {edges},
     observed: {observed}, background: {background}, errors: [1.9, 2.1]}}
"""


@pytest.mark.parametrize(
    ("edges", "observed", "background", "message"),
    [
        ("[1000, 1150]", "[11, 13]", "[12, 10.7]", "2 numbers of observed for 1 bins"),
        ("[1150, 1000, 15000]", "[11, 13]", "[12, 10.7]", "must increase"),
        ("[1000, 1150, 15000]", "[-11, 13]", "[12, 10.7]", "observed"),
        ("[1000, 1150, 15000]", "[11, 13]", "[12, 0]", "background"),
    ],
)
def test_bad_counts_are_refused(tmp_path, edges, observed, background, message):
    path = tmp_path / "mine.yaml"
    path.write_text(ENTRY.format(edges=edges, observed=observed, background=background))
    with pytest.raises(nutau.InputError, match=message):
        load_dataset(path)


def test_counts_of_one_s_own_are_fitted(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(ENTRY.format(edges="[1000, 1150, 15000]", observed="[11, 13]", background="[12, 10.7]"))
    space = parametrisation(["x1LL_33"], model="U1", mass=2000.0, running="none")
    made = likelihood(path, space, draws=0)
    assert made.chi2([[0.0], [3.0]])[1] > made.chi2([[0.0]])[0] + 4
