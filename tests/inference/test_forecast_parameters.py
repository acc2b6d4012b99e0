"""Expected intervals of parameters and errors of observables: by hand, limits, files, results that go on; refusals."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.errors import InputError, NutauError
from nutau.inference.forecast import Future, How, forecast, left, prospects
from nutau.inference.forecast.future import future
from nutau.inference.likelihood import parametrisation
from nutau.inputs import load_inputs
from nutau.measurements import find_projection, load_dataset
from nutau.measurements.schema_projections import read_projections

EXACT = """\
source: mine
collaboration: Belle II
theory: {later: 0.25}
correlations: [{between: [K, D], value: 0.5}]
projections:
  - {name: K, observable: "BR(B+->Knunu)", quantity: relative, unit: "%", luminosity_unit: ab^-1,
     points: [{luminosity: 1, stat: 0.01, syst: 0.02}]}
  - {name: D, observable: "Rtaul(B->D*lnu)", quantity: relative, unit: "%", luminosity_unit: ab^-1,
     points: [{luminosity: 1, stat: 0.03, syst: 0.04}]}
"""


@pytest.fixture
def exact(tmp_path):
    path = tmp_path / "exact.yaml"
    path.write_text(EXACT)
    return path


@pytest.fixture(scope="module")
def core():
    return load_dataset("2026-core")


def half(part):
    """Half the width of the piece of the 68 % interval that holds the best value."""
    return (part.plus + part.minus) / 2


def test_two_exact_projections_give_kappa_by_error_propagation(core, exact):
    """Today's data weigh nothing beside 0.01 %: cov(δ, κ) = J⁻¹ V J⁻ᵀ of the two projected numbers, without theory."""
    one = {"kappa": (-1.0, 1.1)}  # the other branch fits as well
    found = forecast([4.0], "delta=0.06,kappa=0.7", data=core, parameters="delta,kappa", ranges=one, draws=0,
                     projections=[exact])  # fmt: skip
    point = np.array([0.06, 0.7])
    labels = ["BR(B+->Knunu)", "R(D*)"]
    where = nutau.X

    def predicted(p):
        return np.array([row.value for row in nutau.predict(labels, where(p[1], delta=p[0]), draws=0)])

    step = 1e-4 * point
    columns = [(predicted(point + d) - predicted(point - d)) / (2 * d.sum()) for d in np.diag(step)]
    inverse = np.linalg.inv(np.array(columns).T)
    size = predicted(point) * 1e-4
    syst = size * [2.0, 4.0]
    matrix = np.diag((size * [1.0, 3.0]) ** 2 / 4.0 + syst**2)
    matrix[0, 1] = matrix[1, 0] = 0.5 * syst[0] * syst[1]
    expected = inverse @ matrix @ inverse.T
    made = found.fit(4.0)
    for position, name in enumerate(("delta", "kappa")):
        assert half(made[name]) == pytest.approx(
            np.sqrt(expected[position, position]), rel=0.02
        )  # κδ is a product
        assert made[name].value == pytest.approx(point[position], rel=1e-3)  # today's data pull by 1e-4 σ
    assert made.correlation[0, 1] == pytest.approx(
        expected[0, 1] / np.sqrt(expected[0, 0] * expected[1, 1]), rel=0.02
    )


def test_projections_without_information_leave_todays_intervals(core):
    """Errors of 1e6 times the SM: the interval of today, piece by piece; a projection that replaces nothing."""
    weak = replace(
        find_projection("Letter-2022-Kstarnunu"), value=np.array([1e6, 1e6]), collaboration="Nobody"
    )
    dataset = replace(core, projections=(weak,))
    found = forecast(
        [1.0], data=dataset, parameters="delta", fixed={"kappa": 0.0}, draws=0, experiment="Nobody"
    )
    today, then = found.fits
    assert (today.luminosity, then.luminosity) == (0.0, 1.0)
    for level, pieces in today["delta"].pieces.items():
        np.testing.assert_allclose(then["delta"].pieces[level], pieces, rtol=1e-3)  # ends are solved to 1e-4


@pytest.fixture(scope="module")
def line(core):
    """δ of VB at three luminosities, with R_νν^K beside."""
    return forecast(
        [1.0, 5.0, 50.0],
        data=core,
        parameters=["delta"],
        fixed={"kappa": 0.0},
        observables=["Rnunu(K)", "R(D)"],
        draws=40,
        toys=40,
    )


def test_errors_fall_with_luminosity(line):
    widths = [half(made["delta"]) for made in line.fits[1:]]
    assert widths == sorted(widths, reverse=True)
    errors = [made.observables["BR(B+->Knunu)/SM"][1] for made in line.fits]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.3 * errors[0]


def test_the_error_of_an_observable_is_that_of_its_parameter(line):
    """R_νν = |1 + c δ|², most of theory cancels in it: σ_R = dR/dδ σ_δ at 50/ab, and the SM is what the fit says."""
    made = line.fit(50.0)
    delta, step = made["delta"].value, 1e-4
    where = nutau.X
    ratio = [
        nutau.predict(["Rnunu(K)"], where(0.0, delta=delta + s), draws=0)["Rnunu(K)"].value
        for s in (step, -step)
    ]
    slope = (ratio[0] - ratio[1]) / (2 * step)
    assert made.observables["BR(B+->Knunu)/SM"][1] == pytest.approx(
        slope * half(made["delta"]), rel=0.12
    )  # δ moves with V_cb, which does not cancel
    (row,) = [row for row in line.rows if row.luminosity == 50.0]
    assert row.model == "SM"
    assert row.toys.low < row.toys.median < row.toys.high
    assert row.toys.median == pytest.approx(row.exclusion, rel=0.15)  # 40 toys


def test_document_tables_and_contours(line):
    document = json.loads(json.dumps(line.to_dict(), allow_nan=False))
    assert document["schema"] == "nutau/forecast/1"
    assert [made["luminosity"] for made in document["fits"]] == [0.0, 1.0, 5.0, 50.0]
    assert set(document["fits"][1]["parameters"]) == {"delta"}
    text = str(line)
    assert "expected 68 % if best fit is true" in text
    assert "expected exclusion of the SM for 1 degree of freedom (68 % of 40 toys)" in text
    with pytest.raises(InputError, match="no expected fit at 3 ab"):
        line.fit(3.0)
    with pytest.raises(InputError, match="different parameters"):
        line.fit(5.0).contour("delta", "delta")


def test_contours_shrink_and_hold_the_truth(core):
    found = forecast([50.0], data=core, parameters="delta,kappa", ranges={"kappa": (-1, 4)}, draws=0)
    today, then = found.contours("delta", "kappa", points=60)
    inside = [np.count_nonzero(made.delta_chi2 < made.height(0.95)) for made in (today, then)]
    assert 0 < inside[1] < 0.8 * inside[0]
    place = [
        int(np.abs(axis - value).argmin())
        for axis, value in zip((then.x, then.y), found.truth.values, strict=True)
    ]
    assert then.delta_chi2[tuple(place)] < then.height(0.95)  # the nearest of 60 points


def test_theory_errors_that_shrink(core, exact):
    """Scenarios by name, of nutau and of a file; all modes of theory are multiplied."""
    named = {
        how: future(core, names=[exact], theory=how)[0].theory
        for how in ("today", "half", "none", "later", "0.1")
    }
    assert named == {"today": 1.0, "half": 0.5, "none": 0.0, "later": 0.25, "0.1": 0.1}
    line = parametrisation(["delta"], fixed={"kappa": 0.0})
    how = How(load_inputs("default"), 8, 1)
    rooms = [
        prospects(
            core, line, Future(core.projections, theory=scale), left(core.measurements, core.projections), how
        )
        for scale in (1.0, 0.5)
    ]
    whole, half_of_it = (np.diag(room.joint.theory_covariance(np.array([0.02]))) for room in rooms)
    np.testing.assert_allclose(half_of_it, 0.25 * whole, rtol=1e-9)


def test_coefficients_and_couplings_have_expected_intervals(core):
    both = [find_projection("BelleII-2018-Ktautau"), find_projection("BelleII-2018-RD")]
    dataset = replace(core, projections=tuple(both))
    found = forecast([50.0], data=dataset, parameters="C9_bstautau", truth="sm", draws=0)
    today, then = (half_width(made["C9_bstautau"].pieces["0.95"]) for made in found.fits)
    assert then < 0.5 * today  # 2e-5 where it is 5.6e-4 today: the amplitude falls as the root of it
    assert any("not confirmed in its source" in note for note in found.notes)
    with pytest.raises(InputError, match="nothing that is projected here depends on C9_bstautau"):
        forecast([50.0], data=core, parameters="C9_bstautau", truth="sm", draws=0)


def half_width(pieces):
    return (pieces[-1][1] - pieces[0][0]) / 2


MINE = """\
title: mine
extends: 2026-core
measurements:
  - {name: Mine, kind: gaussian, source: "a paper", unit: 1e-5, collaboration: Lab, luminosity: 400 fb^-1,
     values: [{observable: "BR(B0->K*nunu)", value: 1.5, errors: {stat: 0.6, syst: 0.2}}]}
"""


def test_a_result_of_ones_own_goes_on(tmp_path):
    """0.4 ab⁻¹ today: at 1.6 ab⁻¹ the statistical error is half, and the result of today is left out."""
    path = tmp_path / "mine.yaml"
    path.write_text(MINE)
    found = forecast([400.0, 1600.0], data=str(path), parameters="delta", fixed={"kappa": 0.0}, draws=0,
                     projections=[], continued=["Mine"], experiment="Lab")  # fmt: skip
    (known,) = found.uncertainties
    assert found.unit == "fb^-1"
    assert list(known["at"].values()) == pytest.approx([np.hypot(0.6, 0.2) * 1e-5, np.hypot(0.3, 0.2) * 1e-5])
    assert any("Mine is left out of today's data" in note for note in found.notes)
    names = [entry.name for entry in found.fit(400.0).likelihood.experiment.measurements]
    assert "Mine" not in names
    assert "Mine" in [entry.name for entry in found.fit(0.0).likelihood.experiment.measurements]
    assert half(found.fit(1600.0)["delta"]) < half(found.fit(400.0)["delta"])


def test_files_of_projections_are_checked(tmp_path):
    for old, new, message in (
        ("[K, D]", "[K, E]", "there is no projection E in this file"),
        ("name: D", "name: K", "two projections are called K"),
        ("[K, D]", "[K, K]", "K is given twice"),
        ("later: 0.25", "later: -1", "greater than or equal to 0"),
    ):
        path = tmp_path / "bad.yaml"
        path.write_text(EXACT.replace(old, new))
        with pytest.raises(InputError, match=message):
            read_projections(path)


def test_projections_of_fcc_ee_are_there():
    """The abstract of arXiv:2309.11353: 0.53, 1.20, 3.37 and 9.86 %, at the luminosity of the study."""
    names = ("Kstar0nunu", "phinunu", "K0nunu", "Lambdanunu")
    found = [find_projection(f"FCCee-2023-{name}") for name in names]
    assert [float(item.value[0]) for item in found] == pytest.approx([0.0053, 0.0120, 0.0337, 0.0986])
    assert {item.experiment for item in found} == {"FCC-ee"}
    assert all(item.verified for item in found)


def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, NutauError):
        return result.exception.exit_code, result.stdout, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--hold"], "hold is for models"),
        (["--model", "U1", "--model", "S3"], "one model has couplings"),
        (["--truth", "U1"], "NAME=VALUE,… is needed"),
        (["--truth", "delta=x,kappa=1"], "NAME=VALUE,… is needed"),
        (["--truth", "delta=0.1"], "No value for kappa"),
        (["--truth", "delta=0.1,kappa=20"], "is outside the ranges of delta, kappa"),
        (["--observable", "R(X)"], "Unknown observable"),
        (["--fix", "delta=x"], "a number is needed"),
    ],
)
def test_bad_calls(arguments, message):
    code, out, error = run(
        "forecast", "--data", "2026-core", "--parameters", "delta,kappa", "--draws", "0", *arguments
    )
    assert (code, out) == (2, "")
    assert message in error.replace("`", "").replace("--hold", "hold")
