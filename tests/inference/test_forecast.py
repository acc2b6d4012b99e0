"""Forecasts: scaling with luminosity, what is replaced, significances and toys in closed form, models; refusals."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import norm
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.errors import InputError, NutauError
from nutau.inference.forecast import (
    Apart,
    Future,
    Hypothesis,
    Prospects,
    covariance,
    forecast,
    left,
    scaled,
    told_apart,
    uncertainty,
)
from nutau.inference.forecast.apart import GRID, crossing
from nutau.inference.forecast.compressed import along, compressed
from nutau.inference.forecast.hypotheses import read_kappa, understood
from nutau.inference.forecast.lowest import lowest, placed
from nutau.inference.forecast.projected import placeholder
from nutau.inference.forecast.replaced import made_of
from nutau.inference.forecast.scatter import differences, fitted, thrown
from nutau.inference.likelihood import experiment, use_double_precision
from nutau.measurements import (
    Observable,
    Projection,
    find_measurement,
    find_projection,
    load_dataset,
    measurements,
)
from synthetic import likelihood, measured, theory_model


def projection(luminosity, value, quantity="absolute", *, observable="BR(B+->Knunu)", name="p", **more):
    at, numbers = np.atleast_1d(luminosity).astype(float), np.atleast_1d(value).astype(float)
    fields = {"collaboration": "Belle II"} | more
    return Projection(
        name, Observable(observable), quantity, at, numbers, "ab^-1", "baseline", "test", **fields
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


def test_systematic_errors_are_correlated_and_statistical_ones_are_not():
    """σ² = stat² 5/L + syst² and V_12 = ρ syst_1 syst_2 at every luminosity; a theory part stands on the diagonal."""
    parts = {"stat": np.array([0.3]), "syst": np.array([0.2]), "theory": np.array([0.1])}
    first = projection(5, np.hypot(0.3, 0.2), name="a", **parts)
    second = projection(5, np.hypot(0.3, 0.4), name="b", stat=np.array([0.3]), syst=np.array([0.4]))
    both, one = (first, second), np.ones(2)
    for at in (1.0, 20.0):
        made = covariance(both, [at, at], one, one, correlation=0.5, theory=0.5)
        diagonal = [0.09 * 5 / at + 0.04 + 0.05**2, 0.09 * 5 / at + 0.16]
        np.testing.assert_allclose(made, [[diagonal[0], 0.04], [0.04, diagonal[1]]], rtol=1e-12)
    np.testing.assert_allclose(covariance(both, [1.0, 1.0], one, one)[0, 1], 0.0, atol=1e-15)
    said = (replace(first, correlated=(("b", -0.25),)), second)
    assert covariance(said, [1.0, 1.0], one, one, correlation=0.5)[1, 0] == pytest.approx(-0.02)
    other = (first, replace(second, collaboration="LHCb"))
    assert covariance(other, [1.0, 1.0], one, one, correlation=0.5)[0, 1] == pytest.approx(0.0, abs=1e-15)
    same = [replace(item, stat=np.array([1e-9]), value=item.syst, theory=None) for item in both]
    with pytest.raises(InputError, match="those of no covariance"):
        covariance(same, [1.0, 1.0], one, one, correlation=1.0)


# --- what a projection replaces


def names(found):
    return {entry.name for entry in found.measurements}


def test_a_projection_replaces_the_part_of_its_experiment_in_an_average():
    """Belle II's K νν̄ of 2023 goes, the other four inputs of HFLAV's average stay; nothing else changes."""
    today = load_dataset("2026-core").measurements
    found = left(today, [find_projection("Letter-2022-Knunu")])
    assert names(found) == {
        *(entry.name for entry in today if entry.name != "HFLAV-2025-Knunu"),
        "BaBar-2010-Knunu",
        "BaBar-2013-Knunu",
        "Belle-2013-Knunu",
        "Belle-2017-Knunu",
    }
    (note,) = found.notes
    assert "HFLAV-2025-Knunu is replaced by the results it is made of" in note
    assert left(today, [find_projection("LHCb-2018-RDstar")]).measurements != today
    assert left(today, []).measurements == today


def test_no_result_is_a_part_of_an_average_in_two_forms():
    """A likelihood that stands instead of a result would count its data again, and may not be on this machine."""
    known = measurements()
    for average in {name for entry in known.values() for name in entry.contained_in}:
        parts = made_of(known[average])
        names = {part.name for part in parts}
        assert names
        assert not [part.name for part in parts if names & set(part.instead_of)]
    belle2 = [part.name for part in made_of(known["HFLAV-2025-Knunu"]) if "BelleII" in part.name]
    assert belle2 == ["BelleII-2023-Knunu"]


def test_a_projection_replaces_a_likelihood_of_the_spectrum():
    """The published likelihood of B+ -> K nu nu in bins of q² is Belle II's rate under another name."""
    today = load_dataset("2026-belle2-shape").measurements
    found = left(today, [find_projection("Letter-2022-Knunu")])
    assert names(found) == {entry.name for entry in today} - {"BelleII-2025-Knunu-shape"}


def test_rows_of_one_experiment_are_taken_out_of_an_average_of_rows():
    """HFLAV's R_D and R_D* are taken apart into 16 rows, of which four R_D(*) are Belle II's; Belle's stay."""
    both = [find_projection("BelleII-2018-RD"), find_projection("BelleII-2018-RDstar")]
    entry = find_measurement("HFLAV-2025-RD")
    (found,) = left([entry], both).measurements
    whole = find_measurement("HFLAV-2025-RD-inputs")
    kept = [row for row, label in enumerate(whole.gaussian.labels) if not label.startswith("Belle II")]
    assert len(kept) == 12
    np.testing.assert_array_equal(found.gaussian.central, whole.gaussian.central[kept])
    np.testing.assert_array_equal(found.gaussian.correlation, whole.gaussian.correlation[np.ix_(kept, kept)])
    (alone,) = left([entry], both[:1]).measurements  # R_D alone is projected: Belle II's R_D* stays
    assert len(alone.gaussian.central) == 14


def test_a_result_of_the_same_experiment_is_left_out_and_one_of_another_stays():
    """Of an entry with two observables the one that is not projected stays."""
    two = replace(
        measured("M", ["BR(B+->Knunu)", "BR(B0->Knunu)"], [1.0, 2.0], [0.1, 0.2]), collaboration="Belle II"
    )
    other = replace(measured("N", ["BR(B+->Knunu)"], [1.0], [0.1]), collaboration="Belle")
    found = left([two, other], [projection(1, 0.1)])
    assert [entry.observables[0].name for entry in found.measurements] == ["BR(B0->Knunu)", "BR(B+->Knunu)"]
    assert names(left([two, other], [projection(1, 0.1, collaboration="Belle")])) == {"M"}
    joint = replace(other, collaboration="Belle and Belle II")
    assert left([joint], [projection(1, 0.1)]).measurements == ()
    assert left([other], [projection(1, 0.1, replaces=("N",))]).measurements == ()


# --- likelihoods in closed form


@cache
def prospects(today, slopes=(1.0,), *, modes=(), errors=(1.0,), kept=None):
    """Projected numbers a, b, … equal to slope times the parameter, with errors at 1 ab⁻¹; ``today`` (m, σ) of a."""
    labels = ["a", "b", "c"][: len(slopes)]
    made = theory_model(labels, [[0.0, slope, 0.0] for slope in slopes], modes=modes)
    chosen = tuple(
        projection(1, error, observable=label, name=label)
        for label, error in zip(labels, errors, strict=True)
    )
    entries = [measured("M", ["a"], *today)]
    base = likelihood(made, entries)
    items = tuple(item.observable for item in chosen)
    staying = entries if kept is None else kept
    joint = replace(base, experiment=experiment([*staying, placeholder(items)], items))
    remaining = joint if not staying else replace(base, experiment=experiment(staying, items))
    zero = np.zeros(len(slopes))
    return Prospects(Future(chosen), base, remaining, joint, np.arange(len(slopes)), zero, np.ones(1))


def at(room, value, *, free):
    return Hypothesis("h", room.today.parametrisation, np.array([value]), (free,))


@pytest.fixture(autouse=True)
def double():
    use_double_precision()


def test_today_and_the_projection_are_averaged():
    """x = 2 ± 0.5 today and 3 ± σ(L): the weighted mean; q is the sum of both pulls."""
    room = prospects((2.0, 0.5))
    for luminosity in (1.0, 16.0):
        sigma = 1.0 / np.sqrt(luminosity)
        mean = (2.0 / 0.25 + 3.0 / sigma**2) / (1 / 0.25 + 1 / sigma**2)
        found = room.lowest(at(room, 0.0, free=True), np.array([3.0]), luminosity)
        assert found.values[0] == pytest.approx(mean, rel=1e-6)
        assert found.chi2 == pytest.approx(1.0 / (0.25 + sigma**2), rel=1e-8)
        point = room.lowest(at(room, 1.0, free=False), np.array([3.0]), luminosity)
        assert point.chi2 == pytest.approx(4.0 + 4.0 / sigma**2, rel=1e-12)


def test_theory_errors_are_shared_by_today_and_the_projection():
    """One mode of 0.3 moves a and b alike: V = diag(σ²) + 0.3², and with half of it 0.15²."""
    offset = np.array([2.0 - 1.0, 3.0 - 1.0])
    for scale in (1.0, 0.5):
        room = prospects((2.0, 0.5), (1.0, 1.0), modes=(((0.3 * scale, 0, 0),) * 2,), errors=(1e6, 0.2))
        found = room.lowest(at(room, 1.0, free=False), np.array([2.0, 3.0]), 1.0)
        matrix = np.diag([0.25, 0.04]) + (0.3 * scale) ** 2
        assert found.chi2 == pytest.approx(offset @ np.linalg.solve(matrix, offset), rel=1e-7)


def test_a_projection_without_information_changes_nothing():
    room = prospects((2.0, 0.5), modes=(((0.3, 0, 0),),), errors=(1e9,))
    for hypothesis in (at(room, 0.0, free=True), at(room, 1.0, free=False)):
        today = lowest(room.today, hypothesis, room.size)
        found = room.lowest(hypothesis, np.array([50.0]), 1.0)
        assert found.chi2 == pytest.approx(today.chi2, abs=1e-9)
        np.testing.assert_allclose(found.values, today.values, atol=1e-6)


def test_what_today_leaves_of_the_projected_numbers_is_the_same_likelihood():
    """c + (y-m)ᵀ(S+V)⁻¹(y-m) is q of the joint likelihood, at every point and luminosity."""
    room = prospects((2.0, 0.5), (1.0, -2.0), modes=(((0.3, 0, 0), (0.1, 0.2, 0)), ((0, 0.2, 0), (0.5, 0, 0))),
                     errors=(0.7, 0.4))  # fmt: skip
    data = np.array([1.0, -1.5])
    points = np.array([[0.3], [1.1], [2.0]])
    made = compressed(room.kept, room.where, points)
    for luminosity in (0.5, 30.0):
        matrix = room.covariance(data, luminosity)
        q = [room.lowest(at(room, p[0], free=False), data, luminosity).chi2 for p in points]
        for position, value in enumerate(q):
            one = replace(made, points=points[[position]], height=made.height[[position]],
                          mean=made.mean[[position]], spread=made.spread[[position]])  # fmt: skip
            assert one.lowest(data[None], matrix)[0] == pytest.approx(value, rel=1e-7)


def test_the_parabola_through_the_points_finds_the_minimum():
    room = prospects((2.0, 0.5), modes=(((0.3, 0, 0),),))
    free = at(room, 2.0, free=True)
    made = compressed(room.kept, room.where, along(room.kept, free, room.size, free.values))
    for data in (-1.0, 2.3, 4.0):
        expected = room.lowest(free, np.array([data]), 9.0).chi2
        found = made.lowest(np.array([[data]]), room.covariance(np.array([data]), 9.0))[0]
        assert found == pytest.approx(expected, abs=1e-6)


def test_toys_fluctuate_parameter_theory_and_data():
    """x = 2 ± 0.5 today with a theory error of 0.3: nature scatters by σ_x and what is left of theory, data by σ(L).

    The theory that is left is anticorrelated with x: a = x + 0.3 ε is known to 0.5, whatever the split.
    """
    room = prospects((2.0, 0.5), modes=(((0.3, 0, 0),),))
    truth = placed(room.today, at(room, 0.0, free=True), room.size)
    toys = thrown(room, truth, 20000, seed=1)
    assert toys.nature.mean() == pytest.approx(2.0, abs=0.02)  # 20000 toys: 0.0035
    assert toys.nature.std() == pytest.approx(0.5, rel=0.03)  # the grid is cut at 9 σ; 20000 toys: 0.5 %
    assert toys.data(4.0).std() == pytest.approx(np.hypot(0.5, 0.5), rel=0.03)
    held = thrown(room, truth.held, 20000, seed=1)
    assert held.nature.std() == pytest.approx(0.3 * 0.5 / np.hypot(0.3, 0.5), rel=0.03)


def test_the_mean_of_toys_is_asimov_and_its_width_is_known():
    """No data today, points 0 and 1: q_1 - q_0 = D² + 2Dz with D = √L, so its mean is Asimov's and its width 2D."""
    room = prospects((0.0, 1e9))
    true, rival = at(room, 0.0, free=False), at(room, 1.0, free=False)
    toys = thrown(room, true, 4000, seed=2)
    toys = replace(toys, nature=np.zeros_like(toys.nature))
    found = differences(toys, fitted(room, true), [fitted(room, rival)], [4.0, 25.0])[0]
    for luminosity, each in zip((4.0, 25.0), found, strict=True):
        asimov = (
            room.lowest(rival, np.zeros(1), luminosity).chi2 - room.lowest(true, np.zeros(1), luminosity).chi2
        )
        assert asimov == pytest.approx(luminosity, rel=1e-9)
        assert each.mean() == pytest.approx(asimov, rel=0.05)  # 4000 toys: 2 √L/√4000 of L
        assert each.std() == pytest.approx(2.0 * np.sqrt(luminosity), rel=0.05)


def test_toys_depend_on_the_seed_alone():
    room = prospects((0.0, 1e9))
    first, again, other = (thrown(room, at(room, 0.0, free=False), 10, seed).data(1.0) for seed in (2, 2, 3))
    np.testing.assert_array_equal(first, again)
    assert np.all(first != other)


def test_interrupted_toys_are_left_out():
    room = prospects((0.0, 1e9))
    true, rival = at(room, 0.0, free=False), at(room, 1.0, free=False)
    toys = thrown(room, true, 250, seed=2)

    def stop(done, total):
        assert total == 9
        if done == 7:
            raise KeyboardInterrupt

    found = differences(toys, fitted(room, true), [fitted(room, rival)], [1.0, 4.0, 9.0], stop)[0]
    assert np.isfinite(found[:, :200]).all()
    assert np.isnan(found[1:, 200:]).all()


# --- when models are told apart


def test_luminosity_and_its_spread_in_closed_form():
    """q = D² + 2Dz with D = √L/2: as expected q = 4 at L = 4·4; a toy has D = √(z² + n²) - z."""
    z = np.random.default_rng(3).standard_normal(400)
    toys = GRID[:, None] / 4 + np.sqrt(GRID)[:, None] * z
    for entry, level in zip(told_apart(("a", "b"), lambda at: at / 4, toys), (2.0, 5.0), strict=True):
        assert entry.luminosity == pytest.approx(4 * level**2, rel=1e-3)
        for quantile, value in ((0.158655, entry.low), (0.5, entry.median), (0.841345, entry.high)):
            high = norm.ppf(quantile)  # a larger z asks for more luminosity
            assert value == pytest.approx(4 * (np.sqrt(high**2 + level**2) + high) ** 2, rel=0.15)  # 400 toys
        assert (entry.never, entry.toys) == (0.0, 400)


def test_what_is_never_or_always_told_apart():
    none = np.zeros((len(GRID), 20))
    (two, _) = told_apart(("a", "b"), lambda at: 0.0, none)
    assert (two.luminosity, two.low, two.high, two.never) == (None, None, None, 1.0)
    (two, five) = told_apart(("a", "b"), lambda at: 10.0, none[:, :0])
    assert (two.luminosity, five.luminosity) == (pytest.approx(0.1), None)
    assert (two.low, two.toys) == (None, 0)


def test_the_grid_spans_what_is_promised():
    assert (GRID[0], GRID[-1]) == pytest.approx((0.1, 1000.0))
    assert crossing(GRID, 5.0) == pytest.approx(5.0, rel=1e-2)


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


def test_the_standard_model_takes_no_parameter():
    with pytest.raises(InputError, match="the SM has no parameters; leave ',delta=1' out"):
        understood("sm,delta=1")


@pytest.mark.parametrize(
    ("experiment", "unit"),
    [("Belle II", "ab⁻¹"), ("LHCb", "fb⁻¹"), ("FCC-ee", "the unit of its projections")],
)
def test_a_luminosity_is_asked_for_in_the_unit_of_its_experiment(experiment, unit):
    with pytest.raises(InputError, match=f"that of {experiment}: positive numbers in {unit} are needed"):
        forecast([-1.0], experiment=experiment)


def test_models_beside_parameters_are_refused():
    with pytest.raises(InputError, match="`models` would not be used"):
        forecast([5.0], models=["U1"], parameters="delta,kappa")


@pytest.fixture(scope="module")
def core():
    """The SM is true."""
    return forecast([1, 5, 50], "sm", ["VB", "U1"], data="2026-core", draws=40, toys=40)


def test_today_is_todays_fit_and_the_truth_its_best_point(core):
    fit = nutau.fit("delta", "2026-core", fixed={"kappa": 0.0}, draws=40)
    (vb,) = [row for row in core.today if row.model == "VB"]
    rise = fit.comparison.delta_chi2
    assert (vb.exclusion, vb.discovery) == pytest.approx((-np.sqrt(rise), np.sqrt(rise)), rel=1e-3)
    (made,) = [model for model in core.models if model.name == "VB"]
    assert made.values[0] == pytest.approx(fit.best.values[0], rel=1e-3)
    assert made.errors[0] == pytest.approx(fit.best.errors[0], rel=1e-2)


def test_a_model_that_today_allows_is_found_but_not_at_once(core):
    """R_νν of VB at today's fit is 2 to 3, not ten: seen at 5/ab, and more with every luminosity."""
    rows = {(row.model, row.luminosity): row for row in core.rows}
    for model in ("VB", "U1"):
        assert rows[model, 1].discovery <= rows[model, 5].discovery + 1e-6
        assert rows[model, 5].discovery <= rows[model, 50].discovery + 1e-6
        exclusion = [rows[model, at].exclusion for at in (1, 5, 50)]
        assert exclusion == sorted(exclusion)
        assert max(exclusion) <= 1e-6  # the SM is a special case of both
    assert 3.0 < rows["VB", 1].discovery < 6.0
    assert 5.0 < rows["VB", 5].discovery < 10.0
    (vb,) = [entry for entry in core.discovered if (entry.truth, entry.sigmas) == ("VB", 5.0)]
    assert 1.0 < vb.luminosity < 10.0
    assert vb.low < vb.luminosity < (vb.high or np.inf)


def test_what_is_projected_replaced_and_agrees_is_said(core):
    assert any("HFLAV-2025-Knunu is replaced" in note for note in core.notes)
    assert any(note.startswith("Projected: BR(B+->Knunu) (Letter-2022-Knunu)") for note in core.notes)
    assert any(
        "Correlation of their systematic parts within an experiment: 0." in note for note in core.notes
    )
    assert "U1 and SM agree in what is projected: no luminosity tells them apart." in core.notes
    assert any("SM is a special case of VB, U1" in note for note in core.notes)


def test_spread_of_the_toys(core):
    for row in core.rows:
        assert row.toys.low <= row.toys.median <= row.toys.high
        assert (
            row.discovery_toys.low < row.discovery_toys.median < row.discovery_toys.high or row.model == "U1"
        )
        assert row.toys.toys == 40


def test_held_models_can_be_excluded_by_the_standard_model(core):
    """A name with δ is the same as a held model at that δ, and both are far from what the SM predicts."""
    (free,) = [model for model in core.models if model.name == "VB"]
    given = f"kappa=0,delta={float(free.values[0])!r}"
    steps = []
    found = forecast([5], "sm", ["VB", given], data="2026-core", draws=40, toys=0, hold=True,
                     progress=lambda *step: steps.append(step))  # fmt: skip
    held, named = found.rows
    assert named.exclusion == pytest.approx(held.exclusion, abs=1e-4)
    assert held.exclusion > 3.0
    assert not any("special case" in note for note in found.notes)
    assert steps == [(0, 4), (1, 4), (2, 4), (3, 4)]


def test_document_and_tables(core):
    document = json.loads(json.dumps(core.to_dict(), allow_nan=False))
    assert document["schema"] == "nutau/forecast/1"
    assert {row["model"] for row in document["expected"]} == {"VB", "U1"}
    assert {row["luminosity"] for row in document["today"]} == {0.0}
    assert {entry["truth"] for entry in document["discovered"]} == {"VB", "U1"}
    assert "ab⁻¹ to exclude the SM if the model is true: expected, and 68 % of 40 toys" in str(core)
    assert core._repr_html_().startswith("<table>")
    assert nutau.forecast is forecast
    with pytest.raises(InputError, match="parameters were not asked for"):
        core.fit(5.0)


def test_significances_far_out_are_not_shown_as_numbers():
    from nutau.inference.forecast.result import _reached, _sigmas

    assert [_sigmas(v) for v in (9.94, 688.0, -1.23, -12.0, -0.01)] == [
        "9.9 σ",
        "> 10 σ",
        "−1.2 σ",
        "< −10 σ",
        "0.0 σ",
    ]
    assert _reached(Apart("SM", "VB", 2.0, 0.35, None, None, None, 0.0, 0)) == "0.35"
    assert _reached(Apart("SM", "VB", 2.0, 0.35, 0.1, 0.3, None, 0.2, 9)) == "0.35 (< 0.1 to > 1000)"
    assert _reached(Apart("SM", "VB", 5.0, None, None, None, None, 1.0, 9)) == "> 1000"


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
        (["--luminosity", "1,x"], "numbers in the unit of --experiment (Belle II: ab⁻¹)"),
        (["--truth", "S9"], "Unknown model"),
        (["--truth", "U1,mass=3"], "only delta=NUMBER may follow"),
        (["--truth", "U1,delta=nan"], "delta is 'nan'; a finite number is needed"),
        (["--truth", "U1,delta=1e999"], "delta is '1e999'; a finite number is needed"),
        (["--model", "kappa=inf"], "κ is 'inf'; a finite number is needed"),
        (["--projection", "nothing"], "Unknown projection"),
        (["--projection", "nothing.yaml"], "no file nothing.yaml"),
        (
            ["--projection", "Letter-2022-Knunu", "--projection", "BelleII-2022-Knunu-baseline"],
            "same observable",
        ),
        (["--projection", "LHCb-2018-RDstar"], "no projections to forecast with"),
        (["--projection", "LHCb-2018-RDstar", "--lhcb", "50"], "depends on the luminosity of Belle II"),
        (["--experiment", "LHCb"], "no projections to forecast with"),
        (["--at", "LHCb=50"], "Unknown experiment with a projection 'LHCb'"),
        (["--correlation", "2"], "a number from -1 to 1"),
        (["--theory-scale", "tomorrow"], "Unknown theory scenario 'tomorrow'"),
        (["--theory-scale", "-1"], "a factor of 0 or more"),
        (["--continue", "HFLAV-2025-Knunu"], "its luminosity is needed"),
        (["--continue", "Nothing"], "Unknown measurement 'Nothing'"),
        (["--observable", "R(D)"], "it goes with --parameters"),
        (["--fix", "kappa=1"], "it goes with --parameters"),
    ],
)
def test_bad_calls(arguments, message):
    code, out, error = run("forecast", "--data", "2026-core", "--toys", "2", *arguments)
    assert (code, out) == (2, "")
    assert message in error.replace("`parameters`", "--parameters")


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
