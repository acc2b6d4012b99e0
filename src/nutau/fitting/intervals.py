r"""Confidence intervals by profiling (Minos): unions of pieces where there are several minima."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from nutau.arrays import Array
from nutau.fitting.search import Minimum, Objective, minuit
from nutau.likelihood import Likelihood, double_precision


@dataclass(frozen=True)
class Interval:
    """A best value with distances down and up at 68.3 %; ``None`` where the profile does not rise enough.

    ``pieces`` maps confidence levels to intervals ``[low, high]``, one for each separate region; an end is ``None``
    where the region is open.
    """

    value: float
    minus: float | None
    plus: float | None
    error: float
    pieces: dict[str, tuple[tuple[float | None, float | None], ...]]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        pieces = {level: [list(piece) for piece in found] for level, found in self.pieces.items()}
        return {
            "value": self.value,
            "minus": self.minus,
            "plus": self.plus,
            "hesse": self.error,
            "intervals": pieces,
        }


def rise(level: float, dof: int) -> float:
    """Δ(-2 log L) of a confidence level: the quantile of χ² with ``dof`` degrees of freedom."""
    from scipy.stats import chi2

    return float(chi2.ppf(level, dof))


@double_precision
def intervals(
    likelihood: Likelihood, found: Sequence[Minimum], size: Array, levels: Sequence[float] = (0.6827, 0.95)
) -> tuple[Interval, ...]:
    """One interval a parameter: Minos around the best minimum, and all pieces at each confidence level."""
    objective = Objective(likelihood)
    fits = [_at(likelihood, objective, minimum, size) for minimum in found]
    best = found[0]
    result = []
    for position in range(len(best.values)):
        down, up = _minos(fits[0], position, 1.0)
        pieces = {}
        for level in levels:
            height = rise(level, 1)
            ends = [
                _ends(minimum, position, _minos(fit, position, sqrt(height - (minimum.chi2 - best.chi2))))
                for minimum, fit in zip(found, fits, strict=True)
                if minimum.chi2 - best.chi2 < height
            ]
            pieces[f"{level:g}"] = _merged(ends)
        result.append(Interval(float(best.values[position]), down, up, float(best.errors[position]), pieces))
    return tuple(result)


def _at(likelihood: Likelihood, objective: Objective, minimum: Minimum, size: Array) -> Any:
    fit = minuit(likelihood, objective, minimum.values, size)
    fit.errors = minimum.errors
    fit.migrad()
    fit.hesse()
    return fit


def _minos(fit: Any, position: int, sigmas: float) -> tuple[float | None, float | None]:
    """Distances down and up to where the profile has risen by ``sigmas``²."""
    name = fit.parameters[position]
    try:
        fit.minos(name, cl=sigmas if sigmas >= 1.0 else _level(sigmas))
    except RuntimeError:  # MINUIT lost the minimum, as on an almost flat profile
        return None, None
    error = fit.merrors[name]
    down = -float(error.lower) if error.lower_valid else None
    up = float(error.upper) if error.upper_valid else None
    return down, up


def _level(sigmas: float) -> float:
    """iminuit reads a number below 1 as a probability."""
    from scipy.stats import chi2

    return float(chi2.cdf(sigmas**2, 1))


def _ends(
    minimum: Minimum, position: int, distances: tuple[float | None, float | None]
) -> tuple[float, float]:
    value = float(minimum.values[position])
    down, up = distances
    return (-np.inf if down is None else value - down), (np.inf if up is None else value + up)


def _merged(ends: Sequence[tuple[float, float]]) -> tuple[tuple[float | None, float | None], ...]:
    """Overlapping intervals as one; an infinite end as ``None``."""
    merged: list[tuple[float, float]] = []
    for low, high in sorted(ends):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(
        (low if np.isfinite(low) else None, high if np.isfinite(high) else None) for low, high in merged
    )
