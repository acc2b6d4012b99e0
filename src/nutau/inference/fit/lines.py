r"""All minima of -2 log L along a line in parameter space, by construction.

Along a line :math:`p + t\,d` the internal parameters are polynomials of second degree in t, of fourth for boxes, of
twice that where a coupling is a product of parameters (:mod:`nutau.inference.likelihood.parameters`), and numerators
and denominators of the observables have twice the degree of these. The roots of :math:`N - mD` are where an
observable :math:`N/D` returns to its measured value m, those of :math:`N'D - ND'` where it turns. Between neighbours
among all these points every residual is monotonic: minima lie at them or, one between two, in the gaps. A grid made
of them and of the same parts of every gap therefore knows no scale, and finds a mirror solution however far away it
is and however narrow.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.likelihood import Likelihood
from nutau.measurements import LikelihoodGrid
from nutau.observables.formula import Readout

POINTS = 400
"""About how many points a line has, shared among its gaps."""
PARTS = (1, 32)
"""Points in one gap: at least, and at most. One is enough: between its ends a gap has one minimum, or none."""
BEYOND = np.array([1e-3, 1e-2, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0])
"""How far a line goes on beyond its outermost special point, in units of the distance between the two outermost."""
FINER = 2
"""How often the cells around a minimum are divided again, each time in :data:`CELLS`."""
CELLS = 16
DEGREES = (2, 4, 8)
"""Of internal parameters in t: of products of couplings, of boxes, and where couplings are products themselves."""
PROBES, HOLDS = np.array([-0.85, -0.4, 0.3, 0.75]), 1e-11
"""Values of t at which a polynomial is held against the parameters, and how well it must hold."""
NEARLY_REAL = 0.01
"""Roots with imaginary parts below this fraction of themselves count as real."""
NEGLIGIBLE = 1e-13
"""Leading coefficients below this fraction of the largest are rounding."""


def minima_along(likelihood: Likelihood, base: Array, direction: Array) -> tuple[Array, Array]:
    """The minima in the fast mode on the line from ``base`` along ``direction`` (both ``(n,)``), and -2 log L there.

    Shapes ``(found, n)`` and ``(found,)``; the lowest first. ``direction`` has the size at which data see a change. The
    line ends at the bounds of the parameters.
    """
    fast = likelihood.switched("fast")
    low, high = _range(likelihood, base, direction)
    t = _grid(special(likelihood, base, direction), low, high)
    for _ in range(1 + FINER):
        values = fast.chi2(base + t[:, None] * direction)
        lowest = _local(values)
        if not len(lowest):
            break
        left, right = t[np.maximum(lowest - 1, 0)], t[np.minimum(lowest + 1, len(t) - 1)]
        found, heights = t[lowest], values[lowest]
        t = np.unique(np.linspace(left, right, 1 + CELLS))
    if not len(lowest):
        return np.empty((0, len(base))), np.empty(0)
    order = np.argsort(heights, kind="stable")
    return base + found[order, None] * direction, heights[order]


def special(likelihood: Likelihood, base: Array, direction: Array) -> Array:
    """Where observables return to what was measured, or turn: values of t, sorted."""
    made = _squares(_polynomials(likelihood, base, direction), likelihood.theory_model.readouts)
    found = [np.zeros(1)]
    for a, b in made:
        found.append(_roots(_derivative(a) @ _times(b, len(a) - 1) - _derivative(b) @ _times(a, len(b) - 1)))
    for position, value in _measured(likelihood):
        a, b = made[position]
        readout = likelihood.theory_model.readouts[position]
        if readout == "angle":
            found.append(_roots(np.cos(value) * a - np.sin(value) * b))
        else:
            found.append(_roots(a - (value if readout == "ratio" else value**2) * b))
    every = np.unique(np.concatenate(found))
    apart = np.diff(every, prepend=-np.inf) > 1e-9 * np.maximum(np.abs(every), 1e-3)
    return every[apart]


def _squares(parts: Sequence[Array], readouts: Sequence[Readout]) -> list[tuple[Array, Array]]:
    """Numerator and denominator of each observable; over a geometric mean those of its square."""

    def one(row: int) -> tuple[Array, Array]:
        a, b, *second = (part[row] for part in parts)
        return (np.convolve(a, a), np.convolve(b, second[0])) if readouts[row] == "geometric" else (a, b)

    return [one(row) for row in range(len(readouts))]


def _polynomials(likelihood: Likelihood, base: Array, direction: Array) -> tuple[Array, ...]:
    """Numerators, denominators and second factors as polynomials in t, ``(obs, powers)``, the constant first."""
    theory_model = likelihood.theory_model
    x = _internal(likelihood, base, direction)
    x[1:][np.abs(x[1:]) < NEGLIGIBLE * np.abs(x).max(axis=0)] = 0.0
    count = len(x)
    full = np.concatenate([np.eye(count)[:, :1], x], axis=1)  # (powers of t, 1 + m)
    rows, columns = np.triu_indices(full.shape[1])
    powers = np.zeros((2 * count - 1, len(rows)))
    for i in range(count):
        for j in range(count):
            powers[i + j] += full[i, rows] * full[j, columns]
    return tuple(np.asarray(part) @ powers.T for part in theory_model.parts)


def _internal(likelihood: Likelihood, base: Array, direction: Array) -> Array:
    """The internal parameters as polynomials in t, ``(powers, m)``, of the lowest degree that holds between nodes."""
    to_linear = likelihood.parametrisation.to_linear
    probes = to_linear(base + PROBES[:, None] * direction)
    for degree in DEGREES:
        nodes = np.sin(np.linspace(-0.5, 0.5, degree + 1) * np.pi)
        x = np.linalg.solve(np.vander(nodes, increasing=True), to_linear(base + nodes[:, None] * direction))
        apart = np.abs(np.vander(PROBES, degree + 1, increasing=True) @ x - probes)
        if np.all(apart <= HOLDS * np.abs(x).max(axis=0)):
            break
    return x


def _times(polynomial: Array, terms: int) -> Array:
    """The matrix that multiplies a polynomial of ``terms`` coefficients by this one."""
    matrix = np.zeros((terms, terms + len(polynomial) - 1))
    for row in range(terms):
        matrix[row, row : row + len(polynomial)] = polynomial
    return matrix


def _derivative(polynomial: Array) -> Array:
    return polynomial[1:] * np.arange(1, len(polynomial))


def _roots(polynomial: Array) -> Array:
    """Real roots, and the real parts of those that are real but for rounding: two that nearly meet.

    Of no interest are the others: where a residual comes near zero without reaching it, it turns.
    """
    size = np.abs(polynomial).max()
    kept = np.flatnonzero(np.abs(polynomial) > NEGLIGIBLE * size)
    if not len(kept) or kept[-1] == 0:
        return np.empty(0)
    roots = np.roots(polynomial[kept[-1] :: -1])
    return np.real(roots[np.abs(roots.imag) < NEARLY_REAL * np.abs(roots)])


def _measured(likelihood: Likelihood) -> list[tuple[int, float]]:
    """Position of an observable and a value that was measured, or that a likelihood table prefers."""
    experiment = likelihood.experiment
    found = [(int(row), float(value)) for row, value in zip(experiment.rows, experiment.central, strict=True)]
    for table, where in experiment.tables:
        if not isinstance(table, LikelihoodGrid):
            found += [(where[place], value) for place, value in table.typical]
        elif len(where) == 1:
            found += [(where[0], float(table.axes[0][place])) for place in _local(table.values)]
        else:
            best = np.unravel_index(int(np.argmin(table.values)), table.values.shape)
            found += [
                (position, float(axis[place]))
                for position, axis, place in zip(where, table.axes, best, strict=True)
            ]
    return found


def _range(likelihood: Likelihood, base: Array, direction: Array) -> tuple[float, float]:
    """The values of t between which a line from a point inside the bounds stays inside."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = (likelihood.parametrisation.bounds - base[:, None]) / direction[:, None]
    ends = ends[direction != 0]
    return min(float(ends.min(axis=1).max()), 0.0), max(float(ends.max(axis=1).min()), 0.0)


def _grid(points: Array, low: float, high: float) -> Array:
    """Special points between the bounds, the bounds, the parts of every gap, and what is beyond."""
    points = points[(points > low) & (points < high)]
    edges = np.array([end for end in (low, high) if np.isfinite(end)])
    points = np.unique(np.concatenate([points, edges]))
    parts = int(np.clip(POINTS // max(len(points) - 1, 1), *PARTS))
    inside = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, parts + 1) / (parts + 1))  # denser near the ends
    between = points[:-1, None] + np.diff(points)[:, None] * inside
    reach = max(points[-1] - points[0], 1.0) * BEYOND
    beyond = np.concatenate([points[0] - reach, points[-1] + reach])
    beyond = beyond[(beyond > low) & (beyond < high)]
    return np.unique(np.concatenate([points, between.ravel(), beyond]))


def _local(values: Array) -> Array:
    """Where a finite value is not above its neighbours; of a flat bottom the first."""
    padded = np.concatenate([[np.inf], values, [np.inf]])
    return np.flatnonzero(np.isfinite(values) & (values < padded[:-2]) & (values <= padded[2:]))
