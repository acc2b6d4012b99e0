"""What b → sℓℓ of light leptons says of a C9 of all leptons: stored -2 log L, one for each choice of charm loops.

The fits take a minute each, so their curves come with nutau (``data/fits/c9u.yaml``, written by ``tools/make_c9u.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from math import hypot
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from nutau.common.arrays import Array
from nutau.common.yaml_files import folder, read_yaml, validate

if TYPE_CHECKING:
    from scipy.interpolate import CubicSpline

FILE = "c9u.yaml"


class _Axis(BaseModel):
    model_config = ConfigDict(extra="forbid")
    low: float
    high: float
    points: int


class _Curve(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    inputs: str
    charm: str
    numbers: int
    chi2: tuple[float, ...]
    without: tuple[float, ...]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    command: str
    data: str
    version: str
    mode: str
    draws: int
    c9u: _Axis
    probes: tuple[float, ...]
    curves: tuple[_Curve, ...]


@dataclass(frozen=True, eq=False)
class Wanted:
    """-2 log L ``chi2`` of a data set at ``c9u`` (C9U at 4.8 GeV), both ``(points,)``, with one description of charm.

    ``numbers`` are the measured ones; ``without`` is -2 log L without theory errors at the C9U ``probes``.
    """

    charm: str
    inputs: str
    data: str
    version: str
    numbers: int
    c9u: Array
    chi2: Array
    probes: Array
    without: Array

    @cached_property
    def _spline(self) -> CubicSpline:
        from scipy.interpolate import CubicSpline

        return CubicSpline(self.c9u, self.chi2)

    @cached_property
    def value(self) -> float:
        """The best C9U."""
        places = np.asarray(self._spline.derivative().roots(extrapolate=False))
        return float(places[np.argmin(self._spline(places))])

    @cached_property
    def interval(self) -> tuple[float, float]:
        """Where -2 log L is one above its minimum."""
        ends = np.asarray(self._spline.solve(float(self._spline(self.value)) + 1.0, extrapolate=False))
        return float(ends[ends < self.value].max()), float(ends[ends > self.value].min())

    @property
    def minus(self) -> float:
        """The 68 % uncertainty downwards."""
        return self.value - self.interval[0]

    @property
    def plus(self) -> float:
        """The 68 % uncertainty upwards."""
        return self.interval[1] - self.value

    @property
    def lowest(self) -> float:
        """-2 log L at the best C9U."""
        return float(self._spline(self.value))

    def gain(self, c9u: float) -> float | None:
        """By how much -2 log L at ``c9u`` is below that of the Standard Model; ``None`` beyond the stored curve."""
        if not self.c9u[0] <= c9u <= self.c9u[-1]:
            return None
        return float(self._spline(0.0) - self._spline(c9u))

    def sigmas(self, c9u: float, minus: float, plus: float) -> float:
        """How many σ a C9U with its uncertainties lies from the best one, those that face each other in quadrature."""
        above = c9u > self.value
        return abs(c9u - self.value) / (hypot(minus, self.plus) if above else hypot(plus, self.minus))

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "charm": self.charm,
            "inputs": self.inputs,
            "c9u": {"value": self.value, "minus": self.minus, "plus": self.plus},
            "chi2": self.lowest,
            "dof": self.numbers - 1,
            "gain": self.gain(self.value),
        }


@cache
def wanted() -> tuple[Wanted, ...]:
    """The stored fits, the one with nutau's own description of charm loops first."""
    path = folder("fits").joinpath(FILE)
    found = validate(_File, read_yaml(path), FILE)
    axis = np.linspace(found.c9u.low, found.c9u.high, found.c9u.points)
    return tuple(
        Wanted(
            one.charm,
            one.inputs,
            found.data,
            found.version,
            one.numbers,
            axis,
            np.array(one.chi2),
            np.array(found.probes),
            np.array(one.without),
        )
        for one in found.curves
    )
