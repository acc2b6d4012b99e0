"""A published pyhf workspace as a likelihood table of one observable."""

from __future__ import annotations

import json
import warnings
from functools import cache
from typing import Any

import numpy as np

from nutau.errors import ComputationError, InputError, MissingExtraError, unknown
from nutau.files import read_text
from nutau.measurements.distributions import Table


@cache
def profile(path: str, poi: str, reference: float, grid: tuple[float, ...]) -> Table:
    """-2 log L, profiled over the nuisance parameters, with ``observable = strength * reference``.

    ``grid`` holds the values of the observable (natural units). Done once a process: a fit at every point.
    """
    try:
        import pyhf
    except ImportError:
        raise MissingExtraError("pyhf", "fit") from None
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # pyhf 0.7 uses a part of jsonschema on its way out
        model, data = _model(pyhf, path, poi)
        values = np.array([_minus_two_log_likelihood(pyhf, model, data, x / reference, path) for x in grid])
    return Table((np.array(grid),), values - values.min())


def _model(pyhf: Any, path: str, poi: str) -> tuple[Any, Any]:
    try:
        specification = json.loads(read_text(path, "A pyhf workspace in JSON is needed."))
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: cannot be read as a pyhf workspace in JSON ({error}).") from None
    try:
        workspace = pyhf.Workspace(specification)
        model = workspace.model(poi_name=poi)
        return model, workspace.data(model)
    except pyhf.exceptions.InvalidModel:
        names = pyhf.Workspace(specification).model(poi_name=None).config.par_order
        raise unknown("parameter of interest", poi, names, path) from None
    except (pyhf.exceptions.InvalidSpecification, pyhf.exceptions.InvalidWorkspaceOperation) as error:
        raise InputError(f"{path}: not a valid pyhf workspace ({error}).") from None


def _minus_two_log_likelihood(pyhf: Any, model: Any, data: Any, strength: float, path: str) -> float:
    low, high = model.config.suggested_bounds()[model.config.poi_index]
    if not low <= strength <= high:
        raise InputError(
            f"{path}: strength {strength:.3g} lies outside the workspace's bounds [{low:g}, {high:g}]; "
            "choose a narrower grid or a larger reference."
        )
    try:
        _, value = pyhf.infer.mle.fixed_poi_fit(strength, data, model, return_fitted_val=True)
    except pyhf.exceptions.FailedMinimization as error:
        raise ComputationError(f"{path}: no convergence at strength {strength:.3g} ({error}).") from None
    return float(value)
