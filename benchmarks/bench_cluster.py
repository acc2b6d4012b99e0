"""Workers of a Dask cluster: how long they take to come, what a task costs, strong and weak scaling of a scan.

.venv/bin/python benchmarks/bench_cluster.py --workers 1,2,4 --write
"""

from __future__ import annotations

import logging
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import nutau
from nutau.inference.work import mapped, workers
from report import Report, arguments, one_thread, seconds

EMPTY = 1000
"""Tasks that do nothing."""
PART = 4000
"""Points of a part of the scan."""
PARTS = 16
LATENT = (0.1, 1.0, 10.0, 60.0)
"""Seconds of a task in the model."""
LARGE = (100, 1000)
"""Workers in the model."""


def nothing(shared: Any, task: int) -> int:
    """An empty task."""
    return task


def scanned(parts: int, client: Any) -> float:
    """Seconds of a scan of so many parts, written to a folder."""
    made = nutau.scan(f"C1=-0.1:0.1:{parts},C3=-0.05:0.05:{PART}", ["R(D)"], data="2026-core", draws=100)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        replace(made, cluster=client).save(Path(folder) / "scan.parquet", chunk=PART)
        return time.perf_counter() - start


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--workers", default="1,2,4", help="numbers of processes, from the smallest on")
    options = parser.parse_args()
    counts = [int(part) for part in options.workers.split(",")]
    one_thread()
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    report = Report("Cluster")
    report.begin("dask", "distributed")
    report.say(
        f"Processes of this machine ({os.cpu_count()} cores); a scan of -2 log L, {PART} points a part."
    )
    rows, costs, one = [], [], 0.0
    here = scanned(PARTS, None)
    for count in counts:
        start = time.perf_counter()
        with workers(count) as client:
            opened = time.perf_counter() - start
            list(mapped(nothing, None, range(10 * count), client=client))
            start = time.perf_counter()
            list(mapped(nothing, None, range(EMPTY), client=client))
            costs.append((time.perf_counter() - start) / EMPTY)
            scanned(2 * count, client)  # every worker has compiled then
            strong, weak = scanned(PARTS, client), scanned(PARTS * count // counts[0], client)
        one = one or weak
        row = [str(count), seconds(opened), seconds(costs[-1]), seconds(strong), f"{here / strong:.2f}"]
        rows.append((*row, seconds(weak), f"{100 * one / weak:.0f} %"))
    head = (
        "workers",
        "open",
        "empty task",
        f"{PARTS} parts",
        "speed-up",
        f"{PARTS} parts a worker",
        "efficiency",
    )
    report.table(head, rows)
    report.say(f"Without workers {PARTS} parts take {seconds(here)}, {seconds(here / PARTS)} a part.")
    cost = statistics.median(costs)
    report.say(
        f"Model: one scheduler gives out a task every c = {seconds(cost)}, so N workers with tasks of t seconds have "
        "the efficiency min(1, t / (N c))."
    )
    table = [
        (f"{count}", *(f"{100 * min(1.0, task / (count * cost)):.0f} %" for task in LATENT))
        for count in LARGE
    ]
    report.table(("workers", *(f"t = {seconds(task)}" for task in LATENT)), table)
    if os.getloadavg()[0] > 1.5 * (os.cpu_count() or 1):
        report.say("The machine was busy with other work: times are upper bounds, and speed-ups say little.")
    report.end(options.write)


if __name__ == "__main__":
    main()
