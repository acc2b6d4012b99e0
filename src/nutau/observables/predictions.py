"""From names to numbers: formulas of observables for an input set, and predictions with theory errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.checked import checked
from nutau.common.given import array_of, real, several
from nutau.common.kinematics import check_range, shown_range
from nutau.common.rounding import fixed
from nutau.common.tables import html_table, text_table
from nutau.eft.wet.basis import MU_B, WET
from nutau.eft.wet.running import running
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError, short
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.observables import ALIASES, Observable, Rates, find, note
from nutau.observables.formula import Forms, Formula

SCHEMA = "nutau/prediction/1"
HEADINGS = ("observable", "value", "SM", "over SM")
POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
DRAWS = 1000
MOST_DRAWS = 100_000
SEED = 20221123
"""Theory draws use one fixed seed, so that a prediction made twice is the same and observables share their draws."""
DEFAULT_OBSERVABLES = ("Rtautau(K)", "Rtautau(K*)", "Rnunu(K)", "Rnunu(K*)", "R(D)", "R(D*)")
ALL = "all"
"""The bin that is all of phase space."""


@dataclass(frozen=True)
class Request:
    """An observable as asked for: its name, whether over its SM value, its bin (pair) or points (array) in q²."""

    name: str
    relative: bool = False
    q2: Any = None
    label: str = ""

    @classmethod
    def parse(
        cls, text: str, q2: Any = None, *, clip: bool | None = None, inputs: Inputs | None = None
    ) -> Request:
        """A name, an alias (``R(D)``, ``Rnunu(K)``) or either with ``/SM``, with the bin or points it takes.

        ``q2`` is used by observables that take one: a pair for a bin (``"all"`` for all of phase space), numbers for
        points. Raises :class:`InputError` for an unknown name, for q² that is missing or of the wrong kind, and (with
        ``inputs``) for q² outside phase space unless ``clip`` (``None`` where the user cannot ask for it).
        """
        name, relative = bare(text)
        observable = find(name)
        chosen = _fitting(observable, read_q2(q2))
        if inputs is not None and chosen is not None:
            chosen = _inside(observable, chosen, observable.edges(inputs), clip)
        elif isinstance(chosen, str):
            chosen = None  # where phase space ends is not known without masses
        return cls(name, relative, chosen, text.strip())

    @property
    def note(self) -> str:
        """What the number leaves out (:func:`nutau.observables.note`); empty for most."""
        return note(find(self.name), self.q2 if isinstance(self.q2, tuple) else None)


def bare(text: Any) -> tuple[str, bool]:
    """The name without alias and ``/SM``, and whether it is over its SM value."""
    if not isinstance(text, str):
        raise InputError(f"{text!r} is no name of an observable; give text, for instance 'R(D)'.")
    name, relative = text.strip(), False
    name = ALIASES.get(name, name)
    while name.endswith("/SM"):  # an alias may hold one already, and a ratio over its SM value is itself
        name, relative = ALIASES.get(name.removesuffix("/SM"), name.removesuffix("/SM")), True
    return name, relative


def read_q2(q2: Any) -> Any:
    """A bin as a pair of numbers or ``"all"``, points as an array, ``None`` as it is.

    Raises :class:`InputError` for anything else.
    """
    if q2 is None or (isinstance(q2, str) and q2 == ALL):
        return q2
    what = f"`q2={q2!r}`" if len(repr(q2)) < 60 else "`q2`"
    usage = "a bin is a pair `q2=(15, 19)` or `q2='all'`, points are a list `q2=[15, 16]`, in GeV²"
    values = array_of(q2, float)
    if values is None or not np.all(np.isfinite(values)):
        raise InputError(f"{what}: finite real numbers are needed; {usage}.")
    if isinstance(q2, tuple):
        if values.shape != (2,):
            raise InputError(f"{what}: a bin has two edges; {usage}.")
        return float(values[0]), float(values[1])
    if values.size == 0 or values.ndim > 1:
        raise InputError(f"{what}: one row of numbers is needed; {usage}.")
    return np.atleast_1d(values)


def _fitting(observable: Observable, q2: Any) -> Any:
    """The part of ``q2`` that is for this observable; an error where it is missing or of the wrong kind."""
    is_bin = isinstance(q2, tuple | str)
    if observable.kind == "total":
        return None
    if observable.kind == "bin" and not is_bin:
        raise InputError(
            f"{observable.name} takes a bin: give `q2=(15, 19)`, edges in GeV², or `q2='all'` for all of phase space."
        )
    if observable.kind == "point" and (q2 is None or is_bin):
        raise InputError(f"{observable.name} takes points in GeV²: give `q2=[15]`, one or more.")
    return q2


def _inside(observable: Observable, q2: Any, edges: tuple[float, float], clip: bool | None) -> Any:
    low, high = edges
    if isinstance(q2, str):
        check_range(edges, edges, observable.name)
        return edges
    if isinstance(q2, tuple):
        if clip and low < high and q2[0] < q2[1]:
            clipped = (max(q2[0], low), min(q2[1], high))
            if clipped[0] >= clipped[1]:
                raise InputError(
                    f"The q² bin {q2[0]:g} to {q2[1]:g} lies outside phase space, so clipping leaves nothing; the "
                    f"range of {observable.name} is {shown_range(edges)} GeV². Choose a bin that overlaps it."
                )
            return clipped
        check_range(q2, edges, observable.name, "" if clip is None else "; `clip=True` cuts this one")
        return q2
    points = np.atleast_1d(np.asarray(q2, dtype=float))
    outside = points[(points < low) | (points > high) | ~np.isfinite(points)]
    if clip and outside.size < points.size:
        return points[(points >= low) & (points <= high)]
    if outside.size:
        advice = {True: " (none of the points is)", False: " (`clip=True` drops those outside)", None: ""}[
            clip
        ]
        raise InputError(
            f"q² = {outside[0]:g} GeV² is outside the phase space of {observable.name}, {shown_range(edges)} GeV². "
            f"Choose points inside{advice}."
        )
    return points


def check_used(q2: Any, requests: Sequence[Request]) -> None:
    """Raise :class:`InputError` for a bin or points in q² that none of the observables takes."""
    if q2 is not None and all(request.q2 is None for request in requests):
        given = read_q2(q2)
        option = f"`q2={'[]' if isinstance(given, np.ndarray) else '()'}`"
        names = ", ".join(request.label or request.name for request in requests)
        raise InputError(f"{option} would not be used: none of {names} takes it. Ask for <dBR/dq2>(...).")


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
) -> tuple[Formula, ...]:
    """The formulas of observables: forms in the coefficients at ``scale`` (GeV), with shared theory draws.

    ``q2`` is a bin ``(low, high)`` for observables with a bin, or points for differential ones; ``draws=0`` leaves
    out the theory errors; ``groups`` lets only these groups of parameters vary (error budgets); ``tree`` adds the
    tree-level τ contribution to B⁺ → K⁽*⁾⁺νν̄, which experiments count as background.

    >>> import nutau
    >>> (knunu,) = nutau.formulas(["Rnunu(K)"], draws=0)
    >>> knunu.observable
    'Rnunu(K)'
    """
    chosen = load_inputs(inputs)
    requests = [
        item if isinstance(item, Request) else Request.parse(item, q2, inputs=chosen)
        for item in several("observables", observables)
    ]
    check_draws(draws)
    drawn = chosen.parameters.sample(draws, seed, groups=groups) if draws else None
    return formulas_at(requests, chosen, drawn, scale=scale_of(scale), tree=tree)


def formulas_at(
    requests: Sequence[Request],
    inputs: Inputs,
    drawn: Mapping[str, Any] | None,
    *,
    scale: float = MU_B,
    tree: bool = False,
) -> tuple[Formula, ...]:
    """The formulas with ``drawn`` values ``(points,)`` of all input parameters in the place of theory draws."""
    central = Rates(inputs, inputs.parameters.mapping(), tree=tree)
    sampled = None if drawn is None else Rates(inputs, drawn, tree=tree)
    return tuple(_formula(request, central, sampled, scale) for request in requests)


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
    draws = None if sampled is None else _at(observable.build(sampled, q2), scale)
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


@dataclass(frozen=True, eq=False)  # holds arrays, which are neither equal nor not
class Prediction:
    """One observable at one point: value, SM, ratio, with theory errors (68 % intervals of the draws).

    The ratio is ``None`` where the SM value is zero, and for an angle. At many points the numbers are arrays (the SM
    value is one for all).
    """

    observable: str
    value: Array
    sm: float
    ratio: Array | None
    uncertainty: Array | None
    ratio_uncertainty: Array | None
    interval: tuple[Array, Array] | None
    ratio_interval: tuple[Array, Array] | None
    unit: str = "1"
    q2: Any = None
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as ``nutau predict`` prints it in JSON: ``q2`` and ``note`` where there is one."""
        entry: dict[str, Any] = {
            "observable": self.observable,
            "value": self.value,
            "sm": self.sm,
            "ratio": self.ratio,
            "uncertainty": self.uncertainty,
            "ratio_uncertainty": self.ratio_uncertainty,
            "interval": self.interval,
            "ratio_interval": self.ratio_interval,
            "unit": self.unit,
        }
        entry = {name: _plain(value) for name, value in entry.items()}
        entry |= {} if self.q2 is None else {"q2": self.q2}
        return entry | ({"note": self.note} if self.note else {})


@dataclass(frozen=True, eq=False)
class Predictions(Sequence[Prediction]):
    """Predictions of one call, with the theory correlation of their values."""

    rows: tuple[Prediction, ...]
    inputs: str
    convention: str
    correlation: Array | None = None
    warnings: tuple[str, ...] = ()

    def __getitem__(self, key: Any) -> Any:
        """By position or by the name that was asked for."""
        if isinstance(key, str):
            for row in self.rows:
                if row.observable == key:
                    return row
            raise InputError(
                f"'{key}' is not among these predictions: {', '.join(r.observable for r in self.rows)}."
            )
        return self.rows[key]

    def __len__(self) -> int:
        """How many observables."""
        return len(self.rows)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that ``nutau predict`` prints."""
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "inputs": self.inputs,
            "convention": self.convention,
            "predictions": [row.to_dict() for row in self.rows],
        }
        if self.correlation is not None:
            document["correlation"] = np.asarray(self.correlation).tolist()
        if self.warnings:
            document["warnings"] = list(self.warnings)
        return document

    def columns(self) -> dict[str, list[Any]]:
        """Columns of a table in full precision; the two ends of an interval apart."""
        rows = [row.to_dict() for row in self.rows]
        names = dict.fromkeys(name for row in rows for name in row)
        columns = {
            name: [row.get(name) for row in rows] for name in names if not name.endswith(("interval", "q2"))
        }
        if "q2" in names:
            columns |= _q2_columns([row.get("q2") for row in rows])
        for name in ("interval", "ratio_interval"):
            for end, side in enumerate(("low", "high")):
                columns[f"{name}_{side}"] = [None if row[name] is None else row[name][end] for row in rows]
        return columns

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of :meth:`table`."""
        return HEADINGS

    @property
    def notes(self) -> tuple[str, ...]:
        """Footnotes of :meth:`table`: what its numbers leave out."""
        return tuple(f"{raised_number(i)} {text}" for i, text in enumerate(self._noted(), 1))

    def _noted(self) -> list[str]:
        return list(dict.fromkeys(row.note for row in self.rows if row.note))

    def table(self) -> list[tuple[str, str, str, str]]:
        """(observable, value, SM, ratio) as text; a raised number refers to :attr:`notes`."""
        marks = {text: f" {raised_number(i)}" for i, text in enumerate(self._noted(), 1)}
        return [
            (
                (row.observable if row.q2 is None else f"{row.observable} {_range(row.q2)}")
                + marks.get(row.note, ""),
                number(row.value, row.uncertainty, row.interval, row.unit),
                number(row.sm, None, None, row.unit),
                number(row.ratio, row.ratio_uncertainty, row.ratio_interval),
            )
            for row in self.rows
        ]

    def __str__(self) -> str:
        return "\n".join((text_table(HEADINGS, self.table()), *self.notes))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        notes = "<br>".join(escape(line) for line in self.notes)
        return html_table(HEADINGS, self.table()) + (f"<p>{notes}</p>" if notes else "")


def _q2_columns(given: Sequence[Any]) -> dict[str, list[Any]]:
    """Points in one column; as soon as there is a bin, its ends (or a point twice) in two."""
    if not any(isinstance(item, tuple) for item in given):
        return {"q2": list(given)}
    ends = [item if isinstance(item, tuple) else (item, item) for item in given]
    return {"q2_low": [low for low, _ in ends], "q2_high": [high for _, high in ends]}


def _plain(value: Any) -> Any:
    """Arrays as lists."""
    if isinstance(value, tuple):
        return tuple(_plain(part) for part in value)
    return np.asarray(value).tolist() if np.ndim(value) else value


def label(request: Request, point: int = 0) -> str:
    """The name that was asked for, with its bin or its ``point``-th q², as tables show it."""
    name = request.label or request.name
    return name if request.q2 is None else f"{name} {_range(_where(request, point))}"


def _where(request: Request, point: int) -> Any:
    return float(request.q2[point]) if isinstance(request.q2, np.ndarray) else request.q2


def _range(q2: Any) -> str:
    return f"[{q2[0]:g}, {q2[1]:g}]" if isinstance(q2, tuple) else f"at {q2:g}"


def number(value: Any, error: Any, interval: Any, unit: str = "1") -> str:
    """A value with its error to two digits, both sides if they differ by more than a tenth; the shape of an array.

    A ``unit`` other than 1 stands behind it.
    """
    if value is None:
        return "–"
    if unit != "1":
        text = number(value, error, interval)
        inner = f"({text})" if " " in text and not text.startswith(("(", "array")) else text
        return f"{inner} {raised(unit)}"
    if np.ndim(value):
        return f"array {np.shape(value)}"
    if error is None or interval is None or error <= 1e-5 * abs(value):
        return f"{value:.5g}"
    exponent = int(np.floor(np.log10(max(abs(value), error)))) if max(abs(value), error) > 0 else 0
    shift = exponent if exponent < -3 or exponent > 5 else 0
    size = 10.0**shift
    digits = max(0, 1 - int(np.floor(np.log10(error / size))))
    plus, minus = interval[1] - value, value - interval[0]
    tail = f"e{shift:+03d}" if shift else ""
    if minus > 0 and plus > 0 and abs(plus - minus) > 0.1 * error:
        body = f"{fixed(value / size, digits)} +{plus / size:.{digits}f} −{minus / size:.{digits}f}"
    else:
        body = f"{fixed(value / size, digits)} ± {error / size:.{digits}f}"
    return f"({body}){tail}" if tail else body


def raised_number(value: int) -> str:
    """``12`` as ¹²."""
    return str(value).translate(POWERS)


def raised(unit: str) -> str:
    """A unit with its powers raised: ``GeV^-2`` as GeV⁻²."""
    name, hat, power = unit.partition("^")
    return name + power.translate(POWERS) if hat else unit


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
            row = _prediction(formula, values[..., i], sms[..., i], pair, _where(request, i))
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
    """Between observables at one point."""
    if not 2 <= len(samples) <= 100 or any(drawn.ndim > 1 or namespace(drawn) is not np for drawn in samples):
        return None
    moving = all(np.isfinite(drawn).all() and np.std(drawn) > 0 for drawn in samples)
    return np.corrcoef(np.stack(samples)) if moving else None


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
    return Prediction(
        name, value, sm, ratio, _half(interval), _half(ratio_interval), interval, ratio_interval, unit, q2
    )


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
