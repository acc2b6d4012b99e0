"""Analysis files: every option of a verb is a key, and a run repeats the command that saved the file."""

import json
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from command import run
from nutau.cli import analysis, app
from nutau.cli.run import VERBS
from nutau.errors import InputError

OWN = """\
title: mine
measurements:
  - {name: Mine, kind: gaussian, source: "a paper", unit: 1e-5,
     values: [{observable: "BR(B+->Knunu)", value: 2.3, errors: {stat: 0.5, syst: {plus: 0.5, minus: 0.4}}}]}
"""
OPTIONS = ("--parameters", "delta", "--fix", "kappa=1.50", "--range", "delta=-3:0.3e0", "--draws", "20")


def command(name):
    found = get_command(app)
    for part in name.split():
        found = found.commands[part]
    return found


@pytest.mark.parametrize("name", VERBS)
def test_every_option_of_a_verb_is_a_key(name):
    options = {item.name for item in command(name).params} - {"help", analysis.SAVE}
    known = analysis.fields(VERBS[name])
    assert {field.argument for field in known} == options
    assert len({field.key for field in known} | {"verb", "title", "nutau"}) == len(known) + 3
    assert analysis.SAVE in {item.name for item in command(name).params}


def test_the_keys_are_the_arguments_of_python():
    keys = {field.key for field in analysis.fields(VERBS["fit"])}
    assert {
        "parameters",
        "data",
        "ranges",
        "fixed",
        "start",
        "model",
        "mass",
        "running",
        "sm",
        "mode",
    } <= keys
    assert {"inputs", "draws", "scale", "all_data", "convention", "contour", "posterior", "out"} <= keys


def example(field):
    """A value that an option may have, other than its default."""
    if field.kind is list:
        pairs = {"NAME=VALUE": ["kappa=-1.5", "Re CL=0.001"], "NAME=LOW:HIGH": ["kappa=-5:0.1"]}
        return pairs.get(field.metavar, ["A,B", "C"])
    known = {bool: True, int: 77, float: 0.1 + 0.2, Path: Path("folder") / "file.pdf"}
    return known.get(field.kind, "one,two" if "," in field.metavar else "one")


@pytest.mark.parametrize("name", VERBS)
def test_what_is_saved_is_what_is_read(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = {field.argument: example(field) for field in analysis.fields(VERBS[name])}
    path = tmp_path / "analysis.yaml"
    analysis.save(path, name, VERBS[name], given)
    verb, found = analysis.read(path, VERBS)
    assert verb is VERBS[name]
    assert found == given


def test_a_run_repeats_the_command_from_any_folder(tmp_path, monkeypatch):
    """The files that were named are named from the folder of the analysis file, and the JSON is the same to the bit."""
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(OWN)
    Path("sub").mkdir()
    saved = ("--json", "--save-analysis", "sub/analysis.yaml")
    code, shown, _ = run("fit", "--data", "mine.yaml", "--mode", "fast", *OPTIONS, *saved)
    assert code == 0
    document = yaml.safe_load(Path("sub/analysis.yaml").read_text())
    assert document["data"] == "../mine.yaml"
    assert document["fixed"] == {"kappa": 1.5}
    assert document["ranges"] == {"delta": [-3, 0.3]}
    monkeypatch.chdir(tmp_path / "sub")
    assert run("run", "analysis.yaml") == (0, shown, "")
    monkeypatch.chdir("/")
    assert run("run", str(tmp_path / "sub" / "analysis.yaml"), "--json") == (0, shown, "")
    assert json.loads(shown)["data"] == "mine"


def test_a_file_may_run_other_verbs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    grid = ("--parameters", "C1=-0.1:0.1:3", "Rnunu(K)", "--out", "grid.csv", "--draws", "20")
    assert run("scan", *grid, "--save-analysis", "scan.yaml")[0] == 0
    first = Path("grid.csv").read_text()
    Path("grid.csv").unlink()
    assert run("run", "scan.yaml")[0] == 0
    assert Path("grid.csv").read_text() == first
    code, _, error = run("run", "scan.yaml", "--json")
    assert code == 2
    assert "prints no JSON" in error


def test_what_is_refused_is_not_saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, error = run("fit", "--parameters", "delta,kapa", "--save-analysis", "a.yaml")
    assert code == 2
    assert "kappa" in error
    assert not Path("a.yaml").exists()
    assert "give a name ending in .yaml" in run("fit", "--save-analysis", "a.json")[2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rangs: {kappa: [-5, 5]}", "rangs: is not taken here (did you mean ranges?)"),
        ("draws: many", "draws: a whole number is needed (given: 'many')"),
        ("draws: true", "draws: a whole number is needed"),
        ("scale: .inf", "scale: a finite number is needed"),
        ("points: 1", "points: at least 2 is needed"),
        ("posterior: 1", "posterior: true or false is needed"),
        ("model: true", "model: a name or a number is needed, not True"),
        ("fixed: {kappa: [[1]]}", "fixed: a name or a number is needed"),
        ("fixed: {kappa: one}", "--fix kappa=one: a number is needed"),
        ("verb: fitt", "Unknown verb 'fitt' in a.yaml. Did you mean 'fit'"),
        ("verb: scan", "out: is missing"),
        ("[delta, kappa]", "no analysis file"),
        ("data: other.yaml", "There is no file 'other.yaml'"),
    ],
)
def test_bad_files(text, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(text)
    code, shown, error = run("run", "a.yaml")
    assert (code, shown) == (2, "")
    assert words in error


def test_every_problem_is_told_with_its_place(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("draws: many\nparametres: [C1]\nmodel: [true]\n")
    with pytest.raises(InputError, match="3 problems") as caught:
        analysis.read(path, VERBS)
    assert all(key in str(caught.value) for key in ("draws:", "parametres:", "model:"))
