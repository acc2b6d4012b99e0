"""``nutau.forecast``: what a luminosity will exclude, discover and tell apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.errors import InputError
from nutau.inference.fit.beside import standard
from nutau.inference.fit.scales import sizes
from nutau.inference.forecast.apart import Apart, told_apart
from nutau.inference.forecast.hypotheses import ANCHOR, TABLE_ONE, Hypothesis, line_model, placed, understood
from nutau.inference.forecast.prospects import Prospects, prospects
from nutau.inference.forecast.reach import UNUSABLE, scaled
from nutau.inference.forecast.result import Forecast, Row
from nutau.inference.likelihood import Likelihood, likelihood, parametrisation
from nutau.inputs import InputSet, load_inputs
from nutau.measurements import DataSet, Projection, find_projection, load_dataset
from nutau.observables.predictions import DRAWS

Progress = Callable[[int, int], None]


@checked
def forecast(
    luminosity: Sequence[float] = (1.0, 5.0, 10.0, 50.0),
    truth: str | Hypothesis = "sm",
    models: Sequence[str | Hypothesis] = TABLE_ONE,
    *,
    data: DataSet | str | Path = "2026",
    projections: Sequence[str] | None = None,
    inputs: InputSet = "default",
    mass: float | None = None,
    running: str | Path | None = None,
    convention: str = "physical",
    lhcb: float | None = None,
    hold: bool = False,
    sm: str = "inputs",
    toys: int = 200,
    draws: int = DRAWS,
    seed: int = 1,
    progress: Progress | None = None,
) -> Forecast:
    r"""Expected exclusion and discovery, Asimov, for models of the letter or any :class:`Hypothesis`.

    ``luminosity`` in ab⁻¹ of Belle II; ``projections`` by name (default: those of the data set); those of LHCb are
    used at ``lhcb`` (fb⁻¹) if given. ``truth`` and ``models``: ``"sm"``, a mediator, ``kappa=1.2``, ``X_1/2``, each
    with ``,delta=0.05`` to hold δ; else δ is where R_D and R_D* of ``data`` put it, within its error. As δ = 0 is
    then a fluctuation of today's data, no exclusion by agreement with the SM exceeds their own significance; ``hold``
    holds all δ at their best values. ``sm`` is the SM that places δ: nutau's (``"inputs"``), HFLAV's (``"hflav"``),
    as :func:`nutau.inference.likelihood.likelihood` has it. ``progress`` is told how many of the models are done.
    Raises :class:`InputError`.

    >>> import nutau
    >>> expected = nutau.forecast((5.0,), models=["U1"], draws=0, toys=0)
    >>> "U1" in str(expected)
    True
    """
    steps = _luminosities(luminosity)
    _check_numbers(toys, lhcb)
    dataset = data if isinstance(data, DataSet) else load_dataset(data)
    chosen, notes = _chosen(dataset, projections, lhcb)
    setting = load_inputs(inputs)
    line = parametrisation(("delta", "kappa"), mass=mass, running=running, convention=convention)
    names = (truth, "sm", *dict.fromkeys(models))
    for item in names:
        if isinstance(item, str):
            understood(item)  # a bad name is refused before the work
    anchor = likelihood(_anchor(dataset), line, inputs=setting, draws=draws, sm=sm)
    true, null, *given = _hypotheses(names, anchor, hold)
    rivals = _rivals(true, null, given)
    seen = prospects((true, null, *given), null, chosen, setting, draws=draws, lhcb=lhcb)
    rows: list[Row] = []
    apart: list[Apart] = []
    for done, model in enumerate(rivals):
        if progress is not None:
            progress(done, len(rivals))
        rows += _rows(model, true, seen, steps)
        pair = [(item, seen.test(item)) for item in (true, model)]
        apart += told_apart(pair[0], pair[1], lambda at: seen.sigma(true, at), toys=toys, seed=seed)
    described = tuple(_described(p, steps) for p in chosen)
    notes += (*_contents(chosen), *_agreements(true, rows), *_placed(anchor, (true, *rivals)))
    notes += _caveats((true, *rivals))
    return Forecast(true, tuple(rivals), tuple(rows), tuple(apart), chosen, described, "ab^-1", notes)


def _rows(model: Hypothesis, true: Hypothesis, seen: Prospects, steps: Array) -> list[Row]:
    exclusion = seen.significance(model, true, steps)
    discovery = seen.significance(seen.sm, model, steps)
    return [Row(model.name, *map(float, each)) for each in zip(steps, exclusion, discovery, strict=True)]


def _hypotheses(names: Sequence[str | Hypothesis], anchor: Likelihood, hold: bool) -> list[Hypothesis]:
    """The models by name, with δ from today's R_D and R_D* (``anchor``)."""
    size = sizes(anchor)
    return [
        item if isinstance(item, Hypothesis) else line_model(item, anchor, size, hold=hold) for item in names
    ]


def _rivals(true: Hypothesis, sm: Hypothesis, given: Sequence[Hypothesis]) -> list[Hypothesis]:
    """What is tested: everything but the truth, the SM first."""
    rivals = {item.name: item for item in (sm, *given) if item.name != true.name}
    return list(rivals.values())


def _contents(chosen: Sequence[Projection]) -> tuple[str, ...]:
    """What is projected."""
    return ("Projected: " + ", ".join(f"{item.observable.label} ({item.name})" for item in chosen) + ".",)


def _agreements(true: Hypothesis, rows: Sequence[Row]) -> tuple[str, ...]:
    """The models that predict what the truth predicts."""
    same = [name for name in dict.fromkeys(row.model for row in rows) if _never(name, rows)]
    if not same:
        return ()
    return (f"{', '.join(same)} and {true.name} agree in what is projected: no luminosity tells them apart.",)


def _never(name: str, rows: Sequence[Row]) -> bool:
    return all(row.exclusion < 0.05 for row in rows if row.model == name)


def _caveats(models: Sequence[Hypothesis]) -> tuple[str, ...]:
    """What a reader of the tables must know about δ."""
    loose = [item.name for item in models if item.root.any()]
    if not loose:
        return ()
    return (
        f"δ of {', '.join(loose)} is known within its error today, so agreement with the SM counts as a fluctuation of "
        "R_D and R_D* and excludes a model by no more than their significance; `hold=True` holds δ at its best value.",
    )


def _placed(anchor: Likelihood, models: Sequence[Hypothesis]) -> tuple[str, ...]:
    """Which Standard Model δ rests on, and where the other one puts it."""
    loose = [item for item in models if item.root.any()]
    known, other = standard(anchor), anchor.alternative
    beyond = None if other is None else standard(other)
    if not loose or known is None or other is None or beyond is None:
        return ()
    size = sizes(other)
    parts = []
    for item in loose:
        kappa, (value, error) = item.values[1], (item.values[0], item.root[0, 0])
        there = placed(item.name, float(kappa), other, size)
        parts.append(
            f"{item.name} {value:.3f} ± {error:.3f} or {there.values[0]:.3f} ± {there.root[0, 0]:.3f}"
        )
    return (
        f"δ rests on {known.whose} ({known}); {beyond.whose} ({beyond}) puts it elsewhere: {', '.join(parts)}.",
    )


def _check_numbers(toys: int, lhcb: float | None) -> None:
    if toys < 0:
        raise InputError(f"`toys={toys}`: a number of toys is needed, 0 for none.")
    if lhcb is not None and not 0 < lhcb < float("inf"):
        raise InputError(f"`lhcb={lhcb}`: a positive luminosity in fb⁻¹ is needed.")


def _luminosities(given: Sequence[float]) -> Array:
    steps = np.asarray(given, dtype=float)
    if not len(steps) or np.any(~((steps > 0) & np.isfinite(steps))):
        raise InputError(
            "`luminosity` needs positive numbers in ab⁻¹, for instance `luminosity=[1, 5, 10, 50]`."
        )
    return np.unique(steps)


def _chosen(
    dataset: DataSet, names: Sequence[str] | None, lhcb: float | None
) -> tuple[tuple[Projection, ...], tuple[str, ...]]:
    """The projections to use, one an observable, and notes on those that are not."""
    given = dataset.projections if names is None else tuple(find_projection(name) for name in names)
    notes, used = [], []
    for item in given:
        if item.quantity == UNUSABLE:
            notes.append(f"{item.name} is left out: a reach without a confidence level.")
        elif item.luminosity_unit == "fb^-1" and lhcb is None:
            notes.append(f"{item.name} is left out: give the luminosity of LHCb in fb⁻¹ (`lhcb`) to use it.")
        else:
            used.append(item)
            if not item.verified:
                notes.append(f"{item.name} was not confirmed in its source.")
    if not used:
        raise InputError(
            f"Data set {dataset.name} has no projections to forecast with; name some (`projections`)."
        )
    labels = [item.observable.label for item in used]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        double = [item.name for item in used if item.observable.label in twice]
        raise InputError(f"{', '.join(double)} project the same observable ({', '.join(twice)}): keep one.")
    return tuple(used), tuple(notes)


def _anchor(dataset: DataSet) -> DataSet:
    """Today's measurements of R_D and R_D* alone."""
    entries = tuple(
        entry for entry in dataset.measurements if {item.name for item in entry.observables} <= set(ANCHOR)
    )
    if not entries:
        raise InputError(f"Data set {dataset.name} does not measure R(D) or R(D*), which place the models.")
    return replace(dataset, measurements=entries)


def _described(projection: Projection, steps: Array) -> dict[str, Any]:
    return {
        "name": projection.name,
        "observable": projection.observable.label,
        "quantity": projection.quantity,
        "source": projection.source,
        "verified": projection.verified,
        "published": np.asarray(projection.luminosity).tolist(),
        "at": dict(zip(map(str, steps.tolist()), scaled(projection, steps).tolist(), strict=True))
        if projection.luminosity_unit == "ab^-1"
        else {},
    }
