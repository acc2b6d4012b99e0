r"""Two-loop matrix elements of :math:`O_{1,2}` with massless up quarks, :cite:`Seidel:2004jh`.

Written in real functions of :math:`s=q^2/m_b^2\in(0,1)` with :math:`a=\arcsin(\sqrt s/2)`: the paper's
:math:`\mathrm{arccot}\sqrt{z-1}=a`, :math:`\arg x_1=\pi/2-a`, :math:`\arg x_3=a`, :math:`z=4/s`, and its
:math:`\mathrm{Li}_2(-x_2/x_1)=\mathrm{Li}_2(e^{2ia})`. Powers :math:`(1-s)^{-4}` cancel against numerators:
at the end of B → K (s = 0.995) 2e-7 of A and B is rounding, in single precision nothing is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from nutau.common.arrays import Array, cartesian, namespace
from nutau.eft.qcd import AtScaleB

_ZETA2, _ZETA3 = math.pi**2 / 6.0, 1.2020569031595942
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)
_S_MAX = 0.999
"""A and B are 0/0 at s = 1; B → K ends at 0.995. Beyond, they keep their value here."""


@dataclass(frozen=True)
class _Point:
    s: Array
    log_s: Array
    over: Array  # 1/(1 - s)
    root: Array  # sqrt(4/s - 1)
    a: Array
    log_mass: Array  # ln(m_b²/μ²)
    dilog: Array  # Li2(s) + ln s ln(1 - s)


def up_quark(at: AtScaleB, q2: Array) -> tuple[Array, Array, Array, Array]:
    """F_1u^(7), F_2u^(7), F_1u^(9), F_2u^(9) at ``q2`` > 0, Eqs. (29)-(31) of :cite:`Seidel:2004jh`."""
    xp = namespace(q2, at.m_b_pole)
    s = xp.minimum(q2 / (at.m_b_pole * at.m_b_pole), _S_MAX)
    point = _Point(
        s=s,
        log_s=xp.log(s),
        over=1.0 / (1.0 - s),
        root=xp.sqrt(4.0 / s - 1.0),
        a=xp.arcsin(0.5 * xp.sqrt(s)),
        log_mass=2.0 * xp.log(at.m_b_pole / at.scale),
        dilog=_ZETA2 - dilogarithm(1.0 - s),
    )
    a, b = _function_a(point), _function_b(point)
    real = 428.0 / 243.0 - 64.0 / 27.0 * _ZETA3 - 16.0 / 81.0 * xp.log(q2 / at.scale**2)
    c = cartesian(real, 16.0 / 81.0 * math.pi)
    return -a, 6.0 * a, -(b + 4.0 * c), 6.0 * b - 3.0 * c


def _function_a(p: _Point) -> Array:
    """A(s), Eq. (29)."""
    s, log_s, a, pi = p.s, p.log_s, p.a, math.pi
    second = 6.0 * s * (29.0 - 47.0 * s) * log_s + 785.0 - 1600.0 * s + 833.0 * s * s
    third = 2.0 * p.root * a * (-4.0 + s * (9.0 + s * (-15.0 + 4.0 * s))) + 9.0 * s * s * s * log_s * log_s
    fourth = 36.0 * a * a + pi**2 * (-4.0 + s * (9.0 + s * (-9.0 + 3.0 * s)))
    over2 = p.over * p.over
    real = -104.0 / 243.0 * p.log_mass + p.over * (
        4.0 / 27.0 * s * p.dilog
        + p.over / 729.0 * second
        + over2 / 243.0 * (-2.0 * third + 2.0 * s * p.over * fourth)
    )
    imaginary = (
        6.0
        * pi
        * over2
        * ((20.0 + s * (-49.0 + 47.0 * s)) / 729.0 - 6.0 / 243.0 * p.over * s * (1.0 - 2.0 * s) * log_s)
    )
    return cartesian(real, imaginary)


def _function_b(p: _Point) -> Array:
    """B(s), Eq. (30): six terms, of which the second is :func:`_second`."""
    s, log_s, a, pi = p.s, p.log_s, p.a, math.pi
    first = p.log_mass * (4.0 - 34.0 * s + 8.0 * s * p.log_mass + 17.0 * s * log_s)
    third = (
        4.0 * s * (-8.0 + 17.0 * s) * p.dilog
        - 12.0 * (2.0 + s) * (3.0 - s) * (0.5 * pi - a) ** 2
        + 12.0 * pi * (-6.0 + s * (-1.0 + s)) * a
    )
    fourth = -18.0 * s * (120.0 + s * (-211.0 + 73.0 * s)) * log_s - 288.0
    fourth = fourth + s * (-8.0 + s * (934.0 - 692.0 * s))
    fifth = -2.0 * p.root * a * (4.0 + s * (-3.0 + s * (-18.0 + s * (16.0 - 5.0 * s))))
    fifth = fifth - 9.0 * s * s * s * log_s * log_s
    sixth = 72.0 * (3.0 + s * (-8.0 + 2.0 * s)) * a * a
    sixth = sixth - pi**2 * (54.0 + s * (-53.0 + s * (-286.0 + s * (612.0 + s * (-446.0 + 113.0 * s)))))
    over2 = p.over * p.over
    real = 8.0 / 243.0 * first + 2.0 * p.over * (
        p.over / 2187.0 * fourth - third / 243.0 + over2 / 729.0 * (-6.0 * fifth + p.over * sixth)
    )
    imaginary = -136.0 / 243.0 * pi * s * p.log_mass + pi * s * over2 * (
        36.0 / 2187.0 * (82.0 + s * (-173.0 + 73.0 * s))
        - 8.0 / 243.0 * p.over * (8.0 + s * (-33.0 + s * (51.0 - 17.0 * s))) * log_s
    )
    factor = cartesian((2.0 + s) * p.root / (729.0 * s), 0.0)
    return cartesian(real / s, imaginary / s) + factor * _second(p)


def _second(p: _Point) -> Array:
    """The bracket of B(s) with the logarithms of x_1 to x_4 (x_2 and x_4 are conjugate to x_1 and x_3)."""
    xp, pi = namespace(p.s), math.pi
    log_z1 = 2.0 * xp.log(p.root)
    l1 = cartesian(-0.5 * p.log_s, 0.5 * pi - p.a)
    l3 = cartesian(-0.5 * (p.log_s + log_z1), p.a)
    l2, l4 = xp.conj(l1), xp.conj(l3)
    logs = -9.0 * l1 * l1 + l2 * l2 - 2.0 * l4 * l4 + 6.0 * l1 * l2 - 4.0 * l1 * l3 + 8.0 * l1 * l4
    phi = 2.0 * p.a
    dilog = cartesian(_ZETA2 - 0.25 * phi * (2.0 * pi - phi), clausen(phi))
    rest = cartesian(-48.0 * p.log_mass * p.a - 18.0 * pi * log_z1, 3.0 * log_z1 * log_z1 - 5.0 * pi**2)
    return rest + 1j * (6.0 * logs - 24.0 * dilog) - 12.0 * pi * (2.0 * l1 + l3 + l4)


def dilogarithm(x: Array) -> Array:
    r""":math:`\mathrm{Li}_2(x)` for real :math:`0<x<1`.

    :math:`\sum_n B_n u^{n+1}/(n+1)!` with :math:`u=-\ln(1-x)` up to x = 1/2, its reflection above.
    """
    xp = namespace(x)
    low = x <= 0.5
    small, large = xp.where(low, x, 0.25), xp.where(low, 0.75, x)
    reflected = _ZETA2 - xp.log(large) * xp.log(1.0 - large) - _bernoulli_series(-xp.log(large))
    return xp.where(low, _bernoulli_series(-xp.log(1.0 - small)), reflected)


def _bernoulli_series(u: Array) -> Array:
    square = u * u
    tail = _odd_series(square, [b / math.factorial(2 * k + 1) for k, b in enumerate(_BERNOULLI, start=1)])
    return u - 0.25 * square + u * square * tail


def clausen(phi: Array) -> Array:
    r""":math:`\mathrm{Cl}_2(\phi)=\mathrm{Im\,Li}_2(e^{i\phi})` for :math:`0<\phi\le\pi/2`."""
    square = phi * phi
    terms = [abs(b) / (2 * k * math.factorial(2 * k + 1)) for k, b in enumerate(_BERNOULLI, start=1)]
    return phi * (1.0 - namespace(phi).log(phi) + square * _odd_series(square, terms))


def _odd_series(square: Array, coefficients: list[float]) -> Array:
    """Horner's rule."""
    total = coefficients[-1] + 0.0 * square
    for coefficient in reversed(coefficients[:-1]):
        total = total * square + coefficient
    return total
