r"""Amplitudes of quarks and antiquarks to leptons far above the weak scale, where there are only contact terms.

Each is the coefficient, in GeV⁻² and for mass eigenstates, of :math:`(\bar\ell_\alpha \Gamma P_X \ell_\beta)
(\bar q_i \Gamma P_Y q_j)` with :math:`\Gamma` vector, scalar or tensor: the regular form factor of
:cite:`Allwicher:2022gkm` over :math:`v^2`. They stand beside the coefficients of the weak theory, taken where new
physics is given and not run below. WCxf has no names for them; these are nutau's: ``ppVLL_sbtautau`` creates an s and
the first lepton, and annihilates a b and the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

from nutau.eft.wilson import Basis

LEPTONS = {1: "e", 2: "mu", 3: "tau"}
QUARKS = {"d": ("d", "s", "b"), "u": ("u", "c")}
"""Those that protons hold."""
CHIRALITIES = ("LL", "LR", "RL", "RR")
PROCESSES = ("pp->tautau", "pp->taunu", "pp->mutau")
CHANNEL = {"3": "t", "3̄": "u"}
"""A leptoquark is exchanged in the t channel if it decays to a quark and an antilepton, in the u channel otherwise."""

LOWEST_MASS = 1000.0
"""GeV: below, a leptoquark is produced on its mass shell."""


@dataclass(frozen=True)
class Propagator:
    """What is exchanged, as far as it can be resolved: in the ``t`` or ``u`` channel, with a ``mass`` in GeV."""

    channel: str
    mass: float
    name: str = "the mediator"


@dataclass(frozen=True)
class Amplitude:
    """One amplitude: ``lorentz`` V, S or T, chiralities of lepton and quark current, flavours 1 to 3 from the left.

    ``types`` are those of the two quarks, ``"dd"``, ``"uu"`` or ``"ud"`` (with a neutrino as second lepton).
    """

    lorentz: str
    chirality: str
    types: str
    leptons: tuple[int, int]
    quarks: tuple[int, int]

    @property
    def charged(self) -> bool:
        """Whether it is one of a charged current."""
        return self.types == "ud"

    @property
    def letters(self) -> str:
        """The quarks, as ``"sb"``."""
        return "".join(QUARKS[kind][k - 1] for kind, k in zip(self.types, self.quarks, strict=True))

    @property
    def name(self) -> str:
        """The name of its coefficient."""
        first, second = (LEPTONS[k] for k in self.leptons)
        return f"pp{self.lorentz}{self.chirality}_{self.letters}{first}{'nu' * self.charged}{second}"

    @property
    def pairs(self) -> tuple[str, ...]:
        """The partons, quark first, whose yields it multiplies: those of the operator and of its conjugate."""
        created, annihilated = tuple(self.letters)
        pairs = (annihilated + created, created + annihilated)
        own = self.lorentz == "V" and self.leptons[0] == self.leptons[1] and not self.charged
        return pairs[:1] if own and created == annihilated else pairs


@cache
def amplitudes(process: str) -> tuple[Amplitude, ...]:
    """The independent amplitudes of a process; those that Hermiticity gives are left out."""
    if process == "pp->taunu":
        return tuple(
            Amplitude(lorentz, chirality, "ud", (3, neutrino), quarks)
            for lorentz, chirality in (("V", "LL"), ("S", "LR"), ("S", "LL"), ("T", "LL"))
            for neutrino in LEPTONS
            for quarks in product((1, 2), (1, 2, 3))
        )
    leptons = (3, 3) if process == "pp->tautau" else (2, 3)
    orders = dict.fromkeys((leptons, leptons[::-1]))
    found = [
        Amplitude("V", chirality, 2 * kind, leptons, (i, j))
        for chirality in CHIRALITIES
        for kind in ("d", "u")
        for i, j in _flavours(kind)
        if i <= j or leptons[0] != leptons[1]
    ]
    found += [
        Amplitude(lorentz, chirality, 2 * kind, order, quarks)
        for lorentz, chirality, kind in (("S", "LR", "d"), ("S", "LL", "u"), ("T", "LL", "u"))
        for order in orders
        for quarks in _flavours(kind)
    ]
    return tuple(found)


def _flavours(kind: str) -> list[tuple[int, int]]:
    every = range(1, len(QUARKS[kind]) + 1)
    return [(i, j) for i in every for j in every]


TAILS = Basis(
    "WET", "flavio", tuple(amplitude.name for process in PROCESSES for amplitude in amplitudes(process))
)
