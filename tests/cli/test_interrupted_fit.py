"""Ctrl-C in a later step of ``nutau fit`` keeps the fit and the steps that are finished, and says what is missing."""

import json
from pathlib import Path

import pytest

from command import run
from nutau.inference.fit import FitResult

DATA = """
title: one
measurements:
  - {name: G, kind: gaussian, source: me, unit: 1, values: [{observable: "R(D)", value: 0.34, errors: {total: 0.02}}]}
"""
FIT = ("fit", "--data", "one.yaml", "--parameters", "delta", "--fix", "kappa=1", "--draws", "0")
STEPS = {
    "with_toys": (("--toys", "10"), "toys"),
    "sampled": (("--posterior", "--ess", "50"), "posterior"),
    "by_method": (("--method", "fc", "--toys", "10"), "intervals"),
    "leave_one_out": (("--leave-one-out",), "fits without each"),
    "impacts": (("--impacts",), "impacts"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("one.yaml").write_text(DATA)


def ended(*_, **__):
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", STEPS)
def test_the_fit_is_kept(step, monkeypatch):
    monkeypatch.setattr(FitResult, step, ended)
    if step == "by_method":
        monkeypatch.setattr(FitResult, "with_toys", lambda found, *_, **__: found)
    options, said = STEPS[step]
    code, out, error = run(*FIT, *options, "--json", "--out", "fit.json")
    assert code == 130
    assert f"stopped before the {said} were there" in error
    printed = json.loads(out)
    assert printed["best_fit"]["delta"]["value"] is not None
    assert json.loads(Path("fit.json").read_text()) == printed


def test_answers_before_it_are_kept_too(monkeypatch):
    monkeypatch.setattr(FitResult, "impacts", ended)
    code, out, _ = run(*FIT, "--predict", "R(D*)", "--impacts", "--json")
    assert code == 130
    assert "predictions" in json.loads(out)


def test_a_posterior_that_is_missing_is_not_written(monkeypatch):
    monkeypatch.setattr(FitResult, "sampled", ended)
    code, out, error = run(*FIT, "--posterior", "--out", "x.nc")
    assert code == 130
    assert "delta" in out
    assert "x.nc is not written" in error
    assert not Path("x.nc").exists()
