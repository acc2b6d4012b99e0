r"""Inclusive :math:`B\to X_s\nu\bar\nu`, from the measured :math:`B\to X_c\ell\nu` rate.

For a massless strange quark the decay is :math:`b\to u\ell\nu` with another coupling: corrections in
:math:`\alpha_s` and :math:`1/m_b` are the same to all orders and cancel in the ratio, and so does
:math:`m_b^5`:

.. math::
    \Gamma = \frac{\Gamma(X_ce\nu)}{C}\frac{|\xi_t|^2}{|V_{cb}|^2}\Big(\frac{\alpha_e}{2\pi c}\Big)^2
        \sum_{ij}\Big[f(\rho)\big(|C_L^{ij}|^2+|C_R^{ij}|^2\big)-g(\rho)\,\mathrm{Re}\,C_L^{ij}C_R^{ij*}\Big],

:math:`C=|V_{ub}/V_{cb}|^2\,\Gamma(X_ce\nu)/\Gamma(X_ue\nu)` (the parameter ``C_BXlnu``), c the electroweak
correction to the semileptonic amplitude, :math:`\rho=(m_s/m_b)^2` and the tree-level phase space

.. math::
    f = 1-8\rho+8\rho^3-\rho^4-12\rho^2\ln\rho, \qquad
    g = 4\sqrt\rho\,[1+9\rho-9\rho^2-\rho^3+6\rho(1+\rho)\ln\rho],

those of :cite:`Altmannshofer:2009ma`, integrated. Two neutrinos (:mod:`nutau.decays.b_to_snunu`) have the phase space
of free quarks over f: at tree level only, since the corrections to scalar and tensor densities are not those of the
current, and the quark mass that their coefficients belong to is that at 4.8 GeV. Not in the ratio:
:math:`O(\alpha_sm_s/m_b)`, and weak annihilation, 1 to 3 % of :math:`b\to u\ell\nu`. The rate is one for both charges,
whose branching ratios differ by their lifetimes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.common.kinematics import Range, root_map
from nutau.decays import b_to_snunu as shared
from nutau.decays.charged import sm_coefficient
from nutau.decays.invisible.hadrons import BARYON, of_baryon
from nutau.eft.algebra import Quadratic
from nutau.eft.ckm import tree_ckm
from nutau.eft.qcd import at_scale_b
from nutau.eft.wet.standard_model import b_to_s_nunu
from nutau.eft.wilson import Basis
from nutau.errors import InputError
from nutau.inputs import Inputs

NODES = 16


@dataclass(frozen=True)
class Process:
    """An inclusive decay; the lifetime by parameter name."""

    name: str
    lifetime: str

    @property
    def basis(self) -> Basis:
        """C_L of the nine pairs of flavours, C_R in the same order, then the fifteen of two neutrinos."""
        return shared.BASIS


PROCESSES = (Process("B+->Xsnunu", "tau_B+"), Process("B0->Xsnunu", "tau_B0"))


def forms(
    inputs: Inputs, par: Mapping[str, Array], process: Process, q2_range: Range = None
) -> dict[str, Quadratic]:
    """``rate``: the total rate in GeV, of either charge, matrix ``(..., 34, 34)``.

    Raises :class:`InputError` if a bin is asked for: only the total rate is free of shape functions.
    """
    if q2_range is not None:
        raise InputError(
            f"{process.name} is predicted in total only; the bin {q2_range} of q² was asked for."
        )
    at = at_scale_b(par)
    ckm = tree_ckm(par)
    xp = namespace(ckm.cb, at.m_b)
    lifetime = 0.5 * (par["tau_B+"] + par["tau_B0"])  # the branching ratio is of an equal mixture
    partonic = par["BR(B->Xcenu)_exp"] / lifetime / par["C_BXlnu"]
    coupling = (xp.abs(ckm.lambda_t()) / par["Vcb"] * at.alpha_e / (2.0 * math.pi * sm_coefficient(par))) ** 2
    rho = (at.m_s / at.m_b) ** 2
    squares, product = phase_space(rho)
    total = partonic * coupling
    c_sm = b_to_s_nunu(par, at)
    # |L|² + |R|² = (|L + R|² + |L - R|²)/2, Re L R* = (|L + R|² - |L - R|²)/4
    plus, minus = (total * (0.5 * squares + sign * 0.25 * product) for sign in (-1.0, 1.0))
    more = shared.Beyond(*(total * squares * share for share in densities_over_vectors(rho)))
    return {"rate": shared.form(c_sm, plus, minus, more)}


def densities_over_vectors(rho: Array) -> tuple[Array, Array, Array]:
    r""":math:`I_S`, :math:`I_P` and :math:`I_T` of free quarks over what multiplies :math:`|C_L|^2` there.

    1/8, 1/8 and 12 for a massless strange quark.
    """
    xp = namespace(rho)
    light = xp.sqrt(xp.asarray(rho))[..., None]
    end = (1.0 - light) ** 2
    nodes = root_map(0.0 * end, end, end, NODES, np.ndim(rho))
    masses, ones = (1.0, light), dict.fromkeys(BARYON, 1.0)
    waves = of_baryon(*masses, ones, nodes.q2).waves
    vectors = (2.0 / 3.0) * shared.space(masses, nodes.q2) * sum(wave.vector**2 for wave in waves)
    scalar, pseudoscalar, along, across = shared.beyond(masses, "baryon", masses, ones, nodes.q2)
    parts = scalar, pseudoscalar, along + across
    squares, *found = (xp.sum(nodes.weights * part, axis=-1) for part in (vectors, *parts))
    first, second, third = (part / squares for part in found)
    return first, second, third


def phase_space(rho: Array) -> tuple[Array, Array]:
    """f and g of the module's first lines; f(0) = 1, g(0) = 0."""
    xp = namespace(rho)
    log = xp.log(rho)
    squares = 1.0 - 8.0 * rho + 8.0 * rho**3 - rho**4 - 12.0 * rho**2 * log
    product = 1.0 + 9.0 * rho - 9.0 * rho**2 - rho**3 + 6.0 * rho * (1.0 + rho) * log
    return squares, 4.0 * xp.sqrt(rho) * product
