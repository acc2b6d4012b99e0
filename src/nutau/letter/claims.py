"""Each claim of the letter as a computed object; verdicts follow from numbers.

``CLAIMS`` maps the id of a claim in ``data/letter/claims.yaml`` to the function that computes it. A function takes
the chain of inputs and a convention and returns a number in the shape in which the claim is published:
``{"value", "uncertainty"}``, ``{"range": [low, high]}``, ``{"values": {name: number}}`` or ``{"names": [...]}``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import inf, isfinite, log, pi
from typing import Any

from nutau.letter.inputs import Chain, Number, constants, nunu_over_c9, sign
from nutau.letter.parabola import Parabola, in_delta
from nutau.models import mediator

K_TAUTAU, KST_TAUTAU = "BR(B+->Ktautau)/SM", "BR(B0->K*tautau)/SM"
K_NUNU, KST_NUNU = "BR(B+->Knunu)/SM", "BR(B0->K*nunu)/SM"
TWO_FIELD = {"X_-1/2": -0.5, "X_1/2": 0.5, "X_3/2": 1.5}

Computed = dict[str, Any]


def kappas() -> dict[str, float | None]:
    """κ = C1/C3 of the models of Table I, each from its mediator's own match; ``None`` without C3."""
    found = {name: mediator(name).kappa for name in ("VB", "U1", "U3", "S3", "S1", "Z'")}
    return {name: kappa if kappa is not None and isfinite(kappa) else None for name, kappa in found.items()}


def benchmarks() -> dict[str, float]:
    """κ of the models drawn in Figure 1."""
    single = kappas()
    return {
        name: float(k) for name in ("VB", "U1", "S3", "U3") if (k := single[name]) is not None
    } | TWO_FIELD


def _number(number: Number, factor: float = 1.0) -> Computed:
    return {"value": factor * number.value, "uncertainty": abs(factor) * number.uncertainty}


def _scale(chain: Chain, convention: str) -> Computed:
    return {"value": abs(chain.c3.value) ** -0.5}


def _c9_universal(chain: Chain, convention: str) -> Computed:
    """Photon penguin at leading logarithm, -(8/3)(α/4π) ln(Λ/m_W) δC9^ττ, Λ = 4.7 TeV of ``scale``."""
    c = constants()
    logarithm = log(1e3 * abs(chain.c3.value) ** -0.5 / c["m_W"])
    return _number(chain.c9_unrounded, -8 / 3 * c["alpha_em"] / (4 * pi) * logarithm * sign(convention))


def _u1_range(chain: Chain, convention: str) -> Computed:
    u1 = benchmarks()["U1"]
    return union(
        in_delta(observable, u1, convention, chain.dataset).extremes(chain.at(-2), chain.at(2))
        for observable in (K_TAUTAU, KST_TAUTAU)
    )


def _u1_sizes(chain: Chain, convention: str) -> Computed:
    u1 = benchmarks()["U1"]
    low, high = (
        in_delta(K_TAUTAU, u1, convention, chain.dataset)(chain.at(-1)),
        in_delta(KST_TAUTAU, u1, convention, chain.dataset)(chain.at(2)),
    )
    return {"range": [low, high]}


def _excluded(chain: Chain, convention: str) -> Computed:
    names = [
        name
        for name in ("S3", "U3")
        if in_delta(KST_NUNU, benchmarks()[name], convention, chain.dataset).extremes(
            chain.at(-2), chain.at(2)
        )[0]
        > chain.bound_kstar
    ]
    return {"names": names}


def largest_delta(chain: Chain, kappa: float, convention: str, observable: str, bound: float) -> float:
    """The largest δ for which R_νν stays below its bound; minus infinity if there is none."""
    allowed = in_delta(observable, kappa, convention, chain.dataset).below(bound)
    return -inf if allowed is None else allowed[1]


def _vb(chain: Chain, convention: str) -> Computed:
    delta = min(largest_delta(chain, 0.0, convention, KST_NUNU, chain.bound_kstar), chain.at(1))
    if delta < chain.at(-1):
        return {"values": {"Rtautau": None, "Rnunu": None}}
    return {
        "values": {
            "Rtautau": in_delta(K_TAUTAU, 0.0, convention, chain.dataset)(delta),
            "Rnunu": in_delta(KST_NUNU, 0.0, convention, chain.dataset)(delta),
        }
    }


def kappa_window(
    chain: Chain, convention: str, observable: str, bound: float, sigmas: float
) -> tuple[float, float] | None:
    """The κ for which R_νν stays below its bound at δ = mean + ``sigmas``; ``None`` if there is none."""
    values = (
        in_delta(observable, kappa, convention, chain.dataset)(chain.at(sigmas)) for kappa in (0.0, 1.0, 2.0)
    )
    return Parabola.through(*values).below(bound)


def union(windows: Iterable[tuple[float, float] | None]) -> Computed:
    """From the lowest to the highest end of some windows; no numbers if all are empty."""
    found = [window for window in windows if window is not None]
    if not found:
        return {"range": [None, None]}
    return {"range": [min(low for low, _ in found), max(high for _, high in found)]}


def _kappa_window(chain: Chain, convention: str) -> Computed:
    """κ allowed at -1σ of R_D(*) by the bound of at least one panel of Figure 1."""
    bounds = {K_NUNU: chain.bound_k, KST_NUNU: chain.bound_kstar}
    return union(kappa_window(chain, convention, name, bound, -1) for name, bound in bounds.items())


def _low_corner(chain: Chain, convention: str) -> Computed:
    """Lowest values for the κ of the letter's window, δ within 2σ and below the R_νν^K bound, on a fine κ grid."""
    lowest = {"Rtautau": float("inf"), "Rnunu": float("inf")}
    for step in range(201):
        kappa = -0.5 + 2.0 * step / 200
        allowed = in_delta(K_NUNU, kappa, convention, chain.dataset).below(chain.bound_k)
        if allowed is None or min(chain.at(2), allowed[1]) < chain.at(-2):
            continue
        interval = (chain.at(-2), min(chain.at(2), allowed[1]))
        for key, observable in (("Rtautau", K_TAUTAU), ("Rnunu", K_NUNU)):
            lowest[key] = min(
                lowest[key], in_delta(observable, kappa, convention, chain.dataset).extremes(*interval)[0]
            )
    return {"values": {key: value if isfinite(value) else None for key, value in lowest.items()}}


def _tau_dominance(chain: Chain, convention: str) -> Computed:
    """(κ-1) 28 over (3.2) with δC9^μμ, in modulus."""
    kappa = 0.0
    tau = sign(convention) * (kappa - 1) * chain.c9.value
    return {"value": abs(tau / (nunu_over_c9(kappa) * chain.c9_mumu.value))}


def _figure(chain: Chain, convention: str) -> Computed:
    return {
        "values": {n: sign(convention) * (1 if kappa + 1 > 0 else -1) for n, kappa in benchmarks().items()}
    }


CLAIMS: Mapping[str, Callable[[Chain, str], Computed]] = {
    "eq-4.1-D": lambda chain, _: _number(chain.delta_d),
    "eq-4.1-Dst": lambda chain, _: _number(chain.delta_dstar),
    "eq-4.2": lambda chain, _: _number(chain.delta_mean),
    "eq-4.3": lambda chain, _: _number(chain.c3),
    "scale": _scale,
    "eq-4.4": lambda chain, convention: _number(chain.c9_unrounded, sign(convention)),
    "eq-4.5": lambda chain, convention: _number(chain.c9_unrounded, sign(convention)),
    "c9-universal": _c9_universal,
    "eq-4.6": _u1_range,
    "table-1": lambda *_: {"values": kappas()},
    "u1-nunu": lambda chain, convention: {
        "value": in_delta(K_NUNU, benchmarks()["U1"], convention, chain.dataset)(chain.at(0))
    },
    "excluded": _excluded,
    "vb": _vb,
    "kappa-window": _kappa_window,
    "low-corner": _low_corner,
    "tau-dominance": _tau_dominance,
    "rtautau-sizes": _u1_sizes,
    "figure-1": _figure,
}
