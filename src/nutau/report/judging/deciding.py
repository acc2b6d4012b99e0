"""Which measurement will decide: how far the model at its best fit is from the Standard Model, in errors of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from nutau.inference.fit.quality import Pull
from nutau.inference.forecast.reach import UNUSABLE, uncertainty
from nutau.measurements import DataSet, Projection

SEEN = 3.0
"""Standard deviations between model and Standard Model that decide."""


@dataclass(frozen=True)
class Deciding:
    """An observable: the model's value at its best fit, the SM's, today's smallest error, and what is needed.

    ``needed`` is the experimental error with which the two are :data:`SEEN` σ apart, ``None`` where the theory error
    alone is too large for that; ``projected`` is by how many σ a projection of the data set tells them apart,
    ``by`` its name.
    """

    observable: str
    q2: tuple[float, float] | None
    model: float
    sm: float
    theory: float
    error: float
    needed: float | None
    projected: float | None = None
    by: str = ""

    @property
    def factor(self) -> float | None:
        """By how much today's error must shrink; below 1 it is small enough."""
        return None if self.needed is None else self.error / self.needed

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"factor": self.factor}


def deciding(pulls: Sequence[Pull], dataset: DataSet) -> tuple[Deciding, ...]:
    """Of every measured observable, the most decisive first; those that the theory error hides are last."""
    best: dict[tuple[str, tuple[float, float] | None], Deciding] = {}
    for pull in pulls:
        row = _row(pull, dataset.projections)
        known = best.get((row.observable, row.q2))
        if known is None or row.error < known.error:
            best[row.observable, row.q2] = row
    rows = [row for row in best.values() if abs(row.model - row.sm) > 0.0]
    return tuple(sorted(rows, key=lambda row: float("inf") if row.factor is None else row.factor))


def _row(pull: Pull, projections: Sequence[Projection]) -> Deciding:
    theory = max(pull.theory_uncertainty, pull.sm_uncertainty)
    apart = abs(pull.predicted - pull.sm)
    room = (apart / SEEN) ** 2 - theory**2
    made = Deciding(
        pull.observable,
        pull.q2,
        pull.predicted,
        pull.sm,
        theory,
        pull.uncertainty,
        sqrt(room) if room > 0 else None,
    )
    for item in projections:
        if (item.observable.name, item.observable.q2) != (
            pull.observable,
            pull.q2,
        ) or item.quantity == UNUSABLE:
            continue
        last = item.luminosity[-1]
        error = float(uncertainty(item, last, pull.predicted, pull.sm))
        sigmas = apart / sqrt(error**2 + theory**2)
        return Deciding(**{**made.__dict__, "projected": sigmas, "by": _told(item, float(last))})
    return made


def _told(item: Projection, luminosity: float) -> str:
    return f"{item.collaboration or item.name} at {luminosity:g} {item.luminosity_unit.replace('^-1', '⁻¹')}"
