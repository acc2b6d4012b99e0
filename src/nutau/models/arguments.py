"""Couplings of a mediator, and its arguments checked: masses, and couplings as matrices or by element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.given import complex_value, real
from nutau.errors import InputError, short
from nutau.models.formulas import Slot


@dataclass(frozen=True)
class Coupling:
    """A complex 3x3 matrix of couplings; ``rows`` and ``columns`` are the fermions of its indices."""

    name: str
    rows: str
    columns: str
    latex: str
    hermitian: bool = False


def checked_mass(mass: Array) -> Array:
    """``mass`` as a float or an array of them; :class:`InputError` unless all are positive and finite."""
    if namespace(mass) is not np:
        return mass
    found = real("mass", mass, "GeV", infinite=True)
    if found is None or not np.all((found > 0) & np.isfinite(found)):
        raise InputError(f"The mass is {short(mass)} GeV; it must be positive and finite.")
    return found


def elements(field: str, coupling: Coupling, given: Any) -> dict[Slot, Array]:
    """The elements of one coupling, from a matrix ``(..., 3, 3)`` or a mapping of flavours to values.

    ``field`` names the mediator in messages. Raises :class:`InputError` for indices that do not exist, values that are
    no finite numbers, and a matrix that is not Hermitian where it must be.
    """
    if isinstance(given, Mapping):
        found = {}
        for flavours, value in given.items():
            i, j = _flavours(field, coupling, flavours)
            found[coupling.name, i, j] = _value(field, f"{coupling.name}_{i}{j}", value)
    else:
        matrix = _value(field, coupling.name, given)
        if matrix.shape[-2:] != (3, 3):
            raise InputError(
                f"{coupling.name} of {field} has shape {matrix.shape}; give a matrix (..., 3, 3), "
                'or some of its elements, as {"33": 1.0, "23": 0.3}.'
            )
        found = {(coupling.name, i, j): matrix[..., i - 1, j - 1] for i in (1, 2, 3) for j in (1, 2, 3)}
    return _hermitian(field, found) if coupling.hermitian else found


def by_coupling(field: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Elements by their full names, ``{"x1LL_33": 1}``, put together: ``{"x1LL": {"33": 1}}``; all else unchanged."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        coupling, _, flavours = str(name).rpartition("_")
        item = {flavours: value} if coupling and flavours.isdigit() else value
        coupling = coupling if item is not value else str(name)
        first = found.setdefault(coupling, item)
        if first is item:
            continue
        if not (isinstance(first, Mapping) and isinstance(item, Mapping)) or first.keys() & item.keys():
            raise InputError(f"{name} of {field} is given twice; give it once.")
        found[coupling] = {**first, **item}
    return found


def _flavours(field: str, coupling: Coupling, flavours: Any) -> tuple[int, int]:
    digits = "".join(map(str, flavours)) if isinstance(flavours, tuple) else str(flavours)
    if len(digits) != 2 or not set(digits) <= set("123"):
        raise InputError(
            f"{coupling.name} of {field} has no element '{digits}'; its indices are two flavours "
            f"from 1 to 3, {coupling.rows} then {coupling.columns}, as {coupling.name}_23."
        )
    return int(digits[0]), int(digits[1])


def _value(field: str, name: str, given: Any) -> Array:
    return complex_value(f"{name} of {field}", given).astype(complex)


def _hermitian(field: str, found: dict[Slot, Array]) -> dict[Slot, Array]:
    """The elements of a Hermitian matrix, those not given filled in; checked where values are known."""
    complete = dict(found)
    for (name, i, j), value in found.items():
        mirrored = namespace(value).conj(value)
        other = complete.setdefault((name, j, i), mirrored)
        if namespace(other, mirrored) is np and not np.allclose(other, mirrored, rtol=1e-12, atol=1e-14):
            raise InputError(
                f"{name} of {field} must be Hermitian, as {field} is real: "
                f"{name}_{j}{i} = {other} is not the complex conjugate of {name}_{i}{j} = {value}."
            )
    return complete
