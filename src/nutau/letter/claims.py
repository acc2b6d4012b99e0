"""Each claim of the letter as a computed object; verdicts follow from numbers.

``CLAIMS`` maps the id of a claim in ``data/letter/claims.yaml`` to the function that computes it. A function takes
the chain of inputs and a convention and returns a number in the shape in which the claim is published:
``{"value", "uncertainty"}``, ``{"range": [low, high]}``, ``{"values": {name: number}}`` or ``{"names": [...]}``; with
``"theory"``, a theory error (of a range in its unit, of values relative), if it counts in the comparison. The claims of
``BANDED`` depend on how much of R_D(*) is to be explained; they take the curves of a convention and a number of σ.
R_νν of K and of K* are one function here, since new physics is left-handed: a point is allowed if it lies below the
weaker of both bounds, that is in one panel of Figure 1 at least.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import inf, isfinite, log, pi, sqrt
from typing import Any

from nutau.inputs.letter import Chain, Number, constants, nunu_over_c9, sign
from nutau.inputs.letter_polynomials import letter_file
from nutau.letter.parabola import Parabola, in_delta
from nutau.models import mediator

K_TAUTAU, KST_TAUTAU = "BR(B+->Ktautau)/SM", "BR(B0->K*tautau)/SM"
K_NUNU, KST_NUNU = "BR(B+->Knunu)/SM", "BR(B0->K*nunu)/SM"
TWO_FIELD = {"X_-1/2": -0.5, "X_1/2": 0.5, "X_3/2": 1.5}

BANDS = (1.0, 2.0)
"""σ of R_D(*), the bands of Figure 1 over which a claim may be meant."""
BAND = 2.0
"""σ, the band of the verdicts: 95 % CL, the only level that the letter states, in (4.6)."""

Computed = dict[str, Any]
Curves = Callable[[str, float], Parabola]
"""An observable's ratio to the SM along δ, by its name and κ."""


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


def accuracy() -> float:
    """The relative theory error of (A.1)-(A.3), as the letter states it."""
    return letter_file().accuracy


def _number(number: Number, factor: float = 1.0) -> Computed:
    return {"value": factor * number.value, "uncertainty": abs(factor) * number.uncertainty}


def _scale(chain: Chain, convention: str) -> Computed:
    return {"value": abs(chain.c3.value) ** -0.5}


def _c9_universal(chain: Chain, convention: str) -> Computed:
    """Photon penguin at leading logarithm, -(8/3)(α/4π) ln(Λ/m_W) δC9^ττ, Λ = 4.7 TeV of ``scale``."""
    c = constants()
    logarithm = log(1e3 * abs(chain.c3.value) ** -0.5 / c["m_W"])
    return _number(chain.c9_unrounded, -8 / 3 * c["alpha_em"] / (4 * pi) * logarithm * sign(convention))


def _running(chain: Chain, convention: str) -> Computed:
    r"""What running from Λ = 4.7 TeV to :math:`m_W` adds to :math:`\delta C_L` of U1, which is 0 at tree level.

    Leading logarithm, :math:`-\frac{12g_2^2}{16\pi^2}\ln\frac{\Lambda}{m_W}\frac{\delta C_9}{\kappa+1}`: the gauge
    terms :math:`9g_2^2C_{lq}^{(3)}` of :math:`\dot C_{lq}^{(1)}` and :math:`3g_2^2C_{lq}^{(1)}-6g_2^2C_{lq}^{(3)}` of
    :math:`\dot C_{lq}^{(3)}` (:cite:`Alonso:2013hga`), :math:`g_2^2=4\sqrt2G_Fm_W^2`.
    """
    c = constants()
    coupling = 4 * sqrt(2.0) * c["G_F"] * c["m_W"] ** 2
    logarithm = log(1e3 * abs(chain.c3.value) ** -0.5 / c["m_W"])
    return _number(chain.c9_unrounded, -12 * coupling / (16 * pi**2) * logarithm * sign(convention))


def letter_curves(convention: str, dataset: str) -> Curves:
    """The letter's polynomials along δ."""
    return lambda observable, kappa: in_delta(observable, kappa, convention, dataset)


def u1_range(chain: Chain, curves: Curves, sigmas: float) -> Computed:
    """R_ττ of U1 over the band of R_D(*), both panels of Figure 1."""
    return union(
        curves(name, benchmarks()["U1"]).extremes(chain.at(-sigmas), chain.at(sigmas))
        for name in (K_TAUTAU, KST_TAUTAU)
    )


def excluded(chain: Chain, curves: Curves, sigmas: float) -> Computed:
    """The models of S3 and U3 whose R_νν lies above the bound all over the band, by more than its theory error."""
    band = chain.at(-sigmas), chain.at(sigmas)
    lowest = {name: curves(K_NUNU, benchmarks()[name]).extremes(*band)[0] for name in ("S3", "U3")}
    return {"names": [name for name, value in lowest.items() if value * (1 - accuracy()) > chain.bound]}


def allowed(chain: Chain, curves: Curves, sigmas: float, kappa: float) -> tuple[float, float] | None:
    """The δ of the band where R_νν is below the bound; ``None`` if there is none."""
    below = curves(K_NUNU, kappa).below(chain.bound)
    if below is None:
        return None
    low, high = max(chain.at(-sigmas), below[0]), min(chain.at(sigmas), below[1])
    return (low, high) if low <= high else None


def vb(chain: Chain, curves: Curves, sigmas: float) -> Computed:
    """R_ττ^K of VB where it is nearest to 10, and R_νν there, for an allowed δ of the band."""
    span = allowed(chain, curves, sigmas, 0.0)
    if span is None:
        return {"values": {"Rtautau": None, "Rnunu": None}}
    tautau, nunu = curves(K_TAUTAU, 0.0), curves(K_NUNU, 0.0)
    grid = [span[0] + (span[1] - span[0]) * step / 400 for step in range(401)]
    nearest = min(grid, key=lambda delta: abs(log(tautau(delta) / 10)))
    return {"values": {"Rtautau": tautau(nearest), "Rnunu": nunu(nearest)}, "theory": accuracy()}


def kappa_window(curves: Curves, delta: float, bound: float) -> tuple[float, float] | None:
    """The κ for which R_νν stays below its bound at δ; ``None`` if there is none."""
    return Parabola.through(*(curves(K_NUNU, kappa)(delta) for kappa in (0.0, 1.0, 2.0))).below(bound)


def union(windows: Iterable[tuple[float, float] | None]) -> Computed:
    """From the lowest to the highest end of some windows; no numbers if all are empty."""
    found = [window for window in windows if window is not None]
    if not found:
        return {"range": [None, None]}
    return {"range": [min(low for low, _ in found), max(high for _, high in found)]}


def viable(chain: Chain, curves: Curves, sigmas: float) -> Computed:
    """κ allowed somewhere in the band, of which the ends decide; no numbers if none is, or all are since δ = 0 is.

    ``theory`` is how far an end moves with the theory error of R_νν, the larger of both.
    """
    if chain.at(-sigmas) <= 0:
        return union([None])
    exact, moved = (
        union(kappa_window(curves, chain.at(sign * sigmas), bound) for sign in (-1, 1))["range"]
        for bound in (chain.bound, chain.bound * (1 + accuracy()))
    )
    if None in exact:
        return union([None])
    return {"range": exact, "theory": max(abs(a - b) for a, b in zip(exact, moved, strict=True))}


def low_corner(chain: Chain, curves: Curves, sigmas: float) -> Computed:
    """Lowest values for the κ of the letter's window and allowed δ of the band, on a fine κ grid."""
    lowest = {"Rtautau": inf, "Rnunu": inf}
    for step in range(201):
        kappa = -0.5 + 2.0 * step / 200
        span = allowed(chain, curves, sigmas, kappa)
        if span is None:
            continue
        for key, observable in (("Rtautau", K_TAUTAU), ("Rnunu", K_NUNU)):
            lowest[key] = min(lowest[key], curves(observable, kappa).extremes(*span)[0])
    values = {key: value if isfinite(value) else None for key, value in lowest.items()}
    return {"values": values, "theory": accuracy()}


def _tau_dominance(chain: Chain, convention: str) -> Computed:
    """(κ-1) 28 over (3.2) with δC9^μμ, in modulus."""
    kappa = 0.0
    tau = sign(convention) * (kappa - 1) * chain.c9.value
    return {"value": abs(tau / (nunu_over_c9(kappa) * chain.c9_mumu.value))}


def _figure(chain: Chain, convention: str) -> Computed:
    return {
        "values": {n: sign(convention) * (1 if kappa + 1 > 0 else -1) for n, kappa in benchmarks().items()}
    }


BANDED: Mapping[str, Callable[[Chain, Curves, float], Computed]] = {
    "excluded": excluded,
    "vb": vb,
    "kappa-window": viable,
    "low-corner": low_corner,
    "rtautau-sizes": u1_range,
}
"""The claims on what is so for the δ that R_D(*) allows, computed over any band of it."""

CLAIMS: Mapping[str, Callable[[Chain, str], Computed]] = {
    "eq-4.1-D": lambda chain, _: _number(chain.delta_d),
    "eq-4.1-Dst": lambda chain, _: _number(chain.delta_dstar),
    "eq-4.2": lambda chain, _: _number(chain.delta_mean),
    "eq-4.3": lambda chain, _: _number(chain.c3),
    "scale": _scale,
    "eq-4.4": lambda chain, convention: _number(chain.c9_unrounded, sign(convention)),
    "eq-4.5": lambda chain, convention: _number(chain.c9_unrounded, sign(convention)),
    "c9-universal": _c9_universal,
    "running": _running,
    "eq-4.6": lambda chain, convention: u1_range(chain, letter_curves(convention, chain.dataset), 2.0),
    "table-1": lambda *_: {"values": kappas()},
    "u1-nunu": lambda chain, convention: {
        "value": in_delta(K_NUNU, benchmarks()["U1"], convention, chain.dataset)(chain.at(0))
    },
    "tau-dominance": _tau_dominance,
    "figure-1": _figure,
}
