"""Published collider limits on leptoquarks: shown beside a model as published, never recast and never fitted."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict

from nutau.data import folder, read_yaml, validate
from nutau.models.mediator import Mediator


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(_Strict):
    """Masses below ``excluded_below`` (TeV) are excluded for a coupling to b τ (``None``: by pair production)."""

    spin: int
    coupling: float | None
    excluded_below: float
    note: str


class Limit(_Strict):
    """One analysis."""

    name: str
    title: str
    source: str
    location: str
    confidence_level: float
    provenance: str
    rows: tuple[Row, ...]


class LimitsFile(_Strict):
    """The content of ``data/colliders/leptoquarks.yaml``."""

    validity: str
    limits: tuple[Limit, ...]


@cache
def limits_file() -> LimitsFile:
    """All limits, with the note on what they are valid for."""
    path = folder("colliders").joinpath("leptoquarks.yaml")
    return validate(LimitsFile, read_yaml(path), path.name)


def collider_limits(field: Mediator) -> list[dict[str, Any]]:
    """The limits that speak of a leptoquark of this spin; none for colourless fields."""
    if field.colour == "1":
        return []
    return [
        {
            "name": limit.name,
            "title": limit.title,
            "mass_above_TeV": row.excluded_below,
            "coupling": row.coupling,
            "note": row.note,
            "confidence_level": limit.confidence_level,
            "source": limit.source,
            "location": limit.location,
        }
        for limit in limits_file().limits
        for row in limit.rows
        if row.spin == field.spin
    ]
