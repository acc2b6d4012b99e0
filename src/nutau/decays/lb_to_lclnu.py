r""":math:`\Lambda_b\to\Lambda_c\ell\bar\nu`, unpolarised: rate, lepton helicity and forward-backward asymmetry.

Helicity amplitudes :math:`H_{\lambda_{\Lambda_c},\lambda_W}` of :cite:`Datta:2017aue`, for a massless left-handed
neutrino. With :math:`s_\pm=(M\pm m)^2-q^2` those of the vector and of the tensor current are

.. math:: H_{\frac12 0}=\sqrt{\tfrac{s_-}{q^2}}(M+m)f_0^V,\quad H_{\frac12 1}=-\sqrt{2s_-}f_\perp^V,\quad
          H_{\frac12 t}=\sqrt{\tfrac{s_+}{q^2}}(M-m)f_t^V,\quad
          H^T_{\frac12 0}=\sqrt{s_-}f_0^T,\quad H^T_{\frac12 1}=-\sqrt{\tfrac{2s_-}{q^2}}(M+m)f_\perp^T;

the axial ones have :math:`m\to-m`, and the other sign where both helicities are reversed. The rates are sums of
squares as for mesons (:mod:`nutau.decays.b_to_vlnu`), and a half for the mean over the spin of the
:math:`\Lambda_b`.
"""

from __future__ import annotations

from collections.abc import Mapping

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import ParametersAtNodes, Range, root_kallen
from nutau.decays import charged
from nutau.decays.assembly import Amplitude, Combination, Term, amplitude
from nutau.decays.charged import LOCAL, S_MINUS, S_PLUS, TENSOR, V_MINUS, V_PLUS, Process
from nutau.eft.algebra import Quadratic
from nutau.inputs import Inputs

PROCESSES = (
    Process("Lambdab->Lambdactaunu", "m_Lambdab", "m_Lambdac", "tau_Lambdab", "Lambdab->Lambdac", "tau"),
    Process("Lambdab->Lambdacmunu", "m_Lambdab", "m_Lambdac", "tau_Lambdab", "Lambdab->Lambdac", "mu"),
    Process("Lambdab->Lambdacenu", "m_Lambdab", "m_Lambdac", "tau_Lambdab", "Lambdab->Lambdac", "e"),
)

SPINS = (1.0, -1.0)
"""Twice the helicity of the Λ_c; the transverse virtual W has the helicity of the same sign."""


def densities(inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array) -> dict[str, Quadratic]:
    r""":math:`d\Gamma/dq^2` in 1/GeV at ``q2`` ``(nodes,)`` in GeV²; matrices ``(..., nodes, 16, 16)``.

    Keys: ``rate``; ``plus`` and ``minus``, the helicity of the lepton in the rest frame of the lepton pair;
    ``afb``, forward minus backward for the angle there between the lepton and the direction opposite to the
    Λ_b. Raises :class:`InputError` for q² outside phase space.
    """
    return charged.densities(inputs, par, process, q2, _terms)


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> dict[str, Quadratic]:
    """The :func:`densities` integrated over a bin (all of phase space if None), in GeV; ``(..., 16, 16)``.

    Raises :class:`InputError` for a bin that is empty or leaves phase space.
    """
    return charged.forms(inputs, par, process, q2_range, _terms)


def _terms(inputs: Inputs, par: ParametersAtNodes, process: Process, q2: Array) -> dict[str, list[Term]]:
    """Every form as a sum of squares and products of amplitudes at the nodes ``(..., nodes)``."""
    heavy, light = par[process.parent], par[process.meson]
    momentum = root_kallen(heavy, light, q2)
    ff = charged.form_factors(inputs, process, par, q2)
    y = par[process.lepton_mass] / namespace(q2).sqrt(q2)
    factor = 0.5 * charged.rate_factor(process, par, q2, momentum)

    spin_0 = _timelike(process, par, ff, q2, momentum)
    plus, minus, afb = [], [], []
    for spin in SPINS:
        helicities = _helicities(heavy, light, ff, q2, momentum, spin)
        for longitudinal, (vector, tensor) in zip((True, False), helicities, strict=True):
            non_flip = amplitude(LOCAL, *vector, (TENSOR, 2.0 * y * tensor))
            flip = amplitude(LOCAL, *((c, y * value) for c, value in vector), (TENSOR, 2.0 * tensor))
            minus.append(Term(16.0 / 3.0 * factor, non_flip))
            plus.append(Term(8.0 / 3.0 * factor, flip))
            afb.append(
                Term(-8.0 * factor, flip, spin_0[spin])
                if longitudinal
                else Term(-4.0 * spin * factor, non_flip)
            )
        plus.append(Term(8.0 * factor, spin_0[spin]))
    return {"rate": [*minus, *plus], "plus": plus, "minus": minus, "afb": afb}


Helicity = tuple[list[tuple[Combination, Array]], Array]
"""Vector amplitudes by combination of coefficients, and the tensor amplitude."""


def _helicities(
    heavy: Array, light: Array, ff: dict[str, Array], q2: Array, momentum: Array, spin: float
) -> tuple[Helicity, Helicity]:
    """The amplitudes of a longitudinal and of a transverse W, for one helicity of the Λ_c."""
    xp = namespace(q2)
    root, root_plus, root_minus = _roots(heavy, light, q2, momentum)
    total, difference = heavy + light, heavy - light
    longitudinal: Helicity = (
        [
            (V_PLUS, 0.25 * total * root_minus * ff["fV0"] / root),
            (V_MINUS, -0.25 * spin * difference * root_plus * ff["fA0"] / root),
        ],
        0.5 * (root_minus * ff["fT0"] + spin * root_plus * ff["fT50"]),
    )
    two = xp.sqrt(xp.asarray(2.0))
    transverse: Helicity = (
        [
            (V_PLUS, -0.25 * two * root_minus * ff["fVperp"]),
            (V_MINUS, 0.25 * two * spin * root_plus * ff["fAperp"]),
        ],
        -0.5
        * two
        / root
        * (total * root_minus * ff["fTperp"] + spin * difference * root_plus * ff["fT5perp"]),
    )
    return longitudinal, transverse


def _timelike(
    process: Process, par: ParametersAtNodes, ff: dict[str, Array], q2: Array, momentum: Array
) -> dict[float, Amplitude]:
    """The amplitude of a lepton pair of spin 0, by the helicity of the Λ_c."""
    heavy, light, mass = par[process.parent], par[process.meson], par[process.lepton_mass]
    m_b, m_c = charged.quark_masses(par)
    _, root_plus, root_minus = _roots(heavy, light, q2, momentum)
    scalar = 0.25 * (heavy - light) * root_plus * ff["fVt"]
    pseudoscalar = -0.25 * (heavy + light) * root_minus * ff["fAt"]
    return {
        spin: amplitude(
            LOCAL,
            (V_PLUS, scalar * mass / q2),
            (S_PLUS, scalar / (m_b - m_c)),
            (V_MINUS, spin * pseudoscalar * mass / q2),
            (S_MINUS, spin * pseudoscalar / (m_b + m_c)),
        )
        for spin in SPINS
    }


def _roots(heavy: Array, light: Array, q2: Array, momentum: Array) -> tuple[Array, Array, Array]:
    r""":math:`\sqrt{q^2}`, :math:`\sqrt{s_+}` and :math:`\sqrt{s_-}`, the last with a gradient at the edge."""
    xp = namespace(q2)
    root_plus = xp.sqrt((heavy + light) ** 2 - q2)
    return xp.sqrt(q2), root_plus, momentum / root_plus
