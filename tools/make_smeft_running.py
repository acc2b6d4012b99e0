r"""Generate the running tables of :mod:`nutau.eft.smeft.running` from wilson (:cite:`Aebischer:2018bkb`).

    pip install 'nutau[running]'
    python tools/make_smeft_running.py --out src/nutau/data/running
    python tools/make_smeft_running.py --ckm Vcb=0.0411 Vub=3.8e-3 --out my_tables

A table is the linear map from the Warsaw coefficients at a high scale to low-energy coefficients, at Chebyshev nodes
in the logarithm of the high scale. The physics is wilson's: its one-loop SMEFT beta functions with its extraction of
the SM parameters at m_Z, its rotation to the basis of diagonal masses at each end, its tree-level match at 91.1876
GeV, its QCD and QED running below, its translation to the flavio basis. Only the solution of the linear equation is
ours: wilson integrates one point with a relative tolerance of 1e-3; here

* the beta function is read off as a matrix :math:`\gamma(t)` at a few :math:`t = \ln\mu`, column by column;
* the rows of the evolution, :math:`c(m_Z) = U(t)\, c(t)`, follow :math:`dU/dt = -U\gamma/16\pi^2` with 1e-9.

Coefficients are real coordinates here, (name, real or imaginary part); the files hold the complex form
:math:`c' = L c + K \bar c`. Takes a quarter of an hour on one core and 2 GB.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
import scipy
import wilson
from numpy.polynomial import chebyshev
from scipy.integrate import solve_ivp
from scipy.sparse import csr_matrix
from wilson.run.smeft import smpar
from wilson.translate.wet import get_parameters

from wilson_maps import (
    M_Z,
    Coordinates,
    Flat,
    below,
    ckm,
    diagonal,
    gamma,
    match_to_jms,
    rotation,
    standard_model,
    warsaw,
    wet_coordinates,
)

RANGE = (M_Z, 1.0e5)
"""High scales of the table in GeV."""
NODES = 12
"""Chebyshev nodes in the logarithm of the high scale."""
GAMMA_NODES = 9
"""Chebyshev nodes at which the anomalous dimension is evaluated."""
CUT = 1e-8
"""Entries below this fraction of the largest of their row are left out."""
QUANTUM = 1e-10
"""Step, relative to the largest entry of a row, to which the stored numbers are rounded (for the file's size)."""
SMEFT_TARGETS = ("phil1_", "phil3_", "phie_", "phiq1_", "phiq3_", "ll_1221", "phiD", "phiWB")
"""Targets of the SMEFT table at m_Z (Z decays, G_F)."""


def chebyshev_nodes(low: float, high: float, count: int) -> np.ndarray:
    """Chebyshev points of the first kind between the logarithms of two scales."""
    x = chebyshev.chebpts1(count)
    return 0.5 * (math.log(high) + math.log(low)) + 0.5 * (math.log(high) - math.log(low)) * x


def evolve(rows: np.ndarray, gammas: np.ndarray, times: np.ndarray) -> np.ndarray:
    r"""Rows of the map at m_Z carried up to each time, ``(times, rows, coordinates)``.

    ``gammas`` holds the anomalous dimension at the Chebyshev points between m_Z and the end of the range.
    """
    low, high = math.log(M_Z), math.log(RANGE[1])
    x = chebyshev.chebpts1(len(gammas))
    fit = np.linalg.inv(chebyshev.chebvander(x, len(gammas) - 1))
    pattern = csr_matrix(np.any(gammas != 0, axis=0).T)
    r, c = pattern.nonzero()
    terms = fit @ np.array([g[c, r] for g in gammas]) / (16 * np.pi**2)

    def slope(t: float, y: np.ndarray) -> np.ndarray:
        data = chebyshev.chebvander(2 * (t - low) / (high - low) - 1, len(gammas) - 1) @ terms
        transposed = csr_matrix((data.ravel(), (r, c)), shape=pattern.shape)
        return -(transposed @ y.reshape(pattern.shape[0], -1)).ravel()

    order = np.argsort(times)
    sol = solve_ivp(slope, (low, high), rows.T.ravel(), "DOP853", times[order], rtol=1e-8, atol=1e-12)
    shape = (pattern.shape[0], len(rows))
    return np.array([sol.y[:, k].reshape(shape).T for k in np.argsort(order)])


def complex_form(real: np.ndarray, targets: Coordinates, sources: Coordinates) -> tuple:
    r"""A real map as :math:`(L, K)`, ``(..., targets, sources)``, with the names of both sides."""
    rows, columns = tuple(dict.fromkeys(targets.names)), tuple(dict.fromkeys(sources.names))
    shape = (*real.shape[:-2], len(rows), len(columns))
    on_real, on_imaginary = np.zeros(shape, dtype=complex), np.zeros(shape, dtype=complex)
    row_of, column_of = {n: i for i, n in enumerate(rows)}, {n: i for i, n in enumerate(columns)}
    for i, (target, unit) in enumerate(zip(targets.names, targets.parts, strict=True)):
        for part, matrix in ((1.0, on_real), (1j, on_imaginary)):
            j = [k for k, p in enumerate(sources.parts) if p == part]
            matrix[..., row_of[target], [column_of[sources.names[k]] for k in j]] += unit * real[..., i, j]
    real_only = ~np.isin(columns, [n for n, p in zip(sources.names, sources.parts, strict=True) if p == 1j])
    linear, antilinear = 0.5 * (on_real - 1j * on_imaginary), 0.5 * (on_real + 1j * on_imaginary)
    # a coefficient that is real needs no second column
    linear[..., real_only], antilinear[..., real_only] = on_real[..., real_only], 0.0
    return linear, antilinear, rows, columns


def save(path: Path, values: np.ndarray, targets: tuple, sources: tuple, header: dict) -> None:
    """Write Chebyshev coefficients of the entries that matter; ``values`` is (nodes, targets, 2 x sources)."""
    x = chebyshev.chebpts1(len(values))
    terms = np.tensordot(np.linalg.inv(chebyshev.chebvander(x, len(values) - 1)), values, axes=1)
    size = np.abs(values).max(axis=0)
    scale = np.maximum(size.max(axis=1, keepdims=True), np.finfo(float).tiny)
    row, column = np.nonzero(size > CUT * scale)
    quantum = 2.0 ** np.round(np.log2(QUANTUM * scale[row, 0]))
    kept = terms[:, row, column] / quantum
    kept = (np.round(kept.real) + 1j * np.round(kept.imag)) * quantum
    used = np.unique(column % len(sources))
    renumber = {int(old): new for new, old in enumerate(used)}
    column = np.array(
        [renumber[int(c) % len(sources)] + (len(used) if c >= len(sources) else 0) for c in column]
    )
    np.savez_compressed(
        path,
        header=json.dumps(header, sort_keys=True),
        targets=np.array(targets),
        sources=np.array([sources[i] for i in used]),
        negligible=np.array([name for i, name in enumerate(sources) if i not in renumber]),
        row=row.astype(np.uint16),
        column=column.astype(np.uint16),
        real=kept.real,
        imaginary=kept.imag,
    )
    print(f"{path}: {len(row)} entries, {len(used)} sources, {path.stat().st_size / 1e3:.0f} kB")


def header(eft: str, basis: str, scale: float) -> dict:
    """What a reader must know: versions, options, parameters, ranges, the numbers in the targets' prefactors."""
    p, v = get_parameters(scale, f=5, input_parameters=wilson.parameters.p), ckm()
    normalisation = {
        **{
            "v2": 1 / (math.sqrt(2) * p["GF"]),
            "alpha": p["alpha_e"],
            "alpha_s": p["alpha_s"],
            "m_b": p["m_b"],
        },
        **{"lambda_t": v[2, 2] * v[2, 1].conj(), "lambda_td": v[2, 2] * v[2, 0].conj()},
        **{"v_cb": v[1, 2], "v_ub": v[0, 2], "lambda_sd": v[2, 1] * v[2, 0].conj()},
        **{"v_cs": v[1, 1], "v_cd": v[1, 0], "v_us": v[0, 1], "v_ud": v[0, 0]},
    }
    return {
        "schema": "nutau/running/2",
        "generator": f"tools/make_smeft_running.py with wilson {wilson.__version__}, scipy {scipy.__version__}",
        "source": {"eft": "SMEFT", "basis": "Warsaw", "unit": "GeV^-2"},
        "target": {"eft": eft, "basis": basis, "scale": scale},
        "range": list(RANGE),
        "options": {"smeft_matchingscale": M_Z, "smeft_matching_order": 0, "qcd_order": 1, "qed_order": 1},
        "cut": CUT,
        "normalisation": {k: [complex(x).real, complex(x).imag] for k, x in normalisation.items()},
        "parameters": {k: float(v) for k, v in wilson.parameters.p.items()},
        "parameters_smeft": {k: float(v) for k, v in smpar.p.items()},
    }


def targets_at_m_z(coordinates: Coordinates, flat: Flat, scales: list[float]) -> tuple[list, np.ndarray]:
    """All maps from the Warsaw coefficients at m_Z to the targets: (header, coordinates, rows) each, and stacked."""
    jms, jms_sector = wet_coordinates("JMS", only_targets=False)
    wet, wet_sector = wet_coordinates("flavio", only_targets=True)
    matched = match_to_jms(coordinates, flat, jms)
    maps = []
    for scale in scales:
        rows = below(jms, wet, {**jms_sector, **wet_sector}, scale) @ matched
        maps.append((header("WET", "flavio", scale), wet, rows))
    chosen = [i for i, name in enumerate(coordinates.names) if name.startswith(SMEFT_TARGETS)]
    picked = Coordinates(
        tuple(coordinates.names[i] for i in chosen), tuple(coordinates.parts[i] for i in chosen)
    )
    maps.append((header("SMEFT", "Warsaw", M_Z), picked, np.eye(len(coordinates))[chosen]))
    return maps, np.concatenate([rows for _, _, rows in maps])


def run_rows(coordinates: Coordinates, flat: Flat, block: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Carry rows at m_Z to the nodes of the table, ``(nodes, rows, coordinates)``, in the WCxf basis at each node."""
    sm_at = standard_model(RANGE[1])
    gammas = []
    for t in chebyshev_nodes(M_Z, RANGE[1], GAMMA_NODES):
        gammas.append(gamma(coordinates, flat, block, sm_at(t)))
        print(f"anomalous dimension at {math.exp(t):.0f} GeV", flush=True)
    times = chebyshev_nodes(*RANGE, NODES)
    result = np.zeros((NODES, *rows.shape))
    for number in range(block.max() + 1):
        inside = np.flatnonzero(block == number)
        active = np.flatnonzero(np.any(rows[:, inside] != 0, axis=1))
        if len(inside) and len(active):
            part = np.array([g[np.ix_(inside, inside)] for g in gammas])
            result[np.ix_(range(NODES), active, inside)] = evolve(rows[np.ix_(active, inside)], part, times)
    for k, t in enumerate(times):
        back = {name: unitary.conj().T for name, unitary in diagonal(sm_at(t)).items()}
        result[k] = result[k] @ rotation(coordinates, flat, back)
    return result


def generate(out: Path, scales: list[float]) -> None:
    """Write all tables to a directory."""
    out.mkdir(parents=True, exist_ok=True)
    coordinates, block = warsaw()
    flat = Flat.of(coordinates)
    maps, stacked = targets_at_m_z(coordinates, flat, scales)
    values = run_rows(coordinates, flat, block, stacked)
    start = 0
    for head, targets, rows in maps:
        part = values[:, start : start + len(rows)]
        start += len(rows)
        linear, antilinear, names, sources = complex_form(part, targets, coordinates)
        target = head["target"]
        path = out / f"smeft_{target['eft'].lower()}_{target['scale']:g}.npz"
        save(path, np.concatenate([linear, antilinear], axis=-1), names, sources, head)


def parse(entries: list[str]) -> dict[str, float]:
    """``NAME=VALUE`` arguments; the names are wilson's."""
    values = dict(entry.split("=", 1) for entry in entries)
    wrong = sorted(set(values) - set(wilson.parameters.p))
    if wrong:
        raise SystemExit(
            f"Unknown parameters {', '.join(wrong)}; wilson has {', '.join(wilson.parameters.p)}."
        )
    return {name: float(value) for name, value in values.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="directory for the tables")
    parser.add_argument("--scales", nargs="*", type=float, default=[4.8, 80.4, M_Z], help="low scales, GeV")
    parser.add_argument(
        "--ckm", nargs="*", default=[], metavar="NAME=VALUE", help="Vus, Vub, Vcb, gamma (rad)"
    )
    parser.add_argument(
        "--parameters", nargs="*", default=[], metavar="NAME=VALUE", help="of wilson.parameters"
    )
    arguments = parser.parse_args()
    ckm, other = parse(arguments.ckm), parse(arguments.parameters)
    # wilson keeps two sets: MSbar values at m_Z above, pole and physical values below; the CKM is in both
    smpar.p.update({k: v for k, v in {**ckm, **other}.items() if k in ("Vus", "Vub", "Vcb", "gamma", "GF")})
    wilson.parameters.p.update({**ckm, **other})
    generate(arguments.out, arguments.scales)


if __name__ == "__main__":
    main()
