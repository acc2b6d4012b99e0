"""``nutau.forecast``: what a luminosity will exclude, discover, tell apart and measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.common.given import listed_names, numbers, several
from nutau.common.numbers import raised
from nutau.common.progress import Progress
from nutau.errors import InputError
from nutau.inference.forecast.comparing import Comparing, compared
from nutau.inference.forecast.future import LUMINOSITIES, future
from nutau.inference.forecast.hypotheses import TABLE_ONE, Hypothesis, understood
from nutau.inference.forecast.measuring import measured
from nutau.inference.forecast.prospects import How
from nutau.inference.forecast.replaced import left
from nutau.inference.forecast.result import Forecast
from nutau.inference.likelihood import parametrisation
from nutau.inputs import Inputs, InputSet, load_inputs
from nutau.measurements import DataSet, Observable, load_dataset
from nutau.observables.predictions import DRAWS, SEED
from nutau.observables.requests import Request


@checked
def forecast(
    luminosity: Sequence[float] = (1.0, 5.0, 10.0, 50.0),
    truth: str | Hypothesis | None = None,
    models: Sequence[str | Hypothesis] | None = None,
    *,
    data: DataSet | str | Path = "2026",
    parameters: str | Sequence[str] | None = None,
    model: str | None = None,
    fixed: Mapping[str, float] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    scale: float | None = None,
    observables: Sequence[str] = (),
    projections: Sequence[str | Path] | None = None,
    continued: Sequence[str] = (),
    experiment: str = "Belle II",
    at: Mapping[str, float] | None = None,
    lhcb: float | None = None,
    correlation: float = 0.0,
    theory: float | str = "today",
    inputs: InputSet = "default",
    mass: float | None = None,
    running: str | Path | None = None,
    convention: str = "physical",
    hold: bool = False,
    sm: str = "inputs",
    toys: int | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    progress: Progress | None = None,
) -> Forecast:
    r"""What is expected of all of today's data and projected measurements together.

    Without ``parameters``: exclusion and discovery of ``models`` (mediators, ``kappa=1.2``, ``X_1/2``, or any
    :class:`Hypothesis`; the mediators of Table I if none are given) if ``truth`` holds (default ``"sm"``), from
    :math:`q=-2\log L` of today's data and projections at the truth's prediction. The truth is its best fit to today's
    data. What is free (δ, unless ``,delta=0.05`` follows a name) is fitted again in every q. A significance is the
    signed root of the difference of two q; below zero the data, today's among them, prefer the other one. ``hold``
    holds all δ at today's best fit.

    With ``parameters`` (as :func:`nutau.fit` has them, with ``model``, ``fixed``, ``ranges``, ``scale``): the expected
    intervals of these and the errors of ``observables``; ``truth`` is the best fit (default), ``"sm"`` or
    ``"delta=0.05,kappa=1"``.

    ``luminosity`` is that of ``experiment`` (Belle II: ab⁻¹); other experiments' projections are used at the
    luminosity that ``at`` gives them (``lhcb``: LHCb's, fb⁻¹). ``projections`` are names or YAML files (default: those
    of the data set); ``continued`` names results of the data set whose error is scaled from their luminosity. Today's
    results that a projection includes are left out. ``correlation`` is that of the systematic parts of two projections
    of one experiment; ``theory`` multiplies all theory errors (``"today"``, ``"half"``, ``"none"``, a scenario of a
    file or a number). ``toys`` (default 200; with ``parameters`` 0) are pseudo-experiments in which the truth's
    parameters, theory and data fluctuate. ``progress`` is told how much is done. Raises :class:`InputError`.

    >>> import nutau
    >>> expected = nutau.forecast((5.0,), models=["U1"], draws=0, toys=0)
    >>> "U1" in str(expected)
    True
    """
    steps = _luminosities(luminosity, experiment)
    dataset = data if isinstance(data, DataSet) else load_dataset(data)
    if lhcb is not None and "LHCb" in numbers("at", at):
        raise InputError("LHCb has two luminosities, in `at` and `lhcb`: give one of them.")
    held = numbers("at", at) | ({} if lhcb is None else {"LHCb": _positive("lhcb", lhcb)})
    chosen, notes = future(
        dataset,
        names=projections,
        continued=several("continued", continued) if continued else (),
        experiment=experiment,
        at=held,
        correlation=correlation,
        theory=theory,
    )
    stays = left(dataset.measurements, chosen.projections)
    setting = load_inputs(inputs)
    how = How(setting, draws, seed, sm)
    count = (0 if parameters is not None else 200) if toys is None else _toys(toys)
    if parameters is None:
        _check_unused(model=model, fixed=fixed, ranges=ranges, scale=scale, observables=observables)
        line = parametrisation(("delta", "kappa"), mass=mass, running=running, convention=convention)
        names = (
            "sm" if truth is None else truth,
            "sm",
            *dict.fromkeys(TABLE_ONE if models is None else models),
        )
        for item in names:
            if isinstance(item, str):
                understood(item)  # a bad name is refused before the work
        setup = Comparing(dataset, chosen, stays, line, names, hold, count, how)
        return compared(setup, steps, notes, progress)
    if models is not None:
        raise InputError(
            "`models` would not be used: with `parameters`, `model` is the one whose couplings they are."
        )
    if hold:
        raise InputError("`hold` is for models: with `parameters`, hold some at values (`fixed`).")
    free = parametrisation(
        listed_names("parameters", parameters),
        model=model,
        mass=mass,
        running=running,
        convention=convention,
        fixed=fixed,
        ranges=ranges,
        scale=scale,
    )
    if isinstance(truth, Hypothesis):
        raise InputError("`truth` is 'fit', 'sm' or NAME=VALUE,… where `parameters` are asked for.")
    wanted = tuple(_observable(name, setting) for name in several("observables", observables))
    return measured(dataset, chosen, stays, free, wanted, truth, count, how, steps, notes, progress)


def _observable(name: str, inputs: Inputs) -> Observable:
    """An observable by name or alias; :class:`InputError` with the nearest names."""
    request = Request.parse(name, None, inputs=inputs)
    return Observable(f"{request.name}/SM" if request.relative else request.name)


def _luminosities(given: Sequence[float], experiment: str) -> Array:
    steps = np.asarray(given, dtype=float)
    if not steps.size or np.any(~((steps > 0) & np.isfinite(steps))):
        unit = (
            raised(LUMINOSITIES[experiment]) if experiment in LUMINOSITIES else "the unit of its projections"
        )
        raise InputError(
            f"`luminosity` is that of {experiment}: positive numbers in {unit} are needed, as `luminosity=[1, 5, 50]`."
        )
    return np.unique(steps)


def _toys(toys: int) -> int:
    if toys < 0:
        raise InputError(f"`toys={toys}`: a number of toys is needed, 0 for none.")
    return toys


def _positive(name: str, value: float) -> float:
    if not 0 < value < float("inf"):
        raise InputError(f"`{name}={value}`: a positive luminosity in fb⁻¹ is needed.")
    return float(value)


def _check_unused(**options: object) -> None:
    """Refuse what only a forecast of parameters would use."""
    for name, value in options.items():
        if value:
            raise InputError(f"`{name}` would not be used: it goes with `parameters`.")
