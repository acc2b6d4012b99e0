"""From pyhf workspaces to arrays, with signals prepared for a spectrum.

Read without pyhf, so that a fit can run on JAX; what cannot be used is one :class:`nutau.errors.InputError`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError, unknown
from nutau.measurements.joint_workspaces import OWN, settings
from nutau.measurements.reinterpretation.constraints import Constraints
from nutau.measurements.reinterpretation.template import Template

KINDS = ("histosys", "normsys", "normfactor", "lumi", "staterror", "shapesys", "shapefactor")


@dataclass
class _Parameters:
    """Parameters in the order in which they are met."""

    names: list[str] = field(default_factory=list)
    rows: dict[str, tuple[float, float, float, float, bool]] = field(default_factory=dict)

    def place(self, name: str, row: tuple[float, float, float, float, bool]) -> int:
        """The place of a parameter; ``row`` is its start, auxiliary datum, width, factor, and whether it is fixed."""
        if name not in self.rows:
            self.rows[name] = row
            self.names.append(name)
        return self.names.index(name)

    def constraints(self) -> Constraints:
        columns = list(zip(*(self.rows[name] for name in self.names), strict=True)) or [()] * 5
        start, auxiliary, sigma, tau, fixed = columns
        return Constraints(
            tuple(self.names),
            np.array(start, dtype=float),
            np.array(auxiliary, dtype=float),
            np.array(sigma, dtype=float),
            np.array(tau, dtype=float),
            np.array(fixed, dtype=bool),
        )


def parse(
    specification: Mapping[str, Any],
    measurement: str,
    removed: Collection[str],
    absolute: Collection[tuple[str, str]],
    path: str,
) -> tuple[Template, Constraints, Array]:
    """Template, constraints and observed events ``(B,)`` of a workspace (the content of its file).

    ``measurement`` is one of its measurements, ``removed`` are modifiers that are left out, ``absolute`` samples of
    channels whose shifts do not follow their weight. Raises :class:`InputError` for modifiers of unknown kinds, and
    for names that are not there.
    """
    channels = sorted(specification["channels"], key=lambda channel: str(channel["name"]))
    given = {str(setting["name"]): setting for setting in settings(specification, measurement)}
    modifiers = {
        str(found["name"])
        for channel in channels
        for sample in channel["samples"]
        for found in sample["modifiers"]
    }
    for name in removed:
        if name not in modifiers:
            raise unknown("modifier to remove", name, sorted(modifiers), path)
    counts = [len(channel["samples"][0]["data"]) for channel in channels]
    starts = np.cumsum([0, *counts])
    table, parameters = _Cells(path), _Parameters()
    for channel, begin, count in zip(channels, starts, counts, strict=False):
        for sample in channel["samples"]:
            table.add(channel, sample, int(begin), count, absolute)
    for kind, name, users in _uses(channels, removed, path):
        table.use(kind, name, users, parameters, given.get(name, {}))
    observed = _observed(specification, [str(channel["name"]) for channel in channels], counts, path)
    names = tuple((str(channel["name"]), count) for channel, count in zip(channels, counts, strict=True))
    return table.template(names, len(parameters.names)), parameters.constraints(), observed


def _observed(
    specification: Mapping[str, Any], names: Sequence[str], counts: Sequence[int], path: str
) -> Array:
    found = {str(entry["name"]): entry["data"] for entry in specification["observations"]}
    for name, count in zip(names, counts, strict=True):
        if name not in found or len(found[name]) != count:
            raise InputError(f"{path}: channel {name} needs the observed events of its {count} bins.")
    events = np.concatenate([np.asarray(found[name], dtype=float) for name in names])
    if not np.all(np.isfinite(events)) or np.any(events < 0):
        raise InputError(f"{path}: observed events are numbers from 0 on.")
    return events


def _uses(
    channels: Sequence[Mapping[str, Any]], removed: Collection[str], path: str
) -> Iterator[tuple[str, str, list[tuple[str, str, Any]]]]:
    """Kind and name of each modifier, with all its uses: channel, sample, data."""
    found: dict[tuple[str, str], list[tuple[str, str, Any]]] = {}
    for channel in channels:
        for sample in channel["samples"]:
            for modifier in sample["modifiers"]:
                kind, name = str(modifier["type"]), str(modifier["name"])
                if kind not in KINDS:
                    raise unknown("kind of modifier", kind, KINDS, path)
                if name not in removed:
                    use = (str(channel["name"]), str(sample["name"]), modifier["data"])
                    found.setdefault((kind, name), []).append(use)
    for (kind, name), uses in found.items():
        yield kind, name, uses


class _Cells:
    """The cells of a model while it is read."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.cells: list[tuple[str, str, int]] = []
        self.bins: list[int] = []
        self.nominal: list[float] = []
        self.relative: list[bool] = []
        self.of: dict[tuple[str, str], Array] = {}
        self.shifts: dict[int, tuple[Array, Array]] = {}
        self.scales: dict[int, tuple[Array, Array]] = {}
        self.factors: dict[int, list[Array]] = {}

    def add(
        self,
        channel: Mapping[str, Any],
        sample: Mapping[str, Any],
        begin: int,
        count: int,
        absolute: Collection[tuple[str, str]],
    ) -> None:
        """The cells of one sample."""
        key = (str(channel["name"]), str(sample["name"]))
        data = np.asarray(sample["data"], dtype=float)
        if data.shape != (count,) or not np.all(np.isfinite(data)):
            raise InputError(f"{self.path}: sample {key[1]} of {key[0]} needs {count} numbers.")
        if key in self.of:
            raise InputError(f"{self.path}: two samples of {key[0]} are called {key[1]}.")
        self.of[key] = np.arange(len(self.cells), len(self.cells) + count)
        self.cells += [(*key, place) for place in range(count)]
        self.bins += range(begin, begin + count)
        self.nominal += data.tolist()
        self.relative += [key not in absolute] * count

    def use(
        self,
        kind: str,
        name: str,
        uses: Sequence[tuple[str, str, Any]],
        parameters: _Parameters,
        setting: Mapping[str, Any],
    ) -> None:
        """A modifier with all cells that it acts on."""
        cells = [self.of[channel, sample] for channel, sample, _ in uses]
        if kind in OWN:
            self._binwise(kind, name, uses, cells, parameters, setting)
            return
        place = parameters.place(name, _row(kind, setting))
        for where, (_, _, data) in zip(cells, uses, strict=True):
            if kind == "histosys":
                pair = self._pair(self.shifts, place, 0.0)
                nominal = np.asarray(self.nominal)[where]
                pair[0][where] = np.asarray(data["hi_data"], dtype=float) - nominal
                pair[1][where] = nominal - np.asarray(data["lo_data"], dtype=float)
            elif kind == "normsys":
                pair = self._pair(self.scales, place, 1.0)
                pair[0][where], pair[1][where] = float(data["hi"]), float(data["lo"])
            else:
                self.factors.setdefault(place, []).append(where)

    def _pair(self, table: dict[int, tuple[Array, Array]], place: int, fill: float) -> tuple[Array, Array]:
        size = len(self.cells)
        return table.setdefault(place, (np.full(size, fill), np.full(size, fill)))

    def _binwise(
        self,
        kind: str,
        name: str,
        uses: Sequence[tuple[str, str, Any]],
        cells: Sequence[Array],
        parameters: _Parameters,
        setting: Mapping[str, Any],
    ) -> None:
        if len({channel for channel, _, _ in uses}) > 1 or len({len(where) for where in cells}) > 1:
            raise InputError(f"{self.path}: {name} ({kind}) acts on several channels; it belongs to one.")
        nominal = np.sum([np.asarray(self.nominal)[where] for where in cells], axis=0)
        errors = [np.asarray(data, dtype=float) for _, _, data in uses if data is not None]
        error = np.sqrt(np.sum([part**2 for part in errors], axis=0)) if errors else np.zeros(len(nominal))
        fixed = bool(setting.get("fixed", False))
        for number in range(len(nominal)):
            usable = nominal[number] > 0 and error[number] > 0
            ratio = error[number] / nominal[number] if usable else 0.0
            row = (1.0, 1.0, 0.0, 0.0, fixed)  # a free shape
            if kind == "staterror":
                row = (1.0, 1.0, ratio, 0.0, fixed or not usable)
            elif kind == "shapesys":
                tau = ratio**-2 if usable else 0.0
                row = (1.0, tau, 0.0, tau, fixed or not usable)
            place = parameters.place(f"{name}[{number}]", row)
            where = np.array([part[number] for part in cells])
            self.factors.setdefault(place, []).append(where)

    def template(self, channels: tuple[tuple[str, int], ...], parameters: int) -> Template:
        """The arrays."""
        size = len(self.cells)
        up, down = _sides(self.shifts, size)
        high, low = _sides(self.scales, size)
        touched = np.zeros((len(self.factors), size), dtype=bool)
        for row, cells in enumerate(self.factors.values()):
            touched[row, np.concatenate(cells)] = True
        return Template(
            channels=channels,
            cells=tuple(self.cells),
            nominal=np.array(self.nominal),
            bin_of=np.array(self.bins),
            additive=np.array(list(self.shifts), dtype=int),
            up=up,
            down=down,
            scaling=np.array(list(self.scales), dtype=int),
            high=high,
            low=low,
            factors=np.array(list(self.factors), dtype=int),
            touched=touched,
            relative=np.array(self.relative),
            parameters=parameters,
        )


def _sides(table: Mapping[int, tuple[Array, Array]], size: int) -> tuple[Array, Array]:
    """Both sides of all shifts or factors, each ``(parameters, cells)``."""
    first, second = (
        np.array([pair[side] for pair in table.values()]).reshape(len(table), size) for side in (0, 1)
    )
    return first, second


def _row(kind: str, setting: Mapping[str, Any]) -> tuple[float, float, float, float, bool]:
    """Start, auxiliary datum, width, factor and whether it is fixed, of a parameter that is one number."""
    fixed = bool(setting.get("fixed", False))
    free = kind == "normfactor"
    start = float(setting.get("inits", [1.0 if free else setting.get("auxdata", [0.0])[0]])[0])
    auxiliary = float(setting.get("auxdata", [0.0])[0])
    sigma = 0.0 if free else float(setting.get("sigmas", [1.0])[0])
    if kind == "lumi" and not {"auxdata", "sigmas"} <= set(setting):
        raise InputError(
            "a modifier of kind lumi needs auxdata and sigmas in the measurement of the workspace."
        )
    return start, auxiliary, sigma, 0.0, fixed
