"""Published collider limits on leptoquarks: shown beside a model as published, never recast and never fitted."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict

from nutau.common.yaml_files import folder, read_yaml, validate
from nutau.models.components import Decay, decays, strength
from nutau.models.mediator import Mediator


def _fraction(text: str) -> Fraction:
    return Fraction(text)


Charge: TypeAlias = Annotated[Any, AfterValidator(_fraction)]
"""A fraction, which pydantic below 2.10 does not know by itself."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(_Strict):
    """Masses below ``excluded_below`` (TeV) are excluded for components of this spin and electric charge.

    ``coupling`` is the analysis's coupling to the final state, None for pair production; ``branching_fraction`` that
    into the final state, None where it is that of the analysis's benchmark field.
    """

    spin: int
    charge: Charge
    coupling: float | None
    branching_fraction: float | None
    excluded_below: float
    note: str


class Limit(_Strict):
    """One analysis; ``final_state`` is what a component decays to, as in :class:`nutau.models.components.Decay`."""

    name: str
    title: str
    source: str
    location: str
    confidence_level: float
    provenance: str
    final_state: str
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
    """The limits on components that this field has: of the row's spin and charge, decaying to its final state.

    ``by`` holds the couplings that give the final state, with the size of the component's coupling per unit of each.
    A row that assumes that nothing else is decayed to is left out if every coupling that gives the final state gives
    another one too.
    """
    found = []
    for limit in limits_file().limits:
        for row in limit.rows:
            by = _couplings(field, row, limit.final_state)
            if by:
                found.append(_described(field, limit, row, by))
    return found


def _couplings(field: Mediator, row: Row, final_state: str) -> tuple[str, ...]:
    """The couplings by which a component of the row's spin and charge decays to the final state as assumed."""
    if row.spin != field.spin:
        return ()
    component = [decay for decay in decays(field) if decay.charge == row.charge]
    by = [decay.coupling for decay in component if decay.final_state == final_state]
    if row.branching_fraction == 1.0:
        by = [name for name in by if not _elsewhere(component, name, final_state)]
    return tuple(by)


def _elsewhere(component: list[Decay], coupling: str, final_state: str) -> bool:
    return any(decay.coupling == coupling and decay.final_state != final_state for decay in component)


def _described(field: Mediator, limit: Limit, row: Row, by: tuple[str, ...]) -> dict[str, Any]:
    others = dict.fromkeys(
        decay.final_state
        for decay in decays(field)
        if decay.charge == row.charge and decay.final_state != limit.final_state
    )
    return {
        "name": limit.name,
        "title": limit.title,
        "component": f"{field.name}^({row.charge})",
        "charge": str(row.charge),
        "final_state": limit.final_state,
        "by": {f"{name}_33": strength(field, name) for name in by},
        "other_final_states": list(others),
        "mass_above_TeV": row.excluded_below,
        "coupling": row.coupling,
        "branching_fraction": row.branching_fraction,
        "note": row.note,
        "confidence_level": limit.confidence_level,
        "source": limit.source,
        "location": limit.location.strip(),
    }
