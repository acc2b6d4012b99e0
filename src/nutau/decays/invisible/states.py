"""An invisible state by its masses, and the rates to it: checks, quadrature, assembly; the same for every kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.given import real_number
from nutau.common.kinematics import (
    Nodes,
    ParametersAtNodes,
    Range,
    bin_edges,
    check_points,
    check_range,
    safe_sqrt,
    sine_map,
    zero_recoil,
)
from nutau.decays import assembly
from nutau.decays.assembly import Term
from nutau.decays.invisible.hadrons import ANNIHILATION, TRANSITIONS, Transition
from nutau.eft.algebra import Quadratic
from nutau.eft.wilson import Basis
from nutau.errors import InputError, unknown
from nutau.inputs import Inputs

NODES = 24
SMALLEST = 1e-12
"""GeV², what q² = 0 is taken for in ratios to it."""


class State(Protocol):
    """Two particles, in GeV."""

    @property
    def masses(self) -> tuple[Array, Array]:
        """Both masses."""

    @property
    def basis(self) -> Basis:
        """The coefficients of the operators that make them."""


@dataclass(frozen=True, eq=False)
class Pair:
    """A particle and an antiparticle, of the masses ``first`` and ``second`` in GeV (equal if one is given)."""

    first: Array
    second: Array | None = None

    def __post_init__(self) -> None:
        """Refuse what is no mass."""
        mass("first", self.first)
        if self.second is not None:
            mass("second", self.second)

    @property
    def masses(self) -> tuple[Array, Array]:
        """Both."""
        return self.first, self.first if self.second is None else self.second

    @property
    def copies(self) -> float:
        """One."""
        return 1.0


@dataclass(frozen=True, eq=False)
class Twins:
    """Two particles of one kind that are their own antiparticles, of the mass ``first`` in GeV."""

    first: Array

    def __post_init__(self) -> None:
        """Refuse what is no mass."""
        mass("first", self.first)

    @property
    def masses(self) -> tuple[Array, Array]:
        """The same twice."""
        return self.first, self.first

    @property
    def copies(self) -> float:
        """Twice the amplitude, squared, of two identical particles."""
        return 2.0


@dataclass(frozen=True)
class Kinematics:
    r"""Of two particles, with :math:`\Sigma=(m_1+m_2)^2`, :math:`\Delta=(m_1-m_2)^2`, at nodes.

    ``above`` is :math:`1-\Sigma/q^2`, ``beside`` :math:`1-\Delta/q^2`; ``total`` and ``gap`` are :math:`(m_1\pm m_2)/
    \sqrt{q^2}`; ``velocity`` is :math:`\sqrt{\lambda(q^2,m_1^2,m_2^2)}/q^2`.
    """

    root: Array
    above: Array
    beside: Array
    total: Array
    gap: Array

    @property
    def velocity(self) -> Array:
        """8π times the phase space."""
        return safe_sqrt(self.above) * safe_sqrt(self.beside)


def kinematics(state: State, q2: Array) -> Kinematics:
    """The kinematics of a state at ``q2``."""
    first, second = state.masses
    xp = namespace(q2, first, second)
    away = xp.where(q2 > SMALLEST, q2, SMALLEST)
    root = xp.sqrt(away)
    sigma, delta = (first + second) ** 2, (first - second) ** 2
    return Kinematics(
        root, 1.0 - sigma / away, 1.0 - delta / away, (first + second) / root, (first - second) / root
    )


def transition(name: str) -> Transition:
    """The transition b → s of that name, for instance ``"B+->K"``; :class:`InputError` with the nearest names.

    >>> transition("B0->KS").share
    0.5
    """
    known = (*TRANSITIONS, ANNIHILATION)
    for row in known:
        if row.name == name:
            return row
    raise unknown("transition", name, [row.name for row in known])


def mass(name: str, value: Array) -> Array:
    """A mass in GeV; :class:`InputError` unless it is a finite number, 0 or more. Tracers stay what they are."""
    if namespace(value) is not np:
        return value
    found = real_number(f"The mass {name}", value, "a number of GeV is needed")
    if found < 0.0:
        raise InputError(f"The mass {name} is {found:g} GeV; give 0 or a positive number of GeV.")
    return found


def edges(par: Mapping[str, Array], row: Transition, state: State) -> tuple[Array, Array]:
    """The range of q² in GeV²: from the threshold of the state to zero recoil."""
    first, second = state.masses
    return (first + second) ** 2, zero_recoil(par[row.parent], row.remaining(par))


def check_open(inputs: Inputs, row: Transition, state: State) -> tuple[float, float] | None:
    """The :func:`edges` at the central masses, ``None`` for traced ones.

    Raises :class:`InputError` if the state is too heavy for the decay.
    """
    first, second = state.masses
    if namespace(first, second) is not np:
        return None
    par = inputs.parameters.mapping()
    most = float(par[row.parent] - row.remaining(par))
    if not first + second < most:
        raise InputError(
            f"{row.name} leaves {most:.5g} GeV to what is invisible; masses of {first:g} and {second:g} GeV are above "
            "that threshold. Choose lighter ones."
        )
    low, high = edges(par, row, state)
    return float(low), float(high)


def _check_spectrum(row: Transition, q2: object) -> None:
    if row.currents == "vacuum" and q2 is not None:
        raise InputError(
            f"{row.name} what is invisible has no spectrum: q² is that of the {row.parent[2:]}. Leave it out."
        )


Kind = TypeVar("Kind", bound=State)
Terms = Callable[[Inputs, ParametersAtNodes, Transition, Kind, Array], Mapping[str, list[Term]]]
"""Every form as a sum of squares and products of amplitudes at nodes in q²."""


def densities(
    inputs: Inputs, par: Mapping[str, Array], row: Transition, state: Kind, q2: Array, terms: Terms[Kind]
) -> dict[str, Quadratic]:
    """Forms per GeV² at ``q2`` ``(nodes,)``; :class:`InputError` for q² outside phase space."""
    known = check_open(inputs, row, state)
    _check_spectrum(row, q2)
    if known:
        check_points(q2, known, row.name)
    at_nodes = ParametersAtNodes(par)
    made = terms(inputs, at_nodes, row, state, at_nodes.row(q2))
    return assembly.density(made, state.basis)


def forms(
    inputs: Inputs,
    par: Mapping[str, Array],
    row: Transition,
    state: Kind,
    q2_range: Range,
    terms: Terms[Kind],
) -> dict[str, Quadratic]:
    """The :func:`densities` integrated over a bin; :class:`InputError` for one that leaves phase space."""
    known = check_open(inputs, row, state)
    at_nodes = ParametersAtNodes(par)
    if row.currents == "vacuum":
        _check_spectrum(row, q2_range)
        q2 = at_nodes.row(np.ones(1)) * at_nodes[row.parent] ** 2
        return assembly.integrate(
            terms(inputs, at_nodes, row, state, q2), Nodes(q2, 1.0 + 0.0 * q2), state.basis
        )
    if known:
        check_range(q2_range, known, row.name)
    ends = edges(at_nodes, row, state)
    nodes = sine_map(*bin_edges(q2_range, ends), ends, NODES, at_nodes.rank)
    made = terms(inputs, at_nodes, row, state, nodes.q2)
    return assembly.integrate(made, nodes, state.basis)
