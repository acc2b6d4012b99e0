"""A rate against what others say of it: an exact relation is the diagonal, others are wedges around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.common.aliases import full_name
from nutau.errors import InputError
from nutau.report.figures.labels import observable
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend
from nutau.report.relations.draw import Drawing, Wedge
from nutau.report.relations.result import joined

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FILLS = ("#F6E3BE", "#CFE3F2", "#D9EAD3", "#E6D8EA", "#F3D6DA", "#E4E4E4")
EDGES = ("#B5641A", "#0072B2", "#2E7D32", "#7B3F8C", "#A8324A", "#5F5F5F")
"""Of sets of coefficients, the widest first: of a wedge and its border, and of a bar."""
STEEP = 1e6
"""A slope that is drawn as vertical."""
DATA = "#5C7488"


def relations(drawing: Drawing, *, title: str = "", paper: Paper = SCREEN) -> Figure:
    """The relation with its wedges, and beside it what data, if any, allow of the target for sets of coefficients.

    Raises :class:`InputError` where there is neither relation nor bound to draw.
    """
    if not drawing.wedges and not drawing.intervals and not drawing.exact:
        raise InputError(
            f"Nothing relates {drawing.target} to the other rates, so there is nothing to draw. Choose rates of one "
            "quark transition."
        )
    with house_style(paper):
        from matplotlib.figure import Figure

        count = 2 if drawing.intervals else 1
        size = (6.0, 4.8 * count) if paper.narrow else (5.5 * count, 5.4)
        figure = Figure(figsize=paper.size(*size), layout="constrained")
        left, *beside = figure.subplots(*((count, 1) if paper.narrow else (1, count)), squeeze=False).ravel()
        _map(left, drawing)
        for right in beside:
            _intervals(right, drawing, paper)
        figure.suptitle(paper.wrapped(title), fontsize=paper.pt(10))
        handles, labels = left.get_legend_handles_labels()
        legend(figure, handles, labels, columns=count)
        fix_layout(figure, paper)
        return figure


def _map(axis: Any, drawing: Drawing) -> None:
    top = drawing.top
    axis.set_xlim(0.0, top)
    axis.set_ylim(0.0, top)
    for wedge in drawing.wedges:
        place = drawing.sets.index(wedge.said) % len(FILLS)
        _wedge(axis, wedge, FILLS[place], EDGES[place], top)
    if drawing.exact:
        axis.plot([0, top], [0, top], color="black", lw=1.8, label=f"exact: {drawing.exact}", zorder=4)
    if drawing.predicted is not None:
        low, high = drawing.predicted
        axis.axvspan(low, high, color=DATA, alpha=0.25, lw=0, label="the others as measured, 68 %", zorder=2)
    if drawing.measured is not None:
        low, high = drawing.measured
        axis.axhspan(low, high, color="#009E73", alpha=0.2, lw=0, label="itself as measured, 68 %", zorder=2)
    axis.plot([1], [1], "+", ms=12, mew=1.8, color="black", ls="", label="SM", zorder=6)
    sums = joined([(f"{weight:.3f}", _named(name)) for weight, name in drawing.terms])
    axis.set_xlabel(sums.replace(" - ", " − ").replace("-", "−", int(sums.startswith("-"))))
    axis.set_ylabel(f"{_named(drawing.target)} over SM")


def _named(name: str) -> str:
    return observable(full_name(name).removesuffix("/SM"))


def _wedge(axis: Any, wedge: Wedge, fill: str, edge: str, top: float) -> None:
    x = np.linspace(0.0, top, 201)
    low, high = (np.minimum(x * min(slope, STEEP), 2 * top) for slope in wedge.slopes)
    axis.fill_between(x, low, high, color=fill, lw=0, label=wedge.said, zorder=1)
    for side in (low, high):
        axis.plot(x, side, color=edge, lw=1.0, zorder=1.5)


def _intervals(axis: Any, drawing: Drawing, paper: Paper) -> None:
    """What the data allow of the target, a bar for each set of coefficients."""
    rows = drawing.intervals
    for place, (said, (low, high), exact) in enumerate(rows):
        colour = "black" if exact else EDGES[drawing.sets.index(said) % len(EDGES)]
        axis.plot([low, high], [place, place], color=colour, lw=6, solid_capstyle="butt", zorder=3)
    if drawing.measured is not None:
        axis.axvspan(*drawing.measured, color="#009E73", alpha=0.2, lw=0, zorder=1)
    if drawing.beside:
        axis.axvline(1.0, color="black", lw=1.0, ls=":", zorder=2)
    axis.set_yticks(range(len(rows)), labels=[_folded(name) for name, _, _ in rows], fontsize=paper.pt(9))
    axis.set_yticks([], minor=True)
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.set_xlabel(f"{_named(drawing.target)} over SM")
    axis.set_title("allowed by data on the others, 95 %", loc="left", fontsize=paper.pt(10))


def _folded(text: str) -> str:
    from textwrap import fill

    return fill(text, 24)
