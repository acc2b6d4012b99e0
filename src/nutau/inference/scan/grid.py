"""A box of fit parameters, and a grid in it, addressed point by point so that it never has to exist in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import inf, isfinite, prod
from typing import TypeAlias

import numpy as np

from nutau.common.arrays import Array
from nutau.common.ranges import interval, spaced
from nutau.errors import InputError, short

Axes: TypeAlias = Mapping[str, tuple[float, float, int] | tuple[float, float]] | str
"""A grid, or ranges, as a user gives them."""
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
        """``"C1=-0.1:0.1:201"``, or ``"C1=0.1"`` for one value; :class:`InputError` for anything else."""
        name, rest = _named(text, "C1=-0.1:0.1:201")
        if ":" not in rest:
            value = _number(rest, text)
            return cls(name, value, value, 1)
        ends, count = spaced(rest, f"'{text}'", LARGEST)
        return cls(name, ends.low, ends.high, count)

    @property
    def values(self) -> Array:
        """All values, ``(count,)``."""
        return np.linspace(self.low, self.high, self.count)

    @classmethod
    def range(cls, text: str) -> Axis:
        """``"C1=-0.1:0.1"``, a range in which points are chosen; :class:`InputError` for anything else."""
        name, rest = _named(text, "C1=-0.1:0.1")
        if text.count(":") > 1:
            raise InputError(
                f"'{text}': NAME=LOW:HIGH is needed, as C1=-0.1:0.1; how many points there are is another option "
                "(`points`)."
            )
        ends = interval(rest, f"'{text}'")
        return cls(name, ends.low, ends.high, 2)


def _named(text: str, example: str) -> tuple[str, str]:
    name, equals, rest = (part.strip() for part in text.partition("="))
    if not (equals and name and rest):
        raise InputError(f"'{text}': a parameter and its range are needed, as {example}.")
    return name, rest


def _number(text: str, given: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = inf
    if not isfinite(value):
        raise InputError(f"'{given}': a finite number or a range is needed, as C1=-0.1:0.1:201.")
    return value


@dataclass(frozen=True)
class Box:
    """Ranges of parameters."""

    axes: tuple[Axis, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters."""
        return tuple(axis.name for axis in self.axes)

    @property
    def adaptive(self) -> bool:
        """Whether its points are known only as it goes."""
        return False

    def corners(self) -> Array:
        """The corners, ``(2**n, n)``."""
        ends = [(axis.low, axis.high) for axis in self.axes]
        return np.array(list(product(*ends)))

    def __len__(self) -> int:
        """How many points."""
        raise NotImplementedError

    def points(self, start: int, stop: int) -> Array:
        """Points ``start`` to ``stop``, ``(stop - start, n)``."""
        raise NotImplementedError

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of an array of a number at each point."""
        return (len(self),)

    def chunks(self, size: int) -> Iterator[tuple[int, int]]:
        """Ranges of point numbers that cover all."""
        for start in range(0, len(self), size):
            yield start, min(start + size, len(self))


@dataclass(frozen=True)
class Grid(Box):
    """The product of axes; points are numbered with the last axis fastest."""

    @classmethod
    def of(cls, given: Axes) -> Grid:
        """From ``{"C1": (-0.1, 0.1, 201)}`` or ``"C1=-0.1:0.1:201,C3=..."``; :class:`InputError` if not understood."""
        texts = written(given)
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
    def shape(self) -> tuple[int, ...]:
        """Points along each axis."""
        return tuple(axis.count for axis in self.axes)

    def __len__(self) -> int:
        """How many points."""
        return prod(self.shape)

    @cached_property
    def _values(self) -> tuple[Array, ...]:
        return tuple(axis.values for axis in self.axes)

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


def written(given: Axes) -> list[str]:
    """The axes as text, a text each; :class:`InputError` for what is none."""
    try:
        if isinstance(given, str):
            return given.split(",")
        return [
            f"{name}={':'.join(map(str, ends)) if isinstance(ends, Iterable) else ends}"
            for name, ends in given.items()
        ]
    except (AttributeError, TypeError, ValueError):
        raise InputError(
            f"`parameters={short(given)}`: a grid is 'C1=-0.1:0.1:201' or {{'C1': (-0.1, 0.1, 201)}}."
        ) from None
