"""R_νν^K against R_νν^K*: a line without right-handed currents, a region with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.report.figures.style import COLOURS, fix_layout, house_style
from nutau.report.neutrino_plane import Cone, Knowledge, NunuLine, NunuPlane

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CONES = ("#F6E3BE", "#FBF3E2")
BELLE2 = ("#7A7A7A", "#000000")
JOINT = 1.5152
"""One σ of each of two measurements times this is the ellipse that holds 68.3 %: the square root of 2.296."""


def nunu(plane: NunuPlane, *, title: str = "") -> Figure:
    """The plane with today's values and limits, the reach of Belle II around the SM, models and regions."""
    with house_style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.0, 6.6), layout="constrained")
        axis = figure.subplots()
        axis.set_xlim(0.0, _top(plane.kstar))
        axis.set_ylim(0.0, _top(plane.kaon))
        for cone, fill in list(zip(plane.cones, CONES, strict=False))[::-1]:
            _region(axis, cone, fill)
        _known(axis, plane.kaon, "K", vertical=False)
        _known(axis, plane.kstar, "K^*", vertical=True)
        _left_handed(axis, plane.cones)
        for line, colour, style in zip(
            plane.lines, COLOURS[1:], ("-", (0, (5, 1.5)), (0, (1, 1))), strict=False
        ):
            _line(axis, line, colour, style)
        _reach(axis, plane)
        axis.plot([1], [1], "+", ms=11, mew=1.8, color="black", label="SM", zorder=6)
        axis.set_xlabel(r"$R_{\nu\nu}^{K^*}$")
        axis.set_ylabel(r"$R_{\nu\nu}^{K}$")
        axis.set_title(title, loc="left", fontsize=10)
        figure.legend(loc="outside lower center", ncols=2)
        fix_layout(figure)
        return figure


def _top(known: Knowledge) -> float:
    """Room for the measured value and 3σ, for the limit, and at least for what Belle II sees first."""
    ends = [4.0]
    if known.measured is not None:
        ends.append(known.measured.value + 3.0 * known.measured.uncertainty)
    if known.bound is not None:
        ends.append(1.5 * known.bound[0])
    return float(min(np.ceil(max(ends)), 20.0))


def _region(axis: Any, cone: Cone, fill: str) -> None:
    """The cone as far as the frame; its upper edge, which is steep, from the horizontal distance."""
    right, top = axis.get_xlim()[1], axis.get_ylim()[1]
    (x, y), (low, high) = cone.apex, cone.slopes
    along = np.unique(np.append(np.linspace(x, right, 200), x + (top - y) / high))
    axis.fill_between(
        along,
        y + low * (along - x),
        np.minimum(y + high * (along - x), top),
        color=fill,
        lw=0,
        label=f"reach of right-handed currents, {cone.name}",
        zorder=0.1,
    )


def _left_handed(axis: Any, cones: tuple[Cone, ...]) -> None:
    """The diagonal: solid from where one neutrino alone can lead, dotted below."""
    end = min(axis.get_xlim()[1], axis.get_ylim()[1])
    start = max((max(cone.apex) for cone in cones), default=0.0)
    axis.plot([start, end], [start, end], color="black", lw=1.8, label="left-handed currents only", zorder=3)
    axis.plot([0.0, start], [0.0, start], color="black", lw=1.2, ls=":", zorder=3)


def _known(axis: Any, known: Knowledge, name: str, *, vertical: bool) -> None:
    span = axis.axvspan if vertical else axis.axhspan
    if known.measured is not None:
        for sigmas, alpha in ((2, 0.30), (1, 0.50)):
            low = max(known.measured.value - sigmas * known.measured.uncertainty, 0.0)
            high = known.measured.value + sigmas * known.measured.uncertainty
            label = rf"$R_{{\nu\nu}}^{{{name}}}$ measured, 1σ and 2σ" if sigmas == 1 else None
            span(low, high, color="#6FA8DC", alpha=alpha, lw=0, label=label, zorder=0.5)
    if known.bound is not None:
        limit, level = known.bound
        top = (axis.get_xlim() if vertical else axis.get_ylim())[1]
        label = rf"$R_{{\nu\nu}}^{{{name}}}$ excluded, {100 * level:.0f} % CL"
        span(limit, top, fc="none", ec="0.62", lw=0, hatch="////", label=label, zorder=0.6)
        (axis.axvline if vertical else axis.axhline)(limit, color="0.45", lw=1.0, zorder=0.7)


def _line(axis: Any, line: NunuLine, colour: str, style: Any) -> None:
    """A model's line and the theory error across it: of R^K* where the line is steep, of R^K elsewhere."""
    axis.plot(line.kstar, line.kaon, color=colour, lw=1.8, ls=style, label=line.name, zorder=4)
    axis.fill_betweenx(
        line.kaon,
        line.kstar - line.kstar_error,
        line.kstar + line.kstar_error,
        color=colour,
        alpha=0.18,
        lw=0,
        zorder=2,
    )


def _reach(axis: Any, plane: NunuPlane) -> None:
    from matplotlib.patches import Ellipse

    shared = sorted(plane.kaon.sensitivity.keys() & plane.kstar.sensitivity.keys())
    for luminosity, colour, style in zip(shared, BELLE2 * 4, ("--", "-") * 4, strict=False):
        width, height = plane.kstar.sensitivity[luminosity], plane.kaon.sensitivity[luminosity]
        label = rf"Belle II, {luminosity:g} ab$^{{\mathrm{{-1}}}}$, 68 % around the SM"
        axis.add_patch(
            Ellipse(
                (1.0, 1.0),
                2 * JOINT * width,
                2 * JOINT * height,
                fill=False,
                ec=colour,
                ls=style,
                lw=1.4,
                label=label,
                zorder=5,
            )
        )
