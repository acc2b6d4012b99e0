r"""Priors of fit parameters: what a posterior is flat in.

A prior is a density in the parameters. ``flat`` in :math:`(\delta, \kappa)` and flat in :math:`(C_1, C_3)` are two
priors; where the data leave room the result depends on which one is meant. One is chosen for each parameter:

=========================== ====================================================================
``flat``                    flat within the parameter's range (``ranges``), the default
``flat:LOW:HIGH``           flat within these
``normal:MEAN:SD``          a Gaussian, cut at the ends of the range
``log-flat:LOW:HIGH``       flat in the logarithm, :math:`1/|x|`; both ends of one sign
=========================== ====================================================================

or, for all parameters at once, ``coefficients``: flat in the internal coefficients, that is
:math:`|\det \partial x/\partial p|` within the ranges (:math:`|\delta|` for :math:`(\delta, \kappa)`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.given import real_number, stream
from nutau.errors import InputError, short, unknown
from nutau.inference.likelihood import Parametrisation, double_precision

KINDS = {"flat": 2, "normal": 2, "log-flat": 2}
COEFFICIENTS = "coefficients"
HOW = "flat, flat:LOW:HIGH, normal:MEAN:SD or log-flat:LOW:HIGH"
POINTS = 2**16
"""Points of Sobol's sequence for the norm of a density that is flat in coefficients: good to 1e-4."""


@dataclass(frozen=True)
class Prior:
    """The density of one parameter between ``low`` and ``high``; of ``normal``, ``mean`` and ``sd``."""

    kind: str
    low: float
    high: float
    mean: float = 0.0
    sd: float = 1.0

    @property
    def proper(self) -> bool:
        """Whether it can be normalised."""
        return self.kind == "normal" or bool(np.isfinite(self.low) and np.isfinite(self.high))

    def log_density(self, x: Array) -> Array:
        """Its logarithm, normalised if it can be; minus infinity outside. NumPy or JAX."""
        xp = namespace(x)
        if self.kind == "normal":
            value = -0.5 * ((x - self.mean) / self.sd) ** 2 - np.log(self.sd * self._inside)
        elif self.kind == "log-flat":
            value = -xp.log(xp.abs(xp.where(x == 0.0, 1.0, x))) - np.log(abs(np.log(self.high / self.low)))
        else:
            value = xp.zeros_like(x) - (np.log(self.high - self.low) if self.proper else 0.0)
        return xp.where((x >= self.low) & (x <= self.high), value, -np.inf)

    @property
    def _inside(self) -> float:
        """The part of the Gaussian that the range keeps, times the root of 2π."""
        from scipy.special import ndtr

        low, high = self._ends
        return float((ndtr(high) - ndtr(low)) * np.sqrt(2.0 * np.pi))

    @property
    def _ends(self) -> tuple[float, float]:
        return (self.low - self.mean) / self.sd, (self.high - self.mean) / self.sd

    def quantile(self, u: Array) -> Array:
        """From the unit interval to the parameter: what nested sampling asks for."""
        if self.kind == "normal":
            from scipy.stats import truncnorm

            return np.asarray(truncnorm.ppf(u, *self._ends, loc=self.mean, scale=self.sd))
        if self.kind == "log-flat":
            return np.asarray(self.low * (self.high / self.low) ** np.asarray(u))
        return self.low + (self.high - self.low) * np.asarray(u)

    def __str__(self) -> str:
        within = f"{self.low:g} to {self.high:g}" if self.proper else _open(self.low, self.high)
        if self.kind == "normal":
            cut = "" if np.isinf(self.low) and np.isinf(self.high) else f", within {within}"
            return f"normal, {self.mean:g} ± {self.sd:g}{cut}"
        return f"{'flat' if self.kind == 'flat' else 'flat in the logarithm'}, {within}"

    def to_dict(self) -> dict[str, Any]:
        """Plain data; an end that there is not is null."""
        ends = [end if np.isfinite(end) else None for end in (self.low, self.high)]
        found: dict[str, Any] = {"kind": self.kind, "range": ends}
        return found | ({"mean": self.mean, "sd": self.sd} if self.kind == "normal" else {})


def _open(low: float, high: float) -> str:
    if np.isinf(low) and np.isinf(high):
        return "on the whole line (not normalised)"
    return (
        f"{'above' if np.isfinite(low) else 'below'} {low if np.isfinite(low) else high:g} (not normalised)"
    )


@dataclass(frozen=True, eq=False)
class Priors:
    """The prior of all parameters: a product of densities and, if asked for, the Jacobian to the coefficients."""

    parametrisation: Parametrisation
    each: tuple[Prior, ...]
    coefficients: bool = False

    @property
    def proper(self) -> bool:
        """Whether it can be normalised: an evidence needs that."""
        return all(prior.proper for prior in self.each)

    @property
    def bounds(self) -> Array:
        """Where it is not zero, ``(n, 2)``."""
        return np.array([(prior.low, prior.high) for prior in self.each])

    def base(self, p: Array) -> Array:
        """The logarithm of the product at ``(..., n)``, without the Jacobian; NumPy or JAX."""
        parts = [prior.log_density(p[..., place]) for place, prior in enumerate(self.each)]
        return sum(parts[1:], parts[0])

    def quantiles(self, u: Array) -> Array:
        """From the unit cube ``(..., n)`` to parameters, as the product says."""
        return np.stack([prior.quantile(u[..., place]) for place, prior in enumerate(self.each)], axis=-1)

    def jacobian(self, p: Array) -> Array:
        """The logarithm of what the product is multiplied with, ``(..., n)`` to ``(...)``, NumPy; normalised."""
        if not self.coefficients:
            return np.zeros(np.shape(p)[:-1])
        return self._log_slopes(p) - self.norm

    def log_density(self, p: Array) -> Array:
        """The logarithm of the whole density at points ``(..., n)``, NumPy."""
        return self.base(p) + self.jacobian(p)

    def traced(self, p: Array) -> Array:
        """The Jacobian alone at one point ``(n,)`` under JAX, without its norm."""
        return _log_determinant(self.parametrisation, p) if self.coefficients else 0.0

    @cached_property
    def norm(self) -> float:
        """The logarithm of the mean of the Jacobian over the product."""
        if not self.proper:
            return 0.0
        from scipy.special import logsumexp
        from scipy.stats import qmc

        u = qmc.Sobol(len(self.each), seed=np.random.default_rng(1)).random(POINTS)
        return float(logsumexp(self._log_slopes(self.quantiles(u))) - np.log(POINTS))

    @double_precision
    def _log_slopes(self, p: Array) -> Array:
        import jax

        flat = np.asarray(p, dtype=float).reshape(-1, np.shape(p)[-1])
        found = jax.vmap(lambda point: _log_determinant(self.parametrisation, point))(flat)
        return np.asarray(found).reshape(np.shape(p)[:-1])

    def __str__(self) -> str:
        if self.coefficients:
            within = [
                f"{name} {_ends(prior)}"
                for name, prior in zip(self.parametrisation.names, self.each, strict=True)
            ]
            return (
                f"flat in the coefficients {', '.join(_internal(self.parametrisation))}; {', '.join(within)}"
            )
        return "; ".join(
            f"{name} {prior}" for name, prior in zip(self.parametrisation.names, self.each, strict=True)
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        named = zip(self.parametrisation.names, self.each, strict=True)
        return {
            "flat_in": list(_internal(self.parametrisation)) if self.coefficients else None,
            "parameters": {name: prior.to_dict() for name, prior in named},
            "text": str(self),
        }


def _ends(prior: Prior) -> str:
    return f"{prior.low:g} to {prior.high:g}" if prior.proper else _open(prior.low, prior.high)


def _internal(chosen: Parametrisation) -> tuple[str, ...]:
    """The internal parameters by the names of the letter: δ is C3 and κδ is C1, up to a factor."""
    letter = {"delta": "C3", "kappa delta": "C1"}
    return tuple(letter.get(name, name) for name in chosen.internal)


def _log_determinant(chosen: Parametrisation, p: Array) -> Array:
    import jax
    import jax.numpy as jnp

    return jnp.linalg.slogdet(jax.jacfwd(chosen.to_linear)(jnp.asarray(p)))[1]


Given = str | Mapping[str, str | Prior] | None
"""``"coefficients"``, or for some parameters one of the texts of this module."""


def priors(chosen: Parametrisation, given: Given = None) -> Priors:
    """The priors of the free parameters; flat within their ranges where none is given.

    Raises :class:`InputError` for unknown parameters and kinds, for ends outside a range, and for ``coefficients``
    where there are not as many of them as parameters.
    """
    bounds = {parameter.name: (parameter.low, parameter.high) for parameter in chosen.free}
    flat = {name: Prior("flat", *ends) for name, ends in bounds.items()}
    if given is None or isinstance(given, Mapping):
        for name in given or {}:
            if name not in bounds:
                raise unknown("parameter of this fit", name, list(bounds), "`priors`")
        made = {name: parsed(name, prior, bounds[name]) for name, prior in (given or {}).items()}
        return Priors(chosen, tuple((flat | made).values()))
    if given != COEFFICIENTS:
        raise InputError(
            f"`priors={short(given)}`: give a prior for each parameter ({HOW}), or '{COEFFICIENTS}' for all of them."
        )
    _check_square(chosen)
    return Priors(chosen, tuple(flat.values()), coefficients=True)


@double_precision
def _check_square(chosen: Parametrisation) -> None:
    """Refuse a density in coefficients that the parameters do not span, or that are more than they."""
    reached = _internal(chosen)
    if len(reached) != len(chosen):
        raise InputError(
            f"A prior flat in the coefficients needs as many of them as parameters: {', '.join(chosen.names)} reach "
            f"{len(reached)} ({', '.join(reached)}). Give a prior for each parameter ({HOW})."
        )
    points = np.where(np.isfinite(chosen.bounds).all(axis=1), chosen.bounds.mean(axis=1), 0.0)
    near = points + stream(1).uniform(0.1, 0.4, (4, len(chosen)))
    if not np.isfinite([float(_log_determinant(chosen, p)) for p in near]).any():
        raise InputError(
            f"{', '.join(chosen.names)} do not span the coefficients {', '.join(reached)}: a prior flat in these "
            f"has no density in them. Give a prior for each parameter ({HOW})."
        )


def parsed(name: str, given: str | Prior, bounds: tuple[float, float]) -> Prior:
    """The prior that a text means for a parameter with these bounds."""
    if isinstance(given, Prior):
        _check_ends(name, str(given), (given.low, given.high), bounds)
        return given
    kind, *rest = str(given).split(":")
    if kind not in KINDS or len(rest) not in (0, 2) or (kind == "normal" and not rest):
        raise InputError(f"`priors`, {name}={short(given)}: {HOW} is needed.")
    low, high = (_number(name, given, text) for text in rest) if rest else bounds
    if kind == "normal":
        if not high > 0.0:
            raise InputError(f"`priors`, {name}={given}: the standard deviation must be above zero.")
        return _with_mass(name, str(given), Prior(kind, *bounds, mean=low, sd=high))
    if not low < high:
        raise InputError(f"`priors`, {name}={given}: the lower end must be below the upper.")
    if kind == "log-flat" and not (low * high > 0.0 and np.isfinite([low, high]).all()):
        raise InputError(
            f"`priors`, {name}={given}: a logarithm needs two ends of one sign, as log-flat:0.01:3; the range of "
            f"{name} is {bounds[0]:g} to {bounds[1]:g}."
        )
    if rest:
        _check_ends(name, str(given), (low, high), bounds)
    return Prior(kind, low, high)


def _with_mass(name: str, given: str, prior: Prior) -> Prior:
    if not prior._inside > 1e-8:
        raise InputError(
            f"`priors`, {name}={given}: nothing of it lies within the range of {name}, {prior.low:g} to {prior.high:g}."
        )
    return prior


def _number(name: str, given: Any, text: str) -> float:
    try:
        return real_number(f"`priors`, {name}={given}", float(text))
    except ValueError:
        raise InputError(f"`priors`, {name}={short(given)}: {short(text)} is no number; {HOW}.") from None


def _check_ends(name: str, given: str, ends: tuple[float, float], bounds: tuple[float, float]) -> None:
    if ends[0] < bounds[0] or ends[1] > bounds[1]:
        raise InputError(
            f"`priors`, {name}={given}: it reaches beyond the range of {name}, {bounds[0]:g} to {bounds[1]:g}. "
            "Give a wider range (`ranges`) too, or a narrower prior."
        )
