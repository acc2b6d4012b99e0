"""A new invisible state beside the neutrinos of b → sνν̄ in predictions: the same rates as the fit's, and refusals."""

from pathlib import Path

import numpy as np
import pytest

import nutau
from nutau.decays.invisible import particle
from nutau.decays.invisible.hypotheses import hypothesis
from nutau.inference.invisible import predictions

NAMES = ("BR(B+->Knunu)", "BR(B0->K*nunu)", "BR(B->Xsnunu)")


@pytest.mark.parametrize(("name", "mass"), [("scalar", 0.6), ("two-body", 2.0), ("dark-vectors", 0.3)])
def test_rates_are_those_that_nutau_invisible_fits(inputs, name, mass):
    state = nutau.InvisibleState(name, mass, rate=1e-5)
    with_it, without = (nutau.predict(NAMES, draws=0, inputs=inputs, invisible=one) for one in (state, None))
    sm = predictions.standard(inputs, np.linspace(0.0, 22.885, 101))
    new = predictions.signal(sm, hypothesis(name), mass)
    for row, before in zip(with_it, without, strict=True):
        expected = 1e-5 * new.values[sm.bins + sm.modes.index(row.observable)]
        assert row.value - before.value == pytest.approx(expected, rel=2e-3)
        assert row.sm == before.sm
    assert with_it[0].value - without[0].value == pytest.approx(1e-5)
    assert state.size(inputs) == pytest.approx(np.sqrt(1e-5 / new.per_coupling), rel=2e-3)


def test_bins_and_points_add_up_to_the_total_and_know_the_threshold(inputs):
    state = nutau.InvisibleState("scalar", 1.0, rate=1e-5)
    edges = np.append(np.linspace(0.0, 20.0, 11), 22.88)
    bins = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))

    def asked(one):
        name = "<dBR/dq2>(B+->Knunu)"
        return np.array(
            [row.value for row in nutau.predict(name, q2=bins, draws=0, inputs=inputs, invisible=one)]
        )

    new = asked(state) - asked(None)
    assert np.all(new[:2] == 0.0)
    assert np.all(new[2:] > 0.0)
    assert np.diff(edges) @ new == pytest.approx(1e-5, rel=0.01)
    points = nutau.predict("dBR/dq2(B+->Knunu)", q2=[3.9, 9.0], draws=0, inputs=inputs, invisible=state)
    alone = nutau.predict("dBR/dq2(B+->Knunu)", q2=[3.9, 9.0], draws=0, inputs=inputs)
    assert points[0].value == pytest.approx(alone[0].value)
    assert points[1].value - alone[1].value == pytest.approx(new[4], rel=0.05)


def test_it_has_theory_errors_of_its_own_and_goes_with_coefficients(inputs):
    state = nutau.InvisibleState("tensor", 0.0, coupling=5e-9)
    names = ("BR(B+->Knunu)", "<FL>(B0->K*nunu)[0, 19]", "BR(Bs->phinunu)")
    both = nutau.predict(names, {"CL_bsnutaunutau": 3.0}, draws=60, inputs=inputs, invisible=state)
    weak = nutau.predict(names, {"CL_bsnutaunutau": 3.0}, draws=60, inputs=inputs)
    alone = nutau.predict(names, draws=60, inputs=inputs, invisible=state)
    for number in (0, 2):
        assert both[number].value - weak[number].value == pytest.approx(
            alone[number].value - alone[number].sm
        )
        assert both[number].uncertainty > weak[number].uncertainty
    assert 0.0 < both[1].value < weak[1].value


def test_what_decays_inside_is_seen(inputs):
    one = nutau.InvisibleState("two-body", 2.0, rate=1e-5, decay_length=0.5, radius=1.0)
    found = nutau.predict("BR(B+->Knunu)", draws=0, inputs=inputs, invisible=one)[0]
    par, state = inputs.parameters.mapping(), particle.Particle(0, 2.0)
    unseen = float(particle.unseen(par, predictions.KAON, state, 0.5, 1.0))
    assert found.value - found.sm == pytest.approx(1e-5 * unseen)
    assert 0.0 < unseen < 1.0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"mediator": "scalr", "mass": 1.0, "rate": 1e-5}, "Did you mean"),
        ({"mediator": "scalar", "mass": -1.0, "rate": 1e-5}, "0 or a positive"),
        ({"mediator": "scalar", "mass": 1.0, "rate": 1e-5, "coupling": 1.0}, "one of the two"),
        ({"mediator": "scalar", "mass": 1.0, "rate": float("nan")}, "`rate` is nan; a finite number"),
        ({"mediator": "scalar", "mass": 1.0, "rate": -1e-5}, "size"),
        ({"mediator": "scalar", "mass": [1.0, 2.0], "rate": 1e-5}, "`mass` is"),
        ({"mediator": "two-body", "mass": 1.0, "coupling": Path("a")}, "`coupling` is"),
        ({"mediator": len, "mass": 1.0, "rate": 1e-5}, "Unknown mediator"),
        ({"mediator": "two-body", "mass": 1.0, "rate": 1e-5, "particle_width": -1.0}, "width"),
        ({"mediator": "two-body", "mass": 1.0, "rate": 1e-5, "radius": 1.0}, "give both"),
        ({"mediator": "scalar", "mass": 1.0, "rate": 1e-5, "radius": 1.0, "decay_length": 1.0}, "pair"),
    ],
)
def test_no_state_is_refused_in_one_line(given, said):
    with pytest.raises(nutau.InputError, match=said) as raised:
        nutau.InvisibleState(**given)
    assert "\n" not in str(raised.value)


def test_a_prediction_needs_its_size(inputs):
    with pytest.raises(nutau.InputError, match="give `rate` .* or `coupling` .in GeV"):
        nutau.predict("BR(B+->Knunu)", inputs=inputs, draws=0, invisible=nutau.InvisibleState("scalar", 1.0))


@pytest.mark.parametrize("name", ["scalar", "vector", "dark-scalars", "two-body"])
def test_a_pair_is_all_that_is_left_of_a_bs(inputs, name):
    state = nutau.InvisibleState(name, 0.6, rate=1e-5)
    (row,) = nutau.predict("BR(Bs->invisible)", draws=0, inputs=inputs, invisible=state)
    sm = predictions.standard(inputs, np.linspace(0.0, 22.885, 101))
    new = predictions.signal(sm, hypothesis(name), 0.6)
    assert row.sm == 0.0
    assert row.value == pytest.approx(1e-5 * new.values[sm.bins + sm.modes.index(row.observable)], rel=2e-3)
    assert (row.value > 0.0) is (name in ("scalar", "dark-scalars"))  # a vector current is conserved


def test_where_it_cannot_be_seen_it_is_refused(inputs):
    with pytest.raises(nutau.InputError, match="threshold"):
        nutau.predict("BR(B+->Knunu)", draws=0, invisible=nutau.InvisibleState("scalar", 3.0, rate=1e-5))
    with pytest.raises(nutau.InputError, match="would not be used"):
        nutau.predict("R(D)", draws=0, invisible=nutau.InvisibleState("scalar", 1.0, rate=1e-5))
    line = nutau.InvisibleState("two-body", 1.0, rate=1e-5)
    with pytest.raises(nutau.InputError, match="width"):
        nutau.predict("dBR/dq2(B+->Knunu)", q2=[1.0], draws=0, invisible=line)


def test_a_fit_says_who_fits_them():
    with pytest.raises(nutau.InputError, match="nutau invisible --mediator two-body"):
        nutau.fit("two-body", "2026-core")


def test_words_say_what_it_is():
    one = nutau.InvisibleState(
        "two-body", 2.0, particle_width=0.1, chiral=False, decay_length=0.5, radius=1.0
    )
    assert str(one) == "two-body of 2 GeV, quarks of even parity, width 0.1 GeV, cτ = 0.5 m in 1 m"
