"""SMEFT running: nutau's tables against wilson live, between the nodes of the tables.

    python validation/compare_running.py [--points N] [--write FILE] [--low FILE]

Needs the extra 'validation'. At N random high scales, each with random complex values of 60 coefficients, prints for
every table the largest deviation |nutau - wilson| / (largest entry of the row x largest coefficient), against wilson
as it comes (it integrates to a relative 1e-3) and against the same equations solved to 1e-8. Then checks that wilson
is linear in the coefficients, that U(a, c) = U(b, c) U(a, b), and prints the benchmark C1 = C3 = -0.045 TeV^-2 at
4.7 TeV. ``--write`` stores wilson's numbers for the tests; ``--low`` does only that, for scales from m_Z to 200 GeV.
"""

import argparse
import json
from importlib.metadata import version
from unittest import mock

import ckmutil.phases
import numpy as np
from wilson import Wilson, wcxf
from wilson.run.smeft import SMEFT, beta, smpar
from wilson.util import smeftutil

from nutau.eft.smeft.basis import is_real
from nutau.eft.smeft.running import TABLES, load, running
from nutau.eft.wilson import Basis

M_Z = 91.1876
LOW_SCALES = (M_Z, 120.0, 185.0)  # GeV
SEED, SIZE, COUNT = 7, 1e-15, 60  # GeV^-2: small, so that masses and mixings do not move
OPERATORS = (
    *(
        "lq1",
        "lq3",
        "ledq",
        "lequ1",
        "lequ3",
        "qe",
        "ld",
        "lu",
        "ed",
        "eu",
        "qq1",
        "qq3",
        "qd1",
        "qd8",
        "qu1",
    ),
    *("ll", "le", "ee", "phil1", "phil3", "phiq1", "phiq3"),
)
FLIPPING = ("ledq", "lequ1", "lequ3", "qd1", "qd8", "qu1", "le")
SOLVER = {
    "method": "DOP853",
    "rtol": 1e-8,
    "atol": 1e-8,
    "max_step": 0.5,
}  # the step bounds the error below 1e-8


def keep_lepton_phases(neutrinos, left, right):
    """In place of wilson's rephasing of a PMNS matrix, which without neutrino masses is the identity.

    Lepton-flavour violating scalar operators move it from the identity by 1e-7; wilson then brings these 1e-7 into
    the standard phase convention and rotates whole lepton fields by phases of order one.
    """
    phases = np.exp(-1j * np.angle(np.diag(left)))
    return neutrinos, left * phases, right * phases


ckmutil.phases.rephase_pmns_standard = keep_lepton_phases


class Converged(SMEFT):
    """wilson's SMEFT with the SM parameters run up as precisely as everything else."""

    def _run_sm_scale_in(self, C_out, scale_sm=M_Z):
        keys = set(smeftutil.dim4_keys)
        start = smeftutil.C_array2dict(np.zeros(9999))
        start.update(C_out)
        start.update({k: v for k, v in smpar.smeftpar(scale_sm, C_out, basis="Warsaw").items() if k in keys})
        sm = SMEFT(wc=None)
        sm._set_initial(start, scale_sm)
        high = sm._rgevolve(self.scale_in, newphys=False, method="DOP853", rtol=1e-11, atol=1e-14)
        return {k: v for k, v in self._rotate_defaultbasis(high).items() if k in keys}


def symmetric(wilsons_beta):
    """wilson's beta function with C_ee in all four places that are one operator by Fierz's identity.

    It gives pr,st and st,pr alone, which is right as a sum, but then goes on from C_ee[pr,ww] as if the other two were
    as large: each further step counts it twice.
    """

    def beta_function(*arguments, **options):
        slopes = wilsons_beta(*arguments, **options)
        if "ee" in slopes:
            slopes["ee"] = 0.5 * (slopes["ee"] + np.swapaxes(slopes["ee"], 1, 3))
        return slopes

    return beta_function


def evolved(values, high, low, converged=False):
    """wilson's SMEFT point at ``low``."""
    start = wcxf.WC("SMEFT", "Warsaw", high, wcxf.WC.dict2values(values))
    if not converged:
        return SMEFT(start).run(low)
    with mock.patch.object(beta, "beta", symmetric(beta.beta)):
        return Converged(start).run(low, **SOLVER)


def lowered(values, high, targets, converged=False):
    """wilson's numbers on every table's targets, by the table's name."""
    at_m_z = evolved(values, high, M_Z, converged)
    numbers = {}
    for (eft, scale), names in targets.items():
        basis = "flavio" if eft == "WET" else "Warsaw"
        point = Wilson.from_wc(at_m_z).match_run(scale, eft, basis).dict
        numbers[f"{eft} {scale:g}"] = np.array([complex(point.get(name, 0.0)) for name in names])
    return numbers


def random_points(count, scales=None):
    """High scales in GeV (drawn if not given), and coefficients of operators that mediators give."""
    generator = np.random.default_rng(SEED)
    names = [name for name in load().sources if name.split("_")[0] in OPERATORS]
    points = []
    drawn = np.exp(generator.uniform(np.log(220.0), np.log(9.5e4), count))
    for scale in drawn if scales is None else scales:
        chosen = sorted(generator.choice(names, COUNT, replace=False).tolist())
        draws = generator.normal(scale=SIZE, size=(COUNT, 2)) @ np.array([1, 1j])
        values = {n: complex(z.real if is_real(n) else z) for n, z in zip(chosen, draws, strict=True)}
        points.append((float(scale), values))
    return points


def ours(values, high, eft, scale, names):
    """nutau's numbers, and the size that deviations are measured in, per target."""
    source = Basis("SMEFT", "Warsaw", tuple(values))
    target = Basis(eft, load(eft=eft, scale=scale).basis.name, names)
    step = running(high, scale, source=source, target=target)
    largest = np.abs(running(high, scale, target=target).matrix[1:, 1:]).max(axis=1)
    return step(np.array(list(values.values()))), largest * max(map(abs, values.values()))


def compare(points, targets):
    """Print the deviations; return what the tests need."""
    stored = []
    for high, values in points:
        plain = lowered(values, high, targets)
        precise = lowered(values, high, targets, converged=True)
        for (eft, scale), names in targets.items():
            key = f"{eft} {scale:g}"
            mine, size = ours(values, high, eft, scale, names)
            good = size > 0
            errors = [np.abs(mine - other[key])[good] / size[good] for other in (plain, precise)]
            worst = np.array(names)[good][np.argmax(errors[1])]
            print(
                f"{high:9.1f} GeV -> {key:14} wilson {errors[0].max():.1e}  converged {errors[1].max():.1e} ({worst})"
            )
        stored.append(
            {
                "scale_high": high,
                "source": pairs(values),
                "wilson": {"WET 4.8": pairs(dict(zip(targets["WET", 4.8], plain["WET 4.8"], strict=True)))},
                "converged": {
                    f"{eft} {scale:g}": pairs(dict(zip(names, precise[f"{eft} {scale:g}"], strict=True)))
                    for (eft, scale), names in targets.items()
                },
            }
        )
    return stored


def check_linearity(targets):
    """wilson at 0.1 TeV^-2: f(x) + f(y) against f(x + y) and f(-2x) against -2 f(x).

    wilson is not quite: ll and phil3 shift G_F, and operators that flip chirality shift the small Yukawa couplings.
    """
    high, values = random_points(1)[0]
    vectors = {n: v for n, v in values.items() if n.split("_")[0] not in FLIPPING}
    for kind, chosen in (("vector operators", vectors), ("all operators", values)):
        whole = {name: value * 1e-7 / SIZE for name, value in chosen.items()}
        half = dict(list(whole.items())[::2])
        rest = dict(list(whole.items())[1::2])
        back = {name: -2 * value for name, value in whole.items()}
        full, one, two, scaled = (lowered(v, high, targets) for v in (whole, half, rest, back))
        for key in full:
            size = np.abs(full[key]).max()
            sums, factor = (
                np.abs(full[key] - one[key] - two[key]).max(),
                np.abs(scaled[key] + 2 * full[key]).max(),
            )
            print(
                f"linearity of wilson, {kind:16} {key:14} sum {sums / size:.1e}  factor -2 {factor / size:.1e}"
            )


def check_composition(targets):
    """wilson from a to b and our table from b, against our table from a."""
    high, middle = 2.0e4, 1.5e3
    _, values = random_points(1)[0]
    between = {k: complex(v) for k, v in evolved(values, high, middle, converged=True).dict.items()}
    between = {k: v for k, v in between.items() if k in {*load().sources, *load().negligible}}
    for (eft, scale), names in targets.items():
        direct, size = ours(values, high, eft, scale, names)
        composed, _ = ours(between, middle, eft, scale, names)
        good = size > 0
        error = (np.abs(direct - composed)[good] / size[good]).max()
        print(f"composition at {middle:g} GeV, {eft} {scale:g}: {error:.1e}")
    return {"scale_high": high, "scale_middle": middle, "source": pairs(values), "middle": pairs(between)}


def benchmark():
    """C1 = C3 = -0.045 TeV^-2 at 4.7 TeV."""
    values = {"lq1_3323": -0.045e-6, "lq3_3323": -0.045e-6}
    names = ("C9_bstautau", "C10_bstautau", "CL_bsnutaunutau", "C9_bsmumu", "CVL_bctaunutau")
    mine, _ = ours(values, 4700.0, "WET", 4.8, names)
    theirs = Wilson(values, 4700.0, "SMEFT", "Warsaw").match_run(4.8, "WET", "flavio").dict
    for name, value in zip(names, mine, strict=True):
        print(f"{name:18} nutau {value:.6g}  wilson {complex(theirs[name]):.6g}")


def low():
    """wilson's numbers just above the match, with the names of all targets."""
    chosen = {key: load(eft=key[0], scale=key[1]).targets for key in (("WET", 4.8), ("SMEFT", M_Z))}
    stored = []
    for high, values in random_points(len(LOW_SCALES), LOW_SCALES):
        found = lowered(values, high, chosen, converged=high > M_Z)
        numbers = {
            f"{eft} {scale:g}": pairs(dict(zip(names, found[f"{eft} {scale:g}"], strict=True)))
            for (eft, scale), names in chosen.items()
        }
        stored.append({"scale_high": high, "source": pairs(values), "converged": numbers})
    return {
        "generator": "validation/compare_running.py --low",
        "wilson": version("wilson"),
        "solver": SOLVER,
        "targets": {f"{eft} {scale:g}": list(names) for (eft, scale), names in chosen.items()},
        "points": stored,
    }


def pairs(values):
    digits = {name: [float(f"{part:.9g}") for part in (v.real, v.imag)] for name, v in values.items()}
    return {name: value for name, value in digits.items() if value != [0.0, 0.0]}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=5)
    parser.add_argument("--write", help="file for the tests' reference values")
    parser.add_argument("--low", help="file for the tests' reference values between m_Z and 200 GeV")
    arguments = parser.parse_args()
    if arguments.low:
        write(arguments.low, low())
        return
    targets = {(eft, scale): load(eft=eft, scale=scale).targets for eft, scale in TABLES}
    stored = compare(random_points(arguments.points), targets)
    composition = check_composition(targets)
    check_linearity(targets)
    benchmark()
    if arguments.write:
        document = {
            "generator": "validation/compare_running.py",
            "wilson": version("wilson"),
            "solver": SOLVER,
            "points": stored,
            "composition": composition,
        }
        write(arguments.write, document)


def write(path, document):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
