r"""Upper limits by CLs of a parameter that is not negative, by toys (A. L. Read, J. Phys. G 28 (2002) 2693).

With :math:`q_x` the rise of -2 log L from the best fit to x, zero where the best value is above x (G. Cowan et al.,
arXiv:1007.1727, eq. 16),

.. math:: CL_s(x) = \frac{P(q_x \ge q_x^{obs}\,|\,x)}{P(q_x \ge q_x^{obs}\,|\,0)},

all other parameters where the data want them in both. The limit at 95 % is where it is 0.05. A parameter is one-sided
if its range starts at zero (``ranges``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.inference.fit.calibration import TOYS, check_seen, rounds
from nutau.inference.fit.curves import Curve
from nutau.inference.fit.intervals import LEVELS, Interval, Piece, interval, traced
from nutau.inference.fit.profiles import rise
from nutau.inference.fit.search import Minimum
from nutau.inference.likelihood import Likelihood, double_precision
from nutau.inference.toys import Refit, for_toys, identity, refit, throw
from nutau.inference.work import HERE, Arrays, Work

NODES = 14
"""Values at which toys are thrown, from the best one upwards."""
ROUNDS = 4
"""Toys come in so many rounds; an interrupt keeps those that are whole."""
ABOVE = 6.0
"""They end where the profile is so much above the height of Wilks' theorem."""


@dataclass(frozen=True, eq=False)
class Limits:
    """What toys say along one parameter, arrays ``(values,)``: both probabilities and their ratio, and the limits."""

    parameter: str
    values: Array
    with_signal: Array
    without: Array
    limits: dict[str, float | None]
    toys: int
    asked: int
    seed: int

    @property
    def cls(self) -> Array:
        """Their ratio."""
        return self.with_signal / np.maximum(self.without, 1.0 / self.toys)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "parameter": self.parameter,
            "values": self.values.tolist(),
            "p_with": self.with_signal.tolist(),
            "p_without": self.without.tolist(),
            "cls": self.cls.tolist(),
            "limits": self.limits,
            "toys": self.toys,
            "asked": self.asked,
            "seed": self.seed,
        }

    def __str__(self) -> str:
        stopped = f", interrupted: {self.asked} were asked for" if self.toys < self.asked else ""
        limits = ", ".join(
            f"{self.parameter} < {'…' if value is None else f'{value:.4g}'} at {100 * float(level):g} %"
            for level, value in self.limits.items()
        )
        toys = (
            f"{self.toys} toys at each of {len(self.values)} values, seed {self.seed}{stopped} (limits held)"
        )
        return f"CLs from {toys}: {limits}"


def one_sided(likelihood: Likelihood) -> tuple[int, ...]:
    """The positions of parameters whose range starts at zero."""
    return tuple(np.flatnonzero(likelihood.parametrisation.bounds[:, 0] == 0.0).tolist())


@double_precision
def upper_limits(
    likelihood: Likelihood,
    found: Sequence[Minimum],
    size: Array,
    position: int,
    *,
    toys: int = TOYS,
    seed: int = 1,
    levels: Sequence[float] = LEVELS,
    work: Work = HERE,
    progress: Progress | None = None,
) -> tuple[Interval, Limits]:
    """The upper limits of one parameter as an interval from zero; interrupted (Ctrl-C) it keeps whole rounds."""
    best = found[0]
    curve, axis = traced(likelihood, found, size, position, rise(max(levels), 1) + ABOVE)
    values = _nodes(curve, axis, float(best.values[position]), rise(max(levels), 1) + ABOVE)
    points = [curve.point(x) for x in values.tolist()]
    ready = refit(for_toys(likelihood), size, [*(minimum.values for minimum in found), *points])
    held = [{position: x} for x in values.tolist()]
    name = likelihood.parametrisation.names[position]
    check_seen(ready, points, held, name)
    observed = np.array([curve(x) for x in values.tolist()])
    asked = _Asked(ready, [curve.point(0.0), *points], values, observed, position)
    done, with_signal, without = _counted(asked, toys, seed, work.under(f"cls {name}"), progress)
    limits = {f"{level:g}": _limit(values, with_signal, without, 1.0 - level) for level in levels}
    made = Limits(name, values, with_signal / done, without / done, limits, done, toys, seed)
    low, high = map(float, likelihood.parametrisation.bounds[position])
    pieces: dict[str, tuple[Piece, ...]] = {
        level: ((0.0, _end(limit, high)),) for level, limit in limits.items()
    }
    return interval(float(best.values[position]), float(best.errors[position]), pieces, (low, high)), made


def _end(limit: float | None, high: float) -> float | None:
    """A limit beyond the range is the end of that, or open."""
    return limit if limit is not None or np.isinf(high) else high


def _nodes(curve: Curve, axis: Array, best: float, top: float) -> Array:
    """From the best value to where the profile is above ``top`` for good."""
    inside = [x for x in axis.tolist() if curve(x) < top]
    last = max(inside, default=best)
    return np.linspace(best + (last - best) / NODES, last, NODES)


@dataclass(frozen=True, eq=False)
class _Asked:
    """What is counted: q of toys at ``values``, and of toys at the first of ``points``, where the parameter is zero."""

    ready: Refit
    points: Sequence[Array]
    values: Array
    observed: Array
    position: int


def _counted(
    asked: _Asked, toys: int, seed: int, work: Work, progress: Progress | None
) -> tuple[int, Array, Array]:
    """How many toys there are, and of how many q is not below the observed one, with and without the parameter.

    A task is a round of toys without the parameter, fitted for all values (place -1), or a round at one value. Only
    rounds count of which every task is done.
    """
    sizes, values = rounds(toys, ROUNDS), len(asked.values)
    tasks = [
        (number, place, seed + number, count)
        for number, count in enumerate(sizes)
        for place in range(-1, values)
    ]
    counts = np.full((len(sizes), 2, values), np.nan)
    made = work.done(
        _counts,
        asked,
        tasks,
        request={"what": "cls", **identity.request(asked.ready.likelihood, toys, seed), "of": asked.position},
        numbers=identity.numbers(asked.ready.likelihood, asked.points) | {"observed": asked.observed},
        progress=progress,
    )
    try:
        for task, arrays in made:
            number, place, *_ = tasks[task]
            if place < 0:
                counts[number, 1] = arrays["above"]
            else:
                counts[number, 0, place] = arrays["above"][0]
    except KeyboardInterrupt:
        if np.isnan(counts).any(axis=(1, 2)).all():
            raise
    whole = ~np.isnan(counts).any(axis=(1, 2))
    with_signal, without = counts[whole].sum(axis=0)
    return int(np.array(sizes)[whole].sum()), with_signal, without


def _counts(asked: _Asked, task: tuple[int, int, int, int]) -> Arrays:
    """Of how many toys of one task q is not below the observed one, at its value or at all of them."""
    _, place, seed, count = task
    data = throw(asked.ready.likelihood, asked.points[place + 1], count, seed=seed)
    lowest = asked.ready.lowest(data)
    places = range(len(asked.values)) if place < 0 else [place]
    above = [
        _larger(
            asked.ready,
            data,
            lowest.chi2,
            lowest.values,
            asked.position,
            float(asked.values[one]),
            float(asked.observed[one]),
        )
        for one in places
    ]
    return {"above": np.array(above, dtype=float)}


def _larger(
    ready: Refit, data: Array, lowest: Array, best: Array, position: int, x: float, observed: float
) -> int:
    """Of how many toys q is not below the observed one."""
    q = np.maximum(ready.lowest(data, {position: x}).chi2 - lowest, 0.0)
    return int(np.count_nonzero(np.where(best[:, position] > x, 0.0, q) >= observed))


def _limit(values: Array, with_signal: Array, without: Array, alpha: float) -> float | None:
    """Where CLs falls through ``alpha``, interpolated in its logarithm; nothing where it does not."""
    ratio = np.log(np.maximum(with_signal, 0.5) / np.maximum(without, 1.0))
    above = np.flatnonzero(ratio > np.log(alpha))
    last = int(above[-1]) if len(above) else 0
    if last + 1 >= len(values):
        return None
    share = (ratio[last] - np.log(alpha)) / (ratio[last] - ratio[last + 1])
    return float(values[last] + share * (values[last + 1] - values[last]))
