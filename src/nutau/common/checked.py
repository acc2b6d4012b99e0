"""What public functions are given, compared with their annotations before any work.

:func:`checked` is for functions that users call. Whatever is of another kind than the annotation says is an
:class:`InputError` that names the argument, what was given and what is needed. So annotations must be true, and they
are written once. An annotation may carry words for messages: ``Annotated[str | Path, "a folder"]``.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache, partial, wraps
from os import PathLike
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ParamSpec,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np

from nutau.common.given import complex_value, real
from nutau.errors import InputError, short

P = ParamSpec("P")
R = TypeVar("R")


def _real(value: Any) -> Any:
    if value is None:
        raise InputError
    return real("", value, infinite=True)


Real: TypeAlias = Annotated[Any, "a real number or an array of them", _real]
"""An argument that is one real number or an array of them, of NumPy or of JAX."""
Complex: TypeAlias = Annotated[Any, "a number or an array of them", partial(complex_value, "")]
"""One number or an array of them, real or complex."""


class _UnfitError(Exception):
    """A value of the wrong kind: the one given, or one inside it."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


@dataclass(frozen=True)
class Kind:
    """What an annotation says: in words, and as a function that returns the value or raises."""

    words: str
    many: str
    take: Callable[[Any], Any]

    def __call__(self, name: str, value: Any) -> Any:
        """The value for the argument ``name``: text for a number becomes one, what can be gone through a tuple."""
        try:
            return self.take(value)
        except _UnfitError as error:
            inner = "" if error.value is value else f", not {short(error.value)}"
        raise InputError(f"`{name}={short(value)}`: {self.words} is needed{inner}.")


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, which refuses arguments that are not what its annotations say."""

    @wraps(function)
    def checking(*args: P.args, **kwargs: P.kwargs) -> R:
        by_place, by_name = _kinds(function)
        given = [
            value if kind is None else kind(name, value)
            for (name, kind), value in zip(by_place, args, strict=False)
        ]
        _check_names(function, by_name, kwargs)
        named = {
            name: by_name[name](name, value) if name in by_name else value for name, value in kwargs.items()
        }
        return function(*given, *args[len(given) :], **named)  # type: ignore[arg-type]

    return checking


def _check_names(function: Callable[..., Any], known: Mapping[str, Kind], given: Iterable[str]) -> None:
    """Refuse, as Python does, an argument that there is not, and say which is nearest."""
    for name in given:
        if name in known or _takes_any(function):
            continue
        near = get_close_matches(name, known, n=1, cutoff=0.5)
        if near:
            raise TypeError(
                f"{function.__name__}() got an unexpected keyword argument '{name}'. Did you mean '{near[0]}'?"
            )


@lru_cache(maxsize=256)
def _takes_any(function: Callable[..., Any]) -> bool:
    """Whether a function has arguments of any name."""
    return any(item.kind is item.VAR_KEYWORD for item in inspect.signature(function).parameters.values())


@lru_cache(maxsize=256)
def _kinds(function: Callable[..., Any]) -> tuple[tuple[tuple[str, Kind | None], ...], dict[str, Kind]]:
    """The kinds of arguments in the order of their places, and by name."""
    parameters = inspect.signature(function).parameters.values()
    written = {item.name: item.annotation for item in parameters if item.annotation is not item.empty}
    holder = type("", (), {"__annotations__": written, "__module__": function.__module__})
    hints = get_type_hints(holder, include_extras=True)
    by_place: list[tuple[str, Kind | None]] = []
    by_name: dict[str, Kind] = {}
    for item in parameters:
        hint = hints.get(item.name, Any)
        if item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD, item.KEYWORD_ONLY):
            by_name[item.name] = kind_of(hint)
            if item.kind is not item.KEYWORD_ONLY:
                by_place.append((item.name, by_name[item.name] if item.name in hints else None))
    return tuple(by_place), by_name


def kind_of(hint: Any) -> Kind:
    """The kind that an annotation means; :class:`TypeError` for one that this module does not know."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint in SIMPLE:
        return SIMPLE[hint]
    if origin is Annotated:
        words = next(note for note in inner[1:] if isinstance(note, str))
        own = next((note for note in inner[1:] if callable(note)), None)
        return Kind(words, words, _unless(own) if own else kind_of(inner[0]).take)
    if origin in (Union, UnionType):
        return _either(inner)
    if origin is tuple and inner[-1] is not Ellipsis:
        return _pair(tuple(map(kind_of, inner)))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(*map(kind_of, inner))
    if origin is Callable or (isinstance(origin, type) and not issubclass(origin, Iterable)):
        return SIMPLE[Callable]
    if isinstance(origin, type):
        return _several(kind_of(inner[0]))
    if isinstance(hint, type):
        article = "an" if hint.__name__[0] in "AEIO" else "a"
        one, many = f"{article} {hint.__name__}", f"{hint.__name__} objects"
        return Kind(one, many, _if(lambda value: isinstance(value, hint)))
    raise TypeError(f"an annotation that nutau.common.checked does not know: {hint!r}")


def _if(fits: Callable[[Any], bool]) -> Callable[[Any], Any]:
    def take(value: Any) -> Any:
        if not fits(value):
            raise _UnfitError(value)
        return value

    return take


def _unless(own: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def take(value: Any) -> Any:
        try:
            return own(value)
        except InputError:
            raise _UnfitError(value) from None

    return take


def _number(value: Any) -> Any:
    found = _unless(_real)(value)
    if np.ndim(found):
        raise _UnfitError(value)
    return found


def _integer(value: Any) -> Any:
    if isinstance(value, bool | np.bool_):
        raise _UnfitError(value)
    try:
        return operator.index(value)
    except TypeError:
        raise _UnfitError(value) from None


def _flag(value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise _UnfitError(value)
    return bool(value)


SIMPLE: dict[Any, Kind] = {
    Any: Kind("something", "things", lambda value: value),
    NoneType: Kind("None", "None", _if(lambda value: value is None)),
    str: Kind("text", "texts", _if(lambda value: isinstance(value, str))),
    bool: Kind("True or False", "True or False", _flag),
    int: Kind("a whole number", "whole numbers", _integer),
    float: Kind("a real number", "real numbers", _number),
    Path: Kind("a path", "paths", _if(lambda value: isinstance(value, PathLike))),
    Callable: Kind("a function", "functions", _if(callable)),
}
"""Annotations without anything inside."""


def _either(hints: tuple[Any, ...]) -> Kind:
    kinds = [kind_of(hint) for hint in hints]
    # None needs no word where it is the default; what takes most (numbers from text) comes last
    order = sorted(kinds, key=lambda kind: kind.take is _number)
    shown = [kind for kind in kinds if kind.words != "None"]

    def take(value: Any) -> Any:
        inside = value
        for kind in order:
            try:
                return kind.take(value)
            except _UnfitError as error:
                inside = inside if error.value is value else error.value
        raise _UnfitError(inside)

    return Kind(" or ".join(kind.words for kind in shown), " or ".join(kind.many for kind in shown), take)


def _several(each: Kind) -> Kind:
    """What can be gone through, as a tuple; one text where texts are needed counts as one item."""

    def take(value: Any) -> Any:
        if isinstance(value, str):
            value = [value]
        if isinstance(value, bytes | Mapping):
            raise _UnfitError(value)
        try:
            items = iter(value)
        except TypeError:
            raise _UnfitError(value) from None
        return tuple(each.take(item) for item in items)

    return Kind(f"a list of {each.many}", f"lists of {each.many}", take)


def _pair(parts: tuple[Kind, ...]) -> Kind:
    def take(value: Any) -> Any:
        if (
            isinstance(value, str | bytes | Mapping)
            or not hasattr(value, "__len__")
            or len(value) != len(parts)
        ):
            raise _UnfitError(value)
        return tuple(part.take(item) for part, item in zip(parts, value, strict=True))

    inner = f"({', '.join(part.words for part in parts)})"
    return Kind(inner, inner, take)


def _mapping(key: Kind, item: Kind) -> Kind:
    def take(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise _UnfitError(value)
        found = {key.take(name): item.take(each) for name, each in value.items()}
        return value if item is SIMPLE[Any] else found  # what anything may be in is given on as it is

    of = "" if item is SIMPLE[Any] else f" of {item.many} by name"
    return Kind(f"a dictionary{of}", f"dictionaries{of}", take)
