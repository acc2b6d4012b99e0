r"""The WET coefficients that nutau uses, by sector, in the WCxf 'flavio' basis of :cite:`Aebischer:2017ugx`.

Five flavours; only new physics is held. With :math:`\xi_t = V_{tb}V_{ts}^*` the normalisations are

* b -> s l l: :math:`H = -\frac{4G_F}{\sqrt2}\xi_t\frac{\alpha_e}{4\pi}\sum C_i O_i`; C9, C10 vectors, CS, CP
  with the running :math:`m_b` in the operator (1/GeV), C7 and C8 with :math:`m_b/e` and :math:`m_b g_s/e^2`;
  a prime exchanges the quark chiralities. A name lists the annihilated lepton first: ``C9_bsmutau``
  multiplies :math:`(\bar s_L\gamma b_L)(\bar\tau\gamma\mu)`, so that a b decays to :math:`\mu^+\tau^-`;
* b -> d l l: the same with d for s, :math:`\xi_t = V_{tb}V_{td}^*`; only what :math:`B^0\to\ell\ell'` needs;
* b -> s nu nu: the same prefactor and the same order, ``CL_bsnumunutau`` multiplies
  :math:`(\bar s_L\gamma b_L)(\bar\nu_\tau\gamma(1-\gamma_5)\nu_\mu)`;
* b -> s nu nu with two neutrinos instead of a neutrino and an antineutrino (lepton number changes by two): the same
  prefactor, ``CSL_bsnumunutau`` multiplies :math:`(\bar s_Rb_L)(\bar\nu^c_\mu(1-\gamma_5)\nu_\tau)`, ``CSR``
  :math:`(\bar s_Lb_R)`, ``CT`` :math:`(\bar s_R\sigma b_L)(\bar\nu^c\sigma(1-\gamma_5)\nu)`, which needs two flavours;
  WCxf has no names for these, and every operator stands once in the sum;
* b -> q l nu, q = c, u: :math:`H = \frac{4G_F}{\sqrt2}V_{qb}\sum C_i O_i`; ``CSL`` multiplies
  :math:`(\bar q_R b_L)(\bar l_R\nu_L)`, ``CSR`` :math:`(\bar q_L b_R)(\bar l_R\nu_L)`, ``CT``
  :math:`(\bar q_R\sigma b_L)(\bar l_R\sigma\nu_L)`;
* s -> d nu nu: as b -> s nu nu with :math:`\xi_t = V_{ts}V_{td}^*`; ``CL_sdnumunutau`` multiplies
  :math:`(\bar d_L\gamma s_L)(\bar\nu_\tau\gamma(1-\gamma_5)\nu_\mu)`;
* c -> q tau nu and u -> q tau nu, q = s, d: as b -> q l nu, with :math:`V_{cq}` and :math:`V_{uq}`: ``CVL_sctaunutau``
  multiplies :math:`(\bar c_L\gamma s_L)(\bar\tau_L\gamma\nu_\tau)`; only what a leptonic decay needs;
* bs bs, bd bd, sd sd, uc uc: :math:`H = -\sum C_i O_i` in GeV\ :sup:`-2`; ``CVLL_ucuc`` multiplies
  :math:`(\bar c_L\gamma u_L)^2` and ``CVLL_bsbs`` :math:`(\bar s_L\gamma b_L)^2`.
"""

from __future__ import annotations

from nutau.eft.wilson import Basis

MU_B = 4.8
"""The scale (GeV) at which every decay takes its coefficients."""

SB_DIPOLE = ("C7_bs", "C7p_bs", "C8_bs", "C8p_bs")

SB_EE = (
    *("C9_bsee", "C9p_bsee", "C10_bsee", "C10p_bsee"),
    *("CS_bsee", "CSp_bsee", "CP_bsee", "CPp_bsee"),
)
SB_MUMU = (
    *("C9_bsmumu", "C9p_bsmumu", "C10_bsmumu", "C10p_bsmumu"),
    *("CS_bsmumu", "CSp_bsmumu", "CP_bsmumu", "CPp_bsmumu"),
)
SB_TAUTAU = (
    *("C9_bstautau", "C9p_bstautau", "C10_bstautau", "C10p_bstautau"),
    *("CS_bstautau", "CSp_bstautau", "CP_bstautau", "CPp_bstautau"),
)
SB_TAUMU = (
    *("C9_bsmutau", "C9p_bsmutau", "C10_bsmutau", "C10p_bsmutau"),
    *("CS_bsmutau", "CSp_bsmutau", "CP_bsmutau", "CPp_bsmutau"),
    *("C9_bstaumu", "C9p_bstaumu", "C10_bstaumu", "C10p_bstaumu"),
    *("CS_bstaumu", "CSp_bstaumu", "CP_bstaumu", "CPp_bstaumu"),
)
SB_TAUE = (
    *("C9_bsetau", "C9p_bsetau", "C10_bsetau", "C10p_bsetau"),
    *("CS_bsetau", "CSp_bsetau", "CP_bsetau", "CPp_bsetau"),
    *("C9_bstaue", "C9p_bstaue", "C10_bstaue", "C10p_bstaue"),
    *("CS_bstaue", "CSp_bstaue", "CP_bstaue", "CPp_bstaue"),
)
SB_EMU = (
    *("C9_bsemu", "C9p_bsemu", "C10_bsemu", "C10p_bsemu"),
    *("CS_bsemu", "CSp_bsemu", "CP_bsemu", "CPp_bsemu"),
    *("C9_bsmue", "C9p_bsmue", "C10_bsmue", "C10p_bsmue"),
    *("CS_bsmue", "CSp_bsmue", "CP_bsmue", "CPp_bsmue"),
)

DB_EE = (
    *("C9_bdee", "C9p_bdee", "C10_bdee", "C10p_bdee"),
    *("CS_bdee", "CSp_bdee", "CP_bdee", "CPp_bdee"),
)
DB_MUMU = (
    *("C9_bdmumu", "C9p_bdmumu", "C10_bdmumu", "C10p_bdmumu"),
    *("CS_bdmumu", "CSp_bdmumu", "CP_bdmumu", "CPp_bdmumu"),
)
DB_TAUTAU = (
    *("C9_bdtautau", "C9p_bdtautau", "C10_bdtautau", "C10p_bdtautau"),
    *("CS_bdtautau", "CSp_bdtautau", "CP_bdtautau", "CPp_bdtautau"),
)
DB_TAUMU = (
    *("C9_bdmutau", "C9p_bdmutau", "C10_bdmutau", "C10p_bdmutau"),
    *("CS_bdmutau", "CSp_bdmutau", "CP_bdmutau", "CPp_bdmutau"),
    *("C9_bdtaumu", "C9p_bdtaumu", "C10_bdtaumu", "C10p_bdtaumu"),
    *("CS_bdtaumu", "CSp_bdtaumu", "CP_bdtaumu", "CPp_bdtaumu"),
)
DB_TAUE = (
    *("C9_bdetau", "C9p_bdetau", "C10_bdetau", "C10p_bdetau"),
    *("CS_bdetau", "CSp_bdetau", "CP_bdetau", "CPp_bdetau"),
    *("C9_bdtaue", "C9p_bdtaue", "C10_bdtaue", "C10p_bdtaue"),
    *("CS_bdtaue", "CSp_bdtaue", "CP_bdtaue", "CPp_bdtaue"),
)
DB_EMU = (
    *("C9_bdemu", "C9p_bdemu", "C10_bdemu", "C10p_bdemu"),
    *("CS_bdemu", "CSp_bdemu", "CP_bdemu", "CPp_bdemu"),
    *("C9_bdmue", "C9p_bdmue", "C10_bdmue", "C10p_bdmue"),
    *("CS_bdmue", "CSp_bdmue", "CP_bdmue", "CPp_bdmue"),
)

SB_NUNU = (
    *("CL_bsnuenue", "CL_bsnuenumu", "CL_bsnuenutau"),
    *("CL_bsnumunue", "CL_bsnumunumu", "CL_bsnumunutau"),
    *("CL_bsnutaunue", "CL_bsnutaunumu", "CL_bsnutaunutau"),
    *("CR_bsnuenue", "CR_bsnuenumu", "CR_bsnuenutau"),
    *("CR_bsnumunue", "CR_bsnumunumu", "CR_bsnumunutau"),
    *("CR_bsnutaunue", "CR_bsnutaunumu", "CR_bsnutaunutau"),
)

SB_NUNU_SCALAR = (
    *("CSL_bsnuenue", "CSL_bsnuenumu", "CSL_bsnuenutau"),
    *("CSL_bsnumunumu", "CSL_bsnumunutau", "CSL_bsnutaunutau"),
    *("CSR_bsnuenue", "CSR_bsnuenumu", "CSR_bsnuenutau"),
    *("CSR_bsnumunumu", "CSR_bsnumunutau", "CSR_bsnutaunutau"),
)
SB_NUNU_TENSOR = ("CT_bsnuenumu", "CT_bsnuenutau", "CT_bsnumunutau")
TWO_NEUTRINOS = frozenset((*SB_NUNU_SCALAR, *SB_NUNU_TENSOR))
"""Coefficients that dimension six does not reach, since it conserves lepton number: zero, and in no table."""

CB_ENU = (
    *("CVL_bcenue", "CVR_bcenue", "CSL_bcenue", "CSR_bcenue", "CT_bcenue"),
    *("CVL_bcenumu", "CVR_bcenumu", "CSL_bcenumu", "CSR_bcenumu", "CT_bcenumu"),
    *("CVL_bcenutau", "CVR_bcenutau", "CSL_bcenutau", "CSR_bcenutau", "CT_bcenutau"),
)
CB_MUNU = (
    *("CVL_bcmunue", "CVR_bcmunue", "CSL_bcmunue", "CSR_bcmunue", "CT_bcmunue"),
    *("CVL_bcmunumu", "CVR_bcmunumu", "CSL_bcmunumu", "CSR_bcmunumu", "CT_bcmunumu"),
    *("CVL_bcmunutau", "CVR_bcmunutau", "CSL_bcmunutau", "CSR_bcmunutau", "CT_bcmunutau"),
)
CB_TAUNU = (
    *("CVL_bctaunue", "CVR_bctaunue", "CSL_bctaunue", "CSR_bctaunue", "CT_bctaunue"),
    *("CVL_bctaunumu", "CVR_bctaunumu", "CSL_bctaunumu", "CSR_bctaunumu", "CT_bctaunumu"),
    *("CVL_bctaunutau", "CVR_bctaunutau", "CSL_bctaunutau", "CSR_bctaunutau", "CT_bctaunutau"),
)
UB_TAUNU = (
    *("CVL_butaunue", "CVR_butaunue", "CSL_butaunue", "CSR_butaunue", "CT_butaunue"),
    *("CVL_butaunumu", "CVR_butaunumu", "CSL_butaunumu", "CSR_butaunumu", "CT_butaunumu"),
    *("CVL_butaunutau", "CVR_butaunutau", "CSL_butaunutau", "CSR_butaunutau", "CT_butaunutau"),
)

SBSB = (
    *("CVLL_bsbs", "CVRR_bsbs", "CVLR_bsbs", "CSLL_bsbs"),
    *("CSRR_bsbs", "CSLR_bsbs", "CTLL_bsbs", "CTRR_bsbs"),
)
DBDB = (
    *("CVLL_bdbd", "CVRR_bdbd", "CVLR_bdbd", "CSLL_bdbd"),
    *("CSRR_bdbd", "CSLR_bdbd", "CTLL_bdbd", "CTRR_bdbd"),
)
SDSD = (
    *("CVLL_sdsd", "CVRR_sdsd", "CVLR_sdsd", "CSLL_sdsd"),
    *("CSRR_sdsd", "CSLR_sdsd", "CTLL_sdsd", "CTRR_sdsd"),
)
CUCU = (
    *("CVLL_ucuc", "CVRR_ucuc", "CVLR_ucuc", "CSLL_ucuc"),
    *("CSRR_ucuc", "CSLR_ucuc", "CTLL_ucuc", "CTRR_ucuc"),
)

SD_NUNU = (
    *("CL_sdnuenue", "CL_sdnuenumu", "CL_sdnuenutau"),
    *("CL_sdnumunue", "CL_sdnumunumu", "CL_sdnumunutau"),
    *("CL_sdnutaunue", "CL_sdnutaunumu", "CL_sdnutaunutau"),
    *("CR_sdnuenue", "CR_sdnuenumu", "CR_sdnuenutau"),
    *("CR_sdnumunue", "CR_sdnumunumu", "CR_sdnumunutau"),
    *("CR_sdnutaunue", "CR_sdnutaunumu", "CR_sdnutaunutau"),
)

CS_TAUNU = (
    *("CVL_sctaunue", "CVR_sctaunue", "CSL_sctaunue", "CSR_sctaunue"),
    *("CVL_sctaunumu", "CVR_sctaunumu", "CSL_sctaunumu", "CSR_sctaunumu"),
    *("CVL_sctaunutau", "CVR_sctaunutau", "CSL_sctaunutau", "CSR_sctaunutau"),
)
CD_TAUNU = (
    *("CVL_dctaunue", "CVR_dctaunue", "CSL_dctaunue", "CSR_dctaunue"),
    *("CVL_dctaunumu", "CVR_dctaunumu", "CSL_dctaunumu", "CSR_dctaunumu"),
    *("CVL_dctaunutau", "CVR_dctaunutau", "CSL_dctaunutau", "CSR_dctaunutau"),
)
US_TAUNU = (
    *("CVL_sutaunue", "CVR_sutaunue", "CSL_sutaunue", "CSR_sutaunue"),
    *("CVL_sutaunumu", "CVR_sutaunumu", "CSL_sutaunumu", "CSR_sutaunumu"),
    *("CVL_sutaunutau", "CVR_sutaunutau", "CSL_sutaunutau", "CSR_sutaunutau"),
)
UD_TAUNU = (
    *("CVL_dutaunue", "CVR_dutaunue", "CSL_dutaunue", "CSR_dutaunue"),
    *("CVL_dutaunumu", "CVR_dutaunumu", "CSL_dutaunumu", "CSR_dutaunumu"),
    *("CVL_dutaunutau", "CVR_dutaunutau", "CSL_dutaunutau", "CSR_dutaunutau"),
)

UNIVERSAL = {
    f"{operator}U": tuple(f"{operator}_bs{lepton}{lepton}" for lepton in ("e", "mu", "tau"))
    for operator in ("C9", "C9p", "C10", "C10p")
}
"""Coefficients that are equal for all leptons, under one name."""

MIXING = {"bsbs": "sbsb", "bdbd": "dbdb", "sdsd": "sdsd", "ucuc": "cucu"}
"""The flavours of the mixing of neutral mesons, and WCxf's sectors of them; their operators have no prefactor."""

WET = Basis(
    "WET",
    "flavio",
    (
        *(*SB_DIPOLE, *SB_EE, *SB_MUMU, *SB_TAUTAU, *SB_TAUMU, *SB_TAUE, *SB_EMU),
        *(*DB_EE, *DB_MUMU, *DB_TAUTAU, *DB_TAUMU, *DB_TAUE, *DB_EMU),
        *SB_NUNU,
        *(*CB_ENU, *CB_MUNU, *CB_TAUNU, *UB_TAUNU),
        *(*SBSB, *DBDB, *SDSD, *CUCU),
        *SD_NUNU,
        *(*CS_TAUNU, *CD_TAUNU, *US_TAUNU, *UD_TAUNU),
        *(*SB_NUNU_SCALAR, *SB_NUNU_TENSOR),
    ),
)
"""All of them; every decay's own basis is a part of this one."""


def part(*sectors: tuple[str, ...]) -> Basis:
    """The basis of some sectors, for a process that depends on no others."""
    return Basis(WET.eft, WET.name, tuple(name for sector in sectors for name in sector))
