r"""What no theory gives: coefficients beyond :math:`4\pi/v^2`, and branching ratios above 1.

A coefficient of the SMEFT is :math:`g^2/M^2` with :math:`g^2<4\pi` and, if the SMEFT is to hold at all, :math:`M>v`.
Mostly it means a file in TeV⁻². Coefficients of the WET are compared with the SMEFT coefficient that would give them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.eft.smeft.basis import EFT
from nutau.eft.smeft.matching import Constants, constants
from nutau.eft.wet.basis import MIXING, MU_B
from nutau.eft.wilson import Wilson

CURRENTS = frozenset(down + up for down in "dsb" for up in "uc")
NAMED = 3
"""Coefficients that a warning names."""


def too_large(wilson: Wilson, par: Mapping[str, Array]) -> tuple[str, ...]:
    r"""One warning if coefficients are beyond :math:`4\pi/v^2` in GeV⁻² at any point, else none.

    ``par`` are central parameters, which set the prefactors of WET operators. Tracers have no value to look at.
    """
    if namespace(wilson.values) is not np:
        return ()
    c = constants(par, MU_B)
    bound = 4.0 * math.pi / float(c.v2)
    found = {}
    for name, value in wilson.nonzero().items():
        size = (
            0.0 if _other_dimension(wilson, name) else _unit(wilson, name, c) * float(np.max(np.abs(value)))
        )
        if size > bound:
            found[name] = float(np.max(np.abs(value))), size
    if not found:
        return ()
    smeft = wilson.basis.eft == EFT
    shown = [
        f"{name} = {value:.3g} GeV⁻²" if smeft else f"{name} = {value:.3g} (an operator of {size:.2g} GeV⁻²)"
        for name, (value, size) in list(found.items())[:NAMED]
    ]
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    advice = " In WCxf the unit is GeV⁻²; 1 TeV⁻² is 1e-6 GeV⁻²." if smeft else ""
    return (
        f"{', '.join(shown)}{more}: beyond 4π/v² = {bound:.2g} GeV⁻², which no perturbative theory exceeds.{advice}",
    )


def above_one(values: Iterable[tuple[str, Array]]) -> tuple[str, ...]:
    """One warning for the branching ratios, by name, that are above 1 at any point, else none."""
    found = {
        name: float(np.max(value))
        for name, value in values
        if name.startswith("BR(")
        and "/SM" not in name
        and namespace(value) is np
        and np.any(np.asarray(value) > 1.0)
    }
    if not found:
        return ()
    shown = [f"{name} = {value:.3g}" for name, value in list(found.items())[:NAMED]]
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return (f"{', '.join(shown)}{more}: no branching ratio is above 1, the coefficients are too large.",)


def _other_dimension(wilson: Wilson, name: str) -> bool:
    """Whether a coefficient is not that of an operator of four fermions or their like: dimension 5, dipoles."""
    return name.startswith(("llphiphi", "C7", "C8"))


def _unit(wilson: Wilson, name: str, c: Constants) -> float:
    """The size in GeV⁻² of the operator with coefficient 1."""
    if wilson.basis.eft == EFT:
        return 1.0
    fermi = 2.0 / float(c.v2)
    operator, _, flavours = name.partition("_")
    if operator.startswith("dg"):
        return fermi
    if flavours[:2] in CURRENTS:
        return fermi * float(abs(c.ckm["uc".index(flavours[1]), "dsb".index(flavours[0])]))
    if not flavours.startswith(("bs", "bd", "sd")) or flavours in MIXING:
        return 1.0
    lambda_t = {"bs": c.lambda_t, "bd": c.lambda_td}.get(flavours[:2], c.ckm[2, 1] * c.ckm[2, 0].conj())
    rare = fermi * float(abs(lambda_t)) * float(c.alpha) / (4.0 * math.pi)
    scalar = operator.startswith(("CS", "CP"))
    return rare * (float(c.m_b) if scalar else 2.0 if flavours[2:].startswith("nu") else 1.0)
