"""Fields as parameter spaces of a fit: one or two mediators, each with the couplings of a flavour structure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.given import numbers
from nutau.eft.algebra import Affine
from nutau.eft.ckm import matrix, tree_ckm
from nutau.eft.wilson import Wilson
from nutau.errors import InputError, unknown
from nutau.inference.likelihood.parameters import (
    Matched,
    MediatorCouplings,
    Parameter,
    Theory,
    real_basis,
    split,
)
from nutau.inference.likelihood.parametrisation import Parametrisation, bounded, parametrisation
from nutau.inputs import Inputs
from nutau.models import Mediator, mediator
from nutau.models.missing import Missing
from nutau.models.model import PERTURBATIVE, Exchange, Model, PairOfFields
from nutau.models.structures import Term, elements_of, terms

ORDER_ONE = 5.0
"""How large the coefficient of a spurion may be."""


@dataclass(frozen=True)
class Spurions(Matched):
    r"""Couplings of the third generation and coefficients :math:`c` of the spurion of :math:`U(2)^5`.

    ``ckm`` are :math:`V_{td}, V_{ts}` over :math:`V_{tb}`, central.
    """

    couplings: MediatorCouplings
    scales: tuple[str, ...]
    terms: tuple[Term, ...]
    ckm: tuple[complex, complex]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The elements 33, and a coefficient for each coupling that has a spurion."""
        orders = dict.fromkeys(term.order for term in self.terms if term.order)
        made = [Parameter(name, 0.5, -PERTURBATIVE, PERTURBATIVE) for name in self.scales]
        return (*made, *(Parameter(name, 1.0, -ORDER_ONE, ORDER_ONE) for name in orders))

    @property
    def exchanged(self) -> tuple[tuple[Mediator, float], ...]:
        """The field."""
        return self.couplings.exchanged

    @cached_property
    def _units(self) -> tuple[float, ...]:
        """What each name of ``couplings`` is of its term: the real or imaginary part of the CKM elements."""
        found = []
        for term in self.terms:
            unit = 1.0 + 0.0j
            for generation, conjugate in term.towards:
                element = self.ckm[generation - 1]
                unit *= np.conj(element) if conjugate else element
            found += [unit.real, unit.imag] if _complex(term) else [unit.real]
        return tuple(map(float, found))

    def smeft(self, values: Array) -> Wilson:
        """The match of the field."""
        return self.model(values).smeft()

    def model(self, values: Array) -> Model:
        """The field with parameters ``(..., n)``."""
        return self.couplings.model(self._elements(values))

    def _elements(self, values: Array) -> Array:
        """All couplings."""
        xp = namespace(values)
        order = {parameter.name: place for place, parameter in enumerate(self.parameters)}
        columns = []
        for term in self.terms:
            value = values[..., order[term.scale]]
            for _ in term.towards:
                value = value * values[..., order[term.order]]
            columns += [value, value] if _complex(term) else [value]
        units = xp.asarray(np.array(self._units))
        return xp.stack(columns, axis=-1) * units


def _complex(term: Term) -> bool:
    """Whether the CKM elements of a term have a phase: a product of one with its conjugate has none."""
    return bool(term.towards) and not (len(term.towards) == 2 and term.towards[0][0] == term.towards[1][0])


def spurions(field: Mediator, mass: float, scales: Sequence[str], inputs: Inputs) -> Spurions:
    """Of the couplings ``scales`` (``NAME_33``) of a field."""
    found = terms(field, scales)
    names = tuple(
        name
        for term in found
        for name in ((f"Re {term.name}", f"Im {term.name}") if _complex(term) else (term.name,))
    )
    ckm = np.asarray(matrix(tree_ckm(inputs.parameters.mapping())))
    ratio = (complex(ckm[2, 0] / ckm[2, 2]), complex(ckm[2, 1] / ckm[2, 2]))
    return Spurions(MediatorCouplings(field, mass, names), tuple(scales), found, ratio)


@dataclass(frozen=True)
class Pair(Matched):
    """What two fields make together (:class:`nutau.models.model.PairOfFields`), of the parameters of both."""

    first: MediatorCouplings | Spurions
    second: MediatorCouplings | Spurions

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Those of both."""
        return (*self.first.parameters, *self.second.parameters)

    @property
    def exchanged(self) -> tuple[tuple[Mediator, float], ...]:
        """Both."""
        return (*self.first.exchanged, *self.second.exchanged)

    def smeft(self, values: Array) -> Wilson:
        """The boxes with one of each."""
        count = len(self.first.parameters)
        both = self.first.model(values[..., :count]) + self.second.model(values[..., count:])
        return PairOfFields(*(part for part in both.parts if isinstance(part, Exchange))).smeft()


@dataclass(frozen=True)
class Named:
    """A parameter space with the field's name in front of its internal ones: two fields may reach one coefficient.

    It also stands in front of parameters of couplings that are called alike in ``shared`` fields: ``VB.gq_33``.
    """

    field: str
    space: MediatorCouplings | Spurions | Pair
    shared: frozenset[str] = frozenset()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The same, by names of its own."""
        return tuple(
            replace(item, name=_qualified(self.field, item.name))
            if _coupling(item.name) in self.shared
            else item
            for item in self.space.parameters
        )

    @property
    def internal(self) -> tuple[str, ...]:
        """With the field's name in front."""
        return tuple(f"{self.field}: {name}" for name in self.space.internal)

    @property
    def exchanged(self) -> tuple[tuple[Mediator, float], ...]:
        """The same."""
        return self.space.exchanged

    def to_linear(self, values: Array) -> Array:
        """The same."""
        return self.space.to_linear(values)

    def step(self, par: Mapping[str, Array], theory: Theory) -> Affine:
        """The same, from names of its own."""
        return replace(self.space.step(par, theory), source=real_basis(self.internal))


def fields(
    model: str,
    mass: float,
    *,
    structure: str = "minimal",
    right_handed: bool = False,
    couplings: Sequence[str] | None = None,
    running: str | Path | None = None,
    convention: str = "physical",
    fixed: Mapping[str, float] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    inputs: Inputs | None = None,
) -> Parametrisation:
    """The couplings of a field, or of several (``"S1+S3"``), of one ``mass`` in GeV, as the parameters of a fit.

    ``structure`` is one of :data:`nutau.models.structures.STRUCTURES`; ``couplings`` names them instead. Those of
    ``fixed`` are held. Raises :class:`InputError` for fields, structures and couplings that do not exist, and for a
    mass that is none.

    >>> from nutau.inference.likelihood.fields import fields
    >>> fields("U1", 4000.0).names
    ('x1LL_33', 'x1LL_23')
    >>> fields("U1", 4000.0, structure="u2").names
    ('x1LL_33', 'c_x1LL')
    >>> fields("Z'+VB", 4000.0, couplings=["Z'.gl_33", "Z'.gq_23", "VB.gl_33", "VB.gq_23"]).names[:2]
    ("Z'.gl_33", "Z'.gq_23")
    """
    several = [mediator(part.strip()) for part in model.split("+")]
    names = [field.name for field in several]
    if len(set(names)) < len(names):
        raise InputError(f"{model}: a field is named twice; name each once.")
    held = numbers("fixed", fixed)
    chosen = None if couplings is None else _owned(several, [*couplings, *held])
    own: list[MediatorCouplings | Spurions] = []
    missing: list[Missing] = []
    for field in several:
        space = (
            _structured(field, mass, structure, right_handed, inputs)
            if chosen is None
            else MediatorCouplings(field, mass, chosen[field.name])
        )
        elements = space.couplings if isinstance(space, Spurions) else space
        base = parametrisation(
            elements.names, model=field.name, mass=mass, running=running, convention=convention
        )
        missing += base.missing
        own.append(space)
    spaces: list[MediatorCouplings | Spurions | Named] = [*own] if len(own) == 1 else [*_together(own)]
    known = {parameter.name: parameter for space in spaces for parameter in space.parameters}
    for name in held:
        if name not in known:
            raise unknown("coupling", name, known, "`fixed`")
    free = tuple(bounded(parameter, ranges or {}) for name, parameter in known.items() if name not in held)
    if not free:
        raise InputError(f"All couplings of {model} are held fixed; leave one free.")
    for name in ranges or {}:
        if name not in (parameter.name for parameter in free):
            raise unknown("parameter of this fit", name, [p.name for p in free], "`ranges`")
    return Parametrisation(free, held, tuple(spaces), base.theory, tuple(missing))


def _structured(
    field: Mediator, mass: float, structure: str, right_handed: bool, inputs: Inputs | None
) -> MediatorCouplings | Spurions:
    """The couplings of a flavour structure."""
    names = elements_of(field, structure, right_handed=right_handed)
    if structure != "u2":
        return MediatorCouplings(field, mass, names)
    from nutau.inputs import load_inputs

    return spurions(field, mass, names, inputs or load_inputs())


def _coupling(name: str) -> str:
    """The coupling of a parameter: ``gq`` of ``Re gq_23``, of ``c_gq`` and of ``VB.gq_23``."""
    key = split(name)[1].rpartition(".")[2]
    return key.removeprefix("c_") if key.startswith("c_") else key.rpartition("_")[0]


def _qualified(field: str, name: str) -> str:
    """``Re gq_23`` as ``Re VB.gq_23``."""
    key = split(name)[1]
    return f"{name.removesuffix(key)}{field}.{key}"


def _shared(several: Sequence[Mediator]) -> frozenset[str]:
    """Couplings that are called alike in two fields."""
    names = [coupling.name for field in several for coupling in field.couplings]
    return frozenset(name for name in names if names.count(name) > 1)


def _together(spaces: Sequence[MediatorCouplings | Spurions]) -> list[Named]:
    """Several fields, each under its name, and the boxes of every two that make some."""
    shared = _shared([space.exchanged[0][0] for space in spaces])
    named = [Named(space.exchanged[0][0].name, space, shared) for space in spaces]
    for one, two in combinations(spaces, 2):
        pair = Pair(one, two)
        if pair.internal:
            names = " with ".join(field.name for field, _ in pair.exchanged)
            named.append(Named(f"boxes of {names}", pair))
    return named


def _owned(several: Sequence[Mediator], names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The couplings by field, without its name; every field must have one."""
    shared = _shared(several)
    found: dict[str, list[str]] = {field.name: [] for field in several}
    left: list[str] = []
    for name in dict.fromkeys(names):
        qualifier = split(name)[1].rpartition(".")[0]
        owners = [
            field
            for field in several
            if _coupling(name) in {coupling.name for coupling in field.couplings}
            and qualifier in ("", field.name)
        ]
        if not owners:
            left.append(name)
            continue
        if len(owners) > 1:
            ways = " or ".join(_qualified(field.name, name) for field in owners)
            raise InputError(
                f"{name} is a coupling of each of {', '.join(f.name for f in owners)}: write {ways}."
            )
        found[owners[0].name].append(name.replace(f"{qualifier}.", "") if qualifier else name)
    for field in several:
        if not found[field.name]:
            raise InputError(
                f"No coupling of {field.name} is named; it has {', '.join(c.name for c in field.couplings)}, "
                f"as {_known([field], shared)[0]}."
            )
    if left:
        raise unknown("coupling", left[0], _known(several, shared))
    return {name: tuple(mine) for name, mine in found.items()}


def _known(several: Sequence[Mediator], shared: frozenset[str]) -> list[str]:
    """The couplings of the third generation, as they are typed."""
    return [
        _qualified(field.name, f"{coupling.name}_33") if coupling.name in shared else f"{coupling.name}_33"
        for field in several
        for coupling in field.couplings
    ]
