"""Intervals of κ by toys once more, by other means than `nutau fit --method fc`: an independent check.

    python tools/feldman_cousins.py --toys 1000

-2 log L of every toy is computed on a fixed, fine grid in (δ, κ), with the covariance of experiment and theory at each
point inverted once; δ is minimised by a parabola through the three lowest points, κ is not interpolated. Nothing goes
downhill and nothing is shared with :mod:`nutau.inference.toys` or :mod:`nutau.inference.fit` but the predictions, the
measured numbers and which of them have a centre. Widths are those of symmetric uncertainties.
"""

from __future__ import annotations

import argparse

import numpy as np

import nutau
from nutau.common.arrays import Array
from nutau.inference.likelihood import Likelihood
from nutau.inference.toys import fluctuates

LEVELS = (0.6827, 0.95)
KAPPA = np.unique(np.round(np.concatenate([np.linspace(-10, 10, 81), np.linspace(-1, 5, 181)]), 9))
DELTA = np.unique(np.round(np.concatenate([np.linspace(-0.2, 0.2, 161), np.linspace(-0.02, 0.02, 81)]), 9))
HIGHEST = 7.0
"""κ is looked at where the observed -2 log L is no further above the best."""
CHUNK = 100


class Grid:
    """-2 log L of sets of data at all points of the grid, as a polynomial of second degree in the data."""

    def __init__(self, found: Likelihood) -> None:
        points = np.stack(np.meshgrid(KAPPA, DELTA, indexing="ij"), axis=-1).reshape(-1, 2)[:, ::-1]
        experiment = found.experiment
        values, theory = found.theory_model.covariance(found.parametrisation.to_linear(points))
        self.rows = experiment.rows
        self.sigma = 0.5 * (experiment.plus + experiment.minus)
        self.correlation = np.linalg.inv(experiment.precision)
        covariance = (
            self.correlation * np.outer(self.sigma, self.sigma) + theory[:, self.rows][:, :, self.rows]
        )
        weight, mean = np.linalg.inv(covariance), values[:, self.rows]
        self.pairs = np.triu_indices(len(self.rows))
        self.linear = np.einsum("gab,gb->ga", weight, mean)
        self.constant = np.einsum("ga,ga->g", self.linear, mean) + _tables(found, values)
        double = np.where(self.pairs[0] == self.pairs[1], 1.0, 2.0)
        self.square = double * weight[:, self.pairs[0], self.pairs[1]]

    def chi2(self, data: Array) -> Array:
        """``(κ, δ, sets)`` of data ``(sets, rows)``."""
        first, second = self.pairs
        both = (data[:, first] * data[:, second]).T
        found = self.constant[:, None] - 2.0 * self.linear @ data.T + self.square @ both
        return found.reshape(len(KAPPA), len(DELTA), -1)

    def profile(self, data: Array) -> Array:
        """δ minimised: ``(κ, sets)``."""
        chunks = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
        return np.concatenate([_lowest(self.chi2(part)) for part in chunks], axis=1)


def _lowest(heights: Array) -> Array:
    """The vertex of the parabola through the lowest point and its neighbours."""
    at = np.clip(heights.argmin(axis=1), 1, len(DELTA) - 2)[:, None, :]
    before, lowest, after = (np.take_along_axis(heights, at + step, 1)[:, 0] for step in (-1, 0, 1))
    left, right = (DELTA[at + 1 - step] - DELTA[at - step] for step in (1, 0))
    left, right = left[:, 0], right[:, 0]
    bend = ((after - lowest) / right - (lowest - before) / left) / (left + right)
    slope = (lowest - before) / left + bend * left
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bend > 0, np.minimum(lowest, lowest - slope**2 / (4.0 * bend)), lowest)


def _tables(found: Likelihood, values: Array) -> Array:
    """-2 log L of likelihood tables of one observable."""
    total = np.zeros(len(values))
    for table, (place,) in found.experiment.tables:
        total += np.interp(values[:, place], table.axes[0], table.values)
    return total


def main() -> None:
    """Print the quantiles of the toys at each κ, and the ends of the intervals."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--toys", type=int, default=1000)
    parser.add_argument("--data", default="2026")
    parser.add_argument("--seed", type=int, default=77)
    given = parser.parse_args()
    found = nutau.likelihood("delta,kappa", given.data)
    grid, observed = Grid(found), found.experiment.central
    rise = grid.profile(observed[None])[:, 0]
    rise -= rise.min()
    plane = grid.chi2(observed[None])[..., 0]
    random = np.random.default_rng(given.seed)
    nuisances = random.standard_normal((given.toys, found.nuisances))
    root = np.linalg.cholesky(grid.correlation)
    noise = random.standard_normal((given.toys, len(observed))) @ root.T * grid.sigma
    moves, rows = fluctuates(found.experiment), []
    for place in np.flatnonzero(rise < HIGHEST):
        truth = np.array([DELTA[plane[place].argmin()], KAPPA[place]])
        predicted = np.asarray(found.theory(truth)(nuisances))[:, grid.rows]
        heights = grid.profile(np.where(moves, predicted + noise, observed))
        quantiles = np.quantile(heights[place] - heights.min(axis=0), LEVELS)
        rows.append((KAPPA[place], rise[place], *quantiles))
        print("  ".join(f"{value:8.3f}" for value in rows[-1]), flush=True)
    table = np.array(rows)
    for column, level in enumerate(LEVELS, 2):
        above = table[:, 1] - table[:, column]
        ends = [
            float(np.interp(0.0, *_sorted(above[at : at + 2], table[at : at + 2, 0])))
            for at in np.flatnonzero(np.diff(np.sign(above)))
        ]
        print(f"{100 * level:g} %: ends at", ", ".join(f"{end:.3f}" for end in ends))


def _sorted(heights: Array, values: Array) -> tuple[Array, Array]:
    order = np.argsort(heights)
    return heights[order], values[order]


if __name__ == "__main__":
    main()
