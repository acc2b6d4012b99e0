r"""The posterior, sampled with the no-U-turn sampler of numpyro.

It walks through parameters and nuisances together by gradients, in coordinates that make it easy
(:mod:`nutau.inference.fit.coordinates`), and knows nothing of the other sampler: two that agree check each other. It
cannot jump between modes, and is slow along the hyperbola of a product of couplings; chains start from the known minima
in turn, so that a posterior with separate parts shows as a large R-hat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.progress import Progress
from nutau.errors import InputError, MissingExtraError
from nutau.inference.fit.coordinates import Coordinates
from nutau.inference.fit.posterior import CHAINS, EFFECTIVE, MOST, Posterior, posterior
from nutau.inference.fit.priors import Given, Priors, priors
from nutau.inference.fit.search import Minimum
from nutau.inference.likelihood import Likelihood, double_precision


@contextmanager
def _lenient() -> Iterator[None]:
    """JAX's usual promotion of types and ranks, which numpyro counts on, whatever the session asks for."""
    import jax

    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


@double_precision
@_lenient()
def sample(
    likelihood: Likelihood,
    minima: Sequence[Minimum],
    *,
    given: Given = None,
    effective: int = EFFECTIVE,
    chains: int = CHAINS,
    warmup: int = 500,
    batch: int = 500,
    most: int = MOST,
    seed: int = 1,
    progress: Progress | None = None,
) -> Posterior:
    """Sample until the chains agree and every parameter and nuisance has the ``effective`` sample size.

    At most ``most`` draws a chain. A keyboard interrupt after the warm-up ends it with the draws there are.
    """
    if chains < 2:
        raise InputError(f"{chains} chain(s): at least 2 are needed to see whether they agree.")
    prior = priors(likelihood.parametrisation, given)
    walk = _Walk(likelihood, minima, chains, warmup, seed, prior)
    report = progress or (lambda done, total: None)
    for step in range(warmup):
        walk.step()
        report(step + 1, warmup + batch)
    parts: list[Mapping[str, Array]] = []
    interrupted, found = False, None
    try:
        while found is None or _goes_on(found, effective, most):
            parts.append(walk.collect(batch))
            found = _posterior(likelihood, parts, prior, effective)
            done = found.minus_two_log_likelihood.shape[1]
            report(warmup + done, int(warmup + done * max(effective / max(found.poorest(), 1.0), 1.0)))
    except KeyboardInterrupt:
        interrupted = True
    if found is None:
        raise KeyboardInterrupt
    return replace(found, interrupted=interrupted)


def _goes_on(found: Posterior, effective: float, most: int) -> bool:
    short = bool(found.problems) and (found.poorest() < effective or bool(found.apart()))
    return short and found.minus_two_log_likelihood.shape[1] < most


class _Walk:
    """Chains that go on: numpyro's NUTS, all chains one step at a time, so that one step is all that is compiled."""

    def __init__(
        self,
        likelihood: Likelihood,
        minima: Sequence[Minimum],
        chains: int,
        warmup: int,
        seed: int,
        prior: Priors,
    ) -> None:
        try:
            import jax
            from numpyro.infer import NUTS
        except ImportError:
            raise MissingExtraError("numpyro", "fit") from None
        within = tuple(
            replace(parameter, low=low, high=high)
            for parameter, (low, high) in zip(
                likelihood.parametrisation.free, prior.bounds.tolist(), strict=True
            )
        )
        chosen = replace(likelihood.parametrisation, free=within)
        coordinates = Coordinates(chosen, minima[0].values, minima[0].errors)
        kernel = NUTS(_model(likelihood, coordinates, prior), target_accept_prob=0.85)
        starts = _starts(likelihood, minima, coordinates, chains)
        keys = jax.random.split(jax.random.PRNGKey(seed), chains)
        self._state = jax.jit(lambda keys, starts: kernel.init(keys, warmup, starts, (), {}))(keys, starts)
        self._step = jax.jit(
            lambda state: kernel.sample(state, (), {})
        )  # for all chains at once, as it was begun
        self._finish = jax.jit(jax.vmap(jax.vmap(kernel.postprocess_fn((), {}))))

    def step(self) -> None:
        """One transition of every chain."""
        self._state = self._step(self._state)

    def collect(self, count: int) -> dict[str, Array]:
        """The next draws, ``(chains, count, ...)``."""
        import jax
        import jax.numpy as jnp

        positions, diverging = [], []
        for _ in range(count):
            self.step()
            positions.append(self._state.z)
            diverging.append(self._state.diverging)
        draws = self._finish(jax.tree.map(lambda *parts: jnp.stack(parts, axis=1), *positions))
        return {
            "p": np.asarray(draws["p"]),
            "theory": np.asarray(draws["theory"]),
            "lp": np.asarray(draws["minus_two_log_likelihood"]),
            "diverging": np.stack([np.asarray(part) for part in diverging], axis=1),
        }


def _model(likelihood: Likelihood, coordinates: Coordinates, prior: Priors | None = None) -> Any:
    """The numpyro model: coordinates ``z0``, ``z1``, ... and nuisances ``theory``."""
    import jax.numpy as jnp
    import numpyro
    from numpyro import distributions

    flat = coordinates.priors()

    def model() -> None:
        z = jnp.stack([numpyro.sample(f"z{position}", each) for position, each in enumerate(flat)])
        p = numpyro.deterministic("p", coordinates.parameters(z))
        unit = distributions.Normal(0.0, 1.0).expand([likelihood.nuisances]).to_event(1)
        eps = numpyro.sample("theory", unit)
        value = likelihood.experiment(likelihood.theory(p)(eps))
        numpyro.deterministic("minus_two_log_likelihood", value + eps @ eps)
        if prior is not None:
            numpyro.factor("prior", prior.base(p) + prior.traced(p))
        numpyro.factor("data", coordinates.outside(p) - 0.5 * value)

    return model


def _starts(
    likelihood: Likelihood, minima: Sequence[Minimum], coordinates: Coordinates, chains: int
) -> dict[str, Array]:
    """Starting values, chain by chain from the minima that are within 4 units of -2 log L."""
    import jax
    import jax.numpy as jnp

    near = [minimum for minimum in minima if minimum.chi2 - minima[0].chi2 < 4.0]
    points = np.stack([near[chain % len(near)].values for chain in range(chains)])
    starts = {f"z{position}": z for position, z in enumerate(coordinates.unconstrained(points))}
    best = jax.jit(likelihood.best_nuisances)
    starts["theory"] = jnp.stack([best(point) for point in points])
    return starts


def _joined(parts: Sequence[Mapping[str, Array]], key: str) -> Array:
    return np.concatenate([part[key] for part in parts], axis=1)


def _posterior(
    likelihood: Likelihood,
    parts: Sequence[Mapping[str, Array]],
    prior: Priors | None = None,
    wanted: float = 0.0,
) -> Posterior:
    return posterior(
        likelihood,
        prior or priors(likelihood.parametrisation),
        parameters=_joined(parts, "p"),
        nuisances=_joined(parts, "theory"),
        values=_joined(parts, "lp"),
        diverging=int(_joined(parts, "diverging").sum()),
        wanted=wanted,
    )
