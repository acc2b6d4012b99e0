r""":math:`B\to K^*\gamma`, :math:`B_s\to\phi\gamma`: rates, direct and mixing-induced CP asymmetries.

.. math::
    \Gamma = |N|^2\big(|a_L|^2+|a_R|^2\big), \quad
    |N|^2=\frac{G_F^2\alpha_em_B^3m_b^2}{32\pi^4}|\xi_t|^2\Big(1-\frac{m_V^2}{m_B^2}\Big)^3, \quad
    a_L = \big(C_7^{eff}+\delta_7\big)T_1(0)+\mathcal T_\perp, \quad a_R = C_7'\,T_1(0)+\mathcal T_\perp',

the limit :math:`q^2\to0` of the helicities - and + of :mod:`nutau.decays.b_to_vll`, with its matrix elements of
four-quark operators, spectator scattering and annihilation (Eqs. (60)-(64) of :cite:`Beneke:2001at`, taken at 0.001
GeV², since it has a logarithm of :math:`q^2`) and nuisances of power corrections. :math:`\alpha_e` is that of a real
photon; flavio takes that at 4.8 GeV (``running_photon``), 3.7 % more. A decay and its conjugate interfere by mixing,

.. math:: A_{\Delta\Gamma}+iS = -\frac qp\,\frac{a_L\bar a_L^*+a_R\bar a_R^*}{\frac12(|a|^2+|\bar a|^2)},

with the phase of mixing of the Standard Model and its width neglected, :math:`q/p=\xi_q^*/\xi_q`,
:math:`\xi_q=V_{tb}V_{tq}^*`. They are forms of :math:`(1,C,C^*)`, as the time-integrated rate of the :math:`B_s`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import Nodes, ParametersAtNodes, Range
from nutau.decays import b_to_sll
from nutau.decays.assembly import Amplitude, Term, amplitude, integrate
from nutau.decays.b_to_sll import AmplitudeInputs
from nutau.decays.bs_mixing import interference, time_integrated
from nutau.decays.spectator_scattering import SPECTATORS, Hadrons, corrections
from nutau.eft.algebra import Quadratic
from nutau.eft.ckm import tree_ckm
from nutau.eft.wet.basis import SB_DIPOLE, part
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inputs import Inputs

AT_ZERO, SPECTATOR_Q2 = 1e-5, 1e-3
"""GeV², where the limit is taken of what is finite there, and of spectator scattering."""


@dataclass(frozen=True)
class Process:
    """A radiative decay; masses and lifetime by parameter name, ``light`` the quark that mixes."""

    name: str
    parent: str
    meson: str
    lifetime: str
    channel: str
    light: str = "d"

    @property
    def basis(self) -> Basis:
        """C7, C7p, C8, C8p."""
        return part(SB_DIPOLE)

    @property
    def virtual(self) -> b_to_sll.Process:
        """The decay in which an electron pair comes from the photon."""
        return b_to_sll.Process(self.name, self.parent, self.meson, self.lifetime, self.channel, ("e", "e"))


PROCESSES = (
    Process("B0->K*gamma", "m_B0", "m_K*0", "tau_B0", "B->K*"),
    Process("B+->K*gamma", "m_B+", "m_K*+", "tau_B+", "B->K*"),
    Process("Bs->phigamma", "m_Bs", "m_phi", "tau_Bs", "Bs->phi", "s"),
)


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> dict[str, Quadratic]:
    r"""The rates in GeV, forms of C7, C7p, C8 and C8p at 4.8 GeV.

    Keys: ``prompt``, the mean of a decay and its conjugate; ``rate``, as experiments count it: integrated over time
    for a B_s, else ``prompt``; ``direct``, half the difference of the decay of a b quark and its conjugate. Neutral B:
    ``cosine`` and ``sine``, which are :math:`A_{\Delta\Gamma}` and S with ``prompt`` below them, matrices
    ``(..., 9, 9)``. Raises :class:`InputError` if a bin is asked for: the photon is real.
    """
    if q2_range is not None:
        raise InputError(f"{process.name} has a real photon and no q² bins; {q2_range} was asked for.")
    at_nodes = ParametersAtNodes(par)
    once = Nodes(at_nodes.row(np.ones(1)), at_nodes.row(np.ones(1)))
    computed = replace(inputs, long_distance="polynomial")  # a real photon is at q² = 0 in either description
    at = b_to_sll.setting(computed, at_nodes, process.virtual, AT_ZERO * once.weights)
    weights = _weights(inputs, at_nodes, process, at)
    both = [_amplitudes(at_nodes, process, at, k) for k in range(2)]
    means = [Term(0.5 * w, a) for w, of in zip(weights, both, strict=True) for a in of]
    gaps = [Term(s * 0.5 * w, a) for w, of, s in zip(weights, both, (1.0, -1.0), strict=True) for a in of]
    terms = {"prompt": means, "direct": gaps}
    if process.parent == "m_B+":
        found = integrate(terms, once, process.basis)
        return found | {"rate": found["prompt"]}
    (left, right), (left_bar, right_bar) = both
    size = (weights[0] * weights[1]) ** 0.5
    phase = _phase(inputs, at_nodes, process)
    crossed = [
        Term(-size, left, _turned(right_bar, phase)),
        Term(-size, right, _turned(left_bar, phase)),
    ]
    terms |= {"cosine": interference(crossed), "sine": interference(crossed, -1j)}
    if process.parent == "m_Bs":
        terms["rate"] = time_integrated(means, crossed, -0.5 * at_nodes["DeltaGamma/Gamma_Bs"])
    found = integrate(terms, once, process.basis)
    return found if "rate" in found else found | {"rate": found["prompt"]}


def _weights(
    inputs: Inputs, par: ParametersAtNodes, process: Process, at: AmplitudeInputs
) -> tuple[Array, Array]:
    """|N|² of the decay and of its conjugate."""
    assert at.short is not None
    alpha = at.short.at.alpha_e if inputs.compat.running_photon else par["alpha_e0"]
    space = (1.0 - (at.light / at.heavy) ** 2) ** 3
    common = par["GF"] ** 2 * alpha * at.heavy**3 * at.m_b**2 / (32.0 * math.pi**4) * space
    first, second = (
        tree_ckm(par, conjugate=bar, even_phase=inputs.compat.ckm_conjugate).lambda_t()
        for bar in (False, True)
    )
    xp = namespace(first, common)
    return common * xp.abs(first) ** 2, common * xp.abs(second) ** 2


def _amplitudes(
    par: ParametersAtNodes, process: Process, at: AmplitudeInputs, k: int
) -> tuple[Amplitude, Amplitude]:
    """a_L and a_R of the decay (k = 0) or of its conjugate (1, complex conjugated)."""
    assert at.short is not None
    xp, short = namespace(at.q2, at.c7[k]), at.short
    q2 = at.q2 * (SPECTATOR_Q2 / AT_ZERO)
    hadrons = Hadrons(process.parent, process.meson, SPECTATORS[process.parent])
    scattering = corrections(par, short.at, short.sm, hadrons, q2, compat=at.compat)[0]
    root = ((at.heavy**2 - at.light**2 - q2) ** 2 - 4.0 * at.light**2 * q2) ** 0.5
    scattering = scattering.times(short.at.m_b_pole * (at.heavy**2 - q2) / (at.m_b * root))
    gluon = xp.conj(scattering.gluon) if k else scattering.gluon
    t1 = at.ff["T1"].astype(complex)
    gluon = gluon + t1 * at.gluons[k][0]
    shifts = []
    for name, h in (("C7", "-"), ("C7p", "+")):
        label = f"{at.process.label} delta_{name}"
        value = at.polynomial(par, label, f"_{h}", q2 / at.heavy**2)[k]
        shifts.append(value * (at.heavy / (2.0 * at.m_b)).astype(complex))
    left = t1 * (at.c7[k] + shifts[0]) + short.both(scattering.top, scattering.up)[k]
    right = t1 * (at.c7p + shifts[1])
    basis, real = process.basis, at.ff["T1"]
    return (
        amplitude(basis, ({"1": 1.0}, left), ({"C7_bs": 1.0}, real), ({"C8_bs": 1.0}, gluon)),
        amplitude(basis, ({"1": 1.0}, right), ({"C7p_bs": 1.0}, real), ({"C8p_bs": 1.0}, gluon)),
    )


def _phase(inputs: Inputs, par: ParametersAtNodes, process: Process) -> Array:
    r""":math:`\frac qp\xi_t\bar\xi_t^*` over its modulus."""
    ckm = tree_ckm(par)
    bar = tree_ckm(par, conjugate=True, even_phase=inputs.compat.ckm_conjugate)
    mixing = ckm.lambda_t("s" if process.light == "s" else "d")
    xp = namespace(mixing)
    turned = xp.conj(mixing) / mixing * ckm.lambda_t() * xp.conj(bar.lambda_t())
    return turned / xp.abs(turned).astype(complex)


def _turned(one: Amplitude, phase: Array) -> Amplitude:
    """An amplitude times a phase."""
    xp = namespace(one.values, phase)
    values = one.values
    real, imaginary = xp.real(phase)[..., None], xp.imag(phase)[..., None]
    return Amplitude(
        xp.concatenate([values * real, values * imaginary], axis=-1),
        np.concatenate([one.spread, 1j * one.spread]),
    )
