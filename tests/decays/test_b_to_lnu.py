"""B⁺ → τν and B_c → τν: flavio, the textbook rate, chirality."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nutau.decays import b_to_lnu, charged
from nutau.decays.b_to_lnu import PROCESSES
from nutau.inputs import load_inputs

REFERENCE = json.loads(
    (Path(__file__).parent.parent / "reference/flavio_2.7.1_charged.json").read_text(encoding="utf-8")
)
POINTS = np.array(REFERENCE["points"]) @ np.array([1, 1j])

processes = pytest.mark.parametrize("process", PROCESSES, ids=lambda row: row.name)


@pytest.fixture(scope="module")
def inputs():
    return load_inputs("flavio-2.7")


@processes
def test_branching_ratios_are_flavios(inputs, process):
    par = inputs.parameters.mapping()
    form = b_to_lnu.forms(inputs, par, process)["rate"]
    c = POINTS[:, [REFERENCE["coefficients"].index(name) for name in form.basis.coefficients]]
    values = form(c) * par[process.lifetime]
    np.testing.assert_allclose(values, REFERENCE["values"][f"BR({process.name})"], rtol=1e-9)


@processes
def test_the_standard_model_rate(inputs, process):
    par = inputs.parameters.mapping()
    mass, tau = par[process.parent], par["m_tau"]
    coupling = par["GF"] * par[process.ckm] * par[process.constant] * charged.sm_coefficient(par)
    expected = coupling**2 / (8 * np.pi) * mass * tau**2 * (1 - tau**2 / mass**2) ** 2
    assert b_to_lnu.forms(inputs, par, process)["rate"].sm == pytest.approx(expected, rel=1e-14)


@processes
def test_parity_leaves_axial_and_pseudoscalar_combinations(inputs, process):
    form = b_to_lnu.forms(inputs, inputs.parameters.mapping(), process)["rate"]
    right = np.zeros(15, dtype=complex)
    for neutrino in range(3):  # VL = VR and SL = SR: no rate from new physics, whatever CT
        right[5 * neutrino : 5 * neutrino + 5] = (0.7 + 0.2j, 0.7 + 0.2j, 0.3j, 0.3j, 0.4)
    assert form(right) == pytest.approx(form.sm, rel=1e-13)


@processes
def test_draws_and_gradients(inputs, process):
    draws = inputs.parameters.sample(3, seed=2)
    many = b_to_lnu.forms(inputs, draws, process)["rate"]
    one = b_to_lnu.forms(inputs, {name: values[2] for name, values in draws.items()}, process)["rate"]
    np.testing.assert_allclose(many.matrix[2], one.matrix, rtol=1e-13, atol=1e-40)

    values = inputs.parameters.mapping()

    def rate(element):
        return b_to_lnu.forms(inputs, {**values, process.ckm: element}, process)["rate"].sm

    element = jnp.asarray(values[process.ckm])
    value, slope = jax.value_and_grad(rate)(element)
    assert float(slope) == pytest.approx(2 * float(value) / float(element), rel=1e-12)
