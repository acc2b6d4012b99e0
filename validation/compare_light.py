"""b -> s l l with electrons and muons: nutau against flavio 2.7.1, live, at the SM and at random complex points.

Run with the Python of an environment that has flavio and nutau's dependencies:

    python validation/compare_light.py [--points 200] [--write tests/reference/flavio_2.7.1_light.json]

Every angular observable at points of q² and in bins. flavio computes spectator scattering here, instead of
interpolating it in a table of its own default parameters, with the quadrature over u converged to 1e-8, and integrates
bins with Gauss and Legendre's rule. ``--write`` stores the first of the random points.
"""

import argparse
import json
import sys
import warnings
from contextlib import ExitStack
from pathlib import Path

import flavio
import numpy as np

from adjustments import scattering_computed

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from nutau.inputs import Inputs, load_inputs
from nutau.observables import Rates, find

STORED = 6
POINTS = (1.0, 5.0, 16.0)
BINS = ((4.0, 6.0), (15.0, 18.5))
LOW_BIN = (0.1, 0.98)
HALF = ("ACP(B0->K*", "ACP(B+->K*", "<ACP>(B0->K*", "<ACP>(B+->K*")
"""flavio divides the difference of these by twice the sum."""
K_STAR = ["dBR/dq2", "FL", "AFB", "S3", "S4", "S5", "S6c", "S7", "S8", "S9", "P1", "P2", "P3", "ATIm", "P4p", "P5p",
          "P6p", "P8p", "ACP", "AFBCP", "A3", "A4", "A5", "A6s", "A7", "A8", "A9"]  # fmt: skip
OF = {"B0->K*": K_STAR, "B+->K*": K_STAR, "Bs->phi": ["dBR/dq2", "FL", "S3", "S4", "S7"],
      "B+->K": ["dBR/dq2", "AFB", "FH", "ACP"], "B0->K": ["dBR/dq2", "AFB", "FH", "ACP"]}  # fmt: skip


def rows() -> list[tuple[str, tuple[float, ...]]]:
    """Names with a point of q² or a bin."""
    table = []
    for decay, symbols in OF.items():
        for pair in ("mumu", "ee"):
            table += [(f"{symbol}({decay}{pair})", (q2,)) for symbol in symbols for q2 in POINTS]
            if pair == "mumu" and decay != "B+->K*":
                table += [
                    (f"<{symbol}>({decay}{pair})", bin) for symbol in symbols for bin in (*BINS, LOW_BIN)
                ]
    return table


def points(count: int, inputs: Inputs) -> list[dict[str, dict[str, complex]]]:
    """The SM, random complex points, one with all parameters moved; flavio has no C8'."""
    rng = np.random.default_rng(20261128)
    sizes = {"C7_bs": 0.1, "C7p_bs": 0.1, "C8_bs": 0.3}
    for pair in ("mumu", "ee"):
        sizes |= {f"{name}_bs{pair}": 1.5 for name in ("C9", "C9p", "C10", "C10p")}
        sizes |= {f"{name}_bs{pair}": 0.1 for name in ("CS", "CSp", "CP", "CPp")}
    found = [{"coefficients": {}, "parameters": {}}]
    moved = {name: float(value[0]) for name, value in inputs.parameters.sample(1, seed=7).items()}
    moved = {name: value for name, value in moved.items() if name in flavio.default_parameters.all_parameters}
    for number in range(count):
        values = rng.normal(size=(len(sizes), 2)) @ [1.0, 1j]
        coefficients = {
            name: complex(size * v) for (name, size), v in zip(sizes.items(), values, strict=True)
        }
        found.append({"coefficients": coefficients, "parameters": moved if number == 0 else {}})
    return found


def exact_flavio() -> None:
    """flavio with spectator scattering computed, all its integrals converged; for as long as the program runs."""
    KEPT.enter_context(scattering_computed())
    mixing = flavio.physics.mesonmixing.observables.q_over_p
    standard = flavio.WilsonCoefficients()  # its phase of B_s mixing enters with the wrong sign
    flavio.physics.mesonmixing.observables.q_over_p = lambda wc, par, B: mixing(standard, par, B).conjugate()
    flavio.physics.bdecays.bvll.observables.nintegrate_pole = lambda f, a, b, epsrel=0: gauss(f, a, b)
    flavio.math.integrate.nintegrate = lambda f, a, b, epsrel=0: gauss(f, a, b)


KEPT = ExitStack()


def gauss(function, low, high, count=12):
    """In ln q² below 1.1 GeV², in q² elsewhere; converged to 1e-8."""
    x, w = np.polynomial.legendre.leggauss(count)
    if high < 1.1:
        u = 0.5 * (np.log(high / low) * x + np.log(high * low))
        q2, w = np.exp(u), 0.5 * np.log(high / low) * w * np.exp(u)
    else:
        q2, w = 0.5 * ((high - low) * x + high + low), 0.5 * (high - low) * w
    return sum(weight * function(s) for weight, s in zip(w, q2, strict=True))


def by_flavio(table, point) -> np.ndarray:
    coefficients = flavio.WilsonCoefficients()
    coefficients.set_initial(point["coefficients"], scale=4.8, eft="WET", basis="flavio")
    par = flavio.default_parameters.get_central_all() | point["parameters"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = [flavio.Observable[name].prediction_par(par, coefficients, *where) for name, where in table]
    return np.array(
        [2 * v if name.startswith(HALF) else v for v, (name, _) in zip(values, table, strict=True)]
    )


def by_nutau(inputs: Inputs, table, point) -> np.ndarray:
    par = {**inputs.parameters.mapping(), **point["parameters"]}
    rates, found = Rates(inputs, par), []
    for name, where in table:
        forms = find(name).build(rates, where if len(where) == 2 else np.array(where))
        values = [point["coefficients"].get(c, 0.0) for c in forms.basis.coefficients]
        found.append(float(np.squeeze(forms(np.array(values, dtype=complex)))))
    return np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--only", default="", help="names that hold this")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    inputs = load_inputs("flavio-2.7")
    exact_flavio()
    table = [row for row in rows() if options.only in row[0]]
    chosen = points(options.points, inputs)
    ours = np.array([by_nutau(inputs, table, point) for point in chosen])
    theirs = []
    for number, point in enumerate(chosen):
        # bins at the first points only: each costs flavio twelve values of q²
        few = [row for row in table if len(row[1]) == 1 or number <= STORED // 2]
        values = dict(zip(few, by_flavio(few, point), strict=True))
        theirs.append([values.get(row, np.nan) for row in table])
    theirs = np.array(theirs)
    size = np.nanmedian(np.abs(theirs), axis=0)
    apart = np.nanmax(np.abs(ours - theirs) / np.maximum(np.abs(theirs), size), axis=0)
    for row, at_sm, worst in zip(table, np.abs(ours[0] / theirs[0] - 1.0), apart, strict=True):
        print(f"{row[0]:28s} {row[1]!s:16s} {ours[0][table.index(row)]:12.5g} {at_sm:9.1e} {worst:9.1e}")
    print(f"{len(table)} observables, {len(chosen)} points: {np.nanmax(apart):.1e}")
    if options.write:
        document = {
            "source": f"flavio {flavio.__version__}, default parameters, integrals converged; coefficients at 4.8 GeV "
            "in the WCxf flavio basis as [Re, Im]; written by validation/compare_light.py",
            "points": [
                {"coefficients": {k: [v.real, v.imag] for k, v in point["coefficients"].items()},
                 "parameters": point["parameters"]} for point in chosen[: 1 + STORED]
            ],
            "observables": [
                {"name": name, "where": where, "values": [None if np.isnan(v) else float(f"{v:.10g}") for v in values]}
                for (name, where), values in zip(table, theirs[: 1 + STORED].T, strict=True)
            ],
        }  # fmt: skip
        options.write.write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
