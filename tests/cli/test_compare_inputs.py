"""``nutau compare-inputs``: its three formats, its width, its warnings, and how it refuses."""

import csv
import json

import pytest
from rich.console import Console

import nutau
from command import run
from nutau.cli.console import print_table

ASKED = ("compare-inputs", "BR(B+->Knunu)", "--draws", "20")


@pytest.fixture(scope="module")
def made():
    return nutau.compare_inputs("BR(B+->Knunu)", draws=20)


def test_a_table_for_each_observable_and_its_spread():
    code, out, error = run(*ASKED, "BR(Bs->tautau)")
    assert (code, error) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "BR(B+->Knunu), inputs default, physical sign of λ_t"
    assert any(line.startswith("B->K flag21 ") and line.rstrip().endswith("not verified") for line in lines)
    assert any(line.startswith("BR(B+->Knunu): ± 3.6e-08 by the choice of form factors") for line in lines)
    assert "BR(Bs->tautau) depends on no form factors; only whole input sets differ." in lines


def test_values_are_whole_at_80_columns(made):
    shown = Console(width=80, record=True)
    print_table("", made.headings[1:], [row[1:] for row in made.table()], right=(2,), on=shown)
    text = shown.export_text()
    assert max(map(len, text.splitlines())) <= 80
    assert all(row[2] in text for row in made.table())


def test_json_is_the_comparison(made):
    for option in (("--json",), ("--format", "json")):
        code, out, _ = run(*ASKED, *option)
        assert code == 0
        assert json.loads(out) == json.loads(json.dumps(made.to_dict()))


def test_csv_has_every_row_and_its_references(made, tmp_path):
    code, out, _ = run(*ASKED, "--format", "csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert code == 0
    assert [float(row["value"]) for row in rows] == [row.value for row in made]
    assert [row["sources"] for row in rows] == [", ".join(row.sources) for row in made]
    path = tmp_path / "inputs.csv"
    assert run(*ASKED, "--format", "csv", "--out", str(path))[:2] == (0, "")
    assert path.read_text() == out
    assert run(*ASKED, "--out", str(tmp_path / "inputs.txt"))[0] == 0
    assert (tmp_path / "inputs.txt").read_text() == run(*ASKED)[1]


def test_new_physics_and_an_own_set(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("extends: default\nform_factors: {B->K: flag21}\n")
    code, out, error = run(*ASKED, "--set", "CL_bsnutaunutau=2", "--inputs", str(path), "--json")
    assert code == 0
    assert error == "nutau: warning: form factors B->K: flag21 is superseded by lattice, not verified.\n"
    (row,) = [row for row in json.loads(out)["rows"] if row["inputs"] == "mine" and row["channel"] == ""]
    wilson = {"CL_bsnutaunutau": 2.0}
    assert row["value"] == nutau.predict("BR(B+->Knunu)", wilson, inputs=path, draws=0)[0].value


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("compare-inputs",), "Missing argument"),
        (("compare-inputs", "R(E)"), "Unknown observable 'R(E)'"),
        ((*ASKED, "--format", "latex"), "Known: table, csv, json."),
        ((*ASKED, "--format", "csv", "--json"), "are two formats; leave one out"),
        ((*ASKED, "--inputs", "letter"), "have no parameters to vary"),
        ((*ASKED, "--inputs", "mine"), "Unknown input set 'mine'"),
        ((*ASKED, "--q2", "3"), "--q2 would not be used"),
        (("compare-inputs", "R(D)", "--tree"), "--tree would not be used"),
        ((*ASKED, "--out", "new/x.csv"), "there is no folder 'new'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_bad_calls(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, error = run(*arguments)
    assert (code, out) == (2, "")
    assert message in error
    assert not list(tmp_path.iterdir())
