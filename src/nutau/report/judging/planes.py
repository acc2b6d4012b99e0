r"""What all data leave of a field in the plane of R_ττ and R_νν, whatever its couplings are.

.. math:: \Delta\chi^2(R_{\tau\tau}, R_{\nu\nu}) = \min_x \{-2\log L(x)\} - \min(-2\log L),

the minimum over all couplings :math:`x` with these rates. Of two couplings the map is one of a region
(:mod:`nutau.report.areas`). Of more, points are thrown about the best ones of every cell of the plane, round after
round, until no cell of the region is new: the lowest -2 log L of each cell is the profile, to a cell's width.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.fit import Contour
from nutau.inference.likelihood import Likelihood, double_precision
from nutau.inference.likelihood.compiled import compiled
from nutau.inference.theory_model import on_internal
from nutau.inputs import Inputs
from nutau.letter.claims import K_NUNU, K_TAUTAU
from nutau.measurements import Observable
from nutau.report.areas import LEVELS, Area, inside
from nutau.report.judging.result import Judged

RATES = (K_TAUTAU, K_NUNU)
CELL = np.array([0.05, 0.02])
"""Decades of R_ττ and R_νν."""
THROWN, ROUNDS = 800, 40
NEW = 0.01
"""Of the cells of the region: where fewer are new in a round, the search ends."""
STEPS = (0.02, 0.1, 0.4)
"""Of the spread of each coupling."""
KEPT = 2.0
"""Times the height of the region: points above that are forgotten."""
LEAST = 1e-6
EDGE = 0.3
"""Of smoothed cells, where the outline of a region runs: below what is left of a cell that stands alone, 0.32."""


@dataclass(frozen=True, eq=False)
class Points:
    """Couplings ``(n, k)`` with the logarithms (base 10) of their rates ``(n, 2)`` and Δ(-2 log L) ``(n,)``."""

    values: Array
    places: Array
    heights: Array

    def with_more(self, other: Points) -> Points:
        """Both."""
        return Points(
            np.concatenate([self.values, other.values]),
            np.concatenate([self.places, other.places]),
            np.concatenate([self.heights, other.heights]),
        )

    def kept(self) -> Points:
        """The lowest point of each cell, and the outermost ones of the region of each level."""
        order = np.argsort(self.heights, kind="stable")
        cells = np.floor(self.places[order] / CELL).astype(int)
        _, first = np.unique(cells, axis=0, return_index=True)
        outermost = []
        for level in LEVELS:
            inside = np.flatnonzero(self.heights < Contour.height(level))
            if len(inside):
                outermost += [
                    inside[self.places[inside].argmin(axis=0)],
                    inside[self.places[inside].argmax(axis=0)],
                ]
        chosen = np.unique(np.concatenate([order[first], *outermost]))
        return Points(self.values[chosen], self.places[chosen], self.heights[chosen])

    def below(self, height: float) -> Points:
        """Those below a height."""
        chosen = self.heights < height
        return Points(self.values[chosen], self.places[chosen], self.heights[chosen])


def rates(found: Judged, inputs: Inputs) -> Callable[[Array], Array]:
    """R_ττ and R_νν ``(..., 2)`` of couplings ``(..., k)``, without theory errors."""
    own = found.likelihood.parametrisation
    model = on_internal(compiled([Observable(name) for name in RATES], own, inputs, draws=0))
    return lambda values: np.asarray(model(own.to_linear(values)))


@double_precision
def reached(found: Judged, inputs: Inputs, *, seed: int = 1) -> Area:
    """The region of all data in the plane of :data:`RATES` at the levels of :data:`nutau.report.areas.LEVELS`."""
    place = rates(found, inputs)
    fast = found.likelihood.switched("fast")
    cells = profile(fast, place, np.array([minimum.values for minimum in found.minima]), seed)
    pieces = {level: outlines(cells, Contour.height(level)) for level in reversed(LEVELS)}
    return Area(found.label, pieces, place(found.minima[0].values))


def profile(fast: Likelihood, place: Callable[[Array], Array], starts: Array, seed: int) -> Points:
    """The lowest point of each cell of the plane, and the outermost ones, of the region of the outer level."""
    generator = np.random.default_rng(seed)
    bounds = fast.parametrisation.bounds
    height = Contour.height(LEVELS[-1])
    lowest = float(np.min(fast.chi2(starts)))

    def at(values: Array) -> Points:
        places = np.log10(np.maximum(place(values), LEAST))
        return Points(values, places, fast.chi2(values) - lowest).below(KEPT * height)

    found = at(starts).kept()
    for _ in range(ROUNDS):
        before = len(found.below(height).values)
        found = found.with_more(at(_thrown(found, bounds, generator))).kept()
        after = len(found.below(height).values)
        if after - before < NEW * after and before:
            break
    return Points(found.values, found.places, found.heights - min(float(found.heights.min()), 0.0))


def _thrown(found: Points, bounds: Array, generator: np.random.Generator) -> Array:
    """New couplings about those of the cells, along the differences of two of them and in each on its own."""
    count = len(found.values)
    parents = found.values[generator.integers(count, size=THROWN)]
    spread = np.maximum(found.values.std(axis=0), 0.02 * (bounds[:, 1] - bounds[:, 0]))
    step = np.array(STEPS)[generator.integers(len(STEPS), size=THROWN)][:, None]
    alone = generator.normal(size=parents.shape) * spread
    pairs = found.values[generator.integers(count, size=(2, THROWN))]
    along = (pairs[0] - pairs[1]) * generator.normal(size=(THROWN, 1))
    moved = parents + step * np.where(generator.random((THROWN, 1)) < 0.5, alone, along)
    return np.clip(moved, bounds[:, 0], bounds[:, 1])


def outlines(cells: Points, height: float) -> tuple[Array, ...]:
    """Where the cells lie below a height, as polygons in the plane of the rates, no wider than the points."""
    from scipy.ndimage import binary_closing, gaussian_filter

    chosen = cells.below(height)
    numbers = np.floor(chosen.places / CELL).astype(int)
    low = numbers.min(axis=0) - 3
    mask = np.zeros(tuple(numbers.max(axis=0) - low + 4), dtype=bool)
    mask[tuple((numbers - low).T)] = True
    soft = gaussian_filter(binary_closing(mask, np.ones((3, 3))).astype(float), 0.7)
    x, y = (low[side] + 0.5 + np.arange(mask.shape[side]) for side in (0, 1))
    ends = chosen.places.min(axis=0), chosen.places.max(axis=0)
    return tuple(10.0 ** np.clip(piece * CELL, *ends) for piece in inside(x, y, EDGE - soft))
