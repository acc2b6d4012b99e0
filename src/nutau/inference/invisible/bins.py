"""The bins of a measured spectrum at the fit of a hypothesis: events of each sample, the signal in its two parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array, lock
from nutau.inference.invisible.result import Explanation, Explanations
from nutau.measurements.reinterpretation.likelihood import SpectrumLikelihood

STANDARD, NEW = "SM neutrinos", "new"


@dataclass(frozen=True, eq=False)
class Channel:
    """A channel: events seen ``(bins,)``, expected ones of each sample, and their statistical error of simulation."""

    name: str
    observed: Array
    samples: Mapping[str, Array]
    error: Array

    def __post_init__(self) -> None:
        """Records are shared: their arrays are read-only."""
        lock(self, "observed", "error")

    @property
    def expected(self) -> Array:
        """Of all samples together."""
        return np.sum(list(self.samples.values()), axis=0)

    @property
    def pulls(self) -> Array:
        """Seen less expected over the root of the expected events and the variance of the simulation."""
        spread = np.sqrt(self.expected + self.error**2)
        return (self.observed - self.expected) / np.where(spread > 0.0, spread, 1.0)


def channels(found: Explanations, row: Explanation) -> tuple[Channel, ...]:
    """The channels at the fit to all data, with the samples in the order of the workspace, the signal last."""
    problem = row.problem
    (likelihood,) = (table for table, _ in problem.experiment.tables if isinstance(table, SpectrumLikelihood))
    bins = problem.sm.bins
    none = row.z.copy()
    none[0] = 0.0
    at, without = (problem.predictions(z)[:bins] for z in (row.z, none))
    theta = likelihood.best(at)
    response, constant = np.asarray(likelihood.response), np.asarray(likelihood.constant)
    template = likelihood.template
    events, bare = (template.at(theta, constant + response @ x).events for x in (at, without))
    signal = np.any(response != 0.0, axis=1)
    local = likelihood.local
    error = np.sqrt(local.owner @ (local.sigma * (local.groups @ events)) ** 2)
    made, first = [], 0
    for name, count in template.channels:
        samples: dict[str, Array] = {}
        for cell, (channel, sample, number) in enumerate(template.cells):
            if channel != name:
                continue
            parts = (
                {STANDARD: bare[cell], NEW: events[cell] - bare[cell]}
                if signal[cell]
                else {sample: events[cell]}
            )
            for key, value in parts.items():
                samples.setdefault(key, np.zeros(count))[number] += value
        ordered = sorted(
            samples.items(),
            key=lambda item: (STANDARD, NEW).index(item[0]) + 1 if item[0] in (STANDARD, NEW) else 0,
        )
        seen = np.asarray(likelihood.observed)[first : first + count]
        made.append(Channel(name, seen, dict(ordered), error[first : first + count]))
        first += count
    return tuple(made)
