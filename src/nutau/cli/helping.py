"""What draws pages of help, read without parts of Rich that take half of the time and that no page of nutau uses."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Any

UNUSED = {"rich.markdown": "Markdown", "rich.traceback": "Traceback"}
"""Pages in Markdown and pretty tracebacks, which Typer imports before it draws any help."""


def prepare() -> None:
    """Import Typer's pages of help; the unused classes are read once somebody calls them."""
    if "typer.rich_utils" in sys.modules:
        return
    later = {module: _later(module, name) for module, name in UNUSED.items() if module not in sys.modules}
    sys.modules.update(later)
    try:
        with suppress(ImportError):  # Typer says it in its own words, or needs no Rich
            import_module("typer.rich_utils")
    finally:
        for module in later:
            del sys.modules[module]


def _later(module: str, name: str) -> ModuleType:
    """A module with one class that stands for the real one."""

    class Later(type):
        def __getattr__(cls, attribute: str) -> Any:
            return getattr(getattr(import_module(module), name), attribute)

        def __call__(cls, *given: Any, **named: Any) -> Any:
            return getattr(import_module(module), name)(*given, **named)

    made = ModuleType(module)
    setattr(made, name, Later(name, (), {}))
    return made
