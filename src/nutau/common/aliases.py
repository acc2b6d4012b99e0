"""Short names of observables."""

from __future__ import annotations

from collections.abc import Mapping

ALIASES: Mapping[str, str] = {
    "R(D)": "Rtaul(B->Dlnu)",
    "R(D*)": "Rtaul(B->D*lnu)",
    "R(pi)": "Rtaul(B->pilnu)",
    "R(K)": "<Rmue>(B+->Kll)",
    "R(K*)": "<Rmue>(B0->K*ll)",
    "R(J/psi)": "Rtaumu(Bc->J/psilnu)",
    "R(Lambdac)": "Rtaumu(Lambdab->Lambdaclnu)",
    "Rtautau(K)": "BR(B+->Ktautau)/SM",
    "Rtautau(K*)": "BR(B0->K*tautau)/SM",
    "Rnunu(K)": "BR(B+->Knunu)/SM",
    "Rnunu(K*)": "BR(B0->K*nunu)/SM",
}


def full_name(name: str) -> str:
    """The name that a short one stands for, also before ``/SM``; any other name as it is."""
    bare = name.strip().removesuffix("/SM")
    full = ALIASES.get(bare, bare)
    return f"{full}/SM" if name.strip().endswith("/SM") and not full.endswith("/SM") else full
