"""What the excess of K could be: improvement against mass, and the bins of the spectrum at the fit with their pulls."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.inference.invisible.bins import NEW, STANDARD, Channel
from nutau.inference.invisible.result import Curve, Explanation, Explanations
from nutau.report.figures.numbers import Numbers, Series
from nutau.report.figures.paper import SCREEN, Paper
from nutau.report.figures.style import fix_layout, house_style, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {
    "vector": "#000000",
    "scalar": "#0072B2",
    "tensor": "#D55E00",
    "sterile": "#56B4E9",
    "dark-scalars": "#009E73",
    "dark-vectors": "#CC79A7",
    "two-body": "#E69F00",
    "two-body-vector": "#7B5B2E",
}
"""Okabe and Ito's, and a brown."""
LINES = {
    "scalar": "--",
    "tensor": "-.",
    "sterile": (0, (1, 1)),
    "dark-vectors": (0, (5, 1)),
    "two-body-vector": (0, (4, 1.5)),
}
LABELS = {
    "vector": r"$\chi\bar\chi$, vector",
    "scalar": r"$\chi\bar\chi$, scalar",
    "tensor": r"$\chi\bar\chi$, tensor",
    "sterile": r"$\nu N$, scalar",
    "dark-scalars": r"$\phi\phi^*$",
    "dark-vectors": r"$XX$, field strengths",
    "two-body": r"one scalar $\phi$",
    "two-body-vector": r"one vector $X$",
}
STACK = ("#DDDDDD", "#B5C7D8", "#C9BBD6", "#CFE0C3", "#E8D9B5", "#D8D8B0", "#BFD9D9", "#E0C8C8")
SIGNAL = {STANDARD: "#56B4E9", NEW: "#D55E00"}


def explanations(found: Explanations, *, title: str = "", paper: Paper = SCREEN) -> Figure:
    """By how much each hypothesis fits better than the Standard Model, against its mass.

    On the left (above) the measured spectrum alone, on the right with the other modes; a single mass is a point. Right
    axes: the local significance.
    """
    with house_style(paper):
        from matplotlib.figure import Figure

        stacked = paper.narrow
        figure = Figure(
            figsize=paper.size(6.6, 8.4) if stacked else paper.size(9.6, 4.9), layout="constrained"
        )
        axes = figure.subplots(*((2, 1) if stacked else (1, 2)), sharex=True, sharey=True)
        names = ("spectrum alone", _together(found))
        for number, (axis, name) in enumerate(zip(axes, names, strict=True)):
            for row in found.rows:
                _curve(axis, row, (row.alone, row.together)[number])
            axis.axhline(0.0, color="0.4", lw=0.8)
            axis.text(0.97, 0.96, name, transform=axis.transAxes, ha="right", va="top")
            if stacked or number == 0:
                axis.set_ylabel(r"$\chi^2_\mathrm{SM}-\chi^2$")
            if not stacked or number == 1:
                axis.set_xlabel("mass of the new particles [GeV]")
            if stacked or number == 1:
                _sigmas(axis)
        top = max(float(np.max(c.better)) for row in found.rows for c in (row.alone, row.together))
        axes[0].set_ylim(min(-0.3, -0.02 * top), max(1.22 * top, 2.0))
        figure.suptitle(paper.wrapped(title), x=0.01, ha="left", fontsize=paper.pt(10))
        handles, labels = axes[0].get_legend_handles_labels()
        legend(figure, handles, labels, columns=4)
        fix_layout(figure, paper)
        return figure


def _together(found: Explanations) -> str:
    """Which other modes the second panel has."""
    names = [item.name for item in found.rows[0].problem.experiment.observables if item.q2 is None]
    modes = (
        ("K", "->Knunu"),
        ("K*", "->K*nunu"),
        ("X$_s$", "->Xsnunu"),
        ("B$_s$ → invisible", "Bs->invisible"),
    )
    shown = [label for label, part in modes if any(part in name for name in names)]
    return f"with {', '.join(shown)}" if shown else "together"


def _curve(axis: Any, row: Explanation, curve: Curve) -> None:
    name = row.hypothesis.name
    look = {"color": COLOURS[name], "label": LABELS[name]}
    if len(row.masses) == 1:
        axis.plot(row.masses, curve.better, "o", **look)
    else:
        axis.plot(row.masses, curve.better, ls=LINES.get(name, "-"), **look)


def _sigmas(axis: Any) -> None:
    second = axis.secondary_yaxis(
        "right",
        functions=(
            lambda value: np.sign(value) * np.sqrt(np.abs(value)),
            lambda value: np.sign(value) * np.square(value),
        ),
    )
    second.set_yticks([1, 2, 3, 4, 5, 6, 7, 8])
    second.minorticks_off()
    second.set_ylabel(r"local significance [$\sigma$]")


def bins(channels: Sequence[Channel], row: Explanation, *, title: str = "", paper: Paper = SCREEN) -> Figure:
    """Events of every bin as a stack at the fit, the signal in its two parts on top; below the pulls."""
    with house_style(paper):
        from matplotlib.figure import Figure

        figure = Figure(figsize=paper.size(9.6, 5.6), layout="constrained")
        widths = [len(channel.observed) for channel in channels]
        axes = figure.subplots(
            2, len(channels), sharex="col", sharey="row", width_ratios=widths, height_ratios=(3, 1)
        )
        axes = np.reshape(axes, (2, len(channels)))
        samples = list(dict.fromkeys(name for channel in channels for name in channel.samples))
        plain = [name for name in samples if name not in SIGNAL]
        colours = {name: STACK[number % len(STACK)] for number, name in enumerate(plain)} | SIGNAL
        shown = [name for name in (*plain, STANDARD, NEW) if name in samples]
        names = {
            NEW: f"new: {LABELS[row.hypothesis.name]}, {row.mass:.3g} GeV",
            STANDARD: r"SM $K\nu\bar\nu$",
        }
        for column, channel in enumerate(channels):
            _stack(axes[0, column], channel, shown, colours, names)
            _pulls(axes[1, column], channel)
            room = 20 if paper.narrow else max(int(80 * widths[column] / sum(widths)), 9)
            name = textwrap.fill(channel.name.replace("_", " "), room, break_long_words=False)
            axes[0, column].set_title(name, fontsize=paper.pt(8.5), rotation=90 if paper.narrow else 0)
        axes[0, 0].set_yscale("log")
        _limits(axes[0, 0], channels)
        axes[0, 0].set_ylabel("events")
        axes[1, 0].set_ylabel("pull")
        axes[1, 0].set_ylim(-3.4, 3.4)
        axes[1, -1].set_xlabel("bin of the channel")
        figure.suptitle(paper.wrapped(title), x=0.01, ha="left", fontsize=paper.pt(10))
        handles, labels = [], []
        for axis in axes[0]:
            for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
                if label not in labels:
                    handles.append(handle)
                    labels.append(label)
        legend(figure, handles, labels, columns=4)
        fix_layout(figure, paper)
        return figure


def _stack(
    axis: Any, channel: Channel, shown: Sequence[str], colours: dict[str, str], names: dict[str, str]
) -> None:
    count = len(channel.observed)
    edges = np.arange(count + 1) + 0.5
    base = np.zeros(count)
    for name in shown:
        if name not in channel.samples:
            continue
        top = base + channel.samples[name]
        axis.stairs(
            top, edges, baseline=base, fill=True, color=colours[name], label=names.get(name, name), lw=0
        )
        base = top
    axis.stairs(base, edges, color="0.25", lw=0.8)
    centres = np.arange(1, count + 1)
    error = np.sqrt(channel.observed)
    axis.errorbar(centres, channel.observed, yerr=error, fmt="o", ms=4, color="black", lw=1.0, label="data")
    axis.set_xlim(0.5, count + 0.5)
    axis.minorticks_off()


def _pulls(axis: Any, channel: Channel) -> None:
    centres = np.arange(1, len(channel.observed) + 1)
    axis.axhspan(-1.0, 1.0, color="0.92", lw=0)
    axis.axhline(0.0, color="0.4", lw=0.8)
    axis.plot(centres, channel.pulls, "o", ms=4, color="black")
    axis.set_xticks(centres[:: 2 if len(centres) > 6 else 1])
    axis.minorticks_off()


def _limits(axis: Any, channels: Sequence[Channel]) -> None:
    every = np.concatenate([channel.observed for channel in channels])
    low = min(float(np.min(every[every > 0])), *(float(np.min(channel.expected)) for channel in channels))
    axis.set_ylim(0.3 * max(low, 0.1), 3.0 * float(np.max(every)))


def explanation_numbers(found: Explanations, title: str = "") -> Numbers:
    """The curves of :func:`explanations`."""
    series = [
        Series(
            row.hypothesis.name,
            {"panel": panel, "mass": row.masses, "delta_chi2": curve.better,
             "strength": curve.strength, "error": curve.error},
        )
        for row in found.rows
        for panel, curve in (("spectrum alone", row.alone), ("together", row.together))
    ]  # fmt: skip
    return Numbers("invisible", title, tuple(series))


def bin_numbers(channels: Sequence[Channel], title: str = "") -> Numbers:
    """The events of :func:`bins`."""
    series = [
        Series(
            channel.name,
            {"bin": list(range(1, len(channel.observed) + 1)), "observed": channel.observed,
             "expected": channel.expected, "pull": channel.pulls, **channel.samples},
        )
        for channel in channels
    ]  # fmt: skip
    return Numbers("invisible-bins", title, tuple(series))
