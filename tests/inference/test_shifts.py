"""Modes in parts: the same shifts as the whole product, wherever few directions are enough."""

import jax
import jax.numpy as jnp
import numpy as np

from nutau.common.monomials import count, monomials
from nutau.inference.shifts import MANY, Bundle, Shifts, Whole

RANDOM = np.random.default_rng(11)


def _modes(parameters: int, ranks: tuple[int, ...], modes: int = 12) -> np.ndarray:
    """Modes of observables that have so many directions each, monomials of very different sizes."""
    size = count(parameters, 2)
    found = np.zeros((modes, len(ranks), size))
    for place, rank in enumerate(ranks):
        scale = 10.0 ** RANDOM.uniform(-6, 6, size)
        found[:, place] = RANDOM.normal(size=(modes, rank)) @ RANDOM.normal(size=(rank, size)) * scale
    return found


def test_parts_and_the_whole_give_the_same_shifts():
    ranks = (1, 0, 3, 12, 2, 0, 5)
    for parameters in (3, 11):
        modes = _modes(parameters, ranks)
        shifts = Shifts.of(modes)
        kinds = {type(part) for part in shifts.parts}
        assert kinds == ({Bundle} if count(parameters, 2) >= MANY else {Whole})
        for shape in ((parameters,), (4, parameters), (2, 3, parameters)):
            m = monomials(RANDOM.normal(size=shape))
            expected = np.einsum("...m,kom->...ko", m, modes)
            size = np.einsum("...m,kom->...ko", np.abs(m), np.abs(modes)) + 1e-300
            for found in (shifts.at(m), jax.jit(shifts.at)(jnp.asarray(m))):
                assert found.shape == expected.shape
                assert np.max(np.abs(np.asarray(found) - expected) / size) < 1e-9


def test_what_no_mode_moves_stays_at_zero():
    still = Shifts.of(np.zeros((4, 3, count(11, 2))))
    assert not np.any(still.at(np.ones((2, count(11, 2)))))
    none = Shifts.of(np.zeros((0, 3, count(2, 2))))
    assert none.at(np.ones(count(2, 2))).shape == (0, 3)
