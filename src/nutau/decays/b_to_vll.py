r""":math:`B\to V\ell_1\bar\ell_2` with V = K*, φ: rate, longitudinal rate, forward-backward asymmetry.

Helicity amplitudes of :cite:`Gratrex:2015hna` without tensor operators. With :math:`C^\pm=C\pm C'`,
:math:`v=c_9`, :math:`a=C_{10}`:

.. math::
    V_0 &= \tfrac{4m_Bm_V}{\sqrt{q^2}}\Big[v^-A_{12}+\tfrac{m_b}{m_B+m_V}c_7^-T_{23}\Big], \\
    V_\pm &= \tfrac{\pm v^+\sqrt\lambda V-(m_B+m_V)^2v^-A_1}{2(m_B+m_V)}
        +\tfrac{m_b}{q^2}\big[\pm c_7^+\sqrt\lambda T_1-c_7^-(m_B^2-m_V^2)T_2\big], \\
    S &= \tfrac{\sqrt\lambda}{2}A_0\Big[rC_S^-+\tfrac{m_1-m_2}{q^2}v^-\Big], \quad
    P = \tfrac{\sqrt\lambda}{2}A_0\Big[rC_P^-+\tfrac{m_1+m_2}{q^2}a^-\Big],

with :math:`r=\frac{m_b}{m_b+m_s}` (:func:`nutau.decays.b_to_sll.density`) and :math:`A_0,A_\pm` as
:math:`V_0,V_\pm` with a for v and without :math:`c_7`. A common factor i is left out.

Light leptons have spectator scattering and weak annihilation (:mod:`nutau.decays.spectator_scattering`) below
charmonium, and either a polynomial of nuisances or charm loops by analyticity (:mod:`nutau.decays.dispersive`); the
resonances are in no rate. B_s → φ with equal leptons: time-integrated (:mod:`nutau.decays.bs_mixing`), for taus 5 %
below the prompt rate in the SM, on :math:`(1, C, C^*)`. Unequal leptons: prompt, as flavio; mixing changes a rate by
about :math:`\Delta\Gamma/2\Gamma` at most, and only if both orders of the leptons occur.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import ParametersAtNodes, Range
from nutau.decays import b_to_sll
from nutau.decays.angular import COEFFICIENTS, Amplitudes, Leptons, average, products, untagged
from nutau.decays.assembly import Amplitude, OnDemand, Term, amplitude
from nutau.decays.b_to_sll import AmplitudeInputs, Process
from nutau.decays.bs_mixing import time_integrated
from nutau.decays.distribution import J_SHAPES, Distribution, Flavour
from nutau.decays.pairs import EQUAL, UNEQUAL
from nutau.decays.spectator_scattering import END, SPECTATORS, Correction, Hadrons, corrections
from nutau.eft.algebra import Quadratic
from nutau.inputs import Inputs

PROCESSES = (
    *(
        Process(f"B0->K*{pair.name}", "m_B0", "m_K*0", "tau_B0", "B->K*", pair.leptons)
        for pair in (*EQUAL, *UNEQUAL)
    ),
    *(
        Process(f"B+->K*{pair.name}", "m_B+", "m_K*+", "tau_B+", "B->K*", pair.leptons)
        for pair in (*EQUAL, *UNEQUAL)
    ),
    *(
        Process(f"Bs->phi{pair.name}", "m_Bs", "m_phi", "tau_Bs", "Bs->phi", pair.leptons)
        for pair in (*EQUAL, *UNEQUAL)
    ),
)

HELICITIES = ("0", "+", "-")

_PARTS = {
    **{"rate": ("rate", 1.0), "longitudinal": ("longitudinal", 1.0), "flavio_fl": ("-2c", 1.0)},
    **{"transverse": ("2s", 1.0), "afb": ("afb", 1.0), "rate_cp": ("rate", -1.0), "afb_cp": ("afb", -1.0)},
    **{f"S{i}": (i, 1.0) for i in COEFFICIENTS},
    **{f"A{i}": (i, -1.0) for i in COEFFICIENTS},
}
"""Every form: an angular coefficient and the sign of the conjugate decay."""
UNTAGGED = (
    *("rate", "longitudinal", "flavio_fl", "transverse", "S3", "S4", "S7"),
    *("A5", "A8", "A9", "afb_cp"),
)
"""What is left of them where the flavour of the B_s is not known: forms whose sign is that of its CP parity."""


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> Mapping[str, Quadratic]:
    r"""CP-averaged rates over a bin (all of phase space if None), in GeV; matrices ``(..., 1 + n, 1 + n)``.

    Keys: ``rate``; ``longitudinal``, the rate to a V of helicity 0; ``flavio_fl``, the numerator of
    flavio's F_L, which misses the timelike amplitudes and a factor :math:`\beta^2` (they matter for taus);
    ``afb``, forward minus backward in LHCb's convention, positive in the SM at high q²; ``S3`` to ``S9``, half the sum
    of an angular coefficient (:mod:`nutau.decays.angular`) of the decay and of its conjugate, ``A3`` to ``A9``, half
    the difference; ``transverse``, that of :math:`J_{2s}`; ``rate_cp`` and ``afb_cp``, half the differences. Of
    B_s → φ those of ``UNTAGGED``. Each is computed when it is asked for. Raises :class:`InputError` for an impossible
    bin.
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
    r""":math:`d\Gamma/dq^2d\cos\theta_\ell d\cos\theta_Vd\phi` at the q² of events ``(events,)``, of K* → Kπ
    (:mod:`nutau.decays.distribution`); decays of a B_s mix, and have none here."""
    at, par_at = b_to_sll.at_events(inputs, par, process, q2, flavour)
    both = _named(at, par_at)
    leptons = Leptons.of(at.masses, at.root_leptons, at.q2)
    parts = [(shape, average(products(leptons, name), both, at.half)) for name, shape in J_SHAPES.items()]
    return Distribution(parts, (np.eye(1 + len(process.basis)),))


def form_factor_tensor(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> Mapping[str, Array]:
    r"""Each form as one of the form-factor coefficients, too: :math:`M_{ij}=T_{abij}\alpha_a\alpha_b`.

    As :func:`nutau.decays.b_to_pll.form_factor_tensor`.
    """
    return b_to_sll.form_factor_tensor(inputs, par, process, q2_range, _shifts(process), _terms)


def _shifts(process: Process) -> tuple[str, ...]:
    """The δC9 nuisances of the decay, one per helicity."""
    if process.violates_flavour:
        return ()
    return tuple(f"{process.label} deltaC9 c_{helicity}" for helicity in HELICITIES)


def _terms(at: AmplitudeInputs, par: ParametersAtNodes) -> Mapping[str, list[Term]]:
    both, half = _named(at, par), (at.half[0], at.half[1])
    leptons = Leptons.of(at.masses, at.root_leptons, at.q2)
    if at.process.parent == "m_Bs" and not at.process.violates_flavour:
        y = 0.5 * par["DeltaGamma/Gamma_Bs"]
        return OnDemand(
            UNTAGGED,
            lambda key: time_integrated(*untagged(products(leptons, _PARTS[key][0]), both, half), y),
        )

    def made(key: str) -> list[Term]:
        part, sign = _PARTS[key]
        return average(products(leptons, part), both, half, sign)

    return OnDemand(tuple(_PARTS), made)


def _named(at: AmplitudeInputs, par: ParametersAtNodes) -> tuple[Amplitudes, Amplitudes]:
    """The amplitudes of the decay and of its conjugate (complex conjugated)."""
    same = {f"A{h}": value for h, value in _axial(at).items()} | {"S": _scalar(at), "P": _pseudoscalar(at)}
    decay, conjugate = (
        {f"V{h}": value for h, value in vector.items()} | same for vector in _vectors(at, par)
    )
    return decay, conjugate


Factors = dict[str, list[tuple[float, Array]]]
"""By helicity: what multiplies C + sign C', with the sign."""


def _vectors(at: AmplitudeInputs, par: ParametersAtNodes) -> list[dict[str, Amplitude]]:
    """V by helicity, of the decay and of its conjugate (complex conjugated)."""
    process, nine, seven = at.process, _current(at), _dipole(at)
    parts = {h: [(process.combination("C9", sign), factor) for sign, factor in nine[h]] for h in HELICITIES}
    if process.violates_flavour:
        return [{h: amplitude(process.basis, *parts[h]) for h in HELICITIES}] * 2
    spectator, charm = _spectator(at, par), _charm(at)
    both = []
    for k, (g7, g9) in enumerate(at.gluons):
        vector = {}
        for h in HELICITIES:
            c9 = at.c9[k] + at.shift(par, f"{process.label} deltaC9 c_{h}")[k]
            sm = sum(factor.astype(complex) * c9 for _, factor in nine[h])
            sm = sm + sum(factor.astype(complex) * (at.c7[k] + sign * at.c7p) for sign, factor in seven[h])
            sm = sm + spectator.standard[k][h] + _below(at, par, h, seven)[k] + charm[k][h]
            dipole = [(process.combination("C7", sign), factor) for sign, factor in seven[h]]
            gluon = [
                (process.combination("C8", sign), x.astype(complex) * g7 + y.astype(complex) * g9 + more[1])
                for (sign, x), (_, y), more in zip(seven[h], nine[h], spectator.gluon[k][h], strict=True)
            ]
            vector[h] = amplitude(process.basis, ({"1": 1.0}, sm), *dipole, *gluon, *parts[h])
        both.append(vector)
    return both


@dataclass(frozen=True)
class _Spectator:
    """What spectator scattering adds to V of a decay and of its conjugate, by helicity."""

    standard: tuple[dict[str, Array], dict[str, Array]]
    gluon: tuple[Factors, Factors]


def _spectator(at: AmplitudeInputs, par: ParametersAtNodes) -> _Spectator:
    r"""QCD factorisation: :math:`-2m_b(m_B^2-q^2)\mathcal T_\perp/q^2` in :math:`V_-` (in :math:`V_+` that of a primed
    operator, with the other sign), :math:`-m_b(m_B^2-q^2)^2\mathcal T_\parallel/2m_B^2m_V\sqrt{q^2}` in :math:`V_0`,
    the b quark's pole mass; Eqs. (39) and (40) of :cite:`Beneke:2001at`."""
    assert at.short is not None
    xp, short = namespace(at.q2), at.short
    hadrons = Hadrons(at.process.parent, at.process.meson, SPECTATORS[at.process.parent])
    far = "tau" in at.process.leptons or (xp is np and np.min(at.q2) >= END)
    if far:
        nothing = xp.zeros_like(at.q2 * at.heavy).astype(complex)
        found = (Correction(nothing, nothing, nothing),) * 2
    else:
        found = corrections(par, short.at, short.sm, hadrons, at.q2, compat=at.compat, charm=at.charm is None)
    missing = at.short.at.m_b_pole * (at.heavy**2 - at.q2)
    perpendicular = found[0].times(missing / at.q2)
    longitudinal = found[1].times(
        -missing * (at.heavy**2 - at.q2) / (2.0 * at.heavy**2 * at.light * xp.sqrt(at.q2))
    )
    standard, gluon = [], []
    for t, zero in zip(
        short.both(perpendicular.top, perpendicular.up),
        short.both(longitudinal.top, longitudinal.up),
        strict=True,
    ):
        standard.append({"0": zero, "+": 0.0 * t, "-": -2.0 * t})
    for turned in (False, True):
        t, zero = (xp.conj(one.gluon) if turned else one.gluon for one in (perpendicular, longitudinal))
        gluon.append(_by_helicity(t, -t, zero))
    return _Spectator((standard[0], standard[1]), (gluon[0], gluon[1]))


def _below(at: AmplitudeInputs, par: ParametersAtNodes, h: str, seven: Factors) -> tuple[Array, Array]:
    r"""The polynomial nuisances below charmonium, :math:`\delta=\frac{m_B}{2m_b}(a_h+b_hq^2/m_B^2)`: a shift of
    :math:`C_7` in :math:`V_0` and :math:`V_-`, of :math:`C_7'` in :math:`V_+`."""
    name, sign = ("C7p", 1.0) if h == "+" else ("C7", 0.0)
    factor = sum((one if sign else 1.0) * part for one, part in seven[h])
    value = at.polynomial(par, f"{at.process.label} delta_{name}", f"_{h}", at.q2 / at.heavy**2)
    scale = (factor * at.heavy / (2.0 * at.m_b)).astype(complex)
    return scale * value[0], scale * value[1]


def _charm(at: AmplitudeInputs) -> list[dict[str, Array]]:
    r"""Charm loops by analyticity (:mod:`nutau.decays.dispersive`) of the decay and of its conjugate, by helicity:
    :math:`-32\pi^2\frac{m_B^2}{q^2}\mathcal H_\lambda` in the place of :math:`C_9\mathcal F_\lambda`."""
    if at.charm is None:
        return [dict.fromkeys(HELICITIES, 0.0)] * 2
    assert at.short is not None
    unit = -16.0 * math.pi**2 * at.heavy**3 / at.q2
    cross, along = ((unit / 2.0**0.5).astype(complex) * at.charm[kind] for kind in ("perp", "para"))
    zero = (unit * at.heavy / namespace(at.q2).sqrt(at.q2)).astype(complex) * at.charm["long"]
    signs = {"0": zero, "+": cross - along, "-": -cross - along}
    pairs = {h: at.short.both(value, value) for h, value in signs.items()}
    return [{h: pair[k] for h, pair in pairs.items()} for k in range(2)]


def _current(at: AmplitudeInputs) -> Factors:
    """Of a vector current."""
    perpendicular = 0.5 * at.root * at.ff["V"] / (at.heavy + at.light)
    parallel = -0.5 * (at.heavy + at.light) * at.ff["A1"]
    zero = 4.0 * at.heavy * at.light / namespace(at.q2).sqrt(at.q2) * at.ff["A12"]
    return _by_helicity(perpendicular, parallel, zero)


def _dipole(at: AmplitudeInputs) -> Factors:
    """Of the dipole, C7."""
    perpendicular = at.m_b / at.q2 * at.root * at.ff["T1"]
    parallel = -at.m_b / at.q2 * (at.heavy * at.heavy - at.light * at.light) * at.ff["T2"]
    zero = 4.0 * at.heavy * at.light / namespace(at.q2).sqrt(at.q2) * at.ff["T23"]
    return _by_helicity(perpendicular, parallel, zero * at.m_b / (at.heavy + at.light))


def _by_helicity(perpendicular: Array, parallel: Array, zero: Array) -> Factors:
    return {
        "0": [(-1.0, zero)],
        "+": [(1.0, perpendicular), (-1.0, parallel)],
        "-": [(1.0, -perpendicular), (-1.0, parallel)],
    }


def _axial(at: AmplitudeInputs) -> dict[str, Amplitude]:
    axial = {}
    for h, factors in _current(at).items():
        parts = [(at.process.combination("C10", sign), factor) for sign, factor in factors]
        if not at.process.violates_flavour:
            parts.append(({"1": 1.0}, at.c10 * sum(factor for _, factor in factors)))
        axial[h] = amplitude(at.process.basis, *parts)
    return axial


def _scalar(at: AmplitudeInputs) -> Amplitude:
    timelike = 0.5 * at.root * at.ff["A0"]
    parts = [(at.process.combination("CS", -1.0), timelike * at.density(1.0))]
    if at.process.violates_flavour:
        helicity = timelike * (at.masses[0] - at.masses[1]) / at.q2
        parts.append((at.process.combination("C9", -1.0), helicity))
    return amplitude(at.process.basis, *parts)


def _pseudoscalar(at: AmplitudeInputs) -> Amplitude:
    timelike = 0.5 * at.root * at.ff["A0"]
    helicity = timelike * (at.masses[0] + at.masses[1]) / at.q2
    minus = {c: at.process.combination(c, -1.0) for c in ("CP", "C10")}
    parts = [(minus["CP"], timelike * at.density(1.0)), (minus["C10"], helicity)]
    if not at.process.violates_flavour:
        parts.append(({"1": 1.0}, helicity * at.c10))
    return amplitude(at.process.basis, *parts)
