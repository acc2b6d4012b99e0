"""Random numbers of each case, from the seed, the entrance and the number of the case alone."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator


class Dice:
    """Random numbers case by case, for some seconds; or those of one case."""

    def __init__(self, seed: int, entrance: str, seconds: float, case: int | None = None) -> None:
        self.seed, self.entrance = seed, entrance
        self.number = 0
        self._seconds, self._case = seconds, case

    def __iter__(self) -> Iterator[random.Random]:
        if self._case is not None:
            self.number = self._case
            yield self._of(self._case)
            return
        end = time.monotonic() + self._seconds
        while time.monotonic() < end:
            self.number += 1
            yield self._of(self.number)

    def _of(self, number: int) -> random.Random:
        return random.Random(f"{self.seed} {self.entrance} {number}")

    @property
    def again(self) -> str:
        """The command that makes the present case again."""
        return f"python -m fuzz --seed {self.seed} --only {self.entrance} --case {self.number}"
