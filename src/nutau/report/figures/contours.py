"""Confidence regions of two fit parameters, with every minimum and the models' lines of constant κ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.fit import Contour, Minimum
from nutau.report.figures.labels import model, parameter
from nutau.report.figures.looks import looks
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEVELS = (0.6827, 0.95, 0.99)
FILLS = ("#4F8FC9", "#A3C9E8", "#DDEBF6")
STYLES = ("-", (0, (4, 1.5)), ":")
EDGE = "#0B3C66"
CUT = "#7A7A7A"


def contours(
    found: Contour,
    names: Sequence[str] = (),
    minima: Sequence[Minimum] = (),
    kappas: Mapping[str, float] | None = None,
    *,
    title: str = "",
    paper: Paper = SCREEN,
) -> Figure:
    """Regions at 68.3, 95 and 99 % confidence, profiled over all other parameters.

    ``names`` are all parameters of the fit, in which ``minima`` (the best first) are given. ``kappas`` are lines of
    constant κ by label, drawn in the planes (δ, κ) and (C1, C3); κ may be infinite (C3 = 0).
    """
    with house_style(paper):
        from matplotlib.figure import Figure

        figure = Figure(figsize=paper.size(6.6, 5.6), layout="constrained")
        axis = figure.subplots()
        _regions(axis, found)
        axis.set_xlim(found.x[0], found.x[-1])
        axis.set_ylim(found.y[0], found.y[-1])
        _lines(axis, found.parameters, kappas or {}, paper)
        _bounds(axis, found)
        _standard_model(axis, found.parameters)
        _minima(axis, found, names, minima)
        axis.set_xlabel(parameter(found.parameters[0]))
        axis.set_ylabel(parameter(found.parameters[1]))
        axis.set_title(paper.wrapped(title), loc="left", fontsize=paper.pt(10))
        _legend(figure, axis, _levels(found))
        fix_layout(figure, paper)
        return figure


def _regions(axis: Any, found: Contour) -> None:
    for level, fill, style in reversed(list(zip(LEVELS, FILLS, STYLES, strict=True))):
        if level not in _levels(found):
            continue
        above = found.above(level).T
        axis.contourf(found.x, found.y, above, levels=[-1e9, 0.0], colors=[fill])
        axis.contour(found.x, found.y, above, levels=[0.0], colors=EDGE, linewidths=1.0, linestyles=[style])
    axis.set_axisbelow(False)


def _levels(found: Contour) -> tuple[float, ...]:
    """Those that are drawn: with heights from toys, those that have them."""
    return tuple(level for level in LEVELS if not found.heights or f"{level:g}" in found.heights)


def _bounds(axis: Any, found: Contour) -> None:
    """The sides on which a range cuts a region: a thick line, as that is no result of the data."""
    label = "end of a range"
    for name, bound in found.at_bound(_levels(found)[-1]):
        draw = axis.axvline if name == found.parameters[0] else axis.axhline
        draw(bound, color=CUT, lw=5, alpha=0.8, label=label, zorder=4)
        label = "_"


def _lines(axis: Any, pair: tuple[str, str], kappas: Mapping[str, float], paper: Paper) -> None:
    """κ = const: parallels in (δ, κ), rays from the origin towards δ > 0 in (C1, C3)."""
    frame = np.array([axis.get_xlim(), axis.get_ylim()])
    merged: dict[float, list[str]] = {}
    for label, kappa in kappas.items():
        merged.setdefault(kappa, []).append(label)
    given = looks(list(kappas))
    ends = []
    for kappa, labels in merged.items():
        ray = _ray(pair, kappa)
        crossing = None if ray is None else _inside(*ray, frame)
        if crossing is not None:
            look = given[labels[0]]
            (line,) = axis.plot(*crossing.T, color=look.colour, lw=1.1, ls=look.line, zorder=3)
            ends.append((", ".join(map(model, labels)), look.colour, crossing))
    if ends:
        fields = any(label.startswith("X_") for label in kappas)
        line.set_label(f"κ of a model{' (X κ: two fields, C1 = κ C3)' if fields else ''}")
    _name(axis, ends, frame, paper)


def _ray(pair: tuple[str, str], kappa: float) -> tuple[Array, Array, float] | None:
    """A point, a direction and where on it the line starts; ``None`` in a plane where κ is no line."""
    finite = np.isfinite(kappa)
    c1, c3 = (-kappa, -1.0) if finite else (1.0, 0.0)  # δ > 0 asks for C3 < 0
    start = 0.0 if finite else -np.inf
    lines = {
        ("delta", "kappa"): ((0.0, kappa), (1.0, 0.0), -np.inf),
        ("kappa", "delta"): ((kappa, 0.0), (0.0, 1.0), -np.inf),
        ("C1", "C3"): ((0.0, 0.0), (c1, c3), start),
        ("C3", "C1"): ((0.0, 0.0), (c3, c1), start),
    }
    if pair not in lines or ("kappa" in pair and not finite):
        return None
    point, direction, first = lines[pair]
    return np.array(point), np.array(direction), first


def _inside(point: Array, direction: Array, first: float, frame: Array) -> Array | None:
    """The two ends ``(2, 2)`` of the part of a line from ``first`` on that lies in the frame."""
    low, high = first, np.inf
    for start, slope, (bottom, top) in zip(point, direction, frame, strict=True):
        if slope == 0:
            if not bottom < start < top:
                return None
            continue
        near, far = sorted(((bottom - start) / slope, (top - start) / slope))
        low, high = max(low, near), min(high, far)
    return np.array([point + low * direction, point + high * direction]) if low < high else None


def _name(axis: Any, ends: Sequence[tuple[str, str, Array]], frame: Array, paper: Paper) -> None:
    """A label on each line near its end, further inside where it would touch another."""
    size = np.ptp(frame, axis=1)
    placed: list[Array] = []
    for label, colour, (first, last) in ends:
        length = np.hypot(*((last - first) / size))
        for inset in np.arange(0.05, 0.9, 0.06):
            at = last + (first - last) * min(inset / length, 0.9)
            gaps = [np.abs((at - other) / size) for other in placed]
            edge = np.abs((at - frame.mean(axis=1)) / size)
            if (
                edge[0] < (0.42 if paper.narrow else 0.455)
                and edge[1] < 0.47
                and not any(gap[0] < 0.1 and gap[1] < 0.04 for gap in gaps)
            ):
                break
        placed.append(at)
        box = {"boxstyle": "square,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.85}
        axis.text(
            *at, label, color=colour, fontsize=paper.pt(9), ha="center", va="center", zorder=4, bbox=box
        )


def _standard_model(axis: Any, pair: tuple[str, str]) -> None:
    """The origin; where κ is an axis the whole line δ = 0, on which κ means nothing."""
    if pair == ("delta", "kappa"):
        axis.axvline(0.0, color="black", lw=1.4, ls="-.", label="SM (any κ)", zorder=3)
    elif pair == ("kappa", "delta"):
        axis.axhline(0.0, color="black", lw=1.4, ls="-.", label="SM (any κ)", zorder=3)
    elif "kappa" not in pair:
        axis.plot([0], [0], "+", ms=12, mew=1.8, color="black", label="SM", zorder=5)


def _minima(axis: Any, found: Contour, names: Sequence[str], minima: Sequence[Minimum]) -> None:
    """The minima in the outermost region, the best filled; one at a bound of a parameter is none."""
    for position, minimum in enumerate(minima):
        rise = max(minimum.chi2 - minima[0].chi2, 0.0)
        if rise > Contour.height(LEVELS[-1]) or (minimum.at_bound and position):
            continue
        x, y = (float(minimum.values[list(names).index(name)]) for name in found.parameters)
        if not (found.x[0] <= x <= found.x[-1] and found.y[0] <= y <= found.y[-1]):
            continue
        label = "best fit" if position == 0 else f"minimum, Δχ² = {rise:.2f}"
        face = "white" if position else "black"
        marker = "*" if position == 0 else ("o", "s", "^", "D")[(position - 1) % 4]
        axis.plot(
            [x],
            [y],
            marker,
            ms=13 if position == 0 else 7,
            mfc=face,
            mec="black",
            mew=1.2,
            label=label,
            zorder=6,
        )


def _legend(figure: Any, axis: Any, levels: Sequence[float]) -> None:
    from matplotlib.patches import Patch

    regions = [
        Patch(facecolor=fill, edgecolor=EDGE, ls=style, label=f"{100 * level:.3g} %")
        for level, fill, style in zip(LEVELS, FILLS, STYLES, strict=True)
        if level in levels
    ]
    points = axis.get_legend_handles_labels()[0]
    legend(figure, [*regions, *points], columns=3)
