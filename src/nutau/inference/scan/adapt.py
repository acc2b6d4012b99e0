r"""Points where -2 log L is worth knowing, chosen by the package ``adaptive`` (doi:10.5281/zenodo.1182437).

It divides the box, scaled to unit length, into simplices and takes the next points in those over which a function
changes most. The function is Δχ² up to :data:`OVER` of the height of interest and flat above, so points gather in the
region and at its edge: its volume and the part of parameter space that matters are known with fewer of them than a grid
needs.

Points come in rounds of :data:`ROUND`, each chosen from all results before it, so they are the same however many
workers there are and wherever the work was interrupted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from nutau.common.arrays import Array
from nutau.common.tails import chi2_quantile
from nutau.errors import ComputationError, MissingExtraError
from nutau.inference.scan.sample import inside
from nutau.inference.scan.scan import Scan
from nutau.inference.work import in_order, mapped

ROUND = 128
"""Points that are chosen together."""
SHARE = 32
"""Of these are evaluated by one task."""
LEVEL = 0.95
"""Where nothing else is said, the region of interest has this confidence level."""
OVER = 2.0
"""Above its height times this the function is flat."""


class Store(Protocol):
    """What keeps the rows of finished rounds."""

    def get(self, number: int) -> Array | None:
        """The rows of a round, if they are kept."""

    def put(self, number: int, rows: Array) -> None:
        """Keep the rows of a round."""


def rounds(scan: Scan, client: Any = None, store: Store | None = None) -> Iterator[Array]:
    """The rows of each round that are kept (:meth:`Scan.kept`); all of them go to the ``store``.

    Raises :class:`MissingExtraError` without the package.
    """
    learner, number, done = _learner(scan), 0, 0
    height = _height(scan)
    while done < len(scan):
        count = min(ROUND, len(scan) - done)
        unit = np.array(_asked(learner, count), dtype=float).reshape(count, -1)
        points = inside(scan.grid, unit)
        rows = None if store is None else store.get(number)
        if rows is None or not np.array_equal(rows[:, : points.shape[1]], points):
            parts = [points[start : start + SHARE] for start in range(0, count, SHARE)]
            rows = np.concatenate(list(in_order(mapped(_at, scan, parts, client=client))))
            if store is not None:
                store.put(number, rows)
        _tell(learner, unit, np.minimum(rows[:, -1] - scan.lowest, OVER * height))
        yield scan.kept(rows)
        number, done = number + 1, done + count
        if scan.progress is not None:
            scan.progress(done, len(scan))


def _at(scan: Scan, points: Array) -> Array:
    """The rows of points: a task."""
    return scan.at(points)


def _height(scan: Scan) -> float:
    """The height of interest."""
    return scan.below or chi2_quantile(LEVEL, len(scan.grid.axes))


def _learner(scan: Scan) -> Any:
    try:
        from adaptive import Learner1D, Learner2D, LearnerND
    except ImportError:
        raise MissingExtraError("adaptive", "scan") from None
    ends = [(0.0, 1.0)] * len(scan.grid.axes)
    if len(ends) == 1:
        return Learner1D(None, ends[0])
    return (Learner2D if len(ends) == 2 else LearnerND)(None, ends)


def _asked(learner: Any, count: int) -> list[Any]:
    try:
        return list(learner.ask(count)[0])
    except AssertionError as error:  # how its triangulation gives up
        raise ComputationError(
            f"The package 'adaptive' could not divide the box further ({error}): ask for fewer points, or take a Sobol "
            "sequence and keep what lies `below` a height."
        ) from None


def _tell(learner: Any, points: Array, heights: Array) -> None:
    for point, height in zip(points.tolist(), heights.tolist(), strict=True):
        learner.tell(point[0] if len(point) == 1 else tuple(point), height)
