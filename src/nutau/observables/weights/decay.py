"""The decays that have event weights, and the variables that each takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from nutau.decays import b_to_pll, b_to_plnu, b_to_pnunu, b_to_vll, b_to_vlnu, b_to_vnunu
from nutau.errors import unknown
from nutau.inputs import Inputs

ANGLES: Mapping[ModuleType, tuple[str, ...]] = {
    b_to_plnu: ("cos_theta_l",),
    b_to_vlnu: ("cos_theta_l", "cos_theta_V", "phi"),
    b_to_pnunu: (),
    b_to_vnunu: ("cos_theta_V",),
    b_to_pll: ("cos_theta_l",),
    b_to_vll: ("cos_theta_l", "cos_theta_V", "phi"),
}


@dataclass(frozen=True)
class Decay:
    """A decay with the distribution of its events."""

    module: ModuleType
    process: Any

    @property
    def variables(self) -> tuple[str, ...]:
        """q² and the angles; those of J/ψ → ℓℓ, which is no decay to pseudoscalars, are integrated over."""
        angles = ("cos_theta_l",) if self.process.meson == "m_J/psi" else ANGLES[self.module]
        return ("q2", *angles)

    def edges(self, inputs: Inputs) -> tuple[float, float]:
        """The range of q² in GeV² at the central masses."""
        low, high = self.process.central_edges(inputs)
        return float(low), float(high)


def processes() -> tuple[str, ...]:
    """The decays that :func:`nutau.weights` knows: those of a B_s mix, and those with two flavours have no SM."""
    return tuple(_rows())


def find(name: str) -> Decay:
    """The decay of that name; :class:`InputError` with the nearest ones."""
    rows = _rows()
    if name not in rows:
        raise unknown("decay with event weights", name, rows)
    return rows[name]


def _rows() -> dict[str, Decay]:
    return {
        row.name: Decay(module, row)
        for module in ANGLES
        for row in module.PROCESSES
        if row.parent != "m_Bs" and not getattr(row, "violates_flavour", False)
    }
