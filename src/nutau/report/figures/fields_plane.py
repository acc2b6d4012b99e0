"""Fields in the (R_ττ, R_νν) plane: where all data leave each, beside what was measured of the two rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.inputs import load_inputs
from nutau.measurements import DataSet
from nutau.report.areas import LEVELS, Area
from nutau.report.bands import Known, axes_of, known
from nutau.report.figures.bands import NAMES, band, telling
from nutau.report.figures.labels import observable
from nutau.report.figures.looks import Look, looks
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend
from nutau.report.judging.candidates import CANDIDATES
from nutau.report.judging.planes import RATES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nutau.report.judging.result import Judgement

FADED = {0.95: 0.16, 0.6827: 0.38}
"""How opaque a region is, by its level."""
LEAST = 4e-3
"""Of the axis of R_ττ: what lies below is not drawn."""
MARGIN = 1.25
VEIL = 0.5
"""How much white lies over what was measured, below the fields."""
TICKS = (0.5, 1, 2, 3, 4, 6, 8)


def fields_plane(found: Mapping[str, Any], data: DataSet, *, paper: Paper = SCREEN) -> Figure:
    """Two panels of a stored document (:mod:`nutau.report.judging.letter`): the letter's Table I, and the rest."""
    table = {one.name for one in CANDIDATES if one.table_1}
    fields = [(field["called"], field["model"], Area.from_dict(field["plane"])) for field in found["fields"]]
    panels = [
        ("fields of Table I", [one for one in fields if one[0] in table]),
        ("beyond", [one for one in fields if one[0] not in table]),
    ]
    masses = ", ".join(sorted({f"{field['mass'] / 1000:g} TeV" for field in found["fields"]}))
    title = f"{masses}, data set {found['data']}, version {found['data_set']['version']}"
    return _figure([panel for panel in panels if panel[1]], data, title, paper)


def of_fields(found: Judgement, data: DataSet, *, paper: Paper = SCREEN) -> Figure:
    """One panel of fields that were judged with their planes."""
    fields = [
        (field.called or field.model, field.model, field.plane) for field in found.fields if field.plane
    ]
    return _figure([("", fields)], data, f"{found.fields[0].mass / 1000:g} TeV, data set {found.data}", paper)


def _figure(
    panels: Sequence[tuple[str, list[tuple[str, str, Area]]]], data: DataSet, title: str, paper: Paper
) -> Figure:
    inputs = load_inputs("default")
    beside = [known(data, axis) for axis in axes_of(RATES, inputs)]
    every = [one for _, fields in panels for one in fields]
    frame = _frame([area for _, _, area in every])
    with house_style(paper):
        from matplotlib.figure import Figure

        count = len(panels)
        size = (5.5, 1.8 + 4.0 * count) if paper.narrow else (5.5 * count + 0.5 * (count == 1), 5.9)
        figure = Figure(figsize=paper.size(*size), layout="constrained")
        axes = figure.subplots(
            *((count, 1) if paper.narrow else (1, count)), squeeze=False, sharey=True
        ).ravel()
        given = _looks(every)
        for axis, (name, fields) in zip(axes, panels, strict=True):
            _panel(axis, fields, given, beside, frame)
            axis.set_title(name, loc="left", fontsize=paper.pt(11))
            axis.set_xlabel(observable(RATES[0]))
        for axis in axes if paper.narrow else axes[:1]:
            axis.set_ylabel(observable(RATES[1]))
        figure.suptitle(title, fontsize=paper.pt(10))
        legend(figure, [*_entries(every, given), *_bands(axes[0])], columns=5)
        fix_layout(figure, paper)
        return figure


def _looks(fields: Sequence[tuple[str, str, Area]]) -> dict[str, Look]:
    return looks([name for name, _, _ in fields], [model for _, model, _ in fields])


def _frame(areas: Sequence[Area]) -> list[tuple[float, float]]:
    """Both axes, over all regions and the Standard Model."""
    points = np.concatenate([piece for area in areas for piece in area.pieces[LEVELS[-1]]])
    low, high = np.minimum(points.min(axis=0), 1.0), np.maximum(points.max(axis=0), 1.0)
    return [(max(float(a) / MARGIN, LEAST), float(b) * MARGIN) for a, b in zip(low, high, strict=True)]


def _panel(
    axis: Any,
    fields: Sequence[tuple[str, str, Area]],
    given: Mapping[str, Look],
    beside: Sequence[Known],
    frame: Sequence[tuple[float, float]],
) -> None:
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlim(*frame[0])
    axis.set_ylim(*frame[1])
    axis.set_yticks([tick for tick in TICKS if frame[1][0] < tick < frame[1][1]])
    axis.set_yticklabels([f"{tick:g}" for tick in TICKS if frame[1][0] < tick < frame[1][1]])
    axis.set_yticks([], minor=True)
    for found, side, name in zip(beside, "xy", NAMES, strict=True):
        band(axis, telling(found, axis, side), side, name, projections=side == "y")
    axis.axhspan(*frame[1], color="white", alpha=VEIL, lw=0, zorder=0.9)
    for name, _, area in fields:
        _draw(axis, area, given[name])
    axis.plot([1], [1], marker="+", ms=11, mew=1.8, color="black", ls="", zorder=6)


def _draw(axis: Any, area: Area, look: Look) -> None:
    for level in reversed(LEVELS):
        for piece in area.pieces[level]:
            axis.fill(*piece.T, facecolor=look.colour, alpha=FADED[level], lw=0, zorder=2)
            if level == LEVELS[-1]:
                closed = np.concatenate([piece, piece[:1]])
                axis.plot(*closed.T, color=look.colour, ls=look.line, lw=1.1, zorder=3)
    if area.best is not None:
        axis.plot(
            *area.best, color=look.colour, marker=look.marker, ms=8, mec=look.edge, mfc=look.face, mew=0.9, ls="",
            zorder=5,
        )  # fmt: skip


def _entries(fields: Sequence[tuple[str, str, Area]], given: Mapping[str, Look]) -> list[Any]:
    from matplotlib.lines import Line2D

    found = []
    for name, _, _ in fields:
        look = given[name]
        marker = {"marker": look.marker, "ms": 7, "mec": look.edge, "mfc": look.face}
        found.append(Line2D([], [], color=look.colour, ls=look.line, lw=1.6, label=name, **marker))
    found.append(Line2D([], [], marker="+", ms=9, mew=1.6, color="black", ls="", label="SM"))
    return found


def _bands(axis: Any) -> list[Any]:
    handles, labels = axis.get_legend_handles_labels()
    made = [copy(handle) for handle in handles]
    for handle, label in zip(made, labels, strict=True):
        handle.set_label(label)
        handle.set_alpha(1.0 - VEIL)
    return made
