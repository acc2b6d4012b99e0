"""-2 log L over a plane: of all data, and of each family of measurements alone, above its own minimum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.inference.fit import Contour
from nutau.inference.likelihood import Likelihood
from nutau.report.areas import LEVELS
from nutau.report.judging.constraints import families

HIGH = 1e4
"""From here on heights count by their logarithm: a spline of them as they are would swing beside walls."""
HIGHEST = 1e8
"""In the place of heights that are no number."""


def heights(likelihood: Likelihood, points: Array) -> Array:
    """-2 log L of ``points`` ``(..., n)`` above the lowest of them."""
    values = likelihood.chi2(points)
    return values - float(np.min(values))


def alone(likelihood: Likelihood) -> dict[str, Likelihood]:
    """The likelihood of each family of its measurements alone."""
    count = len(likelihood.experiment.measurements)
    return {
        name: likelihood.part([place in members for place in range(count)])
        for name, members in families(likelihood.experiment.measurements).items()
    }


def by_family(
    parts: Mapping[str, Likelihood], points: Array, progress: Progress | None = None
) -> Iterator[tuple[str, Array]]:
    """Heights of each family (of :func:`alone`) that reaches the 95 % level somewhere."""
    for done, (name, part) in enumerate(parts.items(), 1):
        if progress is not None:
            progress(done, 1 + len(parts))
        found = heights(part, points)
        if float(np.nanmax(found)) > Contour.height(LEVELS[-1]):
            yield name, found


def finer(x: Array, y: Array, values: Array, axes: tuple[Array, Array]) -> Array:
    """Heights ``(x, y)``, between whose points they are smooth, on finer axes."""
    low = np.log1p(np.nan_to_num(np.minimum(values, HIGHEST), nan=HIGHEST) / HIGH)
    return np.clip(HIGH * np.expm1(between(x, y, low, axes)), 0.0, None)


def between(x: Array, y: Array, values: Array, axes: tuple[Array, Array]) -> Array:
    """Smooth finite values ``(x, y)`` on finer axes, by cubic splines."""
    from scipy.interpolate import RectBivariateSpline

    return np.asarray(RectBivariateSpline(x, y, values)(*axes))
