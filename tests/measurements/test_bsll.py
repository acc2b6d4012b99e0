"""The measurements of b -> s l l and b -> s gamma: conventions, units, bins and matrices."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2 as chi2_distribution

from nutau.measurements import find_measurement, load_dataset, measurements

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "flavio_2.7.1_bsll.json").read_text(encoding="utf-8")
)["predictions"]
RATES = (0.4, 1.6)
"""What rates may be of flavio's: form factors, and the anomalies. B_s -> phi mu mu has 0.46 from 2.5 to 4."""
ANGLES = 0.12
"""By how much angular observables may: the anomaly in P_5' is 0.3, with uncertainties that are as large."""


def numbers(name):
    """Label: (value, uncertainty) of the rows of an entry."""
    entry = find_measurement(name)
    gaussian = entry.gaussian
    width = (gaussian.plus + gaussian.minus) / 2
    labels = [entry.observables[int(place)].label for place in gaussian.index]
    return {
        label: (value, error) for label, value, error in zip(labels, gaussian.central, width, strict=True)
    }


ENTRIES = sorted(
    name
    for name in measurements()
    if find_measurement(name).gaussian and set(numbers(name)) <= set(REFERENCE)
)


def test_the_reference_has_every_number_of_the_new_tables():
    assert len(ENTRIES) > 30
    assert {"LHCb-2025-Kstarmumu", "CMS-2025-Kstarmumu", "LHCb-2021-phimumu", "PDG-2026-Bsmumu"} <= set(
        ENTRIES
    )


@pytest.mark.parametrize("name", ENTRIES)
def test_numbers_are_near_the_standard_model(name):
    """A wrong sign, factor or unit of any row is seen: four uncertainties and what theory and anomalies need."""
    for label, (value, error) in numbers(name).items():
        expected = REFERENCE[label]
        rate = "BR" in label
        assert abs(value - expected) < 4 * error + (0.35 * expected if rate else ANGLES), label
        if rate and error < 0.2 * abs(value):
            assert RATES[0] < value / expected < RATES[1], label


P_BASIS = ("FL", "P1", "P2", "P3", "P4p", "P5p", "P6p", "P8p")


@pytest.mark.parametrize(
    ("lhcb", "cms", "names"),
    [("[4, 6]", "[4.3, 6]", P_BASIS), ("[15, 19]", "[14.18, 16]", ("P4p", "P6p", "P8p"))],
)
def test_cms_and_lhcb_measure_the_same(lhcb, cms, names):
    """Bins that nearly agree: P_4' of CMS would be twice LHCb's in its own convention, P_6' and P_8' of other signs."""
    one, other = numbers("LHCb-2025-Kstarmumu-optimised"), numbers("CMS-2025-Kstarmumu")
    for name in names:
        (first, error), (second, width) = (
            table[f"<{name}>(B0->K*mumu){bin_}"] for table, bin_ in ((one, lhcb), (other, cms))
        )
        assert abs(first - second) < 4 * np.hypot(error, width), name
        if name == "P4p":
            assert abs(first - 2 * second) > abs(first - second)


@pytest.mark.parametrize("first", ["LHCb-2025-Kstarmumu", "LHCb-2021-Kstarplusmumu"])
def test_the_two_bases_are_one_distribution(first):
    """P_i of S_i and F_L, eqs. of 1308.1707, to a part of the uncertainty (fits of their own)."""
    angles, optimised = numbers(first), numbers(f"{first}-optimised")
    decay = "(B0->K*mumu)" if "plus" not in first else "(B+->K*mumu)"
    factors = {"P5p": ("S5", 1), "P4p": ("S4", 1), "P6p": ("S7", 1), "P8p": ("S8", 1)}
    seen = []
    for label in optimised:
        if not label.startswith("<FL>"):
            continue
        bin_ = label.removeprefix(f"<FL>{decay}")
        longitudinal = angles[f"<FL>{decay}{bin_}"][0]
        root = np.sqrt(longitudinal * (1 - longitudinal))
        for name, (angle, factor) in factors.items():
            value, error = optimised[f"<{name}>{decay}{bin_}"]
            seen.append((factor * angles[f"<{angle}>{decay}{bin_}"][0] / root - value) / error)
        value, error = optimised[f"<P2>{decay}{bin_}"]
        seen.append((angles[f"<AFB>{decay}{bin_}"][0] * 2 / 3 / (1 - longitudinal) - value) / error)
        value, error = optimised[f"<P3>{decay}{bin_}"]
        seen.append((-angles[f"<S9>{decay}{bin_}"][0] / (1 - longitudinal) - value) / error)
    assert len(seen) == 42
    assert np.median(np.abs(seen)) < 0.25
    assert np.quantile(np.abs(seen), 0.9) < 1.5


def test_full_run_2_agrees_with_the_part_that_it_contains():
    """A third of the data is new; the rates are of another normalisation."""
    new, old = numbers("LHCb-2025-Kstarmumu"), numbers("LHCb-2020-Kstarmumu")
    both = [label for label in old if label in new and not label.startswith("<dBR")]
    assert len(both) == 48
    pulls = [(new[label][0] - old[label][0]) / old[label][1] for label in both]
    assert np.sum(np.square(pulls)) < chi2_distribution.isf(0.01, len(both))
    assert new["<dBR/dq2>(B0->K*mumu)[4, 6]"][0] == pytest.approx(
        numbers("LHCb-2016-Kstarmumu-BR")["<dBR/dq2>(B0->K*mumu)[4, 6]"][0], rel=0.1
    )


@pytest.mark.parametrize("name", ENTRIES)
def test_matrices_are_positive_definite(name):
    assert np.linalg.eigvalsh(find_measurement(name).gaussian.correlation)[0] > 1e-6


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("LHCb-2014-Kplusmumu", "syst"),
        ("LHCb-2016-Kstarmumu-BR", "external"),
        ("LHCb-2021-phimumu", "external"),
        ("LHCb-2015-Lambdamumu-BR", "external"),
    ],
)
def test_a_normalisation_is_one_unknown(name, part):
    """The covariance of two bins is the product of their uncertainties from it."""
    gaussian = find_measurement(name).gaussian
    size = next((side.plus + side.minus) / 2 for side in gaussian.parts if side.name == part)
    off = ~np.eye(len(size), dtype=bool)
    total = np.sqrt(sum(((side.plus + side.minus) / 2) ** 2 for side in gaussian.parts))
    np.testing.assert_allclose(
        gaussian.correlation[off], (np.outer(size, size) / np.outer(total, total))[off], atol=0.03
    )


def test_the_longitudinal_part_agrees_with_the_fit_that_neglects_the_muon_mass():
    """(3 S_1^c - S_2^c)/4 of LHCb 2025 at low recoil, where the mass is nothing, and F_L of 2020."""
    (new, error), (old, width) = (
        numbers(name)["<FL>(B0->K*mumu)[15, 19]"] for name in ("LHCb-2025-Kstarmumu", "LHCb-2020-Kstarmumu")
    )
    assert error < width
    assert abs(new - old) < 0.5 * width


def test_the_normalisation_is_one_unknown_over_all_bins_of_lhcb_2025():
    entry = find_measurement("LHCb-2025-Kstarmumu")
    rates = [
        row
        for row, at in enumerate(entry.gaussian.index)
        if entry.observables[int(at)].name.startswith("<dBR")
    ]
    between = entry.gaussian.correlation[np.ix_(rates, rates)]
    assert np.all(between[~np.eye(len(rates), dtype=bool)] > 0.4)


def test_joint_set_is_the_two_sets():
    joint, today, light = (
        {entry.name for entry in load_dataset(name).measurements}
        for name in ("2026-bsll", "2026", "bsll-2026")
    )
    assert joint == today | light
    assert today & light == {"LHCb-2022-RK"}


def test_no_bin_near_the_charmonia_is_in_the_fit():
    data = load_dataset("bsll-2026")
    bins = {item.q2 for item in data.observables if item.q2}
    assert len(bins) > 25
    assert all(high <= 6 or low >= 14 for low, high in bins)
    full = find_measurement("LHCb-2025-Kstarmumu").observables
    assert {(6.0, 8.0), (11.0, 12.5)} < {item.q2 for item in full}
