"""A pull is the signed root of -2 Δ log L, for every kind of likelihood, at the best fit and in the Standard Model."""

import json
import re

import numpy as np
import pytest

import nutau
from nutau.inference.fit.quality import Pull, by_wilks, pulls
from nutau.inference.likelihood import parametrisation
from nutau.inference.likelihood.build import Selection, assemble
from nutau.inference.likelihood.compiled import compiled
from nutau.inputs import load_inputs
from nutau.measurements import Observable, load_dataset, pull
from nutau.measurements import pulls as of_rows
from nutau.measurements.tables import evaluate, minimum, normalised

K = 'observable: "BR(B+->Knunu)"'
VALUE = f"kind: gaussian, values: [{{{K}, value: 2.3, errors: "
LIMIT = f"kind: upper_limit, limits: [{{{K}, limit: 1.8, confidence_level: 0.9"
TABLE = f"kind: table, axes: [{{{K}, grid: [0, 0.5, 1, 1.5, 2]}}], minus_two_log_likelihood: "
KINDS = {
    "symmetric": VALUE + "{total: 0.7}}]",
    "asymmetric": VALUE + "{stat: {plus: 0.5, minus: 0.2}, syst: {plus: 2.5, minus: 0.4}}}]",
    "limit": LIMIT + "}]",
    "limit with a value": LIMIT + ", measured: {value: 1.1, errors: {total: {plus: 0.4, minus: 0.2}}}}]",
    "table": TABLE + "[9, 4.2, 1.1, 0, 0.4]",
    "table with its minimum at the edge": TABLE + "[0, 3, 6, 9, 12]",
    "pyhf": f"kind: pyhf, {K}, workspace: w.json, poi: mu, reference: 1.5, highest: 9",
}
WORKSPACE = {
    "channels": [
        {
            "name": "c",
            "samples": [
                {
                    "name": "signal",
                    "data": [10.0],
                    "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
                },
                {
                    "name": "background",
                    "data": [3.0],
                    "modifiers": [{"name": "b", "type": "shapesys", "data": [0.4]}],
                },
            ],
        }
    ],
    "observations": [{"name": "c", "data": [1]}],
    "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
    "version": "1.0.0",
}
"""A search that sees less than its background, so that -2 log L is lowest without signal and straight."""


ITEMS = (Observable("BR(B+->Knunu)"), Observable("BR(B0->K*nunu)"))


@pytest.fixture(scope="module")
def space():
    """The parameter of all fits here and its formulas, compiled once."""
    chosen, inputs = parametrisation(["CL_bsnutaunutau"]), load_inputs("default")
    return chosen, compiled(ITEMS, chosen, inputs, draws=40)


def own(folder, body):
    """A file with a data set of one entry, and its workspace beside it."""
    (folder / "w.json").write_text(json.dumps(WORKSPACE))
    path = folder / "own.yaml"
    path.write_text(f'title: t\nmeasurements:\n  - {{name: M, source: "x", unit: 1e-5, {body}}}\n')
    return path


def made(space, path):
    """The likelihood of a data set in one coefficient of b -> s nu nu."""
    chosen, formulas = space
    entries = load_dataset(path).measurements
    return assemble(formulas, Selection(entries, (), ()), ITEMS, chosen)


@pytest.mark.parametrize("kind", KINDS)
def test_pull_squared_is_chi2(kind, space, tmp_path):
    """At a point with its fitted nuisances, and in the SM with its theory error profiled in the whole likelihood."""
    if kind == "pyhf":
        pytest.importorskip("pyhf")
    found = made(space, own(tmp_path, KINDS[kind]))
    for value in (-3.0, 7.0):
        best = np.array([value])
        (row,) = pulls(found, best)
        fitted = found.predictions(best, fitted=True)
        assert row.pull**2 == pytest.approx(found.experiment.by_measurement(fitted)["M"], rel=1e-9, abs=1e-12)
        assert np.sign(row.pull) == np.sign(row.measured - row.fitted)
        # the whole likelihood at the SM: profiled over the same theory error by Newton's method
        sm_chi2 = float(found.without_new_physics.chi2(found.parametrisation.sm))
        assert row.sm_pull**2 == pytest.approx(sm_chi2, rel=1e-6)
        assert np.sign(row.sm_pull) == np.sign(row.measured - row.sm)


@pytest.mark.parametrize("kind", ["asymmetric", "table", "limit with a value"])
def test_both_columns_are_one_definition(kind, tmp_path):
    """A theory error that vanishes leaves the pull of the fit; one that is large leaves nothing."""
    (entry,) = load_dataset(own(tmp_path, KINDS[kind])).measurements
    assert pull(entry, 0, 4.7e-6, 1e-12) == pytest.approx(pull(entry, 0, 4.7e-6), rel=1e-6)
    assert abs(pull(entry, 0, 4.7e-6, 1e-3)) < 0.02


def test_rows_that_are_independent_add_up(space, tmp_path):
    body = KINDS["limit"][:-1] + ', {observable: "BR(B0->K*nunu)", limit: 1.6, confidence_level: 0.9}]'
    found = made(space, own(tmp_path, body))
    best = np.array([5.0])
    rows = pulls(found, best)
    assert len(rows) == 2
    fitted = found.predictions(best, fitted=True)
    assert sum(row.pull**2 for row in rows) == pytest.approx(found.experiment.by_measurement(fitted)["M"])


def test_the_root_and_not_the_square_is_shown(tmp_path, capsys):
    """χ² of the SM is 2.82 for a straight -2 log L of slope 6: its root is 1.68, as the pull of a Gaussian is."""
    from nutau.cli.fit import show

    path = own(tmp_path, KINDS["table with its minimum at the edge"])
    found = nutau.fit(["CL_bsnutaunutau"], path, draws=100)
    (row,) = found.pulls
    assert row.sm_pull == pytest.approx(-1.68, abs=0.005)
    assert found.comparison.sm_chi2 == pytest.approx(2.82, abs=0.005)
    show(found)
    assert re.search(r"-1\.7", capsys.readouterr().out)


@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_a_table_that_falls_at_its_edge_turns_beyond_it(direction):
    """No theory error may find a better point far beyond the grid: at most the width of its last interval away."""
    axis = np.sort(direction * np.array([0.0, 0.5, 1.0, 2.0, 4.0]))
    found = normalised((axis,), 3.0 * (4.0 - direction * axis))  # straight, lowest at the edge
    beyond = direction * np.linspace(4.0, 40.0, 361)
    values = evaluate(found, beyond[:, None])
    assert direction * beyond[np.argmin(values)] == pytest.approx(6.0)  # the last interval is 2 wide
    assert values.min() == pytest.approx(-3.0)  # half of what it would have fallen in that interval
    assert np.all(np.diff(values[20:]) > 0)
    inside = evaluate(found, np.array([[direction * 3.9999]]))[0]
    assert values[0] - inside == pytest.approx(-3.0 * 1e-4, abs=1e-9)


@pytest.mark.parametrize(
    ("axes", "values"),
    [
        ([[0, 1, 2, 3, 4]], [4.0, 1.0, 0.1, 0.2, 3.0]),
        ([[0, 1, 2, 4]], [7.0, 5.0, 3.0, 1.0]),
        ([[-2, 0, 1, 4, 5]], [0.0, 2.0, 1.0, 2.0, 0.1]),
        ([[0, 1, 2, 3], [0, 2, 4, 6]], [[5, 3, 2, 4], [3, 0.3, 0.2, 2], [2, 0.1, 0.2, 3], [4, 2, 3, 6]]),
    ],
)
def test_the_minimum_of_a_table_is_zero(axes, values):
    """Between the points of the grid the smooth function may dip lower than at any of them."""
    found = normalised(tuple(np.array(axis, dtype=float) for axis in axes), np.array(values, dtype=float))
    fine = np.stack(
        np.meshgrid(*[np.linspace(a[0], a[-1], 20001 if len(axes) == 1 else 601) for a in axes]), axis=-1
    )
    curve = evaluate(found, fine)
    assert curve.min() >= -1e-9
    assert curve.min() < 1e-4
    assert float(evaluate(found, minimum(found))) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("name", ["LHCb-2017-Bstautau", "HFLAV-2025-Knunu", "Belle-2017-Kstar0nunu"])
@pytest.mark.parametrize("size", [0.3, 1.0, 4.0])
def test_the_square_of_a_pull_is_chi2(name, size):
    """A table, a Gaussian, a limit: the definition is one, ±√(-2Δ log L)."""
    from nutau.measurements.likelihoods import chi2, pulls

    entry = load_dataset("2026")[name]
    prediction = np.array([size * 1e-5])
    assert float(np.sum(np.asarray(pulls(entry, prediction)) ** 2)) == pytest.approx(
        float(chi2(entry, prediction)), rel=1e-9
    )


LIMITED = {"measured": 0.0, "uncertainty": 1.1, "limit": 1.8, "confidence_level": 0.9}


def a_pull(**fields):
    known = dict.fromkeys(
        ("fitted", "predicted", "theory_uncertainty", "sm", "sm_uncertainty", "pull", "sm_pull"), 0.0
    )
    return Pull("M", "O", **(known | {"measured": 2.0, "uncertainty": 0.3} | fields))


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, "2.00 ± 0.30"),
        ({"minus": 0.25, "plus": 0.5}, "2.00 +0.50 −0.25"),
        ({"minus": 0.3, "plus": 0.3}, "2.00 ± 0.30"),
        (LIMITED | {"counted": False}, "< 1.8, 90 % (as 0.0 ± 1.1)"),
        (LIMITED | {"measured": 0.4}, "0.4 ± 1.1 (< 1.8, 90 %)"),
    ],
)
def test_what_was_measured_shows_both_sides_and_what_stands_for_a_limit(fields, shown):
    assert a_pull(**fields).shown == shown


def test_one_sign_everywhere(tmp_path):
    """Positive if more was measured than predicted: of one row, of all rows, and of a likelihood."""
    for kind in ("asymmetric", "table", "limit with a value"):
        (entry,) = load_dataset(own(tmp_path, KINDS[kind])).measurements
        for prediction in (1e-7, 1e-3):
            alone = pull(entry, 0, prediction)
            assert of_rows(entry, np.array([prediction]))[0] == pytest.approx(alone, rel=1e-6)
            assert alone > 0 if prediction == 1e-7 else alone < 0


def test_a_significance_says_by_which_theorem():
    assert by_wilks(("C1", "C3")) == "by Wilks' theorem"
    assert "approximate" in by_wilks(("delta", "kappa"))
