"""Which of today's results a projection replaces, so that no data are counted twice.

A projected luminosity includes what the same experiment has taken today. Where a projection of an experiment and
observable is used, today's result of that experiment on that observable is therefore left out; of an average, that
experiment's part: the average is taken apart into the results it is made of. Results of other experiments stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nutau.measurements import Measurement, Observable, Projection, measurements, restrict
from nutau.measurements.same_rate import same_rate


@dataclass(frozen=True)
class Left:
    """Today's results that stay beside the projections, and what was left out or taken apart, in words."""

    measurements: tuple[Measurement, ...]
    notes: tuple[str, ...] = ()


def left(today: Sequence[Measurement], chosen: Sequence[Projection]) -> Left:
    """What stays of today's results beside the projections."""
    kept: list[Measurement] = []
    notes: list[str] = []
    for entry in today:
        parts = tuple(_without(entry, chosen))
        kept += parts
        if parts != (entry,):
            used = [
                item.name
                for item in chosen
                if any(same_rate(item.observable, at) for at in entry.observables)
            ]
            notes.append(_sentence(entry, parts, used))
    return Left(tuple(kept), tuple(notes))


def _sentence(entry: Measurement, parts: Sequence[Measurement], used: Sequence[str]) -> str:
    rows = len(used) > 3  # of a result in many bins its name says enough
    names = dict.fromkeys(name.partition("[")[0] if rows else name for name in used)
    by = f"its luminosity is part of {', '.join(names)}"
    if not parts:
        return f"{entry.name} is left out of today's data: {by}."
    if len(parts) == 1 and parts[0].name == entry.name:
        return f"{entry.name} stays without what is projected: {by}."
    return f"{entry.name} is replaced by the results it is made of without those projected: {by}."


def _without(entry: Measurement, chosen: Sequence[Projection]) -> Iterator[Measurement]:
    """What stays of one result."""
    names = {at: item for at in entry.observables for item in chosen if same_rate(item.observable, at)}
    own = {
        at for at, item in names.items() if entry.name in item.replaces or _made_by(entry, item.experiment)
    }
    if own:
        rest = tuple(item for item in entry.observables if item not in own)
        if rest and entry.gaussian is not None:
            yield restrict(entry, rest)
        return
    rows = [
        row
        for row, at in enumerate(_of_rows(entry))
        if at in names and _labelled(entry, row, names[at].experiment)
    ]
    if rows:
        yield _fewer(entry, rows)
        return
    inside = made_of(entry)
    if any(_concerned(made, names) for made in inside):
        for made in inside:
            yield from _without(made, chosen)
        return
    yield entry


def _concerned(entry: Measurement, names: dict[Observable, Projection]) -> bool:
    """Whether a part of an average, or of a part of it, is replaced by one of the projections."""
    for at, item in names.items():
        if at in entry.observables and _made_by(entry, item.experiment):
            return True
    rows = enumerate(_of_rows(entry))
    if any(at in names and _labelled(entry, row, names[at].experiment) for row, at in rows):
        return True
    return any(_concerned(made, names) for made in made_of(entry))


def made_of(entry: Measurement) -> list[Measurement]:
    """The results that an average is made of; of those that stand instead of each other the one that it took."""
    found = [made for made in measurements().values() if entry.name in made.contained_in]
    taken = {made.name for made in found}
    return [made for made in found if taken.isdisjoint(made.instead_of)]


def _made_by(entry: Measurement, experiment: str) -> bool:
    """Whether an experiment made a result, alone or with another one."""
    return bool(experiment) and experiment in entry.collaboration.replace(" and ", ", ").split(", ")


def _of_rows(entry: Measurement) -> list[Observable]:
    """The observable of each row of a Gaussian entry."""
    return [] if entry.gaussian is None else [entry.observables[int(at)] for at in entry.gaussian.index]


def _labelled(entry: Measurement, row: int, experiment: str) -> bool:
    """Whether the label of a row begins with this experiment, and with none of a longer name ("Belle", "Belle II")."""
    labels = () if entry.gaussian is None else entry.gaussian.labels
    if not labels or not experiment or not labels[row].startswith(experiment):
        return False
    longer = {
        made.collaboration for made in measurements().values() if len(made.collaboration) > len(experiment)
    }
    return not any(name.startswith(experiment) and labels[row].startswith(name) for name in longer)


def _fewer(entry: Measurement, rows: Sequence[int]) -> Measurement:
    """A Gaussian entry without some of its rows."""
    gaussian = entry.gaussian
    assert gaussian is not None
    keep = np.setdiff1d(np.arange(len(gaussian.central)), rows)
    parts = tuple(replace(part, plus=part.plus[keep], minus=part.minus[keep]) for part in gaussian.parts)
    smaller = replace(
        gaussian,
        central=gaussian.central[keep],
        plus=gaussian.plus[keep],
        minus=gaussian.minus[keep],
        correlation=gaussian.correlation[np.ix_(keep, keep)],
        index=gaussian.index[keep],
        parts=parts,
        labels=tuple(gaussian.labels[row] for row in keep),
    )
    units = tuple(entry.units[row] for row in keep)
    return replace(
        entry, distribution=smaller, units=units, factors=entry.factors[keep], pdg=(), pdg_prints=()
    )
