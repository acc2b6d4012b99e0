r"""Models to be tested: a point in parameter space, some or all of its parameters free.

A model of the letter is its κ with δ free; the Standard Model has nothing free. What is free is fitted to today's data
and to the projected ones together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import InputError, unknown
from nutau.inference.likelihood import Parametrisation
from nutau.models import MEDIATORS, mediator
from nutau.models.two_field import kappa_of

TABLE_ONE = ("VB", "U1", "U3", "S3", "S1")
"""The single mediators with a κ, the default set of models."""


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """A model: parameters ``values`` ``(n,)``, of which the ``free`` ones are fitted wherever data are.

    ``covariance`` ``(n, n)`` is that of today's fit, 0 of what is held.
    """

    name: str
    parametrisation: Parametrisation
    values: Array
    free: tuple[bool, ...]
    covariance: Array | None = None

    @classmethod
    def point(cls, name: str, parametrisation: Parametrisation, values: dict[str, float]) -> Hypothesis:
        """A model with fixed parameters."""
        return cls(name, parametrisation, parametrisation.point(values), (False,) * len(parametrisation))

    @property
    def held(self) -> Hypothesis:
        """The same with nothing free."""
        return replace(self, free=(False,) * len(self.free), covariance=None)

    @property
    def names(self) -> tuple[str, ...]:
        """The free parameters."""
        pairs = zip(self.parametrisation.names, self.free, strict=True)
        return tuple(name for name, free in pairs if free)

    @property
    def errors(self) -> Array:
        """The uncertainties of today's fit, ``(n,)``."""
        return np.zeros(len(self.values)) if self.covariance is None else np.sqrt(np.diag(self.covariance))

    def to_dict(self) -> dict[str, object]:
        """Values and uncertainties as plain data."""
        return {
            "model": self.name,
            "parameters": {
                name: {"value": float(value), "uncertainty": float(error), "free": free}
                for name, value, error, free in zip(
                    self.parametrisation.names, self.values, self.errors, self.free, strict=True
                )
            },
        }


def read_kappa(text: str) -> float:
    """κ of a model's name, of ``kappa=1.2`` or of the letter's ``X_1/2``; :class:`InputError` otherwise."""
    for prefix in ("kappa=", "X_"):
        if text.startswith(prefix):
            return _finite(text, "κ", text.removeprefix(prefix))
    names = [field.name for field in MEDIATORS]
    try:
        field = mediator(text)
    except InputError:
        raise unknown("model", text, ("sm", *names, "kappa=1", "X_1/2")) from None
    return kappa_of(field)


def understood(text: str) -> tuple[str, float, float | None]:
    """Name, κ and δ (``None``: from the data) of a model's text; :class:`InputError` for what is none."""
    name, comma, rest = (part.strip() for part in text.partition(","))
    if name.casefold() == "sm" and comma:
        raise InputError(
            f"'{text}': the SM has no parameters; leave ',{rest}' out, or name a model, as U1,{rest}."
        )
    if name.casefold() == "sm":
        return "SM", 1.0, 0.0
    return (text, read_kappa(name), _delta(text, rest)) if comma else (name, read_kappa(name), None)


def line(text: str, parametrisation: Parametrisation) -> Hypothesis:
    """The letter's model ``text`` in (δ, κ): δ free, or held as ``U1,delta=0.05`` says and for ``"sm"``."""
    name, kappa, delta = understood(text)
    values = np.array([0.0 if delta is None else delta, kappa])
    return Hypothesis(name, parametrisation, values, (delta is None, False))


def _delta(text: str, rest: str) -> float:
    key, equals, value = rest.strip().partition("=")
    if key.strip() != "delta" or not equals:
        raise InputError(f"'{text}': only delta=NUMBER may follow the comma, as U1,delta=0.05.")
    return _finite(text, "delta", value)


def _finite(text: str, name: str, value: str) -> float:
    """A number or a fraction as ``1/2``."""
    try:
        number = float(Fraction(value.strip()))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise InputError(f"'{text}': {name} is '{value}'; a finite number is needed, as 0.05.") from None
    return number
