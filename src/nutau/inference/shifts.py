"""What theory modes do to the polynomials of a theory model at a point: one matrix product, or one a few observables.

An observable depends on few of many parameters. Over all its modes its polynomial then moves along few directions of
the many monomials, so that two small products do the work of a large one whose numbers would be read from memory at
every point.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nutau.common.arrays import Array, namespace

MANY = 64
"""Monomials from which on directions are looked for; ten parameters have 66."""
ROUNDING = 1e-11
"""Directions are left out along which modes go by less than this part of the largest, monomials on their own scales."""


class Bundle(NamedTuple):
    """Observables of about as many directions: these ``(used, r, M)``, and how far modes go ``(used, r, k)``."""

    directions: Array
    amounts: Array

    def at(self, m: Array) -> Array:
        """At monomials ``(points, M)``: ``(points, k, used)``."""
        xp = namespace(m)
        used, rank, size = self.directions.shape
        along = xp.tensordot(m, self.directions.reshape(used * rank, size), axes=(1, 1))
        along = xp.moveaxis(xp.reshape(along, (len(m), used, rank)), 1, 0)
        return xp.moveaxis(xp.matmul(along, self.amounts), 0, -1)


class Whole(NamedTuple):
    """Modes ``(k, used, M)`` as they are."""

    modes: Array

    def at(self, m: Array) -> Array:
        """At monomials ``(points, M)``: ``(points, k, used)``."""
        xp = namespace(m)
        k, used, size = self.modes.shape
        found = xp.tensordot(m, self.modes.reshape(k * used, size), axes=(1, 1))
        return xp.reshape(found, (len(m), k, used))


class Shifts(NamedTuple):
    """Shifts by modes of those observables that any mode moves, in parts; ``places`` ``(obs,)`` finds each in them.

    Most denominators are moved by none: their place is behind all others.
    """

    parts: tuple[Whole | Bundle, ...]
    places: Array
    modes: int

    @classmethod
    def of(cls, modes: Array) -> Shifts:
        """From modes ``(k, obs, M)``."""
        modes = np.asarray(modes)
        used = np.flatnonzero(moving(modes))
        places = np.full(modes.shape[1], len(used))
        if modes.shape[-1] < MANY or not len(used):
            places[used] = np.arange(len(used))
            whole = modes if len(used) == modes.shape[1] else np.ascontiguousarray(modes[:, used])
            return cls((Whole(whole),), places, len(modes))
        split = [_split(modes[:, place]) for place in used]
        width = np.array([1 << (len(along) - 1).bit_length() for along, _ in split])
        order = np.argsort(width, kind="stable")
        places[used[order]] = np.arange(len(used))
        parts = [
            _bundle([split[one] for one in order if width[one] == most]) for most in np.unique(width).tolist()
        ]
        return cls(tuple(parts), places, len(modes))

    def at(self, m: Array) -> Array:
        """At monomials ``(..., M)``: ``(..., k, obs)``."""
        xp = namespace(m)
        ahead, points = m.shape[:-1], xp.reshape(m, (-1, m.shape[-1]))
        found = [part.at(points) for part in self.parts]
        used = sum(part.shape[-1] for part in found)
        if used < len(self.places):
            found.append(xp.zeros((len(points), self.modes, 1)))
        joined = found[0] if len(found) == 1 else xp.concatenate(found, axis=-1)
        if not np.array_equal(self.places, np.arange(joined.shape[-1])):
            joined = joined[..., self.places]
        return xp.reshape(joined, (*ahead, self.modes, len(self.places)))


def moving(modes: Array) -> Array:
    """Which of the polynomials ``(k, obs, M)`` any mode moves, bools ``(obs,)``."""
    return np.any(np.asarray(modes) != 0, axis=(0, 2))


def _split(modes: Array) -> tuple[Array, Array]:
    """Modes ``(k, M)`` of one polynomial as directions ``(r, M)`` and amounts ``(r, k)``, to rounding."""
    scale = np.abs(modes).max(axis=0)
    scaled = modes / np.where(scale > 0, scale, 1.0)
    left, singular, right = np.linalg.svd(scaled, full_matrices=False)
    rank = int(np.count_nonzero(singular > ROUNDING * singular[0]))
    return right[:rank] * scale, (left[:, :rank] * singular[:rank]).T


def _bundle(split: list[tuple[Array, Array]]) -> Bundle:
    """Those of several polynomials, filled up with zeros to the largest rank."""
    most = max(len(along) for along, _ in split)
    filled = [
        [np.concatenate([part, np.zeros((most - len(part), part.shape[1]))]) for part in one] for one in split
    ]
    return Bundle(*(np.stack(parts) for parts in zip(*filled, strict=True)))
