"""From fit parameters to coefficients: parameter spaces put side by side, some parameters held fixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.checked import checked
from nutau.common.given import numbers, real, real_number, several
from nutau.eft.algebra import Affine
from nutau.eft.smeft.matching import CONVENTIONS
from nutau.eft.smeft.matching_and_running import runs
from nutau.eft.wet.basis import MU_B
from nutau.eft.wet.full import FULL
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError, short, unknown
from nutau.inference.likelihood.parameters import (
    Invisible,
    Line,
    MediatorCouplings,
    Parameter,
    ParameterSpace,
    Symmetric,
    Theory,
    Warsaw,
    Weak,
    check_name,
    number,
    real_basis,
    split,
)
from nutau.inference.likelihood.windows import seen
from nutau.inference.theory_model import narrow
from nutau.models import Mediator, mediator
from nutau.models.missing import Missing, missing, of_a_line
from nutau.models.propagators import Resolved, common, propagator
from nutau.models.two_field import kappa_of
from nutau.observables.invisible import NAME as INVISIBLE
from nutau.observables.invisible import InvisibleState
from nutau.observables.point import NO_TAILS


@dataclass(frozen=True)
class Parametrisation:
    """Free parameters, those held fixed, and their spaces (whose parameters are free and fixed together)."""

    free: tuple[Parameter, ...]
    fixed: Mapping[str, float]
    spaces: tuple[ParameterSpace, ...]
    theory: Theory
    missing: tuple[Missing, ...] = ()
    """What is not computed where it decides (:mod:`nutau.models.missing`); what it decides is no constraint."""
    invisible: InvisibleState | None = None
    """A state beside the neutrinos of b → sνν̄, whose coupling is a parameter or held."""

    def __len__(self) -> int:
        """How many free parameters."""
        return len(self.free)

    @property
    def names(self) -> tuple[str, ...]:
        """The free parameters."""
        return tuple(parameter.name for parameter in self.free)

    @property
    def bounds(self) -> Array:
        """Lower and upper bounds, ``(n, 2)``."""
        return np.array([(parameter.low, parameter.high) for parameter in self.free])

    @property
    def internal(self) -> tuple[str, ...]:
        """The internal parameters of all spaces."""
        return tuple(name for space in self.spaces for name in space.internal)

    def to_linear(self, values: Array) -> Array:
        """Free parameters ``(..., n)`` to internal ones ``(..., m)``; NumPy or JAX, differentiable."""
        xp = namespace(values)
        order = {name: position for position, name in enumerate(self.names)}
        parts = []
        for space in self.spaces:
            columns = [
                values[..., order[p.name]]
                if p.name in order
                else xp.full_like(values[..., 0], self.fixed[p.name])
                for p in space.parameters
            ]
            parts.append(space.to_linear(xp.stack(columns, axis=-1)))
        return xp.concatenate(parts, axis=-1)

    @property
    def is_weak(self) -> bool:
        """Whether all parameters are coefficients of the weak theory."""
        return all(isinstance(space, Weak | Invisible) for space in self.spaces)

    def resolved(self) -> Resolved:
        """What is exchanged far above the weak scale; :class:`InputError` for what the tails are not valid for."""
        exchanged = [each for space in self.spaces for each in space.exchanged]
        contact = any(
            not space.exchanged and not isinstance(space, Weak | Invisible) for space in self.spaces
        )
        if not exchanged:
            return Resolved(doubts=(NO_TAILS,) if self.is_weak else ())
        found = [propagator(field, mass) for field, mass in exchanged]
        return common([*found, None] if contact else found)

    def step(self, par: Mapping[str, Array], target: Basis = FULL) -> Affine:
        """Internal parameters to ``target``, and to the coupling of a state, for values ``par`` of the inputs."""
        theory = replace(self.theory, target=target)
        steps = [space.step(par, theory) for space in self.spaces]
        batch = np.broadcast_shapes(*(step.matrix.shape[:-2] for step in steps))
        names = (*target.coefficients, *(() if self.invisible is None else (INVISIBLE,)))
        wanted = Basis(target.eft, target.name, names)
        linear = [_rows(_real_linear(step), step.target, wanted) for step in steps]
        columns = np.concatenate(
            [np.broadcast_to(part, (*batch, *part.shape[-2:])) for part in linear], axis=-1
        )
        return Affine.from_parts(real_basis(self.internal), wanted, linear=columns)

    def wilson(self, values: Array, par: Mapping[str, Array]) -> Wilson:
        """The WET coefficients at 4.8 GeV of free parameters ``(..., n)``, for central values ``par`` of the inputs.

        Shifts in a window of q² are none of them.
        """
        step = narrow(seen(self.step(par), self.internal, None), FULL)
        made = step(self.to_linear(np.asarray(values, dtype=float)).astype(complex))
        return Wilson(made, step.target, MU_B)

    def point(self, values: Mapping[str, float]) -> Array:
        """Values by name as an array in the order of the free parameters; all must be given."""
        for name in values:
            if name not in self.names:
                raise unknown("parameter of this fit", name, self.names)
        missing = [name for name in self.names if name not in values]
        if missing:
            raise InputError(
                f"No value for {', '.join(missing)}; the parameters are {', '.join(self.names)}."
            )
        return np.array([real_number(name, values[name]) for name in self.names])

    @cached_property
    def sm(self) -> Array:
        """The Standard Model: all free parameters zero (κ means nothing then)."""
        return np.zeros(len(self))


def _real_linear(step: Affine) -> Array:
    """The columns of a map of real parameters; conjugates of them are themselves."""
    matrix = np.asarray(step.matrix)[..., 1:, 1:]
    count = len(step.source)
    return matrix[..., :count] + matrix[..., count:] if step.conjugates else matrix


def _rows(linear: Array, own: Basis, target: Basis) -> Array:
    """Columns on the coefficients ``own`` as columns on those of ``target``, which holds them all."""
    if own == target:
        return linear
    found = np.zeros((*linear.shape[:-2], len(target), linear.shape[-1]), dtype=complex)
    found[..., [target.index(name) for name in own.coefficients], :] = linear
    return found


@checked
def parametrisation(
    parameters: Sequence[str],
    *,
    model: str | None = None,
    mass: float | None = None,
    running: str | Path | None = None,
    convention: str = "physical",
    fixed: Mapping[str, float] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    scale: float | None = None,
    invisible: InvisibleState | None = None,
) -> Parametrisation:
    """Look up fit parameters by name.

    ``model`` is a mediator whose couplings are fitted or, with ``delta`` among the parameters, whose κ is used.
    ``mass`` (GeV) is where running starts; without one there is no running. ``fixed`` holds parameters at values,
    ``ranges`` bounds free ones, ``scale`` (GeV, default 4.8) is that of WET coefficients. ``invisible`` is a state
    beside the neutrinos of b → sνν̄: of a parameter ``invisible``, its coupling, or with a coupling that is held.
    Raises :class:`InputError` for unknown names, a parameter given twice, ``kappa`` without ``delta`` or the reverse,
    couplings without a mass, a coupling without a state or the reverse.
    """
    held = numbers("fixed", fixed)
    mass, scale = _one("mass", mass), _one("scale", scale)
    names = [str(name).strip() for name in several("parameters", parameters)]
    _check_names(names, held)
    held |= _coupling(invisible, names, held)
    field = None if model is None else mediator(model)
    members = _members((*names, *held), field)
    if "line" in members:
        held |= _kappa(members["line"], field, used="fields" in members)
    theory = _theory(mass, running, convention)
    spaces = _spaces(members, field, mass, MU_B if scale is None else scale)
    if field is not None and not {"fields", "line"} & members.keys():
        known = ", ".join(f"{coupling.name}_33" for coupling in field.couplings)
        raise InputError(
            f"`model={field.name!r}` is not used by {', '.join(names)}: fit couplings ({known}) or delta."
        )
    _check_used(members, mass, running, scale)
    known_parameters = {p.name: p for space in spaces for p in space.parameters}
    limits = ranges or {}
    free = tuple(bounded(known_parameters[name], limits) for name in names)
    for name in limits:
        if name not in names:
            raise unknown("parameter of this fit", name, names, "`ranges`")
    return Parametrisation(free, held, spaces, theory, _missing(members, field), invisible)


def _coupling(
    state: InvisibleState | None, names: Sequence[str], held: Mapping[str, float]
) -> dict[str, float]:
    """The coupling of a state that is held because no parameter is it; what is missing or twice there is refused."""
    named = INVISIBLE in names or INVISIBLE in held
    if state is None:
        if named:
            raise InputError(
                f"{INVISIBLE} is the coupling of a new state: say which state with `invisible`, as two-body of 2 GeV."
            )
        return {}
    if state.rate is not None:
        raise InputError(
            "`rate` of an invisible state needs inputs to be a coupling: `state.coupled(inputs)`."
        )
    if named and state.coupling is not None:
        raise InputError(
            f"The size of {state.mediator} is given twice, by `rate` or `coupling` and as {INVISIBLE}; leave one out."
        )
    if not named and state.coupling is None:
        raise InputError(
            f"The size of {state.mediator} is missing: add {INVISIBLE} to the parameters, or give `rate` or `coupling`."
        )
    if not held.get(INVISIBLE, 0.0) >= 0.0:
        raise InputError(
            f"{INVISIBLE} is {held[INVISIBLE]:g}; only its square counts: 0 or a positive number."
        )
    return {} if state.coupling is None else {INVISIBLE: state.coupling}


def _missing(members: Mapping[str, Sequence[str]], field: Mediator | None) -> tuple[Missing, ...]:
    """The loops of a vector leptoquark whose couplings are fitted, or the boxes of one whose κ is used."""
    if field is None:
        return ()
    keys = [split(name)[1].rpartition("_") for name in members.get("fields", ())]
    slots = [(coupling, int(flavours[0]), int(flavours[1])) for coupling, _, flavours in keys]
    return (*missing(field, slots), *(of_a_line(field) if "line" in members else ()))


def _members(names: Sequence[str], field: Mediator | None) -> dict[str, list[str]]:
    """The names of each space; two names of one number are refused."""
    couplings = () if field is None else field.couplings
    every = tuple(coupling.name for coupling in couplings)
    hermitian = tuple(coupling.name for coupling in couplings if coupling.hermitian)
    members: dict[str, list[str]] = {}
    meant: dict[tuple[complex, str], str] = {}
    for name in names:
        members.setdefault(check_name(name, every, hermitian), []).append(name)
        other = meant.setdefault(number(name, hermitian), name)
        if other != name:
            raise InputError(f"{other} and {name} are the same number; give it once.")
    return members


def _check_used(
    members: Mapping[str, Sequence[str]], mass: float | None, running: str | Path | None, scale: float | None
) -> None:
    """Refuse an option that no parameter would use: it would be silently ignored."""
    if scale is not None and "weak" not in members:
        raise InputError("`scale` would not be used: it is the scale of WET coefficients, as C9_bstautau.")
    for option, value in (("`mass`", mass), ("`running`", running)):
        if value is not None and not members.keys() - {"weak", "invisible"}:
            raise InputError(
                f"{option} would not be used: WET coefficients are given at `scale`, below any mass."
            )


def _spaces(
    members: Mapping[str, Sequence[str]], field: Mediator | None, mass: float | None, scale: float
) -> tuple[ParameterSpace, ...]:
    spaces: list[ParameterSpace] = []
    if "line" in members:
        spaces.append(Line())
    if "warsaw" in members:
        spaces.append(Warsaw(tuple(members["warsaw"])))
    if "symmetric" in members:
        spaces.append(Symmetric(tuple(members["symmetric"])))
    if "weak" in members:
        spaces.append(Weak(tuple(members["weak"]), scale))
    if "invisible" in members:
        spaces.append(Invisible())
    if "fields" in members:
        names = tuple(members["fields"])
        if field is None or mass is None:
            raise InputError(f"{', '.join(names)}: couplings need `mass` in GeV, for instance `mass=2000`.")
        spaces.append(MediatorCouplings(field, mass, names))
        spaces[-1].to_linear(np.ones((1, len(names))))  # indices that do not exist are refused here
    return tuple(spaces)


def _check_names(names: Sequence[str], held: Mapping[str, float]) -> None:
    if not names or not all(names):
        raise InputError(
            "Name the fit parameters, for instance `parameters='delta,kappa'`, or C1,C3, or C9_bstautau."
        )
    twice = sorted(
        {name for name in names if names.count(name) > 1} | {name for name in names if name in held}
    )
    if twice:
        raise InputError(
            f"{', '.join(twice)}: given twice, as a parameter or as one held fixed; give it once."
        )


def _kappa(given: Sequence[str], field: Mediator | None, *, used: bool) -> dict[str, float]:
    """κ of the model where only δ was given; a model that is not ``used`` by couplings either is refused."""
    if "delta" not in given:
        raise InputError(
            "kappa is C1/C3 and needs the size of C3: add delta to the parameters, or hold it fixed."
        )
    if "kappa" in given and field is not None and not used:
        raise InputError(
            f"`model={field.name}` would not be used: it fixes κ, and kappa is given too. Leave it out, or take the "
            "parameter delta alone."
        )
    if "kappa" in given:
        return {}
    if field is None:
        raise InputError(
            "delta alone does not say what C1 is: no κ = C1/C3 was given. Add kappa, hold it "
            "(`fixed={'kappa': 1}`), or name a model."
        )
    return {"kappa": kappa_of(field)}


def _theory(mass: float | None, running: str | Path | None, convention: str) -> Theory:
    if convention not in CONVENTIONS:
        raise unknown("convention", convention, CONVENTIONS)
    how = running or ("none" if mass is None else "full")
    run = runs(how)
    if mass is not None and not (0 < mass < float("inf")):
        raise InputError(f"The mass is {mass} GeV; it must be positive and finite.")
    if run and mass is None:
        raise InputError(f"`running={how!r}` needs `mass` in GeV: the scale where running starts.")
    if run and convention == "published":
        raise InputError(
            "The letter's convention has no running; give `running='none'`, or `convention='physical'`."
        )
    return Theory(how, mass, convention)


def _one(name: str, given: Any) -> float | None:
    """One number for an argument, or none."""
    value = real(name, given, "GeV")
    if np.ndim(value):
        raise InputError(f"`{name}={short(given)}`: one number of GeV is needed.")
    return value if value is None else float(value)


def bounded(parameter: Parameter, ranges: Mapping[str, tuple[float, float]]) -> Parameter:
    """A parameter within its range of ``ranges``, if it has one there; :class:`InputError` for a range upside down."""
    if parameter.name not in ranges:
        return parameter
    low, high = ranges[parameter.name]
    if not low < high:
        raise InputError(
            f"`ranges={{{parameter.name!r}: ({low:g}, {high:g})}}`: the lower end must be below the upper."
        )
    return Parameter(parameter.name, parameter.size, low, high)
