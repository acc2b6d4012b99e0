r""":math:`\bar B\to D^*\ell\bar\nu`, :math:`B_c\to J/\psi\,\ell\bar\nu`: rate, polarisations, angular asymmetry.

Helicity amplitudes of :cite:`Gratrex:2015hna` for a massless left-handed neutrino. The polarised rates are
sums of squares over the helicity h of the vector meson: with :math:`y=m_\ell/\sqrt{q^2}`, :math:`b=q^2-m_\ell^2`,

.. math:: \frac{d\Gamma_-}{dq^2}\propto\tfrac{16}{3}b\sum_h|V_h+2iyT_h|^2,\qquad
          \frac{d\Gamma_+}{dq^2}\propto\tfrac83b\sum_h|yV_h+2iT_h|^2+8b\,|S|^2 .
"""

from __future__ import annotations

from collections.abc import Mapping

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import ParametersAtNodes, Range, root_kallen
from nutau.decays import charged
from nutau.decays.angular import one_neutrino, terms_of
from nutau.decays.assembly import Amplitude, Combination, Term, amplitude
from nutau.decays.charged import LOCAL, S_MINUS, TENSOR, V_MINUS, V_PLUS, Process
from nutau.decays.distribution import J_SHAPES, Distribution, Flavour, Parts
from nutau.eft.algebra import Quadratic
from nutau.inputs import Inputs

PROCESSES = (
    Process("B0->D*taunu", "m_B0", "m_D*+", "tau_B0", "B->D*", "tau"),
    Process("B0->D*munu", "m_B0", "m_D*+", "tau_B0", "B->D*", "mu"),
    Process("B0->D*enu", "m_B0", "m_D*+", "tau_B0", "B->D*", "e"),
    Process("B+->D*taunu", "m_B+", "m_D*0", "tau_B+", "B->D*", "tau"),
    Process("B+->D*munu", "m_B+", "m_D*0", "tau_B+", "B->D*", "mu"),
    Process("B+->D*enu", "m_B+", "m_D*0", "tau_B+", "B->D*", "e"),
    Process("Bc->J/psitaunu", "m_Bc", "m_J/psi", "tau_Bc", "Bc->Jpsi", "tau"),
    Process("Bc->J/psimunu", "m_Bc", "m_J/psi", "tau_Bc", "Bc->Jpsi", "mu"),
    Process("Bc->J/psienu", "m_Bc", "m_J/psi", "tau_Bc", "Bc->Jpsi", "e"),
)


HELICITIES = ("0", "+", "-")


def densities(inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array) -> dict[str, Quadratic]:
    r""":math:`d\Gamma/dq^2` in 1/GeV at ``q2`` ``(nodes,)`` in GeV²; matrices ``(..., nodes, 16, 16)``.

    Keys: ``rate``; ``longitudinal``, the part with a vector meson of helicity 0; ``plus`` and ``minus``, the helicity
    of the lepton in the rest frame of the lepton pair; ``afb``, forward minus backward for the angle there
    between the lepton and the direction opposite to the B. Raises :class:`InputError` for q² outside phase
    space.
    """
    return charged.densities(inputs, par, process, q2, _terms)


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> dict[str, Quadratic]:
    """The :func:`densities` integrated over a bin (all of phase space if None), in GeV; ``(..., 16, 16)``.

    Raises :class:`InputError` for a bin that is empty or leaves phase space.
    """
    return charged.forms(inputs, par, process, q2_range, _terms)


def distribution(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array, flavour: Flavour
) -> Distribution:
    r""":math:`d\Gamma/dq^2d\cos\theta_\ell d\cos\theta_Vd\phi` at the q² of events ``(events,)``, the vector
    meson decaying to two pseudoscalars; the τ's decay is summed over (:mod:`nutau.decays.distribution`)."""
    return charged.distribution(inputs, par, process, q2, flavour, _parts)


def _parts(inputs: Inputs, par: ParametersAtNodes, process: Process, q2: Array) -> Parts:
    factor, named = _amplitudes(inputs, par, process, q2)
    return [
        (shape, terms_of(one_neutrino(name), named, 8.0 / 3.0 * factor)) for name, shape in J_SHAPES.items()
    ]


def _terms(inputs: Inputs, par: ParametersAtNodes, process: Process, q2: Array) -> dict[str, list[Term]]:
    """Every form as a sum of squares and products of amplitudes at the nodes ``(..., nodes)``."""
    factor, named = _amplitudes(inputs, par, process, q2)
    non_flip, flip = ({h: named[part + h] for h in HELICITIES} for part in "NF")
    spin_0 = named["S"]
    minus = {h: Term(16.0 / 3.0 * factor, part) for h, part in non_flip.items()}
    plus = {h: Term(8.0 / 3.0 * factor, part) for h, part in flip.items()}
    timelike = Term(8.0 * factor, spin_0)
    return {
        "rate": [*minus.values(), *plus.values(), timelike],
        "longitudinal": [minus["0"], plus["0"], timelike],
        "plus": [*plus.values(), timelike],
        "minus": [*minus.values()],
        "afb": [
            Term(4.0 * factor, non_flip["-"]),
            Term(-4.0 * factor, non_flip["+"]),
            Term(-8.0 * factor, flip["0"], spin_0),
        ],
    }


def _amplitudes(
    inputs: Inputs, par: ParametersAtNodes, process: Process, q2: Array
) -> tuple[Array, dict[str, Amplitude]]:
    """The factor of the rate, and amplitudes by name: ``N`` and ``F``, the lepton with helicity -1/2 and +1/2, with
    the helicity of the vector meson, and ``S``, a lepton pair of spin 0."""
    momentum = root_kallen(par[process.parent], par[process.meson], q2)
    ff = charged.form_factors(inputs, process, par, q2)
    y = par[process.lepton_mass] / namespace(q2).sqrt(q2)
    named = {"S": _timelike(process, par, ff, q2, momentum)}
    for helicity, (vector, tensor) in _helicities(process, par, ff, q2, momentum).items():
        named["N" + helicity] = amplitude(LOCAL, *vector, (TENSOR, 2.0 * y * tensor))
        named["F" + helicity] = amplitude(
            LOCAL, *((c, y * value) for c, value in vector), (TENSOR, 2.0 * tensor)
        )
    return charged.rate_factor(process, par, q2, momentum), named


def _helicities(
    process: Process, par: ParametersAtNodes, ff: dict[str, Array], q2: Array, momentum: Array
) -> dict[str, tuple[list[tuple[Combination, Array]], Array]]:
    """Vector amplitudes, by combination of coefficients, and the tensor amplitude; by helicity of the D*."""
    root = namespace(q2).sqrt(q2)
    heavy, light = par[process.parent], par[process.meson]
    total, difference = heavy + light, heavy * heavy - light * light
    axial, polar = -0.25 * total * ff["A1"], 0.25 * momentum * ff["V"] / total
    even, odd = 0.5 * difference * ff["T2"] / root, 0.5 * momentum * ff["T1"] / root
    product = 2.0 * heavy * light
    return {
        "0": ([(V_MINUS, product * ff["A12"] / root)], -product * ff["T23"] / total),
        "+": ([(V_MINUS, axial), (V_PLUS, polar)], even + odd),
        "-": ([(V_MINUS, axial), (V_PLUS, -polar)], even - odd),
    }


def _timelike(
    process: Process, par: ParametersAtNodes, ff: dict[str, Array], q2: Array, momentum: Array
) -> Amplitude:
    """The amplitude of a lepton pair of spin 0."""
    m_b, m_c = charged.quark_masses(par)
    scalar = 0.25 * momentum * ff["A0"]
    return amplitude(
        LOCAL, (V_MINUS, scalar * par[process.lepton_mass] / q2), (S_MINUS, scalar / (m_b + m_c))
    )
