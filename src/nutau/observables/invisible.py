r"""A new invisible state beside the neutrinos of b → sνν̄: its rates, as one more coefficient of their forms.

It adds to the rates without interference, :math:`\Gamma=c^\dagger Hc+g^2\,\Gamma_1`, with its coupling g, so every
observable of B → K, K*, φ, X_s and Λ_b → Λ with nothing seen (totals, bins, points, F_L, ratios) contains it, and a
pair B_s → invisible.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.common.given import real_number
from nutau.common.kinematics import Range
from nutau.decays import b_to_pnunu, b_to_vnunu, b_to_xsnunu, bs_to_nunu, lb_to_lnunu
from nutau.decays.invisible import inclusive, particle
from nutau.decays.invisible.hadrons import ANNIHILATION, FREE_QUARK, Transition
from nutau.decays.invisible.hypotheses import Hypothesis, hypothesis
from nutau.decays.invisible.states import check_open, edges, transition
from nutau.eft.algebra import Quadratic
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError
from nutau.inputs import Inputs

NAME = "invisible"
"""The coefficient that stands for its coupling."""
MODULES = (b_to_pnunu, b_to_vnunu, b_to_xsnunu, lb_to_lnunu, bs_to_nunu)
KAON = transition("B+->K")
NUMBERS = ("mass", "rate", "coupling", "particle_width", "decay_length", "radius")
"""The numbers of a state."""


@dataclass(frozen=True)
class InvisibleState:
    """A state of ``nutau invisible`` (``mediator``) with its ``mass`` in GeV and its size.

    The size is ``rate``, the branching ratio of B⁺ → K⁺ and it, seen or not, or ``coupling`` in the unit of the
    mediator; predictions need one of the two, and a fit of the parameter ``invisible``, the coupling, neither. With
    ``chiral`` quarks both parities of the current have the same coupling. One particle may have a ``particle_width``
    (GeV), or decay: ``decay_length`` is cτ in m, and only what leaves a detector of ``radius`` (m) is not seen.
    :class:`InputError` for a size that is given twice, and for no state.

    >>> import nutau
    >>> state = nutau.InvisibleState("two-body", 2.0, rate=1e-5)
    >>> round(nutau.predict("BR(B+->Knunu)", invisible=state, draws=0)[0].value * 1e6, 1)
    14.7
    """

    mediator: str
    mass: float
    rate: float | None = None
    coupling: float | None = None
    particle_width: float = 0.0
    chiral: bool = True
    decay_length: float | None = None
    radius: float | None = None

    @checked
    def __post_init__(self) -> None:
        """Refuse what is no number, no state and no size."""
        for name in NUMBERS:
            if getattr(self, name) is not None:
                object.__setattr__(self, name, real_number(f"`{name}`", getattr(self, name)))
        if self.rate is not None and self.coupling is not None:
            raise InputError(
                "`rate` and `coupling` of an invisible state both say its size; give one of the two."
            )
        size = self.rate if self.coupling is None else self.coupling
        if size is not None and size < 0.0:
            raise InputError(f"The size of the invisible state is {size:g}; give 0 or a positive number.")
        if (self.decay_length is None) != (self.radius is None):
            raise InputError(
                "`decay_length` (cτ) and `radius` of the detector, both in m, go together; give both."
            )
        if self.decay_length is not None and not self.hypothesis.peaked:
            raise InputError(
                f"`decay_length` is of one new particle; {self.mediator} is a pair. Leave it out."
            )
        self.state  # noqa: B018  refuses masses and widths

    @property
    def _unit(self) -> str:
        unit = self.hypothesis.unit
        return f" (in {unit})" if unit else ""

    @cached_property
    def hypothesis(self) -> Hypothesis:
        """Operator and state."""
        return hypothesis(self.mediator)

    @cached_property
    def state(self) -> Any:
        """The particles with their masses."""
        return self.hypothesis.state(self.mass, self.particle_width)

    def size(self, inputs: Inputs) -> float:
        """The coupling, found from the rate at the central values if that was given; :class:`InputError` without."""
        if self.coupling is not None:
            return self.coupling
        if self.rate is None:
            raise InputError(
                f"The size of {self.mediator} is missing: give `rate` (of B+ -> K+ and it) or `coupling`{self._unit}."
            )
        one = self.rate_of_one(inputs)
        if not one > 0.0:
            raise InputError(
                f"{self.mediator} of {self.mass:g} GeV is not seen in B+ -> K+: give `coupling`."
            )
        return math.sqrt(self.rate / one)

    def reaches(self, inputs: Inputs) -> bool:
        """Whether it is light enough for B⁺ → K⁺."""
        return self._opens(inputs.parameters.mapping(), KAON)

    def _opens(self, par: Mapping[str, Array], row: Transition) -> bool:
        return bool(sum(self.state.masses) < par[row.parent] - row.remaining(par))

    def rate_of_one(self, inputs: Inputs) -> float:
        """The branching ratio of B⁺ → K⁺ and it, seen or not, for a coupling of 1, at the central values."""
        par = inputs.parameters.mapping()
        form = self.hypothesis.module.forms(inputs, par, KAON, self.state)["rate"]
        return float(form(self._point) * par[KAON.lifetime])

    def coupled(self, inputs: Inputs) -> InvisibleState:
        """The same with the coupling in place of the rate; as it is where no size was given.

        Raises :class:`InputError` for a state that is too heavy for every decay of a B and of a B_s.
        """
        pair = not self.hypothesis.peaked and self._opens(inputs.parameters.mapping(), ANNIHILATION)
        if not pair:
            check_open(inputs, KAON, self.state)
        return self if self.rate is None else replace(self, rate=None, coupling=self.size(inputs))

    def __str__(self) -> str:
        more = [] if self.chiral else ["quarks of even parity"]
        more += [f"width {self.particle_width:g} GeV"] if self.particle_width else []
        more += [] if self.decay_length is None else [f"cτ = {self.decay_length:g} m in {self.radius:g} m"]
        return ", ".join((f"{self.mediator} of {self.mass:g} GeV", *more))

    def beside(self, inputs: Inputs, wilson: Wilson) -> Wilson:
        """A point of the WET with the coupling as one more coefficient."""
        value = np.full((*wilson.values.shape[:-1], 1), self.size(inputs), dtype=complex)
        basis = Basis(wilson.basis.eft, wilson.basis.name, (*wilson.basis.coefficients, NAME))
        return Wilson(np.concatenate([wilson.values, value], axis=-1), basis, wilson.scale)

    def added(
        self,
        inputs: Inputs,
        par: Mapping[str, Array],
        decay: tuple[ModuleType, Any],
        found: Mapping[str, Quadratic],
        where: Range | Array,
        points: bool = False,
    ) -> Mapping[str, Quadratic]:
        """The forms of a decay to neutrinos with the new state beside; of other decays as they are.

        ``where`` is a bin, or with ``points`` points of q².
        """
        module, process = decay
        if module not in MODULES:
            return found
        row = _transition(module, process)
        if row is ANNIHILATION and self.hypothesis.peaked:  # one particle alone is no decay
            return found
        if not self._opens(inputs.parameters.mapping(), row):
            return found
        new = self._points(inputs, par, row, where) if points else self._rates(inputs, par, row, where)
        return {key: _beside(form, new.get(key)) for key, form in found.items()}

    def _rates(self, inputs: Inputs, par: Mapping[str, Array], row: Transition, q2: Any) -> dict[str, Array]:
        """Rates in GeV for a coupling of 1, in a bin what lies above the threshold of the pair."""
        central = inputs.parameters.mapping()
        if q2 is not None and not self.hypothesis.peaked:
            low, high = q2
            least = float(edges(central, row, self.state)[0])
            if high is not None and high <= least:
                return {}
            q2 = (None if low is None or low < least else low, high)
        forms = self.hypothesis.module.forms(inputs, par, row, self.state, q2)
        factor = self._unseen(par, row)
        if row is FREE_QUARK:
            factor = factor * inclusive.scale(inputs, central)
        return {key: form(self._point) * factor for key, form in forms.items()}

    def _points(
        self, inputs: Inputs, par: Mapping[str, Array], row: Transition, q2: Array
    ) -> dict[str, Array]:
        """The same per GeV² at points; zero below the threshold."""
        least = float(edges(inputs.parameters.mapping(), row, self.state)[0])
        inside = np.ones(len(q2), dtype=bool) if self.hypothesis.peaked else np.asarray(q2) > least
        if not np.any(inside):
            return {}
        forms = self.hypothesis.module.densities(inputs, par, row, self.state, np.asarray(q2)[inside])
        factor = np.asarray(self._unseen(par, row))[..., None]
        place = np.eye(len(q2))[inside]
        return {key: (form(self._point) * factor) @ place for key, form in forms.items()}

    @property
    def _point(self) -> Array:
        return self.hypothesis.point(self.state, self.chiral)

    def _unseen(self, par: Mapping[str, Array], row: Transition) -> Array:
        if self.decay_length is None or self.radius is None or row is FREE_QUARK:
            return np.ones(np.shape(par[row.lifetime]))
        return particle.unseen(par, row, self.state, self.decay_length, self.radius)


def _transition(module: ModuleType, process: Any) -> Transition:
    """The hadrons of a decay to neutrinos."""
    if module is b_to_xsnunu:
        return FREE_QUARK
    return ANNIHILATION if module is bs_to_nunu else transition(process.name.removesuffix("nunu"))


def _beside(form: Quadratic, new: Array | None) -> Quadratic:
    """A form with ``new`` times the square of one more coefficient."""
    if new is None:
        return form
    basis = Basis(form.basis.eft, form.basis.name, (*form.basis.coefficients, NAME))
    wide = form.on(basis)
    corner = np.zeros(wide.matrix.shape[-2:])
    corner[len(basis), len(basis)] = 1.0
    return Quadratic(wide.matrix + np.asarray(new)[..., None, None] * corner, basis)
