r"""Charm loops of :math:`O_{1,2}` in b → s ℓ ℓ apart: the photon from the charm quark, and from the b or s quark.

The first part is analytic below the threshold of a pair of charm quarks and is computed where that is far,
:math:`q^2<0` (:func:`spacelike`); the second has cuts of light quarks and is taken where the decay happens
(:func:`rest`). Two loops: :cite:`Asatrian:2019kbk`, exact in :math:`q^2` and :math:`m_c`, a table made by EOS
(``tools/make_charm_parts.py``); between its points polynomials in :math:`\ln\mu/m_b` (exact) and
:math:`m_c^2/m_b^2`, and in :math:`s=q^2/m_b^2` a polynomial below zero and cubic splines above.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from nutau.common.arrays import Array, cartesian, namespace
from nutau.common.yaml_files import folder
from nutau.eft.qcd import AtScaleB
from nutau.eft.wet.standard_model import BToS

F27, F19, F29 = range(3)


@dataclass(frozen=True)
class _Parts:
    """Values ``(function, muh, z, s)`` of the charm part, and cells ``(function, muh, z, cell, 4)`` of the rest."""

    log_muh: Array
    z: Array
    spacelike: Array
    charm: Array
    timelike: Array
    cells: Array


@cache
def _parts() -> _Parts:
    content = folder("standard_model").joinpath("charm_parts.npz").read_bytes()
    with np.load(io.BytesIO(content)) as data:
        axes = np.log(data["muh"]), data["z"], data["spacelike"]
        return _Parts(*axes, data["charm"], data["timelike"], cells(data["rest"], data["slopes"]))


def rest(at: AtScaleB, sm: BToS, m_c_photon: Array, q2: Array) -> tuple[Array, Array]:
    r""":math:`C_1F_1^{(k)}+C_2F_2^{(k)}` for k = 7, 9 with the photon from the b or s quark, at ``q2`` above zero.

    Masses as in :func:`nutau.eft.wet.charm_loops.two_loop`. Up to :math:`q^2=0.44m_b^2`.
    """
    parts = _parts()
    xp = namespace(q2, at.m_b_pole, at.m_c_pole, m_c_photon)
    s = q2 / (at.m_b_pole * at.m_b_pole)
    steps = np.diff(parts.timelike)
    cell = xp.clip(xp.searchsorted(xp.asarray(parts.timelike), s, side="right") - 1, 0, len(steps) - 1)
    step = xp.asarray(steps)[cell]
    weights = hermite(xp, (s - xp.asarray(parts.timelike)[cell]) / step, step).astype(complex)

    def value(function: int, a: int, b: int) -> Array:
        return xp.sum(xp.asarray(parts.cells[function, a, b])[cell] * weights, axis=-1)

    f27, f19, f29 = _at_masses(xp, at, m_c_photon, parts, value)
    c1, c2 = sm.current[:2]
    return (c2 - c1 / 6.0) * f27, (c1 * f19 + c2 * f29) / s.astype(complex)


def spacelike(at: AtScaleB, sm: BToS, m_c_photon: Array, q2: Array) -> tuple[Array, Array]:
    r"""What charm quarks that emit the photon add to :math:`C_7` and :math:`C_9` at ``q2`` < 0, one and two loops.

    Down to :math:`q^2=-0.42m_b^2`.
    """
    parts = _parts()
    xp = namespace(q2, at.m_b_pole, at.m_c_pole, m_c_photon)
    s = q2 / (at.m_b_pole * at.m_b_pole)
    weights = lagrange(xp, parts.spacelike, s).astype(complex)

    def value(function: int, a: int, b: int) -> Array:
        return weights @ xp.asarray(parts.charm[function, a, b])

    f27, f19, f29 = _at_masses(xp, at, m_c_photon, parts, value)
    c1, c2, c3, _, c5, _ = sm.current
    strength = cartesian(at.alpha_s / (4.0 * math.pi), 0.0)
    loop = _spacelike_loop(q2, at.m_c_pole, at.scale) * (4.0 / 3.0 * c1 + c2 + 6.0 * c3 + 60.0 * c5)
    return -strength * (c2 - c1 / 6.0) * f27, loop - strength * (c1 * f19 + c2 * f29)


def cells(values: Array, slopes: Array) -> Array:
    """What :func:`hermite` weighs: value, slope, value, slope at the two ends of each cell of the last axis."""
    knots = np.stack([values, slopes], axis=-1)
    return np.concatenate([knots[..., :-1, :], knots[..., 1:, :]], axis=-1)


def hermite(xp: Any, t: Array, step: Array | float) -> Array:
    """The weights of value, slope, value, slope at the ends of a cell, at ``t`` of it, 0 to 1; ``(..., 4)``."""
    back = 1.0 - t
    rows = [
        (1.0 + 2.0 * t) * back * back,
        step * t * back * back,
        t * t * (3.0 - 2.0 * t),
        -step * t * t * back,
    ]
    return xp.stack(rows, axis=-1)


def lagrange(xp: Any, nodes: Any, x: Array) -> Array:
    """The weights of values at ``nodes`` (a sequence of numbers or arrays) in a polynomial at ``x``, ``(..., n)``."""
    rows = []
    for k, own in enumerate(nodes):
        row = 1.0 + 0.0 * x
        for j, other in enumerate(nodes):
            if j != k:
                row = row * (x - other) / (own - other)
        rows.append(row)
    return xp.stack(xp.broadcast_arrays(*rows), axis=-1)


def _at_masses(xp: Any, at: AtScaleB, m_c_photon: Array, parts: _Parts, value: Any) -> tuple[Array, ...]:
    """F27 at the charm mass of the photon's part, F19 and F29 at the pole mass."""
    found = []
    along_muh = lagrange(xp, parts.log_muh, xp.log(at.scale / at.m_b_pole))
    for function, mass in ((F27, m_c_photon), (F19, at.m_c_pole), (F29, at.m_c_pole)):
        along_z = lagrange(xp, parts.z, (mass / at.m_b_pole) ** 2)
        total = 0.0
        for a, b in np.ndindex(len(parts.log_muh), len(parts.z)):
            weight = along_muh[..., a] * along_z[..., b]
            total = total + cartesian(weight, 0.0 * weight) * value(function, a, b)
        found.append(total)
    return tuple(found)


def _spacelike_loop(q2: Array, mass: Array, scale: float) -> Array:
    """The one-loop function of :func:`nutau.eft.wet.charm_loops.fermion_loop` below zero, where it is real."""
    xp = namespace(q2, mass)
    z = 4.0 * mass * mass / q2
    root = xp.sqrt(1.0 - z)
    logarithm = 0.5 * xp.log((root + 1.0) / (root - 1.0))
    real = (
        -8.0 / 9.0 * xp.log(mass / scale)
        + 8.0 / 27.0
        + 4.0 / 9.0 * z
        - 4.0 / 9.0 * (2.0 + z) * root * logarithm
    )
    return cartesian(real, 0.0 * real)
