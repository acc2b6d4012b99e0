"""Intervals whose heights come from toys: the paper's own table, coverage, interrupts, planes, figures."""

import json
from dataclasses import replace
from functools import cache
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import chi2, norm

from command import run
from nutau.errors import InputError
from nutau.inference.fit import fitted
from nutau.inference.fit.calibration import differences, quantile
from nutau.inference.fit.methods import with_method
from nutau.inference.likelihood.scales import sizes
from nutau.inference.toys import refit, throw
from synthetic import likelihood as made
from synthetic import measured, tabulated, theory_model

NAME = "C9_bstautau"
LINE = theory_model(["a"], [[0, 1, 0]])


def bounded(x0):
    """A mean that is not negative, measured to be x0 ± 1."""
    return made(LINE, [measured("m", ["a"], x0, 1.0)], ranges={NAME: (0.0, 20.0)})


@cache
def fit_of(x0):
    """Its fit, compiled once."""
    return fitted(bounded(x0))


def height(mean, level):
    """The critical Δχ² of the ordering by likelihood ratios (physics/9711021, eq. 4.3), in closed form."""

    def missed(rise):
        low = mean - np.sqrt(rise) if mean**2 >= rise else (mean**2 - rise) / (2 * mean)
        return norm.cdf(np.sqrt(rise)) - norm.cdf(low - mean) - level

    return brentq(missed, 1e-12, 20.0)


def closed(x0, level):
    """The interval: where (x0 - μ)² - min(x0, 0)² is below the height."""

    def above(mean):
        return (x0 - mean) ** 2 - min(x0, 0.0) ** 2 - height(mean, level)

    best = max(x0, 1e-6)
    low = 0.0 if above(1e-6) < 0 or x0 <= 0 else brentq(above, 1e-6, best)
    return low, brentq(above, best + 1e-9, best + 6.0)


@pytest.fixture(autouse=True)
def _fewer(monkeypatch):
    """Toys at fewer values than usual: these likelihoods are smooth, and time is short."""
    monkeypatch.setattr("nutau.inference.fit.calibration.NODES", 9)
    monkeypatch.setattr("nutau.inference.fit.calibration_plane.SIDE", 3)
    monkeypatch.setattr("nutau.inference.fit.cls.NODES", 8)


TABLE_X = {
    -1.0: {0.6827: (0.00, 0.27), 0.95: (0.00, 1.10)},
    1.0: {0.6827: (0.24, 2.00), 0.95: (0.00, 2.96)},
}
"""Phys. Rev. D 57 (1998) 3873 (physics/9711021), Table X: measured x0 and intervals of the mean at two levels."""


@pytest.mark.parametrize("x0", TABLE_X)
def test_a_mean_that_is_not_negative_is_table_x_of_feldman_and_cousins(x0):
    found = fit_of(x0).by_method("fc", toys=1000, seed=3)
    for level, ends in TABLE_X[x0].items():
        assert closed(x0, level) == pytest.approx(ends, abs=0.006)  # two digits are printed
        ((low, high),) = found[NAME].pieces[f"{level:g}"]
        # 1000 toys know a quantile at 95 % to 0.2 in Δχ², which is 0.05 at its end; 3 of these
        assert (low, high) == pytest.approx(ends, abs=0.15)
    (heights,) = found.method.heights
    for mean, value, error in zip(
        heights.values, heights.heights["0.95"], heights.errors["0.95"], strict=True
    ):
        if mean > 0.05:
            assert value == pytest.approx(height(mean, 0.95), abs=4 * error + 0.05)


def test_wilks_does_not_hold_there_and_stays_beside():
    found = fit_of(-1.0).by_method("fc", toys=400, seed=1)
    wilks = found.method.wilks[0].pieces["0.95"][0][1]
    assert wilks == pytest.approx(-1.0 + np.sqrt(1.0 + chi2.ppf(0.95, 1)), abs=1e-3)
    assert found[NAME].pieces["0.95"][0][1] < wilks + 0.1
    document = json.loads(json.dumps(found.to_dict()))
    assert document["method"]["name"] == "fc"
    assert document["method"]["heights"][0]["seed"] == 1
    assert set(document["method"]["heights"][0]["toys"]) == {400}
    assert document["method"]["wilks"][NAME]["intervals"]["0.95"][0][1] == pytest.approx(wilks)
    assert any("400 toys" in line and "seed 1" in line for line in found.summary())


def test_the_same_seed_gives_the_same_heights_and_another_one_others():
    ready = fit_of(1.0)
    first, again, other = (
        ready.by_method("fc", toys=40, seed=seed).method.heights[0].heights["0.95"] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_intervals_cover_where_those_of_wilks_do_not():
    """A rate x² with an error: toys of a truth are inside where their own rise is below the height."""
    found = made(theory_model(["a"], [[0, 0, 1]]), [measured("m", ["a"], 0.5, 1.0)])
    ready, held = refit(found, sizes(found), [np.array([0.5])]), {0: 0.5}
    data = throw(found, np.array([0.5]), 2000, seed=11)
    rises = ready.lowest(data, held).chi2 - ready.lowest(data).chi2
    (toys,) = differences(ready, [np.array([0.5])], [held], toys=2000, seed=2)
    for level in (0.6827, 0.95):
        critical, _ = quantile(toys, level)
        # both samples have the binomial error of 1000 toys; 4 of these
        assert np.mean(rises < critical) == pytest.approx(
            level, abs=4 * np.sqrt(2 * level * (1 - level) / 4000)
        )
    assert np.mean(rises < 1.0) > 0.77  # Wilks' 68 % holds 83 % (docs/physics/likelihood.md)


def test_interrupted_toys_are_kept():
    found = fit_of(1.0)
    whole = found.by_method("fc", toys=400, seed=1).method.heights[0]

    def stop(done, total):
        if done > total // 2:
            raise KeyboardInterrupt

    part = with_method(found, "fc", toys=400, seed=1, progress=stop)
    (heights,) = part.method.heights
    assert heights.interrupted
    assert 200 <= heights.toys.min() <= heights.toys.max() <= 300
    np.testing.assert_array_equal(heights.values, whole.values)
    assert any("interrupted: 400 were asked for" in line for line in part.summary())


def test_an_interrupt_before_the_first_toy_is_one(monkeypatch):
    def throw(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("nutau.inference.fit.calibration.throw", throw)
    found = fit_of(1.0)
    with pytest.raises(KeyboardInterrupt):
        differences(refit(found.likelihood, found.size), [np.array([1.0])], [{0: 1.0}], toys=10, seed=1)


LINEAR = theory_model(["a", "b"], [[1, 2, 0, 0, 0, 0], [0.5, 1, -1, 0, 0, 0]])


@cache
def plane():
    """A linear fit of two parameters with the heights of toys for both and for their contour."""
    found = fitted(made(LINEAR, [measured("m", ["a", "b"], [1.6, 0.2], [0.2, 0.1])]))
    return found.with_contours([found.names], points=30).by_method("fc", toys=300, seed=1)


def test_a_plane_of_straight_lines_has_the_heights_of_wilks():
    found = plane()
    (drawn,) = found.contours
    for level in (0.6827, 0.95):
        heights, errors = drawn.calibration.heights[f"{level:g}"], drawn.calibration.errors[f"{level:g}"]
        # the toys of all points are the same random numbers, so the heights are as far off together
        assert heights == pytest.approx(np.full(len(heights), chi2.ppf(level, 2)), abs=4 * errors.max())
        ((line,), (plain,)) = drawn.lines(level), found.contours[0].lines(level)
        assert np.ptp(line, axis=0) == pytest.approx(np.ptp(plain, axis=0), rel=0.2)
    assert drawn.to_dict()["toys"]["seed"] == 1
    assert any("contour of" in line and "300 toys" in line for line in found.summary())
    for part in found.intervals:  # of one parameter too
        low, high = part.pieces["0.6827"][0]
        assert high - low == pytest.approx(2 * part.error, rel=0.2)


def test_figures_draw_heights_of_toys():
    from nutau.report.figures.contours import contours
    from nutau.report.figures.heights import heights

    found = fit_of(1.0).by_method("fc", toys=100)
    figure = heights(found.method.heights[0], found.profile(NAME, np.linspace(0, 4, 20)), found[NAME])
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"observed Δχ²", "95 % of the toys", "Wilks: 3.84", "Wilks: 1.00"} <= set(labels)
    drawn = contours(plane().contours[0], plane().names, plane().minima)
    assert "99.7 %" not in [text.get_text() for text in drawn.legends[0].get_texts()]


def test_pieces_of_a_posterior_are_intervals():
    class Pieces:
        def pieces(self, name, level):
            return (
                SimpleNamespace(low=0.0, high=level, share=0.4),
                SimpleNamespace(low=2.0, high=2.0 + level, share=0.6),
            )

        draws = MappingProxyType({NAME: np.array([0.1, 0.5, 2.1, 2.2, 2.4])})

    found = replace(fit_of(1.0), posterior=Pieces()).by_method("bayes")
    assert (
        found[NAME].value == 2.2
    )  # the best fit, 1, is in no piece of 68 %: the median of the heaviest stands there
    assert (found[NAME].minus, found[NAME].plus) == pytest.approx((0.2, 0.4827))
    assert found[NAME].pieces["0.95"] == ((0.0, 0.95), (2.0, 2.95))
    assert found.method.lines(found.names)[0].startswith("intervals: highest posterior density")


def test_a_table_with_a_centre_fluctuates_as_the_gaussian_that_it_is():
    """A table of one number is no held limit: heights are those of the same Gaussian."""
    axis = np.linspace(-4.0, 6.0, 101)
    entry = tabulated("m", ["a"], [axis], (axis - 1.0) ** 2)
    found = fitted(made(theory_model(["a"], [[0, 1, 0]]), [entry])).by_method("fc", toys=300, seed=2)
    (low, high), *rest = found[NAME].pieces["0.6827"]
    assert not rest
    assert (low, high) == pytest.approx((0.0, 2.0), abs=0.25)  # 300 toys: the height is known to 0.1


def test_what_nothing_that_fluctuates_sees_is_refused():
    """All toys are then the data, and rounding would decide."""
    x, y = np.linspace(-4.0, 6.0, 41), np.linspace(-3.0, 3.0, 31)
    entry = tabulated("m", ["a", "b"], [x, y], (x[:, None] - 1.0) ** 2 + y[None, :] ** 2)
    found = fitted(made(theory_model(["a", "b"], [[0, 1, 0], [0, 0, 0]]), [entry]))
    with pytest.raises(InputError, match="Toys say nothing of C9_bstautau: only limits or tables"):
        found.by_method("fc", toys=20)


def test_methods_that_cannot_be_are_refused():
    found = fit_of(1.0)
    with pytest.raises(InputError, match="Unknown method 'feldman'"):
        found.by_method("feldman")
    with pytest.raises(InputError, match="needs a posterior"):
        found.by_method("bayes")
    with pytest.raises(InputError, match="toys=0"):
        found.by_method("fc", toys=0)
    assert found.by_method("wilks") is found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fit", "--method", "cousins"], "--method"),
        (["fit", "--method", "bayes"], "add --posterior"),
        (["fit", "--seed", "1"], "--seed would not be used"),
        (["plot", "contour", "--toys", "10"], "--toys would not be used"),
        (["plot", "contour", "--method", "cls"], "wilks or fc"),
        (["plot", "heights", "--axis", "C1"], "Unknown parameter of this fit 'C1' in --axis"),
    ],
)
def test_bad_options(arguments, message):
    code, out, error = run(*arguments)
    assert (code, out) == (2, "")
    assert message in error


@pytest.mark.parametrize("x0", [-1.0, 1.0])
def test_cls_of_a_mean_that_is_not_negative_is_the_closed_form(x0):
    """q falls with the measured number, so that CLs is Φ(x0 - x)/Φ(x0)."""
    found = fit_of(x0).by_method("cls", toys=1000, seed=5)
    (limits,) = found.method.limits
    np.testing.assert_allclose(limits.with_signal, norm.cdf(x0 - limits.values), atol=4 * 0.5 / np.sqrt(1000))
    np.testing.assert_allclose(limits.without, norm.cdf(x0), atol=4 * 0.5 / np.sqrt(1000))
    for level in (0.6827, 0.95):
        exact = x0 - norm.ppf((1 - level) * norm.cdf(x0))
        # a tail of 5 % (of a sixth, where x0 = -1) of 1000 toys: 4 of its errors over its slope
        tail = (1 - level) * norm.cdf(x0)
        width = 4 * np.sqrt(tail / 1000) / norm.pdf(norm.ppf(tail))
        assert limits.limits[f"{level:g}"] == pytest.approx(exact, abs=width + 0.03)
        assert found[NAME].pieces[f"{level:g}"] == ((0.0, limits.limits[f"{level:g}"]),)
    assert found.to_dict()["method"]["limits"][0]["toys"] == 1000
    assert any("CLs from 1000 toys" in line for line in found.summary())


def test_cls_needs_a_parameter_that_is_not_negative():
    found = fitted(made(LINE, [measured("m", ["a"], 1.0, 1.0)]))
    with pytest.raises(InputError, match="range starts at zero"):
        found.by_method("cls")
