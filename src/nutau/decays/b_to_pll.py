r""":math:`B\to K\ell_1\bar\ell_2`: rate and forward-backward asymmetry, any lepton masses.

Helicity amplitudes of :cite:`Gratrex:2015hna` without tensor operators. With
:math:`C^+=C+C'`, :math:`v=c_9^+`, :math:`a=C_{10}^+`:

.. math::
    V &= \tfrac{\sqrt\lambda}{2\sqrt{q^2}}\Big[\tfrac{2m_b}{m_B+m_K}c_7^+f_T+v f_+\Big], &
    A &= \tfrac{\sqrt\lambda}{2\sqrt{q^2}}\,a f_+, \\
    S &= \tfrac{m_B^2-m_K^2}{2}f_0\Big[rC_S^++\tfrac{m_1-m_2}{q^2}v\Big], &
    P &= \tfrac{m_B^2-m_K^2}{2}f_0\Big[rC_P^++\tfrac{m_1+m_2}{q^2}a\Big],

with :math:`r=\frac{m_b}{m_b-m_s}`, as :math:`O_{S,P}` carry an :math:`m_b`
(:func:`nutau.decays.b_to_sll.density`).

Light leptons have spectator scattering and weak annihilation (:mod:`nutau.decays.spectator_scattering`) below
charmonium, which flavio leaves out (``no_spectator_in_b_to_p``), and either a polynomial of nuisances or charm loops by
analyticity (:mod:`nutau.decays.dispersive`). Photon radiation is what experiments correct for; resonances are in no
rate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import ParametersAtNodes, Range
from nutau.decays import b_to_sll
from nutau.decays.assembly import Amplitude, Term, amplitude
from nutau.decays.b_to_sll import AmplitudeInputs, Process, lepton_weights
from nutau.decays.distribution import P_SHAPES, Distribution, Flavour
from nutau.decays.pairs import EQUAL, UNEQUAL
from nutau.decays.spectator_scattering import END, SPECTATORS, Hadrons, pseudoscalar
from nutau.eft.algebra import Quadratic
from nutau.inputs import Inputs

PROCESSES = (
    *(
        Process(f"B+->K{pair.name}", "m_B+", "m_K+", "tau_B+", "B->K", pair.leptons)
        for pair in (*EQUAL, *UNEQUAL)
    ),
    *(
        Process(f"B0->K{pair.name}", "m_B0", "m_K0", "tau_B0", "B->K", pair.leptons)
        for pair in (*EQUAL, *UNEQUAL)
    ),
)


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> Mapping[str, Quadratic]:
    """CP-averaged rates over a bin (all of phase space if None), in GeV; matrices ``(..., 1 + n, 1 + n)``.

    Keys: ``rate``; ``rate_cp``, half the difference of the decay of a b and its conjugate; ``flat``, the numerator of
    F_H, what does not fall with the angle as :math:`\\sin^2\\theta` (:cite:`Bobeth:2007dw`); ``afb``, forward minus
    backward, for the angle between the negative lepton and the direction opposite to the B in the rest frame of the
    leptons. Raises :class:`InputError` for an impossible bin.
    """
    return b_to_sll.integrated(inputs, par, process, q2_range, _shifts(process), _terms)


def densities(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array
) -> Mapping[str, Quadratic]:
    """The same per GeV², at ``q2`` ``(nodes,)``; matrices ``(..., nodes, 1 + n, 1 + n)``."""
    return b_to_sll.at_points(inputs, par, process, q2, _terms)


def distribution(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array, flavour: Flavour
) -> Distribution:
    r""":math:`d\Gamma/dq^2d\cos\theta_\ell` at the q² of events ``(events,)`` (:mod:`nutau.decays.distribution`)."""
    made = _terms(*b_to_sll.at_events(inputs, par, process, q2, flavour))
    falling = P_SHAPES["sin^2"]
    parts = [
        (falling, made["rate"]),
        (replace(falling, factor=-falling.factor), made["flat"]),
        (P_SHAPES["flat"], made["flat"]),
        (P_SHAPES["cos"], made["afb"]),
    ]
    return Distribution(parts, (np.eye(1 + len(process.basis)),))


def form_factor_tensor(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> Mapping[str, Array]:
    r"""Each form as one of the form-factor coefficients, too: :math:`M_{ij}=T_{abij}\alpha_a\alpha_b`.

    ``(n_ff, n_ff, 1 + n, 1 + n)`` by key, with :math:`\alpha` in the order of the channel's
    ``FormFactors.names`` and all other parameters as in ``par`` (numbers, no draws).
    """
    return b_to_sll.form_factor_tensor(inputs, par, process, q2_range, _shifts(process), _terms)


def _shifts(process: Process) -> tuple[str, ...]:
    """The δC9 nuisances of the decay."""
    return () if process.violates_flavour else (f"{process.label} deltaC9 c",)


def _terms(at: AmplitudeInputs, par: ParametersAtNodes) -> dict[str, list[Term]]:
    xp = namespace(at.q2, *at.ff.values())
    e1e2, m1m2, x = lepton_weights(at)
    first, second = at.masses
    vectors, axial, scalar, pseudoscalar = _amplitudes(at, par)
    non_flip, flip = 8.0 * (e1e2 + m1m2), 8.0 * (e1e2 - m1m2)
    spin_0 = ((flip + 8.0 * x, scalar), (non_flip + 8.0 * x, pseudoscalar))

    def total(spin_1: Array, sign: float) -> list[Term]:
        """Half the sum or difference of a decay and its conjugate; ``spin_1`` is added to the weights of V and A."""
        same = at.half[0] + sign * at.half[1]
        found = [Term(same * weight, part) for weight, part in ((flip + spin_1, axial), *spin_0)]
        halves = (at.half[0], sign * at.half[1])
        return found + [
            Term(half * (non_flip + spin_1), one) for half, one in zip(halves, vectors, strict=True)
        ]

    velocity = -4.0 * at.root_leptons / xp.sqrt(at.q2)
    afb = []
    if at.process.violates_flavour:
        afb.append(Term(at.both * velocity * (first - second), axial, pseudoscalar))
    for half, vector in zip(at.half, vectors, strict=True):
        afb.append(Term(half * velocity * (first + second), vector, scalar))
    return {
        "rate": total(8.0 / 3.0 * x, 1.0),
        "rate_cp": total(8.0 / 3.0 * x, -1.0),
        "flat": total(-8.0 * x, 1.0),
        "afb": afb,
    }


def _amplitudes(
    at: AmplitudeInputs, par: ParametersAtNodes
) -> tuple[list[Amplitude], Amplitude, Amplitude, Amplitude]:
    """V of the decay and of its conjugate (complex conjugated), A, S, P."""
    process, basis = at.process, at.process.basis
    first, second = at.masses
    plus = {
        operator: process.combination(operator, 1.0) for operator in ("C7", "C8", "C9", "C10", "CS", "CP")
    }
    nine = at.root / (2.0 * namespace(at.q2).sqrt(at.q2)) * at.ff["f+"]
    seven = at.root / namespace(at.q2).sqrt(at.q2) * at.m_b / (at.heavy + at.light) * at.ff["fT"]
    spin_0 = 0.5 * (at.heavy * at.heavy - at.light * at.light) * at.ff["f0"]
    density = spin_0 * at.density(-1.0)
    helicity = spin_0 * (first + second) / at.q2
    axial_parts = [(plus["C10"], nine)]
    pseudoscalar_parts = [(plus["CP"], density), (plus["C10"], helicity)]
    if process.violates_flavour:
        scalar = amplitude(basis, (plus["CS"], density), (plus["C9"], spin_0 * (first - second) / at.q2))
        vectors = [amplitude(basis, (plus["C9"], nine))] * 2
        return vectors, amplitude(basis, *axial_parts), scalar, amplitude(basis, *pseudoscalar_parts)
    vectors = []
    shift, spectator, charm = at.shift(par, _shifts(process)[0]), _spectator(at, par), _charm(at)
    below = at.polynomial(par, f"{process.label} deltaC9", "", at.q2)
    for k, (g7, g9) in enumerate(at.gluons):
        c9 = at.c9[k] + shift[k] + below[k]
        standard = seven.astype(complex) * (at.c7[k] + at.c7p) + nine.astype(complex) * c9
        standard = standard + spectator[k][0] + charm[k]
        gluon = seven.astype(complex) * g7 + nine.astype(complex) * g9 + spectator[k][1]
        parts = (plus["C7"], seven), (plus["C8"], gluon), (plus["C9"], nine)
        vectors.append(amplitude(basis, ({"1": 1.0}, standard), *parts))
    axial = amplitude(basis, *axial_parts, ({"1": 1.0}, nine * at.c10))
    pseudoscalar = amplitude(basis, *pseudoscalar_parts, ({"1": 1.0}, helicity * at.c10))
    return vectors, axial, amplitude(basis, (plus["CS"], density)), pseudoscalar


def _charm(at: AmplitudeInputs) -> tuple[Array, Array]:
    r"""Charm loops by analyticity: :math:`-32\pi^2\frac{m_B^2}{q^2}\mathcal H_+` in the place of :math:`C_9f_+`."""
    if at.charm is None:
        return 0.0, 0.0
    assert at.short is not None
    root = namespace(at.q2).sqrt(at.q2)
    value = (-16.0 * math.pi**2 * at.root * at.heavy**2 / (at.q2 * root)).astype(complex) * at.charm["plus"]
    return at.short.both(value, value)


def _spectator(at: AmplitudeInputs, par: ParametersAtNodes) -> list[tuple[Array, Array]]:
    """What spectator scattering adds to V, of the SM and with C8: of the decay and of its conjugate (conjugated)."""
    assert at.short is not None
    xp = namespace(at.q2)
    if at.compat.no_spectator_in_b_to_p or "tau" in at.process.leptons or (xp is np and np.min(at.q2) >= END):
        nothing = xp.zeros_like(at.q2 * at.heavy).astype(complex)
        return [(nothing, nothing)] * 2
    hadrons = Hadrons(at.process.parent, at.process.meson, SPECTATORS[at.process.parent])
    scale = at.root / (2.0 * xp.sqrt(at.q2)) * 2.0 * at.short.at.m_b_pole / at.heavy
    found = pseudoscalar(par, at.short.at, at.short.sm, hadrons, at.q2, charm=at.charm is None).times(scale)
    return list(zip(at.short.both(found.top, found.up), (found.gluon, xp.conj(found.gluon)), strict=True))
