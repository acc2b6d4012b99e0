r"""Form factors of one hadronic transition: which expansion, with which constants, in which parameters.

The record holds names and constants only; the numbers of the coefficients are parameters like all others
(`Inputs.parameters`), so that they are drawn together with them.

* ``bsz``: :math:`F(q^2)=\sum_k a_k\,[z(q^2)-z(0)]^k/(1-q^2/m_R^2)`, Eq. (15) of Bharucha:2015bzk;
* ``sse``: the same in powers of :math:`z(q^2)` alone with :math:`t_0=t_-`, Eqs. (33)-(34) of Detmold:2016pkz;
* ``dlm``: the same with :math:`t_+=m_R^2` of each form factor, Eqs. (3.3)-(3.5) of Datta:2017aue;
* ``bgl``: with outer functions and dispersive bounds, Boyd:1997kz;
* ``hqet``: heavy-quark expansion in the Isgur-Wise functions of Bordone:2019vic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ENDPOINT_PARTNER = {
    "f0": "f+",  # f0(0) = f+(0)
    "A12": "A0",  # A12(0) = A0(0) (m_B^2 - m_V^2)/(8 m_B m_V)
    "T2": "T1",  # T2(0) = T1(0)
    "fAperp": "fA0",  # equal at q2_max, where z = 0 in the `sse` and `dlm` expansions
    "fT5perp": "fT50",
}


@dataclass(frozen=True)
class FormFactors:
    """One determination of the form factors of one channel.

    coefficients: per form factor the parameter names of its *free* coefficients, lowest power first. A form
    factor with an `ENDPOINT_PARTNER` starts at k = 1: its a_0 is that of the partner, for A12 times the mass
    ratio; those of ``bgl`` are all free.
    For ``hqet`` the single key ``"hqet"`` lists the parameters in the order of heavyquark.py.
    """

    channel: str  # of FORM_FACTORS in nutau.inputs.files, e.g. "B->D*"
    name: str  # the data file's name, e.g. "flag21-hpqcd22"
    parametrisation: str  # "bsz" | "sse" | "dlm" | "bgl" | "hqet"
    sources: tuple[str, ...]  # keys of references.bib
    masses: tuple[str, str]  # parameter names (heavy, light) of t_- = (M - m)^2
    threshold: tuple[str, str]  # parameter names of t_+ = (m_1 + m_2)^2; mostly equal to masses
    poles: Mapping[str, tuple[float, ...]]  # GeV, per form factor: one or none, of ``bgl`` all below t_+
    order: int  # number of coefficients per form factor, the constrained one included
    coefficients: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, float] = field(default_factory=dict)  # e.g. alpha_s of ``hqet``, chi of ``bgl``
    verified: bool = True  # a second, independent trail confirms the numbers
    superseded_by: str | None = None  # the determination of the same channel that replaces it

    @property
    def names(self) -> tuple[str, ...]:
        """All free parameters, in the order of ``coefficients``."""
        return tuple(name for row in self.coefficients.values() for name in row)

    @property
    def doubt(self) -> str:
        """Why it should not be chosen, as ``superseded by lattice, not verified``; empty if nothing is against it."""
        replaced = f"superseded by {self.superseded_by}" if self.superseded_by else ""
        return ", ".join(text for text in (replaced, "" if self.verified else "not verified") if text)
