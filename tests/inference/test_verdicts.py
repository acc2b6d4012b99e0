"""p-values of toys with their errors, words by rules on numbers, lines tested by toys."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import binom, chi2, norm

from nutau.common.tails import two_sided
from nutau.inference.likelihood import likelihood, parametrisation
from nutau.inference.likelihood.scales import sizes
from nutau.inference.likelihood.slices import held
from nutau.inference.toys import for_toys, throw
from nutau.inference.toys.tail import rounded_up
from nutau.inference.verdicts import LineTest, Search, Tail, Verdict, judge, lines
from nutau.inference.verdicts.lines import CHECKED
from nutau.inference.verdicts.words import against_best, over_standard_model, shared

LINES = {"VB": 0.0, "U1": 1.0}
BEST = {"VB": 0.022, "U1": 0.058}


def test_a_tail_has_the_binomial_error_and_an_interval():
    tail = Tail(21, 600)
    assert tail.p_value == pytest.approx(0.035)
    assert tail.error == pytest.approx(binom(600, 0.035).std() / 600)
    low, high = tail.interval
    assert low < 0.035 < high
    assert high - low == pytest.approx(2 * tail.error, rel=0.02)  # 600 toys are nearly many
    assert tail.sigmas == (pytest.approx(norm.isf(high / 2)), pytest.approx(norm.isf(low / 2)))
    assert str(tail) == "0.035 ± 0.008"


def test_no_toy_beyond_is_an_upper_limit_and_no_zero():
    tail = Tail(0, 600)
    assert binom(600, tail.upper).pmf(0) == pytest.approx(0.05)
    assert tail.interval[1] > 0
    assert tail.to_dict()["sigmas"][1] is None
    assert str(tail) == "< 0.005"  # 0.00498 rounded up


@pytest.mark.parametrize(("value", "text"), [(0.139, "0.14"), (0.0121, "0.013"), (1.0, "1"), (0.3, "0.3")])
def test_limits_are_rounded_up(value, text):
    assert rounded_up(value) == text


@pytest.mark.parametrize(
    ("sigmas", "words"),
    [
        ((0.3, 1.4), ("fits as well as the best κ", "no better than the SM")),
        ((1.4, 1.6), ("", "")),
        ((1.6, 2.9), ("", "")),
        ((2.9, 3.1), ("", "")),
        ((3.1, np.inf), ("disfavoured", "preferred over the SM")),
    ],
)
def test_words_only_where_the_whole_uncertainty_is_outside_one_and_a_half_to_three_sigma(sigmas, words):
    assert (against_best(sigmas), over_standard_model(sigmas)) == words


def test_a_word_needs_both_standard_models():
    assert shared(("disfavoured", "disfavoured")) == "disfavoured"
    assert shared(("disfavoured", "")) == ""
    assert shared(("disfavoured",)) == "disfavoured"


@pytest.mark.parametrize(("above", "larger"), [(30, True), (60, False)])
def test_the_significance_is_uncertain_by_what_toys_find_beyond_a_moderate_cut(above, larger):
    """600 toys, of which Wilks expects 30 beyond 3.84: as many leave a statistical error, twice as many more."""
    line = Verdict(1.0, 12.0, None, None, Tail(above, 600))
    assert line.sigmas == pytest.approx(np.sqrt(12.0))
    moved = [two_sided(chi2.sf(12.0, 1) * end / chi2.sf(3.84, 1)) for end in line.checked.interval]
    assert line.error == pytest.approx(max(abs(line.sigmas - end) for end in moved))
    assert (line.error < 0.07) is larger
    assert Verdict(1.0, 12.0, None, None, Tail(0, 600)).error < 2  # no toy beyond is no infinite error
    assert Verdict(1.0, 12.0, None, None, None).error is None


def test_many_lines_are_worth_between_one_and_all_of_them():
    two = {"a": Verdict(1.0, 12.0, None, None, None), "b": Verdict(4.0, 9.0, None, None, None)}
    p_value = chi2.sf(12.0, 1)
    assert Search(two).p_global == (
        pytest.approx(p_value),
        pytest.approx(2 * p_value),
    )  # one line, and Bonferroni
    alike = Search(two, Tail(0, 1000), Tail(50, 1000))
    assert alike.worth[0] == 1.0
    assert alike.worth[1] == pytest.approx(1.0, abs=0.2)
    apart = Search(two, Tail(0, 1000), Tail(300, 1000))  # six times Wilks: no more than the lines there are
    assert apart.worth == (2.0, 2.0)
    assert (apart.largest, apart.farthest) == ("a", "b")


def test_independent_lines_are_counted_as_many():
    """Of eight, a part 1 - 0.95^8 of the toys has one beyond 5 %, and the chance of the largest is Šidák's."""
    eight = {str(place): Verdict(1.0, 15.0, None, None, None) for place in range(8)}
    beyond = round(100_000 * (1 - (1 - chi2.sf(CHECKED, 1)) ** 8))
    search = Search(eight, None, Tail(beyond, 100_000))
    assert search.worth == pytest.approx((8.0, 8.0), rel=0.01)
    p_value = chi2.sf(15.0, 1)
    assert search.p_global[0] == pytest.approx(1 - (1 - p_value) ** 8, rel=0.01)
    assert search.p_global[1] == pytest.approx(8 * p_value)


def test_the_largest_of_lines_in_a_plane_is_within_its_range():
    """Lines of a plane at equal angles: alike at 5 %, more lines further out; the exact chance is an angle integral."""
    angles = np.pi * np.arange(8) / 8
    theta = np.linspace(0, np.pi, 20001)
    nearest = np.max(np.cos(theta[:, None] - angles) ** 2, axis=1)
    beyond = {q: float(np.mean(np.exp(-q / (2 * nearest)))) for q in (CHECKED, 16.0)}
    eight = {str(place): Verdict(1.0, 16.0, None, None, None) for place in range(8)}
    search = Search(eight, None, Tail(round(1000 * beyond[CHECKED]), 1000))
    low, high = search.p_global
    assert low < beyond[16.0] < high
    assert search.worth[1] < 4.0  # at 5 % they are worth fewer


@pytest.fixture(scope="module")
def line_test():
    made = likelihood("2026-core", parametrisation(("delta", "kappa")), draws=40)
    return LineTest(made, sizes(made), LINES, BEST)


def lowest(made, data, start):
    """The minimum of one toy by another program: Nelder-Mead from a point, over -2 log L of the fast mode."""
    from dataclasses import replace

    toy = replace(made.switched("fast"), experiment=replace(made.experiment, central=data))
    found = minimize(
        lambda p: toy.chi2(p[None, :])[0], start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-7}
    )
    return found.fun


def test_lines_are_judged_by_toys_of_their_own(line_test, monkeypatch):
    monkeypatch.setattr(lines, "AT_ONCE", 4)
    (found,) = judge([line_test], 6, seed=3)
    made = for_toys(line_test.likelihood)
    for name, line in found.lines.items():
        on_line = held(made, {"kappa": LINES[name]})
        start, free = (
            np.array([BEST[name]]),
            [np.array([BEST[name], kappa]) for kappa in (LINES[name], 0.6, 1.9)],
        )

        def q(data, on_line=on_line, start=start, free=free):
            return lowest(on_line, data, start) - min(lowest(made, data, point) for point in free)

        assert line.q == pytest.approx(q(made.experiment.central), abs=1e-3)
        toys = throw(made, np.array([BEST[name], LINES[name]]), 6, seed=3)
        above = sum(q(toy) >= line.q for toy in toys)
        assert (line.against.above, line.against.toys) == (above, 6)
        sm = made.switched("fast").chi2(np.zeros((1, 2)))[0]
        assert line.q0 == pytest.approx(sm - lowest(on_line, made.experiment.central, start), abs=1e-3)
    assert found.best.toys == 6
    assert found.count == 2


def test_an_interrupt_keeps_the_rounds_that_are_finished(line_test, monkeypatch):
    monkeypatch.setattr(lines, "AT_ONCE", 4)

    def stop(done, total):
        assert total == 6  # two rounds of two lines and of the SM
        if done == 4:
            raise KeyboardInterrupt

    (found,) = judge([line_test], 8, seed=3, progress=stop)
    assert [line.against.toys for line in found.lines.values()] == [8, 4]
    assert found.best.toys == 4


def test_without_toys_all_is_by_wilks_theorem(line_test):
    (found,) = judge([line_test], 0, seed=3)
    line = found.lines["U1"]
    assert line.against is line.checked is found.best is None
    assert line.p_wilks == pytest.approx(chi2.sf(line.q, 1))
    assert line.against_sigmas == (pytest.approx(np.sqrt(line.q)),) * 2
    assert line.over_sigmas == (line.sigmas, line.sigmas)
