"""Options that take lists and ranges."""

import json

import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.cli.lists import product, read
from nutau.cli.predict import read_q2
from nutau.errors import InputError

BINNED = "<dBR/dq2>(B+->Knunu)"


def test_numbers_lists_and_ranges():
    assert read("2000", "--mass", "") == [2000.0]
    assert read("1000, 2000", "--mass", "") == [1000.0, 2000.0]
    assert read("1000:10000:10", "--mass", "") == [1000.0 * i for i in range(1, 11)]


@pytest.mark.parametrize(
    "text", ["1:2", "2:1:3", "1:2:1", "1:2:0.5", "1:x:3", "1:inf:3", "1:2:1000000", "a,b", "1,", "nan"]
)
def test_what_is_no_list_is_refused(text):
    with pytest.raises(InputError, match="--mass"):
        read(text, "--mass", "a number is needed")


def test_lists_make_the_points_of_their_product():
    made = product({"a": [1, 2], "b": [5], "c": [3, 4]})
    assert (list(made["a"]), made["b"], list(made["c"])) == ([1, 1, 2, 2], 5, [3, 4, 3, 4])
    with pytest.raises(InputError, match="at most"):
        product({"a": range(1000), "b": range(1000)})


def test_bins_are_repeated_or_ranges():
    assert read_q2(["0,4"], None) == (0.0, 4.0)
    assert read_q2(["0,4", "4,8"], None) == [(0.0, 4.0), (4.0, 8.0)]
    assert read_q2(["0:6:2"], None) == [(0.0, 2.0), (2.0, 4.0), (4.0, 6.0)]
    assert read_q2(["all"], None) == "all"
    both = read_q2(["0,4"], "1", [BINNED, "R(D)", "dBR/dq2(B+->Knunu)"])
    assert both[BINNED] == (0.0, 4.0)
    assert list(both["dBR/dq2(B+->Knunu)"]) == [1.0]


def test_one_call_gives_the_points_and_their_bins():
    arguments = [
        "predict",
        "R(D)",
        BINNED,
        "--model",
        "U1",
        "--mass",
        "1000,2000",
        "--coupling",
        "x1LL_23=0.1,0.2",
    ]
    arguments += ["--coupling", "x1LL_33=1", "--bin", "0,4", "--bin", "4,8", "--draws", "0", "--json"]
    done = CliRunner().invoke(app, arguments)
    made = json.loads(done.stdout)
    assert made["points"] == {"mass": [1000, 1000, 2000, 2000], "x1LL_23": [0.1, 0.2, 0.1, 0.2]}
    (alone,) = nutau.predict("R(D)", nutau.U1(2000.0, x1LL={"23": 0.1, "33": 1}), draws=0)
    assert made["predictions"][0]["value"][2] == pytest.approx(alone.value, rel=1e-12)
    assert [row.get("q2") for row in made["predictions"]] == [None, [0, 4], [4, 8]]


def test_a_table_goes_to_a_file_with_its_covariance(tmp_path):
    out = tmp_path / "bins.csv"
    arguments = ["predict", BINNED, "--bin", "0:8:4", "--draws", "20", "--out", str(out)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    head, *rows = out.read_text().splitlines()
    assert head.endswith("covariance_1,covariance_2")
    assert len(rows) == 2


@pytest.mark.parametrize("verb", [["compare-inputs", "R(D)"], ["plot", "spectrum", "B+->Knunu"]])
def test_a_verb_of_one_point_refuses_lists(verb, tmp_path):
    out = ["--out", str(tmp_path / "a.pdf")]
    done = CliRunner().invoke(app, [*verb, *out, "--kappa", "1", "--delta", "0.05,0.06"])
    assert isinstance(done.exception, InputError)
    assert "--delta has several values" in str(done.exception)
    assert not list(tmp_path.iterdir())
