r"""B → D and B → D* form factors in the heavy-quark expansion to :math:`O(\alpha_s, 1/m_b, 1/m_c^2)`.

All ten are given by one leading Isgur-Wise function, three at :math:`1/m` and six at :math:`1/m_c^2`, as
fitted in :cite:`Bordone:2019vic` (their "3/2/1" model: the orders in z of leading, subleading and
subsubleading functions). The h form factors and their :math:`O(\alpha_s)` are those of
:cite:`Bernlochner:2017jka`, the conversion to the lattice basis that of :cite:`Sakaki:2013bfa`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import kallen
from nutau.errors import InputError, unknown
from nutau.inputs.form_factors import FormFactors
from nutau.inputs.form_factors.heavyquark_loops import matching_functions

PARAMETERS = (
    *("rho2", "c", "xi3"),  # leading: slope, curvature, third derivative at w = 1
    *("chi2", "chi2'", "chi2''", "chi3'", "chi3''"),  # subleading, value and derivatives at w = 1
    *("eta", "eta'", "eta''"),
    *("l1", "l1'", "l2", "l2'", "l3", "l3'", "l4", "l4'", "l5", "l5'", "l6", "l6'"),  # at 1/m_c^2
)
"""The order of ``FormFactors.coefficients["hqet"]``."""

CONSTANTS = ("alpha_s", "m_b_1S", "m_b-m_c", "m_B_average", "lambda_1")
"""What ``FormFactors.constants`` holds, in GeV, fixed in the fit."""


@dataclass(frozen=True)
class Expansion:
    r""":math:`\alpha_s/\pi`, :math:`\bar\Lambda/2m_c`, :math:`\bar\Lambda/2m_b` and :math:`m_c/m_b`."""

    a: float
    eps_c: float
    eps_b: float
    z_cb: float

    @classmethod
    def from_constants(cls, constants: Mapping[str, float]) -> Expansion:
        r"""Eq. (25) of :cite:`Bernlochner:2017jka`, :math:`m_b=m_b^{1S}(1+2\alpha_s^2/9)`."""
        for name in CONSTANTS:
            if name not in constants:
                raise unknown("constant of an hqet form-factor set", name, constants)
        alpha_s, m_1s = constants["alpha_s"], constants["m_b_1S"]
        m_b = m_1s * (1.0 + 2.0 * alpha_s**2 / 9.0)
        m_c = m_b - constants["m_b-m_c"]
        binding = constants["m_B_average"] - m_b + constants["lambda_1"] / (2.0 * m_1s)
        return cls(alpha_s / math.pi, binding / (2.0 * m_c), binding / (2.0 * m_b), m_c / m_b)


def evaluate(record: FormFactors, par: Mapping[str, Array], q2: Array) -> dict[str, Array]:
    """f+, f0, fT (B → D) or V, A0, A1, A12, T1, T2, T23 (B → D*) at ``q2`` ``(..., nodes)``.

    ``par`` gives values that broadcast with ``q2``. Raises :class:`InputError` for another channel.
    """
    heavy, light = (par[name] for name in record.masses)
    w = (heavy * heavy + light * light - q2) / (2.0 * heavy * light)
    values = dict(zip(PARAMETERS, (par[name] for name in record.coefficients["hqet"]), strict=True))
    expansion = Expansion.from_constants(record.constants)
    functions = isgur_wise(values, w)
    if record.channel == "B->D":
        return pseudoscalar_basis(pseudoscalar(expansion, functions, w), heavy, light, q2)
    if record.channel == "B->D*":
        return vector_basis(vector(expansion, functions, w), heavy, light, q2)
    raise InputError(f"Heavy-quark form factors exist for B->D and B->D*, not for {record.channel}.")


def isgur_wise(values: Mapping[str, Array], w: Array) -> dict[str, Array]:
    r"""The leading function ``xi`` and the combinations ``L1`` ... ``L6`` (1/m), ``l1`` ... ``l6`` (1/m_c²).

    Powers of :math:`w-1=8z+16z^2+24z^3+\dots` are truncated at order 3 in :math:`\xi`, at 2 in
    :math:`\chi_i,\eta` and at 1 in :math:`\ell_i`; :math:`z=(\sqrt{w+1}-\sqrt2)/(\sqrt{w+1}+\sqrt2)`.
    """
    xp = namespace(w)
    root = xp.sqrt(w + 1.0)
    z = (root - math.sqrt(2.0)) / (root + math.sqrt(2.0))
    linear, quadratic = 8.0 * z + 16.0 * z**2, 64.0 * z**2
    out = {
        "xi": 1.0
        - values["rho2"] * (linear + 24.0 * z**3)
        + values["c"] * (quadratic + 256.0 * z**3)
        + values["xi3"] / 6.0 * 512.0 * z**3
    }
    chi2 = values["chi2"] + values["chi2'"] * linear + 0.5 * values["chi2''"] * quadratic
    chi3 = values["chi3'"] * linear + 0.5 * values["chi3''"] * quadratic
    eta = values["eta"] + values["eta'"] * linear + 0.5 * values["eta''"] * quadratic
    out["L1"] = -4.0 * (w - 1.0) * chi2 + 12.0 * chi3
    out["L2"] = -4.0 * chi3
    out["L3"] = 4.0 * chi2
    out["L4"] = 2.0 * eta - 1.0
    out["L5"] = -xp.ones_like(w)
    out["L6"] = -2.0 * (1.0 + eta) / (w + 1.0)
    for i in range(1, 7):
        out[f"l{i}"] = values[f"l{i}"] + 8.0 * z * values[f"l{i}'"]
    return out


def pseudoscalar(expansion: Expansion, f: Mapping[str, Array], w: Array) -> dict[str, Array]:
    """h+, h-, hT of B → D :cite:`Bernlochner:2017jka`, 1/m_c² terms of :cite:`Bordone:2019vic`."""
    a, ec, eb = expansion.a, expansion.eps_c, expansion.eps_b
    c = matching_functions(w, expansion.z_cb, ("V1", "V2", "V3", "T1", "T2", "T3"))
    half = 0.5 * (w + 1.0)
    tensor = c["T1"] - c["T2"] + c["T3"]
    series = {
        "h+": 1.0 + a * (c["V1"] + half * (c["V2"] + c["V3"])) + (ec + eb) * f["L1"] + ec**2 * f["l1"],
        "h-": a * half * (c["V2"] - c["V3"]) + (ec - eb) * f["L4"] + ec**2 * f["l4"],
        "hT": 1.0 + a * tensor + (ec + eb) * (f["L1"] - f["L4"]) + ec**2 * (f["l1"] - f["l4"]),
    }
    return {name: f["xi"] * value for name, value in series.items()}


def vector(expansion: Expansion, f: Mapping[str, Array], w: Array) -> dict[str, Array]:
    """hV, hA1 ... hT3 of B → D* :cite:`Bernlochner:2017jka`, 1/m_c² terms of :cite:`Bordone:2019vic`."""
    a, ec, eb = expansion.a, expansion.eps_c, expansion.eps_b
    c = matching_functions(w, expansion.z_cb, ("V1", "A1", "A2", "A3", "T1", "T2", "T3"))
    recoil = (w - 1.0) / (w + 1.0)

    def charm(first: Array, second: Array) -> Array:
        """1/m_c and 1/m_c² terms, which enter in the same combination of L_i and l_i."""
        return ec * first + ec**2 * second

    charm_3 = charm(f["L2"] - f["L3"] + f["L6"] - f["L5"], f["l2"] - f["l3"] + f["l6"] - f["l5"])
    series = {
        "V": 1.0 + a * c["V1"] + charm(f["L2"] - f["L5"], f["l2"] - f["l5"]) + eb * (f["L1"] - f["L4"]),
        "A1": 1.0
        + a * c["A1"]
        + charm(f["L2"] - recoil * f["L5"], f["l2"] - recoil * f["l5"])
        + eb * (f["L1"] - recoil * f["L4"]),
        "A2": a * c["A2"] + charm(f["L3"] + f["L6"], f["l3"] + f["l6"]),
        "A3": 1.0 + a * (c["A1"] + c["A3"]) + charm_3 + eb * (f["L1"] - f["L4"]),
        "T1": 1.0
        + a * (c["T1"] + 0.5 * (w - 1.0) * (c["T2"] - c["T3"]))
        + charm(f["L2"], f["l2"])
        + eb * f["L1"],
        "T2": a * 0.5 * (w + 1.0) * (c["T2"] + c["T3"]) + charm(f["L5"], f["l5"]) - eb * f["L4"],
        "T3": a * c["T2"] + charm(f["L6"] - f["L3"], f["l6"] - f["l3"]),
    }
    return {name: f["xi"] * value for name, value in series.items()}


def pseudoscalar_basis(h: Mapping[str, Array], heavy: Array, light: Array, q2: Array) -> dict[str, Array]:
    """f+, f0, fT from h+, h-, hT, Eq. (31) of :cite:`Sakaki:2013bfa`."""
    xp = namespace(q2)
    ratio = light / heavy
    norm = 0.5 / xp.sqrt(xp.asarray(ratio))
    plus = norm * ((ratio + 1.0) * h["h+"] + (ratio - 1.0) * h["h-"])
    minus = norm * ((ratio - 1.0) * h["h+"] + (ratio + 1.0) * h["h-"])
    return {
        "f+": plus,
        "f0": plus + minus * q2 / (heavy * heavy - light * light),
        "fT": norm * (ratio + 1.0) * h["hT"],
    }


def vector_basis(h: Mapping[str, Array], heavy: Array, light: Array, q2: Array) -> dict[str, Array]:
    """V, A0, A1, A12, T1, T2, T23 from the h, Eqs. (38), (39) of :cite:`Sakaki:2013bfa`.

    hT3 is that of :cite:`Bernlochner:2017jka`, -1/2 times the one of the former.
    """
    xp = namespace(q2)
    norm = 0.5 / xp.sqrt(xp.asarray(heavy * light))
    plus, minus = heavy + light, heavy - light
    difference = plus * minus  # M^2 - m^2
    a1 = norm * (plus**2 - q2) / plus * h["A1"]
    a2 = norm * plus * (h["A3"] + light / heavy * h["A2"])
    a0 = norm * (
        (plus**2 - q2) / (2.0 * light) * h["A1"]
        - (difference + q2) / (2.0 * heavy) * h["A2"]
        - (difference - q2) / (2.0 * light) * h["A3"]
    )
    t2 = norm * ((plus**2 - q2) / plus * h["T1"] - (minus**2 - q2) / minus * h["T2"])
    t3 = norm * (minus * h["T1"] - plus * h["T2"] + difference / heavy * h["T3"])
    phase = kallen(heavy**2, light**2, q2)
    return {
        "V": norm * plus * h["V"],
        "A0": a0,
        "A1": a1,
        "A12": (a1 * plus**2 * (difference - q2) - a2 * phase) / (16.0 * heavy * light**2 * plus),
        "T1": norm * (plus * h["T1"] - minus * h["T2"]),
        "T2": t2,
        "T23": (difference * (heavy**2 + 3.0 * light**2 - q2) * t2 - phase * t3)
        / (8.0 * heavy * minus * light**2),
    }
