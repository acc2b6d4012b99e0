"""How much of some work is done, told along the way."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Told how much is done, and how much there is."""


def portion(progress: Progress | None, first: int, last: int, whole: int = 100) -> Progress:
    """Progress of a part of the work, from ``first`` to ``last`` of ``whole``; of nothing where nobody asks."""
    if progress is None:
        return lambda done, total: None
    return lambda done, total: progress(first + (last - first) * done // max(total, 1), whole)
