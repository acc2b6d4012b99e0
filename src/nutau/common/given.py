"""Numbers that a user gave, read or refused by the name of the argument; for every function that takes some."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.errors import InputError, short


def real(name: str, value: Any, unit: str = "", *, infinite: bool = False) -> Any:
    """A real number or an array of them for the argument ``name``; text such as ``"4.8"`` counts, ``None`` stays.

    JAX arrays and tracers are returned as they are. Raises :class:`InputError` for all else: complex numbers of any
    type, masked elements, NaN and (unless ``infinite``) infinity.
    """
    if value is None or namespace(value) is not np:
        return value
    of_unit = f" of {unit}" if unit else ""
    array = array_of(value, float)
    if array is None:
        raise InputError(f"`{name}={short(value)}`: a real number{of_unit} is needed.")
    if np.any(np.isnan(array)) or not (infinite or np.all(np.isfinite(array))):
        raise InputError(f"`{name}={short(value)}`: a finite number{of_unit} is needed.")
    return array if array.ndim else float(array)


def real_number(what: str, value: Any, why: str = "a finite number is needed") -> float:
    """``value`` as one finite real number, not in text; :class:`InputError`, naming it ``what``, for anything else."""
    found = None if isinstance(value, str) else array_of(value, float)
    if found is None or found.ndim or not np.isfinite(found):
        raise InputError(f"{what} is {short(value)}; {why}.")
    return float(found)


def array_of(value: Any, kind: type[float] | type[complex]) -> Array | None:
    """An array of real or complex numbers, ``None`` for what is none: no masked elements, truth values or dates."""
    if _masked(value):
        return None
    try:
        array = np.asarray(value)
        parts = array.ravel().tolist() if array.dtype.kind == "O" else ()
        if array.dtype.kind not in ("iufUO" if kind is float else "iufcUO") or any(map(_no_number, parts)):
            return None
        if kind is float and any(isinstance(part, complex | np.complexfloating) for part in parts):
            return None
        return array.astype(kind)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None


def _no_number(part: Any) -> bool:
    return part is None or isinstance(part, bool | np.bool_ | bytes | np.datetime64 | np.timedelta64)


def _masked(value: Any) -> bool:
    """Whether an element is masked, in a masked array or in a list of them."""
    if isinstance(value, list | tuple):
        return any(map(_masked, value))
    return isinstance(value, np.ma.MaskedArray) and bool(np.ma.is_masked(value))


def complex_value(what: str, value: Any) -> Array:
    """A complex number or an array of them: a number, ``"1+2j"`` (or i), or ``{"Re": 1, "Im": 2}``.

    JAX arrays and tracers are returned as they are. Raises :class:`InputError` for all else, NaN and infinity.
    """
    if namespace(value) is not np:
        return value
    if isinstance(value, Mapping):
        return _parts(what, value)
    if isinstance(value, str):
        text = value.replace(" ", "")
        value = text[:-1] + "j" if text.endswith("i") else text
    array = array_of(value, complex)
    if array is None:
        raise InputError(
            f"{what} is {short(value)}; a number is needed, as -10, 0.3+0.1j or {{'Re': 0.3, 'Im': 0.1}}."
        )
    if not np.all(np.isfinite(array)):
        raise InputError(f"{what} is {short(value)}; a finite number is needed.")
    return array


def _parts(what: str, value: Mapping[Any, Any]) -> Array:
    if not value or not set(value) <= {"Re", "Im"}:
        raise InputError(f"{what} is {short(value)}; {{'Re': 0.3, 'Im': 0.1}} or a number is needed.")
    real_part, imaginary = (complex_value(what, value.get(part, 0.0)) for part in ("Re", "Im"))
    if any(np.any(np.imag(part)) for part in (real_part, imaginary) if namespace(part) is np):
        raise InputError(f"{what} is {short(value)}; Re and Im are real numbers.")
    return real_part + 1j * imaginary


def several(name: str, value: Any) -> tuple[Any, ...]:
    """Several items as a tuple, one text as one item; :class:`InputError` for what holds none."""
    if isinstance(value, str):
        return (value,)
    try:
        return tuple(value)
    except TypeError:
        raise InputError(f"`{name}={short(value)}`: text, or a list of it, is needed.") from None


def listed_names(name: str, value: Any) -> list[str]:
    """Names as a list, of one text those between its commas; :class:`InputError` for what holds none."""
    asked = value.split(",") if isinstance(value, str) else several(name, value)
    return [str(one).strip() for one in asked]


def stream(seed: Any, *more: int) -> np.random.Generator:
    """Random numbers of a seed, a whole number from 0 on, and of what else tells streams apart; :class:`InputError`."""
    try:
        number = -1 if isinstance(seed, bool | np.bool_) else operator.index(seed)
    except TypeError:
        number = -1
    if number < 0:
        raise InputError(f"The seed is {short(seed)}; a whole number from 0 on is needed.")
    return np.random.default_rng((number, *more) if more else number)


def numbers(name: str, value: Any) -> dict[str, float]:
    """Numbers by name for the argument ``name``, none for ``None``; :class:`InputError` for anything else."""
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise InputError(f"`{name}={short(value)}`: numbers by name are needed, as {{'kappa': 1}}.")
    found = {key: real(f"{name}={{{short(key)}: ...}}", item) for key, item in value.items()}
    wrong = [key for key, item in found.items() if item is None or np.ndim(item)]
    if wrong:
        raise InputError(f"{wrong[0]} is {short(value[wrong[0]])} in `{name}`; a number is needed.")
    return found


def one_shape(values: Mapping[str, Any]) -> None:
    """:class:`InputError` for values, by what they are, whose shapes do not broadcast."""
    shapes = {what: np.shape(value) for what, value in values.items()}
    try:
        np.broadcast_shapes(*shapes.values())
    except ValueError:
        arrays = [f"{what} has the shape {shape}" for what, shape in shapes.items() if shape]
        more = f" and {len(arrays) - 4} more" if len(arrays) > 4 else ""
        raise InputError(
            f"{', '.join(arrays[:4])}{more}: numbers and arrays of one shape are needed."
        ) from None
