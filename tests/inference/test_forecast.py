"""Forecasts: scaling with luminosity, Asimov significances in closed form, when models are told apart; refusals."""

import json

import numpy as np
import pytest
from scipy.stats import norm
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.errors import InputError, NutauError
from nutau.inference.forecast import Apart, Hypothesis, forecast, scaled, told_apart, uncertainty
from nutau.inference.forecast.apart import GRID
from nutau.inference.forecast.expected import Test as Comparison
from nutau.inference.forecast.hypotheses import read_kappa
from nutau.inference.likelihood import parametrisation
from nutau.measurements import Observable, Projection, find_projection
from synthetic import theory_model


def projection(luminosity, value, quantity="absolute", **more):
    at, numbers = np.atleast_1d(luminosity).astype(float), np.atleast_1d(value).astype(float)
    return Projection(
        "p", Observable("BR(B+->Knunu)"), quantity, at, numbers, "ab^-1", "baseline", "test", **more
    )


# --- luminosity


def test_a_single_number_scales_as_statistics():
    np.testing.assert_allclose(
        scaled(projection(10, 0.2), np.array([2.5, 10, 40])), [0.4, 0.2, 0.1], rtol=1e-12
    )


def test_statistical_and_systematic_parts_are_kept_apart():
    stat, syst = np.array([0.3]), np.array([0.1])
    p = projection(5, np.hypot(0.3, 0.1), stat=stat, syst=syst)
    expected = np.sqrt(0.3**2 * 5 / np.array([1.0, 5.0, 500.0]) + 0.1**2)
    np.testing.assert_allclose(scaled(p, np.array([1.0, 5.0, 500.0])), expected, rtol=1e-12)


def test_two_points_of_statistics_and_a_floor_give_the_same_law_everywhere():
    law = lambda at: np.sqrt(0.4 / at + 0.02)  # noqa: E731
    p = projection([1, 50], law(np.array([1.0, 50.0])))
    grid = np.array([0.2, 1.0, 7.0, 50.0, 900.0])
    np.testing.assert_allclose(scaled(p, grid), law(grid), rtol=1e-12)


def test_published_points_are_passed_through_and_the_error_never_grows():
    p = find_projection("BelleII-2022-Knunu-baseline")
    np.testing.assert_allclose(scaled(p, p.luminosity), p.value, rtol=1e-12)
    curve = scaled(p, np.logspace(-1, 3, 200))
    assert np.all(np.diff(curve) <= 1e-12)


def test_what_an_uncertainty_is_relative_to():
    one = np.array([1.0])
    assert uncertainty(projection(1, 0.5, "relative_to_sm"), one, truth=3.0, sm=2.0) == pytest.approx(1.0)
    assert uncertainty(projection(1, 0.5, "relative"), one, truth=3.0, sm=2.0) == pytest.approx(1.5)
    assert uncertainty(projection(1, 0.5), one, truth=3.0, sm=2.0) == pytest.approx(0.5)
    limit = projection(1, 1.6448536, "upper_limit", confidence_level=0.9)
    assert uncertainty(limit, one, truth=3.0, sm=2.0) == pytest.approx(1.0, rel=1e-7)
    with pytest.raises(InputError, match="no uncertainty follows"):
        uncertainty(projection(1, 4000.0, "reach_over_sm"), one, truth=3.0, sm=2.0)
    with pytest.raises(InputError, match="must be positive"):
        scaled(projection(1, 0.5), np.array([0.0]))


# --- significances


LINE = parametrisation(["CVL_bctaunutau"])


def straight(modes=()):
    """One observable equal to the parameter, with theory modes if given."""
    return Comparison(theory_model(["a"], [[0, 1, 0]], modes=modes), LINE.to_linear)


def at(name, value, error=0.0):
    root = np.full((1, 1), error) if error else np.zeros((1, 0))
    return Hypothesis(name, LINE, np.array([value]), root)


def test_asimov_significance_is_the_distance_in_sigma():
    q = straight().q(at("b", 2.0), np.array([[5.0], [2.0]]), np.array([0.5]))
    np.testing.assert_allclose(q, [36.0, 0.0], atol=1e-9)


def test_uncertain_parameters_and_theory_add_in_quadrature():
    test = straight(modes=[[[0.3, 0, 0]]])
    q = test.q(at("b", 2.0, error=0.4), np.array([[5.0]]), np.array([0.5]))
    assert q[0] == pytest.approx(9.0 / (0.5**2 + 0.4**2 + 0.3**2), rel=1e-9)


def test_luminosity_and_its_spread_in_closed_form():
    """σ = 2/√L and a distance of 1: q = D² + 2Dz with D = √L/2, so q = 4 at D = √(z² + 4) - z."""
    test = straight()
    found = told_apart(
        (at("a", 0.0), test),
        (at("b", 1.0), test),
        lambda grid: 2.0 / np.sqrt(grid)[:, None],
        toys=400,
        seed=3,
    )
    for entry, level in zip(found, (2.0, 5.0), strict=True):
        assert entry.luminosity == pytest.approx(4 * level**2, rel=2e-2)  # a grid with 20 points a decade
        for quantile, value in ((0.158655, entry.low), (0.5, entry.median), (0.841345, entry.high)):
            z = norm.ppf(quantile)  # a larger z asks for more luminosity
            assert value == pytest.approx(4 * (np.sqrt(z**2 + level**2) + z) ** 2, rel=0.15)  # 400 toys
        assert entry.never == 0


def test_models_that_agree_are_never_told_apart():
    test = straight()
    (two, _) = told_apart(
        (at("a", 1.0), test), (at("b", 1.0), test), lambda grid: 1 / np.sqrt(grid)[:, None], toys=20
    )
    assert (two.luminosity, two.low, two.high, two.never) == (None, None, None, 1.0)


# --- models


@pytest.mark.parametrize(
    ("text", "kappa"),
    [("U1", 1.0), ("VB", 0.0), ("S3", 3.0), ("kappa=1.2", 1.2), ("X_1/2", 0.5), ("X_-1/2", -0.5)],
)
def test_names_of_models(text, kappa):
    assert read_kappa(text) == pytest.approx(kappa)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("S9", "Unknown model 'S9'"),
        ("R2t", "has no κ"),
        ("kappa=x", "a finite number is needed"),
        ("X_1/0", "a finite number"),
    ],
)
def test_names_that_are_no_models(text, message):
    with pytest.raises(InputError, match=message):
        read_kappa(text)


@pytest.fixture(scope="module")
def reach():
    return forecast([1, 5, 50], "sm", ["VB", "U1"], data="2026-core", draws=40, toys=20, hold=True)


def test_forecast_of_the_letters_models(reach):
    rows = {(row.model, row.luminosity): row for row in reach.rows}
    for model in ("VB", "U1"):
        exclusion = [rows[model, at].exclusion for at in (1, 5, 50)]
        assert exclusion == sorted(exclusion)
    assert rows["VB", 50].exclusion > 5  # R_nunu of VB is about ten
    assert rows["U1", 50].exclusion < 1e-6  # and of U1 one, without running: nothing to see
    told = {(entry.other, entry.sigmas): entry.luminosity for entry in reach.apart}
    assert told["VB", 2.0] <= told["VB", 5.0]
    assert told["U1", 2.0] is None


def test_by_hand(reach):
    """Significance of VB if the SM is true, with the two projections as Gaussians and theory added in quadrature."""
    from nutau.inference.likelihood.build import compiled, on_internal
    from nutau.inputs import load_inputs

    vb = next(model for model in reach.models if model.name == "VB")
    items = [p.observable for p in reach.projections]
    made = on_internal(compiled(items, vb.parametrisation, load_inputs("default"), draws=40))
    values, theory = made.covariance(vb.parametrisation.to_linear(vb.values))
    sm = made(vb.parametrisation.to_linear(np.array([0.0, 1.0])))
    sigma = sm * np.array([scaled(p, np.array([5.0]))[0] for p in reach.projections])
    offset = values - sm
    expected = np.sqrt(offset @ np.linalg.solve(np.diag(sigma**2) + theory, offset))
    row = next(row for row in reach.rows if (row.model, row.luminosity) == ("VB", 5.0))
    assert row.exclusion == pytest.approx(expected, rel=1e-6)


def test_progress_says_which_model_is_being_done():
    seen = []
    forecast(
        [5], "sm", ["VB", "U1"], data="2026-core", draws=8, toys=0, progress=lambda *step: seen.append(step)
    )
    assert seen == [(0, 2), (1, 2)]


def test_significances_far_out_are_not_shown_as_numbers():
    from nutau.inference.forecast.result import _reached, _sigmas

    assert (_sigmas(9.94), _sigmas(688.0)) == ("9.9 σ", "> 10 σ")
    assert _reached(Apart("SM", "VB", 2.0, 0.35, None, None, None, 0.0, 0)) == "0.35"
    assert _reached(Apart("SM", "VB", 2.0, 0.35, 0.1, 0.3, None, 0.2, 9)) == "0.35 (< 0.1 to > 1000)"
    assert _reached(Apart("SM", "VB", 5.0, None, None, None, None, 1.0, 9)) == "> 1000"


def test_what_is_known_within_an_error_is_said(reach):
    assert not reach.notes or "--hold" not in reach.notes[-1]
    loose = forecast([5], "sm", ["VB"], data="2026-core", draws=8, toys=0)
    assert "δ of VB is known within its error today" in loose.notes[-1]
    assert loose.rows[0].exclusion < 4  # R_D and R_D* of today are that far from the SM


def test_what_is_projected_and_what_agrees_is_said(reach):
    assert reach.notes[0].startswith("Projected: BR(B+->Knunu) (")
    alike = forecast([5], "kappa=1", ["U1", "VB"], data="2026-core", draws=8, toys=0)
    assert "SM, U1 and kappa=1 agree in what is projected: no luminosity tells them apart." in alike.notes


def test_document_and_tables(reach):
    document = json.loads(json.dumps(reach.to_dict(), allow_nan=False))
    assert document["schema"] == "nutau/forecast/1"
    assert {row["model"] for row in document["expected"]} == {"VB", "U1"}
    assert "ab^-1 to tell from SM: expected, and 68 % of 20 toys" in str(reach)
    assert reach._repr_html_().startswith("<table>")
    assert nutau.forecast is forecast


def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, NutauError):
        return result.exception.exit_code, result.stdout, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--luminosity", "0"], "positive numbers"),
        (["--luminosity", "1,x"], "numbers in ab⁻¹"),
        (["--truth", "S9"], "Unknown model"),
        (["--truth", "U1,mass=3"], "only delta=NUMBER may follow"),
        (["--truth", "U1,delta=nan"], "delta is 'nan'; a finite number is needed"),
        (["--truth", "U1,delta=1e999"], "delta is '1e999'; a finite number is needed"),
        (["--model", "kappa=inf"], "κ is 'inf'; a finite number is needed"),
        (["--projection", "nothing"], "Unknown projection"),
        (
            ["--projection", "Letter-2022-Knunu", "--projection", "BelleII-2022-Knunu-baseline"],
            "same observable",
        ),
        (["--projection", "LHCb-2018-RDstar"], "no projections to forecast with"),
    ],
)
def test_bad_calls(arguments, message):
    code, out, error = run("forecast", "--data", "2026-core", "--toys", "2", *arguments)
    assert (code, out) == (2, "")
    assert message in error


def test_a_bar_is_shown_on_a_terminal_from_the_start(monkeypatch):
    import io
    import sys

    from nutau.cli.progress import progress

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress("models", at_once=True) as report:
        report(1, 2)
    assert "models" in sys.stderr.getvalue()
    monkeypatch.setattr(sys, "stderr", io.StringIO())  # no terminal, no bar
    with progress("models", at_once=True) as report:
        report(1, 2)
    assert not sys.stderr.getvalue()


def test_the_grid_spans_what_is_promised():
    assert (GRID[0], GRID[-1]) == pytest.approx((0.1, 1000.0))
