"""The list ``mutants.yaml``: what is replaced where, and which tests should fail then."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).with_name("mutants.yaml")


@dataclass(frozen=True)
class Mutant:
    """``text`` in ``file`` (by its path in the repository) becomes ``becomes``; ``tests`` are pytest's names."""

    about: str
    file: str
    text: str
    becomes: str
    tests: tuple[str, ...]

    def applied(self, source: str) -> str:
        """The source with the change; ``ValueError`` unless the text is in it exactly once."""
        count = source.count(self.text)
        if count != 1:
            raise ValueError(
                f"{self.about!r}: the text is {count} times in {self.file}, not once: {self.text!r}"
            )
        return source.replace(self.text, self.becomes)


def mutants() -> tuple[Mutant, ...]:
    """All of the list, in its order."""
    rows = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    return tuple(Mutant(**row | {"tests": tuple(row["tests"])}) for row in rows)
