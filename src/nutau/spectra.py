r"""Differential branching ratios as functions: of q², Wilson coefficients and input parameters.

:func:`spectrum` gives a :class:`Spectrum`, which runs on NumPy and, with JAX arrays or under ``jax.jit``,
``jax.grad`` and ``jax.vmap``, on JAX: differentiable in every argument. It is what a reinterpretation of a binned
analysis needs as its theory (:meth:`Spectrum.function`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np

from nutau.algebra import Affine, vector
from nutau.arrays import Array, namespace
from nutau.decays import b_to_pll, b_to_plnu, b_to_pnunu, b_to_vll, b_to_vlnu, b_to_vnunu
from nutau.errors import InputError, unknown
from nutau.inputs import Inputs, load_inputs
from nutau.predictions import DRAWS, SEED
from nutau.wet.basis import MU_B, WET
from nutau.wet.running import running
from nutau.wilson import Basis

MODULES = (b_to_pnunu, b_to_vnunu, b_to_pll, b_to_vll, b_to_plnu, b_to_vlnu)
RATIOS_ONLY = frozenset({("e", "e"), ("mu", "mu")})
"""Leptons of b → sℓℓ whose rates leave out what cancels in ratios: they have no spectra."""

Values = Mapping[str, Any]

CHUNK = 5000
"""Draws times points whose forms are held at a time (30 MB)."""


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
        par = self.inputs.parameters.mapping() | changed
        xp = namespace(q2, *given.values(), *changed.values())
        points = xp.asarray(q2, dtype=float)
        inside = self._inside(points)
        matrix = self._matrix(par, xp.where(inside, points, 0.5 * sum(self.edges)), tuple(given))
        value = _evaluate(matrix, points.shape, list(given.values()))
        lifetime = par[self._row.lifetime]
        value = value * (_trailing(lifetime, value.ndim) if np.ndim(lifetime) else lifetime)
        if _traced(points):
            value = xp.where(_leading(inside, value.ndim), value, xp.nan)
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
        if draws < 1:
            raise InputError(f"{draws} theory draws: give at least 1.")
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

    def _matrix(self, par: Mapping[str, Array], points: Array, given: tuple[str, ...]) -> Array:
        """Forms in (1, given coefficients) at all points, ``(..., *points.shape, 1 + k, 1 + k)``."""
        forms = self._module.densities(self.inputs, par, self._row, points.reshape(-1), **self._options)
        form = forms[self.part]
        if self.scale == MU_B:  # the coefficients are the form's own: pick their rows
            rows = np.array([0, *(1 + form.basis.index(name) for name in given)])
            matrix = form.matrix[..., rows[:, None], rows]
        else:
            matrix = form.after(self._step.narrowed(given)).matrix
        return matrix.reshape(*matrix.shape[:-3], *points.shape, *matrix.shape[-2:])

    def _inside(self, points: Array) -> Array:
        """Whether points are in phase space; an error if one is not and its value is known."""
        low, high = self.edges
        slack = 1e-9 * high
        inside = (points >= low - slack) & (points <= high + slack)
        if not _traced(points) and not np.all(inside):
            first = np.asarray(points)[~np.asarray(inside)].flat[0]
            raise InputError(
                f"q² = {first:g} GeV² is outside phase space: {self.process} has {low:.5g} to {high:.5g} GeV²."
            )
        return inside

    def _check(self, coefficients: Values, parameters: Values) -> None:
        for name in coefficients:
            self._step.source.index(name, f"the spectrum of {self.process}")
        for name in parameters:
            self._parameter(name)
        for name, value in (*coefficients.items(), *parameters.items()):
            if not _traced(value) and not np.all(np.isfinite(np.asarray(value, dtype=complex))):
                raise InputError(f"{name} is {value}; finite numbers are needed.")

    def _parameter(self, name: str) -> None:
        known = self.inputs.parameters.names
        if name not in known:
            raise unknown("parameter or coefficient", name, [*self.coefficients, *known], self.inputs.name)


def spectrum(
    process: str,
    inputs: str | Inputs = "default",
    *,
    part: str = "rate",
    scale: float = MU_B,
    tree: bool = False,
) -> Spectrum:
    """The differential branching ratio of ``process``, for instance ``"B+->Knunu"``, as a function.

    ``part`` is ``"rate"`` or another density of the decay (``"longitudinal"``, ``"plus"``, ``"afb"``, ...);
    ``scale`` (GeV) is where coefficients are given; ``tree`` adds the tree-level τ to charged B → Kνν̄.
    Raises :class:`InputError` for an unknown process or part, and a scale outside the running.
    """
    chosen = load_inputs(inputs) if isinstance(inputs, str) else inputs
    name = process.strip().removeprefix("dBR/dq2(").removesuffix(")")
    rows = _rows()
    if name not in rows:
        raise unknown("process", name, rows)
    module, row = rows[name]
    options: dict[str, Any] = {}
    if tree:
        if module not in (b_to_pnunu, b_to_vnunu):
            raise InputError(f"{name} has no tree-level τ contribution; it is for B+->Knunu and B+->K*nunu.")
        options["tree"] = True
    made = Spectrum(name, chosen, part, float(scale), module, row, _running(scale, row.basis), options)
    middle = np.array([0.5 * sum(made.edges)])
    parts = module.densities(chosen, chosen.parameters.mapping(), row, middle)
    if part not in parts:
        raise unknown("part", part, parts, f"the spectrum of {name}")
    return made


def processes() -> tuple[str, ...]:
    """The decays that :func:`spectrum` knows."""
    return tuple(_rows())


def _rows() -> dict[str, tuple[ModuleType, Any]]:
    return {
        row.name: (module, row)
        for module in MODULES
        for row in module.PROCESSES
        if getattr(row, "leptons", None) not in RATIOS_ONLY
    }


def _traced(value: Array) -> bool:
    jax = sys.modules.get("jax")
    return jax is not None and isinstance(value, jax.core.Tracer)


def _leading(array: Array, rank: int) -> Array:
    """An array with axes of length 1 in front, up to a rank."""
    return array.reshape((1,) * (rank - array.ndim) + array.shape)


def _trailing(array: Array, rank: int) -> Array:
    """An array with axes of length 1 behind, up to a rank."""
    return array.reshape(array.shape + (1,) * (rank - array.ndim))


def _running(scale: float, basis: Basis) -> Affine:
    """From the coefficients at ``scale`` that run into those of ``basis`` at 4.8 GeV."""
    if scale == MU_B:
        return Affine.identity(basis)
    step = running(scale, basis)
    return step.narrowed(
        name for i, name in enumerate(WET.coefficients) if np.any(step.matrix[1:, 1 + i] != 0)
    )


def _evaluate(matrix: Array, shape: tuple[int, ...], values: list[Array]) -> Array:
    """Forms ``(draws..., *shape, m, m)`` at coefficients that broadcast with ``shape``."""
    xp = namespace(matrix, *values)
    draws = matrix.shape[: matrix.ndim - 2 - len(shape)]
    if not values:
        return xp.real(matrix[..., 0, 0])
    columns = [xp.asarray(value).astype(complex) for value in values]
    batch = np.broadcast_shapes(*(column.shape for column in columns))
    stacked = xp.stack([xp.broadcast_to(column, batch) for column in columns], axis=-1)
    rank = max(len(shape), len(batch))
    c = vector(stacked, matrix.shape[-1])
    c = c.reshape((1,) * (len(draws) + rank - len(batch)) + (*batch, c.shape[-1]))
    forms = xp.asarray(matrix).reshape((*draws, *(1,) * (rank - len(shape)), *shape, *matrix.shape[-2:]))
    return xp.real(xp.sum(xp.conj(c) * xp.einsum("...ij,...j->...i", forms, c), axis=-1))
