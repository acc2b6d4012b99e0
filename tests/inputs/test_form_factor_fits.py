"""Our fits of form factors: reproducible, lawful, and in agreement with what their papers say."""

import importlib.util
import math
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from nutau.common.yaml_files import folder, parse_yaml, read_yaml
from nutau.inputs import load_inputs
from nutau.inputs.form_factors import zexpansion
from rounding import neighbour

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = parse_yaml((ROOT / "tests/reference/form_factors.yaml").read_text(), "form_factors.yaml")


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("fit_form_factors", ROOT / "tools" / "fit_form_factors.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def par():
    return load_inputs("flavio-2.7").parameters.mapping()


@cache
def chosen(channel, name, inputs="default"):
    """An input set with one form-factor determination."""
    return load_inputs(inputs, form_factors={channel: name})


def forms(channel, name, q2, inputs="default"):
    """Form factors of a shipped determination and the covariance of each over ``q2``."""
    loaded = chosen(channel, name, inputs)
    series, parameters = loaded.form_factor(channel), loaded.parameters
    at = [parameters.index(key) for key in series.names]
    covariance = np.asarray(parameters.covariance)[np.ix_(at, at)]
    functions = zexpansion.basis(series, parameters.mapping(), np.asarray(q2, dtype=float))
    values = {key: rows @ np.asarray(parameters.central)[at] for key, rows in functions.items()}
    errors = {key: np.sqrt(np.diag(rows @ covariance @ rows.T)) for key, rows in functions.items()}
    return values, errors


# --- the shipped files are what the tool makes


PRINTED = 1e-7
"""Of an error: twelve printed digits, over the smallest eigenvalue of a correlation (5e-4), are 2e-9 of an error."""


def test_shipped_fits_are_reproduced(tool, par):
    """In the eigen-directions of the errors, where each has size one; coefficients alone are ill-determined digits."""
    for plan in tool.PLANS:
        fit = tool.run(plan, par)
        shipped = read_yaml(folder("form_factors").joinpath(f"{plan.name}.yaml"))
        assert tuple(shipped["coefficients"]) == fit.names
        covariance = tool.symmetric(shipped["covariance"])
        units, fixed = directions(covariance)
        series = tool.record(plan.channel, tuple(dict.fromkeys(name.split()[0] for name in fit.names)))
        whole = (
            plan.channel != "B->D" or "fT" not in fit.names
        )  # fT follows f+ there, with no relation of its own
        relations = tool.relations(series, par, plan.axial) if whole else np.zeros((1, 0))
        assert fixed.shape[1] == len(relations)
        difference = np.array(list(shipped["coefficients"].values())) - fit.solution
        assert np.abs(units.T @ difference).max() < PRINTED
        assert np.abs(units.T @ fit.covariance @ units - np.eye(units.shape[1])).max() < PRINTED
        assert np.abs(fixed.T @ fit.covariance @ fixed).max(initial=0.0) < 1e-10  # 0 to the printed digits
        assert shipped["fit"]["chi2"] == pytest.approx(fit.chi2, abs=1e-4)
        assert shipped["fit"]["dof"] == fit.dof


def directions(covariance):
    """Columns u with u^T C u = 1, and those along which the errors vanish, in units of the coefficients' errors."""
    scale = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    vectors, free = vectors / scale[:, None], values > 1e-9
    return vectors[:, free] / np.sqrt(values[free]), vectors[:, ~free]


def test_shipped_form_factors_are_those_of_the_fits(tool, par):
    """Values and errors over q², the relations at its ends included."""
    for plan in tool.PLANS:
        fit = tool.run(plan, par)
        shipped = read_yaml(folder("form_factors").joinpath(f"{plan.name}.yaml"))
        series = tool.record(plan.channel, tuple(dict.fromkeys(name.split()[0] for name in fit.names)))
        assert series.names == fit.names
        heavy, light = (par[mass] for mass in series.masses)
        rows = zexpansion.basis(series, par, np.linspace(0.0, (heavy - light) ** 2, 9))
        coefficients, covariance = (
            np.array(list(shipped["coefficients"].values())),
            tool.symmetric(shipped["covariance"]),
        )
        for name, row in rows.items():
            errors = np.sqrt(np.diag(row @ covariance @ row.T))
            np.testing.assert_allclose(row @ (coefficients - fit.solution) / errors, 0.0, atol=PRINTED)
            np.testing.assert_allclose(
                np.sqrt(np.diag(row @ fit.covariance @ row.T)),
                errors,
                rtol=PRINTED,
                err_msg=f"{plan.name} {name}",
            )


@pytest.mark.parametrize("digits", range(3))
def test_fits_do_not_hang_on_how_a_machine_rounds(tool, par, monkeypatch, digits):
    """With the values changed by roundings the coefficients stay, to a small part of the errors."""
    plan = next(plan for plan in tool.PLANS if plan.name == "B-Dstar_lattice")
    fit = tool.run(plan, par)
    change = np.random.default_rng(digits)
    whole = tool.read_points

    def read_points(name):
        points = whole(name)
        return replace(points, covariance=neighbour(points.covariance, change, symmetric=True))

    monkeypatch.setattr(tool, "read_points", read_points)
    other, (units, _) = tool.run(plan, par), directions(fit.covariance)
    assert np.abs(units.T @ (other.solution - fit.solution)).max() < PRINTED
    assert np.abs(units.T @ (other.covariance - fit.covariance) @ units).max() < PRINTED


def test_combinations_are_good_fits():
    chi2 = {
        stem: tuple(
            read_yaml(folder("form_factors").joinpath(f"{stem}.yaml"))["fit"][key] for key in ("chi2", "dof")
        )
        for stem in (
            "B-K_lattice",
            "B-K_flag21-hpqcd22",
            "B-K_bgmt25",
            "B-Kstar_bgmt25",
            "B-D_lattice",
            "B-Dstar_lattice",
        )
    }
    assert chi2["B-K_flag21-hpqcd22"] == (
        pytest.approx(4.85, abs=0.01),
        8,
    )  # an independent fit to the same values
    assert {name: dof for name, (_, dof) in chi2.items()} == {
        **{"B-K_lattice": 18, "B-K_flag21-hpqcd22": 8, "B-D_lattice": 7, "B-Dstar_lattice": 31},
        **{"B-K_bgmt25": 18 + 14, "B-Kstar_bgmt25": 33 + 48 + 36 - 19 + 2},
    }
    assert all(value < dof + 2.0 * math.sqrt(2.0 * dof) for value, dof in chi2.values())


# --- laws


def test_endpoint_relations_at_maximal_recoil_energy(par):
    """Exact at the masses of the fit; today's move the end of the range by 1e-5."""
    heavy, light = par["m_B0"], par["m_D*+"]
    values, _ = forms("B->D*", "lattice", [0.0, (heavy - light) ** 2], "flavio-2.7")
    ratio = (heavy**2 - light**2) / (8.0 * heavy * light)
    assert values["A12"] == pytest.approx([ratio * values["A0"][0], ratio * values["A1"][1]], rel=1e-6)
    assert values["T2"][0] == pytest.approx(values["T1"][0], rel=1e-10)  # twelve printed digits
    assert values["T23"][1] == pytest.approx(
        values["T2"][1] * (heavy + light) ** 2 / (4 * heavy * light), rel=1e-6
    )


def test_only_one_helicity_is_left_where_the_kaon_rests(par):
    """A12 and A1, T23 and T2 of B → K* at maximal q², exact at the masses of the fit."""
    heavy, light = par["m_B0"], par["m_K*0"]
    values, _ = forms("B->K*", "bgmt25", [0.0, (heavy - light) ** 2], "flavio-2.7")
    ratio = (heavy**2 - light**2) / (8.0 * heavy * light)
    assert values["A12"] == pytest.approx([ratio * values["A0"][0], ratio * values["A1"][1]], rel=1e-6)
    assert values["T2"][0] == pytest.approx(values["T1"][0], rel=1e-10)
    assert values["T23"][1] == pytest.approx(
        values["T2"][1] * (heavy + light) ** 2 / (4 * heavy * light), rel=1e-6
    )


def test_relations_of_b_to_kstar_cost_little(tool, par, monkeypatch):
    """Exact, but not built into the series: the sum rules and the lattice agree with both of them."""
    plan = next(plan for plan in tool.PLANS if plan.name == "B-Kstar_bgmt25")
    tied = tool.run(plan, par)
    monkeypatch.setattr(tool, "relations", lambda series, par, axial: np.zeros((0, len(series.names))))
    free = tool.run(plan, par)
    assert tied.dof - free.dof == 2
    assert 0.0 < tied.chi2 - free.chi2 < 4.6  # 10 % of two


def test_more_data_do_not_enlarge_errors():
    q2 = [0.0, 6.0, 12.0, 18.0, 22.0]
    _, combined = forms("B->K", "lattice", q2)
    _, more = forms("B->K", "bgmt25", q2)
    assert all(np.all(more[name] <= combined[name] * (1 + 1e-9)) for name in combined)
    for alone in ("fnalmilc15", "hpqcd22"):
        _, errors = forms("B->K", alone, q2)
        for name in ("f+", "f0", "fT"):
            assert np.all(combined[name] <= errors[name] * (1 + 1e-9))


# --- outside numbers


def conformal(q2, heavy, light, t_zero):
    t_plus = (heavy + light) ** 2
    here, origin = np.sqrt(t_plus - q2), np.sqrt(t_plus - t_zero)
    return (here - origin) / (here + origin)


def bcl(entry, name, q2, t_zero):
    """The series of Bourrely, Caprini and Lellouch, 0807.2722, with three terms."""
    z, powers = conformal(q2, *entry["masses"], t_zero), np.arange(3)
    terms = z**powers
    if name != "f0":
        terms = terms - powers / 3.0 * (-1.0) ** (powers - 3) * z**3
    return entry["factor"] * terms @ np.array(entry[name]) / (1.0 - q2 / entry["poles"][name] ** 2)


@pytest.mark.parametrize(
    ("name", "origin", "tolerance"),
    [("B-K_hpqcd22", "zero", 0.025), ("B-K_fnalmilc15", "optimal", 0.02), ("B-D_hpqcd15", "endpoint", 0.015)],
)
def test_points_lie_on_the_published_series(tool, name, origin, tolerance):
    """In standard deviations; the accuracy is that of the digits printed in the papers."""
    entry, points = REFERENCE[name], tool.read_points(name)
    heavy, light = entry["masses"]
    edge, t_plus = (heavy - light) ** 2, (heavy + light) ** 2
    t_zero = {"zero": 0.0, "endpoint": edge, "optimal": t_plus * (1 - math.sqrt(1 - edge / t_plus))}[origin]
    series = [bcl(entry, key, q2, t_zero) for key, q2 in zip(points.form_factors, points.q2, strict=True)]
    assert np.abs((points.mean - series) / np.sqrt(np.diag(points.covariance))).max() < tolerance


def bgl(entry, q2):
    """V, A1, A12, A0 from the series of Boyd, Grinstein and Lebed, hep-ph/9705252, with t0 = t_-."""
    heavy, light = entry["masses"]
    r, z = light / heavy, conformal(q2, heavy, light, (heavy - light) ** 2)
    bracket = (1 + r) * (1 - z) + 2 * math.sqrt(r) * (1 + z)
    shape = {"g": (2, -1, 4), "f": (1, 3, 4), "F1": (1, 5, 5), "F2": (2, -1, 4)}
    norm = {
        "g": 16 / math.sqrt(3),
        "f": 4 / heavy**2 / math.sqrt(3),
        "F1": 4 / heavy**3 / math.sqrt(6),
        "F2": 8 * math.sqrt(2),
    }
    out = {}
    for name, (a, b, c) in shape.items():
        outer = norm[name] * math.sqrt(2.6 / math.pi / entry["chi"][name])
        outer *= (r * (1 + z)) ** a * (1 - z) ** (b / 2) / bracket**c
        for mass in entry["poles"][name]:
            pole = conformal(mass**2, heavy, light, (heavy - light) ** 2)
            outer *= (z - pole) / (1 - z * pole)
        out[name] = np.polynomial.polynomial.polyval(z, entry[name]) / outer
    plus = heavy + light
    return {
        "V": plus / 2 * out["g"],
        "A1": out["f"] / plus,
        "A12": out["F1"] / (8 * heavy * light),
        "A0": out["F2"] / 2,
    }


def test_fermilab_points_agree_with_the_fit_of_the_paper(tool):
    points = tool.read_points("B-Dstar_fnalmilc21")
    series = [
        bgl(REFERENCE["B-Dstar_fnalmilc21"], q2)[key]
        for key, q2 in zip(points.form_factors, points.q2, strict=True)
    ]
    assert (
        np.abs((points.mean - series) / np.sqrt(np.diag(points.covariance))).max() < 0.25
    )  # a fit, not an identity


@pytest.mark.parametrize(("part", "count"), [("va", 48), ("t", 36)])
def test_horgan_points_agree_with_the_fit_of_the_paper(tool, part, count):
    """The authors' series, in z with t0 = 12 GeV², is as near to the values as 48 and 36 values allow."""
    entry, points = REFERENCE["B-Kstar_hlmw15"], tool.read_points(f"B-Kstar_hlmw15-{part}")
    z = conformal(points.q2, *entry["masses"], 12.0)
    series = np.array(
        [
            (entry[name][0] + entry[name][1] * at) / (1.0 - q2 / entry["poles"][name] ** 2)
            for name, q2, at in zip(points.form_factors, points.q2, z, strict=True)
        ]
    )
    difference = points.mean - series
    assert len(difference) == count
    assert difference @ np.linalg.solve(points.covariance, difference) < count
    assert np.abs(difference / np.sqrt(np.diag(points.covariance))).max() < 2.2


@pytest.mark.parametrize(("channel", "other"), [("B->K", "lattice"), ("B->K*", "grvdv23")])
def test_new_sum_rules_agree_with_the_default(channel, other):
    """Not independent of it: the same lattice results, and for B → K* sum rules of the same kind."""
    q2 = [0.0, 5.0, 10.0, 15.0]
    (ours, _), (theirs, errors) = forms(channel, "bgmt25", q2), forms(channel, other, q2)
    assert all(np.all(np.abs(ours[name] - theirs[name]) < errors[name]) for name in theirs)


def test_hpqcd_tensor_form_factors_are_those_at_4_8_gev(par):
    """At zero recoil A1, V and T2 are multiples of hA1, hV and hT1; EOS has the tensors 3 % larger."""
    heavy, light = par["m_B0"], par["m_D*+"]
    root = math.sqrt(light / heavy)
    factor = {"A1": 2 * root / (1 + root**2), "T2": 2 * root / (1 + root**2), "V": (1 + root**2) / (2 * root)}
    values, errors = forms("B->D*", "hpqcd23", [(heavy - light) ** 2])
    for name, key in (("A1", "hA1"), ("V", "hV"), ("T2", "hT1")):
        value, error = REFERENCE["B-Dstar_hpqcd23"][key]
        assert values[name][0] == pytest.approx(factor[name] * value, abs=0.15 * factor[name] * error)
        assert errors[name][0] == pytest.approx(factor[name] * error, rel=0.05)


def test_kaon_combination_is_the_one_of_the_dispersive_analysis():
    """2305.06301 fitted the same three results; equal to a small fraction of the errors."""
    ours, theirs = (chosen("B->K", name) for name in ("lattice", "grvdv23"))
    for name in ours.form_factor("B->K").names:
        error = theirs.parameters.uncertainty(name)
        assert ours.parameters[name] == pytest.approx(theirs.parameters[name], abs=0.15 * error)
        assert ours.parameters.uncertainty(name) == pytest.approx(error, rel=0.05)


def semileptonic(channel, name, lepton, par=None, nodes=40):
    """Rate and its longitudinal part, up to a common factor: helicity amplitudes, no engine of ours."""
    loaded = chosen(channel, name)
    series = loaded.form_factor(channel)
    par = loaded.parameters.mapping() if par is None else par
    heavy, light = (loaded.parameters[mass] for mass in series.masses)
    x, w = np.polynomial.legendre.leggauss(nodes)
    angle, edge = (x + 1.0) * math.pi / 4.0, (heavy - light) ** 2
    q2 = lepton**2 + (edge - lepton**2) * np.sin(angle) ** 2
    f = zexpansion.evaluate(series, par, q2)
    momentum = np.sqrt((edge - q2) * ((heavy + light) ** 2 - q2))
    if channel == "B->D":
        long, time, cross = momentum * f["f+"], (heavy**2 - light**2) * f["f0"], 0.0
    else:
        long, time = 8.0 * heavy * light * f["A12"], momentum * f["A0"]
        axial, vector = (heavy + light) * f["A1"], momentum * f["V"] / (heavy + light)
        cross = 2.0 * (axial**2 + vector**2) * q2
    y = lepton**2 / q2
    weight = w * (edge - lepton**2) * np.sin(2.0 * angle) * momentum * (1.0 - y) ** 2
    longitudinal = np.sum(weight * (long**2 * (1.0 + y / 2.0) + 1.5 * y * time**2), axis=-1)
    return longitudinal + np.sum(weight * cross * (1.0 + y / 2.0), axis=-1), longitudinal


def tau_ratio(channel, name, fit=None):
    """R(D) or R(D*) of a determination, or of a fit in its place."""
    par = chosen(channel, name).parameters.mapping()
    if fit is not None:
        par |= {f"{channel} BGL {key}": value for key, value in zip(fit.names, fit.solution, strict=True)}
    tau, light = (semileptonic(channel, name, mass, par)[0] for mass in (1.77686, 0.10566))
    return tau / light


@pytest.mark.parametrize(
    ("channel", "name", "ratio", "error"),
    [
        ("B->D", "fnalmilc15", 0.299, 0.011),  # abstract of 1503.07237
        ("B->D", "hpqcd15", 0.300, 0.008),  # abstract of 1505.03925
        ("B->D*", "hpqcd23", 0.273, 0.015),  # abstract of 2304.03137
        ("B->D*", "fnalmilc21", 0.265, 0.013),  # abstract of 2105.14019
        (
            "B->D*",
            "lattice",
            0.262,
            0.009,
        ),  # abstract of 2404.00334: dispersive matrix, the same three results
        ("Bc->Jpsi", "hpqcd25", 0.2597, 0.0027),  # abstract of 2503.15090
    ],
)
def test_tau_ratios_of_the_papers(channel, name, ratio, error):
    """Central values to a quarter of the error quoted (different series), errors to a third."""
    tau, light = 1.77686, 0.10566
    assert tau_ratio(channel, name) == pytest.approx(ratio, abs=0.25 * error)
    loaded = chosen(channel, name)
    fixed = loaded.parameters.mapping()
    draws = loaded.parameters.sample(300, seed=1)
    par = {
        key: draws[key][:, None] if key in loaded.form_factor(channel).names else value
        for key, value in fixed.items()
    }
    spread = semileptonic(channel, name, tau, par)[0] / semileptonic(channel, name, light, par)[0]
    assert np.std(spread) == pytest.approx(error, rel=0.35)


def test_shared_ensembles_make_a_combination_less_precise(tool, par):
    """Errors lie above those of independent results, and below those of the two contributions added linearly."""
    plan = next(plan for plan in tool.PLANS if plan.name == "B-D_lattice")
    shared, apart = tool.run(plan, par), tool.run(replace(plan, shared=False), par)
    assert shared.solution == pytest.approx(apart.solution, rel=1e-12)
    growth = np.diag(shared.covariance) / np.diag(apart.covariance)
    assert np.all(growth > 1.0)
    assert np.all(growth < 2.0 + 1e-9)  # (a + b)² <= 2 (a² + b²)


def test_jlqcd_without_the_bounds_is_its_paper(tool, par):
    """R(D*) = 0.252(22), abstract of 2306.05657, whose fit has no dispersive bounds; with them 0.248(9)."""
    plan = next(plan for plan in tool.PLANS if plan.name == "B-Dstar_jlqcd23")
    free = tool.run(replace(plan, bounded=False), par)
    assert tau_ratio("B->D*", "jlqcd23", free) == pytest.approx(0.252, abs=0.25 * 0.022)


def test_relation_at_zero_tightens_fermilab(tool, par):
    """Imposing A12(0) = A0(0) (M² - m²)/(8Mm) gives 0.275(8) for the same values (abstract of 2109.15248)."""
    plan = next(plan for plan in tool.PLANS if plan.name == "B-Dstar_fnalmilc21")
    tied = tool.run(replace(plan, axial=True), par)
    assert tau_ratio("B->D*", "fnalmilc21", tied) == pytest.approx(0.275, abs=0.25 * 0.008)


@pytest.mark.parametrize("channel", ["B->D", "B->D*"])
def test_rates_in_bins_add_up_to_the_helicity_sum(tool, par, channel):
    """Half way and the rest of the rate, from w = 1 to its end, against the integral over q² of this file."""
    name = "lattice"
    inputs = chosen(channel, name)
    series, numbers = inputs.form_factor(channel), inputs.parameters.mapping()
    heavy, light = (numbers[mass] for mass in series.masses)
    end = (heavy**2 + light**2) / (2 * heavy * light)
    every = tool.rates(series, numbers, np.linspace(1.0, end, 5))
    at = np.array([numbers[key] for key in series.names])
    whole = sum(at @ matrix @ at for matrix in every)
    # dq² = 2 M m dw, the momentum there is 2 M times that of w, and the sum there is over angles in units of π/4
    power = 3 if channel == "B->D" else 1
    expected = semileptonic(channel, name, 1e-6)[0] * math.pi / 4 / (2 * heavy * light) / (2 * heavy) ** power
    assert whole == pytest.approx(expected, rel=1e-6)


def test_fits_with_spectra_have_converged(tool, par, monkeypatch):
    """Three times as many steps change nothing, and few are not enough."""
    plans = [plan for plan in tool.PLANS if plan.spectra]
    found = [tool.run(plan, par) for plan in plans]
    monkeypatch.setattr(tool, "STEPS", 3 * tool.STEPS)
    for plan, fit in zip(plans, found, strict=True):
        units, _ = directions(fit.covariance)
        assert np.abs(units.T @ (tool.run(plan, par).solution - fit.solution)).max() < PRINTED
        assert fit.chi2 < fit.dof + 2.0 * math.sqrt(2.0 * fit.dof)
    monkeypatch.setattr(tool, "STEPS", 1)
    units, _ = directions(found[0].covariance)
    assert np.abs(units.T @ (tool.run(plans[0], par).solution - found[0].solution)).max() > PRINTED


def test_measured_shapes_give_the_ratio_of_the_literature():
    """R(D) = 0.299(3), abstract of 1606.08030: the same two lattice results, this spectrum and one of BaBar."""
    assert tau_ratio("B->D", "lattice-belle15") == pytest.approx(0.299, abs=0.5 * 0.003)


def test_a_measured_shape_makes_the_lattice_results_agree(tool, par):
    """R(D*) of each lattice result with Belle II's spectrum, apart by less than half of the error of any of them."""
    ratios = []
    for name in ("fnalmilc21", "hpqcd23", "jlqcd23"):
        plan = next(plan for plan in tool.PLANS if plan.name == f"B-Dstar_{name}")
        fit = tool.run(replace(plan, spectra=("B-Dstar_belle2-23",)), par)
        ratios.append(tau_ratio("B->D*", name, fit))
    assert max(ratios) - min(ratios) < 0.0012
    assert min(ratios) - 5e-4 < tau_ratio("B->D*", "lattice-belle2-23") < max(ratios) + 5e-4


def test_longitudinal_fraction_of_hpqcd():
    rate, longitudinal = semileptonic("B->D*", "hpqcd23", 1.77686)
    assert longitudinal / rate == pytest.approx(0.395, abs=0.25 * 0.024)  # abstract of 2304.03137
    rate, longitudinal = semileptonic("Bc->Jpsi", "hpqcd25", 1.77686)
    assert longitudinal / rate == pytest.approx(
        0.4421, abs=0.0055
    )  # abstract of 2503.15090, a dispersive fit


def test_tensor_of_b_to_d_has_the_error_it_claims():
    values, errors = forms("B->D", "lattice", [0.0, 6.0, 11.6])
    ratio = values["fT"] / values["f+"]
    assert np.all((ratio > 1.0) & (ratio < 1.2))
    assert np.all(errors["fT"] / values["fT"] > 0.05)
