"""A likelihood as toys see it: every number with a measured centre is a row that can fluctuate."""

from __future__ import annotations

from dataclasses import replace

from nutau.inference.likelihood import Likelihood, experiment
from nutau.measurements import Counts, Measurement, approximate, measured


def for_toys(likelihood: Likelihood) -> Likelihood:
    """The likelihood in the fast mode, with tables of one measured number as the Gaussians that approximate them.

    Limits, counted events, and tables of several observables are left as they are: toys hold them.
    """
    found = likelihood.experiment
    entries = [_gaussian(entry) for entry in found.measurements]
    return replace(likelihood, experiment=experiment(entries, found.observables), mode="fast")


def _gaussian(entry: Measurement) -> Measurement:
    if isinstance(entry.distribution, Counts) or entry.gaussian is not None:
        return entry
    if len(entry.observables) > 1 or not measured(entry).all():
        return entry
    return replace(entry, distribution=approximate(entry))
