"""Which sampler makes a posterior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.common.progress import Progress
from nutau.errors import unknown
from nutau.inference.fit import independence, nuts
from nutau.inference.fit.posterior import CHAINS, EFFECTIVE, MOST, Posterior
from nutau.inference.fit.priors import Given
from nutau.inference.fit.search import Minimum
from nutau.inference.likelihood import Likelihood

SAMPLERS = ("independence", "nuts")


def sampled(
    likelihood: Likelihood,
    minima: Sequence[Minimum],
    size: Array,
    *,
    priors: Given = None,
    sampler: str = "independence",
    effective: int = EFFECTIVE,
    chains: int = CHAINS,
    most: int = MOST,
    seed: int = 1,
    check: bool = False,
    progress: Progress | None = None,
) -> Posterior:
    """The posterior of a likelihood whose minima are known.

    ``priors`` as :func:`nutau.inference.fit.priors.priors` takes them, flat within the ranges without any. ``sampler``
    is ``"independence"`` (independent proposals around a nested sampling) or ``"nuts"``. Sampling goes on until every
    parameter has the ``effective`` size and every nuisance a quarter of it, at most ``most`` draws in each of
    ``chains``; what the chains miss then is in ``problems`` of the result. With ``check`` that is an error.

    Raises :class:`InputError` for priors that cannot be, :class:`ComputationError` for chains that say nothing.
    """
    stream(seed)  # refused before an hour's work
    if sampler not in SAMPLERS:
        raise unknown("sampler", sampler, SAMPLERS)
    how: dict[str, Any] = {
        "given": priors,
        "effective": effective,
        "chains": chains,
        "most": most,
        "seed": seed,
    }
    if sampler == "nuts":
        found = nuts.sample(likelihood, minima, progress=progress, **how)
    else:
        found = independence.sample(likelihood, minima, size, progress=progress, **how)
    found.check_useful()
    if check:
        found.require(effective)
    return found
