r"""Running couplings and quark masses for a theory draw of :math:`\alpha_s, m_b, m_c, m_s, \alpha_e`.

Three loops in QCD, as RunDec (:cite:`Chetyrkin:2000yt`, :cite:`Herren:2017osy`): the coupling runs exactly
with the three-loop beta function, masses with the expanded solution; flavours decouple on shell at 4.8 and at
1.3 GeV. One loop in QED. All functions broadcast over draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from nutau.common.arrays import Array, namespace

REFERENCE_SCALE = 91.1876
"""GeV, where the parameters ``alpha_s`` (five flavours) and ``alpha_e`` are defined; it does not vary."""

B_MATCHING, C_MATCHING = 4.8, 1.3
"""GeV, where the b and the c quark decouple."""

STRANGE_SCALE = 2.0
"""GeV, where ``m_s`` is given (three flavours)."""

_ZETA2, _ZETA3 = math.pi**2 / 6.0, 1.2020569031595942
_QED_BETA0 = -4.0 / 3.0 * (4.0 / 3.0 * 2 + 3.0 / 3.0 + 3)  # u c, d s b, e mu tau


def alpha_e(alpha_e_ref: Array, scale: float) -> Array:
    r"""One-loop :math:`\alpha_e(\mu)` with five quarks and three leptons, from its value at 91.1876 GeV."""
    logarithm = math.log(scale / REFERENCE_SCALE)
    return alpha_e_ref / (1.0 + alpha_e_ref * _QED_BETA0 * logarithm / (2.0 * math.pi))


def _beta(flavours: int) -> tuple[float, float, float]:
    n = flavours
    return (
        (11.0 - 2.0 / 3.0 * n) / 4.0,
        (102.0 - 38.0 / 3.0 * n) / 16.0,
        (2857.0 / 2.0 - 5033.0 / 18.0 * n + 325.0 / 54.0 * n * n) / 64.0,
    )


def _gamma(flavours: int) -> tuple[float, float, float]:
    n = flavours
    return (
        1.0,
        (202.0 / 3.0 - 20.0 / 9.0 * n) / 16.0,
        (1249.0 - (2216.0 / 27.0 + 160.0 / 3.0 * _ZETA3) * n - 140.0 / 81.0 * n * n) / 64.0,
    )


def evolve(alpha_s_from: Array, scale_from: Array, scale_to: Array, flavours: int) -> Array:
    r""":math:`\alpha_s(\mu')` from :math:`\alpha_s(\mu)` with 3, 4 or 5 ``flavours``, three loops, exactly.

    :math:`d a/d\ln\mu^2=-a^2(b_0+b_1a+b_2a^2)`, :math:`a=\alpha_s/\pi`, has an integral in closed form;
    Newton steps in :math:`1/a`, in which it is nearly linear, invert it to rounding.
    """
    xp = namespace(alpha_s_from, scale_from, scale_to)
    b0, b1, b2 = _beta(flavours)
    start = math.pi / xp.asarray(alpha_s_from)
    logarithm = 2.0 * xp.log(xp.asarray(scale_to) / scale_from)
    goal = _integral(start, flavours) + logarithm
    y = start + b0 * logarithm + b1 / b0 * xp.log(1.0 + b0 * logarithm / start)
    for _ in range(5):
        y = y + (goal - _integral(y, flavours)) * (b0 + b1 / y + b2 / (y * y))
    return math.pi / y


def _integral(y: Array, flavours: int) -> Array:
    r""":math:`\int dy\,(b_0+b_1/y+b_2/y^2)^{-1}`, y = 1/a: the logarithm of the squared scale."""
    xp = namespace(y)
    b0, b1, b2 = _beta(flavours)
    root = math.sqrt(4.0 * b0 * b2 - b1 * b1)  # real for 3 to 5 flavours
    quadratic = b0 * y * y + b1 * y + b2
    arctangent = (b1 * b1 - 2.0 * b0 * b2) / (b0 * b0 * root) * xp.arctan((2.0 * b0 * y + b1) / root)
    return y / b0 - b1 / (2.0 * b0 * b0) * xp.log(quadratic) + arctangent


def alpha_s(alpha_s_ref: Array, scale: Array, flavours: int) -> Array:
    r""":math:`\alpha_s^{(n_f)}(\mu)` for ``flavours`` 3, 4 or 5 from the five-flavour value at 91.1876 GeV.

    Decoupling on shell at the pole mass :math:`M=\mu`: :math:`a^{(n-1)}=a\,(1-\frac{7}{24}a^2)`,
    :cite:`Chetyrkin:2000yt`.
    """
    if flavours == 5:
        return evolve(alpha_s_ref, REFERENCE_SCALE, scale, 5)
    four = _decouple(evolve(alpha_s_ref, REFERENCE_SCALE, B_MATCHING, 5))
    if flavours == 4:
        return evolve(four, B_MATCHING, scale, 4)
    return evolve(_decouple(evolve(four, B_MATCHING, C_MATCHING, 4)), C_MATCHING, scale, 3)


def _decouple(alpha: Array) -> Array:
    return alpha * (1.0 - 7.0 / 24.0 * (alpha / math.pi) ** 2)


def run_mass(mass: Array, alpha_from: Array, alpha_to: Array, flavours: int) -> Array:
    r"""MS-bar mass at :math:`\mu'` from that at :math:`\mu` through the couplings there.

    :math:`m(\mu')/m(\mu)=c(a')/c(a)`, the expanded three-loop solution (:cite:`Chetyrkin:2000yt`).
    """
    return mass * _mass_factor(alpha_to, flavours) / _mass_factor(alpha_from, flavours)


def _mass_factor(alpha: Array, flavours: int) -> Array:
    b0, b1, b2 = _beta(flavours)
    g0, g1, g2 = (gamma / b0 for gamma in _gamma(flavours))
    b1, b2 = b1 / b0, b2 / b0
    x = alpha / math.pi
    first = g1 - b1 * g0
    second = 0.5 * (first * first + g2 - b1 * g1 + b1 * b1 * g0 - b2 * g0)
    return x**g0 * (1.0 + first * x + second * x * x)


def _include_in_mass(mass: Array, alpha: Array) -> Array:
    """The mass in the theory with one flavour more, at the matching scale; ``alpha`` of the lower theory."""
    return mass * (1.0 - 89.0 / 432.0 * (alpha / math.pi) ** 2)


def bottom_mass(m_b: Array, alpha_s_ref: Array, scale: float) -> Array:
    r""":math:`m_b(\mu)` with five flavours from :math:`m_b(m_b)`."""
    at_scale = alpha_s(alpha_s_ref, scale, 5)
    return run_mass(m_b, evolve(at_scale, scale, m_b, 5), at_scale, 5)


def charm_mass(m_c: Array, alpha_s_ref: Array) -> Array:
    r""":math:`m_c(4.8\,\mathrm{GeV})` with five flavours from :math:`m_c(m_c)` (four flavours)."""
    four = alpha_s(alpha_s_ref, B_MATCHING, 4)
    return _charm_from(m_c, evolve(four, B_MATCHING, m_c, 4), four)


def _charm_from(m_c: Array, at_m_c: Array, four: Array) -> Array:
    return _include_in_mass(run_mass(m_c, at_m_c, four, 4), four)


def charm_mass_at(m_c: Array, alpha_s_ref: Array, scale: float) -> Array:
    r""":math:`m_c(\mu)` with four flavours from :math:`m_c(m_c)`."""
    at_scale = alpha_s(alpha_s_ref, scale, 4)
    return run_mass(m_c, evolve(at_scale, scale, m_c, 4), at_scale, 4)


def strange_mass(m_s: Array, alpha_s_ref: Array) -> Array:
    r""":math:`m_s` at 4.8 GeV with five flavours from :math:`m_s` at 2 GeV (three flavours)."""
    return _strange_from(m_s, alpha_s(alpha_s_ref, B_MATCHING, 4))


def _strange_from(m_s: Array, four: Array) -> Array:
    charm_4 = evolve(four, B_MATCHING, C_MATCHING, 4)
    charm_3 = _decouple(charm_4)
    mass = run_mass(m_s, evolve(charm_3, C_MATCHING, STRANGE_SCALE, 3), charm_3, 3)
    return _include_in_mass(run_mass(_include_in_mass(mass, charm_3), charm_4, four, 4), four)


def pole_mass(mass: Array, alpha: Array, light_flavours: int) -> Array:
    r"""Two-loop pole mass from :math:`m(m)`, :cite:`Gray:1990yh`.

    :math:`M=m[1+\frac43a+a^2(13.4434-1.0414\,n_l)]`, :math:`a=\alpha_s^{(n_l+1)}(m)/\pi`.
    """
    a = alpha / math.pi
    heavy = 307.0 / 32.0 + 2.0 * _ZETA2 + 2.0 / 3.0 * _ZETA2 * math.log(2.0) - _ZETA3 / 6.0
    light = -71.0 / 144.0 - _ZETA2 / 3.0
    return mass * (1.0 + 4.0 / 3.0 * a + (heavy + light * light_flavours) * a * a)


def top_mass(pole: Array, alpha_s_ref: Array) -> Array:
    r""":math:`m_t(m_t)` (MS-bar, GeV) from the pole mass, three loops, Eq. (18) of :cite:`Melnikov:2000qh`.

    :math:`M=m[1+\frac43a+(13.4434-1.0414\,n_l)a^2+(190.595-26.655\,n_l+0.6527\,n_l^2)a^3]`, :math:`n_l=5`,
    :math:`a=\alpha_s(m)/\pi`.
    """
    mass = pole
    for _ in range(4):  # each step gains two digits
        a = alpha_s(alpha_s_ref, mass, 5) / math.pi
        mass = pole / (1.0 + 4.0 / 3.0 * a + 8.2364 * a**2 + 73.6375 * a**3)
    return mass


# compat: below these (GeV) flavio takes the coupling of the pole masses with one flavour less
_FLAVIO_B, _FLAVIO_C = 4.18, 1.275


def _pole_mass(mass: Array, with_heavy: Array, without: Array, light_flavours: int, above: float) -> Array:
    """The pole mass with a coupling that loses a flavour below ``above``."""
    xp = namespace(mass, with_heavy, without)
    return pole_mass(mass, xp.where(xp.asarray(mass) >= above, with_heavy, without), light_flavours)


@dataclass(frozen=True)
class AtScaleB:
    """Everything a b decay takes from the running, at the scale of its coefficients; shapes of the draws."""

    scale: float
    alpha_e: Array
    alpha_s: Array
    m_b: Array
    m_c: Array
    m_s: Array
    m_b_pole: Array
    m_c_pole: Array


def at_scale_b(par: Mapping[str, Array], *, pole_threshold: bool = False) -> AtScaleB:
    """Everything at 4.8 GeV from ``alpha_s``, ``alpha_e``, ``m_b``, ``m_c`` and ``m_s``, five flavours.

    The pole masses are those of :func:`pole_mass` with the coupling that belongs there. ``pole_threshold``
    takes one flavour less for :math:`m_b<4.18` and :math:`m_c<1.275` GeV, as flavio; m_c then jumps by 0.1
    % there.
    """
    m_b, m_c, scale = par["m_b"], par["m_c"], B_MATCHING
    five = alpha_s(par["alpha_s"], scale, 5)
    four = _decouple(five)
    at_m_b, at_m_c = evolve(five, scale, m_b, 5), evolve(four, scale, m_c, 4)
    if pole_threshold:
        m_b_pole = _pole_mass(m_b, at_m_b, evolve(four, scale, m_b, 4), 4, _FLAVIO_B)
        charm_3 = _decouple(evolve(four, scale, C_MATCHING, 4))
        m_c_pole = _pole_mass(m_c, at_m_c, evolve(charm_3, C_MATCHING, m_c, 3), 3, _FLAVIO_C)
    else:
        m_b_pole, m_c_pole = pole_mass(m_b, at_m_b, 4), pole_mass(m_c, at_m_c, 3)
    return AtScaleB(
        scale=scale,
        alpha_e=alpha_e(par["alpha_e"], scale),
        alpha_s=five,
        m_b=run_mass(m_b, at_m_b, five, 5),
        m_c=_charm_from(m_c, at_m_c, four),
        m_s=_strange_from(par["m_s"], four),
        m_b_pole=m_b_pole,
        m_c_pole=m_c_pole,
    )
