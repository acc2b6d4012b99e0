r"""The tree-level background :math:`B^+\to\tau^+\nu_\tau`, :math:`\tau^+\to K^{(*)+}\bar\nu_\tau` of
:math:`B^+\to K^{(*)+}\nu\bar\nu`.

A τ on its mass shell in the same final state, 10 to 15 % of the rate. Experiments count it as background, and it is
left out of predictions unless asked for. Formulas: :cite:`Kamenik:2009kc`, :cite:`Becirevic:2023aov`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import ParametersAtNodes, Range
from nutau.decays import b_to_lnu
from nutau.decays.assembly import matrixwise
from nutau.decays.b_to_snunu import BASIS as NUNU
from nutau.decays.b_to_snunu import Process
from nutau.eft.algebra import Quadratic
from nutau.eft.ckm import tree_ckm
from nutau.eft.wet.basis import UB_TAUNU
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inputs import Inputs

BASIS = Basis(NUNU.eft, NUNU.name, (*NUNU.coefficients, *UB_TAUNU))
"""What :math:`B^+\to K^{(*)+}\nu\bar\nu` depends on with the background: b → sνν and b → uτν."""

_TO_TAU = next(row for row in b_to_lnu.PROCESSES if row.name == "B+->taunu")


def add(
    rate: Quadratic, inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> Quadratic:
    """``rate`` with the background in a bin, on :data:`BASIS`."""
    return rate.on(BASIS) + tree_level(inputs, par, process, q2_range).on(BASIS)


def add_density(
    rate: Quadratic, inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array
) -> Quadratic:
    """The same per GeV², at points ``q2``."""
    return rate.on(BASIS) + tree_level_density(inputs, par, process, q2).on(BASIS)


def tree_level(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> Quadratic:
    r"""The rate of :math:`B^+\to\tau^+\nu`, :math:`\tau^+\to M^+\bar\nu_\tau` in a bin, in GeV; ``(..., 16, 16)``.

    :math:`\Gamma(B\to\tau\nu)\,\mathrm{BR}(\tau\to M\nu)`, Eqs. (20) and (22) of :cite:`Becirevic:2023aov`
    (:cite:`Kamenik:2009kc`). The first factor is the form of :mod:`nutau.decays.b_to_lnu`, with its new physics in
    b → uτν and its electroweak correction; the second is the SM's, with ``f_K+`` or ``f_K*+``. A B has no spin and the
    neutrino is left-handed, so that the τ⁺ has one helicity whatever the operators, and q² is linear in its decay
    angle: :math:`d\Gamma/dq^2\propto 1+\alpha(1-2q^2/e)` on
    :math:`0<q^2<e=(m_B^2-m_\tau^2)(m_\tau^2-m_M^2)/m_\tau^2`, :math:`\alpha=1` for K and
    :math:`(m_\tau^2-2m_M^2)/(m_\tau^2+2m_M^2)` for K*. The interference with the loop amplitude is
    :math:`O(\Gamma_\tau/m_\tau)`.
    """
    fraction, end, alpha = _tau_decay(par, process)
    low, high = (None, None) if q2_range is None else q2_range
    xp = namespace(end)
    start = xp.minimum((0.0 if low is None else low) / end, 1.0)
    stop = xp.ones_like(end) if high is None else xp.minimum(high / end, 1.0)
    inside = (stop - start) * (1.0 + alpha) - alpha * (stop * stop - start * start)
    return _to_tau(inputs, par) * (fraction * inside)


def tree_level_density(inputs: Inputs, par: Mapping[str, Array], process: Process, q2: Array) -> Quadratic:
    """The same per GeV² at points ``q2`` ``(nodes,)``; ``(..., nodes, 16, 16)``."""
    at_nodes = ParametersAtNodes(par)
    row = at_nodes.row(q2)
    fraction, end, alpha = _tau_decay(at_nodes, process)
    inside = namespace(row, end).where(row < end, 1.0, 0.0)
    weight = inside * fraction / end * (1.0 + alpha * (1.0 - 2.0 * row / end))
    form = _to_tau(inputs, par)
    return Quadratic(form.matrix[..., None, :, :] * matrixwise(weight).astype(complex), form.basis)


def _to_tau(inputs: Inputs, par: Mapping[str, Array]) -> Quadratic:
    return b_to_lnu.forms(inputs, par, _TO_TAU)["rate"]


def _tau_decay(par: Mapping[str, Array], process: Process) -> tuple[Array, Array, Array]:
    """BR(τ → Mν), the end of the range in q², the slope in the decay angle."""
    if not process.charged:
        raise InputError(
            f"{process.name} has no tree-level contribution of a τ: only charged B mesons have one."
        )
    vector = process.meson == "m_K*+"
    heavy, light, tau = par[process.parent], par[process.meson], par["m_tau"]
    decay_constant = par["f_K*+" if vector else "f_K+"]
    spin = 2.0 * light**2 / tau**2 if vector else 0.0
    ckm = tree_ckm(par)
    width = (par["GF"] * namespace(ckm.us).abs(ckm.us) * decay_constant) ** 2 * tau**3 / (16.0 * math.pi)
    width = width * (1.0 - light**2 / tau**2) ** 2 * (1.0 + spin)
    end = (heavy**2 - tau**2) * (tau**2 - light**2) / tau**2
    return width * par["tau_tau"], end, (1.0 - spin) / (1.0 + spin)
