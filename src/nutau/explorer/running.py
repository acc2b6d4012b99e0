r"""The running of all input sets at once: one series for each element, and what a set multiplies its rows by.

The evolution is the same for every input set; only the normalisation of a row's operator has the set's CKM elements and
:math:`\alpha` (:mod:`nutau.eft.smeft.running`). So the page holds the series of one set and a factor for each row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.explorer.encode import entries
from nutau.explorer.maps import Maps


def common(found: Sequence[Maps]) -> dict[str, Maps]:
    """For each coefficient the maps whose series stand for all: the first that reach it."""
    running = [item for item in found if item.chebyshev is not None]
    return {name: item for item in reversed(running) for name in item.names}


def series(leaders: dict[str, Maps]) -> Array:
    """The series ``(order, 1 + names, columns)`` of :func:`common`; the first row is the 1."""
    first = next(iter(leaders.values()))
    rows = [_series(item)[:, item.names.index(name) + 1] for name, item in leaders.items()]
    return np.stack([_series(first)[:, 0], *rows], axis=1)


def prefactors(found: Maps, leaders: dict[str, Maps]) -> Array:
    """What the set of ``found`` multiplies the rows of its own coefficients by, ``(m,)``."""
    if found.chebyshev is None:
        return np.ones(len(found.names), dtype=complex)
    factors = []
    for row, name in enumerate(found.names, 1):
        leader = leaders[name]
        theirs = _series(leader)[:, leader.names.index(name) + 1]
        largest = np.unravel_index(np.abs(theirs).argmax(), theirs.shape)
        factors.append(_series(found)[:, row][largest] / theirs[largest])
    return np.array(factors)


def encoded(found: Sequence[Maps]) -> dict[str, Any] | None:
    """The series as the page takes them; ``None`` where nothing runs."""
    leaders = common(found)
    if not leaders:
        return None
    first = next(iter(leaders.values()))
    scales = first.scales
    assert scales is not None
    return {"names": list(leaders), "scales": list(scales), "entries": entries(series(leaders))}


def _series(item: Maps) -> Array:
    assert item.chebyshev is not None
    return item.chebyshev
