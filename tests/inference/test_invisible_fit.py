"""An invisible state as a parameter of the joint fit: laws, the same numbers as `nutau invisible`, refusals."""

import json

import numpy as np
import pytest

import nutau
from nutau import InvisibleState
from nutau.inference.invisible.profile import UNIT
from nutau.inference.likelihood import parametrisation
from nutau.observables.invisible import MODULES

SHAPE = "2026-belle2-shape"
SIZE = {"two-body": 1e-8, "scalar": 5e-9, "dark-vectors": 5e-10}
CL = "CL_bsnutaunutau"


@pytest.fixture(scope="module", params=[("two-body", 2.0), ("scalar", 0.6), ("dark-vectors", 0.4)], ids=str)
def state(request):
    return InvisibleState(*request.param)


@pytest.fixture(scope="module")
def joint(state):
    """With C_L, δ and κ beside it, and all data kept."""
    names = ["invisible", CL, "delta", "kappa"]
    return nutau.likelihood(names, SHAPE, invisible=state, draws=0, all_data=True)


def entered(item):
    """Whether a measured observable is of a decay that may have the state in it."""
    found = nutau.observables.find(item.name.removesuffix("/SM"))
    return any(module in MODULES for module, _ in found.processes)


def test_it_adds_its_square_to_what_it_enters_and_to_nothing_else(joint, state):
    items = joint.experiment.observables
    reached = np.array([entered(item) for item in items])
    size = SIZE[state.mediator]
    rest = [3.0, 0.05, 1.5]
    at = {g: joint.predictions(np.array([g * size, *rest])) for g in (0.0, 1.0, 2.0)}
    once, twice = at[1.0] - at[0.0], at[2.0] - at[0.0]
    assert np.all(once[~reached] == 0.0)
    assert np.count_nonzero(~reached) > 10
    ratios = np.array([item.name.startswith("<FL>") for item in items])
    assert twice[reached & ~ratios] == pytest.approx(4.0 * once[reached & ~ratios], rel=1e-9, abs=1e-22)
    alone = joint.predictions(np.array([size, 0.0, 0.0, 0.0])) - joint.predictions(np.zeros(4))
    assert once[reached & ~ratios] == pytest.approx(alone[reached & ~ratios], rel=1e-9, abs=1e-22)
    rates = {item.name: value for item, value in zip(items, once, strict=True) if item.q2 is None}
    assert min(rates[name] for name in ("BR(B+->Knunu)", "BR(B0->K*nunu)", "BR(B->Xsnunu)")) > 1e-7
    assert bool(rates["BR(Bs->invisible)"] > 1e-6) is (state.mediator != "two-body")


def test_its_spectrum_is_its_own(joint, state):
    inputs = nutau.load_inputs()
    items = joint.experiment.observables
    where = [place for place, item in enumerate(items) if item.name == "<dBR/dq2>(B+->Knunu)"]
    low, high = np.array([items[place].q2 for place in where]).T
    size = SIZE[state.mediator]
    new = (joint.predictions(np.array([size, 0, 0, 0])) - joint.predictions(np.zeros(4)))[where]
    assert np.sum(new * (high - low)) == pytest.approx(size**2 * state.rate_of_one(inputs), rel=2e-3)
    least = sum(state.state.masses) ** 2
    assert np.all(new[high <= least] == 0.0)
    if state.hypothesis.peaked:
        assert [(low[i] <= least < high[i]) for i in np.flatnonzero(new)] == [True]
    else:
        assert np.all(new[low > least] > 0.0)


def test_the_height_is_that_of_nutau_invisible(joint, state):
    """Without theory errors: two ways to the same predictions and the same likelihood."""
    (row,) = nutau.invisible(state.mediator, state.mass, data=SHAPE).rows
    one = state.rate_of_one(nutau.load_inputs())
    alone = nutau.likelihood(["invisible"], SHAPE, invisible=state, draws=0)
    for strength in (3e-6, 1e-5):
        z = np.array([strength / UNIT, *np.zeros(len(row.z) - 1)])
        expected = row.problem.height(z) - row.problem.height(0.0 * z)
        values = [alone.predictions(np.array([g])) for g in (np.sqrt(strength / one), 0.0)]
        found, null = (float(alone.experiment(value)) for value in values)
        assert found - null == pytest.approx(expected, abs=0.03)


def test_a_fit_of_one_number_finds_it(tmp_path):
    """A measured rate is that of the Standard Model and the state, so that its errors are those of the measurement."""
    data = tmp_path / "one.yaml"
    data.write_text(
        "title: One rate\nmeasurements:\n  - name: Mine\n    kind: gaussian\n    source: Paper 1\n    unit: 1e-5\n"
        "    values:\n      - {observable: BR(B+->Knunu), value: 2.3, errors: {total: 0.5}}\n"
    )
    state = InvisibleState("scalar", 0.6)
    found = nutau.fit(["invisible"], data, invisible=state, draws=0)
    document = json.loads(json.dumps(found.to_dict()))["invisible"]
    sm = nutau.predict("BR(B+->Knunu)", draws=0)[0].sm
    assert document["mediator"] == "scalar"
    assert document["rate"]["value"] == pytest.approx(2.3e-5 - sm, rel=1e-4)
    ((low, high),) = document["rate"]["intervals"]["0.6827"]
    assert (high - low) / 2 == pytest.approx(0.5e-5, rel=2e-3)
    (line,) = (line for line in found.summary() if line.startswith("invisible: "))
    assert "scalar of 0.6 GeV" in line
    assert "GeV^-2" in line
    held = nutau.likelihood([CL], data, invisible=InvisibleState("scalar", 0.6, rate=2.3e-5 - sm), draws=0)
    assert held.predictions(np.zeros(1)) == pytest.approx(2.3e-5, rel=1e-9)
    assert held.parametrisation.fixed["invisible"] == pytest.approx(found.best.values[0], rel=1e-4)


def test_where_the_data_want_none_of_it_the_best_is_zero(tmp_path):
    data = tmp_path / "one.yaml"
    data.write_text(
        "title: One rate\nmeasurements:\n  - name: Mine\n    kind: gaussian\n    source: Paper 1\n    unit: 1e-5\n"
        "    values:\n      - {observable: BR(B+->Knunu), value: 0.1, errors: {total: 0.5}}\n"
    )
    found = nutau.fit(["invisible"], data, invisible=InvisibleState("two-body", 1.0), draws=0)
    assert found["invisible"].pieces["0.95"][0][0] == 0.0
    assert any("ask for none" in line for line in found.summary())


def test_a_scan_takes_it(inputs):
    state = InvisibleState("two-body", 2.0)
    names = ["BR(B+->Knunu)", "BR(B0->K*nunu)"]
    found = nutau.scan("invisible=0:1e-8:3", names, invisible=state, inputs=inputs, draws=0)
    for place in (0, 2):
        one = InvisibleState("two-body", 2.0, coupling=float(found.points[place, 0]))
        expected = [row.value for row in nutau.predict(names, invisible=one, inputs=inputs, draws=0)]
        assert found.values[place] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("names", "given", "said"),
    [
        (["invisible"], {}, "say which state"),
        (["invisible"], {"invisible": InvisibleState("scalar", 0.6, coupling=1.0)}, "given twice"),
        ([CL], {"invisible": InvisibleState("scalar", 0.6)}, "size of scalar is missing"),
        ([CL], {"invisible": InvisibleState("scalar", 0.6), "fixed": {"invisible": -1.0}}, "0 or a positive"),
        (["invisible"], {"invisible": InvisibleState("two-body", 5.0)}, "above that threshold"),
        (["invisible"], {"invisible": InvisibleState("scalar", 2.7)}, "above that threshold"),
        (
            ["invisible", "Im invisible"],
            {"invisible": InvisibleState("scalar", 0.6)},
            "Unknown fit parameter",
        ),
        (["two-body"], {}, "fit invisible, its coupling"),
    ],
)
def test_bad_parameters_are_refused_in_one_line(names, given, said):
    with pytest.raises(nutau.InputError, match=said) as raised:
        nutau.likelihood(names, "2026", draws=0, **given)
    assert "\n" not in str(raised.value)


def test_a_rate_needs_inputs():
    with pytest.raises(nutau.InputError, match="coupled"):
        parametrisation([CL], invisible=InvisibleState("scalar", 0.6, rate=1e-5))
