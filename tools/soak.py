"""Mixed work in one process for a long time: ``make soak``. Memory, descriptors and threads must stop growing.

Each round does everything once, with other numbers every time: predictions, formulas, spectra, fits, scans, matching,
files read and written, forecasts, figures. What is held after the warm-up (the first third of the time: every module
imported, every cache full) is compared with what is held at the end. Exit code 1 if more is held than :data:`ALLOWED`.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nutau

ALLOWED = {"MiB": 30.0, "descriptors": 0.0, "threads": 0.0}
"""Growth from the median of the second third to the median of the last one. A round that leaks 1 MiB leaks 30 in ten
minutes; what allocators and JAX's own bounded caches add and give back again is less."""
LEAST_ROUNDS = 9
"""Rounds without which nothing can be said."""


def held() -> dict[str, float]:
    """What the process holds now."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as statm:
        pages = int(statm.read().split()[1])
    return {
        "MiB": pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
        "descriptors": float(len(os.listdir("/proc/self/fd"))),
        "threads": float(len(os.listdir("/proc/self/task"))),
    }


def predictions(rng: random.Random, folder: Path) -> None:
    """Points of coefficients, models and lines, with theory errors."""
    del folder
    value = complex(rng.uniform(-1, 1), rng.uniform(-1, 1))
    nutau.predict(point={"C9_bstautau": 30 * value, "CVL_bctaunutau": 0.1 * value}, draws=50)
    nutau.predict(point=nutau.U1(rng.uniform(1000, 4000), x1LL={"33": 1.0, "23": value}), draws=20)
    nutau.predict(point=nutau.X("S3", delta=rng.uniform(0, 0.1)), draws=20)
    nutau.error_budget("R(D)", nutau.X(rng.uniform(-1, 1), delta=0.05), draws=20)


def bins(rng: random.Random, folder: Path) -> None:
    """Formulas and spectra in bins that were never asked for."""
    del folder
    low = rng.uniform(14.5, 17.0)
    made = nutau.formulas(
        ["<dBR/dq2>(B+->Knunu)", "R(D)"],
        draws=20,
        q2=(low, low + rng.uniform(1.0, 3.0)),
        scale=rng.uniform(4.5, 100),
    )
    nutau.polynomial(made[0], imaginary=False)
    spectrum = nutau.spectrum("B+->Knunu", scale=rng.uniform(4.5, 100))
    spectrum([rng.uniform(1, 20)], {"CL_bsnutaunutau": rng.uniform(-1, 1)})


def data(rng: random.Random, folder: Path) -> None:
    """A fit and a scan with few draws, of coefficients that change."""
    name = rng.choice(["CVL_bctaunutau", "CSR_bctaunutau", "CT_bctaunutau", "C3"])
    nutau.fit([name], data="2026", draws=rng.choice([2, 10, 20]))
    found = nutau.scan(f"C3={-rng.uniform(0.01, 0.1)}:0.1:7", ["R(D)", "Rnunu(K)"], draws=10)
    found.save(folder / "scan.npz")
    found.save(folder / "scan.csv")


def documents(rng: random.Random, folder: Path) -> None:
    """Files written, read again, and refused."""
    values = {"lq1_3323": rng.uniform(0, 1e-7), "lq3_3323": {"Re": rng.uniform(0, 1e-7), "Im": 0.0}}
    document = {"eft": "SMEFT", "basis": "Warsaw", "scale": rng.uniform(500, 4000), "values": values}
    nutau.predict("Rnunu(K)", document, draws=0)
    path = folder / "data.yaml"
    path.write_text(
        "title: t\nmeasurements:\n"
        f"- {{name: A, observable: R(D), central: {rng.uniform(0.3, 0.4)}, sigma: 0.03, source: x}}\n"
    )
    for read in (nutau.load_dataset, nutau.load_inputs, nutau.read_popxf, nutau.read_wcxf):
        for target in (path, folder / f"{rng.random()}.yaml"):
            with contextlib.suppress(nutau.InputError):
                read(target)
    nutau.load_inputs("default", form_factors={"B->K*": "bsz15-lcsr-lattice"})


def models(rng: random.Random, folder: Path) -> None:
    """Matching of mediators with couplings that change."""
    del folder
    made = nutau.S3(
        rng.uniform(1000, 5000), **{f"y3LL_{rng.randrange(1, 4)}{rng.randrange(1, 4)}": rng.uniform(-1, 1)}
    )
    made.wet()
    nutau.values(["R(D)", "Rnunu(K)"], made)
    nutau.cite("R(D)", nutau.U1)


WORK: tuple[Callable[[random.Random, Path], None], ...] = (predictions, bins, data, documents, models)


def main() -> int:
    """Work until the time is over; 1 if something grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng, start, samples = random.Random(given.seed), time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        while (minutes := (time.monotonic() - start) / 60) < given.minutes or len(samples) < LEAST_ROUNDS:
            for work in WORK:
                work(rng, Path(folder))
            samples.append((minutes, held()))
            if len(samples) % 10 == 1:
                print(f"{minutes:5.1f} min, round {len(samples)}: {_line(samples[-1][1])}", flush=True)
    return verdict([found for _, found in samples])


def verdict(samples: list[dict[str, float]]) -> int:
    """Whether what is held grew between the second and the last third of the samples: 1 if so, with a line for each."""
    third = len(samples) // 3
    grown = 0
    for name, allowed in ALLOWED.items():
        before, after = (
            statistics.median(sample[name] for sample in part)
            for part in (samples[third : 2 * third], samples[2 * third :])
        )
        too_much = after - before > allowed
        grown |= too_much
        print(
            f"{name}: {before:.0f}, then {after:.0f} (at most {allowed:g} more){' GREW' if too_much else ''}",
            flush=True,
        )
    print(f"{len(samples)} rounds: {'something grew' if grown else 'nothing grew'}")
    return int(grown)


def _line(found: dict[str, float]) -> str:
    return ", ".join(f"{value:.0f} {name}" for name, value in found.items())


if __name__ == "__main__":
    sys.exit(main())
