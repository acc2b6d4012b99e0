"""One question, one answer: ``nutau.predict`` for any point of new physics, with any input set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.checked import checked
from nutau.common.given import several
from nutau.eft.algebra import Affine
from nutau.eft.wet.basis import MU_B, WET
from nutau.eft.wet.full import FULL, WITH_TAILS
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.models.propagators import Resolved
from nutau.observables import check_tree, find
from nutau.observables.choice import spreads
from nutau.observables.error_budget import Budget, by_group
from nutau.observables.formula import Formula
from nutau.observables.invisible import MODULES, InvisibleState
from nutau.observables.letter import as_printed, no_engine_options
from nutau.observables.perturbativity import above_one
from nutau.observables.point import Given, Heavy, Point, Weak, as_point, lowered
from nutau.observables.predictions import (
    DEFAULT_OBSERVABLES,
    DRAWS,
    SEED,
    check_draws,
    check_finite,
    evaluate,
    formulas_at,
)
from nutau.observables.requests import Request, label, requested
from nutau.observables.results import Predictions
from nutau.observables.varying import varying

MOST = 500_000
"""Points times theory draws in one call; 1 GB."""
MANY = 1000
"""Points from which on it pays to leave out of formulas what is zero at all of them."""
TOGETHER = 10
"""Points in q² at once: forms of all coefficients for 1000 draws take 19 MB each (37 MB with the tree-level τ)."""


@checked
def predict(
    observables: str | Sequence[str] | None = DEFAULT_OBSERVABLES,
    point: Given = None,
    *,
    inputs: InputSet = "default",
    q2: Any = None,
    clip: bool = False,
    draws: int = DRAWS,
    tree: bool = False,
    muons: bool = False,
    invisible: InvisibleState | None = None,
) -> Predictions:
    r"""Predict observables at a point of new physics.

    ``point`` is whatever says where in new physics one is (:func:`nutau.point`): a model, WET coefficients by name, a
    :class:`Wilson`, a WCxf file or document, a list of these, nothing for the Standard Model. ``q2`` is a bin
    ``(0, 4)``, bins ``[(0, 4), (4, 8)]`` or points ``[1, 2]`` in GeV², or these by the name of the observable; a name
    may have its own bin behind it, ``"<dBR/dq2>(B+->Knunu)[0, 4]"``. The result has the theory covariance of all its
    values. ``draws=0`` leaves the theory errors out; ``tree`` adds the tree-level τ contribution to
    B⁺ → K⁽*⁾⁺νν̄, ``invisible`` a new state beside the neutrinos of b → sνν̄.
    ``inputs="letter"`` uses the letter's polynomials, with ``muons`` its :math:`\delta C_9^{\mu\mu}`.

    Theory draws move the rates and, for models and coefficients of the SMEFT, the matching. Where the point has arrays,
    or JAX arrays and tracers, so have the predictions, and they can be differentiated; tables, CSV files and DataFrames
    have one line a point. Raises :class:`InputError`.

    >>> import nutau
    >>> nutau.predict("R(D)/SM", nutau.X(1, delta=0.069), draws=0)[0].value
    1.141...
    >>> binned = nutau.predict("<dBR/dq2>(B+->Knunu)", q2=[(0, 4), (4, 8), (8, 22)], draws=100)
    >>> binned.covariance.shape
    (3, 3)
    """
    names = _names(observables)
    where = as_point(point)
    if inputs == "letter":
        check_draws(draws)
        no_engine_options({"q2": q2, "tree": tree or None, "clip": clip or None, "invisible": invisible})
        return as_printed(names, where, muons=muons)
    if muons:
        raise InputError(
            "`muons=True` adds the letter's δC9^μμ and goes with `inputs='letter'`; else give C9_bsmumu itself."
        )
    asked = _ask(names, where, load_inputs(inputs, also=("letter",)), q2, clip, tree)
    asked.check_size(draws)
    parts = _parts(asked.requests, TOGETHER // 2 if tree else TOGETHER)
    drawn = asked.at(asked.inputs.parameters.sample(draws, SEED)) if draws else None
    wilson = asked.wilson
    if invisible is not None:
        _check_seen(asked.requests)
        wilson = invisible.beside(asked.inputs, wilson)
        drawn = None if drawn is None else invisible.beside(asked.inputs, drawn)
    reached: set[str] = set()
    result = evaluate(
        _noting(
            chain.from_iterable(asked.formulas(part, draws, tree, invisible) for part in parts),
            reached,
        ),
        wilson,
        inputs=asked.inputs.name,
        convention=where.convention,
        requests=[request for part in parts for request in part],
        drawn=drawn,
    )
    shape = asked.wilson.values.shape[:-1] if namespace(asked.wilson.values) is np else ()
    warnings = (*asked.doubts, *_remarks(result, asked, reached))
    return replace(result, warnings=warnings, points=varying(where, shape))


def _check_seen(requests: Sequence[Request]) -> None:
    """Raise :class:`InputError` if no observable is of a decay in which an invisible state would be taken for νν̄."""
    if not any(module in MODULES for request in requests for module, _ in find(request.name).processes):
        names = ", ".join(request.name for request in requests)
        raise InputError(
            f"`invisible` would not be used: {names} has no decay b -> s with nothing seen, as BR(B+->Knunu)."
        )


def _remarks(result: Predictions, asked: _Asked, reached: set[str]) -> tuple[str, ...]:
    """What the numbers themselves give reason to say; a model says itself what it reaches."""
    parts = asked.point.parts
    rates = above_one((row.observable, row.value) for row in result.rows)
    unchanged = result.warnings if not all(isinstance(part, Heavy) for part in parts) else ()
    weak = [part for part in parts if isinstance(part, Weak)]
    idle = _idle(weak, reached) if len(unchanged) < len(asked.requests) else ()
    logarithms = _leading_logarithm(result) if any(isinstance(part, Heavy) for part in parts) else ()
    return (*rates, *unchanged, *idle, *logarithms)


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


def _idle(given: Iterable[Weak], reached: set[str]) -> tuple[str, ...]:
    """One warning for the given coefficients that reach none of the observables, not by running either."""
    idle = [
        name
        for part in given
        for name in part.coefficients
        if not reached & set(lowered(Weak({name: 1.0}, part.scale).wilson(MU_B)).nonzero())
    ]
    if not idle:
        return ()
    more = f" and {len(idle) - 5} more" if len(idle) > 5 else ""
    return (f"none of the observables depends on {', '.join(idle[:5])}{more}.",)


@checked
def error_budget(
    observables: str | Sequence[str] | None = DEFAULT_OBSERVABLES,
    point: Given = None,
    *,
    inputs: InputSet = "default",
    q2: Any = None,
    clip: bool = False,
    draws: int = DRAWS,
    tree: bool = False,
) -> Budget:
    """Where theory errors come from at a point: one standard deviation due to each group of parameters alone.

    Beside them stands how far the choice of form factors moves the value, which is in no total.
    The arguments are those of :func:`predict`, except ``muons``. Raises :class:`InputError` as it does, for
    ``inputs="letter"`` (whose formulas have no errors) and for fewer than two draws.

    >>> import nutau
    >>> budget = nutau.error_budget("BR(B+->Knunu)", draws=200)
    >>> budget["BR(B+->Knunu)"]["total"] > budget["BR(B+->Knunu)"]["CKM"] > 0
    True
    """
    if inputs == "letter":
        raise InputError(
            "The letter's formulas have no theory errors, so there is no budget; use `inputs='default'`."
        )
    where = as_point(point)
    check_draws(draws)
    asked = _ask(_names(observables), where, load_inputs(inputs), q2, clip, tree)
    tails = [request.name for request in asked.requests if find(request.name).is_tail]
    if tails:
        raise InputError(f"{tails[0]} has no theory error in nutau, so it has no error budget; leave it out.")
    if asked.wilson.values.ndim > 1 or namespace(asked.wilson.values) is not np:
        raise InputError("An error budget is for one point; give numbers instead of arrays.")
    values, errors = by_group(asked.requests, asked.wilson, asked.at, asked.inputs, draws=draws, tree=tree)
    notes = {label(request): request.note for request in asked.requests if request.note}
    moved = spreads(asked.requests, asked.wilson, asked.inputs, tree=tree)
    return Budget(errors, asked.inputs.name, where.convention, values, asked.doubts, notes, moved)


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
    """A question with everything in it read and checked; ``wilson`` is the point at the central inputs."""

    inputs: Inputs
    requests: tuple[Request, ...]
    point: Point
    wilson: Wilson
    resolved: Resolved

    def formulas(
        self, requests: Sequence[Request], draws: int, tree: bool, invisible: InvisibleState | None = None
    ) -> tuple[Formula, ...]:
        """The formulas of some requests, for what the point exchanges."""
        drawn = self.inputs.parameters.sample(draws, SEED) if draws else None
        return formulas_at(
            requests, self.inputs, drawn, tree=tree, invisible=invisible, propagator=self.resolved.propagator
        )

    @property
    def doubts(self) -> tuple[str, ...]:
        """The warnings of the inputs and of the point, at the observables that are asked for."""
        names = [request.name for request in self.requests]
        chosen = self.inputs.warnings(channel for name in names for channel in find(name).channels)
        warnings = self.point.warnings(self.inputs.parameters.mapping(), self.wilson)
        return (*chosen, *warnings, *self.point.missing_warnings(names), *self.resolved.doubts)

    def at(self, par: Mapping[str, Array]) -> Wilson:
        """The coefficients for theory draws of the parameters, ``(draws, ..., n)``; as they are if they do not move."""
        if not self.point.moves:
            return self.wilson
        axes = self.wilson.values.ndim - 1
        return self.point.at({name: value[..., *(None,) * axes] for name, value in par.items()})

    def check_size(self, draws: int) -> None:
        """Raise :class:`InputError` for more points with theory draws than fit into memory."""
        check_draws(draws)
        points = int(np.prod(self.wilson.values.shape[:-1]))
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


def _ask(names: Sequence[str], point: Point, inputs: Inputs, q2: Any, clip: bool, tree: bool) -> _Asked:
    requests = requested(names, q2, clip=clip, inputs=inputs)
    tails = any(find(request.name).is_tail for request in requests)
    wilson = point.at(inputs, WITH_TAILS if tails else FULL)
    if clip and all(request.q2 is None for request in requests):
        raise InputError("`clip=True` would not be used: it cuts `q2` to phase space; give that.")
    if tree:
        check_tree([find(request.name) for request in requests])
    return _Asked(inputs, requests, point, wilson, point.resolved() if tails else Resolved())


@checked
def values(
    observables: str | Sequence[str],
    point: Given = None,
    *,
    inputs: InputSet = "default",
    q2: Any = None,
    compiled: Sequence[Formula] | None = None,
) -> Array:
    """Central values of observables ``(..., observables)`` for a point with arrays of masses or couplings ``(...)``.

    ``point`` and ``q2`` are those of :func:`predict`. NumPy, or JAX when the point holds JAX arrays: differentiable in
    masses and couplings. ``compiled`` are formulas made before (:func:`nutau.formulas`), so that repeated calls do not
    make them again. For scans over millions of points at one mass, :func:`nutau.scan` is faster and gives theory
    errors.

    >>> import numpy as np
    >>> import nutau
    >>> s3 = nutau.S3(np.array([1500.0, 3000.0]), y3LL={"33": 1.0, "23": -0.05})
    >>> nutau.values(["R(D)", "Rnunu(K)"], s3).shape
    (2, 2)
    """
    names = _names(observables)
    chosen = load_inputs(inputs)
    where = as_point(point)
    made = _central(names, where, chosen, q2) if compiled is None else compiled
    if len(made) != len(names):
        raise InputError(f"{len(made)} compiled formulas were given for {len(names)} observables.")
    target, positions = _joint(tuple(formula.central.basis for formula in made))
    found = where.at(chosen, target)
    if found.values.size > MANY * len(target) and namespace(found.values) is np:
        made = tuple(_reached(formula, found) for formula in made)
        positions = tuple(_places(formula.central.basis, target) for formula in made)
    with np.errstate(over="ignore", invalid="ignore"):  # said below
        columns = [formula(found.values[..., at]) for formula, at in zip(made, positions, strict=True)]
    for formula, column in zip(made, columns, strict=True):
        check_finite(formula.observable, column)
    if len({column.shape for column in columns}) > 1:
        raise InputError(
            "Some of the observables have points in q² and some do not; ask for them one by one."
        )
    return namespace(*columns).stack(columns, axis=-1)


def _central(names: Sequence[str], point: Point, inputs: Inputs, q2: Any) -> tuple[Formula, ...]:
    """Formulas without theory draws, for what the point exchanges."""
    requests = requested(names, q2, inputs=inputs)
    tails = any(find(request.name).is_tail for request in requests)
    propagator = point.resolved().propagator if tails else None
    return formulas_at(requests, inputs, None, propagator=propagator)


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
