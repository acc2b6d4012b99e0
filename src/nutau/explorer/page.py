"""One self-contained HTML file: the page, its style, its scripts and its numbers.

It is drawn by a few hundred lines of our own SVG: plotly.js alone would weigh three times the whole page, uPlot draws
on a canvas (no SVG to take away), and what d3 would save here is ticks. The scripts of ``static`` are plain files, put
into one function in the order of :data:`SCRIPTS`.

A content security policy allows exactly this script and this style, and no connection to anywhere; text from the
address is only ever set as text.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import Any

from nutau import __version__
from nutau.explorer.encode import to_json

SCRIPTS = (
    *("algebra", "measurements", "physics", "state", "scales", "svg", "theme", "scene", "panels"),
    *("share", "controls", "table", "pointing", "main"),
)


def page(payload: dict[str, Any]) -> str:
    """The whole page for the data of :func:`nutau.explorer.payload.payload`."""
    style = _static("style.css")
    script = "(() => {\n'use strict';\n" + "\n".join(_static(f"{name}.js") for name in SCRIPTS) + "\n})();\n"
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_digest(script)}",
            f"style-src {_digest(style)}",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    parts = {
        "policy": policy,
        "version": __version__,
        "style": style,
        "script": script,
        "payload": to_json(payload),
    }
    head, *rest = _static("page.html").split("{{")
    pieces = [head]
    for piece in rest:  # each name once or more; what is put in is not looked at again
        name, _, tail = piece.partition("}}")
        pieces += [parts[name], tail]
    return "".join(pieces)


def _static(name: str) -> str:
    return files(__package__).joinpath("static", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"
