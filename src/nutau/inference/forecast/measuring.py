"""What a luminosity is expected to measure: intervals of parameters and errors of observables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.errors import InputError
from nutau.inference.fit.quality import significance
from nutau.inference.fit.search import minima
from nutau.inference.forecast.apart import PARTS
from nutau.inference.forecast.expectations import ExpectedFit, expected_fit
from nutau.inference.forecast.hypotheses import Hypothesis
from nutau.inference.forecast.notes import contents, described
from nutau.inference.forecast.prospects import Future, How, Prospects, prospects
from nutau.inference.forecast.replaced import Left
from nutau.inference.forecast.result import Forecast, Row, Spread
from nutau.inference.forecast.scatter import differences, fitted, thrown
from nutau.inference.likelihood import Parametrisation, double_precision
from nutau.measurements import DataSet, Observable


@double_precision
def measured(
    dataset: DataSet,
    future: Future,
    stays: Left,
    space: Parametrisation,
    asked: Sequence[Observable],
    truth: str | None,
    toys: int,
    how: How,
    steps: Array,
    notes: Sequence[str],
    progress: Progress | None = None,
) -> Forecast:
    """The expected fits of parameters at every luminosity, today's first."""
    report = progress or (lambda done, total: None)
    room = prospects(dataset, space, future, stays, how, also=asked, scale=float(steps[-1]))
    report(0, len(steps) + 2)
    true, known = _truth(room, truth)
    centre = room.centre(true)
    fits: list[ExpectedFit] = []
    if len(room.today.experiment.measurements):
        fits.append(expected_fit(room, None, 0.0, known, asked))
    report(1, len(steps) + 2)
    for done, step in enumerate(map(float, steps)):
        fits.append(expected_fit(room, centre, step, known, asked))
        report(2 + done, len(steps) + 2)
    null = Hypothesis("SM", space, np.zeros(len(space)), (False,) * len(space))
    is_sm = not np.any(space.to_linear(space.sm))
    every = _discovery(null, fits) if is_sm and np.any(true.values) else []
    today, rows = [row for row in every if not row.luminosity], [row for row in every if row.luminosity]
    if toys:
        rows = _scattered(room, true, null, rows, toys, how.seed, fits[0].likelihood.effective_parameters)
    done = min((row.toys.toys if row.toys else 0 for row in rows), default=toys)
    if done < toys:
        notes = (*notes, f"Interrupted: {done} of {toys} toys were done at every luminosity.")
    return Forecast(
        truth=true,
        models=(null,) if rows else (),
        rows=tuple(rows),
        today=tuple(today),
        apart=(),
        projections=future.projections,
        uncertainties=tuple(described(item, future, steps) for item in future.projections),
        unit=future.unit,
        notes=(*notes, *stays.notes, *contents(future)),
        fits=tuple(fits),
    )


def _truth(room: Prospects, text: str | None) -> tuple[Hypothesis, list[Array]]:
    """The truth, its parameters free, and points from which minima are looked for."""
    space = room.today.parametrisation
    free = (True,) * len(space)
    if text is not None and text != "fit":
        values = np.zeros(len(space)) if text.casefold() == "sm" else space.point(_values(text))
        bounds = space.bounds
        if np.any((values < bounds[:, 0]) | (values > bounds[:, 1])):
            raise InputError(f"`truth={text}` is outside the ranges of {', '.join(space.names)}.")
        return Hypothesis(text, space, values, free), [values, *_minima(room)]
    if not len(room.today.experiment.measurements):
        raise InputError(
            f"No result of today depends on {', '.join(space.names)}, so there is no best fit to take for the truth: "
            "give one, for instance `truth='sm'`."
        )
    found = minima(room.today, room.size)
    best = found[0]
    covariance = best.covariance
    return Hypothesis("best fit", space, best.values, free, covariance), [m.values for m in found]


def _minima(room: Prospects) -> list[Array]:
    """The minima of today's data, if there are any."""
    if not len(room.today.experiment.measurements):
        return []
    return [found.values for found in minima(room.today, room.size)]


def _values(text: str) -> dict[str, float]:
    """``"delta=0.05,kappa=1"`` by name."""
    found = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            equals = ""
        if not equals or not np.isfinite(found[name.strip()]):
            raise InputError(f"`truth={text}`: 'fit', 'sm' or NAME=VALUE,… is needed, as delta=0.05,kappa=1.")
    return found


def _discovery(null: Hypothesis, fits: Sequence[ExpectedFit]) -> list[Row]:
    """By how many σ the Standard Model is expected to be excluded, for as many degrees of freedom as parameters."""
    found = []
    for made in fits:
        rise = float(made.likelihood.value_and_gradient(null.values)[0]) - made.minima[0].chi2
        found.append(
            Row(null.name, made.luminosity, significance(rise, made.likelihood.effective_parameters)[1], 0.0)
        )
    return found


def _scattered(
    room: Prospects,
    true: Hypothesis,
    null: Hypothesis,
    rows: Sequence[Row],
    count: int,
    seed: int,
    parameters: int,
) -> list[Row]:
    """The same with the spread over toys of the truth, for as many degrees of freedom as ``parameters`` count.

    A truth that was given is held in the toys; the best fit to today's data scatters as these know it.
    """
    toys = thrown(room, true.held if true.covariance is None else true, count, seed)
    found = differences(toys, fitted(room, true), [fitted(room, null)], [row.luminosity for row in rows])[0]
    made = []
    for row, each in zip(rows, found, strict=True):
        done = each[np.isfinite(each)]
        if len(done):
            rises = [float(np.quantile(done, part)) for part in PARTS]
            low, median, high = (significance(rise, parameters)[1] for rise in rises)
            row = replace(row, toys=Spread(low, median, high, len(done)))
        made.append(row)
    return made
