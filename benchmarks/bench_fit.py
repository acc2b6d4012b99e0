"""Fits of today's data: minima with profiles, a contour, a posterior, and a likelihood grid against flavio's.

    .venv/bin/python benchmarks/bench_fit.py --peer-python .validation/bin/python --write

flavio's side is its own ``FastLikelihood``: central predictions at a point and a covariance computed once at the SM. It
is run on a few points of the grid, and the time of the whole grid is extrapolated from their median.
"""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from machine import median_time
from nutau.eft.wet.basis import WET
from nutau.inference.fit import FitResult, fitted
from nutau.inference.fit.calibration import calibrated
from nutau.inference.fit.sampling import sampled
from nutau.inference.fit.search import minuit
from nutau.inference.likelihood import likelihood, parametrisation, use_double_precision
from nutau.inference.toys import Refit, for_toys, refit, throw
from nutau.inputs import load_inputs
from nutau.measurements import load_dataset
from nutau.measurements.likelihoods import approximate
from report import Report, arguments, factor, one_thread, peer, seconds, verdict

TITLE = "Fits"
SIDE = 100
TOYS, ALONE = 1200, 20
RANGES = {"delta": (0.0, 0.12), "kappa": (-1.0, 4.0)}
FLAVIO = (
    "Rtaul(B->Dlnu)",
    "Rtaul(B->D*lnu)",
    "BR(B+->Knunu)",
    "BR(B0->K*nunu)",
    "BR(B+->K*nunu)",
    "BR(B+->Ktautau)",
    "BR(Bs->tautau)",
)
"""The observables of data set 2026-core that flavio has."""


def once(call: Any) -> tuple[Any, float, float]:
    """A result with wall and processor time."""
    wall, processor = time.perf_counter(), time.process_time()
    result = call()
    return result, time.perf_counter() - wall, time.process_time() - processor


def our_fit(report: Report) -> None:
    setting = load_inputs("default")
    chosen = parametrisation(["delta", "kappa"])
    made, build, _ = once(lambda: likelihood("2026", chosen, inputs=setting))
    result, cold, cold_cpu = once(lambda: fitted(made))
    report.say(
        f"Data set 2026: {made.experiment.numbers} numbers, {made.nuisances} theory nuisances. Likelihood from data, "
        f"with 1000 theory draws: {seconds(build)}. First fit, compilation included: {seconds(cold)} "
        f"({seconds(cold_cpu)} of processor time)."
    )
    evaluation = made.value_and_gradient
    point = np.asarray(result.best.values)
    call = median_time(lambda: evaluation(point)[0].block_until_ready(), repeat=500)

    def with_profiles() -> None:
        again = fitted(made)
        again.profile("delta")
        again.profile("kappa")

    with_profiles()
    warm = median_time(with_profiles, repeat=5, warmup=0)
    result.contour("delta", "kappa", points=SIDE)
    grid = median_time(lambda: result.contour("delta", "kappa", points=SIDE), repeat=5, warmup=0)
    posterior, first, _ = once(lambda: sampled(made, result.minima, result.size))
    _, second, _ = once(lambda: sampled(made, result.minima, result.size))
    report.table(
        ("(κ, δ), full mode", "wall time", "target"),
        (
            ("-2 log L with gradient, one point", seconds(call), ""),
            (
                "fit: minima, intervals, pulls; two profiles of 60 points; warm",
                seconds(warm),
                f"5 s: {verdict(warm < 5)}",
            ),
            (f"profiled contour {SIDE} × {SIDE}, warm", seconds(grid), f"20 s: {verdict(grid < 20)}"),
            (
                "posterior of effective size 10000 by independent proposals, with compilation",
                seconds(first),
                f"60 s: {verdict(first < 60)}",
            ),
            ("the same again", seconds(second), ""),
        ),
    )
    sizes = ", ".join(f"{name} {size:.0f}" for name, size in posterior.effective.items())
    hats = ", ".join(f"{name} {value:.3f}" for name, value in posterior.r_hat.items())
    report.say(
        f"The posterior has {posterior.minus_two_log_likelihood.shape[1]} draws in each of 4 chains; effective sizes "
        f"{sizes}, the smallest of all parameters and nuisances {posterior.poorest():.0f}; R-hat {hats}; "
        f"{posterior.divergences} divergences. "
        f"{100 * _second_branch(posterior):.0f} % of the draws have κ above 1.25, beyond the first branch."
    )


def toys(report: Report) -> None:
    """Toys fitted together, and one by one by MINUIT with the same -2 log L; a Feldman-Cousins interval."""
    report.say()
    report.say(f"### Toys of (δ, κ): {TOYS}, data and theory fluctuated")
    report.say()
    found = fitted(likelihood("2026", parametrisation(["delta", "kappa"])))
    ready = refit(for_toys(found.likelihood), found.size, [minimum.values for minimum in found.minima])
    data, thrown, _ = once(lambda: throw(ready.likelihood, found.best.values, TOYS, seed=1))
    ready.lowest(data[:1])
    together = median_time(lambda: ready.lowest(data), repeat=3, warmup=0)
    alone = [once(lambda toy=toy: _by_minuit(ready, found, toy))[1] for toy in data[:ALONE]]
    whole = float(np.median(alone)) * TOYS
    _, interval, spent = once(
        lambda: calibrated(found.likelihood, found.minima, found.size, 1, toys=TOYS, seed=1)
    )
    report.table(
        ("", "wall time", "over it"),
        (
            ("thrown", seconds(thrown), ""),
            (
                "fitted together, bank and refinement from three starts",
                seconds(together),
                factor(whole / together),
            ),
            (f"MINUIT from the best fit, one start each (extrapolated from {ALONE})", seconds(whole), ""),
            (
                "Feldman-Cousins interval of κ, toys at 25 values",
                seconds(interval),
                f"60 s: {verdict(interval < 60)}",
            ),
        ),
    )
    report.say(f"The interval takes {seconds(spent)} of processor time.")


def _by_minuit(ready: Refit, found: FitResult, toy: np.ndarray) -> float:
    """The minimum near the best fit; -2 log L by NumPy, so that nothing is compiled for one toy."""
    fit = minuit(
        ready.likelihood,
        lambda p: float(ready.at(np.asarray(p), toy[None])[0]),
        found.best.values,
        found.size,
    )
    fit.migrad()
    return float(fit.fval)


def against_flavio(report: Report, python: str | None) -> None:
    """The same observables and numbers on both sides: the Gaussians of data set 2026-core."""
    report.say()
    report.say(f"### A likelihood grid of {SIDE} × {SIDE} points in (δ, κ)")
    report.say()
    setting = load_inputs("default")
    chosen = parametrisation(["delta", "kappa"])
    core = load_dataset("2026-core")
    made = likelihood(core, chosen, inputs=setting)
    axes = [np.linspace(*RANGES[name], SIDE) for name in chosen.names]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    rows = []
    for mode in ("full", "fast"):
        version = made.switched(mode)
        version.chi2(points)
        rows.append((mode, median_time(lambda: version.chi2(points), repeat=5)))  # noqa: B023
    head = ("10⁴ points", "wall time", "flavio over it")
    if python is None:
        report.table(
            head,
            [(f"nutau, {mode} theory errors at every point", seconds(spent), "") for mode, spent in rows],
        )
        report.say("flavio was not run: give --peer-python.")
        return
    found = peer(python, "peer_fit.py", _task(core, chosen, setting, points))
    whole = found["point"] * SIDE**2
    report.table(
        head,
        [
            *(
                (f"nutau, {mode}: theory errors at every point", seconds(t), factor(whole / t))
                for mode, t in rows
            ),
            ("flavio FastLikelihood, theory errors frozen at the SM (extrapolated)", seconds(whole), ""),
        ],
    )
    point, covariance = seconds(found["point"]), seconds(found["covariance"])
    report.say(
        f"flavio {found['version']} on {found['points']} points: median {point} a point; its covariance at the SM from "
        f"{found['draws']} draws took {covariance} beforehand (nutau's likelihood from data, with 1000 draws, is in "
        f"the fit above). {len(FLAVIO)} observables; nutau has the total B⁰ → K*⁰ττ besides."
    )


def _second_branch(posterior: Any) -> float:
    """The fraction of draws beyond the middle of the two branches."""
    return float(np.mean(np.asarray(posterior.draws["kappa"]) > 1.25))


def _task(core: Any, chosen: Any, setting: Any, points: Any) -> dict[str, Any]:
    step = chosen.step(setting.parameters.mapping())
    subset = points.reshape(-1, 2)[:: SIDE**2 // 12]
    values = np.asarray(step(chosen.to_linear(subset)))
    central, errors = [], []
    for name in FLAVIO:
        entry = next(e for e in core.measurements for o in e.observables if o.name == name)
        place = [o.name for o in entry.observables].index(name)
        gaussian = approximate(entry)  # flavio gets what the fast mode has
        at = int(np.flatnonzero(np.asarray(gaussian.index) == place)[0])
        central.append(float(gaussian.central[at]))
        errors.append(float(np.sqrt(gaussian.covariance[at, at])))
    nonzero = [name for column, name in enumerate(WET.coefficients) if np.any(values[:, column] != 0)]
    coefficients = [
        {n: [float(row[WET.index(n)].real), float(row[WET.index(n)].imag)] for n in nonzero} for row in values
    ]
    return {
        "observables": list(FLAVIO),
        "central": central,
        "errors": errors,
        "points": coefficients,
        "draws": 50,
    }


def main() -> None:
    options = arguments(__doc__ or "").parse_args()
    one_thread()
    use_double_precision()
    report = Report(TITLE)
    report.begin("jax", "iminuit", "numpyro")
    report.say(
        f"One thread of BLAS in NumPy. {os.cpu_count()} cores; what was compiled is said. Medians of wall time."
    )
    report.say()
    our_fit(report)
    toys(report)
    against_flavio(report, options.peer_python)
    report.end(options.write)


if __name__ == "__main__":
    main()
