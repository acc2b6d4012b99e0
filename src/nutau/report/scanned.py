"""Scans and their files as values of two observables on a grid of one or two parameters.

A scan of every kind is rows of points. Rows of a grid, or of what was kept of one, are put back on it; other points
(random, Sobol, adaptive) are joined by triangles between which everything is smooth.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError, MissingExtraError
from nutau.inference.fit.questions.asked import named
from nutau.inference.scan import Scan
from nutau.inputs import Inputs
from nutau.observables.requests import bare
from nutau.report.bands import Axis, same_bin

KINDS = (".npz", ".csv", ".parquet")
HIGH = 50.0
"""Heights above this are alike: a spline of higher ones would swing beside them."""
SPARSE = 20
"""Rows were kept of a grid if it has at most so many times as many points; n points of a sample span one of n²."""
ABOVE = 8.0
"""Δ(-2 log L) of points that were not kept, at least: above that of any region."""
FEWEST = 30
"""Points of a sample that show a region."""
FINE = 400
"""Points an axis of the grid between the points of a sample."""


@dataclass(frozen=True, eq=False)
class Rows:
    """What a scan has at each of its points ``(n, parameters)``: ``values`` ``(n, observables)``, -2 log L ``(n,)``."""

    what: str
    names: tuple[str, ...]
    points: Array
    observables: tuple[str, ...]
    values: Array
    height: Array | None


@dataclass(frozen=True, eq=False)
class Gridded:
    """Values of two observables ``(..., 2)`` and Δ(-2 log L) ``(...)`` on a grid of one or two parameters."""

    axes: tuple[Array, ...]
    places: Array
    height: Array | None
    told: str = ""


def of_scan(found: Scan) -> Rows:
    """The rows of a scan in memory."""
    points = found.points
    rows = points.reshape(-1, points.shape[-1])
    height = None if found.likelihood is None else found.chi2.ravel()
    values = found.values.reshape(len(rows), -1)
    return Rows("the scan", found.grid.names, rows, found.observables, values, height)


def read(path: Path) -> Rows:
    """The rows of what ``nutau scan`` wrote, .npz, .csv or .parquet; :class:`InputError` for anything else."""
    if not path.exists():
        raise InputError(f"There is no file '{path}': give one that nutau scan wrote ({', '.join(KINDS)}).")
    suffix = path.suffix.lower()
    try:
        if suffix == ".npz":
            return _npz(path)
        return _table(str(path), _parquet(path) if suffix == ".parquet" else _csv(path))
    except MissingExtraError:
        raise
    except (BadZipFile, KeyError, ValueError, IndexError, OSError, EOFError):
        raise InputError(
            f"'{path}' is no file that nutau scan wrote as {', '.join(KINDS)}; write a scan as one of these."
        ) from None


def _npz(path: Path) -> Rows:
    with np.load(path, allow_pickle=False) as file:
        names = tuple(map(str, file["parameters"]))
        if "points" in file.files:
            points = file["points"]
        else:
            grids = np.meshgrid(*(file[f"axis{number}"] for number in range(len(names))), indexing="ij")
            points = np.stack([grid.ravel() for grid in grids], axis=-1)
        values = (
            file["value"].reshape(len(points), -1) if "value" in file.files else np.empty((len(points), 0))
        )
        height = file["chi2"].ravel() if "chi2" in file.files else None
        return Rows(f"'{path}'", names, points, tuple(map(str, file["observables"])), values, height)


def _csv(path: Path) -> dict[str, Array]:
    with path.open(encoding="utf-8", newline="") as stream:
        header = next(csv.reader(stream), [])
        table = np.loadtxt(stream, delimiter=",", ndmin=2)
    return dict(zip(header, table.T, strict=True))


def _parquet(path: Path) -> dict[str, Array]:
    try:
        from pyarrow import concat_tables
        from pyarrow.parquet import read_table
    except ImportError:
        raise MissingExtraError("pyarrow", "tables") from None
    parts = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    table = concat_tables([read_table(part, partitioning=None) for part in parts])
    return {name: table[name].to_numpy() for name in table.column_names}


def _table(path: str, columns: Mapping[str, Array]) -> Rows:
    """Rows from columns by name: an observable is what has another column for its error, which is called after it."""
    errors = {
        name for name in columns if any(name != other and name.endswith(f" {other}") for other in columns)
    }
    observables = tuple(name for name in columns if any(error.endswith(f" {name}") for error in errors))
    names = tuple(name for name in columns if name not in (*observables, *errors, "chi2"))
    if not names:
        raise ValueError
    points = np.stack([columns[name] for name in names], axis=-1)
    values = (
        np.stack([columns[name] for name in observables], axis=-1)
        if observables
        else np.empty((len(points), 0))
    )
    return Rows(f"'{path}'", names, points, observables, values, columns.get("chi2"))


def gridded(rows: Rows, axes: Sequence[Axis], inputs: Inputs) -> Gridded:
    """The two observables of ``axes`` over the parameters; :class:`InputError` for what makes no region."""
    counts = [len(np.unique(column)) for column in rows.points.T]
    if not 1 <= len(rows.names) <= 2 or any(count < 2 for count in counts):
        raise InputError(
            f"A region in a plane needs a scan of one or two parameters with two points each at least; {rows.what} has "
            f"{', '.join(f'{name} ({count})' for name, count in zip(rows.names, counts, strict=True))}. For more "
            "parameters draw a fit with a posterior."
        )
    places = np.stack([_column(rows, axis, inputs) for axis in axes], axis=-1)
    rising = None if rows.height is None else rows.height - np.nanmin(rows.height)
    if prod(counts) == len(rows.points):
        return _on_grid(rows.points, places, rising)
    if len(rows.names) == 1 or len(rows.points) < FEWEST:
        raise InputError(
            f"{rows.what} has {len(rows.points)} points, too few or some twice; a sample of two parameters shows a "
            f"region from {FEWEST} points on."
        )
    return _between(rows.points, places, rising, kept=prod(counts) <= SPARSE * len(rows.points))


def _on_grid(points: Array, places: Array, height: Array | None) -> Gridded:
    """Rows of a grid back on it."""
    axes = tuple(np.unique(column) for column in points.T)
    where = tuple(np.searchsorted(axis, column) for axis, column in zip(axes, points.T, strict=True))
    shape = tuple(map(len, axes))
    whole = np.empty((*shape, 2))
    whole[where] = places
    heights = None if height is None else np.empty(shape)
    if heights is not None:
        heights[where] = height
    return Gridded(axes, whole, heights)


def _between(points: Array, places: Array, height: Array | None, *, kept: bool) -> Gridded:
    """Points of two parameters joined by triangles, with cubic surfaces on them; beyond them as at the nearest.

    Where points of a grid were not ``kept``, all that is known is that -2 log L is higher.
    """
    from scipy.interpolate import CloughTocher2DInterpolator
    from scipy.spatial import KDTree

    steps = [np.diff(np.unique(column)).min() if kept else np.ptp(column) for column in points.T]
    scaled = (points - points.min(axis=0)) / steps
    axes = tuple(np.linspace(column.min(), column.max(), FINE) for column in points.T)
    at = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    at = (at - points.min(axis=0)) / steps
    heights = np.zeros(len(points)) if height is None else np.minimum(height, HIGH)
    known = np.concatenate([places, heights[:, None]], axis=1)
    made = CloughTocher2DInterpolator(scaled, known)(at)
    apart, nearest = KDTree(scaled).query(at)
    beyond = np.isnan(made[..., 2])
    made[beyond] = known[nearest[beyond]]
    if kept:
        made[apart > 1.0, 2] = max(float(heights.max()), ABOVE)
    told = f"smooth between {len(points)} {'kept ' if kept else ''}points of a {'grid' if kept else 'sample'}"
    return Gridded(axes, made[..., :2], None if height is None else made[..., 2], told)


def _column(rows: Rows, axis: Axis, inputs: Inputs) -> Array:
    """The values of an axis, from those over or not over the SM, whichever a scan has."""
    for position, item in enumerate(named(rows.observables, inputs) if rows.observables else ()):
        name, relative = bare(item.observable.name)
        if name == axis.name and same_bin(item.observable.q2, axis.q2):
            values: Array = rows.values[:, position] * axis.units(relative)
            return values
    raise InputError(
        f"{rows.what} has no {axis.label}, which is an axis: it has {', '.join(rows.observables) or 'no observables'}. "
        "Scan both observables of the plane, or name others by `axes`."
    )
