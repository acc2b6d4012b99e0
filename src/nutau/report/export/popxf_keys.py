"""Monomial keys of POPxf: ``"('C10_bstautau', 'C9_bstautau', 'RI')"`` is Re C10 times Im C9."""

from __future__ import annotations

import re
from typing import TypeAlias

Key: TypeAlias = tuple[str, str, str]
"""Two parameter names in alphabetical order (empty: 1) and their parts, R or I each."""

CONSTANT: Key = ("", "", "RR")
_PATTERN = re.compile(r"^\(\s*'([^']*)'\s*,\s*'([^']*)'\s*(?:,\s*'([RI]{2})'\s*)?,?\s*\)$")
_LINEAR = re.compile(r"^\(\s*'([^']*)'\s*,\s*(?:'([RI])'\s*,?\s*)?\)$")


def key(monomial: tuple[str, ...]) -> Key:
    """The key of a monomial in variables ``"Re NAME"`` and ``"Im NAME"``."""
    parts = [(name[3:], "I" if name.startswith("Im ") else "R") for name in monomial]
    (first, a), (second, b) = sorted([*parts, *[("", "R")] * (2 - len(parts))])
    return first, second, a + b


def text(key: Key) -> str:
    """A key as it stands in the file, parts always written out."""
    first, second, parts = key
    return f"('{first}', '{second}', '{parts}')"


def parse(text: str, degree: int = 2) -> Key:
    """A key of a file; ``ValueError`` if it is none, or its names are not in order."""
    if degree == 1 and (match := _LINEAR.match(text)):
        return "", match[1], "R" + (match[2] or "R")
    match = _PATTERN.match(text)
    if degree != 2 or not match:
        raise ValueError(f"{text!r} is no monomial key such as ('', 'C9_bstautau', 'RI')")
    first, second, parts = match[1], match[2], match[3] or "RR"
    if sorted((first, second)) != [first, second]:
        raise ValueError(f"the names of {text!r} are not in alphabetical order")
    if any(part == "I" and not name for name, part in zip((first, second), parts, strict=True)):
        raise ValueError(f"{text!r} asks for the imaginary part of 1")
    if first == second and parts == "RI":  # the same monomial as IR
        parts = "IR"
    return first, second, parts
