"""From what is published of a limit to a likelihood: CLs by brute force, expected limits, two levels, curves."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.integrate import quad
from scipy.stats import norm
from typer.testing import CliRunner

from nutau.cli import app
from nutau.errors import InputError
from nutau.measurements import LikelihoodGrid, chi2, find_measurement, load_dataset, measured
from nutau.measurements.cls_curves import curve, from_curve
from nutau.measurements.limits import alone, from_expected, from_yield, height
from nutau.measurements.rounded import from_levels, half_digit
from nutau.measurements.table_limits import cls, compared, flat_prior
from nutau.measurements.tables import evaluate

ROOT = Path(__file__).parent.parent.parent
sys.path.append(str(ROOT / "tools"))
from published import cases, rises  # noqa: E402

PAGE = (ROOT / "docs" / "physics" / "likelihood.md").read_text(encoding="utf-8")
ESTIMATES = [-2.5, -0.7, 0.0, 1.3, 4.0]


def write(folder, **row):
    """A data set of one limit; ``row`` is what it says."""
    limit = {"observable": "BR(B0->K*nunu)", "limit": 2.8, "confidence_level": 0.95, **row}
    entry = {"name": "Mine", "kind": "upper_limit", "source": "x", "unit": 1e-5, "limits": [limit]}
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump({"title": "Mine", "measurements": [entry]}))
    return str(path)


# --- the relation that all rests on


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize("estimate", [-1.0, 0.0, 1.5])
def test_the_limit_is_that_of_cls_by_brute_force(level, estimate):
    """An experiment counts how often pseudo-data with and without signal have so small an estimate."""
    noise = np.random.default_rng(7).standard_normal(400_000)

    def excluded(signal):
        with_signal = np.mean(noise + signal <= estimate)
        return with_signal / np.mean(noise <= estimate)

    limit = height(level, estimate)
    # 400 000 pseudo-experiments, of which 16 % at least are below: 1 % on CLs at 5 %, so 1 % on the limit's place
    assert excluded(limit) == pytest.approx(1.0 - level, rel=0.05)
    assert excluded(0.97 * limit) > 1.0 - level > excluded(1.03 * limit)


def test_the_expected_limit_is_the_median_without_signal():
    estimates = np.random.default_rng(8).standard_normal(20_001)
    median = np.median([height(0.9, value) for value in estimates])
    assert median == pytest.approx(height(0.9), rel=0.01)  # 1.25/√20001 of a standard deviation in the median


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize("estimate", ESTIMATES)
def test_observed_and_expected_limit_give_centre_and_width(level, estimate):
    sigma = 0.7
    found = from_expected(sigma * height(level, estimate), level, sigma * height(level))
    assert (found.central, found.plus, found.minus) == pytest.approx(
        (estimate * sigma, sigma, sigma), abs=1e-9
    )
    assert found.measured


def test_a_limit_as_expected_is_centred_at_zero():
    assert from_expected(2.0, 0.95, 2.0).central == pytest.approx(0.0, abs=1e-12)
    assert from_expected(2.0, 0.95, 2.0).plus == pytest.approx(alone(2.0, 0.95).plus, rel=1e-12)
    assert not alone(2.0, 0.95).measured


def test_a_yield_gives_what_it_gave():
    found = from_yield(2.5, 0.9, 1.2, 3.1)
    assert found.central / found.plus == pytest.approx(1.2 / 3.1, rel=1e-12)
    assert found.plus * height(0.9, 1.2 / 3.1) == pytest.approx(2.5, rel=1e-12)


# --- two levels


@pytest.mark.parametrize("estimate", ESTIMATES)
def test_two_levels_without_rounding_give_centre_and_width(estimate):
    sigma = 0.7
    found = from_levels(sigma * height(0.95, estimate), 0.95, sigma * height(0.9, estimate), 0.9, 1e-9)
    # 5e-4: the estimates are interpolated in a table of 2000
    assert (found.central, found.plus) == pytest.approx((estimate * sigma, sigma), rel=5e-4, abs=5e-4)


def test_two_levels_in_either_order_are_the_same():
    first, second = from_levels(2.8, 0.95, 2.5, 0.9, 0.05), from_levels(2.5, 0.9, 2.8, 0.95, 0.05)
    assert first.central == pytest.approx(second.central, rel=0.02)  # which limit comes back exactly
    assert first.plus == pytest.approx(second.plus, rel=0.02)


@pytest.mark.parametrize("truth", [0.0, 1.5, 3.0])
def test_rounded_limits_are_as_good_as_they_say(truth):
    """Pseudo-experiments publish two limits to two digits: (centre - truth)/width has a mean of 0 and a width of 1.

    Where the two limits leave the centre open it is not counted; that must not happen to most.
    """
    stream = np.random.default_rng(11)
    pulls, open_ones = [], 0
    for estimate in truth + stream.standard_normal(400):
        scale = 2.0 / height(0.95, max(estimate, 0.0))  # printed numbers near 2.0: half a digit is 2.5 %
        printed = [round(scale * height(level, estimate), 1) for level in (0.95, 0.9)]
        if not printed[0] > printed[1] > 0:
            open_ones += 1
            continue
        found = from_levels(printed[0], 0.95, printed[1], 0.9, 0.05)
        if found.measured:
            pulls.append((found.central - scale * truth) / found.plus)
        else:
            open_ones += 1
    assert open_ones < 200
    # those far below zero drop out, so the mean is above 0; 400 pulls have it to 0.05
    assert -0.3 < np.mean(pulls) < 0.5
    assert 0.6 < np.std(pulls) < 1.25


def test_limits_that_no_gaussian_has_are_limits_alone():
    """LHCb's B_s → ττ: 6.8 and 5.2, a ratio of 1.308, and 1.301 is the largest of a Gaussian."""
    found = from_levels(6.8, 0.95, 5.2, 0.9, 0.05)
    assert not found.measured
    assert found.construction.startswith("half normal")
    assert "5.2 at 90 %: no Gaussian has these two limits" in found.construction


def test_digits_that_leave_the_centre_open_are_said():
    found = from_levels(3.0, 0.95, 2.0, 0.9, 0.5)
    assert not found.measured
    sharper = from_levels(3.0, 0.95, 2.6, 0.9, 0.005)
    assert sharper.measured
    assert sharper.plus < from_levels(3.0, 0.95, 2.6, 0.9, 0.05).plus  # rounding is an uncertainty


def test_half_of_the_last_digit():
    assert half_digit(2.8, 2.5) == 0.05
    assert half_digit(4.0, 3.75) == 0.005
    assert half_digit(12.0, 10.0) == 0.5


def test_lhcb_b_to_s_tau_tau_are_measurements():
    """2.5/2.8 and 4.1/4.7e-4: the centre is 1.6 standard deviations above zero for K*, where rounding adds a sixth."""
    for name, printed in (("LHCb-2025-Kstartautau", 2.8), ("LHCb-2025-phitautau", 4.7)):
        entry = find_measurement(name)
        assert measured(entry).all()
        rho = entry.gaussian.central[0] / entry.gaussian.plus[0]
        assert entry.gaussian.plus[0] * height(0.95, rho) == pytest.approx(printed * 1e-4, rel=1e-9)
        assert 0.5 < rho < 2.5


def test_the_page_says_what_these_two_and_the_table_are():
    shapes = [find_measurement(f"LHCb-2025-{name}").gaussian for name in ("Kstartautau", "phitautau")]
    values = [f"({1e4 * found.central[0]:.1f} ± {1e4 * found.plus[0]:.1f})" for found in shapes]
    assert f"centres of {values[0]} and {values[1]}·10⁻⁴" in PAGE
    table = compared(find_measurement("LHCb-2017-Bstautau"))
    assert f"{table.cls:.1f} and {table.flat_prior:.1f}·10⁻³" in PAGE


# --- coverage of the chain that is used: a small version of the table of the page


@pytest.mark.parametrize(
    ("known", "rate", "held"),
    [
        ("nothing else", 0.0, 1.00),
        ("nothing else", 2.0, 0.50),  # a "68 %" interval: what a limit alone is worth
        ("nothing else", 3.0, 0.26),
        ("the expected limit", 2.0, 0.683),
        ("the expected limit", 3.0, 0.683),
        ("the limit at 95 %", 2.0, 0.683),
        ("the limit at 95 %", 3.0, 0.683),
        ("the fitted yield", 2.0, 0.683),
    ],
)
def test_coverage_from_estimate_to_interval(known, rate, held):
    """1000 toys have a binomial error of 1.6 %; digits, and the boundary at zero, another 2 %. So has the page."""
    found = np.mean(rises(rate, known, 1000, 5) < 1.0)
    assert found == pytest.approx(held, abs=0.05)
    title = next(name for name, *rest in cases() if rest == [rate, known])
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| {title} |"))
    assert 0.01 * float(row.split("|")[3].split("±")[0]) == pytest.approx(found, abs=0.05)


# --- curves


def test_a_cls_curve_gives_centre_and_width():
    x = np.linspace(0.3, 5.0, 12)
    stream = np.random.default_rng(3)
    for centre, sigma in ((-0.8, 1.2), (0.0, 1.0), (1.7, 0.9)):
        exact = from_curve(x, curve(x, centre, sigma))
        assert (exact.central, exact.plus) == pytest.approx((centre, sigma), abs=1e-5)
        read = np.clip(np.round(curve(x, centre, sigma) + stream.normal(0, 0.003, 12), 3), 1e-3, 1)
        assert from_curve(x, read).central == pytest.approx(centre, abs=0.3)  # read off a figure to 0.003
    with pytest.raises(InputError, match="from that of any Gaussian; 0.03 is allowed"):
        from_curve(x, np.where(x < 2.5, 0.9, 0.05))


def test_every_piece_of_knowledge_is_used_in_order(tmp_path):
    """A value, then the curve, the yield, the expected limit, the second level, and at last nothing but the limit."""
    x = np.linspace(0.5, 4.0, 8)
    steps = [
        ("measured", {"measured": {"value": 0.5, "errors": {"total": 1.1}}}),
        ("CLs curve", {"cls_curve": {"values": x.tolist(), "cls": curve(x, 0.4, 1.1).tolist()}}),
        ("signal yield", {"signal_yield": {"value": 1.0, "error": 2.0}}),
        ("expected limit", {"expected": 2.4}),
        ("two levels", {"also": {"limit": 2.4, "confidence_level": 0.9}}),
        ("half normal", {}),
    ]
    for place, (word, _) in enumerate(steps):
        known = {key: value for _, more in steps[place:] for key, value in more.items()}
        entry = load_dataset(write(tmp_path, **known))["Mine"]
        assert entry.distribution.construction[0].startswith(word)
        assert measured(entry).tolist() == [word != "half normal"]
    shown = CliRunner().invoke(app, ["data", "show", "Belle-2017-Kstar0nunu"]).output
    assert "< 1.8 × 1e-5 at 90% CL (2.4 expected)" in shown


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"expected": -1.0}, "expected"),
        ({"expected": 2e4}, "no measured value gives so low a limit"),
        ({"also": {"limit": 2.5, "confidence_level": 0.95}}, "another confidence level"),
        ({"also": {"limit": 3.5, "confidence_level": 0.9}}, "the limit at 0.95 must be above that at 0.9"),
        ({"rounding": 0.05}, "rounding is for a limit at two levels"),
        (
            {"cls_curve": {"values": [1.0, 2.0, 3.0, 4.0], "cls": [0.5, 0.2, 0.1]}},
            "4 values and 3 numbers of cls",
        ),
        ({"cls_curve": {"values": [1.0, 2.0, 3.0, 4.0], "cls": [0.5, 0.6, 0.2, 0.1]}}, "must not increase"),
        (
            {"cls_curve": {"values": [1.0, 3.0, 2.0, 4.0], "cls": [0.5, 0.3, 0.2, 0.1]}},
            "values must increase",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(tmp_path, row, message):
    with pytest.raises(InputError, match=message):
        load_dataset(write(tmp_path, **row))


# --- tables beside published limits


@pytest.mark.parametrize("centre", [-0.6, 0.0, 0.9])
def test_the_limits_of_a_parabola_are_those_of_its_gaussian(centre):
    x = np.linspace(-3.0, 6.0, 46)
    table = LikelihoodGrid((x,), ((x - centre) / 0.8) ** 2)
    exact = 0.8 * height(0.95, centre / 0.8)
    assert flat_prior(table, 0.95) == pytest.approx(exact, rel=1e-4)
    assert cls(table, 0.95) == pytest.approx(exact, rel=1e-4)


def test_a_table_that_excludes_nothing_has_no_limit():
    with pytest.raises(InputError, match="excludes nothing up to"):
        flat_prior(LikelihoodGrid((np.linspace(0.0, 4.0, 5),), np.zeros(5)), 0.95)


def test_the_published_limit_of_bs_to_tau_tau_stands_beside_that_of_its_table():
    """Published 6.8e-3; the table has 7.85e-3 with a flat prior and 6.53e-3 by CLs: integrated here with scipy."""
    entry = find_measurement("LHCb-2017-Bstautau")
    found = compared(entry)

    def likelihood(x):
        return float(np.exp(-chi2(entry, np.array([x * 1e-3])) / 2))

    below, above = (
        quad(likelihood, *ends, limit=200)[0] for ends in ((0, found.flat_prior), (found.flat_prior, 60))
    )
    assert below / (below + above) == pytest.approx(0.95, abs=1e-4)
    z = [np.sqrt(evaluate(entry.distribution, np.array([[x]]))[0]) for x in (found.cls * 1e-3, 0.0)]
    assert norm.sf(z[0]) / norm.sf(z[1]) == pytest.approx(0.05, abs=1e-4)
    assert (found.published, found.agrees) == (6.8, False)
    run = CliRunner().invoke(app, ["data", "show", "LHCb-2017-Bstautau"]).output
    assert "6.8 × 1e-3 at 95 % published; the likelihood gives 6.53 (-4 %)" in run
    assert "7.85 (+15 %) with a flat prior. They differ" in run
    document = json.loads(CliRunner().invoke(app, ["data", "show", "LHCb-2017-Bstautau", "--json"]).output)
    assert document["limit"]["cls"] == pytest.approx(found.cls)
    assert document["counted"] == [True]


def test_every_table_with_a_limit_in_its_words_compares_it():
    from nutau.measurements import measurements

    tables = [entry for entry in measurements().values() if entry.kind in ("table", "pyhf")]
    assert tables
    for entry in tables:
        assert (compared(entry) is None) == (
            "limit" not in " ".join((*entry.pdg_prints, entry.notes)).lower()
        )
