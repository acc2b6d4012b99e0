"""``nutau.relations``: the linear relations among rates, and what they say of one that is not measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.common.given import several
from nutau.errors import InputError, unknown
from nutau.inputs import InputSet, load_inputs
from nutau.measurements import DataSet, load_dataset
from nutau.observables import find
from nutau.observables.predictions import DRAWS, formulas
from nutau.observables.relations.bounds import closest, largest, violation, without_copies
from nutau.observables.relations.domains import DOMAINS, Domain
from nutau.observables.relations.exact import Relation, exact, relation, spread
from nutau.observables.relations.rates import RateRows, rate_rows
from nutau.observables.requests import Request, bare, own_bin, requested
from nutau.report.bands import Axis
from nutau.report.export.popxf import restricted
from nutau.report.relations.measured import Knowledge, knowledge
from nutau.report.relations.result import NONE_LEFT, Expected, Relations, Tested

BETTER = 0.8
"""Weights that lower the largest violation to less than this are shown beside those of an exact relation."""


@checked
def relations(
    observables: Sequence[str],
    target: str | None = None,
    *,
    inputs: InputSet = "default",
    data: DataSet | str | Path | None = "2026",
    values: Mapping[str, tuple[float, float]] | None = None,
    only: Sequence[str] = (),
    q2: Any = None,
    draws: int = DRAWS,
) -> Relations:
    r"""The linear relations among rates as functions of the Wilson coefficients.

    A rate over its SM value is a quadratic polynomial of the real and imaginary parts of all coefficients: a relation
    :math:`R=\sum_jb_jR_j` is a null vector of their rows. It is looked for in sets of coefficients, from all complex
    ones to the vector operators with left-handed quarks, and given for the widest. Its coefficients depend on form
    factors and masses alone: at other values of the inputs the relation is as exact, with other coefficients, whose
    scatter over the draws is their error.

    Where the relation of the ``target`` (the last observable unless it is given) to the others is not exact, the
    largest violation over all coefficients of a set is computed as an eigenvalue, and that over all coefficients which
    keep the other rates within their 95 % intervals as a linear program with matrix inequalities
    (:mod:`nutau.observables.relations.bounds`), both at the central inputs.

    ``data`` is the data set that the other rates are known from (``None``: none), ``values`` are ``(value, error)`` by
    name, which go before it. ``only`` keeps these coefficients, ``q2`` is the bin of observables that take one. Ratios
    to what new physics does not change, R(D), are rates. Raises :class:`InputError` for fewer than two rates, one given
    twice, and what is no rate.

    >>> import nutau
    >>> found = nutau.relations(["BR(B+->Knunu)", "BR(B0->K*nunu)", "BR(Lambdab->Lambdanunu)"], draws=0)
    >>> [round(float(weight), 2) for weight in found.relations[0].weights]
    [0.27, 0.73]
    """
    chosen = load_inputs(inputs)
    asked = several("observables", observables)
    _check_kinds(asked)
    requests = requested(asked, q2, inputs=chosen)
    names = tuple(_label(request) for request in requests)
    _check(requests, names)
    aimed = names[-1] if target is None else _named(target, names)
    given = _given(values or {}, names)
    dataset = load_dataset(data) if isinstance(data, str | Path) else data
    made = formulas(requests, chosen, draws=draws)
    if only:
        made = tuple(restricted(formula, _coefficients(only, made)) for formula in made)
    rows = rate_rows(made, names)
    axes = {
        name: Axis(request.name, request.relative, request.q2, float(np.asarray(formula.central.sm)))
        for name, request, formula in zip(names, requests, made, strict=True)
    }
    known = knowledge(axes, dataset, given)
    found = exact(rows)
    members = tuple(name for name in names if name != aimed)
    best = _widest(rows, aimed, members)
    return Relations(
        observables=names,
        target=aimed,
        inputs=chosen.name,
        data="" if dataset is None else dataset.name,
        over_sm=rows.over_sm,
        sm=rows.sm,
        relations=found,
        tested=_tested(rows, aimed, members, best, known),
        known=known,
        expected=None if best is None else _expected(best, known),
        units=tuple(formula.unit for formula in made),
        only=tuple(only),
    )


def _label(request: Request) -> str:
    name = request.label or request.name
    return name if request.q2 is None else f"{name}[{request.q2[0]:g}, {request.q2[1]:g}]"


def _check_kinds(names: Sequence[Any]) -> None:
    for text in names:
        name = bare(own_bin(text)[0])[0]
        if find(name).kind == "point":
            raise InputError(
                f"{name} is a function of q²; a relation is between numbers. Ask for rates, whole or in bins, as "
                "'<dBR/dq2>(B+->Knunu)[0, 4]'."
            )


def _check(requests: Sequence[Request], names: Sequence[str]) -> None:
    rates = [(request.name, request.q2) for request in requests]
    twice = [name for name, rate in zip(names, rates, strict=True) if rates.count(rate) > 1]
    if twice:
        raise InputError(f"{' and '.join(twice)} are one rate, which is related to itself: leave one out.")
    if len(names) < 2:
        raise InputError(
            f"A relation needs two rates or more, and {names[0] if names else 'none'} is given. Add others, as "
            "BR(B+->Knunu) BR(B0->K*nunu) BR(Lambdab->Lambdanunu)."
        )


def _named(text: str, names: Sequence[str]) -> str:
    """The observable of this relation that a name stands for."""
    compact = "".join(text.split())
    for name in names:
        if compact in ("".join(name.split()), bare(name)[0]):
            return name
    raise unknown("observable of this relation", text, names)


def _given(values: Mapping[str, tuple[float, float]], names: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Given values by the names of the observables; one a rate, however it is spelt."""
    found: dict[str, tuple[float, float]] = {}
    for text, both in values.items():
        name = _named(text, names)
        if name in found:
            raise InputError(
                f"`values` {text}: a value of {name} is given twice. Give one, or their average."
            )
        found[name] = both
    return found


def _coefficients(only: Sequence[str], made: Sequence[Any]) -> tuple[str, ...]:
    known = list(dict.fromkeys(name for formula in made for name in formula.central.basis.coefficients))
    for name in only:
        if name not in known:
            raise unknown("coefficient of these rates", name, known, "`only`")
    return tuple(only)


def _widest(rows: RateRows, target: str, members: Sequence[str]) -> Relation | None:
    """The relation of the target for the widest set of coefficients that has one."""
    found = (relation(rows, target, members, domain) for domain in DOMAINS)
    return next((one for one in found if one is not None), None)


def _tested(
    rows: RateRows, target: str, members: Sequence[str], best: Relation | None, known: Knowledge
) -> tuple[Tested, ...]:
    """The relation in each set of coefficients that is wider than the one that makes it exact, and there."""
    wanted = DOMAINS if best is None else [domain for domain in DOMAINS if domain.name in best.domain.wider]
    kept = None
    if best is not None:
        weight = dict(zip(best.members, best.weights, strict=True))
        kept = np.array([float(weight.get(name, 0.0)) for name in members])
    made: list[Tested] = []
    for domain in wanted:
        new = _in(rows, target, members, domain, kept, known)
        wider = [one for one in made if one.domain.name in domain.wider]
        made += [one for one in new if one.says and not any(one.like(other) for other in wider)]
    if best is not None:
        made += _in(rows, target, members, best.domain, kept, known, exact=True)
    return tuple(made)


def _in(
    rows: RateRows,
    target: str,
    members: Sequence[str],
    domain: Domain,
    kept: Array | None,
    known: Knowledge,
    exact: bool = False,
) -> list[Tested]:
    folded = rows.folded(*domain.places(rows.coefficients))
    forms = without_copies(folded.matrices(folded.values))
    rate, others = forms[rows.position(target)], [forms[rows.position(name)] for name in members]
    if not folded.moved[rows.position(target)]:
        return []
    box = _box(rows, members, known)
    allowed = _range(rate, others, box)
    if exact:
        return [Tested(domain, True, kept, (0.0, 0.0), (0.0, 0.0), allowed)]

    def tested(weights: Array, best: bool) -> Tested:
        change = rate - np.tensordot(weights, others, axes=1)
        return Tested(
            domain, False, weights, violation(change, rate), _range(change, others, box), allowed, best
        )

    made = [] if kept is None else [tested(kept, False)]
    least = closest(rate, others) if rows.over_sm else None
    if least is not None:
        other = tested(least, True)
        if not made or _size(other) < BETTER * _size(made[0]):
            made.append(other)
    return made or [Tested(domain, False, None, None, None, allowed)]


def _size(one: Tested) -> float:
    return np.inf if one.violation is None else max(abs(end) for end in one.violation)


def _box(rows: RateRows, members: Sequence[str], known: Knowledge) -> list[tuple[int, float, float]]:
    """The known members with their intervals, over the SM as the rows are."""
    found = []
    for place, name in enumerate(members):
        if name in known.rates:
            unit = float(rows.sm[rows.position(name)]) if rows.over_sm else 1.0
            found.append((place, known.rates[name].low / unit, known.rates[name].high / unit))
    return found


def _range(
    change: Array, others: Sequence[Array], box: Sequence[tuple[int, float, float]]
) -> tuple[float, float] | None:
    """The extreme values of a form over all coefficients that keep rates within their intervals."""
    if not box:
        return None
    places, low, high = zip(*box, strict=True)
    forms = [others[place] for place in places]
    ends = [largest(sign * change, forms, np.array(low), np.array(high)) for sign in (-1.0, 1.0)]
    if ends[0] is None or ends[1] is None:
        return None
    return (0.0 - ends[0], ends[1]) if -ends[0] <= ends[1] else NONE_LEFT


def _expected(best: Relation, known: Knowledge) -> Expected | None:
    """The target from measured values; ``None`` if one of its members has none."""
    if any(name not in known.valued for name in best.members):
        return None
    values = np.array([known.rates[name].value for name in best.members], dtype=float)
    covariance = known.covariance_of(best.members)
    drawn = best.absolute_drawn
    theory = 0.0 if drawn is None else float(spread(drawn @ values))
    experiment = float(np.sqrt(best.absolute @ covariance @ best.absolute))
    return Expected(float(best.absolute @ values), experiment, theory, best.domain)
