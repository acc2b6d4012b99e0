"""What a notebook shows of a result: a table with its numbers, escaped."""

import numpy as np
import pytest

import nutau
from nutau.observables.polynomials import left_handed


@pytest.fixture(scope="module")
def shown():
    inputs = nutau.load_inputs()
    wilson = nutau.U1(2000.0, x1LL={"33": 1.0, "23": 0.2}).smeft()
    grid = {"delta": (0.0, 0.1, 3), "kappa": (-1.0, 2.0, 4)}
    (formula,) = nutau.formulas(["Rnunu(K)"], inputs, draws=20)
    scan = nutau.scan(grid, ["Rnunu(K)", "R(D)"], draws=20)
    return {
        "inputs": inputs,
        "wilson": wilson,
        "formula": formula,
        "scan": scan,
        "spectrum": nutau.spectrum("B0->K*nunu"),
        "theory model": scan.theory_model,
        "polynomial": nutau.polynomial(formula, left_handed(formula)),
        "prediction": nutau.predict(["<FL>(B0->K*nunu)"], q2="all", draws=20),
        "model": nutau.U1(2000.0, x1LL={"33": 1.0}),
        "data": nutau.load_dataset("2026-core"),
    }


HOLDS = {
    "inputs": ("default", "B-&gt;K*", "grvdv23"),
    "wilson": ("lq1_3323", "-2.5e-08", "2000 GeV"),
    "formula": ("Rnunu(K)", "<td>1</td>", "CL_bsnutaunutau", "<td>20</td>"),
    "scan": ("kappa", "<td>4</td>", "12 points", "Rnunu(K)"),
    "spectrum": ("B0-&gt;K*nunu", "CR_bsnutaunutau", "4.8 GeV", "default"),
    "theory model": ("R(D)", "0.30146", "theory modes"),
    "polynomial": ("Rnunu(K)", "-0.102", "<td>1</td>"),
    "prediction": ("&lt;FL&gt;(B0-&gt;K*nunu)",),
    "model": ("U1",),
    "data": ("HFLAV-2025-RD",),
}


@pytest.mark.parametrize("name", HOLDS)
def test_tables(shown, name):
    text = shown[name]._repr_html_()
    assert text.count("<table>") == text.count("</table>") >= 1
    for part in HOLDS[name]:
        assert part in text


def test_coefficients_of_many_points():
    """Arrays are counted, not printed."""
    many = nutau.U1(2000.0, x1LL={"33": np.ones(50), "23": np.linspace(0.1, 0.2, 50)}).smeft()
    assert "50 points" in many._repr_html_()
