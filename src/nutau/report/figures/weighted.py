"""Histograms of weighted events, as points with errors, over what the rates say of the bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.errors import InputError
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend
from nutau.report.weighted import Histogram

if TYPE_CHECKING:
    from matplotlib.figure import Figure

AXES = {
    "q2": r"$q^2$ [GeV$^2$]",
    "cos_theta_l": r"$\cos\theta_\ell$",
    "cos_theta_V": r"$\cos\theta_V$",
    "phi": r"$\phi$",
}
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#882255")
MARKERS = ("o", "s", "^", "D", "v")
MOST = len(COLOURS)


def weighted(
    histograms: Sequence[Histogram],
    labels: Mapping[str, str],
    *,
    title: str = "",
    paper: Paper = SCREEN,
) -> Figure:
    """A panel for each variable; ``labels`` are the columns that are drawn. Raises :class:`InputError` for too many."""
    if len(labels) > MOST:
        raise InputError(f"A figure of {len(labels)} weights cannot be read; draw {MOST} at most.")
    with house_style(paper):
        from matplotlib.figure import Figure

        across = 1 if paper.narrow or len(histograms) == 1 else 2
        down = -(-len(histograms) // across)
        height = 3.0 if paper.narrow else 3.9
        figure = Figure(figsize=paper.size(5.6 * across, height * down), layout="constrained")
        panels = figure.subplots(down, across, squeeze=False).ravel()
        for axis, histogram in zip(panels, histograms, strict=False):
            _panel(axis, histogram, labels)
        for axis in panels[len(histograms) :]:
            axis.set_axis_off()
        figure.suptitle(paper.wrapped(title), fontsize=paper.pt(10))
        handles, texts = panels[0].get_legend_handles_labels()
        legend(figure, handles, texts, columns=3)
        fix_layout(figure, paper)
        return figure


def _panel(axis: Any, histogram: Histogram, labels: Mapping[str, str]) -> None:
    edges = histogram.edges
    middle, half = 0.5 * (edges[1:] + edges[:-1]), 0.5 * np.diff(edges)
    axis.stairs(
        histogram.generated, edges, fill=True, color="#D9D9D9", label="events as they were made", zorder=1
    )
    offsets = half * np.linspace(-0.45, 0.45, len(labels))[:, None] if len(labels) > 1 else [0.0 * half]
    for (name, label), colour, marker, offset in zip(labels.items(), COLOURS, MARKERS, offsets, strict=False):
        axis.stairs(histogram.expected[name], edges, color=colour, lw=1.6, label=f"{label}: rate", zorder=2)
        axis.errorbar(
            middle + offset, histogram.weighted[name], yerr=np.sqrt(histogram.squared[name]), color=colour, fmt=marker,
            ms=4.0, lw=1.2, mec="white", mew=0.5, label=f"{label}: weighted events", zorder=3,
        )  # fmt: skip
    axis.set_xlim(edges[0], edges[-1])
    axis.set_ylim(bottom=0.0)
    if histogram.variable.startswith("cos"):
        axis.set_xticks([-1.0, -0.5, 0.0, 0.5, 1.0])
    axis.set_xlabel(AXES[histogram.variable])
    axis.set_ylabel("events in a bin")
