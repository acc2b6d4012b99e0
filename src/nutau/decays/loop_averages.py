r"""Quark loops that a spectator's gluon meets, averaged over the light-cone amplitude of the meson.

With :math:`s=q^2/m_B^2`, :math:`z=m_q^2/m_B^2`, :math:`y=\bar u+us` and :math:`\phi_n=6u\bar uC_n^{3/2}(2u-1)`,
n = 0 to 2, the functions of :cite:`Beneke:2001at`, Eqs. (27)-(32), need

.. math::
    K^1_n=\int\tfrac{\phi_n}{\bar u}I_1,\quad K^2_n=\int\tfrac{\phi_n}{\bar u^2}[B_0(y)-B_0(s)],\quad
    K^3_n=\int\tfrac{\phi_n}{\bar u}[B_0(y)-B_0(s)],\quad H_n=\int\phi_n\,[h(y)+\tfrac49\ln\tfrac{m_q^2}{\mu^2}].

Massless quarks: in closed form. Charm and bottom: Chebyshev series in z and :math:`w=\sqrt{1-s/4z}`, in which the
threshold of :math:`q^2=4m_q^2` is no edge; made at first use, good to 1e-8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.polynomial import chebyshev

from nutau.common.arrays import Array, cartesian, namespace
from nutau.common.kinematics import gauss_legendre, safe_sqrt
from nutau.eft.wet.up_quark_loops import dilogarithm
from nutau.errors import InputError

U_POWERS = np.array([[1, -1, 0, 0], [3, -9, 6, 0], [6, -36, 60, -30]], dtype=float) * 6.0
"""u C_n in powers of 1 - u, times 6: row n."""
NODES = 40


@dataclass(frozen=True)
class Averages:
    """The four integrals for n = 0, 1, 2: complex ``(..., nodes, 3)``."""

    first: Array
    second: Array
    third: Array
    loop: Array

    def perpendicular(self, energy: Array, s: Array) -> Array:
        """Of :math:`t_\\perp`; ``energy`` is that of the vector meson over the mass of the B."""
        return _scaled(2.0 / energy, self.first) + _scaled(s / energy**2, self.second)

    def parallel(self, energy: Array, s: Array) -> Array:
        """Of :math:`t_\\parallel`."""
        return self.perpendicular(energy, s) + _scaled((1.0 - s) / energy**2, self.third)


def _scaled(factor: Array, values: Array) -> Array:
    return factor[..., None].astype(complex) * values


def moments(s: Array) -> Array:
    r""":math:`\int\phi_n/(\bar u+us)`, ``(..., 3)``."""
    inverse = _inverse(s, 5)
    rows = np.concatenate([np.zeros((3, 1)), U_POWERS], axis=1)  # φ_n in powers of ū
    return namespace(s).stack([sum(c * inverse[k] for k, c in enumerate(row)) for row in rows], axis=-1)


def _inverse(s: Array, count: int) -> list[Array]:
    r""":math:`J_m=\int\bar u^m/y`, m = 0 to ``count - 1``."""
    rest = 1.0 - s
    found = [-namespace(s).log(s) / rest]
    for m in range(1, count):
        found.append((1.0 / m - s * found[-1]) / rest)
    return found


def massless(s: Array) -> Averages:
    """Of massless quarks; ``loop`` without its constant, and with -4/9 ln y."""
    xp = namespace(s)
    inverse, log_s = _inverse(s, 6), xp.log(s)
    logs = [-(1.0 - s) / (k + 1) * inverse[k + 1] for k in range(5)]  # of ū^k ln y
    powers = [log_s / (k + 1) - value for k, value in enumerate(logs)]  # of ū^k ln(s/y)
    over = -dilogarithm(1.0 - s) - 0.5 * log_s * log_s  # of ln(s/y)/ū
    second = [sum(c * ([over, *powers][k]) for k, c in enumerate(row)) for row in U_POWERS]
    third = [sum(c * powers[k] for k, c in enumerate(row)) for row in U_POWERS]
    loop = [-4.0 / 9.0 * sum(c * logs[k + 1] for k, c in enumerate(row)) for row in U_POWERS]
    first = 3.0 * xp.ones((*np.shape(s), 3))
    return Averages(
        first.astype(complex), *(xp.stack(part, axis=-1).astype(complex) for part in (second, third, loop))
    )


@dataclass(frozen=True)
class Domain:
    """Where a series holds: z, and the lowest w."""

    quark: str
    z: tuple[float, float]
    w: float
    orders: tuple[int, int]  # of z, of w


CHARM = Domain("charm", (0.085, 0.125), 0.24, (8, 26))
BOTTOM = Domain("bottom", (0.72, 0.90), 0.94, (7, 8))


def massive(domain: Domain, s: Array, z: Array) -> Averages:
    """Of charm or bottom; ``s`` ``(..., nodes)``, ``z`` a number or ``(..., 1)``.

    Raises :class:`InputError` for a quark so light or heavy that the series does not hold.
    """
    xp = namespace(s, z)
    low, high = domain.z
    if xp is np and not (np.min(z) >= low and np.max(z) <= high):
        wrong = float(np.ravel(z)[np.argmax(np.abs(np.ravel(z) - 0.5 * (low + high)))])
        raise InputError(
            f"Spectator scattering needs a {domain.quark} pole mass between {math.sqrt(low):.2f} and "
            f"{math.sqrt(high):.2f} times the mass of the B meson; the input set gives "
            f"{math.sqrt(max(wrong, 0.0)):.2f}. Check m_c and m_b."
        )
    z = xp.asarray(z)
    w = safe_sqrt(1.0 - s / (4.0 * z))
    in_z = _basis((2.0 * z - low - high) / (high - low), domain.orders[0])
    in_w = _basis((2.0 * w - 1.0 - domain.w) / (1.0 - domain.w), domain.orders[1])
    coefficients = xp.matmul(in_z, xp.asarray(_series(domain).reshape(domain.orders[0], -1)))
    shape = (*coefficients.shape[: max(z.ndim - 1, 0)], domain.orders[1], 24)
    values = xp.matmul(in_w, coefficients.reshape(shape))
    values = cartesian(values[..., :12], values[..., 12:])
    return Averages(*(values[..., 3 * k : 3 * k + 3] for k in range(4)))


def _basis(x: Array, count: int) -> Array:
    """Chebyshev polynomials, ``(..., count)``."""
    xp = namespace(x)
    found = [xp.ones_like(x), x]
    for _ in range(count - 2):
        found.append(2.0 * x * found[-1] - found[-2])
    return xp.stack(found, axis=-1)


@cache
def _series(domain: Domain) -> Array:
    """Chebyshev coefficients ``(z, w, 24)``: real parts of the twelve integrals, then imaginary ones."""
    points = [chebyshev.chebpts1(count) for count in domain.orders]
    low, high = domain.z
    z = 0.5 * (low + high + (high - low) * points[0])[:, None]
    w = 0.5 * (1.0 + domain.w + (1.0 - domain.w) * points[1])
    values = integrals(4.0 * z * (1.0 - w * w), z + 0.0 * w)
    values = np.concatenate([values.real, values.imag], axis=-1)
    for axis, x in enumerate(points):
        inverse = np.linalg.inv(chebyshev.chebvander(x, len(x) - 1))
        values = np.moveaxis(np.tensordot(inverse, values, (1, axis)), 0, axis)
    return values


def integrals(s: Array, z: Array, nodes: int = NODES) -> Array:
    """The integrals of a massive quark by quadrature over u, with NumPy, ``(..., 12)``; s below 4z."""
    s, z = np.asarray(s)[..., None], np.asarray(z)[..., None]
    bar, weight = _nodes(s, z, nodes)
    y, rest = s + (1.0 - s) * bar, 1.0 - s
    powers = bar[..., None] ** np.arange(4) @ U_POWERS.T  # 6 u C_n
    first = 1.0 + 2.0 * z / (bar * rest) * (triangle(y / z) - triangle(s / z))
    bubble = bubble_function(y / z) - bubble_function(s / z)
    kernels = (first, bubble / bar, bubble, bar * loop_function(y / z))
    return np.concatenate(
        [np.einsum("...u,...un->...n", weight * kernel, powers) for kernel in kernels], axis=-1
    )


def _nodes(s: Array, z: Array, count: int) -> tuple[Array, Array]:
    """1 - u and weights; two panels with the nodes crowded at the threshold y = 4z, if it is inside."""
    x, w = gauss_legendre(count)
    edge = np.minimum((4.0 * z - s) / (1.0 - s), 1.0)
    below, above = edge * (1.0 - x * x), edge + (1.0 - edge) * x * x
    return np.concatenate(np.broadcast_arrays(below, above), axis=-1), np.concatenate(
        np.broadcast_arrays(edge * 2.0 * x * w, (1.0 - edge) * 2.0 * x * w), axis=-1
    )


def triangle(ratio: Array) -> Array:
    r""":math:`L_1(x_+)+L_1(x_-)` of Eqs. (30)-(32), of :math:`y/z`: :math:`-2\arcsin^2\frac{\sqrt{y/z}}2`, and its
    continuation above threshold."""
    below = ratio < 4.0
    angle = np.arcsin(np.sqrt(np.where(below, ratio, 1.0)) / 2.0)
    logarithm = _logarithm(ratio)
    return np.where(below, -2.0 * angle * angle + 0j, 0.5 * (logarithm - 1j * math.pi) ** 2)


def bubble_function(ratio: Array) -> Array:
    """B_0 of Eq. (29), of y/z."""
    below = ratio < 4.0
    root = np.sqrt(np.abs(4.0 / ratio - 1.0))
    inverse = np.arctan(1.0 / np.where(root > 0.0, root, 1.0))
    return np.where(below, -2.0 * root * inverse + 0j, root * (-_logarithm(ratio) + 1j * math.pi))


def loop_function(ratio: Array) -> Array:
    """h of Eq. (11) without its logarithm of the mass, of y/z."""
    over = 4.0 / ratio
    return 8.0 / 27.0 + 4.0 / 9.0 * over + 2.0 / 9.0 * (2.0 + over) * bubble_function(ratio)


def _logarithm(ratio: Array) -> Array:
    """ln((1 + β)/(1 - β)) of the velocity β of the quarks; 0 below threshold."""
    beta = np.sqrt(1.0 - 4.0 / np.where(ratio > 4.0, ratio, 4.0))
    return np.log((1.0 + beta) / (1.0 - beta))
