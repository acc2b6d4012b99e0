"""Which Warsaw coefficients reach which amplitudes of :mod:`nutau.eft.tails`, term by term.

The doublets are down-aligned, :math:`Q_i = (V^*_{ji} u_j, d_i)`, so an up quark of the mass basis is reached by all
three: :math:`F^{u_iu_j} = V_{ik} C_{kl} V^*_{jl}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product

from nutau.eft.smeft.terms import Term
from nutau.eft.tails import PROCESSES, QUARKS, Amplitude, amplitudes

FAMILIES = (1, 2, 3)
LEPTON_FIRST = {"LR": ("lu", "ld"), "RR": ("eu", "ed")}


def element(up: int, family: int) -> str:
    """The factor for an element of the CKM matrix, as ``"V c3"``."""
    return f"V {QUARKS['u'][up - 1]}{family}"


def conjugate(factor: str) -> str:
    """The factor for its complex conjugate."""
    return factor.replace("V ", "V* ")


@cache
def tail_terms() -> tuple[Term, ...]:
    """Every term, on full-sum coefficients."""
    makers = {"V": _vector, "S": _scalar, "T": _scalar}
    every = (amplitude for process in PROCESSES for amplitude in amplitudes(process))
    return tuple(term for one in every for term in makers[one.lorentz](one))


def _vector(one: Amplitude) -> Iterator[Term]:
    (a, b), (i, j) = one.leptons, one.quarks
    if one.charged:
        for k in FAMILIES:
            yield Term(one.name, element(i, k), 2.0, "lq3", (a, b, k, j))
    elif one.chirality == "LL" and one.types == "dd":
        yield Term(one.name, "1", 1.0, "lq1", (a, b, i, j))
        yield Term(one.name, "1", 1.0, "lq3", (a, b, i, j))
    elif one.chirality == "LL":
        for k, n in product(FAMILIES, repeat=2):
            factor = f"{element(i, k)} {conjugate(element(j, n))}"
            yield Term(one.name, factor, 1.0, "lq1", (a, b, k, n))
            yield Term(one.name, factor, -1.0, "lq3", (a, b, k, n))
    elif one.chirality == "RL" and one.types == "dd":
        yield Term(one.name, "1", 1.0, "qe", (i, j, a, b))
    elif one.chirality == "RL":
        for k, n in product(FAMILIES, repeat=2):
            yield Term(one.name, f"{element(i, k)} {conjugate(element(j, n))}", 1.0, "qe", (k, n, a, b))
    else:
        yield Term(one.name, "1", 1.0, LEPTON_FIRST[one.chirality][one.types == "dd"], (a, b, i, j))


def _scalar(one: Amplitude) -> Iterator[Term]:
    """Of ledq (chirality LR) and lequ1, lequ3 (LL), all of them conjugated."""
    (a, b), (i, j) = one.leptons, one.quarks
    operator = "lequ3" if one.lorentz == "T" else "lequ1" if one.chirality == "LL" else "ledq"
    if operator == "ledq" and one.charged:
        for k in FAMILIES:
            yield Term(one.name, element(i, k), 1.0, operator, (b, a, j, k), True)
    elif operator == "ledq" or one.charged:
        yield Term(one.name, "1", 1.0, operator, (b, a, j, i), True)
    else:
        for k in FAMILIES:
            yield Term(one.name, conjugate(element(j, k)), -1.0, operator, (b, a, k, i), True)
