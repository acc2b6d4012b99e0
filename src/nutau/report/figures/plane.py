"""The letter's Figure 1: R_νν against R_ττ, a line for each model, bands for data and projections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.common.checked import checked
from nutau.inputs import InputSet
from nutau.inputs.letter import Number
from nutau.letter.plane import PANELS, PlaneLine
from nutau.report.figures.style import COLOURS, MARKERS, fix_layout, house_style
from nutau.report.plane import Panel, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES = {
    "published": r"as published: $+|\lambda_t|$",
    "physical": r"physical: $\lambda_t = V_{tb}V_{ts}^* < 0$",
}


@checked
def plane(
    models: Mapping[str, float],
    conventions: Sequence[str] = ("physical",),
    *,
    dataset: str = "letter-2022",
    inputs: InputSet | None = None,
    running: str | Path | None = None,
    mass: float | None = None,
    branches: bool = False,
    muons: bool = False,
) -> Figure:
    """Two panels (K, K*) for each convention, one row each; see :func:`nutau.report.plane.panels` for the arguments.

    ``models`` maps a label to κ. The part of a line where R_D(*) is explained within 1σ is thick and solid, within
    2σ dashed, the rest thin; ``branches`` adds the part with δ < 0, dotted. Theory errors of R_νν are bands.

    >>> import nutau
    >>> len(nutau.plane({"U1": 1.0}, inputs="letter").axes)
    2
    """
    rows = [
        panels(
            models,
            dataset=dataset,
            inputs=inputs,
            convention=convention,
            running=running,
            mass=mass,
            branches=branches,
            muons=muons,
        )
        for convention in conventions
    ]
    with house_style():
        from matplotlib.figure import Figure
        from matplotlib.lines import Line2D

        figure = Figure(figsize=(10.5, 1.0 + 3.7 * len(rows)), layout="constrained")
        grid = figure.subplots(len(rows), 2, squeeze=False, sharex=True, sharey=True)
        for convention, row, axes in zip(conventions, rows, grid, strict=True):
            for panel, axis in zip(row, axes, strict=True):
                _panel(axis, panel)
                axis.set_title(f"$B \\to {_tex(panel.name)}$, {TITLES[convention]}", loc="left")
        _labels(grid)
        entries: dict[str, Any] = {}
        for axis in grid[0]:
            entries |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
        entries[r"$R_{D^{(*)}}$ within 1σ"] = Line2D([], [], color="0.3", lw=2.8)
        entries[r"$R_{D^{(*)}}$ within 2σ"] = Line2D([], [], color="0.3", lw=2.0, ls=(0, (3, 1.6)))
        figure.legend(
            entries.values(), entries.keys(), loc="outside lower center", ncols=min(6, len(entries))
        )
        fix_layout(figure)
        return figure


def _tex(panel: str) -> str:
    return {"K": "K", "K*": "K^*"}[panel]


def _panel(axis: Any, panel: Panel) -> None:
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlim(0.04, 6e3)
    axis.set_ylim(0.3, 4e2)
    if panel.bound is not None:
        limit, level = panel.bound
        axis.axhspan(limit, axis.get_ylim()[1], color="0.86", lw=0, label=f"excluded, {100 * level:.0f} % CL")
    if panel.tautau_bound is not None:
        limit, level = panel.tautau_bound
        label = f"excluded, {100 * level:.0f} % CL"
        axis.axvspan(limit, axis.get_xlim()[1], color="0.72", alpha=0.6, lw=0, label=label + r" ($\tau\tau$)")
    if panel.measured is not None:
        _measured(axis, panel.measured)
    for (luminosity, error), colour in zip(
        sorted(panel.sensitivity.items()), ("#F6C6D0", "#F2A541"), strict=False
    ):
        low = max(1 - error, axis.get_ylim()[0])
        axis.axhspan(
            low, 1 + error, color=colour, alpha=0.75, lw=0, label=f"Belle II, {luminosity:g} ab$^{{-1}}$"
        )
    axis.plot([1], [1], marker="+", ms=10, mew=1.6, color="black", ls="", label="SM", zorder=5)
    for line, colour, marker in zip(
        panel.lines, _cycle(COLOURS, panel.lines), _cycle(MARKERS, panel.lines), strict=True
    ):
        _draw(axis, line, colour, marker)


def _measured(axis: Any, measured: Number) -> None:
    for sigmas, alpha in ((2, 0.25), (1, 0.45)):
        low = max(measured.value - sigmas * measured.uncertainty, axis.get_ylim()[0])
        high = measured.value + sigmas * measured.uncertainty
        axis.axhspan(
            low,
            high,
            color="#9DC3E6",
            alpha=alpha,
            lw=0,
            label="measured, 1σ and 2σ" if sigmas == 1 else None,
        )


def _cycle(items: tuple[str, ...], lines: Sequence[PlaneLine]) -> list[str]:
    return [items[i % len(items)] for i in range(len(lines))]


def _draw(axis: Any, line: PlaneLine, colour: str, marker: str) -> None:
    x, y, sigmas = line.rtautau, line.rnunu, line.sigmas
    upper = line.delta >= 0
    if line.rnunu_error is not None:
        low, high = y - line.rnunu_error, y + line.rnunu_error
        axis.fill_between(x[upper], np.maximum(low[upper], 1e-3), high[upper], color=colour, alpha=0.18, lw=0)
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
