"""The fields that the letter asks for, and those that it leaves out, as they are judged together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Candidate:
    """A field, or several of one mass, with couplings: ``name`` in tables, ``said`` what the letter says of it.

    Without ``couplings`` it has those of the minimal structure, with ``right_handed`` those to singlets too.
    ``single`` fields with couplings to doublets alone are those of the letter's Table I.
    """

    name: str
    model: str
    said: str
    couplings: tuple[str, ...] | None = None
    right_handed: bool = False
    table_1: bool = False

    def how(self) -> dict[str, Any]:
        """As arguments of :func:`nutau.judge`."""
        return {"couplings": self.couplings, "right_handed": self.right_handed}


STAR = "starred in Table I: right-handed leptons not considered"
CANDIDATES = (
    Candidate("U1", "U1", "κ = 1", table_1=True),
    Candidate("S3", "S3", "κ = 3", table_1=True),
    Candidate("U3", "U3", "κ = −3", table_1=True),
    Candidate("S1", "S1", "κ = −1", table_1=True),
    Candidate("VB", "VB", "κ = 0", table_1=True),
    Candidate("Z'", "Z'", "no relation", table_1=True),
    Candidate("U1 (L+R)", "U1", STAR, right_handed=True),
    Candidate("S1 (L+R)", "S1", STAR, right_handed=True),
    Candidate("VB with μ", "VB", "its τ → 3μ", ("gq_33", "gq_23", "gl_33", "gl_23", "gl_22")),
    Candidate("R2", "R2", "no left-handed operator", ("y2LR_33", "Re y2RL_23", "Im y2RL_23")),
    Candidate("R2~", "R2~", "no left-handed operator"),
    Candidate("V2", "V2", "no left-handed operator"),
    Candidate("Z'+VB", "Z'+VB", "any κ (two fields)"),
    Candidate("S1+S3", "S1+S3", "any κ (two fields)"),
)
"""Table I; its stars; the muon of the sentence on VB; fields without left-handed operators; two fields.

VB has no renormalisable coupling to singlets: what the letter's star means there needs a coupling to the Higgs field.
R2 gives b → cτν with a phase alone, so that one of its couplings is complex.
"""
