"""Closed forms on a line of models: every letter observable is a parabola in δ (or in κ)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

from nutau.inputs.letter import line
from nutau.observables.formula import Formula
from nutau.observables.letter import letter_formulas


@dataclass(frozen=True)
class Parabola:
    """:math:`a x^2 + b x + c`, :math:`a \\ge 0`."""

    a: float
    b: float
    c: float

    @classmethod
    def through(cls, zero: float, one: float, two: float) -> Parabola:
        """The parabola with these values at x = 0, 1 and 2."""
        a = (two - 2.0 * one + zero) / 2.0
        return cls(a, one - zero - a, zero)

    def __call__(self, x: float) -> float:
        """The value at ``x``."""
        return (self.a * x + self.b) * x + self.c

    def extremes(self, low: float, high: float) -> tuple[float, float]:
        """Smallest and largest value for ``low <= x <= high``, the interior minimum included."""
        values = [self(low), self(high)]
        if self.a > 0 and low < -self.b / (2 * self.a) < high:
            values.append(self(-self.b / (2 * self.a)))
        return min(values), max(values)

    def below(self, bound: float) -> tuple[float, float] | None:
        """The interval of ``x`` where the value is at most ``bound``; ``None`` if there is none."""
        if self.a == 0:
            if self.b == 0:
                return (-inf, inf) if self.c <= bound else None
            edge = (bound - self.c) / self.b
            return (-inf, edge) if self.b > 0 else (edge, inf)
        discriminant = self.b**2 - 4 * self.a * (self.c - bound)
        if discriminant < 0:
            return None
        middle, half = -self.b / (2 * self.a), sqrt(discriminant) / (2 * self.a)
        return middle - half, middle + half


def in_delta(observable: str, kappa: float, convention: str, dataset: str = "letter-2022") -> Parabola:
    """A letter observable (ratio to the SM) of the model ``kappa`` as a parabola in δ(C_V - C_A)."""
    formula: Formula = letter_formulas()[observable].after(line(kappa, convention, dataset=dataset))
    matrix = formula.central.numerator.matrix.real
    return Parabola(float(matrix[1, 1]), float(2 * matrix[0, 1]), float(matrix[0, 0]))
