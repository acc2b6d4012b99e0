"""Measurements that could be made, by what they would tell: bits, errors of parameters, Δχ²."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nutau.errors import InputError
from nutau.inference.forecast.ranked import Ranked, Ranking
from nutau.report.figures.labels import observable, parameter
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import COLOURS, fix_layout, house_style, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKERS = "osD^vP"
LABELS = (
    ("information [bits]", "bits"),
    ("error / today's", r"$\sigma/\sigma_0$"),
    (r"$\Delta\chi^2$ added", r"$\Delta\chi^2$"),
)
"""Of the panels, and in a column of a paper."""
MOST = 24
"""Measurements that one figure holds."""


def ranked(found: Ranking, *, title: str = "", paper: Paper = SCREEN) -> Figure:
    """A row a measurement: what is learned in bits, the errors over today's, and Δχ² if there is another point.

    Raises :class:`InputError` where no measurement says anything, or there are too many parameters to tell apart.
    """
    rows = [row for row in found.rows if row.tells and row.errors is not None][:MOST]
    if not rows:
        raise InputError(
            f"No measurement says anything of {', '.join(found.parameters)}: name others (`projections`), or give "
            "observables with errors (`candidates`)."
        )
    if len(found.parameters) > len(MARKERS):
        raise InputError(
            f"The errors of {len(found.parameters)} parameters cover each other: draw at most {len(MARKERS)}; hold the "
            "others (`fixed`)."
        )
    with house_style(paper):
        from matplotlib.figure import Figure

        count = 2 if found.against is None else 3
        height = 1.9 + 0.36 * len(rows)
        figure = Figure(figsize=paper.size(6.4 if paper.narrow else 11.0, height), layout="constrained")
        axes = figure.subplots(1, count, sharey=True, squeeze=False)[0]
        _bits(axes[0], rows)
        _errors(axes[1], found, rows)
        if found.against is not None:
            _apart(axes[2], rows)
        for axis, (long, short) in zip(axes, LABELS, strict=False):
            axis.set_xlabel(short if paper.narrow else long)
        axes[0].set_yticks(range(len(rows)), labels=[_label(row) for row in rows], fontsize=paper.pt(8))
        axes[0].set_yticks([], minor=True)
        axes[0].set_ylim(len(rows) - 0.4, -0.6)
        figure.suptitle(paper.wrapped(title), fontsize=paper.pt(10))
        legend(figure, *axes[1].get_legend_handles_labels(), columns=3)
        fix_layout(figure, paper)
        return figure


def _label(row: Ranked) -> str:
    given, _, error = row.name.rpartition(", ")  # a measurement that was given with its error
    shown = observable(row.observable)
    return f"{shown}, {error}" if given else f"{shown}\n{row.name}"


def _bits(axis: Any, rows: list[Ranked]) -> None:
    axis.barh(range(len(rows)), [row.information for row in rows], height=0.6, color="#7A8EA3")
    axis.axvline(0.0, color="black", lw=0.8)


def _errors(axis: Any, found: Ranking, rows: list[Ranked]) -> None:
    """The errors of the parameters with each measurement, over those of today."""
    count = len(found.parameters)
    for number, (name, today) in enumerate(zip(found.parameters, found.errors.tolist(), strict=True)):
        places = [row + 0.5 * (number - 0.5 * (count - 1)) / count for row in range(len(rows))]
        values = [float(row.errors[number]) / today for row in rows if row.errors is not None]
        axis.plot(values, places, MARKERS[number], color=COLOURS[number], ms=6, label=parameter(name))
    axis.axvline(1.0, color="black", lw=1.0, ls=":")
    axis.set_xlim(left=0.0)


def _apart(axis: Any, rows: list[Ranked]) -> None:
    values = [max(row.apart or 0.0, 1e-2) for row in rows]
    axis.barh(range(len(rows)), values, height=0.6, color="#C9A227")
    axis.set_xscale("log")
    axis.set_xlim(left=1e-2)
