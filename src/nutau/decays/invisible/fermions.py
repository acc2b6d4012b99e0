r"""b → s with two fermions of any masses, Dirac or Majorana: vector, scalar and tensor operators.

.. math::
    \mathcal L=\sum C_{XY}\,(\bar s\,\Gamma_X b)(\bar\chi_1\Gamma_Y\chi_2)+\mathrm{h.c.},\qquad
    VV, VA, AV, AA, SS, SP, PS, PP, TT, TT_5

with :math:`\gamma^\mu,\gamma^\mu\gamma_5,1,\gamma_5,\sigma^{\mu\nu}` and, in :math:`TT_5`,
:math:`\sigma_{\mu\nu}\gamma_5` between the χ; C in GeV\ :sup:`-2`. The operator creates a :math:`\chi_1` and an
anti-:math:`\chi_2`. With the masses in
:math:`\mu_\pm=(m_1\pm m_2)/\sqrt{q^2}`, :math:`\beta_\pm^2=1-\mu_\pm^2`, a vector current of the quarks (A with the
second names) and the helicity h/2 of :math:`\chi_1`,

.. math::
    \frac{d\Gamma_h}{dq^2}=\frac{\sqrt\lambda\,\beta_+\beta_-}{256\pi^3M^3}\Big\{&
    \tfrac23\sum_w\big|\beta_-(V_wC_{VV}+2\mu_+T_wC_{TT})+h\beta_+(V_wC_{VA}+2\mu_-T_wC_{TT_5})\big|^2\\
    +&\tfrac13\sum_w\big|\beta_-(\mu_+V_wC_{VV}+2T_wC_{TT})-h\beta_+(\mu_-V_wC_{VA}+2T_wC_{TT_5})\big|^2\\
    +&V_t^2\big|\beta_-(\mu_+C_{VA}+rC_{SP})-h\beta_+(\mu_-C_{VV}+rC_{SS})\big|^2\Big\}+(V\to A),

:math:`r=\sqrt{q^2}/(m_b-m_s)` (for A :math:`-\sqrt{q^2}/(m_b+m_s)`), and the matrix elements of
:mod:`~nutau.decays.invisible.hadrons`. Derived here; the tests compare with explicit spinors, with the decays to
charged leptons and with EOS. A Majorana fermion has no VV, AV, TT and TT5, and twice the rate of the others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from nutau.common.arrays import Array
from nutau.common.kinematics import ParametersAtNodes, Range, safe_sqrt
from nutau.decays.assembly import Amplitude, Combination, Term, amplitude
from nutau.decays.invisible import states
from nutau.decays.invisible.hadrons import (
    Currents,
    Transition,
    currents,
    densities_over_currents,
    quark_masses,
    rate_factor,
)
from nutau.decays.invisible.states import Kinematics, Pair, Twins
from nutau.eft.algebra import Quadratic
from nutau.eft.wilson import Basis
from nutau.inputs import Inputs

OPERATORS = ("VV", "VA", "AV", "AA", "SS", "SP", "PS", "PP", "TT", "TT5")
"""The quark current, then that of the fermions."""
DIRAC = Basis("invisible", "Dirac fermions", tuple(f"C{name}_bschichi" for name in OPERATORS))
MAJORANA = Basis(
    "invisible", "Majorana fermions", tuple(f"C{n}_bschichi" for n in ("VA", "AA", "SS", "SP", "PS", "PP"))
)


class Dirac(Pair):
    """A fermion and an antifermion, of the masses ``first`` and ``second`` in GeV (equal if one is given)."""

    @property
    def basis(self) -> Basis:
        """All ten operators."""
        return DIRAC


class Majorana(Twins):
    """Two Majorana fermions of one kind, of the mass ``first`` in GeV."""

    @property
    def basis(self) -> Basis:
        """The six operators that do not vanish."""
        return MAJORANA


def densities(
    inputs: Inputs, par: Mapping[str, Array], row: Transition, state: Dirac | Majorana, q2: Array
) -> dict[str, Quadratic]:
    """dΓ/dq² in 1/GeV at ``q2`` ``(nodes,)`` in GeV²; matrices ``(..., nodes, 1 + n, 1 + n)``, n coefficients.

    Keys: ``rate``; ``longitudinal``, the part with a meson of helicity 0 (for Λ, a pair); ``plus`` and ``minus``, the
    helicity of the first fermion in the rest frame of the pair. :class:`InputError` for q² outside phase space and for
    a state above threshold.

    >>> import nutau
    >>> inputs = nutau.load_inputs()
    >>> row, pair = states.transition("B+->K"), Dirac(0.6)
    >>> form = densities(inputs, inputs.parameters.mapping(), row, pair, [4.0])["rate"]
    >>> float(form([1e-8 if "CVV" in name else 0 for name in DIRAC.coefficients])[0]) > 0
    True
    """
    return states.densities(inputs, par, row, state, q2, _terms)


def forms(
    inputs: Inputs,
    par: Mapping[str, Array],
    row: Transition,
    state: Dirac | Majorana,
    q2_range: Range = None,
) -> dict[str, Quadratic]:
    """The :func:`densities` integrated over a bin (all of phase space if None), in GeV."""
    return states.forms(inputs, par, row, state, q2_range, _terms)


def _terms(
    inputs: Inputs, par: ParametersAtNodes, row: Transition, state: Dirac | Majorana, q2: Array
) -> dict[str, list[Term]]:
    hadron = currents(inputs, par, row, q2)
    names = {name: {f"C{name}_bschichi": 1.0} for name in OPERATORS if f"C{name}_bschichi" in state.basis}
    at = states.kinematics(state, q2)
    factor = state.copies * rate_factor(par, row, q2)
    return pair_terms(hadron, at, quark_masses(par, row), factor, names, state.basis)


def pair_terms(
    hadron: Currents,
    at: Kinematics,
    quarks: tuple[Array, Array],
    factor: Array,
    names: Mapping[str, Combination],
    basis: Basis,
) -> dict[str, list[Term]]:
    """The terms of the module's first lines; ``names`` are the :data:`OPERATORS` as combinations of ``basis``.

    ``factor`` stands before the squared amplitudes integrated over phase space. Operators without a name are absent.
    """
    space = factor * at.velocity / (8.0 * math.pi)
    above, beside = safe_sqrt(at.above), safe_sqrt(at.beside)
    named = {name: names.get(name, {}) for name in OPERATORS}
    density = {parity: at.root * ratio for parity, ratio in densities_over_currents(quarks).items()}
    found: dict[str, list[Term]] = {"plus": [], "minus": [], "longitudinal": []}

    def add(weight: Array, longitudinal: bool, even: Parts, odd: Parts) -> None:
        both = _helicities(basis, even, odd)
        for key, one in zip(("plus", "minus"), both, strict=True):
            found[key].append(Term(weight, one))
            found["longitudinal"] += found[key][-1:] if longitudinal else []

    for parity, timelike in hadron.timelike.items():
        vector, axial, scalar, pseudo = (
            named[name] for name in (("VV", "VA", "SS", "SP") if parity == "V" else ("AV", "AA", "PS", "PP"))
        )
        low, high = beside * timelike, -above * timelike
        add(
            space,
            True,
            [(axial, low * at.total), (pseudo, low * density[parity])],
            [(vector, high * at.gap), (scalar, high * density[parity])],
        )
    for wave in hadron.waves:
        names_of = ("VV", "TT", "VA", "TT5") if wave.parity == "V" else ("AV", "TT5", "AA", "TT")
        current, tensor, current_5, tensor_5 = (named[name] for name in names_of)
        low, high, dipole = beside * wave.vector, above * wave.vector, 2.0 * wave.tensor
        low_dipole, high_dipole = beside * dipole, above * dipole
        add(
            2.0 / 3.0 * space,
            wave.longitudinal,
            [(current, low), (tensor, low_dipole * at.total)],
            [(current_5, high), (tensor_5, high_dipole * at.gap)],
        )
        add(
            1.0 / 3.0 * space,
            wave.longitudinal,
            [(current, low * at.total), (tensor, low_dipole)],
            [(current_5, -high * at.gap), (tensor_5, -high_dipole)],
        )
    return {"rate": [*found["plus"], *found["minus"]], **found}


Parts = list[tuple[Combination, Array]]


def _helicities(basis: Basis, even: Parts, odd: Parts) -> tuple[Amplitude, Amplitude]:
    """The amplitudes of both helicities of the first fermion, in which what is ``odd`` has the other sign.

    Parts whose operators do not exist are left out; if none does, one stays that multiplies nothing.
    """
    parts = [(part, 1.0) for part in even if part[0]] + [(part, -1.0) for part in odd if part[0]]
    parts = parts or [(even[0], 1.0)]
    plus = amplitude(basis, *(part for part, _ in parts))
    signs = np.array([sign for _, sign in parts])
    return plus, Amplitude(plus.values, signs[:, None] * plus.spread)
