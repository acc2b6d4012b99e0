r"""Normal deviates of the input parameters: plain ones, and balanced ones, whose noise is nearly gone.

Of ``N`` plain draws the covariance is known to :math:`\sqrt{2/N}`. Balanced draws come with both signs, so that
all odd moments vanish, and are rotated and stretched until their covariance is one, exactly. What remains is noise of
the fourth moments, which the second-order terms of an observable feel: for the χ² of today's data it is a hundred
times smaller.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import stream


def plain(names: Sequence[str], draws: int, seed: int) -> Array:
    """Deviates ``(draws, n)``; those of a parameter depend on its name, the seed and nothing else."""
    noise = [stream(seed, zlib.crc32(name.encode())).standard_normal(draws) for name in names]
    return np.reshape(noise, (len(names), draws)).T


def balanced(names: Sequence[str], draws: int, seed: int) -> Array:
    """Deviates ``(draws, n)`` in fours (:func:`signed`); what is missing to the last four is zero.

    With more fours than parameters their covariance is one; with fewer they are only of both signs.
    """
    quarter = plain(names, draws // 4, seed)
    if len(quarter) > len(names):
        scatter = 4.0 * quarter.T @ quarter / (draws - 1)
        quarter = np.linalg.solve(np.linalg.cholesky(scatter), quarter.T).T
    return signed(quarter, draws, OWN)


OWN, BESIDE = (1.0, -1.0, 1.0, -1.0), (1.0, 1.0, -1.0, -1.0)
"""Signs of the four of a quarter: with both sets, two kinds of numbers have no moments of odd order together."""


def signed(quarter: Array, draws: int, signs: Sequence[float]) -> Array:
    """A quarter of the draws with each of four signs, and zeros for what is missing: ``(draws, n)``."""
    rest = np.zeros((draws - 4 * len(quarter), quarter.shape[1]))
    return np.concatenate([*(sign * quarter for sign in signs), rest])
