"""The fields of the letter judged: rules on numbers, the profile in the plane, and the page of stored numbers."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import nutau
from command import run
from nutau.common.tails import chi2_beyond
from nutau.errors import InputError
from nutau.inference.fit import Contour
from nutau.measurements import load_dataset
from nutau.report.areas import LEVELS, Area
from nutau.report.judging.candidates import CANDIDATES
from nutau.report.judging.conclusions import R_D, Row, conclusion, explains
from nutau.report.judging.constraints import Constraint
from nutau.report.judging.doubts import beyond, unconstrained
from nutau.report.judging.letter import candidates, with_sentences
from nutau.report.judging.letter_page import page
from nutau.report.judging.planes import CELL, Points, outlines, profile
from nutau.report.judging.sentences import DINEUTRINOS, FAILS, HOLDS, PARTLY, excluded, sentences

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def stored():
    return json.loads((DOCS / "today.json").read_text(encoding="utf-8"))


def family(name, gain=0.0, tension=0.0, held=0.0):
    """A constraint with a gain over the SM and a tension of one degree of freedom in Δχ²."""
    return Constraint(name, ("m",), 1, 0, 5.0, 5.0 + gain, tension, 1, chi2_beyond(tension, 1), held)


def row(name="U1", constraints=(), sigmas=3.0, x=(20.0, 200.0), y=(1.0, 1.02)):
    corners = np.array([[x[0], y[0]], [x[1], y[0]], [x[1], y[1]], [x[0], y[1]]])
    plane = Area(name, dict.fromkeys(LEVELS, (corners,)), corners[0])
    sm = {"sigmas": sigmas, "delta_chi2": 10.0, "dof": 2, "sm_chi2": 100.0}
    return Row(name, {"a": 1.0}, 90.0, 100, 0.5, sm, tuple(constraints), (), (), (), plane)


@pytest.mark.parametrize(
    ("gain", "tension", "said"),
    [(8.0, 0.0, "yes"), (8.0, 9.0, "in part"), (0.5, 0.0, "no"), (-3.0, 0.0, "no")],
)
def test_whether_a_field_explains_r_d(gain, tension, said):
    assert explains(row(constraints=[family(R_D, gain, tension)])) == said


def test_the_words_on_a_field_follow_its_numbers():
    fine = conclusion(row(constraints=[family(R_D, 8.0)]))
    assert fine == "explains R_D(\\*)"
    torn = conclusion(row(constraints=[family(R_D, 8.0, 9.0), family(DINEUTRINOS, -2.0, 16.0)], sigmas=1.0))
    assert torn == (
        "no better than the SM; explains R_D(\\*) in part; in tension: b → sνν̄ (4.0 σ), b → cτν (3.0 σ); "
        "disfavoured by b → sνν̄ (-2.0)"
    )
    assert "excluded" in conclusion(replace(row(), excluded=("a search",)))


@pytest.mark.parametrize(
    ("tension", "verdict"), [(0.0, FAILS), (3.9, FAILS), (4.1, PARTLY), (8.9, PARTLY), (9.1, HOLDS)]
)
def test_an_exclusion_is_a_tension(tension, verdict):
    """Of one degree of freedom: 2 σ are 4 and 3 σ are 9 in Δχ²."""
    found = excluded(row(constraints=[family(DINEUTRINOS, 0.0, tension)]), "said", DINEUTRINOS)
    assert (found.verdict, found.said) == (verdict, "said")


def verdicts(**rows):
    return {one.said: one.verdict for one in sentences(rows)}


def test_sentences_on_ranges():
    """As (4.6) and R_νν = 1 within the tolerances of the letter's claims; a region beyond them does not hold."""
    near = verdicts(U1=row(), S1=row("S1", x=(1.0, 1.01)))
    assert near["U1 predicts R_νν = 1"] == near["U1 gives R_ττ from 15 to 540"] == HOLDS
    assert near["S1 leaves R_ττ = 1 without right-handed operators"] == HOLDS
    far = verdicts(U1=row(x=(600.0, 700.0), y=(1.2, 1.5)), S1=row("S1", x=(1.0, 1.5)))
    assert set(far.values()) == {FAILS}
    half = verdicts(U1=row(x=(5.0, 200.0), y=(1.01, 1.5)))
    assert half["U1 predicts R_νν = 1"] == half["U1 gives R_ττ from 15 to 540"] == PARTLY


def test_a_sentence_needs_its_field():
    assert sentences({}) == ()
    assert [one.said for one in sentences({"Z'": row("Z'")})] == [
        "the Z′ is not suitable to explain R_D(\\*)"
    ]


def test_the_profile_in_the_plane_is_the_lowest_of_all_couplings():
    """χ² = x² + y² + z² with rates 10^(x/4) and 10^((y+z)/20): the profile is x² + (y+z)²/2, a circle."""
    fast = SimpleNamespace(
        chi2=lambda values: np.sum(values**2, axis=-1),
        parametrisation=SimpleNamespace(bounds=np.array([[-9.0, 9.0]] * 3)),
    )

    def place(values):
        return 10.0 ** np.stack([values[..., 0] / 4.0, (values[..., 1] + values[..., 2]) / 20.0], axis=-1)

    found = profile(fast, place, np.zeros((1, 3)), seed=1)
    exact = (4.0 * found.places[:, 0]) ** 2 + (20.0 * found.places[:, 1]) ** 2 / 2.0
    assert (found.heights >= exact - 1e-9).all()
    inside = found.below(Contour.height(LEVELS[-1]))
    radius = np.sqrt(Contour.height(LEVELS[-1]))
    reach = np.abs(inside.places).max(axis=0)
    assert (reach < np.array([radius / 4.0, np.sqrt(2.0) * radius / 20.0]) + 1e-9).all()
    assert (reach > 0.97 * np.array([radius / 4.0, np.sqrt(2.0) * radius / 20.0])).all()


@pytest.mark.parametrize("places", [[[0.0, 0.0]], [[0.01, 0.01], [0.2, 0.2]]])
def test_a_field_that_moves_neither_rate_has_a_region(places):
    cells = Points(np.zeros((len(places), 1)), np.array(places), np.zeros(len(places)))
    found = Area("still", dict.fromkeys(LEVELS, outlines(cells, 1.0)), None)
    assert len(found.pieces[LEVELS[-1]]) == len(places)
    for (low, high), of, cell in zip(found.ends(LEVELS[-1]), np.transpose(places), CELL, strict=True):
        assert np.log10(low) == pytest.approx(of.min(), abs=cell)
        assert np.log10(high) == pytest.approx(of.max(), abs=cell)


def test_couplings_beyond_perturbativity_and_without_constraint_are_said():
    assert beyond({"x1LL_33": 3.0, "c_x1LL": 5.0}) == ()
    assert beyond({"Re y2RL_23": 3.0, "Im y2RL_23": -3.0})[0].startswith(
        "|y2RL_23| = 4.24: above √(4π) = 3.54"
    )
    seen = SimpleNamespace(
        names=("a", "b"),
        data="mine",
        parametrisation=SimpleNamespace(bounds=np.array([[-1.0, 1.0]] * 2)),
        chi2=lambda points: 9.0 * points[..., 0] ** 2 + 0.1 * points[..., 1] ** 2,
    )
    (line,) = unconstrained(seen, np.zeros(2))
    assert line == "no measurement constrains b: −2 log L changes by 0.1 over its range, -1 to 1"
    blind = SimpleNamespace(**{**seen.__dict__, "chi2": lambda points: 0.1 * points[..., 0] ** 2})
    with pytest.raises(InputError, match="No measurement of mine constrains a, b"):
        unconstrained(blind, np.zeros(2))


def test_a_region_is_stored_whole():
    area = row().plane
    again = Area.from_dict(json.loads(json.dumps(area.to_dict())))
    assert again.ends(0.95) == area.ends(0.95) == ((20.0, 200.0), (1.0, 1.02))
    np.testing.assert_array_equal(again.best, area.best)


def test_the_stored_page_is_that_of_its_numbers(stored, monkeypatch):
    """Rules and words are those of the code, the data set that of the package, and every candidate is there."""
    monkeypatch.syspath_prepend(DOCS.parent / "tools")
    from make_today import BESIDE

    made = page(with_sentences(stored), "images/today.svg", BESIDE)
    assert made == (DOCS / "today.md").read_text(encoding="utf-8")
    assert [field["called"] for field in stored["fields"]] == [one.name for one in CANDIDATES]
    assert stored["data_set"]["version"] == load_dataset(stored["data"]).version
    assert stored["nutau"] == nutau.__version__
    assert (DOCS / "images" / "today.svg").exists()


def test_every_stored_row_is_of_all_measurements(stored):
    """Each takes a measurement, does not predict it, or says that it is left out: none is of an older data set."""
    every = {entry.name for entry in load_dataset(stored["data"]).measurements}
    for field in stored["fields"]:
        taken = {name for one in field["constraints"] for name in one["measurements"]}
        said = " ".join(field["notes"])
        assert taken <= every, field["called"]
        missing = {name for name in every - taken - set(field["unpredicted"]) if name not in said}
        assert not missing, (field["called"], missing)


def test_a_stored_row_is_what_is_predicted_today(stored):
    """U1 at its stored best fit: observables that it moves, and its place in the plane; no fit is needed for that."""
    field = next(field for field in stored["fields"] if field["called"] == "U1")
    couplings = {"x1LL": {name[-2:]: value for name, value in field["best_fit"].items()}}
    model = nutau.U1(field["mass"], **couplings)
    names = [pull["observable"] for pull in field["pulls"] if pull["q2"] is None]
    found = nutau.predict([*dict.fromkeys(names), "Rtautau(K)", "Rnunu(K)"], model, draws=0)
    values = {one.observable: one.value for one in found}
    assert len(names) > 3
    for pull in field["pulls"]:
        if pull["q2"] is None:
            assert values[pull["observable"]] == pytest.approx(pull["predicted"], rel=1e-5), pull[
                "observable"
            ]
    np.testing.assert_allclose([one.value for one in found][-2:], field["plane"]["best"], rtol=1e-5)


def test_names_of_candidates_are_looked_up():
    assert [one.name for one in candidates(["S3", "U1"])] == ["S3", "U1"]
    with pytest.raises(InputError, match="field of the letter's page"):
        candidates(["U9"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Name a field"),
        (["U1", "--letter"], "not both"),
        (["--letter", "--couplings", "x1LL_33"], "--couplings"),
        (["--letter", "--structure", "free"], "--structure"),
        (["U1", "S3", "--figure", "a.png", "--axes", "x1LL_33,x1LL_23"], "--axes"),
        (["--letter", "--mass", "2000,3000", "--figure", "a.png"], "one mass"),
    ],
)
def test_the_command_refuses_before_it_works(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, error = run("judge", *arguments)
    assert (code, out) == (2, "")
    assert message in error
    assert "\n" not in error


def test_the_figure_has_every_field(stored):
    from nutau.report.figures.fields_plane import fields_plane

    figure = fields_plane(with_sentences(stored), load_dataset(stored["data"]))
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert named[: len(CANDIDATES)] == [one.name for one in CANDIDATES]
    assert [axis.get_title(loc="left") for axis in figure.axes] == ["fields of Table I", "beyond"]
    assert stored["data_set"]["version"] in figure.get_suptitle()
