"""How far the choice of form factors moves an observable: a spread, no standard deviation, and in no total."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import hypot

import numpy as np

from nutau.eft.wilson import Wilson
from nutau.inputs import Inputs
from nutau.inputs.alternatives import with_each_determination
from nutau.observables import find
from nutau.observables.predictions import formulas, restricted
from nutau.observables.requests import Request, label

CHOICE = "choice of form factors (spread, not in the total)"
EXPLAINED = (
    "choice of form factors: half the range over the determinations that are verified and not superseded, each in "
    "turn; it is in no total, since their own errors overlap it. nutau compare-inputs lists them."
)
ROUNDING = 1e-12
"""A range below this fraction of the values is rounding: form factors cancel in the observable."""


def spread(values: Mapping[str, Sequence[float]]) -> float | None:
    """Half the range of the values of each channel, channels in quadrature; ``None`` where no channel has two.

    Half, so that it stands beside one standard deviation: the ± about the middle that covers all of them.
    """
    halves = [_half_range(found) for found in values.values() if len(found) > 1]
    return hypot(*halves) if halves else None


def _half_range(values: Sequence[float]) -> float:
    low, high = min(values), max(values)
    return 0.5 * (high - low) if high - low > ROUNDING * max(abs(low), abs(high)) else 0.0


def trusted(inputs: Inputs, channel: str) -> tuple[Inputs, ...]:
    """The input set with each determination of a channel that is verified and not superseded."""
    return tuple(
        one for one in with_each_determination(inputs, channel) if not one.form_factor(channel).doubt
    )


def spreads(
    requests: Iterable[Request], wilson: Wilson, inputs: Inputs, *, tree: bool = False
) -> dict[str, float]:
    """The :func:`spread` of each observable at a point (4.8 GeV), by label; none where there is nothing to choose."""
    of_channel: dict[str, list[Request]] = {}
    for request in requests:
        for channel in find(request.name).channels:
            of_channel.setdefault(channel, []).append(request)
    values: dict[str, dict[str, list[float]]] = {}
    for channel, asked in of_channel.items():
        for one in trusted(inputs, channel):
            for request, formula in zip(asked, formulas(asked, one, draws=0, tree=tree), strict=True):
                for point, value in enumerate(np.atleast_1d(formula(restricted(wilson, formula))).tolist()):
                    values.setdefault(label(request, point), {}).setdefault(channel, []).append(value)
    found = {name: spread(of_name) for name, of_name in values.items()}
    return {name: size for name, size in found.items() if size is not None}
