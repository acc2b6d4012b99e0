r"""b → s with two scalars: a complex pair of any masses, or two real ones.

.. math::
    \mathcal L=(C_S\,\bar sb+C_P\,\bar s\gamma_5b)\,\phi_1^\dagger\phi_2
      +(C_V\,\bar s\gamma_\mu b+C_A\,\bar s\gamma_\mu\gamma_5b)\,i\phi_1^\dagger\overleftrightarrow{\partial^\mu}\phi_2
      +\mathrm{h.c.},

:math:`C_{S,P}` in 1/GeV, :math:`C_{V,A}` in GeV\ :sup:`-2`. With the notation of
:mod:`~nutau.decays.invisible.fermions`,

.. math::
    \frac{d\Gamma}{dq^2}=\frac{\sqrt\lambda\,\beta_+\beta_-}{256\pi^3M^3}\Big\{V_t^2
    \Big|\frac{C_S}{m_b-m_s}+\frac{m_1^2-m_2^2}{q^2}C_V\Big|^2
    +\frac{\beta_+^2\beta_-^2}{3}\sum_wV_w^2|C_V|^2\Big\}

and the same for A with :math:`-C_P/(m_b+m_s)`. Derived here, checked with explicit momenta. For a real scalar the
operators are :math:`\bar sb\,\phi^2` and :math:`\bar s\gamma_5b\,\phi^2`, whose rate is twice that of the complex one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from nutau.common.arrays import Array
from nutau.common.kinematics import ParametersAtNodes, Range
from nutau.decays.assembly import Term, amplitude
from nutau.decays.invisible import states
from nutau.decays.invisible.hadrons import (
    Transition,
    currents,
    densities_over_currents,
    quark_masses,
    rate_factor,
)
from nutau.decays.invisible.states import Pair, Twins
from nutau.eft.algebra import Quadratic
from nutau.eft.wilson import Basis
from nutau.inputs import Inputs

COMPLEX = Basis("invisible", "complex scalars", tuple(f"C{name}_bsphiphi" for name in "SPVA"))
REAL = Basis("invisible", "real scalars", tuple(f"C{name}_bsphiphi" for name in "SP"))


class Scalars(Pair):
    """A scalar and an antiscalar of the masses ``first`` and ``second`` in GeV (equal if one is given)."""

    @property
    def basis(self) -> Basis:
        """All four operators."""
        return COMPLEX


class RealScalars(Twins):
    """Two real scalars of one kind, of the mass ``first`` in GeV."""

    @property
    def basis(self) -> Basis:
        """The two operators that do not vanish."""
        return REAL


def densities(
    inputs: Inputs, par: Mapping[str, Array], row: Transition, state: Scalars | RealScalars, q2: Array
) -> dict[str, Quadratic]:
    """dΓ/dq² in 1/GeV at ``q2`` ``(nodes,)`` in GeV²; matrices ``(..., nodes, 1 + n, 1 + n)``, n coefficients.

    Keys: ``rate``; ``longitudinal``, the part with a meson of helicity 0 (for Λ, a pair). :class:`InputError` for q²
    outside phase space and for a state above threshold.

    >>> import nutau
    >>> inputs, row = nutau.load_inputs(), states.transition("B0->K*")
    >>> form = densities(inputs, inputs.parameters.mapping(), row, Scalars(1.0), [6.0])["rate"]
    >>> float(form([0.0, 1e-9, 0.0, 0.0])[0]) > float(form([1e-9, 0.0, 0.0, 0.0])[0]) == 0.0
    True
    """
    return states.densities(inputs, par, row, state, q2, _terms)


def forms(
    inputs: Inputs,
    par: Mapping[str, Array],
    row: Transition,
    state: Scalars | RealScalars,
    q2_range: Range = None,
) -> dict[str, Quadratic]:
    """The :func:`densities` integrated over a bin (all of phase space if None), in GeV."""
    return states.forms(inputs, par, row, state, q2_range, _terms)


def _terms(
    inputs: Inputs, par: ParametersAtNodes, row: Transition, state: Scalars | RealScalars, q2: Array
) -> dict[str, list[Term]]:
    hadron = currents(inputs, par, row, q2)
    at = states.kinematics(state, q2)
    space = state.copies * rate_factor(par, row, q2) * at.velocity / (8.0 * math.pi)
    density = densities_over_currents(quark_masses(par, row))
    rate, longitudinal = [], []
    for parity, timelike in hadron.timelike.items():
        scalar, vector = ("CS", "CV") if parity == "V" else ("CP", "CA")
        parts = [({f"{scalar}_bsphiphi": 1.0}, density[parity] * timelike)]
        if f"{vector}_bsphiphi" in state.basis:
            parts.append(({f"{vector}_bsphiphi": 1.0}, at.total * at.gap * timelike))
        longitudinal.append(Term(space, amplitude(state.basis, *parts)))
    rate += longitudinal
    for wave in hadron.waves:
        name = "CV_bsphiphi" if wave.parity == "V" else "CA_bsphiphi"
        if name in state.basis:
            rate.append(
                Term(space * at.velocity**2 / 3.0, amplitude(state.basis, ({name: 1.0}, wave.vector)))
            )
            longitudinal += rate[-1:] if wave.longitudinal else []
    return {"rate": rate, "longitudinal": longitudinal}
