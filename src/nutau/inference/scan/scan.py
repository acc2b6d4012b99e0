"""``nutau.scan``: observables with theory errors, and -2 log L, on a grid of parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.common.columns import Columns
from nutau.common.files import check_file, writing
from nutau.common.given import several
from nutau.common.progress import Progress
from nutau.common.tables import html_table
from nutau.errors import InputError
from nutau.inference.expansion import TheoryModel
from nutau.inference.likelihood import (
    Likelihood,
    Parametrisation,
    double_precision,
    likelihood,
    parametrisation,
)
from nutau.inference.likelihood.compiled import compiled
from nutau.inference.scan import write
from nutau.inference.scan.grid import Grid
from nutau.inference.theory_model import on_internal
from nutau.inputs import InputSet, load_inputs
from nutau.measurements import DataSet, Observable
from nutau.models.boxes import box_warnings
from nutau.observables.perturbativity import above_one, too_large
from nutau.observables.predictions import DRAWS
from nutau.observables.requests import Request, label, requested

CHUNK = 1 << 18
"""Points evaluated at once."""
MANY = 10**6
"""From this many points on, compiling the observables with JAX (a second) pays: it is five times faster than NumPy."""
WIDE = 5
"""Expressions written out in more internal parameters than this are too long to compile."""
IN_MEMORY = 2 * 10**8
"""Numbers that a scan without a file may hold; more go to a file."""


@dataclass(frozen=True, eq=False)
class Scan(Columns):
    """A grid, and what to evaluate on it: nothing is computed before it is asked for.

    ``observables`` are the names that were asked for, with their bins; ``notes`` say what their numbers leave out.
    """

    grid: Grid
    parametrisation: Parametrisation
    observables: tuple[str, ...]
    theory_model: TheoryModel | None
    likelihood: Likelihood | None = None
    progress: Progress | None = None
    notes: tuple[str, ...] = ()

    def __getstate__(self) -> dict[str, object]:
        """The fields without what is compiled, and without the listener to progress: neither can be pickled."""
        return {item.name: getattr(self, item.name) for item in fields(self)} | {"progress": None}

    def __len__(self) -> int:
        """How many points."""
        return len(self.grid)

    def _repr_html_(self) -> str:
        rows = [(axis.name, f"{axis.low:g}", f"{axis.high:g}", str(axis.count)) for axis in self.grid.axes]
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
        filled = np.zeros((CHUNK, internal.shape[-1]))
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
        return (*box_warnings(self.parametrisation.boxes, self.observables), *large, *above_one(rates))

    @cached_property
    def _compiled(self) -> Callable[..., tuple[tuple[Array, ...], tuple[Array, ...]]]:
        import jax

        assert self.theory_model is not None
        return jax.jit(self.theory_model.columns)

    @property
    def values(self) -> Array:
        """Observables on the grid, ``(..., obs)``."""
        return self._gathered(self._centrals(), len(self.observables))

    @property
    def uncertainties(self) -> Array:
        """Their theory errors, ``(..., obs)``."""
        return self._gathered(self._errors(), len(self.observables))

    @property
    def chi2(self) -> Array:
        """-2 log L on the grid, ``(...)``; needs data."""
        return self._gathered(self._chi2(), 1)[..., 0]

    def columns(self) -> dict[str, list[Any]]:
        """One line a point of the grid: parameters, values, uncertainties, -2 log L; what fits into memory."""
        self._check_memory(len(self._header()))
        table = np.concatenate(list(self._rows()))
        return {name: table[:, place].tolist() for place, name in enumerate(self._header())}

    def save(self, path: str | Path) -> None:
        """Write .npz (``value`` and ``uncertainty`` ``(..., obs)``, ``chi2``, axes) or .csv (a row a point).

        The file appears when it is whole. Raises :class:`InputError` for a place that cannot be written to.
        """
        target = check_file(path, write.SUFFIXES)
        with writing(target) as draft:
            if target.suffix.lower() == ".csv":
                write.csv(draft, self._header(), self._rows())
            else:
                self._save_npz(draft)

    def _save_npz(self, target: Path) -> None:
        small: dict[str, Any] = {f"axis{i}": axis.values for i, axis in enumerate(self.grid.axes)}
        small |= {"parameters": np.array(self.grid.names), "observables": np.array(self.observables)}
        small |= {"notes": np.array(self.notes)} if self.notes else {}
        shape = (*self.grid.shape, len(self.observables))
        large: dict[str, tuple[tuple[int, ...], write.Chunks]] = {}
        if self.observables:
            large |= {"value": (shape, self._centrals), "uncertainty": (shape, self._errors)}
        if self.likelihood is not None:
            large["chi2"] = (self.grid.shape, self._chi2)
        write.npz(target, small, large)

    def _passes(self) -> int:
        return 2 * bool(self.observables) + (self.likelihood is not None)

    def _chunks(self, order: int, passes: int) -> Iterator[Array]:
        """Points of the grid, reporting progress as pass ``order`` of ``passes``."""
        for start, stop in self.grid.chunks(CHUNK):
            yield self.grid.points(start, stop)
            if self.progress is not None:
                self.progress(order * len(self) + stop, passes * len(self))

    def _centrals(self) -> Iterator[Array]:
        for points in self._chunks(0, self._passes()):
            yield self.predict(points)[0]

    def _errors(self) -> Iterator[Array]:
        for points in self._chunks(1, self._passes()):
            yield self.predict(points)[1]

    def _chi2(self) -> Iterator[Array]:
        if self.likelihood is None:
            raise InputError("This scan has no data set, so no -2 log L; give `data`.")
        for points in self._chunks(self._passes() - 1, self._passes()):
            yield self.likelihood.chi2(points)[:, None]

    def _rows(self) -> Iterator[Array]:
        for points in self._chunks(0, 1):
            value, error = self.predict(points)
            pairs = np.stack([value, error], axis=-1).reshape(len(points), -1)
            columns = [points, pairs]
            if self.likelihood is not None:
                columns.append(self.likelihood.chi2(points)[:, None])
            yield np.concatenate(columns, axis=1)

    def _header(self) -> list[str]:
        names = [name for label in self.observables for name in (label, f"uncertainty of {label}")]
        return [*self.grid.names, *names, *(["chi2"] if self.likelihood is not None else [])]

    def _check_memory(self, columns: int) -> None:
        if len(self) * max(columns, 1) > IN_MEMORY:
            raise InputError(
                f"{len(self):.3g} points with {columns} columns do not go into memory; save them to a file."
            )

    def _gathered(self, chunks: Iterator[Array], columns: int) -> Array:
        self._check_memory(columns)
        return np.concatenate(list(chunks)).reshape(*self.grid.shape, columns)


@checked
def scan(
    parameters: Mapping[str, tuple[float, float, int]] | str,
    observables: Sequence[str] = (),
    *,
    data: DataSet | str | Path | None = None,
    q2: Any = None,
    model: str | None = None,
    mass: float | None = None,
    inputs: InputSet = "default",
    running: str | Path | None = None,
    convention: str = "physical",
    fixed: Mapping[str, float] | None = None,
    scale: float | None = None,
    mode: str = "fast",
    draws: int = DRAWS,
    progress: Progress | None = None,
) -> Scan:
    """Observables with theory errors and, with ``data``, -2 log L on a grid of any fit parameters.

    ``parameters`` as ``{"C1": (-0.1, 0.1, 201)}`` or ``"C1=-0.1:0.1:201,C3=-0.1:0.1:201"``; their names and the other
    options are those of :func:`nutau.fit`. Work happens when results are asked for or saved, in chunks, so a grid may
    be as large as the disk. Raises :class:`InputError`.

    >>> import nutau
    >>> nutau.scan("C1=-0.1:0.1:5", ["Rnunu(K)"], draws=0).values.shape
    (5, 1)
    """
    grid = Grid.of(parameters)
    names = () if observables is None else several("observables", observables)
    if not names and data is None:
        raise InputError(
            'Nothing to scan: name observables, for instance "Rnunu(K)", or give `data` for -2 log L.'
        )
    chosen = parametrisation(
        grid.names, model=model, mass=mass, running=running, convention=convention, fixed=fixed, scale=scale
    )
    setting = load_inputs(inputs)
    theory_model, asked = None, []
    if names:
        asked = list(requested(names, q2, inputs=setting))
        found = compiled([measured(request) for request in asked], chosen, setting, draws=draws)
        named = zip(found, asked, strict=True)
        theory_model = on_internal(
            [replace(formula, observable=label(request)) for formula, request in named]
        )
    made = None
    if data is not None:
        made = likelihood(data, chosen, inputs=setting, mode=mode, draws=draws, alternative=False)
    labels = tuple(label(request) for request in asked)
    notes = tuple(f"{label(request)}: {request.note}" for request in asked if request.note)
    return Scan(grid, chosen, labels, theory_model, made, progress, notes)


def measured(request: Request) -> Observable:
    """An observable as asked for, as measurements name it."""
    return Observable(f"{request.name}/SM" if request.relative else request.name, request.q2)
