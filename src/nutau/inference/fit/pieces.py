r"""Regions of highest posterior density of one parameter: their pieces, the share of each, and how well ends are known.

The density is that of Gaussian kernels (:mod:`nutau.common.density`); its height is chosen so that the wanted fraction
of the *draws* lies above it (Hyndman, Am. Stat. 50 (1996) 120), so that the width of the kernels does not widen the
region. A central interval of a posterior with two modes has its ends and its median where there is little probability;
these pieces do not. Gaps and pieces that the noise of the draws could make are not told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.density import density
from nutau.common.given import stream

REPEATS = 40
"""Bootstrap samples for the errors of the ends."""
NARROW = 2.0
"""Kernels are narrower than the best ones for a density by this: sharp edges count here, and noise is told apart."""
STEPS = 12
"""Halvings of the height at which a region is cut: to 2e-4 of the part that it leaves out."""
FEW = 7.0
"""Where the height at the cut would give as many draws, and there is none, the density is zero."""
CLEAR = 3.0
"""A gap or a piece is one if its draws differ by as many standard errors from what the height at the cut would give."""


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
    (nodes,), height = density([values], [limits], effective * NARROW**5)
    ordered, at = np.sort(values), np.sort(np.interp(values, nodes, height, left=0.0, right=0.0))
    low, high = 0.0, min(2.0 * (1.0 - level), 1.0)
    for _ in range(STEPS):  # what is joined or left out moves the part that the region holds: so does the cut
        part = 0.5 * (low + high)
        cut = float(np.quantile(at, part))
        found = _told_apart(_above(nodes, height, cut, limits), ordered, cut, effective)
        low, high = (part, high) if _mass(ordered, found) >= level else (low, part)
    return [_without_margin(piece, ordered, cut * effective) for piece in found]


def _without_margin(piece: tuple[float, float], ordered: Array, rate: float) -> tuple[float, float]:
    """The piece up to its first and last draw, if kernels have carried it far beyond: a sharp edge stays sharp."""
    inside = ordered[slice(*np.searchsorted(ordered, piece))]
    low, high = (float(inside[0]), float(inside[-1])) if len(inside) else piece
    return (
        low if (low - piece[0]) * rate > FEW else piece[0],
        high if (piece[1] - high) * rate > FEW else piece[1],
    )


def _above(nodes: Array, height: Array, cut: float, limits: tuple[float, float]) -> list[tuple[float, float]]:
    """Where the density is above the cut, from low to high."""
    above = np.concatenate([[False], height > cut, [False]])
    edges = np.flatnonzero(above[1:] != above[:-1])
    return [
        (
            limits[0] if first == 0 else _crossing(nodes, height, first - 1, cut),
            limits[1] if last == len(nodes) else _crossing(nodes, height, last - 1, cut),
        )
        for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]


def _mass(ordered: Array, region: Sequence[tuple[float, float]]) -> float:
    """The part of sorted draws in the region."""
    ends = np.searchsorted(ordered, np.array(region))
    return float(np.diff(ends, axis=1).sum() / len(ordered))


def _told_apart(
    found: list[tuple[float, float]], ordered: Array, cut: float, effective: float
) -> list[tuple[float, float]]:
    """The same without gaps and pieces that are within the noise of the draws."""

    def clear(low: float, high: float) -> bool:
        inside = np.diff(np.searchsorted(ordered, (low, high)))[0] / len(ordered) * effective
        level = cut * (high - low) * effective
        return bool(abs(inside - level) > CLEAR * np.sqrt(max(level, 1.0)))

    joined: list[tuple[float, float]] = []
    for low, high in found:
        if joined and not clear(joined[-1][1], low):
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    kept = [piece for piece in joined if clear(*piece)]
    return kept or [(joined[0][0], joined[-1][1])]


def _crossing(nodes: Array, height: Array, left: int, cut: float) -> float:
    """Where the density, straight between two nodes, is at ``cut``."""
    step = height[left + 1] - height[left]
    return float(nodes[left] + (nodes[left + 1] - nodes[left]) * (cut - height[left]) / step)


def _share(values: Array, region: Sequence[tuple[float, float]], piece: tuple[float, float]) -> float:
    inside = [float(np.mean((values >= low) & (values <= high))) for low, high in region]
    return inside[list(region).index(piece)] / sum(inside)


def _error(end: float, repeats: Sequence[Sequence[tuple[float, float]]], side: int) -> float:
    """How far 68 % of the ends nearest to this one are from it, at most."""
    near = [min((part[side] for part in region), key=lambda x: abs(x - end)) for region in repeats if region]
    return float(np.quantile(np.abs(np.array(near) - end), 0.6827)) if near else np.inf


def rounded(value: float, error: float) -> str:
    """A number in the steps that its Monte-Carlo error allows: 1, 2 or 5 of a decimal place, at least two errors.

    At most four digits.
    """
    if not np.isfinite(error):
        return f"{value:.1g}"
    if error <= 1e-9 * abs(value):  # an end of the prior
        return f"{value:.4g}"
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
