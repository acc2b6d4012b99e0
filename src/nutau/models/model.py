"""A point in a model's parameter space: mediators with masses and couplings, as Wilson coefficients."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.given import one_shape, real_number
from nutau.common.tables import html_table
from nutau.common.yaml_files import entries
from nutau.eft.smeft.basis import ALIGNMENTS, EFT, realigned
from nutau.eft.smeft.matching import Constants, constants
from nutau.eft.smeft.matching_and_running import match_and_run, runs
from nutau.eft.smeft.unbroken import Unbroken, unbroken
from nutau.eft.wet.basis import MU_B, WET
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError, short
from nutau.inputs import Inputs, load_inputs
from nutau.inputs.parameters import Parameters
from nutau.models.boxes import Box, Couplings, boxes, couplings, loop_function, of_pair
from nutau.models.dipoles import dipoles
from nutau.models.formulas import Layout, Slot, layout
from nutau.models.missing import Field as LoopField
from nutau.models.missing import Missing, missing

PERTURBATIVE = math.sqrt(4.0 * math.pi)
"""Couplings larger than this draw a warning: tree-level matching is no longer meaningful."""


class Field(LoopField, Protocol):
    """What the exchange of a field needs to know of it."""

    @property
    def match(self) -> tuple[str, ...]:
        """Its tree-level match (:mod:`nutau.models.formulas`)."""

    @property
    def kappa(self) -> float | None:
        """C1/C3 at 3323, whatever its couplings."""


class Part(Protocol):
    """What a model is a sum of: something heavy with a mass and Warsaw coefficients there."""

    @property
    def name(self) -> str:
        """How it is called."""

    @property
    def mass(self) -> Array | None:
        """GeV, ``(...)``; ``None`` for what has no mass to run from."""

    def smeft(self, constants: Constants | None = None) -> Wilson:
        """Its Warsaw coefficients (down-aligned, GeV⁻²) at the scale of its mass.

        ``constants`` of an input set are needed where its size is given by an observable.
        """

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What is not computed where it decides."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes its numbers doubtful."""


@dataclass(frozen=True)
class Exchange:
    """The exchange of one mediator, with its loops; its couplings are complex, of shapes that broadcast.

    ``ckm`` is the CKM matrix if the couplings are to up-aligned quark doublets, None if to down-aligned ones.
    """

    mediator: Field
    mass: Array
    slots: tuple[Slot, ...]
    values: tuple[Array, ...]
    ckm: Array | None = None

    def __post_init__(self) -> None:
        """:class:`InputError` for arrays that do not fit."""
        couplings = {f"coupling {number + 1}": value for number, value in enumerate(self.values)}
        one_shape({"the mass": self.mass, **couplings})

    @property
    def name(self) -> str:
        """The mediator's name."""
        return self.mediator.name

    def smeft(self, constants: Constants | None = None) -> Wilson:
        r"""Its Warsaw coefficients in GeV⁻² by the mediator's formulas: :math:`C=\sum gg'/M^2`, boxes and dipoles."""
        del constants  # they depend on mass and couplings alone
        found = self._tree()
        if self.mediator.boxes:
            lines = of_pair(self.name, "", self.mediator.boxes)
            given = ((self.box_couplings,), (self.values,), (self.ckm,))
            found = beside(found, boxes(lines, *given, self.strength(self), self.mass))
        return beside(found, self._dipoles()) if self.mediator.dipoles else found

    def _dipoles(self) -> Wilson:
        given = (self.box_couplings, self.values, self.ckm, self.mass)
        return dipoles(self.mediator.dipoles, *given, _standard_model(self.mass))

    def strength(self, other: Exchange) -> Array:
        """The loop function with another field of this or another mass, GeV⁻², of the shape of all couplings."""
        f = loop_function(self.mass, other.mass)
        xp = namespace(f, *self.values, *other.values)
        return xp.broadcast_arrays(xp.asarray(f), *map(xp.asarray, (*self.values, *other.values)))[0]

    @property
    def box_couplings(self) -> Couplings:
        """Its couplings as loops need them."""
        return couplings(self.mediator.couplings, self.slots, self.ckm is not None)

    def _tree(self) -> Wilson:
        where = layout(self.mediator.match, self.slots)
        basis = Basis(EFT, ALIGNMENTS["down" if self.ckm is None else "up"], where.keys)
        wilson = Wilson(self._coefficients(where), basis, self.mass)
        return wilson if self.ckm is None else realigned(wilson, "down", self.ckm)

    def _coefficients(self, where: Layout) -> Array:
        xp = namespace(self.mass, *self.values)
        mass, *values = xp.broadcast_arrays(xp.asarray(self.mass), *map(xp.asarray, self.values))
        if not where.keys:
            return xp.zeros((*mass.shape, 0), dtype=complex)
        c = xp.stack(values, axis=-1)
        both = xp.concatenate([c, xp.conj(c)], axis=-1)
        total = sum(
            both[..., first] * both[..., second] * xp.asarray(number, dtype=complex)
            for number, first, second in zip(where.numbers, where.first, where.second, strict=True)
        )
        scaled = total / (mass * mass).astype(complex)[..., None]
        return xp.where(xp.asarray(where.real), xp.real(scaled).astype(complex), scaled)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What is not computed where it decides: loops of a vector leptoquark (:mod:`nutau.models.missing`)."""
        used = [slot for slot, value in zip(self.slots, self.values, strict=True) if _present(value)]
        return missing(self.mediator, used, up_aligned=self.ckm is not None)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Couplings above sqrt(4 pi)."""
        if namespace(*self.values) is not np:
            return ()
        large = [
            f"{coupling}_{i}{j}"
            for (coupling, i, j), value in zip(self.slots, self.values, strict=True)
            if np.any(np.abs(value) > PERTURBATIVE)
        ]
        if not large:
            return ()
        return (f"{self.name}: {', '.join(large)} above sqrt(4 pi) = {PERTURBATIVE:.2f}, not perturbative.",)


@dataclass(frozen=True)
class PairOfFields:
    """Boxes with one leptoquark of each of two fields, at the geometric mean of their masses."""

    first: Exchange
    second: Exchange
    missing: ClassVar[tuple[Missing, ...]] = ()
    warnings: ClassVar[tuple[str, ...]] = ()

    @property
    def name(self) -> str:
        """Those of the two fields."""
        return f"boxes of {self.first.name} with {self.second.name}"

    @property
    def lines(self) -> tuple[Box, ...]:
        """Its formulas; none where nutau's observables do not see these boxes."""
        return of_pair(self.first.name, self.second.name, self.first.mediator.boxes)

    @property
    def mass(self) -> Array:
        """GeV."""
        return namespace(self.first.mass, self.second.mass).sqrt(self.first.mass * self.second.mass)

    def smeft(self, constants: Constants | None = None) -> Wilson:
        """Its Warsaw coefficients in GeV⁻² (:mod:`nutau.models.boxes`)."""
        del constants
        both = (self.first, self.second)
        return boxes(
            self.lines,
            tuple(one.box_couplings for one in both),
            [one.values for one in both],
            [one.ckm for one in both],
            self.first.strength(self.second),
            self.mass,
        )


@dataclass(frozen=True)
class Model:
    """One or more heavy fields; ``model + other`` is the model with the fields of both.

    >>> import nutau
    >>> (nutau.S1(1500.0, y1LL_33=0.5) + nutau.U1(2000.0, x1LL_33=1.0)).name
    'S1 + U1'
    """

    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        """:class:`InputError` for a model of nothing, or of what is no field."""
        fields = isinstance(self.parts, tuple) and all(hasattr(part, "smeft") for part in self.parts)
        if not fields or not len(self.parts):
            raise InputError(
                f"A model is a tuple of at least one field, not {short(self.parts)}; call a mediator, as "
                "nutau.U1(2000, x1LL_33=1)."
            )

    def __add__(self, other: Any) -> Any:
        """The model with the fields of both; with anything else that says where in new physics, a point."""
        if isinstance(other, Model):
            return Model((*self.parts, *other.parts))
        import nutau  # the whole package, on first use: points stand above models

        return nutau.point(self, other)

    def __radd__(self, other: Any) -> Any:
        """As the sum in the other order."""
        return self + other

    @property
    def name(self) -> str:
        """The names of its fields."""
        return " + ".join(part.name for part in self.parts)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What is not computed where it decides: the loops of its vector leptoquarks."""
        return tuple(dict.fromkeys(each for part in self.parts for each in part.missing))

    @property
    def contributions(self) -> tuple[Part, ...]:
        """Its fields, and what pairs of them make together: boxes with one leptoquark of each."""
        exchanges = [part for part in self.parts if isinstance(part, Exchange)]
        pairs = (PairOfFields(one, two) for one, two in combinations(exchanges, 2))
        return (*self.parts, *(pair for pair in pairs if pair.lines))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes its numbers doubtful, for instance couplings that are not perturbative."""
        return tuple(warning for part in self.parts for warning in part.warnings)

    def smeft(self) -> Wilson:
        """Its Warsaw coefficients in GeV⁻² (down-aligned), at the scale of the common mass of its fields.

        Raises :class:`InputError` if the masses differ: :meth:`wet` matches each field at its own.
        """
        first = self.parts[0].mass
        if any(_differ(part.mass, first) for part in self.parts[1:]):
            masses = ", ".join(f"{part.name} {_shown(part.mass)}" for part in self.parts)
            raise InputError(
                f"The fields have different masses (GeV: {masses}), so there is no one scale for the SMEFT. "
                "Match to the WET, where each field runs from its own mass."
            )
        return added([part.smeft() for part in self.contributions])

    def wet(
        self,
        scale: float = MU_B,
        running: str | Path | None = None,
        *,
        inputs: str | Inputs | Mapping[str, Array] = "default",
        convention: str = "physical",
        target: Basis = WET,
    ) -> Wilson:
        """Its WET coefficients at ``scale`` (GeV): each field matched at its mass and run down, then added.

        ``running="none"`` is the tree-level match alone, ``"full"`` (the default where there is a mass) uses nutau's
        tables, the name of a folder those in it. ``inputs`` is an input set, its name, or parameters by name, also
        theory draws of them, which then lead; with ``running="full"``, which uses the parameters of the table, they
        only normalise the operators. Raises :class:`InputError` for a scale or mass outside the running tables and
        for an unknown ``running``.
        """
        scale = real_number("The scale", scale, "a positive number of GeV is needed")
        if scale <= 0:
            raise InputError(f"The scale is {scale:g} GeV; a positive number is needed.")
        c = _constants(inputs, scale, convention)
        steps = [_lowered(part, scale, running, convention, c, target) for part in self.contributions]
        if len(steps) > 1:
            names = enumerate(self.contributions, start=1)
            one_shape(
                {f"{part.name} (field {i})": s[..., 0] for (i, part), s in zip(names, steps, strict=True)}
            )
        return Wilson(sum(steps[1:], steps[0]), target, scale)

    def predict(self, *observables: str | Sequence[str], **options: Any) -> Any:
        """Observables with theory errors at this point: ``nutau.predict(observables, self, **options)``.

        ``observables`` are names, or one list of them.
        """
        import nutau  # the whole package, on first use: this is a convenience on top of all layers

        return nutau.predict(_listed_names(observables), self, **options)

    def values(self, *observables: str | Sequence[str], **options: Any) -> Array:
        """Central values for arrays of masses or couplings: ``nutau.values(observables, self, **options)``.

        ``observables`` are names, or one list of them.
        """
        import nutau

        return nutau.values(_listed_names(observables), self, **options)

    def coefficient(self, key: str) -> Array:
        """One Warsaw coefficient (GeV⁻²), summed over the fields; zero if no field gives it."""
        values = [wilson[key] for part in self.contributions if key in (wilson := part.smeft()).basis]
        xp = namespace(*values)
        return sum(values[1:], values[0]) if values else xp.zeros((), dtype=complex)

    @property
    def kappa(self) -> Array | float | None:
        r""":math:`\kappa = C_1/C_3` at 3323: the mediator's own for one mediator, else of these couplings.

        Without ``lq3_3323`` it is infinite, without both coefficients None.
        """
        if len(self.parts) == 1 and isinstance(self.parts[0], Exchange):
            return self.parts[0].mediator.kappa
        c1, c3 = self.coefficient("lq1_3323"), self.coefficient("lq3_3323")
        if namespace(c1, c3) is np and c1.ndim == c3.ndim == 0:
            if c3 == 0:
                return math.inf if c1 != 0 else None
            ratio = complex(c1 / c3)
            return ratio.real if abs(ratio.imag) < 1e-14 * abs(ratio) else ratio
        return c1 / c3

    def meets_rd_sign(self, cs_over_cb: Array = 1.0) -> Array:
        r"""Whether ``lq3_3323`` raises R_D: :math:`\mathrm{Re}(C_{3323} V_{cs}/V_{cb}) < 0`.

        ``cs_over_cb`` is :math:`V_{cs}/V_{cb}` up to a positive factor; in PDG phases it is positive.
        """
        c3 = self.coefficient("lq3_3323")
        xp = namespace(c3, cs_over_cb)
        return xp.real(c3 * xp.asarray(cs_over_cb).astype(complex)) < 0

    def __repr__(self) -> str:
        """Fields and masses."""
        shown = (p.name if p.mass is None else f"{p.name} at {_shown(p.mass)} GeV" for p in self.parts)
        return f"Model({', '.join(shown)})"

    def _repr_html_(self) -> str:
        """Each field with its mass and its Warsaw coefficients there."""
        rows = [(part.name, _shown(part.mass), _listed(part)) for part in self.parts]
        return html_table(("field", "mass in GeV", "Warsaw coefficients in TeV⁻²"), rows)


def _constants(inputs: str | Inputs | Mapping[str, Array], scale: float, convention: str) -> Constants:
    if isinstance(inputs, Mapping):
        return constants(inputs, scale, convention)
    if isinstance(inputs, Inputs):
        return _known_constants(inputs.parameters, scale, convention)
    own = inputs in entries("inputs")  # a file may change between calls
    return _known_constants((named_parameters if own else _read_parameters)(inputs), scale, convention)


def _read_parameters(path: str) -> Parameters:
    return load_inputs(path).parameters


@lru_cache(maxsize=16)
def _known_constants(parameters: Parameters, scale: float, convention: str) -> Constants:
    return constants(parameters.mapping(), scale, convention)


@lru_cache(maxsize=8)
def named_parameters(name: str) -> Parameters:
    """The parameters of one of nutau's own input sets, read once."""
    return load_inputs(name).parameters


def _standard_model(mass: Array) -> Unbroken:
    """The couplings of the Standard Model at masses (GeV), with the parameters of the default inputs."""
    if namespace(mass) is np and np.ndim(mass) == 0:
        return _at_one_mass(float(mass))
    return unbroken(named_parameters("default").mapping(), mass)


@lru_cache(maxsize=64)
def _at_one_mass(mass: float) -> Unbroken:
    return unbroken(named_parameters("default").mapping(), mass)


def how_it_runs(part: Part, running: str | Path | None) -> str | Path:
    """How a field runs from its mass: as ``running`` asks, else fully; without a mass not at all.

    Raises :class:`InputError` for a field without a mass that is asked to run.
    """
    how = running or ("none" if part.mass is None else "full")
    if part.mass is None and runs(how):
        raise InputError(f"`running={how!r}` needs `mass` in GeV: the scale where running starts.")
    return how


def _lowered(
    part: Part, scale: float, running: str | Path | None, convention: str, c: Constants, target: Basis
) -> Array:
    """Values on ``target`` of what a part gives."""
    wilson = part.smeft(c)
    step = match_and_run(
        wilson.basis,
        c,
        wilson.scale,
        running=how_it_runs(part, running),
        convention=convention,
        target=target,
        scale_low=scale,
    )
    return step(wilson.values)


def _present(value: Array) -> bool:
    return namespace(value) is not np or bool(np.any(np.asarray(value) != 0))


def _shown(mass: Array | None) -> str:
    if mass is None:
        return "none"
    return f"{float(mass):g}" if np.ndim(mass) == 0 and namespace(mass) is np else f"{np.shape(mass)}"


def _listed(part: Part, most: int = 12) -> str:
    """The non-zero coefficients with their values (TeV⁻²), or their names alone where they are arrays."""
    try:
        wilson = part.smeft()
    except InputError:  # its size follows the CKM elements of an input set
        return "lq1, lq3 of δ"
    names = wilson.nonzero()
    if np.ndim(wilson.values) == 1 and namespace(wilson.values) is np:
        values = (complex(wilson[name]) * 1e6 for name in names)
        shown = [
            f"{name} = {value.real:.4g}" if value.imag == 0 else f"{name} = {value:.4g}"
            for name, value in zip(names, values, strict=True)
        ]
    else:
        shown = list(names)
    return ", ".join(shown[:most]) + (f", … ({len(shown)} in all)" if len(shown) > most else "")


def _listed_names(observables: tuple[Any, ...]) -> Any:
    """Names as given one by one or as one list."""
    alone = len(observables) == 1 and not isinstance(observables[0], str)
    return observables[0] if alone else observables


def _differ(one: Array, other: Array) -> bool:
    if namespace(one, other) is not np:
        return one is not other  # tracers have no value to compare
    return not np.array_equal(one, other)


def beside(first: Wilson, second: Wilson) -> Wilson:
    """Coefficients of one theory with different names, at the scale of the first."""
    xp = namespace(first.values, second.values)
    batch = np.broadcast_shapes(first.values.shape[:-1], second.values.shape[:-1])
    both = [xp.broadcast_to(w.values, (*batch, w.values.shape[-1])) for w in (first, second)]
    names = (*first.basis.coefficients, *second.basis.coefficients)
    return Wilson(xp.concatenate(both, axis=-1), Basis(first.basis.eft, first.basis.name, names), first.scale)


def added(points: list[Wilson]) -> Wilson:
    """The sum of coefficients of one theory on the union of their bases, at the scale of the first."""
    if len(points) == 1:
        return points[0]
    names = tuple(dict.fromkeys(name for point in points for name in point.basis.coefficients))
    basis = Basis(points[0].basis.eft, points[0].basis.name, names)
    columns = [sum(point[name] for point in points if name in point.basis) for name in names]
    xp = namespace(*columns)
    return Wilson(xp.stack(xp.broadcast_arrays(*columns), axis=-1), basis, points[0].scale)
