r"""Whether chains agree and how many independent draws they are worth (Vehtari et al., arXiv:1903.08008).

Draws have shape ``(chains, samples, ...)``. Every chain is split into halves; ranks take the place of values, so that
heavy tails and infinite variances do no harm. numpyro has the plain estimates, which are used on what is ranked.
"""

from __future__ import annotations

import numpy as np

from nutau.common.arrays import Array

TAILS = (0.05, 0.95)
"""The tail effective size is the smaller one of these two quantiles (eq. 13 of the paper and below)."""


def halves(draws: Array) -> Array:
    """Each chain as two, ``(2 chains, samples // 2, ...)``; the middle draw of an odd number is left out."""
    draws = np.asarray(draws, dtype=float)
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, draws.shape[1] - half :]])


def ranked(draws: Array) -> Array:
    """Normal scores of the ranks over all chains (eq. 14), of each quantity alone; ties share their mean rank."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    flat = draws.reshape(draws.shape[0] * draws.shape[1], -1)
    ranks = rankdata(flat, axis=0)
    return np.asarray(ndtri((ranks - 0.375) / (len(flat) + 0.25))).reshape(draws.shape)


def r_hat(draws: Array) -> Array:
    """Rank-normalised split R-hat, the larger one of location and spread, ``(...)``; 1 where nothing moves."""
    from numpyro.diagnostics import gelman_rubin

    parts = halves(draws)
    folded = np.abs(parts - np.median(parts, axis=(0, 1)))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.maximum(gelman_rubin(ranked(parts)), gelman_rubin(ranked(folded)))
    still = np.ptp(parts, axis=(0, 1)) == 0
    return np.where(still, 1.0, found)


def bulk(draws: Array) -> Array:
    """Effective sample size of the ranks, ``(...)``: how well the middle is known."""
    return _effective(ranked(halves(draws)))


def tail(draws: Array) -> Array:
    """The smaller effective sample size of the two quantiles :data:`TAILS`, ``(...)``: how well the ends are known."""
    parts = halves(draws)
    ends = np.quantile(parts, TAILS, axis=(0, 1))
    return np.minimum(*(_effective((parts <= end).astype(float)) for end in ends))


def _effective(parts: Array) -> Array:
    """numpyro's estimate (Geyer's initial monotone sequence); all of the draws where nothing moves."""
    from numpyro.diagnostics import effective_sample_size

    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.asarray(effective_sample_size(parts))
    return np.where(np.isfinite(found), found, float(parts.shape[0] * parts.shape[1]))
