"""The bands of data and projections along one axis of a figure: the same in every plane, data above projections."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nutau.report.bands import Band, Ends, Known

NAMES = (r"$R_{\tau\tau}^{K}$", r"$R_{\nu\nu}^{K}$")
"""How the two rates of the letter's plane are called beside their bands."""
MEASURED = {"y": ("#9DC3E6", "#D3E4F4"), "x": ("#B8D8B0", "#DFEEDB")}
"""Fills at 1σ and 2σ."""
FORESEEN = (("#F6C6D0", "#C77A8C"), ("#F2A541", "#A9690C"), ("#D98B5F", "#8C4A22"))
"""Fill and edge by luminosity."""
THROUGH = 0.6
"""Of bands that let through what lies below: those of the x axis the ones of the y axis, all of them regions."""
HATCHES = {"y": "////", "x": "\\\\\\\\"}
GREY = {"y": "0.45", "x": "0.30"}


def band(axis: Any, known: Known, side: str, name: str, *, projections: bool = True) -> None:
    """Draw what is known along the ``side`` ``"x"`` or ``"y"``; ``name`` is the observable in the legend.

    Projections are filled below everything, with their edges above the data, so that neither hides the other.
    """
    span, line = (axis.axvspan, axis.axvline) if side == "x" else (axis.axhspan, axis.axhline)
    if projections:
        _foreseen(span, line, known, axis, side)
    alpha = 1.0 if projections and side == "y" else THROUGH
    for found in known.intervals:
        for number, ends in ((1, found.two), (0, found.one)):
            label = f"{name} measured, 1σ and 2σ" if number == 0 else "_"
            fill = MEASURED[side][number]
            place = 0.50 + 0.01 * (1 - number) + (0.02 if side == "x" else 0.0)
            span(*_within(ends, axis, side), color=fill, lw=0, label=label, zorder=place, alpha=alpha)
        for end in found.one:
            if end is not None and end > _frame(axis, side)[0]:
                line(end, color=MEASURED[side][0], lw=0.8, zorder=0.52)
    end = _frame(axis, side)[1]
    for found in [found for found in known.limits[:1] if found.limit < end]:
        label = f"{name} excluded, {100 * found.level:.3g} % CL"
        line(found.limit, color=GREY[side], lw=1.1, zorder=0.7)
        span(found.limit, end, fc="none", ec="0.78", lw=0, hatch=HATCHES[side], label=label, zorder=0.6)


def telling(known: Known, axis: Any, side: str) -> Known:
    """Without the intervals that cover all of the frame, which tell nothing."""
    bottom, top = _frame(axis, side)

    def ends_inside(found: Band) -> bool:
        return any(end is not None and bottom < end < top for end in (*found.one, *found.two))

    return replace(known, bands=tuple(part for part in known.bands if not part.measured or ends_inside(part)))


def _foreseen(span: Any, line: Any, known: Known, axis: Any, side: str) -> None:
    for number, (luminosity, error) in enumerate(sorted(known.foreseen.items())):
        fill, edge = FORESEEN[number % len(FORESEEN)]
        ends = _within((1.0 - error, 1.0 + error), axis, side)
        label = rf"Belle II, {luminosity:g} ab$^{{\mathrm{{-1}}}}$"
        span(*ends, color=fill, lw=0, label=label, zorder=0.2 + 0.01 * number)
        for end in ends:
            if end > _frame(axis, side)[0]:
                line(end, color=edge, lw=0.7, ls=(0, (4, 2)), zorder=0.55)


def _frame(axis: Any, side: str) -> tuple[float, float]:
    low, high = axis.get_xlim() if side == "x" else axis.get_ylim()
    return float(low), float(high)


def _within(ends: Ends, axis: Any, side: str) -> tuple[float, float]:
    """An interval within the frame; a side on which it is open ends there."""
    bottom, top = _frame(axis, side)
    low, high = ends
    return (bottom if low is None else min(max(low, bottom), top)), (
        top if high is None else max(high, bottom)
    )
