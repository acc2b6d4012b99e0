"""Measured bins beside predictions: which are taken, where curves are drawn, what the command writes and refuses."""

import csv

import pytest

from command import run
from nutau.errors import InputError
from nutau.measurements import Gaussian, find_measurement, measurements
from nutau.measurements.catalogue import naming
from nutau.report.figures.bins import EXPERIMENTS, _shade
from nutau.report.measured_bins import CHARMONIA, binned, measured_bins, points, windows

NAME = "P5p(B0->K*mumu)"


def test_bins_are_those_of_the_measurements():
    found = measured_bins(NAME)
    assert {one.entry for one in found} == {"LHCb-2025-Kstarmumu-optimised", "CMS-2025-Kstarmumu"}
    for one in found:
        entry = find_measurement(one.entry)
        assert isinstance(entry.distribution, Gaussian)
        rows = [entry.observables[place] for place in entry.distribution.index]
        (row,) = [
            n for n, item in enumerate(rows) if item.name == binned(NAME) and item.q2 == (one.low, one.high)
        ]
        assert one.value == entry.distribution.central[row]
        assert (one.plus, one.minus) == (entry.distribution.plus[row], entry.distribution.minus[row])


@pytest.mark.parametrize("name", [NAME, "dBR/dq2(B0->K*mumu)", "<dBR/dq2>(B+->Kmumu)"])
def test_one_paper_draws_no_range_twice(name):
    found = measured_bins(name)
    for one in found:
        for other in found:
            if one is not other and one.source == other.source:
                assert one.high <= other.low or other.high <= one.low


def test_what_is_replaced_is_not_drawn_unless_asked_for():
    name, old = "dBR/dq2(B0->K*mumu)", "LHCb-2016-Kstarmumu-BR"
    assert old in naming(binned(name))
    assert old not in {one.entry for one in measured_bins(name)}
    assert {one.entry for one in measured_bins(name, [old])} == {old}


def test_the_same_data_are_drawn_once_whoever_normalised_them():
    name = "dBR/dq2(Lambdab->Lambdamumu)"
    found = measured_bins(name)
    assert [one.entry for one in found if one.low == 15.0] == ["Blake-2019-Lambdamumu-BR"]
    assert {one.entry for one in found if one.high <= 8.0} == {"LHCb-2015-Lambdamumu-BR"}
    assert max(one.high for one in measured_bins(name, ["LHCb-2015-Lambdamumu-BR"])) == 20.0


@pytest.mark.parametrize("name", ["dBR/dq2(B->Xsll)", "<BR>(B->Xsll)"])
def test_rates_integrated_over_a_bin_stand_beside_a_spectrum_as_its_mean(name):
    found = measured_bins(name)
    entry = find_measurement("Belle-2005-Xsll")
    assert {one.entry for one in found} == {entry.name}
    integrals = [one.value * (one.high - one.low) for one in found]
    assert sorted(integrals) == pytest.approx(sorted(entry.distribution.central))


def test_papers_of_one_experiment_do_not_look_alike():
    """And those of two experiments neither."""
    found = measured_bins("dBR/dq2(Lambdab->Lambdamumu)")
    papers = {(one.collaboration, one.source) for one in found}
    assert len(papers) > len({one.collaboration for one in found})
    drawn = {_shade(one, number) for one in EXPERIMENTS for number in range(4)}
    assert len(drawn) == 4 * len(EXPERIMENTS)
    assert len({(colour, marker) for colour, marker, _ in drawn}) == len(drawn)


def test_no_measurement_of_an_observable_is_missed():
    wanted = "<FL>(B0->K*mumu)"
    assert set(naming(wanted)) == {
        name
        for name, entry in measurements().items()
        if any(item.name == wanted for item in entry.observables)
    }


def test_predictions_leave_the_charmonia_of_light_leptons_out():
    found = measured_bins(NAME)
    ranges = windows(NAME, found, (0.05, 19.2))
    low, high = CHARMONIA
    assert not [q2 for q2 in points(ranges, 40) if low < q2 < high]
    assert ranges[0][0] == min(one.low for one in found)
    assert ranges[-1][1] == max(one.high for one in found)
    assert windows("dBR/dq2(B0->K*tautau)", found, (12.6, 19.2)) == ((12.6, 19.0),)


def test_the_command_draws_data_curves_and_bins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    point = ("--set", "C9_bsmumu=-0.76", "--points", "16", "--draws", "0")
    code, _, error = run("plot", "bins", NAME, *point, "--out", "bins.svg", "--data-out", "bins.csv")
    assert code == 0, error
    text = (tmp_path / "bins.svg").read_text()
    assert all(label in text for label in ("CMS-2025-Kstarmumu", "LHCb-2025-Kstarmumu", "charmonia", "−0.76"))
    with (tmp_path / "bins.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {row["series"] for row in rows} >= {"SM", "SM in bins", "C9_bsmumu = −0.76 in bins"}


@pytest.mark.parametrize(
    ("name", "entries", "message"),
    [
        ("R(D)", None, "is no function of q²"),
        ("<Rmue>(B0->K*ll)", None, "is no function of q²"),
        ("P5q(B0->K*mumu)", None, "Did you mean"),
        ("dBR/dq2(B0->K*tautau)", None, "No measurement of <dBR/dq2>"),
        ("dBR/dq2(B->Xstautau)", None, "No measurement of <BR>"),
        (NAME, ["LHCb-2014-K0mumu"], "has no <P5p>"),
        (NAME, ["LHCb-2077"], "Unknown measurement"),
    ],
)
def test_what_has_no_bins_is_refused(name, entries, message):
    with pytest.raises(InputError, match=message):
        measured_bins(name, entries)
