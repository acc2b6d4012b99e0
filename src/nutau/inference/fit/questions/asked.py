"""Observables that are asked of a fit: their names read, and their values over draws of parameters and nuisances."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nutau.common.aliases import full_name
from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.errors import InputError
from nutau.inference.expansion import TheoryModel, read
from nutau.inference.likelihood import Likelihood
from nutau.inference.theory_model import monomials
from nutau.inputs import Inputs
from nutau.measurements import Observable
from nutau.observables import find
from nutau.observables.requests import bare, own_bin, requested

CHUNK = 2048
SEED = 77
"""Of the theory modes that move nothing that was measured: the data leave them unit Gaussians."""


@dataclass(frozen=True)
class Asked:
    """An observable as it was asked for."""

    name: str
    observable: Observable
    unit: str
    note: str


def split(text: str) -> list[str]:
    """Names with commas between them; a comma in brackets is that of a bin."""
    parts = [part.strip() for part in re.split(r",(?![^\[]*\])", text)]
    return [part for part in parts if part]


def asked(likelihood: Likelihood, names: Sequence[str], q2: Any = None) -> tuple[Asked, ...]:
    """The observables of names for a likelihood that knows its inputs; see :func:`named`."""
    if likelihood.origin is None:
        raise InputError(
            "This likelihood does not know its inputs, so nothing more can be predicted; use nutau.fit."
        )
    return named(names, likelihood.origin.inputs, q2)


def named(names: Sequence[str], inputs: Inputs, q2: Any = None) -> tuple[Asked, ...]:
    """The observables of names, with a bin of their own in brackets or that of ``q2``.

    Raises :class:`InputError` for names that do not exist, for points in q² and for what stands twice.
    """
    for text in names:
        name, own = own_bin(str(text))
        kind = find(bare(name)[0]).kind
        if kind == "point":
            raise InputError(
                f"{text} takes points in q²; a fit predicts rates and bins, as <dBR/dq2>(...)[0, 4]."
            )
        if own is None and q2 is None and kind == "bin":
            raise InputError(f"{text} takes a bin in GeV²: write it behind the name, as {text}[0, 4].")
    found = []
    for request in requested([str(text) for text in names], q2, inputs=inputs):
        name = request.label
        label = name if request.q2 is None else Observable(name, request.q2).label
        unit = "1" if request.relative else find(request.name).unit
        found.append(Asked(label, Observable(full_name(name), request.q2), unit, request.note))
    labels = [item.name for item in found]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise InputError(f"{', '.join(twice)}: given twice; ask for it once.")
    return tuple(found)


def drawn(model: TheoryModel, inner: Array, nuisances: Array, first: int) -> Array:
    """Observables from ``first`` on at internal parameters ``(draws, n)`` with nuisances ``(draws, k)``.

    Modes of the model beyond those are drawn here.
    """
    more = len(model.numerator_modes) - nuisances.shape[1]
    eps = np.concatenate([nuisances, stream(SEED).standard_normal((len(nuisances), more))], axis=1)
    found = []
    for start in range(0, len(inner), CHUNK):
        part = slice(start, start + CHUNK)
        m = monomials(inner[part])
        parts = [
            m @ np.asarray(central)[first:].T
            + np.einsum("nM,kaM,nk->na", m, modes[:, first:], eps[part], optimize=True)
            for central, modes in zip(model.parts, map(np.asarray, model.part_modes), strict=True)
        ]
        found.append(read(parts, model.readouts[first:]))
    return np.concatenate(found)
