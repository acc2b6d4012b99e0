"""What a figure is made for: its width, the size of its letters, and whether LaTeX sets them."""

from __future__ import annotations

import re
import shutil
import textwrap
from dataclasses import dataclass
from typing import Any

from nutau.errors import InputError, short

WIDTHS = {"column": 3.4, "page": 7.0}
"""Inches of one and of two columns of a journal."""
SMALLEST, LARGEST = 2.0, 40.0
NARROW = 5.0
"""Inches below which panels stand above each other."""
LETTERS = 11.0
"""Points of the letters of a figure in its own size."""
ESCAPED = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
ESCAPED |= {sign: "\\" + sign for sign in "%&#_{}"}
UNICODE = {
    "κ": r"\kappa", "δ": r"\delta", "σ": r"\sigma",
    "ν": r"\nu", "τ": r"\tau", "μ": r"\mu", "χ": r"\chi", "λ": r"\lambda",
    "Δ": r"\Delta", "−": "-", "±": r"\pm", "→": r"\rightarrow", "≤": r"\leq", "≥": r"\geq", "×": r"\times",
    "√": r"\surd",
    "\N{FIGURE SPACE}": r"\phantom{0}",
    "²": "^2", "⁻": "^{-}", "¹": "^1", "▶": r"\blacktriangleright", "◀": r"\blacktriangleleft", "…": r"\ldots",
}  # fmt: skip
"""Signs outside LaTeX's own letters that stand in figures, in mathematics."""


@dataclass(frozen=True)
class Paper:
    """``width`` in inches, ``"column"`` (3.4), ``"page"`` (7.0) or ``None`` for the figure's own; ``font_size``.

    Without ``font_size`` (points) letters are 8 points in a column, up to 11 in a wide figure. ``latex`` sets all text
    with LaTeX, which must be installed. Raises :class:`InputError` for a width or size that is none, and without LaTeX.

    >>> from nutau.report.figures.paper import Paper
    >>> Paper("column").inches, round(Paper("column").points, 1)
    (3.4, 8.0)
    """

    width: float | str | None = None
    font_size: float | None = None
    latex: bool = False

    def __post_init__(self) -> None:
        """Refuse what no figure can be made for."""
        inches = self.inches
        if inches is not None and not SMALLEST <= inches <= LARGEST:
            raise InputError(
                f"`width={short(self.width)}`: column, page, or {SMALLEST:g} to {LARGEST:g} inches are needed."
            )
        if self.font_size is not None and not 3 <= self.font_size <= 40:
            raise InputError(f"`font_size={short(self.font_size)}`: 3 to 40 points are needed.")
        if self.latex and not all(map(shutil.which, ("latex", "kpsewhich", "dvipng"))):
            raise InputError(
                "`latex=True` needs LaTeX with dvipng, which are not installed (as texlive-latex-extra, cm-super and "
                "dvipng of a Linux distribution). Install them, or leave it out: mathematics is set without LaTeX too."
            )

    @property
    def inches(self) -> float | None:
        """The width in inches, ``None`` for the figure's own."""
        if self.width is None or self.width in WIDTHS:
            return None if self.width is None else WIDTHS[str(self.width)]
        try:
            return float(self.width)
        except (TypeError, ValueError):
            raise InputError(
                f"`width={short(self.width)}`: column, page, or a number of inches is needed."
            ) from None

    @property
    def narrow(self) -> bool:
        """Whether panels have to stand above each other."""
        return self.inches is not None and self.inches < NARROW

    @property
    def points(self) -> float:
        """The size of ordinary letters."""
        if self.font_size is not None:
            return float(self.font_size)
        return LETTERS if self.inches is None else min(max(6.0 + 0.6 * self.inches, 8.0), LETTERS)

    @property
    def scale(self) -> float:
        """Letters, lines and markers over those of a figure in its own size."""
        return self.points / LETTERS

    def pt(self, size: float) -> float:
        """A size of letters, in points for a figure in its own size, as it is here."""
        return size * self.scale

    def size(self, width: float, height: float) -> tuple[float, float]:
        """Width and height of a figure of its own size: as wide as the paper, letters higher in proportion."""
        if self.inches is None:
            return width, height * max(self.scale, 1.0)
        return self.inches, height * max(self.inches / width, min(self.scale, 1.0))

    def wrapped(self, text: str, size: float = 10.0) -> str:
        """A title in lines that fit the width; mathematics is not broken."""
        if self.inches is None:
            return text
        letters = int(self.inches * 72.0 / (0.56 * self.pt(size)))
        return "\n".join(textwrap.wrap(text, max(letters, 20), break_long_words=False))

    def settings(self) -> dict[str, Any]:
        """Settings of Matplotlib for letters and ticks of this size."""
        sizes = {
            "font.size": 11, "axes.labelsize": 12, "axes.titlesize": 12, "legend.fontsize": 9.5,
            "xtick.labelsize": 10.5, "ytick.labelsize": 10.5, "xtick.major.size": 6, "ytick.major.size": 6,
            "xtick.minor.size": 3, "ytick.minor.size": 3, "xtick.major.pad": 5, "axes.linewidth": 0.8,
            "lines.linewidth": 1.6,
        }  # fmt: skip
        made: dict[str, Any] = {key: value * self.scale for key, value in sizes.items()}
        if self.latex:
            signs = "".join(
                rf"\DeclareUnicodeCharacter{{{ord(sign):04X}}}{{\ensuremath{{{tex}}}}}"
                for sign, tex in UNICODE.items()
            )
            made |= {"text.usetex": True, "font.family": "serif"}
            made["text.latex.preamble"] = rf"\usepackage{{amsmath,amssymb}}{signs}"
        return made


SCREEN = Paper()
"""A figure in its own size."""


def tex(text: str) -> str:
    """Text as LaTeX reads it: what stands between dollar signs is mathematics already, the rest is escaped.

    >>> from nutau.report.figures.paper import tex
    >>> tex("95 % of $x_1$, HFLAV_2025")
    '95 \\\\% of $x_1$, HFLAV\\\\_2025'
    """
    parts = re.split(r"((?<!\\)\$.*?(?<!\\)\$)", text)
    return "".join(
        part if number % 2 else "".join(ESCAPED.get(sign, sign) for sign in part)
        for number, part in enumerate(parts)
    )
