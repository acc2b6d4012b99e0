r"""What the data allow in the (R_ττ, R_νν) plane of K: the models' intervals of δ on their lines, and κ free.

The region of κ free is that of -2 log L in δ and (κ-1)δ (2.30 and 5.99 above the best),
carried to the plane by the central predictions (:mod:`nutau.report.areas`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.fit import Contour
from nutau.inference.fit.intervals import Piece
from nutau.inference.theory_model import TheoryModel, on_internal
from nutau.inputs import load_inputs
from nutau.letter.claims import K_NUNU, K_TAUTAU
from nutau.measurements import DataSet
from nutau.report.areas import LEVELS, carried
from nutau.report.bands import Known, axes_of, known
from nutau.report.plane import along_delta
from nutau.report.today.fits import Row, Run

POINTS = 160
"""Points an axis of the grid on which -2 log L is evaluated for κ free."""
STEPS = 200
"""Points of a piece of a line."""
MARGIN = 0.3
"""Room around the intervals, in units of their range: a region of two parameters is wider than an interval."""


@dataclass(frozen=True, eq=False)
class Trace:
    """A model's line: R_ττ and R_νν ``(points, 2)`` all along, of the pieces of each level, and at the best fit."""

    model: str
    line: Array
    pieces: dict[float, tuple[Array, ...]]
    best: Array


@dataclass(frozen=True, eq=False)
class Map:
    """One panel: the models, the polygons of κ free by level, its best point, and what was measured of either axis."""

    title: str
    traces: tuple[Trace, ...]
    regions: dict[float, tuple[Array, ...]]
    best: Array
    known: tuple[Known, Known]


def mapped(run: Run, data: DataSet) -> Map:
    """The plane of one run."""
    formulas = along_delta(
        (K_TAUTAU, K_NUNU),
        load_inputs("default"),
        "physical",
        (run.running, run.mass),  # type: ignore[arg-type]
        draws=0,
    )
    plane = on_internal(formulas)
    x, y = axes_of((K_TAUTAU, K_NUNU), load_inputs("default"))
    return Map(
        run.title,
        tuple(_trace(row, plane) for row in run.rows),
        _regions(run, plane),
        plane(_internal(*run.free.best.values)),
        (known(data, x), known(data, y)),
    )


def _internal(delta: Array, kappa: Array) -> Array:
    return np.stack(np.broadcast_arrays(delta, kappa * np.asarray(delta)), axis=-1)


def _trace(row: Row, plane: TheoryModel) -> Trace:
    def at(delta: Array) -> Array:
        return plane(_internal(delta, np.asarray(row.kappa)))

    part = row.found["delta"]
    ends = {level: part.pieces[f"{level:g}"] for level in LEVELS}
    pieces = {
        level: tuple(at(np.linspace(*_closed(piece, part.bounds), STEPS)) for piece in found)
        for level, found in ends.items()
    }
    farthest = max(abs(end) for piece in ends[LEVELS[-1]] for end in _closed(piece, part.bounds))
    # dense near δ = 0, where a logarithmic axis shows most
    line = at(farthest * np.linspace(0.0, 1.0, STEPS) ** 2 * np.sign(part.value or 1.0))
    return Trace(row.model, line, pieces, at(np.asarray(part.value)))


def _closed(piece: Piece, bounds: tuple[float, float]) -> tuple[float, float]:
    low, high = piece
    return bounds[0] if low is None else low, bounds[1] if high is None else high


def _regions(run: Run, plane: TheoryModel) -> dict[float, tuple[Array, ...]]:
    """Polygons ``(points, 2)`` in the plane, by level."""
    first, second = _axes(run)
    grid = np.stack(np.meshgrid(first, second, indexing="ij"), axis=-1)
    fast = run.free.likelihood.switched("fast")
    height = fast.chi2(_parameters(grid)) - float(fast.chi2(run.free.best.values[None, :])[0])

    def place(points: Array) -> Array:
        return plane(np.stack([points[..., 0], points.sum(axis=-1)], axis=-1))

    return {level: carried(first, second, height / Contour.height(level) - 1.0, place) for level in LEVELS}


def _parameters(points: Array) -> Array:
    """(δ, (κ-1)δ) as (δ, κ); at δ = 0 κ is as large as it gets."""
    delta = np.where(np.abs(points[..., 0]) < 1e-9, 1e-9, points[..., 0])
    return np.stack([delta, 1.0 + points[..., 1] / delta], axis=-1)


def _axes(run: Run) -> tuple[Array, Array]:
    """Axes of δ and (κ-1)δ that hold the 95 % region: from the 95 % intervals of all models, and of κ free."""
    ends = [
        (row.kappa, end) for row in run.rows for piece in row.found["delta"].pieces["0.95"] for end in piece
    ]
    ends += [(1.0, end) for piece in run.free["delta"].pieces["0.95"] for end in piece]
    known = [(kappa, end) for kappa, end in ends if end is not None]
    delta = np.array([end for _, end in known] + [0.0])
    best = float(run.free["delta"].value)
    of_kappa = [end for piece in run.free["kappa"].pieces["0.95"] for end in piece if end is not None]
    ends_of_kappa = [(end - 1.0) * best for end in of_kappa]
    amplitude = np.array([*((kappa - 1.0) * end for kappa, end in known), *ends_of_kappa, 0.0])
    return _wider(delta, POINTS), _wider(amplitude, 2 * POINTS)


def _wider(values: Array, count: int) -> Array:
    low, high = float(values.min()), float(values.max())
    return np.linspace(low - MARGIN * (high - low), high + MARGIN * (high - low), count)
