"""One row a field, from the numbers of its judgement, and the words that follow from them by rules.

A row is read from the plain data of a judgement (:meth:`nutau.report.judging.result.Judged.to_dict`), fresh or stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from nutau.observables.sectors import CHARGED, TEXT
from nutau.report.areas import LEVELS, Area
from nutau.report.judging.constraints import Constraint

R_D = TEXT[CHARGED]
"""The family of R_D and R_D*."""
BETTER = 2.0
"""Standard deviations over the SM from which on a field is called better."""

CONCLUSIONS = (
    "A field *explains R_D(\\*)* where b → cτν prefers it and is not in tension with the rest, *in part* where it "
    "prefers it in tension. It is *no better than the SM* below "
    f"{BETTER:g} σ for as many parameters as the data see."
)


@dataclass(frozen=True, eq=False)
class Row:
    """A field judged, as the page of all fields takes it; ``deciding`` are rows of what will decide."""

    name: str
    best: Mapping[str, float]
    chi2: float
    dof: int
    p_value: float | None
    sm: Mapping[str, Any]
    constraints: tuple[Constraint, ...]
    deciding: tuple[Mapping[str, Any], ...]
    excluded: tuple[str, ...]
    notes: tuple[str, ...]
    plane: Area | None

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Row:
        """From the plain data of a field."""
        names = [part.name for part in fields(Constraint)]
        found = tuple(
            Constraint(**{name: one[name] for name in names} | {"measurements": tuple(one["measurements"])})
            for one in plain["constraints"]
        )
        below = [one for one in plain["searches"] if one["coupling"] is None and one["mass_is_below"]]
        return cls(
            plain["called"],
            plain["best_fit"],
            plain["chi2"],
            plain["dof"],
            plain["p_value"],
            plain["sm"],
            found,
            tuple(plain["deciding"]),
            tuple(one["title"] for one in below),
            tuple(plain["notes"]),
            Area.from_dict(plain["plane"]) if "plane" in plain else None,
        )

    def family(self, name: str) -> Constraint | None:
        """A constraint by the name of its family; ``None`` where the data have none."""
        return next((one for one in self.constraints if one.name == name), None)

    @property
    def tense(self) -> tuple[Constraint, ...]:
        """Constraints in tension with the rest, the strongest first."""
        return tuple(
            sorted((one for one in self.constraints if one.tense), key=lambda one: -(one.sigmas or 0))
        )

    @property
    def against(self) -> tuple[Constraint, ...]:
        """Constraints that disfavour it."""
        return tuple(one for one in self.constraints if one.word == "disfavours it")

    def range_of(self, axis: int) -> tuple[float, float]:
        """The 95 % range of R_ττ (0) or R_νν (1)."""
        assert self.plane is not None
        return self.plane.ends(LEVELS[-1])[axis]


def explains(row: Row) -> str:
    """Whether a field explains R_D(*): ``yes``, ``in part`` or ``no``."""
    found = row.family(R_D)
    if found is None or found.word != "prefers it":
        return "no"
    return "in part" if found.tense else "yes"


def conclusion(row: Row) -> str:
    """The words on a field."""
    said = []
    if row.sm["sigmas"] < BETTER:
        said.append("no better than the SM")
    said.append(
        {
            "yes": "explains R_D(\\*)",
            "in part": "explains R_D(\\*) in part",
            "no": "does not explain R_D(\\*)",
        }[explains(row)]
    )
    others = [f"{one.name} ({one.sigmas:.1f} σ)" for one in row.tense]
    if others:
        said.append(f"in tension: {', '.join(others)}")
    lost = [f"{one.name} ({one.gain:+.1f})" for one in row.against]
    if lost:
        said.append(f"disfavoured by {', '.join(lost)}")
    if row.excluded:
        said.append("its mass is excluded by pair production, where that assumes its decay")
    return "; ".join(said)
