r"""The posterior, sampled with the no-U-turn sampler of numpyro.

Parameters have flat priors: within their bounds, or on the whole line where they have none; sampling happens in
coordinates that make it easy (:mod:`nutau.inference.fit.coordinates`). Theory nuisances are
sampled with them from unit Gaussians, so the result holds the full, non-linear theory dependence whatever the mode of
the likelihood. Chains start from the known minima in turn: a posterior with separate parts shows as a large R-hat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.files import writing
from nutau.errors import ComputationError, InputError, MissingExtraError
from nutau.inference.fit.coordinates import Coordinates
from nutau.inference.fit.profiles import Progress
from nutau.inference.fit.search import Minimum
from nutau.inference.likelihood import Likelihood, double_precision

R_HAT = 1.01
"""Above this the chains have not mixed (Vehtari et al., arXiv:1903.08008)."""
DIVERGENT = 0.01
"""Divergent transitions above this fraction mean that parts of the posterior were missed."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws ``(chains, samples)`` of each parameter and ``(chains, samples, k)`` of the nuisances, with diagnostics."""

    names: tuple[str, ...]
    draws: Mapping[str, Array]
    nuisances: Array
    minus_two_log_likelihood: Array
    r_hat: Mapping[str, float]
    effective: Mapping[str, float]
    divergences: int
    priors: Mapping[str, tuple[float, float]]

    @property
    def problems(self) -> tuple[str, ...]:
        """Why the chains cannot be trusted, if so."""
        total = self.minus_two_log_likelihood.size
        found = [
            f"R-hat of {name} is {value:.3f} (at most {R_HAT} is needed)"
            for name, value in self.apart().items()
        ]
        if self.divergences > DIVERGENT * total:
            found.append(f"{self.divergences} of {total} transitions diverged")
        return tuple(found)

    def apart(self) -> dict[str, float]:
        """R-hat of the parameters in which the chains do not agree."""
        return {name: value for name, value in self.r_hat.items() if not value <= R_HAT}

    def shortcomings(self, effective: float) -> list[str]:
        """:attr:`problems`, and an effective sample size below ``effective`` of any parameter or nuisance."""
        least = self.poorest()
        short = (
            []
            if least >= effective
            else [f"the smallest effective sample size is {least:.0f}, below {effective}"]
        )
        return [*self.problems, *short]

    def require(self, effective: float) -> None:
        """Raise :class:`ComputationError`, saying what is wrong, if the chains cannot be trusted."""
        problems = self.shortcomings(effective)
        if problems:
            raise ComputationError(
                f"The chains did not converge: {'; '.join(problems)}. Narrow the priors (`ranges`), hold a "
                "parameter fixed, or sample the branches one by one."
            )

    def poorest(self) -> float:
        """The smallest effective sample size of all parameters and nuisances."""
        from numpyro.diagnostics import effective_sample_size

        theory = effective_sample_size(self.nuisances) if self.nuisances.shape[-1] else np.array([np.inf])
        return float(min(*self.effective.values(), np.inf, np.min(theory)))

    def table(self) -> list[tuple[str, ...]]:
        """(parameter, median and 68 %, 95 %, R-hat, effective sample size) as text."""
        rows: list[tuple[str, ...]] = []
        for name in self.names:
            middle, low, high = self.interval(name)
            ends = self.interval(name, 0.95)[1:]
            rows.append(
                (
                    name,
                    f"{middle:.4g} +{high - middle:.2g} −{middle - low:.2g}",
                    f"[{ends[0]:.4g}, {ends[1]:.4g}]",
                    f"{self.r_hat[name]:.3f}",
                    f"{self.effective[name]:.0f}",
                )
            )
        return rows

    def interval(self, name: str, level: float = 0.6827) -> tuple[float, float, float]:
        """Median and the central interval."""
        tail = (1.0 - level) / 2.0
        low, middle, high = np.quantile(self.draws[name], (tail, 0.5, 1.0 - tail))
        return float(middle), float(low), float(high)

    def to_dict(self) -> dict[str, Any]:
        """Summary and diagnostics as plain data."""
        return {
            "parameters": {
                name: {
                    "median": self.interval(name)[0],
                    "interval_68": self.interval(name)[1:],
                    "interval_95": self.interval(name, 0.95)[1:],
                    "mean": float(self.draws[name].mean()),
                    "sd": float(self.draws[name].std()),
                    "r_hat": self.r_hat[name],
                    "ess": self.effective[name],
                    "prior": [end if np.isfinite(end) else None for end in self.priors[name]],
                }
                for name in self.names
            },
            "divergences": self.divergences,
            "chains": int(self.minus_two_log_likelihood.shape[0]),
            "samples": int(self.minus_two_log_likelihood.shape[1]),
            "problems": list(self.problems),
        }

    def save(self, path: str | Path) -> None:
        """Store as NetCDF in the layout that every ArviZ reads (groups ``posterior`` and ``sample_stats``).

        Raises :class:`InputError` for a place that cannot be written to.
        """
        try:
            import h5netcdf  # noqa: F401
            import xarray
        except ImportError as error:
            raise MissingExtraError(error.name or "xarray", "fit") from None
        chains, samples = self.minus_two_log_likelihood.shape
        places = {"chain": np.arange(chains), "draw": np.arange(samples)}
        axes = ("chain", "draw")
        drawn: dict[str, Any] = {name: (axes, np.asarray(self.draws[name])) for name in self.names}
        drawn["theory"] = ((*axes, "theory_dim_0"), np.asarray(self.nuisances))
        groups = {
            "posterior": drawn,
            "sample_stats": {"lp": (axes, -0.5 * np.asarray(self.minus_two_log_likelihood))},
        }
        about = {"inference_library": "numpyro", "divergences": self.divergences}
        with writing(path) as draft:
            for mode, (group, content) in zip("wa", groups.items(), strict=True):
                data = xarray.Dataset(content, coords=places, attrs=about)
                data.to_netcdf(str(draft), mode=mode, group=group, engine="h5netcdf")


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
    effective: int = 1000,
    chains: int = 4,
    warmup: int = 500,
    batch: int = 500,
    most: int = 20000,
    seed: int = 1,
    check: bool = True,
    progress: Progress | None = None,
) -> Posterior:
    """Sample until the chains agree and every parameter and nuisance has the ``effective`` sample size.

    At most ``most`` draws a chain.

    Raises :class:`ComputationError` if the chains have not mixed, if too many transitions diverge or if the effective
    sample size is not reached, unless ``check`` is off.
    """
    if chains < 2:
        raise InputError(f"{chains} chain(s): at least 2 are needed to see whether they agree.")
    walk = _Walk(likelihood, minima, chains, warmup, seed)
    report = progress or (lambda done, total: None)
    for step in range(warmup):
        walk.step()
        report(step + 1, warmup + batch)
    parts = [walk.collect(batch)]
    found = _posterior(likelihood, parts)
    while (found.poorest() < effective or found.apart()) and found.minus_two_log_likelihood.shape[1] < most:
        done = found.minus_two_log_likelihood.shape[1]
        report(warmup + done, int(warmup + done * effective / max(found.poorest(), 1.0)))
        parts.append(walk.collect(batch))
        found = _posterior(likelihood, parts)
    if check:
        found.require(effective)
    return found


class _Walk:
    """Chains that go on: numpyro's NUTS, all chains one step at a time, so that one step is all that is compiled."""

    def __init__(
        self, likelihood: Likelihood, minima: Sequence[Minimum], chains: int, warmup: int, seed: int
    ) -> None:
        try:
            import jax
            from numpyro.infer import NUTS
        except ImportError:
            raise MissingExtraError("numpyro", "fit") from None
        coordinates = Coordinates(likelihood.parametrisation, minima[0].values, minima[0].errors)
        kernel = NUTS(_model(likelihood, coordinates), target_accept_prob=0.85)
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


def _model(likelihood: Likelihood, coordinates: Coordinates) -> Any:
    """The numpyro model: coordinates ``z0``, ``z1``, ... and nuisances ``theory``."""
    import jax.numpy as jnp
    import numpyro
    from numpyro import distributions

    priors = coordinates.priors()

    def model() -> None:
        z = jnp.stack([numpyro.sample(f"z{position}", prior) for position, prior in enumerate(priors)])
        p = numpyro.deterministic("p", coordinates.parameters(z))
        unit = distributions.Normal(0.0, 1.0).expand([likelihood.nuisances]).to_event(1)
        eps = numpyro.sample("theory", unit)
        value = likelihood.experiment(likelihood.theory(p)(eps))
        numpyro.deterministic("minus_two_log_likelihood", value + eps @ eps)
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


def _posterior(likelihood: Likelihood, parts: Sequence[Mapping[str, Array]]) -> Posterior:
    from numpyro.diagnostics import effective_sample_size, split_gelman_rubin

    p = _joined(parts, "p")
    names = likelihood.parametrisation.names
    draws = {name: p[..., position] for position, name in enumerate(names)}
    return Posterior(
        names=names,
        draws=draws,
        nuisances=_joined(parts, "theory"),
        minus_two_log_likelihood=_joined(parts, "lp"),
        r_hat={name: float(split_gelman_rubin(values)) for name, values in draws.items()},
        effective={name: float(effective_sample_size(values)) for name, values in draws.items()},
        divergences=int(_joined(parts, "diverging").sum()),
        priors={
            name: tuple(bound) for name, bound in zip(names, likelihood.parametrisation.bounds, strict=True)
        },
    )
