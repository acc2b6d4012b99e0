r"""The upper limit that follows from a likelihood table or workspace, beside the one that its source publishes.

Two numbers, because a table does not say how its authors made theirs. With :math:`q = -2\Delta\log L` and a flat prior
on :math:`x \ge 0` the limit :math:`L` has :math:`\int_0^L e^{-q/2}\,dx = \mathrm{CL}\int_0^\infty e^{-q/2}\,dx`. By the
asymptotic CLs method, with :math:`z(x) = \mathrm{sign}(x-\hat x)\sqrt{q(x)}`,

.. math:: \Phi[-z(L)]\,/\,\Phi[-z(0)] = 1 - \mathrm{CL}.

They are the same for a parabola and differ by more the less Gaussian the table is. Beyond the grid the table goes on
as it does in a fit (:mod:`nutau.measurements.tables`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nutau.common.tails import log_below
from nutau.errors import InputError
from nutau.measurements import tables
from nutau.measurements.distributions import LikelihoodGrid, Workspace
from nutau.measurements.likelihoods import table
from nutau.measurements.records import Measurement

NOTABLE = 0.03
"""A limit that differs from the published one by more than this part of it is worth a word."""
POINTS = 40001
FAR = 60.0
"""Integrals go on to where -2 log L has risen by this: exp(-30) is nothing."""
WIDER = 20
"""Values beyond the grid, each half as large again, at which that is looked for: up to 2000 times the grid."""


@dataclass(frozen=True)
class Compared:
    """A published limit and those that the likelihood gives at its level, in the unit of the source."""

    published: float
    confidence_level: float
    flat_prior: float
    cls: float
    unit: str

    @property
    def agrees(self) -> bool:
        """Whether either method gives back the published limit to :data:`NOTABLE`."""
        return min(abs(found / self.published - 1.0) for found in (self.cls, self.flat_prior)) <= NOTABLE

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "agrees": self.agrees}

    def __str__(self) -> str:
        unit = "" if self.unit == "1" else f" × {self.unit}"
        text = (
            f"{self.published:.3g}{unit} at {100 * self.confidence_level:g} % published; the likelihood gives "
            f"{self._one(self.cls)} by asymptotic CLs and {self._one(self.flat_prior)} with a flat prior"
        )
        return (
            text
            if self.agrees
            else f"{text}. They differ; a fit uses the likelihood, not the published limit"
        )

    def _one(self, found: float) -> str:
        return f"{found:.3g} ({100 * (found / self.published - 1.0):+.0f} %)"


def compared(measurement: Measurement) -> Compared | None:
    """The comparison for a table or workspace of one observable whose source publishes a limit, else ``None``.

    A workspace is profiled.
    """
    found = measurement.distribution
    if not isinstance(found, LikelihoodGrid | Workspace) or found.published is None:
        return None
    limit, level = found.published
    unit, grid = float(measurement.factors[0]), table(measurement)
    return Compared(
        limit / unit,
        level,
        flat_prior(grid, level) / unit,
        cls(grid, level) / unit,
        measurement.units[0],
    )


def flat_prior(grid: LikelihoodGrid, level: float) -> float:
    """The limit with a flat prior on non-negative values, of a table of one observable."""
    x = np.linspace(0.0, _far(grid), POINTS)
    likelihood = np.exp(-0.5 * tables.evaluate(grid, x[:, None]))
    below = np.concatenate([[0.0], np.cumsum((likelihood[1:] + likelihood[:-1]) / 2.0)])
    return float(np.interp(level, below / below[-1], x))


def cls(grid: LikelihoodGrid, level: float) -> float:
    """The limit by the asymptotic CLs method, of a table of one observable."""
    x = np.linspace(0.0, _far(grid), POINTS)
    rise = np.sqrt(np.clip(tables.evaluate(grid, x[:, None]), 0.0, None))
    tail = log_below(-np.sign(x - tables.minimum(grid)[0]) * rise)
    beyond = np.flatnonzero(tail - tail[0] > np.log1p(-level))
    last = int(beyond[-1])  # the highest value that is not excluded
    ends = tail[last : last + 2] - tail[0]
    return float(np.interp(-np.log1p(-level), -ends, x[last : last + 2]))


def _far(grid: LikelihoodGrid) -> float:
    """A value that the likelihood excludes beyond doubt; :class:`InputError` if there is none."""
    (axis,) = grid.axes
    start = max(float(axis[-1]), float(axis[-1] - axis[0]))
    ends = start * 1.5 ** np.arange(WIDER)
    excluded = tables.evaluate(grid, ends[:, None]) >= FAR
    if not excluded.any():
        raise InputError(
            f"No limit follows from a likelihood that excludes nothing up to {ends[-1]:.3g}: -2 log L must rise above "
            "its minimum, here or beyond the grid."
        )
    return float(ends[int(np.argmax(excluded))])
