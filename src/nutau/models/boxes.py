r"""What leptoquarks do to :math:`B_s` mixing at one loop, and nutau does not compute: boxes at their mass.

A leptoquark has no tree-level :math:`\bar s b\,\bar s b`; two of them and two leptons make a box,
:math:`C \propto (\sum_\ell x_{s\ell}x_{b\ell}^*)^2/16\pi^2M^2`, which for a scalar triplet of a few TeV and couplings
of order one is larger than the Standard Model. The boxes of a vector are finite only in a completion of the model. What
nutau has is the running of semileptonic operators alone, smaller by orders of magnitude.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from nutau.models.arguments import Coupling
from nutau.models.formulas import Slot

MIXING = ("DeltaM_s", "phi_s")
"""The observables that boxes change."""


class Field(Protocol):
    """What says whether a field makes boxes."""

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


def is_leptoquark(field: Field) -> bool:
    """Whether a field has colour; all coloured fields here couple a quark to a lepton."""
    return field.colour != "1"


def mixes(field: Field, slots: Iterable[Slot], *, up_aligned: bool = False) -> bool:
    """Whether these couplings of a field join strange and bottom quarks by one lepton, so that its box is not zero.

    Couplings of up-aligned quark doublets reach all down quarks through the CKM matrix.
    """
    present = tuple(slots)
    if not is_leptoquark(field):
        return False
    for coupling in field.couplings:
        first = coupling.rows in ("Q", "d")
        if not first and coupling.columns not in ("Q", "d"):
            continue
        pairs = [(i, j) if first else (j, i) for name, i, j in present if name == coupling.name]
        doublet = "Q" in (coupling.rows, coupling.columns)
        if up_aligned and doublet and pairs:
            return True
        if {lepton for quark, lepton in pairs if quark == 2} & {
            lepton for quark, lepton in pairs if quark == 3
        }:
            return True
    return False


def missing(field: Field) -> str:
    """What is not computed of a field: ``one-loop boxes of S3``."""
    completion = ", finite only in a completion" if field.spin == 1 else ""
    return f"one-loop boxes of {field.name} at its mass{completion}"


def box_warnings(boxes: Sequence[str], observables: Iterable[str]) -> tuple[str, ...]:
    """One line for the observables among ``observables`` that the :func:`missing` parts change."""
    names = [name for name in dict.fromkeys(observables) if name.removesuffix("/SM") in MIXING]
    if not names or not boxes:
        return ()
    verb = "lacks" if len(names) == 1 else "lack"
    return (
        f"{' and '.join(names)} {verb} the leading effect ({'; '.join(dict.fromkeys(boxes))}), which is not computed: "
        "what is shown is the Standard Model with the running from the mass, and says nothing about this model.",
    )
