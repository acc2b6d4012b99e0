"""The page of today's data: what it says follows its numbers, and no printed digit the seed of the theory draws."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.common.rounding import fixed
from nutau.errors import InputError
from nutau.inference.likelihood import likelihood, parametrisation
from nutau.inference.likelihood.slices import held
from nutau.inference.verdicts import Search, Tail, Verdict
from nutau.report.areas import LEVELS, inside
from nutau.report.figures.today import today as draw
from nutau.report.today import document, fits, light, page, today
from nutau.report.today.plane import mapped
from nutau.report.today.words import checked, ends, over, tried, verdict

FEW = {"VB": 0.0, "X_1/2": 0.5}
TOYS = 5


@pytest.fixture(scope="module")
def found():
    """Two models without running, few draws and toys: what is tested is the page, not the physics."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fits, "models", lambda: FEW)
        patch.setattr(fits, "RUNNINGS", ("none",))
        yield today("2026-core", toys=TOYS, draws=40, mode="fast")


def line(q, q0, above=None, toys=1000, checked=50):
    against = None if above is None else Tail(above, toys)
    return Verdict(q, q0, against, None, None if above is None else Tail(checked, 1000))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([line(4.2, 12.0, 35)], "p = 0.035 ± 0.006 (2.0–2.2 σ) against the best κ, 3.46 ± 0.05 σ over the SM: "
         "*preferred over the SM*"),
        ([line(4.2, 7.0, 35)], "p = 0.035 ± 0.006 (2.0–2.2 σ) against the best κ, 2.65 ± 0.06 σ over the SM"),
        ([line(0.5, 7.0, 480)], "p = 0.48 ± 0.02 (0.7 σ) against the best κ, 2.65 ± 0.06 σ over the SM: "
         "*fits as well as the best κ*"),
        ([line(13.0, 1.0, 0, toys=2000)], "p < 0.0015 (> 3.2 σ) against the best κ, 1.00 ± 0.12 σ over the SM: "
         "*disfavoured and no better than the SM*"),
        ([line(13.0, 7.0, 0)], "p < 0.003 (> 3.0 σ) against the best κ, 2.65 ± 0.06 σ over the SM"),
        ([line(4.2, 12.0, 35), line(4.2, 8.0, 35)], "p = 0.035 ± 0.006 (2.0–2.2 σ) against the best κ, "
         "3.46 ± 0.05 σ over the SM"),
        ([line(4.0, 12.0)], "p = 0.046 (2.0 σ) against the best κ, 3.46 σ over the SM: *preferred over the SM*"),
    ],
)  # fmt: skip
def test_the_sentence_about_a_model_follows_its_numbers_on_both_standard_models(lines, said):
    text = verdict(lines)
    # what toys leave of a significance is checked elsewhere: compare without its digits
    assert without_errors(text) == without_errors(said)


def without_errors(text):
    import re

    return re.sub(r"± 0\.\d\d σ", "± σ", text)


def test_ends_of_ranges():
    assert ends((2.04, 2.21)) == "2.0–2.2 σ"
    assert ends((2.04, 2.01)) == "2.0 σ"
    assert ends((2.88, np.inf)) == "> 2.9 σ"


def test_what_is_said_of_many_models_counts_them():
    search = Search({"a": line(1.0, 12.0, 300), "b": line(9.0, 4.0, 2)}, Tail(0, 1000), Tail(100, 1000))
    text = tried(search)
    assert text.startswith("2 models were tried, worth 1.9 to 2.0 independent ones")
    assert "a wins most over the SM, 3.46 σ; as the best of 2 that is 3.3 σ" in text
    assert (
        "b lies farthest from the best κ, p < 0.0063 (95 % CL); as the smallest of 2 values that counts as 0.013"
        in text
    )
    assert "5.0 to 5.0 (± 0.7) % of 1000 toys" in checked(search)
    assert checked(Search({"a": line(1.0, 12.0)})) == ""


def test_the_page_has_every_number_and_no_word_without_a_rule(found):
    text = page(found, "today.svg")
    assert "![" in text
    assert "](today.svg)" in text
    (run,) = found.runs
    assert len(run.searches) == 2
    for row in run.rows:
        assert f"| {row.model} | {row.kappa:g} |" in text
        for search in run.searches:
            assert f"{search.lines[row.model].against}" in text
    assert f"p comes from {TOYS} toys of each model, in which" in text
    assert f"{len(FEW)} models were tried" in text
    assert "Words follow rules" in text
    assert "preferred over the SM" not in text.replace("*preferred over the SM*", "")
    assert "No toys were made" not in text


def test_what_running_makes_of_light_leptons_follows_the_fits(found, monkeypatch):
    """C9U = a δ + b κδ, its uncertainties those of δ on the right sides; beside the stored fits, with the sign."""
    (run,) = found.runs
    assert "b → sℓℓ" not in page(found)
    assert light.induced(run) == ()
    a, b = -4.0, -4.5
    monkeypatch.setattr(light, "slopes", lambda *_: np.array([a, b]))
    ran = replace(run, running="full", mass=4700.0)
    *rows, free = light.induced(ran)
    for row, fitted in zip(rows, run.rows, strict=True):
        delta, slope = fitted.found["delta"], a + b * fitted.kappa
        assert row.value == pytest.approx(slope * delta.value)
        assert (row.minus, row.plus) == pytest.approx((-slope * delta.plus, -slope * delta.minus))
        assert row.gains[0] > 0.0
    best = run.free.best
    assert free.value == pytest.approx((a + b * best.values[1]) * best.values[0])
    text = "\n".join(light.section(ran))
    for row in (*rows, free):
        assert f"| {row.model} |" in text
        assert f"{row.sigmas[0]:.1f} | +{row.gains[0]:.1f} |" in text
    with_run = json.loads(json.dumps(document(replace(found, runs=(ran,))), allow_nan=False))
    assert [row["model"] for row in with_run["runs"][0]["light_leptons"]] == [*FEW, light.FREE]
    assert with_run["light_leptons"][0]["charm"] == "polynomial"


def test_the_document_has_every_number(found):
    made = json.loads(json.dumps(document(found), allow_nan=False))
    assert (made["schema"], made["data"], made["toys"]) == ("nutau/today/1", "2026-core", TOYS)
    (run,) = made["runs"]
    assert [row["model"] for row in run["models"]] == list(FEW)
    for row, mine in zip(run["models"], found.runs[0].rows, strict=True):
        assert row["chi2"] == mine.found.chi2
        assert row["tests"]["against_best_kappa"]["toys"]["toys"] == TOYS
        assert set(row["words"]) == {"against_best_kappa", "over_sm"}
        assert row["beside"]["tests"]["over_sm"]["toys_beyond_3.84"]["toys"] == TOYS
    assert run["searches"]["own"]["lines_tried"] == len(FEW)


def test_the_fits_are_those_of_nutau_fit(found):
    """The slice of the fit of (δ, κ) has the minimum that -2 log L has on the line."""
    (run,) = found.runs
    made = run.free.likelihood.switched("fast")
    for row in run.rows:
        best = minimize_scalar(
            lambda delta, kappa=row.kappa: made.chi2(np.array([[delta, kappa]]))[0],
            bracket=(0.5 * row.found["delta"].value, row.found["delta"].value),
        )
        assert row.found.chi2 == pytest.approx(best.fun, abs=1e-3)


def test_the_regions_of_the_figure_are_where_the_likelihood_says(found):
    """A vertex of a region is as high as its level says or lies on a fold; pieces of lines end where intervals do."""
    (run,) = found.runs
    made = mapped(run, found.data)
    assert {trace.model for trace in made.traces} == set(FEW)
    for trace, row in zip(made.traces, run.rows, strict=True):
        low, high = row.found["delta"].pieces["0.95"][0]
        ratios = nutau.predict(["Rtautau(K)", "Rnunu(K)"], nutau.X(row.kappa, delta=high), draws=0)
        np.testing.assert_allclose(trace.pieces[0.95][0][-1], [item.value for item in ratios], rtol=1e-6)
        assert low < row.found["delta"].value < high
    outer = np.concatenate(made.regions[LEVELS[1]])
    inner = np.concatenate(made.regions[LEVELS[0]])
    assert outer[:, 0].min() < inner[:, 0].min() < made.best[0] < inner[:, 0].max() < outer[:, 0].max()


def test_polygons_are_where_values_are_negative():
    x = y = np.linspace(-2.0, 2.0, 201)
    (ring,) = inside(x, y, x[:, None] ** 2 + y[None, :] ** 2 - 1.0)
    np.testing.assert_allclose(np.hypot(*ring.T), 1.0, atol=1e-3)  # a fiftieth of a radius a cell


def test_the_figure_is_drawn_with_every_model_in_its_legend(found):
    figure = draw(found)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names[: len(FEW)] == ["VB", "X 1/2"]
    assert {"SM", "best fit, κ free", "κ free, 95 %"} <= set(names)
    (axis,) = figure.axes
    assert "R_{\\nu\\nu}^{K}" in axis.get_ylabel()


def test_the_command_prints_numbers_and_writes_page_and_figure(found, tmp_path, monkeypatch):
    asked = {}
    monkeypatch.setattr("nutau.report.today.today", lambda *args, **options: asked.update(options) or found)
    page_file, figure = tmp_path / "today.md", tmp_path / "images" / "today.svg"
    figure.parent.mkdir()
    arguments = [
        "today",
        "--toys",
        "7",
        "--seed",
        "4",
        "--json",
        "--out",
        str(page_file),
        "--figure",
        str(figure),
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert (asked["toys"], asked["seed"]) == (7, 4)
    assert json.loads(result.stdout)["toys_finished"] == TOYS
    assert f"interrupted; p is from {TOYS} of 7 toys" in result.stderr
    assert "](images/today.svg)" in page_file.read_text()
    assert figure.read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "nowhere/today.md"], "there is no folder"),
        (["--out", ""], "it is a folder"),
        (["--figure", "today.txt"], "ending in .pdf, .png or .svg"),
        (["--draws", "1"], "theory draws"),
    ],
)
def test_what_cannot_be_done_is_refused_before_the_fits(arguments, message, monkeypatch):
    monkeypatch.setattr("nutau.report.today.today", lambda *_, **__: pytest.fail("the fits were done"))
    result = CliRunner().invoke(app, ["today", *arguments])
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)


def test_no_printed_digit_moves_with_the_seed_of_the_draws():
    """A small version of the page: χ², Δχ² and σ of every model of two seeds, on both Standard Models."""
    assert printed(1) == printed(2)


def printed(seed):
    inputs = nutau.load_inputs().balanced()
    whole = likelihood("2026-core", parametrisation(("delta", "kappa")), inputs=inputs, draws=2000, seed=seed)
    cells = []
    for made in (whole.switched("fast"), whole.alternative.switched("fast")):
        sm = made.chi2(np.zeros((1, 2)))[0]
        for kappa in fits.models().values():
            part = held(made, {"kappa": kappa})
            top = 0.03 if abs(kappa - 1) > 1 else 0.15
            best = minimize_scalar(
                lambda delta, part=part: part.chi2(np.array([[delta]]))[0], bounds=(0.0, top)
            )
            cells += [
                fixed(best.fun, 1),
                over(Verdict(0.0, sm - best.fun, None, None, None)),
                f"{best.x:.3f}",
            ]
    return cells


def test_the_page_of_the_site_was_written_by_this_version():
    """Its sentences on the method are those of the code."""
    text = (Path(__file__).parents[2] / "docs" / "lines.md").read_text()
    for sentence in (
        "Words follow rules",
        "models were tried",
        "p against the best κ",
        "](images/lines.svg)",
        "What it makes of b → sℓℓ, with running from",
    ):
        assert sentence in text


def test_the_command_has_the_defaults_of_the_function():
    from inspect import signature

    from nutau.cli.today import today as command

    assert signature(command).parameters["toys"].default == fits.TOYS
    assert signature(command).parameters["draws"].default == fits.DRAWS
