"""What a reader of a forecast must know, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.fit.beside import standard
from nutau.inference.fit.lines import minima_along
from nutau.inference.forecast.apart import GRID
from nutau.inference.forecast.hypotheses import Hypothesis
from nutau.inference.forecast.prospects import Future
from nutau.inference.forecast.reach import scaled
from nutau.inference.likelihood import Likelihood
from nutau.measurements import Projection

if TYPE_CHECKING:
    from nutau.inference.forecast.comparing import Case

ALIKE = 0.05
"""Hypotheses whose predictions differ by fewer σ than this at the largest luminosity are not told apart."""


def notes_on(future: Future, true: Case, null: Case, rivals: Sequence[Case], hold: bool) -> tuple[str, ...]:
    """All notes on a comparison of hypotheses."""
    return (
        *contents(future),
        *_alike(true, rivals),
        *_nested(true, null, rivals, hold),
        *_standards(true, rivals),
    )


def contents(future: Future) -> tuple[str, ...]:
    """What is projected, and on which terms."""
    names = ", ".join(_projected(list(items)) for _, items in groupby(future.projections, _source))
    held = "".join(f" at {value:g} {_unit(future, name)} of {name}" for name, value in future.at.items())
    found = [f"Projected: {names}{held}."]
    if len(future.projections) > 1:
        found.append(f"Correlation of their systematic parts within an experiment: {future.correlation:g}.")
    if future.theory != 1.0:
        found.append(f"All theory errors are multiplied by {future.theory:g}, those of today's data too.")
    return tuple(found)


def _source(item: Projection) -> str:
    """The name of a projection without the number of its row."""
    return item.name.partition("[")[0]


def _projected(items: Sequence[Projection]) -> str:
    """What projections of one source are of, many bins of one observable together."""
    names = {item.observable.name for item in items}
    if len(items) > 3 and len(names) == 1:
        return f"{names.pop()} in {len(items)} bins ({_source(items[0])})"
    return ", ".join(f"{item.observable.label} ({item.name})" for item in items)


def _unit(future: Future, name: str) -> str:
    return next((item.luminosity_unit for item in future.projections if item.experiment == name), "")


def _alike(true: Case, rivals: Sequence[Case]) -> Iterator[str]:
    """The models that predict what the truth predicts."""
    weight = np.linalg.inv(true.prospects.covariance(true.centre(), float(GRID[-1])))
    central = true.prospects.central(true.hypothesis)
    same = []
    for item in rivals:
        offset = item.prospects.central(item.hypothesis) - central
        if offset @ weight @ offset < ALIKE**2:
            same.append(item.name)
    if same:
        yield f"{', '.join(same)} and {true.name} agree in what is projected: no luminosity tells them apart."


def _nested(true: Case, null: Case, rivals: Sequence[Case], hold: bool) -> Iterator[str]:
    """The truth may be a special case of a model."""
    if true.name != null.name or hold:
        return
    inside = [item.name for item in rivals if any(item.hypothesis.free)]
    if inside:
        yield (
            f"{true.name} is a special case of {', '.join(inside)}, so nothing excludes them if it holds: a negative "
            "number says by how many σ all data still prefer them. `hold=True` asks instead when their best fits of "
            "today are excluded."
        )


def _standards(true: Case, rivals: Sequence[Case]) -> Iterator[str]:
    """Which Standard Model δ rests on, and where the other one puts it."""
    today = true.prospects.today
    known, other = standard(today), today.alternative
    beyond = None if other is None else standard(other)
    if known is None or other is None or beyond is None:
        return
    parts = []
    for item in (true, *rivals):
        hypothesis = item.hypothesis
        if item.prospects is true.prospects and sum(hypothesis.free) == 1:
            position = hypothesis.free.index(True)
            value, error = quick(other, hypothesis, item.prospects.size)
            here = f"{hypothesis.values[position]:.3f} ± {hypothesis.errors[position]:.3f}"
            parts.append(f"{item.name} {here} or {value:.3f} ± {error:.3f}")
    if parts:
        yield (
            f"δ rests on {known.whose} ({known}); {beyond.whose} ({beyond}) puts it elsewhere: {', '.join(parts)}."
        )


def quick(likelihood: Likelihood, hypothesis: Hypothesis, size: Array) -> tuple[float, float]:
    """Value and error of the only free parameter in the fast mode, the error from the curvature."""
    free = np.array(hypothesis.free)
    direction = np.where(free, size, 0.0)
    found, heights = minima_along(likelihood, np.asarray(hypothesis.values, dtype=float), direction)
    best, lowest = found[0], heights[0]
    step = 1e-3 * direction
    up, down = likelihood.switched("fast").chi2(np.stack([best + step, best - step]))
    curve = max((up + down - 2.0 * lowest) / float((step**2).sum()), 1e-300)
    return float(best[free][0]), float(np.sqrt(2.0 / curve))


def described(projection: Projection, future: Future, steps: Array) -> dict[str, Any]:
    """A projection and what it is at each luminosity."""
    moves = projection.experiment not in future.at
    at = steps if moves else np.array([future.at[projection.experiment]])
    return {
        "name": projection.name,
        "observable": projection.observable.label,
        "quantity": projection.quantity,
        "experiment": projection.experiment,
        "luminosity_unit": projection.luminosity_unit,
        "held": not moves,
        "source": projection.source,
        "verified": projection.verified,
        "published": np.asarray(projection.luminosity).tolist(),
        "at": dict(zip(map(str, at.tolist()), scaled(projection, at).tolist(), strict=True)),
    }
