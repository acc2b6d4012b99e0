r"""Regions of highest posterior density of one parameter: their pieces, the share of each, and how well ends are known.

The density is that of Gaussian kernels (:mod:`nutau.common.density`); its height is chosen so that the wanted fraction
of the *draws* lies above it (Hyndman, Am. Stat. 50 (1996) 120), so that the width of the kernels does not widen the
region. A central interval of a posterior with two modes has its ends and its median where there is little probability;
these pieces do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.density import density
from nutau.common.given import stream

REPEATS = 60
"""Bootstrap samples for the errors of the ends."""
SLIGHT = 0.002
"""A piece with a smaller part of all draws is the kernels' own: a few draws in a tail."""


@dataclass(frozen=True)
class Piece:
    """One piece of a region: its ends, their Monte-Carlo errors, and its share of the draws in the region."""

    low: float
    high: float
    low_error: float
    high_error: float
    share: float

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "low": self.low,
            "high": self.high,
            "monte_carlo_errors": [
                error if np.isfinite(error) else None for error in (self.low_error, self.high_error)
            ],
            "share": self.share,
        }

    def __str__(self) -> str:
        return f"[{rounded(self.low, self.low_error)}, {rounded(self.high, self.high_error)}]"


def pieces(
    draws: Array, level: float, support: tuple[float, float], effective: float, *, seed: int = 1
) -> tuple[Piece, ...]:
    """The region of highest density that holds ``level`` of the draws ``(...)``, from low to high.

    ``effective`` is what the draws are worth in independent ones, ``support`` the range outside which the density is
    zero. The errors are those of as many bootstrap samples of that size as :data:`REPEATS`.
    """
    values = np.ravel(np.asarray(draws, dtype=float))
    frame = _frame(values, support)
    found = _region(values, level, frame, effective)
    random, count = stream(seed), max(int(min(effective, len(values))), 2)
    repeats = [
        _region(random.choice(values, count), level, frame, count)
        for _ in range(REPEATS if count > 20 else 0)
    ]
    return tuple(
        Piece(
            low, high, _error(low, repeats, 0), _error(high, repeats, 1), _share(values, found, (low, high))
        )
        for low, high in found
    )


def _frame(values: Array, support: tuple[float, float]) -> tuple[float, float]:
    """Where the density is looked for: all draws with a margin, within the support."""
    low, high = float(values.min()), float(values.max())
    margin = 0.05 * (high - low) or max(abs(low), 1.0) * 1e-6
    return max(low - margin, support[0]), min(high + margin, support[1])


def _region(
    values: Array, level: float, frame: tuple[float, float], effective: float
) -> list[tuple[float, float]]:
    """Intervals of the density above the height that holds ``level`` of the draws."""
    inner = np.quantile(values, (0.0005, 0.9995)) if len(values) > 2000 else (values.min(), values.max())
    wide = inner[1] - inner[0] or frame[1] - frame[0]  # a few draws far out do not make the grid coarse
    limits = (max(frame[0], inner[0] - 0.5 * wide), min(frame[1], inner[1] + 0.5 * wide))
    (nodes,), height = density([values], [limits], effective)
    half = 0.5 * (nodes[1] - nodes[0])
    at = np.interp(values, nodes, height, left=0.0, right=0.0)
    cut = float(np.quantile(at, 1.0 - level))
    above = np.concatenate([[False], height > cut, [False]])
    edges = np.flatnonzero(above[1:] != above[:-1])
    found = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        low = nodes[0] - half if first == 0 else _crossing(nodes, height, first - 1, cut)
        high = nodes[-1] + half if last == len(nodes) else _crossing(nodes, height, last - 1, cut)
        if np.mean((values >= low) & (values <= high)) > SLIGHT:
            found.append((float(low), float(high)))
    return found


def _crossing(nodes: Array, height: Array, left: int, cut: float) -> float:
    """Where the density, straight between two nodes, is at ``cut``."""
    step = height[left + 1] - height[left]
    return float(nodes[left] + (nodes[left + 1] - nodes[left]) * (cut - height[left]) / step)


def _share(values: Array, region: Sequence[tuple[float, float]], piece: tuple[float, float]) -> float:
    inside = [float(np.mean((values >= low) & (values <= high))) for low, high in region]
    return inside[list(region).index(piece)] / sum(inside)


def _error(end: float, repeats: Sequence[Sequence[tuple[float, float]]], side: int) -> float:
    """The scatter of the ends nearest to this one."""
    near = [min((part[side] for part in region), key=lambda x: abs(x - end)) for region in repeats if region]
    return float(np.sqrt(np.mean((np.array(near) - end) ** 2))) if near else np.inf


def rounded(value: float, error: float) -> str:
    """A number in the steps that its Monte-Carlo error allows: 1, 2 or 5 of a decimal place, at least two errors.

    At most four digits.
    """
    if not np.isfinite(error) or (value == 0.0 and error == 0.0):
        return f"{value:.1g}"
    most = 10.0 ** (np.floor(np.log10(max(abs(value), error, 1e-300))) - 3)
    step = _step(max(2.0 * error, most))
    near = step * round(value / step) + 0.0
    digit = int(np.floor(np.log10(step) + 1e-9))
    if -5 <= digit <= 4:
        return f"{near:.{max(-digit, 0)}f}"
    return f"{near:.{max(int(np.floor(np.log10(max(abs(near), step)))) - digit, 0)}e}"


def _step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below ``least``."""
    power = 10.0 ** np.floor(np.log10(least) + 1e-9)
    return float(
        next(power * times for times in (1.0, 2.0, 5.0, 10.0) if power * times >= least * (1 - 1e-9))
    )
