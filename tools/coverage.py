"""How often intervals hold the truth: toys of today's likelihood, of a boundary and of limits.

    python tools/coverage.py --toys 4000

An interval of a parameter holds every value whose -2 log L, the other parameters minimised, is within 1 (68.3 %) or
3.84 (95 %) of the best; a region of two parameters within 2.30 or 5.99. A toy draws the data about the predictions at
the truth with the errors of experiment and theory together, so that theory is wrong as often as it says. Coverage is
the fraction of toys that hold the truth, with its binomial error.

The likelihood is the fast mode's (a theory covariance at each point), evaluated for all toys on a grid; limits enter as
the Gaussians that stand for them, likelihood tables as their Gaussian approximation.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import chi2 as distribution

from nutau.likelihood import Likelihood, likelihood, parametrisation
from nutau.measurements.likelihoods import approximate

LEVELS = (0.6827, 0.95)
CHUNK = 200
"""Toys at once."""


@dataclass(frozen=True)
class Model:
    """Gaussian data on a grid of parameters.

    ``grid`` has one axis a parameter; ``values`` ``(points, rows)`` and ``covariances`` ``(points, rows, rows)`` belong
    to its points in order.
    """

    grid: tuple[np.ndarray, ...]
    values: np.ndarray
    covariances: np.ndarray

    def chi2(self, data: np.ndarray) -> np.ndarray:
        """For data ``(toys, rows)``, ``(toys, points)``: products of matrices only."""
        inverse = np.linalg.inv(self.covariances)
        pulled = np.einsum("pij,pj->pi", inverse, self.values)
        own = np.einsum("pi,pi->p", pulled, self.values)
        squares = (data[:, :, None] * data[:, None, :]).reshape(len(data), -1) @ inverse.reshape(
            len(inverse), -1
        ).T
        return squares - 2.0 * data @ pulled.T + own[None, :]


def line(truth: float, curvature: float, error: float, points: int = 4001) -> tuple[Model, np.ndarray]:
    """One number, a parabola x + ``curvature`` x², measured with ``error``; and the index of the truth."""
    grid = np.linspace(truth - 8.0, truth + 8.0, points)
    values = (grid + curvature * grid**2)[:, None]
    return Model((grid,), values, np.full((points, 1, 1), error**2)), np.array([points // 2])


def rate(truth: float, error: float, points: int = 4001) -> tuple[Model, np.ndarray]:
    """A rate proportional to x², measured with ``error`` and compatible with zero: a limit on x."""
    grid = np.linspace(truth - 6.0, truth + 6.0, points)
    return Model((grid,), grid[:, None] ** 2, np.full((points, 1, 1), error**2)), np.array([points // 2])


def today(made: Likelihood, truth: tuple[float, float], side: int = 121) -> tuple[Model, np.ndarray]:
    """(δ, κ) of today's data, on a grid with the truth on it."""
    delta, kappa = (np.linspace(t - w, t + w, side) for t, w in zip(truth, (0.14, 9.0), strict=True))
    points = np.stack(np.meshgrid(delta, kappa, indexing="ij"), axis=-1).reshape(-1, 2)
    values, theory = made.surface.covariance(made.parametrisation.outer(points))
    entries = [(entry, approximate(entry)) for entry in made.experiment.measurements]
    rows = [
        made.experiment.observables.index(entry.observables[int(i)]) for entry, g in entries for i in g.index
    ]
    experimental = np.zeros((len(rows), len(rows)))
    start = 0
    for _, gaussian in entries:
        block = slice(start, start + len(gaussian.central))
        experimental[block, block] = gaussian.covariance
        start = block.stop
    covariances = experimental + theory[:, rows][:, :, rows]
    middle = (side // 2) * side + side // 2
    return Model((delta, kappa), values[:, rows], covariances), np.array([middle])


def tests(model: Model, truth: int, toys: int, seed: int) -> dict[str, np.ndarray]:
    """-2 log L at the truth minus the best, for each parameter with the others minimised and for all together."""
    names = ("x",) if len(model.grid) == 1 else ("delta", "kappa")
    shape = tuple(len(axis) for axis in model.grid)
    place = np.unravel_index(truth, shape)
    found: dict[str, list[np.ndarray]] = {
        name: [] for name in (*names, *(("both",) if len(names) > 1 else ()))
    }
    for data in _data(model, truth, toys, seed):
        chi2 = model.chi2(data).reshape(-1, *shape)
        best = chi2.reshape(len(data), -1).min(axis=1)
        for axis, name in enumerate(names):
            profile = np.moveaxis(chi2, 1 + axis, 1)[:, place[axis]].reshape(len(data), -1).min(axis=1)
            found[name].append(profile - best)
        if len(names) > 1:
            found["both"].append(chi2[(slice(None), *place)] - best)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _data(model: Model, truth: int, toys: int, seed: int) -> Iterator[np.ndarray]:
    """Data about the truth; experimental noise and theory together have the covariance there."""
    stream = np.random.default_rng(seed)
    root = np.linalg.cholesky(model.covariances[truth])
    for start in range(0, toys, CHUNK):
        noise = stream.standard_normal((min(CHUNK, toys - start), root.shape[0]))
        yield model.values[truth] + noise @ root.T


def report(title: str, model: Model, truth: np.ndarray, toys: int, seed: int) -> None:
    """A line for each parameter."""
    for name, rises in tests(model, int(truth[0]), toys, seed).items():
        dof = 2 if name == "both" else 1
        cells = []
        for level in LEVELS:
            held = float(np.mean(rises < distribution.ppf(level, dof)))
            cells.append(f"{100 * held:5.1f} ± {100 * np.sqrt(max(held * (1 - held), 1e-9) / toys):.1f}")
        print(f"| {title} | {name} | {cells[0]} | {cells[1]} |", flush=True)


def main(arguments: Any = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--toys", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    toys, seed = options.toys, options.seed
    print(
        f"{toys} toys each, seed {seed}; coverage in %.\n\n| truth | interval of | 68.3 % | 95 % |\n|---|---|---|---|"
    )
    report("a straight line", *line(0.0, 0.0, 1.0), toys, seed)
    for truth in (-0.5, -0.25, 0.0, 1.0):
        report(f"x + x², smallest at -0.5, x = {truth:g}", *line(truth, 1.0, 0.25), toys, seed)
    for truth in (0.0, 0.5, 1.0, 2.0):
        report(f"limit on a rate x² ± 1, x = {truth:g}", *rate(truth, 1.0), toys, seed)
    made = likelihood("2026-core", parametrisation(["delta", "kappa"]))
    for truth in ((0.06, 0.75), (0.06, 1.0), (0.06, 0.0), (0.02, 1.0), (0.0, 1.0)):
        report(f"today's data, δ = {truth[0]:g}, κ = {truth[1]:g}", *today(made, truth), toys, seed)


if __name__ == "__main__":
    main()
