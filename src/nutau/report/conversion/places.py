"""Where a number of another program belongs among nutau's observables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from nutau.decays.mixing import HBAR
from nutau.inputs import load_inputs
from nutau.observables import Observable, catalogue
from nutau.report.conversion.record import Place, Unusable

EDGE = 0.05
"""GeV²: a range that ends so near an edge of phase space, which depends on the masses, ends there."""

ELSEWHERE = {
    "S_psiphi": "it is a sine (of −φ_s, with flavio's sign); nutau has phi_s itself, in rad",
    "DeltaM_d": "nutau has DeltaM_s only",
}
"""Observables that nutau has in another form."""


@cache
def _catalogue() -> Mapping[str, Observable]:
    return {item.name: item for item in catalogue()}


@cache
def _edges(name: str) -> tuple[float, float]:
    return _catalogue()[name].edges(load_inputs())


def place(name: str, arguments: Mapping[str, float]) -> Place:
    """Where flavio's observable with its arguments (``q2min``, ``q2max``) goes; :class:`Unusable` if nowhere."""
    if name == "DeltaM_s" and not arguments:
        return Place(name, None, 1.0 / HBAR, "ps^-1")  # flavio's is in GeV
    if name in ("tau_ee", "tau_mumu", "tau_tautau") and not arguments:
        return Place(name, None, HBAR, "ps")
    if name in ELSEWHERE:
        raise Unusable(ELSEWHERE[name])
    if name.startswith("<BR>(") and set(arguments) == {"q2min", "q2max"}:
        return ranged(name[len("<BR>(") : -1], arguments["q2min"], arguments["q2max"])
    if name not in _catalogue():
        raise Unusable("nutau has no such observable")
    kind = _catalogue()[name].kind
    if kind == "point":
        raise Unusable("it is given at a point of q²; nutau fits bins (<dBR/dq2>)")
    wanted = {"q2min", "q2max"} if kind == "bin" else set()
    if set(arguments) != wanted:
        raise Unusable(f"it takes {' and '.join(sorted(wanted)) or 'no arguments'}")
    if kind == "total":
        return Place(name)
    dimension = "GeV^-2" if _catalogue()[name].unit != "1" else "1"
    return Place(name, _bin(arguments["q2min"], arguments["q2max"]), 1.0, dimension)


def ranged(decay: str, low: float, high: float) -> Place:
    """Where the branching ratio of ``decay`` in a range of q² goes: to all of it, or to its mean over a bin."""
    total, binned = f"BR({decay})", f"<dBR/dq2>({decay})"
    if binned not in _catalogue():
        raise Unusable("nutau has no such observable")
    if whole(binned, low, high):
        return Place(total)
    width = _bin(low, high)
    return Place(binned, width, 1.0 / (width[1] - width[0]), "GeV^-2")


def whole(name: str, low: float, high: float) -> bool:
    """Whether a range of q² holds all of an observable's phase space."""
    lowest, highest = _edges(name)
    return low <= lowest + EDGE and high >= highest - EDGE


def _bin(low: float, high: float) -> tuple[float, float]:
    if not low < high:
        raise Unusable(f"its bin [{low:g}, {high:g}] is empty")
    return float(low), float(high)
