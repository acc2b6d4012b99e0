"""From the record of a reinterpretation to its likelihood: files are read, checked, and put side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.files import read_text
from nutau.errors import InputError, unknown
from nutau.measurements.distributions import Analysis, Reinterpretation, Shape, Spectrum
from nutau.measurements.joint_workspaces import joined, renamed
from nutau.measurements.reinterpretation.collapsed import collapse
from nutau.measurements.reinterpretation.likelihood import SpectrumLikelihood
from nutau.measurements.reinterpretation.parsing import parse
from nutau.measurements.reinterpretation.template import Template
from nutau.measurements.releases import located
from nutau.measurements.workspace import chosen, parsed, reported

APART = 1e-2
"""The events of a density differ from those of its sample by less than this fraction: else it is another one's."""


def assemble(found: Reinterpretation, name: str, count: int) -> SpectrumLikelihood:
    """The likelihood of ``count`` observables; the files of analyses are read once for the same record.

    Raises :class:`InputError` for files that cannot be used, alone or together: no workspace, densities that do not
    fit its bins or those of q², names that are not there, a signal that a free parameter scales as well.
    """
    made = _made(_Same(found.parts), name, count)
    return made if found.observed is None else made.with_observed(found.observed)


@dataclass(frozen=True)
class _Same:
    """Analyses that are compared by identity: records are shared, and their arrays can be no key."""

    parts: tuple[Analysis, ...]

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.parts)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and list(map(id, self.parts)) == list(map(id, other.parts))


@lru_cache(maxsize=8)
def _made(same: _Same, name: str, count: int) -> SpectrumLikelihood:
    parts = same.parts
    where = " and ".join(part.path for part in parts)
    with reported(where):
        specifications = [
            parsed(read_text(located(part.path), "A pyhf workspace in JSON is needed."), part.path)
            for part in parts
        ]
        measurements = [
            chosen(found, part.measurement, part.path)
            for found, part in zip(specifications, parts, strict=True)
        ]
        channels = [_channels(found) for found in specifications]
        whole, measurement = specifications[0], measurements[0]
        names: list[Mapping[str, str]] = [{channel: channel for channel in channels[0]}]
        if len(parts) > 1:
            new, own = renamed(specifications)
            names = list(own)
            whole = joined(specifications, measurements, new, [part.path for part in parts])
            measurement = "joint"
        shapes = [
            (spectrum, shape, names[number][_known(shape, channels[number], part.path)])
            for number, part in enumerate(parts)
            for spectrum in part.spectra
            for shape in spectrum.shapes
        ]
        absolute = [
            (names[number][shape.channel], shape.sample)
            for number, part in enumerate(parts)
            if part.absolute
            for spectrum in part.spectra
            for shape in spectrum.shapes
        ]
        removed = list(dict.fromkeys(item for part in parts for item in part.removed))
        template, constraints, observed = parse(whole, measurement, removed, absolute, where)
        constant, response = np.ones(len(template.cells)), np.zeros((len(template.cells), count))
        for spectrum, shape, channel in shapes:
            _fill(template, constant, response, (spectrum, shape, channel), f"{where} ({name})")
        smaller, explicit, local = collapse(template, constraints)
        made = SpectrumLikelihood(
            smaller, explicit, local, observed, constant, response, _references(parts, count)
        )
        _check_free(made, where)
    return made


def _channels(specification: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        str(channel["name"]): [str(sample["name"]) for sample in channel["samples"]]
        for channel in specification["channels"]
    }


def _known(shape: Shape, channels: Mapping[str, Sequence[str]], path: str) -> str:
    if shape.channel not in channels:
        raise unknown("channel", shape.channel, channels, path)
    if shape.sample not in channels[shape.channel]:
        raise unknown("sample", shape.sample, channels[shape.channel], f"{path}, channel {shape.channel}")
    return shape.channel


def _references(parts: Iterable[Analysis], count: int) -> Array:
    found = np.zeros(count)
    for part in parts:
        for spectrum in part.spectra:
            found[spectrum.places] = spectrum.reference
    return found


def _fill(
    template: Template, constant: Array, response: Array, signal: tuple[Spectrum, Shape, str], where: str
) -> None:
    """The weights of the cells of one signal: each q² bin by its spectrum over that of the simulation."""
    spectrum, shape, channel = signal
    cells = np.array([i for i, cell in enumerate(template.cells) if cell[:2] == (channel, shape.sample)])
    density = _density(shape, where)
    what = f"{where}: the density of {shape.sample} in {shape.channel}"
    expected = (len(cells), spectrum.outside + len(spectrum.reference))
    if density.shape != expected:
        outside = f" and {spectrum.outside} outside" if spectrum.outside else ""
        raise InputError(
            f"{what} has {density.shape[0]} rows and {density.shape[1]} columns; the channel has {expected[0]} bins, "
            f"and there are {len(spectrum.reference)} bins of q2{outside}."
        )
    if not np.all(np.isfinite(density)) or np.any(density < 0):
        raise InputError(f"{what} has a number that is negative or none.")
    total, nominal = density.sum(axis=1), template.nominal[cells]
    if np.any(np.abs(total - nominal) > APART * np.maximum(np.abs(nominal), APART)):
        row = int(np.argmax(np.abs(total - nominal)))
        raise InputError(
            f"{what} has {total[row]:.4g} events in row {row + 1}, and the workspace expects {nominal[row]:.4g} in "
            "that bin; they must be the same events."
        )
    share = density / np.where(total > 0, total, 1.0)[:, None]
    constant[cells] = np.where(total > 0, share[:, : spectrum.outside].sum(axis=1), 1.0)
    for row, cell in enumerate(cells):
        np.add.at(response[cell], spectrum.places, share[row, spectrum.outside :] / spectrum.reference)


def _density(shape: Shape, where: str) -> Array:
    if not isinstance(shape.density, str):
        return np.asarray(shape.density)
    text = read_text(located(shape.density), "Numbers with commas, a row a bin, are needed.")
    try:
        return np.loadtxt(text.splitlines(), delimiter=",", ndmin=2)
    except ValueError as error:
        raise InputError(
            f"{where}: {shape.density} is no table of numbers with commas ({str(error).splitlines()[0]})."
        ) from None


def _check_free(made: SpectrumLikelihood, where: str) -> None:
    """Refuse a signal that a parameter of which nothing is known scales too."""
    constraints = made.constraints
    free = ~constraints.fixed & (constraints.sigma == 0) & (constraints.tau == 0)
    signal = np.any(made.response != 0, axis=1)
    for place, cells in zip(made.template.factors, made.template.touched, strict=True):
        if free[place] and np.any(cells & signal):
            name = constraints.names[int(place)]
            raise InputError(
                f"{where}: the free parameter {name} scales the signal, as the spectrum does; remove it with "
                f"'remove: [{name}]'."
            )
