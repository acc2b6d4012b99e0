"""What is refused, and that the message is true and says what to do."""

import csv
import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.cli.predict import read_q2
from nutau.common.kinematics import shown_range
from nutau.common.yaml_files import parse_yaml
from nutau.errors import InputError, NutauError
from nutau.letter.report import reproduce
from nutau.models import S3, U1

MATRIX = np.eye(3)


def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, NutauError):
        return result.exception.exit_code, result.stdout, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nutau.predict([3]), r"`observables=\[3\]`: text or a list of texts is needed, not 3"),
        (lambda: nutau.predict("R(D)", draws=1.5), "`draws=1.5`: a whole number is needed"),
        (lambda: nutau.predict("R(D)", tree=True, draws=0), "`tree=True` would not be used"),
        (lambda: nutau.spectrum("R(D)"), r"Unknown process 'R\(D\)'"),
        (lambda: nutau.spectrum("B+->Knunu")(1 + 1j), "real numbers of GeV² are needed"),
        (lambda: nutau.spectrum("B+->Knunu")("one"), "real numbers of GeV² are needed"),
        (lambda: nutau.spectrum("B+->Knunu").draws(1.0, draws=1.5), "a whole number"),
        (lambda: U1(2000, MATRIX), "give couplings by name, as x1LL="),
        (
            lambda: nutau.predict("R(D)", inputs="foo"),
            "Known: default, dispersive, flavio-2.4, flavio-2.7, measured-shapes, letter",
        ),
        (
            lambda: nutau.spectrum("B+->Knunu", inputs="foo"),
            r"Known: default, dispersive, flavio-2\.4, flavio-2\.7, measured-shapes\.$",
        ),
        (lambda: nutau.spectrum("B+->Knunu", inputs="letter"), "Use default, flavio-2.7"),
        (lambda: nutau.load_inputs("x" * 300), "Unknown input set"),
        (lambda: parse_yaml("[" * 100_000, "deep.yaml"), "Cannot read deep.yaml: it is nested too deeply"),
        (lambda: parse_yaml("- " * 100_000, "deep.yaml"), "Cannot read deep.yaml: it is nested too deeply"),
        (lambda: parse_yaml("[" * 900, "deep.yaml"), "deep.yaml"),
    ],
)
def test_library_refuses_in_its_own_words(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_nothing_given_is_nothing():
    assert len(nutau.predict(None, draws=0)) == len(nutau.DEFAULT_OBSERVABLES)
    assert nutau.predict("R(D)", None, draws=0)[0].ratio == 1


def test_models_take_names_or_a_list():
    model = U1(2000, x1LL={"33": 1, "23": 0.3})
    assert model.predict(["R(D)"], draws=0)[0].value == model.predict("R(D)", draws=0)[0].value
    assert np.array_equal(model.values(["R(D)", "R(D*)"]), model.values("R(D)", "R(D*)"))


def test_predictions_are_compared_by_identity():
    made = nutau.predict("R(D)", draws=10)
    assert made == made
    assert made != nutau.predict("R(D)", draws=10)
    assert made[0] == made["R(D)"]


def test_a_model_shows_its_coefficients_in_inverse_tev_squared():
    """S3: lq3_3323 = y_33 y_23/(4 M²), here 0.3/16 TeV⁻²."""
    assert "lq3_3323 = 0.01875" in nutau.S3(2000.0, y3LL={"33": 1.0, "23": 0.3})._repr_html_()


@pytest.mark.parametrize(
    "made", [nutau.spectrum("B+->Knunu"), nutau.load_inputs(), nutau.load_inputs().parameters]
)
def test_reprs_are_short(made):
    assert len(repr(made)) < 400
    assert re.search(r"default|^Parameters\(\d+ in \d+ groups: ", repr(made))
    assert len(repr(nutau.load_dataset("2026"))) < 100


@pytest.mark.parametrize(
    ("edges", "shown"),
    [
        ((0.0, 22.902637), "0 to 22.902"),
        ((12.62543, 19.22), "12.626 to 19.22"),
        ((1.0444e-6, 5.0), "1.0444e-06 to 5"),
    ],
)
def test_ranges_are_rounded_inwards(edges, shown):
    text = shown_range(edges)
    low, high = map(float, text.split(" to "))
    assert edges[0] <= low * (1 + 1e-12)
    assert high <= edges[1] * (1 + 1e-12)
    assert (low, high) == pytest.approx(tuple(map(float, shown.split(" to "))), rel=2e-4)


def test_the_range_that_a_message_gives_can_be_used():
    spectrum = nutau.spectrum("B+->Knunu")
    with pytest.raises(InputError, match=r"0 to 22\.903 GeV²") as found:
        spectrum(22.9033)
    assert spectrum(float(str(found.value).split(" to ")[1].split()[0])) > 0


S3_POINT = ("predict", "R(D)", "--draws", "0", "--model", "S3", "--coupling", "y3LL_33=1")
LONG = "x" * 300


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (*S3_POINT, "--mass", "100000.1"),
            "100000.1 GeV; with running, masses go from 91.1876 to 100000 GeV",
        ),
        ((*S3_POINT, "--mass", "2"), "did you mean 2000?"),
        ((*S3_POINT, "--mass", "80.4"), "masses go from 91.1876 to 100000 GeV"),
        ((*S3_POINT, "--mass", "2", "--running", "none"), "masses go from 91.1876 GeV"),
        (("predict", "--kappa", "1", "--delta", "0.1", "--mass", "3"), "did you mean 3000?"),
        (("match", "U1", "--mass", "2", "--coupling", "x1LL_33=1", "--to", "wet"), "did you mean 2000?"),
        (("predict", "R(D)", "--tree"), "--tree would not be used"),
        (("predict", "R(D)", "--tree", "--cite"), "--tree would not be used"),
        (("cite", "R(D)", "--tree"), "--tree would not be used"),
        (("cite", "R(D)", "--running", "none"), "--running would not be used"),
        (("formulas", "R(D)", "--bin", "1,2"), "--bin would not be used"),
        (("plot", "plane", "--out", f"{LONG}.pdf"), f"'{LONG}.pdf'"),
        (("plot", "plane", "--out", "new/x.pdf"), "there is no folder 'new'"),
        (("explore", "--out", f"{LONG}.html"), f"'{LONG}.html'"),
        (("reproduce", "--out", LONG), f"'{LONG}'"),
        (("plot", "spectrum", "R(D)"), "Unknown process 'R(D)'"),
        (("predict", "--inputs", f"{LONG}.yaml"), "There is no file"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else None,
)
def test_command_refuses_before_the_work(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, error = run(*arguments)
    assert (code, out) == (2, "")
    assert message in error
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"eft": "WET", "values": {"C9_bstautau": ' + "1" * 5000 + "}}", "too many digits"),
        (
            '{"eft": "WET", "basis": "flavio", "scale": 1' + "0" * 400 + ', "values": {}}',
            "positive number of GeV",
        ),
        (
            '{"eft": "WET", "basis": "flavio", "scale": 4.8, "values": {"C9_bstautau": 1' + "0" * 400 + "}}",
            "a finite number",
        ),
    ],
    ids=["deep", "digits", "scale", "value"],
)
def test_files_that_no_parser_takes(text, message, tmp_path):
    path = tmp_path / "wc.json"
    path.write_text(text)
    code, _, error = run("predict", "--wc", str(path))
    assert code == 2
    assert message in error
    assert len(error) < 1000


@pytest.mark.parametrize("suffix", ["CSV", "JSON"])
def test_endings_in_upper_case(suffix, tmp_path):
    path = tmp_path / f"x.{suffix}"
    assert run("predict", "R(D)", "--draws", "0", "--out", str(path))[0] == 0
    assert path.read_text()


def test_figure_with_its_ending_in_upper_case(tmp_path):
    path = tmp_path / "plane.SVG"
    assert run("plot", "plane", "--model", "U1", "--out", str(path))[0] == 0
    assert "<svg" in path.read_text()


def test_points_have_no_digits_of_rounding():
    assert read_q2(None, "0:0.5:6").tolist() == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert read_q2(None, "0.25:0.75:2").tolist() == [0.25, 0.75]


def test_ratio_errors_are_in_every_row(tmp_path):
    path = tmp_path / "spectrum.csv"
    arguments = ("--q2", "22.5:22.9:5", "--draws", "100", "--set", "CL_bsnutaunutau=2", "--out", str(path))
    for name in ("dBR/dq2(B+->Knunu)", "dBR/dq2(B+->Knunu)/SM"):  # some draws end phase space before 22.9
        assert run("predict", name, *arguments)[0] == 0
        errors = [float(row["ratio_uncertainty"]) for row in csv.DictReader(path.read_text().splitlines())]
        assert np.allclose(errors, errors[0], rtol=0.1)


def test_units_are_shown():
    rows = {row[0]: row[1:] for row in nutau.predict(["DeltaM_s", "R(D)"], draws=20).table()}
    assert rows["DeltaM_s"][-1] == "ps⁻¹"
    assert rows["R(D)"][-1] == ""
    assert nutau.predict("R(D)", draws=0).headings[-1] == "over SM"  # no column of units without one


def test_budget_shows_values_and_totals_first():
    code, out, _ = run("predict", "R(D)", "BR(B+->Knunu)", "--budget", "--draws", "20")
    assert code == 0
    lines = [line.rstrip() for line in out.splitlines()]
    rule = next(place for place, line in enumerate(lines) if line and set(line) == {"─"})
    rows = [re.split(r"\s{2,}", line) for line in lines[rule + 1 :]]
    assert [row[0] for row in rows][:2] == ["value", "total"]
    assert "long distance" not in [row[0] for row in rows]
    assert float(rows[0][1]) == pytest.approx(nutau.predict("R(D)", draws=0)[0].value, rel=1e-4)
    document = json.loads(run("predict", "R(D)", "--budget", "--draws", "20", "--json")[1])
    assert document["values"]["R(D)"] == pytest.approx(float(rows[0][1]), rel=1e-4)


def test_formulas_say_where_their_coefficients_are():
    names = ("R(D)", "BR(tau->mumumu)", "Rtaue(Z->ll)")
    _, out, _ = run("formulas", *names, "--variables", "raw", "--scale", "80.4", "--draws", "0")
    assert "R(D) at 80.4 GeV" in out
    assert "BR(tau->mumumu) at the scale of the decay" in out
    assert "Rtaue(Z->ll) at the scale of the decay" in out


def test_mass_limits_of_models_in_python():
    model = S3(mass=[80.0, 2000.0], y3LL={"33": 1.0})
    with pytest.raises(InputError, match="S3 has a mass of 80 GeV; with running"):
        nutau.predict("R(D)", model, draws=0)


def test_wcxf_of_a_match_holds_tau_decays(tmp_path):
    """The file gives the same tau decays as the model it was made from; before, its coefficients were left out."""
    path = tmp_path / "point.json"
    model = ("--mass", "2000", "--coupling", "ge_23=0.3", "--coupling", "ge_22=0.5")
    assert run("match", "Z'", *model, "--to", "wet", "--out", str(path))[0] == 0
    assert any(name.startswith("CVRR_mumutaumu") for name in json.loads(path.read_text())["values"])
    ways = (("--wc", str(path)), ("--model", "Z'", *model))
    values = [
        json.loads(run("predict", "BR(tau->mumumu)", "--draws", "0", "--json", *way)[1])["predictions"][0][
            "value"
        ]
        for way in ways
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-12)
    assert values[0] > 0


def test_report_has_a_statement_for_each_claim_and_a_row_for_each_number():
    report = reproduce()
    rows = report.numbers()
    claims = [row[0] for row in rows if row[0]]
    assert claims == [f"{claim.id}: {claim.statement}" for claim in report.claims]
    table_one = [row for row in rows if row[1] in {"VB", "U1", "U3", "S3", "S1", "Z'"}][:6]
    assert [row[2] for row in table_one] == ["0", "1", "-3", "3", "-1", "–"]
    assert [row[1] for row in rows if row[0].startswith("eq-4.4")] == [""]
    assert {row[1] for row in rows} >= {"m²", "m p"}
    assert "m p -0.01042 for -0.0115 (9 % off, 2.7 σ of our theory error)" in report["app-A.1"].why
