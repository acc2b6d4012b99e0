r""":math:`Z\to\ell\ell` at tree level with shifted couplings, for ratios of lepton flavours.

.. math:: \Gamma = \frac{\sqrt2 G_F m_Z^3}{6\pi}\,\beta\big[(1-y)(|g_L|^2+|g_R|^2) + 6y\,\mathrm{Re}\,g_L^*g_R\big],
   \qquad y = \frac{m_\ell^2}{m_Z^2},\quad \beta^2 = 1-4y,

with :math:`g_L = s_W^2-\frac12+\delta g_L`, :math:`g_R = s_W^2+\delta g_R` (:mod:`nutau.eft.wet.z_couplings`;
:cite:`ALEPH:2005ab`, with the mass of the lepton). Electroweak corrections, shifts of :math:`G_F`, :math:`s_W` and
oblique ones are the same for all leptons and drop out of ratios; the width itself is no prediction. Mediators enter by
the logarithm of the running from their mass; the finite terms of their loops (of scalar leptoquarks:
:cite:`Arnan:2019olv`) are left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from nutau.common.arrays import Array, namespace
from nutau.eft.algebra import Quadratic
from nutau.eft.wilson import Basis
from nutau.inputs import Inputs


@dataclass(frozen=True)
class Process:
    """A decay of the Z into a lepton and its antiparticle."""

    name: str
    lepton: str

    @property
    def basis(self) -> Basis:
        """The two coefficients of this decay."""
        return Basis("WET", "flavio", tuple(f"dg{side}_Z{self.lepton}{self.lepton}" for side in ("L", "R")))


PROCESSES = tuple(Process(f"Z->{lepton}{lepton}", lepton) for lepton in ("tau", "mu", "e"))


def forms(inputs: Inputs, par: Mapping[str, Array], process: Process) -> dict[str, Quadratic]:
    """``rate``: the tree-level width in GeV as a form of the two shifts."""
    del inputs
    m_z, s2w = par["m_Z"], par["s2w"]
    xp = namespace(m_z, s2w, par["GF"])
    y = xp.asarray((par[f"m_{process.lepton}"] / m_z) ** 2)
    width = math.sqrt(2.0) * par["GF"] * m_z**3 / (6.0 * math.pi) * xp.sqrt(1.0 - 4.0 * y)
    same, crossed = xp.asarray(width * (1.0 - y)), xp.asarray(width * 3.0 * y)
    couplings = xp.stack([xp.stack([same, crossed], axis=-1), xp.stack([crossed, same], axis=-1)], axis=-2)
    sm = xp.stack(xp.broadcast_arrays(xp.asarray(s2w - 0.5), xp.asarray(s2w)), axis=-1)[..., None]
    unit = xp.broadcast_to(xp.eye(2), (*sm.shape[:-2], 2, 2))
    amplitudes = xp.concatenate([sm, unit], axis=-1)  # (g_L, g_R) of (1, dgL, dgR)
    matrix = xp.swapaxes(amplitudes, -1, -2) @ couplings @ amplitudes
    return {"rate": Quadratic(matrix.astype(complex), process.basis)}
