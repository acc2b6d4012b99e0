"""Pulls: how far each measured number lies from the best fit and from the Standard Model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.common.rounding import fixed
from nutau.errors import InputError
from nutau.inference.fit import Pull
from nutau.report.figures.labels import observable
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIT, SM = "#0072B2", "#BDBDBD"
ROW = 0.30
"""Inches a row."""


def pulls(rows: Sequence[Pull], *, title: str = "", paper: Paper = SCREEN) -> Figure:
    """Two bars a measured number, at the best fit and in the SM, with the pulls as numbers on the right.

    Positive: more was measured than is predicted. The pull at the best fit is in units of the experimental uncertainty
    with the theory nuisances fitted, that of the SM in units of both uncertainties together; of what is not Gaussian
    it is the signed root of -2 Δ log L. Limits, marked with their confidence level, stand for the Gaussian of
    :mod:`nutau.measurements.limits`; where nothing but the limit is known, they are no degree of freedom (not counted).
    """
    if not rows:
        raise InputError(
            "There is no pull to draw: the fit has no measured number with an uncertainty of its own."
        )
    with house_style(paper):
        from matplotlib.figure import Figure

        row = ROW * (1.7 if paper.narrow else 1.0)
        figure = Figure(figsize=paper.size(8.2, 1.5 + row * len(rows)), layout="constrained")
        axis = figure.subplots()
        _bars(axis, rows)
        _frame(axis, rows, paper)
        figure.suptitle(paper.wrapped(title), x=0.01, ha="left", fontsize=paper.pt(10))
        legend(figure, *axis.get_legend_handles_labels(), columns=2)
        fix_layout(figure, paper)
        return figure


def _bars(axis: Any, rows: Sequence[Pull]) -> None:
    places = np.arange(len(rows))
    fit = np.array([row.pull for row in rows])
    sm = np.array([row.sm_pull for row in rows])
    axis.barh(places - 0.19, fit, 0.38, color=FIT, label="best fit, in units of the experimental uncertainty")
    axis.barh(
        places + 0.19,
        sm,
        0.38,
        color=SM,
        edgecolor="#5F5F5F",
        lw=0.6,
        hatch="////",
        label="SM, in units of experimental and theory uncertainty",
    )


def _frame(axis: Any, rows: Sequence[Pull], paper: Paper) -> None:
    """Row labels with their measurement, guides, and the numbers in two columns."""
    largest = max(2.0, *(abs(value) for row in rows for value in (row.pull, row.sm_pull)))
    limit = np.ceil(1.02 * largest)
    axis.set_xlim(-limit, limit)
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.set_axisbelow(True)
    axis.grid(axis="x", color="0.55", lw=0.5, ls=":")
    axis.axvline(0.0, color="0.55", lw=1.0, zorder=0)
    for place in range(1, len(rows)):
        axis.axhline(place - 0.5, color="0.9", lw=0.5, zorder=0)
    axis.set_yticks(
        range(len(rows)), [_label(row, "\n" if paper.narrow else "   ") for row in rows], fontsize=paper.pt(9)
    )
    axis.tick_params(axis="y", which="both", length=0)
    axis.minorticks_off()
    between = "\n" if paper.narrow else " "
    axis.set_xlabel(f"pull: (measured − predicted) / σ,{between}or ±√(−2 Δ log L)")
    columns = axis.secondary_yaxis("right")
    columns.set_yticks(
        range(len(rows)),
        [f"{_number(row.pull)}  {_number(row.sm_pull)}" for row in rows],
        fontsize=paper.pt(8.5),
    )
    columns.tick_params(axis="y", which="both", length=0)
    columns.minorticks_off()
    axis.text(1.0, 1.0, "  fit       SM", transform=axis.transAxes, fontsize=paper.pt(8.5), va="bottom")


def _number(value: float) -> str:
    text = fixed(value, 1, signed=True).replace("-", "−")
    return text if text[0] in "+−" else f"\N{FIGURE SPACE}{text}"


def _label(row: Pull, between: str) -> str:
    level = "" if row.confidence_level is None else f"< {100 * row.confidence_level:g} %"
    said = ", ".join(filter(None, (level, "" if row.counted else "not counted")))
    limit = f" ({said})" if said else ""
    return f"{observable(row.observable)}{between}{row.measurement}{limit}"
