r"""b → s with two massive vectors: a complex pair, or two real ones.

.. math::
    \mathcal L=\;&C_S\,\bar sb\,X^\dagger_\mu X^\mu
    +C_V\,\bar s\gamma_\mu b\,iX^\dagger_\nu\overleftrightarrow{\partial^\mu}X^\nu
    +C_T\,i\bar s\sigma^{\mu\nu}b\,X^\dagger_\mu X_\nu\\
    +\;&C_F\,\bar sb\,X^\dagger_{\mu\nu}X^{\mu\nu}+C_G\,\bar sb\,X^\dagger_{\mu\nu}\tilde X^{\mu\nu}+\mathrm{h.c.},
    \qquad\tilde X^{\mu\nu}=\tfrac12\epsilon^{\mu\nu\rho\sigma}X_{\rho\sigma},

and the same with :math:`\gamma_5` in the quark current: P, A, T5, F5, G5. S and T are in 1/GeV, V in GeV\ :sup:`-2`,
F and G in GeV\ :sup:`-3`. With :math:`y=q^2/2m^2-1`, :math:`r=1/(m_b-m_s)` (for A :math:`-1/(m_b+m_s)`),

.. math::
    \frac{d\Gamma}{dq^2}=\frac{\sqrt\lambda\,\beta}{256\pi^3M^3}\Big\{V_t^2r^2\big[
    2|C_S-2m^2y\,C_F|^2+|y\,C_S-2m^2C_F|^2+2q^4\beta^2|C_G|^2\big]\\
    +\frac{\beta^2}{3}\sum_w\Big[(2+y^2)V_w^2|C_V|^2+\frac{q^2+4m^2}{4m^4}T_w^2|C_T|^2
    -\frac{\sqrt{q^2}\,y}{m^2}V_wT_w\,\mathrm{Re}\,C_VC_T^*\Big]+\frac{6m^2+q^2\beta^2}{3m^2q^2}\sum_wT_w^2|C_{T_5}|^2\Big\}
    +(V\to A).

Derived here, checked with explicit polarisation vectors. F and G, made of field strengths, have a limit for m → 0 (two
dark photons); the others grow as :math:`1/m^4`, as the longitudinal vectors do. A real vector has S, P, F and G, of
twice the rate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import ParametersAtNodes, Range
from nutau.decays.assembly import Combination, Term, amplitude
from nutau.decays.invisible import states
from nutau.decays.invisible.hadrons import (
    Transition,
    Wave,
    currents,
    densities_over_currents,
    quark_masses,
    rate_factor,
)
from nutau.eft.algebra import Quadratic
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inputs import Inputs

DENSITIES, CURRENTS = ("S", "P", "F", "F5", "G", "G5"), ("V", "A", "T", "T5")
COMPLEX = Basis("invisible", "complex vectors", tuple(f"C{name}_bsXX" for name in (*DENSITIES, *CURRENTS)))
REAL = Basis("invisible", "real vectors", tuple(f"C{name}_bsXX" for name in DENSITIES))


@dataclass(frozen=True, eq=False)
class Vectors:
    """Two vectors of the mass ``first`` in GeV: a particle and its antiparticle, or with ``real`` two of one kind."""

    first: Array
    real: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no mass, and zero."""
        if namespace(states.mass("first", self.first)) is np and self.first == 0:
            raise InputError(
                "The mass first of a pair of vectors is 0 GeV; give a positive one. Rates of field strengths (CF, "
                "CG) have a limit: take 0.001."
            )

    @property
    def masses(self) -> tuple[Array, Array]:
        """The same twice."""
        return self.first, self.first

    @property
    def basis(self) -> Basis:
        """Ten operators, or the six of a real vector."""
        return REAL if self.real else COMPLEX

    @property
    def copies(self) -> float:
        """Twice the amplitude, squared, of two identical particles."""
        return 2.0 if self.real else 1.0


def densities(
    inputs: Inputs, par: Mapping[str, Array], row: Transition, state: Vectors, q2: Array
) -> dict[str, Quadratic]:
    """dΓ/dq² in 1/GeV at ``q2`` ``(nodes,)`` in GeV²; matrices ``(..., nodes, 1 + n, 1 + n)``, n coefficients.

    Keys: ``rate``; ``longitudinal``, the part with a meson of helicity 0 (for Λ, a pair). :class:`InputError` for q²
    outside phase space and for a state above threshold.

    >>> import nutau
    >>> inputs, row = nutau.load_inputs(), states.transition("B+->K")
    >>> form = densities(inputs, inputs.parameters.mapping(), row, Vectors(1.0, real=True), [6.0])["rate"]
    >>> form.matrix.shape
    (1, 7, 7)
    """
    return states.densities(inputs, par, row, state, q2, _terms)


def forms(
    inputs: Inputs, par: Mapping[str, Array], row: Transition, state: Vectors, q2_range: Range = None
) -> dict[str, Quadratic]:
    """The :func:`densities` integrated over a bin (all of phase space if None), in GeV."""
    return states.forms(inputs, par, row, state, q2_range, _terms)


def _named(name: str) -> Combination:
    return {f"C{name}_bsXX": 1.0}


def _terms(
    inputs: Inputs, par: ParametersAtNodes, row: Transition, state: Vectors, q2: Array
) -> dict[str, list[Term]]:
    hadron = currents(inputs, par, row, q2)
    at = states.kinematics(state, q2)
    space = state.copies * rate_factor(par, row, q2) * at.velocity / (8.0 * math.pi)
    density = densities_over_currents(quark_masses(par, row))
    longitudinal = [
        term
        for parity, timelike in hadron.timelike.items()
        for term in _spin_0(state, q2, at.velocity, space, density[parity] * timelike, parity == "A")
    ]
    rate = [*longitudinal]
    if not state.real:
        for wave in hadron.waves:
            found = _spin_1(state, q2, at, space, wave)
            rate += found
            longitudinal += found if wave.longitudinal else []
    return {"rate": rate, "longitudinal": longitudinal}


def _spin_0(
    state: Vectors, q2: Array, velocity: Array, space: Array, density: Array, axial: bool
) -> list[Term]:
    """Both helicities +, both - (equal rates) and both 0."""
    square, basis = state.first**2, state.basis
    y = 0.5 * q2 / square - 1.0
    plain, field, dual = (_named(name) for name in (("P", "F5", "G5") if axial else ("S", "F", "G")))
    return [
        Term(2.0 * space, amplitude(basis, (plain, density), (field, -2.0 * square * y * density))),
        Term(space, amplitude(basis, (plain, y * density), (field, -2.0 * square * density))),
        Term(2.0 * space, amplitude(basis, (dual, q2 * velocity * density))),
    ]


def _spin_1(state: Vectors, q2: Array, at: states.Kinematics, space: Array, wave: Wave) -> list[Term]:
    """The current, the electric and the magnetic part of the tensor; the first two interfere."""
    square, basis = state.first**2, state.basis
    y, third = 0.5 * q2 / square - 1.0, space / 3.0
    names = ("V", "T", "T5") if wave.parity == "V" else ("A", "T5", "T")
    vector, electric, magnetic = (
        amplitude(basis, (_named(name), value))
        for name, value in zip(names, (wave.vector, wave.tensor, wave.tensor), strict=True)
    )
    fast = third * at.velocity**2
    return [
        Term(fast * (2.0 + y * y), vector),
        Term(fast * (0.25 * q2 + square) / square**2, electric),
        Term(-fast * at.root * y / square, vector, electric),
        Term(third * (6.0 / at.root**2 + at.velocity**2 / square), magnetic),
    ]
