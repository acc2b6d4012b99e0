"""From names to numbers: formulas of observables for an input set, and predictions with theory errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.checked import checked
from nutau.common.given import real, several
from nutau.eft.tails import Propagator
from nutau.eft.wet.basis import MU_B, WET
from nutau.eft.wet.running import running
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError, short
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.observables import Rates, find
from nutau.observables.formula import Forms, Formula
from nutau.observables.invisible import InvisibleState
from nutau.observables.requests import Request, requested, where
from nutau.observables.results import Prediction, Predictions

DRAWS = 1000
MOST_DRAWS = 100_000
SEED = 20221123
"""Theory draws use one fixed seed, so that a prediction made twice is the same and observables share their draws."""
DEFAULT_OBSERVABLES = ("Rtautau(K)", "Rtautau(K*)", "Rnunu(K)", "Rnunu(K*)", "R(D)", "R(D*)")


def check_draws(draws: int) -> None:
    """Raise :class:`InputError` for a number of theory draws that gives no errors, or that no memory holds."""
    if isinstance(draws, bool) or not isinstance(draws, int | np.integer):
        raise InputError(f"{draws!r} theory draws: a whole number is needed, for instance {DRAWS}.")
    if draws < 0 or draws == 1 or draws > MOST_DRAWS:
        raise InputError(
            f"{draws} theory draws: give 0 for no errors, or from 2 to {MOST_DRAWS} (the default is {DRAWS})."
        )


@checked
def formulas(
    observables: Sequence[str | Request],
    inputs: InputSet = "default",
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    q2: Any = None,
    scale: float = MU_B,
    groups: tuple[str, ...] | None = None,
    tree: bool = False,
    invisible: InvisibleState | None = None,
) -> tuple[Formula, ...]:
    """The formulas of observables: forms in the coefficients at ``scale`` (GeV), with shared theory draws.

    ``q2`` is a bin ``(low, high)``, a list of bins, or points for differential ones; ``draws=0`` leaves
    out the theory errors; ``groups`` lets only these groups of parameters vary (error budgets); ``tree`` adds the
    tree-level τ contribution to B⁺ → K⁽*⁾⁺νν̄, which experiments count as background; ``invisible`` a new state beside
    the neutrinos, whose coupling is the coefficient ``invisible``.

    >>> import nutau
    >>> (knunu,) = nutau.formulas(["Rnunu(K)"], draws=0)
    >>> knunu.observable
    'Rnunu(K)'
    """
    chosen = load_inputs(inputs)
    given = several("observables", observables)
    requests = requested(given, q2, inputs=chosen)
    check_draws(draws)
    drawn = chosen.parameters.sample(draws, seed, groups=groups) if draws else None
    return formulas_at(requests, chosen, drawn, scale=scale_of(scale), tree=tree, invisible=invisible)


def formulas_at(
    requests: Sequence[Request],
    inputs: Inputs,
    drawn: Mapping[str, Any] | None,
    *,
    scale: float = MU_B,
    tree: bool = False,
    invisible: InvisibleState | None = None,
    propagator: Propagator | None = None,
) -> tuple[Formula, ...]:
    """The formulas with ``drawn`` values ``(points,)`` of all input parameters in the place of theory draws.

    ``propagator`` is that of the mediator in events at high energy; without one they are those of contact terms.
    """
    how: dict[str, Any] = {"tree": tree, "invisible": invisible}
    central = Rates(inputs, inputs.parameters.mapping(), propagator=propagator, **how)
    sampled = None if drawn is None else Rates(inputs, drawn, **how)
    made = {place: _formula(requests[place], central, sampled, scale) for place in _together(requests)}
    return tuple(made[place] for place in range(len(requests)))


def _together(requests: Sequence[Request]) -> list[int]:
    """The places of requests in an order in which those of one bin and decay follow one another."""
    first: dict[Any, int] = {}

    def key(place: int) -> tuple[int, ...]:
        request = requests[place]
        where = request.q2.tobytes() if isinstance(request.q2, np.ndarray) else request.q2
        rows = [(module.__name__, row.name, where) for module, row in find(request.name).processes]
        return (*(first.setdefault(row, place) for row in rows[:1]), place)

    return sorted(range(len(requests)), key=key)


def scale_of(given: Any) -> float:
    """A scale in GeV as one number, 4.8 if it is not given."""
    scale = real("scale", given, "GeV")
    if scale is None:
        return MU_B
    if np.ndim(scale):
        raise InputError(f"`scale={short(given)}`: one number of GeV is needed.")
    return float(scale)


def _formula(request: Request, central: Rates, sampled: Rates | None, scale: float) -> Formula:
    observable = find(request.name)
    q2 = request.q2 if observable.kind != "total" else None
    forms = _at(observable.build(central, q2), scale)
    draws = None if sampled is None or observable.is_tail else _at(observable.build(sampled, q2), scale)
    name = request.label or request.name
    return Formula(name, forms, draws, request.relative, "1" if request.relative else observable.unit)


def _at(forms: Forms, scale: float) -> Forms:
    """The forms in terms of coefficients at ``scale``; only the coefficients that run into these are kept."""
    if scale == MU_B or not runs(forms.basis):
        return forms
    step = running(scale, forms.basis)
    linear = step.matrix[1:, 1:]
    keep = tuple(name for i, name in enumerate(WET.coefficients) if np.any(linear[:, i] != 0))
    return forms.after(step.narrowed(keep))


def runs(basis: Basis) -> bool:
    """Whether coefficients run below m_Z; those of tau and Z decays are taken at the scale of the decay."""
    return all(name in WET for name in basis.coefficients)


def evaluate(
    compiled: Iterable[Formula],
    wilson: Wilson,
    *,
    inputs: str,
    convention: str = "physical",
    requests: Sequence[Request] | None = None,
    drawn: Wilson | None = None,
) -> Predictions:
    """Evaluate compiled formulas at one point (coefficients at the scale that the formulas are for), or at many.

    A differential observable gives one row for each of its points in q² (``requests`` holds them). ``wilson`` may have
    leading axes, and so may JAX arrays and tracers: then so do the numbers of the rows. ``drawn`` holds the
    coefficients of every theory draw, ``(draws, ..., n)``, where they move with the parameters (a model, coefficients
    of the SMEFT); without it all draws have those of ``wilson``. ``compiled`` may be an iterator, which is used once.
    Raises :class:`InputError` for what is not finite.
    """
    rows: list[Prediction] = []
    samples: list[Array] = []
    unchanged: dict[str, None] = {}
    for position, formula in enumerate(compiled):
        request = Request(formula.observable) if requests is None else requests[position]
        with np.errstate(all="ignore"):  # what is not finite is reported, by name
            point = restricted(wilson, formula)
            values, sms = _last(formula(point), formula), _last(formula.sm, formula)
            sampled = None if formula.draws is None else sampled_columns(formula, wilson, drawn)
            sm_sampled = None if formula.draws is None else _last(formula.draws.sm, formula)
        check_finite(formula.observable, values, sms)
        for i in range(sms.shape[-1]):
            pair = None if sampled is None or sm_sampled is None else (sampled[..., i], sm_sampled[..., i])
            row = _prediction(formula, values[..., i], sms[..., i], pair, where(request, i))
            rows.append(row if requests is None else replace(row, note=request.note))
            samples += [] if pair is None else [pair[0]]
        unchanged |= dict.fromkeys(_unchanged(formula, wilson))
    correlation = _correlation(samples) if len(samples) == len(rows) else None
    return Predictions(tuple(rows), inputs, convention, correlation, tuple(unchanged))


def check_finite(observable: str, values: Array, sms: Array | None = None) -> None:
    """Raise :class:`InputError` for numbers that are none, here or in the SM."""
    if sms is not None and not np.all(np.isfinite(sms)):
        raise InputError(
            f"{observable} is not finite in the SM: a parameter of the input set is out of any range."
        )
    if namespace(values) is np and not np.all(np.isfinite(values)):
        raise InputError(
            f"{observable} is not finite at this point: the coefficients or couplings are too large."
        )


def sampled_columns(formula: Formula, wilson: Wilson, drawn: Wilson | None = None) -> Array:
    """All theory draws, ``(..., draws, points in q²)``; one column for an observable without points.

    ``drawn`` are the coefficients of every draw, ``(draws, ..., n)``, if they are not those of ``wilson`` for all.
    """
    if drawn is None or drawn.values.ndim == wilson.values.ndim:
        return _last(formula.sampled(restricted(wilson, formula)), formula)
    values = restricted(drawn, formula).values
    each = namespace(values).moveaxis(values, 0, -2)
    return _last(formula.sampled(each, each=True), formula)


def _last(values: Array, formula: Formula) -> Array:
    """Values with an axis for points in q² at the end, of length one for an observable that has none."""
    xp = namespace(values)
    array = xp.asarray(values)
    return array if np.ndim(formula.central.numerator.matrix) > 2 else array[..., None]


def _correlation(samples: list[Array]) -> Array | None:
    """Between observables at one point; what no draw moves is correlated with nothing."""
    if not 2 <= len(samples) <= 100 or any(drawn.ndim > 1 or namespace(drawn) is not np for drawn in samples):
        return None
    drawn = np.stack(samples)
    moving = np.std(drawn, axis=1) > 0
    if not np.isfinite(drawn).all() or not moving.any():
        return None
    found = np.eye(len(samples))
    found[np.ix_(moving, moving)] = np.corrcoef(drawn[moving])
    return found


def _unchanged(formula: Formula, wilson: Wilson) -> tuple[str, ...]:
    """A warning if the given coefficients cannot change an observable."""
    given = set(wilson.nonzero())
    if not given or given & set(formula.central.basis.coefficients):
        return ()
    named = ", ".join(sorted(given)[:6])
    return (f"{formula.observable} does not depend on {named}: it stays at its SM value.",)


def restricted(wilson: Wilson, formula: Formula) -> Wilson:
    """The coefficients that a formula depends on, in its own basis."""
    return wilson.part(formula.central.basis)


def _prediction(
    formula: Formula, value: Array, sm: Array, drawn: tuple[Array, Array] | None, q2: Any
) -> Prediction:
    value, sm = _number(value), float(sm)
    ratio = value / sm if sm and not formula.is_angle else None
    name, unit = formula.observable, formula.unit
    if drawn is None:
        return Prediction(name, value, sm, ratio, None, None, None, None, unit, q2)
    values, sm_values = drawn
    inside = np.flatnonzero(sm_values != 0)  # zero: a draw ends phase space before
    if formula.relative:
        values = values[..., inside]
    interval = _interval(value, values)
    ratio_interval = None
    if ratio is not None and (formula.relative or inside.size > 1):
        over = values if formula.relative else values[..., inside] / sm_values[inside]
        ratio_interval = _interval(ratio, over)
    sm_interval = None if formula.relative else _interval(sm, sm_values)
    made = Prediction(
        name, value, sm, ratio, _half(interval), _half(ratio_interval), interval, ratio_interval, unit, q2
    )
    return replace(made, sm_interval=sm_interval, sm_uncertainty=_half(sm_interval))


def _number(value: Array) -> Array:
    """A plain number where it is one."""
    return float(value) if namespace(value) is np and np.ndim(value) == 0 else value


def _interval(central: Array, drawn: Array) -> tuple[Array, Array]:
    """The central value minus and plus the 16 % and 84 % quantiles' distances from the median of the draws."""
    xp = namespace(drawn)
    low, middle, high = xp.quantile(drawn, xp.asarray([0.158655, 0.5, 0.841345]), axis=-1)
    return _number(central - (middle - low)), _number(central + (high - middle))


def _half(interval: tuple[Array, Array] | None) -> Array | None:
    return None if interval is None else 0.5 * (interval[1] - interval[0])
