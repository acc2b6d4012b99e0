"""A grid of fit parameters, addressed point by point so that it never has to exist in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import isfinite, prod

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError, short

LARGEST = 10**10
"""More points than this are surely a mistake."""


@dataclass(frozen=True)
class Axis:
    """``count`` values of a parameter from ``low`` to ``high``, ends included."""

    name: str
    low: float
    high: float
    count: int

    @classmethod
    def parse(cls, text: str) -> Axis:
        """``"C1=-0.1:0.1:201"``; :class:`InputError` for anything else."""
        name, equals, rest = text.partition("=")
        parts = rest.split(":")
        try:
            low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
        except (IndexError, ValueError):
            low, high, count = 0.0, 0.0, 0
        if (
            not equals
            or not name.strip()
            or len(parts) != 3
            or count < 1
            or not (isfinite(low) and isfinite(high))
        ):
            raise InputError(f"'{text}': NAME=LOW:HIGH:POINTS is needed, as C1=-0.1:0.1:201.")
        if high < low or (count > 1 and high == low):
            raise InputError(f"'{text}': the upper end must lie above the lower.")
        return cls(name.strip(), low, high, count)

    @property
    def values(self) -> Array:
        """All values, ``(count,)``."""
        return np.linspace(self.low, self.high, self.count)


@dataclass(frozen=True)
class Grid:
    """The product of axes; points are numbered with the last axis fastest."""

    axes: tuple[Axis, ...]

    @classmethod
    def of(cls, given: Mapping[str, tuple[float, float, int]] | str) -> Grid:
        """From ``{"C1": (-0.1, 0.1, 201)}`` or ``"C1=-0.1:0.1:201,C3=..."``; :class:`InputError` if not understood."""
        try:
            texts = (
                given.split(",")
                if isinstance(given, str)
                else [f"{n}={a}:{b}:{c}" for n, (a, b, c) in given.items()]
            )
        except (AttributeError, TypeError, ValueError):
            raise InputError(
                f"`parameters={short(given)}`: a grid is 'C1=-0.1:0.1:201' or {{'C1': (-0.1, 0.1, 201)}}."
            ) from None
        if not texts:
            raise InputError("The grid has no parameters: give some, as 'C1=-0.1:0.1:201'.")
        axes = tuple(Axis.parse(text) for text in texts)
        grid = cls(axes)
        if prod(grid.shape) > LARGEST:  # len() itself overflows beyond 2^63
            raise InputError(
                f"The grid has {prod(grid.shape):.3g} points; at most {LARGEST:.0e} are evaluated."
            )
        return grid

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters."""
        return tuple(axis.name for axis in self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Points along each axis."""
        return tuple(axis.count for axis in self.axes)

    def __len__(self) -> int:
        """How many points."""
        return prod(self.shape)

    @cached_property
    def _values(self) -> tuple[Array, ...]:
        return tuple(axis.values for axis in self.axes)

    def corners(self) -> Array:
        """The corners, ``(2**n, n)``."""
        ends = [(axis.low, axis.high) for axis in self.axes]
        return np.array(list(product(*ends)))

    def points(self, start: int, stop: int) -> Array:
        """Points ``start`` to ``stop``, ``(stop - start, n)``."""
        last = self.axes[-1].count
        first, end = start // last, (stop - 1) // last + 1
        rows = np.unravel_index(np.arange(first, end), self.shape[:-1]) if len(self.axes) > 1 else ()
        found = np.empty((stop - start, len(self.axes)))
        inside = slice(start - first * last, stop - first * last)
        for column, (values, place) in enumerate(zip(self._values, rows, strict=False)):
            found[:, column] = np.repeat(values[place], last)[inside]
        if end - first == 1:
            found[:, -1] = self._values[-1][inside]
        else:
            found[:, -1] = np.tile(self._values[-1], end - first)[inside]
        return found

    def chunks(self, size: int) -> Iterator[tuple[int, int]]:
        """Ranges of point numbers that cover the grid."""
        for start in range(0, len(self), size):
            yield start, min(start + size, len(self))
