r"""The leptoquarks with renormalisable couplings to SM quarks and leptons, scalars and vectors.

Couplings as in :cite:`Dorsner:2016wpm`, a ``t`` for a tilde; the first index is the quark's and the second
the lepton's, except in ``y2LR`` (lepton, quark). :math:`\bar\psi^c = \psi^T C`, :math:`\epsilon^{12}=+1`.
Diquark couplings are left out, so baryon number is conserved.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from nutau.models.arguments import Coupling
from nutau.models.mediator import Mediator


def _leptoquark(name: str, latex: str, numbers: tuple[int, str, str, str], **rest: Any) -> Mediator:
    """A mediator of spin, SU(3), SU(2) and hypercharge ``numbers``, in the conventions of one paper."""
    spin, colour, weak, hypercharge = numbers
    return Mediator(
        name,
        rest.pop("aliases", ()),
        latex,
        spin,
        colour,
        weak,
        Fraction(hypercharge),
        references=("Dorsner:2016wpm", "deBlas:2017xtg"),
        **rest,
    )


S1 = _leptoquark(
    "S1",
    "S_1",
    (0, "3̄", "1", "1/3"),
    couplings=(Coupling("y1LL", "Q", "L", "y_1^{LL}"), Coupling("y1RR", "u", "e", "y_1^{RR}")),
    lagrangian="y1LL_ij Q̄ᶜ_i^a S1 ε^ab L_j^b + y1RR_ij ūᶜ_i S1 e_j + h.c.",
    lagrangian_latex=(
        r"(y_1^{LL})_{ij}\,\bar Q^{c\,a}_i S_1 \epsilon^{ab} L^b_j"
        r" + (y_1^{RR})_{ij}\,\bar u^c_i S_1 e_j + \mathrm{h.c.}"
    ),
    match=(
        "lq1 = 1/4 y1LL*_ki y1LL_lj",
        "lq3 = -1/4 y1LL*_ki y1LL_lj",
        "eu = 1/2 y1RR*_ki y1RR_lj",
        "lequ1 = 1/2 y1RR_lj y1LL*_ki",
        "lequ3 = -1/8 y1RR_lj y1LL*_ki",
    ),
)

S3 = _leptoquark(
    "S3",
    "S_3",
    (0, "3̄", "3", "1/3"),
    couplings=(Coupling("y3LL", "Q", "L", "y_3^{LL}"),),
    lagrangian="y3LL_ij Q̄ᶜ_i^a ε^ab (τ^k S3^k)^bc L_j^c + h.c.",
    lagrangian_latex=(
        r"(y_3^{LL})_{ij}\,\bar Q^{c\,a}_i \epsilon^{ab} (\tau^k S_3^k)^{bc} L^c_j + \mathrm{h.c.}"
    ),
    match=("lq1 = 3/4 y3LL*_ki y3LL_lj", "lq3 = 1/4 y3LL*_ki y3LL_lj"),
)

S1t = _leptoquark(
    "S1~",
    r"\tilde S_1",
    (0, "3̄", "1", "4/3"),
    aliases=("S1t", "S1tilde"),
    couplings=(Coupling("y1tRR", "d", "e", r"\tilde y_1^{RR}"),),
    lagrangian="y1tRR_ij d̄ᶜ_i S1~ e_j + h.c.",
    lagrangian_latex=r"(\tilde y_1^{RR})_{ij}\,\bar d^c_i \tilde S_1 e_j + \mathrm{h.c.}",
    match=("ed = 1/2 y1tRR*_ki y1tRR_lj",),
)

R2 = _leptoquark(
    "R2",
    "R_2",
    (0, "3", "2", "7/6"),
    couplings=(Coupling("y2RL", "u", "L", "y_2^{RL}"), Coupling("y2LR", "e", "Q", "y_2^{LR}")),
    lagrangian="-y2RL_ij ū_i R2^a ε^ab L_j^b + y2LR_ij ē_i R2^a* Q_j^a + h.c.",
    lagrangian_latex=(
        r"-(y_2^{RL})_{ij}\,\bar u_i R_2^a \epsilon^{ab} L^b_j"
        r" + (y_2^{LR})_{ij}\,\bar e_i R_2^{a*} Q^a_j + \mathrm{h.c.}"
    ),
    match=(
        "lu = -1/2 y2RL*_li y2RL_kj",
        "qe = -1/2 y2LR*_li y2LR_kj",
        "lequ1 = -1/2 y2RL*_li y2LR*_jk",
        "lequ3 = -1/8 y2RL*_li y2LR*_jk",
    ),
)

R2t = _leptoquark(
    "R2~",
    r"\tilde R_2",
    (0, "3", "2", "1/6"),
    aliases=("R2t", "R2tilde"),
    couplings=(Coupling("y2tRL", "d", "L", r"\tilde y_2^{RL}"),),
    lagrangian="-y2tRL_ij d̄_i R2~^a ε^ab L_j^b + h.c.",
    lagrangian_latex=r"-(\tilde y_2^{RL})_{ij}\,\bar d_i \tilde R_2^a \epsilon^{ab} L^b_j + \mathrm{h.c.}",
    match=("ld = -1/2 y2tRL*_li y2tRL_kj",),
)

U1 = _leptoquark(
    "U1",
    "U_1",
    (1, "3", "1", "2/3"),
    couplings=(Coupling("x1LL", "Q", "L", "x_1^{LL}"), Coupling("x1RR", "d", "e", "x_1^{RR}")),
    lagrangian="x1LL_ij Q̄_i γ^μ U1_μ L_j + x1RR_ij d̄_i γ^μ U1_μ e_j + h.c.",
    lagrangian_latex=(
        r"(x_1^{LL})_{ij}\,\bar Q_i \gamma^\mu U_{1\mu} L_j"
        r" + (x_1^{RR})_{ij}\,\bar d_i \gamma^\mu U_{1\mu} e_j + \mathrm{h.c.}"
    ),
    match=(
        "lq1 = -1/2 x1LL_kj x1LL*_li",
        "lq3 = -1/2 x1LL_kj x1LL*_li",
        "ed = -1 x1RR_kj x1RR*_li",
        "ledq = 2 x1LL*_li x1RR_kj",
    ),
)

U3 = _leptoquark(
    "U3",
    "U_3",
    (1, "3", "3", "2/3"),
    couplings=(Coupling("x3LL", "Q", "L", "x_3^{LL}"),),
    lagrangian="x3LL_ij Q̄_i γ^μ τ^k U3^k_μ L_j + h.c.",
    lagrangian_latex=r"(x_3^{LL})_{ij}\,\bar Q_i \gamma^\mu \tau^k U^k_{3\mu} L_j + \mathrm{h.c.}",
    match=("lq1 = -3/2 x3LL_kj x3LL*_li", "lq3 = 1/2 x3LL_kj x3LL*_li"),
)

U1t = _leptoquark(
    "U1~",
    r"\tilde U_1",
    (1, "3", "1", "5/3"),
    aliases=("U1t", "U1tilde"),
    couplings=(Coupling("x1tRR", "u", "e", r"\tilde x_1^{RR}"),),
    lagrangian="x1tRR_ij ū_i γ^μ U1~_μ e_j + h.c.",
    lagrangian_latex=r"(\tilde x_1^{RR})_{ij}\,\bar u_i \gamma^\mu \tilde U_{1\mu} e_j + \mathrm{h.c.}",
    match=("eu = -1 x1tRR_kj x1tRR*_li",),
)

V2 = _leptoquark(
    "V2",
    "V_2",
    (1, "3̄", "2", "5/6"),
    couplings=(Coupling("x2RL", "d", "L", "x_2^{RL}"), Coupling("x2LR", "Q", "e", "x_2^{LR}")),
    lagrangian="x2RL_ij d̄ᶜ_i γ^μ V2^a_μ ε^ab L_j^b + x2LR_ij Q̄ᶜ_i^a γ^μ ε^ab V2^b_μ e_j + h.c.",
    lagrangian_latex=(
        r"(x_2^{RL})_{ij}\,\bar d^c_i \gamma^\mu V^a_{2\mu} \epsilon^{ab} L^b_j"
        r" + (x_2^{LR})_{ij}\,\bar Q^{c\,a}_i \gamma^\mu \epsilon^{ab} V^b_{2\mu} e_j + \mathrm{h.c.}"
    ),
    match=(
        "ld = 1 x2RL*_ki x2RL_lj",
        "qe = 1 x2LR*_ik x2LR_jl",
        "ledq = -2 x2RL*_ki x2LR_lj",
    ),
)

V2t = _leptoquark(
    "V2~",
    r"\tilde V_2",
    (1, "3̄", "2", "-1/6"),
    aliases=("V2t", "V2tilde"),
    couplings=(Coupling("x2tRL", "u", "L", r"\tilde x_2^{RL}"),),
    lagrangian="x2tRL_ij ūᶜ_i γ^μ V2~^a_μ ε^ab L_j^b + h.c.",
    lagrangian_latex=(
        r"(\tilde x_2^{RL})_{ij}\,\bar u^c_i \gamma^\mu \tilde V^a_{2\mu} \epsilon^{ab} L^b_j"
        r" + \mathrm{h.c.}"
    ),
    match=("lu = 1 x2tRL*_ki x2tRL_lj",),
)
