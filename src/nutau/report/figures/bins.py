"""What was measured of an observable in bins of q², over predictions on points of q² with their theory bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.errors import InputError
from nutau.observables.results import Predictions
from nutau.report.figures.labels import observable
from nutau.report.figures.looks import Look, looks
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend
from nutau.report.measured_bins import CHARMONIA, Bin, width

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXPERIMENTS = {
    "LHCb": ("#C1272D", "o"),
    "CMS": ("#2E7D4F", "s"),
    "ATLAS": ("#7A4FA3", "^"),
    "Belle": ("#B8860B", "D"),
    "Belle II": ("#8C564B", "v"),
    "BaBar": ("#3E6E78", "P"),
}
OTHER = ("#606060", "X")
"""Colour and marker of the data of each experiment, and of any other."""
SHADES = ((None, 0.0, "full"), ("black", 0.5, "none"), ("white", 0.35, "left"), ("black", 0.3, "right"))
"""Of the papers of one experiment, in turn: what its colour is mixed with and how much, and how markers are filled."""
MODELS = ("#5790FC", "#F89C20", "#56B4E9", "#CC79A7")
"""Of curves that are no model with a look of its own, none of which is that of an experiment."""
BEYOND = 0.5


def bins(
    measured: Sequence[Bin],
    curves: Mapping[str, Predictions],
    averages: Mapping[str, Predictions] | None = None,
    *,
    models: Mapping[str, str] | None = None,
    title: str = "",
    paper: Paper = SCREEN,
) -> Figure:
    """Boxes as wide as a bin and as high as its errors, over curves by label with their 68 % theory bands.

    ``curves`` are predictions of one observable at points of q²; they are not joined across the charmonia.
    ``models`` says which model a label is of. Raises :class:`InputError` without data or without points.
    """
    if (
        not measured
        or not curves
        or any(row.q2 is None or isinstance(row.q2, tuple) for rows in curves.values() for row in rows)
    ):
        raise InputError("Bins need data, and predictions of one observable at points of q².")
    with house_style(paper):
        from matplotlib.figure import Figure

        figure = Figure(figsize=paper.size(7.2, 5.2), layout="constrained")
        axis = figure.subplots()
        name = next(iter(curves.values())).rows[0].observable
        unit = _unit(name, measured)
        of = [(models or {}).get(label, label) for label in curves]
        given = looks(list(curves), of)
        entries = []
        for number, (label, rows) in enumerate(curves.items()):
            look = _look(given[label], number)
            entries.append(_curve(axis, rows, unit, look, label))
            for row in (averages or {}).get(label, ()):
                mean = row.value / width(row.observable, *row.q2) / unit
                axis.hlines(mean, *row.q2, color=look[0], ls=look[1], lw=1.4, zorder=2.5)
        entries += _data(axis, measured, unit)
        _charmonia(axis, measured, curves)
        axis.set_xlabel(r"$q^2$ [GeV$^2$]")
        axis.set_ylabel(_label(name, unit))
        axis.set_xlim(min(one.low for one in measured) - 0.3, max(one.high for one in measured) + 0.3)
        _frame(axis, measured, unit)
        axis.set_title(paper.wrapped(title), loc="left", fontsize=paper.pt(10))
        legend(figure, entries, columns=3)
        fix_layout(figure, paper)
        return figure


def _at_points(rows: Predictions) -> bool:
    return all(isinstance(row.q2, float) for row in rows)


def _frame(axis: Any, measured: Sequence[Bin], unit: float) -> None:
    """What is drawn, but no more than :data:`BEYOND` of the range of the data on either side: a pole has no end."""
    low = min(one.value - one.minus for one in measured) / unit
    high = max(one.value + one.plus for one in measured) / unit
    margin = BEYOND * (high - low)
    bottom, top = axis.get_ylim()
    axis.set_ylim(0.0 if low >= 0.0 else max(bottom, low - margin), min(top, high + margin))


def _look(look: Look, number: int) -> tuple[str, Any]:
    """Black for the Standard Model, which is first; the colour of a model, or a spare one."""
    return (look.colour if number == 0 else MODELS[(number - 1) % len(MODELS)]), look.line


def _unit(name: str, measured: Sequence[Bin]) -> float:
    """The power of ten in which a rate is written; 1 for what has no unit."""
    if not name.startswith("dBR/dq2"):
        return 1.0
    return float(10.0 ** np.floor(np.log10(max(one.value for one in measured))))


def _label(name: str, unit: float) -> str:
    if not name.startswith("dBR/dq2"):
        return observable(name)
    power = rf"$10^{{\mathrm{{{np.log10(unit):.0f}}}}}$ "
    return rf"{observable(name)} [{power}GeV$^{{\mathrm{{-2}}}}$]"


def _curve(axis: Any, rows: Predictions, unit: float, look: tuple[str, Any], label: str) -> Any:
    """One curve, in pieces on both sides of the charmonia."""
    from matplotlib.lines import Line2D

    colour, style = look
    q2 = np.array([row.q2 for row in rows], dtype=float)
    values = np.array([row.value for row in rows]) / unit
    edges = np.array([(np.nan, np.nan) if row.interval is None else row.interval for row in rows]) / unit
    for side in (q2 <= sum(CHARMONIA) / 2.0, q2 > sum(CHARMONIA) / 2.0):
        axis.fill_between(q2[side], edges[side, 0], edges[side, 1], color=colour, alpha=0.22, lw=0, zorder=1)
        axis.plot(q2[side], values[side], color=colour, ls=style, lw=1.6, zorder=2)
    return Line2D([], [], color=colour, ls=style, lw=1.6, label=label)


def _data(axis: Any, measured: Sequence[Bin], unit: float) -> list[Any]:
    from matplotlib.patches import Rectangle

    entries: dict[str, Any] = {}
    papers: dict[str, list[str]] = {}
    for one in measured:
        of = papers.setdefault(one.collaboration, [])
        if one.source not in of:
            of.append(one.source)
        colour, marker, fill = _shade(one.collaboration, of.index(one.source))
        bottom, height = (one.value - one.minus) / unit, (one.plus + one.minus) / unit
        axis.add_patch(
            Rectangle((one.low, bottom), one.high - one.low, height, fc=colour, alpha=0.13, lw=0, zorder=3)
        )
        drawn = axis.errorbar(
            [(one.low + one.high) / 2.0], [one.value / unit], xerr=[(one.high - one.low) / 2.0],
            yerr=[[one.minus / unit], [one.plus / unit]], fmt=marker, color=colour, ms=5.0, lw=1.3, zorder=4,
            fillstyle=fill, label=one.entry,
        )  # fmt: skip
        entries.setdefault(one.source, drawn)
    return list(entries.values())


def _shade(collaboration: str, paper: int) -> tuple[Any, str, Any]:
    """Colour, marker and its filling of the data of a paper, so that no two of one experiment look alike."""
    from matplotlib.colors import to_rgb

    colour, marker = EXPERIMENTS.get(collaboration, OTHER)
    other, share, fill = SHADES[paper % len(SHADES)]
    mixed = tuple(
        (1.0 - share) * a + share * b for a, b in zip(to_rgb(colour), to_rgb(other or colour), strict=True)
    )
    return mixed, marker, fill


def _charmonia(axis: Any, measured: Sequence[Bin], curves: Mapping[str, Predictions]) -> None:
    """Shade where no prediction is drawn although there may be data."""
    low, high = CHARMONIA
    seen = [row.q2 for rows in curves.values() for row in rows]
    inside = [q2 for q2 in seen if isinstance(q2, float) and low < q2 < high]
    if not inside and max(one.high for one in measured) > low:
        axis.axvspan(low, min(high, max(one.high for one in measured)), color="0.93", lw=0, zorder=0)
        axis.text(
            (low + high) / 2.0, 0.985, "charmonia", color="0.4", ha="center", va="top", fontsize="x-small",
            transform=axis.get_xaxis_transform(), zorder=0.5,
        )  # fmt: skip
