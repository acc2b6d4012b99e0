"""Scans in files that others read, interrupted and killed scans that go on, samples of points."""

import errno
import importlib.util
import json
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

import nutau
from command import run
from nutau.errors import InputError
from nutau.inference.scan import Sample, parts, scan
from nutau.inference.scan.formats import branches
from nutau.inference.scan.grid import Axis

pytest.importorskip("pyarrow", reason="the extra 'scan' is not installed")
GRID = "C1=-0.1:0.1:5,C3=-0.05:0.05:3"
BOX = "C1=-0.1:0.1,C3=-0.05:0.05"
HEADER = ["C1", "C3", "Rnunu(K)", "standard deviation of Rnunu(K)", "chi2"]


@pytest.fixture(scope="module")
def small():
    return scan(GRID, ["Rnunu(K)"], data="2026-core", draws=5)


@pytest.fixture(scope="module")
def rows(small):
    return np.concatenate(list(small.rows()))


@pytest.fixture
def folder(small, tmp_path):
    """The scan in parts of four points."""
    assert small.save(tmp_path / "s.parquet", chunk=4, command="nutau scan …") == 15
    return tmp_path / "s.parquet"


def times(folder):
    return {path.name: path.stat().st_mtime_ns for path in sorted(folder.glob("part-*.parquet"))}


def test_a_folder_has_a_part_for_each_chunk_and_says_what_it_is(folder, rows):
    from pyarrow import parquet

    assert list(times(folder)) == [f"part-{number:08d}.parquet" for number in range(4)]
    part = parquet.read_table(folder / "part-00000001.parquet", partitioning=None)
    assert part.column_names == HEADER
    np.testing.assert_array_equal(np.column_stack(part.columns), rows[4:8])
    about = json.loads(part.schema.metadata[b"nutau"])
    assert (about["part"], about["points"]) == (1, [4, 8])
    expected = {
        "schema": "nutau/scan/1",
        "nutau": nutau.__version__,
        "data": "2026-core",
        "inputs": "default",
        "draws": 5,
        "command": "nutau scan …",
        "observables": ["Rnunu(K)"],
        "axes": [["C1", -0.1, 0.1, 5], ["C3", -0.05, 0.05, 3]],
    }
    assert expected.items() <= about.items()
    assert isinstance(about["draws seed"], int)
    manifest = json.loads((folder / "_nutau.json").read_text())
    assert (manifest["complete"], manifest["rows"], manifest["parts"]) == (True, 15, 4)
    assert expected.items() <= manifest["about"].items()


@pytest.mark.parametrize("library", ["pandas", "polars", "duckdb", "pyarrow"])
def test_others_read_the_folder(folder, rows, library):
    module = pytest.importorskip(library, reason=f"{library} is not installed")
    if library == "pandas":
        found = module.read_parquet(folder)
        names, values = list(found.columns), found.to_numpy()
    elif library == "polars":
        found = module.read_parquet(folder / "*.parquet")
        names, values = found.columns, found.to_numpy()
    elif library == "duckdb":
        found = module.sql(f"SELECT * FROM '{folder}/*.parquet'")
        names, values = found.columns, np.array(found.fetchall())
    else:
        from pyarrow import dataset

        found = dataset.dataset(folder).to_table()
        names, values = found.column_names, np.column_stack(found.columns)
    assert names == HEADER
    np.testing.assert_array_equal(values, rows)


def test_root_reads_the_tree(small, rows, tmp_path):
    uproot = pytest.importorskip("uproot", reason="the extra 'files' is not installed")
    assert small.save(tmp_path / "s.root", command="me") == 15
    with uproot.open(tmp_path / "s.root") as file:
        found = file["scan"].arrays(library="np")
        names = json.loads(str(file["columns"]))
        assert json.loads(str(file["nutau"]))["command"] == "me"
    assert list(names) == list(found) == ["C1", "C3", "Rnunu_K", "standard_deviation_of_Rnunu_K", "chi2"]
    assert list(names.values()) == HEADER
    np.testing.assert_array_equal(np.column_stack(list(found.values())), rows)


def test_zarr_reads_the_group(small, rows, tmp_path):
    zarr = pytest.importorskip("zarr", reason="the extra 'files' is not installed")
    assert small.save(tmp_path / "s.zarr") == 15
    group = zarr.open_group(str(tmp_path / "s.zarr"), mode="r")
    assert group.attrs["columns"] == HEADER
    np.testing.assert_array_equal(np.column_stack([group[name][:] for name in branches(HEADER)]), rows)
    assert [path.name for path in tmp_path.iterdir()] == ["s.zarr"]
    with pytest.raises(InputError, match="there is such a folder"):
        small.save(tmp_path / "s.zarr")


def test_branches_are_names_and_differ():
    assert branches(["R(D)", "R(D*)", "R D", "2x", "<dBR/dq2>(B)[0,4]"]) == [
        "R_D", "R_Dst", "R_D_2", "_2x", "dBR_dq2_B_0_4",
    ]  # fmt: skip


def test_an_interrupted_scan_goes_on(small, folder, tmp_path):
    def stop(done, total):
        if done >= 8:
            raise KeyboardInterrupt

    other = tmp_path / "again.parquet"
    with pytest.raises(KeyboardInterrupt):
        replace(small, progress=stop).save(other, chunk=4)
    before = times(other)
    assert len(before) == 3
    assert not json.loads((other / "_nutau.json").read_text())["complete"]
    assert small.save(other, chunk=4) == 15
    assert before.items() <= times(other).items()
    for name in times(folder):
        assert (other / name).stat().st_size > 0
    from pyarrow import parquet

    one, two = (parquet.read_table(path) for path in (folder, other))
    assert one.equals(two)


@pytest.mark.parametrize("damage", ["short", "flipped", "empty"])
def test_a_broken_part_is_named_and_computed_again(small, folder, rows, damage):
    part, told, before = folder / "part-00000002.parquet", [], times(folder)
    content = bytearray(part.read_bytes())
    content[40] ^= 255
    part.write_bytes({"short": content[:-100], "flipped": content, "empty": b""}[damage])
    assert small.save(folder, chunk=4, tell=told.append) == 15
    assert told == [f"{part.resolve()} was broken, and is computed again"]
    from pyarrow import parquet

    np.testing.assert_array_equal(np.column_stack(parquet.read_table(folder).columns), rows)
    after = times(folder)
    assert {name for name in before if before[name] != after[name]} == {part.name}


def test_a_folder_of_another_scan_is_refused(small, folder):
    before = times(folder)
    with pytest.raises(InputError, match="points of a part is 4 there, 5 here"):
        small.save(folder, chunk=5)
    other = scan(GRID, ["Rnunu(K)"], data="2026-core", draws=6)
    with pytest.raises(InputError, match="holds other work: draws is 5 there, 6 here"):
        other.save(folder, chunk=4)
    assert before == times(folder)


def test_a_full_disk_is_one_line_and_keeps_what_is_finished(small, tmp_path, monkeypatch):
    from pyarrow import parquet

    write, calls = parquet.write_table, []

    def full(table, path, **options):
        calls.append(path)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(table, path, **options)

    monkeypatch.setattr(parquet, "write_table", full)
    with pytest.raises(InputError, match="No space left on device"):
        small.save(tmp_path / "s.parquet", chunk=4)
    before = times(tmp_path / "s.parquet")
    assert len(before) == 2
    assert not list((tmp_path / "s.parquet").glob(".*"))
    assert small.save(tmp_path / "s.parquet", chunk=4) == 15
    assert before.items() <= times(tmp_path / "s.parquet").items()


def test_a_worker_that_does_not_see_the_folder_says_so(small, tmp_path):
    with pytest.raises(InputError, match="does not see the folder"):
        parts._part(parts._Folder(small, tmp_path / "elsewhere", {}), (0, 0, 4))


ARGUMENTS = (
    "--parameters",
    "C1=-0.1:0.1:40,C3=-0.05:0.05:50",
    "Rnunu(K)",
    "--data",
    "2026-core",
    "--draws",
    "5",
)


def test_a_scan_by_workers_that_is_killed_goes_on(tmp_path):
    """The whole command is killed (-9), its workers end with it, and the same command does what is left."""
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    out = tmp_path / "s.parquet"
    command = [sys.executable, "-m", "nutau", "scan", *ARGUMENTS, "--chunk", "20", "--out", str(out)]
    with subprocess.Popen([*command, "--cluster", "2"], stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and len(times(out)) < 5:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        _, said = process.communicate()
    assert process.returncode == -signal.SIGKILL, said
    assert "dashboard http://127.0.0.1:" in said
    before = times(out)
    assert 5 <= len(before) < 100
    code, text, error = run("scan", *ARGUMENTS, "--chunk", "20", "--out", str(out))
    assert (code, error) == (0, "")
    assert "2000 points written" in text
    after = times(out)
    assert len(after) == 100
    assert before.items() <= after.items()
    assert not list(out.glob(".*"))
    whole = scan(ARGUMENTS[1], ["Rnunu(K)"], data="2026-core", draws=5)
    from pyarrow import parquet

    found = np.column_stack(parquet.read_table(out).columns)
    np.testing.assert_allclose(found[:, 2], whole.values.ravel(), rtol=1e-12)  # in other chunks
    np.testing.assert_allclose(found[:, -1], whole.chi2.ravel(), rtol=1e-10)


AXES = (Axis("a", -1.0, 3.0, 2), Axis("b", 5.0, 6.0, 2))


@pytest.mark.parametrize("kind", ["random", "sobol"])
def test_points_of_a_sample_follow_from_their_numbers(kind):
    sample = Sample(AXES, kind, 10_000, 7)
    whole = sample.points(0, 10_000)
    for size in (4096, 3001):
        np.testing.assert_array_equal(np.concatenate([sample.points(*e) for e in sample.chunks(size)]), whole)
    assert np.all((whole >= [-1.0, 5.0]) & (whole <= [3.0, 6.0]))
    assert not np.array_equal(whole, Sample(AXES, kind, 10_000, 8).points(0, 10_000))
    # the share of a quarter of the box: by chance to 1 % of the box, by Sobol's theorem to a few points
    share = np.mean((whole[:, 0] < 1.0) & (whole[:, 1] < 5.5))
    assert share == pytest.approx(0.25, abs={"random": 0.02, "sobol": 0.001}[kind])


def test_points_below_a_height_are_kept(tmp_path):
    """With the minimum of the fit, not of the points; the shape of the table, in memory and in files, is theirs."""
    options = {"data": "2026-core", "draws": 5, "sample": "sobol", "points": 512}
    whole = scan(BOX, ["R(D)"], **options)
    near = scan(BOX, ["R(D)"], **options, below=20.0)
    rise = whole.chi2 - near.lowest
    assert 0.0 < near.lowest < whole.chi2.min()
    np.testing.assert_array_equal(near.points, whole.points[rise < 20.0])
    np.testing.assert_array_equal(near.values, whole.values[rise < 20.0])
    assert 0 < len(near.chi2) < len(whole.chi2) == 512
    assert near.save(tmp_path / "s.npz") == near.save(tmp_path / "s.parquet", chunk=50) == len(near.chi2)
    with np.load(tmp_path / "s.npz") as stored:
        np.testing.assert_array_equal(stored["points"], near.points)
        np.testing.assert_array_equal(stored["chi2"], near.chi2)
    from pyarrow import parquet

    np.testing.assert_allclose(parquet.read_table(tmp_path / "s.parquet")["chi2"], near.chi2, rtol=1e-12)


def test_an_adaptive_sample_gathers_where_it_matters_and_goes_on(tmp_path, monkeypatch):
    pytest.importorskip("adaptive", reason="the extra 'scan' is not installed")
    monkeypatch.setattr("nutau.inference.scan.parts.ROUND", 64)
    monkeypatch.setattr("nutau.inference.scan.adapt.ROUND", 64)
    made = scan(BOX, data="2026-core", draws=5, sample="adaptive", points=256, below=5.99)
    sobol = scan(BOX, data="2026-core", draws=5, sample="sobol", points=256).chi2 - made.lowest
    out = tmp_path / "s.parquet"

    def stop(done, total):
        if done == 128:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(made, progress=stop).save(out)
    before = times(out)
    assert len(before) == 2
    count = made.save(out)
    assert count > 2 * np.sum(sobol < 5.99)
    assert before.items() <= times(out).items()
    from pyarrow import parquet

    found = parquet.read_table(out)
    assert np.all(np.array(found["chi2"]) - made.lowest < 5.99)
    np.testing.assert_array_equal(
        np.column_stack(found.columns)[:, :2], made.points
    )  # without the folder the same


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--parameters", GRID, "--points", "5"], "--points would not be used: a grid"),
        (["--parameters", GRID, "--seed", "5"], "--seed would not be used: a grid"),
        (
            ["--parameters", GRID, "--sample", "sobol", "--points", "5"],
            "how many points there are is another option",
        ),
        (["--parameters", BOX, "--sample", "sobol"], "needs the number of --points"),
        (["--parameters", BOX, "--sample", "sobal", "--points", "5"], "Did you mean 'sobol'"),
        (["--parameters", "C1=1:0", "--sample", "random", "--points", "5"], "LOW:HIGH with LOW < HIGH"),
        (["--parameters", BOX, "--sample", "adaptive", "--points", "5"], "there is no data set"),
        (["--parameters", GRID, "--below", "5"], "there is no data set"),
        (["--parameters", GRID, "--below", "-1", "--data", "2026-core"], "--below -1: a height"),
        (["--parameters", GRID, "--chunk", "10"], "--chunk would not be used: it is for .parquet"),
        (["--parameters", GRID, "--cluster", "tcp://127.0.0.1:9"], "no scheduler answers there"),
    ],
)
def test_bad_calls(arguments, message, tmp_path, monkeypatch):
    if "--cluster" in arguments and importlib.util.find_spec("distributed") is None:
        pytest.skip("the extra 'cluster' is not installed")
    monkeypatch.setattr("nutau.inference.work.cluster.PATIENCE", 0.3)
    code, out, error = run("scan", *arguments, "R(D)", "--draws", "0", "--out", str(tmp_path / "x.npz"))
    assert (code, out) == (2, "")
    assert message in error
    assert not list(tmp_path.iterdir())


def test_places_for_folders(tmp_path):
    (tmp_path / "file.parquet").touch()
    for name, message in (("nowhere/x.parquet", "there is no folder"), ("file.parquet", "it is a file")):
        code, _, error = run("scan", "--parameters", GRID, "R(D)", "--out", str(tmp_path / name))
        assert code == 2
        assert message in error


def test_a_scan_that_has_travelled_computes_the_same_bits(small):
    """One point at a time, where the layout of arrays in memory decides how sums are rounded."""
    travelled = pickle.loads(pickle.dumps(small))
    for place in range(15):
        point = small.grid.points(place, place + 1)
        np.testing.assert_array_equal(travelled.at(point), small.at(point))
