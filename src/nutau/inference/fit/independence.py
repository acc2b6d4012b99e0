r"""The posterior by independent proposals, accepted as Metropolis and Hastings say.

1. Nested sampling (:mod:`nutau.inference.fit.nested`) finds where the posterior of the parameters is.
2. A mixture around its points (:mod:`nutau.inference.fit.mixture`) proposes parameters, independent of each other and
   of where the chain is, so that chains jump between modes; the nuisances come from the Gaussian around their best
   values at each proposal (:func:`nutau.inference.likelihood.marginal.integrand`).
3. Each proposal has the weight :math:`w = \pi(p)\,\mathcal N(\epsilon)\,L(p, \epsilon)/q(p, \epsilon)`, with the theory
   as it is; a chain moves to it with probability :math:`\min(1, w'/w)` (Hastings, Biometrika 57 (1970) 97).

What the first two steps get wrong only costs proposals: chains have the exact posterior, and the mean of :math:`w` is
the evidence. Gradients, step sizes and starting points are not needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.common.progress import Progress, portion
from nutau.errors import ComputationError, InputError
from nutau.inference.fit import diagnostics
from nutau.inference.fit.evidence import Evidence, mean_of, of_the_standard_model
from nutau.inference.fit.mixture import Mixture, around
from nutau.inference.fit.nested import LIVE, Cube, Explored, cube, explore
from nutau.inference.fit.posterior import CHAINS, EFFECTIVE, MOST, THEORY, Posterior, posterior
from nutau.inference.fit.priors import Given, priors
from nutau.inference.fit.search import Minimum
from nutau.inference.likelihood import Likelihood, double_precision
from nutau.inference.likelihood.marginal import integrand

BATCH = 500
"""Proposals at once: one compiled function."""
FIRST = 100
"""Proposals of each chain from which, by weight, it takes its first state."""
POOR = 0.15
"""Where the weights of the first proposals are worth less than this part of them, they make a better mixture."""


@dataclass(frozen=True, eq=False)
class Proposals:
    """Parameters ``(m, n)``, nuisances ``(m, k)``, -2 log L and log weights ``(m,)``, in the order they were made."""

    parameters: Array
    nuisances: Array
    values: Array
    log_weights: Array
    cube: Array

    def __len__(self) -> int:
        """How many."""
        return len(self.values)

    def joined(self, more: Proposals) -> Proposals:
        """These and more."""
        mine, others = vars(self), vars(more)
        return Proposals(**{name: np.concatenate([mine[name], others[name]]) for name in mine})


@double_precision
def sample(
    likelihood: Likelihood,
    minima: Sequence[Minimum],
    size: Array,
    *,
    given: Given = None,
    effective: int = EFFECTIVE,
    chains: int = CHAINS,
    most: int = MOST,
    seed: int = 1,
    progress: Progress | None = None,
) -> Posterior:
    """Sample until every parameter has the ``effective`` size, in bulk and tails, and nuisances :data:`THEORY` of it.

    At most ``most`` draws a chain. Once nested sampling is done (half of the ``progress``) a keyboard
    interrupt ends it with the draws there are. Raises :class:`InputError` for
    priors that cannot be, and for a posterior that is not normalisable.
    """
    if chains < 2:
        raise InputError(f"{chains} chain(s): at least 2 are needed to see whether they agree.")
    space = cube(likelihood, minima, size, priors(likelihood.parametrisation, given))
    live = max(LIVE, LIVE * len(minima[0].values) // 2)
    explored = explore(likelihood, space, live=live, seed=seed, progress=portion(progress, 0, 50))
    make = _Maker(likelihood, space, around(explored.points, explored.weights, stream(seed, 2)), seed)
    found, interrupted = _until_enough(make, effective, chains, most, portion(progress, 50, 100))
    states = _chains(found.log_weights.reshape(-1, chains).T, seed)
    return posterior(
        likelihood,
        space.priors,
        parameters=_picked(found.parameters, states, chains),
        nuisances=_picked(found.nuisances, states, chains),
        values=_picked(found.values, states, chains),
        sampler="independence",
        evidence=_evidence(make, explored, found, seed),
        wanted=effective,
        interrupted=interrupted,
    )


class _Maker:
    """Makes batches of proposals from one mixture, each batch as many as the compiled function takes."""

    def __init__(self, likelihood: Likelihood, space: Cube, mixture: Mixture, seed: int) -> None:
        self.likelihood, self.space, self.mixture = likelihood, space, mixture
        self._random = stream(seed, 4)
        self.function = integrand(likelihood)

    def batch(self) -> Proposals:
        """The next proposals; those outside the prior have no weight."""
        u = self.mixture.draw(BATCH, self._random)
        z = self._random.standard_normal((BATCH, self.likelihood.nuisances))
        inside = np.all((u >= 0.0) & (u <= 1.0), axis=1)
        p = self.space.parameters(np.clip(u, 0.0, 1.0))
        eps, values, weights = (np.asarray(part) for part in self.function(p, z))
        with np.errstate(invalid="ignore"):
            total = weights + self.space.log_density(p) - self.mixture.log_density(u)
        return Proposals(p, eps, values, np.where(inside & np.isfinite(total), total, -np.inf), u)

    def improved(self, found: Proposals) -> None:
        """A mixture around proposals by their weights."""
        weights = _weights(found.log_weights)
        self.mixture = around(found.cube, weights, self._random)


def _until_enough(
    make: _Maker, effective: int, chains: int, most: int, report: Progress
) -> tuple[Proposals, bool]:
    """Proposals until what they are worth suffices, or are as many as may be; and whether the user ended it."""
    found = make.batch()
    for _ in range(5):
        if _worth(found.log_weights) > POOR * len(found):
            break
        make.improved(found)  # the old proposals came from another mixture, and are left behind
        found = make.batch()
    wanted = effective
    try:
        while len(found) < chains * most:
            worth = max(_worth(found.log_weights), 1.0)
            # chains lose about half as much again as the weights alone say
            needed = int(1.6 * wanted * len(found) / worth) + chains * FIRST
            report(min(len(found), needed - 1), needed)
            if len(found) >= needed and _enough(found, effective, chains):
                break
            wanted = wanted if len(found) < needed else int(1.3 * wanted)
            found = found.joined(make.batch())
    except KeyboardInterrupt:
        return found, True
    return found, False


def _enough(found: Proposals, effective: int, chains: int) -> bool:
    states = _chains(found.log_weights.reshape(-1, chains).T, 0)
    for part, needed in ((found.parameters, effective), (found.nuisances, THEORY * effective)):
        draws = _picked(part, states, chains)
        sizes = [size(draws) for size in (diagnostics.bulk, diagnostics.tail) if draws.shape[-1]]
        if any(np.min(size) < needed for size in sizes):
            return False
    return True


def _chains(log_weights: Array, seed: int) -> Array:
    """The proposal at which each chain is after every step, ``(chains, steps)``, from log weights ``(chains, m)``.

    The first proposals of each chain give its first state, by their weights.
    """
    random = stream(seed, 5)
    chains, count = log_weights.shape
    first = min(FIRST, count // 2)
    found = np.empty((chains, count - first), dtype=int)
    for chain, logs in enumerate(log_weights):
        if not np.isfinite(logs[:first]).any():
            raise ComputationError("No proposal met the posterior; narrow the priors (`priors`, `ranges`).")
        at = int(random.choice(first, p=_weights(logs[:first])))
        levels = np.log(random.random(count))
        for step in range(first, count):
            if levels[step] < logs[step] - logs[at]:
                at = step
            found[chain, step - first] = at
    return found


def _picked(values: Array, states: Array, chains: int) -> Array:
    """Values ``(m, ...)`` of proposals, dealt out to the chains in turn, at the states of each."""
    return np.stack([values[chain::chains][states[chain]] for chain in range(chains)])


def _weights(logs: Array) -> Array:
    weights = np.exp(logs - np.max(logs))
    return np.asarray(weights / weights.sum())


def _worth(logs: Array) -> float:
    """Kish's effective size of weights."""
    if not np.isfinite(logs).any():
        return 0.0
    return float(1.0 / np.sum(_weights(logs) ** 2))


def _evidence(make: _Maker, explored: Explored, found: Proposals, seed: int) -> Evidence | None:
    """``None`` for a prior that cannot be normalised."""
    if not make.space.priors.proper:
        return None
    sm = of_the_standard_model(make.likelihood, seed, make.function)
    return Evidence(*mean_of(found.log_weights), explored.log_evidence, explored.error, *sm)
