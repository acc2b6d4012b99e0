"""Points chosen in a box: at random, along a Sobol sequence, or where -2 log L says that it is worth while.

The points of a sample follow from its seed and their numbers alone, whoever asks for which of them.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.errors import InputError, unknown
from nutau.inference.scan.grid import LARGEST, Axes, Axis, Box, Grid, written

KINDS = ("grid", "random", "sobol", "adaptive")
BLOCK = 1 << 12
"""Random points that share a stream of random numbers."""
LONGEST = 1 << 30
"""Points of a Sobol sequence that SciPy makes."""
SCAN = 3
"""Tells the random numbers of scans from others of the same seed."""
MOST_DIMENSIONS = 4
"""The simplices of an adaptive sample are too many in more."""
MOST_ADAPTIVE = 200_000


@dataclass(frozen=True)
class Sample(Box):
    """``count`` points of a box, of a kind of :data:`KINDS`."""

    kind: str
    count: int
    seed: int

    def __len__(self) -> int:
        """How many points."""
        return self.count

    @property
    def adaptive(self) -> bool:
        """Whether its points are known only as it goes."""
        return self.kind == "adaptive"

    def points(self, start: int, stop: int) -> Array:
        """Points ``start`` to ``stop``, ``(stop - start, n)``; an adaptive sample knows them only as it goes."""
        return inside(self, self._sobol(start, stop) if self.kind == "sobol" else self._random(start, stop))

    def _random(self, start: int, stop: int) -> Array:
        blocks = range(start // BLOCK, -(-stop // BLOCK))
        shape = (BLOCK, len(self.axes))
        parts = [stream(self.seed, SCAN, block).random(shape) for block in blocks]
        first = start - blocks.start * BLOCK
        return np.concatenate([np.zeros((0, len(self.axes))), *parts])[first : first + stop - start]

    def _sobol(self, start: int, stop: int) -> Array:
        from scipy.stats.qmc import Sobol

        made = Sobol(len(self.axes), scramble=True, seed=stream(self.seed, SCAN))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of numbers that are no powers of two
            if start:
                made.fast_forward(start)
            return np.asarray(made.random(stop - start))


def inside(box: Box, unit: Array) -> Array:
    """Points of a box for points ``(points, n)`` of a unit cube."""
    low, high = np.array([(axis.low, axis.high) for axis in box.axes]).T
    return low + unit * (high - low)


def points_of(given: Axes, kind: str, count: int | None, seed: int | None) -> Grid | Sample:
    """The points that are asked for; :class:`InputError` for what does not go together."""
    if kind not in KINDS:
        raise unknown("sample", kind, KINDS)
    if kind == "grid":
        for name, value in (("points", count), ("seed", seed)):
            if value is not None:
                raise InputError(f"`{name}` would not be used: a grid has its own points; choose a `sample`.")
        return Grid.of(given)
    axes = tuple(Axis.range(text) for text in written(given))
    if count is None:
        raise InputError(f"`sample={kind}` needs the number of `points`.")
    most = {"random": LARGEST, "sobol": LONGEST, "adaptive": MOST_ADAPTIVE}[kind]
    if not 1 <= count <= most:
        raise InputError(f"`points={count}`: a sample of this kind has from 1 to {most} points.")
    if kind == "adaptive" and seed is not None:
        raise InputError("`seed` would not be used: an adaptive sample has no random numbers.")
    if kind == "adaptive" and len(axes) > MOST_DIMENSIONS:
        raise InputError(
            f"An adaptive sample has up to {MOST_DIMENSIONS} parameters, not {len(axes)}: take a Sobol sequence and "
            "keep what lies `below` a height."
        )
    stream(1 if seed is None else seed)
    return Sample(axes, kind, count, 1 if seed is None else seed)
