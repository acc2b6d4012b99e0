"""The stored table of the tutorial on b -> s l l is of the data set of today, and the tool writes such tables."""

import re
import sys
from pathlib import Path

import pytest

import nutau
from nutau.measurements import load_dataset

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tools"))
import bsll_fits  # noqa: E402

PAGE = (ROOT / "docs" / "tutorials" / "bsll-fits.txt").read_text(encoding="utf-8")


def test_the_table_is_of_the_data_set_as_it_is():
    name, version = re.search(r"data set `([\w-]+)@([\d.]+)`", PAGE).groups()
    assert load_dataset(name).version == version


def test_the_tool_writes_such_a_table():
    fit = nutau.fit(["C1", "C3"], "2026-core", draws=0).to_dict()
    fit = {**fit, "theory_nuisances": 0}
    text = bsll_fits.table([fit])
    heads = [line for line in PAGE.splitlines() if line.startswith("|")][:2]
    assert [line for line in text.splitlines() if line.startswith("|")][:2] == heads
    row = next(line for line in text.splitlines() if line.startswith("| C1, C3"))
    assert f"{fit['chi2']:.1f} / {fit['dof']}" in row
    said = re.search(r"C1 − C3 = (\S+) ±", text)
    apart = fit["best_fit"]["C1"]["value"] - fit["best_fit"]["C3"]["value"]
    assert float(said[1].replace("−", "-")) == pytest.approx(apart, abs=0.006)
