"""Regions of a scan or a fit, carried to the plane of two observables.

A map of two parameters to a plane folds; the two sides of its folds, told apart by the sign of its Jacobian, are
carried one by one, so that each piece is drawn where it lies and their union is the region.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError
from nutau.inference.fit import Contour, FitResult
from nutau.inference.fit.profiles import Profile, rise
from nutau.inference.fit.questions.asked import named
from nutau.inference.likelihood.compiled import compiled
from nutau.inference.scan import Scan
from nutau.inference.theory_model import on_internal
from nutau.inputs import Inputs
from nutau.measurements import Observable
from nutau.observables.requests import bare
from nutau.report.bands import Axis, same_bin

LEVELS = (0.6827, 0.95)
POINTS = 160
"""Points an axis of the grid of a fit of two parameters, and along one of one parameter."""
FINE = 400
"""Points an axis on which regions are cut out."""
HIGH = 50.0
"""Heights above this are alike: a spline of higher ones would swing beside them."""
Place = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class Area:
    """A region by level: ``polygons`` of two parameters, or ``paths`` of one, each ``(points, 2)``, and its best point.

    Without data ``whole`` is all that a scan reaches.
    """

    name: str
    polygons: Mapping[float, tuple[Array, ...]]
    paths: Mapping[float, tuple[Array, ...]]
    best: Array | None
    whole: tuple[Array, ...] = ()


@dataclass(frozen=True, eq=False)
class Gridded:
    """Values of two observables ``(..., 2)`` and Δ(-2 log L) ``(...)`` on a grid of one or two parameters."""

    names: tuple[str, ...]
    axes: tuple[Array, ...]
    places: Array
    height: Array | None


@dataclass(frozen=True, eq=False)
class Profiled:
    """A fit with Δ(-2 log L) along its one parameter, or over its two, for the planes of any observables."""

    fit: FitResult
    profile: Profile | Contour


def profiled(found: FitResult) -> Profiled:
    """A fit of one or two parameters with its profile; :class:`InputError` for more parameters."""
    names = found.names
    if len(names) > 2:
        raise InputError(
            f"A region in a plane needs a fit of one or two parameters; this one has {', '.join(names)}. Hold the "
            "others by `fixed`."
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
    grid = _of_scan(found, axes, inputs) if isinstance(found, Scan) else read(Path(found), axes, inputs)
    if len(grid.axes) == 1:
        return _line(name, grid)
    return _surface(name, grid)


def carried(x: Array, y: Array, above: Array, place: Place) -> tuple[Array, ...]:
    """Where ``above`` ``(x, y)`` is below zero, as polygons in the plane to which ``place`` takes ``(..., 2)``."""
    places = place(np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1))
    first, second = np.gradient(places, x, axis=0), np.gradient(places, y, axis=1)
    fold = first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
    size = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
    steep = float(np.abs(fold).max())
    if steep <= 1e-6 * float(size.max()):  # the plane is reached along a line alone
        return tuple(place(polygon) for polygon in inside(x, y, above))
    return tuple(
        place(polygon)
        for side in (1.0, -1.0)
        for polygon in inside(x, y, np.maximum(above, side * fold / steep))
    )


def inside(x: Array, y: Array, values: Array) -> Sequence[Array]:
    """Where ``values`` ``(x, y)`` are below zero: closed polygons ``(points, 2)``, solid ones only."""
    from contourpy import FillType, contour_generator

    made = contour_generator(
        x, y, np.nan_to_num(values, nan=1e6, posinf=1e6).T, fill_type=FillType.OuterOffset
    )
    found: Any = made.filled(-1e9, 0.0)  # of this type: lists of points and of offsets
    points, offsets = found
    return [part[offset[0] : offset[1]] for part, offset in zip(points, offsets, strict=True)]


def _surface(name: str, grid: Gridded) -> Area:
    first, second = grid.axes
    x, y = _finer(first), _finer(second)
    parts = [_smooth(first, second, grid.places[..., number]) for number in (0, 1)]

    def place(points: Array) -> Array:
        return np.stack([part(points) for part in parts], axis=-1)

    if grid.height is None:
        return Area(name, {}, {}, None, carried(x, y, np.full((len(x), len(y)), -1.0), place))
    lowest = np.unravel_index(int(np.argmin(grid.height)), grid.height.shape)
    return Area(name, _allowed(first, second, grid.height, place), {}, grid.places[lowest])


def _allowed(x: Array, y: Array, height: Array, place: Place) -> dict[float, tuple[Array, ...]]:
    """The regions of both levels, from Δ(-2 log L) on a grid between whose points it is smooth."""
    fine = _finer(x), _finer(y)
    above = _smooth(x, y, np.minimum(np.nan_to_num(height, nan=HIGH, posinf=HIGH), HIGH))
    heights = above(np.stack(np.meshgrid(*fine, indexing="ij"), axis=-1))
    return {level: carried(*fine, heights / Contour.height(level) - 1.0, place) for level in reversed(LEVELS)}


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
        return Area(name, {}, {}, None, (grid.places,))
    paths = {level: _pieces(grid, rise(level, 1)) for level in reversed(LEVELS)}
    return Area(name, {}, paths, grid.places[int(np.argmin(grid.height))], (grid.places,))


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
    if isinstance(made, Contour):
        return Area(name, _allowed(made.x, made.y, made.delta_chi2, place), {}, best)
    line = place(made.values[:, None])
    grid = Gridded(found.fit.names, (made.values,), line, made.delta_chi2)
    return Area(name, {}, _line(name, grid).paths, best, (line,))


def _of_scan(found: Scan, axes: Sequence[Axis], inputs: Inputs) -> Gridded:
    height = None if found.likelihood is None else found.chi2
    values = tuple(axis.values for axis in found.grid.axes)
    return _gridded(
        "the scan", found.grid.names, values, found.observables, found.values, height, axes, inputs
    )


def read(path: Path, axes: Sequence[Axis], inputs: Inputs) -> Gridded:
    """A file that ``nutau scan`` wrote, .npz or .csv; :class:`InputError` for any other."""
    if not path.is_file():
        raise InputError(f"There is no file '{path}': give one that nutau scan wrote (.npz or .csv).")
    try:
        parts = _npz(path) if path.suffix.lower() == ".npz" else _csv(path)
    except (BadZipFile, KeyError, ValueError, IndexError, OSError, EOFError):
        raise InputError(f"'{path}' is no file that nutau scan wrote (.npz or .csv).") from None
    return _gridded(f"'{path}'", *parts, axes, inputs)


Parts = tuple[tuple[str, ...], tuple[Array, ...], tuple[str, ...], Array, Array | None]


def _npz(path: Path) -> Parts:
    with np.load(path, allow_pickle=False) as file:
        names = tuple(map(str, file["parameters"]))
        values = file["value"] if "value" in file.files else np.empty(0)
        height = file["chi2"] if "chi2" in file.files else None
        axes = tuple(file[f"axis{number}"] for number in range(len(names)))
        return names, axes, tuple(map(str, file["observables"])), values, height


def _csv(path: Path) -> Parts:
    with path.open(encoding="utf-8", newline="") as stream:
        header = next(csv.reader(stream), [])
        table = np.loadtxt(stream, delimiter=",", ndmin=2)
    columns = dict(zip(header, table.T, strict=True))
    errors = [
        name for name in header if any(name != other and name.endswith(f" {other}") for other in header)
    ]
    observables = tuple(name for name in header if any(error.endswith(f" {name}") for error in errors))
    names = tuple(name for name in header if name not in (*observables, *errors, "chi2"))
    axes = tuple(np.unique(columns[name]) for name in names)
    shape = tuple(map(len, axes))
    values = (
        np.stack([columns[name].reshape(shape) for name in observables], axis=-1)
        if observables
        else np.empty(0)
    )
    return names, axes, observables, values, columns["chi2"].reshape(shape) if "chi2" in columns else None


def _gridded(
    what: str,
    names: tuple[str, ...],
    values: tuple[Array, ...],
    observables: tuple[str, ...],
    found: Array,
    height: Array | None,
    axes: Sequence[Axis],
    inputs: Inputs,
) -> Gridded:
    if not 1 <= len(names) <= 2 or any(len(axis) < 2 for axis in values):
        raise InputError(
            f"A region in a plane needs a scan of one or two parameters with two points each at least; {what} has "
            f"{', '.join(f'{name} ({len(axis)})' for name, axis in zip(names, values, strict=True))}."
        )
    places = np.stack([_column(what, axis, observables, found, inputs) for axis in axes], axis=-1)
    rising = None if height is None else height - np.nanmin(height)
    return Gridded(names, values, places, rising)


def _column(what: str, axis: Axis, observables: Sequence[str], found: Array, inputs: Inputs) -> Array:
    """The values of an axis, from those over or not over the SM, whichever a scan has."""
    for position, item in enumerate(named(observables, inputs) if observables else ()):
        name, relative = bare(item.observable.name)
        if name == axis.name and same_bin(item.observable.q2, axis.q2):
            values: Array = found[..., position] * axis.units(relative)
            return values
    raise InputError(
        f"{what} has no {axis.label}, which is an axis: it has {', '.join(observables) or 'no observables'}. Scan both "
        "observables of the plane, or name others by `axes`."
    )
