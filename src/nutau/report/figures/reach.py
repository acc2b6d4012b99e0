"""Luminosity reach: the significance with which models are excluded, and found, as luminosity grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.errors import InputError
from nutau.inference.forecast import Apart, Forecast, Row
from nutau.inference.forecast.result import FAR
from nutau.report.figures.labels import model
from nutau.report.figures.looks import Look, looks
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEVELS = (2.0, 5.0)


def reach(found: Forecast, *, title: str = "", paper: Paper = SCREEN) -> Figure:
    """Two panels: each model's exclusion if the truth holds, and the exclusion of the SM if the model holds.

    Bars at 2 and 5 σ are the luminosities at which a model, or the SM, is excluded, with the spread of 68 % of the
    toys, cut at the frame. Below zero the data, today's among them, prefer the model that is tested. Shaded:
    luminosities beyond the published ones, where projections are extrapolated.
    Raises :class:`InputError` for fewer than two luminosities.
    """
    steps = sorted({row.luminosity for row in found.rows})
    if len(steps) < 2:
        raise InputError("The reach is drawn against luminosity: give at least two luminosities.")
    names = [item.name for item in found.models]
    with house_style(paper):
        from matplotlib.figure import Figure

        size = (4.8, 7.4) if paper.narrow else (9.6, 5.0)
        figure = Figure(figsize=paper.size(*size), layout="constrained")
        left, right = figure.subplots(*((2, 1) if paper.narrow else (1, 2)))
        others = [name for name in names if name != "SM"]
        all_names = [*others, *(["SM"] if "SM" in names else [])]
        given = looks(list(dict.fromkeys([*all_names, found.truth.name, "SM"])))
        _panel(left, found.rows, all_names, given, "exclusion", paper)
        _panel(right, found.rows, others, given, "discovery", paper)
        for axis in (left, right):
            _extrapolated(axis, found, steps)
            axis.set_xlabel(f"luminosity [{_unit(found.unit)}]")
        _apart(left, found.apart, given, "other")
        _apart(right, found.discovered, given, "truth")
        left.set_ylabel("expected significance [σ]")
        left.set_title(
            f"models excluded if {model(found.truth.name)} is true", loc="left", fontsize=paper.pt(10.5)
        )
        right.set_title("SM excluded if the model is true", loc="left", fontsize=paper.pt(10.5))
        figure.suptitle(paper.wrapped(title), x=0.01, ha="left", fontsize=paper.pt(10))
        entries = dict(zip(*reversed(left.get_legend_handles_labels()), strict=True))
        if found.apart or found.discovered:
            from matplotlib.lines import Line2D

            look: dict[str, Any] = {"color": "0.3", "marker": "o", "mfc": "white", "mew": 1.4}
            spread = ", 68 % of toys" if any(item.toys for item in found.apart) else ""
            entries[f"2 or 5 σ reached{spread}"] = Line2D([], [], ms=7, lw=1.2, **look)
        legend(figure, entries.values(), entries.keys(), columns=7)
        fix_layout(figure, paper)
        return figure


def _panel(
    axis: Any, rows: Sequence[Row], names: Sequence[str], given: Mapping[str, Look], what: str, paper: Paper
) -> None:
    """One line a model; linear to 1 σ and logarithmic above where the significances differ much."""
    top, bottom = 0.0, 0.0
    for name in names:
        line = sorted((row.luminosity, getattr(row, what)) for row in rows if row.model == name)
        x, y = np.array(line).T
        look = given[name]
        ends: dict[str, Any] = {"markevery": [0, len(x) - 1], "ms": 7, "mfc": look.face, "clip_on": False}
        ends |= {"mew": 1.6} if look.marker == "+" else {"mec": look.edge, "mew": 0.6}
        axis.plot(
            x, y, color=look.colour, ls=look.line, marker=look.marker, label=model(name), zorder=4, **ends
        )
        top, bottom = max(top, float(y.max())), min(bottom, float(y.min()))
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter("{x:g}")
    if top > 15.0:
        axis.set_yscale("symlog", linthresh=1.0, linscale=0.6)
        axis.yaxis.set_major_formatter("{x:g}")
    axis.set_ylim(1.15 * bottom, 1.6 * top if top > 15.0 else max(5.8, 1.08 * top))
    if bottom < 0.0:
        axis.axhline(0.0, color="0.35", lw=0.8, zorder=1)
    if top > FAR:
        axis.axhspan(FAR, max(1.6 * top, FAR), color="#FBF1DC", lw=0, zorder=0)
        said = f"above {FAR:g} σ no error is Gaussian: read only that it is far"
        axis.text(
            0.98,
            0.965,
            said,
            transform=axis.transAxes,
            ha="right",
            va="top",
            fontsize=paper.pt(8.5),
            color="0.35",
        )
    for level in LEVELS:
        axis.axhline(level, color="0.35", lw=0.8, ls=":", zorder=1)
        axis.annotate(
            f"{level:g} σ", (1.0, level), xycoords=("axes fraction", "data"), xytext=(5, 0), va="center",
            textcoords="offset points", fontsize=paper.pt(9), color="0.35",
        )  # fmt: skip


def _extrapolated(axis: Any, found: Forecast, steps: Sequence[float]) -> None:
    """Shade what lies outside the luminosities published for every projection."""
    axis.set_xlim(steps[0], steps[-1])
    ranges = [
        (min(item["published"]), max(item["published"])) for item in found.uncertainties if not item["held"]
    ]
    if not ranges:
        return
    low, high = max(first for first, _ in ranges), min(last for _, last in ranges)
    for start, end in ((steps[0], low), (max(high, steps[0]), steps[-1])):
        if start < end:
            axis.axvspan(start, min(end, steps[-1]), color="0.93", lw=0, zorder=0, label="extrapolated")


def _apart(axis: Any, found: Sequence[Apart], given: Mapping[str, Look], by: str) -> None:
    """Luminosity and spread at which each is told apart, a little above the level for each further model."""
    first, last = axis.get_xlim()
    for level in LEVELS:
        entries = [item for item in found if item.sigmas == level and item.luminosity is not None]
        for position, item in enumerate(item for item in entries if first < item.luminosity < last):
            own = given[getattr(item, by)]
            low, high = (last if end is None else np.clip(end, first, last) for end in (item.low, item.high))
            spread = [[max(item.luminosity - low, 0.0)], [max(high - item.luminosity, 0.0)]]
            look = {"color": own.colour, "marker": own.marker, "ms": 7, "mfc": "white", "mew": 1.4, "ls": ""}
            height = level + 0.22 * (position + 1)
            axis.errorbar(
                [item.luminosity], [height], xerr=spread, elinewidth=1.2, capsize=3, zorder=6, **look
            )


def _unit(unit: str) -> str:
    return unit.replace("^-1", "$^{\\mathrm{-1}}$")
