"""B → D* ℓ ν against flavio and the lattice papers, B_c → J/ψ ℓ ν against its own."""

import json
from pathlib import Path

import numpy as np
import pytest

from nutau.decays import b_to_vlnu
from nutau.decays.b_to_vlnu import PROCESSES
from nutau.inputs import load_inputs

REFERENCE = json.loads(
    (Path(__file__).parent.parent / "reference/flavio_2.7.1_charged.json").read_text(encoding="utf-8")
)
POINTS = np.array(REFERENCE["points"]) @ np.array([1, 1j])


def coefficients(basis):
    return POINTS[:, [REFERENCE["coefficients"].index(name) for name in basis.coefficients]]


@pytest.fixture(scope="module")
def flavio():
    inputs = load_inputs("flavio-2.7")
    return inputs, inputs.parameters.mapping()


def forms(inputs, par, name, bin_=None):
    process = next(row for row in PROCESSES if row.name == name)
    return b_to_vlnu.forms(inputs, par, process, bin_)


@pytest.mark.parametrize(
    "process", [row for row in PROCESSES if row.channel == "B->D*"], ids=lambda row: row.name
)
def test_branching_ratios_are_flavios(flavio, process):
    # flavio 2.7.1 with its integrals converged; its own noise for electrons is 1e-7
    inputs, par = flavio
    form = forms(inputs, par, process.name)["rate"]
    values = form(coefficients(form.basis)) * par[process.lifetime]
    np.testing.assert_allclose(values, REFERENCE["values"][f"BR({process.name})"], rtol=1e-7)


@pytest.mark.parametrize("name", ["B0->D*taunu", "B0->D*enu"])
def test_bins_are_flavios(flavio, name):
    inputs, par = flavio
    form = forms(inputs, par, name, tuple(REFERENCE["bin"]))["rate"]
    values = form(coefficients(form.basis)) * par["tau_B0"]
    np.testing.assert_allclose(values, REFERENCE["values"][f"<BR>({name})"], rtol=1e-9)


@pytest.mark.parametrize("name", ["B0->D*taunu", "B+->D*munu"])
def test_spectra_are_flavios(flavio, name):
    inputs, par = flavio
    process = next(row for row in PROCESSES if row.name == name)
    form = b_to_vlnu.densities(inputs, par, process, np.array([REFERENCE["q2"]]))["rate"].draw(0)
    values = form(coefficients(form.basis)) * par[process.lifetime]
    np.testing.assert_allclose(values, REFERENCE["values"][f"dBR/dq2({name})"], rtol=1e-9)


def test_ratio_and_longitudinal_fraction_are_flavios(flavio):
    inputs, par = flavio
    tau, mu, e = (forms(inputs, par, f"B0->D*{lepton}nu") for lepton in ("tau", "mu", "e"))
    rates = [form["rate"](coefficients(form["rate"].basis)) for form in (tau, mu, e)]
    ratio = 2 * rates[0] / (rates[1] + rates[2])
    np.testing.assert_allclose(ratio, REFERENCE["values"]["Rtaul(B->D*lnu)"], rtol=1e-7)
    share = tau["longitudinal"](coefficients(tau["rate"].basis)) / rates[0]
    np.testing.assert_allclose(share, REFERENCE["values"]["FLtot(B0->D*taunu)"], rtol=1e-9)


@pytest.mark.parametrize(
    ("left", "right", "value", "error"),
    [
        # coefficients in R_D*/R_D*(SM) of the total VL, and of VR, SR, T, from flavio 2.7.1's inputs
        ("CVL", "CVR", -1.836, 0.023),
        ("CSR", "CSR", 0.0531, 0.0064),
        ("CVL", "CSR", 0.139, 0.016),
        ("CT", "CT", 17.16, 0.59),
        ("CVL", "CT", -5.34, 0.11),
        ("CVR", "CT", 6.80, 0.17),
    ],
)
def test_polynomial_of_the_ratio_to_the_standard_model(flavio, left, right, value, error):
    inputs, par = flavio
    form = forms(inputs, par, "B0->D*taunu")["rate"]
    i, j = (1 + form.basis.index(f"{name}_bctaunutau") for name in (left, right))
    vector = 1 + form.basis.index("CVL_bctaunutau")
    found = (1 if i == j else 2) * form.matrix[i, j].real / form.matrix[vector, vector].real
    assert found == pytest.approx(value, abs=0.1 * error)


def test_polarisation(flavio):
    inputs, par = flavio
    form = forms(inputs, par, "B0->D*taunu")
    polarisation = (form["plus"].sm - form["minus"].sm) / form["rate"].sm
    assert polarisation == pytest.approx(-0.48783, abs=5e-6)  # independent calculation, flavio's inputs


@pytest.mark.parametrize(
    ("chosen", "value", "error"),
    [
        ("fnalmilc21", 0.265, 0.013),  # abstract of 2105.14019
        ("hpqcd23", 0.273, 0.015),  # abstract of 2304.03137
        ("jlqcd23", 0.252, 0.022),  # abstract of 2306.05657
    ],
)
def test_ratio_of_the_lattice_papers(chosen, value, error):
    inputs = load_inputs("default", form_factors={"B->D*": chosen})
    par = inputs.parameters.mapping()
    tau, mu, e = (forms(inputs, par, f"B0->D*{lepton}nu")["rate"].sm for lepton in ("tau", "mu", "e"))
    assert 2 * tau / (mu + e) == pytest.approx(value, abs=error)


def test_charmonium_observables_are_those_of_the_lattice_paper():
    # abstract of 2503.15090; helicity there is that of the other lepton, the angle the opposite one
    inputs = load_inputs("default")
    par = inputs.parameters.mapping()
    tau, mu = (forms(inputs, par, f"Bc->J/psi{lepton}nu") for lepton in ("tau", "mu"))
    sm = {key: form.sm for key, form in tau.items()}
    assert sm["rate"] / mu["rate"].sm == pytest.approx(0.2597, abs=0.0027)
    assert (sm["minus"] - sm["plus"]) / sm["rate"] == pytest.approx(0.5093, abs=0.0042)
    assert sm["longitudinal"] / sm["rate"] == pytest.approx(0.4421, abs=0.0055)
    assert -sm["afb"] / sm["rate"] == pytest.approx(-0.0567, abs=0.0061)


def test_asymmetry_of_light_leptons_is_positive(flavio):
    # Belle, 2301.07529: A_FB(e) = 0.230(21) combined; the angle is that of the forms, opposite to the B
    inputs, par = flavio
    form = forms(inputs, par, "B0->D*enu")
    assert form["afb"].sm / form["rate"].sm == pytest.approx(0.22, abs=0.05)
