"""What is printed: one console and one kind of table for all verbs, in any encoding and at any width."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from io import StringIO
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TextIO

from nutau.errors import NutauError, harmless

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

PLAIN = {
    **{"−": "-", "–": "-", "—": "-", "±": "+-", "→": "->", "…": "...", "≥": ">=", "≤": "<=", "·": "*"},
    **{"δ": "delta", "κ": "kappa", "λ": "lambda", "ν": "nu", "τ": "tau", "μ": "mu", "Δ": "Delta", "χ": "chi"},
    **{"α": "alpha", "σ": "sigma", "Σ": "Sum", "Λ": "Lambda", "√": "sqrt", "∞": "infinity", "ℓ": "l"},
    **{
        "─": "-",
        "\u0304": "bar",
        "⁻": "-",
        "⁺": "+",
        "⁰": "0",
        "¹": "1",
        "²": "2",
        "³": "3",
        "⁴": "4",
        "×": "x",
        "′": "'",
        "⁽": "(",
        "⁾": ")",
    },
}
"""What stands for characters that an encoding lacks; a question mark for all others."""
HANDLER = "nutau"
WIDE = 10_000
"""Columns where nobody looks: a file or a pipe gets whole lines."""
SPACE = 2
"""Between two columns of a table."""
LINES = 2
"""Of a row, before columns that may be left out are."""


class Closed(Exception):
    """The reader of our output went away. No :class:`OSError`, which Rich and Typer would answer with exit code 1."""


class _Output(io.FileIO):
    """Standard output as a raw file that says so when its reader went away."""

    def write(self, content: Any, /) -> int:
        try:
            return super().write(content) or 0
        except BrokenPipeError:
            raise Closed from None


def prepare_output() -> None:
    """Make standard output nutau's own, in any encoding, and meet readers that go away.

    What the encoding lacks is printed in plain letters. What compiled libraries write to the file descriptor, below
    Python, goes to standard error: it would stand in the middle of a JSON document.
    """
    codecs.register_error(HANDLER, _plain)
    if isinstance(sys.stdout, io.TextIOWrapper):
        stream = sys.stdout
        stream.flush()
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_Output(_own_descriptor(stream.fileno()), "wb", closefd=False)),
            encoding=stream.encoding,
            errors=HANDLER,
            line_buffering=stream.line_buffering,
        )
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors=HANDLER)


def _own_descriptor(descriptor: int) -> int:
    """A descriptor of the same file that nothing else knows; the one that libraries know leads to standard error."""
    if descriptor != 1:
        return descriptor
    own = os.dup(descriptor)
    try:
        os.dup2(2, descriptor)
    except OSError:  # standard error is closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
    return own


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(letter, "?") for letter in error.object[error.start : error.end]), error.end


def output() -> TextIO:
    """Standard output; :class:`NutauError` if it is closed."""
    if sys.stdout is None:
        raise NutauError("Standard output is closed, so nothing can be printed; open it, or use --out.")
    return sys.stdout


def flush() -> None:
    """Write what is still held back, so that a reader that went away is met here and not when Python ends."""
    if sys.stdout is not None:
        sys.stdout.flush()


def discard_output() -> None:
    """From here on nothing is printed: there is nobody to read it."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, output().fileno())
    os.close(null)


def console(wide: bool = False) -> Console:
    """Where tables go: as wide as the terminal, and as wide as they need where there is none or it shall not matter."""
    from rich.console import Console

    stream = output()
    narrow = stream.isatty() and not wide
    return Console(file=stream, width=None if narrow else WIDE, highlight=False)


def as_text(show: Callable[[Console], None]) -> str:
    """What ``show`` prints on a console, in whole lines, for writing it to a file."""
    from rich.console import Console

    text = StringIO()
    show(Console(file=text, width=WIDE, highlight=False))
    return text.getvalue()


def print_apart(shows: Iterable[Callable[[], None]], on: Console | None = None) -> None:
    """Print several results, each by a call, with an empty line between two."""
    for place, show in enumerate(shows):
        print_lines([""] if place else [], on)
        show()


def print_lines(lines: Iterable[str], on: Console | None = None) -> None:
    """Lines of text, folded at words on a terminal; what is set in stays so."""
    from rich.text import Text

    shown = on or console()
    for line in lines:
        text = harmless(line)
        body = text.lstrip(" ")
        first, rest = " " * (len(text) - len(body)), " " * (len(text) - len(body) + SPACE)
        if not first or len(rest) > shown.width // 2:
            shown.print(text, markup=False, overflow="fold")
            continue
        folded = Text(body).wrap(shown, shown.width - len(rest), overflow="fold")
        for place, part in enumerate(folded):
            part.rstrip()
            shown.print(Text(rest if place else first) + part, overflow="fold")


def print_table(
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[int] = (),
    styles: Sequence[str] = (),
    optional: Sequence[int] = (),
    lines: int = LINES,
    on: Console | None = None,
) -> None:
    """A table; where it is too narrow even with folded words, each row as lines ``heading: cell``.

    Words, and so numbers and names, are never cut. ``right`` are the columns set flush right, ``styles`` colours of the
    last cell of each row. The ``optional`` columns are left out from the first on, and named below the table, as long
    as a row takes more than ``lines``.
    """
    shown = on or console()
    headings, *rows = ([_said(cell, shown.encoding) for cell in line] for line in (headings, *rows))
    kept, found = _columns([headings, *rows], shown.width, optional, lines)
    print_lines([title] if title else [], shown)
    if found is None:
        for row in rows:
            print_lines(["", *_record(headings, row)], shown)
        return
    cells = [[row[column] for column in kept] for row in rows]
    flush_right = [place for place, column in enumerate(kept) if column in right]
    shown.print(_table([headings[column] for column in kept], cells, found, flush_right, styles))
    left = [" ".join(headings[column].split()) for column in optional if column not in kept]
    if left:
        print_lines([f"for lack of room without {', '.join(left)}: --wide shows all"], shown)


def _columns(
    lines: Sequence[Sequence[str]], width: int, optional: Sequence[int], most: int
) -> tuple[list[int], list[int] | None]:
    """The columns that are kept, and their widths."""
    for count in range(len(optional) + 1):
        kept = [column for column in range(len(lines[0])) if column not in optional[:count]]
        cells = [[line[column] for column in kept] for line in lines]
        found = widths(cells, width - SPACE * (len(kept) - 1))
        if found is not None and (count == len(optional) or _tallest(cells[1:], found) <= most):
            break
    return kept, found


def _tallest(rows: Sequence[Sequence[str]], widths: Sequence[int]) -> int:
    """Lines of the tallest row."""
    return max(
        (len(wrap(c, w, break_on_hyphens=False)) for row in rows for c, w in zip(row, widths, strict=True)),
        default=1,
    )


def _table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
    right: Sequence[int],
    styles: Sequence[str],
) -> Table:
    """Columns two spaces apart under headings with a line below."""
    from rich.box import Box
    from rich.table import Table
    from rich.text import Text

    line = Box("    \n    \n ── \n    \n    \n    \n    \n    \n", ascii=True)
    table = Table(box=line, show_edge=False, pad_edge=False, padding=(0, SPACE - 1, 0, 0))
    for column, (heading, width) in enumerate(zip(headings, widths, strict=True)):
        table.add_column(Text(heading), width=width, justify="right" if column in right else "left")
    for row, style in zip(rows, styles or [""] * len(rows), strict=True):
        table.add_row(*map(Text, row[:-1]), Text(row[-1], style=style))
    return table


def _said(text: str, encoding: str) -> str:
    """Text as it will be printed, so that its width is known."""
    text = harmless(text)
    return text if encoding.startswith("utf") else text.encode(encoding, errors=HANDLER).decode(encoding)


def _record(headings: Sequence[str], row: Sequence[str]) -> list[str]:
    return [
        f"{' '.join(heading.split())}: {cell}".removeprefix(": ")
        for heading, cell in zip(headings, row, strict=True)
        if cell
    ]


def widths(lines: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Widths of columns that fit into ``room``, none below its longest word; ``None`` if there is no such choice.

    The widest column that can still be folded is made narrower, as long as it takes: headings (the first line) before
    cells.
    """
    columns = list(zip(*lines, strict=True))
    least = [max(_longest(word for cell in column for word in cell.split()), 1) for column in columns]
    found = [max(_longest(line for cell in column for line in cell.split("\n")), 1) for column in columns]
    if sum(least) > room:
        return None
    cells = [max(_longest(line for cell in column[1:] for line in cell.split("\n")), 1) for column in columns]
    whole = [max(pair) for pair in zip(least, cells, strict=True)]
    while sum(found) > room:
        ends = whole if any(map(int.__gt__, found, whole)) else least
        widest = max((i for i in range(len(found)) if found[i] > ends[i]), key=lambda i: found[i])
        found[widest] -= 1
    return found


def _longest(words: Iterable[str]) -> int:
    from rich.cells import cell_len

    return max((cell_len(word) for word in words), default=0)
