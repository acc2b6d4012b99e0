"""A folder that keeps the results of finished tasks, so that what was interrupted, killed or lost goes on.

A file a task, written whole or not at all, beside a manifest that says what the work is. Nothing is pickled: results
are arrays in .npz files, whose checksums are verified when they are read; a broken one is named and computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import BadZipFile

import numpy as np

from nutau.common.arrays import Array
from nutau.common.files import writing
from nutau.common.progress import Progress
from nutau.inference.work.manifest import claim
from nutau.inference.work.mapped import mapped

Arrays = Mapping[str, Array]
Tell = Callable[[str], None]


def quiet(message: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Work:
    """Where tasks are done, by a Dask ``client`` or here, and the ``folder`` that keeps their results, if any.

    ``tell`` is told in words of what was found broken.
    """

    client: Any = None
    folder: Path | None = None
    tell: Tell = quiet

    def under(self, name: str) -> Work:
        """The same with a folder within the folder, for one of several pieces of work."""
        return self if self.folder is None else replace(self, folder=self.folder / quote(name, safe=", "))

    def done(
        self,
        function: Callable[[Any, Any], Arrays],
        shared: Any,
        tasks: Sequence[Any],
        *,
        request: Mapping[str, Any],
        numbers: Arrays,
        progress: Progress | None = None,
    ) -> Iterator[tuple[int, Arrays]]:
        """The place of each task and its arrays, those that the folder keeps first.

        ``request`` (plain data) and ``numbers`` say what the work is; a folder of other work is refused with
        :class:`InputError` (:func:`nutau.inference.work.manifest.claim`).
        """
        left = list(range(len(tasks)))
        if self.folder is not None:
            claim(self.folder, {**request, "tasks": len(tasks)}, numbers)
            kept = {place: arrays for place in left if (arrays := self._read(place)) is not None}
            left = [place for place in left if place not in kept]
            yield from kept.items()
        made = mapped(function, shared, [tasks[place] for place in left], client=self.client)
        for done, (number, arrays) in enumerate(made, len(tasks) - len(left) + 1):
            if self.folder is not None:
                with writing(_part(self.folder, left[number])) as draft:
                    np.savez(draft, **dict(arrays))
            yield left[number], arrays
            if progress is not None:
                progress(done, len(tasks))

    def _read(self, place: int) -> Arrays | None:
        assert self.folder is not None
        path = _part(self.folder, place)
        found = read_arrays(path)
        if found is None and path.exists():
            self.tell(f"{path} is broken; it is computed again.")
        return found


HERE = Work()
"""In this process, and nothing is kept."""


def read_arrays(path: Path) -> Arrays | None:
    """The arrays of an .npz file, checksums verified; nothing where it is not there or broken."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return dict(stored)
    except (OSError, ValueError, EOFError, BadZipFile):
        return None


def _part(folder: Path, place: int) -> Path:
    return folder / f"part-{place:08d}.npz"
