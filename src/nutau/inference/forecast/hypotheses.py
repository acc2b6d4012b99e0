r"""Models to be tested: a point in parameter space, with what today's data leave of its parameters.

A model of the letter is its κ with δ where today's :math:`R_D` and :math:`R_{D^*}` put it: mean and standard
deviation of the best fit. Directions in which it is uncertain are nuisances with a Gaussian prior.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from nutau.common.arrays import Array
from nutau.errors import ComputationError, InputError, unknown
from nutau.inference.fit.search import Objective, minuit
from nutau.inference.likelihood import Likelihood, Parametrisation, double_precision
from nutau.models import MEDIATORS, mediator
from nutau.models.two_field import kappa_of

ANCHOR = ("Rtaul(B->Dlnu)", "Rtaul(B->D*lnu)")
"""The measurements that fix δ of the letter's models."""
TABLE_ONE = ("VB", "U1", "U3", "S3", "S1")
"""The single mediators with a κ, the default set of models."""


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """A model at ``values`` ``(n,)``, known to within ``values + root @ t`` with unit Gaussian ``t`` ``(m,)``."""

    name: str
    parametrisation: Parametrisation
    values: Array
    root: Array

    @classmethod
    def point(cls, name: str, parametrisation: Parametrisation, values: dict[str, float]) -> Hypothesis:
        """A model with fixed parameters."""
        return cls(name, parametrisation, parametrisation.point(values), np.zeros((len(parametrisation), 0)))

    def to_dict(self) -> dict[str, object]:
        """Values and uncertainties as plain data."""
        errors = np.sqrt((self.root**2).sum(axis=1))
        return {
            "model": self.name,
            "parameters": {
                name: {"value": float(value), "uncertainty": float(error)}
                for name, value, error in zip(self.parametrisation.names, self.values, errors, strict=True)
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
    if name.casefold() == "sm" and not comma:
        return "SM", 1.0, 0.0
    return (text, read_kappa(name), _delta(text, rest)) if comma else (name, read_kappa(name), None)


@double_precision
def line_model(text: str, anchor: Likelihood, size: Array, *, hold: bool = False) -> Hypothesis:
    """The letter's model ``text`` (a mediator, ``kappa=1.2``, each with ``,delta=0.05`` if δ is to be held).

    ``anchor`` is the likelihood of today's data in (δ, κ) that places δ, of typical ``size`` ``(2,)``; with ``hold``
    its error is forgotten. ``"sm"`` is δ = 0.
    """
    name, kappa, delta = understood(text)
    if delta is not None:
        return Hypothesis(name, anchor.parametrisation, np.array([delta, kappa]), np.zeros((2, 0)))
    return placed(name, kappa, anchor, size, hold=hold)


@double_precision
def placed(name: str, kappa: float, anchor: Likelihood, size: Array, *, hold: bool = False) -> Hypothesis:
    """The two-field model of a κ with δ where ``anchor`` puts it, as :func:`line_model` has it."""
    fit = minuit(anchor, Objective(anchor), np.array([size[0], kappa]), size)
    fit.limits[1] = None
    fit.values[1] = kappa
    fit.fixed[1] = True
    fit.migrad()
    if not fit.valid:
        raise ComputationError(f"The fit of delta to R_D and R_D* for {name} did not converge.")
    fit.hesse()
    root = np.zeros((2, 0)) if hold else np.array([[float(fit.errors[0])], [0.0]])
    return Hypothesis(name, anchor.parametrisation, np.array([float(fit.values[0]), kappa]), root)


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
