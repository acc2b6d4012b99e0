"""The verbs as tools for other programs: arguments in, the command's own JSON out, with what it rests on.

A tool runs the command in a process of its own, so its answers, checks and messages are those of the command line.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nutau import __version__
from nutau.cli.schema import Described, verbs
from nutau.errors import InputError, unknown

VERBS = (
    *("predict", "formulas", "fit", "compare-models", "judge", "reproduce", "plot plane", "plot spectrum"),
    *("cite", "list", "models", "match", "data list", "data show"),
)
"""What is offered: everything that computes or looks up in minutes, and nothing that fetches or keeps files."""
WRITING = ("out", "data_out", "figure", "work", "cluster", "csv")
SHOWING = ("json", "format", "wide", "latex", "cite")
HIDDEN = (*WRITING, *SHOWING)
"""Options that write files or choose how tables look."""
RESTS_ON = ("inputs", "data", "model", "running", "tree", "observables")
"""Options that :func:`references` hands to ``nutau cite``."""


@dataclass(frozen=True)
class Tool:
    """A verb that is offered, by a name without spaces and hyphens."""

    name: str
    verb: Described

    @property
    def draws(self) -> bool:
        """Whether the answer is a picture."""
        return self.verb.name.startswith("plot ")

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its arguments."""
        return self.verb.schema(HIDDEN)

    def words(self, given: Mapping[str, Any]) -> list[str]:
        """The command line for these arguments, after ``nutau``; :class:`InputError` for what the schema refuses."""
        return self.verb.read(given, HIDDEN)

    def run(self, given: Mapping[str, Any], picture: Path) -> list[str]:
        """The command line that answers: JSON on standard output, or a PNG file."""
        words = self.words(given)
        at = words.index("--") if "--" in words else len(words)
        return [*words[:at], f"--out={picture}" if self.draws else "--json", *words[at:]]

    def references(self, given: Mapping[str, Any]) -> list[str] | None:
        """The command line that prints what the result rests on as JSON; none for what rests on nothing."""
        keys = {field.key: field for field in self.verb.fields}
        if "cite" in keys:
            words = self.words(given)
            at = words.index("--") if "--" in words else len(words)
            return [*words[:at], "--cite", "--json", *words[at:]]
        if self.verb.name in ("cite", "list", "models", "data list", "data show"):
            return None
        asked = {
            key: value for key in RESTS_ON if key in keys and (value := _value(keys[key], given)) is not None
        }
        if not {"observables", "data", "model"} & asked.keys():
            return None
        if "model" not in asked:
            asked.pop("running", None)
        return [*tools()["cite"].words(asked)[:1], "--json", *tools()["cite"].words(asked)[1:]]


def _value(field: Any, given: Mapping[str, Any]) -> Any:
    value = given.get(field.key)
    return value if value is not None else None if field.default in (..., "", None, False) else field.default


@cache
def tools() -> dict[str, Tool]:
    """The tools by name."""
    known = verbs()
    made = [Tool(name.replace(" ", "_").replace("-", "_"), known[name]) for name in VERBS]
    return {tool.name: tool for tool in made}


def tool(name: str) -> Tool:
    """A tool by its name; :class:`InputError` for one that there is not."""
    if name not in tools():
        raise unknown("tool", name, tools())
    return tools()[name]


def provenance(tool: Tool, given: Mapping[str, Any], cited: str) -> dict[str, Any]:
    """What an answer rests on: version, command line, inputs and data sets, references with their reasons."""
    keys = {field.key: field for field in tool.verb.fields}
    shown = {key: _value(keys[key], given) for key in ("inputs", "data") if key in keys}
    entries = json.loads(cited)["citations"] if cited else []
    return {
        "nutau": __version__,
        "command": shlex.join(["nutau", *tool.words(given)]),
        **{key: value for key, value in shown.items() if value is not None},
        "references": [{key: entry[key] for key in ("key", "reasons")} for entry in entries],
    }


def message(stderr: str) -> str:
    """The one line of a command that failed."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    said = [line.removeprefix("nutau: ") for line in lines if line.startswith("nutau: ")]
    return (said or lines or ["nutau ended without a word."])[-1]


def check_arguments(given: Any) -> Mapping[str, Any]:
    """Arguments as a mapping; :class:`InputError` for anything else."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InputError(f"Arguments are an object of options, not {type(given).__name__}.")
    return given
