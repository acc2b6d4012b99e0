r"""Hypotheses for b → s and nothing seen: one operator, one kind of invisible state, one mass.

With ``even`` quarks :math:`\bar s\Gamma b` makes it, with chiral ones (:math:`\bar s\Gamma P_{L,R}b`, the same rates)
the operator of the other parity has the same coefficient. In B → K each sees one form factor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import numpy as np

from nutau.common.arrays import Array
from nutau.decays.invisible import fermions, particle, scalars, vectors
from nutau.errors import InputError, unknown

LIGHTEST = 1e-3
"""GeV; a lighter new vector is taken to have this mass, where its rates have reached their limit."""


@dataclass(frozen=True)
class Hypothesis:
    """An invisible state and the operator that makes it.

    ``even`` and ``odd`` are the coefficients of either parity of the quarks, ``form_factor`` what B → K sees, ``heavy``
    how many of the particles have the mass that is scanned.
    """

    name: str
    text: str
    operator: str
    unit: str
    module: ModuleType
    make: Callable[[float, float], Any]
    even: tuple[str, ...]
    odd: tuple[str, ...]
    form_factor: Literal["timelike", "vector", "tensor"]
    heavy: int = 2

    def __reduce__(self) -> tuple[Callable[[str], Hypothesis], tuple[str]]:
        """Pickled by its name: a module and a function of no name cannot be."""
        return hypothesis, (self.name,)

    @property
    def peaked(self) -> bool:
        """Whether the spectrum is a peak."""
        return self.module is particle

    def state(self, mass: float, width: float = 0.0) -> Any:
        """The state of a mass (GeV); :class:`InputError` for what is none, and for a width of what is no peak."""
        if width and not self.peaked:
            raise InputError(
                f"`particle_width={width:g}` is of one new particle; {self.name} is a pair. Leave it out."
            )
        return self.make(mass, width)

    def point(self, state: Any, chiral: bool = True) -> Array:
        """Coefficients ``(n,)`` for a coupling of 1 in ``unit``."""
        found = np.zeros(len(state.basis))
        for name in (*self.even, *(self.odd if chiral else ())):
            found[state.basis.index(name)] = 1.0
        return found


def _names(template: str, *names: str) -> tuple[str, ...]:
    return tuple(template.format(name) for name in names)


CHI, PHI = "C{}_bschichi", "C{}_bsphiphi"
PAIR, ONE = "GeV^-2", ""
HYPOTHESES = (
    Hypothesis(
        "vector", "two fermions (neutrinos for mass 0), vector current", "(s γ b)(χ γ χ)", PAIR, fermions,
        lambda mass, _: fermions.Dirac(mass), _names(CHI, "VV"), _names(CHI, "AV"), "vector",
    ),
    Hypothesis(
        "scalar", "two fermions (neutrinos for mass 0), scalar density", "(s b)(χ χ)", PAIR, fermions,
        lambda mass, _: fermions.Dirac(mass), _names(CHI, "SS"), _names(CHI, "PS"), "timelike",
    ),
    Hypothesis(
        "tensor", "two fermions (neutrinos for mass 0), tensor", "(s σ b)(χ σ χ)", PAIR, fermions,
        lambda mass, _: fermions.Dirac(mass), _names(CHI, "TT"), _names(CHI, "TT5"), "tensor",
    ),
    Hypothesis(
        "sterile", "a neutrino and a sterile one with the mass, scalar density", "(s b)(ν N)", PAIR, fermions,
        lambda mass, _: fermions.Dirac(0.0, mass), _names(CHI, "SS", "SP"), _names(CHI, "PS", "PP"), "timelike",
        heavy=1,
    ),
    Hypothesis(
        "dark-scalars", "two scalars", "(s b) φ*φ", "GeV^-1", scalars,
        lambda mass, _: scalars.Scalars(mass), _names(PHI, "S"), _names(PHI, "P"), "timelike",
    ),
    Hypothesis(
        "dark-vectors", "two vectors, field strengths", "(s b) X_μν X^μν", "GeV^-3", vectors,
        lambda mass, _: vectors.Vectors(_massive(mass), real=True), ("CF_bsXX",), ("CF5_bsXX",), "timelike",
    ),
    Hypothesis(
        "two-body", "one scalar or axion-like particle", "(s b) φ", ONE, particle,
        lambda mass, width: particle.Particle(0, mass, width), ("gS_bsphi",), ("gP_bsphi",), "timelike", heavy=1,
    ),
    Hypothesis(
        "two-body-vector", "one vector", "(s γ b) X", ONE, particle,
        lambda mass, width: particle.Particle(1, _massive(mass), width), ("gV_bsX",), ("gA_bsX",), "vector", heavy=1,
    ),
)  # fmt: skip


def _massive(mass: float) -> float:
    return LIGHTEST if mass == 0.0 else mass


def hypothesis(name: str) -> Hypothesis:
    """The hypothesis of that name; :class:`InputError` with the nearest names.

    >>> hypothesis("two-body").peaked
    True
    """
    for found in HYPOTHESES:
        if found.name == name:
            return found
    raise unknown("mediator", name, [found.name for found in HYPOTHESES])
