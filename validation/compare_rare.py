"""B → ℓℓ, Λ_b → Λℓℓ, b → sγ and B → X_sℓℓ: nutau against flavio 2.7.1, at the SM and at random complex points.

Run with the Python of an environment that has flavio (particle < 1) and nutau's dependencies:

    python validation/compare_rare.py [--points 50] [--only GROUP] [--write tests/reference/flavio_2.7.1_rare.json]

Coefficients are given at the scale at which flavio evaluates a decay, so nothing runs in flavio; what flavio and nutau
are made to agree on first stands in ``GROUPS``. Prints the largest deviation of every observable; ``--write`` stores
flavio's numbers as the reference that the tests use offline.
"""

import argparse
import json
import sys
import warnings
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import flavio
import numpy as np
import wilson
from flavio.physics.common import conjugate_par

sys.path[:0] = [str(Path(__file__).parents[1] / part) for part in ("src", "tests")]

import flavio_rare  # noqa: E402
from nutau.decays.mixing import HBAR  # noqa: E402
from nutau.eft.wet.basis import SB_DIPOLE, SB_EE, SB_EMU, SB_MUMU  # noqa: E402
from nutau.inputs import load_inputs  # noqa: E402

SIZES = {"C7": 0.1, "C8": 0.1, "C9": 2.0, "C10": 2.0, "CS": 0.3, "CP": 0.3}
"""Of random new physics; scalars in 1/GeV."""


@dataclass(frozen=True)
class Group:
    """Observables that are compared with the same new physics and the same numbers."""

    why: str  # what is made equal
    observables: dict[str, tuple[tuple[float, ...], ...]]
    coefficients: tuple[str, ...]
    scale: float = 4.8
    parameters: dict[str, float] = field(default_factory=dict)  # nutau's names
    theirs: dict[str, float] = field(default_factory=dict)  # flavio's names
    factors: dict[str, float] = field(default_factory=dict)  # of flavio's numbers
    average: str = ""  # the rate with which flavio's number and that of the conjugate are averaged


def _both(
    *names: str, bins: tuple[tuple[float, ...], ...] = ((),)
) -> dict[str, tuple[tuple[float, ...], ...]]:
    return dict.fromkeys(names, bins)


DB_LIGHT = tuple(name.replace("_bs", "_bd") for name in (*SB_EE, *SB_MUMU, *SB_EMU))
LEPTONIC = ("ADeltaGamma(Bs->{0})", "BR(Bs->{0})", "BR(B0->{0})", "tau_{0}")
BARYON = ("<dBR/dq2>", "<FL>", "<AFBl>", "<AFBh>", "<AFBlh>")
BARYON_BINS = ((1.1, 6.0), (15.0, 20.0))
FORM_FACTORS = ("fV0", "fVperp", "fVt", "fA0", "fAperp", "fAt", "fT0", "fTperp", "fT50", "fT5perp")

GROUPS = {
    "leptonic": Group(
        "flavio's lifetimes are in 1/GeV",
        _both(
            *(name.format(pair) for name in LEPTONIC for pair in ("ee", "mumu")),
            *(f"BR({meson}->{pair})" for meson in ("Bs", "B0") for pair in ("emu", "mue", "emu,mue")),
        ),
        (*SB_EE, *SB_MUMU, *SB_EMU, *DB_LIGHT),
        factors={"tau_ee": HBAR, "tau_mumu": HBAR},
    ),
    "baryon": Group(
        "flavio's three-parameter form factors leave out the third (its 'SSE3' is called with n = 2), so it is zero in "
        "both; flavio has no lepton masses and no scalar operators here, so electrons are compared, without them; it "
        "does not average over the conjugate decay, so the mean of both is taken; and it has no loop of C8'",
        {f"{name}(Lambdab->Lambdaee)": BARYON_BINS for name in BARYON},
        ("C7_bs", "C7p_bs", "C8_bs", *SB_EE[:4]),
        parameters={f"Lambdab->Lambda SSE {name} a2": 0.0 for name in FORM_FACTORS},
        average="<dBR/dq2>(Lambdab->Lambdaee)",
    ),
    "vector": Group(
        "flavio's spectator scattering is not interpolated in its table; its q/p has the width of mixing (2e-4 of S)",
        _both(
            *(
                f"{name}({decay})"
                for name in ("BR", "ACP")
                for decay in ("B0->K*gamma", "B+->K*gamma", "Bs->phigamma")
            ),
            *("S_K*gamma", "S_phigamma", "ADeltaGamma(Bs->phigamma)"),
        ),
        SB_DIPOLE[:3],
    ),
    "photon": Group(
        "coefficients are at 2 GeV, where flavio takes them",
        _both("BR(B->Xsgamma)"),
        SB_DIPOLE,
        scale=2.0,
    ),
}


def points(group: Group, count: int) -> list[list[complex]]:
    """The SM, and random complex points."""
    rng = np.random.default_rng(20261128)
    sizes = np.array([SIZES[name.split("_")[0].removesuffix("p")] for name in group.coefficients])
    shape = (count, len(sizes))
    random = (rng.normal(size=shape) + 1j * rng.normal(size=shape)) * sizes
    return [[0j] * len(sizes), *random.tolist()]


@cache
def _amplitudes(coefficients: flavio.WilsonCoefficients, b: str, v: str) -> tuple[dict, dict]:
    """The amplitudes of B → Vγ and of its conjugate, once a point: without interpolation they take a second."""
    par = flavio.default_parameters.get_central_all()
    return AMPLITUDES(coefficients, par, b, v)


AMPLITUDES = flavio.physics.bdecays.bvgamma.get_a_abar


def converged(function, low: float, high: float, **options: object) -> float:
    """The integral with 24 Gauss-Legendre nodes, for flavio's ``nintegrate``, whose rule stops at 5e-3."""
    x, w = np.polynomial.legendre.leggauss(24)
    half = 0.5 * (high - low)
    return float(
        half * sum(weight * function(low + half * (s + 1.0)) for s, weight in zip(x, w, strict=True))
    )


def by_flavio(group: Group, point: list[complex], par: dict[str, float], conjugate: bool) -> dict:
    """flavio's numbers, by name and bin."""
    if conjugate:
        par, point = conjugate_par(par), [c.conjugate() for c in point]
    coefficients = flavio.WilsonCoefficients()
    given = dict(zip(group.coefficients, point, strict=True))
    coefficients.set_initial(given, scale=group.scale, eft="WET", basis="flavio")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            (name, arguments): group.factors.get(name, 1.0)
            * flavio.Observable[name].prediction_par(par, coefficients, *arguments)
            for name, bins in group.observables.items()
            for arguments in bins
        }


def theirs(group: Group, point: list[complex]) -> list[float]:
    """The same in order, averaged over the conjugate decay where asked for."""
    par = {**flavio.default_parameters.get_central_all(), **group.theirs}
    values = by_flavio(group, point, par, False)
    if not group.average:
        return [float(value) for value in values.values()]
    bar = by_flavio(group, point, par, True)
    means = []
    for (name, arguments), value in values.items():
        other = bar[name, arguments]
        rates = [found[group.average, arguments] for found in (values, bar)]
        plain = name == group.average
        means.append(
            0.5 * (value + other) if plain else (value * rates[0] + other * rates[1]) / (rates[0] + rates[1])
        )
    return [float(value) for value in means]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--only", choices=GROUPS, help="one group of observables")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    flavio.math.integrate.nintegrate = converged
    flavio.physics.bdecays.bvgamma.get_a_abar = lambda coefficients, par, b, v: _amplitudes(
        coefficients, b, v
    )
    for decay in ("B0->K*0ll", "B+->K*+ll", "Bs->phill"):
        flavio.config["implementation"][f"{decay} spectator scattering"] = f"{decay} QCDF"
    inputs = load_inputs("flavio-2.7")
    source = (
        f"flavio {flavio.__version__}, wilson {wilson.__version__}, default parameters, integrals converged"
    )
    written = {}
    if options.write and options.write.exists():
        written = json.loads(options.write.read_text())["groups"]
    for key in [options.only] if options.only else GROUPS:
        group = GROUPS[key]
        chosen = points(group, options.points)
        stored = {
            "why": group.why,
            "scale": group.scale,
            "coefficients": group.coefficients,
            "parameters": group.parameters,
            "points": [[[c.real, c.imag] for c in point] for point in chosen],
            "observables": [
                {"name": name, "arguments": arguments}
                for name, bins in group.observables.items()
                for arguments in bins
            ],
        }
        values = np.array([theirs(group, point) for point in chosen]).T
        for entry, row in zip(stored["observables"], values, strict=True):
            entry["values"] = row.tolist()
            ours = flavio_rare.predictions(inputs, stored, entry)
            label = f"{entry['name']} {list(entry['arguments']) or ''}"
            print(f"{label:44s} {row[0]:12.6g} {flavio_rare.deviation(ours, row):9.1e}", flush=True)
        written[key] = stored
    if options.write:
        text = json.dumps({"source": f"{source}; written by validation/compare_rare.py", "groups": written})
        options.write.write_text(text + "\n")


if __name__ == "__main__":
    main()
