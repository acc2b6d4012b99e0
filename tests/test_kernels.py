"""Other machines: the tool that runs the tests as they compute, and the versions that are tested."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from rounding import SIZE, neighbour

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("kernels", ROOT / "tools" / "kernels.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_neighbour_is_a_few_roundings_away():
    digits = np.random.default_rng(0)
    matrix = digits.standard_normal((3, 5, 5))
    matrix = matrix + np.swapaxes(matrix, -1, -2)
    other = neighbour(matrix, digits, symmetric=True)
    assert 0 < np.abs(other / matrix - 1).max() <= 1.3 * SIZE  # and its own rounding
    np.testing.assert_array_equal(other, np.swapaxes(other, -1, -2))
    assert np.any(neighbour(matrix, digits, symmetric=False) != neighbour(matrix, digits, symmetric=False))


def test_the_tests_that_compute_run_with_every_kernel(tool):
    numerical = {Path(name).stem.removeprefix("test_") for name in tool.numerical(every=True)}
    solving = {Path(name).stem.removeprefix("test_") for name in tool.numerical()}
    assert solving < numerical
    assert solving == set(tool.SOLVING)
    assert {"form_factor_fits", "fit", "likelihood", "inputs"} <= numerical
    known = {path.stem.removeprefix("test_") for path in (ROOT / "tests").rglob("test_*.py")}
    assert all(any(word in name for word in tool.WORDS) for name in known - numerical)
    assert set(tool.WORDS) - {"browser"} <= known


@pytest.mark.parametrize(
    ("code", "printed", "used", "reason"),
    [
        (0, "Core: Haswell\nCore: Haswell\n", "Haswell", ""),
        (-4, "Core: SkylakeX\n", "", "cannot execute"),
        (1, "Core: SkylakeX\n", "", "computes wrongly"),
        (0, "", "", "no OpenBLAS"),
    ],
)
def test_kernels_that_a_machine_cannot_use_are_said(tool, monkeypatch, code, printed, used, reason):
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    done = subprocess.CompletedProcess([], code, "", printed)
    monkeypatch.setattr(tool.subprocess, "run", lambda *arguments, **options: done)
    found, why = tool.kernels(tool.Run("SkylakeX", 2))
    assert found == used
    assert reason in why
    assert bool(why) == bool(reason)


def test_kernels_run_once_and_a_failure_is_told(tool, monkeypatch, capsys):
    """Two names of the same kernels are one run; the exit code is that of the tests."""
    same = {"Haswell": "Haswell", "Zen": "Haswell", "SandyBridge": "Sandybridge"}
    asked = []

    def run(command, env, cwd):
        asked.append((env.get("OPENBLAS_CORETYPE"), env["OPENBLAS_NUM_THREADS"]))
        return subprocess.CompletedProcess(command, int(env.get("OPENBLAS_CORETYPE") == "SandyBridge"))

    monkeypatch.setattr(tool.subprocess, "run", run)
    monkeypatch.setattr(
        tool, "kernels", lambda run: (same.get(run.kernel, ""), "" if run.kernel in same else "none")
    )
    monkeypatch.setattr(sys, "argv", ["kernels.py"])
    assert tool.main() == 1
    assert asked == [("Haswell", "1"), ("SandyBridge", "2")]
    printed = capsys.readouterr()
    assert "kernels Zen: left out: here they are Haswell's" in printed.out
    assert "kernels SkylakeX: left out: none" in printed.out
    assert printed.err == "Failed with the kernels: SandyBridge\n"


def test_the_lowest_versions_are_the_ones_allowed():
    """constraints-lowest.txt pins each direct dependency at the bound that pyproject.toml gives."""
    pins = dict(
        line.split("==")
        for line in (ROOT / "constraints-lowest.txt").read_text().splitlines()
        if not line.startswith("#")
    )
    extras = PROJECT["optional-dependencies"]
    parts = [extras[name] for name in ("fit", "scan", "cluster", "files", "test")]
    bounds = [line for part in (PROJECT["dependencies"], *parts) for line in part if "nutau[" not in line]
    assert len(bounds) > 28
    for bound in bounds:
        requirement, _, python = bound.partition("; ")
        if python.startswith("python_version >="):
            continue  # the lowest versions are tested on the lowest Python, which takes the other line of the package
        found = re.fullmatch(r"([\w-]+)>=([\d.]+)(?:,.*)?", requirement)
        assert found, f"{bound}: give the lowest version"
        pin = pins[found[1].lower()]
        assert re.sub(r"(\.0)+$", "", pin) == re.sub(r"(\.0)+$", "", found[2]), bound


def test_every_python_that_is_claimed_is_tried():
    claimed = {line.rpartition(" ")[2] for line in PROJECT["classifiers"] if ":: Python :: 3." in line}
    listed = re.search(r"PYTHONS = \[(.*)\]", (ROOT / "noxfile.py").read_text())[1]
    assert claimed <= set(re.findall(r"3\.\d+", listed))
    assert f">={min(claimed)}" == PROJECT["requires-python"]


def test_kernels_that_somebody_chose_are_left(tool, monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    assert tool.kernels(tool.RUNS[1]) == (
        "",
        "OPENBLAS_CORETYPE is Haswell on this machine, which is left as it is",
    )
    assert tool.kernels(tool.RUNS[-1]) == ("", "")  # roundings need no kernels
