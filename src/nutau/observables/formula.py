r"""A formula: one observable as forms in the Wilson coefficients, with its theory draws.

Every observable of nutau is a last cheap readout of one to three Hermitian forms (:mod:`nutau.eft.algebra`):

========= ====================================== =======================================
ratio     :math:`N(c)/D(c)`, or :math:`N(c)`     rates, R_D, F_L, A_FB, P_τ
sqrt      :math:`\sqrt{N(c)/D(c)}`               ΔM_s, where a form is a squared modulus
angle     :math:`\mathrm{arg}(D(c) + i N(c))`    φ_s, where the forms are linear
geometric :math:`N(c)/\sqrt{D(c)E(c)}`           P'_5, a product of amplitudes over both
========= ====================================== =======================================
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.tables import html_table
from nutau.eft.algebra import Affine, Quadratic
from nutau.eft.wilson import Basis, Wilson
from nutau.errors import InputError

Readout = Literal["ratio", "sqrt", "angle", "geometric"]
POWERS = {"ratio": 1, "sqrt": 2, "geometric": 1}
"""The power of an observable to which its numerator is proportional; an angle has none."""


@dataclass(frozen=True, eq=False)
class Forms:
    """Numerator and denominator of an observable; without a denominator it is the numerator.

    ``second`` is the other factor of the denominator of a ``geometric`` one.
    """

    numerator: Quadratic
    denominator: Quadratic | None = None
    readout: Readout = "ratio"
    second: Quadratic | None = None

    def __call__(self, coefficients: Wilson | Array) -> Array:
        """The observable at points ``(..., n)``; matrix batches (theory draws) broadcast with point batches."""
        return _read([None if form is None else form(coefficients) for form in self.parts], self.readout)

    @property
    def parts(self) -> tuple[Quadratic, Quadratic | None, Quadratic | None]:
        """Numerator, denominator and second factor."""
        return self.numerator, self.denominator, self.second

    @property
    def sm(self) -> Array:
        """The observable without new physics."""
        return _read([None if form is None else form.sm for form in self.parts], self.readout)

    @property
    def basis(self) -> Basis:
        """The coefficients that the observable depends on."""
        return self.numerator.basis

    def map(self, change: Callable[[Quadratic], Quadratic]) -> Forms:
        """The same readout of changed forms."""
        above, below, second = (None if form is None else change(form) for form in self.parts)
        assert above is not None
        return replace(self, numerator=above, denominator=below, second=second)

    def after(self, step: Affine) -> Forms:
        """The observable as a function of the coefficients before ``step``."""
        return self.map(lambda form: form.after(step))

    def on(self, basis: Basis) -> Forms:
        """The same forms on a basis that holds at least these coefficients."""
        return self.map(lambda form: form.on(basis))


def _read(values: Sequence[Array | None], readout: Readout) -> Array:
    above, below, second = values
    assert above is not None
    xp = namespace(*(value for value in values if value is not None))
    if readout == "angle":
        return xp.arctan2(above, xp.ones_like(above) if below is None else below)
    if readout == "geometric":
        assert below is not None
        assert second is not None
        return above / xp.sqrt(below * second)
    value = above if below is None else above / below
    return xp.sqrt(value) if readout == "sqrt" else value


@dataclass(frozen=True, eq=False)
class Formula:
    """An observable, ready to be evaluated at any coefficients, with its theory draws.

    ``central`` holds the forms of the central inputs, ``draws`` the same forms with a leading axis of theory draws
    (the same draws for every observable of one call, so errors are correlated), or ``None`` where the inputs have
    no errors. With ``relative`` the observable is divided by its SM value, draw by draw; :class:`InputError` for an
    angle, whose ratio means nothing, and for what the SM does not give at all.
    """

    observable: str
    central: Forms
    draws: Forms | None = None
    relative: bool = False
    unit: str = "1"

    def __post_init__(self) -> None:
        """Refuse the ratio of an angle, and the ratio to nothing."""
        if not self.relative:
            return
        name = self.observable.removesuffix("/SM")
        if self.is_angle:
            raise InputError(
                f"{name} is an angle; its ratio to the SM means nothing. Ask for {name} without /SM."
            )
        sm = self.central.sm
        if namespace(sm) is np and np.any(sm == 0):
            raise InputError(
                f"{name} is zero in the SM, so it has no ratio to the SM. Ask for {name} without /SM."
            )

    @property
    def is_angle(self) -> bool:
        """Whether it is an angle, between -π and π."""
        return self.central.readout == "angle"

    def __call__(self, coefficients: Wilson | Array) -> Array:
        """Central value at points ``(..., n)``; a differential observable has its points in q² as the last axis."""
        value = self.central(self._spread(coefficients, self.central))
        return value / self.central.sm if self.relative else value

    @property
    def sm(self) -> Array:
        """Central SM value (1 for a ratio to the SM)."""
        sm = self.central.sm
        return sm / sm if self.relative else sm

    def sampled(self, coefficients: Wilson | Array, *, each: bool = False) -> Array:
        """Values of all theory draws at points ``(..., n)``, shape ``(..., draws)``, points in q² last.

        With ``each`` every draw has its own coefficients, ``(..., draws, n)``: those that a model has for the
        parameters of the draw. Values of an angle lie within π of the central one (with ``each``: of that at the
        coefficients of the first draw), so that their scatter does not see the cut at ±π.
        """
        if self.draws is None:
            return self(coefficients)[..., None]
        values = (
            coefficients.on(self.central.basis).values if isinstance(coefficients, Wilson) else coefficients
        )
        points = self._spread(values if each else values[..., None, :], self.central)
        value = self.draws(points)
        if self.is_angle:
            middle = self.central(points)[..., :1]
            return middle + (value - middle + math.pi) % (2.0 * math.pi) - math.pi
        return value / self.draws.sm if self.relative else value

    def _repr_html_(self) -> str:
        values = np.atleast_1d(self.sm)
        sm = f"{values[0]:.5g}" if len(values) == 1 else f"{len(values)} points in q²"
        draws = "none" if self.draws is None else str(len(np.asarray(self.draws.sm)))
        row = (self.observable, sm, ", ".join(self.central.basis.coefficients), draws)
        return html_table(("observable", "SM", "depends on", "theory draws"), [row])

    @staticmethod
    def _spread(coefficients: Wilson | Array, forms: Forms) -> Array:
        """Points with an axis for those in q², which only the forms have."""
        if isinstance(coefficients, Wilson):
            coefficients = coefficients.on(forms.basis).values
        axes = np.ndim(forms.numerator.matrix) - 2
        return coefficients.reshape(*coefficients.shape[:-1], *(1,) * axes, coefficients.shape[-1])

    def map(self, change: Callable[[Forms], Forms]) -> Formula:
        """The formula with its forms changed."""
        return replace(
            self, central=change(self.central), draws=None if self.draws is None else change(self.draws)
        )

    def after(self, step: Affine) -> Formula:
        """The formula as a function of the coefficients before ``step`` (running, matching, a model)."""
        return self.map(lambda forms: forms.after(step))

    def ratio(self) -> Formula:
        """The observable over its SM value."""
        return (
            self
            if self.relative
            else replace(self, observable=f"{self.observable}/SM", relative=True, unit="1")
        )
