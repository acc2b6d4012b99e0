"""b -> s l l, b -> s nu nu and Bs -> l l: nutau against flavio 2.7.1, live, at the SM and at random complex points.

Run with the Python of an environment that has flavio (particle < 1) and nutau's dependencies:

    python validation/compare_neutral.py [--points 6] [--write tests/reference/flavio_2.7.1_neutral.json]

Prints the largest relative deviation of every observable, with flavio as it comes and with its integrals converged
(its adaptive rule stops at 5e-3 of its own error estimate, in truth 1e-7 to 7e-6). ``--write`` stores flavio's numbers
as the reference that the tests use offline.
"""

import argparse
import json
import re
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import flavio
import numpy as np
import wilson

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from nutau.decays import b_to_ll, b_to_pll, b_to_pnunu, b_to_vll, b_to_vnunu
from nutau.inputs import Inputs, load_inputs

UNEQUAL = ("taumu", "mutau", "taue", "etau")
MODULES = (b_to_pll, b_to_vll, b_to_pnunu, b_to_vnunu, b_to_ll)


@dataclass(frozen=True)
class Row:
    """flavio's name and arguments, and the form of nutau: over the lifetime, the width of the bin or another form."""

    name: str
    arguments: tuple[float, ...]
    process: str
    form: str
    over: str  # "lifetime", "width" (of the bin, too), a form, or a process (the ratio of two rates)


def rows() -> list[Row]:
    """Every observable that both codes have."""
    table = []
    for parent in ("B+", "B0"):
        k, kst = f"{parent}->K", f"{parent}->K*"
        table += [
            Row(f"BR({k}tautau)", (), f"{k}tautau", "rate", "lifetime"),
            Row(f"<dBR/dq2>({k}tautau)", (15.0, 22.0), f"{k}tautau", "rate", "width"),
            Row(f"<AFB>({k}tautau)", (14.0, 22.0), f"{k}tautau", "afb", "rate"),
            Row(f"<dBR/dq2>({kst}tautau)", (13.0, 19.2), f"{kst}tautau", "rate", "width"),
            Row(f"<dBR/dq2>({kst}tautau)", (15.0, 19.0), f"{kst}tautau", "rate", "width"),
            Row(f"<FL>({kst}tautau)", (15.0, 19.0), f"{kst}tautau", "flavio_fl", "rate"),
            Row(f"<AFB>({kst}tautau)", (15.0, 19.0), f"{kst}tautau", "afb", "rate"),
            Row(f"dBR/dq2({k}tautau)", (20.0,), f"{k}tautau", "rate", "lifetime"),
            Row(f"dBR/dq2({kst}tautau)", (17.0,), f"{kst}tautau", "rate", "lifetime"),
            Row(f"dBR/dq2({k}nunu)", (5.0,), f"{k}nunu", "rate", "lifetime"),
            Row(f"BR({k}nunu)", (), f"{k}nunu", "rate", "lifetime"),
            Row(f"<dBR/dq2>({k}nunu)", (2.0, 10.0), f"{k}nunu", "rate", "width"),
            Row(f"BR({kst}nunu)", (), f"{kst}nunu", "rate", "lifetime"),
            Row(f"<dBR/dq2>({kst}nunu)", (2.0, 10.0), f"{kst}nunu", "rate", "width"),
            Row(f"<FL>({kst}nunu)", (0.0, 19.2), f"{kst}nunu", "longitudinal", "rate"),
        ]
        for pair in UNEQUAL:
            table += [
                Row(f"BR({k}{pair})", (), f"{k}{pair}", "rate", "lifetime"),
                Row(f"BR({kst}{pair})", (), f"{kst}{pair}", "rate", "lifetime"),
            ]
    for low, high in ((1.1, 6.0), (0.1, 1.1)):
        table.append(Row("<Rmue>(B+->Kll)", (low, high), "B+->Kmumu", "rate", "B+->Kee"))
        table.append(Row("<Rmue>(B0->K*ll)", (low, high), "B0->K*mumu", "rate", "B0->K*ee"))
    table += [
        Row(f"BR({decay})", (), decay, "rate", "lifetime")
        for meson in ("Bs->", "B0->", "Bs->phi")
        for decay in (meson + pair for pair in ("tautau", *UNEQUAL))
        if decay != "Bs->phitautau"  # binned only in flavio
    ]
    return table


@dataclass(frozen=True)
class Point:
    """New physics, and parameters that differ from their central values (under nutau's names)."""

    coefficients: dict[str, complex]
    parameters: dict[str, float]


def points(count: int, inputs: Inputs) -> list[Point]:
    """The SM; random complex points; the SM with δC9 nuisances; the SM with all parameters moved by one draw.

    New physics in every coefficient is of the order of the SM (scalars: per GeV; light leptons: a tenth).
    """
    rng = np.random.default_rng(20221123)
    names = sorted(
        {name for module in MODULES for row in module.PROCESSES for name in row.basis.coefficients}
    )
    found = [Point({}, {})]
    for _ in range(count):
        values = rng.normal(size=len(names)) + 1j * rng.normal(size=len(names))
        found.append(
            Point({name: complex(v * _size(name)) for name, v in zip(names, values, strict=True)}, {})
        )
    shifts = {name: 0.3 * rng.normal() for name in inputs.parameters.names if "deltaC9" in name}
    moved = {name: float(value[0]) for name, value in inputs.parameters.sample(1, seed=1).items()}
    fixed = ("deltaC9", "Bs->phi", "Lambdab", "hqet", "B->D")
    moved = {name: value for name, value in moved.items() if not any(word in name for word in fixed)}
    return [*found, Point({}, shifts), Point(found[1].coefficients, moved)]


def _size(name: str) -> float:
    operator = name.split("_")[0].removesuffix("p")
    size = {"C7": 0.1, "C9": 2.0, "C10": 2.0, "CS": 0.3, "CP": 0.3, "CL": 3.0, "CR": 3.0}[operator]
    return size * (0.1 if name.endswith(("mumu", "ee")) else 1.0)


def by_flavio(table: list[Row], point: Point) -> list[float]:
    """flavio's numbers; coefficients given at its own scale, so nothing runs."""
    coefficients = flavio.WilsonCoefficients()
    coefficients.set_initial(point.coefficients, scale=4.8, eft="WET", basis="flavio")
    par = flavio.default_parameters.get_central_all()
    for name, value in point.parameters.items():
        own = re.sub(r" BSZ (\S+) (a\d)$", r" BSZ \2_\1", name)
        if own in par:
            par[own] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [
            flavio.Observable[row.name].prediction_par(par, coefficients, *row.arguments) for row in table
        ]


def by_nutau(inputs: Inputs, table: list[Row], point: Point) -> list[float]:
    """nutau's numbers."""
    par = {**inputs.parameters.mapping(), **point.parameters}
    processes = {row.name: (module, row) for module in MODULES for row in module.PROCESSES}

    def value(process: str, form: str, arguments: tuple[float, ...]) -> float:
        module, row = processes[process]
        if len(arguments) == 1:
            quadratic = module.densities(inputs, par, row, np.array(arguments))[form]
        else:
            quadratic = module.forms(inputs, par, row, *([arguments] if arguments else []))[form]
        coefficients = [point.coefficients.get(name, 0.0) for name in quadratic.basis.coefficients]
        return float(np.squeeze(quadratic(np.array(coefficients, dtype=complex))))

    result = []
    for entry in table:
        top = value(entry.process, entry.form, entry.arguments)
        lifetime = par[processes[entry.process][1].lifetime]
        if entry.over == "lifetime":
            result.append(top * lifetime)
        elif entry.over == "width":
            result.append(top * lifetime / (entry.arguments[1] - entry.arguments[0]))
        elif entry.over in processes:
            result.append(top / value(entry.over, "rate", entry.arguments))
        else:
            result.append(top / value(entry.process, entry.over, entry.arguments))
    return result


def converged(function: Callable[[float], float], low: float, high: float, **options: object) -> float:
    """The integral with 160 nodes a side of 14 GeV² (where δC9 sets in); for flavio's ``nintegrate``."""
    if low < 14.0 < high:
        return converged(function, low, 14.0) + converged(function, 14.0, high)
    x, w = np.polynomial.legendre.leggauss(160)
    theta, w = 0.25 * np.pi * (x + 1.0), 0.25 * np.pi * w
    q2, w = low + (high - low) * np.sin(theta) ** 2, w * (high - low) * np.sin(2.0 * theta)
    return float(sum(weight * function(s) for s, weight in zip(q2, w, strict=True)))


def deviation(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Largest relative deviation per observable, over the points where flavio's number is not zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nanmax(np.where(theirs != 0, np.abs(ours / theirs - 1.0), np.nan), axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=6)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    inputs = load_inputs("flavio-2.7")
    table, chosen = rows(), points(options.points, inputs)

    start = time.perf_counter()
    ours = np.array([by_nutau(inputs, table, point) for point in chosen]).T
    middle = time.perf_counter()
    native = np.array([by_flavio(table, point) for point in chosen]).T
    end = time.perf_counter()
    flavio.math.integrate.nintegrate = converged
    exact = np.array([by_flavio(table, point) for point in chosen]).T

    print(
        f"flavio {flavio.__version__}, wilson {wilson.__version__}; the SM, {options.points} random complex points,"
    )
    print("one with δC9, one with all parameters moved")
    print(f"nutau {middle - start:.2f} s, flavio {end - middle:.2f} s")
    print(f"{'observable':42s} {'SM':>12s}  as it comes  converged")
    for row, sm, a, b in zip(table, ours[:, 0], deviation(ours, native), deviation(ours, exact), strict=True):
        label = row.name + (f" {list(row.arguments)}" if row.arguments else "")
        print(f"{label:42s} {sm:12.6g}  {a:11.1e}  {b:9.1e}")
    if options.write:
        document = {
            "source": f"flavio {flavio.__version__}, wilson {wilson.__version__}, default parameters; "
            "coefficients at 4.8 GeV in the WCxf flavio basis as [Re, Im]; written by validation/compare_neutral.py",
            "points": [
                {
                    "coefficients": {name: [c.real, c.imag] for name, c in point.coefficients.items()},
                    "parameters": point.parameters,
                }
                for point in chosen
            ],
            "observables": [
                asdict(row) | {"as_it_comes": a.tolist(), "converged": b.tolist()}
                for row, a, b in zip(table, native, exact, strict=True)
            ],
        }
        options.write.write_text(json.dumps(document, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
