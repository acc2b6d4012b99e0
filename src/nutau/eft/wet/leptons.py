r"""The leptonic WET coefficients of tau decays in GeV\ :sup:`-2`, WCxf 'flavio' (:cite:`Aebischer:2017ugx`).

:math:`H = -\sum C_i O_i`; in each current the name lists the annihilated lepton first: ``CVLR_mumutaumu``
multiplies :math:`(\bar\mu_L\gamma\mu_L)(\bar\mu_R\gamma\tau_R)`, ``CVLL_nutaunumumutau``
:math:`(\bar\nu_\mu\gamma\nu_\tau)(\bar\tau_L\gamma\mu_L)`, whose SM value is :math:`-4G_F/\sqrt2`.
``Cgamma_taumu``, in 1/GeV, multiplies :math:`\bar\mu\sigma^{\alpha\beta}P_R\tau\,F_{\alpha\beta}`, ``Cgamma_mutau``
:math:`\bar\tau\sigma^{\alpha\beta}P_R\mu\,F_{\alpha\beta}`.
"""

from __future__ import annotations

from nutau.eft.wilson import Basis

TAU_3MU = ("CVLL_mumutaumu", "CVRR_mumutaumu", "CVLR_mumutaumu", "CVLR_taumumumu")

TAU_MUNUNU = (
    *("CVLL_nuenuetaumu", "CVLL_numunumutaumu", "CVLL_nutaunutautaumu"),
    *("CVLL_numunuemutau", "CVLL_numunuetaumu", "CVLL_nutaunuemutau", "CVLL_nutaunuetaumu"),
    *("CVLL_nutaunumumutau", "CVLL_nutaunumutaumu"),
)
TAU_ENUNU = (
    *("CVLL_nuenuetaue", "CVLL_numunumutaue", "CVLL_nutaunutautaue"),
    *("CVLL_numunueetau", "CVLL_numunuetaue", "CVLL_nutaunueetau", "CVLL_nutaunuetaue"),
    *("CVLL_nutaunumuetau", "CVLL_nutaunumutaue"),
)

TAU_MUGAMMA = ("Cgamma_taumu", "Cgamma_mutau")
TAU_EGAMMA = ("Cgamma_taue", "Cgamma_etau")

LEPTONS = Basis("WET", "flavio", (*TAU_3MU, *TAU_MUNUNU, *TAU_ENUNU, *TAU_MUGAMMA, *TAU_EGAMMA))
