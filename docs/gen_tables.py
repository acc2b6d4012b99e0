"""Markdown tables and references for generated pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def cell(text: object) -> str:
    """Text that keeps a Markdown table whole."""
    return str(text).replace("|", "\\|").replace("\n", " ").strip()


def code(text: object) -> str:
    """Text as code."""
    return f"`{text}`"


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table, with a line before and after."""
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    lines += ["| " + " | ".join(cell(item) for item in row) + " |" for row in rows]
    return "\n" + "\n".join(lines) + "\n"


def cite(keys: str | Iterable[str]) -> str:
    """References by their keys (one text may hold several, separated by commas)."""
    given = keys.split(",") if isinstance(keys, str) else list(keys)
    names = [key.strip() for key in given if key.strip()]
    return f"{{cite:p}}`{','.join(names)}`" if names else ""


def prose(text: str) -> str:
    """Notes of data files as a cell: no markup but what they mean literally."""
    return (
        text.replace("*", "\\*")
        .replace("<", "\\<")
        .replace("_", "\\_")
        .replace("$", "\\$")
        .replace("`", "\\`")
    )


def number(value: float, uncertainty: float = 0.0) -> str:
    """A value with its uncertainty to two digits."""
    if not uncertainty:
        return f"{value:.9g}"
    from nutau.common.numbers import number as text

    return powers(text(value, uncertainty, (value - uncertainty, value + uncertainty)))


def powers(text: str) -> str:
    """``(4.7 ± 0.2)e-06`` as ``(4.7 ± 0.2) × 10⁻⁶``."""
    return re.sub(r"\)?e([+-]\d+)$", lambda m: _power(m), text)


def units(text: str) -> str:
    """``1.4 × 1e-5`` as ``1.4 × 10⁻⁵``, ``ps^-1`` as ``ps⁻¹``."""
    text = re.sub(r" × 1e([+-]?\d+)", lambda m: f"\u00a0×\u00a010{_raised(m.group(1))}", text)
    return re.sub(r"\^(-?\d+)", lambda m: _raised(m.group(1)), text)


def _raised(digits: str) -> str:
    return str(int(digits)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _power(match: re.Match[str]) -> str:
    digits = _raised(match.group(1))
    return f"{')' if match.group(0).startswith(')') else ''}\u00a0×\u00a010{digits}"
