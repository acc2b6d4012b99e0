"""What is drawn into a plane of two observables: lines along δ, points and lines of couplings, regions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.letter.plane import PlaneLine
from nutau.report.areas import Area
from nutau.report.figures.labels import model, point
from nutau.report.figures.looks import Look
from nutau.report.figures.paper import Paper
from nutau.report.tracks import Track

AREAS = (
    ("#D6C27F", "#EFE5C3", "#7A6A2B"),
    ("#B9AED6", "#E0DAF0", "#4E3F7A"),
    ("#A9CDB0", "#DCEBDF", "#2F6B3B"),
)
"""Fills at 68 and 95 %, and edge, of the first, second and third region."""


def along(axis: Any, line: PlaneLine, look: Look) -> None:
    """A line along δ: thick within 1σ of what R_D(*) ask for, dashed within 2σ, thin elsewhere; dotted for δ < 0."""
    x, y, sigmas, colour = line.x, line.y, line.sigmas, look.colour
    upper = line.delta >= 0
    if line.x_error is not None and line.y_error is not None:
        tube(axis, x[upper], y[upper], line.x_error[upper], line.y_error[upper], colour)
    if not upper.all():
        axis.plot(x[~upper], y[~upper], color=colour, lw=0.8, ls=":")
    axis.plot(x[upper], y[upper], color=colour, lw=0.7, alpha=0.7)
    for side in (-1, 1):
        outer = (side * sigmas >= 1 - 1e-9) & (side * sigmas <= 2 + 1e-9)
        axis.plot(x[outer], y[outer], color=colour, lw=2.0, ls=(0, (3, 1.6)))
    inner = np.abs(sigmas) <= 1 + 1e-9
    axis.plot(x[inner], y[inner], color=colour, lw=2.8, solid_capstyle="butt")
    middle = int(np.argmin(np.abs(sigmas)))
    marked = {"marker": look.marker, "ms": 7, "mec": look.edge, "mfc": look.face, "mew": 0.7}
    axis.plot(x[middle], y[middle], color=colour, lw=2.8, label=model(line.model), zorder=4, **marked)


def tube(axis: Any, x: Array, y: Array, x_error: Array, y_error: Array, colour: str) -> None:
    """The theory error across a line: as far to each side as the ellipse of both errors reaches.

    The errors of the two axes are taken as independent. On a logarithmic axis they are relative ones.
    """
    (u, du), (v, dv) = _on(axis.get_xscale(), x, x_error), _on(axis.get_yscale(), y, y_error)
    spans = [np.ptp(ends) or 1.0 for ends in (_on(axis.get_xscale(), np.array(axis.get_xlim()))[0],
                                              _on(axis.get_yscale(), np.array(axis.get_ylim()))[0])]  # fmt: skip
    along_u, along_v = np.gradient(u) / spans[0], np.gradient(v) / spans[1]
    length = np.hypot(along_u, along_v)
    still = length <= 0
    across_u, across_v = -along_v / np.where(still, 1.0, length), along_u / np.where(still, 1.0, length)
    wide = np.hypot(across_u * du / spans[0], across_v * dv / spans[1])
    sides = [
        (u + side * wide * across_u * spans[0], v + side * wide * across_v * spans[1]) for side in (1, -1)
    ]
    outline = np.concatenate([np.stack(sides[0], axis=-1), np.stack(sides[1], axis=-1)[::-1]])
    back = [
        _back(scale, part)
        for scale, part in zip((axis.get_xscale(), axis.get_yscale()), outline.T, strict=True)
    ]
    axis.fill(*back, color=colour, alpha=0.18, lw=0, zorder=1.8)


def _on(scale: str, values: Array, errors: Array | None = None) -> tuple[Array, Array]:
    """Values and errors as they lie on an axis: their logarithms on a logarithmic one."""
    wide = np.zeros_like(values) if errors is None else errors
    if scale != "log":
        return values, wide
    seen = np.maximum(values, 1e-12)
    return np.log(seen), wide / seen


def _back(scale: str, values: Array) -> Array:
    made: Array = np.exp(values) if scale == "log" else values
    return made


def tracked(axis: Any, track: Track, look: Look, paper: Paper) -> None:
    """Points with the theory errors of both axes and what they are, or a line with its errors across."""
    label = point(track.name)
    if track.line:
        tube(axis, track.x, track.y, track.x_error, track.y_error, look.colour)
        axis.plot(track.x, track.y, color=look.colour, lw=2.0, ls=look.line, zorder=4)
        ends = {"marker": look.marker, "ms": 7, "mec": look.edge, "mfc": look.face, "mew": 0.7}
        axis.plot(
            track.x[-1:], track.y[-1:], color=look.colour, lw=2.0, ls=look.line, label=label, zorder=5, **ends
        )
    else:
        axis.errorbar(
            track.x, track.y, xerr=_whiskers(axis.get_xscale(), track.x, track.x_error),
            yerr=_whiskers(axis.get_yscale(), track.y, track.y_error), marker=look.marker, ls="", ms=8,
            mfc=look.face, mec=look.edge, mew=0.8, color=look.colour, ecolor=look.colour, elinewidth=1.3,
            capsize=2.0, label=label, zorder=5,
        )  # fmt: skip
    _say(axis, track, look, paper)


def _say(axis: Any, track: Track, look: Look, paper: Paper) -> None:
    """What each point is, aslant so that neighbours do not overlap; of a line what its two ends are."""
    slant = {"rotation": 55, "rotation_mode": "anchor", "ha": "left", "va": "center", "xytext": (3, 5)}
    ends = [
        {"ha": "right", "va": "top", "xytext": (-4, -4)},
        {"ha": "left", "va": "bottom", "xytext": (4, 4)},
    ]
    places = (0, -1) if track.line else range(len(track.x))
    for number, (text, place) in enumerate(zip(track.texts, places, strict=False)):
        how: dict[str, Any] = ends[number] if track.line else slant
        axis.annotate(
            point(text), (track.x[place], track.y[place]), textcoords="offset points", fontsize=paper.pt(8),
            color=look.colour, zorder=6, annotation_clip=True, **how,
        )  # fmt: skip


def _whiskers(scale: str, values: Array, errors: Array) -> Array:
    """Errors down and up; on a logarithmic axis none reaches zero."""
    down = np.minimum(errors, 0.97 * np.abs(values)) if scale == "log" else errors
    return np.stack([down, errors])


def region(axis: Any, area: Area, number: int) -> list[Any]:
    """A region with its best point, and the entries of the legend for it."""
    from matplotlib.lines import Line2D

    colours = AREAS[number % len(AREAS)]
    entries = _levels(axis, area, colours) if area.pieces else _reached(axis, area, colours)
    if area.best is not None:
        star: dict[str, Any] = {
            "marker": "*",
            "ms": 13,
            "mfc": "white",
            "mec": colours[2],
            "mew": 1.2,
            "ls": "",
        }
        axis.plot(*area.best, zorder=6, **star)
        entries.append(Line2D([], [], label=f"{area.name}, best", **star))
    return entries


def _levels(axis: Any, area: Area, colours: Sequence[str]) -> list[Any]:
    """A region at both levels: filled, or of a line wider and narrower."""
    inner, outer, edge = colours
    for piece in area.whole if area.line else ():
        axis.plot(*piece.T, color=edge, lw=0.7, zorder=1.4)
    entries: list[Any] = []
    for level, text, fill, width in ((0.95, "95", outer, 3.0), (0.6827, "68.3", inner, 6.0)):
        for piece in area.pieces.get(level, ()):
            if area.line:
                axis.plot(*piece.T, color=edge, lw=width, alpha=0.55, solid_capstyle="butt", zorder=1.5)
            else:
                axis.fill(*piece.T, facecolor=fill, edgecolor=fill, lw=0.6, zorder=1.2)
        label = f"{area.name}, {text} %{' of the posterior' if area.posterior else ''}"
        entries.insert(0, _entry(area, label, fill, edge, width))
    return entries


def _reached(axis: Any, area: Area, colours: Sequence[str]) -> list[Any]:
    """All that a scan without data reaches."""
    _, outer, edge = colours
    for piece in area.whole:
        if area.line:
            axis.plot(*piece.T, color=edge, lw=1.4, zorder=1.4)
        else:
            axis.fill(*piece.T, color=outer, lw=0.6, zorder=1.1)
    return [_entry(area, f"{area.name}, all points", outer, edge, 1.4)]


def _entry(area: Area, label: str, fill: str, edge: str, width: float) -> Any:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if area.line:
        return Line2D([], [], color=edge, alpha=0.55 if area.pieces else 1.0, lw=width, label=label)
    return Patch(fc=fill, ec=edge, lw=0.4, label=label)
