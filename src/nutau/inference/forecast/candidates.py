"""Measurements that could be made: projections of experiments, today's results that go on, and any with an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nutau.common.given import numbers
from nutau.errors import InputError
from nutau.inference.fit.questions.asked import named as named_in_fits
from nutau.inference.forecast.future import aligned, continuing, named, usable
from nutau.inputs import Inputs
from nutau.measurements import DataSet, Projection
from nutau.measurements.catalogue import projections as shipped

GIVEN = "given"
"""The experiment of a measurement that is given with its error, at a luminosity of one."""


def candidates(
    dataset: DataSet,
    inputs: Inputs,
    *,
    names: Sequence[str | Path] | None,
    continued: Sequence[str],
    given: Mapping[str, float | str],
    experiment: str,
    at: Mapping[str, float] | None,
) -> tuple[tuple[Projection, ...], Mapping[str, float], tuple[str, ...]]:
    """All of them, the luminosities that are held, and notes on what is left out.

    ``names`` are projections or files (default: all that nutau has of ``experiment`` and of those in ``at``),
    ``continued`` results of the data set, ``given`` errors by observable, absolute or ``"10%"`` of the SM value.
    """
    held = dict(numbers("at", at))
    if names is None:
        chosen = [item for item in shipped().values() if item.experiment in (experiment, *held)]
    else:
        chosen = list(named(dataset, names))
    chosen += [row for name in continued for row in continuing(dataset, name, experiment)]
    used, notes = usable(aligned(chosen), experiment, held)
    used += [_given(name, error, inputs) for name, error in given.items()]
    if not used:
        raise InputError(
            "No measurement is left to rank"
            + (f" ({' '.join(notes)})" if notes else "")
            + "; name projections (`projections`) or give observables with errors (`candidates`)."
        )
    return tuple(used), held | {GIVEN: 1.0}, tuple(notes)


def _given(name: str, error: float | str, inputs: Inputs) -> Projection:
    """A measurement with its error."""
    (asked,) = named_in_fits([name], inputs)
    text = str(error).strip()
    try:
        size = float(text.removesuffix("%")) * (0.01 if text.endswith("%") else 1.0)
    except ValueError:
        size = float("nan")
    if not 0 < size < float("inf"):
        raise InputError(
            f"`candidates` {name}={text}: a positive error is needed, absolute or in % of the SM value, as 10%."
        )
    return Projection(
        name=f"{asked.name}, {text}",
        observable=asked.observable,
        quantity="relative_to_sm" if text.endswith("%") else "absolute",
        luminosity=np.array([1.0]),
        value=np.array([size]),
        luminosity_unit="run",
        scenario="given",
        source=GIVEN,
        collaboration=GIVEN,
    )
