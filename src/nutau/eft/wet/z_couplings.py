r"""Shifts of the Z couplings to charged leptons, dimensionless, at :math:`m_Z`.

:math:`L = \frac{g}{c_W} Z_\mu \sum_\ell \bar\ell\gamma^\mu\big[(g_L+\delta g_L)P_L + (g_R+\delta g_R)P_R\big]\ell` with
:math:`g_L = s_W^2-\frac12`, :math:`g_R = s_W^2`, :cite:`Jenkins:2017jig`. They are real, stand beside the coefficients
of the weak theory and do not run below :math:`m_Z`. WCxf has no names for them; these are nutau's.
"""

from __future__ import annotations

from nutau.eft.wilson import Basis

LEPTONS = ("e", "mu", "tau")

Z_COUPLINGS = Basis("WET", "flavio", tuple(f"dg{side}_Z{x}{x}" for x in LEPTONS for side in ("L", "R")))
