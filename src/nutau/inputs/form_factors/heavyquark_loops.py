r"""One-loop matching of heavy-heavy currents, :math:`C_{V,A,T}(w, z_{cb})` of :cite:`Bernlochner:2017jka`.

The closed forms divide by :math:`\sqrt{w^2-1}` and :math:`(w-w_z)^2`, both removable. They are evaluated away
from :math:`w=1` once per mass ratio and interpolated by Chebyshev polynomials, smooth at zero recoil.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nutau.common.arrays import Array, namespace

W_RANGE = (1.0, 1.7)
"""Interpolated range of w; B → D e ν reaches 1.59. w_z = (z + 1/z)/2 is 1.88."""

ORDER = 16
NAMES = ("V1", "V2", "V3", "A1", "A2", "A3", "T1", "T2", "T3")


def matching_functions(w: Array, z: float, names: tuple[str, ...]) -> dict[str, Array]:
    """The named functions at ``w`` (any shape) for the mass ratio ``z`` = m_c/m_b, in the MS-bar scheme."""
    xp = namespace(w)
    low, high = W_RANGE
    x = (2.0 * w - (low + high)) / (high - low)
    chebyshev = [xp.ones_like(x), x]
    for _ in range(ORDER - 2):
        chebyshev.append(2.0 * x * chebyshev[-1] - chebyshev[-2])
    columns = [NAMES.index(name) for name in names]
    values = xp.matmul(xp.stack(chebyshev, axis=-1), xp.asarray(_series(z)[:, columns]))
    return {name: values[..., i] for i, name in enumerate(names)}


@lru_cache(maxsize=16)
def _series(z: float) -> Array:
    """Chebyshev coefficients ``(order, functions)`` for the mass ratio z."""
    low, high = W_RANGE
    x = np.cos(np.pi * (np.arange(ORDER) + 0.5) / ORDER)
    values = closed_forms(0.5 * (low + high) + 0.5 * (high - low) * x, z)
    return np.polynomial.chebyshev.chebfit(x, np.array([values[name] for name in NAMES]).T, ORDER - 1)


def closed_forms(w: Array, z: float) -> dict[str, Array]:
    """The nine functions at ``w > 1`` (NumPy), w away from (z + 1/z)/2."""
    log = np.log(z)
    wz = 0.5 * (z + 1.0 / z)
    gap = w - wz
    root = np.sqrt(w**2 - 1.0)
    r = np.log(w + root) / root
    omega = _omega(w, z, root, r)
    vector = -12.0 * gap * z - (z**2 - 1.0) * log + 4.0 * gap * z * omega
    tensor = -6.0 * gap * z - (z**2 - 1.0) * log + 2.0 * gap * z * omega
    return {
        "V1": (vector + 2.0 * (w + 1.0) * ((3.0 * w - 1.0) * z - z**2 - 1.0) * r) / (6.0 * gap * z),
        "V2": _second(w, z, gap, log, r, 1.0),
        "V3": _third(w, z, gap, log, r, 1.0),
        "A1": (vector + 2.0 * (w - 1.0) * ((3.0 * w + 1.0) * z - z**2 - 1.0) * r) / (6.0 * gap * z),
        "A2": _second(w, z, gap, log, r, -1.0),
        "A3": _third(w, z, gap, log, r, -1.0),
        "T1": (tensor + (w - 1.0) * ((4.0 * w + 2.0) * z - z**2 - 1.0) * r) / (3.0 * gap * z),
        "T2": 2.0 * (z * log + (1.0 - w * z) * r) / (3.0 * gap * z),
        "T3": 2.0 * (log + (w - z) * r) / (3.0 * gap),
    }


def _omega(w: Array, z: float, root: Array, r: Array) -> Array:
    from scipy.special import spence  # spence(y) is Li2(1 - y)

    plus, minus = w + root, w - root
    dilogarithms = 2.0 * spence(z * minus) - spence(minus**2) - 2.0 * spence(z * plus) + spence(plus**2)
    return 1.0 + w * dilogarithms / (2.0 * root) - w * np.log(z) * r


def _second(w: Array, z: float, gap: Array, log: float, r: Array, s: float) -> Array:
    """C_V2 for ``s`` = 1, C_A2 for -1."""
    first = -2.0 * gap * (z - s) + (3.0 - 2.0 * s * w - (4.0 * w - 2.0 * s) * z + z**2) * log
    second = 2.0 + (s - 5.0 * w - 2.0 * s * w**2) * z + (4.0 * w**2 + 2.0 * s * w) * z**2 - (w + s) * z**3
    return -(z * first + second * r) / (6.0 * gap**2 * z**2)


def _third(w: Array, z: float, gap: Array, log: float, r: Array, s: float) -> Array:
    """C_V3 for ``s`` = 1, C_A3 for -1."""
    first = -2.0 * gap * (z - s) * z + (s + (2.0 - 4.0 * s * w) * z + (3.0 * s - 2.0 * w) * z**2) * log
    middle = (5.0 * s * w + 2.0 * w**2 - 1.0) * z**2
    second = 1.0 + s * w - (2.0 * w + 4.0 * s * w**2) * z + middle - 2.0 * s * z**3
    return (first + second * r) / (6.0 * gap**2 * z)
