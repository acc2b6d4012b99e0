r"""Pairs of charged leptons: from their order follow the names, the operators and how the final state is written.

A pair lists the lepton that the operator annihilates, then the one that it creates, as WCxf does: ``C9_bstaumu``
multiplies :math:`(\bar s\gamma b)(\bar\mu\gamma\tau)`. Annihilating :math:`\tau^-` is creating :math:`\tau^+`, so that
this is :math:`b\to s\,\tau^+\mu^-`, as in :math:`B^-\to K^-\tau^+\mu^-`. Observables are named after the mesons with a
:math:`\bar b`, whose leptons have the other charges: ``BR(B+->Ktaumu)`` is :math:`B^+\to K^+\tau^-\mu^+`.
"""

from __future__ import annotations

from dataclasses import dataclass

_LEPTONS = {"e": ("e", "e"), "mu": ("μ", r"\mu"), "tau": ("τ", r"\tau")}
_CHARGES = {"-+": ("⁻⁺", ("^-", "^+")), "±∓": ("±∓", (r"^{\pm}", r"^{\mp}"))}


@dataclass(frozen=True)
class Pair:
    """Two charged leptons: the annihilated one, then the created one."""

    annihilated: str
    created: str

    @property
    def name(self) -> str:
        """As in the names of coefficients and observables: ``taumu``."""
        return self.annihilated + self.created

    @property
    def leptons(self) -> tuple[str, str]:
        """Both, as in the names of their masses."""
        return self.annihilated, self.created

    @property
    def swapped(self) -> Pair:
        """The pair of the other charges."""
        return Pair(self.created, self.annihilated)

    def text(self, charges: str = "-+") -> str:
        """In the decay of a B⁺, B⁰ or B_s: ``τ⁻μ⁺``; with the charges ``±∓`` both orders together."""
        signs = _CHARGES[charges][0]
        return "".join(_LEPTONS[x][0] + sign for x, sign in zip(self.leptons, signs, strict=True))

    def latex(self, charges: str = "-+") -> str:
        r"""The same in TeX: ``\tau^-\mu^+``."""
        signs = _CHARGES[charges][1]
        return "".join(_LEPTONS[x][1] + sign for x, sign in zip(self.leptons, signs, strict=True))


EQUAL = tuple(Pair(lepton, lepton) for lepton in ("tau", "mu", "e"))
DIFFERENT = (Pair("mu", "tau"), Pair("e", "tau"), Pair("e", "mu"))
"""One order of each; :attr:`Pair.swapped` is the other."""
UNEQUAL = tuple(pair for one in DIFFERENT for pair in (one, one.swapped))
