"""One look for all figures: mplhep's, readable fonts in vector files, colours that survive greyscale."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nutau.common.files import check_file, writing
from nutau.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe-Ito colours, ordered by luminance so that neighbouring lines also differ in grey; markers repeat the code.
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7A7A7A")
MARKERS = ("o", "s", "^", "D", "v", "<", ">", "h")
FORMATS = ("pdf", "png", "svg")


@contextmanager
def house_style() -> Iterator[Any]:
    """Matplotlib with nutau's settings; gives ``matplotlib.pyplot``'s Figure-making module, without a screen."""
    import matplotlib as mpl
    import mplhep

    settings = {
        **{
            key: value
            for key, value in mplhep.style.CMS.items()
            if not key.startswith(("figure.", "font.size"))
        },
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "mathtext.fontset": "dejavusans",
        "mathtext.default": "it",
        "axes.unicode_minus": True,
        "font.size": 11,
        "axes.labelsize": 12,
        "axes.titlesize": 12,
        "axes.linewidth": 0.8,
        "legend.fontsize": 9.5,
        "legend.handlelength": 1.8,
        "legend.frameon": False,
        "xtick.labelsize": 10.5,
        "ytick.labelsize": 10.5,
        "xtick.major.size": 6,
        "ytick.major.size": 6,
        "xtick.minor.size": 3,
        "ytick.minor.size": 3,
        "xtick.major.pad": 5,
        "lines.linewidth": 1.6,
        "savefig.dpi": 200,
        "pdf.fonttype": 42,  # text stays text
        "svg.fonttype": "none",
        "svg.hashsalt": "nutau",  # the same figure gives the same file
    }
    with mpl.rc_context(settings):
        yield mpl


def fix_layout(figure: Figure) -> None:
    """Lay the figure out once; it is otherwise done again for every file it is written to.

    It also learns how notebooks show it, which they otherwise know only after ``import matplotlib.pyplot``.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    setattr(figure, "_repr_png_", partial(_png, figure))  # noqa: B010  (no attribute of matplotlib's)


def _png(figure: Figure) -> bytes:
    stream = BytesIO()
    with house_style():
        figure.savefig(stream, format="png", dpi=110)
    return stream.getvalue()


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
    with writing(path) as draft, house_style():
        figure.savefig(draft, format=suffix, metadata=metadata)
