r"""Decay distributions at events: sums of angular functions times products of amplitudes at the q² of each event.

With :math:`f_i` products of a function of each of :math:`\theta_\ell,\theta_V,\phi` (:class:`Shape`),

.. math:: \frac{d\Gamma}{dq^2\,d\cos\theta_\ell\,d\cos\theta_V\,d\phi}
    =\sum_if_i(\Omega)\sum_tw_t(q^2)\,\mathrm{Re}\big(\bar a_t\,b_t\big),

the amplitudes a, b being linear in the coefficients (:mod:`nutau.decays.assembly`). An angle that is not given is
integrated over: each f has its integral in closed form. For a vector meson that decays to two pseudoscalars the sum is

.. math:: \frac9{32\pi}\sum_iJ_i(q^2)f_i(\theta_\ell,\theta_V,\phi)

with LHCb's twelve functions (App. C of :cite:`Gratrex:2015hna`), for a pseudoscalar
:math:`a+b\cos\theta_\ell+c\sin^2\theta_\ell`.

The conjugate decay has conjugated coefficients and the same f of angles that are conjugated, too; :class:`Flavour`
holds what is known of each event.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nutau.common.arrays import Array
from nutau.decays.assembly import Amplitude, Term

ANGLES = ("cos_theta_l", "cos_theta_V", "phi")
VARIABLES = ("q2", *ANGLES)

_Function = tuple[Callable[[Array], Array], float]

_POLAR: Mapping[str, _Function] = {
    "1": (np.ones_like, 2.0),
    "cos": (lambda c: c, 0.0),
    "cos^2": (lambda c: c * c, 2.0 / 3.0),
    "sin^2": (lambda c: 1.0 - c * c, 4.0 / 3.0),
    "sin": (lambda c: np.sqrt(np.maximum(1.0 - c * c, 0.0)), math.pi / 2.0),
    "cos2": (lambda c: 2.0 * c * c - 1.0, -2.0 / 3.0),
    "sin2": (lambda c: 2.0 * c * np.sqrt(np.maximum(1.0 - c * c, 0.0)), 0.0),
}
"""Functions of an angle, given its cosine, with the integral over the cosine."""
_AZIMUTH: Mapping[str, _Function] = {
    "1": (np.ones_like, 2.0 * math.pi),
    "cos": (np.cos, 0.0),
    "sin": (np.sin, 0.0),
    "cos2": (lambda phi: np.cos(2.0 * phi), 0.0),
    "sin2": (lambda phi: np.sin(2.0 * phi), 0.0),
}


@dataclass(frozen=True)
class Shape:
    """An angular function: a factor times a function of each angle, by name."""

    factor: float
    lepton: str = "1"
    vector: str = "1"
    azimuth: str = "1"

    def __call__(
        self, angles: Mapping[str, Array], known: dict[tuple[str, str], Array] | None = None
    ) -> Array:
        """Its value at events ``(events,)``, integrated over the angles of the decay that are not in ``angles``.

        ``known`` keeps functions of one angle that several shapes have.
        """
        known = {} if known is None else known
        value: Array = self.factor
        for name, function, table in zip(
            ANGLES, (self.lepton, self.vector, self.azimuth), (_POLAR, _POLAR, _AZIMUTH), strict=True
        ):
            if (name, function) not in known:
                at, integral = table[function]
                known[name, function] = at(angles[name]) if name in angles else integral
            value = value * known[name, function]
        return value


Parts = Sequence[tuple[Shape, Sequence[Term]]]
"""A distribution: angular functions, and the terms that multiply each."""

_J = 9.0 / (32.0 * math.pi)
J_SHAPES: Mapping[str, Shape] = {
    "1s": Shape(_J, "1", "sin^2"),
    "1c": Shape(_J, "1", "cos^2"),
    "2s": Shape(_J, "cos2", "sin^2"),
    "2c": Shape(_J, "cos2", "cos^2"),
    "3": Shape(_J, "sin^2", "sin^2", "cos2"),
    "4": Shape(_J, "sin2", "sin2", "cos"),
    "5": Shape(_J, "sin", "sin2", "cos"),
    "6s": Shape(_J, "cos", "sin^2"),
    "6c": Shape(_J, "cos", "cos^2"),
    "7": Shape(_J, "sin", "sin2", "sin"),
    "8": Shape(_J, "sin2", "sin2", "sin"),
    "9": Shape(_J, "sin^2", "sin^2", "sin2"),
}
"""LHCb's functions of the angles, by the names of their coefficients :math:`J_i`."""

_FLAT = 1.0 / (4.0 * math.pi)  # of theta_V and phi, which a pseudoscalar does not have
ISOTROPIC = 0.5 * _FLAT
"""The factor of a shape that is the same at all angles and has the integral 1."""
P_SHAPES: Mapping[str, Shape] = {
    "flat": Shape(ISOTROPIC),
    "cos": Shape(_FLAT, "cos"),
    "cos^2": Shape(1.5 * _FLAT, "cos^2"),
    "sin^2": Shape(0.75 * _FLAT, "sin^2"),
}
"""Of decays to a pseudoscalar; all but ``cos``, the forward-backward asymmetry, have the integral 1."""

V_SHAPES: Mapping[str, Shape] = {
    "longitudinal": Shape(3.0 * ISOTROPIC, "1", "cos^2"),
    "transverse": Shape(1.5 * ISOTROPIC, "1", "sin^2"),
}
"""Of a vector meson beside neutrinos; the integrals are 1."""


@dataclass(frozen=True)
class Flavour:
    """How much of each event is the decay of a b, and how much that of its conjugate; arrays ``(events,)`` or numbers.

    1 and 0 for a b, 0 and 1 for a b̄, one half each for the average.
    """

    b: Array = 0.5
    bbar: Array = 0.5

    @classmethod
    def of(cls, codes: Array) -> Flavour:
        """From the PDG code of the heavy quark of each event, 5 or -5."""
        return cls(np.where(codes > 0, 1.0, 0.0), np.where(codes > 0, 0.0, 1.0))

    def conjugated(self, parts: Parts) -> list[tuple[Shape, list[Term]]]:
        """Parts of the decay of a b with those of a b̄, where nothing but the coefficients is conjugated.

        Only what is odd in the phases differs: the functions of sin φ and sin 2φ.
        """
        made: list[tuple[Shape, list[Term]]] = []
        for shape, terms in parts:
            if not shape.azimuth.startswith("sin"):
                made.append((shape, list(terms)))
                continue
            ours = [replace(term, weight=term.weight * self.b) for term in terms]
            theirs = [_barred(replace(term, weight=term.weight * self.bbar)) for term in terms]
            made.append((shape, ours + theirs))
        return made


def _barred(term: Term) -> Term:
    """The term with conjugated coefficients."""
    left = _conjugate(term.left)
    return Term(term.weight, left, None if term.right is None else _conjugate(term.right))


def _conjugate(amplitude: Amplitude) -> Amplitude:
    return replace(amplitude, spread=np.conj(amplitude.spread))


@dataclass(frozen=True, eq=False)
class Distribution:
    """Angular functions with terms on some coefficients, and matrices ``(m, 1 + n)`` that give these from (1, C).

    What several matrices give does not interfere: flavours of neutrinos.
    """

    parts: Parts
    maps: tuple[Array, ...]

    def at(self, angles: Mapping[str, Array]) -> Density:
        """The density at events whose other angles are integrated over."""
        known: dict[tuple[str, str], Array] = {}
        pieces = [(shape(angles, known), tuple(terms)) for shape, terms in self.parts]
        return Density(tuple(piece for piece in pieces if np.ndim(piece[0]) or piece[0] != 0.0), self.maps)


@dataclass(frozen=True, eq=False)
class Density:
    """A density at events: numbers ``(events,)`` that multiply sums of terms, on coefficients that ``maps`` give."""

    pieces: tuple[tuple[Array, tuple[Term, ...]], ...]
    maps: tuple[Array, ...]

    def __call__(self, point: Array) -> Array:
        """The density at one point ``(1, C)``, ``(..., events)``."""
        return sum((self._mapped(matrix @ point) for matrix in self.maps), 0.0)

    def _mapped(self, point: Array) -> Array:
        known: dict[tuple[int, bytes], tuple[Array, Array] | None] = {}

        def at(amplitude: Amplitude) -> tuple[Array, Array] | None:
            factors = amplitude.spread @ point
            key = id(amplitude.values), factors.tobytes()
            if key not in known:
                none = not np.any(factors)
                known[key] = (
                    None if none else (amplitude.values @ factors.real, amplitude.values @ factors.imag)
                )
            return known[key]

        total: Array = 0.0
        for factor, terms in self.pieces:
            summed: Array | None = None
            for term in terms:
                left, right = at(term.left), at(term.left if term.right is None else term.right)
                if left is not None and right is not None:
                    value = term.weight * (left[0] * right[0] + left[1] * right[1])
                    summed = value if summed is None else summed + value
            if summed is not None:
                total = total + factor * summed
        return total

    def bilinears(self) -> Iterator[tuple[Array, Array]]:
        """The density as blocks ``(events, t)`` times what each multiplies, ``(t, 1 + n, 1 + n)``.

        The element ``[t, i, j]`` multiplies :math:`c_i^*c_j`, of which the real part is taken.
        """
        groups: dict[tuple[bytes, bytes], tuple[Term, Array]] = {}
        for factor, terms in self.pieces:
            for term in terms:
                left, right = term.left, term.left if term.right is None else term.right
                weighted = (factor * term.weight)[..., None] * left.values
                block = weighted[..., :, None] * right.values[..., None, :]
                key = left.spread.tobytes(), right.spread.tobytes()
                groups[key] = (term, groups[key][1] + block if key in groups else block)
        for term, block in groups.values():
            left, right = term.left.spread, (term.left if term.right is None else term.right).spread
            pattern = sum(
                np.einsum("ka,lb->klab", np.conj(left @ matrix), right @ matrix) for matrix in self.maps
            )
            count = block.shape[-1] * block.shape[-2]
            yield block.reshape(*block.shape[:-2], count), pattern.reshape(count, *pattern.shape[-2:])
