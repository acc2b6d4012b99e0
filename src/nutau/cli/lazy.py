"""Verbs that are read when they run: a page of help that lists them needs their names and first lines alone."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from copy import copy
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import typer
from typer.core import TyperCommand

from nutau.cli.arguments import Verbs
from nutau.cli.helping import prepare

MODE: Literal["rich"] = "rich"


@dataclass(frozen=True)
class Verb:
    """A verb by name: ``place`` is ``module:function`` or ``module:app``, ``line`` the first line of its help.

    ``saved`` are those with ``--save-analysis``.
    """

    name: str
    place: str
    line: str
    saved: bool = False

    def load(self) -> Any:
        """The command itself, as Typer makes it of the function or of the group of verbs."""
        module, name = self.place.split(":")
        found = getattr(import_module(module), name)
        if isinstance(found, typer.Typer):
            return typer.main.get_group(found)
        if self.saved:
            from nutau.cli.analysis import savable

            found = savable(self.name, found)
        alone = typer.Typer(add_completion=False, rich_markup_mode=MODE)
        alone.command(self.name)(found)
        return typer.main.get_command(alone)

    def shown(self) -> TyperCommand:
        """What lists of verbs show of it."""
        return TyperCommand(self.name, help=self.line, rich_markup_mode=MODE)


class _Commands(MutableMapping[str, Any]):
    """Commands by name, each loaded when it is looked up."""

    def __init__(self, verbs: Sequence[Verb]) -> None:
        self.verbs = {verb.name: verb for verb in verbs}
        self.loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self.loaded:
            self.loaded[name] = self.verbs[name].load()
        return self.loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self.loaded[name] = command

    def __delitem__(self, name: str) -> None:
        self.verbs.pop(name, None)
        self.loaded.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self.verbs or name in self.loaded

    def __iter__(self) -> Iterator[str]:
        return iter({**self.verbs, **self.loaded})

    def __len__(self) -> int:
        return len({**self.verbs, **self.loaded})


def group(verbs: Sequence[Verb]) -> type[Verbs]:
    """The class of a group of these verbs, for ``typer.Typer(cls=group(...))``."""

    class Lazy(Verbs):
        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            self.commands: Any = _Commands(verbs)

        def list_commands(self, ctx: Any) -> list[str]:
            return list(self.commands)

        def format_help(self, ctx: Any, formatter: Any) -> None:
            prepare()
            super(Lazy, _listed(self, verbs)).format_help(ctx, formatter)

        def shell_complete(self, ctx: Any, incomplete: str) -> Any:
            listed = copy(ctx)
            listed.command = _listed(self, verbs)
            return super(Lazy, listed.command).shell_complete(listed, incomplete)

    return Lazy


def _listed(whole: Any, verbs: Sequence[Verb]) -> Any:
    """The group with verbs that can be listed and not run."""
    made = copy(whole)
    made.commands = {verb.name: verb.shown() for verb in verbs}
    return made
