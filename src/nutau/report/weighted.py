"""Histograms of weighted events beside what the rates say of each bin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from nutau.common.arrays import Array
from nutau.common.kinematics import gauss_legendre, sine_map
from nutau.decays.distribution import Flavour
from nutau.observables.weights.plan import Plan

BINS = 24
NODES = 30
"""In q², for the expectation of a bin of an angle."""
IN_BIN = 4
"""Nodes in a bin."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """Events of one variable in bins: as they were made, and by column weighted, its square, and expected."""

    variable: str
    edges: Array
    generated: Array
    weighted: Mapping[str, Array]
    squared: Mapping[str, Array]
    expected: Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class Histograms:
    """Filled chunk by chunk with the variables and weights of a plan."""

    plan: Plan
    _found: dict[str, Array] = field(default_factory=dict)

    def add(self, columns: Mapping[str, Array]) -> None:
        """Fill in some events."""
        for variable in self.plan.events.values:
            value = columns[variable]
            value = np.remainder(value + math.pi, 2.0 * math.pi) - math.pi if variable == "phi" else value
            for name in ("", *self.plan.points):
                weights = columns[name] if name else np.ones_like(value)
                sums = [np.histogram(value, self._edges(variable), weights=weights**k)[0] for k in (1, 2)]
                key = f"{variable} {name}"
                self._found[key] = self._found.get(key, 0.0) + np.stack(sums)

    def made(self) -> tuple[Histogram, ...]:
        """What was filled in, with expectations for events that fill all of phase space."""
        names = tuple(self.plan.points)
        return tuple(
            Histogram(
                variable,
                self._edges(variable),
                self._found[f"{variable} "][0],
                {name: self._found[f"{variable} {name}"][0] for name in names},
                {name: self._found[f"{variable} {name}"][1] for name in names},
                self._expected(variable),
            )
            for variable in self.plan.events.values
        )

    def _edges(self, variable: str) -> Array:
        ends = {"q2": self._q2_range, "phi": (-math.pi, math.pi)}.get(variable, (-1.0, 1.0))
        return np.linspace(*ends, BINS + 1)

    @property
    def _q2_range(self) -> tuple[float, float]:
        return self.plan.target.decay.edges(self.plan.target.inputs)

    def _expected(self, variable: str) -> dict[str, Array]:
        """Events of each bin: its rate over the generator's, for each column."""
        x, w = gauss_legendre(IN_BIN)
        edges, width = self._edges(variable), np.diff(self._edges(variable))
        points, sizes = (edges[:-1, None] + width[:, None] * x).ravel(), (width[:, None] * w).ravel()
        rule = sine_map(*self._q2_range, self._q2_range, NODES)
        if variable == "q2":
            nodes = sine_map(edges[:-1, None], edges[1:, None], self._q2_range, IN_BIN, 1)
            q2, sizes, angles = nodes.q2.ravel(), nodes.weights.ravel(), {}
        else:
            q2 = np.repeat(rule.q2, len(points))
            angles = {variable: np.tile(points, len(rule.q2))}
            sizes = (rule.weights[:, None] * sizes).ravel()
        target, share = self.plan.target, self.plan.events.share
        found = target.decay.module.distribution(
            target.inputs, target.central, target.decay.process, q2, Flavour(share, 1.0 - share)
        ).at(angles)
        scale = len(self.plan.events) / self.plan.generated_rate
        return {
            name: scale * np.sum((sizes * found(point)).reshape(-1, BINS, IN_BIN), axis=(0, 2))
            for name, point in self.plan.points.items()
        }
