"""Expected confidence regions of two parameters at several luminosities, today's among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError
from nutau.inference.fit import Contour
from nutau.inference.forecast import ExpectedFit
from nutau.report.figures.labels import parameter
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEVELS = (0.6827, 0.95)
FILLS = ("#DDE6EE", "#F6D9A8", "#EFA35C", "#D1582F", "#8C2412", "#4A0E0A")
"""From today's to the largest luminosity, darker and darker: they are told apart in grey too."""
EDGES = ("#5C7488", "#B88A35", "#B5641A", "#96331A", "#5E150A", "#2A0604")


def expected(
    fits: Sequence[ExpectedFit],
    contours: Sequence[Contour],
    unit: str,
    truth: Sequence[float],
    *,
    title: str = "",
    paper: Paper = SCREEN,
) -> Figure:
    """Regions at 68 % (filled) and 95 % (dashed) of a fit at each luminosity, profiled over all other parameters.

    ``contours`` belong to the ``fits``; ``truth`` is a point of the plane. Raises :class:`InputError` for more
    luminosities than there are colours.
    """
    if len(fits) > len(FILLS):
        raise InputError(
            f"Regions at {len(fits)} luminosities (today's is one) cover each other: give at most {len(FILLS) - 1}."
        )
    pair = contours[0].parameters
    with house_style(paper):
        from matplotlib.figure import Figure

        figure = Figure(figsize=paper.size(6.6, 5.8), layout="constrained")
        axis = figure.subplots()
        looks = _looks(len(fits))
        for number, (made, (fill, edge)) in enumerate(zip(contours, looks, strict=True)):
            _region(axis, made, fill, edge, 2 + number)
        axis.set_xlim(contours[0].x[0], contours[0].x[-1])
        axis.set_ylim(contours[0].y[0], contours[0].y[-1])
        _points(axis, pair, truth)
        axis.set_xlabel(parameter(pair[0]))
        axis.set_ylabel(parameter(pair[1]))
        axis.set_title(paper.wrapped(title), loc="left", fontsize=paper.pt(9))
        _legend(figure, axis, [_name(made.luminosity, unit) for made in fits], looks)
        fix_layout(figure, paper)
        return figure


def _looks(count: int) -> list[tuple[str, str]]:
    """Fill and edge of each luminosity; today's is the first, the largest luminosity the darkest."""
    places = np.round(np.linspace(0, len(FILLS) - 1, count)).astype(int) if count > 1 else np.array([3])
    return [(FILLS[place], EDGES[place]) for place in places]


def _region(axis: Any, made: Contour, fill: str, edge: str, order: int) -> None:
    filled: Array = np.where(np.isfinite(made.delta_chi2), made.delta_chi2, 1e6).T
    inner, outer = (Contour.height(level) for level in LEVELS)
    axis.contourf(made.x, made.y, filled, levels=[-1e9, inner], colors=[fill], alpha=0.9, zorder=order)
    axis.contour(made.x, made.y, filled, levels=[inner], colors=[edge], linewidths=1.1, zorder=order + 8)
    axis.contour(
        made.x, made.y, filled, levels=[outer], colors=[edge], linewidths=1.1, linestyles=[(0, (4, 2))],
        zorder=order + 8,
    )  # fmt: skip


def _points(axis: Any, pair: tuple[str, str], truth: Sequence[float]) -> None:
    """The truth, and the Standard Model where it is a point or a line of the plane."""
    if "kappa" not in pair:
        axis.plot([0], [0], "+", ms=12, mew=1.8, color="black", label="SM", zorder=30)
    elif "delta" in pair:
        draw = axis.axvline if pair[0] == "delta" else axis.axhline
        draw(0.0, color="black", lw=1.4, ls="-.", label="SM (any κ)", zorder=30)
    axis.plot([truth[0]], [truth[1]], "*", ms=13, mfc="white", mec="black", mew=1.2, label="truth", zorder=31)


def _name(luminosity: float, unit: str) -> str:
    if not luminosity:
        return "today"
    return f"{luminosity:g} " + unit.replace("^-1", "$^{\\mathrm{-1}}$")


def _legend(figure: Any, axis: Any, names: Sequence[str], looks: Sequence[tuple[str, str]]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    regions = [
        Patch(facecolor=fill, edgecolor=edge, label=f"{name}, 68 %")
        for name, (fill, edge) in zip(names, looks, strict=True)
    ]
    outer = Line2D([], [], color="0.3", lw=1.1, ls=(0, (4, 2)), label="dashed: 95 %")
    points = axis.get_legend_handles_labels()[0]
    legend(figure, [*regions, outer, *points], columns=4)
