"""What a point of new physics has arrays of: the columns that stand beside its predictions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.given import complex_value
from nutau.eft.wilson import Wilson
from nutau.models.model import Exchange
from nutau.models.two_field import Direction
from nutau.observables.point import Coefficients, Heavy, Part, Point, Weak

POINT = "point"
"""The number of a point, where nothing that has a name tells the points apart."""


def varying(point: Point, shape: tuple[int, ...]) -> dict[str, Array]:
    """Masses (GeV), couplings and coefficients of a point that are arrays, by name, in the ``shape`` of the point.

    A complex one is its real and imaginary part, ``Re x`` and ``Im x``; two of one name are told apart by that of their
    field. Nothing for one point.
    """
    if not shape:
        return {}
    found: dict[str, Array] = {}
    for field, name, value in (item for part in point.parts for item in _arrays(part)):
        label = name if name not in found else f"{field} {name}"
        array = np.broadcast_to(np.asarray(value), shape)
        if not np.iscomplexobj(array):
            found[label] = array
        elif np.any(np.imag(array)):
            found |= {f"Re {label}": np.real(array), f"Im {label}": np.imag(array)}
        else:
            found[label] = np.real(array)
    return found or {POINT: np.arange(int(np.prod(shape))).reshape(shape)}


def _arrays(part: Part) -> Iterator[tuple[str, str, Any]]:
    """The field, the name and the values of whatever is an array of NumPy."""
    for field, name, value in _values(part):
        if value is not None and np.ndim(value) and namespace(value) is np:
            yield field, name, value


def _values(part: Part) -> Iterator[tuple[str, str, Any]]:
    if isinstance(part, Weak):
        for name, value in part.coefficients.items():
            yield "WET", name, complex_value(name, value)
    elif isinstance(part, Coefficients):
        yield from _columns(part.wilson)
    elif isinstance(part, Heavy):
        for item in part.model.parts:
            if isinstance(item, Exchange):
                yield item.name, "mass", item.mass
                for (coupling, i, j), value in zip(item.slots, item.values, strict=True):
                    yield item.name, f"{coupling}_{i}{j}", value
            elif isinstance(item, Direction):
                sizes = {"mass": item.mass, "kappa": item.kappa, "lq3": item.c3, "delta": item.delta}
                yield from ((item.name, name, value) for name, value in sizes.items())


def _columns(wilson: Wilson) -> Iterator[tuple[str, str, Any]]:
    """The scale and those coefficients of a file or record that differ between points."""
    yield wilson.basis.eft, "scale", wilson.scale
    if wilson.values.ndim < 2 or namespace(wilson.values) is not np:
        return
    for place, name in enumerate(wilson.basis.coefficients):
        column = wilson.values[..., place]
        if np.any(column != column.flat[0]):
            yield wilson.basis.eft, name, column
