"""Work in tasks: by worker processes as in this one, workers that are killed, folders that keep what is finished."""

import json
import os
import signal
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import nutau
from nutau.errors import ComputationError, InputError, MissingExtraError
from nutau.inference.fit import fitted
from nutau.inference.scan import scan
from nutau.inference.work import Work, in_order, mapped, workers, working
from nutau.inference.work.cluster import check
from nutau.inference.work.config import read
from synthetic import likelihood, measured, theory_model
from tasks import always_deadly, deadly, missing, squared

REQUEST = {"what": "squares", "of": ["a", "b"], "with": {"seed": 1}}
NUMBERS = {"points": np.array([1.0, 2.0])}
TASKS = list(range(8))


@pytest.fixture(scope="module")
def client():
    """A scheduler and two worker processes."""
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    with workers(2) as found:
        yield found


def results(made):
    return {place: arrays["y"].tolist() for place, arrays in made}


EXPECTED = {task: [2.0 * task, 2.0 * task**2] for task in TASKS}


def test_here_and_by_workers_the_same(client):
    assert results(mapped(squared, 2.0, TASKS)) == EXPECTED
    for at_once in (3, 4096):
        made = dict(mapped(squared, 2.0, TASKS, client=client, at_once=at_once))
        assert results(made.items()) == EXPECTED
        pids = {int(arrays["who"][0]) for arrays in made.values()}
        assert pids <= set(client.run(os.getpid).values())


def test_a_worker_that_is_killed_changes_nothing(client, tmp_path):
    before = set(client.run(os.getpid).values())
    made = mapped(deadly, (2.0, str(tmp_path / "marker")), TASKS, client=client)
    assert results(made) == EXPECTED
    client.wait_for_workers(2)
    assert set(client.run(os.getpid).values()) != before


def test_a_task_that_kills_every_worker_is_told(client):
    def allow(count, dask_scheduler):
        dask_scheduler.allowed_failures = count

    client.run_on_scheduler(partial(allow, 0))
    with pytest.raises(ComputationError, match="ended 1 workers"):
        list(mapped(always_deadly, None, [1], client=client))
    client.run_on_scheduler(partial(allow, 3))
    client.wait_for_workers(2)


def test_what_a_task_refuses_is_refused_here(client):
    with pytest.raises(MissingExtraError, match=r"pip install 'nutau\[scan\]'"):
        list(mapped(missing, None, [1, 2], client=client))


def test_results_in_order():
    assert list(in_order([(2, "c"), (0, "a"), (1, "b"), (3, "d")])) == ["a", "b", "c", "d"]


def kept(folder, tasks=TASKS, request=REQUEST, numbers=NUMBERS, function=squared, shared=2.0, **how):
    """Work that is kept."""
    return Work(folder=folder, **how).done(function, shared, tasks, request=request, numbers=numbers)


def test_what_is_finished_is_not_done_again(tmp_path):
    folder, seen = tmp_path / "work", []
    interrupted = kept(folder)
    assert [next(interrupted)[0] for _ in range(3)] == [0, 1, 2]
    interrupted.close()
    times = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}

    def counted(shared, task):
        seen.append(task)
        return squared(shared, task)

    assert results(kept(folder, function=counted)) == EXPECTED
    assert seen == [3, 4, 5, 6, 7]
    assert times == {name: (folder / name).stat().st_mtime_ns for name in times}
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", None])
def test_a_part_that_is_broken_is_named_and_done_again(tmp_path, damage):
    list(kept(tmp_path))
    part, told = tmp_path / "part-00000005.npz", []
    content = part.read_bytes()
    flipped = bytes([content[200] ^ 1])
    part.write_bytes(content[:200] + flipped + content[201:] if damage is None else damage)
    assert results(kept(tmp_path, tell=told.append)) == EXPECTED
    assert told == [f"{part} is broken; it is computed again."]
    np.testing.assert_array_equal(np.load(part)["y"], EXPECTED[5])


def test_other_work_is_refused(tmp_path):
    list(kept(tmp_path / "a"))
    before = {path: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    for how, message in (
        ({"request": REQUEST | {"with": {"seed": 2}}}, "with: seed is 1 there, 2 here"),
        ({"tasks": [1, 2]}, "tasks is 8 there, 2 here"),
        ({"numbers": {"points": np.array([1.0, 2.1])}}, "but points were other numbers"),
    ):
        with pytest.raises(InputError, match=message):
            list(kept(tmp_path / "a", **how))
    list(kept(tmp_path / "a", numbers={"points": np.array([1.0, 2.0 + 1e-9])}))  # another processor
    assert before == {path: path.read_bytes() for path in (tmp_path / "a").iterdir()}


def test_folders_that_are_none_of_ours(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "thesis.tex").touch()
    (tmp_path / "file").touch()
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "_nutau.json").write_text('{"schema": "nutau/wo')
    for name, message in (
        ("b", "other files in it"),
        ("file", "it is a file"),
        ("nowhere/d", "there is no folder"),
        ("c", "is no manifest of nutau's, or broken"),
    ):
        with pytest.raises(InputError, match=message):
            list(kept(tmp_path / name))


NAME = "C9_bstautau"


@pytest.fixture(scope="module")
def fit():
    """A mean that is not negative."""
    made = likelihood(
        theory_model(["a"], [[0, 1, 0]]), [measured("m", ["a"], 0.5, 1.0)], ranges={NAME: (0.0, 20.0)}
    )
    return fitted(made)


@pytest.mark.parametrize("method", ["fc", "cls"])
def test_toys_are_the_same_to_the_last_bit_whoever_throws_them(fit, client, tmp_path, monkeypatch, method):
    monkeypatch.setattr(f"nutau.inference.fit.{'calibration' if method == 'fc' else 'cls'}.NODES", 3)
    here = fit.by_method(method, toys=20, seed=3).to_dict()["method"]
    assert here == fit.by_method(method, toys=20, seed=3, cluster=client, folder=tmp_path).to_dict()["method"]
    (folder,) = tmp_path.iterdir()
    assert folder.name == f"{method} {NAME}"
    times = {path: path.stat().st_mtime_ns for path in folder.glob("part-*")}
    assert here == fit.by_method(method, toys=20, seed=3, folder=tmp_path).to_dict()["method"]
    assert times == {path: path.stat().st_mtime_ns for path in folder.glob("part-*")}
    with pytest.raises(InputError, match="seed is 3 there, 4 here"):
        fit.by_method(method, toys=20, seed=4, folder=tmp_path)


def test_goodness_of_fit_too(fit, client, tmp_path, monkeypatch):
    monkeypatch.setattr("nutau.inference.fit.goodness_toys.BATCH", 16)
    here = fit.with_toys(60, seed=2).toys
    assert here == fit.with_toys(60, seed=2, folder=tmp_path).toys
    assert here.toys == 60
    monkeypatch.undo()  # workers have the size of their own
    assert fit.with_toys(300, seed=2).toys == fit.with_toys(300, seed=2, cluster=client).toys


@pytest.mark.parametrize(
    ("cluster", "message"),
    [
        (0, "from 1 to 1024 processes"),
        ("-3", "from 1 to 1024 processes"),
        ("many", "there is no such file"),
        ("", "is needed"),
        (True, "is needed"),
        ("tcp://127.0.0.1:9", "no scheduler answers there"),
        ("tls://", "no scheduler answers there"),
        ("carrier://pigeon", "Dask knows no such protocol"),
    ],
)
def test_clusters_that_are_none(cluster, message, monkeypatch):
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    monkeypatch.setattr("nutau.inference.work.cluster.PATIENCE", 0.3)
    with pytest.raises(InputError, match=message), working(cluster):
        pass


def test_workers_of_other_versions_are_refused(client, monkeypatch, tmp_path):
    check(client)
    asked = client.get_versions

    def newer(packages):
        found = asked(packages=packages)
        return {
            **found,
            "client": {**found["client"], "packages": {**dict(found["client"]["packages"]), "nutau": "9.9"}},
        }

    with monkeypatch.context() as here:
        here.setattr(client, "get_versions", newer)
        with pytest.raises(InputError, match=r"runs nutau .+ and not 9\.9: start"):
            check(client)
    monkeypatch.setattr("nutau.inference.work.cluster.SOURCE", tmp_path)
    with pytest.raises(InputError, match="runs other code of nutau under the same version"):
        check(client)


def test_workers_of_several_threads_are_refused():
    distributed = pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    how = {"processes": False, "threads_per_worker": 2, "n_workers": 1, "dashboard_address": None}
    with (
        distributed.Client(**how, set_as_default=False) as threads,
        pytest.raises(InputError, match="has 2 threads"),
    ):
        check(threads)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "no cluster"),
        ("kind: cloud\njobs: 3", "kind: Input should be 'local', 'slurm'"),
        ("kind: slurm", "one of jobs"),
        ("kind: slurm\njobs: 0", "greater than or equal to 1"),
        ("kind: slurm\njobs: 2\nadapt: {maximum: 3}", "one of jobs"),
        ("kind: slurm\njobs: 2\nworkers: 3", "workers: is not taken here"),
    ],
)
def test_files_of_clusters_that_are_none(tmp_path, text, message):
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(InputError, match=message):
        read(tmp_path / "c.yaml")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a cluster that never was
def test_options_that_a_batch_system_does_not_take(tmp_path):
    pytest.importorskip("dask_jobqueue", reason="the extra 'cluster' is not installed")
    (tmp_path / "c.yaml").write_text("kind: slurm\njobs: 1\noptions: {colour: blue}")
    with pytest.raises(InputError, match=r"c\.yaml: SLURMCluster does not take these options: .*colour"):
        read(tmp_path / "c.yaml").started("c.yaml")


def test_the_manifest_is_plain(tmp_path):
    list(kept(tmp_path))
    document = json.loads((tmp_path / "_nutau.json").read_text())
    assert document["schema"] == "nutau/work/1"
    assert document["request"]["nutau"] == nutau.__version__


def test_a_scan_by_workers_is_the_same_in_every_file(client, tmp_path):
    """Also where a worker is killed in the middle."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra 'scan' is not installed")
    small = scan("C1=-0.1:0.1:5,C3=-0.05:0.05:3", ["Rnunu(K)"], data="2026-core", draws=5)
    far = replace(small, cluster=client)
    for name in ("s.npz", "s.csv"):
        small.save(tmp_path / name)
        far.save(tmp_path / f"far-{name}")
    os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
    assert far.save(tmp_path / "far.parquet", chunk=1) == small.save(tmp_path / "s.parquet", chunk=1) == 15
    for name in ("points", "values", "standard_deviations", "chi2"):
        np.testing.assert_array_equal(getattr(far, name), getattr(small, name))
    assert (tmp_path / "s.csv").read_text() == (tmp_path / "far-s.csv").read_text()
    with np.load(tmp_path / "s.npz") as one, np.load(tmp_path / "far-s.npz") as two:
        assert set(one) == set(two)
        for name in one:
            np.testing.assert_array_equal(one[name], two[name])
    assert parquet.read_table(tmp_path / "s.parquet").equals(parquet.read_table(tmp_path / "far.parquet"))
