"""Hypotheses against each other: significances, and luminosities at which they are told apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.errors import InputError
from nutau.inference.forecast.apart import GRID, PARTS, Apart, told_apart
from nutau.inference.forecast.hypotheses import Hypothesis, line
from nutau.inference.forecast.lowest import placed
from nutau.inference.forecast.notes import described, notes_on
from nutau.inference.forecast.prospects import Future, How, Prospects, prospects
from nutau.inference.forecast.replaced import Left
from nutau.inference.forecast.result import Forecast, Row, Spread
from nutau.inference.forecast.scatter import differences, fitted, thrown
from nutau.inference.likelihood import Parametrisation, double_precision
from nutau.measurements import DataSet


@dataclass(frozen=True, eq=False)
class Comparing:
    """What is compared: ``names`` are the truth, the Standard Model and the models."""

    dataset: DataSet
    future: Future
    stays: Left
    line: Parametrisation
    names: Sequence[str | Hypothesis]
    hold: bool
    toys: int
    how: How


@dataclass(frozen=True, eq=False)
class Case:
    """A hypothesis at its best fit to today's data, with its prospects."""

    prospects: Prospects
    hypothesis: Hypothesis

    @property
    def name(self) -> str:
        """Of the hypothesis."""
        return self.hypothesis.name

    def today(self) -> float:
        """The lowest -2 log L of today's data."""
        return float(self.prospects.today.value_and_gradient(self.hypothesis.values)[0])

    def lowest(self, centre: Array, luminosity: float) -> float:
        """The lowest -2 log L with the projected numbers at ``centre``."""
        return self.prospects.lowest(self.hypothesis, centre, luminosity).chi2

    def centre(self) -> Array:
        """What the projections find if it holds."""
        return self.prospects.centre(self.hypothesis)


def signed_root(rise: float) -> float:
    """The signed root of a difference of two -2 log L."""
    return float(np.sign(rise) * np.sqrt(abs(rise)))


@double_precision
def compared(
    setup: Comparing, steps: Array, notes: Sequence[str], progress: Progress | None = None
) -> Forecast:
    """The forecast of hypotheses against each other."""
    true, null, *given = cases(setup)
    rivals = list({item.name: item for item in (null, *given) if item.name != true.name}.values())
    report = progress or (lambda done, total: None)
    centre, rows, today, apart = true.centre(), [], [], []
    base = {step: true.lowest(centre, step) for step in steps}
    for done, model in enumerate(rivals):
        report(done, 2 * len(rivals))
        today.append(_today(model, true, null))
        rows += _rows(model, (true, centre, base), null, steps)
    toys = _toys(true, rivals, setup)
    discovered: list[Apart] = []
    for number, model in enumerate(rivals):
        report(len(rivals) + number, 2 * len(rivals))
        apart += told_apart((true.name, model.name), _rise(true, centre, model), toys[number])
        mine = np.zeros((len(GRID), 0))
        if model.name != null.name:
            mine = _toys(model, [null], setup)[0]
            discovered += told_apart((model.name, null.name), _rise(model, model.centre(), null), mine)
        rows = [_spread(row, toys[number], mine) if row.model == model.name else row for row in rows]
    models = tuple(item.hypothesis for item in rivals)
    chosen = setup.future.projections
    done = min((entry.toys for entry in (*apart, *discovered)), default=setup.toys)
    if done < setup.toys:
        notes = (*notes, f"Interrupted: {done} of {setup.toys} toys were done.")
    words = (*notes, *setup.stays.notes, *notes_on(setup.future, true, null, rivals, setup.hold))
    return Forecast(
        truth=true.hypothesis,
        models=models,
        rows=tuple(rows),
        today=tuple(today),
        apart=tuple(apart),
        discovered=tuple(discovered),
        projections=chosen,
        uncertainties=tuple(described(p, setup.future, steps) for p in chosen),
        unit=setup.future.unit,
        notes=words,
    )


def cases(setup: Comparing) -> list[Case]:
    """Every hypothesis at its best fit to today's data; those of one parametrisation share their prospects."""
    given = [line(item, setup.line) if isinstance(item, str) else item for item in setup.names]
    spaces = {id(item.parametrisation): item.parametrisation for item in given}
    made = {key: _prospects(setup, space, several=len(spaces) > 1) for key, space in spaces.items()}
    _check_alike(list(made.values()))
    found = []
    for item in given:
        room = made[id(item.parametrisation)]
        best = placed(room.today, item, room.size)
        found.append(Case(room, best.held if setup.hold else best))
    return found


def _prospects(setup: Comparing, space: Parametrisation, *, several: bool) -> Prospects:
    return prospects(setup.dataset, space, setup.future, setup.stays, setup.how, all_data=several)


def _check_alike(made: Sequence[Prospects]) -> None:
    """Heights of -2 log L are compared: they must be of the same data."""
    names = [tuple(entry.name for entry in room.today.experiment.measurements) for room in made]
    if len(set(names)) > 1:
        odd = sorted(set(names[0]).symmetric_difference(*names[1:]))
        raise InputError(
            f"These hypotheses are not tested by the same data ({', '.join(odd)}), so their -2 log L cannot be "
            "compared: take a data set without these."
        )


def _today(model: Case, true: Case, null: Case) -> Row:
    own = model.today()
    return Row(model.name, 0.0, signed_root(own - true.today()), signed_root(null.today() - own))


def _rows(model: Case, truth: tuple[Case, Array, dict[float, float]], null: Case, steps: Array) -> list[Row]:
    _, centre, base = truth
    mine = model.centre()
    found = []
    for step in map(float, steps):
        exclusion = model.lowest(centre, step) - base[step]
        discovery = null.lowest(mine, step) - model.lowest(mine, step)
        found.append(Row(model.name, step, signed_root(exclusion), signed_root(discovery)))
    return found


def _rise(true: Case, centre: Array, other: Case) -> Callable[[float], float]:
    """How much worse than the truth another hypothesis describes what is expected, by luminosity."""
    return lambda at: other.lowest(centre, at) - true.lowest(centre, at)


def _toys(true: Case, rivals: Sequence[Case], setup: Comparing) -> Array:
    """Differences of -2 log L in toys of the truth, ``(rivals, GRID, toys)``."""
    if not setup.toys or not rivals:
        return np.zeros((len(rivals), len(GRID), 0))
    toys = thrown(true.prospects, true.hypothesis, setup.toys, setup.how.seed)
    others = [fitted(item.prospects, item.hypothesis) for item in rivals]
    return differences(toys, fitted(true.prospects, true.hypothesis), others, list(GRID))


def _spread(row: Row, exclusion: Array, discovery: Array) -> Row:
    """The row with the quantiles of its significances over toys, ``(GRID, toys)``, interpolated in luminosity."""
    return replace(
        row, toys=_quantiles(row.luminosity, exclusion), discovery_toys=_quantiles(row.luminosity, discovery)
    )


def _quantiles(luminosity: float, toys: Array) -> Spread | None:
    done = toys[:, np.isfinite(toys).all(axis=0)]
    if not done.shape[1] or not GRID[0] <= luminosity <= GRID[-1]:
        return None
    at = np.array([np.interp(np.log(luminosity), np.log(GRID), each) for each in done.T])
    low, median, high = (signed_root(float(np.quantile(at, part))) for part in PARTS)
    return Spread(low, median, high, done.shape[1])
