"""A HistFactory workspace in the style of Belle II's B+ -> K+ nu nu: the likelihood is pyhf's profile likelihood."""

import json
import warnings

import numpy as np
import pytest

import nutau
from nutau.measurements import load_dataset
from nutau.measurements.likelihoods import chi2
from nutau.measurements.workspace import profile

pyhf = pytest.importorskip("pyhf")

SM = 4.97e-6
"""The branching ratio of mu = 1, as Belle II chose it (2311.14647, Sec. I: without the tau contribution)."""
BINS = {"inclusive": 5, "hadronic": 3}
STRENGTHS = (0.0, 1.0, 2.3, 6.9, 9.5)


def sample(name, data, *modifiers, error=0.03):
    """A sample with statistical errors in each bin."""
    channel, _, _ = name.partition(":")
    scatter = {
        "name": f"staterror_{channel}",
        "type": "staterror",
        "data": [error * value for value in data],
    }
    lumi = {"name": "lumi", "type": "lumi", "data": None}
    return {"name": name.partition(":")[2], "data": data, "modifiers": [lumi, scatter, *modifiers]}


def normsys(name, size):
    return {"name": name, "type": "normsys", "data": {"hi": 1 + size, "lo": 1 / (1 + size)}}


def histosys(name, data, tilt):
    slope = np.linspace(-tilt, tilt, len(data))
    high, low = (list(np.array(data) * (1 + side * slope)) for side in (1, -1))
    return {"name": name, "type": "histosys", "data": {"hi_data": high, "lo_data": low}}


def channel(name, count, scale):
    """Signal rising, backgrounds falling with the classifier; systematics shared by name between channels."""
    step = np.arange(count)
    signal = list(scale * 7.0 * 1.25**step)
    charged, neutral, continuum = (
        list(scale * b * f**step) for b, f in ((420, 0.55), (260, 0.6), (150, 0.4))
    )
    mu = {"name": "mu", "type": "normfactor", "data": None}
    return {
        "name": name,
        "samples": [
            sample(
                f"{name}:signal",
                signal,
                mu,
                normsys("efficiency", 0.03),
                histosys("form factors", signal, 0.06),
            ),
            sample(
                f"{name}:charged B", charged, normsys("charged B", 0.3), histosys("D decays", charged, 0.08)
            ),
            sample(f"{name}:neutral B", neutral, normsys("neutral B", 0.3), histosys("K_L", neutral, 0.1)),
            sample(f"{name}:continuum", continuum, normsys("continuum", 0.5)),
        ],
    }


def workspace():
    """Two channels; observed is what mu = 4.6 would give, with a fluctuation by hand."""
    channels = [
        channel(name, count, scale) for (name, count), scale in zip(BINS.items(), (1.0, 0.12), strict=True)
    ]
    wiggle = np.array([1.0, 0.97, 1.03, 0.99, 1.02])
    observations = []
    for entry in channels:
        expected = 4.6 * np.array(entry["samples"][0]["data"])
        expected = expected + sum(np.array(part["data"]) for part in entry["samples"][1:])
        data = np.round(expected * wiggle[: len(expected)]).tolist()
        observations.append({"name": entry["name"], "data": data})
    lumi = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "bounds": [[0.8, 1.2]], "inits": [1.0]}
    poi = {"name": "mu", "bounds": [[-5.0, 20.0]], "inits": [1.0]}
    return {
        "version": "1.0.0",
        "channels": channels,
        "observations": observations,
        "measurements": [{"name": "B2Knunu", "config": {"poi": "mu", "parameters": [lumi, poi]}}],
    }


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "knunu.json").write_text(json.dumps(workspace()))
    (folder / "mine.yaml").write_text(
        f"""
        title: a workspace
        measurements:
          - {{name: K, kind: pyhf, source: me, observable: BR(B+->Knunu), unit: 1e-6, poi: mu,
             workspace: knunu.json, reference: {SM * 1e6}, lowest: 0.0, highest: 50.0, points: 15}}
        """
    )
    return folder / "mine.yaml"


@pytest.fixture(scope="module")
def own():
    """pyhf's own -2 log of the profile likelihood ratio: strengths to numbers, and the best strength."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        space = pyhf.Workspace(workspace())
        model = space.model()
        data = space.data(model)
    best, least = pyhf.infer.mle.fit(data, model, return_fitted_val=True)

    def ratio(strength):
        _, value = pyhf.infer.mle.fixed_poi_fit(strength, data, model, return_fitted_val=True)
        return float(value - least)

    return ratio, float(best[model.config.poi_index])


def test_the_likelihood_is_pyhfs_profile_likelihood(dataset, own):
    ratio, best = own
    entry = load_dataset(dataset)["K"]
    expected = np.array([ratio(strength) for strength in STRENGTHS])
    assert 3.0 < best < 6.0
    assert expected.max() > 9.0  # more than 3 sigma is covered
    found = chi2(entry, np.array(STRENGTHS)[:, None] * SM)
    lowest = float(chi2(entry, np.array([best * SM])))
    np.testing.assert_allclose(found - lowest, expected, atol=2e-3)


def test_a_fit_of_the_workspace_finds_pyhfs_interval(dataset, own):
    """The branching ratio of the best fit is pyhf's best strength, and the ends have risen by 1."""
    ratio, best = own
    found = nutau.fit(["CL_bsnutaunutau"], dataset, draws=0, ranges={"CL_bsnutaunutau": (-40.0, 0.0)})
    part = found["CL_bsnutaunutau"]
    ends = [part.value, part.value - part.minus, part.value + part.plus]
    values = [nutau.predict("BR(B+->Knunu)", {"CL_bsnutaunutau": c}, draws=0)[0].value for c in ends]
    assert values[0] == pytest.approx(best * SM, rel=5e-3)
    for value in values[1:]:
        assert ratio(value / SM) == pytest.approx(1.0, abs=0.02)


def test_systematics_matter(dataset, own):
    """Without nuisance parameters the same workspace would claim a smaller error."""
    ratio, best = own
    space = workspace()
    for entry in space["channels"]:
        for part in entry["samples"]:
            part["modifiers"] = [item for item in part["modifiers"] if item["type"] == "normfactor"]
    folder = dataset.parent
    (folder / "bare.json").write_text(json.dumps(space))
    bare = profile(str(folder / "bare.json"), "mu", SM, tuple(np.linspace(0.0, 10.0, 21) * SM))
    step = 0.5
    stiff = np.diff(bare.values, 2).min() / step**2
    loose = (ratio(best + 1.0) + ratio(best - 1.0)) / 1.0**2
    assert stiff > 1.4 * loose
