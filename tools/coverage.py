"""How often intervals hold the truth: toys of today's data, of a boundary, and of limits as experiments publish them.

    python tools/coverage.py --toys 4000 --fits 300 --write

An interval of a parameter holds every value whose -2 log L, the other parameters minimised, is within 1 (68.3 %) or
3.84 (95 %) of the best; a region of two parameters within 2.30 or 5.99. A toy draws the data about the predictions at
the truth with the errors of experiment and theory together, so that theory is wrong as often as it says. Coverage is
the fraction of toys that hold the truth, with its binomial error.

A toy of a limit is the chain that is really used (:mod:`published`). The truths of today's data are points that these
allow: every minimum of the fit within 4 of the best, and those one error of δ to either side of it with the same rate
of b → sνν. For thousands of toys the likelihood is that of the fast mode (a theory covariance at each point), on points
about the truth that are a tenth of an error apart; likelihood tables are their Gaussian approximations, and limits
without a measured centre are held. ``--fits N`` does N toys of two truths with nutau's own fit instead: full mode,
nuisances, MINUIT from many starts, Minos or traced intervals.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import chi2 as distribution

import published
from nutau.inference.fit.intervals import intervals
from nutau.inference.fit.scales import sizes
from nutau.inference.fit.search import minima
from nutau.inference.likelihood import Likelihood, likelihood, parametrisation, use_double_precision
from nutau.measurements import DataSet, approximate, load_dataset

LEVELS = (0.6827, 0.95)
HEIGHTS = distribution.ppf(LEVELS, 1)
CHUNK = 100
"""Toys at once."""
FINE = 10.0
"""Points per standard deviation."""
FAR = 7.0
"""Points whose predictions are farther than this many standard deviations from the truth are left out."""
FITTED = 2
"""So many truths, the first ones, are done with full fits as well."""
CLOSE = 4.0
"""A minimum of the fit that is no further above the best is a truth that the data allow."""
PAGE = Path(__file__).parent.parent / "docs" / "physics" / "likelihood.md"


@dataclass(frozen=True)
class Model:
    """Gaussian data, and the points at which its likelihood is looked at.

    ``values`` ``(points, rows)`` and ``covariances`` ``(points, rows, rows)``; ``sets`` are the points at which a
    parameter, or all of them, have their true values; ``truth`` is the point itself. ``held`` are the rows that no toy
    changes, limits, and their values.
    """

    values: np.ndarray
    covariances: np.ndarray
    sets: Mapping[str, np.ndarray]
    truth: int
    held: tuple[np.ndarray, np.ndarray] = (np.zeros(0, dtype=int), np.zeros(0))

    def chi2(self, data: np.ndarray) -> np.ndarray:
        """For data ``(toys, rows)``, ``(toys, points)``: products of matrices only."""
        inverse, pulled, own = self._precision
        squares = (data[:, :, None] * data[:, None, :]).reshape(len(data), -1) @ inverse.T
        return squares - 2.0 * data @ pulled.T + own[None, :]

    @cached_property
    def _precision(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        inverse = np.linalg.inv(self.covariances)
        pulled = np.einsum("pij,pj->pi", inverse, self.values)
        return inverse.reshape(len(inverse), -1), pulled, np.einsum("pi,pi->p", pulled, self.values)


def one(
    truth: float, low: float, high: float, value: Callable[[np.ndarray], np.ndarray], points: int = 4001
) -> Model:
    """A parameter between ``low`` and ``high`` whose ``value`` is measured with an error of 1."""
    grid = np.append(np.linspace(low, high, points), truth)
    return Model(value(grid)[:, None], np.ones((len(grid), 1, 1)), {"x": np.array([points])}, points)


def today(made: Likelihood, truth: tuple[float, float]) -> Model:
    """Today's data: points in δ and in the amplitude of b → sνν, w = (κ - 1)δ, on which errors are even."""
    delta, kappa = truth
    start = np.array([truth])
    center, covariance = _described(made, start)
    whiten = np.linalg.inv(np.linalg.cholesky(covariance[0]))

    def pulls(points: np.ndarray) -> np.ndarray:
        return (_values(made, points) - center[0]) @ whiten.T

    wide = np.linspace(-0.2, 0.2, 8001)
    slope = (
        float(np.linalg.norm(pulls(np.array([[delta + 1e-4, 1.0 + (kappa - 1.0) * delta / (delta + 1e-4)]]))))
        / 1e-4
    )
    deltas = _even(delta + wide, np.abs(wide) * slope)
    ws = _even(wide, _path(pulls(_points(np.full_like(wide, delta or 1e-3), wide))))
    mesh = _points(*(part.ravel() for part in np.meshgrid(deltas[deltas != 0], ws, indexing="ij")))
    on_delta = _points(np.full_like(wide, delta), wide) if delta else np.stack([0 * wide, 50 * wide], axis=-1)
    on_kappa = np.stack([delta + wide, np.full_like(wide, kappa)], axis=-1)
    parts = [_near(part, pulls) for part in (mesh, on_delta, on_kappa)]
    values, covariances = _described(made, np.concatenate([*parts, start]))
    ends = np.cumsum([len(part) for part in parts])
    last = np.array([ends[-1]])
    sets = {
        "δ": np.append(np.arange(ends[0], ends[1]), last),
        "κ": np.append(np.arange(ends[1], ends[2]), last),
    }
    limits = np.flatnonzero(~made.experiment.measured)
    return Model(
        values,
        covariances,
        {**sets, "both": last},
        int(last[0]),
        (limits, made.experiment.central[limits]),
    )


def _points(delta: np.ndarray, w: np.ndarray) -> np.ndarray:
    """(δ, κ) of δ, not zero, and w."""
    return np.stack([delta, 1.0 + w / delta], axis=-1)


def _near(points: np.ndarray, pulls: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The points that matter, within the range of κ."""
    points = points[np.abs(points[:, 1]) <= 10.0]
    return points[np.linalg.norm(pulls(points), axis=-1) < FAR]


def _path(pulls: np.ndarray) -> np.ndarray:
    """Standard deviations along a line of points, from its beginning."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(pulls, axis=0), axis=-1))])


def _even(axis: np.ndarray, path: np.ndarray) -> np.ndarray:
    """The points of an axis, :data:`FINE` a standard deviation."""
    steps = np.floor(FINE * path)
    return axis[np.concatenate([[True], np.diff(steps) != 0])]


def _values(made: Likelihood, points: np.ndarray) -> np.ndarray:
    """Predictions of the measured numbers ``(points, rows)``."""
    return np.asarray(made.theory_model(made.parametrisation.to_linear(points)))[:, made.experiment.rows]


def _described(made: Likelihood, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Predictions of the measured numbers, and the covariance of experiment and theory there."""
    experiment = made.experiment
    width = (experiment.plus + experiment.minus) / 2.0
    measured = np.linalg.inv(experiment.precision) * np.outer(width, width)
    values, theory = made.theory_model.covariance(made.parametrisation.to_linear(points))
    rows = experiment.rows
    return values[:, rows], measured + theory[:, rows][:, :, rows]


def tests(model: Model, toys: int, seed: int) -> dict[str, np.ndarray]:
    """-2 log L at the true values minus the best, for each parameter with the others minimised and for all."""
    found: dict[str, list[np.ndarray]] = {name: [] for name in model.sets}
    for data in _data(model, toys, seed):
        chi2 = model.chi2(data)
        best = chi2.min(axis=1)
        for name, where in model.sets.items():
            found[name].append(chi2[:, where].min(axis=1) - best)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _data(model: Model, toys: int, seed: int) -> Iterator[np.ndarray]:
    """Data about the truth; experimental noise and theory together have the covariance there."""
    stream = np.random.default_rng(seed)
    root = np.linalg.cholesky(model.covariances[model.truth])
    for start in range(0, toys, CHUNK):
        noise = stream.standard_normal((min(CHUNK, toys - start), root.shape[0]))
        data = model.values[model.truth] + noise @ root.T
        data[:, model.held[0]] = model.held[1]
        yield data


def gaussian(data: DataSet) -> DataSet:
    """The data set with the Gaussian approximation of its likelihood tables, so that toys can be drawn."""
    entries = [
        replace(entry, distribution=approximate(entry)) if entry.gaussian is None else entry
        for entry in data.measurements
    ]
    return replace(data, measurements=tuple(entries))


class Toy(Likelihood):
    """A likelihood with data of its own; what is compiled is shared by all toys of a truth."""

    shared: Callable[[Any, Any], Any]

    @cached_property
    def value_and_gradient(self) -> Callable[[Any], tuple[Any, Any]]:
        """Compiled once, for any data."""
        return lambda p: self.shared(p, self.experiment.central)


def fits(made: Likelihood, truth: tuple[float, float], toys: int, seed: int) -> dict[str, np.ndarray]:
    """Which of the library's own intervals hold the truth, ``(toys, levels)`` for each parameter."""
    import jax

    def chi2(p: Any, central: Any) -> Any:
        return replace(made, experiment=replace(made.experiment, central=central))(p)

    shared = jax.jit(jax.value_and_grad(chi2))
    size = sizes(made)
    values, covariance = _described(made, np.array([truth]))
    root = np.linalg.cholesky(covariance[0])
    stream = np.random.default_rng(seed)
    held: dict[str, list[list[bool]]] = {name: [] for name in made.parametrisation.names}
    for _ in range(toys):
        drawn = values[0] + root @ stream.standard_normal(len(root))
        central = np.where(made.experiment.measured, drawn, made.experiment.central)
        experiment = replace(made.experiment, central=central)
        toy = Toy(made.parametrisation, made.theory_model, experiment, made.mode, made.data, made.inputs)
        toy.__dict__["shared"] = shared
        for name, at, part in zip(held, truth, intervals(toy, minima(toy, size), size), strict=True):
            held[name].append([any(_holds(piece, at) for piece in pieces) for pieces in part.pieces.values()])
    return {name: np.array(rows) for name, rows in held.items()}


def _holds(piece: tuple[float | None, float | None], value: float) -> bool:
    low, high = piece
    return (low is None or low <= value) and (high is None or value <= high)


def row(title: str, name: str, held: np.ndarray) -> str:
    """A line of the table from ``(toys, levels)``."""
    cells = []
    for column in held.T:
        part = float(np.mean(column))
        error = np.sqrt(max(part * (1 - part), 1e-9) / len(column))
        cells.append(f"{100 * part:.1f} ± {100 * error:.1f}")
    return f"| {title} | {name} | {' | '.join(cells)} |"


def report(title: str, model: Model, toys: int, seed: int) -> Iterator[str]:
    """A line for each parameter."""
    for name, rises in tests(model, toys, seed).items():
        heights = distribution.ppf(LEVELS, 2 if name == "both" else 1)
        yield row(title, name, rises[:, None] < heights)


def lines(toys: int, seed: int, full: int) -> Iterator[str]:
    """The tables of the page."""
    head = "| truth | interval of | 68.3 % | 95 % |\n|---|---|---|---|"
    yield f"{toys} toys each; coverage in %, with its binomial error.\n\n{head}"
    seeds = count(1000 * seed)  # other toys for every truth
    for title, model in cases():
        yield from report(title, model, toys, next(seeds))
    for title, rate, known in published.cases():
        yield row(title, "r", published.rises(rate, known, toys, next(seeds))[:, None] < HEIGHTS)
    made = likelihood(gaussian(load_dataset("2026-core")), parametrisation(["delta", "kappa"]))
    allowed = truths(made)
    for truth in (*allowed, (0.0, 1.0)):
        yield from report(_title(truth), today(made, truth), toys, next(seeds))
    for truth in allowed[:FITTED] if full else ():
        for name, held in fits(made, truth, full, next(seeds)).items():
            yield row(f"{_title(truth)}, {full} full fits", {"delta": "δ", "kappa": "κ"}[name], held)


def truths(made: Likelihood) -> list[tuple[float, float]]:
    """Points that the data allow: minima near the best, and one error of δ beside each at the same rate of b → sνν."""
    found = minima(made, sizes(made))
    near = [minimum for minimum in found if minimum.chi2 - found[0].chi2 < CLOSE]
    points = [_rounded(*minimum.values) for minimum in near]
    for minimum in near:
        delta, kappa = map(float, minimum.values)
        for shifted in (delta - minimum.errors[0], delta + minimum.errors[0]):
            points.append(_rounded(shifted, 1.0 + (kappa - 1.0) * delta / shifted))
    return points


def _rounded(delta: float, kappa: float) -> tuple[float, float]:
    """As the table prints it, so that the table is about the points that it names."""
    return round(float(delta), 3), round(float(kappa), 2)


def _title(truth: tuple[float, float]) -> str:
    return (
        f"today's data, δ = {truth[0]:g}, κ = {truth[1]:g}"
        if truth[0]
        else "the SM, δ = 0 (not allowed today)"
    )


def cases() -> Iterator[tuple[str, Model]]:
    """One number, a boundary, a rate that is a square."""
    yield "a number measured with error 1", one(0.0, -8.0, 8.0, lambda x: x)
    for truth in (0.0, 0.5, 1.0, 2.0):
        yield (
            f"the same, known to be positive, {truth:g} from the boundary",
            one(truth, 0.0, 8.0, lambda x: x),
        )
    for truth in (0.0, 0.5, 1.0, 2.0):
        yield f"a rate x² measured with error 1, x = {truth:g}", one(truth, -4.0, 4.0, lambda x: x * x)


def main(arguments: Any = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--toys", type=int, default=4000)
    parser.add_argument("--fits", type=int, default=0, help="toys with full fits, of two truths")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    options = parser.parse_args(arguments)
    use_double_precision()
    found = []
    for line in lines(options.toys, options.seed, options.fits):
        print(line, flush=True)
        found.append(line)
    if options.write:
        before, mark, rest = PAGE.read_text(encoding="utf-8").partition("<!-- table -->\n")
        _, end, after = rest.partition("<!-- end -->")
        PAGE.write_text(before + mark + "\n".join(found) + "\n" + end + after, encoding="utf-8")


if __name__ == "__main__":
    main()
