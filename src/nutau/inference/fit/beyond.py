"""What a fit says of the invisible state in it: which, and the branching ratio that its coupling means."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from nutau.inference.fit.intervals import Interval
from nutau.inference.likelihood import Likelihood
from nutau.observables.invisible import NAME, InvisibleState


def document(likelihood: Likelihood, coupling: Interval | None) -> dict[str, Any]:
    """Its part of the JSON document; nothing without a state."""
    state = likelihood.parametrisation.invisible
    if state is None:
        return {}
    found: dict[str, Any] = asdict(state) | {"coupling_unit": state.hypothesis.unit or "1"}
    one = _rate_of_one(likelihood, state)
    if coupling is not None and one is not None:
        pieces = {
            level: [[None if end is None else one * end**2 for end in piece] for piece in parts]
            for level, parts in coupling.pieces.items()
        }
        found["rate"] = {"value": one * coupling.value**2, "intervals": pieces}
    return {NAME: found}


def lines(likelihood: Likelihood, coupling: Interval | None) -> list[str]:
    """The same in words."""
    state = likelihood.parametrisation.invisible
    if state is None:
        return []
    size = likelihood.parametrisation.fixed.get(NAME) if coupling is None else coupling.value
    unit = f" {state.hypothesis.unit}".rstrip()
    said = f"{NAME}: {state}, its coupling {size:.3g}{unit}"
    one = _rate_of_one(likelihood, state)
    if one is None or size is None:
        return [said]
    said += f", so BR(B+ -> K+ new) = {one * size**2:.3g}"
    if coupling is not None:
        ends = ("…" if end is None else f"{one * end**2:.3g}" for end in coupling.ends)
        said += f" (68 %: {' to '.join(ends)})"
    return [f"{said} at the central inputs"]


def _rate_of_one(likelihood: Likelihood, state: InvisibleState) -> float | None:
    """The branching ratio for a coupling of 1; nothing where B⁺ → K⁺ is closed, or the inputs are not known."""
    origin = likelihood.origin
    if origin is None or not state.reaches(origin.inputs):
        return None
    return state.rate_of_one(origin.inputs)
