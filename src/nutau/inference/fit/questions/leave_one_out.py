r"""What a fit rests on: the fit again without each measurement, and without each sector.

A measurement is removed exactly: its part of -2 log L gets the weight zero (measurements are independent of each
other). The theory nuisances stay those of all data, so that nothing is compiled again; modes that only the removed
measurement sees rest at zero. Each fit starts at every known minimum. The *shift* of a parameter is in units of its
error in the whole fit; :math:`\Delta\chi^2` is what -2 log L falls by: of a Gaussian that agrees with all the rest it
is distributed as :math:`\chi^2` with as many degrees of freedom as it has numbers, whatever the parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.common.rounding import fixed
from nutau.common.tables import text_table
from nutau.inference.fit.goodness import sectors
from nutau.inference.fit.questions.varied import Varied, refit
from nutau.inference.fit.scales import FLAT
from nutau.inference.fit.search import RELEVANT, Minimum, at_edge
from nutau.inference.likelihood import double_precision
from nutau.inference.likelihood.scales import generic_points, influence, rank
from nutau.measurements import Measurement, measured
from nutau.observables.sectors import TEXT

if TYPE_CHECKING:
    from nutau.inference.fit.result import FitResult


@dataclass(frozen=True)
class Left:
    """The fit without some measurements: best values, errors and shifts (in errors of the whole fit) by parameter.

    ``sm_delta_chi2`` is the Standard Model's -2 log L above this best fit. ``undetermined`` says which parameters
    nothing is left for; values are ``None`` then.
    """

    left_out: tuple[str, ...]
    numbers: int
    values: dict[str, float] | None
    errors: dict[str, float] | None
    shifts: dict[str, float] | None
    delta_chi2: float | None
    sm_delta_chi2: float | None
    at_edge: tuple[str, ...] = ()
    undetermined: str = ""
    sector: str = ""

    @property
    def name(self) -> str:
        """The sector or the measurement."""
        return TEXT.get(self.sector, self.sector) if self.sector else self.left_out[0]

    def row(self) -> tuple[str, ...]:
        """Cells of a table."""
        if self.values is None or self.errors is None or self.shifts is None:
            return (f"without {self.name}", self.undetermined)
        cells = [
            f"{value:.4g} ({fixed(self.shifts[name], 2, signed=True)} σ)"
            for name, value in self.values.items()
        ]
        return (f"without {self.name}", *cells, _number(self.delta_chi2), _number(self.sm_delta_chi2))

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"left_out": list(self.left_out), "at_edge": list(self.at_edge)}


def _number(value: float | None) -> str:
    return "–" if value is None else fixed(value, 2)


@dataclass(frozen=True)
class LeaveOneOut:
    """The fits without each measurement, and without each sector if there are several.

    ``whole`` holds best value and 68 % ends of the whole fit by parameter.
    """

    parameters: tuple[str, ...]
    measurements: tuple[Left, ...]
    sectors: tuple[Left, ...]
    whole: dict[str, tuple[float, float, float]]

    key = "leave_one_out"

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "measurements": [row.to_dict() for row in self.measurements],
            "sectors": [row.to_dict() for row in self.sectors],
        }

    @property
    def head(self) -> tuple[str, ...]:
        """The headings of the table."""
        shifted = (f"{name} (shift)" for name in self.parameters)
        return ("fit", *shifted, "Δχ²", "SM: Δχ²")

    def table(self) -> list[tuple[str, ...]]:
        """A row a fit, as text; sectors last. Where nothing is determined the last cell says why."""
        dashes = ["–"] * (len(self.head) - 2)
        rows = [row.row() for row in (*self.measurements, *self.sectors)]
        return [(row[0], *dashes, row[1]) if len(row) == 2 else row for row in rows]

    def lines(self) -> list[str]:
        """What moves the fit most, in words."""
        moved = [row for row in self.measurements if row.shifts]
        if not moved:
            return []
        most = max(moved, key=lambda row: max(map(abs, (row.shifts or {}).values())))
        name, shift = max((most.shifts or {}).items(), key=lambda item: abs(item[1]))
        return [
            f"shifts are in units of the errors of the whole fit; most of all moves it {most.name}: {name} by "
            f"{abs(shift):.2f} σ"
        ]

    def __str__(self) -> str:
        return "\n".join((text_table(self.head, self.table()), *self.lines()))

    __repr__ = __str__


@double_precision
def leave_one_out(found: FitResult, *, progress: Progress | None = None) -> LeaveOneOut:
    """The fit again without each measurement, and without each sector."""
    likelihood = found.likelihood
    entries = likelihood.experiment.measurements
    none = likelihood.without_new_physics
    varied = Varied.of(likelihood)
    standard = varied if none is likelihood else Varied.of(none)
    groups = _sectors(entries)
    report = progress or (lambda done, total: None)
    total = len(entries) + len(groups)
    rows = []
    for position in range(len(entries)):
        report(position, total)
        rows.append(_without(found, varied, standard, (position,)))
    parts = []
    for number, (name, members) in enumerate(groups):
        report(len(entries) + number, total)
        parts.append(_without(found, varied, standard, members, name))
    return LeaveOneOut(found.names, tuple(rows), tuple(parts), _whole(found))


def _whole(found: FitResult) -> dict[str, tuple[float, float, float]]:
    """Best values with the ends of the 68 % piece around them; a standard deviation where one is open."""
    return {
        name: (
            part.value,
            part.value - (part.error if part.minus is None else part.minus),
            part.value + (part.error if part.plus is None else part.plus),
        )
        for name, part in zip(found.names, found.intervals, strict=True)
    }


def _sectors(entries: Sequence[Measurement]) -> list[tuple[str, tuple[int, ...]]]:
    """The positions of the measurements of each sector, where there are several sectors."""
    place = {entry.name: position for position, entry in enumerate(entries)}
    found = [(name, tuple(place[entry.name] for entry in members)) for name, members in sectors(entries)]
    return found if len(found) > 1 else []


def _without(
    found: FitResult, varied: Varied, standard: Varied, left: tuple[int, ...], name: str = ""
) -> Left:
    likelihood = found.likelihood
    weights = np.ones(varied.places.count)
    weights[list(left)] = 0.0
    names = tuple(likelihood.experiment.measurements[place].name for place in left)
    numbers = sum(int(measured(likelihood.experiment.measurements[place]).sum()) for place in left)
    why = _undetermined(found, weights)
    if why:
        return Left(names, numbers, None, None, None, None, None, undetermined=why, sector=name)
    variation = varied.still._replace(weights=weights)
    starts = [minimum for minimum in found.minima if minimum.chi2 - found.chi2 < RELEVANT]
    best = refit(varied, variation, starts, found.size, hesse=True)
    if best is None:
        why = "MINUIT reaches no minimum"
        return Left(names, numbers, None, None, None, None, None, undetermined=why, sector=name)
    (sm, _), _ = standard.profiled(likelihood.parametrisation.sm, variation)
    return Left(
        names,
        numbers,
        dict(zip(found.names, best.values.tolist(), strict=True)),
        dict(zip(found.names, best.errors.tolist(), strict=True)),
        dict(zip(found.names, _shifts(found, best).tolist(), strict=True)),
        found.chi2 - best.chi2,
        float(sm) - best.chi2,
        at_edge(likelihood, best.values, found.size),
        sector=name,
    )


def _shifts(found: FitResult, best: Minimum) -> Array:
    """Shifts in units of the errors of the whole fit, those on the side of the shift."""
    shift = best.values - found.best.values
    sides = [
        (part.plus if step > 0 else part.minus) or part.error
        for part, step in zip(found.intervals, shift, strict=True)
    ]
    return shift / np.array(sides)


def _undetermined(found: FitResult, weights: Array) -> str:
    """Which parameters no measurement that is left depends on, or only in combination; empty if as many as before."""
    if not weights.any():
        return "nothing is left"
    likelihood = found.likelihood
    entries = zip(likelihood.experiment.measurements, weights, strict=True)
    seen = {item for entry, weight in entries if weight for item in entry.observables}
    keep = np.flatnonzero([item in seen for item in likelihood.experiment.observables])
    if rank(likelihood, keep) >= likelihood.effective_parameters:
        return ""
    slopes = influence(likelihood, generic_points(likelihood, found.size))
    before, after = (np.abs(part).max(axis=(0, 1)) for part in (slopes, slopes[:, keep]))
    flat = [name for name, was, left in zip(found.names, before, after, strict=True) if left < FLAT * was]
    if flat:
        return f"nothing left depends on {', '.join(flat)}"
    return f"what is left depends on {', '.join(found.names)} only together"
