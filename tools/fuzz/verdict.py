"""What is right, however wrong the question: a result or one short message, in bounded time, nothing left behind."""

from __future__ import annotations

import json
import math
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

SCREEN = 24 * 80
"""Characters that a terminal of 24 rows of 80 holds: no message is longer."""
PATIENCE = 60
"""Seconds of work that one case may take; ten times as many by the clock, on a machine that does other things too."""


@dataclass(frozen=True)
class Case:
    """One attempt: where, what was given, and what was wrong with the answer (empty: nothing)."""

    entrance: str
    given: str
    wrong: str = ""


class TooLongError(Exception):
    """A case did not end in time."""


@contextmanager
def patience(seconds: float = PATIENCE) -> Iterator[None]:
    """Raise :class:`TooLongError` in what works longer, or waits ten times as long."""

    def end(number: int, frame: FrameType | None) -> None:
        raise TooLongError(f"still running after {seconds:g} s")

    timers = (
        (signal.SIGPROF, signal.ITIMER_PROF, seconds),
        (signal.SIGALRM, signal.ITIMER_REAL, 10 * seconds),
    )
    before = [signal.signal(number, end) for number, _, _ in timers]
    for _, timer, allowed in timers:
        signal.setitimer(timer, allowed)
    try:
        yield
    finally:
        for (number, timer, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)


def message(text: str) -> str:
    """What is wrong with a message: empty, longer than a screen, a traceback, or a raw escape of a terminal."""
    if not text.strip():
        return "refused without a word"
    if len(text) > SCREEN:
        return f"a message of {len(text)} characters"
    if "Traceback (most recent call last)" in text:
        return "a traceback: " + text[-300:]
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in text):
        return f"control characters in a message: {text[:200]!r}"
    return ""


def document(text: str) -> str:
    """What is wrong with JSON on stdout."""
    try:
        found = json.loads(text)
    except ValueError as error:
        return f"no JSON on stdout ({error}): {text[:200]!r}"
    return "NaN or infinity in JSON" if not _finite(found) else ""


def _finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_finite, value.values()))
    if isinstance(value, list):
        return all(map(_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def leftovers(folder: Path) -> str:
    """Drafts of files that should be gone."""
    left = sorted(path.name for path in folder.rglob(".*") if path.is_file() or path.is_dir())
    return f"left behind: {', '.join(left)}" if left else ""
