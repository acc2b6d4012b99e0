"""One question, one answer: ``nutau.predict`` for coefficients, files, models, with any input set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.checked import Real, checked
from nutau.common.given import real, several
from nutau.eft.algebra import Affine
from nutau.eft.smeft.matching import CONVENTIONS
from nutau.eft.wet.basis import MU_B, WET
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError, short, unknown
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.letter.inputs import constants, line, quoted
from nutau.letter.polynomials import letter_file, letter_formulas
from nutau.measurements import load_dataset
from nutau.models import Model
from nutau.observables import check_tree, find
from nutau.observables.error_budget import Budget, by_group
from nutau.observables.formula import Formula
from nutau.observables.perturbativity import above_one
from nutau.observables.point import Point, from_coefficients, gather, kappa_of, read_wcxf
from nutau.observables.predictions import (
    ALL,
    DRAWS,
    SEED,
    Prediction,
    Predictions,
    Request,
    check_draws,
    check_used,
    evaluate,
    formulas,
    label,
)

MOST = 500_000
"""Points times theory draws in one call; 1 GB."""
MANY = 1000
"""Points from which on it pays to leave out of formulas what is zero at all of them."""
TOGETHER = 30
"""Points in q² at once: forms of all coefficients for 1000 draws take 6 MB each (19 MB with the tree-level τ)."""
DEFAULT_OBSERVABLES = ("Rtautau(K)", "Rtautau(K*)", "Rnunu(K)", "Rnunu(K*)", "R(D)", "R(D*)")


class Given(TypedDict, total=False):
    """How a point of new physics may be given (see :func:`predict`)."""

    coefficients: Mapping[str, Any] | None
    scale: Real | None
    wc: str | Path | Mapping[str, Any] | Wilson | None
    model: str | Model | None
    mass: Real | None
    couplings: Sequence[str] | Mapping[str, Any] | None
    kappa: Real | None
    delta: Real | None
    lq3: Real | None
    running: str | Path | None
    convention: str


@checked
def predict(
    observables: str | Sequence[str] | None = DEFAULT_OBSERVABLES,
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
    inputs: InputSet = "default",
    convention: str = "physical",
    q2: Any = None,
    clip: bool = False,
    draws: int = DRAWS,
    tree: bool = False,
    muons: bool = False,
) -> Predictions:
    r"""Predict observables at a point of new physics, given in any way; several ways add up.

    ``coefficients`` are WET coefficients by name at ``scale`` (GeV, 4.8 if not given); ``wc`` a WCxf file, document
    or :class:`Wilson` of WET or SMEFT; ``model`` a mediator with ``mass`` (GeV) and ``couplings``, or with ``delta``
    or ``lq3`` (TeV⁻²) the letter's line :math:`C_1 = \kappa C_3` of that model; ``kappa`` the same for any κ.
    ``running`` of SMEFT coefficients is ``"full"``, ``"none"`` or a folder of running tables; ``q2`` a bin or points;
    ``draws=0`` leaves the theory errors out; ``tree`` adds the tree-level τ contribution to B⁺ → K⁽*⁾⁺νν̄.
    ``inputs="letter"`` uses the letter's polynomials.

    Theory draws move the rates and, for ``wc`` of the SMEFT, models, δ and κ, the matching. Masses, couplings and
    coefficients may be arrays of one shape, or JAX arrays and tracers: then so are the numbers of the predictions, and
    they can be differentiated. Raises :class:`InputError`.
    """
    if convention not in CONVENTIONS:
        raise unknown("convention", convention, CONVENTIONS)
    names = _names(observables)
    if inputs == "letter":
        _no_engine_options(wc, couplings, mass, running, q2, tree, clip)
        own = _letter_point(coefficients, scale, model, kappa, delta, lq3, convention, muons)
        return _letter(names, own, convention)
    if muons:
        raise InputError(
            "`muons=True` adds the letter's δC9^μμ and goes with `inputs='letter'`; else give C9_bsmumu itself."
        )
    asked = _ask(
        names,
        load_inputs(inputs, also=("letter",)),
        q2,
        clip,
        tree,
        coefficients=coefficients,
        scale=scale,
        wc=wc,
        model=model,
        mass=mass,
        couplings=couplings,
        kappa=kappa,
        delta=delta,
        lq3=lq3,
        running=running,
        convention=convention,
    )
    asked.check_size(draws)
    parts = _parts(asked.requests, TOGETHER // 3 if tree else TOGETHER)
    reached: set[str] = set()
    result = evaluate(
        _noting(
            chain.from_iterable(formulas(part, asked.inputs, draws=draws, tree=tree) for part in parts),
            reached,
        ),
        asked.point.wilson,
        inputs=asked.inputs.name,
        convention=convention,
        requests=[request for part in parts for request in part],
        drawn=asked.at(asked.inputs.parameters.sample(draws, SEED)) if draws else None,
    )
    unchanged = (
        result.warnings if coefficients or wc is not None else ()
    )  # a model says itself what it reaches
    logarithms = _leading_logarithm(result) if model is not None or kappa is not None else ()
    rates = above_one((row.observable, row.value) for row in result.rows)
    idle = _idle(coefficients, scale, reached) if len(unchanged) < len(asked.requests) else ()
    return replace(result, warnings=(*asked.doubts, *rates, *unchanged, *idle, *logarithms))


def _leading_logarithm(result: Predictions) -> tuple[str, ...]:
    """What is left out of the Z couplings of mediators."""
    names = dict.fromkeys(row.observable for row in result.rows if "(Z->ll)" in row.observable)
    if not names:
        return ()
    return (
        f"{', '.join(names)}: a mediator enters by the logarithm of the running from its mass alone; the finite "
        "terms of its loop (arXiv:1901.06315) are left out.",
    )


def _noting(made: Iterable[Formula], reached: set[str]) -> Iterator[Formula]:
    """The same formulas, with the coefficients that they depend on put into ``reached``."""
    for formula in made:
        reached.update(formula.central.basis.coefficients)
        yield formula


def _idle(coefficients: Mapping[str, Any] | None, scale: Any, reached: set[str]) -> tuple[str, ...]:
    """One warning for the given coefficients that reach none of the observables, not by running either."""
    idle = [
        name
        for name in coefficients or {}
        if not reached & set(from_coefficients({name: 1.0}, real("scale", scale) or MU_B).wilson.nonzero())
    ]
    if not idle:
        return ()
    more = f" and {len(idle) - 5} more" if len(idle) > 5 else ""
    return (f"none of the observables depends on {', '.join(idle[:5])}{more}.",)


@checked
def error_budget(
    observables: str | Sequence[str] | None = DEFAULT_OBSERVABLES,
    *,
    inputs: InputSet = "default",
    q2: Any = None,
    clip: bool = False,
    draws: int = DRAWS,
    tree: bool = False,
    **point: Unpack[Given],
) -> Budget:
    """Where theory errors come from at a point: one standard deviation due to each group of parameters alone.

    The arguments are those of :func:`predict`, except ``muons``. Raises :class:`InputError` as it does, for
    ``inputs="letter"`` (whose formulas have no errors) and for fewer than two draws.
    """
    if inputs == "letter":
        raise InputError(
            "The letter's formulas have no theory errors, so there is no budget; use `inputs='default'`."
        )
    convention = point.get("convention", "physical")
    if convention not in CONVENTIONS:
        raise unknown("convention", convention, CONVENTIONS)
    check_draws(draws)
    names = _names(observables)
    chosen = load_inputs(inputs)
    asked = _ask(names, chosen, q2, clip, tree, **point)
    if asked.point.wilson.values.ndim > 1:
        raise InputError("An error budget is for one point; give numbers instead of arrays.")
    values, errors = by_group(
        asked.requests, asked.point.wilson, asked.at, asked.inputs, draws=draws, tree=tree
    )
    notes = {label(request): request.note for request in asked.requests if request.note}
    return Budget(errors, asked.inputs.name, convention, values, asked.doubts, notes)


def _names(observables: str | Sequence[str] | None) -> tuple[str, ...]:
    """The names asked for; none of them are the default ones."""
    if observables is None:
        return DEFAULT_OBSERVABLES
    names = several("observables", observables) or DEFAULT_OBSERVABLES
    for name in names:
        if not isinstance(name, str):
            raise InputError(f"{name!r} is no name of an observable; give text, for instance 'R(D)'.")
    return names


@dataclass(frozen=True)
class _Asked:
    """A question with everything in it read and checked."""

    inputs: Inputs
    requests: tuple[Request, ...]
    given: Given
    point: Point

    @property
    def doubts(self) -> tuple[str, ...]:
        """The warnings of the point at the observables that are asked for."""
        return self.point.doubts(request.name for request in self.requests)

    def at(self, par: Mapping[str, Array]) -> Wilson:
        """The coefficients for theory draws of the parameters, ``(draws, ..., n)``; as they are if they do not move."""
        if not {"wc", "model", "kappa"} & {name for name, value in self.given.items() if value is not None}:
            return self.point.wilson
        axes = self.point.wilson.values.ndim - 1
        return gather({name: value[..., *(None,) * axes] for name, value in par.items()}, **self.given).wilson

    def check_size(self, draws: int) -> None:
        """Raise :class:`InputError` for more points with theory draws than fit into memory."""
        check_draws(draws)
        points = int(np.prod(self.point.wilson.values.shape[:-1]))
        if points > 1 and points * draws > MOST:
            raise InputError(
                f"{points} points with {draws} theory draws each are more than {MOST}: leave the errors out (draws=0), "
                "or use nutau.scan, which has them in closed form."
            )


def _parts(requests: Sequence[Request], together: int = TOGETHER) -> list[list[Request]]:
    """Requests that are compiled together: all, or one by one where there are many points in q²."""
    if sum(np.size(request.q2) for request in requests if isinstance(request.q2, np.ndarray)) <= together:
        return [list(requests)]
    pieces: list[list[Request]] = []
    for request in requests:
        many = isinstance(request.q2, np.ndarray)
        cuts = np.split(request.q2, range(together, len(request.q2), together)) if many else [request.q2]
        pieces += [[replace(request, q2=cut)] for cut in cuts]
    return pieces


def _ask(
    names: Sequence[str], chosen: Inputs, q2: Any, clip: bool, tree: bool, **point: Unpack[Given]
) -> _Asked:
    source = point.get("wc")
    if source is not None:
        point["wc"] = read_wcxf(source)  # standard input can be read once
    found = gather(chosen, **point)
    requests = tuple(Request.parse(name, q2, clip=clip, inputs=chosen) for name in names)
    check_used(q2, requests)
    if clip and q2 is None:
        raise InputError("`clip=True` would not be used: it cuts `q2` to phase space; give that.")
    if tree:
        check_tree([find(request.name) for request in requests])
    return _Asked(chosen, requests, point, found)


@checked
def values(
    observables: str | Sequence[str],
    model: Model,
    *,
    inputs: InputSet = "default",
    running: str | Path = "full",
    convention: str = "physical",
    q2: Any = None,
    compiled: Sequence[Formula] | None = None,
) -> Array:
    """Central values of observables ``(..., observables)`` for a model with arrays of masses or couplings ``(...)``.

    ``q2`` is the bin of observables that take one. NumPy, or JAX when the couplings are JAX arrays: differentiable in
    masses and couplings. ``compiled`` are formulas made before (:func:`nutau.formulas`), so that repeated calls do not
    make them again. For scans over millions of points at one mass, :func:`nutau.scan` is faster and gives theory
    errors.
    """
    if not isinstance(model, Model):
        raise InputError(f"`model={short(model)}`: a model is needed, as nutau.S3(2000, y3LL_33=1).")
    if convention not in CONVENTIONS:
        raise unknown("convention", convention, CONVENTIONS)
    names = _names(observables)
    chosen = load_inputs(inputs)
    made = formulas(names, chosen, draws=0, q2=q2) if compiled is None else compiled
    target, positions = _joint(tuple(formula.central.basis for formula in made))
    found = model.wet(running=running, inputs=chosen, convention=convention, target=target)
    if found.values.size > MANY * len(target) and namespace(found.values) is np:
        made = tuple(_reached(formula, found) for formula in made)
        positions = tuple(_places(formula.central.basis, target) for formula in made)
    columns = [formula(found.values[..., at]) for formula, at in zip(made, positions, strict=True)]
    return namespace(*columns).stack(columns, axis=-1)


def _reached(formula: Formula, wilson: Wilson) -> Formula:
    """The formula without the coefficients that are zero at every point."""
    basis = formula.central.basis
    return formula.after(Affine.identity(basis).narrowed(name for name in wilson.nonzero() if name in basis))


@lru_cache(maxsize=64)
def _joint(bases: tuple[Basis, ...]) -> tuple[Basis, tuple[Array, ...]]:
    """One basis with the coefficients of all, and where those of each are in it."""
    names = tuple(dict.fromkeys(name for basis in bases for name in basis.coefficients))
    target = Basis(WET.eft, WET.name, names)
    return target, tuple(_places(basis, target) for basis in bases)


def _places(basis: Basis, within: Basis) -> Array:
    return np.array([within.index(name) for name in basis.coefficients], dtype=int)


def _no_engine_options(
    wc: Any, couplings: Any, mass: Any, running: Any, q2: Any, tree: bool, clip: bool
) -> None:
    given = {
        "wc": wc,
        "couplings": couplings or None,
        "mass": mass,
        "running": running,
        "q2": q2,
        "tree": tree or None,
        "clip": clip or None,
    }
    extra = [f"`{option}`" for option, value in given.items() if value is not None]
    if extra:
        raise InputError(
            f"{', '.join(extra)} cannot be used with `inputs='letter'`, whose formulas know neither masses nor running "
            "nor bins. Use `inputs='default'`."
        )


def _letter_point(
    coefficients: Mapping[str, Any] | None,
    scale: Real | None,
    model: str | Model | None,
    kappa: Real | None,
    delta: Real | None,
    lq3: Real | None,
    convention: str,
    muons: bool,
) -> Wilson:
    """The point at m_W, without running, in the letter's own matching."""
    own = letter_file().scale
    if scale is not None and scale != own:
        raise InputError(f"The letter's formulas take coefficients at m_W = {own:g} GeV; leave `scale` out.")
    parts = [Wilson.from_mapping(WET, own, coefficients)] if coefficients else []
    if model is not None or kappa is not None:
        if model is not None and kappa is not None:
            raise InputError("`kappa` would not be used: `model` fixes κ; give one of the two.")
        k = kappa_of(model) if kappa is None else kappa
        if (delta is None) == (lq3 is None):
            raise InputError(
                "With `inputs='letter'` a model needs its size: give `delta` or `lq3` (TeV⁻²), one of them."
            )
        size = _delta_of(lq3) if delta is None else delta
        values = line(k, convention, muons=muons)(np.array([size]))
        names = line(k, convention).target.coefficients
        parts.append(Wilson.from_mapping(WET, own, dict(zip(names, np.asarray(values), strict=True))))
    elif delta is not None or lq3 is not None:
        raise InputError(
            "`delta` and `lq3` give the size of C3; say which C1 goes with it by `model` or `kappa`."
        )
    return Wilson(sum((part.values for part in parts), np.zeros(len(WET), dtype=complex)), WET, own)


def _delta_of(lq3: Real | None) -> float:
    """(2.15): δ = -(v² V_cs/V_cb) C3, C3 in TeV⁻²; the letter has V_cs = 1."""
    c = constants()
    return -float(lq3 or 0.0) * 1e-6 / (np.sqrt(2.0) * c["G_F"]) * c["V_cs"] / c["V_cb"]


def _only_known(point: Wilson, known: Mapping[str, Formula]) -> None:
    """Refuse coefficients that no formula of the letter has, rather than give their SM value."""
    has = dict.fromkeys(name for formula in known.values() for name in formula.central.basis.coefficients)
    lost = [name for name in point.nonzero() if name not in has]
    if lost:
        raise InputError(
            f"The letter's formulas do not know {', '.join(lost)}; they have {', '.join(has)}. Use `inputs='default'`."
        )


def _letter(names: Sequence[str], point: Wilson, convention: str) -> Predictions:
    known = letter_formulas()
    _only_known(point, known)
    data = load_dataset("letter-2022")
    rows = []
    for text in names:
        request = Request.parse(text, ALL)
        formula: Formula | None = known.get(f"{request.name}/SM")
        if formula is None:
            choices = ", ".join((*DEFAULT_OBSERVABLES, *known))
            raise InputError(
                f"The letter has no formula for '{text}'. It has {choices}. Others need `inputs='default'`."
            )
        basis = formula.central.basis
        ratio = float(formula(np.array([point[name] for name in basis.coefficients])))
        if request.relative:
            rows.append(Prediction(text, ratio, 1.0, ratio, None, None, None, None))
        elif request.name.startswith("Rtaul"):
            sm = quoted(data, request.name, "prediction")
            value, error = ratio * sm.value, ratio * sm.uncertainty
            rows.append(
                Prediction(text, value, sm.value, ratio, error, None, (value - error, value + error), None)
            )
        else:
            raise InputError(
                f"The letter gives {request.name} over its SM value only; ask for '{request.name}/SM'."
            )
        rows[-1] = replace(rows[-1], note=request.note)
    return Predictions(tuple(rows), "letter", convention)
