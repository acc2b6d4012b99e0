"""Progress on stderr of what takes over a second: a bar in a terminal, elsewhere a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 1.0
"""Seconds before a bar appears."""
RARELY = 10.0
"""Seconds before the first line, and between lines, where there is no terminal."""


@contextmanager
def progress(text: str, *, at_once: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A function ``(done, total)`` to be called along the way; the bar goes away at the end.

    With ``at_once`` a bar moves to and fro from the start: for work that is long before anything can be counted.
    """
    if not sys.stderr.isatty():
        yield _lines(text)
        return
    bar: list[Any] = []
    began = time.monotonic()
    if at_once:
        bar.append(_bar())
        bar[0].start()
        bar[0].add_task(text, total=None)

    def report(done: int, total: int) -> None:
        if not bar and time.monotonic() - began > PATIENCE:
            bar.append(_bar())
            bar[0].start()
            bar[0].add_task(text, total=total)
        if bar:
            bar[0].update(bar[0].task_ids[0], completed=done, total=total)

    try:
        yield report
    finally:
        if bar:
            bar[0].stop()


def _lines(text: str) -> Callable[[int, int], None]:
    """For files and pipes, whose reader would otherwise not know whether anything happens."""
    last = [time.monotonic()]

    def report(done: int, total: int) -> None:
        if time.monotonic() - last[0] > RARELY:
            last[0] = time.monotonic()
            print(f"nutau: {text}: {100 * done // max(total, 1)} %", file=sys.stderr, flush=True)

    return report


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True), transient=True)
