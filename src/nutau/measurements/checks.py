"""Checks of measured numbers and correlations; each function returns a list of problems in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from nutau.common import triangles
from nutau.common.arrays import Array

Checked = TypeVar("Checked")


def passed(entry: Checked, problems: Sequence[str]) -> Checked:
    """``entry`` itself, or a ``ValueError`` with all its problems."""
    if problems:
        raise ValueError("; ".join(problems))
    return entry


def apart(names: Sequence[str]) -> list[str]:
    """The names of rows, those that several rows share with the position of the row."""
    return [
        f"{name} (values[{place}])" if names.count(name) > 1 else name for place, name in enumerate(names)
    ]


def uncertainties(given: Sequence[bool], names: Sequence[str], covariance: Any) -> list[str]:
    """Every row needs an uncertainty: from its ``errors`` or from the covariance, not from both."""
    rows = list(zip(names, given, strict=True))
    if covariance is None:
        return [f"{name}: errors are missing (or give a covariance)" for name, has in rows if not has]
    return [f"{name}: errors and a covariance are both given; drop one" for name, has in rows if has]


def matrix(correlation: Any, covariance: Any, names: Sequence[str]) -> list[str]:
    """Problems of the correlation or covariance of the rows called ``names``."""
    if correlation is not None and covariance is not None:
        return ["correlation and covariance are both given and may disagree; drop one"]
    given, kind = (correlation, "correlation") if covariance is None else (covariance, "covariance")
    if given is None:
        return []
    count = len(names)
    if isinstance(given, int | float):
        if count != 2:
            return [f"one number as correlation is for two values; {count} need a {count}×{count} matrix"]
        given = [[1.0, given], [given, 1.0]]
    if len(given) != count or any(len(row) != count for row in given):
        return [f"the {kind} of {count} values is {triangles.shape(given, count)}"]
    values = np.array(given, dtype=float)
    problems = _elements(values, kind, names)
    return problems or not_positive(values, kind, names)


def _elements(values: Array, kind: str, names: Sequence[str]) -> list[str]:
    """What is wrong with single elements, row by row."""
    unequal = ~np.isclose(values, values.T, rtol=1e-9, atol=0)
    outside = np.abs(values) > 1 if kind == "correlation" else np.zeros_like(unequal)
    problems = []
    for i in range(len(values)):
        if kind == "correlation" and values[i, i] != 1:
            problems.append(f"the correlation of {names[i]} with itself is {values[i, i]:g}, not 1")
        if kind == "covariance" and values[i, i] <= 0:
            problems.append(f"the variance of {names[i]} is {values[i, i]:g}; it must be positive")
        for j in map(int, np.nonzero(unequal[i, :i] | outside[i, :i])[0]):
            pair = f"{names[j]} and {names[i]}"
            if unequal[i, j]:
                above, below = values[j, i], values[i, j]
                problems.append(
                    f"conflicting {kind}s of {pair}: {above:g} above, {below:g} below the diagonal"
                )
            else:
                problems.append(f"the correlation of {pair} is {values[i, j]:g}, outside [-1, 1]")
    return problems


def not_positive(values: Array, kind: str, names: Sequence[str]) -> list[str]:
    """One problem naming the rows at fault if the matrix is not positive definite: its worst direction."""
    scale = np.sqrt(np.diag(values))
    eigenvalues, vectors = np.linalg.eigh(values / np.outer(scale, scale))
    if eigenvalues[0] > 1e-10:
        return []
    worst = np.abs(vectors[:, 0])
    guilty = [names[row] for row in np.argsort(-worst) if worst[row] > 0.3 * worst.max()]
    return [
        f"the {kind} is not positive definite (smallest eigenvalue {eigenvalues[0]:.2g} in units of the "
        f"uncertainties); the entries that make it so: {', '.join(guilty)}"
    ]


def grid(values: Any, shape: Sequence[int]) -> list[str]:
    """Problems of a table that should be finite numbers of this shape."""
    try:
        array = np.array(values, dtype=float)
    except (TypeError, ValueError):
        return ["minus_two_log_likelihood must be a regular (nested) list of numbers"]
    if array.shape != tuple(shape):
        return [f"minus_two_log_likelihood has shape {array.shape}; the axes ask for {tuple(shape)}"]
    if not np.all(np.isfinite(array)):
        return ["minus_two_log_likelihood has elements that are not finite numbers"]
    return []
