"""jelli's side of bench_engine.py, run by a Python that has jelli (rgevolve < 0.2, NumPy < 2.4); prints JSON.

jelli ships no observable, so it gets a toy: quadratic polynomials of real parameters of a basis of its own, one
Gaussian measurement of each. What is timed: its predictions; its compiled likelihood without theory errors, point by
point and vectorised; and the same with theory errors that follow the parameters (its ``par_dep_cov``).
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from itertools import combinations_with_replacement
from typing import Any

import jax
import numpy as np
from jelli.core.custom_basis import CustomBasis
from jelli.core.experimental_correlations import ExperimentalCorrelations
from jelli.core.global_likelihood import GlobalLikelihood
from jelli.core.measurement import Measurement
from jelli.core.observable_sector import ObservableSector
from jelli.core.theory_correlations import TheoryCorrelations
from jelli.utils.data_io import hash_names


def toy(name: str, parameters: list[str], observables: list[str], *, errors: bool) -> None:
    """Register a sector of polynomials, with or without theory errors, and the measurements."""
    generator = np.random.default_rng(1)
    keys = [("", "")] + [("", parameter) for parameter in parameters]
    keys += combinations_with_replacement(parameters, 2)
    names = [str((*sorted(key), "RR")) for key in keys]
    data = {"observable_central": {key: generator.normal(size=len(observables)).tolist() for key in names}}
    if errors:
        data["observable_uncertainties"] = {key: [0.05] * len(observables) for key in names}
        half = generator.normal(size=(len(observables), len(names), 40))
        correlation = np.einsum("akm,blm->abkl", half, half) / 40
        order = {observable: position for position, observable in enumerate(observables)}
        TheoryCorrelations(hash_names(observables, observables), correlation, order, order)
    metadata = {
        "basis": {"custom": {"name": "toy"}},
        "scale": 4.8,
        "parameters": parameters,
        "observable_names": observables,
    }
    ObservableSector(name, {"metadata": metadata, "data": data})
    for observable in observables:
        normal = {"distribution_type": "NormalDistribution", "central_value": 1.0, "standard_deviation": 0.1}
        Measurement(observable, [{"observables": [observable], **normal}])


def median(call: Callable[[], object], repeat: int) -> float:
    """Median wall time in seconds, after one call to compile."""
    jax.block_until_ready(call())
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        jax.block_until_ready(call())
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def likelihoods(sector: str, parameters: list[str], points: Any, *, errors: bool) -> dict[str, float]:
    """Seconds of one point, and per point of many."""
    likelihood = GlobalLikelihood(custom_basis="toy", include_observable_sectors=[sector])
    pairs = [(name, "R") for name in parameters]
    compiled = likelihood.get_compiled_likelihood(pairs, "global", par_dep_cov=errors)
    value = compiled.negative_log_likelihood_value()
    function, data = likelihood.get_negative_log_likelihood(pairs, "global", errors)
    many = jax.jit(jax.vmap(lambda p, d: function(p, 4.8, d), in_axes=(0, None)))
    return {
        "one": median(lambda: value(points[0], 4.8), 51),
        "many": median(lambda: many(points, data), 5) / len(points),
    }


def main() -> None:
    task = json.load(sys.stdin)
    parameters = [f"x{i}" for i in range(task["parameters"])]
    CustomBasis("toy", parameters)
    for name, errors in (("plain", False), ("errors", True)):
        toy(name, parameters, [f"{name}{i}" for i in range(task["observables"])], errors=errors)
    ExperimentalCorrelations.load()
    points = jax.numpy.asarray(np.random.default_rng(1).normal(size=(task["points"], len(parameters))))
    predict = ObservableSector.get_class_prediction_function(["plain"])
    numbers = ObservableSector.get_class_prediction_data(None, None, ["plain"])
    together = jax.jit(lambda p: predict(p, 4.8, numbers))
    few = points[: max(1, len(points) // 10)]  # its covariances take memory
    result = {
        "versions": {name: version(name) for name in ("jelli", "rgevolve", "jax", "numpy")},
        "prediction": median(lambda: together(points), 5) / len(points),
        "plain": likelihoods("plain", parameters, points, errors=False),
        "errors": likelihoods("errors", parameters, few, errors=True),
    }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
