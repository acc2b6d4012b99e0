r"""What a model lacks where it decides: observables whose leading contribution is a loop that is not computed.

A leptoquark has no tree-level :math:`\bar s b\,\bar s b`; two of them and two leptons make a box,
:math:`C \propto (\sum_\ell x_{s\ell}x_{b\ell}^*)^2/16\pi^2M^2`; one of them and a lepton or quark make a dipole,
b → sγ or τ → μγ. Those of scalars are computed (:mod:`nutau.models.boxes`, :mod:`nutau.models.dipoles`). Those of a
vector are finite only in a completion of the model: the longitudinal vectors of the vector alone give a cutoff, and
what replaces it is the mass of further fields. What nutau has of them is the running of semileptonic operators,
smaller by orders of magnitude.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from nutau.models.arguments import Coupling
from nutau.models.formulas import Slot

MIXING = {
    "bs": ("DeltaM_s", "phi_s"),
    "bd": ("DeltaM_d", "phi_d"),
    "sd": ("eps_K",),
    "uc": ("x12_D", "x12Im_D"),
}
"""The observables of each pair of quarks that mix."""
RADIATIVE = {
    "bs": (
        *("BR(B->Xsgamma)", "BR(B0->K*gamma)", "BR(B+->K*gamma)", "BR(Bs->phigamma)"),
        *("ACP(B0->K*gamma)", "ACP(B+->K*gamma)", "ACP(Bs->phigamma)"),
        *("S_K*gamma", "S_phigamma", "ADeltaGamma(Bs->phigamma)"),
    ),
    "mutau": ("BR(tau->mugamma)",),
    "etau": ("BR(tau->egamma)",),
}
"""The observables of each pair of quarks or leptons that a photon takes from one to the other."""
_LEPTONS = {"mutau": (2, 3), "etau": (1, 3)}
_PAIRS = {"bs": ("d", (2, 3)), "bd": ("d", (1, 3)), "sd": ("d", (1, 2)), "uc": ("u", (1, 2))}


QUARKS = frozenset("Qud")


class Missing(NamedTuple):
    """A contribution that is not computed, and the observables that it decides."""

    what: str
    observables: tuple[str, ...]


class Field(Protocol):
    """What says whether a field makes boxes and dipoles, and whether nutau has them."""

    @property
    def name(self) -> str:
        """How it is called."""

    @property
    def spin(self) -> int:
        """0 or 1."""

    @property
    def colour(self) -> str:
        """Its representation of SU(3)."""

    @property
    def couplings(self) -> tuple[Coupling, ...]:
        """Its couplings, each with the fermions of its two indices."""

    @property
    def boxes(self) -> tuple[str, ...]:
        """Its boxes in closed form (:mod:`nutau.models.boxes`)."""

    @property
    def dipoles(self) -> tuple[str, ...]:
        """Its dipoles in closed form (:mod:`nutau.models.dipoles`)."""


def is_leptoquark(field: Field) -> bool:
    """Whether a field has colour; all coloured fields here couple a quark to a lepton."""
    return field.colour != "1"


def mixes(field: Field, slots: Iterable[Slot], *, up_aligned: bool = False) -> tuple[str, ...]:
    """The pairs of quarks that these couplings of a field join by one lepton, so that its box is not zero.

    Couplings of a quark doublet reach all quarks of the type to which it is not aligned, through the CKM matrix.
    """
    present = tuple(slots)
    if not is_leptoquark(field):
        return ()
    return tuple(
        name
        for name, (quark, pair) in _PAIRS.items()
        if any(_joined(coupling, present, quark, pair, up_aligned) for coupling in field.couplings)
    )


def _joined(
    coupling: Coupling, slots: tuple[Slot, ...], quark: str, pair: tuple[int, int], up_aligned: bool
) -> bool:
    first = coupling.rows in ("Q", quark)
    if not first and coupling.columns not in ("Q", quark):
        return False
    ends = [(i, j) if first else (j, i) for name, i, j in slots if name == coupling.name]
    if "Q" in (coupling.rows, coupling.columns) and up_aligned != (quark == "u"):
        return bool(ends)
    one, two = ({lepton for number, lepton in ends if number == wanted} for wanted in pair)
    return bool(one & two)


def radiates(field: Field, slots: Iterable[Slot], *, up_aligned: bool = False) -> tuple[str, ...]:
    """The pairs of quarks and leptons (:data:`RADIATIVE`) between which a loop of a field radiates a photon.

    The two ends may be two couplings, of both chiralities. Quarks of two types are not of one alignment: where doublets
    are up-aligned every down quark is reached, and every quark joins two leptons.
    """
    if not is_leptoquark(field):
        return ()
    known = {coupling.name: coupling for coupling in field.couplings}
    ends = []
    for name, i, j in slots:
        coupling = known[name]
        first = coupling.rows in QUARKS
        ends.append((coupling.rows if first else coupling.columns, *((i, j) if first else (j, i))))
    down = [(quark, lepton) for kind, quark, lepton in ends if kind in "Qd"]
    turned = up_aligned and any(kind == "Q" for kind, *_ in ends)
    bottom, strange = ({lepton for quark, lepton in down if quark == wanted} for wanted in (3, 2))
    found = ["bs"] if bottom & strange or (turned and down) else []
    for name, pair in _LEPTONS.items():
        one, two = ({quark for _, quark, lepton in ends if lepton == wanted} for wanted in pair)
        found += [name] if one & two or (turned and one and two) else []
    return tuple(found)


def boxes_of(field: Field) -> str:
    """How the boxes of a field are called: ``one-loop boxes of U1``."""
    return _called(field, "boxes")


def _called(field: Field, loops: str) -> str:
    completion = ", finite only in a completion" if field.spin == 1 else ""
    return f"one-loop {loops} of {field.name} at its mass{completion}"


def missing(field: Field, slots: Iterable[Slot], *, up_aligned: bool = False) -> tuple[Missing, ...]:
    """What is not computed of a field with these couplings: nothing where its boxes and dipoles are known."""
    present = tuple(slots)
    mixed = tuple(n for pair in mixes(field, present, up_aligned=up_aligned) for n in MIXING[pair])
    lit = tuple(n for pair in radiates(field, present, up_aligned=up_aligned) for n in RADIATIVE[pair])
    found = [Missing(boxes_of(field), mixed)] if mixed and not field.boxes else []
    if lit and not field.dipoles:
        found.append(Missing(_called(field, "dipoles"), lit))
    return tuple(found)


def of_a_line(field: Field) -> tuple[Missing, ...]:
    """What is missing where only κ and the size of one product of couplings are known: every box of a leptoquark."""
    every = tuple(name for names in MIXING.values() for name in names)
    return (Missing(boxes_of(field), every),) if is_leptoquark(field) else ()


def lacking(parts: Iterable[Missing]) -> frozenset[str]:
    """The observables that lack their leading part."""
    return frozenset(name for part in parts for name in part.observables)


def missing_warnings(parts: Iterable[Missing], observables: Iterable[str]) -> tuple[str, ...]:
    """One line for those of the observables that the missing parts decide."""
    given = tuple(parts)
    names = [name for name in dict.fromkeys(observables) if name.removesuffix("/SM") in lacking(given)]
    if not names:
        return ()
    bare = {name.removesuffix("/SM") for name in names}
    what = dict.fromkeys(part.what for part in given if bare & set(part.observables))
    verb = "lacks" if len(names) == 1 else "lack"
    return (
        f"{' and '.join(names)} {verb} the leading effect ({'; '.join(what)}), which is not computed: "
        "what is shown is the Standard Model with the running from the mass, and says nothing about this model.",
    )
