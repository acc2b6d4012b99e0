"""Fits in which the data see fewer directions than there are parameters; ends that are bounds of a range."""

from dataclasses import replace

import numpy as np
import pytest

import nutau
from nutau.inference.fit import Contour, fit, fitted
from nutau.inference.fit.flat import flat_directions
from nutau.inference.fit.mirror import even
from nutau.inference.fit.scales import check_constrained
from nutau.inference.likelihood import parametrisation
from nutau.inference.likelihood.scales import sizes
from synthetic import likelihood as made
from synthetic import measured, theory_model


def test_a_combination_within_ranges_is_a_result():
    """x + y is measured to be 1.0 ± 0.1, y in -1 to 1: x is what that leaves, and y is all of its range."""
    line = theory_model(["a", "b"], [[0, 1, 1, 0, 0, 0], [0, 2, 2, 0, 0, 0]])
    data = [measured("m", ["a", "b"], [1.0, 2.0], [0.1, 100.0])]
    found = fitted(made(line, data, ranges={"C10_bstautau": (-1.0, 1.0)}))
    assert found.likelihood.effective_parameters == 1
    assert found.dof == 1
    x, y = found["C9_bstautau"], found["C10_bstautau"]
    # ends are solved for to 1e-4
    assert x.pieces["0.6827"][0] == pytest.approx((-0.1, 2.1), rel=1e-2)
    assert y.pieces["0.95"] == ((-1.0, 1.0),)
    document = found.to_dict()
    assert document["best_fit"]["C10_bstautau"]["intervals_at_bound"]["0.95"] == [[True, True]]
    assert document["best_fit"]["C9_bstautau"]["minus_at_bound"] is False
    (flat,) = document["flat_directions"]
    assert flat["steps"]["C9_bstautau"] == pytest.approx(-flat["steps"]["C10_bstautau"], rel=1e-6)
    assert found.table()[1][2] == "[-1 (bound), 1 (bound)]"
    assert any("C9_bstautau by" in line and "C10_bstautau by" in line for line in found.warnings)
    assert any("nothing constrains C10_bstautau" in line for line in found.warnings)


def test_the_amplitudes_of_two_flavours_with_one_rate():
    """(1 + x)² + (1 + y)² = 8 ± 1: a circle, of which each projection is the diameter."""
    rate = theory_model(["a"], [[2, 2, 2, 1, 0, 1]])
    found = fitted(made(rate, [measured("m", ["a"], 8.0, 1.0)]))
    assert found.comparison.dof == 1
    for name in found.names:
        for level, height in (("0.6827", 1.0), ("0.95", 3.841459)):
            end = np.sqrt(8.0 + np.sqrt(height))
            # a circle's edge is quadratic in the other coordinate, and MINUIT stops at a distance of 2e-5 in -2 log L
            assert found[name].pieces[level][0] == pytest.approx((-1 - end, -1 + end), abs=5e-3)
    assert all(minimum.chi2 < 1e-4 for minimum in found.minima)
    assert len(found.flat) == 1


def test_a_phase_that_nothing_constrains_is_a_flat_direction():
    """Couplings enter as y y*, so a common phase of both changes nothing: perturbativity alone ends it."""
    names = ["Re y3LL_33", "Im y3LL_33", "Re y3LL_23", "Im y3LL_23"]
    found = nutau.likelihood(names, "2026-core", model="S3", mass=2000.0, running="none", draws=8)
    check_constrained(found, sizes(found))
    assert found.effective_parameters == 2  # real and imaginary part of the product
    (_, phase) = flat_directions(found, np.array([0.5, 0.0, 0.1, 0.0]))
    assert not {"Re y3LL_33", "Re y3LL_23"} <= set(phase.steps)


def test_the_number_of_parameters_that_count_does_not_depend_on_their_choice():
    options = {"data": "2026-core", "draws": 8, "running": "none"}
    line = nutau.likelihood("delta,kappa", **options)
    assert line.effective_parameters == nutau.likelihood("C1,C3", **options).effective_parameters == 2
    product = nutau.likelihood("x1LL_33,x1LL_23", model="U1", mass=2000.0, **options)
    assert (
        product.effective_parameters
        == nutau.likelihood("delta", model="U1", **options).effective_parameters
        == 1
    )
    for matrix in ([[1, 0], [0, 1]], [[2, 1], [-1, 3]], [[1e-3, 0], [1, 1e3]]):
        rotated = made(
            theory_model(["a", "b"], [[1, *row, 0, 0, 0] for row in matrix]),
            [measured("m", ["a", "b"], [1.0, 1.0], [0.1, 0.2])],
        )
        assert rotated.effective_parameters == 2
        once = made(theory_model(["a"], [[1, *matrix[0], 0, 0, 0]]), [measured("m", ["a"], [1.0], [0.1])])
        assert once.effective_parameters == 1


def test_a_parameter_that_only_its_range_bounds_is_said():
    flat = theory_model(["a"], [[1, 0.01, 0]])
    found = fitted(made(flat, [measured("m", ["a"], 1.0, 0.1)], ranges={"C9_bstautau": (-2.0, 3.0)}))
    part = found["C9_bstautau"]
    assert part.pieces["0.6827"] == part.pieces["0.95"] == ((-2.0, 3.0),)
    assert "nothing constrains C9_bstautau: all of its range, -2 to 3" in found.warnings[-1]
    assert found.table()[0][1].count("(bound)") == 2


def test_a_coupling_that_only_perturbativity_bounds_is_said():
    found = fit(["y3LL_11"], "2026", model="S3", mass=2000.0, draws=0)
    assert found.to_dict()["best_fit"]["y3LL_11"]["plus_at_bound"]
    assert "all of its range, -3.545 to 3.545" in found.warnings[-1]


def test_a_contour_that_a_range_cuts_says_so_and_the_figure_draws_it():
    from nutau.report.figures.contours import contours

    axis = np.linspace(-1.0, 2.0, 31)
    rise = (axis[:, None] - 2.0) ** 2 / 0.3**2 + axis[None, :] ** 2 / 0.3**2
    cut = Contour(("C9_bstautau", "C10_bstautau"), axis, axis, rise, ((-5.0, 2.0), (-np.inf, np.inf)))
    assert cut.at_bound(0.95) == (("C9_bstautau", 2.0),)
    assert cut.to_dict()["levels"]["0.95"]["at_bound"] == [["C9_bstautau", 2.0]]
    assert "end of a range" in [text.get_text() for text in contours(cut).legends[0].get_texts()]
    free = replace(cut, ranges=((-5.0, 5.0), (-5.0, 5.0)))
    assert free.at_bound(0.95) == ()
    assert "end of a range" not in [text.get_text() for text in contours(free).legends[0].get_texts()]


def test_couplings_that_enter_in_pairs_are_even():
    pair = parametrisation(("x1LL_33", "x1LL_23"), model="U1", mass=2000.0)
    line = parametrisation(("delta", "kappa"))
    half = parametrisation(("x1LL_33", "x1LL_23"), model="U1", mass=2000.0, ranges={"x1LL_33": (0.0, 2.0)})
    assert [even(replace(THREE, parametrisation=chosen)) for chosen in (pair, line, half)] == [
        True,
        False,
        False,
    ]


THREE = made(theory_model(["a"], [[1, 1, 0]]), [measured("m", ["a"], 1.0, 0.1)])
