"""The record of a differential branching ratio."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.given import array_of
from nutau.common.kinematics import check_points, in_phase_space, shown_range
from nutau.common.tables import html_table
from nutau.eft.algebra import Affine, Quadratic
from nutau.eft.wet.basis import MU_B
from nutau.errors import InputError, short, unknown
from nutau.inputs import Inputs
from nutau.observables.predictions import DRAWS, SEED
from nutau.observables.spectra.evaluation import evaluate, leading, traced, trailing

Values = Mapping[str, Any]

CHUNK = 2000
"""Draws times points whose forms are held at a time (37 MB)."""

REMEMBERED = 4000
"""Up to so many points, the forms of the last two sets of points are kept (74 MB each)."""


@dataclass(frozen=True, eq=False)  # by identity, so that jax.jit can take it
class Spectrum:
    r""":math:`d\mathcal{B}/dq^2` of one decay in GeV⁻², as a function.

    ``coefficients`` are the names that it takes, at the scale (GeV) it was made for.
    """

    process: str
    inputs: Inputs
    part: str
    scale: float
    _module: ModuleType
    _row: Any
    _step: Affine
    _options: Mapping[str, Any] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        """The fields, the module of the decay by its name; what is remembered is left behind."""
        return {item.name: getattr(self, item.name) for item in fields(self)} | {
            "_module": self._module.__name__
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """With the module of the decay in place of its name."""
        self.__dict__.update(state | {"_module": import_module(state["_module"])})

    def _repr_html_(self) -> str:
        row = (self.process, shown_range(self.edges), ", ".join(self.coefficients), f"{self.scale:g} GeV")
        return html_table(
            ("decay", "q² in GeV²", "coefficients", "at"), [row], f"dBR/dq², inputs {self.inputs.name}"
        )

    def __repr__(self) -> str:
        """The decay, its range, and what it depends on, in one line."""
        return (
            f"Spectrum({self.process}: {self.part}, q² {shown_range(self.edges)} GeV², "
            f"{len(self.coefficients)} coefficients at {self.scale:g} GeV, inputs {self.inputs.name})"
        )

    def __call__(
        self, q2: Array, coefficients: Values | None = None, parameters: Values | None = None
    ) -> Array:
        """The spectrum at ``q2`` (GeV²) for new physics ``coefficients`` and changed input ``parameters``.

        Shapes of ``q2`` and of the coefficients broadcast. Parameters are numbers, or all of one shape
        ``(draws,)``, which becomes the leading axis of the result. Raises :class:`InputError` for names that do
        not exist, for NaN, and for q² outside phase space; where q² is a JAX tracer the value there is NaN.
        """
        given = dict(coefficients or {})
        changed = dict(parameters or {})
        self._check(given, changed)
        par = self.inputs.parameters.mapping() | changed if changed else None
        xp = namespace(q2, *given.values(), *changed.values())
        points = _real(q2, xp)
        inside = self._inside(points)
        matrix = self._matrix(par, xp.where(inside, points, 0.5 * sum(self.edges)), tuple(given))
        value = evaluate(matrix, points.shape, list(given.values()))
        name = self._row.lifetime
        lifetime = changed[name] if name in changed else self.inputs.parameters[name]
        value = value * (trailing(lifetime, value.ndim) if np.ndim(lifetime) else lifetime)
        if traced(points):
            value = xp.where(leading(inside, value.ndim), value, xp.nan)
        return value

    def draws(
        self,
        q2: Array,
        coefficients: Values | None = None,
        *,
        draws: int = DRAWS,
        seed: int = SEED,
        groups: tuple[str, ...] | None = None,
    ) -> Array:
        """The spectrum of theory draws, ``(draws, ...)``: all inputs vary, or those of some ``groups``."""
        if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or draws < 1:
            raise InputError(f"{draws!r} theory draws: give a whole number, at least 1.")
        sampled = self.inputs.parameters.sample(draws, seed, groups=groups)
        size = max(
            1, CHUNK // max(1, np.size(q2))
        )  # the forms of all draws at all points would fill the memory
        parts = [
            self(q2, coefficients, {name: values[start : start + size] for name, values in sampled.items()})
            for start in range(0, draws, size)
        ]
        return namespace(*parts).concatenate(parts)

    def function(self, *names: str) -> Callable[..., Array]:
        """The spectrum as ``f(q2, value, value, ...)`` of coefficients and input parameters in a fixed order.

        This is the ``alt_dist`` of redistpy, and without names the ``null_dist``; on pyhf's JAX backend the
        likelihood is then differentiable in them. Raises :class:`InputError` for unknown names.
        """
        known = set(self.coefficients)
        for name in names:
            if name not in known:
                self._parameter(name)

        def density(q2: Array, *values: Array) -> Array:
            if len(values) != len(names):
                raise InputError(f"{len(values)} values for {len(names)} names: {', '.join(names)}.")
            given = dict(zip(names, values, strict=True))
            return self(
                q2,
                {name: value for name, value in given.items() if name in known},
                {name: value for name, value in given.items() if name not in known},
            )

        return density

    @property
    def coefficients(self) -> tuple[str, ...]:
        """The Wilson coefficients that the spectrum depends on."""
        return self._step.source.coefficients

    @cached_property
    def edges(self) -> tuple[float, float]:
        """The range of q² in GeV², at the central masses."""
        low, high = self._row.edges(self.inputs.parameters.mapping())
        return float(low), float(high)

    def _matrix(self, par: Mapping[str, Array] | None, points: Array, given: tuple[str, ...]) -> Array:
        """Forms in (1, given coefficients) at all points, ``(..., *points.shape, 1 + k, 1 + k)``."""
        flat = points.reshape(-1)
        if par is None and namespace(flat) is np and flat.size <= REMEMBERED:
            form = self._remembered(flat.tobytes())
        else:
            form = self._form(self.inputs.parameters.mapping() if par is None else par, flat)
        if self.scale == MU_B:  # the coefficients are the form's own: pick their rows, and those of conj C
            own = np.array([1 + form.basis.index(name) for name in given], dtype=int)
            count = len(form.basis)
            rows = np.concatenate([[0], own, own + count if form.matrix.shape[-1] > 1 + count else own[:0]])
            matrix = form.matrix[..., rows[:, None], rows]
        else:
            matrix = form.after(self._step.narrowed(given)).matrix
        return matrix.reshape(*matrix.shape[:-3], *points.shape, *matrix.shape[-2:])

    def _form(self, par: Mapping[str, Array], points: Array) -> Quadratic:
        densities = self._module.densities(self.inputs, par, self._row, points, **self._options)
        return densities[self.part]

    @cached_property
    def _remembered(self) -> Callable[[bytes], Quadratic]:
        """Forms at central parameters by points: a scan over coefficients asks for the same points again."""

        def at(points: bytes) -> Quadratic:
            return self._form(self.inputs.parameters.mapping(), np.frombuffer(points))

        return lru_cache(maxsize=2)(at)

    def _inside(self, points: Array) -> Array:
        """Whether points are in phase space; an error if one is not and its value is known."""
        if not traced(points):
            check_points(np.asarray(points), self.edges, self.process)
        return in_phase_space(points, self.edges)

    def _check(self, coefficients: Values, parameters: Values) -> None:
        for name in coefficients:
            self._step.source.index(name, f"the spectrum of {self.process}")
        for name in parameters:
            self._parameter(name)
        for given, kind in ((coefficients, complex), (parameters, float)):
            for name, value in given.items():
                found = value if namespace(value) is not np else array_of(value, kind)
                if found is None or (not traced(value) and not np.all(np.isfinite(np.asarray(found)))):
                    words = "real numbers" if kind is float else "numbers"
                    raise InputError(f"{name} is {short(value)}; finite {words} are needed.")

    def _parameter(self, name: str) -> None:
        known = self.inputs.parameters.names
        if name not in known:
            raise unknown("parameter or coefficient", name, [*self.coefficients, *known], self.inputs.name)


def _real(q2: Any, xp: Any) -> Array:
    """q² as an array of real numbers; :class:`InputError` for anything else."""
    of_jax = namespace(q2) is not np
    found = q2 if of_jax else array_of(q2, float)
    if found is None or np.iscomplexobj(found):
        raise InputError(f"q² is {short(q2)}; real numbers of GeV² are needed.")
    return xp.asarray(found, dtype=float)
