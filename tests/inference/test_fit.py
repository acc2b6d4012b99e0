"""Fits: closed forms, published numbers, all minima, intervals, contours, posterior; and what is refused."""

import json
import warnings

import numpy as np
import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.errors import ComputationError, InputError, NutauError
from nutau.inference.fit import fit, fitted
from nutau.inference.fit.coordinates import Coordinates
from nutau.inference.fit.curves import Curve
from nutau.inference.fit.intervals import intervals
from nutau.inference.fit.nuts import _lenient, _model, _posterior, sample
from nutau.inference.fit.search import minima
from nutau.inference.likelihood import Likelihood, double_precision, experiment, parametrisation
from nutau.measurements import load_dataset
from synthetic import likelihood as made
from synthetic import measured, theory_model

LINEAR = theory_model(["a", "b"], [[1, 2, 0, 0, 0, 0], [0.5, 1, -1, 0, 0, 0]])
RHO = [[1.0, 0.3], [0.3, 1.0]]


@pytest.fixture(scope="module")
def linear():
    """Two straight lines and two numbers: the best fit is the solution, the covariance is exact."""
    return fitted(made(LINEAR, [measured("m", ["a", "b"], [1.6, 0.2], [0.2, 0.1], RHO)]))


def exact_covariance():
    slopes = np.array([[2.0, 0.0], [1.0, -1.0]])
    errors = np.array([0.2, 0.1])
    inverse = np.linalg.inv(slopes)
    return inverse @ (np.array(RHO) * np.outer(errors, errors)) @ inverse.T


def test_linear_fit_is_the_closed_form(linear):
    np.testing.assert_allclose(linear.best.values, [0.3, 0.6], atol=1e-5)
    np.testing.assert_allclose(linear.best.covariance, exact_covariance(), rtol=1e-4)
    for part, error in zip(linear.intervals, np.sqrt(np.diag(exact_covariance())), strict=True):
        assert (part.minus, part.plus) == pytest.approx((error, error), rel=1e-3)
        low, high = part.pieces["0.95"][0]
        assert (high - low) / 2 == pytest.approx(1.959964 * error, rel=1e-3)
    assert linear.chi2 == pytest.approx(0, abs=1e-6)
    assert linear.dof == 0
    assert linear.p_value is None


def test_linear_profile_and_contour(linear):
    error = np.sqrt(exact_covariance()[0, 0])
    x = 0.3 + error * np.array([-2.0, -1.0, 0.0, 1.5])
    profile = linear.profile("C9_bstautau", x)
    np.testing.assert_allclose(profile.delta_chi2, [4.0, 1.0, 0.0, 2.25], atol=1e-3)
    contour = linear.contour("C9_bstautau", "C10_bstautau", points=60)
    inverse = np.linalg.inv(exact_covariance())
    for level, height in ((0.6827, 2.2958), (0.95, 5.9915)):  # quantiles of χ² for two parameters
        (line,) = contour.lines(level)
        offset = line - linear.best.values
        np.testing.assert_allclose(np.einsum("pi,ij,pj->p", offset, inverse, offset), height, rtol=0.02)


def test_contour_of_two_out_of_three_parameters_profiles_the_third():
    cubic = theory_model(
        ["a", "b", "c"], np.array([[0, 1, 0, 0], [0, 0, 1, 0], [0, 1, 1, 1]]) @ np.eye(4, 10)
    )
    found = fitted(made(cubic, [measured("m", ["a", "b", "c"], [1, 2, 3], [0.1, 0.2, 0.3])]))
    contour = found.contour("C9_bstautau", "C10_bstautau", points=7)
    x, y = np.meshgrid(contour.x, contour.y, indexing="ij")
    np.testing.assert_allclose(contour.delta_chi2, ((x - 1) / 0.1) ** 2 + ((y - 2) / 0.2) ** 2, atol=1e-3)


def test_where_there_is_no_likelihood_there_is_no_number():
    """A root of a negative number: infinite in Python, null in JSON, and said; never MINUIT's stand-in."""
    from dataclasses import replace

    root = replace(
        theory_model(["a", "b"], [[1, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0]]), readouts=("sqrt", "ratio")
    )
    found = fitted(made(root, [measured("m", ["a", "b"], [1.0, 0.5], [0.3, 0.1])]))
    profile = found.profile("C9_bstautau", np.array([-2.0, -0.36, 0.0]))
    assert profile.to_dict()["delta_chi2"][0] is None
    np.testing.assert_allclose(profile.delta_chi2, [np.inf, (0.2 / 0.3) ** 2, 0.0], atol=1e-4)
    wide = found.contour("C9_bstautau", "C10_bstautau", points=9, ranges=((-2.0, 2.0), (0.2, 0.8)))
    assert wide.undefined == 18  # two of nine columns, -2 and -1.5
    assert min(line[:, 0].min() for line in wide.lines(0.95)) >= -1.0
    assert "C9_bstautau, C10_bstautau: -2 log L is no number at 18 of 81 points" in str(
        replace(found, contours=(wide,))
    )
    low, high = found["C9_bstautau"].pieces["0.95"][0]
    assert (1 + low, 1 + high) == pytest.approx(((1 - 1.96 * 0.3) ** 2, (1 + 1.96 * 0.3) ** 2), rel=5e-3)


def test_the_errors_of_an_interval_are_the_distances_to_its_ends():
    """Of a fit with unequal errors: the letter's κ = 0 (VB) bends."""
    found = fit(["delta"], "2026", fixed={"kappa": 0.0}, draws=0)
    (interval,) = found.intervals
    ((low, high),) = interval.around
    assert interval.minus == pytest.approx(interval.value - low, rel=1e-9)
    assert interval.plus == pytest.approx(high - interval.value, rel=1e-9)
    assert interval.minus > 1.05 * interval.plus


def test_both_branches_are_found_and_are_pieces_of_the_interval():
    found = fitted(made(theory_model(["a"], [[0, 0, 1]]), [measured("m", ["a"], 4.0, 0.4)]))
    assert sorted(float(m.values[0]) for m in found.minima) == pytest.approx([-2, 2], abs=1e-4)
    assert found.mirrors(found.minima[1]) == ["C9_bstautau"]
    (low, high), (low2, high2) = found["C9_bstautau"].pieces["0.6827"]
    assert (low2, high2) == pytest.approx((np.sqrt(3.6), np.sqrt(4.4)), rel=2e-3)
    assert (low, high) == pytest.approx((-high2, -low2), rel=2e-3)
    assert "the same with C9_bstautau reversed" in str(found)
    other = (low, high) if found.best.values[0] > 0 else (low2, high2)
    assert found.table()[0][1].endswith(f" or [{other[0]:.4g}, {other[1]:.4g}]")
    assert "no theory errors (`draws=0`)" in str(found)


def test_merged_branches_are_one_piece():
    found = fitted(made(theory_model(["a"], [[0, 0, 1]]), [measured("m", ["a"], 0.3, 0.4)]))
    ((low, high),) = found["C9_bstautau"].pieces["0.6827"]
    assert (low, high) == pytest.approx((-np.sqrt(0.7), np.sqrt(0.7)), rel=5e-3)


def test_an_interval_ends_at_the_range_of_its_parameter():
    line = made(
        theory_model(["a"], [[0, 1, 0]]),
        [measured("m", ["a"], 0.5, 1.0)],
        ranges={"C9_bstautau": (0.0, 10.0)},
    )
    found = fitted(line)
    low, high = found["C9_bstautau"].pieces["0.6827"][0]
    assert (low, high) == pytest.approx((0.0, 1.5), abs=1e-3)


def test_a_best_fit_at_the_edge_of_its_range_is_said():
    line = made(
        theory_model(["a"], [[0, 1, 0]]),
        [measured("m", ["a"], 2.0, 0.5)],
        ranges={"C9_bstautau": (-1.0, 1.0)},
    )
    found = fitted(line)
    assert found.at_edge == ("C9_bstautau",)
    assert "the best C9_bstautau is at the edge of its range, -1 to 1" in str(found)
    assert "1.00 −0." in found.table()[0][1]  # no digits from a side without a length
    assert found.table()[0][1].endswith("(at its bound)")


def test_regions_of_a_curve():
    """(x² - 4)²/s² below 1 and below a height over the barrier; an axis that ends before the bound leaves it open."""
    wells = made(theory_model(["a"], [[-4, 0, 1]]), [measured("m", ["a"], 0.0, 1.0)])
    curve = Curve(wells, minima(wells, np.ones(1)), np.ones(1), 0)
    axis = np.linspace(-3.0, 3.0, 25)
    (a, b), (c, d) = curve.regions(axis, 1.0, (-np.inf, np.inf))
    assert (a, b, c, d) == pytest.approx([-np.sqrt(5), -np.sqrt(3), np.sqrt(3), np.sqrt(5)], rel=1e-4)
    assert curve.regions(axis, 30.0, (-3.0, np.inf)) == ((-3.0, None),)


def test_a_profile_that_ended_too_early_goes_on():
    """An axis from -1 to 1 of x²/4 grows to where the profile is above 3.84, or to the bound."""
    line = made(theory_model(["a"], [[0, 1, 0]]), [measured("m", ["a"], 0.0, 2.0)])
    curve = Curve(line, minima(line, np.ones(1)), np.ones(1), 0)
    axis = curve.extended(np.linspace(-1.0, 1.0, 9), 3.8415, (-2.0, np.inf))
    ((low, high),) = curve.regions(axis, 3.8415, (-2.0, np.inf))
    assert (low, high) == pytest.approx((-2.0, 3.92), rel=1e-3)


@pytest.mark.parametrize("edge", [3.5, 1.0])
def test_a_product_of_couplings_has_exact_and_symmetric_ends(edge):
    """(xy - 0.2)²/0.05² + x⁴ with |y| below its edge: y = 0.2/x until it meets the edge, where the profile is steep."""
    product = made(
        theory_model(["a", "b"], np.eye(6)[[4, 3]]),
        [measured("m", ["a", "b"], [0.2, 0.0], [0.05, 1.0])],
        ranges={"C9_bstautau": (-10.0, 10.0), "C10_bstautau": (-edge, edge)},
    )
    x = np.linspace(0.0, 2.0, 2_000_001)
    y = np.minimum(edge, 0.2 / np.maximum(x, 1e-9))
    exact = ((x * y - 0.2) / 0.05) ** 2 + x**4
    found = fitted(product)
    for level, height in (("0.6827", 1.0), ("0.95", 3.841459)):
        inside = x[exact - exact.min() < height]
        (low, high), (low2, high2) = found["C9_bstautau"].pieces[level]
        assert (low2, high2) == pytest.approx((inside[0], inside[-1]), rel=1e-3)
        assert (-high, -low) == pytest.approx((low2, high2), rel=1e-3)


def test_comparison_with_the_standard_model(linear):
    comparison = linear.comparison
    expected = np.array([0.6, -0.3]) @ np.linalg.solve(
        np.array(RHO) * np.outer([0.2, 0.1], [0.2, 0.1]), [0.6, -0.3]
    )
    assert comparison.sm_chi2 == pytest.approx(expected, rel=1e-9)
    assert comparison.p_value == pytest.approx(
        np.exp(-expected / 2), rel=1e-4
    )  # χ² with two degrees of freedom
    assert comparison.aic == pytest.approx(4.0, abs=1e-5)


# --- published numbers


@pytest.fixture(scope="module")
def rd():
    """R_D and R_D* alone, HFLAV CKM 2025, with the SM values HFLAV quotes."""
    from dataclasses import replace

    data = load_dataset("2026-core")
    return replace(data, measurements=(data["HFLAV-2025-RD"],))


@pytest.fixture(scope="module")
def left_handed(rd):
    return fit(["CVL_bctaunutau"], rd, sm="references", draws=50, ranges={"CVL_bctaunutau": (-0.5, 0.5)})


def test_one_parameter_left_handed_fit(left_handed):
    """0.068 [0.051, 0.084], χ² = 0.88, SM 17.63: computed from HFLAV CKM 2025, printed to these digits."""
    part = left_handed["CVL_bctaunutau"]
    assert part.value == pytest.approx(0.068, abs=5e-4)
    assert part.pieces["0.6827"][0] == pytest.approx((0.051, 0.084), abs=6e-4)
    assert left_handed.chi2 == pytest.approx(0.88, abs=5e-3)
    assert left_handed.comparison.sm_chi2 == pytest.approx(17.63, abs=5e-3)


def test_the_sm_point_is_3_8_sigma(left_handed):
    from nutau.inference.fit.quality import significance

    p_value, sigmas = significance(left_handed.comparison.sm_chi2, 2)
    assert p_value == pytest.approx(1.48e-4, rel=5e-3)  # HFLAV's page: p = 1.48e-4, 3.79 sigma
    assert sigmas == pytest.approx(3.79, abs=5e-3)


def test_document_of_a_fit(left_handed):
    document = json.loads(json.dumps(left_handed.to_dict(), allow_nan=False))
    assert document["schema"] == "nutau/fit/1"
    assert set(document["best_fit"]["CVL_bctaunutau"]) >= {"value", "minus", "plus"}
    assert document["dof"] == 1
    assert len(document["pulls"]) == 2
    assert document["minima"][0]["delta_chi2"] == 0
    assert document["correlation"] == [[pytest.approx(1.0)]]
    pulls = {pull["observable"]: pull for pull in document["pulls"]}
    assert pulls["Rtaul(B->Dlnu)"]["measured"] == 0.3581
    assert pulls["Rtaul(B->Dlnu)"]["sm"] == pytest.approx(0.296, rel=1e-9)
    total = sum(document["chi2_by_measurement"].values())
    assert total <= document["chi2"] + 1e-6  # the rest is the price of the nuisances


def test_tables_for_people(left_handed):
    assert left_handed.pulls[0].shown == "0.358 ± 0.024"
    assert "CVL_bctaunutau" in str(left_handed)
    html = left_handed._repr_html_()
    assert html.startswith("<table>")
    assert "<td>CVL_bctaunutau</td>" in html


# --- what cannot be fitted


def test_the_sum_of_both_charges_bounds_one_of_them():
    # LHCb's limit on B_s → τ±μ∓, 4.2e-5 at 95 %, is on the sum; without it the limits on B → K⁽*⁾ alone leave ±9.55
    found = fit(["CS_bstaumu"], load_dataset("2026"), draws=50, ranges={"CS_bstaumu": (-12.0, 12.0)})
    low, high = found["CS_bstaumu"].pieces["0.95"][0]
    assert (low, high) == pytest.approx((-3.9, 3.9), abs=0.05)
    edge = nutau.predict("BR(Bs->mutau,taumu)", {"CS_bstaumu": high}, draws=0)[0].value
    assert edge == pytest.approx(4.2e-5, rel=0.1)
    assert found.likelihood.unpredicted == ()


def test_a_parameter_that_nothing_constrains_is_named():
    blind = theory_model(["a"], [[1, 1, 0, 0, 0, 0]])
    with pytest.raises(
        InputError, match="Nothing in data set test constrains C10_bstautau: no measurement depends on it"
    ):
        fitted(made(blind, [measured("m", ["a"], 1.0, 0.1)]))


def test_a_combination_that_nothing_constrains_is_named():
    product = theory_model(["a", "b"], [[1, 1, 2, 0, 0, 0], [0, 0.5, 1, 0, 0, 0]])
    with pytest.raises(
        InputError, match="C9_bstautau, C10_bstautau: the measurements depend only on combinations"
    ):
        fitted(made(product, [measured("m", ["a", "b"], [1.0, 0.2], [0.1, 0.1])]))


def test_a_parameter_whose_profile_never_rises_is_named():
    falling = theory_model(["a"], [[1, 0, 0]], [[1, 0, 1]])  # 1/(1 + x²), measured to be 0
    with pytest.raises(InputError, match="constrains C9_bstautau: -2 log L rises by less than 1"):
        fitted(made(falling, [measured("m", ["a"], 0.0, 0.01)]))


def test_a_fit_that_does_not_converge_says_why():
    valley = theory_model(
        ["a", "b"], [[0, 0, 1, -1, 0, 0], [1, -1, 0, 0, 0, 0]]
    )  # Rosenbrock's, 10⁴ times as narrow
    with pytest.raises(
        ComputationError, match=r"did not converge from any of 18 starting points \(call limit reached"
    ):
        fitted(made(valley, [measured("m", ["a", "b"], [0.0, 0.0], [1e-4, 1.0])]))


def test_start_must_name_the_parameters(rd):
    with pytest.raises(InputError, match="Unknown parameter of this fit 'C9'"):
        fit(["CVL_bctaunutau"], rd, start={"C9": 1.0}, draws=8)


def test_contour_needs_two_parameters_of_the_fit(linear):
    with pytest.raises(InputError, match="given twice"):
        linear.contour("C9_bstautau", "C9_bstautau")
    with pytest.raises(InputError, match="Unknown parameter of this fit 'kappa'"):
        linear.contour("C9_bstautau", "kappa")


# --- toys


@pytest.mark.parametrize(
    ("truth", "ranges", "expected"),
    [
        (0.4, None, (0.6827, 0.95)),
        # on the boundary of x >= 0 half of the toys have their best fit there: (1 + level)/2
        (0.0, {"C9_bstautau": (0.0, 10.0)}, (0.8413, 0.975)),
    ],
)
def test_intervals_cover(truth, ranges, expected, monkeypatch):
    """The library's own intervals over 100 toys of a number measured with a theory error, within 3 binomial errors."""
    monkeypatch.setattr("nutau.inference.fit.search.SAMPLES", 16)
    monkeypatch.setattr("nutau.inference.fit.search.STARTS", 1)  # there is one minimum
    toys, sigma, theory = 100, 0.3, 0.4
    both = theory_model(["a"], [[0, 1, 0]], modes=[[[theory, 0, 0]]])
    base = made(both, [measured("m", ["a"], 0.0, sigma)], ranges=ranges)
    stream = np.random.default_rng(5)
    held = np.zeros((toys, 2), dtype=bool)
    for number in range(toys):
        toy = shifted(base, truth + theory * stream.standard_normal() + sigma * stream.standard_normal())
        found = minima(toy, np.ones(1))
        (part,) = intervals(toy, found, np.ones(1))
        held[number] = [any(low <= truth <= high for low, high in pieces) for pieces in part.pieces.values()]
    for fraction, level in zip(held.mean(axis=0), expected, strict=True):
        assert fraction == pytest.approx(level, abs=3 * np.sqrt(level * (1 - level) / toys))


def shifted(likelihood, central):
    """The likelihood with other data and what is compiled shared: compiled once for all toys."""
    from dataclasses import replace

    import jax

    if likelihood not in SHARED:

        def chi2(p, central):
            return replace(likelihood, experiment=replace(likelihood.experiment, central=central))(p)

        SHARED[likelihood] = jax.jit(jax.value_and_grad(chi2))
    toy = replace(likelihood, experiment=replace(likelihood.experiment, central=np.array([central])))
    toy.__dict__["value_and_gradient"] = lambda p: SHARED[likelihood](p, toy.experiment.central)
    return toy


SHARED = {}


# --- posterior


def test_posterior_of_a_linear_fit(linear, tmp_path):
    posterior = sample(linear.likelihood, linear.minima, effective=200, warmup=200, batch=300, chains=2)
    for name, center, error in zip(
        linear.names, [0.3, 0.6], np.sqrt(np.diag(exact_covariance())), strict=True
    ):
        draws = posterior.draws[name]
        count = posterior.effective[name]
        assert draws.mean() == pytest.approx(center, abs=4 * error / np.sqrt(count))
        assert draws.std() == pytest.approx(error, rel=4 / np.sqrt(2 * count))
        assert posterior.r_hat[name] < 1.01
    assert posterior.problems == ()
    path = tmp_path / "posterior.nc"
    posterior.save(path)
    with warnings.catch_warnings():  # once a day ArviZ says that its next version is another one
        warnings.simplefilter("ignore", FutureWarning)
        import arviz

    stored = arviz.from_netcdf(path)
    np.testing.assert_array_equal(stored.posterior["C9_bstautau"], posterior.draws["C9_bstautau"])
    with pytest.raises(InputError, match="at least 2"):
        sample(linear.likelihood, linear.minima, chains=1)


def test_posterior_with_a_theory_error_larger_than_that_of_the_data():
    """x + 0.4 ε measured as 1 ± 0.2: x and ε are jointly Gaussian, ε as before the measurement, x as wide as both."""
    wide = made(theory_model(["a"], [[0, 1, 0]], modes=[[[0.4, 0, 0]]]), [measured("m", ["a"], 1.0, 0.2)])
    found = sample(wide, fitted(wide).minima, effective=200, warmup=200, batch=400, chains=2)
    x, eps = found.draws["C9_bstautau"], found.nuisances[..., 0]
    lasting = 4 / np.sqrt(2 * found.poorest())  # four standard errors
    assert x.std() == pytest.approx(np.hypot(0.2, 0.4), rel=lasting)
    assert eps.std() == pytest.approx(1.0, rel=lasting)
    assert np.corrcoef(x.ravel(), eps.ravel())[0, 1] == pytest.approx(-0.4 / np.hypot(0.2, 0.4), abs=0.1)
    data = ((x + 0.4 * eps - 1.0) / 0.2) ** 2
    np.testing.assert_allclose(found.minus_two_log_likelihood, data + eps**2, rtol=1e-10, atol=1e-10)


def sampled_density(found, center, width, p, eps):
    """What the sampler takes for the logarithm of the posterior, at parameters and nuisances."""
    from numpyro.infer.util import log_density

    places = Coordinates(found.parametrisation, np.array(center), np.array(width))
    values = {f"z{position}": z for position, z in enumerate(places.of(np.array(p)))}

    @double_precision
    @_lenient()
    def density():
        return float(log_density(_model(found, places), (), {}, values | {"theory": np.array(eps)})[0])

    return density()


def test_the_sampled_density_is_data_and_unit_gaussians():
    """Differences of the logarithm, with a nuisance in numerator and denominator: no draw, no tolerance of draws."""
    shifts = [[[0.3, 0.1, 0]], [[0, 0.2, 0.1]]]
    curved = theory_model(["a"], [[1, 2, 1]], modes=shifts, below_modes=[[[0.1, 0, 0]], [[0, 0, 0]]])
    found = made(curved, [measured("m", ["a"], 2.0, 0.3, minus=0.5)])
    points = [([0.1], [0.0, 0.0]), ([0.4], [1.5, -0.5]), ([-0.2], [-2.0, 3.0])]
    ours = [sampled_density(found, [0.0], [0.5], *point) for point in points]
    expected = [-0.5 * float(found.joint(np.array(p), np.array(eps))) for p, eps in points]
    np.testing.assert_allclose(np.diff(ours), np.diff(expected), rtol=1e-10)


LINE = theory_model(["a", "b"], [[0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0]])


@pytest.mark.parametrize(
    ("names", "ranges", "inside", "outside"),
    [
        (("C9_bstautau",), {"C9_bstautau": (0.0, np.inf)}, [[0.0], [7.0]], [[-1e-9], [-3.0]]),
        (("C9_bstautau",), {"C9_bstautau": (-np.inf, 1.0)}, [[-7.0], [1.0]], [[1.001]]),
        (
            ("delta", "kappa"),
            {"delta": (0.02, 0.1), "kappa": (-3.0, 3.0)},
            [[0.02 + 1e-12, 2.0], [0.1 - 1e-12, -2.0], [0.05, 0.5]],  # δ comes back rounded
            [[0.019, 2.0], [0.11, -2.0], [-0.05, 0.5]],
        ),
    ],
)
def test_ranges_cut_the_posterior(names, ranges, inside, outside):
    """Half-open ranges, and one of δ beside κ, whose sampling coordinates have no ends of their own."""
    chosen = parametrisation(names, ranges=ranges)
    shape = LINE if len(names) == 2 else theory_model(["a"], [[0, 1, 0]])
    entry = measured("m", shape.observables, [0.0] * len(names), [1.0] * len(names))
    found = Likelihood(chosen, shape, experiment([entry], entry.observables))
    width = [1.0, 1.0][: len(names)]
    for p in inside:
        assert np.isfinite(sampled_density(found, [0.0] * len(p), width, p, []))
    for p in outside:
        assert sampled_density(found, [0.0] * len(p), width, p, []) == -np.inf


def test_summaries_are_quantiles():
    """Of evenly spread draws: 68.27 % and 95 % are that much of the range, in the middle."""
    x = np.linspace(-1.0, 1.0, 2001).reshape(1, 2001, 1) * np.ones((2, 1, 1))
    parts = [{"p": x, "theory": np.zeros((2, 2001, 0)), "lp": x[..., 0], "diverging": x[..., 0] > 2}]
    found = _posterior(made(theory_model(["a"], [[0, 0, 1]]), [measured("m", ["a"], 4.0, 0.05)]), parts)
    assert found.interval("C9_bstautau") == pytest.approx((0.0, -0.6827, 0.6827), abs=2e-3)
    assert found.interval("C9_bstautau", 0.95) == pytest.approx((0.0, -0.95, 0.95), abs=2e-3)


def test_chains_that_do_not_mix_are_an_error():
    apart = np.random.default_rng(0).normal(size=(2, 400)) * 0.1 + np.array([[-2.0], [2.0]])
    parts = [
        {"p": apart[..., None], "theory": np.zeros((2, 400, 0)), "lp": apart**2, "diverging": apart > 2.1}
    ]
    found = _posterior(made(theory_model(["a"], [[0, 0, 1]]), [measured("m", ["a"], 4.0, 0.05)]), parts)
    with pytest.raises(
        ComputationError, match=r"did not converge: R-hat of C9_bstautau is .*; \d+ of 800 transitions"
    ):
        found.require(100)


# --- the command line


def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, NutauError):
        return result.exception.exit_code, result.stdout, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_fit_on_the_command_line(tmp_path):
    out = tmp_path / "fit.json"
    arguments = ("fit", "--data", "2026-core", "--parameters", "delta,kappa", "--draws", "40")
    code, text, error = run(
        *arguments, "--contour", "kappa,delta", "--points", "12", "--out", str(out), "--json"
    )
    assert code == 0, error
    document = json.loads(text)
    assert document == json.loads(out.read_text())
    assert set(document["best_fit"]) == {"delta", "kappa"}
    assert 0.02 < document["best_fit"]["delta"]["value"] < 0.1
    assert len(document["minima"]) >= 2  # both branches of κ
    assert np.shape(document["contours"][0]["delta_chi2"]) == (12, 12)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--parameters", "kapa"], 2, "Unknown fit parameter 'kapa'"),
        (["--fix", "kappa"], 2, "NAME=VALUE"),
        (["--fix", "kappa=x"], 2, "a number is needed"),
        (["--range", "kappa=1"], 2, "LOW:HIGH with LOW < HIGH"),
        (["--contour", "kappa", "--parameters", "CVL_bctaunutau"], 2, "two parameters"),
        (["--contour", "kappa,delt"], 2, "Unknown parameter of this fit 'delt' in --contour"),
        (["--out", "nowhere/x.json"], 2, "no folder"),
        (["--out", ""], 2, "name is empty"),
        (["--inputs", "letter"], 2, "The letter's formulas"),
        (["--out", "x.nc"], 2, "add --posterior"),
        (["--mode", "slow"], 2, "Unknown mode"),
        (["--start", "delta=nan", "--start", "kappa=1"], 2, "--start delta=nan: a finite number is needed"),
        (["--points", "30"], 2, "--points would not be used: it is for --contour"),
        (["--ess", "100"], 2, "--ess would not be used: it is for --posterior"),
        (["--scale", "5"], 2, "--scale would not be used"),
    ],
)
def test_bad_calls(arguments, code, message):
    found, out, error = run("fit", "--data", "2026-core", "--draws", "4", *arguments)
    assert (found, out) == (code, "")
    assert message in error


@pytest.mark.parametrize("arguments", [["--contour", "delta,kappa", "--points", "0"], ["--ess", "0"]])
def test_numbers_out_of_range(arguments):
    code, out, error = run("fit", "--data", "2026-core", *arguments)
    assert (code, out) == (2, "")
    assert arguments[-2] in error


@pytest.mark.parametrize("verb", [["fit"], ["scan"], ["forecast"], ["plot", "contour"], ["plot", "reach"]])
def test_help_lists_the_inputs_that_a_fit_takes(verb):
    text = CliRunner().invoke(app, [*verb, "--help"], env={"COLUMNS": "200"}).stdout
    assert "default, flavio-2.7, or a YAML file" in text
    assert "flavio-2.7, letter" not in text


def test_a_doubt_is_a_warning(tmp_path):
    """An own R(D) beside HFLAV's, of which nothing says whether it is in there; also where a file takes the fit."""
    path = tmp_path / "mine.yaml"
    path.write_text(
        "title: t\nextends: 2026-core\nmeasurements:\n  - {name: own-RD, kind: gaussian, source: me, unit: 1, "
        "values: [{observable: R(D), value: 0.4, errors: {total: 0.1}}]}\n"
    )
    arguments = ("fit", "--data", str(path), "--parameters", "CVL_bctaunutau", "--draws", "0")
    code, text, error = run(*arguments, "--range", "CVL_bctaunutau=-0.5:0.5", "--json")
    assert code == 0
    assert "nutau: warning: HFLAV-2025-RD and own-RD both measure Rtaul(B->Dlnu)" in error
    assert len(json.loads(text)["doubts"]) == 1


def test_unknown_data():
    code, _, error = run("fit", "--data", "nothing")
    assert code == 2
    assert "Unknown data set 'nothing'" in error


def test_chains_that_do_not_converge_are_kept_with_a_warning(monkeypatch):
    """Two chains that never meet: all is printed with what they miss, and the exit code is 0."""

    def apart(likelihood, minima, size, **options):
        p = np.random.default_rng(0).normal(size=(2, 200, 1)) + np.array([-9.0, 9.0])[:, None, None]
        lp, theory = np.zeros((2, 200)), np.zeros((2, 200, 0))
        parts = [{"p": p, "theory": theory, "lp": lp, "diverging": lp > 1}]
        return _posterior(likelihood, parts, wanted=options["effective"])

    monkeypatch.setattr("nutau.inference.fit.result.sampled", apart)
    arguments = ("--data", "2026-core", "--parameters", "C3", "--draws", "0", "--posterior", "--ess", "5000")
    code, text, error = run("fit", *arguments, "--json")
    assert code == 0
    found = json.loads(text)["posterior"]
    assert found["samples"] == 200
    assert any("R-hat of C3" in problem for problem in found["problems"])
    assert "warning: R-hat of C3" in error
    assert "below 5000" in error
    code, text, error = run("fit", *arguments)
    assert code == 0
    assert "posterior: R-hat of C3" in text


def test_python_names_are_exported():
    assert nutau.fit is fit
    assert isinstance(parametrisation(["C1", "C3"]).names, tuple)


def test_the_sm_of_pulls_is_without_what_is_held_fixed():
    found = nutau.fit(("CVL_bctaunutau",), fixed={"CSL_bctaunutau": 0.3}, draws=50)
    free = nutau.fit(("CVL_bctaunutau",), draws=50)
    of = {pull.observable: pull for pull in found.pulls}
    for pull in free.pulls:
        assert of[pull.observable].sm == pytest.approx(pull.sm, rel=1e-12)
        assert of[pull.observable].sm_pull == pytest.approx(pull.sm_pull, rel=1e-6)


def test_a_best_fit_at_a_bound_of_zero_is_said():
    found = nutau.fit(("CVL_bctaunutau",), ranges={"CVL_bctaunutau": (-0.5, 0.0)}, draws=50)
    assert found.best.at_bound
    assert found.at_edge == ("CVL_bctaunutau",)
