"""Several pyhf workspaces as one likelihood: nuisances of one name are one, and are profiled together.

The workspaces are put side by side as one: their channels (renamed where a name is there twice), and every parameter
once by its name. What belongs to the bins of one workspace (``staterror``, ``shapesys``, ``shapefactor``: statistical
errors of a simulation, free shapes) stays its own, also if two of the same name exist. The strengths are fixed at each
point of a grid of the observables, and all other parameters fitted; the grid becomes a likelihood table of several
observables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.files import read_text
from nutau.errors import InputError, MissingExtraError, unknown
from nutau.measurements.distributions import JointWorkspace, LikelihoodGrid
from nutau.measurements.tables import normalised
from nutau.measurements.workspace import chosen, parsed, reported

OWN = ("staterror", "shapesys", "shapefactor")
"""Kinds of modifiers that belong to the bins of their workspace."""


def profile(found: JointWorkspace) -> LikelihoodGrid:
    """-2 log L on the grid of the observables, profiled over all nuisance parameters of all workspaces.

    Done once a process for the same content of the files: a fit at every point, each from its neighbour's parameters.
    Raises :class:`InputError` for files that cannot be used, alone or together.
    """
    texts = tuple(read_text(part.path, "A pyhf workspace in JSON is needed.") for part in found.parts)
    parts = tuple((part.path, part.poi, part.reference, part.measurement) for part in found.parts)
    axes = tuple(tuple(axis.tolist()) for axis in found.axes)
    return _profile(texts, parts, found.places, axes)


@lru_cache(maxsize=8)
def _profile(
    texts: tuple[str, ...],
    parts: tuple[tuple[str, str, float, str], ...],
    places: tuple[int, ...],
    axes: tuple[tuple[float, ...], ...],
) -> LikelihoodGrid:
    try:
        import pyhf
    except ImportError:
        raise MissingExtraError("pyhf", "fit") from None
    where = " and ".join(path for path, *_ in parts)
    with reported(where):
        specifications = [parsed(text, part[0]) for text, part in zip(texts, parts, strict=True)]
        names = strengths([part[1] for part in parts], places)
        measurements = [
            chosen(specification, part[3], part[0])
            for specification, part in zip(specifications, parts, strict=True)
        ]
        renamed = [
            {part[1]: name, **own} for part, name, own in zip(parts, names, _own(specifications), strict=True)
        ]
        paths = [part[0] for part in parts]
        whole = joined(specifications, measurements, renamed, paths)
        workspace = pyhf.Workspace(whole)
        model = workspace.model(measurement_name="joint", poi_name=names[0])
        references = [part[2] for part in parts]
        walk = _Walk(pyhf, model, workspace.data(model), names, places, references, paths)
        walk.check(axes)
        return normalised(tuple(map(np.array, axes)), walk.values(axes))


def strengths(pois: Sequence[str], places: Sequence[int]) -> list[str]:
    """The names of the strengths: their own, numbered where one name is that of two observables."""
    meant: dict[str, set[int]] = {}
    for poi, place in zip(pois, places, strict=True):
        meant.setdefault(poi, set()).add(place)
    shared = Counter((poi, place) for poi, place in zip(pois, places, strict=True))
    return [
        poi if len(meant[poi]) == 1 and shared[poi, place] == 1 else f"{poi}@{number}"
        for number, (poi, place) in enumerate(zip(pois, places, strict=True), 1)
    ]


def _own(specifications: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """New names of bin-wise parameters that two workspaces call the same."""
    named = [
        {modifier["name"] for modifier in _modifiers(specification) if modifier["type"] in OWN}
        for specification in specifications
    ]
    twice = Counter(name for names in named for name in names)
    return [
        {name: f"{name}@{number}" for name in names if twice[name] > 1}
        for number, names in enumerate(named, 1)
    ]


def renamed(
    specifications: Sequence[Mapping[str, Any]],
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """New names of parameters that must stay apart, and of all channels, as :func:`joined` calls them."""
    seen = Counter(channel["name"] for found in specifications for channel in found["channels"])
    channels = [
        {
            str(channel["name"]): f"{channel['name']}@{number}"
            if seen[channel["name"]] > 1
            else channel["name"]
            for channel in found["channels"]
        }
        for number, found in enumerate(specifications, 1)
    ]
    return _own(specifications), channels


def settings(specification: Mapping[str, Any], measurement: str) -> Sequence[dict[str, Any]]:
    """What a measurement of a workspace says of its parameters."""
    config = next(
        entry["config"] for entry in specification["measurements"] if str(entry["name"]) == measurement
    )
    return tuple(config.get("parameters", ()))


def _modifiers(specification: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for channel in specification["channels"]:
        for sample in channel["samples"]:
            yield from sample["modifiers"]


def joined(
    specifications: Sequence[Mapping[str, Any]],
    measurements: Sequence[str],
    renamed: Sequence[Mapping[str, str]],
    paths: Sequence[str],
) -> dict[str, Any]:
    """One workspace of several, with the measurement ``joint``; ``renamed`` are new names of parameters of each."""
    seen = Counter(channel["name"] for found in specifications for channel in found["channels"])
    channels, observations = [], []
    parameters: dict[str, tuple[dict[str, Any], str]] = {}
    for number, found in enumerate(specifications, 1):
        new, path = renamed[number - 1], paths[number - 1]
        copy = deepcopy({key: found[key] for key in ("channels", "observations")})
        for modifier in _modifiers(copy):
            modifier["name"] = new.get(modifier["name"], modifier["name"])
        for part in (*copy["channels"], *copy["observations"]):
            part["name"] = f"{part['name']}@{number}" if seen[part["name"]] > 1 else part["name"]
        channels += copy["channels"]
        observations += copy["observations"]
        for given in settings(found, measurements[number - 1]):
            setting = {**given, "name": new.get(given["name"], given["name"])}
            other, before = parameters.setdefault(setting["name"], (setting, path))
            if other != setting:
                raise InputError(
                    f"{before} and {path}: the settings of {setting['name']} differ, and parameters of one name are "
                    "one. Give it the same settings in both, or another name in one."
                )
    kept = [setting for setting, _ in parameters.values()]
    poi = next(iter(renamed[0].values()), "")
    return {
        "version": "1.0.0",
        "channels": channels,
        "observations": observations,
        "measurements": [{"name": "joint", "config": {"poi": poi, "parameters": kept}}],
    }


class _Walk:
    """A model at the points of a grid."""

    def __init__(
        self,
        pyhf: Any,
        model: Any,
        data: Any,
        names: Sequence[str],
        places: Sequence[int],
        references: Sequence[float],
        paths: Sequence[str],
    ) -> None:
        self._pyhf, self._model, self._data = pyhf, model, data
        self._places, self._references, self._paths = places, references, paths
        self._names = names
        known = model.config.par_order
        for name, path in zip(names, paths, strict=True):
            if name not in known:
                raise unknown("parameter of interest", name.partition("@")[0], known, path)
        self._positions = [model.config.par_slice(name).start for name in names]

    def check(self, axes: Sequence[Sequence[float]]) -> None:
        """Raise :class:`InputError` for strengths outside their bounds, and for one that changes nothing."""
        bounds = self._model.config.suggested_bounds()
        start = list(self._model.config.suggested_init())
        for number, position in enumerate(self._positions):
            axis, reference = axes[self._places[number]], self._references[number]
            low, high = (float(end) for end in bounds[position])
            ends = axis[0] / reference, axis[-1] / reference
            if ends[0] < low or ends[1] > high:
                raise InputError(
                    f"{self._paths[number]}: lowest and highest are {ends[0]:.3g} and {ends[1]:.3g} times the "
                    f"reference, outside the bounds of {self._names[number]} in the workspace, {low:g} to {high:g}: "
                    "choose them inside."
                )
            expected = []
            for end in ends:
                point = list(start)
                point[position] = end
                expected.append(np.asarray(self._model.expected_actualdata(point), dtype=float))
            if np.array_equal(expected[0], expected[1], equal_nan=True):
                raise InputError(
                    f"{self._paths[number]}: nothing in the workspace depends on {self._names[number]}: its signal is "
                    "zero in every bin, or poi: should name another parameter."
                )

    def values(self, axes: Sequence[Sequence[float]]) -> Array:
        """-2 log L at every point, row by row back and forth, so that each point is beside the last."""
        shape = tuple(len(axis) for axis in axes)
        found = np.empty(shape)
        start = list(self._model.config.suggested_init())
        for cell in _snake(shape):
            point = [axis[place] for axis, place in zip(axes, cell, strict=True)]
            start, found[cell] = self._fitted(point, start)
        return found

    def _fitted(self, point: Sequence[float], start: list[float]) -> tuple[list[float], float]:
        fixed = list(self._model.config.suggested_fixed())
        begin = list(start)
        for position, place, reference in zip(self._positions, self._places, self._references, strict=True):
            begin[position], fixed[position] = point[place] / reference, True
        try:
            best, value = self._pyhf.infer.mle.fit(
                self._data, self._model, init_pars=begin, fixed_params=fixed, return_fitted_val=True
            )
        except self._pyhf.exceptions.FailedMinimization as error:
            raise self._failed(point, f"pyhf's fit does not converge there: {error}") from None
        if not np.isfinite(value):
            raise self._failed(point, "a prediction is negative or no number")
        return [float(x) for x in best], float(value)

    def _failed(self, point: Sequence[float], why: str) -> InputError:
        at = ", ".join(
            f"{name} = {point[place] / reference:.3g}"
            for name, place, reference in zip(self._names, self._places, self._references, strict=True)
        )
        return InputError(
            f"{' and '.join(self._paths)}: no likelihood at {at}: {why}. Bins with events need a background; else "
            "begin at a larger 'lowest'."
        )


def _snake(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The cells of a grid, each beside the one before."""
    if not shape:
        yield ()
        return
    forth = True
    for outer in _snake(shape[:-1]):
        inner = range(shape[-1]) if forth else range(shape[-1] - 1, -1, -1)
        yield from ((*outer, place) for place in inner)
        forth = not forth
