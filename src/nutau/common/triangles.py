"""Symmetric matrices in files: in full, or as their lower triangle with the diagonal, one row a line.

A long one is text (``|`` in YAML), which is read fifty times as fast: rows of numbers with spaces between them, and an
empty line where rows begin that are not correlated with those above it.

A triangle without its diagonal is not taken: for three numbers it has two rows, as a triangle of two with its
diagonal has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Rows = list[list[float]]


def is_triangle(rows: Sequence[Sequence[float]]) -> bool:
    """Whether the rows have one number, two, three and so on."""
    return [len(row) for row in rows] == list(range(1, len(rows) + 1))


def read(text: str) -> Rows:
    """The lower triangle that a text means; ``ValueError`` saying what is no number or no triangle."""
    found: Rows = []
    for block in re.split(r"\n\s*\n", text.strip()):
        before = len(found)
        for line in block.splitlines():
            row = [_number(word) for word in line.split()]
            if len(row) != len(found) - before + 1:
                raise ValueError(
                    f"row {len(found) + 1} of the text has {len(row)} numbers; write the lower triangle with the "
                    f"diagonal, here {len(found) - before + 1} numbers (an empty line begins rows that are not "
                    "correlated with those above)"
                )
            found.append([0.0] * before + row)
    return found


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise ValueError(f"'{word[:20]}' in the text of a matrix is not a number") from None


def filled(rows: Rows) -> Rows:
    """A lower triangle as the full matrix; anything else as it is."""
    if not is_triangle(rows):
        return rows
    return [[rows[max(i, j)][min(i, j)] for j in range(len(rows))] for i in range(len(rows))]


def lower(rows: Rows) -> Rows:
    """A full symmetric matrix as its lower triangle; anything else as it is. ``ValueError`` if it is not symmetric."""
    size = len(rows)
    if is_triangle(rows) or any(len(row) != size for row in rows):
        return rows
    for i in range(size):
        for j in range(i):
            if abs(rows[i][j] - rows[j][i]) > 1e-9 * abs(rows[j][i]):
                above, below = rows[j][i], rows[i][j]
                raise ValueError(
                    f"rows {j + 1} and {i + 1} conflict: {above:g} above, {below:g} below the diagonal"
                )
    return [row[: i + 1] for i, row in enumerate(rows)]


def shape(rows: Sequence[Sequence[float]], size: int) -> str:
    """What the rows should be and what they are, for a message."""
    lengths = [len(row) for row in rows]
    found = f"{len(rows)} rows of {', '.join(map(str, lengths[:6]))}{', …' if len(rows) > 6 else ''} numbers"
    why = ""
    if lengths in (list(range(1, size)), list(range(size))):
        why = "; a triangle without its diagonal is not taken, so write the diagonal too"
    elif lengths == list(range(size, 0, -1)):
        why = "; this is the upper triangle, write the lower one"
    return (
        f"a {size}×{size} matrix, or its lower triangle with the diagonal (rows of 1 to {size} numbers); "
        f"this one has {found}{why}"
    )
