"""A field judged: the constraints in two couplings with the region of all data, and its image in a plane of rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.inference.fit import Contour
from nutau.report.areas import LEVELS
from nutau.report.figures import marks
from nutau.report.figures.bands import NAMES, band, telling
from nutau.report.figures.labels import observable, parameter
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend
from nutau.report.judging.regions import Region

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FILLS = ("#B9B9B9", "#E3E3E3")
"""Of the region of all data: 68 and 95 %."""
EXCLUDED = 0.07
"""The shade on the side that a constraint excludes."""
COLOURS = (
    *("#D55E00", "#0072B2", "#117733", "#AA4499", "#7B5B2E", "#56B4E9"),
    *("#882255", "#999933", "#332288", "#44AA99", "#B22222", "#7A7A7A"),
)
"""Of the constraints, in the order of the data; no two in a figure are alike."""
STYLES = ("-", "--", "-.", ":")
INSIDE = 0.06
"""Of the frame: names of constraints keep this far from its edges."""
WIDE = 15.0
"""Rates that differ by more than this factor are on a logarithmic axis."""


def judged(found: Region, *, title: str = "", paper: Paper = SCREEN) -> Figure:
    """The 95 % contour of each constraint over the region of all data; beside it R_νν against R_ττ of that region.

    The side that a constraint excludes is shaded; couplings that are no axis have their best values, which stand above.
    """
    with house_style(paper):
        from matplotlib.figure import Figure

        narrow = paper.narrow
        figure = Figure(
            figsize=paper.size(6.0 if narrow else 10.5, 9.6 if narrow else 5.2), layout="constrained"
        )
        first, second = figure.subplots(2, 1) if narrow else figure.subplots(1, 2)
        entries = [*_couplings(first, found, paper), *_rates(second, found)]
        figure.suptitle(paper.wrapped(title or _title(found)), x=0.01, ha="left", fontsize=paper.pt(10))
        legend(figure, entries, columns=5)
        fix_layout(figure, paper)
        return figure


def _title(found: Region) -> str:
    """The field, its data, and what is held."""
    held = ", ".join(f"{parameter(name)} = {value:.3g}" for name, value in found.held.items())
    return f"{found.field.label}, data set {found.field.likelihood.data}" + (
        f"; {held} (best fit)" if held else ""
    )


def _couplings(axis: Any, found: Region, paper: Paper) -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries: list[Any] = []
    for level, fill in reversed(list(zip(LEVELS, FILLS, strict=True))):
        axis.contourf(found.x, found.y, found.joint.T, levels=[-1.0, Contour.height(level)], colors=[fill])
        entries.insert(0, Patch(fc=fill, ec="0.4", lw=0.4, label=f"all data, {100 * level:.3g} %"))
    height = Contour.height(LEVELS[-1])
    taken = [_fraction(found, found.best)]
    for number, (name, heights) in enumerate(found.families.items()):
        colour: str = COLOURS[number % len(COLOURS)]
        style: Any = STYLES[number % len(STYLES)]
        drawn = axis.contour(
            found.x,
            found.y,
            heights.T,
            levels=[height],
            colors=colour,
            linewidths=1.6,
            linestyles=[style],
        )
        named = _name(
            axis,
            found,
            name,
            np.concatenate([part for part in drawn.allsegs[0] if len(part)]),
            colour,
            taken,
            paper,
        )
        axis.contourf(
            found.x,
            found.y,
            heights.T,
            levels=[height, 1e300],
            colors=[colour],
            alpha=EXCLUDED,
            zorder=0.5,
        )
        if not named:
            entries.append(Line2D([], [], color=colour, ls=style, lw=1.6, label=f"{name}, 95 %"))
    entries.append(Line2D([], [], color="0.3", lw=1.6, label="one constraint, 95 %"))
    axis.plot([0], [0], "+", ms=11, mew=1.6, color="black", zorder=5)
    axis.plot(*found.best[:, None], "*", ms=13, mfc="white", mec="black", mew=1.2, zorder=6)
    axis.set_xlim(found.x[0], found.x[-1])
    axis.set_ylim(found.y[0], found.y[-1])
    axis.set_xlabel(parameter(found.names[0]))
    axis.set_ylabel(parameter(found.names[1]))
    return entries


def _fraction(found: Region, points: Any) -> Any:
    """Places in the frame, from 0 to 1."""
    low = np.array([found.x[0], found.y[0]])
    return (np.asarray(points) - low) / (np.array([found.x[-1], found.y[-1]]) - low)


def _name(
    axis: Any, found: Region, name: str, contour: Any, colour: str, taken: list[Any], paper: Paper
) -> bool:
    """Write a constraint on its contour, where that is farthest from what is written already; whether it is seen."""
    from matplotlib.patheffects import withStroke

    places = _fraction(found, contour)
    inside = np.all((places > INSIDE) & (places < 1.0 - INSIDE), axis=1)
    if not inside.any():
        return False
    apart = np.min([np.linalg.norm((places - other) * (0.6, 1.0), axis=1) for other in taken], axis=0)
    at = int(np.argmax(np.where(inside, apart, -1.0)))
    taken.append(places[at])
    side = "left" if places[at][0] < 0.25 else "right" if places[at][0] > 0.75 else "center"
    axis.text(
        *contour[at], name, color=colour, fontsize=paper.pt(8), ha=side, va="center", zorder=7, clip_on=True,
        path_effects=[withStroke(linewidth=2.5, foreground="white")],
    )  # fmt: skip
    return True


def _rates(axis: Any, found: Region) -> list[Any]:
    from matplotlib.lines import Line2D

    entries = marks.region(axis, found.image, 0)
    points = np.concatenate(
        [part for parts in found.image.pieces.values() for part in parts] or [np.ones((1, 2))]
    )
    for values, scale in ((points[:, 0], axis.set_xscale), (points[:, 1], axis.set_yscale)):
        low, high = min(float(values.min()), 1.0), max(float(values.max()), 1.0)
        if low > 0 and high / low > WIDE:
            scale("log")
    known = _bands(axis, found)
    (sm,) = axis.plot([1.0], [1.0], "+", ms=11, mew=1.6, color="black", zorder=5, ls="", label="SM")
    axis.set_xlabel(observable(found.rates[0]))
    axis.set_ylabel(observable(found.rates[1]))
    return [*entries, sm, *known] if isinstance(sm, Line2D) else entries


def _bands(axis: Any, found: Region) -> list[Any]:
    """What was measured of both rates, within the frame of the region and the Standard Model."""
    axis.plot([1.0], [1.0], alpha=0.0)
    axis.set_xlim(*axis.get_xlim())
    axis.set_ylim(*axis.get_ylim())
    for known, side, name in zip(found.known, "xy", NAMES, strict=False):
        band(axis, telling(known, axis, side), side, name, projections=False)
    return list(axis.get_legend_handles_labels()[0])
