"""A scan as a task of b2luigi, the workflow tool of Belle II: python task_b2luigi.py [--batch].

The folder of the scan goes on where a task was stopped, so its target is its manifest, when that says that it is
complete. On a batch system (b2luigi's setting ``batch_system``) one job runs the scan, with as many workers as the job
has cores; nutau's own ``--cluster htcondor.yaml`` instead spreads one scan over many jobs.
"""

import json
import os
import shlex
import subprocess
import sys

import b2luigi

NUTAU = shlex.split(os.environ.get("NUTAU", f"{sys.executable} -m nutau"))


class Complete(b2luigi.LocalTarget):
    """The manifest of a scan that is complete."""

    def exists(self):
        try:
            with open(self.path, encoding="utf-8") as stream:
                return bool(json.load(stream).get("complete"))
        except (OSError, ValueError):
            return False


class Scan(b2luigi.Task):
    """A scan of -2 log L in two coefficients."""

    points = b2luigi.IntParameter(default=41)
    draws = b2luigi.IntParameter(default=1000)
    workers = b2luigi.IntParameter(default=2, significant=False)

    @property
    def folder(self):
        return f"scan-{self.points}-{self.draws}.parquet"

    def output(self):
        yield {"scan": Complete(f"{self.folder}/_nutau.json")}

    def run(self):
        axes = f"C1=-0.1:0.1:{self.points},C3=-0.1:0.1:{self.points}"
        how = [
            "--draws",
            str(self.draws),
            "--chunk",
            "500",
            "--cluster",
            str(self.workers),
            "--out",
            self.folder,
        ]
        command = [*NUTAU, "scan", "--parameters", axes, "Rnunu(K)", "R(D)", "--data", "2026-core", *how]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    b2luigi.process(
        Scan(points=int(os.environ.get("POINTS", "41")), draws=int(os.environ.get("DRAWS", "1000")))
    )
