"""Impacts and pulls: what moves the parameters of a fit most, and where the fit puts the inputs; leave-one-out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.errors import InputError
from nutau.inference.fit.questions.impacts import Impacts, Ranked
from nutau.inference.fit.questions.leave_one_out import LeaveOneOut, Left
from nutau.report.figures.labels import parameter
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UP, DOWN, PULL = "#0072B2", "#E69F00", "black"
ROW = 0.30
"""Inches a row."""
SIDE, PANEL = 3.0, 2.6
"""Inches for the names and for a panel."""


def impacts(found: Impacts, *, title: str = "", paper: Paper = SCREEN) -> Figure:
    """One panel a parameter: bars are shifts of the best fit for ±1σ of each source, in units of its error.

    Points are the pulls of the inputs, with what the data leave of their errors, on the scale above; measurements have
    none. Sources are in the order of their largest impact.
    """
    rows = found.moved
    if not rows:
        raise InputError("There is no impact to draw: no source moves a parameter by 1 % of its error.")
    with house_style(paper):
        count = len(found.parameters)
        figure, panels = _panels(count, 1.9, len(rows), paper)
        for axis, name in zip(panels, found.parameters, strict=True):
            _panel(axis, rows, name, found.errors[name], paper)
        _names(panels, [row.name for row in rows], paper)
        handles, labels = panels[0].get_legend_handles_labels()
        legend(figure, handles, labels, columns=3)
        figure.suptitle(paper.wrapped(title), x=0.01, ha="left", fontsize=paper.pt(10))
        fix_layout(figure, paper)
        return figure


def _panels(count: int, above: float, rows: int, paper: Paper) -> tuple[Figure, Any]:
    """A panel a parameter beside each other, above each other on narrow paper; inches ``above`` and below the rows."""
    from matplotlib.figure import Figure

    beside = 1 if paper.narrow else count
    width, height = SIDE + PANEL * beside, (above + ROW * rows) * (count // beside)
    figure = Figure(figsize=paper.size(width, height), layout="constrained")
    made = figure.subplots(count // beside, beside, sharey=True, squeeze=False)
    return figure, made.ravel()


def _panel(axis: Any, rows: Sequence[Ranked], name: str, error: float, paper: Paper) -> None:
    places = np.arange(len(rows))
    found = [row.impacts[name] for row in rows]
    up, down = (np.array([(getattr(one, side) or 0.0) / error for one in found]) for side in ("up", "down"))
    axis.barh(places, up, 0.62, color=UP, label="+1 σ of the source")
    axis.barh(places, down, 0.62, facecolor="white", edgecolor=DOWN, hatch="////", lw=1.0, label="−1 σ")
    limit = 1.15 * max(0.2, float(np.abs([up, down]).max()))
    axis.set_xlim(-limit, limit)
    axis.set_xlabel(f"shift of {parameter(name)} / error".replace(r" [TeV$^{\mathrm{-2}}$]", ""))
    above = axis.twiny()
    seen = [(place, one) for place, one in zip(places, found, strict=True) if one.pull is not None]
    most = max([2.0, *(1.15 * (abs(one.pull or 0.0) + (one.constraint or 0.0)) for _, one in seen)])
    above.set_xlim(-most, most)
    if seen:
        at, pulls = [place for place, _ in seen], [one.pull for _, one in seen]
        widths = [one.constraint for _, one in seen]
        above.errorbar(pulls, at, xerr=widths, fmt="o", ms=3.5, lw=1.1, color=PULL)
        axis.errorbar([], [], xerr=[], fmt="o", ms=3.5, lw=1.1, color=PULL, label="pull of the input (above)")
    above.set_xlabel("pull of the input [σ]", fontsize=paper.pt(10))
    for one in (axis, above):
        one.minorticks_off()
        one.tick_params(axis="y", which="both", length=0)
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.axvline(0.0, color="0.55", lw=0.8, zorder=0)
    for edge in (-1.0, 1.0):
        above.axvline(edge, color="0.75", lw=0.7, ls=":", zorder=0)


def _names(panels: Any, names: Sequence[str], paper: Paper) -> None:
    texts = [name.replace("->", " → ") for name in names]
    for axis in panels if paper.narrow else panels[:1]:
        axis.set_yticks(range(len(texts)), texts, fontsize=paper.pt(9))


def leave_one_out(found: LeaveOneOut, *, title: str = "", paper: Paper = SCREEN) -> Figure:
    """One panel a parameter: its best value and error without each measurement and sector, beside the whole fit's."""
    rows = [row for row in (*found.measurements, *found.sectors) if row.values is not None]
    if not rows:
        raise InputError("There is nothing to draw: without any of the measurements nothing is determined.")
    with house_style(paper):
        count = len(found.parameters)
        figure, panels = _panels(count, 1.5, len(rows), paper)
        for axis, name in zip(panels, found.parameters, strict=True):
            _without(axis, rows, name, found.whole[name], paper)
        _names(panels, [f"without {row.name}" for row in rows], paper)
        figure.suptitle(paper.wrapped(title), x=0.01, ha="left", fontsize=paper.pt(10))
        fix_layout(figure, paper)
        return figure


def _without(
    axis: Any, rows: Sequence[Left], name: str, whole: tuple[float, float, float], paper: Paper
) -> None:
    """Best values with Hesse errors; the band is the 68 % interval of the whole fit."""
    value, low, high = whole
    axis.axvspan(low, high, color=UP, alpha=0.18, lw=0)
    axis.axvline(value, color=UP, lw=1.2)
    values = np.array([(row.values or {})[name] for row in rows])
    errors = np.array([(row.errors or {})[name] for row in rows])
    width = high - low
    frame = (value - 3.5 * width, value + 3.5 * width)
    places = np.arange(len(rows))
    inside = (values > frame[0]) & (values < frame[1])
    axis.errorbar(values[inside], places[inside], xerr=errors[inside], fmt="o", ms=3.5, lw=1.1, color="black")
    for place in places[~inside]:
        side = values[place] > value
        axis.annotate(
            f"{values[place]:.3g} ▶" if side else f"◀ {values[place]:.3g}",
            (0.98 if side else 0.02, place),
            xycoords=("axes fraction", "data"),
            ha="right" if side else "left",
            va="center",
            fontsize=paper.pt(8.5),
        )
    reach = [float(end) for pair in zip(values - errors, values + errors, strict=True) for end in pair]
    seen = [end for end in (*reach, low, high) if frame[0] <= end <= frame[1]]
    margin = 0.06 * (max(seen) - min(seen))
    axis.set_xlim(min(seen) - margin, max(seen) + margin)
    axis.locator_params(axis="x", nbins=4)
    axis.set_xlabel(parameter(name))
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.tick_params(axis="y", which="both", length=0)
    axis.minorticks_off()
