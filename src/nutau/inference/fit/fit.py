"""``nutau.fit``: from names to a fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nutau.common.arrays import Array
from nutau.common.checked import checked
from nutau.common.given import stream
from nutau.common.progress import Progress, portion
from nutau.errors import InputError
from nutau.inference.fit.beside import beside, standard
from nutau.inference.fit.intervals import intervals
from nutau.inference.fit.quality import compare, goodness, pulls
from nutau.inference.fit.result import FitResult
from nutau.inference.fit.scales import check_constrained
from nutau.inference.fit.search import Minimum, minima
from nutau.inference.likelihood import Likelihood, Parametrisation, compare_modes
from nutau.inference.likelihood.named import likelihood
from nutau.inference.likelihood.scales import sizes
from nutau.inputs import InputSet
from nutau.measurements import DataSet
from nutau.observables.invisible import InvisibleState
from nutau.observables.predictions import DRAWS, SEED


@checked
def fit(
    parameters: str | Sequence[str] = ("delta", "kappa"),
    data: DataSet | str | Path = "2026",
    *,
    model: str | None = None,
    mass: float | None = None,
    inputs: InputSet = "default",
    running: str | Path | None = None,
    convention: str = "physical",
    mode: str = "full",
    fixed: Mapping[str, float] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    start: Mapping[str, float] | None = None,
    scale: float | None = None,
    sm: str = "inputs",
    all_data: bool = False,
    keep_nuisance_data: bool = False,
    draws: int = DRAWS,
    seed: int = SEED,
    invisible: InvisibleState | None = None,
    progress: Progress | None = None,
) -> FitResult:
    r"""Fit parameters to a data set.

    ``parameters``: ``delta`` and ``kappa`` (the letter's :math:`\delta(C_V-C_A)`, :math:`C_1/C_3`), ``C1``, ``C3``, any
    Warsaw coefficient or number of a flavour symmetry (TeV⁻²; :mod:`nutau.eft.smeft.flavour`), any WET coefficient (at
    ``scale``, 4.8 GeV), couplings of a ``model``; ``Re`` and ``Im``
    before a name choose a part. ``mass`` (GeV) is the scale from which SMEFT coefficients run, without one they do not
    run. ``fixed`` holds parameters, ``ranges`` bounds them, ``start`` is one more starting point. For ``mode``, ``sm``,
    ``all_data`` and ``keep_nuisance_data`` see :func:`nutau.inference.likelihood.build.likelihood`. ``invisible`` is a
    new state beside the neutrinos of b → sνν̄: its coupling is the parameter ``invisible`` (in the unit of the state, 0
    or more), alone or with any others, or it is held at the size that the state has. ``progress`` is told how much is
    done.

    Raises :class:`InputError` for bad names and for parameters that nothing constrains, :class:`ComputationError` if no
    minimum is found.

    >>> import nutau
    >>> found = nutau.fit(["delta"], "2026", fixed={"kappa": 1.0}, draws=0)
    >>> found.names
    ('delta',)
    """
    made = likelihood(
        parameters,
        data,
        model=model,
        mass=mass,
        inputs=inputs,
        running=running,
        convention=convention,
        mode=mode,
        fixed=fixed,
        ranges=ranges,
        scale=scale,
        sm=sm,
        all_data=all_data,
        keep_nuisance_data=keep_nuisance_data,
        draws=draws,
        seed=seed,
        invisible=invisible,
    )
    return fitted(
        made, start=None if start is None else _start(made.parametrisation, start), progress=progress
    )


def _start(chosen: Parametrisation, start: Mapping[str, float]) -> Array:
    """The starting point, which must lie within the ranges."""
    point = chosen.point(start)
    for parameter, value in zip(chosen.free, point, strict=True):
        if not parameter.low <= value <= parameter.high:
            raise InputError(
                f"`start={{{parameter.name!r}: {value:g}}}` is outside its range, {parameter.low:g} to "
                f"{parameter.high:g}. Start inside, or give another range (`ranges`)."
            )
    return point


def fitted(
    made: Likelihood, *, start: Array | None = None, seed: int = 1, progress: Progress | None = None
) -> FitResult:
    """The fit of a likelihood: minima, intervals, quality, pulls, and the difference between the two modes."""
    size = sizes(made)
    check_constrained(made, size)
    found = minima(made, size, start=start, seed=seed, progress=portion(progress, 0, 60))
    best = found[0]
    parts = intervals(made, found, size, progress=portion(progress, 60, 100))
    loose = {n: part for n, part in zip(made.parametrisation.names, parts, strict=True) if part.unbounded}
    if loose:
        where = ", ".join(f"{name} ({_range(part.bounds)})" for name, part in loose.items())
        raise InputError(
            f"Nothing in data set {made.data} constrains {', '.join(loose)}: -2 log L rises by less than 1 over all of "
            f"{where}. Hold it fixed (`fixed`), bound it (`ranges`), or add measurements."
        )
    return FitResult(
        likelihood=made,
        size=size,
        minima=found,
        intervals=parts,
        p_value=goodness(best.chi2, made.dof),
        comparison=compare(made, best.chi2),
        pulls=pulls(made, best.values),
        modes=compare_modes(made, _around(best, seed)),
        standard=standard(made),
        beside=beside(made, found, size),
    )


def _range(bounds: tuple[float, float]) -> str:
    low, high = bounds
    return "however far" if np.isinf(low) and np.isinf(high) else f"{low:.4g} to {high:.4g}"


def _around(best: Minimum, seed: int, count: int = 255) -> Array:
    """The best fit and points scattered about it as the Hesse covariance says."""
    values, vectors = np.linalg.eigh(best.covariance)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    scatter = stream(seed).standard_normal((count, len(best.values))) @ root.T
    return best.values + np.concatenate([np.zeros((1, len(best.values))), scatter])
