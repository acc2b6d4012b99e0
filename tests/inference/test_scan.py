"""Scans: grids, files, agreement with single predictions and of NumPy with JAX; refusals."""

from importlib import import_module

import numpy as np
import pytest
from typer.testing import CliRunner

import nutau
from nutau.cli import app
from nutau.errors import InputError, NutauError
from nutau.inference.scan import Grid, scan

implementation = import_module("nutau.inference.scan.scan")  # the package gives its name to the function
OBSERVABLES = ("Rnunu(K)", "R(D)")

ROOT = 3e-8
"""An error that cancels is the root of a rounding, 1e-16 of a variance of order 1."""


@pytest.fixture(scope="module")
def small():
    return scan("C1=-0.1:0.1:5,C3=-0.05:0.05:3", OBSERVABLES, data="2026-core", draws=30)


def test_points_of_a_grid_are_its_product():
    grid = Grid.of({"a": (0.0, 1.0, 3), "b": (-1.0, 1.0, 4), "c": (5.0, 6.0, 2)})
    expected = np.stack(np.meshgrid(*(axis.values for axis in grid.axes), indexing="ij"), axis=-1).reshape(
        -1, 3
    )
    np.testing.assert_array_equal(grid.points(0, len(grid)), expected)
    for start, stop in ((0, 1), (3, 5), (7, 19), (23, 24), (1, 24)):
        np.testing.assert_array_equal(grid.points(start, stop), expected[start:stop])
    parts = [grid.points(*ends) for ends in grid.chunks(5)]
    np.testing.assert_array_equal(np.concatenate(parts), expected)


def test_one_axis():
    grid = Grid.of("x=0:1:11")
    np.testing.assert_allclose(grid.points(3, 7)[:, 0], [0.3, 0.4, 0.5, 0.6])


def test_a_scan_is_its_predictions(small):
    from nutau.observables.predict import predict

    found = predict(list(OBSERVABLES), nutau.X(-1.0, c3=-0.05), draws=0)  # C1 = 0.05, C3 = -0.05 TeV⁻²
    assert small.values.shape == small.standard_deviations.shape == (5, 3, 2)
    for column, row in enumerate(found):
        assert small.values[3, 0, column] == pytest.approx(row.value, rel=1e-9)


def test_errors_of_a_scan_are_those_of_its_predictions():
    from nutau.observables.predict import predict

    found = scan("CL_bsnutaunutau=-4:4:3", ["Rnunu(K)", "BR(B0->K*nunu)"], draws=400)
    expected = predict(["Rnunu(K)", "BR(B0->K*nunu)"], {"CL_bsnutaunutau": 4.0}, draws=400)
    for column, row in enumerate(
        expected
    ):  # half the width of 68 % of 400 draws against a standard deviation
        assert found.standard_deviations[2, column] == pytest.approx(row.uncertainty, rel=0.12)


def test_chi2_of_a_scan_is_that_of_the_likelihood(small):
    points = small.grid.points(0, len(small))
    np.testing.assert_allclose(small.chi2.ravel(), small.likelihood.chi2(points), rtol=1e-12)


def test_numpy_and_jax_agree(small, monkeypatch):
    monkeypatch.setattr(implementation, "MANY", 1)
    monkeypatch.setattr(implementation, "CHUNK", 16)
    again = scan("C1=-0.1:0.1:5,C3=-0.05:0.05:3", OBSERVABLES, draws=30)
    value, error = again.predict(np.repeat(again.grid.points(0, len(again)), 3, axis=0))  # more than a chunk
    np.testing.assert_allclose(value[::3], small.values.reshape(-1, 2), rtol=1e-10)
    np.testing.assert_allclose(error[::3], small.standard_deviations.reshape(-1, 2), rtol=1e-6, atol=ROOT)
    assert again.predict(np.empty((0, 2)))[0].shape == (0, 2)
    np.testing.assert_allclose(again.values, small.values, rtol=1e-10)
    np.testing.assert_allclose(again.standard_deviations, small.standard_deviations, rtol=1e-6, atol=ROOT)


@pytest.mark.parametrize("chunk", [4, 1 << 18])
def test_files_hold_the_scan(small, tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(implementation, "CHUNK", chunk)
    small.save(tmp_path / "scan.npz")
    with np.load(tmp_path / "scan.npz") as stored:
        # evaluated again, in other chunks
        np.testing.assert_allclose(stored["value"], small.values, rtol=1e-12)
        np.testing.assert_allclose(
            stored["standard_deviation"], small.standard_deviations, rtol=1e-6, atol=ROOT
        )
        np.testing.assert_allclose(stored["chi2"], small.chi2, rtol=1e-12)
        np.testing.assert_array_equal(stored["axis1"], [-0.05, 0.0, 0.05])
        assert stored["parameters"].tolist() == ["C1", "C3"]
        assert stored["observables"].tolist() == list(OBSERVABLES)
    small.save(tmp_path / "scan.csv")
    header, *rows = (tmp_path / "scan.csv").read_text().splitlines()
    assert header == "C1,C3,Rnunu(K),standard deviation of Rnunu(K),R(D),standard deviation of R(D),chi2"
    assert len(rows) == 15
    numbers = [float(cell) for cell in rows[4].split(",")]
    assert numbers[:2] == [-0.05, 0.0]
    assert numbers[2] == pytest.approx(small.values[1, 1, 0], rel=1e-9)
    assert numbers[6] == pytest.approx(small.chi2[1, 1], rel=1e-9)


@pytest.mark.parametrize("name", ["scan.npz", "scan.csv"])
@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError])
def test_a_scan_that_is_stopped_leaves_nothing_and_keeps_the_old_file(small, tmp_path, name, failure):
    from dataclasses import replace

    def stop(done, total):
        raise failure

    (tmp_path / name).write_text("old")
    with pytest.raises(failure):
        replace(small, progress=stop).save(tmp_path / name)
    assert [(item.name, item.read_text()) for item in tmp_path.iterdir()] == [(name, "old")]


def test_progress_is_reported_to_the_end(small, tmp_path):
    from dataclasses import replace

    seen = []
    replace(small, progress=lambda done, total: seen.append((done, total))).save(tmp_path / "scan.npz")
    assert seen[-1] == (45, 45)  # values, errors and -2 log L of fifteen points
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def run(*arguments):
    result = CliRunner().invoke(app, ["scan", *arguments])
    if isinstance(result.exception, NutauError):
        return result.exception.exit_code, result.stdout, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_scan_on_the_command_line(tmp_path):
    out = tmp_path / "grid.npz"
    code, text, error = run(
        "--parameters", "delta=0:0.1:4", "--fix", "kappa=1", "R(D)", "--draws", "8", "--out", str(out)
    )
    assert code == 0, error
    assert "4 points" in text
    with np.load(out) as stored:
        values = stored["value"][:, 0]
    roots = np.sqrt(values / values[0])  # R_D/SM = (1 + δ/η)², η the electroweak correction
    np.testing.assert_allclose(np.diff(roots), roots[1] - 1, rtol=1e-9)
    assert roots[-1] == pytest.approx(1.1, abs=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--parameters", "C1=0:1", "R(D)"], "a range is LOW:HIGH:POINTS"),
        (["--parameters", "C1=1:0:3", "R(D)"], "with LOW < HIGH"),
        (["--parameters", "C1=0:1:0", "R(D)"], "a range is LOW:HIGH:POINTS"),
        (["--parameters", "C1=0:nan:3", "R(D)"], "a range is LOW:HIGH:POINTS"),
        (["--parameters", "C1=0:1:100000,C3=0:1:1000000", "R(D)"], "at most 1e"),
        (["--parameters", "C11=0:1:3", "R(D)"], "Unknown fit parameter 'C11'"),
        (["--parameters", "C1=0:1:3", "R(DD)"], "Unknown observable"),
        (["--parameters", "C1=0:1:3"], "Nothing to scan"),
        (["--parameters", "C1=0:1:3", "--bin", "1", "R(D)"], "two numbers LOW,HIGH"),
    ],
)
def test_bad_calls(arguments, message, tmp_path):
    code, out, error = run(*arguments, "--out", str(tmp_path / "x.npz"))
    assert (code, out) == (2, "")
    assert message in error


def test_files_that_cannot_be_written():
    arguments = ("--parameters", "C1=0:1:3", "R(D)", "--out")
    for name, message in (
        ("x.txt", "ending in .parquet or .npz or .csv"),
        ("nowhere/x.npz", "there is no folder"),
        ("", "the name is empty"),
    ):
        code, out, error = run(*arguments, name)
        assert (code, out) == (2, "")
        assert message in error


def test_too_much_for_memory(monkeypatch, small):
    monkeypatch.setattr(implementation, "IN_MEMORY", 10)
    with pytest.raises(InputError, match="do not go into memory"):
        _ = small.values
