r"""Spectator scattering and weak annihilation in :math:`B\to V\ell\ell` at low :math:`q^2`, in QCD factorisation.

What :cite:`Beneke:2001at` (Eqs. (15)-(32), (54)) and :cite:`Beneke:2004dp` (Eqs. (47)-(51)) add to the terms with form
factors: :math:`\mathcal T_\perp,\mathcal T_\parallel`, which enter amplitudes as :math:`C_7\xi_{\perp,\parallel}`. With
:math:`s=q^2/m_B^2`, :math:`E=(m_B^2-q^2+m_V^2)/2m_B`, :math:`a=\alpha_s/3\pi`, pole masses and

.. math::
    \mathcal T_\perp &= \tfrac{\pi^2f_Bf_\perp}{3m_B}\Big\{\tfrac a{\lambda_+}\Big\langle
        \tfrac{-4e_dC_8}{u+\bar us}+\tfrac{m_B}{2m_b}\sum_qt_\perp(m_q)\Big\rangle_\perp
        -\tfrac{4e_q}{m_b}\,c_P\Big\langle\tfrac1{\bar u+us}\Big\rangle_\perp
        +\tfrac{2e_q}{m_b}\tfrac{f_\parallel m_V}{f_\perp\lambda_+(1-s)}\,c_A\Big\}, \\
    \mathcal T_\parallel &= \tfrac{\pi^2f_Bf_\parallel}{3m_B}\tfrac{m_V}E\Big\{\tfrac1{\lambda_-}\Big[
        -\tfrac{4e_qm_B}{m_b}c_A+a\,e_q\Big\langle\tfrac{8C_8}{\bar u+us}+\tfrac{6m_B}{m_b}\sum_qh(m_q)\Big\rangle\Big]
        +\tfrac a{\lambda_+}\tfrac{m_B}{m_b}\Big\langle\sum_qt_\parallel(m_q)\Big\rangle\Big\},

where :math:`\langle\cdot\rangle` is the mean over the amplitude :math:`\phi(u)=6u\bar u(1+a_1C_1+a_2C_2)` of the meson,
:math:`\lambda_\pm` are the moments of that of the B, of which :math:`\phi_-` is an exponential. The operators of power
corrections that diverge at the end point are left out, as in flavio. Primed operators: :math:`C_8+C_8'` is in the
perpendicular amplitude, :math:`C_8-C_8'` in the others.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from nutau.common.arrays import Array, cartesian, namespace
from nutau.decays import loop_averages
from nutau.decays.loop_averages import BOTTOM, CHARM
from nutau.eft.qcd import B_MATCHING, C_MATCHING, AtScaleB, alpha_s
from nutau.eft.wet.standard_model import BToS
from nutau.inputs import Compat

SPECTATORS = {"m_B+": "u", "m_B0": "d", "m_Bs": "s"}
E_UP, E_DOWN = 2.0 / 3.0, -1.0 / 3.0
END = 8.9
"""GeV², up to where the corrections are added; the expansion is meant for less than 6."""
TENSOR_SCALE = 2.0
"""GeV, where the tensor decay constants are given, three flavours."""
FLAVIO_THRESHOLDS = (1.275, 4.18)
NO_QUIRKS = Compat()
EULER = 0.5772156649015329
SMALLEST = 0.2
"""1/GeV, a floor of the inverse moment: four standard deviations below its value."""


@dataclass(frozen=True)
class Hadrons:
    """The parameters of the B meson's and the vector meson's masses, and the flavour of the spectator: u, d or s."""

    parent: str
    meson: str
    spectator: str

    def of(self, par: Mapping[str, Array]) -> tuple[Array, Array, str, str]:
        """Both masses (GeV) and how other parameters name the mesons."""
        names = self.parent.removeprefix("m_"), self.meson.removeprefix("m_")
        return par[self.parent], par[self.meson], *names

    @property
    def charge(self) -> float:
        """Of the spectator."""
        return E_UP if self.spectator == "u" else E_DOWN


@dataclass(frozen=True)
class Correction:
    r"""One of :math:`\mathcal T_\perp`, :math:`\mathcal T_\parallel`: ``top + r * up`` with :math:`r=\xi_u/\xi_t`.

    ``gluon`` is what multiplies new physics in :math:`C_8`. Complex, of the shape of q²; zero above ``END``.
    """

    top: Array
    up: Array
    gluon: Array

    def times(self, factor: Array) -> Correction:
        """All of it times a real factor."""
        factor = namespace(factor).asarray(factor).astype(complex)
        return Correction(factor * self.top, factor * self.up, factor * self.gluon)


def corrections(
    par: Mapping[str, Array],
    at: AtScaleB,
    sm: BToS,
    hadrons: Hadrons,
    q2: Array,
    *,
    compat: Compat = NO_QUIRKS,
    charm: bool = True,
) -> tuple[Correction, Correction]:
    r""":math:`\mathcal T_\perp` and :math:`\mathcal T_\parallel` at ``q2`` ``(..., nodes)``, above zero.

    With ``compat.moment_by_mass`` the moment of the B meson's amplitude is two thirds of the difference of the masses
    of the B and of the b quark, Eq. (54) of :cite:`Beneke:2001at`, in place of the parameter, and :math:`f_\perp` runs
    with other thresholds (4e-4 of the correction). Without ``charm`` no photon comes from a charm quark. Raises
    :class:`InputError` for quark masses out of any range.
    """
    heavy, light, parent, meson = hadrons.of(par)
    xp = namespace(q2, heavy, at.m_b_pole, at.alpha_s)
    inside, q2, s, energy = _low(q2, heavy, light)
    pole = at.m_b_pole
    inverse = (
        1.5 / (heavy - pole)
        if compat.moment_by_mass
        else xp.maximum(par[f"inverse_lambda_{parent[:2].rstrip('+0')}"], SMALLEST)
    )
    minus = inverse_minus(q2 / heavy, inverse)
    plus = cartesian(inverse, 0.0)
    charge, strength, over = (
        hadrons.charge,
        cartesian(at.alpha_s / (3.0 * math.pi), 0.0),
        cartesian(heavy / pole, 0.0),
    )
    loops = _loops(at, sm, heavy, s, energy, compat, charm)
    annihilation = _annihilation(sm, hadrons.spectator)

    def mean(values: Array, kind: str) -> Array:
        """Over the amplitude of the vector meson, from its moments ``(..., 3)``."""
        first, second = (par[f"{name}_{kind}_{meson}"] for name in ("a1", "a2"))
        values = xp.asarray(values).astype(complex)
        found = values[..., 0] + cartesian(first, 0.0) * values[..., 1]
        return found + cartesian(second, 0.0) * values[..., 2]

    scale = math.pi**2 / 3.0 * par[f"f_{parent}"] / heavy
    thresholds = FLAVIO_THRESHOLDS if compat.moment_by_mass else (C_MATCHING, B_MATCHING)
    tensor = cartesian(scale * tensor_constant(par, meson, thresholds), 0.0)
    decay_constant = scale * par[f"f_{meson}"] * light
    vector = cartesian(decay_constant / (energy * heavy), 0.0)
    tilted = loop_averages.moments(s)
    flipped = xp.stack([tilted[..., 0], -tilted[..., 1], tilted[..., 2]], axis=-1)  # of 1/(u + ū s)

    hard, gluon = tensor * plus * strength, mean(flipped, "perp") * (-4.0 * E_DOWN)
    soft = cartesian(2.0 * charge * decay_constant / ((1.0 - s) * pole), 0.0) * plus
    penguin = tensor * mean(tilted, "perp") * cartesian(-4.0 * charge / pole, 0.0) * annihilation.penguin
    perpendicular = Correction(
        hard * (0.5 * over * mean(loops.perpendicular[0], "perp") + gluon * sm.c8eff)
        + penguin
        + soft * annihilation.top,
        hard * 0.5 * over * mean(loops.perpendicular[1], "perp") + soft * annihilation.up,
        hard * gluon,
    )
    parallel = _behind(strength, over, (vector * minus * charge, vector * plus), loops, annihilation, sm,
                       lambda values: mean(values, "para"), tilted)  # fmt: skip
    kept = xp.where(inside, 1.0, 0.0)
    return perpendicular.times(kept), parallel.times(kept)


def pseudoscalar(
    par: Mapping[str, Array], at: AtScaleB, sm: BToS, hadrons: Hadrons, q2: Array, *, charm: bool = True
) -> Correction:
    r""":math:`\mathcal T_P` of a pseudoscalar meson, added to :math:`\frac{m_B}{2m_b}C_9f_+`: -1 times
    :math:`\mathcal T_\parallel` with its amplitude and without :math:`m_V/E`, Sec. 2 of :cite:`Bobeth:2007dw`."""
    heavy, light, parent, meson = hadrons.of(par)
    xp = namespace(q2, heavy, at.m_b_pole, at.alpha_s)
    inside, q2, s, energy = _low(q2, heavy, light)
    pole = at.m_b_pole
    inverse = xp.maximum(par["inverse_lambda_B"], SMALLEST)
    factor = cartesian(-(math.pi**2) / 3.0 * par[f"f_{parent}"] * par[f"f_{meson}"] / heavy, 0.0)
    strength, over = cartesian(at.alpha_s / (3.0 * math.pi), 0.0), cartesian(heavy / pole, 0.0)

    def mean(values: Array) -> Array:
        values = xp.asarray(values).astype(complex)
        found = values[..., 0] + cartesian(par["a1_K"], 0.0) * values[..., 1]
        return found + cartesian(par["a2_K"], 0.0) * values[..., 2]

    sides = (factor * inverse_minus(q2 / heavy, inverse) * hadrons.charge, factor * cartesian(inverse, 0.0))
    loops = _loops(at, sm, heavy, s, energy, NO_QUIRKS, charm)
    found = _behind(strength, over, sides, loops, _annihilation(sm, hadrons.spectator), sm,
                    mean, loop_averages.moments(s))  # fmt: skip
    return found.times(xp.where(inside, 1.0, 0.0))


def _low(q2: Array, heavy: Array, light: Array) -> tuple[Array, Array, Array, Array]:
    """Where q² is below ``END``, q² kept there, and :math:`s=q^2/m_B^2` and :math:`E/m_B` of it."""
    xp = namespace(q2, heavy)
    inside = q2 < END
    q2 = xp.where(inside, q2, END)
    s = q2 / heavy**2
    return inside, q2, s, (1.0 - s + (light / heavy) ** 2) / 2.0


def _behind(
    strength: Array,
    over: Array,
    sides: tuple[Array, Array],
    loops: _Loops,
    annihilation: _Annihilation,
    sm: BToS,
    mean: Callable[[Array], Array],
    tilted: Array,
) -> Correction:
    """The longitudinal correction; ``sides`` are the factors of what has the moments lambda_- and lambda_+."""
    behind, front = sides
    gluon = 8.0 * strength * mean(tilted)
    top, up = (
        front * strength * over * mean(loops.parallel[k])
        + behind * strength * 6.0 * over * mean(loops.behind[k])
        for k in range(2)
    )
    return Correction(
        top + behind * (gluon * sm.c8eff - 4.0 * over * annihilation.top),
        up - behind * 4.0 * over * annihilation.up,
        behind * gluon,
    )


def inverse_minus(momentum: Array, inverse: Array) -> Array:
    r""":math:`1/\lambda_-` for ``momentum`` :math:`q^2/m_B`, of :math:`\phi_-(\omega)=e^{-\omega/\omega_0}/\omega_0`.

    :math:`\frac{e^{-x}}{\omega_0}[i\pi-\mathrm{Ei}(x)]`, :math:`x=q^2/m_B\omega_0`, Eq. (54) of :cite:`Beneke:2001at`.
    """
    xp = namespace(momentum, inverse)
    x = momentum * inverse
    factor = inverse * xp.exp(-x)
    return cartesian(-factor * exponential_integral(x), math.pi * factor)


def exponential_integral(x: Array) -> Array:
    r""":math:`\mathrm{Ei}(x)=\gamma+\ln x+\sum_kx^k/(k\,k!)` for 0 < x < 15."""
    total = 0.0 * x
    for k in range(60, 0, -1):
        total = x * (1.0 / (k * math.factorial(k)) + total)
    return EULER + namespace(x).log(x) + total


def tensor_constant(
    par: Mapping[str, Array], meson: str, thresholds: tuple[float, float] = (C_MATCHING, B_MATCHING)
) -> Array:
    r""":math:`f_\perp` at 4.8 GeV from that at 2 GeV, one loop: :math:`f\propto\alpha_s^{4/(33-2n_f)}`.

    ``thresholds`` (GeV) are where charm and bottom come in.
    """
    value, start = par[f"f_perp_{meson}"], TENSOR_SCALE
    for flavours, stop in zip((3, 4, 5), (*thresholds, B_MATCHING), strict=True):
        ratio = alpha_s(par["alpha_s"], stop, flavours) / alpha_s(par["alpha_s"], start, flavours)
        value, start = value * ratio ** (4.0 / (33.0 - 2.0 * flavours)), stop
    return value


@dataclass(frozen=True)
class _Annihilation:
    top: float
    up: float
    penguin: float


def _annihilation(sm: BToS, spectator: str) -> _Annihilation:
    """The coefficients of weak annihilation, Eqs. (47), (48) and (51) of :cite:`Beneke:2004dp`."""
    _, c2, c3, c4, c5, c6 = sm.current
    top = c3 + 4.0 / 3.0 * (c4 + 12.0 * c5 + 16.0 * c6)
    if spectator == "s":
        top += 6.0 * (c3 + 10.0 * c5)
    up = -3.0 * c2 if spectator == "u" else 0.0
    return _Annihilation(top, up, c3 + 4.0 / 3.0 * (c4 + 3.0 * c5 + 4.0 * c6))


@dataclass(frozen=True)
class _Loops:
    """Sums over the quarks in the loop, ``(..., nodes, 3)``, of the top and of the up part."""

    perpendicular: tuple[Array, Array]
    parallel: tuple[Array, Array]
    behind: tuple[Array, Array]


def _loops(
    at: AtScaleB, sm: BToS, heavy: Array, s: Array, energy: Array, compat: Compat, photon: bool = True
) -> _Loops:
    """With the coefficients of Eqs. (23), (25) and (26) of :cite:`Beneke:2001at` in the basis of C1 to C6.

    Without ``photon`` the charm loop emits none; photons of the spectator (``behind``) stay.
    """
    c1, c2, c3, c4, c5, c6 = sm.current
    charm = loop_averages.massive(CHARM, s, (at.m_c_pole / heavy) ** 2)
    bottom = loop_averages.massive(BOTTOM, s, (at.m_b_pole / heavy) ** 2)
    light = loop_averages.massless(s)
    current = c2 - c1 / 6.0
    front = (E_UP * (current + 6.0 * c6), E_DOWN * (c3 - c4 / 6.0 + 16.0 * c5 + 10.0 / 3.0 * c6),
             E_DOWN * (c3 - c4 / 6.0 + 16.0 * c5 - 8.0 / 3.0 * c6))  # fmt: skip
    five = (1.0 if compat.chiral_loop_once else 4.0) * (c3 - c4 / 6.0 + 4.0 * c5 - 2.0 / 3.0 * c6)
    chiral = cartesian(at.m_b_pole / heavy * (E_DOWN * -five), 0.0)
    behind = (current + c4 + 10.0 * c6, c3 + 5.0 / 6.0 * c4 + 16.0 * c5 + 22.0 / 3.0 * c6,
              c3 + 17.0 / 6.0 * c4 + 16.0 * c5 + 82.0 / 3.0 * c6)  # fmt: skip
    constant = -8.0 / 27.0 * (-7.5 * c4 + 12.0 * c5 - 32.0 * c6)
    t_perp = [one.perpendicular(energy, s) for one in (charm, bottom, light)]
    t_para = [one.parallel(energy, s) for one in (charm, bottom, light)]
    if not photon:
        t_perp[0], t_para[0] = 0.0 * t_perp[0], 0.0 * t_para[0]
    logarithms = [-8.0 / 9.0 * namespace(m).log(m / at.scale) for m in (at.m_c_pole, at.m_b_pole, heavy)]
    constants = (*(cartesian(one, 0.0) for one in logarithms[:2]),
                 cartesian(8.0 / 27.0 + logarithms[2], 4.0 / 9.0 * math.pi))  # fmt: skip
    h = [_plus(one.loop, value) for one, value in zip((charm, bottom, light), constants, strict=True)]
    return _Loops(
        (_total(front, t_perp) + _by_moment(chiral) * t_perp[1], E_UP * current * (t_perp[0] - t_perp[2])),
        (_total(front, t_para), E_UP * current * (t_para[0] - t_para[2])),
        (_plus(_total(behind, h), constant), current * (h[0] - h[2])),
    )


def _total(factors: Sequence[float], values: Sequence[Array]) -> Array:
    return reduce(operator.add, (factor * value for factor, value in zip(factors, values, strict=True)))


def _by_moment(factor: Array) -> Array:
    """A factor ready to meet moments: ``(...)`` as ``(..., 1)``, a single number unchanged."""
    return factor[..., None] if factor.ndim else factor


def _plus(values: Array, constant: Array | float) -> Array:
    """Moments ``(..., 3)`` with a constant: it has only the first."""
    xp = namespace(values, constant)
    first = values[..., 0] + xp.asarray(constant).astype(complex)
    return xp.stack([first, values[..., 1], values[..., 2]], axis=-1)
