"""The differential branching ratio of a decay, in the SM and at points of new physics, with theory bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.errors import InputError
from nutau.observables import find
from nutau.observables.resonances import inside
from nutau.observables.results import Prediction, Predictions
from nutau.report.figures.labels import observable
from nutau.report.figures.looks import Look, looks
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EVERY = 0.12
"""Between two marks on a curve, in parts of the diagonal of the axes."""
FAR = 12.0
"""Curves whose sizes differ by more than this factor are drawn on a logarithmic scale."""

SEEN = 0.05
"""The ratio to the SM is shown up to its largest value where the SM is at least this part of its maximum."""


def spectrum(
    curves: Mapping[str, Predictions],
    *,
    models: Mapping[str, str] | None = None,
    title: str = "",
    paper: Paper = SCREEN,
) -> Figure:
    """Predictions of one differential observable on points of q², by label, each with its 68 % theory band.

    Below, every curve over the SM, draw by draw: there most of the theory error cancels; of one curve alone its
    relative error. ``models`` says which model a label is of, for its colour. Narrow charmonia, which no rate has,
    are marked. Raises
    :class:`InputError` without curves and for predictions that are not of one observable on one set of points.
    """
    _check(curves)
    with house_style(paper):
        from matplotlib.figure import Figure

        figure = Figure(figsize=paper.size(6.6, 5.8), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2.6, 1.0))
        tops = [max(row.value for row in rows) for rows in curves.values()]
        ratios = [_largest_ratio(rows) for rows in curves.values()]
        unit = _unit(tops)
        of = [(models or {}).get(label, label) for label in curves]
        given = looks(list(curves), of)
        for model, (label, rows) in zip(of, curves.items(), strict=True):
            marked = of.count(model) > 1
            _curve(above, rows, unit, given[label], label, marked)
            _curve(below, rows if len(curves) > 1 else _relative(rows), 0.0, given[label], None, marked)
        row = next(iter(curves.values())).rows
        _scale(above, tops, 0.02)
        _scale(below, ratios, 0.5)
        if not _far(tops):
            above.set_ylim(bottom=0.0)
        if not _far(ratios) and below.get_ylim()[1] > 2.0 * max(ratios):
            below.set_ylim(0.0, 1.15 * max(ratios))
        above.set_xlim(row[0].q2, row[-1].q2)
        power = "" if unit == 1.0 else rf"$10^{{\mathrm{{{np.log10(unit):.0f}}}}}$ "
        above.set_ylabel(rf"{observable(row[0].observable)} [{power}GeV$^{{\mathrm{{-2}}}}$]")
        below.set_ylabel("over SM" if len(curves) > 1 else "relative")
        _charmonia(above, below, row, paper)
        figure.align_ylabels()
        below.set_xlabel(r"$q^2$ [GeV$^2$]")
        above.set_title(paper.wrapped(title), loc="left", fontsize=paper.pt(10))
        above.legend(loc="best")
        fix_layout(figure, paper)
        return figure


def _check(curves: Mapping[str, Predictions]) -> None:
    if not curves:
        raise InputError("A spectrum needs the predictions of at least one point.")
    points = {tuple((row.observable, row.q2) for row in rows) for rows in curves.values()}
    (first, *_) = points
    if (
        len(points) > 1
        or len(first) < 2
        or len({name for name, _ in first}) > 1
        or any(q is None for _, q in first)
    ):
        raise InputError(
            "A spectrum needs predictions of one dBR/dq2 observable, all on the same points of q²."
        )


def _relative(rows: Predictions) -> Predictions:
    """A curve over its own central values, with the error that the ratio to the SM hides."""

    def over(row: Prediction) -> Prediction:
        band = None if row.interval is None or not row.value else tuple(e / row.value for e in row.interval)
        return replace(row, ratio=1.0 if row.value else None, ratio_interval=band)

    return replace(rows, rows=tuple(map(over, rows)))


def _charmonia(above: Any, below: Any, rows: Sequence[Prediction], paper: Paper) -> None:
    """A line at each narrow charmonium in the range."""
    first, last = float(rows[0].q2), float(rows[-1].q2)
    for item in inside(find(rows[0].observable), (first, last)):
        for axis in (above, below):
            axis.axvline(item.mass**2, color="0.45", lw=0.9, ls=(0, (2, 2)), zorder=1)
        above.annotate(
            f"{item.name} (not included)", (item.mass**2, 0.98), xycoords=("data", "axes fraction"), rotation=90,
            xytext=(-3, 0), textcoords="offset points", ha="right", va="top", fontsize=paper.pt(8), color="0.35",
        )  # fmt: skip


def _curve(
    axis: Any, rows: Predictions, unit: float, look: Look, label: str | None, marked: bool = False
) -> None:
    """One curve with its band in multiples of ``unit``; over the SM where ``unit`` is zero.

    Those of one model, which have one colour, are ``marked``.
    """
    q2 = np.array([row.q2 for row in rows])
    if unit:
        values = np.array([row.value for row in rows]) / unit
        bands = [row.interval for row in rows]
    else:
        values = np.array([row.ratio for row in rows], dtype=float)  # None, where the SM vanishes, is NaN
        bands = [row.ratio_interval for row in rows]
    edges = np.array([(np.nan, np.nan) if band is None else band for band in bands]) / (unit or 1.0)
    axis.fill_between(q2, np.maximum(edges[:, 0], 0.0), edges[:, 1], color=look.colour, alpha=0.22, lw=0)
    marks = {"marker": look.marker, "markevery": EVERY, "mfc": look.face, "mec": look.colour, "ms": 6.0}
    axis.plot(q2, values, color=look.colour, ls=look.line, label=label, **(marks if marked else {}))


def _largest_ratio(rows: Predictions) -> float:
    """Over the SM, where that is not almost nothing: at zero recoil a rate may close more slowly than the SM's."""
    least = SEEN * max(row.sm for row in rows)
    return max((row.ratio or 0.0 for row in rows if row.sm >= least), default=0.0)


def _unit(tops: Sequence[float]) -> float:
    """The power of ten in which the axis is written: of the largest curve, 1 on a logarithmic scale."""
    return 1.0 if _far(tops) or max(tops) <= 0 else 10.0 ** float(np.floor(np.log10(max(tops))))


def _far(tops: Sequence[float]) -> bool:
    return min(tops) > 0 and max(tops) > FAR * min(tops)


def _scale(axis: Any, tops: Sequence[float], below: float) -> None:
    """Linear, or logarithmic where curves with maxima ``tops`` differ by more than :data:`FAR`."""
    if _far(tops):
        axis.set_yscale("log")
        axis.set_ylim(below * min(tops), 2.5 * max(tops))
    else:
        axis.margins(y=0.12)
