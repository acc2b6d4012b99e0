r"""The strength of a hypothesis: :math:`-2\log L` with the theory nuisances at their best, and its minimum.

The strength s is the branching ratio of B⁺ → K⁺ and the new state, 0 or more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.invisible.predictions import Signal, Standard
from nutau.inference.likelihood.experiment import Experiment

UNIT = 1e-5
"""The strength is searched in units of this."""
STEEP = 1e-3
"""The gradient of -2 log L at which a search ends."""


@dataclass(frozen=True, eq=False)
class Problem:
    """-2 log L of z = (s / :data:`UNIT`, η), with the measurements and the predictions of one hypothesis."""

    experiment: Experiment
    order: Array
    sm: Standard
    new: Signal

    def predictions(self, z: Array) -> Array:
        """Of all observables of the Standard Model record ``(obs,)``."""
        of_sm, of_new = self.new.of_sm, self.new.of_new
        return self.sm.values * (1.0 + z[1:] @ of_sm) + UNIT * z[0] * self.new.values * (1.0 + z[1:] @ of_new)

    def slopes(self, z: Array) -> Array:
        """The derivatives of the predictions by z, ``(obs, 1 + components)``."""
        of_sm, of_new = self.new.of_sm, self.new.of_new
        by_strength = UNIT * self.new.values * (1.0 + z[1:] @ of_new)
        by_errors = self.sm.values * of_sm + UNIT * z[0] * self.new.values * of_new
        return np.column_stack([by_strength, by_errors.T])

    def height(self, z: Array) -> float:
        """-2 log L; infinite for a negative prediction of a bin."""
        return float(self.experiment(self.predictions(z)[self.order]) + z[1:] @ z[1:])

    def curved(self, z: Array) -> tuple[Array, Array]:
        """Its gradient and the curvature of least squares."""
        slopes = self.slopes(z)[self.order]
        gradient, curvature = self.experiment.curved(self.predictions(z)[self.order])
        penalty = np.diag([0.0, *np.ones(len(z) - 1)])
        return slopes.T @ gradient + 2.0 * penalty @ z, slopes.T @ curvature @ slopes + 2.0 * penalty

    def best(self, start: Array | None = None, held: float | None = None) -> tuple[Array, float]:
        """The minimum over all of z with s ≥ 0, or over η at a strength ``held``; z and -2 log L there."""
        z = self._start if start is None else start
        if held is None:
            found = self._search(z, slice(0, None))
            if found[0][0] >= 0.0:
                return found
        z = np.array([0.0 if held is None else held / UNIT, *z[1:]])
        return self._search(z, slice(1, None))

    def interval(self, best: Array, height: float, rise: float) -> tuple[float, float]:
        """Where -2 log L is ``rise`` above its minimum; the lower end is 0 if it is not reached."""
        from scipy.optimize import brentq

        _, curvature = self.curved(best)
        step = float(np.sqrt(rise * 2.0 * np.linalg.inv(curvature)[0, 0]))

        def above(s: float) -> float:
            return self.best(best, held=UNIT * s)[1] - height - rise

        s, top = float(best[0]), float(best[0]) + step
        while above(top) < 0.0:
            top += step
        low = 0.0 if s <= 0.0 or above(0.0) <= 0.0 else brentq(above, 0.0, s, xtol=1e-3 * step, rtol=1e-6)
        high = brentq(above, s, top, xtol=1e-3 * step, rtol=1e-6)
        return UNIT * float(low), UNIT * float(high)

    @property
    def _start(self) -> Array:
        return np.zeros(1 + len(self.new.of_sm))

    def _search(self, z: Array, free: slice) -> tuple[Array, float]:
        """By scipy's trust region with the curvature of least squares."""
        moved = z.copy()
        seen: dict[bytes, tuple[Array, Array]] = {}

        def at(part: Array) -> Array:
            point = moved.copy()
            point[free] = part
            return point

        def curves(part: Array) -> tuple[Array, Array]:
            key = part.tobytes()
            if key not in seen:
                seen.clear()
                gradient, curvature = self.curved(at(part))
                seen[key] = gradient[free], curvature[free, free]
            return seen[key]

        from scipy.optimize import minimize

        found = minimize(
            lambda part: self.height(at(part)),
            z[free],
            jac=lambda part: curves(part)[0],
            hess=lambda part: curves(part)[1],
            method="trust-exact",
            options={"gtol": STEEP, "initial_trust_radius": 3.0, "maxiter": 40},
        )
        return at(found.x), float(found.fun)


def positions(experiment: Experiment, sm: Standard, spectrum: Sequence[object]) -> Array:
    """Where each observable of the experiment stands in the predictions: bins of ``spectrum``, then modes."""
    names = [*spectrum, *sm.modes]
    return np.array(
        [names.index(item if item in names else item.name) for item in experiment.observables], dtype=int
    )
