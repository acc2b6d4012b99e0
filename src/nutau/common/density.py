"""Smooth densities of draws: Gaussian kernels on a grid, and the levels that hold a fraction of all draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nutau.common.arrays import Array

NODES = 200
"""Cells of the grid along each axis."""


def density(
    draws: Sequence[Array], limits: Sequence[tuple[float, float]], effective: float
) -> tuple[list[Array], Array]:
    r"""Density of draws ``(n,)`` of one or several quantities on a grid within ``limits``.

    Kernels are Gaussians with covariance :math:`n_{eff}^{-2/(d+4)}\,\Sigma` (Scott, *Multivariate Density Estimation*,
    eq. 6.42), for draws that are worth ``effective`` independent ones. Scales in Σ are those of the shortest interval
    with a fifth of the draws, so that separate maxima do not smear one another. Density that kernels carry beyond a
    limit is reflected there. Returns the nodes of each axis and the density, normalised over the grid.
    """
    from scipy.signal import fftconvolve

    values = np.array([np.ravel(each) for each in draws])
    counts, edges = np.histogramdd(values.T, NODES, limits)
    steps = np.array([edge[1] - edge[0] for edge in edges])
    width = effective ** (-1.0 / (len(values) + 4)) * np.array([_scale(each) for each in values])
    width = np.maximum(width, steps)  # a kernel narrower than a cell is none
    correlation = np.atleast_2d(np.corrcoef(values))
    reach = np.minimum(np.ceil(4.0 * width / steps).astype(int), NODES)
    offsets = np.meshgrid(
        *(step * np.arange(-far, far + 1) for step, far in zip(steps / width, reach, strict=True)),
        indexing="ij",
    )
    at = np.stack(offsets, axis=-1)
    kernel = np.exp(-0.5 * np.sum((at @ np.linalg.pinv(correlation)) * at, axis=-1))
    padded = np.pad(counts, [(far, far) for far in reach], mode="symmetric")
    smooth = np.maximum(fftconvolve(padded, kernel, mode="valid"), 0.0)
    return [0.5 * (edge[1:] + edge[:-1]) for edge in edges], smooth / (smooth.sum() * np.prod(steps))


def levels(values: Array, fractions: Sequence[float]) -> list[float]:
    """The densities above which lie these fractions of the whole: edges of the smallest regions that hold them."""
    falling = np.sort(np.ravel(values))[::-1]
    held = np.cumsum(falling) / np.sum(falling)
    return [float(falling[np.searchsorted(held, fraction)]) for fraction in fractions]


def _scale(values: Array) -> float:
    """Standard deviation of a Gaussian whose central fifth is as wide as the shortest interval with a fifth of them."""
    ordered = np.sort(values)
    fifth = len(ordered) // 5
    return float(np.min(ordered[fifth:] - ordered[: len(ordered) - fifth])) / 0.5067
