"""Command lines: every verb with its own options, taken from the command itself, and values of any kind."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main
from typer.testing import CliRunner

from fuzz.dice import Dice
from fuzz.values import NUMBERS, WORDS, word
from fuzz.verdict import Case, document, leftovers, message, patience
from nutau.cli import app
from nutau.errors import ComputationError, InputError, NutauError

SLOW = {"today", "reproduce", "explore"}
"""Verbs that take seconds when nothing is wrong: one in twenty of theirs is tried."""
PATIENT = {"compare-models", "invisible", "invisible-bins"}
"""Verbs and figures that take minutes then, and are not tried."""
CHEAP = {"--draws": "2", "--points": "3"}
"""Options that are given where a verb has them, so that a case takes less than seconds."""


def attack(dice: Dice, folder: Path) -> Iterator[Case]:
    """Command lines for some seconds, each run in this process in a folder of its own."""
    verbs = dict(_verbs(typer.main.get_command(app), ()))
    known = _words()
    for rng in dice:
        path = rng.choice(list(verbs))
        if path[-1] in PATIENT or (path[0] in SLOW and rng.random() < 0.95):
            continue
        place = _place(folder / f"case{dice.number}")
        os.chdir(place)
        yield _run(_line(rng, path, verbs[path], known), place)
        os.chdir(folder)
        shutil.rmtree(place)


def _place(folder: Path) -> Path:
    """A new folder with files that are named on command lines."""
    folder.mkdir()
    document = "eft: WET\nbasis: flavio\nscale: 4.8\nvalues: {}\n"
    for name in ("data.yaml", "wc.yaml", "empty.yaml", "locked.csv"):
        (folder / name).write_text("" if name == "empty.yaml" else document)
    (folder / "locked.csv").chmod(0o444)
    return folder


def _verbs(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, inner in command.commands.items():
        yield from _verbs(inner, (*path, name))


def _words() -> tuple[str, ...]:
    from nutau.measurements import dataset_names, measurements
    from nutau.models import MEDIATORS
    from nutau.observables import ALIASES, catalogue

    names = [*ALIASES, *(item.name for item in catalogue()), *(field.name for field in MEDIATORS)]
    names += [
        *dataset_names(),
        *measurements(),
        "delta",
        "kappa",
        "C1",
        "C3",
        "Re C9_bstautau",
        "CVL_bctaunutau",
    ]
    names += [
        "delta,kappa",
        "x1LL_33",
        "x1LL_33=1.0",
        "C9_bstautau=-10",
        "kappa=0:3:4",
        "data.yaml",
        "wc.yaml",
        "empty.yaml",
    ]
    return (
        *names,
        "locked.csv",
        "out.csv",
        "out.json",
        "out.pdf",
        "default",
        "flavio-2.7",
        "letter",
        "physical",
        "published",
    )


def _line(rng: random.Random, path: tuple[str, ...], verb: Any, known: tuple[str, ...]) -> list[str]:
    line = list(path)
    given = set()
    for parameter in rng.sample(verb.params, min(len(verb.params), rng.randrange(6))):
        option = parameter.opts[-1]
        if not option.startswith("-"):
            line += [word(rng, known) for _ in range(rng.randrange(3))]
        elif getattr(parameter, "is_flag", False):
            line.append(option)
        else:
            given.add(option)
            line += [option, rng.choice(NUMBERS) if rng.random() < 0.4 else word(rng, known)]
    for option, value in CHEAP.items():
        if option not in given and any(option in parameter.opts for parameter in verb.params):
            line += [option, value]
    if rng.random() < 0.05:
        line.insert(rng.randrange(len(line) + 1), rng.choice(WORDS))
    return line


def _run(line: list[str], folder: Path) -> Case:
    shown = repr([text if len(text) < 100 else f"{text[:60]}... ({len(text)} letters)" for text in line])
    try:
        with patience():
            found = CliRunner().invoke(app, line, input="")
    except BaseException as error:
        return Case("command", shown, f"{type(error).__name__}: {error}"[:500])
    return Case("command", shown, _judged(found, "--json" in line) or leftovers(folder))


def _judged(found: Any, as_json: bool) -> str:
    error = found.exception
    if isinstance(error, NutauError):
        expected = isinstance(error, (InputError, ComputationError))
        return message(f"nutau: {error}") if expected else f"a failure of ours: {error}"[:300]
    if error is not None and not isinstance(error, SystemExit):
        return f"{type(error).__name__}: {error}"[:500]
    if found.exit_code == 0:
        return document(found.stdout) if as_json and "Usage:" not in found.stdout else ""
    return (
        message(found.stderr)
        if found.exit_code == 2
        else f"exit code {found.exit_code}: {found.stderr[:300]}"
    )
