"""nutau against flavio, for every observable of nutau's catalogue that flavio has: values, deviations, times.

Both codes take flavio 2.7.1's numbers (nutau's input set ``flavio-2.7``, all compatibility switches on) and the same
coefficients at the scale at which flavio evaluates the decay, so nothing runs: what is compared are the rates.
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import flavio
import numpy as np
from flavio.physics.common import conjugate_par
from wilson import wcxf

from adjustments import Adjustment, adjustment, elsewhere
from nutau.inputs import Inputs
from nutau.observables import Observable, catalogue
from nutau.observables.formula import Formula
from nutau.observables.predictions import formulas
from nutau.observables.requests import Request

SEED = 20221123
EFTS = ("WET", "WET-4")
IGNORED = {"C8p_bs"}
"""Coefficients of flavio's basis that none of its rates looks at; zero here."""
LIGHT_BINS = ((1.1, 6.0), (0.1, 1.1))  # of R_K and R_K*, in GeV²
LIGHT_RATES = (
    (1.1, 6.0),
    (15.0, 18.5),
)  # of rates and angles of light leptons, on both sides of the charmonia
LIGHT_POINT = 5.0
NODES = 64
"""Of the integrals over q² that are called converged."""

Point = dict[str, complex]


@dataclass(frozen=True)
class Task:
    """An observable with the bin or the point in q² (GeV²) at which it is compared."""

    observable: Observable
    arguments: tuple[float, ...]

    @property
    def name(self) -> str:
        """flavio's name, which is nutau's."""
        return self.observable.name

    @property
    def label(self) -> str:
        """The name with its arguments."""
        if not self.arguments:
            return self.name
        return f"{self.name} [{', '.join(f'{x:g}' for x in self.arguments)}]"

    @property
    def adjustment(self) -> Adjustment:
        """What is made equal first."""
        return adjustment(self.name)

    @property
    def eft(self) -> str:
        """The theory its coefficients belong to."""
        return "WET-4" if self.name.startswith("BR(tau") else "WET"


@dataclass(frozen=True)
class Comparison:
    """One observable at all points (the first is the Standard Model): values of both codes and seconds taken."""

    task: Task
    ours: np.ndarray
    theirs: np.ndarray
    converged: np.ndarray  # flavio with its integrals converged, at the first points
    compile_seconds: float  # nutau: the formula, once
    our_seconds: float  # a point
    their_seconds: float  # a point
    unadjusted: float  # flavio over nutau at the SM before anything is made equal

    @property
    def sm_deviation(self) -> float:
        """At the Standard Model, with flavio as it comes."""
        return deviation(self.ours[:1], self.theirs[:1])

    @property
    def deviation(self) -> float:
        """The largest, with flavio as it comes."""
        return max(self.sm_deviation, deviation(self.ours, self.theirs, self._floor))

    @property
    def converged_deviation(self) -> float:
        """The largest, with flavio's integrals converged."""
        return deviation(self.ours[: len(self.converged)], self.converged, self._floor)

    @property
    def _floor(self) -> float:
        """ΔM_s is the size of a sum that new physics may cancel, so its accuracy is that of its SM part."""
        return float(np.abs(self.theirs[0])) if self.task.name == "DeltaM_s" else 0.0


def deviation(ours: np.ndarray, theirs: np.ndarray, floor: float = 0.0) -> float:
    """The largest relative deviation; for what has both signs, relative to its median size where it is smaller.

    Nor is it taken relative to less than ``floor``.
    """
    size = np.maximum(np.abs(theirs), floor)
    if np.min(theirs) < 0 < np.max(theirs):
        size = np.maximum(size, np.median(size))
    return float(np.max(np.abs(ours - theirs)[size > 0] / size[size > 0], initial=0.0))


def tasks(inputs: Inputs) -> tuple[list[Task], list[str], dict[str, list[str]]]:
    """What is compared, the names that flavio does not have, and those that are compared elsewhere, by the reason."""
    found: list[Task] = []
    absent: list[str] = []
    left: dict[str, list[str]] = {}
    for observable in catalogue():
        if observable.name not in flavio.Observable.instances:
            absent.append(observable.name)
            continue
        if why := elsewhere(observable.name):
            left.setdefault(why, []).append(observable.name)
            continue
        found += [Task(observable, arguments) for arguments in _arguments(observable, inputs)]
    return found, absent, left


def _arguments(observable: Observable, inputs: Inputs) -> tuple[tuple[float, ...], ...]:
    if observable.kind == "total":
        return ((),)
    if observable.name.startswith("<Rmue>"):
        return LIGHT_BINS
    light = any(f"{pair})" in observable.name for pair in ("mumu", "ee", "Xsll"))
    if light or "->Xsmumu" in observable.name or "->Xsee" in observable.name:
        if observable.kind == "point":
            return ((LIGHT_POINT,),)
        # electrons and B+ differ from muons and B0 in what the first bin sees
        return LIGHT_RATES[:1] if "ee)" in observable.name or "B+->K*" in observable.name else LIGHT_RATES
    low, high = observable.edges(inputs)
    places = (0.3, 0.8) if observable.kind == "bin" else (0.6,)
    return (tuple(float(np.round(2.0 * (low + place * (high - low))) / 2.0) for place in places),)


def compiled(task: Task, inputs: Inputs) -> Formula:
    """nutau's formula."""
    parameters = inputs.parameters.replace(task.adjustment.parameters)
    inputs = replace(inputs, parameters=parameters) if task.adjustment.parameters else inputs
    arguments = {"total": None, "bin": task.arguments, "point": np.array(task.arguments)}[
        task.observable.kind
    ]
    return formulas([Request(task.name, q2=arguments)], inputs, draws=0)[0]


def points(made: Sequence[Formula], count: int) -> list[Point]:
    """The Standard Model, and random complex points with every coefficient about as large as the Standard Model.

    A coefficient's size is that at which it alone doubles the rate that is most sensitive to it. What flavio's bases do
    not have is zero.
    """
    known = {name for eft in EFTS for name in wcxf.Basis[eft, "flavio"].all_wcs} - IGNORED
    sizes: dict[str, float] = {}
    for form in (
        f for formula in made for f in (formula.central.numerator, formula.central.denominator) if f
    ):
        names = form.basis.coefficients
        diagonal = np.diag(np.asarray(form.matrix).reshape(-1, *form.matrix.shape[-2:])[0]).real
        for name, own in zip(names, diagonal[1 : 1 + len(names)], strict=True):
            doubling = np.sqrt(diagonal[0] / own) if own > 0 and diagonal[0] > 0 else np.inf
            if name in known:
                sizes[name] = min(sizes.get(name, np.inf), float(doubling))
    generator = np.random.default_rng(SEED)
    names = sorted(sizes)
    scale = np.array([sizes[name] if np.isfinite(sizes[name]) else 1.0 for name in names])
    values = scale * (generator.normal(size=(count, len(names), 2)) @ np.array([1.0, 1j]) / np.sqrt(2.0))
    return [{}, *(dict(zip(names, row.tolist(), strict=True)) for row in values)]


def by_nutau(formula: Formula, chosen: Sequence[Point], without: str) -> np.ndarray:
    """Central values at all points in one call; coefficients that match ``without`` are zero."""
    names = formula.central.basis.coefficients
    kept = [not re.search(without, name) for name in names]
    values = np.array([[point.get(name, 0.0) for name in names] for point in chosen], dtype=complex) * kept
    return np.ravel(np.asarray(formula(values.reshape(len(chosen), *([1] * _extra(formula)), len(names)))))


def _extra(formula: Formula) -> int:
    """Axes of q² points in a form."""
    return np.ndim(formula.central.numerator.matrix) - 2


Case = tuple[str, float, str]
"""What flavio's coefficients depend on: theory, scale, what is left out."""


def case(task: Task) -> Case:
    """That of a task."""
    return task.eft, task.adjustment.scale, task.adjustment.without


def peer_points(
    chosen: Sequence[Point], made: Sequence[Formula], table: Sequence[Task]
) -> dict[Case, tuple[list[object], list[object]]]:
    """flavio's objects for the points and for their complex conjugates, by case."""
    found = {}
    for one in {case(task) for task in table}:
        eft, scale, without = one
        used = {
            name
            for task, formula in zip(table, made, strict=True)
            if task.eft == eft
            for name in formula.central.basis.coefficients
            if not re.search(without, name)
        }
        plain = [{name: value for name, value in point.items() if name in used} for point in chosen]
        conjugate = [{name: np.conj(value) for name, value in point.items()} for point in plain]
        found[one] = (
            [_wilson(point, scale, eft) for point in plain],
            [_wilson(point, scale, eft) for point in conjugate],
        )
    return found


def _wilson(values: Point, scale: float, eft: str) -> object:
    wilson = flavio.WilsonCoefficients()
    if values:
        wilson.set_initial(values, scale, eft=eft, basis="flavio")
    return wilson


def by_flavio(
    task: Task,
    par: Mapping[str, float],
    wilsons: tuple[Sequence[object], Sequence[object]],
    *,
    adjusted: bool = True,
) -> np.ndarray:
    """flavio's numbers, one point after the other: it has no other way."""
    made = task.adjustment if adjusted else Adjustment()
    own = {**par, **made.parameters}
    with warnings.catch_warnings(), made.within():
        warnings.simplefilter("ignore")
        values = _each(task.name, task, own, wilsons[0])
        if made.average:
            values = _averaged(values, task, made.average, own, wilsons)
    return values * made.factor


def _each(name: str, task: Task, par: Mapping[str, float], wilsons: Sequence[object]) -> np.ndarray:
    observable = flavio.Observable[name]
    return np.array([float(np.real(observable.prediction_par(par, w, *task.arguments))) for w in wilsons])


def _averaged(
    values: np.ndarray,
    task: Task,
    rate: str,
    par: Mapping[str, float],
    wilsons: tuple[Sequence[object], Sequence[object]],
) -> np.ndarray:
    """The mean of a decay and its conjugate, weighed by their rates unless it is the rate itself."""
    bar = conjugate_par(par)
    other = _each(task.name, task, bar, wilsons[1])
    if task.name.lstrip("<").startswith("dBR"):
        return 0.5 * (values + other)
    one, two = _each(rate, task, par, wilsons[0]), _each(rate, task, bar, wilsons[1])
    return (values * one + other * two) / (one + two)


def compare(
    inputs: Inputs,
    count: int,
    converged_count: int,
    *,
    only: str = "",
    say: Callable[[str], None] = print,
) -> tuple[list[Comparison], list[str], dict[str, list[str]]]:
    """All comparisons (of names that match the pattern ``only``), and what is not compared, as :func:`tasks` has it."""
    table, absent, left = tasks(inputs)
    table = [task for task in table if re.search(only, task.name)]
    made, compile_seconds = [], []
    for task in table:
        start = time.perf_counter()
        made.append(compiled(task, inputs))
        compile_seconds.append(time.perf_counter() - start)
    chosen = points(made, count)
    wilsons = peer_points(chosen, made, table)
    par = flavio.default_parameters.get_central_all()
    found = []
    for task, formula, seconds in zip(table, made, compile_seconds, strict=True):
        found.append(
            _compare_one(
                task,
                formula,
                seconds,
                chosen,
                wilsons[case(task)],
                par,
                1 + converged_count,
            )
        )
        last = found[-1]
        took = last.their_seconds * len(chosen)
        sizes = (last.sm_deviation, last.deviation, last.converged_deviation)
        say(f"{task.label:44s} {' '.join(f'{size:9.1e}' for size in sizes)} {took:7.1f} s")
    return found, absent, left


def _compare_one(
    task: Task,
    formula: Formula,
    compile_seconds: float,
    chosen: Sequence[Point],
    wilsons: tuple[Sequence[object], Sequence[object]],
    par: Mapping[str, float],
    converged_count: int,
) -> Comparison:
    start = time.perf_counter()
    ours = by_nutau(formula, chosen, task.adjustment.without)
    middle = time.perf_counter()
    theirs = by_flavio(task, par, wilsons)
    end = time.perf_counter()
    with converged():
        exact = by_flavio(task, par, tuple(part[:converged_count] for part in wilsons))
    before = float(by_flavio(task, par, tuple(part[:1] for part in wilsons), adjusted=False)[0])
    times = (compile_seconds, (middle - start) / len(chosen), (end - middle) / len(chosen))
    return Comparison(task, ours, theirs, exact, *times, before / ours[0] if ours[0] else np.nan)


@contextmanager
def converged() -> Iterator[None]:
    """Within it, flavio's integrals are taken with :data:`NODES` nodes, smooth at both edges."""
    own = flavio.math.integrate.nintegrate
    flavio.math.integrate.nintegrate = _integral
    try:
        yield
    finally:
        flavio.math.integrate.nintegrate = own


def _integral(function, low, high, epsrel=None, **options) -> float:
    x, w = np.polynomial.legendre.leggauss(NODES)
    theta, w = 0.25 * np.pi * (x + 1.0), 0.25 * np.pi * w
    q2, w = low + (high - low) * np.sin(theta) ** 2, w * (high - low) * np.sin(2.0 * theta)
    return float(sum(weight * function(s) for s, weight in zip(q2, w, strict=True)))
