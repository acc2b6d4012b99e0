r"""The likelihood of a spectrum: expected events linear in it, nuisance parameters at their best.

With weights :math:`w_c = k_c + \sum_j R_{cj}\,x_j` of the signal's cells for predictions :math:`x_j` (means of
:math:`d\mathcal B/dq^2` in bins of :math:`q^2`),

.. math:: -2\log L(x) = \min_\theta\; 2\sum_b\Big[\nu_b - n_b + n_b\log\frac{n_b}{\nu_b}\Big] + C(\theta)

is zero where every bin is as predicted, so it is also the goodness of fit. Parameters of single cells are found in
closed form (:mod:`nutau.measurements.reinterpretation.collapsed`), the others by Newton's method. With the second
derivatives :math:`F` of the function of predictions and parameters together, those of the minimum are
:math:`F_{xx}-F_{x\theta}F_{\theta\theta}^{-1}F_{\theta x}`, exact and written out, so that JAX needs to differentiate
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from nutau.common.arrays import Array, lock, namespace
from nutau.measurements.reinterpretation import collapsed
from nutau.measurements.reinterpretation.collapsed import Local
from nutau.measurements.reinterpretation.constraints import Constraints
from nutau.measurements.reinterpretation.template import Template

STEPS = 60
"""Newton steps at most; three are usual."""
SETTLED = 1e-7
"""The step before which -2 log L is so near its minimum, as a fraction of 1 + itself, is the last: it is squared."""


@dataclass(frozen=True, eq=False)
class SpectrumLikelihood:
    """-2 log L of predictions ``(obs,)`` in natural units; one point at a time under JAX, ``(..., obs)`` with NumPy.

    ``constant`` ``(C,)`` and ``response`` ``(C, obs)`` give the weights of the cells, ``observed`` ``(B,)`` the events,
    ``reference`` ``(obs,)`` the spectrum of the simulation.
    """

    template: Template
    constraints: Constraints
    local: Local
    observed: Array
    constant: Array
    response: Array
    reference: Array

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "observed", "constant", "response", "reference")

    def __getstate__(self) -> dict[str, object]:
        """The fields alone: what is compiled is compiled again where it is needed."""
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    @property
    def numbers(self) -> int:
        """How many numbers were measured: the bins less the parameters of which nothing else is known."""
        return max(len(self.observed) - self.constraints.free, 0)

    def expected(self, x: Array, theta: Array) -> Array:
        """Events of the bins ``(B,)`` at predictions ``(obs,)`` and parameters ``(n,)``, before statistical errors."""
        return self.template.expected(theta, self._weights(x))

    def joint(self, x: Array, theta: Array) -> Array:
        """-2 log L at given parameters ``(n,)``; infinite where a bin with events expects none."""
        return 2.0 * self._state(x, theta).height + self.constraints(theta)

    def __call__(self, x: Array) -> Array:
        """-2 log L with the nuisance parameters at their best."""
        if namespace(x) is np:
            return self._each(x, lambda point: self._search(point)[1])
        return self._profiled(x)

    def best(self, x: Array) -> Array:
        """The nuisance parameters ``(n,)`` that fit best at predictions ``(obs,)``; differentiable under JAX."""
        return self._search(x)[0] if namespace(x) is np else self._best(x)

    def curved(self, x: Array) -> tuple[Array, Array]:
        """Gradient ``(..., obs)`` and positive semi-definite curvature ``(..., obs, obs)`` of -2 log L.

        The curvature is that of least squares.
        """
        if namespace(x) is not np or np.ndim(x) == 1:
            return self._curved(x)
        flat = [self._curved(point) for point in np.reshape(x, (-1, np.shape(x)[-1]))]
        gradient, curvature = (np.stack(part) for part in zip(*flat, strict=True))
        return gradient.reshape(np.shape(x)), curvature.reshape((*np.shape(x), np.shape(x)[-1]))

    def hessian(self, x: Array) -> Array:
        """The second derivatives ``(obs, obs)`` of -2 log L at ``(obs,)``."""
        return self._seconds(x, self.best(x))[0]

    def excess(self, x: Array) -> Array:
        """1 where more events were seen than are expected at initial nuisance parameters, -1 where fewer, ``(...)``."""
        xp = namespace(x)
        start = np.asarray(self.constraints.start)
        cells = self.template.at(start, np.asarray(self.constant))
        slope, rest = cells.by_weight @ np.asarray(self.response), float(np.sum(cells.events))
        return xp.sign(float(np.sum(self.observed)) - rest - x @ xp.asarray(slope))

    @cached_property
    def strength(self) -> float:
        """The best multiple of the spectrum of the simulation, to a percent: an order of magnitude for searches."""
        from scipy.optimize import minimize_scalar

        cold = self._cold
        found = minimize_scalar(lambda s: float(cold(s * self.reference)), bracket=(0.5, 2.0), tol=1e-2)
        return float(found.x)

    @cached_property
    def typical(self) -> tuple[tuple[int, float], ...]:
        """Positions of a few observables with the values that a spectrum of the simulation's shape has at its best."""
        count = len(self.reference)
        places = np.unique(np.linspace(0, count - 1, min(count, 5)).astype(int))
        return tuple((int(place), self.strength * float(self.reference[place])) for place in places)

    @cached_property
    def precision(self) -> Array:
        """One over the variance of each observable where the others are as in the simulation, ``(obs,)``."""
        return 0.5 * np.diag(self.curved(np.asarray(self.reference))[1])

    def with_observed(self, observed: Array, auxiliary: Array | None = None) -> SpectrumLikelihood:
        """The same analysis with other events ``(B,)`` seen, and auxiliary data ``(n,)``; searches begin as its own."""
        known = self.constraints if auxiliary is None else replace(self.constraints, auxiliary=auxiliary)
        made = replace(self, observed=np.asarray(observed, dtype=float), constraints=known)
        made.__dict__["_near"] = self._near
        return made

    def _weights(self, x: Array) -> Array:
        xp = namespace(x)
        return xp.asarray(self.constant) + xp.asarray(self.response) @ x

    def _state(self, x: Array, theta: Array) -> collapsed.State:
        return collapsed.state(self.template, self.local, self.observed, theta, self._weights(x))

    def _curved(self, x: Array) -> tuple[Array, Array]:
        theta = self.best(x)
        xp, found = namespace(x, theta), self._state(x, theta)
        response = xp.asarray(self.response)
        slope, squares, _ = collapsed.by_weights(self.template, self.local, found, response)
        cross, _ = collapsed.mixed(self.template, self.local, found, response)
        inner, _ = collapsed.hessian(self.template, self.local, found)
        known = self.constraints.slopes(theta)[1]
        cross = cross * xp.asarray(self._free)[:, None]
        solved = xp.linalg.solve(self._held(inner) + xp.diag(known), cross)
        return 2.0 * slope, 2.0 * (squares - cross.T @ solved)

    def _seconds(self, x: Array, theta: Array) -> tuple[Array, Array]:
        """Second derivatives of the profile ``(obs, obs)``, and how the parameters follow ``(n, obs)``."""
        xp, found = namespace(x, theta), self._state(x, theta)
        response = xp.asarray(self.response)
        outer = sum(collapsed.by_weights(self.template, self.local, found, response)[1:])
        cross = sum(collapsed.mixed(self.template, self.local, found, response))
        inner = sum(collapsed.hessian(self.template, self.local, found))
        known = self.constraints.slopes(theta)[1]
        cross = cross * xp.asarray(self._free)[:, None]
        follow = -xp.linalg.solve(self._held(inner) + xp.diag(known), cross)
        return 2.0 * (outer + cross.T @ follow), follow

    @cached_property
    def _free(self) -> Array:
        """1 for each parameter that is not fixed, else 0."""
        return (~self.constraints.fixed).astype(float)

    def _held(self, matrix: Array) -> Array:
        """A matrix ``(n, n)`` without the rows and columns of parameters that are fixed."""
        xp = namespace(matrix)
        free = xp.asarray(self._free)
        return matrix * free[:, None] * free[None, :]

    def _step(self, x: Array, now: tuple[Array, ...]) -> tuple[Array, ...]:
        """One step of Newton's method, with the least squares alone and shorter after one that did not help."""
        theta, value, length, _ = now
        xp, found = namespace(x, theta), self._state(x, theta)
        slope, bend = self.constraints.slopes(theta)
        free = xp.asarray(self._free)
        slope = slope + free * collapsed.gradient(self.template, found)
        squares, rest = collapsed.hessian(self.template, self.local, found)
        inner = self._held(squares + xp.where(length == 1.0, rest, 0.0)) + xp.diag(bend)
        move = xp.linalg.solve(inner, slope)
        trial = theta - xp.where(length == 1.0, 1.0, 2.0 * length) * move
        reached = self.joint(x, trial)
        reached = xp.where(xp.isfinite(reached), reached, xp.inf)
        better = reached <= value
        settled = (xp.abs(slope @ move) < SETTLED * (1.0 + value)) | (length < 1e-6)
        return (
            xp.where(better, trial, theta),
            xp.where(better, reached, value),
            xp.where(better, 1.0, 0.5 * length),
            settled,
        )

    def _begin(self, x: Array) -> tuple[Array, ...]:
        xp = namespace(x)
        start = xp.asarray(self.constraints.start)
        value = self.joint(x, start)
        for place, theta, follow in self._near:
            guess = xp.asarray(theta) + xp.asarray(follow) @ (x - xp.asarray(place))
            reached = self.joint(x, guess)
            start, value = xp.where(reached < value, guess, start), xp.where(reached < value, reached, value)
        return start, value, xp.asarray(1.0), xp.asarray(False)

    @cached_property
    def _near(self) -> tuple[tuple[Array, Array, Array], ...]:
        """A point near the best of all with its parameters and how they follow: where searches begin."""
        place = np.asarray(self.strength * self.reference)
        theta = self._cold.best(place)
        return ((place, theta, self._seconds(place, theta)[1]),)

    @cached_property
    def _cold(self) -> SpectrumLikelihood:
        """The same, with searches that begin at the initial parameters."""
        made = replace(self)
        made.__dict__["_near"] = ()
        return made

    def _search(self, x: Array) -> tuple[Array, float]:
        """The minimum with NumPy: where it is, and -2 log L. The last is kept: its derivatives are asked for next."""
        key = np.asarray(x, dtype=float).tobytes()
        found = self._last.get(key)
        if found is None:
            with np.errstate(all="ignore"):
                now = self._begin(x)
                for _ in range(STEPS):
                    now = self._step(x, now)
                    if bool(now[-1]):
                        break
            found = now[0], float(now[1])
            self._last.clear()
            self._last[key] = found
        return found

    @cached_property
    def _last(self) -> dict[bytes, tuple[Array, float]]:
        return {}

    def _compiled_search(self, x: Array) -> Array:
        import jax

        def step(state: tuple[Array, tuple[Array, ...]]) -> tuple[Array, tuple[Array, ...]]:
            return state[0] + 1, self._step(x, state[1])

        def go_on(state: tuple[Array, tuple[Array, ...]]) -> Array:
            return (state[0] < STEPS) & ~state[1][-1]

        return jax.lax.while_loop(go_on, step, (jax.numpy.asarray(0), self._begin(x)))[1][0]

    @cached_property
    def _best(self) -> Callable[[Array], Array]:
        import jax

        best: Any = jax.custom_jvp(jax.jit(self._compiled_search))

        @best.defjvp  # type: ignore[untyped-decorator]
        def derivative(at: tuple[Array], along: tuple[Array]) -> tuple[Array, Array]:
            theta = best(at[0])
            return theta, self._seconds(at[0], theta)[1] @ along[0]

        return best

    @cached_property
    def _profiled(self) -> Callable[[Array], Array]:
        import jax

        def at_best(x: Array, theta: Array) -> tuple[Array, Array]:
            found = self._state(x, theta)
            slope = 2.0 * (found.first * found.cells.by_weight) @ jax.numpy.asarray(self.response)
            return 2.0 * found.height + self.constraints(theta), slope

        value: Any = jax.custom_jvp(lambda x: both(x)[0])
        both: Any = jax.custom_jvp(lambda x: at_best(x, self._best(x)))

        @value.defjvp  # type: ignore[untyped-decorator]
        def first(at: tuple[Array], along: tuple[Array]) -> tuple[Array, Array]:
            height, slope = both(at[0])
            return height, slope @ along[0]

        @both.defjvp  # type: ignore[untyped-decorator]
        def second(at: tuple[Array], along: tuple[Array]) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
            theta = self._best(at[0])
            height, slope = at_best(at[0], theta)
            return (height, slope), (slope @ along[0], self._seconds(at[0], theta)[0] @ along[0])

        return value

    def _each(self, x: Array, at: Callable[[Array], Array]) -> Array:
        points = np.reshape(np.asarray(x, dtype=float), (-1, np.shape(x)[-1]))
        return np.array([float(at(point)) for point in points]).reshape(np.shape(x)[:-1])
