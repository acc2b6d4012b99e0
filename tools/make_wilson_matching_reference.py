"""Reference numbers of wilson for the Warsaw basis and its tree-level match to the WET.

    pip install 'wilson==2.5.2' && python tools/make_wilson_matching_reference.py
    tests/reference/wilson_matching.json

Coefficients are a fixed sequence over the sorted names, so the file holds only wilson's side: the names of
the Warsaw basis with the real ones marked, one weighted sum per symmetrised coefficient array (down- and
up-aligned), and the matched coefficients at m_Z. wilson's match is not linear in the coefficients that shift
the Fermi constant, so "linear" leaves these out and "fermi" holds only them, small enough for the quadratic
terms to be below 1e-7.
"""

import json
import sys
from importlib.metadata import version

import numpy as np
import wilson
from wilson import wcxf
from wilson.run.smeft.smpar import p as parameters
from wilson.translate.wet import get_parameters

from nutau.eft.wet.basis import WET
from nutau.eft.wet.leptons import LEPTONS

M_Z = 91.1876
FOREIGN = ("duql", "qque", "qqql", "duue", "llphiphi")  # baryon or lepton number violation
FERMI = ("ll_1221", "phil3_11", "phil3_22")


def names() -> dict[str, bool]:
    """The coefficients of the Warsaw basis, and whether each is real."""
    sectors = wcxf.Basis["SMEFT", "Warsaw"].sectors.values()
    found = {name: bool(entry.get("real", False)) for sector in sectors for name, entry in sector.items()}
    return {name: found[name] for name in sorted(found) if not name.startswith(FOREIGN)}


def sequence(known: dict[str, bool], size: float) -> dict[str, complex]:
    """The coefficients (GeV⁻²) that tests/eft/test_smeft_basis.py makes as well."""
    return {
        name: size * complex(np.cos(1.7 * (n + 1)), 0.0 if real else np.sin(2.3 * (n + 1)))
        for n, (name, real) in enumerate(known.items())
        if "_" in name
    }


def document(values: dict[str, complex], basis: str = "Warsaw") -> wcxf.WC:
    pairs = {name: {"Re": value.real, "Im": value.imag} for name, value in values.items()}
    return wcxf.WC("SMEFT", basis, M_Z, pairs)


def sums(values: dict[str, complex]) -> dict[str, list[float]]:
    """One weighted sum of the symmetrised array of each operator."""
    arrays = wilson.util.smeftutil.wcxf2arrays_symmetrized(values)
    found = {}
    for operator in sorted({name.partition("_")[0] for name in values}):
        flat = np.asarray(arrays[operator]).ravel()
        n = np.arange(flat.size)
        total = complex(np.sum((np.cos(0.3 * n) + 1j * np.sin(0.7 * n)) * flat))
        found[operator] = [total.real, total.imag]
    return found


def matched(values: dict[str, complex]) -> dict[str, list[float]]:
    end = document(values).match("WET", "JMS").translate("flavio").dict
    wanted = (*WET.coefficients, *LEPTONS.coefficients)
    return {name: [complex(end.get(name, 0)).real, complex(end.get(name, 0)).imag] for name in wanted}


def main(path: str) -> None:
    known = names()
    values = sequence(known, 1e-9)
    low = get_parameters(M_Z, f=5)
    recorded = {
        name: parameters[name] for name in ("GF", "alpha_e", "alpha_s", "Vus", "Vub", "Vcb", "gamma", "m_W")
    }
    out = {
        "wilson": version("wilson"),
        "generator": "tools/make_wilson_matching_reference.py",
        "scale": M_Z,
        "parameters": {**recorded, "m_b(m_Z)": float(low["m_b"]), "alpha_s(m_Z)": float(low["alpha_s"])},
        "names": [name + " real" * real for name, real in known.items()],
        "sums": sums(values),
        "sums_up": sums(dict(document(values).translate("Warsaw up").dict)),
        "matched_linear": matched({name: value for name, value in values.items() if name not in FERMI}),
        "matched_fermi": matched({name: value * 1e-3 for name, value in values.items() if name in FERMI}),
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(out, file, indent=0)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
