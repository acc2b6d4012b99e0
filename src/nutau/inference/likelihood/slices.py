"""A likelihood with more of its parameters held: a slice of the whole, which shares what was compiled for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import unknown
from nutau.inference.likelihood.record import Likelihood


@dataclass(frozen=True, eq=False)
class Slice(Likelihood):
    """A likelihood whose free parameters are some of those of ``whole``; ``place`` are their positions there."""

    whole: Likelihood | None = None
    place: tuple[int, ...] = ()

    @property
    def _source(self) -> Likelihood:
        assert self.whole is not None
        return self.whole.switched(self.mode)

    def lifted(self, points: Array) -> Array:
        """Points ``(..., n)`` of the slice in the parameters of the whole, ``(..., m)``."""
        points, held = np.asarray(points, dtype=float), self.parametrisation.fixed
        found = np.empty((*points.shape[:-1], len(self._source.parametrisation)))
        for position, name in enumerate(self._source.parametrisation.names):
            found[..., position] = held.get(name, np.nan)
        found[..., list(self.place)] = points
        return found

    @cached_property
    def value_and_gradient(self) -> Callable[[Array], tuple[Array, Array]]:
        """-2 log L and its gradient at one point, compiled once for the whole."""

        def both(p: Array) -> tuple[Array, Array]:
            value, slope = self._source.value_and_gradient(self.lifted(p))
            return value, np.asarray(slope)[list(self.place)]

        return both

    @cached_property
    def _batch(self) -> Callable[[Array], Array]:
        return lambda points: self._source._batch(self.lifted(points))

    @cached_property
    def _fitted(self) -> Callable[[Array], Array]:
        return lambda p: self._source._fitted(self.lifted(p))


def held(whole: Likelihood, values: Mapping[str, float]) -> Slice:
    """The slice of a likelihood on which some of its free parameters have these values.

    Raises :class:`InputError` for a name that is not free.
    """
    chosen = whole.parametrisation
    for name in values:
        if name not in chosen.names:
            raise unknown("parameter of this fit", name, chosen.names)
    place = tuple(i for i, name in enumerate(chosen.names) if name not in values)
    narrower = replace(chosen, free=tuple(chosen.free[i] for i in place), fixed={**chosen.fixed, **values})
    other = whole.alternative
    beside = None if other is None else replace(other, parametrisation=narrower)
    parts = {name: value for name, value in whole.__getstate__().items() if name not in ("whole", "place")}
    parts |= {"parametrisation": narrower, "alternative": beside}
    return Slice(**parts, whole=whole, place=place)  # type: ignore[arg-type]
