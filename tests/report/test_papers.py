"""Every number of every paper: within its accuracy, or different for a reason that its file gives."""

import json
import re
import shlex

import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.cli.reproduce import _text
from nutau.common.yaml_files import validate
from nutau.errors import InputError
from nutau.report.papers import record
from nutau.report.papers.commands import reading
from nutau.report.papers.record import Paper, paper, papers
from nutau.report.papers.result import accepted, reproduce_paper


def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, InputError):
        return 2, result.stdout, str(result.exception)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("number", papers())
def test_every_number_agrees_or_differs_for_a_reason(number):
    for row in reproduce_paper(number).rows:
        claim = row.claim
        assert row.verdict == (
            "not computed" if claim.cannot else "differs" if claim.difference else "agrees"
        ), (claim.id, row.ours)
        if row.explained is not None:
            assert accepted(claim, row.explained), (claim.id, row.explained)
        assert claim.cannot or re.search("nutau", row.command)


def test_there_are_many_outside_numbers():
    claims = [claim for number in papers() for claim in paper(number).claims]
    assert sum(claim.compute is not None and claim.difference is None for claim in claims) >= 60


def test_the_verdict_is_about_the_printed_error_on_the_side_of_ours():
    claim = paper("0902.0160").claims[0]
    up, down = claim.error
    assert up < down
    assert accepted(claim, claim.value + up)
    assert not accepted(claim, claim.value + 1.01 * up)
    assert accepted(claim, claim.value - down)
    assert not accepted(claim, claim.value - 1.01 * down)


COMMANDS = (("2007.06956", "RJpsi"), ("2304.03137", "FL"), ("1712.01919", "orders"), ("2207.13371", "K+"))


@pytest.mark.parametrize(("number", "claim"), COMMANDS)
def test_a_command_gives_our_number(number, claim, tmp_path, monkeypatch):
    """The line as a shell would run it, without theory draws."""
    monkeypatch.chdir(tmp_path)
    row = reproduce_paper(number)[claim]
    file, _, line = row.command.rpartition(" && ")
    if file:
        words = shlex.split(file)
        assert (words[0], words[2]) == ("echo", ">")
        (tmp_path / words[3]).write_text(words[1])
    code, out, error = run(*shlex.split(line)[1:], "--draws", "0", "--json")
    assert code == 0, error
    (found,) = json.loads(out)["predictions"]
    assert found["value"] == pytest.approx(row.ours)


def test_the_command_line_prints_the_same():
    code, out, _ = run("reproduce", "1505.03925")
    assert code == 0
    assert "R(D)" in out
    assert "agrees" in out
    assert "own.yaml && nutau predict" in out
    document = json.loads(run("reproduce", "arXiv:1505.03925", "--json")[1])
    assert document["schema"] == "nutau/paper/1"
    assert document == nutau.reproduce_paper("1505.03925").to_dict()
    listed = json.loads(run("reproduce", "--list", "--json")[1])["papers"]
    assert [row["arxiv"] for row in listed] == list(papers())
    assert "2604.20340" in run("reproduce", "--list")[1]


def test_newest_first():
    assert papers()[0].startswith("26")
    assert papers()[-1] == "0902.0160"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2604.20341",), "Unknown paper '2604.20341'. Did you mean '2604.20340'"),
        (("nothing",), "nutau reproduce --list"),
        (("2604.20340", "--out", "x"), "--out would not be used"),
        (("2604.20340", "--data", "2026"), "--data would not be used"),
        (("--list", "--data", "2026"), "--data would not be used"),
        (("2604.20340", "--list"), "--list lists all papers"),
    ],
)
def test_bad_calls_are_refused(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, error = run("reproduce", *arguments)
    assert code == 2
    assert message in error
    assert not list(tmp_path.iterdir())


RATES = ["R(D)", "R(D*)", "R(Lambdac)"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": None}, "'value' is missing"),
        ({"error": None}, "give the 'error'"),
        ({"error": 0}, "greater than 0"),
        ({"error": [0.1, -0.1]}, "greater than 0"),
        ({"value": float("nan")}, "finite number"),
        ({"error": None, "value": -1.0, "tolerance": {"decades": 1}}, "positive 'value'"),
        ({"compute": None, "cannot": "no", "difference": {"reason": "x"}}, "'difference' goes with"),
        ({"compute": {"kind": "prediction", "observable": "R(D)", "integrated": True}}, "needs a bin"),
        (
            {
                "compute": {
                    "kind": "prediction",
                    "observable": "R(D)",
                    "coefficients": {"CVL_bctaunutau": 1},
                    "two_field": {"kappa": 1, "delta": 0.1},
                }
            },
            "give 'coefficients' or 'two_field'",
        ),
        (
            {"compute": {"kind": "relation", "rates": RATES, "result": "weight", "of": "R(X)"}},
            "R(X) is not among",
        ),
        ({"compute": {"kind": "relation", "rates": RATES, "result": "expected"}}, "needs the other rates"),
        ({"tolerance": {"absolute": 1.0}}, "give the 'error'"),
        ({"cannot": "no"}, "give 'compute', or in 'cannot'"),
        ({"place": None}, "claims[0].place"),
        ({"compute": {"kind": "guess"}}, "unknown kind 'guess'"),
        ({"compute": {"kind": "prediction", "observabel": "R(D)"}}, "observabel"),
        (
            {"compute": {"kind": "relation", "rates": ["R(D)", "R(D*)"], "result": "weight"}},
            "'of' names the rate",
        ),
    ],
)
def test_a_broken_file_is_named_with_its_field(change, message):
    document = paper("1505.03925").model_dump()
    document["claims"][0] |= change
    with pytest.raises(InputError, match=re.escape(message)):
        validate(Paper, document, "1505.03925.yaml")
    document["claims"] = 2 * [paper("1505.03925").model_dump()["claims"][0]]
    with pytest.raises(InputError, match="claim RD stands twice"):
        validate(Paper, document, "1505.03925.yaml")


LINE = {"kind": "running", "smeft": {"lq3_3323": 1e-8}, "scale": 2000, "coefficient": "CVL_bctaunutau"}


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        ({"kind": "prediction", "observable": "R(DD)"}, "claim RD: Unknown observable"),
        (
            {"kind": "relation", "rates": RATES, "result": "remainder", "domain": "foo"},
            "claim RD: Unknown domain 'foo'",
        ),
        (LINE | {"over": "CSL_bctaunutau"}, "claim RD: 'over': CSL_bctaunutau is zero"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_its_claim(compute, message, tmp_path):
    document = paper("1505.03925").model_dump(mode="json", exclude_none=True)
    document["claims"][0]["compute"] = compute
    (tmp_path / "own.yaml").write_text(json.dumps(document))
    code, _, error = run("reproduce", str(tmp_path / "own.yaml"))
    assert code == 2
    assert error.startswith(message)


def test_it_is_said_what_is_to_be_done_with_the_numbers_of_a_line():
    made = reproduce_paper("1306.0434")
    row = made["Ktautau"]
    low, high = row.claim.compute.q2
    density = float(nutau.predict(row.claim.compute.observable, q2=(low, high), draws=0).rows[0].value)
    assert row.ours == pytest.approx(density * (high - low))
    assert row.reading == f"times {high - low:g} GeV², the width of the bin"
    assert row.reading in run("reproduce", "1306.0434")[1]
    assert reproduce_paper("1505.03925").readings() == ()
    claims = [claim for claim in paper("2604.24922").claims if claim.compute]
    made = {claim.id: reading(claim.compute) for claim in claims}
    assert made["Bc-P"] == "half the difference of 'over SM' at 1 and −1, times 0.5"
    assert made["run-VL"] == "the first number over the second"
    assert all(made[claim.id] for claim in claims if claim.compute.kind == "coefficient")


def test_the_list_fits_eighty_columns():
    rows = _text(record.listing())
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    assert sum(widths) - widths[2] <= 46  # the title has what is left
    assert rows[papers().index("2604.24922")][1] == "Arslan et al."
    assert rows[papers().index("2407.03810")][1] == "Czaja, Misiak"


def test_a_file_of_ones_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    document = paper("1505.03925").model_dump(mode="json", exclude_none=True)
    document["claims"][0]["value"] = 0.4
    (tmp_path / "own.yaml").write_text(json.dumps(document))
    code, out, _ = run("reproduce", "own.yaml", "--json")
    assert code == 0
    (claim,) = json.loads(out)["claims"]
    assert claim["verdict"] == "differs"
    assert claim["why"] == "differs by -25.3 %, 12.7 of its errors: no reason known"
    assert run("reproduce", "none.yaml")[::2] == (
        2,
        "There is no file 'none.yaml', which was to be the paper.",
    )
    (tmp_path / "own.yaml").write_text("arxiv: 1\n")
    code, _, error = run("reproduce", "own.yaml")
    assert code == 2
    assert "own.yaml has" in error
    assert "claims: is missing" in error


def test_files_are_named_by_their_number():
    assert all(paper(number).arxiv == number for number in papers())
    assert record.paper("https://arxiv.org/abs/1505.03925").arxiv == "1505.03925"
