"""Posteriors against closed forms: Gaussians, products, two modes; priors, evidence, summaries, samplers."""

import json
import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.stats import multivariate_normal, norm
from typer.testing import CliRunner

from nutau.cli import app
from nutau.errors import ComputationError, InputError
from nutau.inference.fit import diagnostics, independence
from nutau.inference.fit.mixture import around
from nutau.inference.fit.nested import cube, explore
from nutau.inference.fit.pieces import pieces, rounded
from nutau.inference.fit.posterior import Posterior
from nutau.inference.fit.priors import priors
from nutau.inference.fit.sampling import sampled
from nutau.inference.fit.search import Minimum
from nutau.inference.likelihood import parametrisation
from nutau.inference.likelihood.marginal import integrand, log_determinant, marginal
from synthetic import NAMES, measured, theory_model
from synthetic import likelihood as made

X, Y = NAMES[:2]
FEW = {"effective": 2000, "seed": 3}


def at(*values):
    """A minimum to start from; the independence sampler needs none, but where a prior has no ends."""
    values = np.array(values, dtype=float)
    return (Minimum(values, np.ones(len(values)), np.eye(len(values)), 0.0),)


def drawn(likelihood, *best, **options):
    return sampled(likelihood, at(*best), np.ones(len(best)), **(FEW | options))


# --- closed forms


@pytest.fixture(scope="module")
def gaussian():
    """x + 0.4 ε and x - y, measured as 1 ± 0.2 and 0.5 ± 0.3, in a box that holds all of it."""
    shape = theory_model(
        ["a", "b"],
        [[0, 1, 0, 0, 0, 0], [0, 1, -1, 0, 0, 0]],
        modes=[[[0.4, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]]],
    )
    entry = measured("m", ["a", "b"], [1.0, 0.5], [0.2, 0.3])
    return made(shape, [entry], ranges={X: (-4.0, 6.0), Y: (-5.0, 6.0)})


@pytest.fixture(scope="module")
def of_gaussian(gaussian):
    return drawn(gaussian, 1.0, 0.5)


@pytest.fixture(scope="module")
def of_another_seed(gaussian):
    return drawn(gaussian, 1.0, 0.5, seed=6)


def test_a_gaussian_posterior(gaussian, of_gaussian):
    """Means, covariance, theory included; R-hat, and as many draws as were asked for."""
    found = of_gaussian
    points = np.stack([found.draws[X].ravel(), found.draws[Y].ravel()])
    spread = np.array([np.hypot(0.2, 0.4), np.sqrt(0.2**2 + 0.4**2 + 0.3**2)])
    count = found.poorest()
    assert min(*found.effective.values(), *found.tails.values()) >= 2000
    assert found.theory_effective >= 500
    np.testing.assert_allclose(points.mean(axis=1), [1.0, 0.5], atol=4 * spread.max() / np.sqrt(count))
    np.testing.assert_allclose(points.std(axis=1), spread, rtol=4 / np.sqrt(2 * count))
    assert np.corrcoef(points)[0, 1] == pytest.approx(spread[0] / spread[1], abs=0.02)
    assert found.problems == ()
    assert found.theory_r_hat < 1.01
    assert max(found.r_hat.values()) < 1.01
    kept = [
        gaussian.joint(p, eps)
        for p, eps in zip(points.T[:3], found.nuisances.reshape(-1, 1)[:3], strict=True)
    ]
    np.testing.assert_allclose(found.minus_two_log_likelihood.ravel()[:3], kept, rtol=1e-10)


def test_the_evidence_of_a_gaussian(of_gaussian):
    """The integral of the Gaussian over the box: 2π √det V of what x and y are measured with, times exp(-χ²/2) = 1.

    The nuisance is normalised, so the theory error does not count as volume: with it x is as wide as both, and its
    density at the peak lower by the same factor.
    """
    covariance = np.array(
        [[0.2**2 + 0.4**2, 0.0], [0.0, 0.3**2]]
    )  # of the two measured numbers; the map has det 1
    reduction = 0.5 * np.log(1 + (0.4 / 0.2) ** 2)
    expected = np.log(2 * np.pi) + 0.5 * np.linalg.slogdet(covariance)[1] - reduction - np.log(10.0 * 11.0)
    found = of_gaussian.evidence
    assert found.log_evidence == pytest.approx(expected, abs=4 * found.error + 1e-4)
    assert found.error < 0.02
    assert found.nested == pytest.approx(expected, abs=4 * found.nested_error)
    assert found.agrees
    sm = -0.5 * (1.0 / (0.2**2 + 0.4**2) + 0.25 / 0.09) - reduction
    assert found.sm == pytest.approx(sm, abs=1e-6)  # linear and Gaussian: every draw weighs the same
    assert found.log_bayes_factor == pytest.approx(found.log_evidence - found.sm)


def test_log_det_is_the_difference_between_fit_and_posterior(gaussian):
    """ln(1 + S/σ²) of the one number that the nuisance moves; both modes of the fit are without it."""
    assert log_determinant(gaussian, np.zeros(2)) == pytest.approx(np.log(1 + (0.4 / 0.2) ** 2), rel=1e-12)
    p = np.array([0.3, -0.2])
    chi2 = float(gaussian.chi2(p))
    assert chi2 == pytest.approx(float(gaussian.switched("fast").chi2(p)), rel=1e-9)
    assert float(marginal(gaussian, p)) == pytest.approx(chi2 + np.log(5.0), rel=1e-9)


def test_the_weights_of_nuisances_correct_what_is_not_linear():
    """A rate (1 + ε/2)²-like in a ratio, asymmetric errors: the mean weight is the integral over ε by quadrature."""
    shape = theory_model(["a"], [[1, 1, 0]], modes=[[[0.3, 0, 0]]], below_modes=[[[0.2, 0, 0]]])
    found = made(shape, [measured("m", ["a"], 1.2, 0.3, minus=0.15)], ranges={X: (-2.0, 2.0)})
    eps = np.linspace(-4.5, 4.5, 4001)  # below -5 the denominator vanishes
    values = np.array([-0.5 * float(found.joint(np.array([0.1]), np.array([e]))) for e in eps[::20]])
    exact = np.log(np.sum(np.exp(values)) * (eps[20] - eps[0]) / np.sqrt(2 * np.pi))
    z = np.random.default_rng(1).standard_normal((4000, 1))
    logs = np.asarray(integrand(found)(np.full((4000, 1), 0.1), z)[2])
    error = np.exp(logs).std() / np.exp(logs).mean() / np.sqrt(4000)
    assert np.log(np.mean(np.exp(logs))) == pytest.approx(exact, abs=4 * error + 1e-3)
    assert (
        abs(-0.5 * float(marginal(found, np.array([0.1]))) - exact) > 4 * error
    )  # linear theory alone is not it


# --- products and modes


def product(low=-3.0, high=3.0, center=0.6, error=0.05):
    """x y measured: two hyperbolas."""
    shape = theory_model(["a"], [[0, 0, 0, 0, 1, 0]])
    return made(shape, [measured("m", ["a"], center, error)], ranges={X: (low, high), Y: (low, high)})


@pytest.fixture(scope="module")
def of_product():
    return drawn(product(), 0.8, 0.75)


def test_a_product_of_couplings(of_product):
    """Its two hyperbolas, half of the draws on each; |x| as ∫ dy of a band of width error/|x|: flat in ln |x|."""
    x, y = of_product.draws[X].ravel(), of_product.draws[Y].ravel()
    count = min(of_product.effective.values())
    assert count >= 2000
    assert np.mean(x > 0) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(count))
    assert np.all(x * y > 0)
    np.testing.assert_allclose((x * y).std(), 0.05, rtol=0.06)
    grid = np.linspace(-3, 3, 6001)
    weight = np.abs(
        np.where(
            np.abs(grid) > 1e-9,
            (norm.cdf(3 * np.abs(grid), 0.6, 0.05) - norm.cdf(-3 * np.abs(grid), 0.6, 0.05))
            / np.maximum(np.abs(grid), 1e-9),
            0.0,
        )
    )
    for quantile in (0.6, 0.75, 0.9, 0.975):
        exact = np.interp(quantile, np.cumsum(weight) / weight.sum(), grid)
        assert np.mean(x < exact) == pytest.approx(
            quantile, abs=4 * np.sqrt(quantile * (1 - quantile) / count)
        )


def test_pieces_of_a_product(of_product):
    """Two of them, half and half, and no median in the middle."""
    first, second = of_product.pieces(X, 0.95)
    assert first.high < 0 < second.low
    assert first.share == pytest.approx(0.5, abs=0.04)
    assert first.share + second.share == pytest.approx(1.0)
    row = dict(zip(("name", "inner", "outer"), of_product.table()[0][:3], strict=True))
    assert row["inner"].count("%") == 2
    assert "or" in row["outer"]


def test_the_other_sampler_agrees_where_there_is_one_mode():
    """NUTS knows nothing of mixtures and nested sampling: one hyperbola, away from its ends."""
    shape = product(0.3, 3.0, error=0.1)
    both = [drawn(shape, 0.8, 0.75, sampler=name, effective=200) for name in ("independence", "nuts")]
    assert [found.sampler for found in both] == ["independence", "nuts"]
    for level in (0.1, 0.5, 0.9):
        ends = [np.quantile(found.draws[X], level) for found in both]
        errors = [found.monte_carlo_error(X, level) for found in both]
        assert abs(ends[0] - ends[1]) < 4 * np.hypot(*errors)


def test_two_modes_have_their_weights():
    """Of x² - y-like data two modes of known areas; Gaussians of 30 and 70 % by the prior's weight."""
    shape = theory_model(["a"], [[0, 0, 1]])  # x² = 4 ± 0.4: x = ±2, as wide as each other
    found = drawn(
        made(shape, [measured("m", ["a"], 4.0, 0.4)], ranges={X: (-5.0, 5.0)}),
        2.0,
        priors={X: "normal:1:2.5"},
    )
    grid = np.linspace(-5, 5, 20001)
    exact = norm.pdf(grid, 1.0, 2.5) * np.exp(-0.5 * ((grid**2 - 4.0) / 0.4) ** 2)
    share = exact[grid > 0].sum() / exact.sum()
    positive = found.pieces(X, 0.95)[1]
    assert positive.share == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / found.poorest()))
    norm_of_prior = norm.cdf(5, 1, 2.5) - norm.cdf(-5, 1, 2.5)
    expected = np.log(exact.sum() * (grid[1] - grid[0]) / norm_of_prior)
    assert found.evidence.log_evidence == pytest.approx(expected, abs=4 * found.evidence.error + 1e-3)


def test_a_prior_without_ends():
    """The posterior is as wide as the measurement; there is no evidence; a flat direction is refused."""
    shape = made(theory_model(["a"], [[0, 1, 0]]), [measured("m", ["a"], 1.0, 0.2)])
    found = drawn(shape, 1.0)
    assert found.draws[X].std() == pytest.approx(0.2, rel=4 / np.sqrt(2 * found.poorest()))
    assert found.evidence is None
    assert "not normalised" in str(found.prior)
    assert priors(shape.parametrisation, {X: "normal:0:10"}).proper
    with pytest.raises(ComputationError, match="zero wherever"):
        explore(shape_of_nothing(), cube_of_nothing(), live=20)


def shape_of_nothing():
    return made(theory_model(["a"], [[0, 1, 0]]), [measured("m", ["a"], 1.0, 0.2)])


def cube_of_nothing():
    found = shape_of_nothing()
    space = cube(found, at(1.0), np.ones(1), priors(found.parametrisation, {X: "flat:1e160:1e161"}))
    return space


def test_seeds(gaussian, of_gaussian, of_another_seed):
    """The same seed gives the same draws, another one others."""
    again = drawn(gaussian, 1.0, 0.5)
    np.testing.assert_array_equal(of_gaussian.draws[X], again.draws[X])
    assert not np.array_equal(of_gaussian.draws[X][:, :50], of_another_seed.draws[X][:, :50])
    with pytest.raises(InputError, match="seed is -1"):
        drawn(gaussian, 1.0, 0.5, seed=-1)
    with pytest.raises(InputError, match="sampler 'hmc'"):
        drawn(gaussian, 1.0, 0.5, sampler="hmc")
    with pytest.raises(InputError, match="at least 2"):
        drawn(gaussian, 1.0, 0.5, chains=1)


def test_printed_ends_are_those_of_other_seeds(of_gaussian, of_another_seed):
    """Ends that are printed differ from the exact ones, and so between seeds, by no more than a step and a half."""
    exact = norm.interval(0.95, 1.0, np.hypot(0.2, 0.4))
    for each in (of_gaussian, of_another_seed):
        (piece,) = each.pieces(X, 0.95)
        for end, value, error in zip(
            exact, (piece.low, piece.high), (piece.low_error, piece.high_error), strict=True
        ):
            assert 0.005 < error < 0.1
            assert abs(float(rounded(value, error)) - end) < 1.5 * 5.0 * error  # a step is 2 to 5 errors


def test_an_interrupt_keeps_what_there_is(gaussian, monkeypatch):
    batch = independence._Maker.batch
    made_so_far = []

    def impatient(self):
        if len(made_so_far) == 3:
            raise KeyboardInterrupt
        made_so_far.append(1)
        return batch(self)

    monkeypatch.setattr(independence._Maker, "batch", impatient)
    found = drawn(gaussian, 1.0, 0.5, effective=100000)
    assert found.minus_two_log_likelihood.size == 3 * independence.BATCH - 4 * independence.FIRST
    assert found.interrupted
    assert any("interrupted after 1100 draws" in problem for problem in found.problems)
    assert found.to_dict()["problems"]


# --- priors


@pytest.mark.parametrize(
    ("text", "inside", "expected"),
    [
        ("flat", 1.0, 1 / 5),
        ("flat:0:2", 1.0, 1 / 2),
        ("normal:1:0.5", 1.5, norm.pdf(1.5, 1, 0.5) / (norm.cdf(4, 1, 0.5) - norm.cdf(-1, 1, 0.5))),
        ("log-flat:0.1:3", 0.5, 1 / 0.5 / np.log(30)),
        ("log-flat:-0.9:-0.1", -0.5, 1 / 0.5 / np.log(9)),
    ],
)
def test_densities(text, inside, expected):
    """Closed forms, an integral of one, zero outside; quantiles are the inverse of the integral."""
    chosen = parametrisation((X,), ranges={X: (-1.0, 4.0)})
    (prior,) = priors(chosen, {X: text}).each
    assert np.exp(prior.log_density(np.array(inside))) == pytest.approx(expected, rel=1e-9)
    grid = np.linspace(prior.low, prior.high, 200001)
    density = np.exp(prior.log_density(grid))
    assert trapezoid(density, grid) == pytest.approx(1.0, rel=1e-4)
    assert np.exp(prior.log_density(np.array([prior.low - 0.01, prior.high + 0.01]))) == pytest.approx([0, 0])
    integral = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))]) * (grid[1] - grid[0])
    u = np.array([0.01, 0.3, 0.77, 0.99])
    np.testing.assert_allclose(np.interp(prior.quantile(u), grid, integral), u, atol=1e-4)


def test_flat_in_the_coefficients():
    """|δ| in (δ, κ), normalised: its integral over the ranges is a half of 2 × 0.3² times the width of κ."""
    chosen = parametrisation(("delta", "kappa"), ranges={"delta": (-0.3, 0.3), "kappa": (-2.0, 4.0)})
    found = priors(chosen, "coefficients")
    points = np.array([[0.1, 1.0], [-0.2, 3.0], [0.05, -1.0]])
    np.testing.assert_allclose(
        np.exp(found.log_density(points)), np.abs(points[:, 0]) / (0.09 * 6.0), rtol=2e-3
    )
    assert "C3, C1" in str(found)
    assert found.to_dict()["flat_in"] == ["C3", "C1"]
    u = np.random.default_rng(1).random((1000, 2))
    assert np.all(found.log_density(found.quantiles(u)) > -np.inf)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({X: "gauss:1:2"}, "flat, flat:LOW:HIGH, normal:MEAN:SD or log-flat:LOW:HIGH is needed"),
        ({X: "normal"}, "is needed"),
        ({X: "normal:1:-2"}, "standard deviation must be above zero"),
        ({X: "normal:500:1"}, "nothing of it lies within the range"),
        ({X: "flat:2:1"}, "lower end must be below"),
        ({X: "flat:-9:1"}, "reaches beyond the range"),
        ({X: "log-flat:-1:1"}, "two ends of one sign"),
        ({X: "log-flat"}, "two ends of one sign"),
        ({X: "flat:a:b"}, "'a' is no number"),
        ({X: "flat:0:nan"}, "'nan' is no number"),
        ({"C9": "flat"}, "Unknown parameter of this fit 'C9'"),
        ("jeffreys", "or 'coefficients' for all of them"),
    ],
)
def test_priors_that_cannot_be(given, message):
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        priors(parametrisation((X,), ranges={X: (-1.0, 4.0)}), given)


def test_flat_in_coefficients_needs_as_many_as_parameters():
    chosen = parametrisation(("x1LL_33", "x1LL_23"), model="U1", mass=4000.0, running="none")
    with pytest.raises(InputError, match="as many of them as parameters: x1LL_33, x1LL_23 reach 3"):
        priors(chosen, "coefficients")


def test_another_prior_without_sampling_again(of_gaussian, gaussian):
    """Reweighted draws and draws sampled anew agree, and so do the two evidences."""
    given = {X: "normal:0.6:0.4"}
    moved, anew = of_gaussian.reweighted(given), drawn(gaussian, 1.0, 0.5, priors=given, seed=8)
    for name in (X, Y):
        for level in (0.1, 0.5, 0.9):
            error = np.hypot(moved.monte_carlo_error(name, level), anew.monte_carlo_error(name, level))
            assert (
                abs(np.quantile(moved.draws[name], level) - np.quantile(anew.draws[name], level)) < 4 * error
            )
    assert moved.poorest() < of_gaussian.poorest()
    errors = np.hypot(moved.evidence.error, anew.evidence.error)
    assert moved.evidence.log_evidence == pytest.approx(anew.evidence.log_evidence, abs=4 * errors)
    assert str(moved.prior).startswith(f"{X} normal, 0.6 ± 0.4")
    precision = 1 / 0.2 + 1 / 0.16  # the marginal of x has variance 0.2, the prior 0.16
    assert moved.draws[X].mean() == pytest.approx((1 / 0.2 + 0.6 / 0.16) / precision, abs=0.06)


def test_reweighting_says_when_it_cannot(of_gaussian):
    with pytest.raises(InputError, match=r"worth \d+ independent ones, below 400"):
        of_gaussian.reweighted({X: "normal:3:0.1"})
    narrow = of_gaussian.reweighted({X: "flat:0:2"})
    assert narrow.priors[X] == (0.0, 2.0)
    stuck = replace(of_gaussian, draws={name: values.copy() for name, values in of_gaussian.draws.items()})
    for values in stuck.draws.values():
        values[0, 100:400] = 0.6  # one chain stood still where the new prior is large
    given = {X: "normal:0.6:0.4"}
    assert stuck.reweighted(given, least=1).poorest() < 0.5 * of_gaussian.reweighted(given).poorest()
    with pytest.raises(InputError, match="no draws outside its own ends"):
        narrow.reweighted({X: "flat:-1:2"})
    unknown = Posterior((), {}, np.zeros((2, 4, 0)), np.zeros((2, 4)), {}, {}, 0, {})
    with pytest.raises(InputError, match="does not know its prior"):
        unknown.reweighted({X: "flat:0:2"})


# --- diagnostics and summaries


def autoregressive(chains=4, count=4000, phi=0.6, shift=0.0):
    random = np.random.default_rng(2)
    x = np.zeros((chains, count))
    for step in range(1, count):
        x[:, step] = phi * x[:, step - 1] + np.sqrt(1 - phi**2) * random.standard_normal(chains)
    return x + shift * np.arange(chains)[:, None]


def test_effective_sizes_of_a_correlated_chain():
    """(1 - φ)/(1 + φ) of the draws are independent; chains apart show, in location and in spread alone."""
    x = autoregressive()
    assert diagnostics.bulk(x) == pytest.approx(16000 * 0.25, rel=0.15)
    assert 1000 < diagnostics.tail(x) < 16000
    assert diagnostics.r_hat(x) < 1.01
    assert diagnostics.r_hat(autoregressive(shift=0.3)) > 1.01
    wider = np.random.default_rng(1).standard_normal((4, 1000)) * np.array([1.0, 1.0, 1.0, 3.0])[:, None]
    assert diagnostics.r_hat(wider) > 1.05
    heavy = np.random.default_rng(1).standard_cauchy((4, 1000))
    assert diagnostics.r_hat(heavy) < 1.01  # without ranks it depends on the largest draw
    assert diagnostics.r_hat(np.ones((2, 10))) == 1.0


def test_pieces_of_known_densities():
    """A Gaussian, two of them with weights 0.3 and 0.7, and an exponential that begins at its support's end."""
    random = np.random.default_rng(4)
    (one,) = pieces(random.standard_normal(20000), 0.95, (-np.inf, np.inf), 20000)
    assert (one.low, one.high) == pytest.approx((-1.96, 1.96), abs=0.06)
    assert 0.005 < one.low_error < 0.06
    mixed = np.where(random.random(20000) < 0.3, random.normal(-3, 0.5, 20000), random.normal(2, 0.5, 20000))
    first, second = pieces(mixed, 0.95, (-np.inf, np.inf), 20000)
    assert first.share == pytest.approx(0.3, abs=0.02)
    assert second.low == pytest.approx(2 - 0.5 * 2.05, abs=0.08)  # the height cuts the higher one further out
    (edge,) = pieces(random.exponential(1.0, 20000), 0.95, (0.0, np.inf), 20000)
    assert edge.low == 0.0
    assert edge.high == pytest.approx(-np.log(0.05), abs=0.12)
    assert edge.low_error == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.06317, 0.00021, "0.0630"),
        (0.06317, 0.0006, "0.064"),
        (2.643, 0.026, "2.6"),
        (2.67, 0.026, "2.7"),
        (-2.67, 0.08, "-2.6"),
        (2.643, 0.2, "2.5"),
        (-0.04, 0.05, "0.0"),
        (1234.0, 30.0, "1200"),
        (0.0, 0.0, "0"),
        (-3.0, 0.0, "-3"),
        (3.14e-7, 2e-9, "3.15e-07"),
        (1.23456789, 1e-9, "1.235"),
    ],
)
def test_digits_follow_the_monte_carlo_error(value, error, text):
    assert rounded(value, error) == text


def test_a_mixture_is_a_density():
    """Its integral over a wide line is one; in two dimensions a Gaussian over it has the mean one at its draws."""
    random = np.random.default_rng(7)
    points = 0.5 + 0.05 * random.standard_normal((300, 2)) @ np.array([[1.0, 0.8], [0.0, 0.3]])
    axis = np.linspace(-0.5, 1.5, 4001)
    line = around(points[:, :1], np.full(300, 1 / 300), random)
    density = np.exp(line.log_density(axis[:, None]))
    assert density.sum() * (axis[1] - axis[0]) == pytest.approx(1.0, abs=2e-3)  # its tails reach further
    mixture = around(points, np.full(300, 1 / 300), random)
    u = mixture.draw(2000, random)
    inverse = np.exp(multivariate_normal([0.5, 0.5], 0.01 * np.eye(2)).logpdf(u) - mixture.log_density(u))
    assert inverse.mean() == pytest.approx(1.0, abs=5 * inverse.std() / np.sqrt(2000))


def test_useless_chains_are_an_error():
    stuck = np.zeros((2, 100)) + np.array([[-1.0], [1.0]]) + 1e-3 * np.random.default_rng(0).random((2, 100))
    found = Posterior(
        ("x",), {"x": stuck}, np.zeros((2, 100, 0)), stuck, {"x": 9.0}, {"x": 2.0}, 0, {"x": (-2.0, 2.0)}
    )
    with pytest.raises(ComputationError, match="say nothing: 200 draws are worth 2"):
        found.check_useful()


def test_the_document(of_gaussian):
    """What was there before is there still; pieces, errors, prior and evidence beside it."""
    document = of_gaussian.to_dict()
    part = document["parameters"][X]
    assert {"median", "interval_68", "interval_95", "mean", "sd", "r_hat", "ess", "prior"} <= part.keys()
    assert part["highest_density"]["0.95"][0]["share"] == 1.0
    assert document["prior"]["parameters"][X] == {"kind": "flat", "range": [-4.0, 6.0]}
    assert document["evidence"]["log_bayes_factor"] == of_gaussian.evidence.log_bayes_factor
    assert document["sampler"] == "independence"
    assert "prior: " in str(of_gaussian)
    assert "ln of the Bayes factor" in str(of_gaussian)


# --- the command line


def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--prior", "kappa=flat"], "--prior would not be used: it is for --posterior"),
        (["--sampler", "nuts"], "--sampler would not be used"),
        (["--posterior", "--prior", "kappa"], "NAME=VALUE is needed"),
        (["--posterior", "--prior", "coefficients", "--prior", "kappa=flat"], "give no other beside it"),
    ],
)
def test_options_that_cannot_be(arguments, message):
    code, _, error = run("fit", *arguments)
    assert code != 0
    assert message in error


def test_the_command_prints_prior_pieces_and_evidence():
    """One coefficient, no theory errors, few draws: text and JSON, and a prior that is refused before sampling."""
    arguments = [
        "fit",
        "--data",
        "2026-core",
        "--parameters",
        "C3",
        "--draws",
        "0",
        "--posterior",
        "--ess",
        "300",
    ]
    code, text, error = run(*arguments, "--prior", "C3=flat:-0.5:0.5", "--seed", "2")
    assert code == 0, error
    assert "prior: C3 flat, -0.5 to 0.5" in text
    assert "ln of the Bayes factor" in text
    code, text, error = run(*arguments, "--json")
    assert code == 0, error
    found = json.loads(text)["posterior"]
    assert found["evidence"] is None  # the prior has no ends
    assert found["parameters"]["C3"]["ess"] >= 300
    assert found["parameters"]["C3"]["highest_density"]["0.95"]
    code, _, error = run(*arguments, "--prior", "C3=gauss")
    assert code != 0
    assert "normal:MEAN:SD" in error


def test_diagnostics_are_those_of_arviz(of_gaussian, tmp_path):
    """R-hat, bulk and tail sizes of ArviZ (either API), from the file that is written."""
    of_gaussian.save(tmp_path / "posterior.nc")
    with warnings.catch_warnings():  # once a day ArviZ says that its next version is another one
        warnings.simplefilter("ignore", FutureWarning)
        import arviz

        stored = arviz.from_netcdf(tmp_path / "posterior.nc")
        found = [arviz.rhat(stored), arviz.ess(stored), arviz.ess(stored, method="tail")]
    ours = (of_gaussian.r_hat, of_gaussian.effective, of_gaussian.tails)
    for theirs, mine, rel in zip(found, ours, (1e-6, 0.02, 0.02), strict=True):
        values = theirs["posterior"] if "posterior" in getattr(theirs, "children", ()) else theirs
        assert float(values[X]) == pytest.approx(mine[X], rel=rel)
    np.testing.assert_array_equal(stored["posterior"][Y], of_gaussian.draws[Y])
