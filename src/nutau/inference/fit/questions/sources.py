"""Where errors come from, in independent parts: inputs, blocks of inputs that are correlated, and measurements.

A *source* is a block of numbers with a covariance :math:`LL^T`; its axes, the columns of :math:`L`, are moved by one
standard deviation each, and what moves along them are independent unit Gaussians.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.fit.questions.varied import Places
from nutau.inference.likelihood import Experiment
from nutau.inference.likelihood.experiment import curves_of
from nutau.inference.likelihood.origin import Origin
from nutau.inputs.parameters import Parameters
from nutau.measurements import Measurement
from nutau.measurements.likelihoods import widths

Kind = Literal["input", "reference", "measurement"]
TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Source:
    """A block: which numbers it moves (``where`` among all of its kind) and its axes ``(numbers, axes)``."""

    kind: Kind
    name: str
    members: tuple[str, ...]
    where: Array
    axes: Array

    @property
    def count(self) -> int:
        """How many axes."""
        return self.axes.shape[1]


def inputs(parameters: Parameters) -> tuple[Source, ...]:
    """The inputs that have an error, each alone or with those that it is correlated with, also by way of others."""
    covariance = np.asarray(parameters.covariance)
    sigma = np.sqrt(np.diag(covariance))
    varied = np.flatnonzero(sigma > 0)
    correlation = covariance[np.ix_(varied, varied)] / np.outer(sigma[varied], sigma[varied])
    found = [
        _block(parameters, varied[block], correlation[np.ix_(block, block)] * np.outer(s, s))
        for block in _components(np.abs(correlation) > TINY)
        for s in (sigma[varied[block]],)
    ]
    names = [source.name for source in found]
    return tuple(
        replace(source, name=f"{source.name}: {source.members[0]}, …")
        if names.count(source.name) > 1
        else source
        for source in found
    )


def _components(joined: Array) -> Iterator[Array]:
    """Sets of numbers that hang together."""
    left = set(range(len(joined)))
    while left:
        found, waiting = set(), [min(left)]
        while waiting:
            place = waiting.pop()
            if place not in found:
                found.add(place)
                waiting += [int(other) for other in np.flatnonzero(joined[place]) if other not in found]
        left -= found
        yield np.array(sorted(found))


def _block(parameters: Parameters, where: Array, covariance: Array) -> Source:
    members = tuple(parameters.names[place] for place in where)
    groups = dict.fromkeys(parameters.groups[place] for place in where)
    name = members[0] if len(members) == 1 else _joined(tuple(groups))
    return Source("input", name, members, where, root(covariance))


def _joined(groups: Sequence[str]) -> str:
    """``form factors B->D``, ``form factors B->D*`` as ``form factors B->D, B->D*``."""
    first = "form factors "
    if all(group.startswith(first) for group in groups):
        return first + ", ".join(group.removeprefix(first) for group in groups)
    return ", ".join(groups)


def root(covariance: Array) -> Array:
    """``L`` with ``L @ L.T`` the covariance, without axes that do not vary."""
    sigma = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(sigma, sigma))
    keep = values > TINY * values.max()
    return np.asarray(sigma[:, None] * vectors[:, keep] * np.sqrt(values[keep]))


def references(origin: Origin) -> tuple[Source, ...]:
    """The quoted Standard-Model values that stand in the place of inputs."""
    found = []
    for entry in origin.references:
        gaussian = entry.gaussian
        assert gaussian is not None
        members = tuple(item.label for item in entry.observables)
        where = np.arange(len(gaussian.central))
        found.append(Source("reference", f"SM of {entry.name}", members, where, root(gaussian.covariance)))
    return tuple(found)


def measurements(experiment: Experiment, predictions: Array) -> tuple[Source, ...]:
    """The measurements, moved within their errors at the predictions ``(obs,)``; numbers as in :class:`Places`."""
    places = Places.of(experiment)
    tables = iter(experiment.tables)
    found = []
    for position, entry in enumerate(experiment.measurements):
        where = np.flatnonzero(places.owner == position)
        at = predictions[[experiment.observables.index(item) for item in entry.observables]]
        if entry.gaussian is not None:
            axes = _gaussian(entry, at)
        else:
            table, _ = next(tables)
            axes = _table(table, at)
        labels = tuple(item.label for item in entry.observables)
        found.append(Source("measurement", entry.name, labels, where, axes))
    return tuple(found)


def _gaussian(entry: Measurement, at: Array) -> Array:
    gaussian = entry.gaussian
    assert gaussian is not None
    width = np.asarray(widths(gaussian, at[gaussian.index]))
    return root(gaussian.correlation * np.outer(width, width))


def _table(table: object, at: Array) -> Array:
    """One over the root of half the curvature; no axis where the table is flat, or has several observables."""
    if len(at) > 1:
        return np.zeros((1, 0))
    _, curvature = curves_of(table, at)  # type: ignore[arg-type]
    half = 0.5 * float(np.asarray(curvature)[0, 0])
    return np.zeros((1, 0)) if half <= 0 else np.array([[1.0 / np.sqrt(half)]])
