"""(A.1)-(A.3) from our own engine: the same polynomials in the same variables, with theory errors.

They are judged with the form factors of the program that the letter used, as it was then; what today's give stands
beside.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from nutau.inputs.letter_polynomials import letter_file
from nutau.observables.formula import Formula
from nutau.observables.polynomials import polynomial
from nutau.observables.predictions import formulas

VINTAGE = "flavio-2.4"
"""The input set of the letter's date."""


def appendix_claim(identifier: str, inputs: str = VINTAGE) -> tuple[dict[str, Any], dict[str, Any]]:
    """A printed formula and ours, as ``{"values": {monomial: number}}``; ours with ``"uncertainties"``."""
    printed = next(entry for entry in letter_file().formulas if entry.id == identifier)
    values = {**printed.linear, **printed.quadratic}
    ours = polynomial(_ours(inputs)[printed.observable], printed.variables)
    return {"values": values}, {
        "values": {name: ours[name][0] for name in values},
        "uncertainties": {name: ours[name][1] for name in values},
    }


@lru_cache(maxsize=4)
def _ours(inputs: str) -> dict[str, Formula]:
    """Our formulas for the observables of the appendix at the letter's scale, m_W."""
    names = [entry.observable for entry in letter_file().formulas if entry.id.startswith("app-")]
    made = formulas(names, inputs, scale=letter_file().scale)
    return dict(zip(names, made, strict=True))
