"""Goodness of fit: what counts as a measured number, p of the whole, of the SM and by sector; limits do not count."""

import json
from dataclasses import replace

import numpy as np
import pytest
import yaml
from scipy.stats import chi2 as distribution

from nutau.inference.fit import fit, fitted
from nutau.inference.fit.goodness import sectors
from nutau.inference.likelihood import experiment
from nutau.measurements import find_measurement, inferred, load_dataset, measured
from nutau.observables import catalogue
from nutau.observables.sectors import CHARGED, NEUTRINOS, OTHER, TAUS, sector
from synthetic import likelihood as made
from synthetic import measured as numbers
from synthetic import tabulated, theory_model

LIMIT = {"observable": "BR(B+->Knunu)", "limit": 1.0, "confidence_level": 0.9}
PAIR = ["R(D)", "BR(B+->Knunu)"]


def limit_file(folder, limits, unit=1e-5, values=()):
    """A data set of a user with limits, and Gaussian numbers."""
    entries = [
        {"name": f"L{n}", "kind": "upper_limit", "source": "x", "unit": unit, "limits": [row]}
        for n, row in enumerate(limits)
    ]
    entries += [
        {"name": f"V{n}", "kind": "gaussian", "source": "x", "unit": unit, "values": [row]}
        for n, row in enumerate(values)
    ]
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump({"title": "Mine", "measurements": entries}))
    return str(path)


# --- what counts


def test_a_limit_counts_only_where_its_centre_was_measured():
    assert measured(find_measurement("HFLAV-2025-RD")).tolist() == [True, True]
    assert measured(find_measurement("BelleII-2026-Ktautau")).tolist() == [False]  # nothing but the limit
    assert measured(find_measurement("Belle-2017-Kstar0nunu")).tolist() == [True]  # a fitted yield
    assert measured(find_measurement("BaBar-2008-B0taumu")).tolist() == [True]  # 0.0 +1.1 -0.7: a value
    assert measured(find_measurement("LHCb-2017-Bstautau")).tolist() == [True]


@pytest.mark.parametrize(
    ("best", "axis", "counts"),
    [
        (0.3, (-1, 1), True),
        (0.3, (0, 1), True),
        (0.0, (0, 1), False),  # a limit: its best point is the end of the grid
        (-0.5, (0, 1), False),  # and would lie beyond it
        (2.0, (0, 1), False),
        (0.0, (-1, 1), False),  # a limit written for negative rates too
    ],
)
def test_a_table_with_its_best_point_at_an_end_or_at_zero_is_a_limit(best, axis, counts):
    x = np.linspace(*axis, 21)
    assert measured(tabulated("t", ["a"], [x], ((x - best) / 0.4) ** 2)).tolist() == [counts]


def test_a_table_of_two_observables_counts_each_by_itself():
    x, y = np.linspace(-1, 1, 21), np.linspace(0, 1, 21)
    values = ((x[:, None] - 0.2) / 0.3) ** 2 + (y[None, :] / 0.4) ** 2
    found = experiment([tabulated("t", ["a", "b"], [x, y], values), numbers("m", ["a"], 0.0, 1.0)])
    assert found.measured.tolist() == [True, False, True]
    assert (found.numbers, found.limits) == (2, 1)


def test_a_limit_with_a_centre_shows_both():
    """So that a pull of a limit can be understood; of nothing but a limit, the limit and what stands for it."""
    from nutau.inference.fit.quality import Pull

    row = Pull(
        "m", "BR(B0->K*tautau)", 1.4e-4, 0.9e-4, 0, 0, 0, 0, 0, 0, 0, limit=2.8e-4, confidence_level=0.95
    )
    assert row.shown == "(1.40 ± 0.90)e-04 (< 2.8e-04, 95 %)"
    assert replace(row, counted=False).shown == "< 2.8e-04, 95 % (as (1.40 ± 0.90)e-04)"


@pytest.mark.parametrize(
    ("row", "follows"),
    [
        ({}, False),
        ({"measured": {"value": 0.1, "errors": {"stat": 0.5}}}, False),
        ({"signal_yield": {"value": 1.0, "error": 2.0}}, False),
        ({"expected": 0.8}, True),
        ({"also": {"limit": 1.19, "confidence_level": 0.95}}, True),
    ],
)
def test_a_centre_that_follows_from_limits_is_said(row, follows, tmp_path):
    """Nobody published it: who reads a fit must know on which entries that is so."""
    path = limit_file(tmp_path, [LIMIT | row])
    (entry,) = load_dataset(path).measurements
    assert inferred(entry) is follows
    found = fit(["Re CL_bsnutaunutau"], path, draws=0)
    assert found.goodness.inferred == (("L0",) if follows else ())
    said = "centres that nobody published, inferred from limits as of Gaussians: L0"
    assert (said in found.summary()) is follows
    assert found.to_dict()["goodness"]["inferred"] == found.goodness.inferred


# --- the whole, the SM and the sectors


@pytest.fixture(scope="module")
def two():
    """R_D and K⁺νν̄, of two sectors, with a theory nuisance that moves both: the χ² of each is known in closed form."""
    theory = theory_model(PAIR, [[1, 1, 0], [2, 0, 0]], modes=[[[0.3, 0, 0], [0.4, 0, 0]]])
    return fitted(made(theory, [numbers("m", PAIR[:1], 1.9, 0.5), numbers("n", PAIR[1:], 2.6, 0.2)]))


def test_sectors_have_the_covariance_of_their_own_measurements(two):
    """The parameter makes R_D what it is, so b → sνν̄ is (0.6)²/(0.2² + 0.4²), and a nuisance can shift R_D."""
    found = {part.sector: part for part in two.goodness.sectors}
    assert list(found) == [CHARGED, NEUTRINOS]
    assert found[NEUTRINOS].chi2 == pytest.approx(0.6**2 / 0.2, rel=1e-6)
    x = float(two.best.values[0])
    assert found[CHARGED].chi2 == pytest.approx((0.9 - x) ** 2 / (0.25 + 0.09), rel=1e-6)
    assert found[CHARGED].sm_chi2 == pytest.approx(0.9**2 / 0.34, rel=1e-6)
    assert found[NEUTRINOS].p_value == pytest.approx(distribution.sf(1.8, 1), rel=1e-6)
    assert found[CHARGED].numbers == found[NEUTRINOS].numbers == 1


def test_the_standard_model_has_a_p_of_its_own(two):
    covariance = np.array([[0.25 + 0.09, 0.12], [0.12, 0.04 + 0.16]])
    residual = np.array([0.9, 0.6])
    exact = residual @ np.linalg.solve(covariance, residual)
    assert two.goodness.sm_chi2 == pytest.approx(exact, rel=1e-6)
    assert two.goodness.sm_p_value == pytest.approx(np.exp(-exact / 2), rel=1e-6)  # two numbers, no parameter
    assert (two.goodness.dof, two.dof) == (1, 1)


def test_every_observable_has_a_sector():
    """The letter's decays have theirs; a ratio of taus and what is not b → s, c is 'other'."""
    found = {item.name: sector([item.name]) for item in catalogue()}
    assert found["BR(B0->K*tautau)"] == found["BR(Bs->tautau)"] == found["<FL>(B+->K*tautau)"] == TAUS
    assert found["BR(B->Xsnunu)"] == found["BR(Bs->phinunu)"] == found["BR(Lambdab->Lambdanunu)"] == NEUTRINOS
    assert found["BR(Bc->taunu)"] == found["FLtot(B0->D*taunu)"] == CHARGED
    assert found["Rtaumu(Lambdab->Lambdaclnu)"] == CHARGED
    for name in ("BR(B+->taunu)", "BR(B0->tautau)", "<Rmue>(B+->Kll)", "BR(B+->Kmutau)", "DeltaM_s"):
        assert found[name] == OTHER
    assert sector(["Rnunu(K)", "R(D)"]) == OTHER  # measured together
    assert sector(["Rtautau(K)"]) == TAUS


def test_every_measurement_is_in_one_sector():
    entries = load_dataset("2026-all").measurements
    grouped = [entry.name for _, part in sectors(entries) for entry in part]
    assert sorted(grouped) == sorted(entry.name for entry in entries)


# --- limits are used and not counted


def test_nothing_but_limits_has_no_p(tmp_path):
    """b → sττ as limits alone: χ² = 0 is not perfect agreement, because nothing was measured."""
    data = limit_file(
        tmp_path,
        [
            {"observable": "BR(B+->Ktautau)", "limit": 56.0, "confidence_level": 0.9},
            {"observable": "BR(B0->K*tautau)", "limit": 28.0, "confidence_level": 0.95},
        ],
    )
    found = fit(["C9_bstautau"], data, draws=50)
    assert found.p_value is None
    assert found.goodness.sm_p_value is None
    assert "χ² = 0.00 of 2 limits: no measured number constrains it, and p is not defined" in str(found)
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert document["goodness"]["numbers"] == 0
    assert document["goodness"]["limits"] == 2
    assert document["p_value"] is None
    assert [pull["counted"] for pull in document["pulls"]] == [False, False]


def test_a_limit_far_above_the_prediction_changes_neither_dof_nor_p(tmp_path):
    core = load_dataset("2026-core")
    data = replace(core, measurements=(core["HFLAV-2025-RD"], core["HFLAV-2025-Knunu"]))
    far = load_dataset(
        limit_file(tmp_path, [{"observable": "BR(B0->Ktautau)", "limit": 9e4, "confidence_level": 0.9}])
    )
    alone = fit(["delta"], data, fixed={"kappa": 0.7}, draws=0)
    beside = fit(
        ["delta"],
        replace(data, measurements=(*data.measurements, *far.measurements)),
        fixed={"kappa": 0.7},
        draws=0,
    )
    assert (beside.dof, beside.goodness.limits) == (alone.dof, 1) == (2, 1)
    assert beside.p_value == pytest.approx(alone.p_value, rel=1e-4)  # (2e-5 / 0.5)² in χ²
    assert "1 limit is used but not counted" in str(beside)
    assert "not counted" not in str(alone)


def test_units_do_not_matter(tmp_path):
    rows = [
        {"observable": "BR(B+->Knunu)", "value": 1.4, "errors": {"total": 0.4}},
        {"observable": "BR(B0->Knunu)", "value": 0.6, "errors": {"total": 0.9}},
    ]
    limits = [{"observable": "BR(B0->K*nunu)", "limit": 1.8, "confidence_level": 0.9}]
    found = []
    for scale, unit in ((1.0, 1e-5), (1000.0, 1e-8)):
        values = [
            {**row, "value": scale * row["value"], "errors": {"total": scale * row["errors"]["total"]}}
            for row in rows
        ]
        bound = [{**row, "limit": scale * row["limit"]} for row in limits]
        data = limit_file(tmp_path, bound, unit, values)
        found.append(fit(["CL_bsnutaunutau"], data, draws=0))
    first, second = (one.goodness for one in found)
    assert (
        (first.numbers, first.limits, first.dof) == (second.numbers, second.limits, second.dof) == (2, 1, 1)
    )
    assert first.p_value == pytest.approx(second.p_value, rel=1e-6)
    assert [part.chi2 for part in first.sectors] == pytest.approx(
        [part.chi2 for part in second.sectors], rel=1e-6
    )


def test_what_a_limit_alone_sees_takes_no_degree_of_freedom():
    """Two numbers of one direction and a limit that sees another: one number is left to test."""
    theory = theory_model(["a", "b", "c"], [[0, 1, 0, 0, 0, 0], [0, 2, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0]])
    entries = [numbers("m", ["a", "b"], [1.0, 2.1], [0.1, 0.1])]
    axis = np.linspace(0.0, 6.0, 61)
    limit = tabulated("l", ["c"], [axis], (axis / 2.0) ** 2)
    both = made(theory, [*entries, limit])
    assert (both.effective_parameters, both.experiment.numbers, both.dof) == (2, 2, 1)
    assert fitted(both).p_value == pytest.approx(distribution.sf(0.1**2 / (0.1**2 * 5), 1), rel=1e-3)
