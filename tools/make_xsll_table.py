"""Write src/nutau/data/standard_model/b_to_xsll.yaml: the logarithmic QED corrections to B -> X_s l l at 4.8 GeV.

The functions of Huber, Hurth and Lunghi (arXiv:1503.04849) with their kinematic factors, sigma_ij(s) omega_ij(s), as
flavio 2.7.1 has them: each is a + b log(m_b²/m_l²), and s a, s b are approximated by polynomials in log s, s = q²/m_b².
Run with the Python of an environment that has flavio 2.7.1.
"""

from math import log
from pathlib import Path

import numpy as np
import yaml
from flavio.physics.bdecays import bxll, bxll_qed

OUT = Path(__file__).parents[1] / "src/nutau/data/standard_model/b_to_xsll.yaml"
SCALE, MASS, LEPTONS = 4.8, 4.8, (0.001, 0.1)
PAIRS = {"77": (7, 7), "79": (7, 9), "99": (9, 9), "22": (9, 9), "27": (7, 9), "29": (9, 9)}
RANGES = {"low": (0.0015, 0.5, 18), "high": (0.5, 0.9999, 12)}


def omega(name: str, kind: str, s: float, lepton: float) -> complex:
    """One function; the imaginary part of omega_29 is that of its own name, which flavio's sum takes wrongly."""
    arguments = (s, MASS, lepton, SCALE, 1.5)
    if name == "29":
        parts = (getattr(bxll_qed, f"wem_29_{part}_{kind}")(*arguments) for part in ("re", "im"))
        return complex(*parts)
    dictionary = getattr(bxll_qed, f"wem_dict_{kind}")
    return complex(dictionary["BR", int(name[0]), int(name[1])](*arguments))


def main() -> None:
    """All functions."""
    table: dict[str, dict[str, list[float]]] = {}
    for name, pair in PAIRS.items():
        for kind, (low, high, degree) in RANGES.items():
            ends = np.log([low, high])
            x = ends.mean() + 0.5 * np.diff(ends)[0] * np.cos(np.pi * (np.arange(200) + 0.5) / 200)
            points = np.exp(x)
            logs = [log(MASS**2 / lepton**2) for lepton in LEPTONS]
            one, other = (
                np.array([omega(name, kind, s, lepton) * bxll.sigmaij_I("BR", *pair, s) * s for s in points])
                for lepton in LEPTONS
            )
            slope = (one - other) / (logs[0] - logs[1])
            for part, y in (("constant", one - slope * logs[0]), ("slope", slope)):
                for side in ("real", "imag"):
                    values = getattr(y, side)
                    if np.max(np.abs(values)) < 1e-12 * np.max(np.abs(one)):
                        continue
                    fit = np.polynomial.Chebyshev.fit(x, values, degree, domain=ends)
                    print(
                        name,
                        kind,
                        part,
                        side,
                        f"{np.max(np.abs(fit(x) - values)) / np.max(np.abs(values)):.0e}",
                    )
                    table.setdefault(f"{name} {part} {side}", {})[kind] = [
                        float(f"{c:.9g}") for c in fit.coef
                    ]
    document = {
        "source": "Huber:2015sra",
        "via": "flavio 2.7.1",
        "location": "bxll_qed.py; s times constant + slope log(m_b²/m_l²) as Chebyshev series in log s",
        "scale": SCALE,
        "ranges": {kind: list(entry[:2]) for kind, entry in RANGES.items()},
        "functions": table,
    }
    text = yaml.safe_dump(document, width=150, sort_keys=False, allow_unicode=True)
    OUT.write_text("# Written by tools/make_xsll_table.py.\n" + text)


if __name__ == "__main__":
    main()
