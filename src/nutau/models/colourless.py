r"""Colourless mediators: the vector triplet VB = W', the vector singlet Z', and a second Higgs doublet.

Real vectors have Hermitian couplings. No coupling of W' and Z' to the Higgs doublet and no mass mixing, so no
``phil``, ``phiq`` at tree level; the doublet takes no vacuum expectation value.
"""

from __future__ import annotations

from fractions import Fraction

from nutau.models.arguments import Coupling
from nutau.models.mediator import Mediator


def _current(name: str, fermion: str) -> Coupling:
    return Coupling(name, fermion, fermion, f"{name[0]}_{{{name[1]}}}", hermitian=True)


VB = Mediator(
    name="VB",
    aliases=("W'", "Wp", "Wprime"),
    latex="W'",
    spin=1,
    colour="1",
    weak="3",
    hypercharge=Fraction(0),
    couplings=(_current("gq", "Q"), _current("gl", "L")),
    lagrangian="W'^I_μ [ gq_ij Q̄_i γ^μ (τ^I/2) Q_j + gl_ij L̄_i γ^μ (τ^I/2) L_j ]",
    lagrangian_latex=(
        r"W'^I_\mu \left[ (g_q)_{ij}\,\bar Q_i \gamma^\mu \tfrac{\tau^I}{2} Q_j"
        r" + (g_l)_{ij}\,\bar L_i \gamma^\mu \tfrac{\tau^I}{2} L_j \right]"
    ),
    match=(
        "lq3 = -1/4 gl_ij gq_kl",
        "qq3 = -1/8 gq_ij gq_kl",
        "ll = -1/4 gl_il gl_kj + 1/8 gl_ij gl_kl",
    ),
    references=("deBlas:2017xtg", "Greljo:2015mma"),
)

Zp = Mediator(
    name="Z'",
    aliases=("Zp", "Zprime"),
    latex="Z'",
    spin=1,
    colour="1",
    weak="1",
    hypercharge=Fraction(0),
    couplings=(
        _current("gq", "Q"),
        _current("gu", "u"),
        _current("gd", "d"),
        _current("gl", "L"),
        _current("ge", "e"),
    ),
    lagrangian="Z'_μ Σ_f gf_ij f̄_i γ^μ f_j,  f = Q, u, d, L, e",
    lagrangian_latex=r"Z'_\mu \sum_{f=Q,u,d,L,e} (g_f)_{ij}\,\bar f_i \gamma^\mu f_j",
    match=(
        *("lq1 = -1 gl_ij gq_kl", "qe = -1 gq_ij ge_kl", "ld = -1 gl_ij gd_kl", "lu = -1 gl_ij gu_kl"),
        *("le = -1 gl_ij ge_kl", "ed = -1 ge_ij gd_kl", "eu = -1 ge_ij gu_kl"),
        *("qd1 = -1 gq_ij gd_kl", "qu1 = -1 gq_ij gu_kl", "ud1 = -1 gu_ij gd_kl"),
        *("qq1 = -1/2 gq_ij gq_kl", "ll = -1/2 gl_ij gl_kl", "ee = -1/2 ge_ij ge_kl"),
        *("uu = -1/2 gu_ij gu_kl", "dd = -1/2 gd_ij gd_kl"),
    ),
    references=("deBlas:2017xtg",),
)

phi2 = Mediator(
    name="phi2",
    aliases=("φ2", "Phi2"),
    latex=r"\varphi_2",
    spin=0,
    colour="1",
    weak="2",
    hypercharge=Fraction(1, 2),
    couplings=(
        Coupling("Yd", "Q", "d", "Y_d"),
        Coupling("Yu", "Q", "u", "Y_u"),
        Coupling("Ye", "L", "e", "Y_e"),
    ),
    lagrangian=(
        "-[ Yd_ij Q̄_i^a φ^a d_j + Yu_ij Q̄_i^a φ̃^a u_j + Ye_ij L̄_i^a φ^a e_j ] + h.c.,  φ̃^a = ε^ab φ^b*"
    ),
    lagrangian_latex=(
        r"-\left[ (Y_d)_{ij}\,\bar Q^a_i \varphi^a d_j + (Y_u)_{ij}\,\bar Q^a_i \tilde\varphi^a u_j"
        r" + (Y_e)_{ij}\,\bar L^a_i \varphi^a e_j \right] + \mathrm{h.c.},"
        r"\quad \tilde\varphi^a = \epsilon^{ab}\varphi^{b*}"
    ),
    match=(
        *(
            "ledq = 1 Ye_ij Yd*_lk",
            "lequ1 = -1 Ye_ij Yu_kl",
            "quqd1 = 1 Yu_ij Yd_kl",
            "le = -1/2 Ye_il Ye*_jk",
        ),
        *(
            "qd1 = -1/6 Yd_il Yd*_jk",
            "qd8 = -1 Yd_il Yd*_jk",
            "qu1 = -1/6 Yu_il Yu*_jk",
            "qu8 = -1 Yu_il Yu*_jk",
        ),
    ),
    references=("deBlas:2017xtg",),
    note="Only scalar b -> c tau nu (CSR, CSL), which Bc -> tau nu bounds.",
)
