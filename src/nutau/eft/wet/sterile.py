r"""The coefficients of b → cτN with a right-handed, sterile neutrino N, at 4.8 GeV; WCxf has no names for them.

:math:`H=\frac{4G_F}{\sqrt2}V_{cb}\sum C_iO_i`: ``CVLR`` multiplies :math:`(\bar c_L\gamma b_L)(\bar\tau_R\gamma N_R)`,
``CVRR`` :math:`(\bar c_R\gamma b_R)`, ``CSLR`` :math:`(\bar c_Rb_L)(\bar\tau_LN_R)`, ``CSRR`` :math:`(\bar c_Lb_R)`,
``CTRR`` :math:`(\bar c_L\sigma b_R)(\bar\tau_L\sigma N_R)`.
"""

from __future__ import annotations

from nutau.eft.wilson import Basis

STERILE = Basis("WET", "sterile", ("CVLR_bctauN", "CVRR_bctauN", "CSLR_bctauN", "CSRR_bctauN", "CTRR_bctauN"))
