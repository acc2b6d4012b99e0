"""A posterior under another prior, from the draws that there are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.errors import InputError
from nutau.inference.fit import diagnostics
from nutau.inference.fit.evidence import Evidence
from nutau.inference.fit.mixture import systematic
from nutau.inference.fit.priors import Given, Priors, priors

if TYPE_CHECKING:
    from nutau.inference.fit.posterior import Posterior

LEAST = 400
"""The effective size that is asked of a reweighted posterior."""


def reweighted(found: Posterior, given: Given, least: float, seed: int) -> Posterior:
    """See :meth:`Posterior.reweighted`."""
    if found.prior is None:
        raise InputError("This posterior does not know its prior, and cannot be given another one.")
    old, new = found.prior, priors(found.prior.parametrisation, given)
    _check_covered(old, new)
    points = np.stack([found.draws[name] for name in found.names], axis=-1)
    logs = new.log_density(points) - old.log_density(points)
    inside = np.isfinite(logs)
    weights = np.where(inside, np.exp(logs - np.max(logs[inside], initial=-np.inf)), 0.0)
    kept = float(weights.sum() ** 2 / max((weights**2).sum(), 1e-300) / weights.size)
    worth = kept * found.poorest()
    _check_worth(worth, least)
    random = stream(seed, 6)
    rows = [systematic(row / row.sum(), row.size, random) for row in weights]
    chains = np.arange(len(rows))[:, None]
    draws = {name: values[chains, rows] for name, values in found.draws.items()}
    evidence = found.evidence
    if evidence is not None:
        evidence = _moved(evidence, logs, kept * found.poorest()) if new.proper and old.proper else None
    # the weights alone do not see that a chain stood still where they are large: the draws do
    sizes: dict[str, Any] = {
        key: {name: min(kept * old[name], float(size(draws[name]))) for name in found.names}
        for key, old, size in (
            ("effective", found.effective, diagnostics.bulk),
            ("tails", found.tails, diagnostics.tail),
        )
    }
    _check_worth(min(min(each.values()) for each in sizes.values()), least)
    return replace(
        found,
        draws=draws,
        nuisances=found.nuisances[chains, rows],
        minus_two_log_likelihood=found.minus_two_log_likelihood[chains, rows],
        r_hat={name: float(diagnostics.r_hat(values)) for name, values in draws.items()},
        priors={name: tuple(ends) for name, ends in zip(found.names, new.bounds.tolist(), strict=True)},
        prior=new,
        evidence=evidence,
        theory_r_hat=_theory(found, chains, rows),
        theory_effective=found.theory_effective * kept,
        wanted=least,
        **sizes,
    )


def _theory(found: Posterior, chains: Array, rows: Array) -> float:
    """The largest R-hat of the nuisances of the draws that are kept."""
    nuisances = found.nuisances[chains, rows]
    return (
        float(np.max(diagnostics.r_hat(nuisances), initial=1.0))
        if nuisances.shape[-1]
        else found.theory_r_hat
    )


def _check_worth(worth: float, least: float) -> None:
    if worth < least:
        raise InputError(
            f"Under the new prior these draws are worth {worth:.0f} independent ones, below {least:g}; sample again "
            "with it (`priors`)."
        )


def _check_covered(old: Priors, new: Priors) -> None:
    """Refuse a prior that is not zero where the old one has no draws."""
    for name, (low, high), (before, after) in zip(
        old.parametrisation.names, new.bounds, old.bounds, strict=True
    ):
        if low < before or high > after:
            raise InputError(
                f"The new prior of {name} reaches from {low:g} to {high:g}; the old one, {before:g} to {after:g}, has "
                "no draws outside its own ends. Sample again (`priors`)."
            )


def _moved(evidence: Evidence, logs: Array, worth: float) -> Evidence:
    """The evidence under another prior: times the mean ratio of the priors over the posterior."""
    most = float(np.max(logs))
    ratio = np.exp(logs - most)
    shift = most + float(np.log(ratio.mean()))
    error = float(ratio.std() / ratio.mean() / np.sqrt(worth))
    return replace(
        evidence,
        log_evidence=evidence.log_evidence + shift,
        error=float(np.hypot(evidence.error, error)),
        nested=evidence.nested + shift,
        nested_error=float(np.hypot(evidence.nested_error, error)),
    )
