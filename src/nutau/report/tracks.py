"""Points and lines of a model at given couplings and masses, in the plane of two observables, with theory errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.inputs import Inputs
from nutau.observables.point import Heavy, Point, point
from nutau.observables.predict import predict
from nutau.report.bands import Axis


@dataclass(frozen=True, eq=False)
class Track:
    """Values ``(points,)`` along both axes and their theory errors: points, or with ``line`` a line through them.

    ``model`` is the mediator that it is of, else its own name; ``texts`` say what a point is, one each or none.
    """

    name: str
    model: str
    x: Array
    y: Array
    x_error: Array
    y_error: Array
    line: bool = False
    texts: tuple[str, ...] = ()


def track(
    name: str,
    thing: Any,
    axes: Sequence[Axis],
    inputs: Inputs,
    *,
    line: bool = False,
    texts: Sequence[str] = (),
    running: str | Path | None = None,
    convention: str = "physical",
    draws: int,
) -> Track:
    """Where a point of new physics with numbers or arrays lies; ``thing`` is whatever :func:`nutau.point` takes."""
    where = thing if isinstance(thing, Point) else point(thing, running=running, convention=convention)
    rows = [_row(axis, where, inputs, draws) for axis in axes]
    values = np.broadcast_arrays(*(part for row in rows for part in row))
    x, x_error, y, y_error = (np.atleast_1d(part).ravel() for part in values)
    return Track(name, model_of(where) or name, x, y, x_error, y_error, line, tuple(texts))


def _row(axis: Axis, where: Point, inputs: Inputs, draws: int) -> tuple[Array, Array]:
    (row,) = predict(axis.full, where, inputs=inputs, draws=draws, q2=axis.q2)
    value = np.asarray(row.value, dtype=float)
    return value, np.zeros_like(value) if row.uncertainty is None else np.asarray(row.uncertainty, float)


def model_of(where: Point) -> str | None:
    """The mediator that a point is of, where it is of one."""
    parts = [item for part in where.parts if isinstance(part, Heavy) for item in part.model.parts]
    return str(parts[0].name) if len(parts) == len(where.parts) == 1 else None
