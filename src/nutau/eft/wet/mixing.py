r"""Running of the mixing of neutral mesons from 4.8 GeV to where lattice QCD gives kaons and D mesons.

Leading order in QCD with four flavours (:cite:`Buras:2000if`), :math:`C(\mu)=\eta^{\gamma^T/2\beta_0}C(4.8)`,
:math:`\eta=\alpha_s(4.8)/\alpha_s(\mu)`, QED (1e-3) left out. In WCxf's operators

.. math::
    \gamma^T_{VLL}=4,\qquad
    \gamma^T_{VLR,SLR}=\begin{pmatrix}2&0\\12&-16\end{pmatrix},\qquad
    \gamma^T_{SLL,TLL}=\begin{pmatrix}-10&40\\-1/6&34/3\end{pmatrix}.

Above 4.8 GeV :mod:`nutau.eft.wet.running` has the same numbers with QED.
"""

from __future__ import annotations

import numpy as np

from nutau.common.arrays import Array, namespace
from nutau.eft import qcd
from nutau.eft.wet.basis import MU_B

OPERATORS = ("CVLL", "CVRR", "CVLR", "CSLR", "CSLL", "CSRR", "CTLL", "CTRR")
"""The order of rows and columns."""
FLAVOURS = 4
BETA0 = 11.0 - 2.0 / 3.0 * FLAVOURS


def _gamma() -> Array:
    found = np.zeros((8, 8))
    found[0, 0] = found[1, 1] = 4.0
    found[np.ix_((2, 3), (2, 3))] = [[2.0, 0.0], [12.0, -16.0]]
    for scalar, tensor in ((4, 6), (5, 7)):
        found[np.ix_((scalar, tensor), (scalar, tensor))] = [[-10.0, 40.0], [-1.0 / 6.0, 34.0 / 3.0]]
    return found


def evolution(scale: float, alpha_s: Array) -> Array:
    r""":math:`\eta^{\gamma^T/2\beta_0}` from 4.8 GeV to ``scale`` (GeV), ``(..., 8, 8)`` in the order of ``OPERATORS``.

    ``alpha_s`` is the coupling at 91.1876 GeV, of any shape.
    """
    powers, vectors = np.linalg.eig(_gamma())
    eta = qcd.alpha_s(alpha_s, MU_B, FLAVOURS) / qcd.alpha_s(alpha_s, scale, FLAVOURS)
    xp = namespace(eta)
    factors = xp.asarray(eta)[..., None] ** (powers / (2.0 * BETA0))
    return (vectors * factors[..., None, :]) @ np.linalg.inv(vectors)
