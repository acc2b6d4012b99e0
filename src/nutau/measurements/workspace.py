"""A published pyhf workspace as a likelihood table of one observable.

A workspace is a file of somebody else's, and pyhf reports what is wrong with it by exceptions of its own, of Python and
of NumPy, and by log messages. All of them become one :class:`nutau.errors.InputError` that names the file.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from nutau.common.arrays import Array
from nutau.common.files import read_text
from nutau.errors import InputError, MissingExtraError, NutauError, listed, unknown, unreadable
from nutau.measurements.distributions import LikelihoodGrid
from nutau.measurements.tables import normalised

LONGEST = 200
"""Characters of a message of pyhf's that are passed on."""
FLAT = 1e-9
"""A -2 log L that changes less than this over the whole grid does not depend on the strength."""


class _Model(NamedTuple):
    """A model with its data: what a point of the profile needs."""

    pyhf: Any
    model: Any
    data: Any
    path: str
    poi: str

    @property
    def position(self) -> int:
        """Of the strength among the parameters."""
        return int(self.model.config.poi_index)

    def expected(self, strength: float) -> Array:
        """The expected events in every bin at the initial values of the other parameters."""
        point = list(self.model.config.suggested_init())
        point[self.position] = strength
        return np.asarray(self.model.expected_actualdata(point), dtype=float)


def profile(
    path: str, poi: str, reference: float, grid: tuple[float, ...], measurement: str = ""
) -> LikelihoodGrid:
    """-2 log L, profiled over the nuisance parameters, with ``observable = strength * reference``.

    ``grid`` holds the values of the observable (natural units), ``measurement`` the name of one of the workspace's
    measurements, needed where it has several. Done once a process for the same content of the file: a fit at every
    point. Raises :class:`InputError` for a file that cannot be used: no workspace, no or another strength, one without
    influence or with bounds inside the grid, bins without background at a strength of zero, and whatever else pyhf does
    not take.
    """
    text = read_text(path, "A pyhf workspace in JSON is needed.")
    return _profile(text, path, poi, reference, grid, measurement)


@lru_cache(maxsize=16)
def _profile(
    text: str, path: str, poi: str, reference: float, grid: tuple[float, ...], measurement: str
) -> LikelihoodGrid:
    try:
        import pyhf
    except ImportError:
        raise MissingExtraError("pyhf", "fit") from None
    specification = parsed(text, path)
    with reported(path):
        found = _model(pyhf, specification, path, poi, measurement)
        strengths = [x / reference for x in grid]
        _check_bounds(found, strengths)
        _check_influence(found, strengths)
        values = np.array([_minus_two_log_likelihood(found, strength) for strength in strengths])
        if np.ptp(values) < FLAT:
            raise _without_influence(found)
        return normalised((np.array(grid),), values)


@contextmanager
def reported(path: str) -> Iterator[None]:
    """Say whatever goes wrong inside in one line that names the file, and show no log or warning of pyhf's."""
    log = logging.getLogger("pyhf")
    handlers, propagates = log.handlers[:], log.propagate
    log.handlers, log.propagate = [logging.NullHandler()], False
    try:
        # pyhf 0.7 uses a part of jsonschema on its way out; what is not finite is reported below
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    except NutauError:
        raise
    except Exception as error:
        raise InputError(f"{path}: not a valid pyhf workspace ({_short(error)}).") from None
    finally:
        log.handlers, log.propagate = handlers, propagates


def _short(error: Exception) -> str:
    """The first line of an error, with its kind where pyhf did not mean it as a message."""
    lines = str(error).strip().splitlines() or [""]
    text = lines[0] if type(error).__module__.startswith("pyhf") else f"{type(error).__name__}: {lines[0]}"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def parsed(text: str, path: str) -> Mapping[str, Any]:
    """The content of a workspace's file; :class:`InputError` if it is no JSON object."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: cannot be read as a pyhf workspace in JSON ({error}).") from None
    except (ValueError, RecursionError) as error:
        raise unreadable(path, error) from None
    if not isinstance(found, dict):
        raise InputError(f"{path}: not a valid pyhf workspace (a {type(found).__name__}, not an object).")
    return found


def chosen(specification: Mapping[str, Any], wanted: str, path: str) -> str:
    """The name of the measurement to use."""
    names = [str(entry["name"]) for entry in specification["measurements"]]
    if wanted and wanted not in names:
        raise unknown("measurement", wanted, names, path)
    if len(names) > 1 and not wanted:
        raise InputError(
            f"{path}: the workspace has {len(names)} measurements ({listed(names)}); "
            f"choose one with 'measurement: {names[0]}'."
        )
    if names.count(wanted or names[0]) > 1:
        raise InputError(f"{path}: two measurements of the workspace are called {wanted or names[0]}.")
    return wanted or names[0]


def _model(pyhf: Any, specification: Mapping[str, Any], path: str, poi: str, measurement: str) -> _Model:
    workspace = pyhf.Workspace(specification)
    measurement = chosen(specification, measurement, path)
    try:
        model = workspace.model(measurement_name=measurement, poi_name=poi)
    except pyhf.exceptions.InvalidModel:
        config = workspace.model(measurement_name=measurement, poi_name=None).config
        if poi not in config.par_order:
            raise unknown("parameter of interest", poi, config.par_order, path) from None
        count = config.param_set(poi).n_parameters
        if count == 1:
            raise
        raise InputError(
            f"{path}: '{poi}' is not one number but {count}; poi: names the strength of the signal."
        ) from None
    return _Model(pyhf, model, workspace.data(model), path, poi)


def _check_bounds(found: _Model, strengths: list[float]) -> None:
    low, high = (float(end) for end in found.model.config.suggested_bounds()[found.position])
    for key, strength, outside, allowed in (
        ("lowest", strengths[0], strengths[0] < low, f"at least {low:g}"),
        ("highest", strengths[-1], strengths[-1] > high, f"at most {high:g}"),
    ):
        if outside:
            raise InputError(
                f"{found.path}: {key} is {strength:.3g} times the reference, outside the bounds of {found.poi} in the "
                f"workspace, {low:g} to {high:g}: choose {key} {allowed} times the reference (or change the bounds)."
            )


def _check_influence(found: _Model, strengths: list[float]) -> None:
    ends = [found.expected(strength) for strength in (strengths[0], strengths[-1])]
    if np.array_equal(ends[0], ends[1], equal_nan=True):
        raise _without_influence(found)


def _without_influence(found: _Model) -> InputError:
    return InputError(
        f"{found.path}: nothing in the workspace depends on {found.poi}: its signal is zero in every bin, or poi: "
        "should name another parameter."
    )


def _minus_two_log_likelihood(found: _Model, strength: float) -> float:
    try:
        _, value = found.pyhf.infer.mle.fixed_poi_fit(
            strength, found.data, found.model, return_fitted_val=True
        )
    except found.pyhf.exceptions.FailedMinimization as error:
        raise _failed(found, strength, f"pyhf's fit does not converge there: {_short(error)}") from None
    if not np.isfinite(value):
        raise _failed(found, strength, "it has a prediction that is negative or no number")
    return float(value)


def _failed(found: _Model, strength: float, otherwise: str) -> InputError:
    """Why there is no likelihood at a strength."""
    seen = np.asarray(found.data[: found.model.config.nmaindata], dtype=float)
    empty = (found.expected(strength) <= 0) & (seen > 0)
    place = f"{found.path}: no likelihood at {found.poi} = {strength:.3g}: "
    if empty.any():
        return InputError(
            f"{place}{int(empty.sum())} of {len(seen)} bins have events but expect none, as there is no background; "
            "begin at a larger 'lowest'."
        )
    return InputError(f"{place}{otherwise}.")
