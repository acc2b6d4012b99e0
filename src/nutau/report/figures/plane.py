"""Two observables against each other, as R_νν against R_ττ: lines, points, regions, bands of data and projections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.errors import InputError
from nutau.inputs import InputSet
from nutau.letter.plane import PANELS
from nutau.observables.predictions import DRAWS
from nutau.report.bands import Axis
from nutau.report.figures import marks
from nutau.report.figures.bands import band
from nutau.report.figures.labels import observable
from nutau.report.figures.looks import looks
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend
from nutau.report.plane import Panel, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES = {
    "published": r"as published: $+|\lambda_t|$",
    "physical": r"physical: $\lambda_t = V_{tb}V_{ts}^* < 0$",
}
FRAME = ((0.04, 6e3), (0.3, 4e2))
"""Of the letter's plane, as far as points do not lie outside."""
WIDE = 15.0
"""Values that differ by more than this factor are drawn on a logarithmic axis."""


@checked
def plane(
    models: Mapping[str, float] | None = None,
    conventions: Sequence[str] = ("physical",),
    *,
    points: Mapping[str, Any] | None = None,
    lines: Mapping[str, Any] | None = None,
    regions: Mapping[str, Any] | None = None,
    texts: Mapping[str, Sequence[str]] | None = None,
    axes: Sequence[str] | None = None,
    data: str = "2026",
    inputs: InputSet | None = None,
    running: str | Path | None = None,
    mass: float | None = None,
    branches: bool = False,
    muons: bool = False,
    draws: int = DRAWS,
    title: str = "",
    paper: Paper = SCREEN,
) -> Figure:
    """Two panels (K, K*) for each convention, one row each; see :func:`nutau.report.plane.panels` for the arguments.

    ``models`` maps a label to κ. The part of a line where R_D(*) is explained within 1σ is thick and solid, within
    2σ dashed, the rest thin; ``branches`` adds the part with δ < 0, dotted. ``points`` and ``lines`` are models with
    numbers and arrays of couplings or masses, ``regions`` fits and scans. Theory errors of both axes are crosses, and
    bands across lines. With ``axes`` there is one panel of these two observables.

    >>> import nutau
    >>> len(nutau.plane({"U1": 1.0}, data="letter-2022").axes)
    2
    >>> mine = nutau.U1(2000, x1LL={"33": 1, "23": 0.1})
    >>> len(nutau.plane(points={"mine": mine}, axes=("R(D)", "R(D*)"), draws=20).axes)
    1
    """
    if not conventions:
        raise InputError("A plane needs a convention: give ('physical',), ('published',) or both.")
    given: dict[str, Any] = {"data": data, "inputs": inputs, "running": running, "mass": mass}
    given |= {"branches": branches, "muons": muons, "draws": draws}
    given |= {"points": points, "lines": lines, "regions": regions, "axes": axes, "texts": texts}
    rows = [panels(models, convention=convention, **given) for convention in conventions]
    return draw(dict(zip(conventions, rows, strict=True)), title=title, paper=paper)


def draw(rows: Mapping[str, Sequence[Panel]], *, title: str = "", paper: Paper = SCREEN) -> Figure:
    """The figure of panels by convention, a row each; on narrow paper panels stand above each other."""
    with house_style(paper):
        from matplotlib.figure import Figure

        made = [(convention, panel) for convention, row in rows.items() for panel in row]
        across = 1 if paper.narrow else len(next(iter(rows.values())))
        down = len(made) // across
        own = 10.5 if len(made) > 1 else 6.4
        height = (1.0 if across > 1 else 1.6) + (3.7 if across > 1 else 4.6) * down
        figure = Figure(figsize=paper.size(own if across > 1 else 6.4, height), layout="constrained")
        grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True).ravel()
        scales = [_scale([panel for _, panel in made], side) for side in "xy"]
        entries: dict[str, Any] = {}
        for (convention, panel), axis in zip(made, grid, strict=True):
            _panel(axis, panel, scales, entries, paper)
            _named(
                axis, panel, convention, last=axis in grid[-across:] or paper.narrow, several=len(made) > 1
            )
        entries |= _explained([panel for _, panel in made])
        legend(figure, entries.values(), entries.keys(), columns=6 if len(made) > 1 else 3)
        if title:
            figure.suptitle(paper.wrapped(title), x=0.01, ha="left", fontsize=paper.pt(10))
        fix_layout(figure, paper)
        return figure


def _panel(
    axis: Any, panel: Panel, scales: Sequence[tuple[str, float, float]], entries: dict[str, Any], paper: Paper
) -> None:
    (x_scale, *x_ends), (y_scale, *y_ends) = scales
    axis.set_xscale(x_scale)
    axis.set_yscale(y_scale)
    axis.set_xlim(*x_ends)
    axis.set_ylim(*y_ends)
    for known, side in zip(panel.known, "xy", strict=True):
        band(axis, known, side, _short(known.axis))
    regions = [
        entry for number, found in enumerate(panel.areas) for entry in marks.region(axis, found, number)
    ]
    sm = [1.0 if found.relative else found.sm for found in panel.axes]
    axis.plot(sm[:1], sm[1:], marker="+", ms=10, mew=1.6, color="black", ls="", label="SM", zorder=5)
    names = [(line.model, line.model) for line in panel.lines] + [
        (one.name, one.model) for one in panel.tracks
    ]
    given = looks([name for name, _ in names], [of for _, of in names])
    for line in panel.lines:
        marks.along(axis, line, given[line.model])
    for one in panel.tracks:
        marks.tracked(axis, one, given[one.name], paper)
    handles, labels = axis.get_legend_handles_labels()
    entries |= dict(zip(labels, handles, strict=True))
    entries |= {entry.get_label(): entry for entry in regions}


def _explained(made: Sequence[Panel]) -> dict[str, Any]:
    """What the widths of lines, and the shades about them, mean."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    found: dict[str, Any] = {}
    if any(panel.lines for panel in made):
        found[r"$R_{D^{(*)}}$ within 1σ"] = Line2D([], [], color="0.3", lw=2.8)
        found[r"$R_{D^{(*)}}$ within 2σ"] = Line2D([], [], color="0.3", lw=2.0, ls=(0, (3, 1.6)))
        found["rest of the line from the SM"] = Line2D([], [], color="0.3", lw=0.7)
    lines = [line for panel in made for line in panel.lines if line.y_error is not None]
    if lines or any(one.line and one.y_error.any() for panel in made for one in panel.tracks):
        found["theory error, 1σ"] = Patch(color="0.3", alpha=0.18, lw=0)
    return found


def _named(axis: Any, panel: Panel, convention: str, *, last: bool, several: bool) -> None:
    x, y = (_short(found) for found in panel.axes)
    if last:
        axis.set_xlabel(x)
    axis.set_ylabel(y)
    if panel.name:
        axis.set_title(f"$B \\to {panel.name.replace('*', '^*')}$, {TITLES[convention]}", loc="left")
    elif several:
        axis.set_title(TITLES[convention], loc="left")


def _short(axis: Axis) -> str:
    """R_νν and R_ττ for the ratios of the letter's plane, else the observable as everywhere."""
    for meson, (tautau, nunu) in PANELS.items():
        for full, symbol in ((tautau, r"\tau\tau"), (nunu, r"\nu\nu")):
            if axis.full == full:
                return f"$R_{{{symbol}}}^{{{meson.replace('*', '^*')}}}$"
    return observable(axis.label)


def _scale(made: Sequence[Panel], side: str) -> tuple[str, float, float]:
    """The scale of an axis and its ends: the letter's plane as it is drawn there, others from what is drawn."""
    number = "xy".index(side)
    values = np.concatenate([_drawn(panel, number) for panel in made])
    usual = made[0].name in PANELS
    if usual:
        low, high = FRAME[number]
        seen = values[values > 1e-3 * low]
        return "log", min(low, 0.7 * seen.min()), max(high, 1.5 * seen.max())
    low, high = float(values.min()), float(values.max())
    if low > 0 and high > WIDE * low:
        return "log", low / 1.6, high * 1.6
    margin = 0.12 * ((high - low) or abs(high) or 1.0)
    return "linear", max(low - margin, 0.0) if low >= 0 else low - margin, high + margin


def _drawn(panel: Panel, number: int) -> Array:
    """The numbers along an axis that a frame has to hold: points, regions, the SM, the parts of lines that matter."""
    side, axis = "xy"[number], panel.axes[number]
    usual = panel.name in PANELS
    found = [np.array([1.0 if axis.relative else axis.sm])]
    found += [np.asarray(getattr(one, side)) for one in panel.tracks]
    found += [
        part[:, number]
        for one in panel.areas
        for part in (*one.pieces.get(0.95, ()), *(one.whole if one.line or not one.pieces else ()))
    ]
    if not usual:
        found += [np.asarray(getattr(line, side))[np.abs(line.sigmas) <= 2.0] for line in panel.lines]
        for item in panel.known[number].bands:
            ends = item.two if item.measured else (item.limit,)
            found.append(np.array([end for end in ends if end is not None], dtype=float))
    return np.concatenate(found)
