"""Standard output holds what nutau prints and nothing else, whatever compiled libraries write to its descriptor."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from command import run
from nutau.cli import app
from nutau.letter import report
from nutau.report.today import fits

EDGE = Path(__file__).parent.parent / "cases" / "table_minimum_at_edge.yaml"
# at zero slope and curvature MINUIT's C++ complains; a library may write at any time before the result is printed
NOISY = """
import os
import nutau.cli
import nutau.inference.likelihood

quiet = nutau.inference.likelihood.use_double_precision

def noisy():
    os.write(1, b"a library says something\\n")
    quiet()

nutau.inference.likelihood.use_double_precision = noisy
nutau.cli.main()
"""
KINDS = """
title: every kind of likelihood
measurements:
  - {name: G, kind: gaussian, source: me, unit: 1e-5,
     values: [{observable: "BR(B+->Knunu)", value: 1.3, errors: {total: {plus: 0.5, minus: 0.4}}}]}
  - {name: L, kind: upper_limit, source: me, unit: 1e-5,
     limits: [{observable: "BR(B0->K*nunu)", limit: 1.8, confidence_level: 0.9}]}
  - {name: T, kind: table, source: me, unit: 1e-5, minus_two_log_likelihood: [0, 3, 6, 9, 12],
     axes: [{observable: "BR(B+->K*nunu)", grid: [0, 1, 2, 3, 4]}]}
  - {name: W, kind: pyhf, source: me, unit: 1e-5, observable: "BR(B0->Knunu)", workspace: w.json, reference: 1.5,
     highest: 9, points: 5}
"""
WORKSPACE = {
    "channels": [
        {
            "name": "c",
            "samples": [
                {
                    "name": name,
                    "data": [size],
                    "modifiers": [{"name": modifier, "type": "normfactor", "data": None}],
                }
                for name, size, modifier in (("signal", 5.0, "mu"), ("background", 2.0, "scale"))
            ],
        }
    ],
    "observations": [{"name": "c", "data": [0]}],
    "measurements": [
        {
            "name": "m",
            "config": {"poi": "mu", "parameters": [{"name": "scale", "fixed": True, "inits": [1.0]}]},
        }
    ],
    "version": "1.0.0",
}


def nutau(folder, *arguments):
    """What a real process writes to standard output and standard error."""
    done = subprocess.run(
        [sys.executable, "-c", NOISY, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert "a library says something" in done.stderr
    return done.stdout, done.stderr


PARAMETER = ("--parameters", "CL_bsnutaunutau")


def test_fit_of_a_table_that_has_its_minimum_at_the_edge(tmp_path):
    out, error = nutau(tmp_path, "fit", "--data", str(EDGE), *PARAMETER, "--draws", "100", "--json")
    found = json.loads(out)
    assert found["pulls"][0]["sm_pull"] == pytest.approx(-1.68, abs=0.005)
    assert "VariableMetricBuilder" not in error  # MINUIT is silent, in a notebook too


def test_fit_of_every_kind(tmp_path):
    pytest.importorskip("pyhf")
    (tmp_path / "own.yaml").write_text(KINDS)
    (tmp_path / "w.json").write_text(json.dumps(WORKSPACE))
    out, _ = nutau(
        tmp_path, "fit", "--data", "own.yaml", *PARAMETER, "--draws", "20", "--mode", "fast", "--json"
    )
    assert len(json.loads(out)["pulls"]) == 4


def test_forecast(tmp_path):
    few = ("--data", "2026-core", "--draws", "20", "--toys", "10")
    out, _ = nutau(tmp_path, "forecast", "--luminosity", "5", "--model", "U1", *few, "--json")
    assert json.loads(out)["schema"].startswith("nutau/forecast/")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("scan", "--parameters", "C1=0:0.1:2", "R(D)", "--draws", "0"), "2 points written to x.csv"),
        (("plot", "pulls", "--data", str(EDGE), *PARAMETER, "--draws", "0"), "Written to x.pdf"),
    ],
)
def test_verbs_that_write_files(tmp_path, arguments, told):
    out, _ = nutau(tmp_path, *arguments, "--out", "x.csv" if arguments[0] == "scan" else "x.pdf")
    assert out.splitlines() == [told]


def verbs(group, name=()):
    for key, verb in group.commands.items():
        yield from verbs(verb, (*name, key)) if hasattr(verb, "commands") else [((*name, key), verb)]


BOTH = {
    ("predict",): ("R(D)", "--draws", "0"),
    ("compare-inputs",): ("R(D)", "--draws", "0"),
    ("formulas",): ("R(D)", "--draws", "0"),
    ("fit",): ("--parameters", "C1", "--data", str(EDGE), "--draws", "0"),
    ("compare-models",): ("C1", "--data", str(EDGE), "--draws", "0"),
    ("judge",): ("U1", "--data", str(EDGE), "--couplings", "x1LL_23", "--fix", "x1LL_33=1", "--draws", "0"),
    ("invisible",): ("--mediator", "two-body", "--mass", "2"),
    ("today",): ("--data", "2026-core", "--draws", "0", "--toys", "0"),
    ("match",): ("S3", "--mass", "2000", "--coupling", "y3LL_33=1"),
    ("reproduce",): (),
    ("data", "convert"): ("theirs.yml",),
    ("weights",): ("events.csv", "--process", "B+->Knunu"),
    ("explore",): ("--data", "letter-2022", "--draws", "2"),
}


def two_claims(data):
    """The report of the letter's first claims."""
    claims = report.claims_file()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "claims_file", lambda: claims.model_copy(update={"claims": claims.claims[:2]}))
        return report.reproduce(data)


def test_json_is_printed_beside_a_file(tmp_path, monkeypatch):
    """``--json`` prints JSON whether or not ``--out`` writes a file, for every verb that has both; of little work."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fits, "models", lambda: {"VB": 0.0})
    monkeypatch.setattr(fits, "RUNNINGS", ("none",))
    monkeypatch.setattr("nutau.report.reproduce.reproduce", two_claims)
    monkeypatch.setattr("nutau.explorer.payload.INPUTS", ("default",))
    both = {
        name
        for name, verb in verbs(get_command(app))
        if {"--json", "--out"} <= {option for item in verb.params for option in item.opts}
    }
    assert both == set(BOTH)
    Path("theirs.yml").write_text("A:\n  values:\n    Rtaul(B->Dlnu): 0.33 ± 0.03\n")
    Path("events.csv").write_text("q2\n5.0\n10.0\n")
    for name in sorted(both):
        suffix = {"reproduce": "", "explore": ".html", "convert": ".yaml", "weights": ".csv"}.get(
            name[-1], ".json"
        )
        code, out, error = run(*name, *BOTH[name], "--json", "--out", f"{name[-1]}{suffix}")
        assert code == 0, (name, error)
        assert isinstance(json.loads(out), dict), name
        assert (tmp_path / f"{name[-1]}{suffix}").exists(), name


def test_two_formats_at_once_are_refused():
    assert run("formulas", "R(D)", "--draws", "0", "--json", "--format", "latex")[0] == 2
