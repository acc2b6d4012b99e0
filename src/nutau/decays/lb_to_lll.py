r""":math:`\Lambda_b\to\Lambda(\to p\pi^-)\ell_1\bar\ell_2`, unpolarised: rate, longitudinal rate, asymmetries.

Helicity amplitudes of :cite:`Boer:2014kda`, Eqs. (3.12)-(3.16), with the mass of the leptons and with scalar operators.
For the helicity :math:`\pm\frac12` of the Λ, :math:`C^\pm=C\pm C'`, :math:`v=c_9`, :math:`s_\pm=(M\pm m)^2-q^2`:

.. math::
    V_0 &= \tfrac{\sqrt{s_-}}{2\sqrt{q^2}}\big[(M+m)v^+f_0^V+2m_bc_7^+f_0^T\big]
        \mp\tfrac{\sqrt{s_+}}{2\sqrt{q^2}}\big[(M-m)v^-f_0^A+2m_bc_7^-f_0^{T5}\big], \\
    V_1 &= -\sqrt{\tfrac{s_-}2}\big[v^+f_\perp^V+\tfrac{2m_b(M+m)}{q^2}c_7^+f_\perp^T\big]
        \pm\sqrt{\tfrac{s_+}2}\big[v^-f_\perp^A+\tfrac{2m_b(M-m)}{q^2}c_7^-f_\perp^{T5}\big], \\
    S &= \tfrac{\sqrt{s_+}}2(M-m)f_t^V\big[r_-C_S^++\tfrac{m_1-m_2}{q^2}v^+\big]
        \mp\tfrac{\sqrt{s_-}}2(M+m)f_t^A\big[r_+C_S^-+\tfrac{m_1-m_2}{q^2}v^-\big],

:math:`r_\pm=\frac{m_b}{m_b\pm m_s}` (:func:`nutau.decays.b_to_sll.density`); A as V with :math:`C_{10}` for v and
without :math:`c_7`, P as S with :math:`C_P`, :math:`C_{10}` and :math:`m_1+m_2`. Squared and averaged over the spin of
the :math:`\Lambda_b`, with the lepton tensors of :mod:`nutau.decays.b_to_vll`; averaged over Λ_b and its conjugate. The
asymmetries of the hadron side are :math:`\alpha_\Lambda/2` times differences of the helicities of the Λ.

Matrix elements of four-quark operators: as in B → K⁽*⁾ (:mod:`nutau.eft.wet.charm_loops`), without spectator
scattering, which is not known for baryons. What is left is a shift of :math:`C_7` by :math:`a+bq^2` below 9 GeV² and of
:math:`C_9` by a constant above 14 GeV², one per transversity amplitude, as in flavio.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import ParametersAtNodes, Range, safe_sqrt
from nutau.decays import b_to_sll
from nutau.decays.assembly import Amplitude, Term, amplitude
from nutau.decays.b_to_sll import AmplitudeInputs, Process, lepton_weights
from nutau.decays.pairs import EQUAL, UNEQUAL
from nutau.eft.algebra import Quadratic
from nutau.inputs import Inputs

SPINS = (1.0, -1.0)
"""Twice the helicity of the Λ; a transverse virtual photon has the helicity of the same sign."""

PROCESSES = tuple(
    Process(
        f"Lambdab->Lambda{pair.name}", "m_Lambdab", "m_Lambda", "tau_Lambdab", "Lambdab->Lambda", pair.leptons
    )
    for pair in (*EQUAL, *UNEQUAL)
)


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> Mapping[str, Quadratic]:
    r"""CP-averaged rates over a bin (all of phase space if None), in GeV; matrices ``(..., 1 + n, 1 + n)``.

    Keys: ``rate``; ``longitudinal``, that of lepton pairs of helicity 0; ``afb_l``, forward minus backward for the
    angle between the negative lepton and the direction opposite to the Λ_b, in the frame of the leptons (LHCb's sign,
    negative in the SM at high q²); ``afb_h``, the same of the proton in the frame of the Λ, with respect to the flight
    of the Λ; ``afb_lh``, both forward or both backward minus the rest. Raises :class:`InputError` for an
    impossible bin.
    """
    return b_to_sll.integrated(inputs, par, process, q2_range, _breaks(process), _terms)


def densities(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array
) -> Mapping[str, Quadratic]:
    """The same per GeV², at ``q2`` ``(nodes,)``; matrices ``(..., nodes, 1 + n, 1 + n)``."""
    return b_to_sll.at_points(inputs, par, process, q2, _terms)


TRANSVERSITIES = ("perp0", "para0", "perp1", "para1")
"""Vector current, longitudinal; axial one; vector, transverse; axial, transverse."""


def _breaks(process: Process) -> tuple[str, ...]:
    """The nuisances that set in at 14 GeV²."""
    if process.violates_flavour:
        return ()
    return tuple(f"{process.label} deltaC9 c_{name}" for name in TRANSVERSITIES)


@dataclass(frozen=True)
class _Parts:
    """What multiplies C9, 2 C7 and the scalar operators in the amplitudes of one parity, ``(..., nodes)``."""

    sign: float  # of C' relative to C
    longitudinal: tuple[Array, Array]
    transverse: tuple[Array, Array]
    timelike: Array


def _terms(at: AmplitudeInputs, par: ParametersAtNodes) -> dict[str, list[Term]]:
    e1e2, m1m2, x = lepton_weights(at)
    first, second = at.masses
    average = 4.0 / 9.0 * (3.0 * e1e2 + x)
    flip, non_flip = 3.0 * average - 4.0 * m1m2, 3.0 * average + 4.0 * m1m2
    scalar_weight, pseudoscalar_weight = 4.0 * (e1e2 - m1m2 + x), 4.0 * (e1e2 + m1m2 + x)
    velocity = 2.0 * at.root_leptons
    step = velocity / namespace(at.q2).sqrt(at.q2)
    alpha = 0.5 * par["alpha_Lambda"]

    terms: dict[str, list[Term]] = {key: [] for key in ("rate", "longitudinal", "afb_l", "afb_h", "afb_lh")}
    both, sm = _parities(at), [_hadronic(at, par, k) for k in range(2)]
    for spin in SPINS:
        vectors = [_vector(at, both, of, spin) for of in sm]
        axial = _axial(at, both, spin)
        scalar, pseudoscalar = _spin_0(at, both, spin, "CS"), _spin_0(at, both, spin, "CP")
        along = [
            Term(at.both * scalar_weight, scalar),
            Term(at.both * pseudoscalar_weight, pseudoscalar),
            Term(at.both * flip, axial[0]),
        ]
        across = [Term(at.both * flip, axial[1])]
        forward = []
        if at.process.violates_flavour:
            forward.append(Term(at.both * step * (first - second), axial[0], pseudoscalar))
        for half, vector in zip(at.half, vectors, strict=True):
            along.append(Term(half * non_flip, vector[0]))
            across.append(Term(half * non_flip, vector[1]))
            forward.append(Term(half * step * (first + second), vector[0], scalar))
            forward.append(Term(-spin * half * velocity, vector[1], axial[1]))
        terms["rate"] += [*along, *across]
        terms["longitudinal"] += along
        terms["afb_l"] += forward
        terms["afb_h"] += [Term(spin * alpha * t.weight, t.left, t.right) for t in (*along, *across)]
        terms["afb_lh"] += [Term(spin * alpha * t.weight, t.left, t.right) for t in forward]
    return terms


def _parities(at: AmplitudeInputs) -> tuple[_Parts, _Parts]:
    """The vector and the axial current."""
    xp = namespace(at.q2)
    total, gap = at.heavy + at.light, at.heavy - at.light
    root, plus = xp.sqrt(at.q2), safe_sqrt(total * total - at.q2)
    minus = at.root / plus
    halved = 1.0 / 2.0**0.5
    return (
        _Parts(
            1.0,
            (0.5 * minus / root * total * at.ff["fV0"], 0.5 * minus / root * at.ff["fT0"]),
            (-halved * minus * at.ff["fVperp"], -halved * minus * total / at.q2 * at.ff["fTperp"]),
            0.5 * plus * gap * at.ff["fVt"],
        ),
        _Parts(
            -1.0,
            (-0.5 * plus / root * gap * at.ff["fA0"], -0.5 * plus / root * at.ff["fT50"]),
            (halved * plus * at.ff["fAperp"], halved * plus * gap / at.q2 * at.ff["fT5perp"]),
            -0.5 * minus * total * at.ff["fAt"],
        ),
    )


Both = tuple[_Parts, _Parts]


@dataclass(frozen=True)
class _Hadronic:
    """What C7 and C9 are in each transversity amplitude, and what C8 adds to them: of the decay or its conjugate."""

    c7: Mapping[str, Array]
    c7p: Array
    c9: Mapping[str, Array]
    gluon: tuple[Array, Array]


def _hadronic(at: AmplitudeInputs, par: ParametersAtNodes, k: int) -> _Hadronic | None:
    """Of the decay (k = 0) or of its conjugate (1, complex conjugated); nothing for unequal leptons."""
    if at.process.violates_flavour:
        return None
    label = at.process.label
    return _Hadronic(
        c7={
            name: at.c7[k] + at.polynomial(par, f"{label} deltaC7", f"_{name}", at.q2)[k]
            for name in TRANSVERSITIES
        },
        c7p=at.c7p,
        c9={name: at.c9[k] + at.shift(par, f"{label} deltaC9 c_{name}")[k] for name in TRANSVERSITIES},
        gluon=at.gluons[k],
    )


def _vector(
    at: AmplitudeInputs, both: Both, hadronic: _Hadronic | None, spin: float
) -> tuple[Amplitude, Amplitude]:
    """V_0 and V_1."""
    made = []
    for direction in ("longitudinal", "transverse"):
        parts = []
        for parity, sign, name in zip(both, (1.0, spin), ("perp", "para"), strict=True):
            nine, seven = (sign * value for value in getattr(parity, direction))
            seven = 2.0 * at.m_b * seven
            parts.append((at.process.combination("C9", parity.sign), nine))
            if hadronic is None:
                continue
            transversity = name + ("0" if direction == "longitudinal" else "1")
            of_9, of_7 = nine.astype(complex), seven.astype(complex)
            c7 = hadronic.c7[transversity] + parity.sign * hadronic.c7p
            parts += [
                ({"1": 1.0}, of_9 * hadronic.c9[transversity] + of_7 * c7),
                (at.process.combination("C7", parity.sign), seven),
                (
                    at.process.combination("C8", parity.sign),
                    of_7 * hadronic.gluon[0] + of_9 * hadronic.gluon[1],
                ),
            ]
        made.append(amplitude(at.process.basis, *parts))
    return made[0], made[1]


def _axial(at: AmplitudeInputs, both: Both, spin: float) -> tuple[Amplitude, Amplitude]:
    """A_0 and A_1."""
    made = []
    for direction in ("longitudinal", "transverse"):
        parts = []
        for parity, sign in zip(both, (1.0, spin), strict=True):
            factor = sign * getattr(parity, direction)[0]
            parts.append((at.process.combination("C10", parity.sign), factor))
            if not at.process.violates_flavour:
                parts.append(({"1": 1.0}, factor * at.c10))
        made.append(amplitude(at.process.basis, *parts))
    return made[0], made[1]


def _spin_0(at: AmplitudeInputs, both: Both, spin: float, operator: str) -> Amplitude:
    """S or P, by the operator of its density: with it go C9 and m1 - m2, or C10 and m1 + m2."""
    first, second = at.masses
    current, mass = ("C9", first - second) if operator == "CS" else ("C10", first + second)
    parts = []
    for parity, sign in zip(both, (1.0, spin), strict=True):
        factor = sign * parity.timelike
        parts.append((at.process.combination(operator, parity.sign), factor * at.density(-parity.sign)))
        if current == "C10" or at.process.violates_flavour:
            parts.append((at.process.combination(current, parity.sign), factor * mass / at.q2))
        if current == "C10" and not at.process.violates_flavour:
            parts.append(({"1": 1.0}, factor * mass / at.q2 * at.c10))
    return amplitude(at.process.basis, *parts)
