"""Tabulate the WET running to 4.8 GeV with wilson, as polynomials in the logarithm of the starting scale.

    pip install 'wilson==2.5.2'
    python tools/make_wet_running.py src/nutau/data/running/wet_wilson_2.5.2.npz

Every entry of U in C(4.8) = U(mu0) C(mu0) is stored as the Chebyshev coefficients of (U - 1)/ln(mu0/4.8) on
the whole range, so that U is exactly the identity at 4.8 GeV. wilson runs at leading order in QCD and QED
with alpha_s at three loops and alpha_e fixed; its parameters are recorded in the file.
"""

import json
import sys
from importlib.metadata import version

import numpy as np
from wilson import Wilson
from wilson.parameters import p as parameters

from nutau.eft.wet.basis import MU_B, WET
from nutau.eft.wet.full import IN_WCXF

SCALES = (4.2, 175.0)  # GeV
ORDER = 14
SMALLEST = 1e-13  # entries below are rounding noise of the eigenvector decomposition
RECORDED = ("alpha_s", "alpha_e", "m_b", "m_c", "m_s", "m_u", "m_d", "m_e", "m_mu", "m_tau")


def evolution(scale: float) -> np.ndarray:
    """U ``(n, n)`` from ``scale`` to 4.8 GeV, column by column."""
    columns = []
    for name in WET.coefficients:
        if name not in IN_WCXF:  # wilson has no two neutrinos; nutau.eft.wet.running runs them
            columns.append(np.zeros(len(WET)))
            continue
        start = Wilson({name: 1e-2}, scale=scale, eft="WET", basis="flavio")
        end = start.match_run(scale=MU_B, eft="WET", basis="flavio").dict
        column = np.array([end.get(other, 0.0) for other in WET.coefficients]) / 1e-2
        if np.abs(column.imag).max() > 1e-9:
            raise SystemExit(f"the running of {name} is not real; the table would have to be complex")
        columns.append(column.real)
    return np.array(columns).T


def main(path: str) -> None:
    low, high = np.log(SCALES)
    x = np.cos(np.pi * (np.arange(ORDER) + 0.5) / ORDER)
    log_scale = 0.5 * (low + high) + 0.5 * (high - low) * x
    distance = log_scale - np.log(MU_B)
    matrices = np.array([evolution(float(np.exp(value))) for value in log_scale])
    known = np.diag([float(name in IN_WCXF) for name in WET.coefficients])
    slopes = (matrices - known) / distance[:, None, None]
    rows, columns = np.nonzero(np.abs(slopes).max(axis=0) > SMALLEST)
    coefficients = np.polynomial.chebyshev.chebfit(x, slopes[:, rows, columns], ORDER - 1)
    about = {
        "generator": "tools/make_wet_running.py",
        "source": "Aebischer:2018bkb",
        "wilson": version("wilson"),
        "options": "defaults: qcd_order=1, qed_order=1, five flavours",
        "parameters": {name: parameters[name] for name in RECORDED},
    }
    np.savez_compressed(
        path,
        about=json.dumps(about),
        scales=np.array(SCALES),
        target=np.array(MU_B),
        names=np.array(WET.coefficients),
        rows=rows.astype(np.int16),
        columns=columns.astype(np.int16),
        coefficients=coefficients,
    )
    left = np.abs(coefficients[-1] / coefficients[0]).max()
    print(f"{len(rows)} entries, last coefficient / first: {left:.1e}")


if __name__ == "__main__":
    main(sys.argv[1])
