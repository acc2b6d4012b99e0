"""A scan: observables with theory errors, and -2 log L, at the points of a grid or of a sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.columns import Columns
from nutau.common.progress import Progress
from nutau.common.tables import html_table
from nutau.errors import InputError
from nutau.inference.expansion import TheoryModel
from nutau.inference.likelihood import Likelihood, Parametrisation, double_precision
from nutau.inference.scan.grid import Grid
from nutau.inference.scan.sample import Sample
from nutau.inference.work import Cluster, in_order, mapped, workers
from nutau.inputs import load_inputs
from nutau.models.missing import missing_warnings
from nutau.observables.perturbativity import above_one, too_large

CHUNK = 1 << 16
"""Points evaluated at once, and those of a part where nothing else is said."""
MANY = 10**6
"""From this many points on, compiling the observables with JAX (a second) pays: it is five times faster than NumPy."""
WIDE = 5
"""Expressions written out in more internal parameters than this are too long to compile."""
IN_MEMORY = 2 * 10**8
"""Numbers that a scan without a file may hold; more go to a file."""
AT_ONCE = 256
"""Chunks of rows that workers have computed and nobody has written yet."""


@dataclass(frozen=True, eq=False)
class Scan(Columns):
    """Points, and what to evaluate at them: nothing is computed before it is asked for.

    ``observables`` are the names that were asked for, with their bins; ``notes`` say what their numbers leave out, and
    ``record`` is what was asked for in plain words. Of rows with -2 log L not ``below`` a height above its ``lowest``
    none is kept. Work is done by the workers of a ``cluster``, if there is one.
    """

    grid: Grid | Sample
    parametrisation: Parametrisation
    observables: tuple[str, ...]
    theory_model: TheoryModel | None
    likelihood: Likelihood | None = None
    progress: Progress | None = None
    notes: tuple[str, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)
    below: float | None = None
    lowest: float | None = None
    cluster: Cluster = None

    def __getstate__(self) -> dict[str, object]:
        """The fields without what is compiled, what listens to progress and the cluster: these cannot be pickled."""
        kept = {item.name: getattr(self, item.name) for item in fields(self)}
        return kept | {"progress": None, "cluster": None}

    def __len__(self) -> int:
        """How many points."""
        return len(self.grid)

    def _repr_html_(self) -> str:
        grid = isinstance(self.grid, Grid)
        rows = [
            (axis.name, f"{axis.low:g}", f"{axis.high:g}", str(axis.count) if grid else "")
            for axis in self.grid.axes
        ]
        parts = [*self.observables, *(["χ²"] if self.likelihood is not None else [])]
        return html_table(
            ("parameter", "from", "to", "values"), rows, f"{', '.join(parts)} at {len(self)} points"
        )

    def predict(self, points: Array) -> tuple[Array, Array]:
        """Values and theory errors of points ``(points, n)``, both ``(points, obs)``."""
        if self.theory_model is None:
            return np.empty((len(points), 0)), np.empty((len(points), 0))
        internal = self.parametrisation.to_linear(points)
        if len(self) < MANY or internal.shape[-1] > WIDE:
            return self.theory_model.uncertainty(internal)
        return self._columns(internal)

    @double_precision
    def _columns(self, internal: Array) -> tuple[Array, Array]:
        """The same by one compiled expression an output, on chunks of one size, so that it is compiled once."""
        starts = range(0, max(len(internal), 1), CHUNK)
        values, errors = zip(*(self._chunk(internal[start : start + CHUNK]) for start in starts), strict=True)
        return np.concatenate(values), np.concatenate(errors)

    def _chunk(self, internal: Array) -> tuple[Array, Array]:
        count = len(internal)
        filled = np.zeros((min(CHUNK, 1 << max(count - 1, 0).bit_length()), internal.shape[-1]))
        filled[:count] = internal
        values, errors = self._compiled(*np.ascontiguousarray(filled.T))
        value, error = (
            np.stack([np.asarray(part)[:count] for part in parts], axis=-1) for parts in (values, errors)
        )
        return value, error

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What is missing, and what is impossible at the corners of the grid, where coefficients are largest."""
        corners = self.grid.corners()
        par = load_inputs().parameters.mapping()
        values = self.predict(corners)[0]
        rates = zip(self.observables, values.T, strict=True)
        large = too_large(self.parametrisation.wilson(corners, par), par)
        return (*missing_warnings(self.parametrisation.missing, self.observables), *large, *above_one(rates))

    @cached_property
    def _compiled(self) -> Callable[..., tuple[tuple[Array, ...], tuple[Array, ...]]]:
        import jax

        assert self.theory_model is not None
        return jax.jit(self.theory_model.columns)

    @property
    def points(self) -> Array:
        """The points, ``(..., n)``."""
        if self._alone:
            return self.grid.points(0, len(self)).reshape(*self.grid.shape, -1)
        return self._shaped(self._table[:, : len(self.grid.axes)])

    @property
    def values(self) -> Array:
        """Observables at the points, ``(..., obs)``."""
        return self._gathered(self.centrals(), len(self.observables)) if self._alone else self._column(0)

    @property
    def standard_deviations(self) -> Array:
        """Of the theory, to first order in the inputs, ``(..., obs)``."""
        return self._gathered(self.errors(), len(self.observables)) if self._alone else self._column(1)

    @property
    def chi2(self) -> Array:
        """-2 log L at the points, ``(...)``; needs data."""
        if self.likelihood is None:
            raise InputError("This scan has no data set, so no -2 log L; give `data`.")
        if self._alone:
            return self._gathered(self.heights(), 1)[..., 0]
        return self._shaped(self._table[:, -1:])[..., 0]

    @property
    def _alone(self) -> bool:
        """Whether columns are computed here, each when it is asked for; else all at once, by rows."""
        return self.cluster is None and self.below is None and not self.grid.adaptive

    def _column(self, which: int) -> Array:
        """Values (0) or errors (1)."""
        first, last = len(self.grid.axes), len(self.grid.axes) + 2 * len(self.observables)
        return self._shaped(self._table[:, first + which : last : 2])

    def _shaped(self, columns: Array) -> Array:
        shape = self.grid.shape if len(columns) == len(self) else (len(columns),)
        return columns.reshape(*shape, columns.shape[-1])

    def columns(self) -> dict[str, list[Any]]:
        """One line a point: parameters, values, standard deviations, -2 log L; what fits into memory."""
        return {name: self._table[:, place].tolist() for place, name in enumerate(self.header)}

    @cached_property
    def _table(self) -> Array:
        self.check_memory(len(self.header))
        with workers(self.cluster) as client:
            return np.concatenate([np.zeros((0, len(self.header))), *self.rows(client)])

    def save(
        self,
        path: str | Path,
        *,
        chunk: int | None = None,
        command: str = "",
        tell: Callable[[str], None] = lambda message: None,
    ) -> int:
        """Write all to a file or a folder (:mod:`nutau.inference.scan.save`), and say how many points were kept.

        ``.parquet`` is a folder with a file for each ``chunk`` of points, which goes on where it was interrupted;
        ``.npz``, ``.csv``, ``.root`` and ``.zarr`` appear when they are whole. ``command`` is noted in it, ``tell`` is
        told what is found broken. Raises :class:`InputError` for a place that cannot be written to.
        """
        from nutau.inference.scan.save import save

        with workers(self.cluster, tell) as client:
            return save(self, path, client, chunk=chunk, command=command, tell=tell)

    @property
    def header(self) -> list[str]:
        """The names of the columns of :meth:`rows`."""
        names = [name for label in self.observables for name in (label, f"standard deviation of {label}")]
        return [*self.grid.names, *names, *(["chi2"] if self.likelihood is not None else [])]

    def rows(self, client: Any = None) -> Iterator[Array]:
        """Points, values and errors in turn, -2 log L: chunks of rows ``(kept points, columns)``, in order."""
        if self.grid.adaptive:
            from nutau.inference.scan.adapt import rounds

            yield from rounds(self, client)
            return
        tasks = list(self.grid.chunks(CHUNK))
        progress = None if self.progress is None else self._reported
        yield from in_order(mapped(chunk, self, tasks, client=client, progress=progress, at_once=AT_ONCE))

    def _reported(self, done: int, total: int) -> None:
        assert self.progress is not None
        self.progress(min(done * CHUNK, len(self)) if done < total else len(self), len(self))

    def at(self, points: Array) -> Array:
        """The rows of points ``(points, n)``, all of them."""
        value, error = self.predict(points)
        columns = [points, np.stack([value, error], axis=-1).reshape(len(points), -1)]
        if self.likelihood is not None:
            columns.append(self.likelihood.chi2(points)[:, None])
        return np.concatenate(columns, axis=1)

    def kept(self, rows: Array) -> Array:
        """The rows with -2 log L low enough."""
        if self.below is None or self.lowest is None:
            return rows
        return rows[rows[:, -1] - self.lowest < self.below]

    def _passes(self) -> int:
        return 2 * bool(self.observables) + (self.likelihood is not None)

    def _chunks(self, order: int, passes: int) -> Iterator[Array]:
        """Points, reporting progress as pass ``order`` of ``passes``."""
        for start, stop in self.grid.chunks(CHUNK):
            yield self.grid.points(start, stop)
            if self.progress is not None:
                self.progress(order * len(self) + stop, passes * len(self))

    def centrals(self) -> Iterator[Array]:
        """The values of all points, chunk by chunk."""
        for points in self._chunks(0, self._passes()):
            yield self.predict(points)[0]

    def errors(self) -> Iterator[Array]:
        """Their errors, chunk by chunk."""
        for points in self._chunks(1, self._passes()):
            yield self.predict(points)[1]

    def heights(self) -> Iterator[Array]:
        """-2 log L of all points, chunk by chunk."""
        assert self.likelihood is not None
        for points in self._chunks(self._passes() - 1, self._passes()):
            yield self.likelihood.chi2(points)[:, None]

    def _gathered(self, chunks: Iterator[Array], columns: int) -> Array:
        self.check_memory(columns)
        return np.concatenate(list(chunks)).reshape(*self.grid.shape, columns)

    def check_memory(self, columns: int) -> None:
        """Raise :class:`InputError` for more numbers than memory may hold."""
        if len(self) * max(columns, 1) > IN_MEMORY:
            raise InputError(
                f"{len(self):.3g} points with {columns} columns do not go into memory; save them to a file."
            )


def chunk(scan: Scan, ends: tuple[int, int]) -> Array:
    """The rows of points from one number to another: a task."""
    return scan.kept(scan.at(scan.grid.points(*ends)))
