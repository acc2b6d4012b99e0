"""The letter's Figure 1: R_νν against R_ττ, a line for each model, bands for data and projections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.figures.style import COLOURS, MARKERS, fix_layout, house_style
from nutau.letter.plane import PANELS, Bands, PlaneLine, bands, plane_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES = {
    "published": r"as published: $+|\lambda_t|$",
    "physical": r"physical: $\lambda_t = V_{tb}V_{ts}^* < 0$",
}


def plane(
    models: Mapping[str, float],
    conventions: Sequence[str] = ("physical",),
    *,
    dataset: str = "letter-2022",
    branches: bool = False,
    muons: bool = False,
) -> Figure:
    """Two panels (K, K*) for each convention, one row each.

    ``models`` maps a label to κ. The part of a line where R_D(*) is explained within 1σ is thick and solid, within
    2σ dashed, the rest thin; ``branches`` adds the part with δ < 0, dotted.
    """
    with house_style():
        from matplotlib.figure import Figure
        from matplotlib.lines import Line2D

        rows = len(conventions)
        figure = Figure(figsize=(10.5, 1.0 + 3.7 * rows), layout="constrained")
        grid = figure.subplots(rows, 2, squeeze=False, sharex=True, sharey=True)
        for convention, axes in zip(conventions, grid, strict=True):
            for panel, axis in zip(PANELS, axes, strict=True):
                lines = [
                    plane_line(
                        name, kappa, panel, convention, dataset=dataset, branches=branches, muons=muons
                    )
                    for name, kappa in models.items()
                ]
                _panel(axis, lines, bands(panel, dataset), panel)
                axis.set_title(f"$B \\to {_tex(panel)}$, {TITLES[convention]}", loc="left")
        _labels(grid)
        handles, names = grid[0][0].get_legend_handles_labels()
        handles += [
            Line2D([], [], color="0.3", lw=2.8),
            Line2D([], [], color="0.3", lw=2.0, ls=(0, (3, 1.6))),
        ]
        names += [r"$R_{D^{(*)}}$ within 1σ", r"$R_{D^{(*)}}$ within 2σ"]
        figure.legend(handles, names, loc="outside lower center", ncols=min(6, len(names)))
        fix_layout(figure)
        return figure


def _tex(panel: str) -> str:
    return {"K": "K", "K*": "K^*"}[panel]


def _panel(axis: Any, lines: Sequence[PlaneLine], band: Bands, panel: str) -> None:
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlim(0.04, 4e3)
    axis.set_ylim(0.3, 4e2)
    axis.axhspan(band.bound, axis.get_ylim()[1], color="0.86", lw=0, label="excluded, 90 % CL")
    for (luminosity, error), colour in zip(
        sorted(band.sensitivity.items()), ("#F6C6D0", "#F2A541"), strict=False
    ):
        low = max(1 - error, axis.get_ylim()[0])
        axis.axhspan(
            low, 1 + error, color=colour, alpha=0.75, lw=0, label=f"Belle II, {luminosity:g} ab$^{{-1}}$"
        )
    axis.plot([1], [1], marker="+", ms=10, mew=1.6, color="black", ls="", label="SM", zorder=5)
    for line, colour, marker in zip(lines, _cycle(COLOURS, lines), _cycle(MARKERS, lines), strict=True):
        _draw(axis, line, colour, marker)


def _cycle(items: tuple[str, ...], lines: Sequence[PlaneLine]) -> list[str]:
    return [items[i % len(items)] for i in range(len(lines))]


def _draw(axis: Any, line: PlaneLine, colour: str, marker: str) -> None:
    x, y, sigmas = line.rtautau, line.rnunu, line.sigmas
    upper = line.delta >= 0
    if not upper.all():
        axis.plot(x[~upper], y[~upper], color=colour, lw=0.8, ls=":")
    axis.plot(x[upper], y[upper], color=colour, lw=0.6, alpha=0.55)
    for side in (-1, 1):
        outer = (side * sigmas >= 1 - 1e-9) & (side * sigmas <= 2 + 1e-9)
        axis.plot(x[outer], y[outer], color=colour, lw=2.0, ls=(0, (3, 1.6)))
    inner = np.abs(sigmas) <= 1 + 1e-9
    axis.plot(x[inner], y[inner], color=colour, lw=2.8, solid_capstyle="butt")
    middle = int(np.argmin(np.abs(sigmas)))
    label = line.model.replace("X_", "X ").replace("-", "−")
    axis.plot(
        x[middle], y[middle], color=colour, marker=marker, ms=6, mec="white", mew=0.6, lw=2.8, label=label
    )


def _labels(grid: Any) -> None:
    for column, panel in enumerate(PANELS):
        meson = _tex(panel)
        grid[-1][column].set_xlabel(rf"$R_{{\tau\tau}}^{{{meson}}}$")
    for row in grid:
        for axis, panel in zip(row, PANELS, strict=True):
            axis.set_ylabel(rf"$R_{{\nu\nu}}^{{{_tex(panel)}}}$")
