"""A posterior: draws of parameters and nuisances, their summaries, and whether they can be trusted.

Two samplers make them: :mod:`nutau.inference.fit.independence` (the default) and :mod:`nutau.inference.fit.nuts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.files import writing
from nutau.common.tables import text_table
from nutau.errors import ComputationError, MissingExtraError
from nutau.inference.fit import diagnostics
from nutau.inference.fit.evidence import Evidence
from nutau.inference.fit.pieces import Piece, pieces, rounded
from nutau.inference.fit.priors import Given, Priors
from nutau.inference.fit.reweighting import LEAST, reweighted
from nutau.inference.likelihood import Likelihood

R_HAT = 1.01
"""Above this the chains have not mixed (Vehtari et al., arXiv:1903.08008)."""
DIVERGENT = 0.01
"""Divergent transitions above this fraction mean that parts of the posterior were missed."""
EFFECTIVE, CHAINS, MOST = 10000, 4, 20000
"""What is asked for: the effective size, the chains, and the most draws of each."""
THEORY = 0.25
"""The part of the effective size that the poorest nuisance needs: none of them is printed."""
USELESS = 20.0
"""Draws that are worth fewer independent ones say nothing."""
LEVELS = (0.6827, 0.95)
HEAD = ("parameter", "68 %", "95 %", "R-hat", "ESS", "tail ESS")


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws ``(chains, samples)`` of each parameter and ``(chains, samples, k)`` of the nuisances, with diagnostics.

    ``r_hat`` and ``effective`` are of ranks, ``tails`` is the effective size at the ends
    (:mod:`nutau.inference.fit.diagnostics`); ``theory_r_hat`` is the largest of the nuisances. ``priors`` are the ends
    of the parameters, ``prior`` is the density itself. ``wanted`` is the effective size that was asked for.
    """

    names: tuple[str, ...]
    draws: Mapping[str, Array]
    nuisances: Array
    minus_two_log_likelihood: Array
    r_hat: Mapping[str, float]
    effective: Mapping[str, float]
    divergences: int
    priors: Mapping[str, tuple[float, float]]
    tails: Mapping[str, float] = field(default_factory=dict)
    theory_r_hat: float = 1.0
    theory_effective: float = np.inf
    prior: Priors | None = None
    evidence: Evidence | None = None
    sampler: str = "nuts"
    wanted: float = 0.0
    interrupted: bool = False

    @property
    def problems(self) -> tuple[str, ...]:
        """What the chains miss: agreement, transitions, effective size; and that they were ended by hand."""
        total = self.minus_two_log_likelihood.size
        found = [
            f"R-hat of {name} is {value:.3f} (at most {R_HAT} is needed)"
            for name, value in self.apart().items()
        ]
        if self.divergences > DIVERGENT * total:
            found.append(f"{self.divergences} of {total} transitions diverged")
        name, least, wanted = self._shortest()
        if least < wanted:
            found.append(f"the smallest effective sample size is {least:.0f}, below {wanted:g} (of {name})")
        if self.interrupted:
            found.append(f"sampling was interrupted after {total} draws")
        if self.evidence is not None and not self.evidence.agrees:
            found.append(
                f"nested sampling has ln Z = {self.evidence.nested:.2f} ± {self.evidence.nested_error:.2f}, the "
                f"proposals {self.evidence.log_evidence:.2f} ± {self.evidence.error:.2f}: one of them misses a part"
            )
        return tuple(found)

    def apart(self) -> dict[str, float]:
        """R-hat of the parameters in which the chains do not agree, and the largest of the nuisances'."""
        found = dict(self.r_hat) | {"a theory nuisance": self.theory_r_hat}
        return {name: value for name, value in found.items() if not value <= R_HAT}

    def require(self, effective: float) -> None:
        """Raise :class:`ComputationError`, saying what is wrong, if the chains miss a threshold or this size."""
        problems = replace(self, wanted=max(effective, self.wanted)).problems
        if problems:
            raise ComputationError(f"The chains did not converge: {'; '.join(problems)}. {REMEDY}")

    def check_useful(self) -> None:
        """Raise :class:`ComputationError` for chains that say nothing at all."""
        total = self.minus_two_log_likelihood.size
        if self.divergences >= total or self.poorest() < USELESS:
            raise ComputationError(
                f"The chains say nothing: {total} draws are worth {self.poorest():.0f} independent ones, and "
                f"{self.divergences} transitions diverged. {REMEDY}"
            )

    def poorest(self) -> float:
        """The smallest effective sample size of all parameters and nuisances, in the bulk or the tails."""
        return float(min(*self.effective.values(), *self.tails.values(), self.theory_effective, np.inf))

    def _shortest(self) -> tuple[str, float, float]:
        """What is furthest below the effective size it needs: its name, its size, and that."""
        sizes = {
            name: (min(size, self.tails.get(name, np.inf)), self.wanted)
            for name, size in self.effective.items()
        }
        sizes["a theory nuisance"] = (self.theory_effective, THEORY * self.wanted)
        name = min(sizes, key=lambda key: sizes[key][0] / max(sizes[key][1], 1e-300))
        return name, *sizes[name]

    def pieces(self, name: str, level: float = 0.95) -> tuple[Piece, ...]:
        """The region of highest density of a parameter: its pieces with their shares and Monte-Carlo errors."""
        worth = min(self.effective[name], self.tails.get(name, np.inf))
        return pieces(self.draws[name], level, self.priors[name], worth)

    def monte_carlo_error(self, name: str, probability: float) -> float:
        """The Monte-Carlo error of a quantile: half of what the central 68 % of its own probability reach."""
        worth = min(self.effective[name], self.tails.get(name, np.inf))
        half = np.sqrt(probability * (1.0 - probability) / max(worth, 1.0))
        around = np.clip([probability - half, probability + half], 0.0, 1.0)
        low, high = np.quantile(self.draws[name], around)
        return float(0.5 * (high - low))

    def table(self) -> list[tuple[str, ...]]:
        """A row for each parameter, as :data:`HEAD` says; digits as far as the Monte-Carlo error allows."""
        return [
            (
                name,
                self._shown(name, LEVELS[0]),
                self._shown(name, LEVELS[1]),
                f"{self.r_hat[name]:.3f}",
                f"{self.effective[name]:.0f}",
                f"{self.tails[name]:.0f}" if name in self.tails else "—",
            )
            for name in self.names
        ]

    def _shown(self, name: str, level: float) -> str:
        """``[0.4, 1.1] (52 % of it) or [1.5, 2.6] (48 %)``, with the median first where there is one piece of 68 %."""
        found = self.pieces(name, level)
        if len(found) > 1:
            shares = [
                f"{100 * piece.share:.0f} %{'' if place else ' of it'}" for place, piece in enumerate(found)
            ]
            return " or ".join(f"{piece} ({share})" for piece, share in zip(found, shares, strict=True))
        middle = ""
        if level == LEVELS[0]:
            middle = rounded(float(np.median(self.draws[name])), self.monte_carlo_error(name, 0.5)) + ", "
        return middle + " or ".join(map(str, found))

    def summary(self) -> list[str]:
        """Lines on the prior, the evidence, and what the chains miss."""
        lines = [f"prior: {self.prior}"] if self.prior is not None else []
        lines += [f"evidence (means nothing without the prior): {self.evidence}"] if self.evidence else []
        return lines + [f"posterior: {problem}" for problem in self.problems]

    def __str__(self) -> str:
        return "\n".join((text_table(HEAD, self.table()), *self.summary()))

    __repr__ = __str__

    def interval(self, name: str, level: float = 0.6827) -> tuple[float, float, float]:
        """Median and the central interval."""
        tail = (1.0 - level) / 2.0
        low, middle, high = np.quantile(self.draws[name], (tail, 0.5, 1.0 - tail))
        return float(middle), float(low), float(high)

    def to_dict(self) -> dict[str, Any]:
        """Summary and diagnostics as plain data."""
        return {
            "parameters": {name: self._parameter(name) for name in self.names},
            "prior": None if self.prior is None else self.prior.to_dict(),
            "sampler": self.sampler,
            "evidence": None if self.evidence is None else self.evidence.to_dict(),
            "divergences": self.divergences,
            "chains": int(self.minus_two_log_likelihood.shape[0]),
            "samples": int(self.minus_two_log_likelihood.shape[1]),
            "theory_r_hat": self.theory_r_hat,
            "theory_ess": self.theory_effective if np.isfinite(self.theory_effective) else None,
            "problems": list(self.problems),
        }

    def _parameter(self, name: str) -> dict[str, Any]:
        tails = {level: ((1.0 - level) / 2.0, (1.0 + level) / 2.0) for level in LEVELS}
        return {
            "median": self.interval(name)[0],
            "interval_68": self.interval(name)[1:],
            "interval_95": self.interval(name, 0.95)[1:],
            "interval_68_monte_carlo_errors": [self.monte_carlo_error(name, end) for end in tails[LEVELS[0]]],
            "interval_95_monte_carlo_errors": [self.monte_carlo_error(name, end) for end in tails[LEVELS[1]]],
            "highest_density": {
                f"{level:g}": [piece.to_dict() for piece in self.pieces(name, level)] for level in LEVELS
            },
            "mean": float(self.draws[name].mean()),
            "sd": float(self.draws[name].std()),
            "r_hat": self.r_hat[name],
            "ess": self.effective[name],
            "tail_ess": self.tails.get(name),
            "prior": [end if np.isfinite(end) else None for end in self.priors[name]],
        }

    def reweighted(self, given: Given, *, least: float = LEAST, seed: int = 1) -> Posterior:
        """The same draws under another prior, without sampling again: each as often as the ratio of the priors says.

        ``given`` as for :func:`nutau.inference.fit.priors.priors`. Draws are repeated or left out (systematic
        resampling, in order), and the effective sizes are those that the weights leave. Raises :class:`InputError` for
        a prior that reaches where this one is zero, and where less than the effective size ``least`` is left.
        """
        return reweighted(self, given, least, seed)

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
        about = {
            "inference_library": {"nuts": "numpyro", "independence": "nutau"}[self.sampler],
            "divergences": self.divergences,
            "prior": str(self.prior),
        }
        with writing(path) as draft:
            for mode, (group, content) in zip("wa", groups.items(), strict=True):
                data = xarray.Dataset(content, coords=places, attrs=about)
                data.to_netcdf(str(draft), mode=mode, group=group, engine="h5netcdf")


REMEDY = (
    "Narrow the priors (`priors`, `ranges`), hold a parameter fixed, or take the other sampler (`sampler`)."
)


def posterior(
    likelihood: Likelihood,
    prior: Priors,
    *,
    parameters: Array,
    nuisances: Array,
    values: Array,
    diverging: int = 0,
    sampler: str = "nuts",
    evidence: Evidence | None = None,
    wanted: float = 0.0,
    interrupted: bool = False,
) -> Posterior:
    """A posterior of parameters ``(chains, samples, n)``, nuisances ``(..., k)`` and -2 log L ``(chains, samples)``."""
    names = likelihood.parametrisation.names
    draws = {name: parameters[..., place] for place, name in enumerate(names)}
    return Posterior(
        names=names,
        draws=draws,
        nuisances=nuisances,
        minus_two_log_likelihood=values,
        divergences=diverging,
        priors={name: tuple(ends) for name, ends in zip(names, prior.bounds.tolist(), strict=True)},
        prior=prior,
        evidence=evidence,
        sampler=sampler,
        wanted=wanted,
        interrupted=interrupted,
        **_diagnosed(draws, nuisances),
    )


def _diagnosed(draws: Mapping[str, Array], nuisances: Array) -> dict[str, Any]:
    """R-hat and effective sizes of all parameters, and the poorest of the nuisances'."""
    found: dict[str, Any] = {
        "r_hat": {name: float(diagnostics.r_hat(values)) for name, values in draws.items()},
        "effective": {name: float(diagnostics.bulk(values)) for name, values in draws.items()},
        "tails": {name: float(diagnostics.tail(values)) for name, values in draws.items()},
    }
    if nuisances.shape[-1]:
        sizes = np.minimum(diagnostics.bulk(nuisances), diagnostics.tail(nuisances))
        found |= {
            "theory_r_hat": float(np.max(diagnostics.r_hat(nuisances))),
            "theory_effective": float(np.min(sizes)),
        }
    return found
