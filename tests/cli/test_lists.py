"""Options that take lists and ranges."""

import json
import re
import shlex

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.cli.cases import cases, document, names
from nutau.cli.forecast import numbers
from nutau.cli.lists import product, read
from nutau.cli.plane_options import masses, tracks
from nutau.cli.plot_fits import _luminosities
from nutau.cli.predict import read_q2
from nutau.errors import InputError
from nutau.inference.scan.grid import Grid

BINNED = "<dBR/dq2>(B+->Knunu)"
BAD_RANGES = ("2:1:3", "1:2:1", "1:2:0.5", "1:x:3", "1:inf:3", "1:2:1e5", "1:2:100000000000", "1:2:3:4", "::")
NAMES = {"--coupling": "x1LL_33=", "--set": "CL_bsnutaunutau=", "--range": "kappa=", "--parameters": "C1="}
LISTS = re.compile(r"(GEV|VALUE|TEV\^-2|L|Q2),…$|LOW:HIGH|LOW,HIGH")
"""Placeholders of options that take lists of numbers, ranges or intervals."""


def test_numbers_lists_and_ranges():
    assert read("2000", "--mass", "") == [2000.0]
    assert read("1000, 2000", "--mass", "") == [1000.0, 2000.0]
    assert read("1000:10000:10", "--mass", "") == [1000.0 * i for i in range(1, 11)]


@pytest.mark.parametrize("text", [*BAD_RANGES, "1:2", "a,b", "1,", "nan", "1,1"])
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
    assert read_q2(["0:6:3"], None) == [(0.0, 2.0), (2.0, 4.0), (4.0, 6.0)]
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
    arguments = ["predict", BINNED, "--bin", "0:8:2", "--draws", "20", "--out", str(out)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    head, *rows = out.read_text().splitlines()
    assert head.endswith("covariance_1,covariance_2")
    assert len(rows) == 2


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


def test_cases_are_the_product_and_say_what_differs():
    made = cases({"--data": ["a", "b"], "--mass": [1000.0], "--coupling x1LL_33": [0.1 + 0j, 1j]})
    assert [str(case) for case in made] == [
        "data a, x1LL_33 0.1+0j",
        "data a, x1LL_33 0+1j",
        "data b, x1LL_33 0.1+0j",
        "data b, x1LL_33 0+1j",
    ]
    assert all(case.values["--mass"] == 1000.0 for case in made)
    found = document(made, [{"n": number} for number in range(4)])["cases"]
    assert [row["x1LL_33"] for row in found] == [0.1, "1j", 0.1, "1j"]
    assert [row["result"]["n"] for row in found] == [0, 1, 2, 3]
    assert document(made[:1], [{"n": 1}]) == {"n": 1}
    with pytest.raises(InputError, match="at most"):
        cases({"--mass": range(100), "--data": range(100)})


def test_names_are_split_unless_a_file_has_the_comma(tmp_path, monkeypatch):
    assert names("2026, 2026-core", "--data") == ["2026", "2026-core"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a,b.yaml").write_text("")
    assert names("a,b.yaml", "--data") == ["a,b.yaml"]
    for text in ("2026,", ",", "2026,2026"):
        with pytest.raises(InputError, match="--data"):
            names(text, "--data")


@pytest.mark.parametrize("option", ["model", "kappa"])
def test_each_point_of_a_comparison_of_inputs_is_that_of_one_call(option):
    values = {"model": ("U1", "S3"), "kappa": ("1", "1.5")}[option]
    asked = ["compare-inputs", "BR(B+->Knunu)", "--delta", "0.05", "--draws", "0", "--json"]
    found = json.loads(run(*asked, f"--{option}", ",".join(values)).stdout)["cases"]
    for row, value in zip(found, values, strict=True):
        assert str(row[option]).removesuffix(".0") == value
        assert row["result"] == json.loads(run(*asked, f"--{option}", value).stdout)


def test_models_are_predicted_each_for_itself():
    asked = ["predict", "Rtautau(K)", "--delta", "0.05,0.06", "--draws", "0", "--json"]
    found = json.loads(run(*asked, "--model", "U1,S3").stdout)["cases"]
    assert [row["model"] for row in found] == ["U1", "S3"]
    for row in found:
        assert row["result"] == json.loads(run(*asked, "--model", row["model"]).stdout)


def test_a_csv_of_points_names_them():
    asked = ["compare-inputs", "R(D)", "--kappa", "1", "--draws", "0", "--format", "csv", "--delta"]
    head, *rows = run(*asked, "0.05,0.06").stdout.splitlines()
    one = run(*asked, "0.06").stdout.splitlines()
    assert head == f"delta,{one[0]}"
    assert rows[len(rows) // 2 :] == [f"0.06,{line}" for line in one[1:]]


def test_references_of_lists_are_those_of_each():
    def keys(*given):
        return {row["key"] for row in json.loads(run("cite", *given, "--json").stdout)["citations"]}

    each = [
        keys("R(D)", "--model", name, "--data", data)
        for name, data in (("U1", "2026"), ("S3", "letter-2022"))
    ]
    assert keys("R(D)", "--model", "U1,S3", "--data", "2026,letter-2022") == each[0] | each[1]


def test_entries_are_shown_one_after_another():
    found = json.loads(run("data", "show", "HFLAV-2025-RD", "BelleII-2023-Knunu", "--json").stdout)["cases"]
    assert [row["result"]["name"] for row in found] == ["HFLAV-2025-RD", "BelleII-2023-Knunu"]
    assert isinstance(run("data", "show", "HFLAV-2025-RD", "nothing").exception, InputError)


def test_formulas_at_several_scales():
    asked = ["formulas", "R(D)", "--draws", "0", "--json", "--scale"]
    found = json.loads(run(*asked, "4.8,80.4").stdout)["cases"]
    assert [row["result"] for row in found] == [
        json.loads(run(*asked, scale).stdout) for scale in ("4.8", "80.4")
    ]


def test_a_fit_for_each_mass_is_told_by_it_in_table_and_file(tmp_path):
    out, data = tmp_path / "fits.json", tmp_path / "mine.yaml"
    entry = "{observable: R(D), value: 0.35, errors: {total: 0.02}, unit: 1}"
    data.write_text(
        f"title: mine\nmeasurements:\n  - {{name: a, kind: gaussian, source: me, values: [{entry}]}}\n"
    )
    asked = ["fit", "--parameters", "C3", "--draws", "0", "--mode", "fast", "--data", str(data)]
    done = run(*asked, "--mass", "1000,4000", "--out", str(out))
    assert done.exit_code == 0, done.exception
    assert [line.split()[:2] for line in done.stdout.splitlines() if line.startswith(("1000", "4000"))] == [
        ["1000", "GeV"],
        ["4000", "GeV"],
    ]
    found = json.loads(out.read_text())["cases"]
    assert [row["mass"] for row in found] == [1000.0, 4000.0]
    first, second = (row["result"] for row in found)
    for result in (first, second):
        assert result["pulls"][0]["fitted"] == pytest.approx(0.35, abs=1e-4)
    assert first["best_fit"]["C3"]["value"] == pytest.approx(second["best_fit"]["C3"]["value"], rel=0.1)
    assert first["best_fit"]["C3"]["value"] != pytest.approx(second["best_fit"]["C3"]["value"], rel=1e-3)


@pytest.mark.parametrize(
    "given",
    [
        ["--contour", "delta,kappa"],
        ["--posterior"],
        ["--impacts"],
        ["--leave-one-out"],
        ["--cite"],
        ["--hs3", "likelihood.json"],
    ],
)
def test_what_one_fit_alone_can_have_is_refused_before_any(given):
    done = run("fit", "--data", "2026,2026-core", *given)
    assert isinstance(done.exception, InputError)
    assert f"{given[0]} is for one case" in str(done.exception)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--data", "2026,nothing"], "Unknown data set 'nothing'"),
        (["--model", "U1,U7", "--parameters", "delta"], "Unknown model 'U7'"),
        (["--model", "S3,U1", "--mass", "2000", "--parameters", "y3LL_33"], "model U1: "),
        (["--model", "U1,S3"], "--model U1 would not be used"),
    ],
)
def test_the_last_of_several_fits_is_checked_before_the_first(given, said, monkeypatch):
    monkeypatch.setattr("nutau.cli.fitted.fit", lambda *_, **__: pytest.fail("a fit was made"))
    done = run("fit", *given)
    assert isinstance(done.exception, InputError)
    assert said in str(done.exception)


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        (["match", "U1", "--mass", "1000,2000", "--coupling", "x1LL_33=1"], "takes one value, no list"),
        (["match", "U1", "--mass", "1000", "--coupling", "x1LL_33=1,2"], "a WCxf file holds one point"),
        (["plot", "contour", "--mass", "1000:4000:3"], "takes one value, no list"),
        (["formulas", "R(D)", "--scale", "4.8,80.4", "--format", "popxf"], "write a file for each scale"),
        (["predict", "R(D)", "--model", "U1,S3", "--delta", "0.05", "--out", "a.csv"], "name a .json file"),
        (["plot", "spectrum", "B+->Knunu", "--kappa", "1", "--delta", "0.01:0.09:9"], "at most 7"),
    ],
)
def test_a_list_that_one_file_cannot_hold_is_refused(verb, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*verb)
    assert isinstance(done.exception, InputError)
    assert said in str(done.exception)
    assert not list(tmp_path.iterdir())


def test_a_spectrum_has_a_curve_for_each_point(tmp_path):
    numbers = tmp_path / "s.json"
    asked = [
        "plot",
        "spectrum",
        "B0->K*tautau",
        "--points",
        "5",
        "--draws",
        "0",
        "--out",
        str(tmp_path / "s.svg"),
    ]
    done = run(*asked, "--model", "U1,S3", "--delta", "0.03,0.06", "--data-out", str(numbers))
    assert done.exit_code == 0
    text = numbers.read_text()
    for label in ("U1, δ = 0.03", "U1, δ = 0.06", "S3, δ = 0.03", "S3, δ = 0.06"):
        assert label in text


def leaves(command, *words):
    for name, one in getattr(command, "commands", {}).items():
        yield from leaves(one, *words, name)
    if not hasattr(command, "commands"):
        yield words, command


def examples(command):
    lines = (line.strip() for line in command.help.splitlines())
    return [
        shlex.split(line.removeprefix("Example: nutau ")) for line in lines if line.startswith("Example: ")
    ]


def of_numbers():
    """Every option of every verb that takes lists of numbers, ranges or intervals."""
    for words, command in leaves(get_command(app)):
        for option in command.params:
            if LISTS.search(option.metavar or ""):
                yield pytest.param(words, command, option.opts[0], id=f"{' '.join(words)} {option.opts[0]}")


@pytest.mark.parametrize(("words", "command", "option"), list(of_numbers()))
def test_every_verb_reads_ranges_in_one_grammar(words, command, option, tmp_path, monkeypatch):
    """What is no range or interval is refused with one sentence, before any work."""
    monkeypatch.chdir(tmp_path)
    asked = examples(command)[0]
    if (words, option) == (("plot", "plane"), "--range"):
        asked += ["--fit", "kappa"]
    while option in asked:
        del asked[asked.index(option) : asked.index(option) + 2]
    name = NAMES.get(option, "")
    for text in ("2:1:3", "1:2:0.5", "2:1", "1:x"):
        done = run(*asked, option, name + text)
        assert isinstance(done.exception, InputError), (text, done.exception)
        message = str(done.exception)
        assert text in message
        assert re.search(r"a range is LOW:HIGH:POINTS with|an interval is LOW:HIGH with", message), message
    assert not list(tmp_path.iterdir())


def test_the_options_of_numbers_are_found():
    found = [item.id for item in of_numbers()]
    assert {"predict --mass", "fit --range", "scan --parameters", "plot plane --coupling"} <= set(found)
    assert {"plot reach --luminosity", "plot invisible --mass", "predict --bin", "predict --q2"} <= set(found)
    assert len(found) > 45


def test_a_range_is_the_same_points_in_every_verb():
    """In the plane an interval is a line; a range is points there as everywhere."""
    (points,) = tracks(["U1"], ["x1LL_33=1", "x1LL_23=0.1:0.3:3"], masses("1000:2000:2"))
    assert not points.is_line
    assert points.texts[1] == "1 TeV, x1LL_23 = 0.2"
    assert list(points.thing.parts[0].mass) == [1000, 1000, 1000, 2000, 2000, 2000]
    assert list(_luminosities("10:50:3", 13)) == numbers("10:50:3") == [10.0, 30.0, 50.0]
    assert [axis.values.tolist() for axis in Grid.of("C1=0.1:0.3:3,C3=0.2").axes] == [
        pytest.approx(values) for values in ([0.1, 0.2, 0.3], [0.2])
    ]
    with pytest.raises(InputError, match="make 110592 points; at most 100000"):
        tracks(["U1"], [f"{name}=1:2:48" for name in ("x1LL_33", "x1LL_23")], masses("1000:5000:48"))
    with pytest.raises(InputError, match="make 60 lines; at most 50"):
        tracks(["U1"], ["x1LL_33=1:2:60", "x1LL_23=0:1"], masses("1000"))
