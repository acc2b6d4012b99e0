"""``nutau schema``: the options of verbs as JSON Schema, read off the signatures of the command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from nutau import __version__
from nutau.cli.analysis import SAVE, Field, fields
from nutau.cli.options import print_json
from nutau.errors import InputError, unknown

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT: dict[str, Any] = {"type": ["string", "number"]}
SEVERAL: dict[str, Any] = {
    "type": ["string", "number", "array"],
    "items": {"type": ["string", "number", "array"]},
}
NAMED: dict[str, Any] = {**SEVERAL, "type": ["string", "number", "array", "object"]}
PLAIN: dict[type, dict[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Path: {"type": "string"},
}

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[VERB]", help="predict, or a verb with its group: plot plane.", show_default=False
    ),
]


@dataclass(frozen=True)
class Described:
    """A verb: its name as it is typed, what its help says, and its options."""

    name: str
    help: str
    fields: tuple[Field, ...]

    def schema(self, without: Sequence[str] = ()) -> dict[str, Any]:
        """The JSON Schema (2020-12) of an object with the options, less the keys ``without``."""
        shown = [field for field in self.fields if field.key not in without]
        return {
            "$schema": DIALECT,
            "title": f"nutau {self.name}",
            "description": self.help,
            "type": "object",
            "properties": {field.key: described(field) for field in shown},
            "required": [field.key for field in shown if field.default is ...],
            "additionalProperties": False,
        }

    def read(self, given: Mapping[str, Any], without: Sequence[str] = ()) -> list[str]:
        """Words of the command line for an object that the schema describes.

        Raises :class:`InputError` for a key that there is not or that is ``without``, and for what no option takes.
        """
        known = {field.key: field for field in self.fields if field.key not in without}
        for key in given:
            if key not in known:
                raise unknown(f"option of {self.name}", key, known)
        for key, field in known.items():
            if field.default is ... and given.get(key) is None:
                raise InputError(f"{self.name}: `{key}` is needed ({field.help or field.metavar}).")
        placed: list[str] = []
        words: list[str] = []
        for key, field in known.items():
            if given.get(key) is not None:
                (words if field.option else placed).extend(_words(self.name, field, given[key]))
        return [*self.name.split(), *words, *(["--", *placed] if placed else [])]


def _words(verb: str, field: Field, given: Any) -> Iterator[str]:
    try:
        value = field.read(given)
    except ValueError as error:
        raise InputError(f"{verb}: `{field.key}`: {error}.") from None
    value = value.value if isinstance(value, Enum) else value
    for text in value if isinstance(value, list) else [value]:
        if field.option and field.kind is bool:
            yield from [field.option] if text else []
        elif field.option:
            yield f"{field.option}={text}"
        else:
            yield str(text)


def described(field: Field) -> dict[str, Any]:
    """The JSON Schema of what an option takes: texts and numbers as typed, lists and mappings for them."""
    if issubclass(field.kind, Enum):
        kind: dict[str, Any] = {"enum": [item.value for item in field.kind]}
    elif field.kind is list:
        kind = NAMED if "=" in field.metavar else SEVERAL
    else:
        kind = PLAIN.get(field.kind) or (SEVERAL if "," in field.metavar else TEXT)
    said = {"description": f"{field.help} ({field.metavar})" if field.metavar else field.help}
    least = {} if field.least is None else {"minimum": field.least}
    plain = isinstance(field.default, str | int | float) and field.default != ""
    return {**kind, **said, **least, **({"default": field.default} if plain else {})}


def verbs() -> dict[str, Described]:
    """All verbs by name, those of groups with the group before them."""
    from nutau.cli import app

    return {name: _described(name, command) for name, command in _commands(typer.main.get_command(app), "")}


def _commands(group: Any, before: str) -> Iterator[tuple[str, Any]]:
    for name in group.list_commands(None):
        command = group.commands[name]
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def _described(name: str, command: Any) -> Described:
    found = tuple(field for field in fields(command.callback) if field.argument != SAVE)
    return Described(name, (command.help or "").replace("\b", "").strip(), found)


def schema(names: Names = None) -> None:
    """Print the options of a verb, or of all verbs, as JSON Schema.

    An object that it describes is what analysis files hold, and what the tools of 'nutau mcp' take.

    Example: nutau schema predict

    Example: nutau schema plot plane
    """
    known = verbs()
    if not names:
        made = {name: verb.schema() for name, verb in known.items()}
        print_json({"schema": "nutau/schemas/1", "nutau": __version__, "verbs": made})
        return
    name = " ".join(names)
    if name not in known:
        raise unknown("verb", name, known)
    print_json(known[name].schema())
