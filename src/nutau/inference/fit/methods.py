"""How intervals are made: by Wilks' theorem (the default), by toys (Feldman and Cousins), or from the posterior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress, portion
from nutau.errors import InputError, unknown
from nutau.inference.fit import ends
from nutau.inference.fit.calibration import TOYS, Heights, calibrated
from nutau.inference.fit.calibration_plane import calibrated_plane
from nutau.inference.fit.cls import Limits, one_sided, upper_limits
from nutau.inference.fit.intervals import LEVELS, Interval, interval
from nutau.inference.fit.profiles import Contour
from nutau.inference.work import HERE, Work

if TYPE_CHECKING:
    from nutau.inference.fit.result import FitResult

METHODS = ("wilks", "fc", "cls", "bayes")
NAMES = {
    "fc": "Feldman-Cousins (toys)",
    "cls": "upper limits by CLs (toys) of what is not negative",
    "bayes": "highest posterior density",
}


@dataclass(frozen=True, eq=False)
class Method:
    """How the intervals of a fit were made, with the heights of toys; ``wilks`` are the plain ones beside them."""

    name: str
    wilks: tuple[Interval, ...]
    heights: tuple[Heights, ...] = ()
    limits: tuple[Limits, ...] = ()
    left: tuple[str, ...] = ()
    """Parameters without toys: an interrupt came before, or they are not one-sided."""

    def to_dict(self, names: Sequence[str]) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "left": list(self.left),
            "heights": [found.to_dict() for found in self.heights],
            "limits": [found.to_dict() for found in self.limits],
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
            *map(str, (*self.heights, *self.limits)),
            *([f"by Wilks' theorem, without toys: {', '.join(self.left)}"] if self.left else []),
        ]


def with_method(
    found: FitResult,
    name: str,
    *,
    toys: int = TOYS,
    seed: int = 1,
    work: Work = HERE,
    progress: Progress | None = None,
) -> FitResult:
    """A fit with its intervals by another method.

    ``fc`` throws ``toys`` at each of some values of every parameter; interrupted it keeps what it has, with the
    parameters that have no toys as Wilks' theorem has them. ``cls`` gives upper limits of what is not negative.
    ``bayes`` takes the pieces of highest density of the posterior, which must be there. Raises :class:`InputError` for
    another name, and where a method is for no parameter of the fit.
    """
    if name not in METHODS:
        raise unknown("method", name, METHODS)
    if name == "wilks":
        return found
    if name == "bayes":
        return replace(found, intervals=_credible(found), method=Method("bayes", found.intervals))
    if toys < 1:
        raise InputError(f"`toys={toys}`: at least one toy is needed, and a thousand for an end at 95 %.")
    by = _by_cls if name == "cls" else _by_toys
    return by(found, toys, seed, work, progress)


def _by_cls(found: FitResult, toys: int, seed: int, work: Work, progress: Progress | None) -> FitResult:
    """Upper limits of the parameters whose range starts at zero; the others stay."""
    positions = one_sided(found.likelihood)
    if not positions:
        raise InputError(
            f"`method='cls'` is for upper limits of a parameter whose range starts at zero, and none of "
            f"{', '.join(found.names)} has one: give it (`ranges`), or take `method='fc'`."
        )
    made, limits = list(found.intervals), []
    try:
        for place, position in enumerate(positions):
            made[position], part = upper_limits(
                found.likelihood,
                found.minima,
                found.size,
                position,
                toys=toys,
                seed=seed,
                work=work,
                progress=portion(progress, 100 * place, 100 * (place + 1), 100 * len(positions)),
            )
            limits.append(part)
            if part.toys < part.asked:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        if not limits:
            raise
    done = {part.parameter for part in limits}
    left = tuple(name for name in found.names if name not in done)
    method = Method("cls", found.intervals, limits=tuple(limits), left=left)
    return replace(found, intervals=tuple(made), method=method)


def _by_toys(found: FitResult, toys: int, seed: int, work: Work, progress: Progress | None) -> FitResult:
    """Intervals and contours of Feldman and Cousins; an interrupt ends the work and keeps what is there."""
    made, heights, drawn = list(found.intervals), [], list(found.contours)
    how: dict[str, Any] = {"toys": toys, "seed": seed, "work": work}
    parts = len(made) + len(drawn)
    try:
        for position in range(len(made)):
            share = portion(progress, 100 * position, 100 * (position + 1), 100 * parts)
            made[position], part = calibrated(
                found.likelihood, found.minima, found.size, position, progress=share, **how
            )
            heights.append(part)
            if part.interrupted:
                raise KeyboardInterrupt
        for place, contour in enumerate(found.contours):
            before = 100 * (len(made) + place)
            share = portion(progress, before, before + 100, 100 * parts)
            drawn[place] = with_heights(found, contour, progress=share, **how)
            if drawn[place].interrupted:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        if not heights:
            raise
    method = Method("fc", found.intervals, tuple(heights), left=found.names[len(heights) :])
    return replace(found, intervals=tuple(made), contours=tuple(drawn), method=method)


def with_heights(
    found: FitResult,
    contour: Contour,
    *,
    toys: int = TOYS,
    seed: int = 1,
    work: Work = HERE,
    progress: Progress | None = None,
) -> Contour:
    """A contour of a fit with the heights of toys."""
    first, second = (found.names.index(name) for name in contour.parameters)
    return calibrated_plane(
        found.likelihood,
        found.minima,
        found.size,
        (first, second),
        contour,
        levels=LEVELS,
        toys=toys,
        seed=seed,
        work=work,
        progress=progress,
    )


def _credible(found: FitResult) -> tuple[Interval, ...]:
    """The pieces of highest density of every parameter, around the best fit."""
    if found.posterior is None:
        raise InputError("`method='bayes'` needs a posterior: sample one first (`sampled()`).")
    made, posterior = [], cast(Any, found.posterior)
    for name, part in zip(found.names, found.intervals, strict=True):
        pieces = {
            f"{level:g}": tuple((piece.low, piece.high) for piece in posterior.pieces(name, level))
            for level in LEVELS
        }
        value = _inside(part.value, posterior.pieces(name, LEVELS[0]), posterior.draws[name])
        made.append(interval(value, part.error, pieces, part.bounds))
    return tuple(made)


def _inside(best: float, pieces: Sequence[Any], draws: Array) -> float:
    """The best fit, or where the 68 % pieces do not hold it the median of the draws in the heaviest of them."""
    if any(piece.low <= best <= piece.high for piece in pieces):
        return best
    heaviest = max(pieces, key=lambda piece: piece.share)
    return float(np.median(draws[(draws >= heaviest.low) & (draws <= heaviest.high)]))
