r"""What the hadrons contribute: matrix elements of quark currents in the rest frame of what is invisible.

There a current has a part of spin 0, :math:`\bar q\gamma^0(\gamma_5)b`, and three of spin 1. With
:math:`k=\sqrt\lambda`, the values here times :math:`1/\sqrt{q^2}` are

* K: :math:`V_t=(M^2-m^2)f_0`; helicity 0: :math:`V=kf_+`, :math:`T=\sqrt{q^2}\frac{k}{M+m}f_T`;
* K*: :math:`A_t=kA_0`; helicity 0: :math:`A=8MmA_{12}`, :math:`T_5=\sqrt{q^2}\frac{4Mm}{M+m}T_{23}`; both others:
  :math:`V=\frac{\sqrt{q^2}\,k}{M+m}V`, :math:`T=kT_1`, :math:`A=\sqrt{q^2}(M+m)A_1`, :math:`T_5=(M^2-m^2)T_2`;
* Λ, with :math:`s_\pm=(M\pm m)^2-q^2`: :math:`V_t=\sqrt{s_+}(M-m)f_t^V`; helicity 0:
  :math:`V=\sqrt{s_-}(M+m)f_0^V`, :math:`T=\sqrt{q^2s_-}f_0^T`; one other: :math:`V=\sqrt{2q^2s_-}f_\perp^V`,
  :math:`T=\sqrt{2s_-}(M+m)f_\perp^T`; for A and :math:`T_5` with :math:`m\to-m`;
* nothing (a B_s that ends in what is invisible), at :math:`q^2=M^2`: :math:`A_t=M^2f_{B_s}`.

Scalar densities follow from the divergence of the currents. Summed over angles and spins, currents of opposite parity
do not interfere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from nutau.common.arrays import Array
from nutau.common.kinematics import ParametersAtNodes, root_kallen, safe_sqrt
from nutau.decays.semileptonic import Semileptonic
from nutau.eft import qcd
from nutau.inputs import Inputs
from nutau.inputs.form_factors import heavyquark, zexpansion

Parity = Literal["V", "A"]


@dataclass(frozen=True)
class Transition(Semileptonic):
    """A hadron into another: the kind of its currents, the light quark, the share of the final state that is meant."""

    currents: Literal["P", "V", "baryon", "quark", "vacuum"]
    quark: Literal["s", "c"] = "s"
    share: float = 1.0

    def remaining(self, par: Mapping[str, Array]) -> Array:
        """The mass of the hadron that is left, 0 if none is."""
        return 0.0 * par[self.parent] if self.currents == "vacuum" else par[self.meson]


@dataclass(frozen=True)
class Wave:
    """A current of spin 1 with one or two helicities: vector and tensor matrix elements, each times the root of q²."""

    parity: Parity
    longitudinal: bool
    vector: Array
    tensor: Array


@dataclass(frozen=True)
class Currents:
    """All matrix elements, each times the root of q², at nodes ``(..., nodes)``; ``timelike`` by parity."""

    timelike: Mapping[Parity, Array]
    waves: tuple[Wave, ...]


TRANSITIONS = (
    Transition("B+->K", "m_B+", "m_K+", "tau_B+", "B->K", "P"),
    Transition("B0->K", "m_B0", "m_K0", "tau_B0", "B->K", "P"),
    Transition("B0->KS", "m_B0", "m_K0", "tau_B0", "B->K", "P", share=0.5),
    Transition("B+->K*", "m_B+", "m_K*+", "tau_B+", "B->K*", "V"),
    Transition("B0->K*", "m_B0", "m_K*0", "tau_B0", "B->K*", "V"),
    Transition("Bs->phi", "m_Bs", "m_phi", "tau_Bs", "Bs->phi", "V"),
    Transition("Lambdab->Lambda", "m_Lambdab", "m_Lambda", "tau_Lambdab", "Lambdab->Lambda", "baryon"),
)
"""b → s. Rates of B_s are prompt: mixing changes them by at most ΔΓ/2Γ = 6 %."""

FREE_QUARK = Transition("b->s", "m_b", "m_s", "tau_B0", "", "quark")
"""A free b quark of mass m_b(m_b) into an s quark: the tree level of an inclusive decay."""
ANNIHILATION = Transition("Bs->", "m_Bs", "", "tau_Bs", "", "vacuum")
"""A B_s of which nothing is left but what is invisible. Prompt, as the rates of ``TRANSITIONS``."""
BARYON = ("fV0", "fVperp", "fVt", "fA0", "fAperp", "fAt", "fT0", "fTperp", "fT50", "fT5perp")
"""The form factors of a baryon, all 1 for a free quark."""


def currents(inputs: Inputs, par: ParametersAtNodes, transition: Transition, q2: Array) -> Currents:
    """The matrix elements of a transition with the form factors that the inputs chose, at ``q2`` in GeV²."""
    heavy, light = par[transition.parent], transition.remaining(par)
    if transition.currents == "vacuum":
        return Currents({"A": par[transition.parent.replace("m_", "f_")] * q2}, ())
    if transition.currents == "quark":
        return of_baryon(heavy, light, dict.fromkeys(BARYON, 1.0), q2)
    record = inputs.form_factor(transition.channel)
    evaluate = heavyquark.evaluate if record.parametrisation == "hqet" else zexpansion.evaluate
    return CURRENTS[transition.currents](heavy, light, evaluate(record, par, q2), q2)


def of_pseudoscalar(heavy: Array, light: Array, ff: Mapping[str, Array], q2: Array) -> Currents:
    """Those of a pseudoscalar meson, from ``f+``, ``f0`` and ``fT``."""
    momentum, root = root_kallen(heavy, light, q2), safe_sqrt(q2)
    wave = Wave("V", True, momentum * ff["f+"], root * momentum / (heavy + light) * ff["fT"])
    return Currents({"V": (heavy * heavy - light * light) * ff["f0"]}, (wave,))


def of_vector(heavy: Array, light: Array, ff: Mapping[str, Array], q2: Array) -> Currents:
    """Those of a vector meson, from ``V``, ``A0``, ``A1``, ``A12``, ``T1``, ``T2`` and ``T23``."""
    momentum, root = root_kallen(heavy, light, q2), safe_sqrt(q2)
    total, product, two = heavy + light, 4.0 * heavy * light, math.sqrt(2.0)
    waves = (
        Wave("A", True, 2.0 * product * ff["A12"], -root * product / total * ff["T23"]),
        Wave("A", False, two * root * total * ff["A1"], -two * total * (heavy - light) * ff["T2"]),
        Wave("V", False, two * root * momentum / total * ff["V"], two * momentum * ff["T1"]),
    )
    return Currents({"A": momentum * ff["A0"]}, waves)


def of_baryon(heavy: Array, light: Array, ff: Mapping[str, Array], q2: Array) -> Currents:
    """Those of a baryon of spin 1/2, averaged over the spin of the heavy one, from its ten form factors."""
    root, two = safe_sqrt(q2), math.sqrt(2.0)
    plus = safe_sqrt((heavy + light) ** 2 - q2)
    minus = root_kallen(heavy, light, q2) / plus
    total, gap = heavy + light, heavy - light
    waves = (
        Wave("V", True, minus * total * ff["fV0"], root * minus * ff["fT0"]),
        Wave("V", False, two * root * minus * ff["fVperp"], two * minus * total * ff["fTperp"]),
        Wave("A", True, plus * gap * ff["fA0"], -root * plus * ff["fT50"]),
        Wave("A", False, two * root * plus * ff["fAperp"], -two * plus * gap * ff["fT5perp"]),
    )
    return Currents({"V": plus * gap * ff["fVt"], "A": minus * total * ff["fAt"]}, waves)


CURRENTS: Mapping[str, Callable[[Array, Array, Mapping[str, Array], Array], Currents]] = {
    "P": of_pseudoscalar,
    "V": of_vector,
    "baryon": of_baryon,
}


def rate_factor(par: ParametersAtNodes, transition: Transition, q2: Array) -> Array:
    r""":math:`\frac{\sqrt\lambda}{32\pi^2M^3}`, times the share: what turns squared amplitudes, integrated over the
    phase space of the invisible state, into dΓ/dq²; :math:`\frac1{2M}`, into Γ, where no hadron is left."""
    heavy = par[transition.parent]
    if transition.currents == "vacuum":
        return 0.5 / heavy + 0.0 * q2
    momentum = root_kallen(heavy, par[transition.meson], q2)
    return transition.share * momentum / (32.0 * math.pi**2 * heavy**3)


def quark_masses(par: ParametersAtNodes, transition: Transition) -> tuple[Array, Array]:
    """The masses of the b and of the light quark at 4.8 GeV, which scalar densities are divided by."""
    at = qcd.at_scale_b(par)
    return at.m_b, at.m_s if transition.quark == "s" else at.m_c


def densities_over_currents(quarks: tuple[Array, Array]) -> dict[Parity, Array]:
    r"""What turns the timelike matrix element of a current into that of the density, from its divergence.

    :math:`1/(m_b-m_s)` for the scalar one, :math:`-1/(m_b+m_s)` for the pseudoscalar one, by the parity of the current.
    """
    m_b, m_q = quarks
    return {"V": 1.0 / (m_b - m_q), "A": -1.0 / (m_b + m_q)}
