"""The fits behind the page of today: every model of the letter on its line, and κ free, without and with running.

The draws of the theory are balanced (:mod:`nutau.inputs.deviates`): with :data:`DRAWS` of them another seed moves
-2 log L by less than 1e-3, and no printed digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from nutau.common.progress import Progress
from nutau.inference.fit import FitResult, fitted
from nutau.inference.likelihood import likelihood, parametrisation
from nutau.inference.likelihood.slices import held
from nutau.inference.verdicts import LineTest, Search, judge
from nutau.inference.work import Cluster, working
from nutau.inputs import load_inputs
from nutau.letter.claims import K_NUNU, K_TAUTAU, KST_NUNU, KST_TAUTAU, benchmarks, kappas
from nutau.measurements import DataSet, load_dataset
from nutau.models.two_field import LAMBDA, X
from nutau.observables.predict import predict
from nutau.observables.predictions import SEED

if TYPE_CHECKING:
    from nutau.report.today.plane import Map

RATIOS = (K_TAUTAU, KST_TAUTAU, K_NUNU, KST_NUNU)
DRAWS = 2000
TOYS = 600
RUNNINGS = ("none", "full")


@dataclass(frozen=True)
class Row:
    """One model, fitted: κ, the fit of δ and the ratios at its best point; ``beside`` on the other SM, if any."""

    model: str
    kappa: float
    found: FitResult
    ratios: tuple[float, ...]
    beside: tuple[float, ...]


@dataclass(frozen=True)
class Run:
    """All models without or with running from ``mass`` (GeV), and κ free; the tests on both Standard Models."""

    running: str
    mass: float | None
    free: FitResult
    rows: tuple[Row, ...]
    own: Search
    other: Search | None

    @property
    def title(self) -> str:
        """In words."""
        return "without running" if self.mass is None else f"with running from {self.mass / 1000:g} TeV"

    @property
    def searches(self) -> tuple[Search, ...]:
        """On nutau's Standard Model, and on the other one where there is one."""
        return (self.own,) if self.other is None else (self.own, self.other)


@dataclass(frozen=True)
class Today:
    """Everything that the page says, with what it rests on."""

    data: DataSet
    runs: tuple[Run, ...]
    toys: int
    seed: int
    draws: int
    draw_seed: int = SEED

    @cached_property
    def maps(self) -> tuple[Map, ...]:
        """The plane of each run, for the figure and for the numbers behind it."""
        from nutau.report.today.plane import mapped

        return tuple(mapped(run, self.data) for run in self.runs)

    @property
    def finished(self) -> int:
        """The toys of each hypothesis, at least; fewer than ``toys`` after an interrupt."""
        tails = [line.against for run in self.runs for one in run.searches for line in one.lines.values()]
        tails += [line.checked for run in self.runs for one in run.searches for line in one.lines.values()]
        return min((0 if tail is None else tail.toys for tail in tails), default=0)


def models() -> dict[str, float]:
    """The models of the letter that have a κ."""
    return {name: kappa for name, kappa in kappas().items() if kappa is not None} | benchmarks()


def today(
    data: DataSet | str | Path = "2026",
    *,
    toys: int = TOYS,
    seed: int = 1,
    draws: int = DRAWS,
    draw_seed: int = SEED,
    mode: str = "full",
    cluster: Cluster = None,
    folder: str | Path | None = None,
    progress: Progress | None = None,
    toy_progress: Progress | None = None,
) -> Today:
    """Fit every model to a data set and test it by toys; an interrupt of the toys keeps those that are finished.

    ``toys`` of every model and of the SM, from ``seed``; ``draws`` of the theory from ``draw_seed``. ``mode`` is that
    of the fits (:func:`nutau.inference.likelihood.likelihood`); toys are always fitted in the fast one. They are
    thrown by the workers of a ``cluster`` and kept in a ``folder`` (:func:`nutau.inference.work.working`).
    """
    chosen = data if isinstance(data, DataSet) else load_dataset(data)
    total = len(RUNNINGS) * (1 + len(models()))
    fits = []
    for place, running in enumerate(RUNNINGS):
        counted = _counted(progress, place * total // len(RUNNINGS), total)
        fits.append(_fits(chosen, running, draws, draw_seed, mode, counted))
    tests = [list(_tests(free, rows)) for _, free, rows in fits]
    every = [test for both in tests for test in both]
    with working(cluster, folder) as work:
        found = iter(judge(every, toys, seed=seed, work=work.under("today"), progress=toy_progress))
    runs = []
    for (running, free, rows), both in zip(fits, tests, strict=True):
        searches = [next(found) for _ in both]
        mass = None if running == "none" else LAMBDA
        runs.append(Run(running, mass, free, rows, searches[0], searches[1] if len(searches) > 1 else None))
    return Today(chosen, tuple(runs), toys, seed, draws, draw_seed)


def _counted(progress: Progress | None, first: int, total: int) -> Callable[[int], None]:
    """Progress of one run, as a part of all."""

    def report(done: int) -> None:
        if progress is not None:
            progress(first + done, total)

    return report


def _fits(
    data: DataSet, running: str, draws: int, seed: int, mode: str, report: Callable[[int], None]
) -> tuple[str, FitResult, tuple[Row, ...]]:
    """κ free, and a slice of the same likelihood for each model."""
    mass = None if running == "none" else LAMBDA
    line = parametrisation(("delta", "kappa"), running=running, mass=mass)
    inputs = load_inputs("default").balanced()
    whole = likelihood(data, line, inputs=inputs, mode=mode, draws=draws, seed=seed)
    report(0)
    free, rows = fitted(whole), []
    for done, (name, kappa) in enumerate(models().items(), 1):
        report(done)
        found = fitted(held(whole, {"kappa": kappa}))
        other = found.beside
        beside = () if other is None else _ratios(kappa, other.values["delta"], mass)
        rows.append(Row(name, kappa, found, _ratios(kappa, found["delta"].value, mass), beside))
    return running, free, tuple(rows)


def _ratios(kappa: float, delta: float, mass: float | None) -> tuple[float, ...]:
    found = predict(RATIOS, X(kappa, delta=delta, mass=mass), draws=0)
    return tuple(row.value for row in found)


def _tests(free: FitResult, rows: tuple[Row, ...]) -> Iterator[LineTest]:
    """The tests on nutau's Standard Model, and on the other one."""
    kappa = {row.model: row.kappa for row in rows}
    yield LineTest(free.likelihood, free.size, kappa, {row.model: row.found["delta"].value for row in rows})
    other = free.likelihood.alternative
    beside: Mapping[str, float] = {
        row.model: row.found.beside.values["delta"] for row in rows if row.found.beside is not None
    }
    if other is not None and len(beside) == len(rows):
        yield LineTest(other, free.size, kappa, beside)
