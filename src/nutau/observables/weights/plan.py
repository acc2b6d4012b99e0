"""What is computed of every event, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.decays.distribution import Density
from nutau.errors import InputError
from nutau.observables.weights.density import FlatPhaseSpace, Model, columns_of
from nutau.observables.weights.events import Events
from nutau.observables.weights.record import Terms, Total

CHUNK = 1 << 15
"""Events of a chunk, and their theory draws: the amplitudes of more leave the cache of a processor."""
ENTRIES = 1 << 20
"""Numbers of terms at a time."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Points ``(1, C)`` by column, draws and terms, over the density of a generator: one of ``source``, or flat.

    At which events, the widths of the points and of the generator in GeV, and what is said of all of it.
    """

    target: Model
    source: Model
    generator: Array | FlatPhaseSpace
    points: Mapping[str, Array]
    rates: Mapping[str, float]
    generated_rate: float
    draws: int
    seed: int
    terms: Terms | None
    events: Events
    record: Mapping[str, Any]
    notes: tuple[str, ...]
    _sums: dict[str, list[float]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        drawn = (f"{name}_draw_{k}" for name in self.points for k in range(self.draws))
        return (*self.points, *drawn, *(self.terms.names if self.terms else ()))

    def chunks(self, progress: Progress | None) -> Iterator[dict[str, Array]]:
        """Variables and weights of all events, some at a time."""
        count = len(self.events)
        self._sums.update({name: [0.0, 0.0] for name in self.points})
        for start in range(0, count, self._size):
            part = self.events.part(start, start + self._size)
            with np.errstate(over="ignore", invalid="ignore"):
                columns = self._columns(part, start)
            for name, sums in self._sums.items():
                apart = columns[name] - self._ratio(name)
                sums[0] += float(np.sum(apart))
                sums[1] += float(np.sum(apart**2))
            yield {**part.values, **columns}
            if progress is not None:
                progress(start + len(part), count)

    def totals(self) -> tuple[Total, ...]:
        """The sums of what :meth:`chunks` gave."""
        return tuple(
            Total(name, len(self.events), self._ratio(name), first, second)
            for name, (first, second) in self._sums.items()
        )

    def _ratio(self, name: str) -> float:
        return self.rates[name] / self.generated_rate

    def _columns(self, events: Events, first: int) -> dict[str, Array]:
        density = self.target.at(events)
        below = self._generated(events, density)
        empty = np.flatnonzero(events.inside & ~(below > 0.0))
        if empty.size:
            raise InputError(
                f"The generator makes no events like event {first + empty[0]} (the first is 0): its density there is "
                f"{below[empty[0]]:.3g}. State the generator that made the events, or drop this event."
            )
        scale = np.where(events.inside, 1.0 / np.where(events.inside, below, 1.0), 0.0)
        found = {name: scale * density(point) for name, point in self.points.items()}
        if self.draws:
            drawn = self.target.at(events, self._parameters)
            for name, point in self.points.items():
                rows = np.broadcast_to(drawn(point), (self.draws, len(events)))
                found |= {f"{name}_draw_{k}": scale * row for k, row in enumerate(rows)}
        if self.terms is not None:
            columns = columns_of(density, self.terms.kept, self.terms.elements, len(events)) * scale[:, None]
            found |= dict(zip(self.terms.names, columns.T, strict=True))
        for name, column in found.items():
            if not np.all(np.isfinite(column)):
                raise InputError(
                    f"The weights {name} are not finite: the coefficients or couplings are too large."
                )
        return {name: np.broadcast_to(column, len(events)) for name, column in found.items()}

    def _generated(self, events: Events, density: Density) -> Array:
        if isinstance(self.generator, FlatPhaseSpace):
            return self.generator(events)
        same = density if self.source is self.target else self.source.at(events)
        return np.broadcast_to(same(self.generator), len(events))

    @cached_property
    def _parameters(self) -> dict[str, Array]:
        return self.target.draws(self.draws, self.seed)

    @property
    def _size(self) -> int:
        size = CHUNK // (1 + self.draws)
        if self.terms is not None:
            size = min(size, ENTRIES // len(self.terms.elements))
        return max(size, 1)
