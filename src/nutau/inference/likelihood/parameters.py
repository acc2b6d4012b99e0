r"""Fit parameters by name, and the parameter spaces that they belong to.

A parameter space maps its parameters to *internal* real parameters, in which every coefficient is affine, so a theory
model of polynomials is built once (:mod:`nutau.inference.theory_model`):

========================== ================================ ==========================================
parameter space            parameters                       internal parameters
========================== ================================ ==========================================
:class:`Line`              ``delta``, ``kappa``             :math:`\delta`, :math:`\kappa\delta`
:class:`Warsaw`            ``C1``, ``C3``, any name (TeV⁻²) the same
:class:`Symmetric`         ``MFV:lq1:1:Y`` (TeV⁻²)          the same
:class:`Weak`              any WET name, ``C9U``,           the same
                           ``C9U@1.1-6``
:class:`MediatorCouplings` couplings of a mediator          the Warsaw coefficients they reach (TeV⁻²)
:class:`Invisible`         ``invisible``, a coupling        the same
========================== ================================ ==========================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.decays.invisible.hypotheses import HYPOTHESES
from nutau.eft.algebra import Affine
from nutau.eft.smeft.basis import EFT, canonical, from_full_sum, is_real, warsaw
from nutau.eft.smeft.flavour import is_symmetric, structure
from nutau.eft.smeft.matching import constants
from nutau.eft.smeft.matching_and_running import match_and_run
from nutau.eft.wet.basis import MU_B, UNIVERSAL, WET
from nutau.eft.wet.full import FULL
from nutau.eft.wet.running import running as wet_running
from nutau.eft.wet.z_couplings import Z_COUPLINGS
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError, unknown
from nutau.inference.likelihood.windows import split_window
from nutau.models import Mediator
from nutau.models.model import PERTURBATIVE, Model
from nutau.models.two_field import TEV2, c3_from_delta
from nutau.observables.invisible import NAME as INVISIBLE

SHORT = {"C1": "lq1_3323", "C3": "lq3_3323"}
"""The letter's names."""
PARTS = {"Re": 1.0, "Im": 1j}
SAMPLES, DEPENDENT = 256, 1e-10
"""Random couplings by which linear relations between coefficients are found, and what is left of a column in one."""


@dataclass(frozen=True)
class Theory:
    """How coefficients reach 4.8 GeV: ``running`` ``"none"`` or ``"full"`` from ``scale`` (GeV), sign convention.

    ``target`` are the coefficients that are wanted, :data:`FULL` or that with the amplitudes of the tails.
    """

    running: str | Path = "none"
    scale: float | None = None
    convention: str = "physical"
    target: Basis = FULL

    def smeft(self, source: Basis, par: Mapping[str, Array]) -> Affine:
        """Warsaw coefficients (GeV⁻²) to ``target``, with the constants of the rates; axes of ``par`` lead."""
        c = constants(par, MU_B, self.convention)
        return match_and_run(
            source, c, self.scale, running=self.running, convention=self.convention, target=self.target
        )


@dataclass(frozen=True)
class Parameter:
    """A fit parameter: where it may lie, and its natural size (``None``: from the data, with the others at zero)."""

    name: str
    size: float | None = None
    low: float = -inf
    high: float = inf


class ParameterSpace(Protocol):
    """Parameters that share a map to coefficients."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The fit parameters, n of them."""

    @property
    def internal(self) -> tuple[str, ...]:
        """The names of the internal parameters, m of them."""

    @property
    def exchanged(self) -> tuple[tuple[Mediator, float], ...]:
        """The mediators with their masses in GeV; none where coefficients are given themselves."""

    def to_linear(self, values: Array) -> Array:
        """Fit parameters ``(..., n)`` to internal ones ``(..., m)``; NumPy or JAX."""

    def step(self, par: Mapping[str, Array], theory: Theory) -> Affine:
        """Internal parameters to ``theory.target``, or beside it; axes of ``par`` (theory draws) lead."""


def real_basis(names: tuple[str, ...]) -> Basis:
    """A basis of real parameters."""
    return Basis("real", "parameters", names)


def split(name: str) -> tuple[complex, str]:
    """``"Im C9_bstautau"`` as (1j, ``"C9_bstautau"``); a bare name means the real part."""
    part, _, rest = name.partition(" ")
    return (PARTS[part], rest.strip()) if part in PARTS and rest else (1.0, name)


@dataclass(frozen=True)
class Line:
    r"""The letter's models: ``lq3_3323`` from :math:`\delta(C_V-C_A)` at tree level, ``lq1_3323`` = κ ``lq3_3323``."""

    parameters: tuple[Parameter, ...] = (
        Parameter("delta", 0.07, -1.0, 1.0),
        Parameter("kappa", 2.0, -10.0, 10.0),
    )
    internal: tuple[str, ...] = ("delta", "kappa delta")
    exchanged: ClassVar[tuple[tuple[Mediator, float], ...]] = ()

    def to_linear(self, values: Array) -> Array:
        """(δ, κ) to (δ, κδ)."""
        xp = namespace(values)
        delta, kappa = values[..., 0], values[..., 1]
        return xp.stack([delta, kappa * delta], axis=-1)

    def step(self, par: Mapping[str, Array], theory: Theory) -> Affine:
        """C3 = -δ V_cb/(v² V_cs), draw by draw."""
        source = Basis(EFT, warsaw().name, ("lq1_3323", "lq3_3323"))
        unit = np.asarray(c3_from_delta(1.0, constants(par, MU_B, theory.convention))) * TEV2
        columns = unit[..., None, None] * np.array([[0.0, 1.0], [1.0, 0.0]])
        step = theory.smeft(source, par)
        return step @ Affine.from_parts(real_basis(self.internal), source, linear=columns)


@dataclass(frozen=True)
class Coefficients:
    """Parameters that are coefficients themselves: ``Re``, ``Im`` or bare (real part)."""

    names: tuple[str, ...]
    exchanged: ClassVar[tuple[tuple[Mediator, float], ...]] = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """One a name."""
        return tuple(Parameter(name) for name in self.names)

    @property
    def internal(self) -> tuple[str, ...]:
        """The same."""
        return self.names

    def to_linear(self, values: Array) -> Array:
        """The identity."""
        return values


@dataclass(frozen=True)
class Warsaw(Coefficients):
    """Warsaw coefficients in TeV⁻² at the scale of new physics."""

    def step(self, par: Mapping[str, Array], theory: Theory) -> Affine:
        """TeV⁻² to GeV⁻², then to WET."""
        found = []
        for name in self.names:
            unit, key = split(name)
            key, conjugate = canonical(SHORT.get(key, key))
            found.append((key, np.conj(unit) if conjugate else unit))
        source = Basis(EFT, warsaw().name, tuple(dict.fromkeys(key for key, _ in found)))
        columns = np.zeros((len(source), len(found)), dtype=complex)
        for column, (key, unit) in enumerate(found):
            columns[source.index(key), column] = unit * TEV2
        return theory.smeft(source, par) @ Affine.from_parts(real_basis(self.names), source, linear=columns)


@dataclass(frozen=True)
class Symmetric(Coefficients):
    """Numbers of a flavour symmetry in TeV⁻² at the scale of new physics (:mod:`nutau.eft.smeft.flavour`)."""

    def step(self, par: Mapping[str, Array], theory: Theory) -> Affine:
        """To all Warsaw coefficients that the symmetry joins, with the CKM matrix of each draw; then to WET."""
        arrays = []
        for name in self.names:
            unit, key = split(name)
            found = structure(key)
            arrays.append((found.operator, found.array(par, unit * TEV2)))
        made = [from_full_sum({operator: array}, MU_B) for operator, array in arrays]
        moved = [np.abs(w.values).reshape(-1, len(w.basis)).max(axis=0) > 0 for w in made]
        reached = [
            key for w, moves in zip(made, moved, strict=True)
            for key, there in zip(w.basis.coefficients, moves, strict=True) if there
        ]  # fmt: skip
        source = Basis(EFT, warsaw().name, tuple(dict.fromkeys(reached)))
        batch = np.broadcast_shapes(*(w.values.shape[:-1] for w in made))
        columns = np.zeros((*batch, len(source), len(made)), dtype=complex)
        for column, (w, moves) in enumerate(zip(made, moved, strict=True)):
            rows = [source.index(w.basis.coefficients[i]) for i in np.flatnonzero(moves)]
            columns[..., rows, column] = w.values[..., moves]
        return theory.smeft(source, par) @ Affine.from_parts(real_basis(self.names), source, linear=columns)


@dataclass(frozen=True)
class Weak(Coefficients):
    """WET coefficients at ``scale`` (GeV); ``C9U`` is one of all charged leptons.

    Those of a window in q² (:mod:`nutau.inference.likelihood.windows`) are moved in all observables here.
    """

    scale: float = MU_B

    def step(self, par: Mapping[str, Array], theory: Theory) -> Affine:
        """Nothing, or the running to 4.8 GeV."""
        columns = np.zeros((len(theory.target), len(self.names)), dtype=complex)
        for column, name in enumerate(self.names):
            unit, key = split(name)
            key, _ = split_window(key)
            columns[[theory.target.index(one) for one in UNIVERSAL.get(key, (key,))], column] = unit
        if self.scale != MU_B:  # those of tau and Z decays are at the scale of the decay
            columns[: len(WET)] = np.asarray(wet_running(self.scale).matrix)[1:, 1:] @ columns[: len(WET)]
        return Affine.from_parts(real_basis(self.names), theory.target, linear=columns)


class Matched:
    """Couplings that match to Warsaw coefficients, not linearly: what :meth:`smeft` gives of them is the internal part.

    Real and imaginary parts that are a fixed linear combination of others, whatever the couplings, are no internal
    parameters: two couplings have eight products of second and fourth degree, however many coefficients they reach.
    """

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The couplings."""
        raise NotImplementedError

    def smeft(self, values: Array) -> Wilson:
        """Warsaw coefficients in GeV⁻² of couplings ``(..., n)``."""
        raise NotImplementedError

    @cached_property
    def _reached(self) -> Reached:
        samples = np.random.default_rng(1).standard_normal((SAMPLES, len(self.parameters)))
        wilson = self.smeft(samples)
        values = np.asarray(wilson.values)
        size = np.abs(values).max(initial=0.0)
        parts, columns = [], []
        for position, key in enumerate(wilson.basis.coefficients):
            for unit in PARTS.values():
                column = (values[:, position] / unit).real
                if np.abs(column).max() > 1e-12 * size and not (unit == 1j and is_real(key)):
                    parts.append((position, unit))
                    columns.append(column)
        kept, combined = _spanning(np.array(columns).T.reshape(SAMPLES, len(parts)))
        return Reached(wilson.basis.coefficients, tuple(parts), kept, combined)

    @property
    def internal(self) -> tuple[str, ...]:
        """``Re KEY`` and ``Im KEY`` of the coefficients that the others are combinations of."""
        reached = self._reached
        found = (reached.parts[place] for place in reached.kept)
        return tuple(f"{'Re' if unit == 1.0 else 'Im'} {reached.keys[position]}" for position, unit in found)

    def to_linear(self, values: Array) -> Array:
        """Couplings to Warsaw coefficients in TeV⁻²: quadratic, of boxes quartic."""
        xp = namespace(values)
        wilson = self.smeft(values)
        found = (self._reached.parts[place] for place in self._reached.kept)
        columns = [xp.real(wilson.values[..., position] / unit) / TEV2 for position, unit in found]
        return xp.stack(columns, axis=-1)

    def step(self, par: Mapping[str, Array], theory: Theory) -> Affine:
        """TeV⁻² to GeV⁻², then to WET."""
        reached = self._reached
        used = tuple(dict.fromkeys(reached.keys[position] for position, _ in reached.parts))
        source = Basis(EFT, warsaw().name, used)
        columns = np.zeros((len(source), len(reached.kept)), dtype=complex)
        for (position, unit), row in zip(reached.parts, reached.combined, strict=True):
            columns[source.index(reached.keys[position])] += unit * TEV2 * row
        return theory.smeft(source, par) @ Affine.from_parts(
            real_basis(self.internal), source, linear=columns
        )


class Reached(NamedTuple):
    """The coefficients that couplings reach: real and imaginary parts (position in ``keys``, unit), not all zero.

    Those ``kept`` are internal parameters; every part is the combination of them that its row of ``combined`` says.
    """

    keys: tuple[str, ...]
    parts: tuple[tuple[int, complex], ...]
    kept: tuple[int, ...]
    combined: Array


def _spanning(columns: Array) -> tuple[tuple[int, ...], Array]:
    """The first columns of ``(samples, n)`` that span all others, and every column as a combination of them."""
    sizes = np.linalg.norm(columns, axis=0)
    unit = columns / sizes
    kept: list[int] = []
    combined = np.zeros((columns.shape[1], columns.shape[1]))
    for place, column in enumerate(unit.T):
        weights, *_ = np.linalg.lstsq(unit[:, kept], column, rcond=None) if kept else (np.zeros(0),)
        if np.linalg.norm(column - unit[:, kept] @ weights) > DEPENDENT:
            kept.append(place)
            weights = np.eye(len(kept))[-1]
        combined[place, : len(kept)] = np.where(np.abs(weights) > DEPENDENT, weights, 0.0)
    scale = sizes[:, None] / sizes[kept]
    return tuple(kept), combined[:, : len(kept)] * scale


@dataclass(frozen=True)
class Invisible(Coefficients):
    """The coupling of an invisible state (:mod:`nutau.observables.invisible`), 0 or more: only its square counts."""

    names: tuple[str, ...] = (INVISIBLE,)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The coupling, in the unit of the state."""
        return (Parameter(INVISIBLE, low=0.0),)

    def step(self, par: Mapping[str, Array], theory: Theory) -> Affine:
        """To itself, a coefficient beside those of the WET."""
        return Affine.from_parts(
            real_basis(self.names), Basis(theory.target.eft, theory.target.name, self.names), linear=np.eye(1)
        )


@dataclass(frozen=True)
class MediatorCouplings(Matched):
    """Couplings ``NAME_ij`` (``Re``, ``Im`` or bare) of a mediator of a mass in GeV."""

    mediator: Mediator
    mass: float
    names: tuple[str, ...]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """One a name, within perturbativity."""
        return tuple(Parameter(name, 0.5, -PERTURBATIVE, PERTURBATIVE) for name in self.names)

    @property
    def exchanged(self) -> tuple[tuple[Mediator, float], ...]:
        """The mediator."""
        return ((self.mediator, self.mass),)

    def model(self, values: Array) -> Model:
        """The field with couplings ``(..., n)``."""
        couplings: dict[str, Any] = {}
        for column, name in enumerate(self.names):
            unit, key = split(name)
            coupling, _, flavours = key.rpartition("_")
            entry = couplings.setdefault(coupling, {})
            value = values[..., column].astype(complex) * unit
            entry[flavours] = entry[flavours] + value if flavours in entry else value
        return self.mediator(self.mass, **couplings)

    def smeft(self, values: Array) -> Wilson:
        """Its match at tree level and, of scalar leptoquarks, its boxes."""
        return self.model(values).smeft()


def check_name(name: str, couplings: tuple[str, ...] = (), hermitian: tuple[str, ...] = ()) -> str:
    """The parameter space of a name: ``"line"``, ``"warsaw"``, ``"symmetric"``, ``"weak"``, ``"fields"`` or
    ``"invisible"``.

    ``couplings`` are those of the mediator, ``hermitian`` those of them that are Hermitian matrices. Raises
    :class:`InputError`, with the nearest names, for one that does not exist, and for the imaginary part of a number
    that is real.
    """
    if name in ("delta", "kappa"):
        return "line"
    if name == INVISIBLE:
        return "invisible"
    unit, key = split(name)
    if is_symmetric(key):
        _allowed(unit, key, real=structure(key).real)
        return "symmetric"
    coupling, _, flavours = key.rpartition("_")
    if coupling in couplings:
        _allowed(unit, key, real=coupling in hermitian and flavours == flavours[::-1])
        return "fields"
    if key in SHORT or key in warsaw() or _is_warsaw(key):
        _allowed(unit, key, real=is_real(canonical(SHORT.get(key, key))[0]))
        return "warsaw"
    whole, _ = split_window(key)
    if whole in FULL or whole in UNIVERSAL:
        _allowed(unit, key, real=key in Z_COUPLINGS)
        return "weak"
    known = (
        "delta",
        "kappa",
        INVISIBLE,
        *SHORT,
        *(f"{coupling}_33" for coupling in couplings),
        *UNIVERSAL,
        *FULL.coefficients,
    )
    if name in {found.name for found in HYPOTHESES}:
        raise InputError(
            f"{name} is an invisible state and no fit parameter: fit {INVISIBLE}, its coupling, and name the state "
            f"with `invisible`; 'nutau invisible --mediator {name}' (nutau.invisible) scans its mass."
        )
    raise unknown("fit parameter", name, (*known, *warsaw().coefficients))


def _allowed(unit: complex, key: str, *, real: bool) -> None:
    if real and unit == PARTS["Im"]:
        raise InputError(f"Im {key}: {key} is real by Hermiticity; it has no imaginary part to fit.")


def number(name: str, hermitian: tuple[str, ...] = ()) -> tuple[complex, str]:
    """Which real number a name means, the same for all its names: ``Re C3``, ``lq3_3323`` and ``lq3_3332``.

    ``hermitian`` are the couplings that are Hermitian matrices.
    """
    unit, key = split(name)
    if is_symmetric(key):
        return unit, key
    coupling, _, flavours = key.rpartition("_")
    if coupling in hermitian:
        return unit, f"{coupling}_{''.join(sorted(flavours))}"
    key = SHORT.get(key, key)
    return unit, canonical(key)[0] if key not in FULL and _is_warsaw(key) else key


def _is_warsaw(key: str) -> bool:
    try:
        canonical(key)
    except InputError:
        return False
    return True
