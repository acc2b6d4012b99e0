"""What a number leaves out: the narrow charmonia in a bin of b → sℓℓ, which no rate here has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import hypot
from typing import Any

from nutau.common.kinematics import Range
from nutau.common.yaml_files import folder, read_yaml
from nutau.decays import b_to_pll, b_to_vll, b_to_xsll, lb_to_lll
from nutau.errors import InputError
from nutau.observables.record import Observable

WITH_CHARM = (b_to_pll, b_to_vll, lb_to_lll, b_to_xsll)
PAIR = ("tau", "tau")


@dataclass(frozen=True)
class Resonance:
    """A narrow cc̄ state: its mass (GeV), and its branching ratio to ττ times that of each B decay to it."""

    name: str
    mass: float
    to_taus: Mapping[str, tuple[float, float]]


@cache
def resonances() -> tuple[Resonance, ...]:
    """J/ψ and ψ(2S), with the product of branching ratios and its error by decay (``"B+->K+"``)."""
    document = read_yaml(folder("resonances").joinpath("charmonium.yaml"))
    return tuple(
        Resonance(
            entry["name"],
            entry["mass"]["value"],
            {label: _product(made, entry["to_tautau"]) for label, made in entry.get("from", {}).items()},
        )
        for entry in document["resonances"]
    )


def _product(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[float, float]:
    value = first["value"] * second["value"]
    return value, value * hypot(*(item["uncertainty"] / item["value"] for item in (first, second)))


def note(observable: Observable, q2: Range = None) -> str:
    """What a bin (``None``: all of phase space) leaves out: the charmonia inside; empty where there is none.

    For taus with the measured size of the resonant decay.
    """
    if observable.kind == "point":
        return ""
    rows = [row for module, row in observable.processes if module in WITH_CHARM and not row.violates_flavour]
    found = {
        item.name: (item, row) for row in rows for item in resonances() if _inside(item, row.leptons, q2)
    }
    if not found:
        return ""
    text = f"short distance only: without {' and '.join(found)}, inside this range"
    sizes = [
        f"{_decay(row, item)} alone is ({value / 1e-6:.1f} ± {error / 1e-6:.1f})e-06"
        for item, row in found.values()
        if row.leptons == PAIR and row.label in item.to_taus
        for value, error in (item.to_taus[row.label],)
    ]
    return "; ".join([text, *sizes])


def check_bin(observable: Observable, q2: tuple[float, float]) -> None:
    """Raise :class:`InputError` for a bin of electrons or muons that holds a charmonium, whose rate is far larger.

    Of taus a bin may hold the ψ(2S): its size is known and said (:func:`note`).
    """
    rows = [row for module, row in observable.processes if module in WITH_CHARM and not row.violates_flavour]
    for item in resonances():
        if any(row.leptons != PAIR and _inside(item, row.leptons, q2) for row in rows):
            raise InputError(
                f"The q² bin {q2[0]:g} to {q2[1]:g} of {observable.name} holds the {item.name} "
                f"({item.mass**2:.2f} GeV²), which no rate here has. Choose a bin below 8 or above 15 GeV²."
            )


def inside(observable: Observable, q2: tuple[float, float]) -> tuple[Resonance, ...]:
    """The narrow charmonia within a range of q² (GeV²) of b → sℓℓ, in the order of their masses."""
    rows = [row for module, row in observable.processes if module in WITH_CHARM and not row.violates_flavour]
    return tuple(item for item in resonances() if any(_inside(item, row.leptons, q2) for row in rows))


def _inside(item: Resonance, leptons: tuple[str, str], q2: Range) -> bool:
    """Whether the bin holds the resonance; phase space begins at 4 m_ℓ², above J/ψ for taus, and ends above ψ(2S)."""
    if leptons == PAIR and not item.to_taus:
        return False
    low, high = (None, None) if q2 is None else q2
    return (low is None or low < item.mass**2) and (high is None or item.mass**2 < high)


def _decay(row: Any, item: Resonance) -> str:
    parent, meson = row.label.split("->")
    return f"{parent} → {meson} {item.name}(→ ττ)"
