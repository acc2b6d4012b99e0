"""The plane of δ and C9U: the map to (δ, κ), heights against likelihoods of their own, and what is refused."""

import json

import numpy as np
import pytest

import nutau
from command import run
from nutau.errors import InputError
from nutau.inference.likelihood import likelihood, parametrisation
from nutau.inputs import load_inputs
from nutau.models.two_field import X
from nutau.report.c9_plane import c9_plane

MASS = 3000.0
SETS = ("HFLAV-2025-RD", "HFLAV-2025-Knunu", "LHCb-2014-K0mumu")
HEADER = "title: few\ndescription: a family each\nmeasurements: [{}]\nwithout_bins: [{{q2: [6, 14], why: charmonia}}]\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    made = {"all": ", ".join(SETS), "light": SETS[2]} | {name: name for name in SETS}
    for name, members in made.items():
        text = HEADER.format(members)
        if "K0mumu" not in members:
            text = text[: text.index("without_bins")]
        (folder / f"{name}.yaml").write_text(text)
    return {name: folder / f"{name}.yaml" for name in made}


@pytest.fixture(scope="module")
def found(files):
    return c9_plane(files["all"], mass=MASS, draws=0)


def test_a_line_is_what_the_model_induces(found):
    for line in found.lines:
        wet = nutau.point(X(line.kappa, delta=0.05, mass=MASS)).wet(load_inputs("default"))
        for lepton in ("e", "mu"):
            assert wet[f"C9_bs{lepton}{lepton}"].real == pytest.approx(0.05 * line.slope, rel=1e-4)


def test_heights_are_those_of_each_kind_of_data_by_itself(found, files):
    """Read off the spline at points of its own: δ and κ put into a likelihood of that kind of data alone."""
    assert set(found.families) == {"b → cτν", "b → sνν̄", "b → sℓℓ"}
    u1, vb = (next(line.slope for line in found.lines if line.name == name) for name in ("U1", "VB"))
    places = [(20, 45), (100, 75), (155, 166)]
    delta = np.array([found.x[i] for i, _ in places])
    kappa = (np.array([found.y[j] for _, j in places]) / delta - vb) / (u1 - vb)
    line = parametrisation(("delta", "kappa"), mass=MASS)
    for family, name in zip(found.families, SETS, strict=True):
        own = likelihood(files[name], line, draws=0, mode="fast")
        lowest = own.chi2(np.stack([delta, kappa], axis=-1))
        read = np.array([found.families[family][i, j] for i, j in places])
        assert np.diff(read) == pytest.approx(np.diff(lowest), rel=2e-3, abs=2e-3)


def test_all_data_without_theory_errors_are_the_sum(found):
    total = sum(found.families.values())
    inside = found.joint < 20.0
    rest = (total - found.joint)[inside]
    assert np.ptp(rest) < 0.05
    at = np.unravel_index(np.argmin(found.joint), found.joint.shape)
    assert found.joint[at] < 0.02
    steps = found.x[1] - found.x[0], found.y[1] - found.y[0]
    assert np.all(
        np.abs([found.x[at[0]] - found.best[0], found.y[at[1]] - found.best[1]]) < 4.0 * np.array(steps)
    )
    assert found.gain > 0.0


def test_the_command_writes_the_figure_and_its_numbers(found, files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nutau.report.c9_plane.c9_plane", lambda *_, **__: found)
    code, _, error = run(
        "plot", "c9u", "--data", str(files["all"]), "--out", "c9u.svg", "--data-out", "c9u.json"
    )
    assert code == 0, error
    text = (tmp_path / "c9u.svg").read_text()
    assert all(name in text for name in ("b → sℓℓ alone", "U1", "X 3/2", "3 TeV", "best fit, κ"))
    series = json.loads((tmp_path / "c9u.json").read_text())["series"]
    rows = {row["name"]: row for row in series}
    assert rows["U1"]["kappa"] == [1.0, 1.0]
    heights = np.array(rows["all data"]["delta_chi2"])
    assert np.count_nonzero(heights < 5.99) == np.count_nonzero(found.joint < 5.99)


@pytest.mark.parametrize(("which", "missing"), [("light", "b → cτν"), ("HFLAV-2025-RD", "b → sℓℓ")])
def test_data_without_one_of_its_sides_are_refused(files, which, missing):
    with pytest.raises(InputError, match=f"has no {missing}: this plane needs"):
        c9_plane(files[which], mass=MASS, draws=0)


def test_a_mass_that_is_none_is_refused():
    with pytest.raises(InputError, match="positive and finite"):
        c9_plane("2026-bsll", mass=-1.0)
