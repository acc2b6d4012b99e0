"""Histograms of weighted events: expectations are rates, and events that fill phase space agree with them."""

import json

import numpy as np
import pytest

import nutau
from command import run
from nutau.observables.weights.decay import find
from nutau.observables.weights.density import Model
from nutau.observables.weights.make import Asked, planned
from nutau.report.weighted import Histograms

PROCESS, POINT = "B0->D*taunu", {"CSL_bctaunutau": 0.4 + 0.3j, "CT_bctaunutau": 0.1j}


def plan_of(events):
    target = Model(find(PROCESS), nutau.load_inputs())
    asked = Asked({}, None, "b", "refuse", None)
    return planned(events, target, (POINT,), None, asked, source=target, generator="phase-space")


def sample(count):
    """Events that fill phase space: an even lattice of angles, and q² by the cumulative density."""
    cube = (np.arange(1, count + 1)[:, None] * np.array([0.2360680, 0.4142136, 0.7320508, 0.6457513])) % 1.0
    par = nutau.load_inputs().parameters.mapping()
    heavy, light, lepton = (par[name] for name in ("m_B0", "m_D*+", "m_tau"))
    grid = np.linspace(lepton**2, (heavy - light) ** 2, 20001)
    momentum = np.sqrt(np.maximum(((heavy - light) ** 2 - grid) * ((heavy + light) ** 2 - grid), 0))
    below = np.cumsum(momentum * (1 - lepton**2 / grid))
    found = {name: 2 * cube[:, k] - 1 for k, name in ((1, "cos_theta_l"), (2, "cos_theta_V"))}
    return {"q2": np.interp(cube[:, 0], below / below[-1], grid), **found, "phi": 2 * np.pi * cube[:, 3]}


def test_weighted_events_are_as_many_as_the_rates_say():
    plan = plan_of(sample(40000))
    histograms = Histograms(plan)
    for chunk in plan.chunks(None):
        histograms.add(chunk)
    ratio = plan.rates["weight"] / plan.generated_rate
    assert plan.totals()[0].mean == pytest.approx(ratio, rel=0.01)
    for one in histograms.made():
        expected, found = one.expected["weight"], one.weighted["weight"]
        assert np.sum(expected) == pytest.approx(40000 * ratio, rel=1e-6)
        assert np.sum(one.generated) == 40000
        pulls = (found - expected) / np.sqrt(one.squared["weight"])
        assert np.max(np.abs(pulls)) < 3.5, one.variable
        assert np.max(np.abs(one.generated / np.mean(one.generated) - 1.0)) > 0.05 or one.variable != "q2"


def test_the_figure_and_its_numbers(tmp_path):
    place, files = tmp_path / "events.npz", [tmp_path / name for name in ("w.npz", "w.png", "bins.json")]
    np.savez(place, **sample(500))
    options = [
        "--process",
        PROCESS,
        "--flavour",
        "b",
        "--set",
        "CSL_bctaunutau=0.1,0.2",
        "--generator",
        "phase-space",
    ]
    drawn = ["--figure", str(files[1]), "--data-out", str(files[2]), "--width", "column"]
    code, shown, _ = run("weights", str(place), *options, "--out", str(files[0]), *drawn)
    assert code == 0
    assert "CSL_bctaunutau 0.2" in shown
    assert files[1].read_bytes()[:4] == b"\x89PNG"
    series = json.loads(files[2].read_text())["series"]
    assert len(series) == 12  # as made, and two points, of four variables
    code, _, error = run("weights", str(place), *options, "--out", str(files[0]), "--width", "column")
    assert (code, "--figure" in error) == (2, True)
    many = ["--process", PROCESS, "--set", "CSL_bctaunutau=0:1:6", "--flavour", "b"]
    code, _, error = run("weights", str(place), *many, "--out", str(tmp_path / "x.npz"), *drawn)
    assert (code, "5 at most" in error, (tmp_path / "x.npz").exists()) == (2, True, False)
