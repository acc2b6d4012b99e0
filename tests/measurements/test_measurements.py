"""Measurements: likelihoods of every kind, and the shipped numbers against their sources."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nutau.common import yaml_files
from nutau.errors import InputError
from nutau.measurements import (
    Gaussian,
    LikelihoodGrid,
    Measurement,
    Observable,
    approximate,
    asimov,
    chi2,
    combine,
    covariance,
    find_measurement,
    load_dataset,
    measurements,
    projections,
    pulls,
    residuals,
    restrict,
)
from nutau.measurements.limits import width
from nutau.measurements.units import UNITS, dimension, factor

KNUNU = ("BelleII-2023-Knunu", "Belle-2017-Knunu", "Belle-2013-Knunu", "BaBar-2010-Knunu", "BaBar-2013-Knunu")


def one(central, plus, minus=None):
    """A single asymmetric number."""
    values = [np.array([float(x)]) for x in (central, plus, plus if minus is None else minus)]
    found = Gaussian(*values, np.eye(1), np.array([0]))
    return Measurement("one", (Observable("x"),), found, "test", ("1",), np.ones(1))


def curve(axes, values):
    observables = tuple(Observable(name) for name in "xyz"[: len(axes)])
    table = LikelihoodGrid(tuple(axes), values - values.min())
    return Measurement("table", observables, table, "test", ("1",) * len(axes), np.ones(len(axes)))


# --- numbers of the sources


def test_hflav_ckm2025_inputs_give_the_published_average():
    # HFLAV log file, first pass: 0.35812(2401), 0.28138(1083), rho -0.3722, chi2 16.683 for 14
    found = combine([find_measurement("HFLAV-2025-RD-inputs")])
    assert [item.name for item in found.observables] == ["Rtaul(B->Dlnu)", "Rtaul(B->D*lnu)"]
    np.testing.assert_allclose(found.central, [0.3581223, 0.2813805], atol=1e-7)
    np.testing.assert_allclose(found.uncertainty, [0.0240112, 0.0108338], atol=1e-7)
    assert found.correlation[0, 1] == pytest.approx(-0.3722, abs=5e-5)
    assert (found.chi2, found.dof) == (pytest.approx(16.683, abs=5e-4), 14)
    # published second pass, to its rounding
    np.testing.assert_allclose(found.central, [0.358, 0.281], atol=5e-4)
    np.testing.assert_allclose(found.uncertainty, [0.024, 0.011], atol=5e-4)


def test_sm_point_is_3_8_sigma_from_hflav_ckm2025():
    # HFLAV CKM 2025 page: chi2 = 17.63 for 2, p = 1.48e-4
    measured, sm = find_measurement("HFLAV-2025-RD"), find_measurement("HFLAV-2025-RD-SM").gaussian
    step = residuals(measured, sm.central)
    value = step @ np.linalg.solve(measured.gaussian.covariance + sm.covariance, step)
    assert value == pytest.approx(17.63, abs=0.005)
    assert np.exp(-value / 2) == pytest.approx(1.48e-4, abs=1e-6)


def test_left_handed_fit_to_rd():
    # R/R_SM = (1 + C)^2, SM uncertainties scaled too: 0.068 [0.051, 0.084], chi2 = 0.88, to the last digit
    measured, sm = find_measurement("HFLAV-2025-RD"), find_measurement("HFLAV-2025-RD-SM").gaussian
    points = np.linspace(0.0, 0.2, 20001)
    scale = (1 + points[:, None]) ** 2
    step = residuals(measured, scale * sm.central)
    total = measured.gaussian.covariance + scale[..., None] ** 2 * sm.covariance
    values = np.einsum("ki,ki->k", step, np.linalg.solve(total, step[..., None])[..., 0])
    inside = points[values < values.min() + 1]
    assert points[values.argmin()] == pytest.approx(0.068, abs=6e-4)
    np.testing.assert_allclose([inside[0], inside[-1]], [0.051, 0.084], atol=6e-4)
    assert values.min() == pytest.approx(0.88, abs=0.01)


def test_knunu_inputs_combine_to_the_hflav_average():
    # HFLAV December 2025: 1.38(35)e-5, chi2 5.55 for 4. Rounded inputs move the mean by up to 0.005e-5.
    found = combine([find_measurement(name) for name in KNUNU])
    assert found.central[0] == pytest.approx(1.38e-5, abs=0.006e-5)
    assert found.uncertainty[0] == pytest.approx(0.35e-5, abs=0.005e-5)
    assert (found.chi2, found.dof) == (pytest.approx(5.55, abs=0.01), 4)


def test_btaunu_inputs_combine_to_the_hflav_average():
    # HFLAV December 2025: 1.12(19)e-4, chi2 4.25 for 4; symmetrised uncertainties would give 1.10
    inputs = [entry for entry in measurements().values() if "HFLAV-2025-Btaunu" in entry.contained_in]
    found = combine(inputs)
    assert found.central[0] == pytest.approx(1.12e-4, abs=0.005e-4)
    assert found.uncertainty[0] == pytest.approx(0.19e-4, abs=0.005e-4)
    assert (found.chi2, found.dof) == (pytest.approx(4.25, abs=0.005), 4)


def test_lhcb_rk_agrees_with_the_standard_model():
    # arXiv:2212.09152: 0.2 sigma from the SM, a p-value near 0.84 for 4; R = 1, but 0.93 in the low bin of K*
    value = chi2(find_measurement("LHCb-2022-RK"), np.array([1.0, 1.0, 1.0, 0.93]))
    assert value == pytest.approx(1.4, abs=0.3)


IN_UNITS_OF_PREDICTIONS = {
    "1": (1.0, "1"),
    "%": (0.01, "1"),
    "rad": (1.0, "1"),
    "GeV": (1.0, "GeV"),
    "MeV": (0.001, "GeV"),
    "TeV": (1000.0, "GeV"),
    "GeV^-2": (1.0, "GeV^-2"),
    "TeV^-2": (0.000001, "GeV^-2"),
    "ps": (1.0, "ps"),
    "ps^-1": (1.0, "ps^-1"),
}


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_has_its_size(unit):
    size, base = IN_UNITS_OF_PREDICTIONS[unit]
    assert (factor(unit), dimension(unit)) == (pytest.approx(size, rel=1e-15), base)
    assert (factor(f"1e-8 {unit}"), dimension(f"1e-8 {unit}")) == (pytest.approx(1e-8 * size), base)


def test_inverse_units_are_inverse():
    for unit, power in (("TeV", -2), ("GeV", -2), ("ps", -1)):
        assert factor(f"{unit}^{power}") == pytest.approx(factor(unit) ** power, rel=1e-15)
    assert 1000 * factor("MeV") == factor("GeV")


def test_delta_ms_is_stored_in_the_unit_of_its_prediction():
    """Times are in ps everywhere; a mass difference of 17.766/ps stays that number."""
    from nutau.observables import find

    entry = find_measurement("HFLAV-2024-DeltaMs")
    assert find("DeltaM_s").unit == entry.units[0] == "ps^-1"
    assert entry.gaussian.central[0] == 17.766
    assert factor("ps^-1") * factor("ps") == pytest.approx(1.0, rel=1e-15)


def test_lhcb_bstautau_table_gives_its_limit():
    # 6.8e-3 at 95 % CL with CLs; a flat prior on the digitised curve gives the limit to about 20 %
    points = np.linspace(0, 0.03, 6001)
    density = np.exp(-chi2(find_measurement("LHCb-2017-Bstautau"), points[:, None]) / 2)
    limit = points[np.searchsorted(np.cumsum(density) / density.sum(), 0.95)]
    assert limit == pytest.approx(6.8e-3, rel=0.2)


@pytest.mark.parametrize("name", sorted(measurements()))
def test_every_measurement_is_sourced_and_finite(name, monkeypatch, tmp_path):
    entry = find_measurement(name)
    assert entry.source in yaml_files.references()
    assert entry.location
    assert entry.provenance in {"primary", "pdg", "secondary", "computed"}
    assert len(entry.pdg) == len(entry.pdg_prints) == len(entry.units)
    assert {*entry.supersedes, *entry.contained_in, *entry.instead_of} <= set(measurements())
    central = np.zeros(len(entry.observables)) if entry.gaussian is None else _best(entry)
    if name == "BelleII-2025-Knunu-likelihood":
        monkeypatch.setenv("NUTAU_CACHE", str(tmp_path))
        with pytest.raises(InputError, match="nutau data fetch belle2-knunu"):
            chi2(entry, central)
        return
    assert np.isfinite(chi2(entry, central))


def _best(entry):
    """A value for each observable: the last row that measures it."""
    best = np.zeros(len(entry.observables))
    best[entry.gaussian.index] = entry.gaussian.central
    return best


def test_projections_are_sourced_and_increasing():
    for item in projections().values():
        assert item.source in yaml_files.references()
        assert np.all(np.diff(item.luminosity) > 0)
        assert np.all(np.diff(item.value) < 0)


# --- Gaussians


def test_asymmetric_errors_give_one_at_both_ends_and_are_flat_outside():
    entry = one(2.0, 0.5, 0.25)
    points = np.array([[1.0], [1.75], [2.0], [2.5], [3.0]])
    np.testing.assert_allclose(chi2(entry, points), [16.0, 1.0, 0.0, 1.0, 4.0], atol=1e-12)
    np.testing.assert_allclose(pulls(entry, points)[:, 0], [4.0, 1.0, 0.0, -1.0, -2.0], atol=1e-12)


def test_chi2_of_a_correlated_set_is_the_textbook_form():
    entry = find_measurement("HFLAV-2025-RD")
    x = np.array([[0.30, 0.25], [0.36, 0.29]])
    step = x - entry.gaussian.central
    expected = [r @ np.linalg.solve(entry.gaussian.covariance, r) for r in step]
    np.testing.assert_allclose(chi2(entry, x), expected, rtol=1e-12)
    np.testing.assert_allclose(covariance(entry, x)[1], entry.gaussian.covariance, rtol=1e-12)


def test_a_number_measured_twice_counts_twice():
    # sixteen inputs of two observables: predictions have two columns
    entry = find_measurement("HFLAV-2025-RD-inputs")
    best = combine([entry])
    assert chi2(entry, best.central) == pytest.approx(best.chi2, rel=1e-12)
    step = np.array([0.01, -0.003])
    expected = best.chi2 + step @ np.linalg.solve(best.covariance, step)
    assert chi2(entry, best.central + step) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    "name", ["LHCb-2022-RK", "Belle-2017-Kstar0nunu", "LHCb-2017-Bstautau", "HFLAV-2025-RD-inputs"]
)
def test_numpy_and_jax_agree_under_jit_and_vmap(name):
    entry = find_measurement(name)
    gaussian = approximate(entry)
    sigma = np.ones(len(entry.observables)) * gaussian.plus[0]
    points = np.ones((2, 3, 1)) * (np.abs(gaussian.central[0]) + sigma * np.array([[[0.3]], [[1.7]]]))
    expected = chi2(entry, points)
    assert expected.shape == (2, 3)
    np.testing.assert_allclose(jax.jit(lambda x: chi2(entry, x))(jnp.asarray(points)), expected, rtol=1e-12)
    mapped = jax.jit(jax.vmap(jax.vmap(lambda x: chi2(entry, x))))(jnp.asarray(points))
    np.testing.assert_allclose(mapped, expected, rtol=1e-12)


@pytest.mark.parametrize(
    "name", ["LHCb-2022-RK", "BelleII-2023-Knunu", "Belle-2017-Kstar0nunu", "LHCb-2017-Bstautau"]
)
def test_gradients_equal_finite_differences(name):
    entry = find_measurement(name)
    gaussian = approximate(entry)
    at = _best(entry) if entry.gaussian is not None else gaussian.central
    sigma = np.ones(len(at)) * gaussian.plus
    at = at + 0.37 * sigma
    slope = jax.jit(jax.grad(lambda x: chi2(entry, x)))(jnp.asarray(at))
    for k, step in enumerate(1e-5 * sigma):
        up, down = (chi2(entry, at + sign * step * np.eye(len(at))[k]) for sign in (1, -1))
        assert float(slope[k]) == pytest.approx((up - down) / (2 * step), rel=1e-6)


def test_asimov_has_its_minimum_at_the_truth():
    for name in ("LHCb-2022-RK", "Belle-2017-Kstar0nunu", "LHCb-2017-Bstautau"):
        entry = find_measurement(name)
        truth = np.linspace(1e-3, 2e-3, len(entry.observables))
        assert chi2(asimov(entry, truth), truth) == pytest.approx(0.0, abs=1e-12)


def test_restricting_drops_rows_and_their_correlations():
    entry = find_measurement("LHCb-2022-RK")
    kept = entry.observables[2:0:-1]
    small = restrict(entry, kept)
    assert small.observables == kept
    np.testing.assert_array_equal(small.gaussian.central[np.argsort(small.gaussian.index)], [1.027, 0.994])
    assert small.gaussian.correlation[0, 1] == 0.004
    assert chi2(small, np.array([1.027, 0.994])) == 0.0
    with pytest.raises(InputError, match=r"LHCb-2022-RK does not measure BR\(B->Knunu\)"):
        restrict(entry, (Observable("BR(B->Knunu)"),))


def test_predictions_of_the_wrong_length_are_refused():
    with pytest.raises(InputError, match=r"HFLAV-2025-RD measures 2 observable.*shape \(3,\)"):
        chi2(find_measurement("HFLAV-2025-RD"), np.zeros(3))


def test_only_gaussians_are_averaged():
    with pytest.raises(InputError, match="LHCb-2017-Bstautau is of kind table"):
        combine([find_measurement("LHCb-2017-Bstautau")])
    with pytest.raises(InputError, match="at least one"):
        combine([])


# --- limits


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize("pull", [-2.0, -0.5, 0.0, 2.1])
def test_limit_comes_back_from_its_gaussian(level, pull):
    from scipy.stats import truncnorm

    sigma = width(3.2e-4, level, pull)
    posterior = truncnorm(-pull, np.inf, loc=pull * sigma, scale=sigma)
    assert posterior.cdf(3.2e-4) == pytest.approx(level, rel=1e-10)


def test_half_normal_limit_is_limit_over_1_645():
    entry = find_measurement("BelleII-2026-Ktautau")
    assert entry.gaussian.plus[0] == pytest.approx(0.56e-3 / 1.6448536, rel=1e-7)
    assert chi2(entry, np.array([0.56e-3])) == pytest.approx(2.7055, abs=1e-4)
    assert entry.distribution.construction[0].startswith("half normal")


def test_every_limit_names_its_construction_and_level():
    limits = [entry for entry in measurements().values() if entry.kind == "upper_limit"]
    assert len(limits) > 20
    for entry in limits:
        assert np.all((entry.distribution.confidence_level > 0.8) & (entry.distribution.confidence_level < 1))
        assert all(entry.distribution.construction)


# --- tables and workspaces


def test_table_of_a_parabola_is_the_parabola_inside_and_outside():
    axis = np.linspace(-1.0, 3.0, 9)
    entry = curve([axis], ((axis - 0.5) / 0.7) ** 2)
    points = np.array([[-2.5], [-0.3], [0.5], [2.2], [6.0]])
    np.testing.assert_allclose(chi2(entry, points), ((points[:, 0] - 0.5) / 0.7) ** 2, atol=1e-9)
    gaussian = approximate(entry)
    np.testing.assert_allclose(
        [gaussian.central[0], gaussian.plus[0], gaussian.minus[0]], [0.5, 0.7, 0.7], atol=1e-3
    )


def test_two_dimensional_table():
    x, y = np.linspace(-2, 2, 9), np.linspace(-3, 3, 7)
    values = x[:, None] ** 2 + x[:, None] * y + 2 * y**2
    entry = curve([x, y], values)
    points = np.array([[0.3, -1.1], [1.9, 2.5], [-2.5, 0.2]])
    expected = points[:, 0] ** 2 + points[:, 0] * points[:, 1] + 2 * points[:, 1] ** 2
    np.testing.assert_allclose(chi2(entry, points), expected - values.min(), atol=1e-9)
    slope = jax.jit(jax.grad(lambda p: chi2(entry, p)))(jnp.array([0.3, -1.1]))
    np.testing.assert_allclose(slope, [2 * 0.3 - 1.1, 0.3 - 4.4], atol=1e-8)
    with pytest.raises(InputError, match="2 observables and has no Gaussian"):
        approximate(entry)


WORKSPACE = {
    "version": "1.0.0",
    "channels": [
        {
            "name": "signal region",
            "samples": [
                {
                    "name": "signal",
                    "data": [10.0],
                    "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
                },
                {"name": "background", "data": [50.0], "modifiers": []},
            ],
        }
    ],
    "observations": [{"name": "signal region", "data": [55.0]}],
    "measurements": [{"name": "fit", "config": {"poi": "mu", "parameters": []}}],
}


def workspace_dataset(folder, poi="mu", content=WORKSPACE):
    (folder / "workspace.json").write_text(json.dumps(content))
    (folder / "mine.yaml").write_text(
        f"""
        title: mine
        measurements:
          - {{name: mine, kind: pyhf, source: me, observable: BR(B+->Knunu), unit: 1e-6, poi: {poi},
             workspace: workspace.json, reference: 5.0, lowest: 0.0, highest: 20.0, points: 21}}
        """
    )
    return folder / "mine.yaml"


def test_pyhf_workspace_is_profiled_into_a_poisson_likelihood(tmp_path):
    # one bin, no nuisances: -2 log L = 2 (s + b) - 2 n log(s + b) with s = 10 x / 5e-6
    pytest.importorskip("pyhf")
    entry = load_dataset(workspace_dataset(tmp_path))["mine"]
    x = np.array([0.3e-6, 2.5e-6, 7.7e-6, 15e-6])
    rate = 50 + 10 * x / 5e-6
    expected = 2 * rate - 2 * 55 * np.log(rate) - (2 * 55 - 2 * 55 * np.log(55))
    # grid minimum is at 2.0e-6 or 3.0e-6, 0.018 above the true one
    found = chi2(entry, x[:, None])
    np.testing.assert_allclose(found - found[1], expected - expected[1], atol=2e-3)


def test_bad_workspaces_are_refused(tmp_path):
    pytest.importorskip("pyhf")
    entry = load_dataset(workspace_dataset(tmp_path, poi="nu"))["mine"]
    with pytest.raises(InputError, match="Unknown parameter of interest 'nu'"):
        chi2(entry, np.array([1e-6]))
    other = tmp_path / "other"
    other.mkdir()
    entry = load_dataset(workspace_dataset(other, content={"nothing": 1}))["mine"]
    with pytest.raises(InputError, match="not a valid pyhf workspace"):
        chi2(entry, np.array([1e-6]))
    (other / "workspace.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read as a pyhf workspace"):
        chi2(entry, np.array([1e-6]))
