r"""The electric charges of a leptoquark's components and what each of them decays to.

A field with :math:`T = (n-1)/2` has components of charge :math:`Q = T_3 + Y`. A colour triplet couples to
:math:`\bar q\,\ell` and decays to a quark and an antilepton, :math:`Q = Q_q - Q_\ell`; an antitriplet couples to
:math:`\bar q^c\ell` and decays to an antiquark and an antilepton, :math:`Q = -Q_q - Q_\ell`
(:cite:`Dorsner:2016wpm`, Section 2). In a product of doublets every pair of the right charge has a Clebsch-Gordan
coefficient that is not zero, so charges alone say which pairs a component couples to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from nutau.models.mediator import Mediator

DOWN_CHARGED = ("lq1", "lq3", "ed", "ld", "qe")
"""The vector operators that hold a down quark and a charged lepton twice, each with coefficient +1 there."""
_UP, _DOWN = (Fraction(2, 3), ("u", "c", "t")), (Fraction(-1, 3), ("d", "s", "b"))
_NEUTRAL, _CHARGED = (Fraction(0), ("nu_e", "nu_mu", "nu_tau")), (Fraction(-1), ("e", "mu", "tau"))
QUARKS = {"Q": (_UP, _DOWN), "u": (_UP,), "d": (_DOWN,)}
"""Charge and names by generation of what is in a quark field of the Warsaw basis."""
LEPTONS = {"L": (_NEUTRAL, _CHARGED), "e": (_CHARGED,)}
"""The same of a lepton field."""


@dataclass(frozen=True)
class Decay:
    """One component's decay by one coupling, third generation: ``charge`` in e, for instance 2/3, "b", "tau"."""

    charge: Fraction
    quark: str
    lepton: str
    coupling: str

    @property
    def final_state(self) -> str:
        """``b tau``, ``t nu_tau``; which of them are antiparticles is left out."""
        return f"{self.quark} {self.lepton}"


def charges(field: Mediator) -> tuple[Fraction, ...]:
    """The electric charges of its components, the highest first."""
    size = int(field.weak)
    return tuple(field.hypercharge + Fraction(size - 1, 2) - step for step in range(size))


def decays(field: Mediator) -> tuple[Decay, ...]:
    """Every decay of every component to a quark and a lepton of the third generation; none of colourless fields."""
    sign = {"3": 1, "3̄": -1}.get(field.colour)
    if sign is None:
        return ()
    found = []
    for coupling in field.couplings:
        quark, lepton = sorted((coupling.rows, coupling.columns), key=lambda name: name in LEPTONS)
        for quark_charge, quarks in QUARKS[quark]:
            for lepton_charge, leptons in LEPTONS[lepton]:
                charge = sign * quark_charge - lepton_charge
                if charge in charges(field):
                    found.append(Decay(charge, quarks[2], leptons[2], coupling.name))
    return tuple(found)


def strength(field: Mediator, coupling: str) -> float:
    r"""The size of a leptoquark's coupling to a down quark and a charged lepton, per unit of ``coupling``.

    The component that couples with :math:`g` gives, after a Fierz transformation, vector operators of size
    :math:`|g|^2/2M^2` (scalars) or :math:`|g|^2/M^2` (vectors), so :math:`g` follows from the match: 1 for most,
    :math:`\sqrt2` for S3.
    """
    size = sum(
        term.number
        for term in field.terms
        if term.operator in DOWN_CHARGED and term.first.coupling == term.second.coupling == coupling
    )
    return math.sqrt(abs(float(size)) * (2 if field.spin == 0 else 1))
