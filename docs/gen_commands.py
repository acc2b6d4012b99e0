"""The page of the commands: every verb with its arguments, options and examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from gen_tables import code, prose, table
from nutau.cli import app

HEAD = """# Commands

Every verb has `--help`, with an example. `--json` prints machine-readable output on stdout and nothing else there; progress and
warnings go to stderr. Exit code 0 is success, 2 bad input (with one message that says what is wrong and what is allowed), 1 a failure
of nutau's own, such as a fit that did not converge. Completion for your shell: {doc}`../howto/shell`.
"""


def page() -> str:
    """The page, as Markdown."""
    return HEAD + "".join(_section(name, command) for name, command in commands())


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its full name, groups before their members."""
    root = get_command(app)
    yield from _below("nutau", root)


def _below(prefix: str, group: Any) -> Iterator[tuple[str, Any]]:
    for name, command in getattr(group, "commands", {}).items():
        yield f"{prefix} {name}", command
        yield from _below(f"{prefix} {name}", command)


def _section(name: str, command: Any) -> str:
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", command.help or "").strip()
    parts = [part.strip() for part in re.split(r"\n\s*\n|\n?(?=Example:)", text) if part and part.strip()]
    prose_parts = [part.replace("\n", " ") for part in parts if not part.startswith("Example:")]
    examples = [part.removeprefix("Example:").strip() for part in parts if part.startswith("Example:")]
    level = "##" if name.count(" ") == 1 else "###"
    made = f"\n{level} `{name}`\n\n" + "\n\n".join(prose(part) for part in prose_parts) + "\n"
    if examples:
        made += "\n```console\n" + "\n".join(f"$ {example}" for example in examples) + "\n```\n"
    rows = [
        _option(parameter)
        for parameter in command.params
        if parameter.name not in {"help", "install_completion"}
    ]
    return made + (table(("argument or option", "meaning", "default"), rows) if rows else "")


def _option(parameter: Any) -> tuple[str, str, str]:
    is_option = parameter.param_type_name == "option"
    names = ", ".join(parameter.opts) if is_option else (parameter.metavar or parameter.name.upper())
    flag = getattr(parameter, "is_flag", False)
    shown = f"{names} {parameter.metavar}" if is_option and parameter.metavar and not flag else names
    default = parameter.default
    plain = isinstance(default, str | int | float) and not flag and default != ""
    return code(shown), prose(parameter.help or ""), code(default) if plain else ""
