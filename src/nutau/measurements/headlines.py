"""Which measurement stands in which file, and what it replaces: seen in the text of the files, without reading YAML.

A data set needs some of the measurements, but of all of them what they are made of. The files are written in one style,
which the tests compare with what YAML says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from nutau.common import yaml_files
from nutau.common.files import read_text
from nutau.errors import InputError

FOLDER = "measurements"
_ENTRY = re.compile(r"(?m)^  - name: *(\S+) *$")
_LIST = re.compile(r"(?m)^    (supersedes|contained_in): *\[([^\]]*)\]")


@dataclass(frozen=True)
class Headline:
    """The file of a measurement (without ``.yaml``), and the names in its ``supersedes`` and ``contained_in``."""

    file: str
    supersedes: tuple[str, ...] = ()
    contained_in: tuple[str, ...] = ()


@cache
def headlines() -> Mapping[str, Headline]:
    """Of every measurement that comes with nutau, by its name."""
    found: dict[str, Headline] = {}
    for file in yaml_files.entries(FOLDER):
        for name, headline in _of_text(file, read_text(yaml_files.folder(FOLDER).joinpath(f"{file}.yaml"))):
            if name in found:
                raise InputError(
                    f"Two measurements are called {name}, in {FOLDER}/{found[name].file}.yaml and "
                    f"{FOLDER}/{file}.yaml."
                )
            found[name] = headline
    return MappingProxyType(found)


def _of_text(file: str, text: str) -> list[tuple[str, Headline]]:
    _, *parts = _ENTRY.split(text)
    found = []
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        lists = {key: tuple(re.findall(r"[^\s,]+", names)) for key, names in _LIST.findall(body)}
        found.append((name, Headline(file, **lists)))
    return found
