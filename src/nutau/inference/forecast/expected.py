r"""How well a hypothesis describes expected data: :math:`q = \min_{t,\epsilon}` of χ² and its priors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from nutau.common.arrays import Array
from nutau.inference.expansion import TheoryModel
from nutau.inference.forecast.hypotheses import Hypothesis
from nutau.inference.likelihood import double_precision
from nutau.inference.likelihood.profiling import full, profile_nuisances

CHUNK = 512
"""Sets of data evaluated in one call, always as many, so that one function is all that is compiled."""


@dataclass(frozen=True)
class Expected:
    """Independent Gaussian measurements of the observables in order, ``central`` and ``sigma`` ``(obs,)``."""

    central: Array
    sigma: Array

    def __call__(self, predictions: Array) -> Array:
        """χ²."""
        pull = (predictions - self.central) / self.sigma
        return pull @ pull

    def curved(self, predictions: Array) -> tuple[Array, Array]:
        """Gradient and curvature."""
        import jax.numpy as jnp

        weight = 2.0 / self.sigma**2
        return weight * (predictions - self.central), jnp.diag(weight)


@dataclass(frozen=True)
class Moved:
    """Predictions of a hypothesis whose own uncertain directions are the first nuisances."""

    theory_model: TheoryModel
    to_linear: Callable[[Array], Array]
    values: Array
    root: Array

    def __call__(self, nuisances: Array) -> Array:
        """Predictions ``(obs,)``."""
        count = self.root.shape[1]
        p = self.values + self.root @ nuisances[:count]
        return self.theory_model.expanded(self.to_linear(p))(nuisances[count:])

    def linearised(self, nuisances: Array) -> tuple[Array, Array]:
        """Predictions ``(obs,)`` and slopes ``(m + k, obs)``."""
        import jax

        return self(nuisances), jax.jacfwd(self.__call__)(nuisances).T


@dataclass(frozen=True, eq=False)
class Test:
    """One parametrisation's predictions of the projected observables, to test its points against data."""

    theory_model: TheoryModel
    to_linear: Callable[[Array], Array]

    def __getstate__(self) -> dict[str, object]:
        """The fields alone: what is compiled cannot be pickled."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def predicted(self, hypothesis: Hypothesis) -> Array:
        """Central predictions ``(obs,)``."""
        return np.asarray(self.theory_model(self.to_linear(np.asarray(hypothesis.values))))

    @cached_property
    def _compiled(self) -> Callable[[Array, Array, Array, Array], Array]:
        import jax

        def q(values: Array, root: Array, central: Array, sigma: Array) -> Array:
            theory, data = Moved(self.theory_model, self.to_linear, values, root), Expected(central, sigma)
            count = root.shape[1] + self.theory_model.numerator_modes.shape[0]
            return full(theory, data, profile_nuisances(theory, data, count))

        def many(values: Array, root: Array, central: Array, sigma: Array) -> Array:
            return jax.vmap(q, in_axes=(None, None, 0, 0))(values, root, central, sigma)

        return jax.jit(many)

    @double_precision
    def q(self, hypothesis: Hypothesis, central: Array, sigma: Array) -> Array:
        """q of a hypothesis for data ``(..., obs)`` with uncertainties that broadcast with them, ``(...)``."""
        central, sigma = np.broadcast_arrays(np.asarray(central, dtype=float), np.asarray(sigma, dtype=float))
        shape = central.shape[:-1]
        flat = [array.reshape(-1, array.shape[-1]) for array in (central, sigma)]
        count = len(flat[0])
        if not count:  # no toys
            return np.zeros(shape)
        values, root = np.asarray(hypothesis.values), np.asarray(hypothesis.root)
        root = np.pad(
            root, [(0, 0), (0, max(0, len(values) - root.shape[1]))]
        )  # one shape for all hypotheses
        found = []
        for start in range(0, count, CHUNK):
            pair = [array[start : start + CHUNK] for array in flat]
            filled = [
                np.concatenate([part, np.repeat(part[-1:], CHUNK - len(part), axis=0)]) for part in pair
            ]
            found.append(np.asarray(self._compiled(values, root, *filled))[: len(pair[0])])
        return np.concatenate(found).reshape(shape)
