"""The file that describes a cluster: which batch system, how many jobs, and what it is told."""

from __future__ import annotations

from importlib import import_module
from logging import CRITICAL
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nutau.common.yaml_files import read_yaml, validate
from nutau.errors import InputError, MissingExtraError

LOCAL = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": CRITICAL}
"""Of processes of this machine: one thread each, and no log but what ends them."""
CLASSES = {
    "local": "distributed.LocalCluster",
    "slurm": "dask_jobqueue.SLURMCluster",
    "htcondor": "dask_jobqueue.HTCondorCluster",
    "lsf": "dask_jobqueue.LSFCluster",
    "pbs": "dask_jobqueue.PBSCluster",
    "sge": "dask_jobqueue.SGECluster",
    "lxplus": "dask_lxplus.CernCluster",
    "kubernetes": "dask_kubernetes.operator.KubeCluster",
}
"""The class of each kind; its documentation says what ``options`` it takes."""
EXTRA = ("distributed", "dask_jobqueue")
"""What the extra ``cluster`` installs; other packages are installed by their own name."""
BATCH = ("slurm", "htcondor", "lsf", "pbs", "sge", "lxplus")
Kind = Literal["local", "slurm", "htcondor", "lsf", "pbs", "sge", "lxplus", "kubernetes"]


class Adapt(BaseModel):
    """As many jobs as there is work for, between two numbers."""

    model_config = ConfigDict(extra="forbid")
    minimum: int = Field(0, ge=0)
    maximum: int = Field(ge=1)


class Config(BaseModel):
    """A cluster: its ``kind``, how many ``jobs`` (or ``adapt``), and ``options`` of its class.

    ``wait`` is how many seconds the first worker may take to come.
    """

    model_config = ConfigDict(extra="forbid")
    kind: Kind
    jobs: int | None = Field(None, ge=1)
    adapt: Adapt | None = None
    wait: float = Field(3600.0, gt=0)
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_of(self) -> Config:
        if (self.jobs is None) == (self.adapt is None):
            raise ValueError("one of jobs (a number) and adapt (minimum and maximum) is needed")
        return self

    def started(self, where: str) -> Any:
        """The cluster, its jobs asked for; :class:`InputError` with what its class says of the options."""
        made = self.made(where)
        if self.adapt is not None:
            made.adapt(minimum=self.adapt.minimum, maximum=self.adapt.maximum)
        elif self.kind != "local":
            made.scale(self.jobs)
        return made

    def made(self, where: str) -> Any:
        """The cluster, before any job is asked for."""
        module, _, name = CLASSES[self.kind].rpartition(".")
        try:
            cls = getattr(import_module(module), name)
        except ImportError:
            package = module.partition(".")[0]
            if package in EXTRA:
                raise MissingExtraError(package, "cluster") from None
            raise InputError(
                f"{where}: kind {self.kind} needs the package '{package.replace('_', '-')}', which is not installed."
            ) from None
        try:
            return cls(**self._defaults(), **self.options)
        except (TypeError, ValueError, OSError, RuntimeError) as error:
            raise InputError(f"{where}: {name} does not take these options: {error}") from None

    def _defaults(self) -> dict[str, Any]:
        """One thread a worker, where the options do not speak of it."""
        cores = self.options.get("cores", 1)
        if self.kind in BATCH:
            own = {"cores": 1, "processes": cores, "memory": "2 GB"}
        elif self.kind == "local":
            own = {"n_workers": self.jobs or 0, **LOCAL}
        else:
            own = {"n_workers": 0}
        return {key: value for key, value in own.items() if key not in self.options}


def read(path: Path) -> Config:
    """The cluster of a YAML file; :class:`InputError` with all its problems."""
    document = read_yaml(path)
    if not isinstance(document, dict):
        raise InputError(f"{path}: no cluster; it says what it is, as 'kind: htcondor' and 'jobs: 100'.")
    return validate(Config, document, str(path))
