"""``nutau plot plane``: couplings, masses, regions as options; what all verbs that draw take; refusals of one line."""

import csv
import json

import pytest

from command import run
from nutau.cli.plane_options import masses, tracks

FAST = ("--draws", "0")
U1 = ("--model", "U1", "--mass", "4000", "--coupling", "x1LL_33=1")


def test_points_lines_and_their_numbers(tmp_path):
    """Lists are points and ranges lines; the file of numbers has them with bands; figures go to one column."""
    picture, numbers = tmp_path / "p.svg", tmp_path / "p.csv"
    code, out, error = run(
        "plot", "plane", *U1, "--coupling", "x1LL_23=0.1,0.2", "--coupling", "x1RR_33=0.5", "--model", "VB",
        "--data", "2026-core", *FAST, "--width", "column", "--out", str(picture), "--data-out", str(numbers),
    )  # fmt: skip
    assert code == 0, error
    assert out == f"Written to {picture}\nNumbers written to {numbers}\n"
    assert 'width="244.8pt"' in picture.read_text()  # 3.4 inches
    rows = list(csv.DictReader(numbers.read_text(encoding="utf-8").splitlines()))
    mine = [
        row
        for row in rows
        if row["series"] == "U1, 4 TeV, x1LL_33 = 1, x1RR_33 = 0.5" and row["panel"] == "K"
    ]
    assert [row["point"] for row in mine] == ["x1LL_23 = 0.1", "x1LL_23 = 0.2"]
    assert float(mine[0]["x"]) < float(mine[1]["x"])
    assert {row["kind"] for row in rows} >= {"points", "line along delta", "measured", "limit", "foreseen"}
    assert "not drawn" in error


def test_a_mass_range_is_a_line_and_its_analysis_runs_again(tmp_path):
    arguments = (
        "--model",
        "R2",
        "--mass",
        "1000:9000",
        "--coupling",
        "y2LR_33=1",
        "--coupling",
        "y2LR_32=0.5",
    )
    numbers, saved = tmp_path / "p.json", tmp_path / "a.yaml"
    code, _, error = run(
        "plot", "plane", *arguments, "--axes", "Rtautau(K),Rtautau(K*)", "--data", "2026-core", *FAST,
        "--out", str(tmp_path / "p.png"), "--data-out", str(numbers), "--save-analysis", str(saved),
    )  # fmt: skip
    assert code == 0, error
    document = json.loads(numbers.read_text())
    (line,) = [item for item in document["series"] if item["name"].startswith("R2")]
    assert set(line["kind"]) == {"line"}
    assert line["x"] == sorted(line["x"], reverse=True)  # heavier is nearer to the SM
    numbers.unlink()
    code, _, error = run("run", str(saved))
    assert code == 0, error
    assert json.loads(numbers.read_text()) == document


def test_every_combination_of_lists_and_one_line_for_each():
    couplings = ["x1LL_33=1,2", "x1LL_23=-0.5:0.5", "x1RR_33=0.1,0.2"]
    found = tracks(["U1"], couplings, masses("4000"))
    assert [item.is_line for item in found] == [True] * 4
    assert found[1].label == "U1, 4 TeV, x1LL_33 = 1, x1RR_33 = 0.2"
    assert found[0].texts == ("x1LL_23 = −0.5", "x1LL_23 = 0.5")
    (points,) = tracks(["U1"], ["x1LL_33=1,2", "x1LL_23=0.1"], masses("1000,2000,3000"))
    assert len(points.texts) == 6
    assert points.thing.parts[0].mass.shape == (6,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--model", "U9"), "Unknown model 'U9'"),
        (("--model", "X_7"), "Unknown model 'X_7'"),
        (("--model", "R2"), "R2 has no κ, so no line along δ: give --mass and --coupling"),
        (("--coupling", "x1LL_33=1"), "needs the --model that it is of"),
        (("--model", "U1", "--coupling", "x1LL_33=1"), "U1 needs --mass in GeV"),
        ((*U1, "--coupling", "y1LL_33=1"), "Unknown coupling of U1 'y1LL'"),
        ((*U1, "--coupling", "x1LL_23=0.5:0.1"), "an interval is LOW:HIGH with LOW < HIGH"),
        ((*U1, "--coupling", "x1LL_23=0.1,0.1"), "a value stands twice"),
        (
            (*U1, "--coupling", "x1LL_23=0:1", "--coupling", "x1RR_33=0:1"),
            "are intervals: a line goes along one",
        ),
        ((*U1, "--coupling", "x1LL_23=a"), "a number is needed"),
        ((*U1, "--coupling", "x1LL_23=0.1", "--axes", "R(D)"), "two observables X,Y are needed"),
        ((*U1, "--coupling", "x1LL_23=0.1", "--axes", "R(D),R(D)"), "given twice"),
        ((*U1, "--coupling", "x1LL_23=0.1", "--axes", "R(D),BR(B->pi)"), "Unknown observable"),
        ((*U1, "--axes", "Rnunu(K),Rmutau(K)"), "Unknown observable"),
        (("--model", "U1", "--mass", "-1", "--coupling", "x1LL_33=1"), "masses must be positive"),
        (("--model", "U1", "--mass", "0"), "masses must be positive"),
        (
            ("--model", "U1", "--mass", "1000,2000"),
            "--mass has several values, which are for models with --coupling",
        ),
        (("--model", "VB", *U1[:3], "1000,2000", *U1[4:]), "a line along δ needs one"),
        (("--region", "nowhere.npz"), "There is no file 'nowhere.npz'"),
        (("--region", __file__), "is no file that nutau scan wrote"),
        (("--fix", "kappa=1"), "--fix would not be used: it is for --fit"),
        (("--posterior",), "--posterior would not be used: it is for --fit"),
        (("--fit", "kappa", "--ess", "100"), "--ess would not be used: it is for --posterior"),
        (("--fit", "kappa", "--region", "fit.npz"), "two regions would be called fit"),
        (("--fit", "C1,C2,C3"), "of more than two parameters the posterior is drawn; add --posterior"),
        (("--fit", "delta,kappa", "--mass", "1000,2000"), "--mass has several values"),
        (("--data-out", "x.txt"), "x.txt"),
        (("--width", "0"), "--width 0: column, page, or 2 to 40 inches"),
        (("--width", "wide"), "--width wide: column, page"),
        (("--font-size", "0"), "3 to 40 points"),
    ],
)
def test_refusals(arguments, message, tmp_path):
    code, _, error = run("plot", "plane", *arguments, *FAST, "--out", str(tmp_path / "x.pdf"))
    assert code == 2, error
    assert message in error
    assert "\n" not in error.strip()
    assert not list(tmp_path.iterdir())


def test_latex_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr("nutau.report.figures.paper.shutil.which", lambda name: None)
    for verb in (("plane",), ("nunu",), ("pulls",), ("spectrum", "B+->Knunu")):
        code, _, error = run("plot", *verb, "--latex", "--out", str(tmp_path / "x.pdf"))
        assert code == 2
        assert "--latex needs LaTeX" in error


def test_every_verb_that_draws_has_the_options_of_paper_and_numbers():
    from typer.main import get_command

    from nutau.cli.plot import app

    verbs = get_command(app).commands
    assert len(verbs) >= 11
    for name, verb in verbs.items():
        options = {option for item in verb.params for option in item.opts}
        assert {"--out", "--width", "--font-size", "--latex", "--data-out", "--save-analysis"} <= options, (
            name
        )
        if "--parameters" in options and "--luminosity" not in options:
            assert {"--sm", "--mode"} <= options, name


def test_numbers_of_today_need_its_figure():
    for option in (("--data-out", "x.csv"), ("--width", "column"), ("--latex",)):
        code, _, error = run("today", *option)
        assert code == 2
        assert "it is for --figure, which is not given" in error or "needs LaTeX" in error


@pytest.mark.parametrize(
    ("options", "inputs"), [((), "letter"), (("--axes", "R(D),R(D*)", *U1), "default"), (U1, "default")]
)
def test_the_title_names_the_inputs_that_are_used(options, inputs, monkeypatch, tmp_path):
    """The letter's are those of its own data and its models alone."""
    used = []
    monkeypatch.setattr("nutau.report.plane.panels", lambda *_, inputs, **__: used.append(inputs) or ())
    monkeypatch.setattr("nutau.report.figures.plane.draw", lambda *_, title, **__: titles.append(title))
    monkeypatch.setattr("nutau.report.figures.numbers.plane", lambda *_: None)
    monkeypatch.setattr("nutau.cli.figure.write", lambda *_: None)
    titles = []
    out = str(tmp_path / "p.svg")
    assert run("plot", "plane", "--data", "letter-2022", *options, *FAST, "--out", out)[0] == 0
    assert used == [inputs]
    assert f"inputs {inputs}" in titles[0]
