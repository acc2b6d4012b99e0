"""The B -> K nu nu spectrum: nutau's function against EOS evaluated point by point, and redistpy on either.

Run with the Python of an environment that has eoshep, redistpy >= 2.0, pyhf[jax] and nutau's dependencies:

    python benchmarks/bench_spectra.py

Both sides run here, one after the other, on the same q2 points; medians. EOS takes its own inputs (its numbers differ
by form factors and CKM): the times are compared, not the values.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from machine import describe, median_time

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import eos
import jax
import pyhf
import redist_knunu as toy
from redist.modifier import Modifier

import nutau

jax.config.update("jax_enable_x64", True)

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


def row(name: str, seconds: float, evaluations: int, base: float | None = None) -> None:
    """One line: time, evaluations per second, and the ratio to the other side."""
    ratio = "" if base is None else f"{base / seconds:10.2g}x"
    print(f"{name:66s} {1e3 * seconds:10.3f} ms {evaluations / seconds:12.3g}/s {ratio}")


def spectra() -> None:
    """One spectrum and many, values and gradients."""
    s = nutau.spectrum("B+->Knunu")
    q2 = np.linspace(0.01, 22.8, POINTS)
    theirs = eos_spectrum()
    print(f"\n{POINTS} points of q2")
    one = median_time(lambda: [theirs(q, 2.0) for q in q2], REPEAT)
    row("EOS, a loop over points", one, POINTS)
    shifts = iter(np.linspace(0.0, 0.05, REPEAT + 1))
    row(
        "nutau on NumPy, new points",
        median_time(lambda: s(q2 + next(shifts), {NAME: 2.0}), REPEAT),
        POINTS,
        one,
    )
    row("nutau on NumPy, same points again", median_time(lambda: s(q2, {NAME: 2.0}), REPEAT), POINTS, one)
    compiled = jax.jit(lambda c: s(q2, {NAME: c}))
    row("nutau on JAX, compiled", median_time(lambda: compiled(2.0).block_until_ready(), REPEAT), POINTS, one)
    slope = jax.jit(jax.value_and_grad(lambda c: s(q2, {NAME: c}).sum()))
    row(
        "nutau on JAX, sum and gradient",
        median_time(lambda: slope(2.0)[0].block_until_ready(), REPEAT),
        POINTS,
        one,
    )
    names = tuple(s.inputs.form_factor("B->K").coefficients["f+"])
    values = [s.inputs.parameters[name] for name in names]
    free = jax.jit(jax.value_and_grad(lambda a: s.function(*names)(q2, *a).sum()))
    label = f"nutau on JAX, sum and gradient in {len(names)} form-factor parameters"
    row(label, median_time(lambda: free(values)[0].block_until_ready(), REPEAT), POINTS, one)

    print(f"\n{MANY} points of C_L times {POINTS} points of q2 (EOS: {MANY} times the above, extrapolated)")
    c = np.linspace(-10.0, 10.0, MANY)
    every = MANY * one
    row("EOS, extrapolated", every, MANY * POINTS)
    row("nutau on NumPy", median_time(lambda: s(q2, {NAME: c[:, None]})), MANY * POINTS, every)
    batch = jax.jit(lambda c: s(q2, {NAME: c[:, None]}))
    row("nutau on JAX, compiled", median_time(lambda: batch(c).block_until_ready()), MANY * POINTS, every)


def weights() -> None:
    """redist's weights of all q2 bins, with EOS (adaptive, point by point) and with nutau (fixed nodes, vectorised)."""
    print(f"\nredistpy weights in {len(toy.Q2_BINS) - 1} bins of q2, NumPy backend")
    s, theirs = nutau.spectrum("B+->Knunu"), eos_spectrum()
    pyhf.set_backend("numpy")
    shape = {"inits": (0.0,), "bounds": ((-20.0, 20.0),), "paramset_type": "unconstrained"}

    def made(alt: Any, null: Any) -> Modifier:
        return Modifier({NAME: shape}, alt, null, toy.joint_density(s), [toy.Q2_BINS], cache_size=0)

    sides = {
        "EOS": made(lambda q2, c: theirs(q2, c), lambda q2: theirs(q2)),
        "nutau": made(s.function(NAME), s.function()),
    }
    base = None
    for name, side in sides.items():
        seconds = median_time(lambda side=side: side.get_weights({NAME: 2.0}), REPEAT)
        row(f"{name} ({side.quad})", seconds, 1, base)
        base = base or seconds


def likelihood() -> None:
    """The likelihood of the toy analysis on pyhf's JAX backend."""
    print("\nlikelihood of the toy analysis, JAX backend, nutau (EOS cannot be traced)")
    analysis = toy.build()
    data = jax.numpy.asarray(analysis.data)
    start = np.array(analysis.model.config.suggested_init()) + 0.1

    def loss(parameters: Any) -> Any:
        return -2.0 * analysis.model.logpdf(parameters, data)[0]

    value, both = jax.jit(loss), jax.jit(jax.value_and_grad(loss))
    row("value", median_time(lambda: value(start).block_until_ready(), REPEAT), 1)
    row(
        f"value and gradient in {len(start)} parameters",
        median_time(lambda: both(start)[0].block_until_ready(), 51),
        1,
    )


def main() -> None:
    print(describe())
    print(f"EOS {eos.__version__}, JAX {jax.__version__}, nutau {nutau.__version__}")
    spectra()
    weights()
    likelihood()


if __name__ == "__main__":
    main()
