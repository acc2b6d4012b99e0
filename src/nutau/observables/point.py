"""Where in new physics: one argument for every verb, made of whatever the user has.

A :class:`Point` is a sum of parts that holds no numbers of the low-energy theory: it answers :meth:`Point.wet` for the
parameters it is given, the central values of an input set or theory draws of them, because matching, and the size of
what an observable fixes, move with them. What belongs to a part alone stands there: the scale of WET coefficients, the
running of a model; the sign of λ_t (``convention``) belongs to the sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeAlias

import numpy as np

from nutau.common.arrays import Array, namespace, own
from nutau.common.checked import Real, checked
from nutau.common.files import is_file
from nutau.common.given import complex_value, real
from nutau.eft.ckm import matrix, tree_ckm
from nutau.eft.smeft.basis import EFT, canonical_document, is_real, realigned, warsaw
from nutau.eft.smeft.matching import CONVENTIONS, constants
from nutau.eft.smeft.matching_and_running import M_Z, match_and_run, runs
from nutau.eft.smeft.running import load, meant
from nutau.eft.wet.basis import MU_B, WET
from nutau.eft.wet.full import FULL
from nutau.eft.wet.running import to_mu_b
from nutau.eft.wet.z_couplings import Z_COUPLINGS
from nutau.eft.wilson import Basis, Wilson
from nutau.eft.wilson import read_wcxf as read_document
from nutau.errors import InputError, listed, short, told, unknown
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.models import MEDIATORS, Mediator, Model
from nutau.models.missing import Missing, missing_warnings
from nutau.models.model import how_it_runs
from nutau.models.propagators import Resolved, resolved
from nutau.models.two_field import Direction
from nutau.observables.perturbativity import too_large

LOWEST_MASS = M_Z
"""GeV: a mediator must be above the scale where the SMEFT is matched to the WET."""

DEEPEST = 10
"""Lists within lists of things that say where in new physics."""

HIGHEST = 1e5
"""GeV: up to here a mass that is too small is taken for one in TeV, in messages."""

NO_TAILS = (
    "N(pp->...) needs coefficients of the SMEFT or a model: WET coefficients, given at low energy, do not enter "
    "it."
)

Values: TypeAlias = Mapping[str, Array]
"""Parameters of an input set by name."""


@dataclass(frozen=True, eq=False)
class Weak:
    """WET coefficients by name, at ``scale`` (GeV; ``None`` is 4.8, or the scale of the letter's formulas)."""

    coefficients: Mapping[str, Any]
    scale: float | None = None
    moves: ClassVar[bool] = False
    missing: ClassVar[tuple[Missing, ...]] = ()

    def wilson(self, default: float, basis: Basis = FULL) -> Wilson:
        """The coefficients, at ``default`` (GeV) if no scale was given."""
        return Wilson.from_mapping(basis, default if self.scale is None else self.scale, self.coefficients)

    def wet(self, inputs: Inputs | Values, convention: str, target: Basis) -> Array:
        """Its coefficients at 4.8 GeV."""
        return lowered(self.wilson(MU_B)).part(target).values

    def warnings(self, par: Values) -> tuple[str, ...]:
        """None."""
        return ()


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Coefficients of the WET or of the SMEFT as a file or a :class:`Wilson` has them, at their own scale."""

    wilson: Wilson
    running: str | Path = "full"
    source: str = ""
    said: tuple[str, ...] = ()
    missing: ClassVar[tuple[Missing, ...]] = ()

    @property
    def moves(self) -> bool:
        """Coefficients of the SMEFT are matched."""
        return self.wilson.basis.eft == EFT

    def wet(self, inputs: Inputs | Values, convention: str, target: Basis) -> Array:
        """Its coefficients at 4.8 GeV, run and matched."""
        with told(self.source):
            if not self.moves:
                return lowered(self.wilson).part(target).values
            down = realigned(self.wilson, "down", matrix(tree_ckm(_by_name(inputs))))
            return from_smeft(down, inputs, self.running, convention, target).values

    def warnings(self, par: Values) -> tuple[str, ...]:
        """How many coefficients predictions do not depend on, and those that no theory gives."""
        with told(self.source):
            return (*self.said, *(too_large(self.wilson, par) if self.moves else ()))


@dataclass(frozen=True, eq=False)
class Heavy:
    """A model, integrated out at tree level at the mass of each of its fields."""

    model: Model
    running: str | Path | None = None
    moves: ClassVar[bool] = True

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What is not computed of it where it decides."""
        return self.model.missing

    def wet(self, inputs: Inputs | Values, convention: str, target: Basis) -> Array:
        """Its coefficients at 4.8 GeV."""
        for part in self.model.parts:
            name = "The mediator" if isinstance(part, Direction) else part.name
            if part.mass is not None:
                _check_mass(name, part.mass, how_it_runs(part, self.running))
        return self.model.wet(
            running=self.running, inputs=inputs, convention=convention, target=target
        ).values

    def warnings(self, par: Values) -> tuple[str, ...]:
        """Couplings that are not perturbative."""
        return self.model.warnings


Part: TypeAlias = Weak | Coefficients | Heavy
"""What a point is a sum of. A part says whether its WET coefficients move with the parameters of the input set
(``moves``), what is not computed where it decides (``missing``), and what makes its numbers doubtful (``warnings``)."""


@dataclass(frozen=True, eq=False)
class Point:
    """A sum of parts; none is the Standard Model. ``point + other`` adds whatever :func:`point` takes."""

    parts: tuple[Part, ...] = ()
    said: str | None = None

    @property
    def convention(self) -> str:
        """The sign of λ_t: as it was ``said``, else the physical one."""
        return self.said or CONVENTIONS[-1]

    @property
    def moves(self) -> bool:
        """Whether its WET coefficients depend on the parameters of the input set."""
        return any(part.moves for part in self.parts)

    def __add__(self, other: Any) -> Point:
        """The sum with anything that :func:`point` takes; :class:`InputError` for two signs of λ_t."""
        return point(self, other)

    __radd__ = __add__

    @checked
    def wet(self, inputs: InputSet | Mapping[str, Any] = "default", *, target: Basis = FULL) -> Wilson:
        """WET coefficients at 4.8 GeV, ``(..., len(target))``.

        ``inputs`` is an input set, its name, or parameters by name. Those may be theory draws: their axes lead, so give
        them ``(draws, 1)`` for a point with one axis of its own. Raises :class:`InputError`.
        """
        if not isinstance(inputs, Mapping):
            return self.at(load_inputs(inputs), target)
        par = {name: real(f"inputs={{{name!r}: ...}}", value) for name, value in inputs.items()}
        try:
            return self.at(par, target)
        except KeyError as error:
            raise InputError(
                f"`inputs` has no parameter {error}; give those of an input set: load_inputs().parameters.mapping()."
            ) from None
        except InputError:
            raise
        except ValueError:
            raise InputError(
                "The parameters in `inputs` do not fit the arrays of the point: theory draws need an axis for each of "
                "the point's, as (draws, 1)."
            ) from None

    def at(self, inputs: Inputs | Values, target: Basis = FULL) -> Wilson:
        """:meth:`wet` for an input set that was loaded, or for parameters."""
        values = [part.wet(inputs, self.convention, target) for part in self.parts]
        return Wilson(values[0] if len(values) == 1 else added(values, target), target, MU_B)

    def resolved(self) -> Resolved:
        """What it exchanges far above the weak scale; :class:`InputError` for what the tails are not valid for."""
        models = [part.model.parts for part in self.parts if isinstance(part, Heavy)]
        fields = [one for parts in models for one in parts]
        contact = [part for part in self.parts if isinstance(part, Coefficients) and part.moves]
        weak = [part for part in self.parts if not part.moves]
        found = resolved([*fields, *contact])
        return replace(found, doubts=(*found.doubts, *((NO_TAILS,) if weak else ())))

    def warnings(self, par: Values, wilson: Wilson) -> tuple[str, ...]:
        """What makes its numbers doubtful, for central values ``par`` of an input set, where it gives ``wilson``."""
        found = tuple(warning for part in self.parts for warning in part.warnings(par))
        if any("4π/v²" in warning for warning in found):
            return found
        return (*found, *too_large(wilson, par))

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What is not computed of its parts, and the observables that it decides."""
        return tuple(dict.fromkeys(each for part in self.parts for each in part.missing))

    def missing_warnings(self, observables: Iterable[str]) -> tuple[str, ...]:
        """One line for those of the observables whose leading contribution is not computed."""
        return missing_warnings(self.missing, observables)


def _thing(value: Any) -> Any:
    """Whatever may say where in new physics; what is in a list is looked at by :func:`point`."""
    if value is None or isinstance(
        value, Point | Model | Mediator | Mapping | str | Path | Wilson | list | tuple
    ):
        return value
    raise InputError


Given: TypeAlias = Annotated[
    Any,
    "a point of new physics (a model, WET coefficients by name, a Wilson, a WCxf file or document, or a list of these)",
    _thing,
]
"""An argument that says where in new physics; ``None`` is the Standard Model."""


@checked
def point(
    *things: Given,
    scale: Real | None = None,
    running: str | Path | None = None,
    convention: str | None = None,
) -> Point:
    """Where in new physics, from whatever says it; several things add up, none is the Standard Model.

    A thing is a model (``nutau.U1(2000, x1LL_33=1)``, ``nutau.X(1, delta=0.069)``), WET coefficients by name, a
    :class:`Wilson` or WCxf document or file (``"-"`` is standard input) of the WET or the SMEFT, another point, or a
    list of these. ``scale`` (GeV, 4.8 if not given) is that of the WET coefficients by name; ``running`` of models
    and of coefficients of the SMEFT is ``"full"``, ``"none"`` or a folder of running tables;
    ``convention="published"`` takes the modulus of λ_t, as the letter does. Numbers may be arrays of one shape, or
    JAX arrays and tracers.

    Raises :class:`InputError`: for what is none of these, an option that nothing would use, two signs of λ_t.

    >>> import nutau
    >>> u1 = nutau.point(nutau.U1(2000.0, x1LL={"33": 1.0, "23": 0.1}), running="none")
    >>> both = u1 + {"C9_bstautau": -5.0}
    >>> round(float((both.wet()["C9_bstautau"] - u1.wet()["C9_bstautau"]).real), 9)
    -5.0
    """
    level = real("scale", scale, "GeV")
    if np.ndim(level) or namespace(level) is not np:
        raise InputError(f"`scale={short(scale)}`: one number of GeV is needed.")
    if running is not None:
        runs(running)
    given = list(flat(things))
    new = [part for thing in given if not isinstance(thing, Point) for part in _parts(thing, level, running)]
    _all_used(new, level, running)
    old = [thing for thing in given if isinstance(thing, Point)]
    signs = {thing.convention for thing in old if thing.moves}
    signs |= {thing.said for thing in old if thing.said is not None}
    if convention is not None:
        if convention not in CONVENTIONS:
            raise unknown("convention", convention, CONVENTIONS)
        signs.add(convention)
    if len(signs) > 1:
        raise InputError(
            "The points have different signs of λ_t, and there is one: give all of them one `convention`, "
            "'physical' or 'published'."
        )
    parts = (*(part for thing in old for part in thing.parts), *new)
    return Point(parts, next(iter(signs), None))


def as_point(thing: Any) -> Point:
    """A thing that :data:`Given` has taken as a point."""
    if isinstance(thing, Point):
        return thing
    return Point((Heavy(thing),)) if isinstance(thing, Model) else point(thing)


def flat(things: Iterable[Any], depth: int = 0) -> Iterable[Any]:
    """The things in lists within lists, one by one; without those that are ``None``."""
    if depth > DEEPEST:
        raise InputError(f"Lists of points within lists go {DEEPEST} deep at most.")
    for thing in things:
        if isinstance(thing, list | tuple):
            yield from flat(thing, depth + 1)
        elif thing is not None:
            yield thing


def _parts(thing: Any, scale: float | None, running: str | Path | None) -> tuple[Part, ...]:
    if isinstance(thing, Model):
        return (Heavy(thing, running),)
    if isinstance(thing, str) and (named := _mediator(thing)) is not None:
        thing = named
    if isinstance(thing, Mediator):
        raise InputError(
            f"{thing.name} needs `mass` in GeV and couplings, as {thing.name}(2000, {thing.couplings[0].name}_33=1), "
            f"or the size of its C3, as X('{thing.name}', delta=0.05)."
        )
    if isinstance(thing, Mapping) and not {"eft", "basis", "values"} & set(map(str, thing)):
        part = Weak({str(name): own(value) for name, value in thing.items()}, scale)
        _check_real(part.wilson(MU_B))
        return (part,) if thing else ()
    if isinstance(thing, str | Path | Mapping | Wilson):
        name = str(thing) if isinstance(thing, str | Path) and str(thing) != "-" else ""
        with told(name):
            read = read_wcxf(thing)
            if isinstance(thing, Wilson):
                _check_wilson(read)
            given, said = _with_influence(read)
            _check_real(given)
        return (Coefficients(given, running or "full", name, said),)
    raise InputError(
        f"{short(thing)} is no point of new physics. Give a model, as nutau.U1(2000, x1LL_33=1), coefficients, as "
        "{'C9_bstautau': -10}, a nutau.Wilson, a WCxf file, or a list of these."
    )


def _check_wilson(given: Wilson) -> None:
    """Refuse a record whose values or scale are none; a file was checked when it was read."""
    values = complex_value("A Wilson's values", given.values)
    if np.ndim(values) == 0 or values.shape[-1] != len(given.basis):
        raise InputError(
            f"A Wilson's values have the shape {np.shape(values)}; the last axis must be the {len(given.basis)} "
            f"coefficients of {given.basis}."
        )
    scale = real("scale", given.scale, "GeV")
    if namespace(scale) is np and not np.all(np.asarray(scale) > 0):
        raise InputError(f"A Wilson's scale is {short(given.scale)}; a positive number of GeV is needed.")
    if given.basis.eft != EFT and np.ndim(scale):
        raise InputError(f"A Wilson's scale is {short(given.scale)}; WET coefficients have one scale.")
    if given.basis.eft == EFT and namespace(scale) is np and np.any(np.asarray(scale) < LOWEST_MASS):
        raise InputError(
            f"SMEFT coefficients at {np.min(scale):.10g} GeV: below {LOWEST_MASS:g} GeV there is no SMEFT."
        )


def _mediator(name: str) -> Mediator | None:
    """The mediator of this name, unless there is a file of the name."""
    names = (item for item in MEDIATORS if name in (item.name, *item.aliases))
    return None if is_file(Path(name)) else next(names, None)


def _all_used(parts: Sequence[Part], scale: float | None, running: str | Path | None) -> None:
    """Refuse an option that nothing would use: it would be silently ignored."""
    if scale is not None and not any(isinstance(part, Weak) for part in parts):
        raise InputError("`scale` would not be used: it is the scale of WET coefficients by name.")
    if running is not None and not any(part.moves for part in parts):
        raise InputError("`running` would not be used: only SMEFT coefficients run from above.")


def added(values: Sequence[Array], target: Basis) -> Array:
    """The sum of values ``(..., len(target))``; leading axes (points, theory draws) broadcast."""
    xp = namespace(*values)
    try:
        shape = np.broadcast_shapes((len(target),), *(part.shape for part in values))
    except ValueError:
        shapes = ", ".join(str(part.shape[:-1]) for part in values)
        raise InputError(f"Points of shapes {shapes} do not add up; give arrays of one shape.") from None
    return sum((xp.broadcast_to(part, shape) for part in values), xp.zeros(shape, dtype=complex))


def _check_real(wilson: Wilson) -> None:
    """Refuse the imaginary part of what is real: Z couplings, Hermitian operators with equal flavours."""
    if namespace(wilson.values) is not np:  # tracers have no value to look at
        return
    rounding = 1e-9 * np.max(np.abs(wilson.values), initial=0.0)
    for name, value in wilson.nonzero().items():
        real = is_real(name) if wilson.basis.eft == EFT else name in Z_COUPLINGS
        if real and np.any(np.abs(np.imag(value)) > rounding):
            raise InputError(f"{name} is real; it was given an imaginary part. Leave it out.")


def lowered(wilson: Wilson) -> Wilson:
    """WET coefficients at 4.8 GeV from any scale between 4.2 and 175 GeV."""
    full = wilson.on(FULL)
    run = to_mu_b(Wilson(full.values[..., : len(WET)], WET, full.scale)).values
    xp = namespace(run)
    return Wilson(xp.concatenate([run, full.values[..., len(WET) :]], axis=-1), FULL, MU_B)


@checked
def read_wcxf(
    source: str | Path | Mapping[str, Any] | Wilson, bases: tuple[Basis, ...] | None = None
) -> Wilson:
    """The coefficients of a WCxf file (JSON or YAML; ``"-"`` is standard input) or document.

    It may be in the WET (flavio basis) or the SMEFT (Warsaw, either alignment), or in one of ``bases`` if they are
    given. Redundant names of the SMEFT are understood. Coefficients that WCxf defines but on which no prediction
    depends stay in the result, behind the others. Raises :class:`InputError` with all problems of the file: no text
    in Unicode, no JSON or YAML, another theory or basis, unknown coefficients, values that are no finite number or
    ``{Re, Im}``, no scale.

    >>> import nutau
    >>> document = {"eft": "WET", "basis": "flavio", "scale": 4.8, "values": {"C9_bstautau": -10}}
    >>> complex(nutau.read_wcxf(document)["C9_bstautau"])
    (-10+0j)
    """
    if isinstance(source, Wilson):
        return source
    if isinstance(source, str) and not source.strip():
        raise InputError("The name of the WCxf file is empty.")
    own = (FULL, warsaw(), warsaw(alignment="up"))
    return read_document(source, own if bases is None else bases, rename=canonical_document)


def _with_influence(given: Wilson) -> tuple[Wilson, tuple[str, ...]]:
    """The coefficients that predictions may depend on, and one warning that counts the others."""
    known = FULL if given.basis.eft == FULL.eft else warsaw()
    defined = given.basis.published()
    without = [name for name in given.nonzero() if name not in known and name in defined]
    if not without:
        return given, ()
    basis, left_out = given.basis, set(without)
    names = tuple(name for name in basis.coefficients if name not in left_out)
    count = "one coefficient has" if len(without) == 1 else f"{len(without)} coefficients have"
    warning = (
        f"{count} no influence on any prediction of nutau and {'is' if len(without) == 1 else 'are'} left out: "
        f"{listed(without)}."
    )
    return given.part(Basis(basis.eft, basis.name, names)), (warning,)


def _by_name(inputs: Inputs | Values) -> Values:
    return inputs if isinstance(inputs, Mapping) else inputs.parameters.mapping()


def from_smeft(
    wilson: Wilson,
    inputs: Inputs | Values,
    running: str | Path = "full",
    convention: str = "physical",
    target: Basis = FULL,
) -> Wilson:
    """Warsaw coefficients at their scale as WET coefficients at 4.8 GeV: run and matched, or matched only.

    One α for matching and rate: the one of the inputs at 4.8 GeV.
    """
    c = constants(_by_name(inputs), MU_B, convention)
    used = Basis(warsaw().eft, warsaw().name, tuple(wilson.nonzero()))
    step = match_and_run(
        used, c, wilson.scale, running=running if len(used) else "none", convention=convention, target=target
    )
    found = step(wilson.on(used), scale=MU_B)
    assert isinstance(found, Wilson)
    return found


def _check_mass(name: str, mass: Array, running: str | Path) -> None:
    """Refuse a mass below the SMEFT, or with running outside the table."""
    if namespace(mass) is not np:
        return
    low, high, why = LOWEST_MASS, inf, "below that there is no SMEFT to match to"
    if runs(running):
        low, high = load(tables=None if running == "full" else running).scales
        why = f"with `running='none'` from {LOWEST_MASS:g} GeV" + (
            " without an end" if low <= LOWEST_MASS else ""
        )
    masses = np.asarray(mass, dtype=float)
    outside = masses[(masses < low) | (masses > high)]
    if outside.size:
        allowed = f"masses go from {low:g} to {high:g} GeV" if high < inf else f"masses go from {low:g} GeV"
        raise InputError(
            f"{name} has a mass of {outside.flat[0]:.10g} GeV; {'with running, ' if high < inf else ''}{allowed} "
            f"({why}).{meant(float(outside.flat[0]), low, min(high, HIGHEST))}"
        )
