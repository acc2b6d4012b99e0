"""B -> V gamma: flavio's numbers, helicities, limits of CP."""

import numpy as np
import pytest

import flavio_rare
from nutau.decays import b_to_vgamma
from nutau.errors import InputError
from nutau.inputs import load_inputs

ROWS = {row.name: row for row in b_to_vgamma.PROCESSES}
NEUTRAL, STRANGE = ROWS["B0->K*gamma"], ROWS["Bs->phigamma"]


@pytest.mark.parametrize("entry", flavio_rare.cases("vector"), ids=flavio_rare.label)
def test_flavio(entry):
    """1e-5 of rates; flavio's phase of mixing has the width of M12, which moves S and A_ΔΓ.

    Its table of spectator scattering moves its own A_CP by 2e-4 against the integrals that the table is made of.
    """
    name = entry["name"]
    accuracy = 1e-3 if name.startswith(("S_", "ADelta")) else 1.5e-4 if name.startswith("ACP") else 1.5e-5
    flavio_rare.check(load_inputs("flavio-2.7"), entry, accuracy)


def test_a_real_photon_couples_with_the_fine_structure_constant(inputs, par):
    forms = b_to_vgamma.forms(inputs, par, NEUTRAL)["rate"]
    doubled = b_to_vgamma.forms(inputs, {**par, "alpha_e0": 2 * par["alpha_e0"]}, NEUTRAL)["rate"]
    assert doubled.sm == pytest.approx(2 * forms.sm, rel=1e-12)


@pytest.mark.parametrize("process", ROWS.values(), ids=ROWS)
def test_rates_are_positive_and_asymmetries_at_most_one(inputs, par, process):
    rng = np.random.default_rng(7)
    points = 0.3 * (rng.normal(size=(50, 4)) + 1j * rng.normal(size=(50, 4)))
    forms = b_to_vgamma.forms(inputs, par, process)
    prompt = forms["prompt"](points)
    assert np.all(prompt > 0)
    assert np.all(forms["rate"](points) > 0)
    assert np.all(np.abs(forms["direct"](points)) < prompt)
    if "sine" in forms:
        squares = sum(forms[key](points) ** 2 for key in ("direct", "cosine", "sine"))
        assert np.all(squares <= prompt**2 * (1 + 1e-12))


def test_a_photon_of_one_helicity_leaves_nothing_to_mixing(inputs, par):
    """Without C7' of the SM (m_s = 0) S and A_ΔΓ vanish, and C7' makes them linearly."""
    massless = {**par, "m_s": 0.0}
    forms = b_to_vgamma.forms(inputs, massless, STRANGE)
    assert abs(forms["cosine"].sm) + abs(forms["sine"].sm) < 1e-12 * forms["prompt"].sm
    small = np.zeros(4, dtype=complex)
    values = []
    for size in (1e-4, 2e-4):
        small[1] = size
        values.append(forms["cosine"](small) / forms["prompt"](small))
    assert values[1] / values[0] == pytest.approx(2.0, rel=1e-3)
    assert values[0] != 0


def test_without_weak_phases_a_decay_is_its_conjugate(inputs, par):
    forms = b_to_vgamma.forms(inputs, {**par, "gamma": 0.0}, NEUTRAL)
    assert abs(forms["direct"].sm) < 1e-12 * forms["prompt"].sm
    real = np.array([0.1, 0.05, -0.2, 0.1], dtype=complex)
    assert abs(forms["direct"](real)) < 1e-12 * forms["prompt"](real)
    assert abs(forms["sine"](real)) < 1e-12 * forms["prompt"](real)


def test_forms_over_draws_are_those_of_each(inputs):
    draws = inputs.parameters.sample(3)
    together = b_to_vgamma.forms(inputs, draws, STRANGE)["rate"].matrix
    for k in range(3):
        one = {name: float(value[k]) for name, value in draws.items()}
        alone = b_to_vgamma.forms(inputs, one, STRANGE)["rate"].matrix
        np.testing.assert_allclose(together[k], alone, rtol=1e-9, atol=1e-30)


def test_there_are_no_bins(inputs, par):
    with pytest.raises(InputError, match="real photon and no q² bins"):
        b_to_vgamma.forms(inputs, par, NEUTRAL, (1.0, 2.0))
