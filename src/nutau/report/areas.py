"""Regions of a scan or a fit, carried to the plane of two observables.

A map of two parameters to a plane folds; the two sides of its folds, told apart by the sign of its Jacobian, are
carried one by one, so that each piece is drawn where it lies and their union is the region. A fit of more parameters
has no such map: its region is that of its posterior.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.density import density, levels
from nutau.errors import InputError
from nutau.inference.fit import Contour, FitResult
from nutau.inference.fit.profiles import Profile, rise
from nutau.inference.fit.questions.predictions import over_posterior
from nutau.inference.likelihood.compiled import compiled
from nutau.inference.scan import Scan
from nutau.inference.theory_model import on_internal
from nutau.inputs import Inputs
from nutau.measurements import Observable
from nutau.report.bands import Axis
from nutau.report.scanned import HIGH, Gridded, gridded, of_scan, read

LEVELS = (0.6827, 0.95)
POINTS = 160
"""Points an axis of the grid of a fit of two parameters, and along one of one parameter."""
FINE = 400
"""Points an axis on which regions are cut out."""
WIDE = 15.0
"""Values above zero that differ by more than this factor have their density in the logarithm, as axes are drawn."""
Place = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class Area:
    """A region by level in ``pieces`` ``(points, 2)``, and its best point.

    Pieces are polygons, or with ``line`` paths: of one parameter, or where a plane is reached along a line alone.
    ``whole`` is all that a scan reaches. Levels are of confidence, or with ``posterior`` parts of it; ``told`` says in
    a sentence what is not seen.
    """

    name: str
    pieces: Mapping[float, tuple[Array, ...]]
    best: Array | None
    whole: tuple[Array, ...] = ()
    line: bool = False
    posterior: bool = False
    told: str = ""

    def ends(self, level: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """The smallest and largest value on each axis at a level."""
        points = np.concatenate(self.pieces[level])
        (low, high) = points.min(axis=0), points.max(axis=0)
        return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))

    def to_dict(self) -> dict[str, Any]:
        """Plain data: the pieces by level, and the best point."""
        return {
            "name": self.name,
            "pieces": {
                f"{level:g}": [piece.tolist() for piece in found] for level, found in self.pieces.items()
            },
            "best": None if self.best is None else np.asarray(self.best).tolist(),
            "line": self.line,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Area:
        """What :meth:`to_dict` made."""
        pieces = {float(level): tuple(map(np.array, found)) for level, found in plain["pieces"].items()}
        best = None if plain["best"] is None else np.array(plain["best"])
        return cls(plain["name"], pieces, best, line=plain["line"])


@dataclass(frozen=True, eq=False)
class Profiled:
    """A fit with Δ(-2 log L) along its one parameter or over its two, or without, where its posterior is drawn."""

    fit: FitResult
    profile: Profile | Contour | None


def profiled(found: FitResult) -> Profiled:
    """A fit with what is drawn of it: its posterior if it has one, else the profile of its one or two parameters.

    Raises :class:`InputError` for more parameters without a posterior.
    """
    names = found.names
    if found.posterior is not None:
        return Profiled(found, None)
    if len(names) > 2:
        raise InputError(
            "A region in a plane needs a fit of one or two parameters, or a posterior; this one has "
            f"{', '.join(names)} and none. Sample it (`posterior`), or hold others by `fixed`."
        )
    if len(names) == 1:
        return Profiled(found, found.profile(names[0], points=POINTS))
    return Profiled(found, found.contour(*names, points=POINTS, level=LEVELS[-1]))


def area(name: str, found: Scan | Profiled | str | Path, axes: Sequence[Axis], inputs: Inputs) -> Area:
    """The region that a scan, its file or a fit means on two axes.

    Raises :class:`InputError` for a file that is no scan, and for one of other observables or of more parameters.
    """
    if isinstance(found, Profiled):
        return _of_fit(name, found, axes, inputs)
    rows = of_scan(found) if isinstance(found, Scan) else read(Path(found))
    grid = gridded(rows, axes, inputs)
    return _line(name, grid) if len(grid.axes) == 1 else _surface(name, grid)


def carried(x: Array, y: Array, above: Array, place: Place, *, line: bool = False) -> tuple[Array, ...]:
    """Where ``above`` ``(x, y)`` is below zero, as polygons in the plane to which ``place`` takes ``(..., 2)``.

    With ``line`` the plane is known to be reached along a line alone: the sign of the Jacobian is rounding there.
    """
    fold = None if line else _fold(x, y, place(np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)))
    if fold is None:
        return tuple(place(polygon) for polygon in inside(x, y, above))
    return tuple(
        place(polygon) for side in (1.0, -1.0) for polygon in inside(x, y, np.maximum(above, side * fold))
    )


def _fold(x: Array, y: Array, places: Array) -> Array | None:
    """The Jacobian of a map over its largest value; ``None`` where it reaches the plane along a line alone."""
    first, second = np.gradient(places, x, axis=0), np.gradient(places, y, axis=1)
    fold = first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
    size = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
    steep = float(np.abs(fold).max())
    within = fold[1:-1, 1:-1] if min(fold.shape) > 2 else fold  # derivatives at the edges are of lower order
    if float(np.abs(within).max()) <= 1e-6 * float(size.max()):
        return None
    made: Array = fold / steep
    return made


def inside(x: Array, y: Array, values: Array) -> Sequence[Array]:
    """Where ``values`` ``(x, y)`` are below zero: closed polygons ``(points, 2)``, a cut leading to each hole."""
    from contourpy import FillType, contour_generator

    made = contour_generator(
        x, y, np.nan_to_num(values, nan=1e6, posinf=1e6).T, fill_type=FillType.OuterOffset
    )
    found: Any = made.filled(-1e9, 0.0)  # of this type: lists of points and of offsets
    points, offsets = found
    return [_cut([part[a:b] for a, b in pairwise(ends)]) for part, ends in zip(points, offsets, strict=True)]


def _cut(rings: Sequence[Array]) -> Array:
    """An outline and its holes as one polygon: from the nearest point of what there is, about the hole and back."""
    from scipy.spatial import cKDTree

    made = rings[0]
    for hole in rings[1:]:
        apart, nearest = cKDTree(hole[:-1]).query(made)
        here = int(np.argmin(apart))
        there = int(nearest[here])
        around = np.roll(hole[:-1], -there, axis=0)
        made = np.concatenate([made[: here + 1], around, around[:1], made[here:]])
    return made


def _surface(name: str, grid: Gridded) -> Area:
    first, second = grid.axes
    x, y = _finer(first), _finer(second)
    parts = [_smooth(first, second, grid.places[..., number]) for number in (0, 1)]

    def place(points: Array) -> Array:
        return np.stack([part(points) for part in parts], axis=-1)

    line = _fold(first, second, place(np.stack(np.meshgrid(first, second, indexing="ij"), axis=-1))) is None
    told = f"{name}: {grid.told}." if grid.told else ""
    if grid.height is None:
        whole = carried(x, y, np.full((len(x), len(y)), -1.0), place, line=line)
        return Area(name, {}, None, whole, line, told=told)
    lowest = np.unravel_index(int(np.argmin(grid.height)), grid.height.shape)
    pieces = _allowed(first, second, grid.height, place, line)
    return Area(name, pieces, grid.places[lowest], line=line, told=told)


def _allowed(x: Array, y: Array, height: Array, place: Place, line: bool) -> dict[float, tuple[Array, ...]]:
    """The regions of both levels, from Δ(-2 log L) on a grid between whose points it is smooth."""
    fine = _finer(x), _finer(y)
    above = _smooth(x, y, np.minimum(np.nan_to_num(height, nan=HIGH, posinf=HIGH), HIGH))
    heights = above(np.stack(np.meshgrid(*fine, indexing="ij"), axis=-1))
    return {
        level: carried(*fine, heights / Contour.height(level) - 1.0, place, line=line)
        for level in reversed(LEVELS)
    }


def _finer(values: Array) -> Array:
    """The same range with so many points that a region has no corners."""
    return np.linspace(values[0], values[-1], max(FINE, len(values)))


def _smooth(x: Array, y: Array, values: Array) -> Place:
    """Values on a grid as a function of points ``(..., 2)``: cubic, of lower degree where there are few."""
    from scipy.interpolate import RectBivariateSpline

    found = RectBivariateSpline(x, y, values, kx=min(3, len(x) - 1), ky=min(3, len(y) - 1))
    return lambda points: found(points[..., 0], points[..., 1], grid=False)


def _line(name: str, grid: Gridded) -> Area:
    if grid.height is None:
        return Area(name, {}, None, (grid.places,), line=True)
    paths = {level: _pieces(grid, rise(level, 1)) for level in reversed(LEVELS)}
    return Area(name, paths, grid.places[int(np.argmin(grid.height))], (grid.places,), line=True)


def _pieces(grid: Gridded, height: float) -> tuple[Array, ...]:
    """The parts of a line where the profile lies below a height, ends between points by straight lines."""
    assert grid.height is not None
    below = np.nan_to_num(grid.height, nan=1e6, posinf=1e6) - height
    found: list[list[Array]] = []
    for left in range(len(below) - 1):
        (a, b), (start, end) = below[left : left + 2], grid.places[left : left + 2]
        if a > 0 and b > 0:
            continue
        first = start if a <= 0 else start + (end - start) * a / (a - b)
        last = end if b <= 0 else start + (end - start) * a / (a - b)
        if a <= 0 and found and np.array_equal(found[-1][-1], first):
            found[-1].append(last)
        else:
            found.append([first, last])
    return tuple(np.array(piece) for piece in found)


def _of_fit(name: str, found: Profiled, axes: Sequence[Axis], inputs: Inputs) -> Area:
    own, made = found.fit.likelihood.parametrisation, found.profile
    model = on_internal(compiled([Observable(axis.full, axis.q2) for axis in axes], own, inputs, draws=0))

    def place(points: Array) -> Array:
        return model(own.to_linear(points))

    best = place(found.fit.best.values[None, :])[0]
    if made is None:
        return _of_posterior(name, found.fit, axes, best)
    if isinstance(made, Contour):
        return image(name, made.x, made.y, made.delta_chi2, place, best)
    line = place(made.values[:, None])
    grid = Gridded((made.values,), line, made.delta_chi2)
    return Area(name, _line(name, grid).pieces, best, (line,), line=True)


def image(name: str, x: Array, y: Array, height: Array, place: Place, best: Array) -> Area:
    """The regions of both levels of Δ(-2 log L) ``height`` ``(x, y)``, in the plane to which ``place`` takes points."""
    corners = place(np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1))
    line = _fold(x, y, corners) is None
    return Area(name, _allowed(x, y, height, place, line), best, line=line)


def _of_posterior(name: str, fit: FitResult, axes: Sequence[Axis], best: Array) -> Area:
    assert fit.posterior is not None
    values = over_posterior(fit, [Observable(axis.full, axis.q2) for axis in axes])
    pieces = credible(values.reshape(-1, 2), fit.posterior.poorest())
    told = (
        f"{name}: the smallest regions with 68.3 and 95 % of the posterior of {', '.join(fit.names)}, theory errors "
        "included."
    )
    return Area(name, pieces, best, posterior=True, told=told)


def credible(draws: Array, effective: float) -> dict[float, tuple[Array, ...]]:
    """The smallest regions that hold the levels' parts of draws ``(n, 2)`` worth ``effective`` independent ones.

    The density is that in the logarithm of an observable which spans more than a factor of 15.
    """
    ends = np.quantile(draws, (2e-4, 1.0 - 2e-4), axis=0)
    logs = (ends[0] > 0) & (ends[1] > WIDE * ends[0]) & (draws.min(axis=0) > 0)
    seen = np.where(logs, np.log(np.where(logs, draws, 1.0)), draws)
    low, high = np.quantile(seen, (2e-4, 1.0 - 2e-4), axis=0)
    if not np.all(high > low):
        raise InputError("An observable of the plane does not move in this posterior; name another.")
    margin = 0.5 * (high - low)
    limits = [(float(a), float(b)) for a, b in zip(low - margin, high + margin, strict=True)]
    (x, y), made = density(list(seen.T), limits, effective)
    return {
        level: tuple(
            np.where(logs, np.exp(np.where(logs, piece, 0.0)), piece)
            for piece in inside(x, y, 1.0 - made / edge)
        )
        for level, edge in zip(reversed(LEVELS), levels(made, LEVELS[::-1]), strict=True)
    }
