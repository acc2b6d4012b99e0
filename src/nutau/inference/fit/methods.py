"""How intervals are made: by Wilks' theorem (the default), by toys (Feldman and Cousins), or from the posterior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nutau.errors import InputError, unknown
from nutau.inference.fit import ends
from nutau.inference.fit.calibration import TOYS, Heights, calibrated
from nutau.inference.fit.intervals import LEVELS, Interval, interval
from nutau.inference.fit.profiles import Progress

if TYPE_CHECKING:
    from nutau.inference.fit.result import FitResult

METHODS = ("wilks", "fc", "bayes")
NAMES = {"fc": "Feldman-Cousins (toys)", "bayes": "highest posterior density"}


@dataclass(frozen=True, eq=False)
class Method:
    """How the intervals of a fit were made, with the heights of toys; ``wilks`` are the plain ones beside them."""

    name: str
    wilks: tuple[Interval, ...]
    heights: tuple[Heights, ...] = ()

    def to_dict(self, names: Sequence[str]) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "heights": [found.to_dict() for found in self.heights],
            "wilks": {
                name: part.to_dict() | ends.document(part)
                for name, part in zip(names, self.wilks, strict=True)
            },
        }

    def lines(self, names: Sequence[str]) -> list[str]:
        """For the summary."""
        beside = "; ".join(
            f"{name} {' or '.join(ends.piece(found, part.bounds) for found in part.pieces['0.95'])}"
            for name, part in zip(names, self.wilks, strict=True)
        )
        return [
            f"intervals: {NAMES[self.name]}; by Wilks' theorem at 95 %: {beside}",
            *map(str, self.heights),
        ]


def with_method(
    found: FitResult, name: str, *, toys: int = TOYS, seed: int = 1, progress: Progress | None = None
) -> FitResult:
    """A fit with its intervals by another method.

    ``fc`` throws ``toys`` at each of some values of every parameter; interrupted it keeps what it has, with the
    parameters that have no toys as Wilks' theorem has them. ``bayes`` takes the pieces of highest density of the
    posterior, which must be there. Raises :class:`InputError` for another name.
    """
    if name not in METHODS:
        raise unknown("method", name, METHODS)
    if name == "wilks":
        return found
    if name == "bayes":
        return replace(found, intervals=_credible(found), method=Method("bayes", found.intervals))
    if toys < 1:
        raise InputError(f"`toys={toys}`: at least one toy is needed, and a thousand for an end at 95 %.")
    made, heights = list(found.intervals), []
    count = len(made)
    try:
        for position in range(count):
            made[position], part = calibrated(
                found.likelihood,
                found.minima,
                found.size,
                position,
                toys=toys,
                seed=seed,
                progress=_share(progress, position, count),
            )
            heights.append(part)
            if part.interrupted:
                break
    except KeyboardInterrupt:
        if not heights:
            raise
    return replace(found, intervals=tuple(made), method=Method("fc", found.intervals, tuple(heights)))


def _credible(found: FitResult) -> tuple[Interval, ...]:
    """The pieces of highest density of every parameter, around the best fit."""
    if found.posterior is None:
        raise InputError("`method='bayes'` needs a posterior: sample one first (`sampled()`).")
    made = []
    for name, part in zip(found.names, found.intervals, strict=True):
        pieces = {
            f"{level:g}": tuple((piece.low, piece.high) for piece in found.posterior.pieces(name, level))
            for level in LEVELS
        }
        made.append(interval(part.value, part.error, pieces, part.bounds))
    return tuple(made)


def _share(progress: Progress | None, number: int, count: int) -> Progress | None:
    """Progress of one parameter as a part of all of them."""
    if progress is None:
        return None
    return lambda done, total: progress(number * total + done, count * total)
