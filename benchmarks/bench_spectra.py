"""The B -> K nu nu spectrum: nutau's function against EOS evaluated point by point, and redistpy on either.

Run with the Python of an environment that has eoshep, redistpy >= 2.0, pyhf[jax] and nutau's dependencies:

    .validation/bin/python benchmarks/bench_spectra.py --write

Both sides run here, one after the other, on the same q2 points; medians. EOS takes its own inputs (its numbers differ
by form factors and CKM): the times are compared, not the values.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from machine import median_time
from report import Report, arguments, factor, one_thread
from report import seconds as shown

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import eos
import jax
import pyhf
from redist.modifier import Modifier

import nutau
from nutau.measurements.likelihoods import spectrum_likelihood
from nutau.measurements.releases import find_release

jax.config.update("jax_enable_x64", True)

EDGES = np.linspace(0.0, 22.885, 24)  # GeV²
POINTS = 368  # 23 bins of 16 nodes: what redist asks for
MANY = 1000  # points in coefficient space
NAME = "CL_bsnutaunutau"
REPEAT = 51


def eos_spectrum() -> Callable[[float, float], float]:
    """dBR/dq2 of EOS as a function of q2 and Re C_VL (of its WET), evaluated as in redist's own EOS examples."""
    parameters = eos.Parameters.Defaults()
    kinematics = eos.Kinematics(q2=0.0)
    observable = eos.Observable.make("B->Knunu::dBR/dq2", parameters, kinematics, eos.Options())
    q2_of, coefficient = kinematics["q2"], parameters["sbnunu::Re{cVL}"]
    centre = coefficient.evaluate()

    def evaluate(q2: float, shift: float = 0.0) -> float:
        q2_of.set(float(q2))
        coefficient.set(centre + float(shift))
        return observable.evaluate()

    return evaluate


HEAD = ("", "wall time", "evaluations per second", "EOS over it")


def row(name: str, seconds: float, evaluations: int, base: float | None = None) -> tuple[str, str, str, str]:
    """One line of a table: time, evaluations per second, and the ratio to the other side."""
    return (
        name,
        shown(seconds),
        f"{evaluations / seconds:.3g}",
        "" if base is None else factor(base / seconds),
    )


def spectra(report: Report) -> None:
    """One spectrum and many, values and gradients."""
    s = nutau.spectrum("B+->Knunu")
    q2 = np.linspace(0.01, 22.8, POINTS)
    theirs = eos_spectrum()
    report.say(f"### dBR/dq² of B⁺ → K⁺νν̄ at {POINTS} points of q²")
    one = median_time(lambda: [theirs(q, 2.0) for q in q2], REPEAT)
    shifts = iter(np.linspace(0.0, 0.05, REPEAT + 1))
    fresh = median_time(lambda: s(q2 + next(shifts), {NAME: 2.0}), REPEAT)
    again = median_time(lambda: s(q2, {NAME: 2.0}), REPEAT)
    compiled = jax.jit(lambda c: s(q2, {NAME: c}))
    slope = jax.jit(jax.value_and_grad(lambda c: s(q2, {NAME: c}).sum()))
    names = tuple(s.inputs.form_factor("B->K").coefficients["f+"])
    values = [s.inputs.parameters[name] for name in names]
    free = jax.jit(jax.value_and_grad(lambda a: s.function(*names)(q2, *a).sum()))
    calls = {
        "nutau on JAX, compiled": lambda: compiled(2.0).block_until_ready(),
        "nutau on JAX, sum and gradient": lambda: slope(2.0)[0].block_until_ready(),
        f"nutau on JAX, sum and gradient in {len(names)} form-factor parameters": lambda: free(values)[
            0
        ].block_until_ready(),
    }
    report.table(
        HEAD,
        [
            row("EOS, a loop over points", one, POINTS),
            row("nutau on NumPy, new points", fresh, POINTS, one),
            row("nutau on NumPy, same points again", again, POINTS, one),
            *(row(name, median_time(call, REPEAT), POINTS, one) for name, call in calls.items()),
        ],
    )
    report.say(f"### The same for {MANY} values of {NAME}")
    c = np.linspace(-10.0, 10.0, MANY)
    every = MANY * one
    many = median_time(lambda: s(q2, {NAME: c[:, None]}))
    batch = jax.jit(lambda c: s(q2, {NAME: c[:, None]}))
    batched = median_time(lambda: batch(c).block_until_ready())
    report.table(
        HEAD,
        [
            row(f"EOS, {MANY} times the above (extrapolated)", every, MANY * POINTS),
            row("nutau on NumPy", many, MANY * POINTS, every),
            row("nutau on JAX, compiled", batched, MANY * POINTS, every),
        ],
    )


def weights(report: Report) -> None:
    """redist's weights of all q2 bins, with EOS (adaptive, point by point) and with nutau (fixed nodes, vectorised)."""
    report.say(f"### redistpy's weights in {len(EDGES) - 1} bins of q², NumPy backend")
    s, theirs = nutau.spectrum("B+->Knunu"), eos_spectrum()
    pyhf.set_backend("numpy")
    shape = {"inits": (0.0,), "bounds": ((-20.0, 20.0),), "paramset_type": "unconstrained"}

    def made(alt: Any, null: Any) -> Modifier:
        return Modifier({NAME: shape}, alt, null, np.eye(len(EDGES) - 1), [EDGES], cache_size=0)

    sides = {
        "EOS": made(lambda q2, c: theirs(q2, c), lambda q2: theirs(q2)),
        "nutau": made(s.function(NAME), s.function()),
    }
    times = {
        name: median_time(lambda side=side: side.get_weights({NAME: 2.0}), REPEAT)
        for name, side in sides.items()
    }
    report.table(
        HEAD,
        [
            row("EOS (adaptive quadrature of redistpy)", times["EOS"], 1),
            row("nutau (fixed nodes of redistpy)", times["nutau"], 1, times["EOS"]),
        ],
    )


def likelihood(report: Report) -> None:
    """The likelihoods of Belle II's analysis with the spectrum, nuisance parameters at their best."""
    report.say("### Belle II's likelihood of the spectrum (nuisance parameters at their best) on JAX")
    rows = []
    for name in ("BelleII-2025-Knunu-likelihood", "BelleII-2025-Knunu-shape"):
        entry = nutau.measurements.find_measurement(name)
        if "fetched:" in str(entry) and not find_release("belle2-knunu").fetched:
            continue
        found = spectrum_likelihood(entry)
        x = jax.numpy.asarray(3.0 * found.reference)
        value, both = jax.jit(found), jax.jit(jax.value_and_grad(found))
        calls = {
            f"{name}, value": lambda value=value, x=x: value(x).block_until_ready(),
            f"{name}, with the gradient in {len(x)} bins of q²": lambda both=both, x=x: both(x)[
                0
            ].block_until_ready(),
        }
        rows += [row(text, median_time(call, REPEAT), 1)[:3] for text, call in calls.items()]
    report.table(HEAD[:3], rows)


def main() -> None:
    options = arguments(__doc__ or "").parse_args()
    one_thread()
    report = Report("Spectra")
    report.begin("eoshep", "jax", "pyhf", "redistpy")
    report.say(
        "EOS takes its own inputs: the times are compared, not the values. One thread of BLAS. Medians of wall time."
    )
    report.say()
    for part in (spectra, weights, likelihood):
        part(report)
    report.end(options.write)


if __name__ == "__main__":
    main()
