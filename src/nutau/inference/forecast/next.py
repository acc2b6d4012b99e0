"""``nutau.next_measurements``: what each possible measurement would add to a fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.common.given import listed_names, several
from nutau.common.progress import Progress
from nutau.errors import InputError
from nutau.inference.forecast.candidates import candidates as found
from nutau.inference.forecast.prospects import Future, How
from nutau.inference.forecast.ranked import Ranking
from nutau.inference.forecast.ranking import check_order, ordered, ranked
from nutau.inference.likelihood import Parametrisation, parametrisation
from nutau.inputs import InputSet, load_inputs
from nutau.measurements import DataSet, load_dataset
from nutau.observables.predictions import DRAWS, SEED


@checked
def next_measurements(
    parameters: str | Sequence[str],
    data: DataSet | str | Path = "2026",
    *,
    luminosity: float = 50.0,
    experiment: str = "Belle II",
    at: Mapping[str, float] | None = None,
    projections: Sequence[str | Path] | None = None,
    continued: Sequence[str] = (),
    candidates: Mapping[str, float | str] | None = None,
    against: str | Mapping[str, float] | None = None,
    by: str = "information",
    model: str | None = None,
    mass: float | None = None,
    running: str | Path | None = None,
    convention: str = "physical",
    fixed: Mapping[str, float] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    scale: float | None = None,
    inputs: InputSet = "default",
    sm: str = "inputs",
    draws: int = DRAWS,
    seed: int = SEED,
    progress: Progress | None = None,
) -> Ranking:
    """The expected information of each possible measurement on a fit, the most useful first.

    The fit is that of ``parameters`` (with ``model``, ``mass``, ``fixed``, … as in :func:`nutau.fit`) to ``data``;
    what follows is linearised at its best point (:mod:`nutau.inference.forecast.ranking`). Measurements are
    ``projections`` by name or file (default: all that nutau has of ``experiment`` at ``luminosity``, in ab⁻¹ for
    Belle II, and of those in ``at``), results of the data set whose error goes on with luminosity (``continued``), and
    any observable with an error, ``candidates={"BR(Lambdab->Lambdanunu)": "20%"}`` (of the SM value, or absolute).
    Each is taken alone, instead of today's results that are part of it.

    ``against`` is another point, ``"sm"`` or values of all parameters: then what each is expected to add to Δχ² between
    the best fit and it is there too. ``by`` is the order: ``"information"``, ``"apart"`` or a parameter. Raises
    :class:`InputError` for unknown names and for parameters that today's data do not determine.

    >>> import nutau
    >>> asked = {"candidates": {"R(D)": "2%"}, "projections": [], "draws": 0}
    >>> nutau.next_measurements("CVL_bctaunutau", "2026-core", **asked).rows[0].observable
    'Rtaul(B->Dlnu)'
    """
    dataset = data if isinstance(data, DataSet) else load_dataset(data)
    if not 0 < luminosity < float("inf"):
        raise InputError(f"`luminosity={luminosity:g}`: a positive number is needed.")
    space = parametrisation(
        listed_names("parameters", parameters),
        model=model,
        mass=mass,
        running=running,
        convention=convention,
        fixed=fixed,
        ranges=ranges,
        scale=scale,
    )
    check_order(by, space.names, against)
    other = None if against is None else _point(space, against)
    setting = load_inputs(inputs)
    chosen, held, notes = found(
        dataset,
        setting,
        names=projections,
        continued=several("continued", continued) if continued else (),
        given=candidates or {},
        experiment=experiment,
        at=at,
    )
    made = ranked(
        dataset,
        space,
        Future(chosen, experiment, held),
        other,
        How(setting, draws, seed, sm),
        luminosity,
        notes,
        progress,
    )
    return ordered(made, by)


def _point(space: Parametrisation, given: str | Mapping[str, float]) -> Array:
    """Values of all free parameters."""
    if not isinstance(given, str):
        return space.point(given)
    if given.casefold() == "sm":
        return np.zeros(len(space))
    values = {}
    for part in given.split(","):
        name, _, text = part.partition("=")
        try:
            values[name.strip()] = float(text)
        except ValueError:
            raise InputError(
                f"`against={given}`: sm or NAME=VALUE,… is needed, as delta=0.05,kappa=1."
            ) from None
    return space.point(values)
