"""nutau.judge: tensions against fits of separate data, words from numbers, tables, the figure, and what is refused."""

import json

import numpy as np
import pytest

import nutau
from command import run
from nutau.common.tails import chi2_beyond
from nutau.errors import InputError
from nutau.inference.fit.quality import Pull
from nutau.measurements import load_dataset
from nutau.observables import catalogue
from nutau.observables.sectors import OTHER, TEXT, family, sector
from nutau.report.judging import result
from nutau.report.judging.constraints import GAIN, HELD, TENSE, Constraint
from nutau.report.judging.deciding import deciding
from nutau.report.judging.page import page
from nutau.report.judging.regions import region
from nutau.report.judging.searches import Search

TWO = """\
title: two
description: two families
measurements: [HFLAV-2025-RD, HFLAV-2025-Knunu]
"""
MASS = 3000.0
COUPLINGS = ["x1LL_33", "x1LL_23"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    made = {}
    for name in ("HFLAV-2025-RD", "HFLAV-2025-Knunu"):
        made[name] = folder / f"{name}.yaml"
        made[name].write_text(TWO.replace("HFLAV-2025-RD, HFLAV-2025-Knunu", name))
    made["both"] = folder / "both.yaml"
    made["both"].write_text(TWO)
    return made


@pytest.fixture(scope="module")
def judged(files):
    return nutau.judge("U1", MASS, files["both"], draws=0, fixed={"x1LL_33": 1.0}, couplings=COUPLINGS)


def test_a_tension_is_the_rise_over_separate_fits(files, judged):
    """Without theory errors nothing is shared but the coupling: χ² of all minus those of each data set alone."""
    (field,) = judged.fields
    alone = {}
    for name in ("HFLAV-2025-RD", "HFLAV-2025-Knunu"):
        found = nutau.fit(["x1LL_23"], files[name], model="U1", mass=MASS, fixed={"x1LL_33": 1.0}, draws=0)
        alone[name] = found.chi2
    expected = field.chi2 - sum(alone.values())
    assert [row.measurements for row in field.constraints] == [("HFLAV-2025-RD",), ("HFLAV-2025-Knunu",)]
    for row in field.constraints:
        assert row.tension == pytest.approx(expected, abs=2e-4)
        assert row.dof == 1
        assert row.p_value == chi2_beyond(row.tension, 1)
    assert sum(row.chi2 for row in field.constraints) == pytest.approx(field.chi2)
    assert sum(row.gain for row in field.constraints) == pytest.approx(field.comparison.delta_chi2)


def test_held_is_what_the_rest_would_do(files, judged):
    """R(D), R(D*) fix the coupling: Kνν̄ there, less Kνν̄ at the best fit of both."""
    (field,) = judged.fields
    other = nutau.fit(
        ["x1LL_23"], files["HFLAV-2025-RD"], model="U1", mass=MASS, fixed={"x1LL_33": 1.0}, draws=0
    )
    row = next(row for row in field.constraints if row.measurements == ("HFLAV-2025-Knunu",))
    at = field.likelihood.experiment.by_measurement(field.likelihood.predictions(other.best.values))
    assert row.held == pytest.approx(at["HFLAV-2025-Knunu"] - row.chi2, abs=2e-3)


@pytest.mark.parametrize(
    ("gain", "held", "p_value", "word", "tense"),
    [
        (2 * GAIN, 0.0, 0.5, "prefers it", False),
        (2 * GAIN, 0.0, 1e-4, "prefers it", True),
        (-2 * GAIN, 5 * HELD, 0.5, "disfavours it", False),
        (0.0, 2 * HELD, 0.5, "bounds it", False),
        (0.0, 0.0, None, "indifferent", False),
        (0.0, None, None, "indifferent", False),
    ],
)
def test_words_follow_from_numbers(gain, held, p_value, word, tense):
    row = Constraint("a", ("b",), 1, 0, 3.0, 3.0 + gain, 1.0, 1, p_value, held)
    assert (row.word, row.tense) == (word, tense)
    assert TENSE == 2.0


def test_what_decides_is_an_error():
    """Two values 3 σ apart need an error of a third of their distance, less the theory error in quadrature."""

    def row(observable, uncertainty, predicted, theory):
        given = {"measured": 1.0, "fitted": 1.0, "pull": 0.0, "sm_pull": 0.0, "measurement": "m", "sm": 1.0}
        given |= {"observable": observable, "uncertainty": uncertainty, "predicted": predicted}
        return Pull(**given, theory_uncertainty=theory, sm_uncertainty=0.0)

    rows = [
        row("a", 2.0, 4.0, 0.6),
        row("a", 5.0, 4.0, 0.6),
        row("b", 0.1, 2.0, 0.9),
        row("c", 0.1, 1.0, 0.0),
    ]
    first, second = deciding(rows, load_dataset("letter-2022"))
    assert (first.observable, first.error) == ("a", 2.0)
    assert first.needed == pytest.approx(0.8)
    assert first.factor == pytest.approx(2.5)
    assert (second.observable, second.needed) == ("b", None)  # the theory error alone hides it


def test_every_observable_has_a_family():
    """What the sectors of the letter leave as other is told apart; nothing that is catalogued has no family."""
    for item in catalogue():
        assert family([item.name]) not in ("", TEXT[OTHER]), item.name
        if sector([item.name]) != OTHER:
            assert family([item.name]) == TEXT[sector([item.name])]
    assert family(["R(D)", "BR(B+->Knunu)"]) == TEXT[OTHER]
    assert {family([name]) for name in ("R(pi)", "BR(B0->pitaunu)", "BR(B+->taunu)")} == {"b → uτν"}


def test_searches_hold_as_published():
    pairs = Search("n", "t", "U1^(2/3)", "b tau", 1500.0, None, 1.0, "scalar", ("x1LL_33",), 0.95, "s")
    single = Search("n", "t", "U1^(2/3)", "b tau", 1500.0, 2.5, None, "scalar", ("x1LL_33",), 0.95, "s")
    assert pairs.excludes(1400.0)
    assert not pairs.excludes(1600.0)
    assert not single.excludes(1400.0)  # it depends on the coupling


def test_tables_page_and_data_say_the_same(judged):
    (field,) = judged.fields
    text, document = str(judged), judged.to_dict()
    assert json.loads(json.dumps(document, allow_nan=False))["fields"][0]["verdict"] == field.verdict()
    assert field.verdict() in text
    assert field.verdict() in page(judged)
    assert document["fields"][0]["best_fit"] == field.best
    assert [len(row) for row in judged.table()] == [len(result.SUMMARY)]
    assert {len(row) for row in field.families()} == {len(result.FAMILIES)}
    assert {len(row) for row in field.measured()} == {len(result.MEASURED)}
    assert {len(row) for row in field.decided()} <= {len(result.DECIDING)}
    assert judged.to_dataframe().shape[0] == len(field.constraints)
    assert "<table>" in judged._repr_html_()


def test_the_region_holds_the_best_fit(files, tmp_path):
    """At the best fit the height of all data is zero; the image of the region holds the image of the best fit."""
    from nutau.report.figures import numbers
    from nutau.report.figures.judged import judged as draw

    found = nutau.judge(
        "U1", MASS, files["both"], draws=0, ranges={"x1LL_33": (0.3, 3.0), "x1LL_23": (0.0, 1.0)}
    )
    made = region(found.fields[0], nutau.load_inputs())
    assert 0.0 <= float(made.joint.min()) < 0.05
    assert {"b → cτν", "b → sνν̄"} == set(made.families)
    inner = np.concatenate(made.image.pieces[0.6827])
    assert (inner.min(axis=0) <= made.image.best).all()
    assert (inner.max(axis=0) >= made.image.best).all()
    figure = draw(made)
    assert len(figure.axes) == 2
    numbers.judged(made).save(tmp_path / "n.json")
    series = json.loads((tmp_path / "n.json").read_text())["series"]
    assert {"all data", "b → cτν", "b → sνν̄", made.field.label} == {one["name"] for one in series}
    with pytest.raises(InputError, match="coupling of this field"):
        region(found.fields[0], nutau.load_inputs(), ["x1LL_33", "nope"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["U9"], "U9"),
        (["U1", "U1"], "each once"),
        (["U1", "--mass", "-1"], "positive"),
        (["U1", "--structure", "x"], "flavour structure"),
        (["U1", "--width", "page"], "--figure"),
        (["U1", "--mass", "2000,3000", "--figure", "x.pdf"], "one mass"),
        (["U1", "--out", "x.txt"], ".md"),
    ],
)
def test_the_command_refuses_before_it_works(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, error = run("judge", *arguments)
    assert (code, out) == (2, "")
    assert message in error
    assert not list(tmp_path.iterdir())
