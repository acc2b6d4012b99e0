"""The models in the (R_ττ, R_νν) plane with what today's data allow of each, beside what they allow with κ free."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

from nutau.report.figures.labels import model
from nutau.report.figures.style import COLOURS, MARKERS, fix_layout, house_style
from nutau.report.today.fits import Today
from nutau.report.today.plane import LEVELS, Map, Trace, mapped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FREE = ("#D6C27F", "#EFE5C3")
"""Colours of the regions of κ free, 68 % and 95 %; no model has one so light."""
MEASURED = "#9DC3E6"
WIDTHS = (4.2, 1.8)
FRAME = (3e-3, 2e4), (0.4, 8.0)
TICKS = (0.5, 1, 2, 3, 4, 5, 6)


def today(found: Today) -> Figure:
    """A panel for each run: lines of the models, thick in their 68 % and thinner in their 95 % interval of δ."""
    maps = [mapped(run, found.data) for run in found.runs]
    with house_style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(11.0, 5.6), layout="constrained")
        axes = figure.subplots(1, len(maps), squeeze=False, sharey=True)[0]
        for axis, panel in zip(axes, maps, strict=True):
            _panel(axis, panel)
            axis.set_title(panel.title, loc="left", fontsize=11)
            axis.set_xlabel(r"$R_{\tau\tau}^{K}$")
        axes[0].set_ylabel(r"$R_{\nu\nu}^{K}$")
        figure.suptitle(f"data {found.data.name}, inputs {found.runs[0].free.likelihood.inputs}", fontsize=10)
        figure.legend(handles=_entries(maps), loc="outside lower center", ncols=5)
        fix_layout(figure)
        return figure


def _panel(axis: Any, panel: Map) -> None:
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlim(*FRAME[0])
    axis.set_ylim(*FRAME[1])
    axis.set_yticks(TICKS, labels=[f"{tick:g}" for tick in TICKS])
    axis.set_yticks([], minor=True)
    _data(axis, panel)
    for level, fill in reversed(list(zip(LEVELS, FREE, strict=True))):
        for polygon in panel.regions[level]:
            axis.fill(*polygon.T, color=fill, lw=0.3, zorder=1.5)
    axis.plot([1], [1], marker="+", ms=11, mew=1.8, color="black", ls="", zorder=6)
    axis.plot(*panel.best, marker="*", ms=14, mfc="white", mec="black", mew=1.1, ls="", zorder=6)
    for trace, colour, marker in zip(panel.traces, cycle(COLOURS), cycle(MARKERS), strict=False):
        _draw(axis, trace, colour, marker)


def _data(axis: Any, panel: Map) -> None:
    if panel.measured is not None:
        for sigmas, alpha in ((2, 0.25), (1, 0.45)):
            low = panel.measured.value - sigmas * panel.measured.uncertainty
            high = panel.measured.value + sigmas * panel.measured.uncertainty
            axis.axhspan(max(low, FRAME[1][0]), high, color=MEASURED, alpha=alpha, lw=0, zorder=0.5)
    for name, line, (_, end) in (("tautau", axis.axvline, FRAME[0]), ("nunu", axis.axhline, FRAME[1])):
        bound = panel.limits[name]
        if bound is not None and bound[0] < end:
            line(bound[0], color="0.3", lw=1.0, ls="-.", zorder=0.6)


def _draw(axis: Any, trace: Trace, colour: str, marker: str) -> None:
    axis.plot(*trace.line.T, color=colour, lw=0.6, alpha=0.6, zorder=3)
    for level, width in reversed(list(zip(LEVELS, WIDTHS, strict=True))):
        for piece in trace.pieces[level]:
            axis.plot(*piece.T, color=colour, lw=width, solid_capstyle="butt", zorder=3.5)
    axis.plot(*trace.best, color=colour, marker=marker, ms=8, mec="white", mew=0.9, ls="", zorder=5)


def _entries(maps: list[Map]) -> list[Any]:
    """The legend: models, then what the rest is."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries: list[Any] = [
        Line2D([], [], color=colour, marker=marker, ms=7, mec="white", lw=2.4, label=model(trace.model))
        for trace, colour, marker in zip(maps[0].traces, cycle(COLOURS), cycle(MARKERS), strict=False)
    ]
    for level, width in zip(LEVELS, WIDTHS, strict=True):
        entries.append(Line2D([], [], color="0.3", lw=width, label=f"δ of a model, {100 * level:.0f} %"))
    for level, fill in zip(LEVELS, FREE, strict=True):
        entries.append(Patch(color=fill, label=f"κ free, {100 * level:.0f} %"))
    entries.append(
        Line2D([], [], marker="*", ms=11, mfc="white", mec="black", ls="", label="best fit, κ free")
    )
    entries.append(Line2D([], [], marker="+", ms=9, mew=1.6, color="black", ls="", label="SM"))
    if any(panel.measured is not None for panel in maps):
        entries.append(Patch(color=MEASURED, label=r"$R_{\nu\nu}^{K}$ measured, 1σ and 2σ"))
    levels = {
        bound[1]
        for panel in maps
        for (name, bound), frame in zip(sorted(panel.limits.items()), (FRAME[1], FRAME[0]), strict=True)
        if bound is not None and bound[0] < frame[1]
    }
    if levels:
        said = " or ".join(f"{100 * level:.0f}" for level in sorted(levels))
        entries.append(Line2D([], [], color="0.3", lw=1.0, ls="-.", label=f"limit at {said} % CL"))
    return entries
