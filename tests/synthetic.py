"""Small likelihoods made by hand, whose answers are known in closed form."""

import numpy as np

from nutau.inference.expansion import TheoryModel
from nutau.inference.likelihood import Likelihood, experiment, parametrisation
from nutau.measurements import Gaussian, LikelihoodGrid, Measurement, Observable


def measured(name, labels, central, error, correlation=None, minus=None, index=None):
    """A Gaussian entry."""
    central, plus = np.atleast_1d(central).astype(float), np.atleast_1d(error).astype(float)
    minus = plus if minus is None else np.atleast_1d(minus).astype(float)
    rho = np.eye(len(central)) if correlation is None else np.asarray(correlation, dtype=float)
    place = np.arange(len(central)) if index is None else np.asarray(index)
    items = tuple(Observable(label) for label in labels)
    found = Gaussian(central, plus, minus, rho, place)
    return Measurement(name, items, found, "test", ("1",) * len(central), np.ones(len(central)))


def tabulated(name, labels, axes, values):
    """A likelihood table."""
    items = tuple(Observable(label) for label in labels)
    found = LikelihoodGrid(
        tuple(np.asarray(axis, dtype=float) for axis in axes), np.asarray(values, dtype=float)
    )
    return Measurement(name, items, found, "test", ("1",) * len(items), np.ones(len(items)))


def theory_model(labels, numerators, denominators=None, modes=(), below_modes=None):
    """Polynomials over the monomials (1, x, xx) or (1, x, y, xx, xy, yy); ``modes`` ``(k, obs, M)``."""
    above = np.asarray(numerators, dtype=float)
    size = above.shape[1]
    count = {3: 1, 6: 2, 10: 3}[size]
    below = (
        np.tile(np.eye(size)[0], (len(above), 1))
        if denominators is None
        else np.asarray(denominators, dtype=float)
    )
    shifts = np.asarray(modes, dtype=float).reshape(-1, len(above), size)
    below_shifts = np.zeros_like(shifts) if below_modes is None else np.asarray(below_modes, dtype=float)
    names = NAMES[:count]
    return TheoryModel(tuple(labels), names, ("ratio",) * len(above), above, below, shifts, below_shifts)


NAMES = ("C9_bstautau", "C10_bstautau", "CVL_bctaunutau")
"""Any three coefficients: the polynomials are the test's own."""


def likelihood(made, measurements, mode="full", ranges=None):
    """A likelihood of a hand-made theory model."""
    count = len(made.parameters)
    items = tuple(Observable(label) for label in made.observables)
    chosen = parametrisation(NAMES[:count], ranges=ranges)
    return Likelihood(chosen, made, experiment(measurements, items), mode, "test")
