r"""Heights of -2 log L that cover, by toys: intervals of G. J. Feldman and R. D. Cousins (physics/9711021).

At each value x of a parameter toys are thrown at the profiled point (all other parameters where the data want them),
with data and nuisances fluctuated, and every toy is fitted with x held and with x free. The quantile of the difference
in -2 log L is the height up to which x is in the interval; Wilks' theorem says 1.00 (68.3 %) and 3.84 (95 %) instead.
Heights between the values are interpolated. The random numbers of all values are the same, so that neighbours differ
by what differs in truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.errors import InputError
from nutau.inference.fit.curves import Curve
from nutau.inference.fit.intervals import LEVELS, Interval, interval, traced
from nutau.inference.fit.profiles import rise
from nutau.inference.fit.search import Minimum
from nutau.inference.likelihood import Likelihood, double_precision
from nutau.inference.toys import Refit, for_toys, identity, refit, throw
from nutau.inference.work import HERE, Arrays, Work

if TYPE_CHECKING:
    from nutau.inference.fit.calibration_plane import PlaneHeights

TOYS = 1000
"""Toys at each value."""
NODES = 25
"""Values at which toys are thrown, shared among the parts of the profile."""
ROUNDS = 4
"""Toys come in so many rounds over all values: what is interrupted has some everywhere."""
LEAST = 1e-6
"""A height is at least this: where all toys prefer x itself, the best fit is inside still."""
ABOVE = 2.5
"""The profile is traced up to this above the height of Wilks' theorem, as the heights of toys may be higher."""


FEW = 8
"""Toys that show whether anything that fluctuates sees a parameter,"""
MOVED = 1e-4
"""by -2 log L that differs by more from toy to toy: minima are known to about that."""


@dataclass(frozen=True, eq=False)
class Heights:
    """What toys say along one parameter, arrays ``(values,)``.

    ``delta_chi2`` is what was observed, ``heights`` by confidence level are the quantiles of the toys, ``errors`` half
    of their 68 % range from the number of toys; ``p_values`` the part of the toys with a larger difference than
    observed, ``toys`` how many there are. ``asked`` is how many were asked for.
    """

    parameter: str
    values: Array
    delta_chi2: Array
    heights: dict[str, Array]
    errors: dict[str, Array]
    p_values: Array
    toys: Array
    asked: int
    seed: int

    @property
    def interrupted(self) -> bool:
        """Whether there are fewer toys than were asked for."""
        return bool(self.toys.min() < self.asked)

    def at(self, x: float, level: float) -> float:
        """The height at a value between those that have toys; beyond them that of the last one."""
        return max(float(np.interp(x, self.values, self.heights[f"{level:g}"])), LEAST)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "parameter": self.parameter,
            "values": self.values.tolist(),
            "delta_chi2": self.delta_chi2.tolist(),
            "heights": {level: found.tolist() for level, found in self.heights.items()},
            "errors": {level: found.tolist() for level, found in self.errors.items()},
            "p_values": self.p_values.tolist(),
            "toys": self.toys.tolist(),
            "asked": self.asked,
            "seed": self.seed,
        }

    def __str__(self) -> str:
        return f"heights of {self.parameter} from {said(self, f'{len(self.values)} values')}"


def said(found: Heights | PlaneHeights, places: str) -> str:
    """How many toys there are at each of some ``places``, their seed, and the range of each level's heights."""
    low, high = int(found.toys.min()), int(found.toys.max())
    count = f"{low}" if low == high else f"{low} to {high}"
    stopped = f", interrupted: {found.asked} were asked for" if low < found.asked else ""
    ranges = ", ".join(
        f"{100 * float(level):g} % at {heights.min():.2f} to {heights.max():.2f} (± {found.errors[level].max():.2f})"
        for level, heights in found.heights.items()
    )
    return f"{count} toys at each of {places}, seed {found.seed}{stopped} (limits held): {ranges}"


@double_precision
def calibrated(
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
) -> tuple[Interval, Heights]:
    """The interval of one parameter by Feldman and Cousins, and its heights.

    Interrupted (Ctrl-C) it returns what the toys so far say. Raises :class:`KeyboardInterrupt` only before the first
    of them.
    """
    top = rise(max(levels), 1) + ABOVE
    curve, axis = traced(likelihood, found, size, position, top)
    low, high = map(float, likelihood.parametrisation.bounds[position])
    values = _nodes(curve, axis, (low, high), levels, top)
    points = [curve.point(x) for x in values.tolist()]
    ready = refit(for_toys(likelihood), size, [*(minimum.values for minimum in found), *points])
    held = [{position: x} for x in values.tolist()]
    check_seen(ready, points, held, likelihood.parametrisation.names[position])
    name = likelihood.parametrisation.names[position]
    kept = work.under(f"fc {name}")
    rises = differences(ready, points, held, toys=toys, seed=seed, work=kept, progress=progress)
    observed = np.array([curve(x) for x in values.tolist()])
    made = _heights(name, values, observed, rises, levels, toys, seed)
    axis = np.union1d(axis, made.values)
    pieces = {
        f"{level:g}": curve.regions(axis, lambda x, level=level: made.at(x, level), (low, high))  # type: ignore[misc]
        for level in levels
    }
    best = found[0]
    return interval(float(best.values[position]), float(best.errors[position]), pieces, (low, high)), made


def check_seen(ready: Refit, points: Sequence[Array], held: Sequence[dict[int, float]], name: str) -> None:
    """Raise :class:`InputError` where nothing that fluctuates sees what is held: all toys are then the data."""
    for point, fixed in zip(points, held, strict=True):
        data = throw(ready.likelihood, point, FEW, seed=1)
        rises = ready.lowest(data, fixed).chi2 - ready.lowest(data).chi2
        if np.ptp(rises) > MOVED:
            return
    raise InputError(
        f"Toys say nothing of {name}: only limits or tables of several observables see it, and these are held. Take "
        "the intervals of Wilks' theorem (`method='wilks'`)."
    )


def differences(
    ready: Refit,
    points: Sequence[Array],
    held: Sequence[dict[int, float]],
    *,
    toys: int,
    seed: int,
    work: Work = HERE,
    progress: Progress | None = None,
) -> list[Array]:
    """Of toys at every point the rise of -2 log L with something held, ``(toys,)`` each.

    In rounds, so that an interrupt leaves some at every point; those that have none then are empty. A round at a point
    is a task of ``work``.
    """
    tasks = [
        (place, seed + number, count)
        for number, count in enumerate(rounds(toys, ROUNDS))
        for place in range(len(points))
    ]
    rises: list[dict[int, Array]] = [{} for _ in points]
    made = work.done(
        _rises,
        (ready, points, held),
        tasks,
        request={"what": "fc", **identity.request(ready.likelihood, toys, seed), "held": _named(ready, held)},
        numbers=identity.numbers(ready.likelihood, points),
        progress=progress,
    )
    try:
        for number, arrays in made:
            place, part, _ = tasks[number]
            rises[place][part] = arrays["rises"]
    except KeyboardInterrupt:
        if not any(rises):
            raise
    return [
        np.concatenate([parts[part] for part in sorted(parts)]) if parts else np.zeros(0) for parts in rises
    ]


def rounds(toys: int, count: int) -> list[int]:
    """How many toys each of so many rounds has; none is empty."""
    return [part for part in np.diff(np.linspace(0, toys, count + 1).astype(int)).tolist() if part]


def _rises(
    shared: tuple[Refit, Sequence[Array], Sequence[dict[int, float]]], task: tuple[int, int, int]
) -> Arrays:
    """The rises of one round of toys at one point."""
    ready, points, held = shared
    place, seed, count = task
    data = throw(ready.likelihood, points[place], count, seed=seed)
    return {"rises": np.maximum(ready.lowest(data, held[place]).chi2 - ready.lowest(data).chi2, 0.0)}


def _named(ready: Refit, held: Sequence[dict[int, float]]) -> list[str]:
    """The parameters that are held."""
    return [ready.likelihood.parametrisation.names[position] for position in held[0]]


def quantile(rises: Array, level: float) -> tuple[float, float]:
    """The quantile of the rises of toys, and its error from order statistics."""
    count = len(rises)
    spread = np.sqrt(level * (1.0 - level) / count)
    low, high = np.quantile(rises, np.clip([level - spread, level + spread], 0.0, 1.0))
    return float(np.quantile(rises, level)), float(0.5 * (high - low))


def _heights(
    name: str,
    values: Array,
    observed: Array,
    rises: Sequence[Array],
    levels: Sequence[float],
    asked: int,
    seed: int,
) -> Heights:
    """The quantiles at the values that have toys."""
    known = np.array([len(part) > 0 for part in rises])
    parts = [part for part in rises if len(part)]
    found = {f"{level:g}": np.array([quantile(part, level) for part in parts]) for level in levels}
    return Heights(
        name,
        values[known],
        observed[known],
        {level: both[:, 0] for level, both in found.items()},
        {level: both[:, 1] for level, both in found.items()},
        np.array([np.mean(part >= seen) for part, seen in zip(parts, observed[known], strict=True)]),
        np.array([len(part) for part in parts]),
        asked,
        seed,
    )


def _nodes(
    curve: Curve, axis: Array, bounds: tuple[float, float], levels: Sequence[float], top: float
) -> Array:
    """Values where toys are thrown: spread over the parts of the profile below ``top``, and the ends of Wilks."""
    parts = [
        (axis[0] if low is None else low, axis[-1] if high is None else high)
        for low, high in curve.regions(axis, top, bounds)
    ]
    ends = [
        end
        for level in levels
        for piece in curve.regions(axis, rise(level, 1), bounds)
        for end in piece
        if end is not None
    ]
    lengths = np.array([high - low for low, high in parts])
    shares = np.maximum(3, np.round((NODES - len(ends)) * lengths / lengths.sum())).astype(int)
    spread = [np.linspace(*part, share) for part, share in zip(parts, shares.tolist(), strict=True)]
    every = np.unique(np.concatenate([*spread, ends]))
    apart = np.diff(every, prepend=-np.inf) > 1e-3 * lengths.sum()
    return every[apart]
