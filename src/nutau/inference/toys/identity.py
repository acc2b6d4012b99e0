"""What toys are of: plain words and numbers that a folder of toys is known by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.likelihood import Likelihood


def request(likelihood: Likelihood, toys: int, seed: int) -> dict[str, Any]:
    """The names behind a likelihood, and how many toys of which seed."""
    chosen = likelihood.parametrisation
    state = {} if chosen.invisible is None else {"invisible": asdict(chosen.invisible)}
    return {
        "parameters": list(chosen.names),
        "fixed": {name: float(value) for name, value in chosen.fixed.items()},
        "data": likelihood.data,
        "inputs": likelihood.inputs,
        "sm": likelihood.sm,
        "toys": toys,
        "seed": seed,
        **state,
    }


def numbers(likelihood: Likelihood, points: Sequence[Array]) -> dict[str, Array]:
    """The points at which toys are thrown, and the data, predictions and theory variances there."""
    places = np.array(points, dtype=float)
    with np.errstate(all="ignore"):
        values, theory = likelihood.theory_model.covariance(likelihood.parametrisation.to_linear(places))
    return {
        "points": places,
        "data": np.asarray(likelihood.experiment.central),
        "predictions": np.asarray(values),
        "theory variances": np.einsum("...aa->...a", np.asarray(theory)),
    }
