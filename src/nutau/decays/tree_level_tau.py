r"""The tree-level background :math:`B^+\to\tau^+\nu_\tau`, :math:`\tau^+\to K^{(*)+}\bar\nu_\tau` of
:math:`B^+\to K^{(*)+}\nu\bar\nu`.

A τ on its mass shell in the same final state, 10 to 15 % of the rate. Experiments count it as background, and it is
left out of predictions unless asked for. Formulas: :cite:`Kamenik:2009kc`, :cite:`Becirevic:2023aov`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from nutau.arrays import Array, namespace
from nutau.ckm import tree_ckm
from nutau.decays.b_to_snunu import Process
from nutau.errors import InputError
from nutau.kinematics import Range


def tree_level(par: Mapping[str, Array], process: Process, q2_range: Range = None) -> Array:
    r"""The rate of :math:`B^+\to\tau^+\nu_\tau`, :math:`\tau^+\to M^+\bar\nu_\tau` in a bin, in GeV.

    :math:`\Gamma(B\to\tau\nu)\,\Gamma(\tau\to M\nu)/\Gamma_\tau` with :math:`V_{ub}V_{us}^*` and decay
    constants ``f_B+`` and ``f_K+`` or ``f_K*+``, Eqs. (20) and (22) of :cite:`Becirevic:2023aov`
    (:cite:`Kamenik:2009kc`). The τ⁺ is polarised, so that q² is linear in its decay angle,
    :math:`d\Gamma/dq^2\propto 1+\alpha(1-2q^2/e)` on
    :math:`0<q^2<e=(m_B^2-m_\tau^2)(m_\tau^2-m_M^2)/m_\tau^2`, :math:`\alpha=1` for K and
    :math:`(m_\tau^2-2m_M^2)/(m_\tau^2+2m_M^2)` for K*. The interference with the loop amplitude is
    :math:`O(\Gamma_\tau/m_\tau)`.
    """
    total, end, alpha = _tree_level(par, process)
    low, high = (None, None) if q2_range is None else q2_range
    xp = namespace(total, end)
    start = xp.minimum((0.0 if low is None else low) / end, 1.0)
    stop = xp.ones_like(end) if high is None else xp.minimum(high / end, 1.0)
    return total * ((stop - start) * (1.0 + alpha) - alpha * (stop * stop - start * start))


def tree_level_density(par: Mapping[str, Array], process: Process, q2: Array) -> Array:
    """The same per GeV² at ``q2`` (broadcasts with the parameters)."""
    total, end, alpha = _tree_level(par, process)
    inside = namespace(q2, end).where(q2 < end, 1.0, 0.0)
    return inside * total / end * (1.0 + alpha * (1.0 - 2.0 * q2 / end))


def _tree_level(par: Mapping[str, Array], process: Process) -> tuple[Array, Array, Array]:
    """Total rate, end of its range in q², slope in the decay angle."""
    if not process.charged:
        raise InputError(
            f"{process.name} has no tree-level contribution of a τ: only charged B mesons have one."
        )
    vector = process.meson == "m_K*+"
    heavy, light, tau = par[process.parent], par[process.meson], par["m_tau"]
    decay_constant = par["f_K*+" if vector else "f_K+"]
    spin = 2.0 * light**2 / tau**2 if vector else 0.0
    ckm = tree_ckm(par)
    xp = namespace(ckm.ub)
    to_tau = (par["GF"] * xp.abs(ckm.ub) * par["f_B+"]) ** 2 * heavy * tau**2 / (8.0 * math.pi)
    to_tau = to_tau * (1.0 - tau**2 / heavy**2) ** 2
    to_meson = (par["GF"] * xp.abs(ckm.us) * decay_constant) ** 2 * tau**3 / (16.0 * math.pi)
    to_meson = to_meson * (1.0 - light**2 / tau**2) ** 2 * (1.0 + spin)
    end = (heavy**2 - tau**2) * (tau**2 - light**2) / tau**2
    return to_tau * to_meson * par["tau_tau"], end, (1.0 - spin) / (1.0 + spin)
