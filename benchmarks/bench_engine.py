"""The engine: formulas with theory draws, millions of points with theory errors, 10⁸ points in chunks, a cold start.

    .venv/bin/python benchmarks/bench_engine.py --peer-python PYTHON --jelli-python PYTHON --write

PYTHON has flavio and particle < 1; the other one has jelli, rgevolve < 0.2 and NumPy < 2.4. Without them the sides of
the peers are left out. ``--points`` and ``--grid`` make a short run of it.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import nutau
from machine import median_time
from nutau.eft.algebra import Affine
from nutau.eft.wet.basis import WET
from nutau.inference.theory_model import TheoryModel, real_parameters, theory_model
from nutau.observables.predictions import formulas
from nutau.observables.requests import Request
from report import Report, arguments, factor, one_thread, peer, seconds, verdict

DRAWS = 1000
WIDE = (15.0, 19.0)  # GeV²
EIGHT = (
    ("BR(B+->Knunu)", None),
    ("BR(B0->K*nunu)", None),
    ("<FL>(B0->K*nunu)", (0.5, 19.0)),
    ("BR(B+->Ktautau)", None),
    ("<AFB>(B+->Ktautau)", (15.0, 22.0)),
    *((f"<{kind}>(B0->K*tautau)", WIDE) for kind in ("dBR/dq2", "FL", "FLtrue", "AFB")),
    ("BR(Bs->tautau)", None),
    ("<dBR/dq2>(Bs->phitautau)", (15.0, 18.5)),
    *((f"{kind}(B0->Dtaunu)", None) for kind in ("BR", "Ptau", "AFBtot")),
    ("Rtaul(B->Dlnu)", None),
    *((f"{kind}(B0->D*taunu)", None) for kind in ("BR", "Ptau", "FLtot", "AFBtot")),
    ("Rtaul(B->D*lnu)", None),
)
"""The observables of B → K⁽*⁾νν̄, B → K⁽*⁾ττ, B_s → ττ, B_s → φττ, B → D⁽*⁾τν."""
TEN = (
    ("BR(B+->Knunu)", None),
    ("BR(B0->K*nunu)", None),
    ("BR(B+->Ktautau)", None),
    ("<dBR/dq2>(B0->K*tautau)", WIDE),
    ("BR(Bs->tautau)", None),
    ("Rtaul(B->Dlnu)", None),
    ("Rtaul(B->D*lnu)", None),
    ("FLtot(B0->D*taunu)", None),
    ("BR(B+->taunu)", None),
    ("BR(Bc->taunu)", None),
)
FOUR = ("C9_bstautau", "C10_bstautau", "CL_bsnutaunutau", "CVL_bctaunutau")
SIZES = np.array([20.0, 20.0, 5.0, 0.2])
COLD = ("predict", "BR(B0->K*tautau)", "BR(B+->Knunu)", "R(D*)")


def requests(observables: Any) -> list[Request]:
    return [Request(name, q2=q2) for name, q2 in observables]


def sheet(names: tuple[str, ...] = FOUR) -> TheoryModel:
    """Ten observables as functions of four real coefficients, with the errors of 1000 draws."""
    made = formulas(requests(TEN), "default", draws=DRAWS)
    return theory_model(made, real_parameters(names, Affine.identity(WET)))


def random_points(count: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(count, len(FOUR))) * SIZES


def of_flavio(python: str, count: int, draws: int) -> dict[str, Any]:
    """Seconds of each observable in flavio, at points and for sets of parameters."""
    points = [
        {name: [float(x), 0.0] for name, x in zip(FOUR, row, strict=True)} for row in random_points(count)
    ]
    wanted = [*TEN, *(item for item in EIGHT if item not in TEN and _has(item[0]))]
    task = {"observables": [(name, q2 or ()) for name, q2 in wanted], "coefficients": points, "draws": draws}
    return peer(python, "peer_flavio.py", task)


def _has(name: str) -> bool:
    """Whether flavio has an observable of this name."""
    return not name.startswith(("Ptau", "<FLtrue>", "AFBtot(B0->Dtaunu)"))


def bench_formulas(report: Report, theirs: dict[str, Any] | None, draws: int) -> None:
    inputs = nutau.load_inputs("default")
    asked = requests(EIGHT)
    took = median_time(lambda: formulas(asked, inputs, draws=DRAWS), repeat=5)
    start = time.process_time()
    formulas(asked, inputs, draws=DRAWS)
    processor = time.process_time() - start
    without = median_time(lambda: formulas(asked, inputs, draws=0), repeat=5)
    report.say(f"### All {len(EIGHT)} formulas of eight channels with {DRAWS} theory draws")
    report.say()
    report.say(
        f"nutau, every coefficient, shared draws: {seconds(took)} "
        f"({seconds(processor)} of processor time; without draws {seconds(without)})."
    )
    report.say(f"Target: under 1 s warm: {verdict(took < 1)}.")
    if theirs is None:
        return report.say("flavio: not measured (no --peer-python).")
    made = dict(zip([name for name, _ in EIGHT], formulas(asked, inputs, draws=0), strict=True))
    common = [name for name, _ in EIGHT if _has(name)]
    once = sum(theirs["draws"][name] for name in common)
    whole = sum(theirs["draws"][name] * (1 + len(made[name].central.basis)) ** 2 for name in common)
    report.say(
        f"flavio, the {len(common)} of them that it has, measured: {seconds(once)} for one point and one set of "
        f"parameters (median of {draws} sets). Extrapolated: one point for {DRAWS} sets {seconds(once * DRAWS)}, "
        f"{factor(once * DRAWS / took)} times nutau's time; the formulas themselves, for which a form of n complex "
        f"coefficients needs (1 + n)² points for every set, {whole * DRAWS / 3600:.3g} h, "
        f"{factor(whole * DRAWS / took)} times. Target 1000 times: {verdict(whole * DRAWS / took >= 1e3)}."
    )
    return None


def bench_points(
    report: Report, made: TheoryModel, count: int, theirs: dict[str, Any] | None, jelli: str | None
) -> None:
    import jax

    jax.config.update("jax_enable_x64", True)
    x = random_points(count)
    columns = tuple(jax.numpy.asarray(part) for part in x.T)
    compiled, central = jax.jit(made.columns), jax.jit(lambda *x: made.columns(*x)[0])
    start = time.perf_counter()
    jax.block_until_ready(compiled(*columns))
    compilation = time.perf_counter() - start
    times = {
        "NumPy, values and errors": median_time(lambda: made.uncertainty(x), repeat=5),
        "NumPy, values": median_time(lambda: made(x), repeat=5),
        "JAX, values and errors": median_time(lambda: jax.block_until_ready(compiled(*columns)), repeat=5),
        "JAX, values": median_time(lambda: jax.block_until_ready(central(*columns)), repeat=5),
    }
    number = len(TEN)
    report.say(f"### {count:.0e} points of {len(FOUR)} coefficients × {number} observables")
    report.say()
    report.say(
        f"`TheoryModel.uncertainty` (NumPy) and `TheoryModel.columns` (JAX, compiled in {seconds(compilation)}):"
    )
    rows = [(name, seconds(t), seconds(t / count), seconds(t / count / number)) for name, t in times.items()]
    if theirs is not None:
        per_point = sum(theirs["points"][name] for name, _ in TEN)
        rows.append(
            ("flavio, values, a point at a time", "", seconds(per_point), seconds(per_point / number))
        )
    if jelli is not None:
        found = peer(
            jelli, "peer_jelli.py", {"parameters": len(FOUR), "observables": number, "points": 10000}
        )
        versions = ", ".join(f"{name} {v}" for name, v in found["versions"].items())
        for name, t in (
            ("jelli toy, vectorised predictions", found["prediction"]),
            ("jelli toy, vectorised likelihood", found["plain"]["many"]),
            ("jelli toy, vectorised likelihood with errors", found["errors"]["many"]),
            ("jelli toy, likelihood, a point at a time", found["plain"]["one"]),
            ("jelli toy, likelihood with errors, a point at a time", found["errors"]["one"]),
        ):
            rows.append((name, "", seconds(t), seconds(t / number)))
    report.table(("", f"{count:.0e} points", "a point", "a point and observable"), rows)
    best = min(times["NumPy, values and errors"], times["JAX, values and errors"]) / count
    winner = min(("NumPy", "JAX"), key=lambda name: times[f"{name}, values and errors"])
    report.say(f"The faster with errors here is {winner}.")
    if theirs is not None:
        _against_flavio(report, per_point, best, len(theirs["points"]))
    if jelli is None:
        report.say("jelli: not measured (no --jelli-python).")
    else:
        ratios = [found[kind]["many"] / best for kind in ("errors", "plain")]
        report.say(
            f"jelli ({versions}; 10 polynomials of {len(FOUR)} parameters, no running): its likelihood with errors "
            f"that follow the parameters takes {factor(ratios[0])} times nutau's values with errors, its likelihood "
            f"without theory errors {factor(ratios[1])} times (it also forms χ², and with errors a covariance)."
        )


def _against_flavio(report: Report, per_point: float, best: float, count: int) -> None:
    ratio = per_point / best
    report.say(
        f"flavio's central values take {factor(ratio)} times nutau's values with errors, per point (medians); "
        f"with errors by its Monte Carlo of 100 sets {factor(101 * ratio)} times (extrapolated). "
        f"Target 10⁵: {verdict(ratio >= 1e5)}."
    )


def bench_chunks(report: Report, side: int) -> None:
    """A grid with ``side`` points in each of four coefficients, reduced on the way; its own process, for its memory."""
    command = [sys.executable, __file__, "--worker", str(side)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    report.say(f"### A grid of {side}⁴ = {side**4:.0e} points in chunks")
    report.say()
    report.say(
        f"Ten observables with errors at every point, a χ² of them, its minimum and the number of points below 20: "
        f"{seconds(found['seconds'])} ({seconds(found['seconds'] / side**4)} a point), all of it run, nothing "
        f"extrapolated; compilation {seconds(found['compilation'])}. Peak memory of the whole process "
        f"{found['peak'] / 2**30:.2f} GiB. Target: 10⁸ points under 2 GB: "
        f"{verdict(found['peak'] < 2e9 and side >= 100)}."
    )
    report.say()


def worker(side: int) -> None:
    """Run the grid, print JSON."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    made = sheet()
    axes = [np.linspace(-3 * size, 3 * size, side) for size in SIZES]
    rest = [jnp.asarray(part.ravel()) for part in np.meshgrid(*axes[1:], indexing="ij")]
    sm = made(np.zeros(len(FOUR))).tolist()

    @jax.jit
    def chunk(first: Any, *others: Any) -> Any:
        values, errors = made.columns(first + jnp.zeros_like(others[0]), *others)
        chi2 = sum(((v - c) / (e + 0.1 * c)) ** 2 for v, e, c in zip(values, errors, sm, strict=True))
        return jnp.min(chi2), jnp.sum(chi2 < 20.0)

    start = time.perf_counter()
    jax.block_until_ready(chunk(axes[0][0], *rest))
    compilation = time.perf_counter() - start
    start = time.perf_counter()
    for first in axes[0]:
        jax.block_until_ready(chunk(first, *rest))
    took = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    json.dump({"seconds": took, "compilation": compilation, "peak": peak}, sys.stdout)


def bench_cold(report: Report) -> None:
    executable = str(Path(sys.executable).with_name("nutau"))
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(6):
            start = time.perf_counter()
            subprocess.run([executable, *COLD], check=True, stdout=subprocess.DEVNULL, cwd=folder)
            times.append(time.perf_counter() - start)
    report.say("### A cold process")
    report.say()
    report.say(
        f"`nutau {' '.join(repr(a) if '(' in a else a for a in COLD)}`, with errors from {DRAWS} draws: "
        f"median of five fresh processes {seconds(statistics.median(times[1:]))}, the first {seconds(times[0])}. "
        f"Nothing is compiled or cached. Target: under 3 s: {verdict(max(times) < 3)}."
    )
    report.say()


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--jelli-python", help="a Python that has jelli")
    parser.add_argument("--points", type=int, default=10**6)
    parser.add_argument("--grid", type=int, default=100, help="points in each of four directions, in chunks")
    parser.add_argument("--peer-points", type=int, default=7, help="points and draws that flavio evaluates")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    one_thread()
    if options.worker:
        return worker(options.worker)
    report = Report("Engine")
    report.begin("jax", "jaxlib")
    report.say("One thread of BLAS in NumPy; JAX takes all cores. Times are medians of wall time.")
    report.say()
    count = options.peer_points
    theirs = of_flavio(options.peer_python, count, count) if options.peer_python else None
    bench_formulas(report, theirs, count)
    report.say()
    bench_points(report, sheet(), options.points, theirs, options.jelli_python)
    report.say()
    bench_chunks(report, options.grid)
    bench_cold(report)
    return report.end(options.write)


if __name__ == "__main__":
    main()
