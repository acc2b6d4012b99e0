"""flavio's (and wilson's) side of the benchmarks, run by a Python that has flavio and particle < 1; JSON in and out.

The task on standard input: ``observables`` (name, arguments), ``coefficients`` (WET points at 4.8 GeV), ``draws`` (how
many random sets of parameters), ``smeft`` (Warsaw points, each with its scale). Times are medians in seconds.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import flavio
import wilson


def timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def weak(point: Mapping[str, Sequence[float]]) -> Any:
    """flavio's object for WET coefficients at the scale where it evaluates."""
    found = flavio.WilsonCoefficients()
    found.set_initial(
        {name: complex(*value) for name, value in point.items()}, 4.8, eft="WET", basis="flavio"
    )
    return found


def evaluate(observables: Sequence[Any], par: Mapping[str, float], coefficients: Any) -> dict[str, float]:
    """Seconds of each observable."""
    return {
        name: timed(lambda name=name, q2=q2: flavio.Observable[name].prediction_par(par, coefficients, *q2))
        for name, q2 in observables
    }


def medians(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def models(observables: Sequence[Any], par: Mapping[str, float], points: Sequence[Any]) -> dict[str, float]:
    """wilson from the high scale to 4.8 GeV, then flavio, at every point (the first is left out: it fills caches)."""
    rows = []
    for point in points:
        values = {name: complex(*value) for name, value in point["values"].items()}
        start = time.perf_counter()
        run = wilson.Wilson(values, point["scale"], "SMEFT", "Warsaw").match_run(4.8, "WET", "flavio")
        middle = time.perf_counter()
        coefficients = flavio.WilsonCoefficients()
        coefficients.set_initial(dict(run.dict), 4.8, eft="WET", basis="flavio")
        evaluate(observables, par, coefficients)
        rows.append({"wilson": middle - start, "flavio": time.perf_counter() - middle})
    return medians(rows[1:])


def main() -> None:
    task = json.load(sys.stdin)
    observables = task["observables"]
    central = flavio.default_parameters.get_central_all()
    result: dict[str, Any] = {"versions": {name: version(name) for name in ("flavio", "wilson", "numpy")}}
    points = [weak(point) for point in task.get("coefficients", [])]
    if points:
        evaluate(observables, central, points[0])  # fills caches
        result["points"] = medians([evaluate(observables, central, point) for point in points])
    if task.get("draws"):
        draws = [flavio.default_parameters.get_random_all() for _ in range(task["draws"])]
        result["draws"] = medians([evaluate(observables, par, points[0]) for par in draws])
    if task.get("smeft"):
        result["models"] = models(observables, central, task["smeft"])
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
