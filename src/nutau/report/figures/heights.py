"""Heights of -2 log L from toys along a parameter, beside those of Wilks' theorem and what was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nutau.inference.fit.calibration import Heights
from nutau.inference.fit.intervals import Interval
from nutau.inference.fit.profiles import Profile, rise
from nutau.report.figures.labels import parameter
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLORS = ("#0072B2", "#B34700", "#5F5F5F")
OBSERVED = "#222222"
TOP = 1.6
"""The frame ends at so many times the highest height."""


def heights(
    found: Heights, observed: Profile, interval: Interval, *, title: str = "", paper: Paper = SCREEN
) -> Figure:
    """The critical Δχ² of each level with its error, that of Wilks' theorem (dashed), the observed profile, the pieces.

    A value is in the interval where the observed curve lies below the height.
    """
    with house_style(paper):
        from matplotlib.figure import Figure

        figure = Figure(figsize=paper.size(6.6, 4.8), layout="constrained")
        axis = figure.subplots()
        axis.plot(observed.values, observed.delta_chi2, color=OBSERVED, lw=1.6, label="observed Δχ²")
        for color, level in zip(COLORS, found.heights, strict=False):
            _level(axis, found, level, color)
            wilks = rise(float(level), 1)
            axis.axhline(wilks, color=color, lw=0.9, ls="--", label=f"Wilks: {wilks:.2f}")
        top = TOP * max(float(values.max()) for values in found.heights.values())
        _pieces(axis, interval, top)
        axis.set_xlim(found.values[0], found.values[-1])
        axis.set_ylim(-0.09 * top, top)
        axis.set_xlabel(parameter(found.parameter))
        axis.set_ylabel("Δχ²")
        axis.set_title(paper.wrapped(title), loc="left", fontsize=paper.pt(10))
        legend(figure, *axis.get_legend_handles_labels(), columns=3)
        fix_layout(figure, paper)
        return figure


def _level(axis: Any, found: Heights, level: str, color: str) -> None:
    values, error = found.heights[level], found.errors[level]
    label = f"{100 * float(level):.3g} % of the toys"
    axis.plot(found.values, values, "o-", color=color, ms=3.5, lw=1.2, label=label)
    axis.fill_between(found.values, values - error, values + error, color=color, alpha=0.2, lw=0)


def _pieces(axis: Any, interval: Interval, top: float) -> None:
    """The intervals as bars below zero; an end at a bound of the range has no tick."""
    low, high = interval.bounds
    for row, (color, pieces) in enumerate(zip(COLORS, interval.pieces.values(), strict=False)):
        y = -(0.03 + 0.035 * row) * top
        for first, last in pieces:
            ends = [
                axis.get_xlim()[0] if first is None else first,
                axis.get_xlim()[1] if last is None else last,
            ]
            axis.plot(ends, [y, y], color=color, lw=3, solid_capstyle="butt")
            ticks = [end for end in (first, last) if end is not None and end not in (low, high)]
            axis.plot(ticks, [y] * len(ticks), "|", color=color, ms=9, mew=1.5)
