r"""How far a relation can be broken, and what rates allow another one to be, over all coefficients of a set.

Rates are quadratic forms :math:`x^TS_jx` with :math:`x_0=1`, so that statements for *all* coefficients are linear
matrix inequalities. With :math:`\Delta=S-\sum_jb_jS_j`,

* :math:`\lambda_-R\le R-\sum_jb_jR_j\le\lambda_+R` for all coefficients, with the extreme eigenvalues of
  :math:`\Delta` relative to :math:`S` (:func:`violation`);
* :math:`R-\sum_jb_jR_j\le\sum_j\mu_jR_j+t` for all coefficients if :math:`\sum_j\mu_jS_j+t\,e_0e_0^T-\Delta` has no
  negative eigenvalue, so that the smallest right-hand side over intervals of the :math:`R_j` bounds it
  (:func:`largest`): the dual of the maximum over all coefficients that keep the rates in their intervals.

Both are linear programs in few variables with one inequality a vector x; a vector that violates the matrix inequality
is added until there is none (the cutting planes of J. E. Kelley, J. SIAM 8 (1960) 703).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import ComputationError

ROUNDS, ADDED = 300, 6
"""Linear programs at most, and vectors that each adds at most."""
CLOSE = 1e-7
"""The most negative eigenvalue that counts as none, in units of what the rates are; it is added to the bound."""
LARGEST = 1e4
"""Bound on multipliers, which are of order one."""
SMALL = 1e-7
"""The cost of a weight beside that of the violation: of weights that are as good the smallest are taken."""
NOTHING = 1e-6
"""A bound so near to zero is zero, in the same units."""
OUTSIDE = 1e-9
"""A part of a form outside of the space that another one sees, over the whole, above which it is unbounded there."""


def without_copies(forms: Array) -> Array:
    """Symmetric forms ``(n, size, size)`` without the coordinates whose block is a copy of one before, as of flavours.

    Statements on eigenvalues of their combinations are the same, and take a tenth of the time.
    """
    from scipy.sparse.csgraph import connected_components

    count, label = connected_components((forms != 0).any(axis=0), directed=False)
    blocks = [np.flatnonzero(label == number) for number in range(count)]
    kept: dict[bytes, Array] = {}
    for block in blocks:
        inside = forms[:, block[:, None], block]
        size = float(np.abs(inside).max()) or 1.0
        kept.setdefault(np.round(inside / size, 12).tobytes() + np.float32(size).tobytes(), block)
    places = np.sort(np.concatenate(list(kept.values())))
    return forms[:, places[:, None], places]


def violation(change: Array, rate: Array) -> tuple[float, float] | None:
    r"""The extreme values of :math:`x^T\Delta x/x^TSx`; ``None`` where the rate can vanish and the change cannot."""
    white = _whitener(rate, change)
    if white is None:
        return None
    values = np.linalg.eigvalsh(white.T @ change @ white)
    return float(min(values[0], 0.0)), float(max(values[-1], 0.0))


def closest(target: Array, members: Sequence[Array]) -> Array | None:
    r"""The weights, of sum one, with the smallest largest :math:`|x^T\Delta x|/x^TSx`; ``None`` if it has no bound."""
    whites = [_whitener(target, member) for member in members]
    if any(white is None for white in whites):
        return None
    white = whites[0]
    assert white is not None
    rest = [white.T @ member @ white for member in members]
    count = len(members)
    one, signs = np.eye(white.shape[1]), np.concatenate([np.ones(count), -np.ones(count)])
    both = np.array([*rest, *rest]) * signs[:, None, None]  # weights of either sign, and the violation s

    def gap(given: Array) -> tuple[float, Array]:  # the vectors that break +-change <= s most
        values, vectors = np.linalg.eigh(one - np.tensordot(given[:-1], both, axes=1))
        ends = np.unique([0, *range(max(len(values) - ADDED, 0), len(values))])
        return float(np.abs(values[ends]).max() - given[-1]), vectors[:, ends]

    def rows(vectors: Array) -> tuple[Array, Array]:  # s -+ (v.v - b.v W v) >= 0
        sizes = np.array([np.einsum("iv,ij,jv->v", vectors, form, vectors) for form in both]).T
        whole = np.einsum("iv,iv->v", vectors, vectors)
        sides = [np.hstack([side * sizes, whole[:, None]]) for side in (1.0, -1.0)]
        return np.vstack(sides), np.concatenate([whole, -whole])

    cost = np.append(np.full(2 * count, SMALL), 1.0)
    start = np.linalg.eigh(np.sum(rest, axis=0))[1]
    equal = np.append(signs, 0.0)[None], np.ones(1)
    found = _cut(cost, [(0.0, LARGEST)] * len(cost), start, rows, gap, equal)
    weights: Array = found[:count] - found[count:-1]
    return weights


def largest(change: Array, rates: Sequence[Array], low: Array, high: Array) -> float | None:
    """The most that ``change`` can be while every rate is from ``low`` to ``high`` ``(n,)``; ``None``: no bound."""
    unit = np.zeros_like(change)
    unit[0, 0] = 1.0
    scaled = [form / most for form, most in zip(rates, high, strict=True)]
    white = _whitener(np.sum(scaled, axis=0) + unit, change)
    if white is None:
        return None
    forms = [white.T @ form @ white for form in (*scaled, unit)]
    goal, count = white.T @ change @ white, len(rates)
    size = float(np.abs(np.linalg.eigvalsh(goal)).max())
    if size == 0.0:
        return 0.0
    goal = goal / size
    signs = np.concatenate([np.ones(count + 1), -np.ones(count + 1)])
    terms = np.array([*forms, *forms]) * signs[:, None, None]

    def gap(given: Array) -> tuple[float, Array]:
        values, vectors = np.linalg.eigh(np.tensordot(given, terms, axes=1) - goal)
        broken = int(np.count_nonzero(values < 0))
        return -float(values[0]), vectors[:, : min(ADDED, max(1, broken))]

    def rows(vectors: Array) -> tuple[Array, Array]:
        sizes = np.array([np.einsum("iv,ij,jv->v", vectors, form, vectors) for form in terms]).T
        return sizes, np.einsum("iv,ij,jv->v", vectors, goal, vectors)

    cost = np.concatenate([np.ones(count + 1), -low / high, [-1.0]])
    found = _cut(cost, [(0.0, LARGEST)] * len(cost), np.eye(white.shape[1]), rows, gap)
    short = max(gap(found)[0], 0.0)  # the whitened sum of all forms is one: this much of it makes it certain
    most = float(cost @ found + short * (count + 1.0))
    return 0.0 if abs(most) < NOTHING else most * size


def _whitener(rate: Array, change: Array) -> Array | None:
    """Columns with which ``rate`` is one on the space that it sees; ``None`` if ``change`` sees more."""
    scale = np.sqrt(np.where(np.diag(rate) > 0, np.diag(rate), 1.0))
    values, vectors = np.linalg.eigh(rate / np.outer(scale, scale))
    seen = values > OUTSIDE * values[-1]
    blind = vectors[:, ~seen] / scale[:, None]
    size = max(np.abs(change).max(), np.abs(rate).max())
    if blind.size and np.abs(change @ blind).max() > OUTSIDE * size * np.abs(blind).max():
        return None
    white: Array = vectors[:, seen] / scale[:, None] / np.sqrt(values[seen])
    return white


Rows = Callable[[Array], tuple[Array, Array]]
Gap = Callable[[Array], tuple[float, Array]]


def _cut(
    cost: Array,
    bounds: Sequence[tuple[float, float]],
    start: Array,
    rows: Rows,
    gap: Gap,
    equal: tuple[Array, Array] | None = None,
) -> Array:
    """The variables of least cost for which ``rows`` of all vectors are at least their right-hand sides."""
    from scipy.optimize import linprog

    left, right = rows(start)
    for _ in range(ROUNDS):
        ends: dict[str, Array] = {} if equal is None else {"A_eq": equal[0], "b_eq": equal[1]}
        made = linprog(cost, A_ub=-left, b_ub=-right, bounds=bounds, method="highs", **ends)
        if made.x is None:
            break
        short, vectors = gap(made.x)
        if short < CLOSE:
            return np.asarray(made.x)
        more, values = rows(vectors)
        left, right = np.vstack([left, more]), np.concatenate([right, values])
    raise ComputationError(
        "The largest violation of a relation was not found; ask for fewer observables, or fewer coefficients."
    )
