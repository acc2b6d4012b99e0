"""Data sets: the shipped ones, the letter's numbers, nothing counted twice, refusal of bad files."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from nutau.cli.data import app
from nutau.errors import InputError
from nutau.measurements import (
    UpperLimits,
    chi2,
    combine,
    dataset_names,
    find_measurement,
    find_projection,
    load_dataset,
    measurements,
    projections,
    restrict,
)
from nutau.measurements.distributions import Observable
from nutau.measurements.same_rate import rate, same_rate
from nutau.measurements.wording import checked
from nutau.observables import catalogue

RUNNER = CliRunner()
GOOD = (
    "{name: mine, kind: gaussian, source: me, "
    "values: [{observable: BR(B+->Knunu), value: 1, errors: {total: 0.3}, unit: 1e-5}]}"
)


def write(folder, text, name="mine.yaml"):
    path = folder / name
    path.write_text(text)
    return path


def listing(folder, *entries, extra=""):
    items = "\n".join(f"  - {entry}" for entry in entries)
    return write(folder, f"title: mine\n{extra}\nmeasurements:\n{items}\n")


# --- shipped data sets


@pytest.mark.parametrize("name", dataset_names())
def test_shipped_data_sets_hold_verified_numbers_only(name):
    found = load_dataset(name)
    assert found.title
    assert all(item.verified for item in (*found.measurements, *found.references, *found.projections))
    assert all(item.role == "measurement" for item in found.measurements)
    assert all(item.role != "measurement" for item in found.references)
    values = [chi2(item, np.zeros(len(item.observables))) for item in found.measurements]
    assert np.all(np.isfinite(values))


@pytest.mark.parametrize("name", dataset_names())
def test_every_entry_of_a_shipped_data_set_has_a_prediction(name):
    data = load_dataset(name)
    known = {observable.name for observable in catalogue()}
    entries = [entry for entry in (*data.measurements, *data.references) if entry.role != "input"]
    assert entries
    without = {
        entry.name: item.name
        for entry in entries
        for item in entry.observables
        if item.name.removesuffix("/SM") not in known
    }
    assert without == {}


def test_unverified_numbers_exist_and_are_marked():
    doubtful = [item for item in projections().values() if not item.verified]
    assert doubtful
    assert all(item.provenance == "unverified" for item in doubtful)
    seen_once = {item.name for item in measurements().values() if not item.verified}
    assert seen_once == {"ATLAS-2018-Kstarmumu", "CMS-2024-Kplusmumu"}
    assert all("flavio" in find_measurement(name).location for name in seen_once)


def test_letter_2022_is_the_letter():
    data = load_dataset("letter-2022")
    measured, sm = data["Letter-2022-RD"].gaussian, data["Letter-2022-RD-SM"].gaussian
    delta = np.sqrt(measured.central / sm.central) - 1
    relative = np.hypot(measured.plus / measured.central, sm.plus / sm.central)
    error = 0.5 * (1 + delta) * relative
    np.testing.assert_allclose(delta, [0.096, 0.059], atol=5e-4)  # (4.1)
    np.testing.assert_allclose(error, [0.043, 0.026], atol=5e-4)
    weights = error**-2
    assert delta @ weights / weights.sum() == pytest.approx(0.069, abs=5e-4)  # (4.2)
    assert weights.sum() ** -0.5 == pytest.approx(0.022, abs=5e-4)
    bounds = data["Letter-2022-Rnunu"].distribution
    assert bounds.limit.tolist() == [3.9, 2.7]
    assert bounds.confidence_level.tolist() == [0.9, 0.9]
    assert data["Letter-2022-C9mumu"].gaussian.central[0] == -0.36
    assert data["Letter-2022-lambda_t"].gaussian.central[0] == 0.040
    reach = data.projection("Letter-2022-Kstarnunu")
    assert dict(zip(reach.luminosity, reach.value, strict=True)) == {1.0: 1.08, 50.0: 0.34}
    assert data.projection("Letter-2022-Kstartautau").value.tolist() == [4000.0]


def test_letter_tension_with_the_correlation_it_does_not_print():
    # 3.2 sigma quoted; rho = -0.29 reproduces it (3.21), rho = 0 gives 2.66
    data = load_dataset("letter-2022")
    measured, sm = data["Letter-2022-RD"].gaussian, data["Letter-2022-RD-SM"].gaussian
    step = measured.central - sm.central
    for rho, sigmas in ((-0.29, 3.21), (0.0, 2.66)):
        total = measured.covariance + sm.covariance
        total[0, 1] = total[1, 0] = rho * measured.plus.prod()
        p_value = np.exp(-step @ np.linalg.solve(total, step) / 2)
        assert p_value == pytest.approx(two_sided(sigmas), rel=0.05)


def two_sided(sigmas):
    from scipy.stats import norm

    return 2 * norm.sf(sigmas)


def test_2026_variants_differ_where_they_should():
    today = {item.name for item in load_dataset("2026").measurements}
    inputs = {item.name for item in load_dataset("2026-inputs").measurements}
    belle2 = {item.name for item in load_dataset("2026-belle2").measurements}
    assert today - inputs == {"HFLAV-2025-RD"}
    assert inputs - today == {"HFLAV-2025-RD-inputs"}
    assert (today - belle2, belle2 - today) == ({"HFLAV-2025-Knunu"}, {"BelleII-2023-Knunu"})


@pytest.mark.parametrize("name", dataset_names())
def test_every_data_set_says_what_it_is_and_what_it_leaves_out(name):
    data = load_dataset(name)
    assert data.description
    parts = {"2026-core", "2026-inputs", "2026-belle2", "2026-belle2-shape", "letter-2022"}
    assert "Left out" in data.description or name in parts


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("2026-lhcb", {"LHCb"}),
        ("2026-lhc", {"LHCb", "CMS", "ATLAS"}),
        ("2026-belle", {"Belle"}),
        ("2026-belle2-only", {"Belle II", "Belle and Belle II"}),
        ("2026-babar", {"BaBar"}),
    ],
)
def test_the_data_set_of_an_experiment_holds_its_results_alone(name, whose):
    assert {entry.collaboration for entry in load_dataset(name).measurements} == whose


@pytest.mark.parametrize("name", [name for name in dataset_names() if name.startswith("2026")])
def test_a_limit_without_a_central_value_stands_alone(name):
    """It would count as a measurement of zero beside another measurement of the same decay."""
    data = load_dataset(name)
    bare = [
        (entry.name, item)
        for entry in data.measurements
        if isinstance(entry.distribution, UpperLimits)
        for item, how in zip(entry.observables, entry.distribution.construction, strict=True)
        if how.startswith("half normal")
    ]
    assert bare
    limits = [item for _, item in bare]
    assert len(limits) == len(set(limits))


def test_2026_has_both_tags_of_belle_and_all_contains_2026():
    today = {item.name for item in load_dataset("2026").measurements}
    every = {item.name for item in load_dataset("2026-all").measurements}
    assert today < every
    for decay in ("K0nunu", "Kstar0nunu", "Kstarplusnunu"):
        assert {f"Belle-2013-{decay}", f"Belle-2017-{decay}"} <= today
    assert {"LEP-2006-Zll", "HFLAV-2022-tau-universality", "LHCb-2025-Rphi-inverse"} <= every - today


def test_babar_nunu_tags_are_not_counted_with_their_combination(tmp_path):
    for names in (
        ("BaBar-2013-Kstarnunu", "BaBar-2013-Kstarnunu-hadronic"),
        ("BaBar-2013-K0nunu", "BaBar-2010-K0nunu"),
        ("BaBar-2013-Knunu-isospin", "HFLAV-2025-Knunu"),
        ("HFLAV-2026-RJpsi", "LHCb-2017-RJpsi"),
    ):
        with pytest.raises(InputError, match="drop one|both contain"):
            load_dataset(listing(tmp_path, *names))


# --- nothing counted twice


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ("HFLAV-2025-RD", "HFLAV-2025-RD-inputs"),
            "HFLAV-2025-RD-inputs is already averaged into HFLAV-2025-RD",
        ),
        (
            ("HFLAV-2025-RD", "Belle-2019-RD"),
            "HFLAV-2025-RD already uses the data of Belle-2019-RD: drop Belle-2019",
        ),
        (("LHCb-2022-RK", "LHCb-2021-RK"), "LHCb-2021-RK is superseded by LHCb-2022-RK: drop LHCb-2021-RK"),
        (("HFLAV-2025-RD", "LHCb-2015-RDstar"), "HFLAV-2025-RD already uses the data of LHCb-2015-RDstar"),
        (
            ("HFLAV-2025-Knunu", "BelleII-2023-Knunu"),
            "BelleII-2023-Knunu is already averaged into HFLAV-2025-Knunu",
        ),
        (
            ("HFLAV-2025-RD", "LHCb-2024-RD-combination"),
            "LHCb-2024-RD-combination stands instead of HFLAV-2025-RD",
        ),
        (("LHCb-2025-Kstartautau", "BelleII-2025-Kstartautau"), "stands instead of BelleII-2025-Kstartautau"),
        (("Belle-2017-Kstarnunu", "Belle-2017-Kstar0nunu"), "already averaged into Belle-2017-Kstarnunu"),
        (("HFLAV-2025-RK", "LHCb-2022-RK"), "LHCb-2022-RK is already averaged into HFLAV-2025-RK"),
        (("Belle-2019-RD", "Belle-2019-RD"), "Belle-2019-RD is listed twice: drop one"),
        (("HFLAV-2025-RD", "HFLAV-2025-RD-Spring"), "HFLAV-2025-RD-Spring is superseded by HFLAV-2025-RD"),
    ],
)
def test_a_result_counted_twice_is_refused_by_name(tmp_path, names, message):
    with pytest.raises(InputError, match=message):
        load_dataset(listing(tmp_path, *names))


def test_same_data_entered_by_hand_is_noticed(tmp_path):
    entry = GOOD.replace("source: me", "source: me, samples: [Belle II 362/fb inclusive tag]")
    with pytest.raises(InputError, match=r"both measure.*from the same data .Belle II 362/fb inclusive tag"):
        load_dataset(listing(tmp_path, "BelleII-2023-Knunu", entry))
    entry = GOOD.replace("source: me", "source: Belle-II:2023esi")
    with pytest.raises(InputError, match=r"from the same source .Belle-II:2023esi"):
        load_dataset(listing(tmp_path, "BelleII-2023-Knunu", entry))


RATES = ["BR(B+->Knunu)", "BR(B+->Knunu)/SM", "Rnunu(K)", "BR(B->Knunu)", "<dBR/dq2>(B+->Knunu)[0, 4]"]


@pytest.mark.parametrize("other", RATES)
def test_one_rate_under_two_names_is_one_rate(other):
    first = Observable("BR(B+->Knunu)")
    name, _, ends = other.partition("[")
    second = Observable(name, tuple(map(float, ends[:-1].split(","))) if ends else None)
    assert same_rate(first, second)
    assert same_rate(second, first)
    assert rate(first) == rate(second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("BR(B+->Knunu)", None), ("BR(B0->Knunu)", None)),
        (("BR(B+->Knunu)", None), ("BR(B0->K*nunu)", None)),
        (("<dBR/dq2>(B+->Knunu)", (0.0, 4.0)), ("<dBR/dq2>(B+->Knunu)", (4.0, 8.0))),
        (("Rtaul(B->Dlnu)", None), ("BR(B0->Dtaunu)", None)),
        (("<Rmue>(B+->Kll)", (1.1, 6.0)), ("<Rmue>(B+->Kll)", (0.1, 6.0))),
    ],
)
def test_other_rates_and_bins_that_are_apart_are_independent(one, other):
    assert not same_rate(Observable(*one), Observable(*other))


def test_one_rate_from_the_same_data_is_counted_once(tmp_path):
    sampled = "source: me, samples: [Belle II 362/fb inclusive tag]"
    for name in ("BR(B+->Knunu)/SM", "Rnunu(K)"):
        entry = (
            GOOD.replace("source: me", sampled)
            .replace("BR(B+->Knunu)", name)
            .replace("unit: 1e-5", "unit: 1")
        )
        with pytest.raises(InputError, match=r"BR.B.->Knunu. and .*, which are one rate, from the same data"):
            load_dataset(listing(tmp_path, "BelleII-2023-Knunu", entry))


def test_all_double_counting_is_reported_at_once(tmp_path):
    path = listing(tmp_path, "HFLAV-2025-RD", "Belle-2019-RD", "LHCb-2022-RK", "LHCb-2021-RK")
    with pytest.raises(InputError) as caught:
        load_dataset(path)
    assert "Belle-2019-RD" in str(caught.value)
    assert "LHCb-2021-RK" in str(caught.value)


def test_independent_results_go_together(tmp_path):
    path = listing(tmp_path, "Belle-2019-RD", "Belle-2015-RD", "BaBar-2012-RD", "LHCb-2024-RD")
    assert len(load_dataset(path).measurements) == 4


def test_unverified_entries_need_the_users_word(tmp_path):
    doubtful = GOOD.replace("source: me", "source: me, provenance: unverified, verified: false")
    with pytest.raises(InputError, match=r"mine is not confirmed in its source.*allow_unverified: true"):
        load_dataset(listing(tmp_path, doubtful))
    assert load_dataset(listing(tmp_path, doubtful, extra="allow_unverified: true"))["mine"].verified is False
    path = listing(tmp_path, GOOD, extra="projections: [BelleII-2018-RD]")
    with pytest.raises(InputError, match="BelleII-2018-RD is not confirmed"):
        load_dataset(path)


# --- the user's own file


def test_own_file_extends_a_shipped_set(tmp_path):
    path = listing(tmp_path, GOOD, extra="extends: '2026'\ndrop: [HFLAV-2025-Knunu]")
    found = load_dataset(path)
    assert found.name == "mine"
    assert found["mine"].gaussian.central[0] == 1e-5
    assert len(found.measurements) == len(load_dataset("2026").measurements)


def test_own_file_extends_several_sets(tmp_path):
    found = load_dataset(listing(tmp_path, GOOD, extra="extends: ['2026-core', '2026']"))
    core, today = ([item.name for item in load_dataset(name).measurements] for name in ("2026-core", "2026"))
    assert [item.name for item in found.measurements] == [
        *core,
        *(name for name in today if name not in core),
        "mine",
    ]
    assert [item.name for item in found.references] == ["HFLAV-2025-RD-SM"]


def test_bins_are_left_out_of_what_the_file_lists(tmp_path):
    """The rest keeps its correlations, as if the other rows were free."""
    extra = "without_bins: [{q2: [0.5, 1.05], why: no reason}]"
    entry = load_dataset(listing(tmp_path, "LHCb-2022-RK", "HFLAV-2025-RD", extra=extra))["LHCb-2022-RK"]
    whole = find_measurement("LHCb-2022-RK")
    keep = tuple(item for item in whole.observables if item.q2 == (1.1, 6.0))
    assert entry.observables == keep
    assert len(entry.pdg) == len(entry.units) == 2
    np.testing.assert_allclose(chi2(entry, np.ones(2)), chi2(restrict(whole, keep), np.ones(2)))
    above = load_dataset(listing(tmp_path, GOOD, extra=f"extends: '2026'\n{extra}"))
    assert above["LHCb-2022-RK"] == whole


@pytest.mark.parametrize(
    ("entry", "ranges", "message"),
    [
        ("LHCb-2022-RK", "[{q2: [0, 20]}]", "without_bins leaves nothing of LHCb-2022-RK; do not list it"),
        ("LHCb-2022-RK", "[{q2: [6, 1]}]", r"without_bins\[0\]: q2 is \[lower, upper\]"),
        ("LHCb-2022-RK", "[{q2: [6]}]", r"without_bins\[0\].q2: .*at least 2"),
        ("LHCb-2022-RK", "[6, 14]", r"without_bins\[0\]: keys with values are needed here; there is 6"),
        ("BelleII-2025-Knunu-likelihood", "[{q2: [6, 14]}]", "without_bins: .*is one likelihood of several"),
    ],
)
def test_bins_that_cannot_be_left_out(tmp_path, entry, ranges, message):
    with pytest.raises(InputError, match=message):
        load_dataset(listing(tmp_path, entry, extra=f"without_bins: {ranges}"))


def test_a_matrix_may_be_text(tmp_path):
    """Rows of its lower triangle; an empty line where rows begin that share nothing with those above."""
    listed = "    correlation: [[1], [0.5, 1], [0, 0, 1]]\n"
    text = "    correlation: |\n      1\n      .5 1\n\n      1\n"
    one, other = (
        load_dataset(write(tmp_path, SET + TWO + A + B + C + matrix))["mine"].gaussian
        for matrix in (listed, text)
    )
    np.testing.assert_array_equal(one.correlation, other.correlation)
    square = "    covariance: |\n      4\n      1 9\n"
    rows = "      - {observable: a, value: 1}\n      - {observable: b, value: 1}\n"
    found = load_dataset(write(tmp_path, SET + ONE + "    unit: 1\n    values:\n" + rows + square))[
        "mine"
    ].gaussian
    np.testing.assert_allclose([*found.plus, found.correlation[0, 1]], [2, 3, 1 / 6])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\n      x 1", "'x' in the text of a matrix is not a number"),
        ("1\n      .5 .5 1", "row 2 of the text has 3 numbers; write the lower triangle .*here 2 numbers"),
        ("1 .5\n      .5 1", "row 1 of the text has 2 numbers"),
        ("1\n      .5 1\n\n      1", "the correlation of 2 values is"),
        ("1\n      2 1", r"outside \[-1, 1\]"),
        ("1\n      nan 1", "correlation"),
    ],
)
def test_bad_text_of_a_matrix(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        load_dataset(write(tmp_path, SET + TWO + A + B + f"    correlation: |\n      {text}\n"))


def test_correlations_between_entries_are_used(tmp_path):
    extra = """
correlations:
  - between:
      - {entry: Belle-2015-RD, observable: Rtaul(B->Dlnu)}
      - {entry: Belle-2019-RD, observable: Rtaul(B->Dlnu)}
    value: 0.5
"""
    found = load_dataset(listing(tmp_path, "Belle-2015-RD", "Belle-2019-RD", "BaBar-2012-RD", extra=extra))
    joined = found["Belle-2015-RD+Belle-2019-RD"]
    assert [item.name for item in found.measurements] == ["BaBar-2012-RD", "Belle-2015-RD+Belle-2019-RD"]
    assert joined.gaussian.correlation[0, 2] == 0.5
    separate = sum(
        chi2(find_measurement(name), np.array([0.3, 0.25])) for name in ("Belle-2015-RD", "Belle-2019-RD")
    )
    assert chi2(joined, np.array([0.3, 0.25])) != pytest.approx(separate, rel=1e-3)
    assert combine([joined]).dof == 2


SET = "title: mine\nmeasurements:\n"
ONE = "  - name: mine\n    kind: gaussian\n    source: me\n"
TWO = ONE + "    unit: 1\n    values:\n"
A, B, C = (f"      - {{observable: {name}, value: 1.0, errors: {{total: 0.1}}}}\n" for name in "abc")
LIMIT = (
    "  - {name: mine, kind: upper_limit, source: me, unit: 1e-5, limits: [{observable: a, limit: 1.0%s}]}\n"
)
TABLE = (
    "  - {name: mine, kind: table, source: me, unit: 1, axes: [{observable: a, grid: [%s]}], "
    "minus_two_log_likelihood: [%s]}\n"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SET + TWO + A.replace("0.1", "-0.1"),
            r"errors.total: an uncertainty is a positive number \(given: -0.1\)",
        ),
        (
            SET + TWO + A.replace("total: 0.1", "stat: {plus: 0.1, minus: 0}"),
            "minus: Input should be greater than 0",
        ),
        (SET + TWO + A.replace("total: 0.1", "total: 0.1, stat: 0.1"), "either the total or its parts"),
        (SET + TWO + A.replace(", errors: {total: 0.1}", ""), "a: errors are missing"),
        (SET + TWO.replace("unit: 1", "date: '2026'") + A, r"values\[0\] \(a\): the unit is missing"),
        (
            SET + TWO.replace("unit: 1", "unit: furlong") + A,
            r"values\[0\] \(a\): the unit is missing|unknown unit",
        ),
        (SET + TWO + A.replace("value: 1.0", "value: .nan"), "finite number"),
        (SET + TWO + A.replace("value: 1.0", "value: many"), "valid number"),
        (SET + TWO + A + B + "    correlation: 1.5\n", r"correlation of a and b is 1.5, outside \[-1, 1\]"),
        (SET + TWO + A + B + C + "    correlation: 0.5\n", "3 need a 3×3 matrix"),
        (
            SET + TWO + A + B + "    correlation: [[1, 0.2], [0.3, 1]]\n",
            "conflicting correlations of a and b: 0.2 above, 0.3",
        ),
        (
            SET + TWO + A + B + "    correlation: [[1, 0.2], [0.2, 0.9]]\n",
            "correlation of b with itself is 0.9",
        ),
        (SET + TWO + A + B + "    correlation: [[1, 0.2]]\n", "2×2 matrix"),
        (
            SET + TWO + A + B + C + "    correlation: [[1, 0.9, 0], [0.9, 1, 0.9], [0, 0.9, 1]]\n",
            "not positive definite.*the entries that make it so: b, (a, c|c, a)",
        ),
        (
            SET + TWO + A + B + "    covariance: [[1, 0], [0, 1]]\n",
            "a: errors and a covariance are both given",
        ),
        (
            SET + TWO + (A + B).replace(", errors: {total: 0.1}", "") + "    covariance: [[1, 2], [2, 1]]\n",
            "the covariance is not positive definite.*entries that make it so: [ab], [ab]",
        ),
        (
            SET + TWO + A + B + "    correlation: 0.1\n    covariance: [[1, 0], [0, 1]]\n",
            "correlation and covariance are both given and may disagree",
        ),
        (SET + LIMIT % "", r"limits\[0\].confidence_level: is missing"),
        (SET + LIMIT % ", confidence_level: 90", "confidence_level: Input should be less than 1"),
        (SET + LIMIT % ", confidence_level: 0.9, measured: {value: 1}", "measured.errors: is missing"),
        (SET + TABLE % ("0, 1, 1, 2", "1, 2, 3, 4"), "values of a grid must increase"),
        (SET + TABLE % ("0, 1, 2, 3", "1, 2, 3"), r"shape \(3,\); the axes ask for \(4,\)"),
        (SET + TABLE % ("0, 1, 2, 3", "1, 2, .inf, 3"), "not finite numbers"),
        (SET + "  - HFLAV-2025-RX\n", "Unknown measurement 'HFLAV-2025-RX' in .*Did you mean 'HFLAV-2025-R"),
        (SET + "  - {name: mine, kind: guess, source: me}\n", "gaussian.*upper_limit.*table.*pyhf"),
        (SET + TWO.replace("    source: me\n", "") + A, "source is missing"),
        (SET + TWO.replace("source: me", "provenance: unverified") + A, "goes with verified: false"),
        (SET + TWO.replace("source: me", "provenance: pdg") + A, "'pdg' needs an identifier, pdg: S041B51"),
        (SET + TWO + A.replace("a,", "a, pdg: B51,"), r"values\[0\].pdg"),
        (SET + TWO + A.replace("a,", "a, pdg: {id: S041B51, why: it is},"), "prints .* and why go together"),
        (SET + TWO + A.replace("a,", "a, q2: [6, 1],"), "lower edge, upper edge"),
        (
            "title: x\nmeasurments: []\n",
            r"measurments: is not taken here \(did you mean measurements\?\); the keys here are title, description, ",
        ),
        ("measurements: []\n", "title: is missing"),
        ("title: [\n", "line 2, column 1: neither JSON nor YAML"),
        ("", r"mine.yaml has one problem:\n  \(file\): keys with values are needed here; there is nothing"),
        ("- a\n", r"\(file\): keys with values are needed here; there is a list"),
        (SET + "  - 17\n", r"measurements\[0\]: keys with values are needed here; there is 17"),
        (SET + "  - {name: mine, source: me}\n", r"measurements\[0\]: kind is missing"),
        ("title: x\n", "holds nothing: list its measurements"),
        (
            SET + TWO + A + B + B + "    correlation: [[1, 0, 0], [0, 1, 1], [0, 1, 1]]\n",
            r"make it so: b \(values\[[12]\]\), b \(values\[[12]\]\)",
        ),
        ("title: x\nextends: '2027'\n", "Unknown data set '2027'"),
        ("title: x\nextends: '2026'\ndrop: [HFLAV-2023]\n", "Unknown entry to drop 'HFLAV-2023'"),
    ],
)
def test_bad_files_are_refused_with_their_reason(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        load_dataset(write(tmp_path, text))


@pytest.mark.parametrize(
    "kind", ["GaussianEntry", "LimitEntry", "TableEntry", "WorkspaceEntry", "JointEntry"]
)
def test_an_entry_that_is_not_understood_is_shown_one_that_is(tmp_path, kind):
    """The example in the message is itself an entry, and the message names the keys that the kind takes."""
    from nutau.measurements import schema

    example = getattr(schema, kind).EXAMPLE
    assert load_dataset(write(tmp_path, SET + example)).measurements
    name = getattr(schema, kind).model_fields["kind"].annotation.__args__[0]
    with pytest.raises(InputError) as caught:
        load_dataset(write(tmp_path, SET + f"  - {{name: mine, kind: {name}, source: me, levels: 0.9}}\n"))
    assert example in str(caught.value)
    assert "levels: is not taken here; the keys here are " in str(caught.value)


def test_keys_at_the_wrong_place_are_told_from_those_that_lack(tmp_path):
    wrong = "  - {name: m, kind: upper_limit, source: me, unit: 1e-5, limit: 1, confidence_level: 0.9}\n"
    with pytest.raises(InputError) as caught:
        load_dataset(write(tmp_path, SET + wrong))
    assert "measurements[0].limits: is missing" in str(caught.value)
    assert "measurements[0].confidence_level: is not taken here" in str(caught.value)
    inner = "  - {name: m, kind: upper_limit, source: me, unit: 1, limits: [{observabel: a, limit: 1}]}\n"
    with pytest.raises(InputError, match="the keys here are observable, limit, confidence_level, q2, unit,"):
        load_dataset(write(tmp_path, SET + inner))


@pytest.mark.parametrize(
    ("unit", "size", "shown"),
    [
        ("'1e-4'", 1e-4, "1e-4"),
        ("1e-4", 1e-4, "1e-4"),
        ("'%'", 1e-2, "%"),
        ("1e-8 GeV^-2", 1e-8, "1e-8 GeV^-2"),
    ],
)
def test_units_in_quotes_are_the_same(tmp_path, unit, size, shown):
    found = load_dataset(write(tmp_path, SET + TWO.replace("unit: 1", f"unit: {unit}") + A))["mine"]
    assert found.factors[0] == size
    assert found.gaussian.central[0] == size
    assert shown in str(found)


@pytest.mark.parametrize("unit", ["furlong", "'1e-4x'", "0", "'-1'", "'nan'", "true", "1e-8 GeV"])
def test_what_is_no_unit(tmp_path, unit):
    text = SET + TWO.replace("unit: 1", f"unit: {unit}") + A
    if unit == "1e-8 GeV":
        assert load_dataset(write(tmp_path, text))
        return
    with pytest.raises(InputError, match="unknown unit"):
        load_dataset(write(tmp_path, text))


def test_short_names_are_understood_where_entries_are_correlated(tmp_path):
    entry = TWO.replace("mine", "N") + A.replace("a,", "'R(D)',") + B.replace("b,", "'R(D*)',")
    other = TWO.replace("mine", "M").replace("source: me", "source: you") + A.replace("a,", "BR(B+->taunu),")
    tail = "correlations:\n  - {between: [{entry: N, observable: 'R(D*)'}, {entry: M}], value: 0.3}\n"
    (merged,) = load_dataset(write(tmp_path, SET + entry + other + tail)).measurements
    assert [item.name for item in merged.observables][:2] == ["Rtaul(B->Dlnu)", "Rtaul(B->D*lnu)"]
    assert merged.gaussian.correlation[1, 2] == 0.3


def test_short_and_full_names_are_one_observable(tmp_path):
    own = "{name: N, kind: gaussian, source: me, unit: 1, samples: [LHCb-run1], values: [%s]}"
    row = "{observable: '%s', value: 0.3, errors: {total: 0.1}}"
    entries = [own.replace("N", f"N{i}") % (row % name) for i, name in enumerate(("R(D)", "Rtaul(B->Dlnu)"))]
    with pytest.raises(InputError, match="both measure Rtaul"):
        load_dataset(listing(tmp_path, *entries))


def test_all_problems_of_a_file_come_at_once_with_their_paths(tmp_path):
    text = SET + TWO + A.replace("0.1", "-0.1") + LIMIT % "" + "drop: 3\n"
    with pytest.raises(InputError) as caught:
        load_dataset(write(tmp_path, text))
    message = str(caught.value)
    assert "has 3 problems" in message
    assert "values[0].errors.total" in message
    assert "limits[0].confidence_level" in message
    assert "\n  drop:" in message


@pytest.mark.parametrize(
    ("correlations", "message"),
    [
        (
            "- {between: [{entry: Belle-2015-RD}, {entry: Belle-2019-RD}], value: 0.1}",
            r"correlations\[0\]: Belle-2015-RD has 2 numbers; say which by its observable: Rtaul\(B->Dlnu\), Rt",
        ),
        ("- {between: [{entry: nobody}, {entry: Belle-2019-RD}], value: 0.1}", "Unknown entry 'nobody'"),
        ("- {between: [{entry: x}, {entry: y}], value: 1.1}", "less than or equal to 1"),
        (
            "- {between: [%s, %s], value: 0.1}\n- {between: [%s, %s], value: 0.2}" % (("{%s}",) * 4),
            "conflicts with an earlier",
        ),
        (
            "- {between: [%s, %s], value: 1.0}" % (("{%s}",) * 2),
            "not positive definite.*Belle-2015-RD.*Belle-2019-RD",
        ),
    ],
)
def test_bad_correlations_between_entries(tmp_path, correlations, message):
    row = "entry: Belle-%s-RD, observable: Rtaul(B->Dlnu)"
    names = [row % year for year in ("2015", "2019")]
    count = correlations.count("{%s}")
    text = correlations % tuple(names * (count // 2)) if count else correlations
    extra = "correlations:\n" + "\n".join(f"  {line}" for line in text.splitlines())
    with pytest.raises(InputError, match=message):
        load_dataset(listing(tmp_path, "Belle-2015-RD", "Belle-2019-RD", extra=extra))


def test_rows_of_one_observable_are_told_apart_by_their_labels(tmp_path):
    rows = "{observable: a, label: %s, value: 1, errors: {total: 0.1}}"
    both = ", ".join(rows % label for label in ("early", "late"))
    entries = f"  - {{name: M, kind: gaussian, source: me, unit: 1, values: [{both}]}}\n"
    entries += TWO.replace("mine", "N").replace("source: me", "source: you") + B
    tail = "correlations:\n  - {between: [{entry: M, observable: %s}, {entry: N}], value: 0.3}\n"
    (merged,) = load_dataset(write(tmp_path, SET + entries + tail % "a (late)")).measurements
    np.testing.assert_allclose(merged.gaussian.correlation, [[1, 0, 0], [0, 1, 0.3], [0, 0.3, 1]])
    with pytest.raises(InputError, match=r"Known: a \(early\), a \(late\)|Did you mean 'a \(late\)'"):
        load_dataset(write(tmp_path, SET + entries + tail % "a"))
    with pytest.raises(InputError, match="M has several numbers called a; tell them apart by a label"):
        load_dataset(
            write(
                tmp_path,
                SET + entries.replace("label: early, ", "").replace("label: late, ", "") + tail % "a",
            )
        )


def test_names_are_helped(tmp_path):
    with pytest.raises(InputError, match=r"Unknown data set 'letter-2023'.*Did you mean 'letter-2022'"):
        load_dataset("letter-2023")
    with pytest.raises(InputError, match=r"There is no file 'mine/none.yaml'"):
        load_dataset("mine/none.yaml")
    with pytest.raises(InputError, match="is a folder; the data set is one YAML file"):
        load_dataset(tmp_path)
    with pytest.raises(InputError, match="Did you mean"):
        find_projection("BelleII-2018-RDD")
    with pytest.raises(InputError, match="Unknown measurement 'Belle-2019-RD' in data set letter-2022"):
        load_dataset("letter-2022")["Belle-2019-RD"]


# --- the command


def test_list_and_show_answer_in_json():
    listed = json.loads(RUNNER.invoke(app, ["list", "--json"]).stdout)
    assert {item["name"] for item in listed["datasets"]} == set(dataset_names())
    assert len(listed["measurements"]) == len(measurements())
    shown = json.loads(RUNNER.invoke(app, ["show", "HFLAV-2025-RD", "--json"]).stdout)
    assert shown["schema"] == "nutau/measurement/1"
    assert shown["natural"]["central"] == [0.3581, 0.2814]
    assert shown["source"] == "web:HFLAV-CKM2025"
    whole = json.loads(RUNNER.invoke(app, ["show", "2026", "--json"]).stdout)
    assert len(whole["measurements"]) == len(load_dataset("2026").measurements)
    projected = json.loads(RUNNER.invoke(app, ["show", "Letter-2022-Knunu", "--json"]).stdout)
    assert projected["value"] == [0.55, 0.11]


@pytest.mark.parametrize("name", [*dataset_names(), "LHCb-2022-RK", "LHCb-2017-Bstautau", "BelleII-2018-RD"])
def test_show_prints_every_kind(name):
    result = RUNNER.invoke(app, ["show", name])
    assert result.exit_code == 0
    assert name in result.stdout


def test_show_gives_value_source_and_what_it_replaces():
    text = RUNNER.invoke(app, ["show", "BelleII-2023-Knunu"]).stdout
    assert "BR(B+->Knunu) = 2.3 ± 0.5 (stat) +0.5 −0.4 (syst) × 1e-5" in text
    for part in (
        "where: abstract",
        "supersedes: BelleII-2021-Knunu",
        "contained in: HFLAV-2025-Knunu",
        "@article",
    ):
        assert part in text
    limit = RUNNER.invoke(app, ["show", "LHCb-2025-Kstartautau"]).stdout
    assert "BR(B0->K*tautau) < 2.8 × 1e-4 at 95% CL (2.5 at 90% CL)" in limit
    assert (
        "likelihood: two levels: centre and width from the limits at 90 % and 95 %: 1.363 ± 0.859 × 1e-4"
        in limit
    )
    assert "half normal" in RUNNER.invoke(app, ["show", "BelleII-2026-Ktautau"]).stdout


def test_combine_averages_and_refuses_double_counting():
    result = RUNNER.invoke(app, ["combine", "HFLAV-2025-RD-inputs"])
    assert "χ² = 16.68 for 14" in result.stdout
    result = RUNNER.invoke(app, ["combine", "HFLAV-2025-RD", "Belle-2019-RD"])
    assert isinstance(result.exception, InputError)
    assert "already uses the data" in str(result.exception)


def test_unknown_name_is_refused_with_near_ones():
    result = RUNNER.invoke(app, ["show", "HFLAV-2025-RE"])
    assert isinstance(result.exception, InputError)
    assert "Did you mean 'HFLAV-2025-R" in str(result.exception)


def test_own_file_can_be_shown(tmp_path):
    result = RUNNER.invoke(app, ["show", str(listing(tmp_path, GOOD))])
    assert result.exit_code == 0
    assert "(1.00 ± 0.30)e-05" in result.stdout


@pytest.mark.parametrize("command", [["show"], ["list", "--data"]])
def test_own_file_with_an_observable_that_does_not_exist_is_refused(tmp_path, command):
    path = listing(tmp_path, GOOD.replace("BR(B+->Knunu)", "BR(B+->foo)"))
    result = RUNNER.invoke(app, [*command, str(path)])
    assert isinstance(result.exception, InputError)
    assert r"Unknown observable 'BR(B+->foo)' in data set mine, mine" in str(result.exception)


def test_a_list_says_everything_on_every_line():
    text = RUNNER.invoke(app, ["list", "--observable", "Rtaul(B->D"]).stdout
    rows = [line.split() for line in text.splitlines() if "BaBar-2012-RD" in line]
    assert len(rows) == 2  # R(D) and R(D*)
    for row, listed in zip(rows, ("S049R36", "S049R37"), strict=True):
        assert row[-4:] == ["2012-05", "PDG", listed, "BaBar:2012obs"]


def test_the_check_of_a_number_says_where_it_was_seen_and_what_the_pdg_has():
    text = RUNNER.invoke(app, ["show", "BaBar-2010-Knunu"]).stdout
    assert "provenance: secondary\n" in text
    assert "PDG: S041B51 (there <1.3E-5 at 90% CL)\n  INSPIRE: 868017" in text
    assert "PDG S041B51 has <1.3E-5 at 90% CL: the limit" in text
    checks = {name: checked(find_measurement(name)) for name in measurements()}
    assert checks["BelleII-2023-Knunu"] == ["primary, PDG S041B51"]
    assert checks["LHCb-2024-phimutau"] == ["PDG S086P89"]
    assert checks["BaBar-2010-Knunu"] == ["secondary"]
    assert checks["HFLAV-2025-Knunu"] == ["primary"]
    assert all(check for found in checks.values() for check in found)


def test_what_hflav_and_flavio_tabulate_is_secondary():
    """Primary is what was seen in the paper; of HFLAV's averages its page is the paper."""
    theirs = [
        entry
        for entry in measurements().values()
        if ("HFLAV" in entry.location or "flavio" in entry.location) and not entry.source.startswith("HFLAV")
    ]
    assert len(theirs) > 30
    for entry in theirs:
        where = entry.location.partition(";")[0].removeprefix("abstract of")
        by_others = entry.provenance in {"pdg", "secondary"}
        assert by_others or not ("HFLAV" in where or "flavio" in where), entry.name


def test_records_print_as_text_and_tables():
    data = load_dataset("2026")
    assert "HFLAV-2025-RD: Rtaul(B->Dlnu) = 0.3581 ± 0.0240" in str(data)
    assert "<table>" in data._repr_html_()
    assert "&lt;Rmue&gt;" in data["LHCb-2022-RK"]._repr_html_()
