"""A point of new physics, however it is given, as WET coefficients at 4.8 GeV."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.checked import Real, checked
from nutau.common.given import real, several
from nutau.eft.ckm import matrix, tree_ckm
from nutau.eft.smeft.basis import EFT, canonical_document, is_real, realigned, warsaw
from nutau.eft.smeft.matching import constants
from nutau.eft.smeft.matching_and_running import M_Z, lowering, runs
from nutau.eft.smeft.running import load, meant
from nutau.eft.wet.basis import MU_B, WET
from nutau.eft.wet.full import FULL
from nutau.eft.wet.running import to_mu_b
from nutau.eft.wet.z_couplings import Z_COUPLINGS
from nutau.eft.wilson import Basis, Wilson
from nutau.eft.wilson import read_wcxf as read_document
from nutau.errors import InputError, listed, short, told
from nutau.inputs import Inputs
from nutau.models import Model, X, mediator
from nutau.models.boxes import box_warnings, is_leptoquark, missing
from nutau.models.catalogue import parse_couplings
from nutau.models.two_field import c3_from_delta
from nutau.observables.perturbativity import too_large

LOWEST_MASS = M_Z
"""GeV: a mediator must be above the scale where the SMEFT is matched to the WET."""

HIGHEST = 1e5
"""GeV: up to here a mass that is too small is taken for one in TeV, in messages."""


@dataclass(frozen=True)
class Point:
    """WET coefficients at 4.8 GeV, with what makes them doubtful and what is missing in B_s mixing."""

    wilson: Wilson
    warnings: tuple[str, ...] = ()
    boxes: tuple[str, ...] = ()

    def doubts(self, observables: Iterable[str]) -> tuple[str, ...]:
        """The warnings at these observables."""
        return (*self.warnings, *box_warnings(self.boxes, observables))


def gather(
    inputs: Inputs | Mapping[str, Array],
    *,
    coefficients: Mapping[str, Any] | None = None,
    scale: Real | None = None,
    wc: str | Path | Mapping[str, Any] | Wilson | None = None,
    model: str | Model | None = None,
    mass: Real | None = None,
    couplings: Sequence[str] | Mapping[str, Any] | None = (),
    kappa: Real | None = None,
    delta: Real | None = None,
    lq3: Real | None = None,
    running: str | Path | None = None,
    convention: str = "physical",
) -> Point:
    """Everything given, added up (see :func:`nutau.predict` for the arguments); nothing given is the SM.

    ``inputs`` is an input set, at its central values, or parameters by name: theory draws ``(draws,)`` of them give the
    point a leading axis, where models and coefficients of the SMEFT are matched draw by draw.
    """
    scale, mass = real("scale", scale, "GeV"), real("mass", mass, "GeV")
    kappa, delta, lq3 = real("kappa", kappa), real("delta", delta), real("lq3", lq3, "TeV⁻²")
    _all_used(coefficients, scale, wc, model, mass, couplings, kappa, delta, lq3, running)
    parts = [from_coefficients(coefficients, MU_B if scale is None else scale)] if coefficients else []
    if wc is not None:
        parts.append(from_file(wc, inputs, running or "full", convention))
    sized = delta is not None or lq3 is not None
    if model is None and kappa is None:
        if sized:
            raise InputError(
                "`delta` and `lq3` give the size of C3; say which C1 goes with it by `model` or `kappa`."
            )
    elif sized:
        k = kappa_of(model) if kappa is None else kappa
        sized_point = direction(k, delta, lq3, mass, inputs, running, convention)
        parts.append(replace(sized_point, boxes=_boxes(model)))
    elif model is None:
        raise InputError("`kappa` needs the size of C3: give `delta` (of b → cτν) or `lq3` (TeV⁻²).")
    else:
        parts.append(from_model(model, mass, couplings, inputs, running or "full", convention))
    found = combine(parts)
    par = _parameters(inputs)
    if isinstance(inputs, Mapping) or any("4π/v²" in warning for warning in found.warnings):
        return found
    return replace(found, warnings=(*found.warnings, *too_large(found.wilson, par)))


def _parameters(inputs: Inputs | Mapping[str, Array]) -> Mapping[str, Array]:
    return inputs if isinstance(inputs, Mapping) else inputs.parameters.mapping()


def _all_used(
    coefficients: Any,
    scale: Any,
    wc: Any,
    model: Any,
    mass: Any,
    couplings: Any,
    kappa: Any,
    delta: Any,
    lq3: Any,
    running: Any,
) -> None:
    """Refuse an option that nothing would use: it would be silently ignored."""
    sized, line = delta is not None or lq3 is not None, kappa is not None
    modelled = model is not None or line
    made = isinstance(model, Model)
    unused = (
        ("scale", scale is not None and not coefficients, "it is the scale of `coefficients`"),
        (
            "couplings",
            bool(couplings) and (model is None or sized or made),
            "it needs `model` and `mass`, without `delta`",
        ),
        (
            "mass",
            mass is not None and (not modelled or (made and not sized)),
            "it is the mass of a `model`",
        ),
        ("kappa", line and model is not None, "`model` fixes κ; give one of the two"),
        (
            "running",
            running is not None and not modelled and wc is None,
            "only SMEFT coefficients run from above",
        ),
    )
    for option, is_unused, why in unused:
        if is_unused:
            raise InputError(f"`{option}` would not be used: {why}.")


def combine(points: Sequence[Point]) -> Point:
    """The sum of all contributions; none is the SM."""
    total = _sum([point.wilson.on(FULL).values for point in points])
    warnings = tuple(warning for point in points for warning in point.warnings)
    return Point(Wilson(total, FULL, MU_B), warnings, tuple(box for point in points for box in point.boxes))


def _sum(parts: Sequence[Array]) -> Array:
    """The sum of values ``(..., FULL)``; leading axes (points, theory draws) broadcast."""
    xp = namespace(*parts)
    try:
        shape = np.broadcast_shapes((len(FULL),), *(part.shape for part in parts))
    except ValueError:
        shapes = ", ".join(str(part.shape[:-1]) for part in parts)
        raise InputError(f"Points of shapes {shapes} do not add up; give arrays of one shape.") from None
    return sum((xp.broadcast_to(part, shape) for part in parts), xp.zeros(shape, dtype=complex))


def from_coefficients(coefficients: Mapping[str, Any], scale: float) -> Point:
    """WET coefficients by name at ``scale`` (GeV)."""
    if not isinstance(coefficients, Mapping):
        raise InputError(
            f"`coefficients={short(coefficients)}`: values by name are needed, as "
            "`coefficients={'C9_bstautau': -10}`."
        )
    return Point(lowered(Wilson.from_mapping(FULL, scale, coefficients)))


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
    _check_real(wilson)
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
    """
    if isinstance(source, Wilson):
        return source
    if not isinstance(source, str | Path | Mapping):
        raise InputError(
            f"`wc={short(source)}`: the name of a WCxf file, a WCxf document or a nutau.Wilson is needed. "
            "Write other objects to a WCxf file first."
        )
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


def from_file(
    source: str | Path | Mapping[str, Any] | Wilson,
    inputs: Inputs | Mapping[str, Array],
    running: str | Path,
    convention: str,
) -> Point:
    """A WCxf file or document of WET (flavio basis) or SMEFT (Warsaw basis), at its own scale."""
    given, warnings = _with_influence(read_wcxf(source))
    with told(str(source) if isinstance(source, str | Path) else ""):
        if given.basis.eft == "WET":
            return Point(lowered(given), warnings)
        down = realigned(given, "down", matrix(tree_ckm(_parameters(inputs))))
        doubts = () if isinstance(inputs, Mapping) else too_large(given, inputs.parameters.mapping())
        return Point(from_smeft(down, inputs, running, convention), (*warnings, *doubts))


def from_smeft(
    wilson: Wilson,
    inputs: Inputs | Mapping[str, Array],
    running: str | Path = "full",
    convention: str = "physical",
) -> Wilson:
    """Warsaw coefficients at their scale as WET coefficients at 4.8 GeV: run and matched, or matched only.

    One α for matching and rate: the one of the inputs at 4.8 GeV.
    """
    _check_real(wilson)
    c = constants(_parameters(inputs), MU_B, convention)
    used = Basis(warsaw().eft, warsaw().name, tuple(wilson.nonzero()))
    step = lowering(used, c, wilson.scale, running=running if len(used) else "none", convention=convention)
    lowered = step(wilson.on(used), scale=MU_B)
    assert isinstance(lowered, Wilson)
    return lowered


def from_model(
    model: str | Model,
    mass: float | None,
    couplings: Sequence[str] | Mapping[str, Any] | None,
    inputs: Inputs | Mapping[str, Array],
    running: str | Path,
    convention: str,
) -> Point:
    """A mediator with mass (GeV) and couplings, integrated out at tree level at its mass."""
    if isinstance(model, Model):
        made = model
    else:
        field = mediator(model)
        if mass is None:
            raise InputError(f"{field.name} needs `mass` in GeV, for instance `mass=2000`.")
        given = (
            couplings
            if isinstance(couplings, Mapping)
            else parse_couplings(several("couplings", couplings or ()))
        )
        made = field(mass=mass, **given)
    for part in made.parts:
        _check_mass(part.name, part.mass, running)
    total = _sum([from_smeft(part.smeft(), inputs, running, convention).values for part in made.parts])
    return Point(Wilson(total, FULL, MU_B), made.warnings, made.boxes)


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


def direction(
    kappa: float,
    delta: float | None,
    lq3: float | None,
    mass: float | None,
    inputs: Inputs | Mapping[str, Array],
    running: str | Path | None,
    convention: str,
) -> Point:
    """The letter's models: C1 = κ C3, the size of C3 from δ(C_V - C_A) at tree level or given in TeV⁻².

    Runs from ``mass`` (GeV) if one is given; without a mass there is nothing to run from.
    """
    if (delta is None) == (lq3 is None):
        raise InputError("Give the size of C3 once: `delta` (of b → cτν) or `lq3` (TeV⁻²).")
    how = running or ("none" if mass is None else "full")
    if runs(how) and mass is None:
        raise InputError(f"`running={how!r}` needs `mass` in GeV: the scale where running starts.")
    c3 = c3_from_delta(delta, constants(_parameters(inputs), MU_B, convention)) if lq3 is None else lq3
    if mass is not None:
        _check_mass("The mediator", mass, how)
    made = X(kappa, c3=c3) if mass is None else X(kappa, c3=c3, mass=mass)
    return Point(from_smeft(made.smeft(), inputs, how, convention))


def _boxes(model: str | Model | None) -> tuple[str, ...]:
    """What is missing of a model whose C3 is given: a leptoquark then joins s and b by τ."""
    if isinstance(model, Model):
        return model.boxes
    field = None if model is None else mediator(model)
    return (missing(field),) if field is not None and is_leptoquark(field) else ()


def kappa_of(model: str | Model | None) -> float:
    """κ = C1/C3 of a mediator, from its own match; :class:`InputError` if it has no C3."""
    if model is None:
        raise InputError("Give `model` or `kappa`.")
    kappa = model.kappa if isinstance(model, Model) else mediator(model).kappa
    name = model.name if isinstance(model, Model) else mediator(model).name
    if kappa is None or not isfinite(float(kappa)):
        raise InputError(
            f"{name} has no lq3, so δ cannot fix it. Give `mass` and `couplings`, or a model with lq3."
        )
    return float(kappa)
