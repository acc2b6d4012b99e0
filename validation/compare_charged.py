"""B → D(*) ℓ ν and B → τ ν: nutau's flavio-2.7 inputs, all compatibility flags on, against flavio itself.

    python validation/compare_charged.py [--points N] [--converged] [--write FILE]

Needs the extra 'validation'. Prints the largest relative deviation of every observable over the SM and N
random complex points with all 45 + 15 coefficients non-zero. ``--converged`` tightens flavio's integrals
from a relative 5e-3 to 1e-9. ``--write`` stores flavio's values for the tests.
"""

import argparse
import json
import time
from importlib.metadata import version

import flavio
import flavio.math.integrate
import numpy as np
import scipy.integrate

from nutau.decays import b_to_lnu, b_to_plnu, b_to_vlnu
from nutau.eft.wet.basis import CB_ENU, CB_MUNU, CB_TAUNU, MU_B, UB_TAUNU
from nutau.inputs import load_inputs

COEFFICIENTS = (*CB_ENU, *CB_MUNU, *CB_TAUNU, *UB_TAUNU)
BIN, Q2 = (4.5, 8.0), 7.0
SEED, SIZE = 20, 0.3
MODULES = (b_to_plnu, b_to_vlnu, b_to_lnu)
ROWS = {
    process.name: (module, process)
    for module in MODULES
    for process in module.PROCESSES
    if getattr(process, "channel", "") != "Bc->Jpsi"  # not in flavio
}

NAMES = (
    *(f"BR({name})" for name in ROWS),
    *(f"<BR>({name})" for name in ("B0->Dtaunu", "B0->Dmunu", "B0->D*taunu", "B0->D*enu")),
    *(f"dBR/dq2({name})" for name in ("B0->Dtaunu", "B+->Denu", "B0->D*taunu", "B+->D*munu")),
    *("Rtaul(B->Dlnu)", "Rtaul(B->D*lnu)", "FLtot(B0->D*taunu)"),
)


def random_points(count):
    """The SM (no coefficients) and ``count`` points, by name."""
    generator = np.random.default_rng(SEED)
    values = generator.normal(scale=SIZE, size=(count, len(COEFFICIENTS), 2)) @ np.array([1, 1j])
    return [{}] + [dict(zip(COEFFICIENTS, point.tolist(), strict=True)) for point in values]


class Nutau:
    """nutau's numbers, from forms computed once."""

    def __init__(self):
        self.inputs = load_inputs("flavio-2.7")
        self.par = self.inputs.parameters.mapping()
        self.forms = {}

    def value(self, name, key, point, bin_=None, q2=None):
        if (name, bin_, q2) not in self.forms:
            module, process = ROWS[name]
            self.forms[name, bin_, q2] = (
                module.forms(self.inputs, self.par, process, bin_)
                if q2 is None
                else {
                    k: f.draw(0)
                    for k, f in module.densities(self.inputs, self.par, process, np.array([q2])).items()
                }
            )
        form = self.forms[name, bin_, q2][key]
        return float(form(np.array([point.get(c, 0.0) for c in form.basis.coefficients], dtype=complex)))

    def __call__(self, observable, point):
        kind, name = observable.rstrip(")").split("(", 1)
        if kind == "Rtaul":
            meson = name.removeprefix("B->").removesuffix("lnu")
            tau, mu, e = (
                self.value(f"B0->{meson}{lepton}nu", "rate", point) for lepton in ("tau", "mu", "e")
            )
            return 2.0 * tau / (mu + e)
        if kind == "FLtot":
            return self.value(name, "longitudinal", point) / self.value(name, "rate", point)
        where = {"<BR>": {"bin_": BIN}, "dBR/dq2": {"q2": Q2}}.get(kind, {})
        return self.par[ROWS[name][1].lifetime] * self.value(name, "rate", point, **where)


def peer(observable, point):
    """flavio's number."""
    wilson = flavio.WilsonCoefficients()
    if point:
        wilson.set_initial(point, MU_B)
    arguments = {"<BR>": BIN, "dBR/dq2": (Q2,)}.get(observable.split("(")[0], ())
    return float(flavio.np_prediction(observable, wilson, *arguments))


def converge():
    """Replace flavio's quadrature, which asks for 5e-3, by the same one asked for 1e-9."""

    def nintegrate(f, a, b, epsrel=None, **options):
        return scipy.integrate.quad(f, a, b, epsabs=0, epsrel=1e-9, limit=400, **options)[0]

    flavio.math.integrate.nintegrate = nintegrate


def compare(points):
    """Per observable: nutau's and flavio's values ``(points,)``; seconds taken by each code."""
    nutau, table, seconds = Nutau(), {}, {"nutau": 0.0, "flavio": 0.0}
    for observable in NAMES:
        columns = {}
        for code, evaluate in (("nutau", nutau), ("flavio", peer)):
            start = time.perf_counter()
            columns[code] = np.array([evaluate(observable, point) for point in points])
            seconds[code] += time.perf_counter() - start
        table[observable] = columns
    return table, seconds


def reference(points, table, converged):
    """What the offline test reads."""
    return {
        "flavio": version("flavio"),
        "wilson": version("wilson"),
        "generator": "validation/compare_charged.py",
        "integrals": "converged to 1e-9" if converged else "as shipped",
        "bin": BIN,
        "q2": Q2,
        "scale": MU_B,
        "coefficients": COEFFICIENTS,
        "points": [
            [[complex(p.get(c, 0)).real, complex(p.get(c, 0)).imag] for c in COEFFICIENTS] for p in points
        ],
        "values": {name: columns["flavio"].tolist() for name, columns in table.items()},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=6)
    parser.add_argument("--converged", action="store_true")
    parser.add_argument("--write", metavar="FILE")
    options = parser.parse_args()
    if options.converged:
        converge()
    points = random_points(options.points)
    table, seconds = compare(points)
    for name, columns in table.items():
        deviation = np.abs(columns["nutau"] / columns["flavio"] - 1.0)
        print(
            f"{name:24s} SM {columns['nutau'][0]:.7e}  SM {deviation[0]:.1e}  largest {deviation.max():.1e}"
        )
    print(", ".join(f"{code} {value:.2f} s" for code, value in seconds.items()))
    if options.write:
        with open(options.write, "w", encoding="utf-8") as file:
            json.dump(reference(points, table, options.converged), file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
