"""flavio's side of bench_fit.py: a FastLikelihood of given Gaussian measurements at given points; JSON in and out."""

from __future__ import annotations

import json
import statistics
import sys
import time
import warnings
from importlib.metadata import version

import flavio
from flavio.classes import Measurement
from flavio.statistics.likelihood import FastLikelihood
from flavio.statistics.probability import MultivariateNormalDistribution


def main() -> None:
    task = json.load(sys.stdin)
    names = task["observables"]
    measurement = Measurement("benchmark")
    covariance = [[e * e if i == j else 0.0 for j in range(len(names))] for i, e in enumerate(task["errors"])]
    measurement.add_constraint(names, MultivariateNormalDistribution(task["central"], covariance))
    fast = FastLikelihood("benchmark", observables=names, include_measurements=["benchmark"])
    start = time.perf_counter()
    fast.make_measurement(N=task["draws"], threads=1)
    covariance_time = time.perf_counter() - start
    par = flavio.default_parameters.get_central_all()
    times = []
    for point in task["points"]:
        coefficients = flavio.WilsonCoefficients()
        values = {name: complex(*value) for name, value in point.items()}
        coefficients.set_initial(values, 4.8, eft="WET", basis="flavio")
        start = time.perf_counter()
        fast.log_likelihood(par, coefficients)
        times.append(time.perf_counter() - start)
    result = {
        "version": version("flavio"),
        "point": statistics.median(times[1:]),
        "points": len(times) - 1,
        "covariance": covariance_time,
        "draws": task["draws"],
    }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
