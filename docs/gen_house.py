"""The house: rooms, what is in them and which rooms they import, read off the package; and its public names."""

from __future__ import annotations

import ast
import inspect
import re
from functools import cache
from html import escape
from pathlib import Path

import nutau

SOURCE = Path(nutau.__file__).parent
ROOMS = (
    *("common", "eft", "measurements", "inputs", "models", "decays"),
    *("observables", "inference", "letter", "report", "explorer", "cli"),
)
"""In the order in which they stand; tests/test_layers.py holds the same list and enforces it."""
PROVISIONAL = {
    "Affine": "the algebra of forms may get other names",
    "Quadratic": "the algebra of forms may get other names",
    "compare_inputs": "what is compared may grow beyond form factors and input sets",
    "compare_models": "its columns may grow",
    "judge": "families and structures may be added",
    "forecast": "its projections are still few",
    "relations": "sets of coefficients may be added",
    "next_measurements": "its projections are still few",
    "plane": "its arguments will take any model",
    "theory_model": "made for fits and scans of nutau's own",
    "two_field_couplings": "one pair among many",
}
"""Public names that may change without notice before version 1, and why."""


@cache
def imports(room: str) -> dict[str, int]:
    """How many import statements of a room lead to each other room."""
    found: dict[str, int] = {}
    for path in (SOURCE / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nutau."):
                other = node.module.split(".")[1]
                if other in ROOMS and other != room:
                    found[other] = found.get(other, 0) + 1
    return found


def holds(room: str) -> str:
    """The first sentence of what a room says of itself."""
    text = ast.get_docstring(ast.parse((SOURCE / room / "__init__.py").read_text(encoding="utf-8"))) or ""
    first = text.partition("\n")[0].rstrip(".")
    return re.sub(r"^[\w ]{1,22}: ", "", first)


def drawing() -> str:
    """The rooms from the ground up as SVG; a line on the right for every import, thick for many."""
    height, top, left, right = 40, 12, 12, 490
    y = {room: top + (len(ROOMS) - 1 - place) * height for place, room in enumerate(ROOMS)}
    total = top + len(ROOMS) * height
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {total}" role="img" font-family="sans-serif" '
        'font-size="13"><title>The rooms of nutau and what they import</title>',
    ]
    for room in ROOMS:
        for other, count in imports(room).items():
            start, end = y[room] + 17, y[other] + 17
            bend = right + 24 + 0.45 * (end - start)
            width = 0.5 + 0.45 * count**0.5
            parts.append(
                f'<path d="M{right} {start}C{bend:.0f} {start} {bend:.0f} {end} {right} {end}" fill="none" '
                f'stroke="#3b6ea5" stroke-opacity="0.55" stroke-width="{width:.2f}"><title>{room} imports {other} '
                f"{count} times</title></path>"
            )
    for room in ROOMS:
        files = len(list((SOURCE / room).rglob("*.py")))
        parts.append(
            f'<rect x="{left}" y="{y[room]}" width="{right - left}" height="{height - 6}" rx="4" fill="#e9eef5" '
            f'stroke="#3b6ea5"/><text x="{left + 10}" y="{y[room] + 22}" font-weight="bold" fill="#1a2b40">{room}</text>'
            f'<text x="{left + 130}" y="{y[room] + 22}" fill="#1a2b40">{escape(_short(holds(room)))}</text>'
            f'<text x="{right - 8}" y="{y[room] + 22}" text-anchor="end" fill="#1a2b40">{files}</text>'
        )
    return "".join([*parts, "</svg>"]) + "\n"


def _short(text: str, most: int = 46) -> str:
    """A text up to its last comma or colon that fits, else up to a word."""
    if len(text) <= most:
        return text
    ends = [found.start() for found in re.finditer(r"[,;:.] ", text) if found.start() <= most]
    return text[: ends[-1]] if ends else text[: most - 1].rsplit(" ", 1)[0] + " …"


def table() -> str:
    """The rooms as a table, from the top down."""
    rows = ["| room | what is in it | imports |", "|---|---|---|"]
    for room in reversed(ROOMS):
        found = ", ".join(f"`{other}`" for other in ROOMS if other in imports(room))
        rows.append(f"| {{py:mod}}`nutau.{room}` | {holds(room)} | {found or 'nothing but errors'} |")
    return "\n".join(rows)


def public() -> str:
    """The public names, one row each: what it is, and whether it stays."""
    rows = ["| name | what it is | |", "|---|---|---|"]
    for name in nutau.__all__:
        if name == "__version__":
            continue
        item = getattr(nutau, name)
        if inspect.isfunction(item) or inspect.isclass(item):
            module = inspect.unwrap(item).__module__
            role = "class" if inspect.isclass(item) else "func"
            link = f"{{py:{role}}}`nutau.{name} <{module}.{inspect.unwrap(item).__name__}>`"
            said = (inspect.getdoc(item) or "").partition("\n")[0].replace("|", "\\|")
        else:
            link = f"`nutau.{name}`"
            said = f"the mediator {item.name}" if hasattr(item, "quantum_numbers") else "names of observables"
        why = PROVISIONAL.get(name)
        rows.append(f"| {link} | {_plain(said)} | {'provisional: ' + why if why else 'stable'} |")
    head = (
        "# Public names\n\nWhat `import nutau` gives. *Stable*: changes are announced in the changelog and come with a new minor "
        "version. *Provisional*: may change without notice before version 1.\n\n"
    )
    return head + "\n".join(rows) + "\n"


def _plain(text: str) -> str:
    """A first sentence of a docstring without roles of reStructuredText."""
    text = re.sub(r":\w+:`~?([^`<]+?)(?: <[^`]*>)?`", lambda m: m[1].rpartition(".")[2], text)
    return text.replace("``", "`")
