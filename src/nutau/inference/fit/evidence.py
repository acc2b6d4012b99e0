r"""The evidence of a model and its Bayes factor against the Standard Model.

.. math:: Z = \int \pi(p)\, \mathcal N(\epsilon; 0, 1)\, e^{-\chi^2(O(p, \epsilon))/2}\, dp\, d\epsilon

with the prior :math:`\pi` normalised to one and :math:`\chi^2` without constants, which drop out of the ratio of two
models of the same data (:mod:`nutau.inference.likelihood.marginal` has the convention). A wider prior lowers it: it
means nothing without its prior.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nutau.common.arrays import Array
from nutau.common.given import stream
from nutau.inference.likelihood import Likelihood, double_precision
from nutau.inference.likelihood.marginal import Integrand, integrand

DRAWS = 500
"""Draws of the nuisances for the evidence of a point."""


@dataclass(frozen=True)
class Evidence:
    """Natural logarithms: of the evidence, of that of nested sampling alone (linear theory), and of the SM's.

    Each with its Monte-Carlo error.
    """

    log_evidence: float
    error: float
    nested: float
    nested_error: float
    sm: float
    sm_error: float

    @property
    def log_bayes_factor(self) -> float:
        """The logarithm of the ratio to the Standard Model; positive where the data prefer the model."""
        return self.log_evidence - self.sm

    @property
    def log_bayes_factor_error(self) -> float:
        """Its Monte-Carlo error."""
        return float(np.hypot(self.error, self.sm_error))

    @property
    def agrees(self) -> bool:
        """Whether nested sampling and the corrected value are the same within four errors and a tenth."""
        return abs(self.log_evidence - self.nested) < 4.0 * np.hypot(self.error, self.nested_error) + 0.1

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {
            "log_bayes_factor": self.log_bayes_factor,
            "log_bayes_factor_error": self.log_bayes_factor_error,
        }

    def __str__(self) -> str:
        return (
            f"ln Z = {self.log_evidence:.2f} ± {self.error:.2f}, of the SM {self.sm:.2f}: ln of the Bayes factor "
            f"{self.log_bayes_factor:+.2f} ± {self.log_bayes_factor_error:.2f}"
        )


def mean_of(log_weights: Array) -> tuple[float, float]:
    """The logarithm of the mean of weights ``(n,)``, and its error; minus infinity where all are zero."""
    most = float(np.max(log_weights))
    if not np.isfinite(most):
        return -np.inf, np.inf
    weights = np.exp(log_weights - most)
    mean = float(weights.mean())
    return most + float(np.log(mean)), float(weights.std() / mean / np.sqrt(len(weights)))


@double_precision
def of_the_standard_model(
    likelihood: Likelihood, seed: int = 1, compiled: Integrand | None = None
) -> tuple[float, float]:
    """The evidence of the Standard Model, which has nuisances alone, and its error; logarithms.

    ``compiled`` is the integrand of ``likelihood`` where it is there already.
    """
    none = likelihood.without_new_physics
    function = compiled if compiled is not None and none is likelihood else integrand(none)
    z = stream(seed, 3).standard_normal((DRAWS, none.nuisances))
    points = np.repeat(none.parametrisation.sm[None, :], DRAWS, axis=0)
    return mean_of(np.asarray(function(points, z)[2]))
