"""Published collider limits on the components of a field, beside its mass: as published, with what they assume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nutau.models import Mediator
from nutau.models.colliders import collider_limits


@dataclass(frozen=True)
class Search:
    """Masses (GeV) below ``below`` are excluded for a component that decays to ``final_state`` as assumed.

    ``coupling`` is that of the analysis, ``None`` for pair production; ``branching_fraction`` that into the final
    state, ``None`` where it is that of the analysis's benchmark.
    """

    name: str
    title: str
    component: str
    final_state: str
    below: float
    coupling: float | None
    branching_fraction: float | None
    note: str
    by: tuple[str, ...]
    confidence_level: float
    source: str

    def excludes(self, mass: float) -> bool:
        """Whether a mass in GeV lies below it, by pairs alone: a limit that needs a coupling depends on that."""
        return self.coupling is None and mass < self.below

    def cells(self, mass: float) -> tuple[str, ...]:
        """As :data:`HEAD` says."""
        how = "pairs" if self.coupling is None else f"single, coupling {self.coupling:g}"
        branching = "benchmark" if self.branching_fraction is None else f"{self.branching_fraction:g}"
        said = "below it" if mass < self.below else "above it"
        what = f"{self.component} → {self.final_state}, {self.note}"
        return (self.name, what, how, branching, f"{self.below / 1000:g} TeV", said)

    def to_dict(self, mass: float) -> dict[str, Any]:
        """Plain data."""
        return {**self.__dict__, "by": list(self.by), "mass_is_below": mass < self.below}


HEAD = ("search", "component", "production", "branching", "excluded below", "this mass")


def searches(field: Mediator, used: frozenset[str]) -> tuple[Search, ...]:
    """The limits on components of a field that decay by one of the couplings ``used`` (``x1LL``)."""
    found = []
    for row in collider_limits(field):
        by = tuple(name for name in row["by"] if name.removesuffix("_33") in used)
        if by:
            found.append(
                Search(
                    row["name"],
                    row["title"],
                    row["component"],
                    row["final_state"],
                    1000.0 * row["mass_above_TeV"],
                    row["coupling"],
                    row["branching_fraction"],
                    row["note"],
                    by,
                    row["confidence_level"],
                    row["source"],
                )
            )
    return tuple(found)
