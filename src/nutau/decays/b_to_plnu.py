r""":math:`\bar B\to D\ell\bar\nu` and :math:`\bar B\to\pi\ell\bar\nu`: rate, lepton helicity and asymmetry.

Helicity amplitudes of :cite:`Gratrex:2015hna` for a massless left-handed neutrino. The polarised rates are
squares: with :math:`y=m_\ell/\sqrt{q^2}`, :math:`b=q^2-m_\ell^2`,

.. math:: \frac{d\Gamma_-}{dq^2}\propto\tfrac{16}{3}b\,|V+2iyT|^2,\qquad
          \frac{d\Gamma_+}{dq^2}\propto\tfrac{8}{3}b\,|yV+2iT|^2+8b\,|S|^2 .
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import ParametersAtNodes, Range, root_kallen
from nutau.decays import charged
from nutau.decays.assembly import Term, amplitude
from nutau.decays.charged import LOCAL, S_PLUS, TENSOR, V_PLUS, Process
from nutau.decays.distribution import P_SHAPES, Distribution, Flavour, Parts
from nutau.eft.algebra import Quadratic
from nutau.inputs import Inputs

PROCESSES = (
    Process("B0->Dtaunu", "m_B0", "m_D+", "tau_B0", "B->D", "tau"),
    Process("B0->Dmunu", "m_B0", "m_D+", "tau_B0", "B->D", "mu"),
    Process("B0->Denu", "m_B0", "m_D+", "tau_B0", "B->D", "e"),
    Process("B+->Dtaunu", "m_B+", "m_D0", "tau_B+", "B->D", "tau"),
    Process("B+->Dmunu", "m_B+", "m_D0", "tau_B+", "B->D", "mu"),
    Process("B+->Denu", "m_B+", "m_D0", "tau_B+", "B->D", "e"),
    Process("B0->pitaunu", "m_B0", "m_pi+", "tau_B0", "B->pi", "tau", "Vub"),
    Process("B0->pimunu", "m_B0", "m_pi+", "tau_B0", "B->pi", "mu", "Vub"),
    Process("B0->pienu", "m_B0", "m_pi+", "tau_B0", "B->pi", "e", "Vub"),
)


def densities(inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array) -> dict[str, Quadratic]:
    r""":math:`d\Gamma/dq^2` in 1/GeV at ``q2`` ``(nodes,)`` in GeV²; matrices ``(..., nodes, 16, 16)``.

    Keys: ``rate``; ``plus`` and ``minus``, the helicity of the lepton in the rest frame of the lepton pair;
    ``afb``, forward minus backward for the angle there between the lepton and the direction opposite to the
    B. With ``compat.tensor_sqrt2`` the rate alone is flavio's, ``plus`` and ``minus`` stay as they are.
    Raises :class:`InputError` for q² outside phase space.
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
    r""":math:`d\Gamma/dq^2d\cos\theta_\ell` at the q² of events ``(events,)`` (:mod:`nutau.decays.distribution`).

    ``flavour`` does not matter: without φ a decay and its conjugate are alike.
    """
    return charged.distribution(inputs, par, process, q2, flavour, _parts)


def _parts(inputs: Inputs, par: ParametersAtNodes, process: Process, q2: Array) -> Parts:
    made = _terms(inputs, par, process, q2)
    (non_flip,), (flip, spin_0) = made["minus"], made["plus"]
    lost = made["rate"][3:]
    terms = {"sin^2": [non_flip], "cos^2": [flip], "flat": [spin_0, *lost], "cos": made["afb"]}
    return [(P_SHAPES[name], found) for name, found in terms.items()]


def _terms(inputs: Inputs, par: ParametersAtNodes, process: Process, q2: Array) -> dict[str, list[Term]]:
    """Every form as a sum of squares and products of amplitudes at the nodes ``(..., nodes)``."""
    xp = namespace(q2)
    heavy, light, mass = par[process.parent], par[process.meson], par[process.lepton_mass]
    ff = charged.form_factors(inputs, process, par, q2)
    momentum = root_kallen(heavy, light, q2)
    y = mass / xp.sqrt(q2)
    quarks = charged.mass_difference(process, par)

    vector = 0.25 * momentum * ff["f+"] / xp.sqrt(q2)
    tensor = momentum * ff["fT"] / (heavy + light)
    scalar = 0.25 * (heavy * heavy - light * light) * ff["f0"]
    non_flip = amplitude(LOCAL, (V_PLUS, vector), (TENSOR, y * tensor))
    flip = amplitude(LOCAL, (V_PLUS, y * vector), (TENSOR, tensor))
    spin_0 = amplitude(LOCAL, (V_PLUS, scalar * mass / q2), (S_PLUS, scalar / quarks))

    factor = charged.rate_factor(process, par, q2, momentum)
    minus = [Term(16.0 / 3.0 * factor, non_flip)]
    plus = [Term(8.0 / 3.0 * factor, flip), Term(8.0 * factor, spin_0)]
    lost = [_lost_tensor(factor, vector, tensor, y)] if inputs.compat.tensor_sqrt2 else []
    return {
        "rate": [*minus, *plus, *lost],
        "plus": plus,
        "minus": minus,
        "afb": [Term(-8.0 * factor, flip, spin_0)],
    }


def _lost_tensor(factor: Array, vector: Array, tensor: Array, y: Array) -> Term:
    r"""What flavio 2.7's rate lacks: its amplitude of :math:`\bar\ell\sigma\gamma_5\nu` is smaller by
    :math:`\sqrt2`.

    A quarter of :math:`|C_T|^2` and 15 % of its interference with the vector amplitude go missing.
    """
    missing = 2.0 / 3.0 * (1.0 + 2.0 * y * y) * tensor
    interference = (8.0 - 4.0 * math.sqrt(2.0)) * y * vector
    return Term(
        -factor,
        amplitude(LOCAL, (TENSOR, tensor)),
        amplitude(LOCAL, (TENSOR, missing), (V_PLUS, interference)),
    )
