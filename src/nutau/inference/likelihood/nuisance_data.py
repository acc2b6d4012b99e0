"""Measurements that no parameter moves, but that bind the theory of those that the parameters move.

FL of B -> K* mu mu says nothing of new physics with taus; it says something of the form factors of B -> K*, and with
these of B -> K* nu nu. Such a measurement may stay in a fit: a measured observable whose theory error is correlated,
over the draws in the Standard Model, with that of an observable that the parameters move.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError
from nutau.inference.likelihood.compiled import compiled
from nutau.inference.likelihood.parametrisation import Parametrisation
from nutau.inference.theory_model import on_internal
from nutau.inputs import Inputs
from nutau.measurements import Measurement, Observable

SHARED = 0.1
"""Correlations of theory errors below this are none: they would move nothing by a hundredth of its error."""
CLEAR = 4.0
"""With few draws a correlation must stand above so many errors of itself, one over the root of their number."""


def binding(
    used: Sequence[Measurement],
    others: Sequence[Measurement],
    parametrisation: Parametrisation,
    inputs: Inputs,
    *,
    draws: int,
    seed: int,
) -> tuple[Measurement, ...]:
    """Those of ``others`` that share theory errors with ``used``.

    Raises :class:`InputError` without theory draws: there is nothing to share then.
    """
    if not draws:
        raise InputError(
            "`keep_nuisance_data` would not be used: without theory errors (`draws=0`) there are no nuisances."
        )
    if not others:
        return ()
    moved, still = _observables(used), _observables(others)
    made = compiled([*moved, *still], parametrisation, inputs, draws=draws, seed=seed)
    zero = np.zeros(len(made[0].central.basis))
    correlation = np.abs(_correlation(np.asarray(on_internal(made).covariance(zero)[1])))
    largest = correlation[len(moved) :, : len(moved)].max(axis=1)
    sharing = {
        item for item, most in zip(still, largest, strict=True) if most > max(SHARED, CLEAR / np.sqrt(draws))
    }
    return tuple(entry for entry in others if sharing & set(entry.observables))


def _observables(entries: Sequence[Measurement]) -> list[Observable]:
    return list(dict.fromkeys(item for entry in entries for item in entry.observables))


def _correlation(covariance: Array) -> Array:
    """Of errors; none with what has no error."""
    width = np.sqrt(np.diag(covariance))
    scale = np.where(width > 0, width, np.inf)
    return covariance / np.outer(scale, scale)
