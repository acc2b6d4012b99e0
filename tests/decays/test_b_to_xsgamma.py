"""B -> X_s gamma: published numbers, closed formulas of its matrix, flavio, limits."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import spence

import flavio_rare
from nutau.decays import b_to_xsgamma
from nutau.errors import InputError
from nutau.inputs import load_inputs

ROW = b_to_xsgamma.PROCESSES[0]


@pytest.fixture(scope="module")
def inputs():
    return load_inputs("default")


@pytest.fixture(scope="module")
def form(inputs):
    return b_to_xsgamma.forms(inputs, inputs.parameters.mapping(), ROW)["branching"]


@pytest.mark.parametrize("entry", flavio_rare.cases("photon"), ids=flavio_rare.label)
def test_flavio(entry):
    flavio_rare.check(load_inputs("flavio-2.7"), entry, 2e-6)


def test_the_standard_model_as_published(form):
    """(3.36 ± 0.23)e-4 of 1503.01789, whose formulas these are, with newer parameters here."""
    assert abs(form.sm - 3.36e-4) < 0.5 * 0.23e-4


def test_the_matrix_has_the_closed_formulas_of_the_photon_and_the_gluon():
    """Eqs. (3.1) to (3.8) of hep-ph/0609241 with m_b = 4.564 GeV and m_b/m_s = 50 give K_77, K_78 and K_88."""
    numbers, mass = b_to_xsgamma.matrices(), 4.564
    delta, log = 1 - 2 * 1.6 / mass, 2 * math.log(numbers.scale / mass)
    log_d, log_1 = math.log(delta), math.log(1 - delta)
    dilog, pi2 = float(spence(delta)), math.pi**2  # Li2(1 - delta)
    phi77 = -2 / 3 * log_d**2 - 7 / 3 * log_d - 31 / 9 + 10 / 3 * delta + delta**2 / 3 - 2 / 9 * delta**3
    phi77 += delta * (delta - 4) * log_d / 3
    phi78 = 8 / 9 * (dilog - pi2 / 6 - delta * log_d + 9 / 4 * delta - delta**2 / 4 + delta**3 / 12)
    phi88 = -2 * math.log(50) * (delta**2 + 2 * delta + 4 * log_1) + 4 * dilog - 2 / 3 * pi2
    phi88 += -delta * (2 + delta) * log_d + 8 * log_1 - 2 / 3 * delta**3 + 3 * delta**2 + 7 * delta
    assert numbers.first[6, 6] == pytest.approx(-182 / 9 + 8 / 9 * pi2 - 32 / 3 * log + 4 * phi77, abs=2e-3)
    assert numbers.first[6, 7] == pytest.approx(44 / 9 - 8 / 27 * pi2 + 16 / 9 * log + 2 * phi78, abs=2e-3)
    assert numbers.first[7, 7] == pytest.approx(4 * phi88 / 27, abs=2e-3)


def test_the_matrices_are_symmetric_and_the_photon_dominates():
    numbers = b_to_xsgamma.matrices()
    for matrix in (numbers.first, numbers.second):
        np.testing.assert_array_equal(matrix, matrix.T)
    # O1 and O2 enter a loop of charm through one colour structure: 1/6 and -1 of the same at this order
    np.testing.assert_allclose(numbers.first[0, :6], numbers.first[1, :6] / -6, rtol=1e-4)


def test_the_form_is_positive_and_the_photon_of_other_helicity_adds_up(form):
    rng = np.random.default_rng(5)
    points = rng.normal(size=(50, 4)) + 1j * rng.normal(size=(50, 4))
    assert np.all(form(0.3 * points) > 0)
    block = form.matrix[1:, 1:]
    assert np.all(block[np.ix_([0, 2], [1, 3])] == 0)  # C7 and C8 with C7p and C8p
    np.testing.assert_allclose(block[np.ix_([0, 2], [0, 2])], block[np.ix_([1, 3], [1, 3])], rtol=1e-14)


def test_running_to_two_gev_is_a_group(inputs):
    """Down to 2 GeV at once, and in two steps by any scale between."""
    whole, first, second = (b_to_xsgamma._amplitudes(0.0, eta)[0][6:, [1, 3]] for eta in (0.72, 0.9, 0.8))
    np.testing.assert_allclose(second @ first, whole, rtol=1e-12)


def test_jax_agrees_over_draws(inputs):
    draws = inputs.parameters.sample(3)
    traced = jax.jit(lambda p: b_to_xsgamma.forms(inputs, p, ROW)["branching"].matrix)(
        {name: jnp.asarray(value) for name, value in draws.items()}
    )
    plain = b_to_xsgamma.forms(inputs, draws, ROW)["branching"].matrix
    np.testing.assert_allclose(traced, plain, rtol=1e-10, atol=1e-16)


def test_there_are_no_bins(inputs):
    with pytest.raises(InputError, match="real photon and no q² bins"):
        b_to_xsgamma.forms(inputs, inputs.parameters.mapping(), ROW, (1.0, 2.0))
