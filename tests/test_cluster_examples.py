"""Examples of clusters and workflows do what they say: with the tools where they are installed, else their commands."""

import importlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from command import run
from nutau.errors import InputError
from nutau.inference.work import config

pytest.importorskip("pyarrow", reason="the extra 'scan' is not installed")
pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
EXAMPLES = Path(__file__).parent.parent / "examples" / "cluster"
NUTAU = f"{sys.executable} -m nutau"
SMALL = {"points": "5", "draws": "5", "toys": "12"}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (
            "htcondor",
            [
                "MY.DaskWorkerCores = 1",
                "MY.DaskWorkerMemory = 2000000000",
                "--nthreads 1",
                "+MaxRuntime = 14400",
            ],
        ),
        (
            "slurm",
            ["#SBATCH -n 1", "--cpus-per-task=32", "--nworkers 32", "--nthreads 1", "JAX_PLATFORMS=cpu"],
        ),
    ],
)
def test_jobs_of_a_batch_system_hold_workers_of_one_thread(name, wanted):
    pytest.importorskip("dask_jobqueue", reason="the extra 'cluster' is not installed")
    found = config.read(EXAMPLES / f"{name}.yaml")
    with found.made(name) as cluster:
        text = cluster.job_script()
    for part in wanted:
        assert part in text


def test_lxplus_needs_its_own_package_and_says_so():
    found = config.read(EXAMPLES / "lxplus.yaml")
    assert found.options["worker_extra_args"] == ["--worker-port", "10000:10100"]
    if importlib.util.find_spec("dask_lxplus") is None:
        with pytest.raises(InputError, match="needs the package 'dask-lxplus', which is not installed"):
            found.made("lxplus.yaml")
    else:
        with found.made("lxplus.yaml") as cluster:
            assert "--nthreads 1" in cluster.job_script()


def test_the_snakefile(monkeypatch):
    """The scan is run; the toys, which take longer, are taken up to the point where the fit begins."""
    scan, toys = _commands()
    if shutil.which("snakemake"):
        settings = [f"{key}={value}" for key, value in {**SMALL, "nutau": NUTAU}.items()]
        command = ["snakemake", "-s", str(EXAMPLES / "Snakefile"), "--cores", "1", "--until", "scan"]
        subprocess.run([*command, "--config", *settings], check=True, capture_output=True)
        assert Path("scan.done").exists()
    else:
        subprocess.run(scan, shell=True, check=True)
    assert json.loads(Path("scan.parquet/_nutau.json").read_text())["rows"] == 25

    def begun(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("nutau.cli.fitted.fit", begun)
    monkeypatch.setattr("nutau.cli.work.working", lambda cluster, folder: nullcontext())
    arguments = shlex.split(toys.removeprefix(NUTAU).partition(">")[0])
    assert run(*arguments)[0] == 130


def _commands():
    """The commands of the rules, in their order."""
    text, values = (EXAMPLES / "Snakefile").read_text(), {key.upper(): value for key, value in SMALL.items()}
    for block in re.findall(r"shell:\n((?:\s+\".*\"\n)+)", text):
        command = "".join(re.findall(r'"(.*)"\n', block))
        yield command.format(NUTAU=NUTAU, threads=1, output="kappa.json", **values)


def test_the_task_of_b2luigi(monkeypatch):
    if importlib.util.find_spec("b2luigi") is None:  # what the task uses of it
        stub = ModuleType("b2luigi")
        stub.Task, stub.IntParameter = object, lambda default, significant=True: default
        stub.LocalTarget = type(
            "LocalTarget", (), {"__init__": lambda self, path: setattr(self, "path", path)}
        )
        monkeypatch.setitem(sys.modules, "b2luigi", stub)
        spec = importlib.util.spec_from_file_location("task_b2luigi", EXAMPLES / "task_b2luigi.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        task = module.Scan()
        task.points, task.draws, task.workers = 5, 5, 1
        (target,) = next(task.output()).values()
        assert not target.exists()
        task.run()
        assert target.exists()
    else:
        environment = {**os.environ, "NUTAU": NUTAU, "POINTS": "5", "DRAWS": "5"}
        command = [sys.executable, str(EXAMPLES / "task_b2luigi.py")]
        subprocess.run(command, check=True, env=environment, capture_output=True)
    manifest = SimpleNamespace(**json.loads(Path("scan-5-5.parquet/_nutau.json").read_text()))
    assert (manifest.complete, manifest.rows) == (True, 25)
