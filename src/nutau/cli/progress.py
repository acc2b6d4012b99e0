"""A progress bar on stderr for what takes over a second; none where stderr is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 1.0
"""Seconds before a bar appears."""


@contextmanager
def progress(text: str, *, at_once: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A function ``(done, total)`` to be called along the way; the bar goes away at the end.

    With ``at_once`` a bar moves to and fro from the start: for work that is long before anything can be counted.
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None
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


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True), transient=True)
