"""Bands of a data set on an axis: every kind of likelihood, in the units of the axis; words for what is no band."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.optimize import brentq

from nutau.inputs import load_inputs
from nutau.measurements import load_dataset
from nutau.measurements.likelihoods import chi2
from nutau.report.bands import Axis, Band, Known, apart, axes_of, known
from nutau.report.figures.bands import band
from synthetic import measured, tabulated

INPUTS = load_inputs("default")
SM = 4.0e-6
KNUNU = Axis("BR(B+->Knunu)", True, None, SM)


def data(*entries):
    return SimpleNamespace(measurements=entries, projections=(), name="mine")


def test_gaussians_and_tables_of_one_parabola_are_one_band():
    """A table of -2 log L that is a parabola, also one of two observables, has a Gaussian's intervals."""
    x, y = np.linspace(0.0, 2.0e-5, 41), np.linspace(-1.0, 1.0, 21)
    rise = ((x - 8e-6) / 2e-6) ** 2
    entries = (
        measured("Gauss", ["BR(B+->Knunu)"], 8e-6, 2e-6),
        measured("Over SM", ["BR(B+->Knunu)/SM"], 2.0, 0.5),
        tabulated("Table", ["BR(B+->Knunu)"], [x], rise),
        tabulated("Two", ["R(D)", "BR(B+->Knunu)"], [y, x], rise[None, :] + (y[:, None] / 0.3) ** 2),
    )
    found = known(data(*entries), KNUNU)
    assert [one.entry for one in found.intervals] == ["Gauss", "Over SM", "Table", "Two"]
    for one in found.intervals:
        assert one.one == pytest.approx((1.5, 2.5), rel=1e-3)
        assert one.two == pytest.approx((1.0, 3.0), rel=1e-3)


def test_asymmetric_errors_stay_asymmetric():
    found = known(data(measured("A", ["BR(B+->Knunu)"], 8e-6, 4e-6, minus=2e-6)), KNUNU)
    assert found.bands[0].one == pytest.approx((1.5, 3.0))
    assert found.bands[0].two == pytest.approx((1.0, 4.0))


def test_ends_of_a_table_are_where_its_likelihood_rises():
    """The ends of 1σ and 2σ are the roots of the spline itself; a table that ends before has no end there."""
    x = np.linspace(0.0, 2e-5, 15)
    entry = tabulated("T", ["BR(B+->Knunu)"], [x], np.abs(x / 4e-6 - 1.0) ** 1.7)
    (found,) = known(data(entry), KNUNU).bands
    lowest = float(chi2(entry, np.linspace(0, 2e-5, 9001)[:, None]).min())
    for rise, ends in ((1.0, found.one), (4.0, found.two)):
        root = brentq(lambda at, r=rise: float(chi2(entry, np.array([[at]]))[0]) - lowest - r, 5e-6, 2e-5)
        assert ends[1] * SM == pytest.approx(root, rel=1e-3)
    assert found.two[0] is None
    flat = known(data(tabulated("F", ["BR(B+->Knunu)"], [x], 1e-3 * x / x.max())), KNUNU)
    assert not flat.bands
    assert "singles out no range" in flat.undrawn[0]


@pytest.mark.parametrize("kind", ["pyhf", "pyhf_joint"])
def test_workspaces_are_bands(kind, tmp_path):
    signal = {
        "name": "signal",
        "data": [20.0],
        "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
    }
    other = {"name": "other", "data": [50.0], "modifiers": [{"name": "b", "type": "shapesys", "data": [3.0]}]}
    document = {
        "channels": [{"name": "bin", "samples": [signal, other]}],
        "observations": [{"name": "bin", "data": [90.0]}],
        "measurements": [{"name": "count", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }
    (tmp_path / "w.json").write_text(json.dumps(document))
    one = "workspace: w.json, reference: 4, highest: 24"
    body = {
        "pyhf": f"kind: pyhf, observable: BR(B+->Knunu), poi: mu, points: 9, {one}",
        "pyhf_joint": "kind: pyhf_joint, points: 5, workspaces: "
        f"[{{observable: BR(B+->Knunu), {one}}}, {{observable: BR(B0->K*nunu), {one}}}]",
    }[kind]
    text = f"title: t\nmeasurements:\n  - {{name: W, source: me, unit: 1e-6, {body}}}\n"
    (tmp_path / "mine.yaml").write_text(text)
    (found,) = known(load_dataset(tmp_path / "mine.yaml"), KNUNU).bands
    low, high = found.one
    assert low < 2.0 < high  # (90 - 50) / 20
    error = np.sqrt(90 + 3.0**2) / 20
    assert high - low == pytest.approx(2 * error, rel=0.15)


def test_every_entry_of_the_data_is_drawn_or_named():
    found = load_dataset("2026")
    axes = axes_of(("Rtautau(K)", "Rnunu(K)"), INPUTS)
    said = [line for axis in axes for line in known(found, axis).undrawn]
    said += apart(SimpleNamespace(measurements=found.measurements), axes)
    drawn = {one.entry for axis in axes for one in known(found, axis).bands}
    text = " ".join(said)
    more = sum(int(part.split()[0]) for part in text.split(" and ")[1:] if part[:1].isdigit())
    named = {entry.name for entry in found.measurements if entry.name in text}
    assert len(drawn | named) + more >= len(found.measurements)
    assert drawn


def test_bins_are_not_totals():
    (axis,) = axes_of(("<dBR/dq2>(B+->Knunu)[0, 4]",), INPUTS)
    assert axis.q2 == (0.0, 4.0)
    entry = measured("B", ["<dBR/dq2>(B+->Knunu)"], 1e-7, 1e-8)
    assert "the axis of <dBR/dq2>(B+->Knunu)[0, 4]" in known(data(entry), axis).undrawn[0]


def test_data_lie_above_projections_and_projections_keep_their_edges():
    """The band that was measured is not covered by what is foreseen, whose ends stay visible."""
    axis = Figure().subplots()
    axis.set_ylim(0.3, 10.0)
    band(
        axis,
        Known(KNUNU, (Band("e", "s", "measured", (1.3, 2.7), (0.6, 3.4)),), {1.0: 1.0, 50.0: 0.3}, ()),
        "y",
        "R",
    )
    bars = {patch.get_label(): patch.get_zorder() for patch in axis.patches}
    foreseen = [order for label, order in bars.items() if label.startswith("Belle II")]
    assert len(foreseen) == 2
    assert bars["R measured, 1σ and 2σ"] > max(foreseen)
    edges = {round(float(line.get_ydata()[0]), 6): line.get_zorder() for line in axis.lines}
    assert edges[2.0] > bars["R measured, 1σ and 2σ"]  # 1 + 1.0, within the measured band
    assert edges[1.3] > bars["R measured, 1σ and 2σ"]
