"""δ of R_D(*) against the universal C9: models' lines, what each family of data allows alone, and all data together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.inference.fit import Contour
from nutau.report.areas import LEVELS
from nutau.report.c9_plane import C9Plane, ModelLine
from nutau.report.figures.labels import model, parameter
from nutau.report.figures.looks import looks
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FAMILIES = {"b → cτν": "#8C8C8C", "b → sℓℓ": "#C9A227", "b → sνν̄": "#7FB069", "b → sττ": "#9D6BB5"}
"""Colours of what families allow alone; no model has one of them."""
OTHER = "#5B8FB0"
SHADES = (0.42, 0.2)
"""Of 68 and 95 %."""
JOINT = "#111111"
STYLES = ("-", (0, (4, 1.5)))


def c9u(found: C9Plane, *, title: str = "", paper: Paper = SCREEN) -> Figure:
    """Shaded, 68 and 95 % of each family alone; outlined, all data; the models as lines from the Standard Model.

    Regions have two parameters: -2 log L at most 2.30 and 5.99 above the lowest value in the frame.
    """
    with house_style(paper):
        from matplotlib.figure import Figure

        figure = Figure(figsize=paper.size(6.8, 6.2), layout="constrained")
        axis = figure.subplots()
        axis.set_xlim(found.x[0], found.x[-1])
        axis.set_ylim(found.y[0], found.y[-1])
        _lines(axis, found.lines, paper)
        entries = [*_families(axis, found), *_joint(axis, found), *_points(axis, found)]
        axis.set_xlabel(parameter("delta"))
        axis.set_ylabel(rf"{parameter('C9U')} at 4.8 GeV, induced from $\Lambda$ = {found.mass / 1e3:g} TeV")
        axis.set_title(paper.wrapped(title), loc="left", fontsize=paper.pt(10))
        legend(figure, entries, columns=2)
        fix_layout(figure, paper)
        return figure


def _families(axis: Any, found: C9Plane) -> list[Any]:
    from matplotlib.patches import Patch

    entries = []
    for name, heights in found.families.items():
        colour = FAMILIES.get(name, OTHER)
        for level, shade in reversed(list(zip(LEVELS, SHADES, strict=True))):
            ends = [-1.0, Contour.height(level)]
            axis.contourf(found.x, found.y, heights.T, levels=ends, colors=[colour], alpha=shade, zorder=1)
        axis.contour(
            found.x,
            found.y,
            heights.T,
            levels=[Contour.height(LEVELS[-1])],
            colors=colour,
            linewidths=0.8,
            zorder=1.5,
        )
        entries.append(Patch(fc=colour, alpha=sum(SHADES), label=f"{name} alone, 68 and 95 %"))
    return entries


def _joint(axis: Any, found: C9Plane) -> list[Any]:
    from matplotlib.lines import Line2D

    entries = []
    for level, style in zip(LEVELS, STYLES, strict=True):
        axis.contour(
            found.x, found.y, found.joint.T, levels=[Contour.height(level)], colors=JOINT, linewidths=2.0,
            linestyles=[style], zorder=4,
        )  # fmt: skip
        entries.append(Line2D([], [], color=JOINT, lw=2.0, ls=style, label=f"all data, {100 * level:.0f} %"))
    return entries


def _lines(axis: Any, lines: Sequence[ModelLine], paper: Paper) -> None:
    """From the Standard Model to where δ > 0 leaves the frame, each with its name at its end."""
    given = looks([line.name for line in lines])
    (_, right), (bottom, top) = axis.get_xlim(), axis.get_ylim()
    ends: list[tuple[float, float]] = []
    for line in lines:
        edge = bottom if line.slope < 0 else top
        last = min(right, edge / line.slope) if line.slope else right
        look = given[line.name]
        axis.plot([0.0, last], [0.0, line.slope * last], color=look.colour, ls=look.line, lw=1.5, zorder=3)
        at = _free(last, line.slope, ends, np.array([right, top - bottom]))
        ends.append(at)
        box = {"boxstyle": "square,pad=0.12", "fc": "white", "ec": "none", "alpha": 0.85}
        axis.text(
            *at,
            model(line.name),
            color=look.colour,
            fontsize=paper.pt(9),
            ha="center",
            va="center",
            bbox=box,
            zorder=5,
        )


def _free(last: float, slope: float, taken: Sequence[tuple[float, float]], size: Any) -> tuple[float, float]:
    """A place for a name on a line near its end that touches no other name."""
    for part in np.arange(0.9, 0.4, -0.04):
        at = np.array([part * last, part * last * slope])
        gaps = [np.abs((at - other) / size) for other in taken]
        if not any(gap[0] < 0.12 and gap[1] < 0.045 for gap in gaps):
            break
    return float(at[0]), float(at[1])


def _points(axis: Any, found: C9Plane) -> list[Any]:
    label = f"best fit, κ = {found.kappa:.2g}"
    best = axis.plot(*found.best, "*", ms=14, mfc="white", mec="black", mew=1.2, ls="", label=label, zorder=6)
    sm = axis.plot(0.0, 0.0, "+", ms=12, mew=1.8, color="black", ls="", label="SM", zorder=6)
    return [*best, *sm]
