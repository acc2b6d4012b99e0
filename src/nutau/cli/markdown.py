"""A page in Markdown on a terminal: folded at words, its tables like all others."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from nutau.cli.console import console, output, print_lines, print_table

if TYPE_CHECKING:
    from rich.console import Console

KEPT = 5
"""First columns of a table that are never left out."""
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]*)\)")


def print_markdown(text: str, on: Console | None = None) -> None:
    """Print a page; of tables that are too wide the last columns are left out and named."""
    shown = on or console()
    for is_table, lines in groupby(text.splitlines(), lambda line: line.startswith("|")):
        if is_table:
            head, _, *rows = (_cells(line) for line in lines)
            print_table("", head, rows, optional=range(len(head) - 1, KEPT - 1, -1), lines=1, on=shown)
        else:
            print_lines(map(_plain, lines), shown)


def print_page(text: str) -> None:
    """Print a page for who reads it in a terminal; as it is where there is none."""
    if output().isatty():
        print_markdown(text)
    else:
        output().write(text)


def _cells(line: str) -> list[str]:
    return [_plain(cell.strip()) for cell in line.strip().strip("|").split("|")]


def _plain(text: str) -> str:
    """Text without the marks that a page is typeset by."""
    text = PICTURE.sub(r"\1: \2", text)
    text = re.sub(r"(?<!\\)\*\*(.+?)(?<!\\)\*\*", r"\1", text)
    text = re.sub(r"(?<![\\*\w])\*(?! )([^*]+?)(?<![\\ ])\*(?![*\w])", r"\1", text)
    return text.replace("\\*", "*")
