"""What an observable is: its name, and how it is read off the forms of one or more decays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import numpy as np

from nutau.common.arrays import Array
from nutau.common.kinematics import Range
from nutau.decays import b_to_pnunu, b_to_vnunu, pp_to_leptons
from nutau.eft.algebra import Quadratic
from nutau.eft.tails import Propagator
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inputs import Inputs
from nutau.observables.formula import Forms
from nutau.observables.invisible import InvisibleState

Kind = Literal["total", "bin", "point"]
KEPT = 12
"""Decays and bins whose forms are kept at a time: those of thousands of theory draws fill the memory."""


class Rates:
    """The forms of decays for one set of parameter values, computed once for observables that follow one another."""

    def __init__(
        self,
        inputs: Inputs,
        par: Mapping[str, Array],
        *,
        tree: bool = False,
        invisible: InvisibleState | None = None,
        propagator: Propagator | None = None,
    ) -> None:
        """``par`` holds central values, or theory draws with a leading axis.

        ``tree`` adds the tree-level τ contribution to B⁺ → K⁽*⁾⁺νν̄, ``invisible`` a new state to all of b → sνν̄;
        ``propagator`` is what is exchanged far above the weak scale, where it is no contact term.
        """
        self.inputs = inputs
        self.par = par
        self.tree = tree
        self.invisible = invisible
        self.propagator = propagator
        self._done: dict[tuple[Any, ...], Mapping[str, Quadratic]] = {}

    def forms(self, module: ModuleType, process: Any, q2: Range = None) -> Mapping[str, Quadratic]:
        """Forms integrated over a bin."""
        bins = () if q2 is None else (q2,)  # two-body decays take none
        return self._kept((module.__name__, process.name, q2), module.forms, (module, process), bins, False)

    def densities(self, module: ModuleType, process: Any, q2: Array) -> Mapping[str, Quadratic]:
        """Forms per GeV² at points of q²; matrices ``(..., q2, 1 + n, 1 + n)``."""
        key = (module.__name__, process.name, np.asarray(q2).tobytes())
        return self._kept(key, module.densities, (module, process), (q2,), True)

    def _kept(
        self,
        key: tuple[Any, ...],
        make: Callable[..., Mapping[str, Quadratic]],
        decay: tuple[ModuleType, Any],
        where: tuple[Any, ...],
        points: bool,
    ) -> Mapping[str, Quadratic]:
        """The forms of a decay somewhere, computed once while they are among the last few that were asked for."""
        if key not in self._done:
            found = make(self.inputs, self.par, decay[1], *where, **self._options(*decay))
            if self.invisible is not None:
                place = where[0] if where else None
                found = self.invisible.added(self.inputs, self.par, decay, found, place, points)
            self._done[key] = found
            for old in list(self._done)[:-KEPT]:
                del self._done[old]
        return self._done[key]

    def _options(self, module: ModuleType, process: Any) -> dict[str, Any]:
        if module is pp_to_leptons:
            return {"propagator": self.propagator}
        return {"tree": True} if self.tree and _takes_tree(module, process) else {}


def _takes_tree(module: ModuleType, process: Any) -> bool:
    """Whether a decay is B⁺ → K⁽*⁾⁺νν̄, which has a tree-level τ contribution."""
    return module in (b_to_pnunu, b_to_vnunu) and bool(process.name.startswith("B+"))


Build = Callable[[Rates, Any], Forms]


@dataclass(frozen=True)
class Observable:
    """One observable: its name, how it is written and read, and how its forms are made.

    ``build(rates, q2)`` gives the forms for a bin (``kind == "bin"``), at points (``"point"``) or in all
    (``"total"``, q2 ignored). ``processes`` are the decays it is made of.
    """

    name: str
    latex: str
    description: str
    build: Build
    kind: Kind = "total"
    unit: str = "1"
    processes: tuple[tuple[ModuleType, Any], ...] = ()

    @property
    def is_tail(self) -> bool:
        """Whether it counts events at high energy: its bins are in GeV, and it has no theory error."""
        return any(module is pp_to_leptons for module, _ in self.processes)

    @property
    def axis(self) -> str:
        """The unit of its bins."""
        return "GeV" if self.is_tail else "GeV²"

    @property
    def example(self) -> str:
        """A bin that it may have."""
        return "(1000, 1500)" if self.is_tail else "(15, 19)"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by name: how its forms are made is a function of the catalogue, not data."""
        return _catalogued, (self.name,)

    @property
    def takes_tree(self) -> bool:
        """Whether a tree-level τ contribution can be added to it."""
        return any(_takes_tree(module, row) for module, row in self.processes)

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels whose form factors it depends on."""
        found = (getattr(row, "channel", "") for _, row in self.processes)
        return tuple(dict.fromkeys(channel for channel in found if channel))

    def edges(self, inputs: Inputs) -> tuple[float, float]:
        """The range of q² in GeV² that a bin or point may take."""
        par = inputs.parameters.mapping()
        edges = [process.edges(par) for _, process in self.processes]
        return max(float(low) for low, _ in edges), min(float(high) for _, high in edges)


def _catalogued(name: str) -> Observable:
    from nutau.observables import find

    return find(name)


def check_tree(observables: Sequence[Observable]) -> None:
    """Raise :class:`InputError` if none of the observables has a tree-level τ contribution."""
    if not any(item.takes_tree for item in observables):
        names = ", ".join(item.name for item in observables) or "the observables"
        raise InputError(
            f"`tree=True` would not be used: none of {names} has a tree-level τ contribution. It is for B+->Knunu and "
            "B+->K*nunu."
        )


def process(module: ModuleType, name: str) -> Any:
    """The row of a decay module called ``name``."""
    return next(row for row in module.PROCESSES if row.name == name)


def common(*forms: Quadratic) -> tuple[Quadratic, ...]:
    """The same forms on the union of their coefficients."""
    names = dict.fromkeys(name for form in forms for name in form.basis.coefficients)
    basis = Basis(forms[0].basis.eft, forms[0].basis.name, tuple(names))
    return tuple(form.on(basis) for form in forms)
