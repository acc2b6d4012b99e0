"""Polynomials, ratios and splines as text: expressions of names, ``+ - * /``, ``abs``, ``exp`` and ``sqrt``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations_with_replacement

import numpy as np

from nutau.common.arrays import Array
from nutau.common.monomials import Exponents, count
from nutau.errors import InputError
from nutau.measurements.distributions import LikelihoodGrid
from nutau.measurements.tables import continued, last_widths

DEGREES = (1, 2, 4)
"""Of coefficients in couplings: as they are, exchanges, boxes."""
MOST_TERMS = 2000
"""Monomials of a polynomial that is found from its values; 10 couplings of boxes have 1001."""
EXACT = 1e-11
"""How well a polynomial must give what it is one of, of its largest value."""
SPELLED = (("->", "_to_"), ("*", "st"), ("+", "p"))


def identifiers(names: Iterable[str], prefix: str = "") -> dict[str, str]:
    """A name for each of ``names`` that can stand in an expression: ``R(D*)`` is ``R_Dst``; no two are the same.

    >>> identifiers(["R(D*)", "BR(B+->Knunu)"], "prediction_")
    {'R(D*)': 'prediction_R_Dst', 'BR(B+->Knunu)': 'prediction_BR_Bp_to_Knunu'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        text = name
        for sign, spelled in SPELLED:
            text = text.replace(sign, spelled)
        text = prefix + re.sub(r"[^0-9A-Za-z]+", "_", text).strip("_")
        base = text if text[0].isalpha() else f"p_{text}"
        number, made = 1, base
        while made in taken:
            number += 1
            made = f"{base}_{number}"
        taken.add(made)
        found[name] = made
    return found


def added(terms: Iterable[tuple[float, str]]) -> str:
    """A sum of numbers times factors, those that are zero left out: ``1.5 - 2.0*x``."""
    text = ""
    for number, factor in terms:
        if number == 0:
            continue
        size = repr(abs(float(number)))
        if not np.isfinite(number):
            raise InputError("A likelihood with a number that is not finite cannot be written.")
        term = factor if factor and abs(number) == 1 else f"{size}*{factor}" if factor else size
        sign = "-" if number < 0 else ""
        text += f" {sign or '+'} {term}" if text else f"{sign}{term}"
    return text or "0.0"


def product(names: Sequence[str], exponents: Exponents) -> str:
    """A monomial: every factor written out."""
    return "*".join(name for name, power in zip(names, exponents, strict=True) for _ in range(power))


def in_monomials(row: Array, products: Sequence[str]) -> str:
    """A row of coefficients over monomials."""
    return added(zip(np.asarray(row).tolist(), products, strict=True))


def moved(row: Array, modes: Array, names: Sequence[str], products: Sequence[str]) -> str:
    """A polynomial ``(M,)`` and what each of ``names`` adds of its own, ``(k, M)``."""
    parts = [in_monomials(row, products)]
    parts += [
        f"{name}*({in_monomials(mode, products)})"
        for name, mode in zip(names, np.asarray(modes), strict=True)
        if np.any(mode)
    ]
    return " + ".join(parts)


def exponents(parameters: int, degree: int) -> list[Exponents]:
    """The exponents of all monomials of some degree or less."""
    return [
        tuple(chosen.count(place) for place in range(parameters))
        for power in range(degree + 1)
        for chosen in combinations_with_replacement(range(parameters), power)
    ]


def polynomials(function: Callable[[Array], Array], names: Sequence[str]) -> list[str]:
    """The columns of ``function`` of points ``(points, n)``, which are polynomials of degree 4 at most, as text.

    Found from its values, to rounding. Raises :class:`InputError` for more parameters than that can be done with.
    """
    known = len(names)
    for degree in DEGREES:
        if count(known, degree) > MOST_TERMS:
            break
        powers = exponents(known, degree)
        points = np.random.default_rng(1).uniform(-1.0, 1.0, (2 * len(powers) + 8, known))
        values = np.asarray(function(points), dtype=float)
        terms = np.prod(points[:, None, :] ** np.array(powers)[None], axis=-1)
        found, *_ = np.linalg.lstsq(terms, values, rcond=None)
        size = np.abs(values).max(axis=0, initial=0.0)
        if np.all(np.abs(terms @ found - values) <= EXACT * size):
            products = [product(names, power) for power in powers]
            return [in_monomials(_cleaned(column), products) for column in found.T]
    raise InputError(
        f"The coefficients are no polynomial of {', '.join(names)} that can be written: fourth degree with at most "
        f"{MOST_TERMS} terms. Take fewer parameters."
    )


def _cleaned(column: Array) -> Array:
    """Without what rounding left: of a coefficient that is zero or a whole number."""
    size = np.abs(column).max(initial=0.0)
    kept = np.where(np.abs(column) > EXACT * size, column, 0.0)
    whole = np.round(kept)
    return np.where(np.abs(kept - whole) <= EXACT * size, whole, kept)


def spline(table: LikelihoodGrid, x: str) -> str:
    """The -2 log L of a table of one observable ``x``, with its continuation beyond the grid, as one expression.

    A cubic is zero below its interval and what it rises by above, so that their sum loses no digits.
    """
    (axis,) = table.axes
    cubics = np.asarray(table.pieces[0] @ table.values)  # (intervals, powers 3..0)
    parts = [added([(float(cubics[0, 3]), "")])]
    for (c3, c2, c1, _), low, high in zip(
        cubics.tolist(), axis[:-1].tolist(), axis[1:].tolist(), strict=True
    ):
        into, width = _from(x, low), repr(high - low)
        u = f"(0.5*(abs({into}) - abs({_from(x, high)}) + {width}))"
        parts.append(f"(({c3!r}*{u} + {c2!r})*{u} + {c1!r})*{u}")
    for end, sign in ((0, -1.0), (-1, 1.0)):
        edge = float(axis[end])
        c3, c2, c1, c0 = cubics[end].tolist()
        step = 0.0 if end == 0 else float(axis[-1] - axis[-2])
        at = (
            ((c3 * step + c2) * step + c1) * step + c0,
            (3 * c3 * step + 2 * c2) * step + c1,
            6 * c3 * step + 2 * c2,
        )
        beyond = np.array([sign])
        _, slope, bent = continued([np.array([part]) for part in at], beyond, last_widths(axis, beyond))
        # slope and curvature at the edge itself: those of one unit beyond it, taken back
        slope, bent = float(slope[0] - sign * bent[0]), float(bent[0])
        away = f"(0.5*({_from(x, edge)} {'-' if end == 0 else '+'} abs({_from(x, edge)})))"
        parts.append(f"({slope!r} + {0.5 * bent!r}*{away})*{away}")
    return " + ".join(parts)


def _from(x: str, number: float) -> str:
    """How far x is above a number."""
    return f"({x} - {number!r})" if number >= 0 else f"({x} + {-number!r})"
