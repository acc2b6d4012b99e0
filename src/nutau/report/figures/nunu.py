"""R_νν^K against R_νν^K*: a line without right-handed currents, a region with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.report.bands import Known
from nutau.report.figures.bands import band
from nutau.report.figures.looks import LOOKS, SPARE
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend
from nutau.report.neutrino_plane import Cone, NunuLine, NunuPlane

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINES = (LOOKS["R2~"].colour, LOOKS["Z'"].colour, SPARE[4].colour)
"""Of what R~2 and V2 give, and of two Z' that differ in the ratio of their couplings."""
CONES = ("#F6E3BE", "#FBF3E2")
BELLE2 = ("#7A7A7A", "#000000")
JOINT = 1.5152
"""One σ of each of two measurements times this is the ellipse that holds 68.3 %: the square root of 2.296."""


def nunu(plane: NunuPlane, *, title: str = "", paper: Paper = SCREEN) -> Figure:
    """The plane with today's values and limits, the reach of Belle II around the SM, models and regions."""
    with house_style(paper):
        from matplotlib.figure import Figure

        figure = Figure(figsize=paper.size(7.0, 6.6), layout="constrained")
        axis = figure.subplots()
        axis.set_xlim(0.0, _top(plane.kstar))
        axis.set_ylim(0.0, _top(plane.kaon))
        for cone, fill in list(zip(plane.cones, CONES, strict=False))[::-1]:
            _region(axis, cone, fill)
        band(axis, plane.kaon, "y", r"$R_{\nu\nu}^{K}$", projections=False)
        band(axis, plane.kstar, "x", r"$R_{\nu\nu}^{K^*}$", projections=False)
        _left_handed(axis, plane.cones)
        styles = ("-", (0, (5, 1.5)), (0, (1, 1)))
        for line, colour, style in zip(plane.lines, LINES, styles, strict=False):
            _line(axis, line, colour, style)
        _reach(axis, plane)
        axis.plot([1], [1], "+", ms=11, mew=1.8, color="black", label="SM", zorder=6)
        axis.set_xlabel(r"$R_{\nu\nu}^{K^*}$")
        axis.set_ylabel(r"$R_{\nu\nu}^{K}$")
        axis.set_title(paper.wrapped(title), loc="left", fontsize=paper.pt(10))
        legend(figure, *axis.get_legend_handles_labels(), columns=2)
        fix_layout(figure, paper)
        return figure


def _top(known: Known) -> float:
    """Room for what was measured and half as much more, for the limit, and at least for what Belle II sees first."""
    ends = [4.0, *(1.15 * band.two[1] for band in known.intervals if band.two[1] is not None)]
    ends += [1.5 * band.limit for band in known.limits[:1]]
    return float(min(np.ceil(max(ends)), 20.0))


def _region(axis: Any, cone: Cone, fill: str) -> None:
    """The cone as far as the frame; its upper edge, which is steep, from the horizontal distance."""
    right, top = axis.get_xlim()[1], axis.get_ylim()[1]
    (x, y), (low, high) = cone.apex, cone.slopes
    along = np.unique(np.append(np.linspace(x, right, 200), x + (top - y) / high))
    axis.fill_between(
        along,
        y + low * (along - x),
        np.minimum(y + high * (along - x), top),
        color=fill,
        lw=0,
        label=f"reach of right-handed currents, {cone.name}",
        zorder=0.1,
    )


def _left_handed(axis: Any, cones: tuple[Cone, ...]) -> None:
    """The diagonal: solid from where one neutrino alone can lead, dotted below."""
    end = min(axis.get_xlim()[1], axis.get_ylim()[1])
    start = max((max(cone.apex) for cone in cones), default=0.0)
    axis.plot([start, end], [start, end], color="black", lw=1.8, label="left-handed currents only", zorder=3)
    axis.plot([0.0, start], [0.0, start], color="black", lw=1.2, ls=":", zorder=3)


def _line(axis: Any, line: NunuLine, colour: str, style: Any) -> None:
    """A model's line and the theory error across it: of R^K* where the line is steep, of R^K elsewhere."""
    axis.plot(line.kstar, line.kaon, color=colour, lw=1.8, ls=style, label=line.name, zorder=4)
    axis.fill_betweenx(
        line.kaon,
        line.kstar - line.kstar_error,
        line.kstar + line.kstar_error,
        color=colour,
        alpha=0.18,
        lw=0,
        zorder=2,
    )


def _reach(axis: Any, plane: NunuPlane) -> None:
    from matplotlib.patches import Ellipse

    shared = sorted(plane.kaon.foreseen.keys() & plane.kstar.foreseen.keys())
    for luminosity, colour, style in zip(shared, BELLE2 * 4, ("--", "-") * 4, strict=False):
        width, height = plane.kstar.foreseen[luminosity], plane.kaon.foreseen[luminosity]
        label = rf"Belle II, {luminosity:g} ab$^{{\mathrm{{-1}}}}$, 68 % around the SM"
        axis.add_patch(
            Ellipse(
                (1.0, 1.0),
                2 * JOINT * width,
                2 * JOINT * height,
                fill=False,
                ec=colour,
                ls=style,
                lw=1.4,
                label=label,
                zorder=5,
            )
        )
