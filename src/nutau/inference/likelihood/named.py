"""``nutau.likelihood``: from names to -2 log L as a function, with its derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nutau.common.checked import checked
from nutau.inference.likelihood.build import likelihood as build
from nutau.inference.likelihood.parametrisation import parametrisation
from nutau.inference.likelihood.record import Likelihood
from nutau.inputs import InputSet, load_inputs
from nutau.measurements import DataSet
from nutau.observables.invisible import InvisibleState
from nutau.observables.predictions import DRAWS, SEED


@checked
def likelihood(
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
    scale: float | None = None,
    sm: str = "inputs",
    all_data: bool = False,
    keep_nuisance_data: bool = False,
    draws: int = DRAWS,
    seed: int = SEED,
    invisible: InvisibleState | None = None,
) -> Likelihood:
    """The -2 log L that :func:`nutau.fit` minimises, as a function of its parameters; arguments as there.

    The result takes points in the order of its ``names``: ``chi2(points)`` for many, ``derivatives(point)`` for value,
    gradient and second derivatives at one; called under JAX it is differentiable as often as wanted, in both modes.
    Raises :class:`InputError` for bad names.

    >>> import nutau
    >>> found = nutau.likelihood(["delta"], fixed={"kappa": 1.0}, draws=0)
    >>> value, gradient, hessian = found.derivatives([0.05])
    >>> bool(value > 0), gradient.shape, hessian.shape
    (True, (1,), (1, 1))
    """
    names = tuple(parameters.split(",")) if isinstance(parameters, str) else tuple(parameters)
    used = load_inputs(inputs)
    chosen = parametrisation(
        names,
        model=model,
        mass=mass,
        running=running,
        convention=convention,
        fixed=fixed,
        ranges=ranges,
        scale=scale,
        invisible=None if invisible is None else invisible.coupled(used),
    )
    return build(
        data,
        chosen,
        inputs=used,
        mode=mode,
        draws=draws,
        seed=seed,
        sm=sm,
        all_data=all_data,
        keep_nuisance_data=keep_nuisance_data,
    )
