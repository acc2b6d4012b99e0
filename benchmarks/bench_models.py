"""A model point: from couplings through matching and running to ten observables, one and a million of them.

    .venv/bin/python benchmarks/bench_models.py --peer-python PYTHON --write

PYTHON has wilson, flavio and particle < 1; it evaluates some of the same points. Without it its side is left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import nutau
from bench_engine import DRAWS, TEN, requests
from machine import median_time
from nutau.inference.likelihood.parametrisation import Parametrisation, parametrisation
from nutau.inference.theory_model import TheoryModel, theory_model
from nutau.observables.predictions import formulas
from report import Report, arguments, factor, one_thread, peer, seconds, verdict

MASS = 2000.0
COUPLINGS = ("x1LL_23", "x1LL_33")
NAMES = [name for name, _ in TEN]


def random_points(count: int) -> np.ndarray:
    return np.random.default_rng(3).uniform(0.1, 1.0, size=(count, len(COUPLINGS)))


def model(couplings: Any) -> nutau.Model:
    return nutau.U1(mass=MASS, x1LL={"23": couplings[..., 0], "33": couplings[..., 1]})


def of_wilson(python: str, count: int) -> dict[str, float]:
    """Medians of the seconds that wilson and flavio take for a point."""
    points = []
    for row in random_points(1 + count):
        found = model(row).smeft()
        values = dict(zip(found.basis.coefficients, np.asarray(found.values).tolist(), strict=True))
        points.append({"scale": MASS, "values": {name: [z.real, z.imag] for name, z in values.items() if z}})
    task = {"observables": [(name, q2 or ()) for name, q2 in TEN], "smeft": points}
    return dict(peer(python, "peer_flavio.py", task)["models"])


def bench(report: Report, sheet: TheoryModel, way: Parametrisation, options: Any) -> None:
    inputs = nutau.load_inputs("default")
    compiled = formulas(requests(TEN), inputs, draws=0)
    one, many = random_points(1)[0], random_points(options.points)
    few = random_points(options.points // 100)

    def by_values(x: np.ndarray) -> Any:
        return nutau.values(NAMES, model(x), inputs=inputs, compiled=compiled)

    agreement = np.abs(by_values(one) / sheet(way.to_linear(one)) - 1.0).max()
    times = {
        ("projected once (`parametrisation`, `theory.theory_model`)", "values"): (
            median_time(lambda: sheet(way.to_linear(one)), repeat=101),
            median_time(lambda: sheet(way.to_linear(many)), repeat=5) / len(many),
        ),
        ("projected once (`parametrisation`, `theory.theory_model`)", "values and theory errors"): (
            median_time(lambda: sheet.uncertainty(way.to_linear(one)), repeat=101),
            median_time(lambda: sheet.uncertainty(way.to_linear(many)), repeat=5) / len(many),
        ),
        ("`nutau.values` of a model, match and running every time", "values"): (
            median_time(lambda: by_values(one), repeat=101),
            median_time(lambda: by_values(few), repeat=3) / len(few),
        ),
    }
    rows = [
        (f"{how}, {what}", seconds(a), seconds(b), seconds(1e6 * b)) for (how, what), (a, b) in times.items()
    ]
    if options.peer_python:
        theirs = of_wilson(options.peer_python, options.peer_points)
        whole = theirs["wilson"] + theirs["flavio"]
        label = f"wilson {seconds(theirs['wilson'])} + flavio {seconds(theirs['flavio'])}, values"
        rows.append((label, seconds(whole), seconds(whole), f"{seconds(1e6 * whole)} (extrapolated)"))
    report.table(("", "one point", "a point of many", "10⁶ points"), rows)
    single = times["projected once (`parametrisation`, `theory.theory_model`)", "values"]
    full = times["projected once (`parametrisation`, `theory.theory_model`)", "values and theory errors"]
    report.say(
        f"Many: {len(many):.0e} points in one call for the projected model (measured, the last column scaled), "
        f"{len(few):.0e} for `nutau.values`. The two ways agree to {agreement:.0e}."
    )
    report.say(f"Target, a point to ten observables under 1 ms warm: {verdict(single[0] < 1e-3)}.")
    report.say(
        f"Target, 10⁶ points in one call under 10 s: {verdict(1e6 * single[1] < 10)} for values, "
        f"{verdict(1e6 * full[1] < 10)} with theory errors."
    )
    if options.peer_python:
        report.say(
            f"wilson and flavio take {factor(whole / single[0])} times as long for one point (values on both sides; "
            f"median of {options.peer_points}), {factor(whole / full[1])} times for one of many with theory errors on "
            "our side only."
        )


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--points", type=int, default=10**6)
    parser.add_argument("--peer-points", type=int, default=7)
    options = parser.parse_args()
    one_thread()
    report = Report("Models")
    report.begin()
    report.say(
        f"U1 of {MASS:g} GeV with {', '.join(COUPLINGS)}, full running to 4.8 GeV, the ten observables of the engine's "
        "benchmark. One thread. Medians of wall time."
    )
    way = parametrisation(COUPLINGS, model="U1", mass=MASS)
    inputs = nutau.load_inputs("default")
    step = way.step(inputs.parameters.mapping())
    made = formulas(requests(TEN), inputs, draws=DRAWS)
    projection = median_time(lambda: theory_model(made, step), repeat=3)
    report.say(f"Projecting the formulas with {DRAWS} draws onto the model, once: {seconds(projection)}.")
    bench(report, theory_model(made, step), way, options)
    report.end(options.write)


if __name__ == "__main__":
    main()
