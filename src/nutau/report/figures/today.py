"""The models in the (R_ττ, R_νν) plane with what today's data allow of each, beside what they allow with κ free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nutau.report.areas import LEVELS
from nutau.report.figures.bands import NAMES, band
from nutau.report.figures.labels import model
from nutau.report.figures.looks import Look, looks
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend
from nutau.report.today.fits import Today
from nutau.report.today.plane import Map, Trace

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FREE = ("#D6C27F", "#EFE5C3")
"""Colours of the regions of κ free, 68 % and 95 %; no model has one so light."""
WIDTHS = (4.2, 1.8)
FRAME = (3e-3, 2e4), (0.4, 8.0)
TICKS = (0.5, 1, 2, 3, 4, 5, 6)


def today(found: Today, *, paper: Paper = SCREEN) -> Figure:
    """A panel for each run: lines of the models, thick in their 68 % and thinner in their 95 % interval of δ."""
    maps = found.maps
    with house_style(paper):
        from matplotlib.figure import Figure

        size = (5.5, 1.6 + 3.9 * len(maps)) if paper.narrow else (11.0, 5.6)
        shape = (len(maps), 1) if paper.narrow else (1, len(maps))
        figure = Figure(figsize=paper.size(*size), layout="constrained")
        axes = figure.subplots(*shape, squeeze=False, sharey=True).ravel()
        for axis, panel in zip(axes, maps, strict=True):
            _panel(axis, panel)
            axis.set_title(panel.title, loc="left", fontsize=paper.pt(11))
            axis.set_xlabel(r"$R_{\tau\tau}^{K}$")
        for axis in axes if paper.narrow else axes[:1]:
            axis.set_ylabel(r"$R_{\nu\nu}^{K}$")
        title = f"data {found.data.name}, inputs {found.runs[0].free.likelihood.inputs}"
        figure.suptitle(title, fontsize=paper.pt(10))
        known = [axis.get_legend_handles_labels() for axis in axes]
        bands = {
            label: handle for handles, labels in known for handle, label in zip(handles, labels, strict=True)
        }
        entries = {entry.get_label(): entry for entry in _entries(maps)} | bands
        legend(figure, entries.values(), entries.keys(), columns=5)
        fix_layout(figure, paper)
        return figure


def _panel(axis: Any, panel: Map) -> None:
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlim(*FRAME[0])
    axis.set_ylim(*FRAME[1])
    axis.set_yticks(TICKS, labels=[f"{tick:g}" for tick in TICKS])
    axis.set_yticks([], minor=True)
    for known, side, name in zip(panel.known, "xy", NAMES, strict=True):
        band(axis, known, side, name, projections=False)
    for level, fill in reversed(list(zip(LEVELS, FREE, strict=True))):
        for polygon in panel.regions[level]:
            axis.fill(*polygon.T, color=fill, lw=0.3, zorder=1.5)
    axis.plot([1], [1], marker="+", ms=11, mew=1.8, color="black", ls="", zorder=6)
    axis.plot(*panel.best, marker="*", ms=14, mfc="white", mec="black", mew=1.1, ls="", zorder=6)
    given = looks([trace.model for trace in panel.traces])
    for trace in panel.traces:
        _draw(axis, trace, given[trace.model])


def _draw(axis: Any, trace: Trace, look: Look) -> None:
    colour = look.colour
    axis.plot(*trace.line.T, color=colour, lw=0.6, alpha=0.6, zorder=3)
    for level, width in reversed(list(zip(LEVELS, WIDTHS, strict=True))):
        for piece in trace.pieces[level]:
            axis.plot(*piece.T, color=colour, lw=width, solid_capstyle="butt", zorder=3.5)
    axis.plot(*trace.best, color=colour, marker=look.marker, ms=8, mec="white", mew=0.9, ls="", zorder=5)


def _entries(maps: Sequence[Map]) -> list[Any]:
    """The legend: models, then what the rest is."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries: list[Any] = [
        Line2D([], [], color=look.colour, marker=look.marker, ms=7, mec="white", lw=2.4, label=model(name))
        for name, look in looks([trace.model for trace in maps[0].traces]).items()
    ]
    for level, width in zip(LEVELS, WIDTHS, strict=True):
        entries.append(Line2D([], [], color="0.3", lw=width, label=f"δ of a model, {100 * level:.0f} %"))
    for level, fill in zip(LEVELS, FREE, strict=True):
        entries.append(Patch(color=fill, label=f"κ free, {100 * level:.0f} %"))
    entries.append(
        Line2D([], [], marker="*", ms=11, mfc="white", mec="black", ls="", label="best fit, κ free")
    )
    entries.append(Line2D([], [], marker="+", ms=9, mew=1.6, color="black", ls="", label="SM"))
    return entries
