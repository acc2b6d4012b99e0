"""Progress on stderr of what takes over a second: a bar in a terminal, elsewhere a line every ten seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
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
    shown = _Bar(text) if sys.stderr.isatty() else _Lines(text)
    if at_once:
        shown.begin()
    try:
        yield shown.report
    finally:
        shown.stop()


@contextmanager
def working(text: str) -> Iterator[None]:
    """Work in which nothing can be counted: a bar that moves to and fro once it takes long, elsewhere its seconds."""
    shown = _Bar(text) if sys.stderr.isatty() else _Lines(text)
    over = Event()
    waiting = _beside(lambda: over.wait(PATIENCE) or shown.begin())
    try:
        yield
    finally:
        over.set()
        if waiting is not None:
            waiting.join()
        shown.stop()


def _beside(work: Callable[[], Any]) -> Thread | None:
    """A thread that does ``work``; none where threads cannot be had, as in a browser."""
    thread = Thread(target=work, daemon=True)
    try:
        thread.start()
    except RuntimeError:
        return None
    return thread


class _Bar:
    """In a terminal."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.began = time.monotonic()
        self.bar: Any = None

    def begin(self, total: int | None = None) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self.bar = Progress(console=Console(stderr=True), transient=True)
        self.bar.start()
        self.bar.add_task(self.text, total=total)

    def report(self, done: int, total: int) -> None:
        if self.bar is None and time.monotonic() - self.began > PATIENCE:
            self.begin(total)
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=done, total=total)

    def stop(self) -> None:
        if self.bar is not None:
            self.bar.stop()


class _Lines:
    """For files and pipes, whose reader would otherwise not know whether anything happens."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.began = time.monotonic()
        self.share: int | None = None
        self.over = Event()
        self.thread: Thread | None = None

    def begin(self) -> None:
        if self.thread is None:
            self.thread = _beside(self._write)

    def report(self, done: int, total: int) -> None:
        self.share = 100 * done // max(total, 1)
        self.begin()

    def stop(self) -> None:
        self.over.set()
        if self.thread is not None:
            self.thread.join()

    def _write(self) -> None:
        while not self.over.wait(RARELY):
            passed = f"{time.monotonic() - self.began:.0f} s"
            if self.share is None or self.share < 100:
                done = passed if self.share is None else f"{self.share} %, {passed}"
                print(f"nutau: {self.text}: {done}", file=sys.stderr, flush=True)
