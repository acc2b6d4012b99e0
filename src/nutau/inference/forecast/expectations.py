r"""Expected fits: intervals, correlations and contours of parameters, and errors of observables, at a luminosity.

Intervals are those of the profile of the joint likelihood with the projected numbers at the truth's prediction, so
their best value is the truth but for what projections replace. The error of an observable is propagated at the best
fit,

.. math:: \sigma_O^2 = a^T F^{-1} a,\qquad F = \tfrac12 A^T H A + \mathrm{diag}(0_p, 1_\epsilon),

with the slopes A of all observables by parameters and nuisances, a those of O, and the curvature H of the data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import ComputationError, InputError, unknown
from nutau.inference.fit.intervals import Interval, intervals
from nutau.inference.fit.profiles import Contour, box, contour
from nutau.inference.fit.search import Minimum, Objective, as_minimum, minuit, reached
from nutau.inference.forecast.prospects import Prospects
from nutau.inference.likelihood import Likelihood, double_precision
from nutau.measurements import Observable

SAME = 0.3
"""Two minima are one if they differ by less than this many standard deviations in every parameter."""


@dataclass(frozen=True, eq=False)
class ExpectedFit:
    """What a fit to today's data and the projections at one luminosity is expected to find; 0: today's data alone.

    ``observables`` maps labels to value and uncertainty.
    """

    luminosity: float
    names: tuple[str, ...]
    likelihood: Likelihood
    size: Array
    minima: tuple[Minimum, ...]
    intervals: tuple[Interval, ...]
    observables: dict[str, tuple[float, float]]
    contours: tuple[Contour, ...] = ()

    def __getitem__(self, name: str) -> Interval:
        """The interval of a parameter."""
        return self.intervals[self._position(name)]

    def _position(self, name: str) -> int:
        if name not in self.names:
            raise unknown("parameter of this forecast", name, self.names)
        return self.names.index(name)

    @property
    def correlation(self) -> Array:
        """Hesse correlation at the best fit, ``(n, n)``."""
        width = np.sqrt(np.diag(self.minima[0].covariance))
        return self.minima[0].covariance / np.outer(width, width)

    @double_precision
    def frame(self, x: str, y: str, level: float = 0.95) -> tuple[tuple[float, float], tuple[float, float]]:
        """The ranges of two parameters that hold the region of ``level`` around the best fit and the minima near it.

        Minima further away than that region is wide are left out, as it would be too small to see beside them.
        """
        pair, height = (self._position(x), self._position(y)), Contour.height(level)
        around = box(self.likelihood, self.minima[:1], self.size, pair, height)
        near = [
            minimum
            for minimum in self.minima
            if all(
                2 * low - high <= minimum.values[position] <= 2 * high - low
                for position, (low, high) in zip(pair, around, strict=True)
            )
        ]
        first, second = around if len(near) < 2 else box(self.likelihood, near, self.size, pair, height)
        return first, second

    def outside(self, made: Contour) -> tuple[str, ...]:
        """The minima that fit about as well and lie outside a contour's frame, in words."""
        pair = [self._position(name) for name in made.parameters]
        found = []
        for minimum in self.minima[1:]:
            place = minimum.values[pair]
            ends = zip(place, (made.x, made.y), strict=True)
            rise = minimum.chi2 - self.minima[0].chi2
            if rise < Contour.height(0.95) and not all(axis[0] <= value <= axis[-1] for value, axis in ends):
                where = ", ".join(f"{n} = {v:.4g}" for n, v in zip(made.parameters, place, strict=True))
                found.append(f"another minimum is outside the figure: {where}, Δχ² = {rise:.2f}")
        return tuple(found)

    @double_precision
    def contour(
        self,
        x: str,
        y: str,
        *,
        points: int = 100,
        ranges: tuple[tuple[float, float], tuple[float, float]] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Contour:
        """Δ(-2 log L) over two parameters, the others profiled; on ``ranges`` or where the 95 % region is.

        Of two parameters in all it is the fast mode's, relative to its height at the best fit.
        """
        if x == y:
            raise InputError(f"A contour needs two different parameters; {x} is given twice.")
        pair = self._position(x), self._position(y)
        axes = [np.linspace(*ends, points) for ends in ranges or self.frame(x, y)]
        if len(self.names) > 2:
            return contour(self.likelihood, self.minima, self.size, pair, axes[0], axes[1], progress)
        likelihood = self.likelihood.switched("fast")
        best = replace(self.minima[0], chi2=float(likelihood.chi2(self.minima[0].values[None])[0]))
        return contour(likelihood, (best,), self.size, pair, axes[0], axes[1], progress)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "luminosity": self.luminosity,
            "chi2": self.minima[0].chi2,
            "parameters": {
                name: part.to_dict() for name, part in zip(self.names, self.intervals, strict=True)
            },
            "correlation": self.correlation.tolist(),
            "minima": [
                {"values": dict(zip(self.names, m.values.tolist(), strict=True)), "chi2": m.chi2}
                for m in self.minima
            ],
            "observables": {
                label: {"value": value, "uncertainty": error}
                for label, (value, error) in self.observables.items()
            },
            "contours": [made.to_dict() for made in self.contours],
        }


@double_precision
def expected_fit(
    prospects: Prospects,
    centre: Array | None,
    luminosity: float,
    known: Sequence[Array],
    asked: Sequence[Observable] = (),
) -> ExpectedFit:
    """The expected fit with the projected numbers at ``centre``; ``None``: today's data alone.

    ``known`` are points ``(n,)`` from which minima are looked for. Raises :class:`ComputationError` if none converges.
    """
    likelihood = prospects.today if centre is None else prospects.expected(centre, luminosity)
    found = settled(likelihood, prospects.size, known)
    labels = [item.label for item in likelihood.experiment.observables]
    best = found[0].values
    values, errors = likelihood.predictions(best), propagated(likelihood, best)
    observables = {
        item.label: (float(values[at]), float(errors[at]))
        for item in asked
        for at in [labels.index(item.label)]
    }
    parts = intervals(likelihood, found, prospects.size)
    names = likelihood.parametrisation.names
    return ExpectedFit(luminosity, names, likelihood, prospects.size, found, parts, observables)


def settled(likelihood: Likelihood, size: Array, known: Sequence[Array]) -> tuple[Minimum, ...]:
    """The distinct minima reached from ``known`` points ``(n,)``, the best first."""
    found: list[Minimum] = []
    bounds = likelihood.parametrisation.bounds
    for point in known:
        fit = minuit(likelihood, Objective(likelihood), np.clip(point, bounds[:, 0], bounds[:, 1]), size)
        fit.migrad()
        if not fit.valid or not np.isfinite(reached(fit)):
            continue
        fit.hesse()
        candidate = as_minimum(fit)
        if not any(_same(candidate, other) for other in found):
            found.append(candidate)
    if not found:
        raise ComputationError(
            f"The expected fit of {', '.join(likelihood.parametrisation.names)} did not converge. Give ranges "
            "(`ranges`), or fewer parameters."
        )
    return tuple(sorted(found, key=lambda minimum: minimum.chi2))


def _same(one: Minimum, other: Minimum) -> bool:
    return bool(np.all(np.abs(one.values - other.values) < SAME * np.minimum(one.errors, other.errors)))


def propagated(likelihood: Likelihood, p: Array) -> Array:
    """The uncertainty of every observable at a best fit, of parameters and theory together, ``(obs,)``."""
    p = np.asarray(p, dtype=float)
    values, modes = likelihood.theory_model.modes(likelihood.parametrisation.to_linear(p))
    slopes = np.asarray(likelihood.slopes(p[None]))[0]
    scale = np.where(np.abs(slopes).max(axis=0) > 0, np.abs(slopes).max(axis=0), 1.0)
    by = np.concatenate([slopes / scale, np.asarray(modes).T], axis=1)  # (obs, n + k)
    _, curvature = likelihood.experiment.curved(np.asarray(values))
    fisher = 0.5 * by.T @ curvature @ by + np.diag(np.r_[np.zeros(len(p)), np.ones(by.shape[1] - len(p))])
    root = np.sqrt(np.clip(np.diag(fisher), 1e-300, None))
    inverse = np.linalg.pinv(fisher / np.outer(root, root), rcond=1e-13, hermitian=True) / np.outer(
        root, root
    )
    return np.sqrt(np.clip(np.einsum("oa,ab,ob->o", by, inverse, by), 0.0, None))
