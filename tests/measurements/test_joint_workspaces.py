"""Several workspaces with a nuisance in common: the likelihood is that of pyhf's own combination."""

import json
import warnings

import jax.numpy as jnp
import numpy as np
import pytest

import nutau
from nutau.errors import InputError
from nutau.inference.likelihood.experiment import curves_of
from nutau.measurements import load_dataset
from nutau.measurements.joint_workspaces import strengths
from nutau.measurements.likelihoods import chi2

pyhf = pytest.importorskip("pyhf")

EFFICIENCY = {"name": "efficiency", "type": "normsys", "data": {"hi": 1.25, "lo": 0.8}}
"""One systematic uncertainty of both signals, large enough to correlate them."""


def workspace(signal, background, data, *, tilt=0.2, bounds=(-10.0, 20.0)):
    """One channel SR; the statistical errors have the same name in both workspaces and are not the same."""
    scatter = {"name": "staterror_SR", "type": "staterror", "data": [0.1 * value for value in background]}
    own = {"name": "background", "type": "normsys", "data": {"hi": 1 + tilt, "lo": 1 - tilt}}
    mu = {"name": "mu", "type": "normfactor", "data": None}
    samples = [
        {"name": "signal", "data": signal, "modifiers": [mu, EFFICIENCY]},
        {"name": "background", "data": background, "modifiers": [own, scatter]},
    ]
    parameters = [{"name": "mu", "bounds": [list(bounds)], "inits": [1.0]}]
    return {
        "version": "1.0.0",
        "channels": [{"name": "SR", "samples": samples}],
        "observations": [{"name": "SR", "data": data}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": parameters}}],
    }


FIRST = workspace([12.0, 18.0], [40.0, 20.0], [75.0, 71.0])
SECOND = workspace([6.0, 9.0, 9.0], [60.0, 30.0, 15.0], [70.0, 52.0, 37.0], tilt=0.1)
ENTRY = """\
title: two
measurements:
  - {name: Both, kind: pyhf_joint, source: me, unit: 1e-6, points: 9, workspaces: [
     {observable: "BR(B+->Knunu)", workspace: first.json, poi: mu, reference: 4.5, highest: 24.75},
     {observable: "BR(B0->K*nunu)", workspace: second.json, poi: mu, reference: 9, highest: 36}]}
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("joint")
    (folder / "first.json").write_text(json.dumps(FIRST))
    (folder / "second.json").write_text(json.dumps(SECOND))
    (folder / "mine.yaml").write_text(ENTRY)
    return folder / "mine.yaml"


@pytest.fixture(scope="module")
def combined():
    """-2 log L of pyhf's combination at two strengths."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        spaces = [
            pyhf.Workspace(space).rename(
                modifiers={"mu": f"mu{n}", "staterror_SR": f"staterror{n}"},
                channels={"SR": f"SR{n}"},
                measurements={"m": f"m{n}"},
            )
            for n, space in enumerate((FIRST, SECOND))
        ]
        whole = pyhf.Workspace.combine(*spaces)
        model = whole.model(measurement_name="m0")
        data = whole.data(model)

    def level(first, second):
        start, fixed = model.config.suggested_init(), model.config.suggested_fixed()
        for name, value in (("mu0", first), ("mu1", second)):
            place = model.config.par_slice(name).start
            start[place], fixed[place] = value, True
        _, value = pyhf.infer.mle.fit(data, model, start, fixed_params=fixed, return_fitted_val=True)
        return float(value)

    return level


POINTS = [(0.6875, 1.0), (2.75, 1.5), (2.2, 1.4), (3.1, 2.6), (0.4, 3.3), (4.9, 0.7)]


def test_the_likelihood_is_that_of_pyhfs_combination(path, combined):
    """Between the points of the grid, too; the strengths are correlated by the systematic that they share."""
    entry = load_dataset(path)["Both"]
    assert entry.kind == "pyhf_joint"
    wanted = np.array([combined(*point) for point in POINTS])
    found = np.array([float(chi2(entry, np.array(point) * [4.5e-6, 9e-6])) for point in POINTS])
    # the first points are of the grid, where nothing but pyhf's own fits differs
    assert found[1] - found[0] == pytest.approx(wanted[1] - wanted[0], abs=2e-3)
    # between points of 0.7 errors cubic splines are good to a hundredth
    assert found - found[0] == pytest.approx(wanted - wanted[0], rel=0.01, abs=0.05)
    apart = [
        sum(alone(space, strength) for space, strength in zip((FIRST, SECOND), point, strict=True))
        for point in POINTS
    ]
    assert np.abs(np.array(apart) - apart[0] - (wanted - wanted[0])).max() > 0.3  # it matters


def alone(space, strength):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        model = pyhf.Workspace(space).model()
        data = pyhf.Workspace(space).data(model)
    return float(pyhf.infer.mle.fixed_poi_fit(strength, data, model, return_fitted_val=True)[1])


def test_a_likelihood_takes_it_as_one_measurement_of_two_observables(path):
    """Gradients and curvatures of its table with NumPy are those of JAX, also beyond the grid."""
    found = nutau.likelihood(["CL_bsnutaunutau"], path, draws=0, mode="fast")
    assert [item.name for item in found.experiment.observables] == ["BR(B+->Knunu)", "BR(B0->K*nunu)"]
    ((table, where),) = found.experiment.tables
    assert where == (0, 1)
    points = np.array([[1.0, 2.0], [3.3, 0.4], [9.0, 1.0]]) * [4.5e-6, 9e-6]
    for point, *own in zip(points, *curves_of(table, points), strict=True):
        for mine, exact in zip(own, curves_of(table, jnp.asarray(point)), strict=True):
            exact = np.asarray(exact)
            # differences reach across a knot, where the third derivative jumps
            assert mine == pytest.approx(exact, rel=1e-3, abs=1e-4 * float(np.abs(exact).max()))


def test_workspaces_of_one_observable_are_one_axis(path):
    text = ENTRY.replace('"BR(B0->K*nunu)"', '"BR(B+->Knunu)"').replace("points: 9", "points: 5")
    mine = path.with_name("one.yaml")
    mine.write_text(text)
    entry = load_dataset(mine)["Both"]
    assert [item.name for item in entry.observables] == ["BR(B+->Knunu)"]
    assert len(entry.distribution.axes) == 1
    assert entry.distribution.axes[0][-1] == pytest.approx(24.75e-6)
    assert strengths(["mu", "mu"], [0, 0]) == ["mu@1", "mu@2"]
    assert strengths(["mu", "mu"], [0, 1]) == ["mu@1", "mu@2"]
    assert strengths(["mu", "nu"], [0, 1]) == ["mu", "nu"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ("poi: mu, reference: 9", "poi: strength, reference: 9"),
            "Unknown parameter of interest 'strength'",
        ),
        (("highest: 36}", "highest: 630}"), "outside the bounds of mu@2"),
        (("second.json", "third.json"), "Cannot read .*third.json"),
        (("second.json", "signal.json"), "nothing in the workspace depends on mu@2"),
        (("second.json", "lumi.json"), "the settings of efficiency differ"),
        (("highest: 36}", "lowest: 70, highest: 36}"), "lowest must be below highest"),
        (("kind: pyhf_joint", "kind: pyhf_joined"), "unknown kind 'pyhf_joined'"),
    ],
)
def test_workspaces_that_do_not_go_together(path, change, words):
    (path.parent / "signal.json").write_text(
        json.dumps(workspace([0.0] * 3, [60.0, 30.0, 15.0], [70.0, 52.0, 37.0]))
    )
    other = json.loads(json.dumps(SECOND))
    for name, inits in (("efficiency", 0.5), ("mu", 1.0)):
        other["measurements"][0]["config"]["parameters"].append({"name": name, "inits": [inits]})
    other["measurements"][0]["config"]["parameters"].pop(0)
    (path.parent / "lumi.json").write_text(json.dumps(other))
    first = json.loads(json.dumps(FIRST))
    first["measurements"][0]["config"]["parameters"].append({"name": "efficiency", "inits": [0.0]})
    (path.parent / "first.json").write_text(json.dumps(first))
    mine = path.with_name("bad.yaml")
    mine.write_text(ENTRY.replace(*change))
    with pytest.raises(InputError, match=words):
        chi2(load_dataset(mine)["Both"], np.array([1e-5, 1e-5]))
