"""What the excess of K could be: laws of the predictions and of the profile, Belle II's own significance, refusals."""

import json
from dataclasses import replace

import numpy as np
import pytest

import nutau
from nutau.decays.invisible import fermions, particle
from nutau.decays.invisible.hadrons import FREE_QUARK
from nutau.decays.invisible.hypotheses import HYPOTHESES, hypothesis
from nutau.eft.qcd import at_scale_b
from nutau.inference.invisible import bins, predictions, profile
from nutau.inference.invisible.predictions import BS, KAON, MODES

EDGES = np.linspace(0.0, 22.885, 101)


@pytest.fixture(scope="module")
def sm():
    return predictions.standard(nutau.load_inputs(), EDGES)


@pytest.fixture(scope="module")
def found():
    return nutau.invisible(["vector", "two-body"], "0.0:2.1", points=3, toys=12)


@pytest.mark.parametrize("made", HYPOTHESES, ids=lambda made: made.name)
@pytest.mark.parametrize("mass", [0.0, 0.8])
def test_bins_of_the_spectrum_add_up_to_the_rate(sm, made, mass):
    """Quadrature bin by bin against the one of the whole of phase space, and K0 as K+."""
    new = predictions.signal(sm, made, mass)
    state, par = made.state(mass), sm.inputs.parameters.mapping()
    rate = float(made.module.forms(sm.inputs, par, KAON, state)["rate"](made.point(state)))
    assert new.per_coupling == pytest.approx(rate * par[KAON.lifetime], rel=2e-3)
    assert np.sum(new.values[: sm.bins] * np.diff(sm.edges)) == pytest.approx(1.0)
    assert new.values[sm.bins] == pytest.approx(1.0, rel=2e-3)
    assert np.all(new.values >= 0.0)


def test_one_particle_is_that_of_another_analysis_of_the_same_likelihood():
    """arXiv:2602.09666: 2.1 +0.2 -0.1 GeV, (9.2 +1.8 -3.4)e-6, a posterior of both."""
    (row,) = nutau.invisible("two-body", [1.9, 2.1, 2.4]).rows
    assert np.argmax(row.alone.better) == 1
    assert 9.2 - 3.4 < 1e6 * row.alone.strength[1] < 9.2 + 1.8
    assert np.all(row.alone.better[1] - row.alone.better[[0, 2]] > 1.0)


def test_a_width_spreads_the_peak_and_keeps_its_rate(sm):
    line = predictions.signal(sm, hypothesis("two-body"), 2.0)
    broad = predictions.signal(sm, hypothesis("two-body"), 2.0, 0.02)
    assert np.count_nonzero(line.values[: sm.bins]) == 1
    assert np.argmax(line.values[: sm.bins]) == np.argmax(broad.values[: sm.bins])
    state, par = particle.Particle(0, 2.0, width=0.02), sm.inputs.parameters.mapping()
    whole = float(particle.forms(sm.inputs, par, KAON, state)["rate"]([1.0, 1.0, 0.0, 0.0]))
    assert broad.per_coupling == pytest.approx(whole * par[KAON.lifetime], rel=5e-3)


def test_free_quarks_decay_as_muons_do():
    """1/4 and 3 of the vector rate for scalars and tensors, as |g_S|^2 / 4 + |g_V|^2 + 3 |g_T|^2 of the PDG's review.

    The mass in the scalar density is that at 4.8 GeV; vectors of one quark chirality are 2 of 4, tensors 2 of 2.
    """
    inputs = nutau.load_inputs()
    par = inputs.parameters.mapping() | {"m_s": 1e-6}
    state = fermions.Dirac(0.0)

    def rate(*names):
        point = np.zeros(len(state.basis))
        for name in names:
            point[state.basis.index(f"C{name}_bschichi")] = 1.0
        return float(fermions.forms(inputs, par, FREE_QUARK, state)["rate"](point))

    vectors, heavier = rate("VV", "AV"), par["m_b"] / at_scale_b(par).m_b
    assert rate("TT") / vectors == pytest.approx(3.0, rel=1e-6)
    assert rate("SS", "PS") / vectors == pytest.approx(0.25 * heavier**2, rel=1e-6)
    assert rate("VA", "AA") == pytest.approx(vectors)


def test_parity_decides_what_k_star_sees(sm):
    """A scalar of even parity does not make K*; chiral quarks make it."""
    made, number = hypothesis("scalar"), sm.bins + list(MODES).index("BR(B0->K*nunu)")
    even, chiral = (predictions.signal(sm, made, 0.5, chiral=chosen) for chosen in (False, True))
    assert even.values[number] == 0.0 < chiral.values[number]
    assert even.values[: sm.bins] == pytest.approx(chiral.values[: sm.bins])


def test_a_b_s_that_ends_in_what_is_invisible(sm):
    """Of what sees the pseudoscalar density; of currents by the mass; of one particle nothing is predicted."""
    place = sm.bins + list(MODES).index(BS)
    at = {
        (name, mass): predictions.signal(sm, hypothesis(name), mass)
        for name in ("vector", "scalar", "tensor", "two-body")
        for mass in (0.0, 0.2)
    }
    assert sm.values[place] == at["vector", 0.0].values[place] == at["tensor", 0.2].values[place] == 0.0
    assert at["scalar", 0.0].values[place] > 1.0
    assert 0.0 == at["vector", 0.2].values[place] < at["scalar", 0.2].values[place]
    assert at["two-body", 0.0].unknown == (BS,)
    error = np.abs(at["scalar", 0.0].of_new[:, place])
    f_bs = sm.inputs.parameters["f_Bs"], np.std(np.asarray(sm.draws["f_Bs"]))
    assert 1.0 < np.sqrt(np.sum(error**2)) / (2.0 * f_bs[1] / f_bs[0]) < 5.0


def test_gradient_and_curvature_are_those_of_the_height(found):
    row = found.rows[0]
    z = row.z + np.linspace(0.1, 0.3, len(row.z))
    gradient, curvature = row.problem.curved(z)
    for number in (0, 1, 4):
        step = np.zeros(len(z))
        step[number] = 1e-4
        ends = row.problem.height(z + step), row.problem.height(z - step)
        assert (ends[0] - ends[1]) / 2e-4 == pytest.approx(gradient[number], rel=1e-3, abs=2e-3)
    assert np.all(np.linalg.eigvalsh(curvature) > 0.0)


def test_belle_ii_finds_2_7_sigma(found):
    """The significance over the Standard Model of the published combination, 2.7 (arXiv:2311.14647), of neutrinos."""
    assert np.sqrt(found.rows[0].alone.better[0]) == pytest.approx(2.7, abs=0.2)


def test_the_best_is_the_best_and_its_interval_is_where_the_height_rises_by_one(found):
    for row in found.rows:
        assert np.all(row.alone.better > -1e-6)
        assert np.argmax(row.together.better) == row.best
        height = row.problem.height(row.z)
        low, high = row.interval
        assert low < row.together.strength[row.best] < high
        assert row.problem.best(row.z, held=high)[1] - height == pytest.approx(1.0, abs=0.02)


def test_other_modes_lower_the_strength_of_what_makes_k_star(found):
    vector = found.rows[0]
    assert vector.together.strength[0] < vector.alone.strength[0]
    assert vector.together.better[0] < vector.alone.better[0]


def test_toys_are_of_the_score_which_is_near_the_likelihood_ratio(found):
    largest = max(float(np.max(row.alone.better)) for row in found.rows)
    assert found.toys.observed == pytest.approx(largest, rel=0.3)
    assert np.all(found.toys.largest >= 0.0)
    assert np.ptp(found.toys.largest) > 0.0
    assert 0.0 <= found.toys.p_value <= 1.0
    assert found.toys.error > 0.0


@pytest.mark.parametrize(
    ("as_large", "said"),
    [(0, "p < 0.01, more than 2.33 σ (100"), (4, "p = 0.04 ± 0.02, 1.75 σ, 1.56 to 2.05 by the number of toys"),
     (100, "p = 1 ± 0.01, -")],
)  # fmt: skip
def test_the_global_significance_has_an_error_from_its_toys(found, as_large, said):
    largest = np.where(np.arange(100) < as_large, 9.0, 1.0)
    made = replace(found, toys=replace(found.toys, observed=5.0, largest=largest))
    (line,) = [line for line in made.notes() if line.startswith("global")]
    assert said.rstrip("-") in line


def test_bins_hold_every_event_that_the_likelihood_expects(found):
    row = found.rows[1]
    made = bins.channels(found, row)
    none = bins.channels(found, replace(row, z=np.array([0.0, *row.z[1:]])))
    (likelihood,) = (table for table, _ in row.problem.experiment.tables)
    x = row.problem.predictions(row.z)[: row.problem.sm.bins]
    expected = likelihood.expected(x, likelihood.best(x))
    assert np.concatenate([channel.expected for channel in made]) == pytest.approx(expected)
    assert sum(np.sum(c.samples[bins.NEW]) for c in made if bins.NEW in c.samples) > 10.0
    assert all(np.all(c.samples[bins.NEW] == 0.0) for c in none if bins.NEW in c.samples)


def test_what_is_written_is_plain_data_and_says_what_is_missing(found):
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert "B_s -> invisible" in text
    assert "ALEPH-2023-Bsinvisible" in found.others
    assert "nutau/invisible/1" in text
    assert "two-body" in str(found)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"mediators": "scalr"}, "Did you mean"),
        ({"mediators": "scalar", "masses": "0:2.5"}, "above the threshold"),
        ({"mediators": "scalar", "masses": -1.0}, "give 0 or a positive"),
        ({"mediators": "two-body", "masses": 2.0, "particle_width": -1.0}, "width"),
        ({"mediators": "scalar", "masses": 1.0, "particle_width": 1.0}, "pair"),
        ({"mediators": "scalar", "masses": "2:1"}, "LOW:HIGH"),
        ({"mediators": "scalar", "masses": []}, "0 masses"),
        ({"mediators": "scalar", "masses": [float("nan")]}, "mass"),
        ({"mediators": "scalar", "data": "2026"}, "reinterpretation"),
        ({"mediators": "scalar", "points": 1}, "points"),
        ({"mediators": "scalar", "toys": -1}, "toys"),
    ],
)
def test_refusals_are_one_line(given, said):
    with pytest.raises(nutau.InputError) as raised:
        nutau.invisible(**given)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_search_ends_at_zero_where_the_data_want_less(found):
    """With a signal of the other sign the strength is 0, and -2 log L the Standard Model's."""
    row = found.rows[0]
    new = replace(row.problem.new, values=-row.problem.new.values)
    turned = profile.Problem(row.problem.experiment, row.problem.order, row.problem.sm, new)
    z, height = turned.best()
    assert z[0] == 0.0
    assert height == pytest.approx(found.sm[1], abs=1e-3)
