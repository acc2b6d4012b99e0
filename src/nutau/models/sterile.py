r"""Leptoquarks that couple to a sterile neutrino N: b → cτN, and with it b → sNN̄ and b → sνN̄, at tree level.

.. math::
    S_1:\;& y_1^{LL}\bar Q^{c\,a}S_1\epsilon^{ab}L^b+y_1^{RR}\bar u^cS_1e+y_1^N\bar d^cS_1N,\\
    \tilde R_2:\;& -\tilde y_2^{RL}\bar d\tilde R_2^a\epsilon^{ab}L^b+\tilde y_2^N\bar Q^a\tilde R_2^aN,\\
    U_1:\;& x_1^{LL}\bar Q\gamma^\mu U_{1\mu}L+x_1^{RR}\bar d\gamma^\mu U_{1\mu}e+x_1^N\bar u\gamma^\mu U_{1\mu}N

with + h.c., the couplings of :cite:`Dorsner:2016wpm` (there with a bar over the indices of those to N), down quarks
aligned. With :math:`v^2=1/\sqrt2G_F`, :math:`K=v^2/4V_{cb}M^2`, :math:`y_c=\sum_iV_{ci}y_i` for quark doublets,

.. math::
    S_1:\;& C_{VRR}=-K\,y^{RR*}_{c\tau}y^N_b,\quad C_{SRR}=-4C_{TRR}=K\,y^{LL*}_{c\tau}y^N_b;\qquad
            (\bar s_R\gamma b_R)(\bar N_R\gamma N_R):\tfrac{y^{N*}_sy^N_b}{2M^2},\\
    \tilde R_2:\;& C_{SRR}=4C_{TRR}=-K\,\tilde y^N_c\tilde y^{RL*}_{b\tau};\qquad
            (\bar s_L\gamma b_L)(\bar N_R\gamma N_R):-\tfrac{\tilde y^N_s\tilde y^{N*}_b}{2M^2},\\
    U_1:\;& C_{VRR}=2K\,x^N_cx^{RR*}_{b\tau},\quad C_{SLR}=-4K\,x^N_cx^{LL*}_{b\tau};\qquad\text{no } b\to sN\bar N,

:math:`y^{LL*}_{c\tau}=\sum_iV_{ci}y^{LL*}_{i\tau}`. The Fierz identities are those that the matches of
:mod:`nutau.models.leptoquarks` have without N; derived here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.given import complex_value, real_number
from nutau.eft.ckm import matrix, tree_ckm
from nutau.eft.wet.running import density_factors
from nutau.eft.wet.sterile import STERILE
from nutau.errors import InputError, unknown
from nutau.inputs import Inputs

LOWEST = 500.0
"""GeV: below it no leptoquark is heavy enough for a match at tree level to mean something."""
CHARM, STRANGE, BOTTOM, TAU = 1, 1, 2, 2
COUPLINGS = {
    "S1": {"y1LL": 2, "y1RR": 2, "y1N": 1},
    "R2~": {"y2tRL": 2, "y2tN": 1},
    "U1": {"x1LL": 2, "x1RR": 2, "x1N": 1},
}
"""By mediator; how many flavours (quark, lepton) a coupling has. N is one."""


@dataclass(frozen=True)
class Match:
    """Coefficients at 4.8 GeV.

    ``charged`` are those of :data:`nutau.eft.wet.sterile.STERILE`. ``pair`` is b → sNN̄, ``mixed`` is b → s with an
    anti-N and a neutrino, by its flavour, and ``mirror`` with N and an antineutrino: coefficients of two Dirac fermions
    in GeV⁻², under the names of :data:`nutau.decays.invisible.fermions.DIRAC`.
    """

    charged: Mapping[str, complex]
    pair: Mapping[str, complex]
    mixed: Mapping[str, Mapping[str, complex]]
    mirror: Mapping[str, Mapping[str, complex]]


def match(mediator: str, mass: float, couplings: Mapping[str, Any], inputs: Inputs) -> Match:
    """What a leptoquark of ``mass`` GeV with these couplings gives, run to 4.8 GeV with QCD at leading order.

    ``couplings`` by name and flavours, as ``{"x1N_2": 1.0, "x1RR_33": 0.5}``: the quark's, then the lepton's.
    Raises :class:`InputError` for another mediator, an unknown coupling, a mass below 500 GeV.

    >>> import nutau
    >>> found = match("R2~", 2000.0, {"y2tN_2": 1.0, "y2tN_3": 0.2, "y2tRL_33": 1.0}, nutau.load_inputs())
    >>> sorted(found.charged)
    ['CSRR_bctauN', 'CTRR_bctauN']
    >>> round(found.pair["CVV_bschichi"].real * 1e9, 2)
    -6.25
    """
    if mediator not in COUPLINGS:
        raise unknown("leptoquark with a coupling to N", mediator, COUPLINGS)
    mass = real_number(f"The mass of {mediator}", mass, "a number of GeV is needed")
    if mass < LOWEST:
        raise InputError(
            f"The mass of {mediator} is {mass:g} GeV; a match at tree level needs at least {LOWEST:g} GeV."
        )
    y = _arrays(mediator, couplings)
    par = inputs.parameters.mapping()
    ckm = matrix(tree_ckm(par))
    unit = 1.0 / (math.sqrt(2.0) * par["GF"] * 4.0 * ckm[CHARM, BOTTOM] * mass**2)
    factors = density_factors(mass, par["alpha_s"])
    charged = _charged(mediator, y, ckm[CHARM], unit)
    run = {"S": factors[0], "T": factors[1], "V": 1.0}
    charged = {name: complex(value * run[name[1]]) for name, value in charged.items() if value != 0.0}
    return Match(charged, *_neutral(mediator, y, mass, factors))


def _arrays(mediator: str, couplings: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Couplings as arrays ``(3, 3)`` or ``(3,)``, zero where none was given."""
    allowed = COUPLINGS[mediator]
    names = [
        f"{name}_{i}{j}"
        for name, flavours in allowed.items()
        for i in "123"
        for j in ("123" if flavours == 2 else ("",))
    ]
    found = {name: np.zeros((3,) * flavours, dtype=complex) for name, flavours in allowed.items()}
    for given, value in couplings.items():
        if given not in names:
            raise unknown(f"coupling of {mediator}", given, names)
        name, _, flavours = given.partition("_")
        number = complex_value(f"Coupling {given}", value)
        if np.ndim(number):
            raise InputError(f"Coupling {given} is an array; one number is needed.")
        found[name][tuple(int(one) - 1 for one in flavours)] = complex(number)
    return found


def _charged(
    mediator: str, y: Mapping[str, np.ndarray], row: np.ndarray, unit: complex
) -> dict[str, complex]:
    """b → cτN at the mass; ``row`` is V_ci, ``unit`` K."""
    vr, sl, sr, t = STERILE.coefficients[1:]
    if mediator == "S1":
        to_n = y["y1N"][BOTTOM]
        scalar = unit * (row @ y["y1LL"][:, TAU].conj()) * to_n
        return {vr: -unit * y["y1RR"][CHARM, TAU].conj() * to_n, sr: scalar, t: -0.25 * scalar}
    if mediator == "R2~":
        scalar = -unit * (row @ y["y2tN"]) * y["y2tRL"][BOTTOM, TAU].conj()
        return {sr: scalar, t: 0.25 * scalar}
    to_n = y["x1N"][CHARM]
    return {
        vr: 2.0 * unit * to_n * y["x1RR"][BOTTOM, TAU].conj(),
        sl: -4.0 * unit * to_n * y["x1LL"][BOTTOM, TAU].conj(),
    }


Fermions = dict[str, complex]


def _neutral(
    mediator: str, y: Mapping[str, np.ndarray], mass: float, factors: tuple[Any, Any]
) -> tuple[Fermions, dict[str, Fermions], dict[str, Fermions]]:
    """b → sNN̄, b → sνN̄ (the operator ν̄N) and b → sNν̄."""
    flavours = ("e", "mu", "tau")
    if mediator == "U1":
        return {}, {}, {}
    if mediator == "S1":
        n, left = y["y1N"], y["y1LL"]
        pair = _vectors(0.5 * n[STRANGE].conj() * n[BOTTOM] / mass**2, 1.0)
        mixed = 0.5 * left[STRANGE].conj() * n[BOTTOM] / mass**2
        mirror = 0.5 * n[STRANGE].conj() * left[BOTTOM] / mass**2
        tensor = -0.25
    else:
        n, right = y["y2tN"], y["y2tRL"]
        pair = _vectors(-0.5 * n[STRANGE] * n[BOTTOM].conj() / mass**2, -1.0)
        mixed = -0.5 * n[STRANGE] * right[BOTTOM].conj() / mass**2
        mirror = -0.5 * right[STRANGE] * n[BOTTOM].conj() / mass**2
        tensor = 0.25

    def densities(values: np.ndarray, sign: float) -> dict[str, Fermions]:
        return {
            flavour: _densities(complex(value), tensor, sign, factors)
            for flavour, value in zip(flavours, values, strict=True)
            if value != 0.0
        }

    return pair, densities(mixed, 1.0), densities(mirror, -1.0)


def _vectors(value: complex, quark: float) -> Fermions:
    r"""``value`` times :math:`(\bar s\gamma P b)(\bar N\gamma P_RN)`, for right-handed (+1) or left-handed quarks."""
    if value == 0.0:
        return {}
    value = 0.25 * complex(value)
    return {
        "CVV_bschichi": value,
        "CVA_bschichi": value,
        "CAV_bschichi": quark * value,
        "CAA_bschichi": quark * value,
    }


def _densities(value: complex, tensor: float, sign: float, factors: tuple[Any, Any]) -> Fermions:
    r"""``value`` times :math:`(\bar sPb)(\bar\nu PN)` and ``tensor`` times it for σ, P of the ``sign``."""
    scalar, dipole = 0.25 * value * complex(factors[0]), 0.5 * value * tensor * complex(factors[1])
    return {
        "CSS_bschichi": scalar,
        "CSP_bschichi": sign * scalar,
        "CPS_bschichi": sign * scalar,
        "CPP_bschichi": scalar,
        "CTT_bschichi": dipole,
        "CTT5_bschichi": sign * dipole,
    }
