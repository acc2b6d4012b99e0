"""The code of a page, run: `console` and `python` blocks in order, in one folder, and their output put below them.

A Python page is one program. ``yaml`` blocks that extend something are the user's file ``mine.yaml``; one that begins
with ``# NAME.yaml`` is that file.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"^```(python|console|yaml)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LONGEST = 40


def rendered(text: str) -> str:
    """The page with the output of each block in a block of its own below it."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        outputs = iter(list(run(text)))
    return BLOCK.sub(lambda block: block.group(0) + _shown(next(outputs)), text)


def run(text: str) -> Iterator[str]:
    """Run the blocks of a page in the current folder; what each printed."""
    names: dict[str, Any] = {}
    for language, body in BLOCK.findall(text):
        if language == "python":
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(body, "page", "exec"), names)
            yield printed.getvalue()
        elif language == "console":
            yield "".join(run_line(line.removeprefix("$ ")) for line in body.splitlines())
        else:
            named = re.match(r"# (\w+\.yaml)\n", body)
            if named or "extends:" in body:
                Path(named.group(1) if named else "mine.yaml").write_text(body)
            yield ""


def run_line(line: str) -> str:
    """One shell line of ``nutau`` commands, with pipes and ``> file``, run in this process; raises if one fails."""
    from typer.testing import CliRunner

    from nutau.cli import app

    given = shown = ""
    for command in line.split(" | "):
        words = shlex.split(command, comments=True)
        target = words[words.index(">") + 1] if ">" in words else None
        words = words[: words.index(">")] if ">" in words else words
        if words[0] != "nutau":
            raise ValueError(f"not a command of nutau: {line}")
        width = {"COLUMNS": "96", "TERM": "dumb", **({} if "NO_COLOR" in os.environ else {"NO_COLOR": "1"})}
        result = CliRunner().invoke(app, words[1:], input=given, env=width, catch_exceptions=False)
        if result.exit_code:
            raise RuntimeError(f"{line}\nexit code {result.exit_code}: {result.output}")
        given, shown = result.stdout, result.output
        if target:
            Path(target).write_text(given)
            shown = ""
    return shown


def _shown(output: str) -> str:
    lines = [line.rstrip() for line in output.strip("\n").splitlines()]
    if not any(lines):
        return ""
    if len(lines) > LONGEST:
        lines = [*lines[: LONGEST - 5], "…"]
    return "\n\n```text\n" + "\n".join(lines) + "\n```"
