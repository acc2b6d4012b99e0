"""One look for all figures, that of the LHC, readable fonts in vector files, letters in the size of the paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nutau.common.files import check_file, writing
from nutau.errors import InputError
from nutau.report.figures.paper import SCREEN, Paper, tex

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("pdf", "png", "svg")
POWER = re.compile(r"1e([-\N{MINUS SIGN}]?\d+)")
"""What Matplotlib writes beside an axis of small or large numbers."""
COLOURS = ("#5790fc", "#f89c20", "#e42536", "#964a8b", "#9c9ca1", "#7a21dd")
"""Six colours that the colour-blind tell apart (arXiv:2107.02270)."""


@contextmanager
def house_style(paper: Paper = SCREEN) -> Iterator[Any]:
    """Matplotlib with nutau's settings for a paper; gives Matplotlib, without a screen."""
    import matplotlib as mpl

    settings: Any = {
        **_experiments(),
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "mathtext.fontset": "dejavusans",
        "mathtext.default": "it",
        "axes.unicode_minus": True,
        "legend.handlelength": 1.8,
        "legend.frameon": False,
        "hatch.linewidth": 0.6,
        "savefig.dpi": 200,
        "pdf.fonttype": 42,  # text stays text
        "svg.fonttype": "none",
        "svg.hashsalt": "nutau",  # the same figure gives the same file
        **paper.settings(),
    }
    with mpl.rc_context(settings):
        yield mpl


def _experiments() -> dict[str, Any]:
    """The style that mplhep calls CMS, less its fonts and sizes of figures"""
    from cycler import cycler

    ticks = {
        "direction": "in",
        "major.size": 12,
        "minor.size": 6,
        "minor.visible": True,
        "labelsize": "small",
    }
    return {
        "axes.prop_cycle": cycler("color", COLOURS),
        "axes.linewidth": 2,
        **{f"{axis}tick.{name}": value for axis in "xy" for name, value in ticks.items()},
        "xtick.major.pad": 6,
        "xtick.top": True,
        "ytick.right": True,
        "xaxis.labellocation": "right",
        "yaxis.labellocation": "top",
        "grid.alpha": 0.8,
        "grid.linestyle": ":",
        "legend.fontsize": "small",
        "legend.borderpad": 0.5,
    }


def legend(
    figure: Figure, handles: Iterable[Any], labels: Iterable[str] | None = None, *, columns: int
) -> None:
    """A legend below the panels with at most so many columns, and no more than fit the width."""
    entries = list(handles)
    texts = [entry.get_label() for entry in entries] if labels is None else list(labels)
    if not entries:
        return
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)
    renderer = canvas.get_renderer()
    for count in range(min(columns, len(entries)), 0, -1):
        made = figure.legend(entries, texts, loc="outside lower center", ncols=count, columnspacing=1.2)
        box = made.get_tightbbox(renderer)
        if count == 1 or box is None or box.width <= figure.bbox.width:
            return
        made.remove()


def fix_layout(figure: Figure, paper: Paper = SCREEN) -> None:
    """Lay the figure out once, lines and markers in the size of the letters; it is otherwise done for every file.

    It also learns how notebooks show it, which they otherwise know only after ``import matplotlib.pyplot``.
    """
    _scaled(figure, paper.scale)
    if paper.latex:
        _as_tex(figure)
    figure.draw_without_rendering()
    if _powers_to_labels(figure):
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
    setattr(figure, "_paper", paper)  # noqa: B010  (no attribute of matplotlib's; files are written in its settings)
    setattr(figure, "_repr_png_", partial(_png, figure))  # noqa: B010


def _powers_to_labels(figure: Figure) -> bool:
    """Put the power of ten of an axis, which Matplotlib writes where its label ends, into the label."""
    moved = False
    for axis in (one for axes in figure.axes for one in (axes.xaxis, axes.yaxis)):
        written, label = axis.get_offset_text(), axis.get_label_text()
        power = POWER.fullmatch(written.get_text())
        if power and label:
            exponent = power[1].replace("\N{MINUS SIGN}", "-")
            size = rf"$10^{{\mathrm{{{exponent}}}}}$"
            name, bracket, unit = label.rpartition(" [") if label.endswith("]") else (label, " [", "]")
            axis.set_label_text(f"{name}{bracket}{size}{unit if unit == ']' else f' {unit}'}")
            written.set_visible(False)
            moved = True
    return moved


def _scaled(figure: Figure, scale: float) -> None:
    if scale == 1.0:
        return
    from matplotlib.collections import LineCollection

    keys = [*figure.legends, *(axis.get_legend() for axis in figure.axes)]
    lines = [line for axis in figure.axes for line in axis.lines]
    lines += [line for key in keys if key is not None for line in key.get_lines()]
    for line in lines:
        line.set_markersize(scale * line.get_markersize())
        line.set_markeredgewidth(scale * line.get_markeredgewidth())
        line.set_linewidth(max(scale * line.get_linewidth(), 0.4))
    for axis in figure.axes:
        for bars in axis.collections:
            if isinstance(bars, LineCollection):
                bars.set_linewidth([scale * width for width in bars.get_linewidth()])  # type: ignore[union-attr]


def _as_tex(figure: Figure) -> None:
    """All text in LaTeX's spelling; numbers along axes are in it already."""
    from matplotlib.text import Text
    from matplotlib.ticker import FixedLocator

    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if isinstance(axis.get_major_locator(), FixedLocator):
                axis.set_ticklabels([tex(label.get_text()) for label in axis.get_ticklabels()])
    ticks = {
        id(label)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for label in axis.get_ticklabels(which="both")
    }
    for text in figure.findobj(Text):
        if id(text) not in ticks:
            text.set_text(tex(text.get_text()))


def _png(figure: Figure) -> bytes:
    stream = BytesIO()
    with house_style(_paper(figure)):
        figure.savefig(stream, format="png", dpi=110)
    return stream.getvalue()


def _paper(figure: Figure) -> Paper:
    made = getattr(figure, "_paper", SCREEN)
    assert isinstance(made, Paper)
    return made


def check_name(path: Path) -> str:
    """The format that a file name asks for, in any case; :class:`InputError` if it is none of ours."""
    suffix = path.suffix.lstrip(".").lower()
    if suffix not in FORMATS:
        raise InputError(f"Cannot write a figure to '{path}': give a name ending in .pdf, .png or .svg.")
    return suffix


def check_place(path: Path) -> None:
    """Refuse a file that could not be written before the work for it, not after; :class:`InputError` says why."""
    if path.name:
        check_name(path)
    check_file(path)


def save(figure: Figure, path: Path) -> None:
    """Write a figure as a whole or not at all; the ending says the format.

    In house style, because resolution and fonts of a file are settings of the writing, not of the figure. Raises
    :class:`InputError` where no such file can be written (:func:`nutau.common.files.writing`).
    """
    suffix = check_name(path)
    metadata = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}[suffix]
    with writing(path) as draft, house_style(_paper(figure)):
        figure.savefig(draft, format=suffix, metadata=metadata)
