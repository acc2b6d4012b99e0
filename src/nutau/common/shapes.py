"""What a part of a file may hold, found in the pydantic models that describe it; for messages."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

if TYPE_CHECKING:
    from pydantic import BaseModel


def path_of_models(model: type[BaseModel], place: Sequence[str | int]) -> list[type[BaseModel]]:
    """The models that one meets on the way to a place (the steps of a pydantic error), the outermost first."""
    met: list[type[BaseModel]] = []
    current: Any = model
    for step in (*place, None):
        current, tagged = _chosen(current, step)
        if _is_model(current) and (not met or met[-1] is not current):
            met.append(current)
        if not tagged:
            current = _inside(current, step)
    return met


def keys(model: type[BaseModel]) -> str:
    """The keys that a model takes, those it needs first."""
    fields = model.model_fields
    return ", ".join(sorted(fields, key=lambda name: not fields[name].is_required()))


def _is_model(annotation: Any) -> bool:
    from pydantic import BaseModel

    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _chosen(annotation: Any, step: str | int | None) -> tuple[Any, bool]:
    """The member of a union that is meant, and whether the step only said which."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _chosen(get_args(annotation)[0], step)
    if origin not in (Union, types.UnionType):
        return annotation, False
    for member in get_args(annotation):
        if step is not None and step in _tags(member):
            return member, True
    holders = [member for member in get_args(annotation) if _is_model(member) or get_origin(member) is list]
    return (holders or [None])[0], False


def _tags(member: Any) -> list[Any]:
    """The steps by which pydantic names a member of a union."""
    tags = [getattr(item, "tag", None) for item in getattr(member, "__metadata__", ())]
    bare = get_args(member)[0] if get_origin(member) is Annotated else member
    if not _is_model(bare):
        return tags
    literals = [field.annotation for field in bare.model_fields.values()]
    return tags + [value for kind in literals if get_origin(kind) is Literal for value in get_args(kind)]


def _inside(annotation: Any, step: str | int | None) -> Any:
    """What a model or list holds at a step."""
    if _is_model(annotation):
        return annotation.model_fields[step].annotation if step in annotation.model_fields else None
    inner = get_args(annotation)
    return inner[-1] if inner and get_origin(annotation) in (list, dict, tuple) else None
