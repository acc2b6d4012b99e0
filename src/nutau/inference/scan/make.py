"""``nutau.scan``: from names to a scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.checked import checked
from nutau.common.given import numbers, several
from nutau.common.progress import Progress
from nutau.errors import InputError
from nutau.inference.likelihood import Likelihood, Parametrisation, likelihood, parametrisation
from nutau.inference.likelihood.compiled import compiled
from nutau.inference.likelihood.scales import sizes
from nutau.inference.scan.sample import points_of
from nutau.inference.scan.scan import Scan
from nutau.inference.theory_model import on_internal
from nutau.inference.work import Cluster
from nutau.inputs import InputSet, load_inputs
from nutau.measurements import DataSet, Observable
from nutau.observables.invisible import InvisibleState
from nutau.observables.predictions import DRAWS, SEED
from nutau.observables.requests import Request, label, requested


@checked
def scan(
    parameters: Mapping[str, tuple[float, float, int] | tuple[float, float]] | str,
    observables: Sequence[str] = (),
    *,
    data: DataSet | str | Path | None = None,
    q2: Any = None,
    model: str | None = None,
    mass: float | None = None,
    inputs: InputSet = "default",
    running: str | Path | None = None,
    convention: str = "physical",
    fixed: Mapping[str, float] | None = None,
    scale: float | None = None,
    mode: str = "fast",
    draws: int = DRAWS,
    sample: str = "grid",
    points: int | None = None,
    seed: int | None = None,
    below: float | None = None,
    invisible: InvisibleState | None = None,
    cluster: Cluster = None,
    progress: Progress | None = None,
) -> Scan:
    """Observables with theory errors and, with ``data``, -2 log L at points of any fit parameters.

    ``parameters`` as ``{"C1": (-0.1, 0.1, 201)}`` or ``"C1=-0.1:0.1:201,C3=-0.1:0.1:201"``; their names and the other
    options are those of :func:`nutau.fit`. Of ranges without numbers, ``{"C1": (-0.1, 0.1)}``, a ``sample``
    (``random``, ``sobol``, or ``adaptive``: where -2 log L changes) has ``points``, from a ``seed``. With ``below``
    only points are kept at which -2 log L is above its minimum in the ranges by less than that.

    Work happens when results are asked for or saved, in chunks, so there may be as many points as the disk holds; with
    a ``cluster`` (:func:`nutau.inference.work.workers`) it is done by its workers. Raises :class:`InputError`.

    >>> import nutau
    >>> nutau.scan("C1=-0.1:0.1:5", ["Rnunu(K)"], draws=0).values.shape
    (5, 1)
    >>> nutau.scan("C1=-0.1:0.1,C3=-0.1:0.1", ["R(D)"], sample="sobol", points=8, draws=0).points.shape
    (8, 2)
    """
    grid = points_of(parameters, sample, points, seed)
    names = () if observables is None else several("observables", observables)
    if not names and data is None:
        raise InputError(
            'Nothing to scan: name observables, for instance "Rnunu(K)", or give `data` for -2 log L.'
        )
    if data is None and (below is not None or sample == "adaptive"):
        what = "`below`" if below is not None else "`sample=adaptive`"
        raise InputError(f"{what} is about -2 log L, and there is no data set: give `data`.")
    if below is not None and not 0 < below < np.inf:
        raise InputError(f"`below={below:g}`: a height of -2 log L above its minimum is needed, as 5.99.")
    theory: dict[str, Any] = {"model": model, "mass": mass, "running": running, "convention": convention}
    setting = load_inputs(inputs)
    state = None if invisible is None else invisible.coupled(setting)
    theory |= {"fixed": fixed, "scale": scale, "invisible": state}
    chosen = parametrisation(grid.names, **theory)
    theory_model, asked = None, []
    if names:
        asked = list(requested(names, q2, inputs=setting))
        found = compiled([measured(request) for request in asked], chosen, setting, draws=draws)
        named = zip(found, asked, strict=True)
        theory_model = on_internal(
            [replace(formula, observable=label(request)) for formula, request in named]
        )
    made = None
    if data is not None:
        made = likelihood(data, chosen, inputs=setting, mode=mode, draws=draws, alternative=False)
    lowest = None
    if made is not None and (below is not None or sample == "adaptive"):
        ends = {axis.name: (axis.low, axis.high) for axis in grid.axes if axis.low < axis.high}
        lowest = _lowest(made, parametrisation(grid.names, ranges=ends, **theory))
    record = {
        "axes": [[axis.name, axis.low, axis.high, axis.count] for axis in grid.axes],
        "sample": {"kind": sample, "points": len(grid), "seed": getattr(grid, "seed", None), "below": below},
        "observables": [label(request) for request in asked],
        "data": None if made is None else made.data,
        "data version": None if made is None or made.ages is None else made.ages.version,
        "inputs": setting.name,
        "model": model,
        "mass": mass,
        "running": None if running is None else str(running),
        "convention": convention,
        "fixed": numbers("fixed", fixed),
        "scale": scale,
        **({} if state is None else {"invisible": asdict(state)}),
        "mode": mode,
        "draws": draws,
        "draws seed": SEED,
    }
    return Scan(
        grid,
        chosen,
        tuple(label(request) for request in asked),
        theory_model,
        made,
        progress,
        tuple(f"{label(request)}: {request.note}" for request in asked if request.note),
        record=record,
        below=below,
        lowest=lowest,
        cluster=cluster,
    )


def _lowest(made: Likelihood, bounded: Parametrisation) -> float:
    """The minimum of -2 log L within ranges."""
    from nutau.inference.fit.search import minima

    inside = replace(made, parametrisation=bounded)
    return float(minima(inside, sizes(inside))[0].chi2)


def measured(request: Request) -> Observable:
    """An observable as asked for, as measurements name it."""
    return Observable(f"{request.name}/SM" if request.relative else request.name, request.q2)
