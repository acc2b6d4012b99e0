"""The quark transitions that the letter ties together, and which of them an observable belongs to."""

from __future__ import annotations

from collections.abc import Iterable

from nutau.common.aliases import full_name
from nutau.decays import (
    b_to_ll,
    b_to_lnu,
    b_to_pll,
    b_to_plnu,
    b_to_pnunu,
    b_to_vgamma,
    b_to_vll,
    b_to_vlnu,
    b_to_vnunu,
    b_to_xsgamma,
    b_to_xsll,
    b_to_xsnunu,
    bs_to_nunu,
    k_to_pinunu,
    lb_to_lclnu,
    lb_to_lll,
    lb_to_lnunu,
    mixing,
    pp_to_leptons,
    tau_and_meson,
    tau_decays,
    z_to_ll,
)
from nutau.observables.listing import catalogue
from nutau.observables.record import Observable

CHARGED, NEUTRINOS, TAUS, OTHER = "b -> c tau nu", "b -> s nu nu", "b -> s tau tau", "other"
SECTORS = (CHARGED, NEUTRINOS, TAUS, OTHER)
"""In the order in which they are listed."""
TEXT = {CHARGED: "b → cτν", NEUTRINOS: "b → sνν̄", TAUS: "b → sττ", OTHER: "other"}
"""Their names as a person reads them."""


def sector(names: Iterable[str]) -> str:
    """The sector of observables that were measured together; ``other`` if they are of several, or of none.

    >>> from nutau.observables.sectors import sector
    >>> sector(["R(D)", "R(D*)"]), sector(["BR(B+->taunu)"])
    ('b -> c tau nu', 'other')
    """
    known = {observable.name: observable for observable in catalogue()}
    bare = (full_name(name).removesuffix("/SM") for name in names)
    found = {_of(known[name]) if name in known else OTHER for name in bare}
    return found.pop() if len(found) == 1 else OTHER


def _of(observable: Observable) -> str:
    """Of all decays that an observable is made of; a ratio is that of its first, with the new physics."""
    module, row = observable.processes[0]
    if module in (b_to_pnunu, b_to_vnunu, b_to_xsnunu, bs_to_nunu, lb_to_lnunu):
        return NEUTRINOS
    if module in (b_to_lnu, b_to_plnu, b_to_vlnu, lb_to_lclnu):
        return CHARGED if getattr(row, "ckm", "Vcb") == "Vcb" else OTHER
    taus = getattr(row, "leptons", ()) == ("tau", "tau") and getattr(row, "quarks", "") == "bs"
    return TAUS if taus else OTHER


FAMILIES = {
    b_to_vgamma: "b → sγ",
    b_to_xsgamma: "b → sγ",
    k_to_pinunu: "s → dνν̄",
    mixing: "meson mixing",
    pp_to_leptons: "tails of pp → ττ, τν, μτ",
    tau_and_meson: "D → τν, τ → K, π ν",
    tau_decays: "τ decays",
    z_to_ll: "Z → ℓℓ",
}
"""What holds a model besides the transitions of the letter, by the module of the rate."""


def family(names: Iterable[str]) -> str:
    """What observables that were measured together constrain, in words: a sector, or a part of ``other``.

    >>> from nutau.observables.sectors import family
    >>> family(["R(D)", "R(D*)"]), family(["DeltaM_s"]), family(["BR(Bs->mutau,taumu)"])
    ('b → cτν', 'meson mixing', 'b → sτℓ')
    """
    asked = list(names)
    found = sector(asked)
    if found != OTHER:
        return TEXT[found]
    known = {observable.name: observable for observable in catalogue()}
    bare = [full_name(name).removesuffix("/SM") for name in asked]
    said = {_family(known[name]) if name in known else TEXT[OTHER] for name in bare}
    return said.pop() if len(said) == 1 else TEXT[OTHER]


def _family(observable: Observable) -> str:
    module, row = observable.processes[0]
    if module in (b_to_ll, b_to_pll, b_to_vll, b_to_xsll, lb_to_lll):
        leptons, light = row.leptons, row.quarks[-1]
        both = leptons[0] == leptons[1]
        pair = ("ττ" if leptons[0] == "tau" else "ℓℓ") if both else ("τℓ" if "tau" in leptons else "eμ")
        return f"b → {light}{pair}"
    if getattr(row, "ckm", "") == "Vub":
        return "b → uτν"
    return FAMILIES.get(module, TEXT[_of(observable)])
